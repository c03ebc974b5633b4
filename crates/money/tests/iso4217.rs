//! The minor units of ISO 4217, checked against the published list one.

use money::Asset;
use std::collections::BTreeMap;
use std::path::Path;

/// Codes of the published list which `Asset::iso` does not give that scale: code, published minor units.
const DIFFERENCES: &[(&str, &str)] = &[
    // The published list is of June 2024; the guilder of the Netherlands Antilles was withdrawn in 2025.
    ("ANG", "2"),
];

fn tag<'a>(entry: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = entry.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0)
}

#[test]
fn scales_are_those_of_list_one() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/iso4217/iso-4217-list-one.xml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: the shared ISO 4217 list is not here");
        return;
    };
    let published: BTreeMap<&str, &str> = text
        .split("<CcyNtry>")
        .skip(1)
        .filter_map(|entry| Some((tag(entry, "Ccy")?, tag(entry, "CcyMnrUnts")?)))
        .collect();
    assert!(published.len() > 150, "only {} codes were read", published.len());
    let differences: Vec<_> = published
        .into_iter()
        .filter(|(code, units)| {
            let ours = Asset::iso(code).map(|asset| asset.scale().to_string());
            ours.as_deref().unwrap_or("N.A.") != *units
        })
        .collect();
    assert_eq!(differences, DIFFERENCES);
}
