//! What an attacker would have pass unseen: an account in another spelling, a payee who changed after a failure, a rate that is walked
//! away step by step, a day that never comes.

use super::platform::Platform;
use super::{PAYEES, codes, payout_ids};
use serde_json::{Value, json};

const EVIL: &str = "DE75512108001245126199";

fn prepared(platform: &Platform, more: &[&str]) -> String {
    let made = platform.json(&[&["payout", "prepare", "--user", "ann"], more].concat());
    made[0]["batch"].as_str().unwrap().to_owned()
}

fn import(platform: &Platform, name: &str, csv: &str) {
    platform.story.file(name, csv);
    platform.ok(&["payee", "import", name, "--user", "eve"]);
}

/// A row of a payee who is paid in euros to the account of DE89370400440532013000, by its national number.
fn national(id: &str, name: &str) -> String {
    format!(
        "id,name,residence,town,country,identity,rail,currency,account,clearing_system,clearing_code,bic\n\
         {id},{name},DE,Berlin,DE,verified,bank,EUR,532 013 000,DEBLZ,37040044,COBADEFFXXX\n"
    )
}

/// Lets only some creators' payouts of a batch leave, and says what became of them.
fn only(platform: &Platform, batch: &str, creator: &str, outcome: &[&str]) {
    let payouts = payout_ids(&platform.json(&["payout", "show", batch]));
    for (other, id) in &payouts {
        if other != creator {
            platform.ok(&["payout", "hold", batch, id]);
        }
    }
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
    platform.ok(&["payout", "export", batch, "--out", "files", "--user", "bob"]);
    let settle = ["payout", "settle", batch, &payouts[creator], "--user", "bob"];
    platform.ok(&[&settle[..], outcome].concat());
}

#[test]
fn an_account_in_another_spelling_is_the_same_account() {
    let platform = Platform::new(None);
    import(&platform, "emil.csv", &national("emil", "Emil"));
    let batch = prepared(&platform, &[]);
    let shown = platform.json(&["payout", "show", &batch]);
    // Anna and Fay gave the IBAN, Emil the number; Cleo is not paid.
    assert_eq!(
        shown["review"]["shared"][0]["creators"],
        json!(["anna", "emil", "fay"]),
        "{}",
        shown["review"]
    );
    assert_eq!(shown["review"]["shared"][0]["others"], json!(["cleo"]));

    only(
        &platform,
        &batch,
        "fay",
        &["--as", "failed", "--reason", "AC04: closed"],
    );
    let blockers = || codes(&platform.preview(&["--creator", "fay"])["fay"]);
    assert_eq!(blockers(), ["method_failed"]);
    import(&platform, "fay.csv", &national("fay", "Fay"));
    assert_eq!(blockers(), ["method_failed"]);
    let other = national("fay", "Fay").replace("532 013 000", "532 013 001");
    import(&platform, "other.csv", &other);
    assert_eq!(blockers(), Vec::<String>::new());
}

#[test]
fn no_bank_is_asked_for_a_day_far_ahead() {
    let platform = Platform::new(None);
    let prepare = |day: &str| platform.run(&["payout", "prepare", "--user", "ann", "--execution-date", day]);
    // The thirteenth is a Saturday, and would be moved beyond the bound.
    for (day, named) in [
        ("9999-12-31", "9999-12-31"),
        ("2016-02-15", "2016-02-15"),
        ("2016-02-13", "2016-02-15"),
    ] {
        let said = prepare(day).stderr;
        assert!(
            said.contains(named) && said.contains("90 days ahead: 2016-02-12 is the last"),
            "{said}"
        );
    }
    for (day, why) in [
        (
            "2016-02-06",
            "2016-02-06 is a Saturday, on which banks do not pay: it is moved to 2016-02-08",
        ),
        (
            "2015-12-25",
            "2015-12-25 is a holiday of TARGET, on which banks do not pay: it is moved to 2015-12-28",
        ),
        ("2015-11-13", "2015-11-13 is over: it is moved to 2015-11-16"),
    ] {
        let said = prepare(day);
        assert!(said.code == 0 && said.stderr.contains(why), "{}", said.stderr);
        let listed = platform.json(&["payout", "list"]);
        let open = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["state"] == "prepared");
        platform.ok(&["payout", "cancel", open.unwrap()["batch"].as_str().unwrap()]);
    }
}

#[test]
fn an_account_and_its_bank_are_in_one_country() {
    let platform = Platform::new(None);
    let csv = "id,name,residence,town,country,identity,rail,currency,iban,bic\n\
               fay,Fay,DE,Berlin,DE,verified,bank,EUR,DE89370400440532013000,CHASUS33\n\
               jo,Jo,JE,Saint Helier,JE,verified,bank,GBP,GB29NWBK60161331926819,BARCJESH\n";
    platform.story.file("banks.csv", csv);
    let answer = platform.run(&["payee", "import", "banks.csv", "--format", "json"]);
    let said = format!("{}{}", answer.stdout, answer.stderr);
    assert!(
        said.contains("the account is in DE, and CHASUS33 is the BIC of a bank in US"),
        "{said}"
    );
    assert!(platform.ok(&["payee", "show", "jo"]).contains("Jo"));
    assert!(!platform.ok(&["payee", "history", "fay"]).contains("CHAS"));
}

