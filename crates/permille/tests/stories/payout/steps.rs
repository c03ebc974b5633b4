//! What can happen to a batch between its preparation and the bank.

use super::platform::Platform;
use super::{codes, payout_ids};
use crate::harness::Story;
use serde_json::Value;

/// Prepares by ann what she asks for: the batch and its payouts.
fn prepared(platform: &Platform, more: &[&str]) -> (String, std::collections::BTreeMap<String, String>) {
    let made = platform.json(&[&["payout", "prepare", "--user", "ann"], more].concat());
    assert_eq!(made.as_array().unwrap().len(), 1, "{made}");
    (
        made[0]["batch"].as_str().unwrap().to_owned(),
        payout_ids(&made[0]),
    )
}

fn states(platform: &Platform, batch: &str) -> Vec<(String, String)> {
    let shown = platform.json(&["payout", "show", batch]);
    let payouts = shown["payouts"].as_array().unwrap();
    let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    payouts
        .iter()
        .map(|one| (text(one, "creator"), text(one, "state")))
        .collect()
}

fn state(platform: &Platform, batch: &str, creator: &str) -> String {
    let states = states(platform, batch);
    states.into_iter().find(|(one, _)| one == creator).unwrap().1
}

#[test]
fn what_is_held_stays_behind_and_comes_back() {
    let platform = Platform::new(None);
    let (batch, payouts) = prepared(&platform, &[]);
    for creator in ["anna", "ben", "emil", "fay"] {
        let hold = ["payout", "hold", &batch, &payouts[creator]];
        platform.ok(&[&hold[..], &["--reason", "name is checked"]].concat());
    }
    platform.ok(&["payout", "release", &batch, &payouts["emil"]]);
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    let late = platform.fails(&["payout", "release", &batch, &payouts["anna"]]);
    assert!(late.contains("approved"), "{late}");
    let files = platform.json(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    assert_eq!(files.as_array().unwrap().len(), 1, "{files}");
    assert_eq!(state(&platform, &batch, "anna"), "held");
    platform.sound();
    // Its money is free again once the batch is over, and the next batch has it.
    let nobody = platform.fails(&["payout", "prepare", "--user", "ann"]);
    assert!(nobody.contains("nobody can be paid now"), "{nobody}");
    let settle = ["payout", "settle", &batch, &payouts["emil"]];
    platform.ok(&[&settle[..], &["--as", "succeeded"]].concat());
    platform.sound();
    let (second, again) = prepared(&platform, &[]);
    assert_ne!(second, batch);
    assert_eq!(again.keys().collect::<Vec<_>>(), ["anna", "ben", "fay"]);
    platform.sound();
}

#[test]
fn who_is_stopped_after_the_preparation_is_not_paid() {
    let platform = Platform::new(None);
    let (batch, payouts) = prepared(&platform, &[]);
    platform.ok(&["payee", "hold", "anna", "--reason", "name on a list"]);
    let refused = platform.fails(&["payout", "approve", &batch, "--user", "bob"]);
    assert!(
        refused.contains("anna") && refused.contains("payout hold"),
        "{refused}"
    );
    platform.ok(&["payout", "hold", &batch, &payouts["anna"]]);
    let refused = platform.fails(&["payout", "release", &batch, &payouts["anna"]]);
    assert!(refused.contains("sanctions hold"), "{refused}");
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    // Between the approval and the export, too.
    platform.ok(&["payee", "restrict", "emil"]);
    let refused = platform.fails(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    assert!(
        refused.contains("emil") && refused.contains("restricted"),
        "{refused}"
    );
    platform.ok(&["payout", "hold", &batch, &payouts["emil"]]);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "bob"]);
    platform.sound();
}

#[test]
fn a_batch_may_be_of_a_program_or_a_currency() {
    let platform = Platform::new(None);
    let none = platform.fails(&["payout", "prepare", "--user", "ann", "--currency", "JPY"]);
    assert!(none.contains("nobody can be paid now"), "{none}");
    let unknown = platform.fails(&["payout", "prepare", "--user", "ann", "--program", "adds"]);
    assert!(unknown.contains("adds"), "{unknown}");
    let (_, payouts) = prepared(&platform, &["--program", "ads", "--currency", "USD"]);
    assert_eq!(payouts.len(), 4);
}

