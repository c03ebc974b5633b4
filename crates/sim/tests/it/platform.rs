//! Generated platforms: the same bytes for the same options, the columns of the schema, any size.

use crate::reading::{batches, bytes, files, generate, options};
use arrow::array::Array;
use arrow::datatypes::{DataType, TimeUnit};
use event::kind::Kind;
use event::schema::{FieldType, Need, fields};
use jiff::civil::date;
use sim::{GenerateError, GenerateOptions};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[test]
fn the_same_options_give_the_same_bytes_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, seed: u64, threads: usize| {
        let out = folder.path().join(name);
        let options = GenerateOptions {
            seed,
            threads: NonZeroUsize::new(threads),
            ..options(&out, 50_000)
        };
        generate(&options).unwrap();
        bytes(&out)
    };
    let (one, three, other) = (write("one", 7, 1), write("three", 7, 3), write("other", 8, 2));
    assert!(one.keys().eq(other.keys()), "the same files");
    assert!(one == three, "other bytes with three threads");
    let tables = one
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|end| end == "parquet"));
    for (path, bytes) in tables {
        assert!(
            other[path] != *bytes,
            "{} is the same with another seed",
            path.display()
        );
    }
}

#[test]
fn every_file_has_exactly_the_columns_of_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    let generated = generate(&options(&out, 20_000)).unwrap();
    for written in &generated.kinds {
        let paths = files(&out.join(written.kind.name()));
        assert_eq!(paths.len() as u64, written.files);
        let mut rows = 0;
        for batch in paths.iter().flat_map(|path| batches(path)) {
            rows += batch.num_rows() as u64;
            let schema = batch.schema();
            let columns: Vec<_> = schema
                .fields()
                .iter()
                .map(|field| (field.name().as_str(), field.data_type().clone()))
                .collect();
            let expected: Vec<_> = fields(written.kind)
                .iter()
                .map(|field| (field.name, arrow_type(field.ty)))
                .collect();
            assert_eq!(columns, expected);
            for (field, column) in fields(written.kind).iter().zip(batch.columns()) {
                assert!(
                    field.need == Need::Optional || column.null_count() == 0,
                    "{} is absent",
                    field.name
                );
            }
        }
        assert_eq!(rows, written.rows, "rows of {}", written.kind);
    }
    let csv = std::fs::read_to_string(out.join("datacentres.csv")).unwrap();
    assert!(csv.lines().all(|line| line.split(',').count() == 4));
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("platform.json")).unwrap()).unwrap();
    assert_eq!(json["options"]["seed"], 7);
    assert_eq!(json["written"]["view"]["rows"], 20_000);
    assert_eq!(json["labels"]["paid"], 400);
}

fn arrow_type(ty: FieldType) -> DataType {
    match ty {
        FieldType::Id => DataType::Int64,
        FieldType::IdList | FieldType::Text => DataType::Utf8,
        FieldType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        FieldType::Date => DataType::Date32,
        FieldType::Count { .. } | FieldType::Ip => DataType::UInt32,
        FieldType::Bool => DataType::Boolean,
        FieldType::Decimal => DataType::Decimal128(18, 6),
    }
}

#[test]
fn tiny_platforms_work() {
    let folder = tempfile::tempdir().unwrap();
    for (name, days, creators, viewers, views) in [
        ("nothing", 1, 1, 1, 0),
        ("one view", 1, 1, 1, 1),
        ("one viewer", 3, 1, 1, 90),
        ("one creator", 1, 1, 300, 3_000),
        ("fewer views than days", 400, 5, 10, 7),
        ("a small school", 40, 60, 900, 9_001),
    ] {
        let out = folder.path().join(name);
        let options = GenerateOptions {
            days,
            creators,
            viewers,
            ..options(&out, views)
        };
        let generated = generate(&options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let rows = |kind| {
            generated
                .kinds
                .iter()
                .find(|written| written.kind == kind)
                .unwrap()
                .rows
        };
        assert_eq!(rows(Kind::View), views, "{name}");
        assert_eq!(crate::reading::views(&out).len() as u64, views, "{name}");
        assert!(
            rows(Kind::Creator) >= u64::from(creators) && rows(Kind::Video) >= u64::from(creators),
            "{name}"
        );
        assert!(rows(Kind::Funding) > u64::from(days), "{name}");
        let labels: u64 = generated.labels.iter().map(|label| label.1).sum();
        assert_eq!(crate::reading::labels(&out).len() as u64, labels, "{name}");
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    let refused = |change: fn(&mut GenerateOptions)| {
        let mut options = options(&out, 1_000);
        change(&mut options);
        let error = generate(&options).unwrap_err();
        assert!(!out.exists());
        format!(
            "{error}{}",
            error.hint().map_or(String::new(), |hint| format!(" | {hint}"))
        )
    };
    assert_eq!(
        refused(|options| options.days = 0),
        "days is 0: it must be from 1 to 3,660"
    );
    assert_eq!(
        refused(|options| options.creators = 0),
        "creators is 0: it must be from 1 to 1,000,000"
    );
    assert_eq!(
        refused(|options| options.viewers = 0),
        "viewers is 0: it must be from 1 to 1,000,000,000"
    );
    assert_eq!(
        refused(|options| options.start = date(1970, 1, 1)),
        "start is 1970-01-01: it must be from 2000-01-01 to 2080-01-01"
    );
    assert_eq!(
        refused(|options| options.viewers = 3),
        "1000 views are more than 3 viewers watch in 5 days: at most 30 per viewer and day | \
         use at least 7 viewers, or fewer views"
    );
}

#[test]
fn a_folder_with_files_is_left_alone_and_an_empty_one_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    std::fs::create_dir(&out).unwrap();
    generate(&options(&out, 100)).unwrap();
    let before = bytes(&out);
    assert!(matches!(
        generate(&options(&out, 200)),
        Err(GenerateError::NotEmpty { .. })
    ));
    assert!(before == bytes(&out));
}

#[test]
fn cancelling_leaves_nothing_behind_and_progress_reaches_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(&folder.path().join("platform"), 60_000);
    let cancel = AtomicBool::new(false);
    let stop = |_, _| cancel.store(true, Ordering::Relaxed);
    assert!(matches!(
        sim::generate(&options, &stop, &cancel),
        Err(GenerateError::Cancelled)
    ));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let most = AtomicU64::new(0);
    let listen = |done, total| {
        assert_eq!(total, 60_000);
        most.fetch_max(done, Ordering::Relaxed);
    };
    sim::generate(&options, &listen, &AtomicBool::new(false)).unwrap();
    assert_eq!(most.load(Ordering::Relaxed), 60_000);
}
