//! What LIVE is worth in the books: when, at which rate, from where, and what a chargeback takes.

use crate::harness::{Story, checkout};
use serde_json::{Value, json};

pub fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    let read = story.json(&["import", kind, "brought.csv"]);
    assert_eq!(read["quarantined"], 0, "{read}");
}

pub fn book(story: &Story) -> Value {
    let booked = story.json(&["live", "book"]);
    assert_eq!(
        (&booked["waiting"], &booked["refused"]),
        (&0.into(), &0.into()),
        "{booked}"
    );
    story.ok(&["ledger", "verify"]);
    booked
}

fn balance(story: &Story, kind: &str, owner: &str) -> Value {
    story.posted(kind, owner, None)
}

/// What of it has a source in the United States.
fn from_us(story: &Story, kind: &str, owner: &str) -> Value {
    story.posted(kind, owner, Some("us"))
}

pub fn platform() -> Story {
    filled(Story::for_tests())
}

/// Half a cent for a diamond until September, and six tenths from October on.
fn filled(story: Story) -> Story {
    story.ok(&["program", "apply", "live-gifts"]);
    let later = std::fs::read_to_string(checkout("programs/live-gifts.toml"))
        .unwrap()
        .replace("version = 1", "version = 2")
        .replace("effective_from = 2026-01-01", "effective_from = 2026-10-01")
        .replace("unit_value = \"0.005\"", "unit_value = \"0.006\"");
    story.file("later.toml", &later);
    story.ok(&["program", "apply", "later.toml"]);
    bring(
        &story,
        "creator",
        "creator_id,effective_at,adult,country\nhost,2026-01-01T00:00:00Z,true,DE\n",
    );
    bring(
        &story,
        "coin-purchase",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency,country\n\
         ours,fan,2026-09-20T10:00:00Z,web,20000,280.00,USD,US\ntheirs,zoe,2026-09-20T10:00:00Z,web,20000,280.00,USD,DE\n",
    );
    bring(
        &story,
        "gift-frame",
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n\
         g1,room,host,fan,castle,2026-09-21T20:00:00Z,1,true,2,12000\ng2,room,host,zoe,ship,2026-09-22T20:00:00Z,1,true,2,8000\n",
    );
    story
}

pub fn redeem(story: &Story, id: &str, day: &str) {
    let row = format!("event_id,creator_id,occurred_at,diamonds\n{id},host,{day}T00:00:00Z,10000\n");
    bring(story, "redemption", &row);
}

pub fn charge_back(story: &Story) {
    bring(
        story,
        "coin-refund",
        "event_id,purchase_id,viewer_id,occurred_at,reason\nback,ours,fan,2026-10-10T00:00:00Z,chargeback\n",
    );
}