#[test]
fn a_rail_has_a_smallest_payment() {
    let platform = Platform::new(None);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    let with = |minimum: &str| {
        let text = config.replace("\n[payout]\n", &format!("\n[payout]\nminimum = {minimum}\n"));
        platform.story.file("permille.toml", &text);
    };
    let blocked = || {
        let all = platform.preview(&[]);
        let all = all.into_iter().filter(|(_, one)| codes(one) == ["below_minimum"]);
        all.map(|(creator, _)| creator).collect::<Vec<_>>()
    };
    // Emil gets 50.00 USD by PayPal, Ben 120.00 USD and Fay 121.60 EUR (152.00 USD) to a bank.
    with("{ paypal = \"50.00 USD\", bank = \"120.00 USD\" }");
    assert_eq!(blocked(), Vec::<String>::new());
    with("{ paypal = \"40.01 EUR\", bank = \"152.01 USD\" }");
    assert_eq!(blocked(), ["ben", "emil", "fay"]);
    let words = platform.ok(&["payout", "preview", "--creator", "emil"]);
    assert!(
        words.contains("50.00 USD is less than the 40.01 EUR that your way"),
        "{words}"
    );
    let (_, payouts) = prepared(&platform, &[]);
    assert_eq!(payouts.into_keys().collect::<Vec<_>>(), ["anna"]);
    assert_eq!(
        platform.preview(&["--creator", "emil"])["emil"]["balance"],
        "50.000000 USD"
    );
    with("{ cash = \"1.00 USD\" }");
    let refused = platform.fails(&["payout", "preview"]);
    assert!(refused.contains("cash"), "{refused}");
    with("{ bank = \"1,00 USD\" }");
    let refused = platform.fails(&["payout", "preview"]);
    assert!(refused.contains("write it like"), "{refused}");
}

#[test]
fn a_name_that_the_built_in_fonts_lack_is_shown_or_told() {
    let platform = Platform::new(None);
    let story = &platform.story;
    let file = story.file("payees.csv", &super::PAYEES.replace("Anna Müller", "山田龍"));
    platform.ok(&["payee", "import", file.to_str().unwrap()]);
    let write = [
        "statement",
        "--creator",
        "anna",
        "--month",
        "2015-10",
        "--pdf",
        "anna.pdf",
    ];
    let told = platform.run(&write);
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert!(
        told.stderr.contains("山 (U+5C71), 田 (U+7530), 龍 (U+9F8D)") && told.stderr.contains("[statement]"),
        "{}",
        told.stderr
    );
    let config = std::fs::read_to_string(story.path().join("permille.toml")).unwrap();
    let with = |fonts: &str| {
        let line = format!("[statement]\nfonts = [{fonts}]\n");
        story.file("permille.toml", &config.replace("[statement]\n", &line));
    };
    let han = crate::harness::checkout("crates/paper/tests/fonts/han.otf");
    std::fs::copy(han, story.path().join("han.otf")).unwrap();
    with("\"han.otf\"");
    let told = platform.run(&write);
    assert!(
        told.stderr.contains("no font has: 龍 (U+9F8D);"),
        "{}",
        told.stderr
    );
    for (fonts, part) in [
        ("\"none.ttf\"", "none.ttf"),
        ("\"payees.csv\"", "payees.csv is not a font"),
        ("\"han.otf#7\"", "han.otf#7 is not a font"),
    ] {
        with(fonts);
        let refused = platform.fails(&write);
        assert!(
            refused.contains(part) && refused.contains("[statement]"),
            "{refused}"
        );
    }
}

#[test]
fn nobody_pays_without_a_name() {
    let platform = Platform::new(None);
    for name in ["unknown", " ", "bob\u{200b}"] {
        platform.fails(&["payout", "prepare", "--user", name]);
    }
    let (batch, _) = prepared(&platform, &[]);
    let refused = platform.fails(&["payout", "approve", &batch, "--user", "unknown"]);
    assert!(refused.contains("--user NAME"), "{refused}");
}

