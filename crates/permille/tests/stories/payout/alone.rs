//! What nobody does alone: decide who is paid and approve it, approve for a machine and free the money.

use super::PAYEES;
use super::platform::Platform;
use super::returns::{answer, left, statement};
use serde_json::{Value, json};

/// The bank brings everybody's money back, and somebody else than ann says so.
fn all_back(platform: &Platform, references: &[(String, String)]) {
    for (creator, amount) in [("anna", "788.00 EUR"), ("fay", "121.60 EUR")] {
        answer(
            platform,
            references,
            &[(creator, "DBIT", amount, ""), (creator, "CRDT", amount, "MS03")],
        );
    }
}

fn prepared(platform: &Platform) -> String {
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    made[0]["batch"].as_str().unwrap().to_owned()
}

fn decisions(platform: &Platform, batch: &str) -> Vec<String> {
    let shown = platform.json(&["payout", "show", batch]);
    let all = shown["review"]["decisions"].as_array().unwrap().clone();
    let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
    all.iter()
        .map(|one| {
            format!(
                "{} {}: {}",
                word(one, "creator"),
                word(one, "by"),
                word(one, "what")
            )
        })
        .collect()
}

#[test]
fn an_approver_sees_who_cleared_a_payee() {
    let platform = Platform::new(None);
    let (_, references) = left(&platform);
    all_back(&platform, &references);
    platform.ok(&["payee", "hold", "fay", "--reason", "OFAC", "--user", "legal"]);
    platform.ok(&[
        "payee",
        "unhold",
        "fay",
        "--reason",
        "another Fay",
        "--user",
        "ann",
    ]);
    platform.ok(&[
        "payee",
        "restrict",
        "anna",
        "--reason",
        "forged passport",
        "--user",
        "legal",
    ]);
    platform.ok(&[
        "payee",
        "verify",
        "anna",
        "--reason",
        "looks fine",
        "--user",
        "dan",
    ]);
    let batch = prepared(&platform);
    let seen = decisions(&platform, &batch);
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(
        seen[0].contains("anna legal: identity was verified, is restricted"),
        "{seen:?}"
    );
    assert!(
        seen[1].contains("anna dan: identity was restricted, is verified; reason: looks fine"),
        "{seen:?}"
    );
    assert!(
        seen[2].contains("fay ann: sanctions_hold was since") && seen[2].contains("reason: another Fay"),
        "{seen:?}"
    );
    let said = platform.ok(&["payout", "show", &batch]);
    assert!(
        said.contains("fay since the last payout: sanctions_hold was"),
        "{said}"
    );

    // Who cleared somebody does not approve that they are paid.
    let refused = platform.fails(&["payout", "approve", &batch, "--user", "dan"]);
    assert!(
        refused.contains("error[payout/own-change]: dan entered or changed anna, who was not paid since"),
        "{refused}"
    );
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
}

/// What was looked at is what is approved.
#[test]
fn a_digest_holds_an_approval_to_what_was_shown() {
    let platform = Platform::new(None);
    let batch = prepared(&platform);
    let payouts = super::payout_ids(&platform.json(&["payout", "show", &batch]));
    platform.ok(&["payout", "hold", &batch, &payouts["fay"], "--user", "ann"]);
    let shown = platform.json(&["payout", "show", &batch]);
    let digest = shown["review"]["digest"].as_str().unwrap();
    platform.ok(&["payout", "release", &batch, &payouts["fay"], "--user", "ann"]);
    let approve = ["payout", "approve", &batch, "--user", "bob", "--digest"];
    let refused = platform.fails(&[&approve[..], &[digest]].concat());
    assert!(refused.contains("error[payout/changed]"), "{refused}");
    let short = platform.run(&[&approve[..], &["abc"]].concat());
    assert!(
        short.code == 2 && short.stderr.contains("too short"),
        "{}",
        short.stderr
    );
    let shown = platform.json(&["payout", "show", &batch]);
    let digest = shown["review"]["digest"].as_str().unwrap();
    platform.ok(&[&approve[..], &[&digest[..16]]].concat());
}

#[test]
fn who_redirects_an_account_does_not_approve_it() {
    let platform = Platform::new(None);
    let (_, references) = left(&platform);
    all_back(&platform, &references);
    let redirected = PAYEES.replace(
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000",
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE75512108001245126199",
    );
    assert_ne!(redirected, PAYEES);
    platform.story.file("payees.csv", &redirected);
    platform.ok(&["payee", "import", "payees.csv", "--user", "eve"]);
    let batch = prepared(&platform);
    let refused = platform.fails(&["payout", "approve", &batch, "--user", "eve"]);
    assert!(
        refused.contains("eve entered or changed fay, who was not paid since"),
        "{refused}"
    );
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
}

