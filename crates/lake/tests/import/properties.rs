//! Whatever the rows: the three counts add up, and the stored set depends on the rows alone.

use crate::rig::{Rig, counts};
use event::kind::Kind;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::PathBuf;

const HEADER: [&str; 6] = [
    "event_id",
    "viewer_id",
    "video_id",
    "occurred_at",
    "watched_ms",
    "surface",
];

/// A field as it may stand in a log: mostly sound, now and then not.
fn field(column: usize) -> BoxedStrategy<String> {
    let sound: BoxedStrategy<String> = match column {
        0 => (0..60u32)
            .prop_map(|id| {
                if id % 3 == 0 {
                    id.to_string()
                } else {
                    format!("e{id}")
                }
            })
            .boxed(),
        1 | 2 => prop_oneof!["[a-z]{1,3}", "[1-9][0-9]{0,4}", "0[0-9]{1,3}", "ü;\"[a-z]"].boxed(),
        3 => (0..86_400u32)
            .prop_map(|s| format!("2026-10-05T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60))
            .boxed(),
        4 => (0..100_000u32).prop_map(|ms| ms.to_string()).boxed(),
        _ => prop_oneof!["for_you", "", "a,b", "line\nbreak"].boxed(),
    };
    prop_oneof![30 => sound, 1 => "[ -~]{0,6}"].boxed()
}

fn row() -> impl Strategy<Value = Vec<String>> {
    (0..HEADER.len()).map(field).collect::<Vec<_>>()
}

fn quoted(field: &str, delimiter: char) -> String {
    if field.contains([delimiter, '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn delimited(rows: &[Vec<String>], delimiter: char) -> String {
    let line = |row: &[String]| {
        let fields: Vec<String> = row.iter().map(|field| quoted(field, delimiter)).collect();
        fields.join(&delimiter.to_string()) + "\n"
    };
    let header = HEADER.map(str::to_owned);
    std::iter::once(line(&header))
        .chain(rows.iter().map(|row| line(row)))
        .collect()
}

fn json(rows: &[Vec<String>]) -> String {
    let line = |row: &Vec<String>| {
        let members: serde_json::Map<String, serde_json::Value> = HEADER
            .iter()
            .zip(row)
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
            .collect();
        serde_json::Value::Object(members).to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

/// The rows that are stored.
fn stored(rig: &Rig) -> BTreeSet<String> {
    rig.rows(Kind::View).into_iter().collect()
}

/// Of rows with the same id but other content the first wins: make content a function of the id.
fn consistent(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut first: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    rows.into_iter()
        .map(|row| first.entry(row[0].clone()).or_insert(row).clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_stored_set_depends_on_the_rows_alone(
        rows in proptest::collection::vec(row(), 1..80),
        cut in 0usize..80,
        rotation in 0usize..80,
    ) {
        let rows = consistent(rows);
        let mut whole = Rig::new();
        let file = whole.file("rows.csv", delimited(&rows, ','));
        let counted = whole.import(Kind::View, &file);
        prop_assert_eq!(counted[0] as usize, rows.len());
        prop_assert_eq!(counted[3] as usize, whole.quarantine().len());
        let expected = stored(&whole);
        prop_assert_eq!(counted[1] as usize, expected.len());

        // Again: nothing changes.
        let again = whole.import(Kind::View, &file);
        prop_assert_eq!(again, [counted[0], 0, counted[1] + counted[2], counted[3]]);
        prop_assert_eq!(stored(&whole), expected.clone());
        prop_assert_eq!(whole.archive.last_commit(), 1);

        // In another order, in two files of other formats.
        let mut turned = rows.clone();
        turned.rotate_left(rotation % rows.len());
        let (left, right) = turned.split_at(cut % rows.len());
        let mut split = Rig::new();
        let mut files: Vec<PathBuf> = vec![split.file("right.tsv", delimited(right, '\t'))];
        if !left.is_empty() {
            files.push(split.file("left.ndjson", json(left)));
        }
        let report = split.try_import(Kind::View, &files, None).expect("an import");
        prop_assert_eq!(counts(report.totals()[&Kind::View]), counted);
        prop_assert_eq!(stored(&split), expected);
    }
}
