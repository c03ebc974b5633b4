//! What a payee collects for others and does not reach a threshold, and what it owes of that.

use super::platform::Platform;
use super::splits::{AGENCY, available, consent, paid, restate, split, with_agency};
use serde_json::Value;

fn expired(platform: &Platform) -> Value {
    platform.story.posted("expired-income", "ads", None)
}

/// Halves that are too small for two payees expire for each by itself, creator by creator; a restatement takes of each what expired of it.
#[test]
fn what_is_collected_expires_and_is_not_clawed_back() {
    let platform = Platform::new(None);
    platform.story.file("agency.csv", AGENCY);
    platform.ok(&["payee", "import", "agency.csv"]);
    split(&platform, "dora", &["agency=1/2", "dora=1/2"], "2015-10-01");
    consent(&platform, "dora", "1");
    split(&platform, "gus", &["agency=1/3", "gus=2/3"], "2015-10-01");
    consent(&platform, "gus", "1");
    platform.ok(&["period", "close", "--due"]);
    let shown = platform.json(&["payout", "expire", "--program", "ads", "--yes"]);
    let mut told: Vec<_> = shown.as_array().unwrap().iter().collect();
    told.sort_by_key(|one| one["creator"].to_string());
    let amounts: Vec<_> = told
        .iter()
        .map(|one| (one["creator"].as_str().unwrap(), one["amount"].as_str().unwrap()))
        .collect();
    // 24.995 of dora and 25 of gus are 49.995: less than 50.
    assert_eq!(amounts, [("agency", "49.995000 USD"), ("dora", "24.995000 USD")]);
    assert_eq!(expired(&platform), "74.990000");
    platform.sound();
    restate(&platform, "d,v-dora,2015-10-06T00:00:00Z,-10,USD,DE\n");
    assert_eq!(expired(&platform), "64.990000");
    restate(&platform, "g,v-gus,2015-10-06T00:00:00Z,-75,USD,DE\n");
    assert_eq!(expired(&platform), "39.990000");
    for (payee, creator, stands) in [
        ("agency", "dora", "0.000000"),
        ("agency", "gus", "0.000000"),
        ("dora", "dora", "0.000000"),
        // Two thirds did not expire: they reach the threshold.
        ("gus", "gus", "0.000000"),
    ] {
        assert_eq!(available(&platform, payee, creator), stands, "{payee} {creator}");
    }
    platform.sound();
    // More than all of it was not earned.
    restate(&platform, "e,v-dora,2015-10-07T00:00:00Z,-49.99,USD,DE\n");
    assert_eq!(expired(&platform), "0.000000");
    assert_eq!(available(&platform, "agency", "dora"), "-5.000000");
    assert_eq!(available(&platform, "dora", "dora"), "-5.000000");
    platform.sound();
}

/// The payee is invoiced for what it collected and was not earned, and pays out of what it collects afterwards, for whomever.
#[test]
fn a_payee_is_invoiced_and_pays_out_of_what_it_collects() {
    let platform = with_agency(None);
    paid(&platform);
    restate(&platform, "less,v-anna,2015-10-06T00:00:00Z,-200,USD,DE\n");
    assert_eq!(available(&platform, "agency", "anna"), "-160.000000");
    let written = platform.json(&[
        "payout",
        "recover",
        "--payee",
        "agency",
        "--invoice",
        "--user",
        "pam",
    ]);
    assert_eq!(written[0]["amount"], "160.000000 USD");
    assert_eq!(available(&platform, "agency", "anna"), "0.000000");
    platform.sound();
    restate(&platform, "more,v-dora,2015-10-07T00:00:00Z,60,USD,DE\n");
    platform.ok(&["payout", "prepare", "--user", "pam"]);
    assert_eq!(available(&platform, "agency", "dora"), "0.000000");
    let open = platform.json(&["payout", "invoices", "--payee", "agency"]);
    assert_eq!(open[0]["open"], "100.000000 USD");
    assert_eq!(open[0]["paid"][0]["how"], "offset");
    platform.sound();
}

/// A return gives back to each creator's part what it took, less what the bank kept where the payee bears the fees.
#[test]
fn what_came_back_is_of_whom_it_was() {
    let platform = with_agency(None);
    let batch = paid(&platform);
    let shown = platform.json(&["payout", "show", &batch]);
    let payouts = shown["payouts"].as_array().unwrap();
    let agency = payouts.iter().find(|one| one["creator"] == "agency").unwrap();
    let id = agency["payout"].as_str().unwrap();
    platform.ok(&[
        "payout",
        "settle",
        &batch,
        id,
        "--as",
        "returned",
        "--reason",
        "account closed",
        "--user",
        "eve",
    ]);
    assert_eq!(available(&platform, "agency", "anna"), "800.000000");
    assert_eq!(available(&platform, "agency", "dora"), "49.990000");
    platform.sound();
}