/// So it is with payees who were never paid: who entered one, or changed the account before the first payout.
#[test]
fn who_enters_a_payee_does_not_approve_the_first_payout() {
    let platform = Platform::new(None);
    let redirected = PAYEES.replace(
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000",
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE75512108001245126199",
    );
    platform.story.file("payees.csv", &redirected);
    platform.ok(&["payee", "import", "payees.csv", "--user", "eve"]);
    let batch = prepared(&platform);
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(
        shown.contains("fay before the first payout: methods was")
            && shown.contains("eve entered or changed 1 since they were last paid (fay)"),
        "{shown}"
    );
    let entered = platform.json(&["payout", "show", &batch])["review"]["authors"].clone();
    let importer = entered[1]["by"].as_str().unwrap();
    for author in ["eve", importer] {
        let refused = platform.fails(&["payout", "approve", &batch, "--user", author]);
        assert!(
            refused.contains(&format!("error[payout/own-change]: {author} entered or changed")),
            "{refused}"
        );
    }
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
}

/// What keeps a payee back may be lifted before the first payout, or after the preparation: it is shown, and who did it does not approve.
#[test]
fn who_lifts_what_kept_somebody_back_does_not_approve() {
    let platform = Platform::new(None);
    let legal = ["--reason", "forged passport", "--user", "legal"];
    let dan = ["--reason", "looks fine", "--user", "dan"];
    for (step, why) in [
        ("restrict", legal),
        ("reject", legal),
        ("pending", dan),
        ("verify", dan),
    ] {
        platform.ok(&[&["payee", step, "anna"][..], &why].concat());
    }
    let batch = prepared(&platform);
    let seen = decisions(&platform, &batch);
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(
        seen[0].contains("anna dan: identity was rejected, is pending; reason: looks fine"),
        "{seen:?}"
    );
    platform.ok(&[&["payee", "hold", "fay"][..], &legal].concat());
    platform.ok(&[
        "payee",
        "unhold",
        "fay",
        "--reason",
        "another Fay",
        "--user",
        "eve",
    ]);
    assert!(
        decisions(&platform, &batch)[1].contains("fay eve: sanctions_hold was since"),
        "after the preparation"
    );
    for author in ["dan", "eve"] {
        let refused = platform.fails(&["payout", "approve", &batch, "--user", author]);
        assert!(refused.contains("error[payout/own-change]"), "{refused}");
    }
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
}

/// Who redirected an account does not approve it though somebody else corrected the payee after that; who put a payout back that somebody
/// else held does not; and what the preparer clears after the approval does not leave.
#[test]
fn who_decided_once_does_not_decide_again() {
    let platform = Platform::new(None);
    let (_, references) = left(&platform);
    all_back(&platform, &references);
    let old = "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000";
    for (user, row) in [
        (
            "eve",
            "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE75512108001245126199",
        ),
        (
            "carl",
            "fay,Fay Ferris,DE,Berlin,DE,verified,,,,,bank,EUR,DE75512108001245126199",
        ),
    ] {
        platform.story.file("payees.csv", &PAYEES.replace(old, row));
        platform.ok(&["payee", "import", "payees.csv", "--user", user]);
    }
    let batch = prepared(&platform);
    let payouts = super::payout_ids(&platform.json(&["payout", "show", &batch]));
    let hold = ["payout", "hold", &batch, &payouts["anna"], "--reason", "fraud?"];
    platform.ok(&[&hold[..], &["--user", "legal"]].concat());
    platform.ok(&["payout", "release", &batch, &payouts["anna"], "--user", "dan"]);
    for author in ["eve", "carl", "dan"] {
        let refused = platform.fails(&["payout", "approve", &batch, "--user", author]);
        assert!(
            refused.contains("error[payout/own-change]"),
            "{author}: {refused}"
        );
    }
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    let legal = ["--reason", "OFAC", "--user", "legal"];
    platform.ok(&[&["payee", "hold", "anna"][..], &legal].concat());
    platform.ok(&[
        "payee",
        "unhold",
        "anna",
        "--reason",
        "another one",
        "--user",
        "ann",
    ]);
    for user in ["ann", "bob"] {
        let export = ["payout", "export", &batch, "--out", "files", "--user", user];
        let refused = platform.fails(&export);
        assert!(
            refused.contains("error[payout/own-change]: ann changed or cleared anna after batch"),
            "{refused}"
        );
    }
    platform.ok(&["payout", "cancel", &batch, "--user", "ann"]);
}

/// What a batch reserved may be taken back before it is approved: whoever approves it is told who owes that.
#[test]
fn an_approver_sees_who_owes_what_the_batch_pays() {
    let platform = Platform::new(None);
    let batch = prepared(&platform);
    let owing = || platform.json(&["payout", "show", &batch])["review"]["owing"].clone();
    assert_eq!(owing(), json!([]));
    let correction = "event_id,video_id,occurred_at,revenue,currency,country\nback,v-emil,2015-10-06T00:00:00Z,-20.00,USD,DE\n";
    platform.story.file("correction.csv", correction);
    platform.ok(&["import", "ad_impression", "correction.csv"]);
    platform.ok(&["restate", "--program", "ads", "--period", "2015-10"]);
    assert_eq!(owing(), json!([{"creator": "emil", "amount": "20.000000 USD"}]));
    let shown = platform.ok(&["payout", "show", &batch]);
    assert!(shown.contains("emil owes 20.000000 USD by now"), "{shown}");
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
}

