//! A designer checks, applies, compares and backtests programs.

use crate::harness::{Story, checkout};

fn shipped(id: &str) -> String {
    std::fs::read_to_string(checkout(&format!("programs/{id}.toml"))).unwrap()
}

#[test]
fn a_wrong_document_is_refused_with_line_and_caret() {
    let story = Story::new();
    story.file(
        "wrong.toml",
        &shipped("creator-fund").replace("effective_from", "efective_from"),
    );
    let said = story.fails(4, &["program", "check", "wrong.toml"]);
    assert!(
        said.contains("wrong.toml:") && said.contains("efective_from") && said.contains('^'),
        "{said}"
    );
    story.fails(4, &["program", "apply", "wrong.toml"]);
    assert!(!story.ok(&["program", "list"]).contains("applied"));
}

#[test]
fn an_applied_version_is_immutable() {
    let story = Story::new();
    story.file("fund.toml", &shipped("creator-fund"));
    story.ok(&["program", "apply", "fund.toml"]);
    assert!(
        story
            .ok(&["program", "apply", "fund.toml"])
            .contains("already applied")
    );
    story.file(
        "fund.toml",
        &format!("{}\n# one more comment\n", shipped("creator-fund")),
    );
    let said = story.fails(3, &["program", "apply", "fund.toml"]);
    assert!(said.contains("version"), "{said}");
}

#[test]
fn every_shipped_program_is_listed_and_described() {
    let story = Story::empty();
    let listed = story.json(&["program", "list"]);
    let ids: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|program| program["program"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.len() >= 7, "{ids:?}");
    for id in ids {
        assert!(story.ok(&["program", "show", &id]).len() > 200, "{id}");
    }
    assert!(
        story
            .ok(&["program", "diff", "creator-fund", "creator-rewards"])
            .contains("mechanism")
            || !story
                .ok(&["program", "diff", "creator-fund", "creator-rewards"])
                .is_empty()
    );
    assert!(
        story
            .ok(&["program", "diff", "pulse", "pulse"])
            .contains("no difference")
    );
}