#[test]
fn a_gift_is_income_and_cost_when_it_is_given_whatever_is_booked_with_it() {
    let story = platform();
    bring(
        &story,
        "coin-purchase",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nlast,kim,2026-11-10T10:00:00Z,web,5,0.07,USD\n",
    );
    book(&story);
    for (kind, expected) in [
        (
            "platform-income",
            [
                ("2026-09-22T20:00:00Z", "112.000000"),
                ("2026-09-21T20:00:00Z", "168.000000"),
            ],
        ),
        (
            "program-cost",
            [
                ("2026-09-22T20:00:00Z", "40.000000"),
                ("2026-09-21T20:00:00Z", "60.000000"),
            ],
        ),
    ] {
        let entries = story.json(&["ledger", "entries", "--kind", kind, "--owner", "live-gifts"]);
        let told: Vec<_> = entries
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| {
                (
                    entry["effective"].clone(),
                    entry["amount"].clone(),
                    entry["cause"].clone(),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .map(|(at, amount)| (json!(at), json!(amount), json!("gift")))
            .into();
        assert_eq!(told, expected, "{kind}");
    }
}

#[test]
fn diamonds_leave_the_books_at_what_they_came_in_for_and_are_paid_at_the_rate_in_force() {
    let story = platform();
    redeem(&story, "first", "2026-09-25");
    book(&story);
    assert_eq!(balance(&story, "diamond-liability", "host"), "50.000000");
    redeem(&story, "second", "2026-10-05");
    book(&story);
    // 50 at half a cent, 60 at six tenths: what the second is worth more is the program's cost.
    assert_eq!(balance(&story, "creator-available", "host"), "110.000000");
    assert_eq!(balance(&story, "diamond-liability", "host"), "0.000000");
    assert_eq!(balance(&story, "program-cost", "live-gifts"), "110.000000");
}

/// 12,000 of 20,000 diamonds came from the United States: so did 30 of 50 and 36 of 60 dollars.
#[test]
fn gifts_of_coins_bought_in_the_united_states_are_withheld_on() {
    let story = platform();
    redeem(&story, "first", "2026-09-25");
    redeem(&story, "second", "2026-10-05");
    book(&story);
    assert_eq!(from_us(&story, "creator-available", "host"), "66.000000");
    assert_eq!(balance(&story, "us-source-diamonds", "host"), "0");
    story.file(
        "payees.csv",
        "id,name,residence,town,country,identity,tax_form,tax_country,signed_on,rail,currency,email\n\
         host,Ana Example,DE,Berlin,DE,verified,w8ben,DE,2025-03-01,paypal,USD,ana@mail.example\n",
    );
    story.ok(&["payee", "import", "payees.csv"]);
    let preview = story.json(&["payout", "preview"])[0].clone();
    assert_eq!(preview["payable"]["withheld"], "19.80 USD", "{preview}");
}

#[test]
fn a_chargeback_takes_diamonds_at_what_they_stand_for_in_the_books() {
    let story = platform();
    book(&story);
    charge_back(&story);
    book(&story);
    assert_eq!(balance(&story, "creator-diamonds", "host"), "8000");
    assert_eq!(balance(&story, "us-source-diamonds", "host"), "0");
    assert_eq!(balance(&story, "diamond-liability", "host"), "40.000000");
    assert_eq!(balance(&story, "program-cost", "live-gifts"), "40.000000");
}

#[test]
fn a_chargeback_of_redeemed_diamonds_is_taken_from_unpaid_money_first() {
    let story = platform();
    redeem(&story, "first", "2026-09-25");
    redeem(&story, "second", "2026-10-05");
    book(&story);
    charge_back(&story);
    book(&story);
    // 110 dollars were paid for 20,000 diamonds, 66 of them for the 12,000 from the United States that go back.
    assert_eq!(balance(&story, "creator-available", "host"), "44.000000");
    assert_eq!(from_us(&story, "creator-available", "host"), "0.000000");
    let statement = story.json(&["statement", "--creator", "host", "--month", "2026-11"]);
    let entries = statement["money"][0]["entries"].as_array().unwrap();
    let taken = entries
        .iter()
        .find(|entry| entry["what"] == "gifts taken back")
        .unwrap();
    assert_eq!(
        (&taken["amount"], &taken["reason"], &taken["program"]),
        (
            &"-66.000000 USD".into(),
            &"chargeback".into(),
            &"live-gifts".into()
        )
    );
    // Half of the diamonds redeemed: of 12,000 taken back 10,000 are still there.
    let story = platform();
    redeem(&story, "first", "2026-09-25");
    book(&story);
    charge_back(&story);
    book(&story);
    assert_eq!(balance(&story, "creator-diamonds", "host"), "0");
    assert_eq!(balance(&story, "creator-available", "host"), "40.000000");
    assert_eq!(balance(&story, "diamond-liability", "host"), "0.000000");
}

#[test]
fn a_subscription_from_the_united_states_has_its_source_there() {
    let story = platform();
    bring(
        &story,
        "subscription",
        "event_id,viewer_id,creator_id,occurred_at,price,currency,country\n\
         s1,fan,host,2026-10-05T00:00:00Z,10.00,USD,US\ns2,zoe,host,2026-10-05T00:00:00Z,10.00,USD,DE\n",
    );
    book(&story);
    assert_eq!(balance(&story, "creator-pending", "host"), "14.000000");
    assert_eq!(from_us(&story, "creator-pending", "host"), "7.000000");
}

#[test]
fn a_statement_names_the_day_and_period_that_live_money_is_of() {
    let story = platform();
    bring(
        &story,
        "subscription",
        "event_id,viewer_id,creator_id,occurred_at,price,currency,country\n\
         s1,fan,host,2026-10-05T00:00:00Z,10.00,USD,US\ns2,zoe,host,2026-10-06T00:00:00Z,20.00,USD,DE\n",
    );
    redeem(&story, "first", "2026-09-25");
    book(&story);
    story.ok(&["period", "close", "--due"]);
    let month = ["statement", "--creator", "host", "--month", "2026-11"];
    let entries = story.json(&month)["money"][0]["entries"].clone();
    let days: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
            ["what", "on", "effective", "period", "amount"]
                .map(text)
                .join(" ")
        })
        .collect();
    assert_eq!(
        days,
        [
            "redemption 2026-11-22 2026-09-25 2026-09 50.000000 USD",
            "earned 2026-11-22 2026-10-20 2026-10-20 7.000000 USD",
            "earned 2026-11-22 2026-10-21 2026-10-21 14.000000 USD",
        ]
    );
    let text = story.ok(&month);
    assert!(
        text.contains("2026-10-20") && !text.contains("No earning lines"),
        "{text}"
    );
    let csv = story.ok(&[&month[..], &["--money", "-f", "csv"]].concat());
    assert!(csv.starts_with("on,effective,what,program,period,"), "{csv}");
    assert!(
        csv.contains("2026-11-22,2026-10-20,earned,live-gifts,2026-10-20,"),
        "{csv}"
    );
}

