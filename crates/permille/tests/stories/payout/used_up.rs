//! A word that lets money go counts until that money has left: other money of the same payee, and what was prepared before, change nothing.

use super::one_word::{close, fay_earned, invoiced, left_by_zoe, only_another_approves, prepared, receive};
use super::payout_ids;
use super::platform::{PAYEES, Platform};
use super::returns::{answer, left};
use super::splits::{restate, with_agency};

fn approve_and_export(platform: &Platform, batch: &str) {
    platform.ok(&["payout", "approve", batch, "--user", "zoe"]);
    platform.ok(&["payout", "export", batch, "--out", "files", "--user", "ann"]);
}

#[test]
fn who_closes_a_break_approves_nothing_of_its_money_after_other_money_has_left() {
    let platform = Platform::new(None);
    let (first, references) = left(&platform);
    fay_earned(&platform, "more", "60.00");
    let before = prepared(&platform);
    // The first payout failed, and then it left all the same.
    let ids = payout_ids(&platform.json(&["payout", "show", &first]));
    let fail = ["payout", "settle", &first, &ids["fay"], "--as", "failed"];
    platform.ok(&[&fail[..], &["--reason", "AM04: no money", "--user", "eve"]].concat());
    let found = answer(&platform, &references, &[("fay", "DBIT", "121.60 EUR", "")]);
    let id = found["breaks"][0]["id"].as_str().unwrap();
    close(&platform, id, "dan");
    approve_and_export(&platform, &before);
    let batch = prepared(&platform);
    let words = format!("dan closed break {id}: the bank's mistake");
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(shown.contains(&format!("fay: {words}, at ")), "{shown}");
    only_another_approves(&platform, &batch, "dan", &words);
    // It has left, and nobody is told of it any more.
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "ann"]);
    fay_earned(&platform, "again", "60.00");
    let batch = prepared(&platform);
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(!shown.contains("closed break"), "{shown}");
    platform.ok(&["payout", "approve", &batch, "--user", "dan"]);
}

#[test]
fn a_receipt_counts_until_as_much_has_left() {
    let platform = Platform::new(None);
    left(&platform);
    let (invoice, _) = invoiced(&platform, "-150.00");
    receive(&platform, &invoice, ("150", "TT-1"), "dan");
    for (id, is_used_up) in [("one", false), ("two", false), ("three", false), ("four", true)] {
        fay_earned(&platform, id, "60.00");
        let batch = prepared(&platform);
        let approve = ["payout", "approve", &batch, "--user"];
        if !is_used_up {
            let refused = platform.fails(&[&approve[..], &["dan"]].concat());
            assert!(refused.contains("dan said that 150"), "{id}: {refused}");
        }
        let who = if is_used_up { "dan" } else { "zoe" };
        platform.ok(&[&approve[..], &[who]].concat());
        platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "ann"]);
    }
    platform.sound();
}

#[test]
fn a_lifted_hold_of_a_creator_is_shown_with_the_creators_money() {
    let platform = with_agency(None);
    left_by_zoe(&platform);
    // The agency is to be paid for dora and for anna, and anna is held.
    restate(
        &platform,
        "d1,v-dora,2015-10-06T00:00:00Z,100.00,USD,DE\na1,v-anna,2015-10-06T00:00:00Z,100.00,USD,DE\n",
    );
    platform.ok(&["payee", "hold", "anna", "--reason", "OFAC", "--user", "legal"]);
    let before = left_by_zoe(&platform);
    let of = platform.json(&["payout", "show", &before]);
    assert!(!of.to_string().contains("\"creator\":\"anna\""), "{of}");
    platform.ok(&["payee", "unhold", "anna", "--reason", "fine", "--user", "dan"]);
    let batch = prepared(&platform);
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(shown.contains("OFAC, is none"), "{shown}");
    only_another_approves(&platform, &batch, "dan", "dan entered or changed anna");
}

#[test]
fn what_was_approved_is_not_changed_back_by_who_prepared_it() {
    let platform = Platform::new(None);
    let batch = prepared(&platform);
    platform.ok(&["payout", "approve", &batch, "--user", "zoe"]);
    let right = PAYEES.replace("emil@mail.example", "emil@new.example");
    platform.story.file("right.csv", &right);
    platform.ok(&["payee", "import", "right.csv", "--user", "eve"]);
    let export = ["payout", "export", &batch, "--out", "files", "--user", "ann"];
    assert!(platform.fails(&export).contains("has another account"));
    platform.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    let refused = platform.fails(&export);
    assert!(
        refused.contains("payout/own-change") && refused.contains("ann changed or cleared emil after batch"),
        "{refused}"
    );
}

