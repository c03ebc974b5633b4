//! Files of banks that were read wrongly once.

use super::{Exported, case, count};
use std::fs::OpenOptions;
use std::process::Command;
use std::time::{Duration, Instant};

/// Imports the messages of a case in their order; gives states and how many breaks are open.
fn after(messages: &[&str]) -> (Vec<String>, usize) {
    let exported = Exported::new();
    for message in messages {
        let file = case(message).display().to_string();
        exported.ok("bob", &["payout", "import-answer", &file]);
    }
    exported.nobody_is_paid();
    let open = exported.json("bob", &["payout", "breaks"]);
    (exported.states(), open.as_array().unwrap().len())
}

#[test]
fn cases_of_banks() {
    let four = |state: &str| vec![state.to_owned(); 4];
    let one = |state: &str, rest: &str| {
        let mut all = four(rest);
        all[0] = state.to_owned();
        all
    };
    for (messages, states, breaks) in [
        (
            &["D1_dup_group_DU01-1.xml", "D1_dup_group_DU01-2.xml"][..],
            four("in_transit"),
            1,
        ),
        (
            &["D1_dup_group_DU01-2.xml", "D1_dup_group_DU01-1.xml"][..],
            four("in_transit"),
            1,
        ),
        (
            &[
                "A10_batch_part_returned_sum-1.xml",
                "A10_batch_part_returned_sum-2.xml",
            ][..],
            four("succeeded"),
            1,
        ),
        (
            &["A11_batch_sum_twice-1.xml", "A11_batch_sum_twice-2.xml"][..],
            four("succeeded"),
            1,
        ),
        (&["A3_only_reversal_debit-1.xml"][..], four("in_transit"), 1),
        (&["B12_no_amounts_sum_more-1.xml"][..], four("in_transit"), 4),
        (
            &["F9_two_stmts_other_account_first-1.xml"][..],
            one("succeeded", "in_transit"),
            1,
        ),
    ] {
        assert_eq!(after(messages), (states, breaks), "{messages:?}");
    }
}

#[test]
fn a_return_that_names_its_payout_in_free_text() {
    let exported = Exported::new();
    for (message, changed) in [
        ("H1_return_ustrd-1.xml", 1),
        ("H1_return_ustrd-2.xml", 1),
        ("H1_return_ustrd-2.xml", 0),
    ] {
        let file = case(message).display().to_string();
        let answered = exported.json("bob", &["payout", "import-answer", &file]);
        assert_eq!(
            (count(&answered, "outcomes"), count(&answered, "breaks")),
            (changed, 0),
            "{answered}"
        );
    }
    assert_eq!(
        exported.states(),
        ["returned", "in_transit", "in_transit", "in_transit"]
    );
    let told = &exported.json("bob", &["payout", "show", super::BATCH])["payouts"][0]["told"];
    assert_eq!(told[1]["by"], "bob", "{told}");
    assert_eq!(told[1]["file"].as_str().unwrap().len(), 64, "{told}");
}

#[test]
fn a_file_that_is_not_in_utf_8_is_wrong_input() {
    let exported = Exported::new();
    for (name, words) in [
        ("F1_latin1-1.xml", "line 2: not in UTF-8"),
        ("F3_utf16-1.xml", "line 1: not in UTF-8"),
    ] {
        let file = case(name).display().to_string();
        let answer = exported.run("bob", &["payout", "import-answer", &file]);
        assert_eq!(answer.code, 4, "{}", answer.stderr);
        assert!(
            answer.stderr.contains(words) && answer.stderr.contains("iconv"),
            "{}",
            answer.stderr
        );
    }
    let many: String = (0..400_000).map(|at| format!(" a{at}=\"\"")).collect();
    let file = exported.story.file(
        "many.xml",
        &format!("<Document{many}><BkToCstmrStmt/></Document>"),
    );
    let answer = exported.run("bob", &["payout", "import-answer", &file.display().to_string()]);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    assert!(
        answer.stderr.contains("more than 32 attributes"),
        "{}",
        answer.stderr
    );
}

#[test]
fn an_interruption_stops_the_reading() {
    let exported = Exported::new();
    // A pipe that nobody writes to is the slowest file of all.
    let pipe = exported.story.path().join("slow.xml");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let mut reading = Command::new(env!("CARGO_BIN_EXE_permille"))
        .args(["payout", "import-answer", "slow.xml", "--user", "bob"])
        .current_dir(exported.story.path())
        .spawn()
        .unwrap();
    // It opens once somebody reads.
    let writer = OpenOptions::new().write(true).open(&pipe).unwrap();
    let pid = reading.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let until = Instant::now() + Duration::from_secs(60);
    let ended = loop {
        if let Some(ended) = reading.try_wait().unwrap() {
            break ended;
        }
        assert!(Instant::now() < until, "it reads on");
        std::thread::yield_now();
    };
    drop(writer);
    assert_eq!(ended.code(), Some(130));
    assert_eq!(exported.states(), ["in_transit"; 4]);
}