/// What somebody held is told with the next batch that pays it, and so is what the configuration says otherwise than before.
#[test]
fn an_approver_sees_what_was_held_and_configured() {
    let platform = Platform::new(None);
    let batch = prepared(&platform);
    let payouts = super::payout_ids(&platform.json(&["payout", "show", &batch]));
    let hold = ["payout", "hold", &batch, &payouts["anna"], "--reason", "fraud?"];
    platform.ok(&[&hold[..], &["--user", "legal"]].concat());
    platform.ok(&["payout", "cancel", &batch, "--user", "ann"]);
    let path = platform.story.path().join("permille.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let zero = "[payout]\nwithholding = { without_form = \"0%\", without_treaty = \"30%\" }";
    let other = config.replacen("[payout]", zero, 1);
    assert_ne!(config, other);
    platform.story.file("permille.toml", &other);
    let next = prepared(&platform);
    let review = &platform.json(&["payout", "show", &next])["review"];
    assert_eq!(
        review["kept_back"],
        json!([{"creator": "anna", "batch": batch, "reason": "fraud?"}])
    );
    let changed = review["terms_changed"][0].as_str().unwrap();
    assert!(
        changed.starts_with("withholding.without_form is by default "),
        "{changed}"
    );
    let shown = platform.ok(&["payout", "show", &next]);
    assert!(
        shown.contains(&format!("anna was kept back in batch {batch} (fraud?)")) && shown.contains(changed),
        "{shown}"
    );
}

/// Nobody approves what pays them.
#[test]
fn who_is_paid_does_not_approve() {
    let platform = Platform::new(None);
    platform.actors(&[
        "ann --role admin --role finance",
        "carol --role approver --role creator --creator anna",
        "bob --role approver",
    ]);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap();
    let refused = platform.fails(&["payout", "approve", batch, "--user", "carol"]);
    assert!(
        refused.contains("error[payout/own-change]: carol is anna, and batch"),
        "{refused}"
    );
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
}

/// Who takes from herself that a creator's earnings are hers is whose they are still, until another person says otherwise.
#[test]
fn who_was_paid_by_her_own_word_does_not_approve() {
    let platform = Platform::new(None);
    platform.actors(&[
        "ann --role admin --role finance",
        "carol --role admin --role approver --role creator --creator anna",
    ]);
    let change = |words: &[&str], by: &str| {
        platform.ok(&[&["actor", "change", "carol", "--user", by], words].concat());
    };
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap();
    let approve = ["payout", "approve", batch, "--user", "carol"];
    let must_refuse = || {
        let refused = platform.fails(&approve);
        let words = "error[payout/own-change]: carol is anna, and batch";
        assert!(refused.contains(words), "{refused}");
    };
    // Another one's change of roles says nothing of what she took from herself.
    change(&["--role", "admin", "--role", "approver"], "carol");
    must_refuse();
    change(&["--role", "approver"], "ann");
    must_refuse();
    // Ann says that they are hers, and then that they are not.
    change(
        &["--role", "approver", "--role", "creator", "--creator", "anna"],
        "ann",
    );
    must_refuse();
    change(&["--role", "approver"], "ann");
    platform.ok(&approve);
}

/// With a machine that prepares there is one person: who approved it brings in no answer that frees it.
#[test]
fn who_approves_for_a_machine_frees_nothing_alone() {
    let platform = Platform::new(None);
    platform.actors(&[
        "adm --role admin",
        "nightly --role finance --machine",
        "bob --role approver",
        "dan --role approver",
        "kim --role auditor",
    ]);
    let made = platform.json(&["payout", "prepare", "--user", "nightly"]);
    let batch = made[0]["batch"].as_str().unwrap().to_owned();
    platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    platform.ok(&["payout", "export", &batch, "--out", "files", "--user", "nightly"]);
    let id = super::payout_ids(&made[0])["fay"].clone();
    let references = [("fay".to_owned(), format!("PAY{}", id[4..].to_uppercase()))];
    let entries = [
        ("fay", "DBIT", "121.60 EUR", ""),
        ("fay", "CRDT", "121.60 EUR", "MS03"),
    ];
    platform
        .story
        .file("forged.xml", &statement(&references, &entries));
    let import = |user: &str| platform.json(&["payout", "import-answer", "forged.xml", "--user", user]);
    let found = import("bob");
    assert_eq!(found["waiting"][0]["to"], "returned", "{found}");
    let settle = [
        "payout",
        "settle",
        &batch,
        &id,
        "--as",
        "failed",
        "--reason",
        "AM04: the bank called",
    ];
    let refused = platform.fails(&[&settle[..], &["--user", "bob"]].concat());
    assert!(
        refused.contains(
            "bob approved its batch, which the machine nightly prepared, and does not say that it is failed"
        ),
        "{refused}"
    );
    let found = import("dan");
    assert_eq!(found["outcomes"][0]["to"], "returned", "{found}");
    platform.sound();
}