#[test]
fn a_payee_who_changed_after_a_payout_that_failed_is_shown() {
    let platform = Platform::new(None);
    let batch = prepared(&platform, &[]);
    // The debtor's account was empty: nothing was wrong with the payee's.
    only(
        &platform,
        &batch,
        "fay",
        &["--as", "failed", "--reason", "AM04: no funds"],
    );
    let changed = PAYEES.replace(
        "fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,DE89370400440532013000",
        &format!("fay,Fay,DE,Berlin,DE,verified,,,,,bank,EUR,{EVIL}"),
    );
    import(&platform, "eve.csv", &changed);
    let next = prepared(&platform, &[]);
    let review = platform.json(&["payout", "show", &next])["review"].clone();
    let since = &review["changed"][0]["since"];
    assert_eq!(
        (
            &review["changed"][0]["creator"],
            &since["state"],
            &since["reason"]
        ),
        (&json!("fay"), &json!("failed"), &json!("AM04: no funds")),
        "{review}"
    );
    assert!(review["new_payees"].as_array().unwrap().contains(&json!("fay")));
    let words = platform.ok(&["payout", "show", &next]);
    assert!(
        words.contains("fay since the payout of 2015-11-16 that failed (pay_")
            && words.contains(
                "AM04: no funds): account was bank account DE89…3000, is bank account DE75…6199, by eve"
            ),
        "{words}"
    );
}

#[test]
fn small_steps_lead_no_further_than_one() {
    let platform = Platform::new(None);
    let rates = |usd: &str| {
        let text = format!("Date,USD,\n2015-11-16,{usd},\n");
        platform.story.file("step.csv", &text);
    };
    let first = prepared(&platform, &[]);
    only(
        &platform,
        &first,
        "fay",
        &["--as", "succeeded", "--reason", "seen"],
    );
    // Eight percent from the one that was confirmed: nobody is asked.
    rates("1.35");
    let second = prepared(&platform, &["--fx", "step.csv"]);
    let payouts = payout_ids(&platform.json(&["payout", "show", &second]));
    for creator in ["ben", "emil"] {
        platform.ok(&["payout", "hold", &second, &payouts[creator]]);
    }
    let approve = |batch: &str, more: &[&str]| {
        let command = ["payout", "approve", batch, "--user", "bob"];
        platform.as_written(&[&command[..], more].concat())
    };
    assert_eq!(approve(&second, &[]).code, 0);
    platform.ok(&["payout", "export", &second, "--out", "files", "--user", "bob"]);
    let settle = ["payout", "settle", &second, &payouts["anna"], "--as", "returned"];
    platform.ok(&[&settle[..], &["--reason", "MS03: came back", "--user", "cid"]].concat());
    // Another step of seven percent from there is fifteen from what was confirmed.
    rates("1.44");
    let third = prepared(&platform, &["--fx", "step.csv"]);
    let said = approve(&third, &[]).stderr;
    assert!(
        said.contains("-13.19 % away from the last confirmed one, 0.800000 of 2015-11-13"),
        "{said}"
    );
    assert_eq!(approve(&third, &["--rates"]).code, 0);
    // Whatever present it is exported for, it is the last one.
    let payouts = payout_ids(&platform.json(&["payout", "show", &third]));
    let export = ["payout", "export", &third, "--out", "files", "--user", "bob"];
    platform.ok(&[&export[..], &["--now", "2015-11-16T08:00:00Z"]].concat());
    for id in payouts.values() {
        let settle = ["payout", "settle", &third, id, "--as", "returned"];
        platform.run(&[&settle[..], &["--reason", "MS03: came back", "--user", "cid"]].concat());
    }
    rates("1.30");
    let fourth = prepared(&platform, &["--fx", "step.csv"]);
    let said = approve(&fourth, &[]).stderr;
    assert!(
        said.contains("away from the last confirmed one, 0.694444"),
        "{said}"
    );
}

#[test]
fn a_rate_that_only_compares_needs_a_second_persons_word_too() {
    let platform = Platform::new(None);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    let text = config.replace(
        "\n[payout]\n",
        "\n[payout]\nminimum = { paypal = \"1.00 GBP\" }\n",
    );
    platform.story.file("permille.toml", &text);
    let batch = prepared(&platform, &[]);
    let payouts = payout_ids(&platform.json(&["payout", "show", &batch]));
    for creator in ["anna", "fay"] {
        platform.ok(&["payout", "hold", &batch, &payouts[creator]]);
    }
    let rates = platform.json(&["payout", "show", &batch])["review"]["rates"].clone();
    let rates: Vec<&Value> = rates.as_array().unwrap().iter().collect();
    assert_eq!(
        (
            &rates[0]["from"],
            &rates[0]["to"],
            &rates[0]["compares"],
            &rates[0]["payouts"]
        ),
        (&json!("GBP"), &json!("USD"), &json!(true), &json!(0)),
        "{rates:?}"
    );
    let refused = platform.as_written(&["payout", "approve", &batch, "--user", "bob"]);
    assert!(
        refused.stderr.contains("payout/rates") && refused.stderr.contains("GBP/USD 1.470588"),
        "{}",
        refused.stderr
    );
    let words = platform.ok(&["payout", "approve", &batch, "--user", "bob"]);
    assert!(words.contains("to compare thresholds and minimums"), "{words}");
}
