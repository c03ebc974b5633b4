//! Files as the world has them: cut off, mislabelled, ragged, endless.

use crate::formats;
use crate::rig::Rig;
use event::kind::Kind;
use lake::import::{ImportError, MAX_RECORD_BYTES, SourceError};
use std::fs::File;
use std::io::Write;

const HEADER: &str = "event_id,viewer_id,video_id,occurred_at,watched_ms\n";

fn refused(name: &str, content: &[u8]) -> String {
    let mut rig = Rig::new();
    let file = rig.file(name, content);
    let error = rig.try_import(Kind::View, &[file], None).expect_err(name);
    assert_eq!(rig.archive.last_commit(), 0, "{name}: nothing is stored");
    assert_eq!(rig.rows(Kind::View), Vec::<String>::new(), "{name}");
    assert_eq!(
        rig.leftovers(),
        Vec::<String>::new(),
        "{name}: nothing is left behind"
    );
    let cause = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("{error} {cause}")
}

fn many_rows(count: usize) -> String {
    let row = |row: usize| format!("e{row},{},{row},2026-10-05T10:00:00Z,{row}\n", row % 7);
    std::iter::once(HEADER.to_owned())
        .chain((0..count).map(row))
        .collect()
}

#[test]
fn what_is_no_table_is_refused_by_name() {
    let noise: Vec<u8> = (0..10_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (name, content, expected) in [
        ("empty.csv", &b""[..], "is empty"),
        ("blank.csv", b"\n \n", "is empty"),
        ("noise.csv", &noise, "binary data"),
        ("noise.parquet", b"PAR1 and then nothing of the kind", "Parquet"),
        ("views.zip", b"PK\x03\x04rest", "zip archive"),
        ("views.csv", b"e\0v\0e\0n\0t\0", "binary data"),
        ("utf16.csv", b"\xff\xfee\0v\0", "UTF-16"),
        ("array.json", b"[{\"event_id\":1}]", "JSON array"),
        ("mac.csv", b"a,b\rc,d\r", "carriage returns"),
        (
            "other.csv",
            b"who,what\n1,2\n",
            "no column for `event_id`, `viewer_id`",
        ),
        (
            "twice.csv",
            b"event_id,viewer_id,video_id,occurred_at,watched_ms,event_id\n",
            "two columns named `event_id`",
        ),
    ] {
        let message = refused(name, content);
        assert!(message.contains(expected), "{name}: {message}");
    }
}

#[test]
fn missing_columns_come_with_a_mapping_to_start_from() {
    let mut rig = Rig::new();
    let file = rig.file("other.csv", "who,what\n");
    let error = rig
        .try_import(Kind::View, &[file], None)
        .expect_err("missing columns");
    assert!(
        error.hint().expect("a hint").contains("[view]\n    event_id ="),
        "{:?}",
        error.hint()
    );
}

#[test]
fn a_file_cut_off_in_the_middle_stores_nothing() {
    let text = many_rows(20_000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).expect("memory");
    let gzip = gzip.finish().expect("memory");
    let mut zstd = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    zstd.include_checksum(true)
        .expect("as the command line tool does");
    zstd.write_all(text.as_bytes()).expect("memory");
    let zstd = zstd.finish().expect("memory");
    let parquet = formats::parquet("timestamps");
    for (name, whole) in [
        ("views.csv.gz", gzip),
        ("views.csv.zst", zstd),
        ("views.parquet", parquet),
    ] {
        for cut in [whole.len() / 3, whole.len() - 5] {
            let message = refused(name, &whole[..cut]);
            assert!(message.contains("cut off"), "{name} {cut}: {message}");
        }
        let mut damaged = whole.clone();
        damaged[whole.len() / 2..]
            .iter_mut()
            .take(40)
            .for_each(|byte| *byte ^= 0x5a);
        refused(name, &damaged);
    }
}

#[test]
fn a_header_alone_is_a_file_without_rows() {
    let mut rig = Rig::new();
    for (name, content) in [
        ("a.csv", HEADER.to_owned()),
        ("b.csv", HEADER.trim().to_owned()),
        ("c.csv", format!("\n\n{HEADER}\n\n")),
    ] {
        let file = rig.file(name, content);
        assert_eq!(rig.import(Kind::View, &file), [0, 0, 0, 0], "{name}");
    }
    assert_eq!(rig.archive.last_commit(), 0);
}

#[test]
fn bad_rows_are_put_aside_with_line_field_and_reason() {
    let mut content = HEADER.as_bytes().to_vec();
    content.extend_from_slice(b"e1,7,100,2026-10-05T10:00:00Z,5000\n"); // line 2
    content.extend_from_slice(b"e2,7,100,2026-10-05T10:00:00Z\n");
    content.extend_from_slice(b"e3,7,100,2026-10-05T10:00:00Z,5000,extra\n");
    content.extend_from_slice(b"e4,7,10\xff,2026-10-05T10:00:00Z,5000\n");
    content.extend_from_slice(b"e5,7\0,100,2026-10-05T10:00:00Z,5000\n"); // line 6
    content.extend_from_slice(b"e6,,100,2026-10-05T10:00:00Z,5000\n");
    content.extend_from_slice(b"e7,7,100,1649581149287,5000\n");
    content.extend_from_slice(b"e8,7,100,2026-10-05T10:00:00Z,99999999999999999999\n");
    content.extend_from_slice(b"e9,7,100,2026-10-05T10:00:00Z,1e99999\n"); // line 10
    content.extend_from_slice(b"e10,7,100,2026-10-05T10:00:00Z,-1\n");
    content.extend_from_slice(b"\"e11\n\n,7,100,2026-10-05T10:00:00Z,1\n"); // lines 12 to 14, never closed
    content.extend_from_slice(b"e12,7,100,2026-10-05T10:00:00Z,1\n");
    let mut rig = Rig::new();
    let file = rig.file("views.csv", &content);
    assert_eq!(rig.import(Kind::View, &file), [13, 2, 0, 11]);
    let listed: Vec<_> = rig
        .quarantine()
        .into_iter()
        .map(|row| (row.line, row.field, row.reason))
        .collect();
    let expected = [
        (3, "", "4 fields where the header has 5"),
        (4, "", "6 fields where the header has 5"),
        (5, "", "is not valid UTF-8"),
        (6, "viewer_id", "contains a control character"),
        (7, "viewer_id", "is required and empty"),
        (
            8,
            "occurred_at",
            "is a bare number: say its unit in a mapping, for example unit = \"unix_ms\"",
        ),
        (9, "watched_ms", "is not between 0 and 86400000"),
        (10, "watched_ms", "is not a number"),
        (11, "watched_ms", "is not between 0 and 86400000"),
        (
            12,
            "",
            "a quote is opened and not closed where the row should end",
        ),
        (14, "event_id", "is required and empty"),
    ];
    for (found, expected) in listed.iter().zip(expected) {
        assert_eq!((found.0, found.1.as_str(), found.2.as_str()), expected);
    }
    assert_eq!(listed.len(), expected.len());
    assert_eq!(rig.quarantine()[2].row, "e4,7,10\\xff,2026-10-05T10:00:00Z,5000");
}

#[test]
fn a_line_without_end_is_refused_without_reading_it_whole() {
    let mut rig = Rig::new();
    let path = rig.path().join("endless.csv");
    let mut file = File::create(&path).expect("a file");
    file.write_all(HEADER.as_bytes()).expect("written");
    file.write_all(b"e1,7,").expect("written");
    // A gibibyte of nothing: sparse, so that only reading it would cost.
    file.set_len(1 << 30).expect("a sparse file");
    let error = rig.try_import(Kind::View, &[path], None).expect_err("endless");
    assert!(
        matches!(
            error,
            ImportError::Unreadable {
                source: SourceError::LineTooLong { line: 2 },
                ..
            }
        ),
        "{error}"
    );
    assert!(error.hint().is_some());
}

#[test]
fn an_endless_header_is_refused() {
    let message = refused("wide.csv", "a".repeat(MAX_RECORD_BYTES + 10).as_bytes());
    assert!(message.contains("line 1 is longer than 1 MiB"), "{message:.200}");
}

#[test]
fn an_open_quote_at_the_end_costs_one_row() {
    let mut rig = Rig::new();
    let rows = many_rows(30_000).replacen("e500,", "\"e500,", 1);
    let file = rig.file("views.csv", rows);
    assert_eq!(rig.import(Kind::View, &file), [30_000, 29_999, 0, 1]);
    assert_eq!(rig.quarantine()[0].line, 502);
}

#[test]
fn a_missing_file_and_a_folder_are_named() {
    let mut rig = Rig::new();
    let missing = rig.path().join("missing.csv");
    let error = rig.try_import(Kind::View, &[missing], None).expect_err("missing");
    assert!(error.to_string().contains("missing.csv"), "{error}");
    let folder = rig.path().to_path_buf();
    let error = rig.try_import(Kind::View, &[folder], None).expect_err("a folder");
    assert!(error.to_string().contains("is a folder"), "{error}");
}
