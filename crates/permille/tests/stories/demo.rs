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
    assert_eq!(verified["damaged"].as_array().unwrap().len(), 0);
    pays_out(&again);
    story.ok(&["-w", "demo", "ledger", "verify"]);
    // Another program's word for it, where it is installed.
    let journal = story.ok(&["-w", "demo", "ledger", "export", "--format", "hledger"]);
    check_with_hledger(&story, &journal);
}

/// LIVE was booked, payouts went out, one came back, and the books balance.
fn pays_out(demo: &serde_json::Value) {
    assert!(demo["live"]["gifts"].as_u64().unwrap() > 100, "{}", demo["live"]);
    // 31 days and two months of what is settled, and two months of LIVE.
    assert_eq!(demo["closed"], 35);
    assert_eq!(demo["trial_balance_is_zero"], true);
    let states: Vec<&str> = demo["batches"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|batch| batch["payouts"].as_array().unwrap())
        .map(|payout| payout["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states.iter().filter(|state| **state == "failed").count(),
        1,
        "{states:?}"
    );
    assert!(
        states.iter().filter(|state| **state == "succeeded").count() > 1,
        "{states:?}"
    );
}

fn check_with_hledger(story: &Story, journal: &str) {
    let file = story.file("books.journal", journal);
    let Ok(output) = std::process::Command::new("hledger")
        .arg("-f")
        .arg(&file)
        .arg("check")
        .output()
    else {
        return println!("skipped: hledger is not installed");
    };
    assert!(
        output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

#[test]
fn the_demo_keeps_its_books_on_postgres_when_told_so() {
    let server = scratch_postgres::Server::start(scratch_postgres::Durability::None).unwrap();
    let url = server.database().unwrap();
    let story = Story::empty();
    let demo = [
        "demo",
        "--no-serve",
        "--dir",
        "demo",
        "--views",
        "200000",
        "--store",
        &url,
    ];
    pays_out(&story.json(&demo));
    story.ok(&["-w", "demo", "--store", &url, "ledger", "verify"]);
    let said = story.fails(3, &demo);
    assert!(said.contains("have") && said.contains("createdb"), "{said}");
}

#[test]
fn the_demo_keeps_no_password() {
    let server = scratch_postgres::Server::start(scratch_postgres::Durability::None).unwrap();
    let url = server.database().unwrap();
    let with_password = url.replacen('@', ":s3cret@", 1);
    let story = Story::empty();
    let demo = [
        "demo",
        "--dir",
        "demo",
        "--views",
        "20000",
        "--store",
        &with_password,
        // Nobody need say who they are to see it.
        "--user",
        "unknown",
    ];
    let said = story.ok(&demo);
    assert!(
        said.contains("export PERMILLE_STORE=...") && said.contains(&url) && !said.contains("s3cret"),
        "{said}"
    );
    let config = std::fs::read_to_string(story.path().join("demo/permille.toml")).unwrap();
    assert!(config.contains(&url) && !config.contains("s3cret"), "{config}");
    // The books are where the demo was told to keep them.
    story.ok(&["-w", "demo", "--store", &with_password, "ledger", "verify"]);
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