#[test]
fn a_batch_of_which_nothing_leaves_is_given_up() {
    let platform = Platform::new(None);
    for approved in [false, true] {
        let batch = prepared(&platform);
        let approve = ["payout", "approve", &batch, "--user", "zoe"];
        if approved {
            platform.ok(&approve);
        }
        for id in payout_ids(&platform.json(&["payout", "show", &batch])).values() {
            platform.ok(&["payout", "hold", &batch, id, "--reason", "look", "--user", "ann"]);
        }
        let export = ["payout", "export", &batch, "--out", "files", "--user", "ann"];
        let refused = platform.fails(if approved { &export } else { &approve });
        assert!(
            refused.contains("nothing of batch") && refused.contains("payout cancel"),
            "{refused}"
        );
        platform.ok(&["payout", "cancel", &batch, "--user", "ann"]);
    }
    left_by_zoe(&platform);
    platform.sound();
}

#[test]
fn a_hold_that_was_undone_by_giving_up_is_shown_and_not_signed_for() {
    for puts_back in [true, false] {
        let platform = Platform::new(None);
        let first = prepared(&platform);
        let ids = payout_ids(&platform.json(&["payout", "show", &first]));
        let hold = [
            "payout",
            "hold",
            &first,
            &ids["fay"],
            "--reason",
            "fraud",
            "--user",
            "eve",
        ];
        platform.ok(&hold);
        if puts_back {
            platform.ok(&["payout", "release", &first, &ids["fay"], "--user", "dan"]);
        }
        platform.ok(&["payout", "cancel", &first, "--user", "dan"]);
        let batch = prepared(&platform);
        let words = match puts_back {
            true => format!(
                "dan put back payout {} of batch {first}, which eve held: fraud",
                ids["fay"]
            ),
            false => format!(
                "dan gave up batch {first}, in which eve held {}: fraud",
                ids["fay"]
            ),
        };
        let shown = platform.ok(&["payout", "show", &batch]);
        assert!(shown.contains(&format!("fay: {words}")), "{words} in {shown}");
        only_another_approves(&platform, &batch, "dan", &words);
    }
}

#[test]
fn limits_of_rates_and_thresholds_that_were_moved_are_shown() {
    let platform = Platform::new(None);
    left(&platform);
    let config = platform.story.path().join("permille.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let limits = "[payout]\nfx_limits = { band = \"25%\", days = 31 }\n";
    let moved = text.replacen("[payout]\n", limits, 1);
    std::fs::write(&config, moved).unwrap();
    let other = super::platform::PROGRAM
        .replace("version = 1", "version = 2")
        .replace("threshold = \"50.00\"", "threshold = \"1.00\"")
        .replace("2015-01-01", "2015-11-01");
    platform.story.file("other.toml", &other);
    platform.ok(&["program", "apply", "other.toml", "--user", "ann"]);
    fay_earned(&platform, "more", "60.00");
    let batch = prepared(&platform);
    let shown = platform.ok(&["payout", "show", &batch]);
    for words in [
        "fx_limits.days was 7, and is 31",
        "threshold of program ads was 50.000000 USD, and is 1.000000 USD",
    ] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    // They hold as they were fixed: a limit that is put back afterwards changes nothing of the batch.
    std::fs::write(&config, text).unwrap();
    let again = platform.ok(&["payout", "show", &batch]);
    assert!(again.contains("fx_limits.days was 7, and is 31"), "{again}");
}

/// Each of two approvers has read one of two transfers for one debt: a third person vouches, and one of them may sign.
#[test]
fn where_every_approver_has_said_something_another_person_vouches() {
    let platform = Platform::new(None);
    left(&platform);
    let (invoice, _) = invoiced(&platform, "-90.00");
    for (amount, reference, who) in [("40", "TT-1", "zoe"), ("50", "TT-2", "dan")] {
        receive(&platform, &invoice, (amount, reference), who);
    }
    fay_earned(&platform, "more", "60.00");
    let batch = prepared(&platform);
    let approve = ["payout", "approve", &batch, "--user"];
    for who in ["zoe", "dan"] {
        let refused = platform.fails(&[&approve[..], &[who]].concat());
        assert!(refused.contains("payout vouch"), "{refused}");
    }
    let vouch = [
        "payout",
        "vouch",
        &batch,
        "fay",
        "--note",
        "seen in the bank's pages",
        "--user",
    ];
    // One's own word is nobody's to vouch for but others': zoe vouches for dan's, and not for hers.
    platform.ok(&[&vouch[..], &["zoe"]].concat());
    assert!(
        platform
            .fails(&[&approve[..], &["zoe"]].concat())
            .contains("zoe said that 40")
    );
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(
        shown.contains("zoe vouches at ") && shown.contains("dan said that 50"),
        "{shown}"
    );
    platform.ok(&[&approve[..], &["dan"]].concat());
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "ann"]);
    // Nobody has said anything of it that is new.
    fay_earned(&platform, "again", "60.00");
    let next = prepared(&platform);
    let nothing = platform.fails(&["payout", "vouch", &next, "ben", "--note", "x", "--user", "eve"]);
    assert!(nothing.contains("payout/nothing-said"), "{nothing}");
    platform.sound();
}

