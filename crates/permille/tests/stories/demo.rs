//! The demo runs from nothing to an explained line, and can be run again.

use crate::harness::Story;

#[test]
fn the_demo_settles_three_programs_and_explains_a_line() {
    let story = Story::empty();
    let demo = story.json(&["demo", "--no-serve", "--dir", "demo", "--views", "300000"]);
    let runs = demo["runs"].as_array().unwrap();
    assert_eq!(
        runs.iter().filter(|run| run["program"] == "creator-fund").count(),
        31
    );
    for program in ["creator-rewards", "pulse"] {
        assert_eq!(
            runs.iter().filter(|run| run["program"] == program).count(),
            1,
            "{program}"
        );
    }
    assert!(demo["line"].as_str().unwrap().starts_with("ln_"));
    for import in demo["imports"].as_array().unwrap() {
        let count = |name: &str| import[name].as_u64().unwrap();
        assert_eq!(
            count("read"),
            count("stored") + count("duplicate") + count("quarantined"),
            "{import}"
        );
    }
    let again = story.json(&["demo", "--no-serve", "--dir", "demo", "--views", "300000"]);
    let hashes = |demo: &serde_json::Value| {
        demo["runs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|run| run["hash"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(hashes(&demo), hashes(&again), "the same seed gives the same runs");
    let verified = story.json(&["-w", "demo", "verify"]);
    let replays = verified["runs"].as_array().unwrap();
    assert_eq!(replays.len(), demo["runs"].as_array().unwrap().len());
    assert!(replays.iter().all(|replay| replay["same"] == true));
    assert_eq!(verified["archive"].as_array().unwrap().len(), 0);
}

#[test]
fn the_demo_leaves_foreign_folders_alone() {
    let story = Story::empty();
    story.file("precious/data.txt", "keep me");
    let said = story.fails(3, &["demo", "--dir", "precious"]);
    assert!(said.contains("--dir"), "{said}");
    assert_eq!(
        std::fs::read_to_string(story.path().join("precious/data.txt")).unwrap(),
        "keep me"
    );
}
