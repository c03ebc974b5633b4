//! Views and viewers that people marked invalid, in an archive. The random worlds of `kernel.rs` have such marks too.

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array};
use event::kind::Kind;
use facts::Facts;
use jiff::Timestamp;
use jiff::civil::date;
use lake::archive::FileEntry;
use lake::kernel::{ByPayer, FactsRequest, KernelError, Source, facts, samples};
use lake::lists::Lists;
use parquet::arrow::ArrowWriter;
use policy::qualification::{CountOnce, Qualification, Rule};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// 2026-10-05T00:00:00Z.
const START_MS: i64 = 1_791_158_400_000;

/// Event, viewer, minute; all of one video.
const VIEWS: [(&str, &str, i64); 8] = [
    ("7", "ann", 0),
    ("07", "ann", 1),
    ("e7", "ann", 2),
    ("8", "1", 10),
    ("9", "1", 20),
    ("10", "1", 30),
    ("11", "01", 10),
    ("12345678901234567890", "bob", 5),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum EventIds {
    Kept,
    LeftOut,
}

fn archive(folder: &Path, rows_per_file: usize, ids: EventIds) -> Vec<FileEntry> {
    let texts = |texts: Vec<&str>| Arc::new(StringArray::from(texts)) as ArrayRef;
    let file = |(index, part): (usize, &[(&str, &str, i64)])| {
        let times = part.iter().map(|(.., minute)| START_MS + minute * 60_000);
        let times = TimestampMillisecondArray::from_iter_values(times).with_timezone("UTC");
        let mut columns = vec![
            ("viewer_id", texts(part.iter().map(|row| row.1).collect())),
            ("video_id", texts(vec!["video"; part.len()])),
            ("occurred_at", Arc::new(times) as ArrayRef),
            (
                "watched_ms",
                Arc::new(UInt32Array::from(vec![9_000; part.len()])) as ArrayRef,
            ),
        ];
        if ids == EventIds::Kept {
            columns.push(("event_id", texts(part.iter().map(|row| row.0).collect())));
        }
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = folder.join(format!("{index}.parquet"));
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let hash = blake3::hash(&std::fs::read(&path).unwrap());
        FileEntry {
            kind: Kind::View,
            date: date(2026, 10, 5),
            path,
            rows: part.len() as u64,
            commit: index as u64 + 1,
            stored_at: Timestamp::UNIX_EPOCH,
            hash: hash.to_hex().to_string(),
        }
    };
    VIEWS.chunks(rows_per_file).enumerate().map(file).collect()
}

const EVERY_VIEW: Qualification = Qualification {
    minimum_watch_ms: None,
    surfaces: None,
    exclude_self: None,
    exclude_paid: None,
    exclude_data_centres: None,
    exclude_declared_bots: None,
    max_views_per_viewer_day: None,
    max_replays_per_day: None,
    exclude_negative_feedback: None,
    max_parallel_playbacks: None,
    count_once: CountOnce::Never,
};

/// Does a job over the archive with a list of what is invalid.
fn over<T>(
    views: &[FileEntry],
    threads: usize,
    list: &str,
    job: impl Fn(Source<'_>, &FactsRequest<'_>) -> T,
) -> T {
    let request = FactsRequest {
        qualification: &EVERY_VIEW,
        from: date(2026, 10, 5),
        to: date(2026, 10, 6),
        by_payer: ByPayer::No,
        currency: "USD",
        lists: &Lists::default().with_invalidated(list).unwrap(),
        creators: &[],
        videos: &[],
        memory: None,
        threads,
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    let source = Source::Archive {
        views,
        engagement: &[],
        ads: &[],
    };
    job(source, &request)
}

fn counted(views: &[FileEntry], threads: usize, list: &str) -> Result<Facts, KernelError> {
    over(views, threads, list, facts)
}

/// The events that a list invalidates, by their ids, in whatever files and threads.
fn invalidated(list: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let views = archive(folder.path(), VIEWS.len(), EventIds::Kept);
    let whole = counted(&views, 1, list).unwrap();
    let all = over(&views, 2, list, |source, request| {
        samples(source, request, "video", 100).unwrap()
    });
    for (rows_per_file, threads) in [(1, 3), (3, 1), (5, 2)] {
        let folder = tempfile::tempdir().unwrap();
        let split = archive(folder.path(), rows_per_file, EventIds::Kept);
        assert_eq!(counted(&split, threads, list).unwrap(), whole);
    }
    assert_eq!(whole.not_evaluated, []);
    let found = all
        .iter()
        .filter(|sample| sample.verdict == Some(Rule::Invalidated));
    let found: Vec<&str> = found.map(|sample| &*sample.event_id).collect();
    let counts = &whole.rows[0].counts;
    assert_eq!(counts.rejected[Rule::Invalidated as usize], found.len() as u64);
    assert_eq!(counts.qualified, (VIEWS.len() - found.len()) as u64);
    found.join(" ")
}

#[test]
fn ids_are_compared_whole() {
    assert_eq!(invalidated(r#"{"views": ["7"]}"#), "7");
    assert_eq!(
        invalidated(r#"{"views": ["07", "e7", "e8", "12345678901234567890"]}"#),
        "07 12345678901234567890 e7"
    );
    assert_eq!(invalidated(r#"{"viewers": [{"viewer": "1"}]}"#), "8 9 10");
    assert_eq!(
        invalidated(r#"{"viewers": [{"viewer": "01"}], "views": ["9"]}"#),
        "9 11"
    );
}

#[test]
fn times_begin_with_the_first_and_end_before_the_last() {
    let list = |times: &str| format!(r#"{{"viewers": [{{"viewer": "1", {times}}}]}}"#);
    let (ten, thirty) = (
        r#""from": "2026-10-05T00:10:00Z""#,
        r#""until": "2026-10-05T02:30:00+02:00""#,
    );
    assert_eq!(invalidated(&list(&format!("{ten}, {thirty}"))), "8 9");
    assert_eq!(invalidated(&list(thirty)), "8 9");
    assert_eq!(
        invalidated(&list(r#""from": "2026-10-05T00:10:00.001Z", "until": null"#)),
        "9 10"
    );
}

#[test]
fn event_ids_are_read_only_to_look_them_up() {
    let folder = tempfile::tempdir().unwrap();
    let views = archive(folder.path(), 4, EventIds::LeftOut);
    let qualified = |list: &str| counted(&views, 2, list).map(|facts| facts.rows[0].counts.qualified);
    assert_eq!(qualified("{}").unwrap(), 8);
    assert_eq!(qualified(r#"{"viewers": [{"viewer": "ann"}]}"#).unwrap(), 5);
    let error = qualified(r#"{"views": ["7"]}"#).unwrap_err();
    assert!(
        matches!(
            error,
            KernelError::MissingColumn {
                column: "event_id",
                ..
            }
        ),
        "{error}"
    );
}