/// A hold that was put on for a batch is not lifted and signed for by one person, though another one has paid something later.
#[test]
fn a_hold_that_was_lifted_after_the_preparation_is_told_with_the_batch() {
    let platform = Platform::new(None);
    let old = prepared(&platform);
    platform.ok(&["payee", "hold", "fay", "--reason", "OFAC", "--user", "legal"]);
    platform.ok(&["payee", "unhold", "fay", "--reason", "fine", "--user", "dan"]);
    fay_earned(&platform, "more", "60.00");
    left_by_zoe(&platform);
    only_another_approves(&platform, &old, "dan", "dan entered or changed fay");
}

/// What is cleared after the approval by whoever it is, is told to who exports.
#[test]
fn what_was_cleared_after_the_approval_is_told_to_who_exports() {
    let platform = Platform::new(None);
    let batch = prepared(&platform);
    platform.ok(&["payout", "approve", &batch, "--user", "zoe"]);
    platform.ok(&["payee", "hold", "fay", "--reason", "OFAC", "--user", "legal"]);
    platform.ok(&["payee", "unhold", "fay", "--reason", "fine", "--user", "legal"]);
    let export = ["payout", "export", &batch, "--out", "files", "--user", "ann"];
    let answer = platform.run(&export);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let told = "since the approval: legal changed or cleared fay: sanctions_hold was";
    assert!(answer.stderr.contains(told), "{}", answer.stderr);
}

/// Of two batches that are open at once the one that was prepared first has what was let go, whichever leaves first.
#[test]
fn of_two_open_batches_the_first_one_has_what_was_let_go() {
    let platform = Platform::new(None);
    let (first, _) = left(&platform);
    let ids = payout_ids(&platform.json(&["payout", "show", &first]));
    let fail = ["payout", "settle", &first, &ids["fay"], "--as", "failed"];
    platform.ok(&[&fail[..], &["--reason", "AM04: no money", "--user", "dan"]].concat());
    let again = prepared(&platform);
    fay_earned(&platform, "more", "200.00");
    let new = prepared(&platform);
    // What was earned since has nothing to do with it.
    platform.ok(&["payout", "approve", &new, "--user", "dan"]);
    platform.ok(&["payout", "export", &new, "--out", "files", "--user", "ann"]);
    only_another_approves(&platform, &again, "dan", "is failed, and batch");
}

/// Whoever takes the last word out of the books pays nobody twice, and nobody who is held.
#[test]
fn nothing_is_paid_out_of_books_from_which_a_word_is_gone() {
    for (record, last) in [
        ("batch", "'batch'"),
        ("payout", "'payout'"),
        ("payee", "'payee' and id = 'anna'"),
    ] {
        let platform = Platform::new(None);
        let batch = prepared(&platform);
        approve_and_export(&platform, &batch);
        platform.ok(&[
            "payee",
            "hold",
            "anna",
            "--reason",
            "court order",
            "--user",
            "leo",
        ]);
        let one = format!(
            "SELECT rowid_id FROM (SELECT kind || id || version AS rowid_id FROM record WHERE kind = {last} ORDER BY version DESC LIMIT 1)"
        );
        platform.story.tamper(&format!(
            "DELETE FROM record WHERE kind || id || version = ({one})"
        ));
        for command in [
            &["payout", "cancel", &batch, "--user", "ann"][..],
            &["payout", "prepare", "--user", "ann"],
            &["payout", "approve", &batch, "--user", "zoe"],
            &["payout", "export", &batch, "--out", "files", "--user", "ann"],
            &["payee", "unhold", "anna", "--reason", "settled", "--user", "dan"],
        ] {
            let said = platform.fails(command);
            let words = format!("error[store/damaged]: {record} `");
            assert!(
                said.contains(&words) && said.contains("it is gone, and change"),
                "{command:?}: {said}"
            );
        }
    }
}