/// One viewer's two gifts at two values, half of the diamonds redeemed, and both charged back.
#[test]
fn when_all_is_charged_back_nothing_is_left_whatever_came_first() {
    for order in [["a", "b"], ["b", "a"]] {
        let story = platform();
        bring(
            &story,
            "coin-purchase",
            "event_id,viewer_id,occurred_at,channel,coins,price,currency,country\n\
             a,amy,2026-09-20T10:00:00Z,web,20000,280.00,USD,US\nb,ben,2026-10-20T10:00:00Z,web,20000,280.00,USD,DE\n",
        );
        bring(
            &story,
            "gift-frame",
            "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n\
             ga,hall,pat,amy,castle,2026-09-21T20:00:00Z,1,true,2,20000\ngb,hall,pat,ben,castle,2026-10-21T20:00:00Z,1,true,2,20000\n",
        );
        bring(
            &story,
            "creator",
            "creator_id,effective_at,adult,country\npat,2026-01-01T00:00:00Z,true,DE\n",
        );
        bring(
            &story,
            "redemption",
            "event_id,creator_id,occurred_at,diamonds\nd,pat,2026-10-25T00:00:00Z,20000\n",
        );
        book(&story);
        assert_eq!(balance(&story, "creator-available", "pat"), "120.000000");
        for purchase in order {
            let viewer = if purchase == "a" { "amy" } else { "ben" };
            let row = format!(
                "event_id,purchase_id,viewer_id,occurred_at,reason\nback-{purchase},{purchase},{viewer},2026-11-01T00:00:00Z,chargeback\n"
            );
            bring(&story, "coin-refund", &row);
            book(&story);
        }
        for kind in ["creator-available", "diamond-liability"] {
            assert_eq!(balance(&story, kind, "pat"), "0.000000", "{kind}");
        }
        assert_eq!(from_us(&story, "creator-available", "pat"), "0.000000");
        for kind in ["creator-diamonds", "us-source-diamonds"] {
            assert_eq!(balance(&story, kind, "pat"), "0", "{kind}");
        }
    }
}

#[test]
fn a_part_of_a_gift_takes_no_money_from_hosts_who_redeemed_none() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    bring(
        &story,
        "coin-purchase",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\n\
         p1,fan,2026-09-20T10:00:00Z,web,1,0.01,USD\np2,fan,2026-09-20T11:00:00Z,web,1,0.01,USD\n",
    );
    bring(
        &story,
        "gift-frame",
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each,split\n\
         g,room,ann,fan,rose,2026-09-21T20:00:00Z,1,true,2,2,ann;bob\n",
    );
    for purchase in ["p1", "p2"] {
        let row = format!(
            "event_id,purchase_id,viewer_id,occurred_at,reason\nback-{purchase},{purchase},fan,2026-10-01T00:00:00Z,chargeback\n"
        );
        bring(&story, "coin-refund", &row);
        book(&story);
        for host in ["ann", "bob"] {
            assert_eq!(balance(&story, "creator-available", host), Value::Null);
        }
    }
    assert_eq!(balance(&story, "creator-diamonds", "ann"), "0");
    assert_eq!(balance(&story, "diamond-liability", "ann"), "0.000000");
}

/// Coins that replaced refunded ones were no gift: charging them back takes nobody's diamonds.
#[test]
fn only_coins_that_were_given_take_diamonds_back() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    let rows: String = (0..3)
        .map(|n| format!("p{n},fan,2026-09-20T1{n}:00:00Z,web,100,1.00,USD\n"))
        .collect();
    bring(
        &story,
        "coin-purchase",
        &("event_id,viewer_id,occurred_at,channel,coins,price,currency\n".to_owned() + &rows),
    );
    let rows: String = (0..2)
        .map(|n| format!("g{n},room,h{n},fan,rose,2026-09-21T2{n}:00:00Z,1,true,2,100\n"))
        .collect();
    bring(
        &story,
        "gift-frame",
        &("event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n".to_owned() + &rows),
    );
    for (purchase, left) in [("p1", "100"), ("p2", "100")] {
        let row = format!(
            "event_id,purchase_id,viewer_id,occurred_at,reason\nback-{purchase},{purchase},fan,2026-10-01T00:00:00Z,chargeback\n"
        );
        bring(&story, "coin-refund", &row);
        book(&story);
        assert_eq!(balance(&story, "creator-diamonds", "h0"), left, "{purchase}");
        assert_eq!(balance(&story, "creator-diamonds", "h1"), "0", "{purchase}");
    }
}

