//! Real logs that nobody here wrote. Skipped where they are not at hand.

use crate::rig::{Rig, counts};
use event::kind::Kind;
use event::mapping::Mapping;
use jiff::Timestamp;
use lake::archive::StoredBefore;
use std::fs;
use std::path::{Path, PathBuf};

pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

pub fn mapping(name: &str) -> Mapping {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../mappings")
        .join(name);
    let text = fs::read_to_string(path).expect("a shipped mapping");
    Mapping::parse(name, &text).expect("a sound mapping")
}

#[test]
fn kuairand_holds_124_repeated_views() {
    let Some(file) = shared("kuairand/views.tsv.gz") else {
        return;
    };
    let mut rig = Rig::new();
    let mapping = mapping("kuairand.toml");
    let report = rig
        .try_import(Kind::View, std::slice::from_ref(&file), Some(&mapping))
        .expect("an import");
    let totals = report.totals();
    assert_eq!(counts(totals[&Kind::View]), [41_828, 41_704, 124, 0]);
    assert_eq!(counts(totals[&Kind::Video]), [41_828, 9_359, 32_469, 0]);
    let creators = counts(totals[&Kind::Creator]);
    assert_eq!(rig.archive.last_commit(), 1);
    assert_eq!(
        report.files[0].ignored_columns.len(),
        7,
        "{:?}",
        report.files[0].ignored_columns
    );

    assert_eq!(report.files[0].absent_fields, Vec::<String>::new());
    let files = |kind| rig.archive.all_files(kind, StoredBefore(u64::MAX));
    let as_of: Timestamp = "2022-05-01T00:00:00Z".parse().expect("an instant");
    let snapshots =
        lake::snapshots::read(&files(Kind::Creator), &files(Kind::Video), as_of).expect("snapshots");
    assert_eq!(
        (snapshots.videos.len(), snapshots.creators.len()),
        (9_359, creators[1] as usize)
    );
    assert!(
        snapshots.videos.iter().any(|video| video.duration_ms.is_none()),
        "durations of 0 are not known"
    );
    assert!(
        snapshots
            .creators
            .iter()
            .all(|creator| creator.followers == Some(10_000))
    );

    let again = rig
        .try_import(Kind::View, &[file], Some(&mapping))
        .expect("an import");
    assert_eq!(counts(again.totals()[&Kind::View]), [41_828, 0, 41_828, 0]);
    assert_eq!(rig.archive.last_commit(), 1);
}

#[test]
fn open_bandit_has_no_revenue_of_its_own() {
    let Some(file) = shared("ad-impressions/open-bandit.csv.gz") else {
        return;
    };
    let mut rig = Rig::new();
    let mapping = mapping("open-bandit.toml");
    let report = rig
        .try_import(Kind::AdImpression, &[file], Some(&mapping))
        .expect("an import");
    assert_eq!(
        counts(report.totals()[&Kind::AdImpression]),
        [10_000, 10_000, 0, 0]
    );
    let rows = rig.rows(Kind::AdImpression);
    let revenue = |amount: &str| {
        rows.iter()
            .filter(|row| row.split('|').nth(3) == Some(amount))
            .count()
    };
    assert_eq!((revenue("0.002000"), revenue("0.052000")), (9_958, 42));
}
