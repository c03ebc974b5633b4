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

/// Imports one row of each kind for each of the ids: in its template `ID` is the id and `NEXT` the one after it.
fn import_all(story: &Story, kinds: &[[&str; 3]]) {
    let ids = ids();
    for [kind, header, template] in kinds {
        let row = |at: usize| {
            let next = quoted(&ids[(at + 1) % ids.len()]);
            template.replace("ID", &quoted(&ids[at])).replace("NEXT", &next)
        };
        import(story, kind, header, &(0..ids.len()).map(row).collect::<Vec<_>>());
    }
}

/// Writes a payee for each of the ids.
fn payees(story: &Story) {
    let payee = |id: &String| {
        let id = quoted(id);
        format!(
            "{id},Somebody,DE,Weg,1,10115,Berlin,DE,verified,w9,2026-01-01,bank,USD,DE89370400440532013000,COBADEFFXXX"
        )
    };
    let payees: Vec<String> = ids().iter().map(payee).collect();
    let header = "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,signed_on,rail,currency,iban,bic";
    story.file("payees.csv", &format!("{header}\n{}\n", payees.join("\n")));
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
    import_all(
        &story,
        &[
            [
                "creator",
                "creator_id,effective_at,adult,country",
                "ID,2026-01-01T00:00:00Z,true,DE",
            ],
            [
                "video",
                "video_id,effective_at,creator_id",
                "ID,2026-01-01T00:00:00Z,ID",
            ],
            [
                "funding",
                "program,date,payer_id,amount,currency",
                "fan-powered,2026-10-05,ID,100,USD",
            ],
        ],
    );
    let mut views = Vec::new();
    for (video, viewer) in ids()
        .iter()
        .flat_map(|video| ids().into_iter().map(move |viewer| (video.clone(), viewer)))
    {
        let event = format!("{}-{}", views.len(), "e".repeat(120));
        views.push(format!(
            "{event},{},{},2026-10-05T08:00:00Z,30000,US",
            quoted(&viewer),
            quoted(&video)
        ));
    }
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
    payees(&story);
    story.ok(&["payee", "import", "payees.csv"]);
    story.ok(&["payout", "preview"]);
    for format in ["hledger", "beancount"] {
        story.ok(&["ledger", "export", "--format", format, "--out", format]);
    }
}

#[test]
fn live_events_of_long_ids_are_booked_once_and_given_back() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    import_all(
        &story,
        &[
            [
                "creator",
                "creator_id,effective_at,adult",
                "ID,2026-01-01T00:00:00Z,true",
            ],
            [
                "coin-purchase",
                "event_id,viewer_id,occurred_at,channel,coins,price,currency",
                "ID,ID,2026-10-01T00:00:00Z,web,20000,280,USD",
            ],
            [
                "gift",
                "gift_id,effective_at,coins",
                "ID,2026-01-01T00:00:00Z,15000",
            ],
            [
                "gift-frame",
                "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,streak_id",
                "ID,ID,NEXT,ID,ID,2026-10-02T00:00:00Z,1,true,ID",
            ],
            [
                "subscription",
                "event_id,viewer_id,creator_id,occurred_at,price,currency",
                "ID,ID,NEXT,2026-10-02T00:00:00Z,4.99,USD",
            ],
            [
                "redemption",
                "event_id,creator_id,occurred_at,diamonds",
                "ID,NEXT,2026-10-03T00:00:00Z,15000",
            ],
            [
                "coin-refund",
                "event_id,purchase_id,viewer_id,occurred_at,reason",
                "ID,ID,ID,2026-10-04T00:00:00Z,chargeback",
            ],
        ],
    );
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