const ADS: &str = r#"
id = "ads"
version = 1
name = "Ads"
summary = "All revenue of advertisements goes to the creator."
effective_from = 2026-01-01
currency = "USD"
period = "month"

[eligibility]

[share]
revenue = "ad_revenue"
creator_share = "100%"

[payable]
hold_days = 7
threshold = "1.00"
below = "roll"
"#;

/// A payout that is under way counts as paid; given up, it has covered no debt.
fn given_up(story: &Story) {
    let preview = || story.json(&["payout", "preview", "--creator", "host"])[0].clone();
    let batch = story.json(&["payout", "prepare", "--user", "ann"])[0]["batch"].clone();
    let prepared = preview();
    assert_eq!(
        (
            &prepared["balance"],
            prepared["under_way"].as_array().unwrap().len()
        ),
        (&"0.000000 USD".into(), 1),
        "{prepared}"
    );
    story.ok(&["payout", "cancel", batch.as_str().unwrap()]);
    let parts: Vec<Value> = preview()["programs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| json!([part["program"], part["amount"], part["us_source"]]))
        .collect();
    assert_eq!(
        parts,
        [
            json!(["ads", "200.000000 USD", "0.000000 USD"]),
            json!(["live-gifts", "-10.000000 USD", "-10.000000 USD"])
        ]
    );
}

#[test]
fn a_debt_of_gifts_is_offset_by_other_earnings_with_its_source() {
    let story = filled(Story::new());
    redeem(&story, "first", "2026-09-25");
    book(&story);
    story.file(
        "payees.csv",
        "id,name,residence,town,country,identity,tax_form,tax_country,signed_on,rail,currency,email\n\
         host,Ana Example,DE,Berlin,DE,verified,w8ben,DE,2025-03-01,paypal,USD,ana@mail.example\n",
    );
    story.ok(&["payee", "import", "payees.csv"]);
    let pay = || {
        let made = story.json(&["payout", "prepare", "--user", "ann"])[0].clone();
        let batch = made["batch"].as_str().unwrap();
        let payout = made["payouts"][0].clone();
        story.ok(&["payout", "approve", batch, "--user", "bob"]);
        story.ok(&["payout", "export", batch, "--out", "files"]);
        let id = payout["payout"].as_str().unwrap();
        story.ok(&["payout", "settle", batch, id, "--as", "succeeded"]);
        story.ok(&["ledger", "verify"]);
        payout["arrives"].clone()
    };
    // 30 of 50 dollars come from the United States, and 30 % of them are withheld.
    assert_eq!(pay(), "41.00 USD");
    charge_back(&story);
    book(&story);
    assert_eq!(balance(&story, "creator-available", "host"), "-10.000000");
    assert_eq!(from_us(&story, "creator-available", "host"), "-10.000000");
    story.file("ads.toml", ADS);
    story.ok(&["program", "apply", "ads.toml"]);
    bring(
        &story,
        "video",
        "video_id,effective_at,creator_id\nv,2026-01-01T00:00:00Z,host\n",
    );
    bring(
        &story,
        "ad-impression",
        "event_id,video_id,occurred_at,revenue,currency,country\ni,v,2026-10-05T10:00:00Z,200.00,USD,DE\n",
    );
    story.ok(&["settle", "--program", "ads", "--period", "2026-10"]);
    story.ok(&["period", "close", "--program", "ads", "--period", "2026-10"]);
    given_up(&story);
    assert_eq!(pay(), "190.00 USD");
    assert_eq!(balance(&story, "creator-available", "host"), "0.000000");
    assert_eq!(from_us(&story, "creator-available", "host"), "0.000000");
    // The debt of one program was covered out of the other's money, by a posting between the two.
    let entries = story.json(&["ledger", "entries", "creator-available:host live-gifts/us"]);
    assert_eq!(entries[0]["cause"], "payout", "{entries}");
    assert_eq!(
        (&entries[0]["amount"], &entries[0]["other_account"]),
        (
            &"10.000000".into(),
            &"creator-available:host ads/other USD/6".into()
        )
    );
}