#[test]
fn a_preview_says_what_a_batch_would_be_made_of() {
    let platform = Platform::new(None);
    let now = platform.preview(&[]);
    let ready: Vec<_> = now
        .iter()
        .filter(|(_, one)| !one["payable"].is_null())
        .map(|(id, _)| id.clone())
        .collect();
    let (_, payouts) = prepared(&platform, &[]);
    assert_eq!(payouts.into_keys().collect::<Vec<_>>(), ready);
    // Settled and not closed: an estimate is nobody's money, whatever the day.
    platform.ok(&[
        "settle",
        "--program",
        "ads",
        "--period",
        "2015-09",
        "--now",
        "2016-01-20T00:00:00Z",
    ]);
    let story = &platform.story;
    let more = story.file(
        "more.csv",
        "event_id,video_id,occurred_at,revenue,currency,country\nlate,v-gus,2015-11-05T10:00:00Z,500.00,USD,DE\n",
    );
    platform.ok(&["import", "ad_impression", more.to_str().unwrap()]);
    let after = "2016-01-20T00:00:00Z";
    platform.ok(&[
        "settle",
        "--program",
        "ads",
        "--period",
        "2015-11",
        "--now",
        after,
    ]);
    let file = story.file("gus.csv", "id,name,residence,town,country,identity,rail,currency,email\ngus,Gus,DE,Berlin,DE,verified,paypal,USD,gus@mail.example\nnew,New,DE,Berlin,DE,verified,paypal,USD,new@mail.example\n");
    platform.ok(&["payee", "import", file.to_str().unwrap()]);
    let shown = platform.preview(&["--now", after]);
    assert_eq!(shown["gus"]["payable"]["gross"], "75.00 USD", "{}", shown["gus"]);
    assert_eq!(codes(&shown["gus"]), Vec::<String>::new());
}

#[test]
fn books_and_workspace_know_each_other() {
    let platform = Platform::new(None);
    let story = &platform.story;
    let other = story.path().join("other.sqlite").display().to_string();
    // The money of one platform does not stand in two places…
    for command in [
        &["ledger", "trial-balance"][..],
        &["payout", "prepare", "--user", "ann"],
    ] {
        let refused = platform.fails(&[command, &["--store", &other]].concat());
        assert!(
            refused.contains("the books of this workspace are in"),
            "{refused}"
        );
    }
    // …nor that of two platforms in one.
    let stranger = Story::new();
    let books = story.path().join(".permille/books.sqlite").display().to_string();
    let refused = stranger.run(&[
        "payee",
        "import",
        story.path().join("payees.csv").to_str().unwrap(),
        "--store",
        &books,
    ]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("belong to another workspace"),
        "{}",
        refused.stderr
    );
    // They may move, the id goes with them.
    std::fs::rename(&books, &other).unwrap();
    let gone = platform.fails(&["ledger", "trial-balance"]);
    assert!(gone.contains("not there any more"), "{gone}");
    platform.ok(&["ledger", "trial-balance", "--store", &other]);
    platform.ok(&["payout", "prepare", "--user", "ann", "--store", &other]);
}

/// Several exports of one batch into one folder leave its files, each whole, and nothing beside them.
#[test]
fn a_batch_may_be_exported_several_times_at_once() {
    let platform = Platform::new(None);
    let (batch, _) = prepared(&platform, &[]);
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    let export = ["payout", "export", &batch, "--out", "files", "--user", "ann"];
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| platform.ok(&export));
        }
    });
    let files = || {
        let entries = std::fs::read_dir(platform.story.path().join("files")).unwrap();
        let read = entries.map(|entry| {
            let path = entry.unwrap().path();
            (path.clone(), std::fs::read(path).unwrap())
        });
        read.collect::<std::collections::BTreeMap<_, _>>()
    };
    let made = files();
    assert!(made.len() >= 2, "{:?}", made.keys());
    std::fs::remove_dir_all(platform.story.path().join("files")).unwrap();
    platform.ok(&export);
    assert!(files() == made, "{:?}", made.keys());
}
