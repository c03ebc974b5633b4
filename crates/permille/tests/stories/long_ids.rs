//! Ids of any length that events allow, with any character, go all the way: import, settlement, books, payout, exports.

use crate::harness::{Story, checkout};
use serde_json::Value;

/// Ids of 128 bytes that look alike to whoever cuts them off or splits them.
fn ids() -> Vec<String> {
    let fill = |start: &str, with: &str| {
        let mut id = start.to_owned();
        while id.len() + with.len() <= 128 {
            id.push_str(with);
        }
        id
    };
    vec![
        fill("", "x"),
        fill("x/", "/"),
        fill("~", "ü"),
        fill("a\"b' c#1", "#"),
        fill("日本", "語"),
        "short".to_owned(),
        "short#1".to_owned(),
    ]
}

fn quoted(id: &str) -> String {
    format!("\"{}\"", id.replace('"', "\"\""))
}

fn import(story: &Story, kind: &str, header: &str, rows: &[String]) {
    let file = format!("{kind}.csv");
    story.file(&file, &format!("{header}\n{}\n", rows.join("\n")));
    let read = story.json(&["import", kind, &file]);
    let expected = (&rows.len().into(), &0.into());
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        expected,
        "{kind}: {read}"
    );
    let again = story.json(&["import", kind, &file]);
    assert_eq!(again["stored"], 0, "{kind}: {again}");
}

#[test]
fn one_creator_id_of_108_bytes_stops_nothing() {
    let story = Story::new();
    story.ok(&["program", "apply", "open-pool"]);
    let creators = checkout("crates/permille/tests/cases/import/long-id-creators.csv");
    story.ok(&["import", "creator", creators.to_str().unwrap()]);
    import(
        &story,
        "view",
        "event_id,viewer_id,video_id,creator_id,occurred_at,watched_ms",
        &["1,7,a,ann,2026-10-05T08:00:00Z,30000".to_owned()],
    );
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-05"]);
    let lines = story.json(&["lines"]);
    assert_eq!(lines.as_array().unwrap().len(), 1, "{lines}");
}

#[test]
fn one_gift_id_of_128_bytes_stops_no_booking() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    let gifts = checkout("crates/permille/tests/cases/live/long-id-gifts.csv");
    story.ok(&["import", "gift", gifts.to_str().unwrap()]);
    story.ok(&["live", "book"]);
    assert_eq!(story.json(&["live", "catalogue"])[0]["coins"], 5);
}

#[test]
fn views_of_long_ids_become_money_that_can_be_paid() {
    let story = Story::new();
    story.ok(&["program", "apply", "open-pool", "fan-powered"]);
    let (mut creators, mut videos, mut views, mut funding, mut payees) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for id in ids() {
        let id = quoted(&id);
        creators.push(format!("{id},2026-01-01T00:00:00Z,true,DE"));
        videos.push(format!("{id},2026-01-01T00:00:00Z,{id}"));
        funding.push(format!("fan-powered,2026-10-05,{id},100,USD"));
        payees.push(format!(
            "{id},Somebody,DE,Weg,1,10115,Berlin,DE,verified,w9,2026-01-01,bank,USD,DE89370400440532013000,COBADEFFXXX"
        ));
        for viewer in ids() {
            let event = quoted(&format!("{}-{}", views.len(), "e".repeat(120)));
            views.push(format!(
                "{event},{},{id},2026-10-05T08:00:00Z,30000,US",
                quoted(&viewer)
            ));
        }
    }
    import(
        &story,
        "creator",
        "creator_id,effective_at,adult,country",
        &creators,
    );
    import(&story, "video", "video_id,effective_at,creator_id", &videos);
    import(
        &story,
        "funding",
        "program,date,payer_id,amount,currency",
        &funding,
    );
    import(
        &story,
        "view",
        "event_id,viewer_id,video_id,occurred_at,watched_ms,country",
        &views,
    );
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-05"]);
    story.ok(&["settle", "--program", "fan-powered", "--period", "2026-10"]);
    let lines = story.json(&["lines", "--limit", "0"]);
    let paid = lines.as_array().unwrap().iter();
    let creators: std::collections::BTreeSet<&str> =
        paid.map(|line| line["creator"].as_str().unwrap()).collect();
    assert_eq!(creators.len(), ids().len());
    let line = lines[0]["line"].as_str().unwrap();
    story.ok(&["explain", line]);
    story.ok(&["verify"]);
    // What is settled again and closed is posted by the same keys, and as much as the lines say.
    story.ok(&["settle", "--program", "fan-powered", "--period", "2026-10"]);
    story.ok(&[
        "period",
        "close",
        "--program",
        "open-pool",
        "--period",
        "2026-10-05",
    ]);
    story.ok(&["ledger", "verify"]);
    for id in ids() {
        let rows = story.json(&["ledger", "balances", "--owner", &id]);
        assert!(!rows.as_array().unwrap().is_empty(), "{id}");
        story.ok(&["statement", "--creator", &id, "--month", "2026-10"]);
    }
    everybody_can_be_paid(&story, &payees);
}

/// Everybody is a payee, has a preview, and stands in the exports.
fn everybody_can_be_paid(story: &Story, payees: &[String]) {
    story.file(
        "payees.csv",
        &format!(
            "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,signed_on,rail,currency,iban,bic\n{}\n",
            payees.join("\n")
        ),
    );
    story.ok(&["payee", "import", "payees.csv"]);
    story.ok(&["payout", "preview"]);
    for format in ["hledger", "beancount"] {
        story.ok(&["ledger", "export", "--format", format, "--out", format]);
    }
}

/// Everything that can happen at LIVE, for every id.
fn evening(story: &Story) {
    let (mut creators, mut coins, mut gifts, mut frames, mut refunds, mut subscriptions, mut redemptions) = (
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
    );
    for (number, raw) in ids().into_iter().enumerate() {
        let id = quoted(&raw);
        let host = quoted(&ids()[(number + 1) % ids().len()]);
        creators.push(format!("{id},2026-01-01T00:00:00Z,true"));
        coins.push(format!("{id},{id},2026-10-01T00:00:00Z,web,20000,280,USD"));
        gifts.push(format!("{id},2026-01-01T00:00:00Z,15000"));
        frames.push(format!(
            "{id},{id},{host},{id},{id},2026-10-02T00:00:00Z,1,true,{id}"
        ));
        refunds.push(format!("{id},{id},{id},2026-10-04T00:00:00Z,chargeback"));
        subscriptions.push(format!("{id},{id},{host},2026-10-02T00:00:00Z,4.99,USD"));
        redemptions.push(format!("{id},{host},2026-10-03T00:00:00Z,15000"));
    }
    import(story, "creator", "creator_id,effective_at,adult", &creators);
    import(
        story,
        "coin-purchase",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency",
        &coins,
    );
    import(story, "gift", "gift_id,effective_at,coins", &gifts);
    import(
        story,
        "gift-frame",
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,streak_id",
        &frames,
    );
    import(
        story,
        "subscription",
        "event_id,viewer_id,creator_id,occurred_at,price,currency",
        &subscriptions,
    );
    import(
        story,
        "redemption",
        "event_id,creator_id,occurred_at,diamonds",
        &redemptions,
    );
    import(
        story,
        "coin-refund",
        "event_id,purchase_id,viewer_id,occurred_at,reason",
        &refunds,
    );
}

#[test]
fn live_events_of_long_ids_are_booked_once_and_given_back() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    evening(&story);
    let booked = story.json(&["live", "book"]);
    let counts = [
        "purchases",
        "gifts",
        "subscriptions",
        "redemptions",
        "refunds",
        "waiting",
        "refused",
    ]
    .map(|key| booked[key].as_u64().unwrap());
    let all = ids().len() as u64;
    assert_eq!(counts, [all, all, all, all, all, 0, 0], "{booked}");
    story.ok(&["ledger", "verify"]);
    story.ok(&["period", "close", "--due"]);
    let rooms = story.json(&["live", "rooms"]);
    assert_eq!(rooms.as_array().unwrap().len(), ids().len());
    for id in ids() {
        let room = story.json(&["live", "room", &id]);
        assert_eq!(room["totals"]["coins"], Value::from(15_000), "{id}: {room}");
    }
}

#[test]
fn an_id_of_129_bytes_is_set_aside_with_its_line() {
    let story = Story::new();
    let long = "é".repeat(64) + "x";
    story.file(
        "creators.csv",
        &format!("creator_id,effective_at\nann,2026-01-01T00:00:00Z\n{long},2026-01-01T00:00:00Z\n"),
    );
    let read = story.json(&["import", "creator", "creators.csv"]);
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        (&1.into(), &1.into()),
        "{read}"
    );
    let rows = story.json(&["quarantine"]);
    assert_eq!(rows[0]["line"], 3, "{rows}");
    assert_eq!(rows[0]["reason"], "is longer than 128 bytes", "{rows}");
}
