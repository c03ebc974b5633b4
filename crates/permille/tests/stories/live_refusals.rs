//! LIVE events that are not booked: each is refused with its reason, and all others are booked.

use crate::harness::{Story, checkout};
use serde_json::Value;

const COINS: &str = "event_id,viewer_id,occurred_at,channel,coins,price,currency\n";
const FRAMES: &str = "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each,split\n";
const SUBSCRIPTIONS: &str = "event_id,viewer_id,creator_id,occurred_at,price,currency\n";
const REFUNDS: &str = "event_id,purchase_id,viewer_id,occurred_at,reason,coins\n";

fn platform() -> Story {
    let story = Story::for_tests();
    story.ok(&["program", "apply", "live-gifts"]);
    story
}

fn import(story: &Story, kind: &str, header: &str, rows: &str) {
    let file = format!("{kind}.csv");
    story.file(&file, &format!("{header}{rows}"));
    let read = story.json(&["import", kind, &file]);
    assert_eq!(read["quarantined"], 0, "{read}");
}

fn book(story: &Story) -> Value {
    let booked = story.json(&["live", "book"]);
    story.ok(&["ledger", "verify"]);
    booked
}

/// What is listed: kind, fate and reason, oldest first.
fn listed(story: &Story) -> Vec<[String; 3]> {
    let rows = story.json(&["live", "waiting"]);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let row = |row: &Value| ["what", "fate", "reason"].map(|key| text(row, key));
    rows.as_array().unwrap().iter().map(row).collect()
}

fn balance(story: &Story, kind: &str, owner: &str) -> Value {
    story.posted(kind, owner, None)
}

#[test]
fn subscriptions_have_a_price_a_creator_and_another_subscriber() {
    let story = platform();
    import(
        &story,
        "creator",
        "creator_id,effective_at,adult\n",
        "host,2026-01-01T00:00:00Z,true\nchild,2026-01-01T00:00:00Z,false\n",
    );
    import(
        &story,
        "subscription",
        SUBSCRIPTIONS,
        "s1,fan,host,2026-10-05T01:00:00Z,-500.00,USD\ns2,fan,nobody,2026-10-05T02:00:00Z,4.99,USD\n\
         s3,host,host,2026-10-05T03:00:00Z,4.99,USD\ns4,fan,child,2026-10-05T04:00:00Z,4.99,USD\n\
         s5,fan,host,2026-10-05T05:00:00Z,10.00,USD\ns6,fan,host,2026-10-05T06:00:00Z,0,USD\n",
    );
    let booked = book(&story);
    assert_eq!(
        (&booked["subscriptions"], &booked["refused"], &booked["waiting"]),
        (&2.into(), &3.into(), &1.into())
    );
    let reasons: Vec<String> = listed(&story).into_iter().map(|[_, _, reason]| reason).collect();
    assert_eq!(
        reasons,
        [
            "the price of the subscription is below zero",
            "nothing is known of a creator nobody by the end of that day",
            "viewers do not subscribe to themselves",
            "creators must be 18 or older",
        ]
    );
    assert_eq!(balance(&story, "creator-pending", "host"), "7.000000");
}

/// Files of one LIVE evening, in the order in which things happened.
const EVENING: [(&str, &str); 7] = [
    (
        "creator",
        "creator_id,effective_at,adult\nhost,2026-01-01T00:00:00Z,true\n",
    ),
    (
        "coin-purchase",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy,fan,2026-09-20T10:00:00Z,web,20000,280.00,USD\n",
    ),
    (
        "room-activity",
        "event_id,room_id,host_id,occurred_at,activity,count,viewer_id\nj,room,host,2026-09-21T19:59:00Z,join,1,fan\n",
    ),
    (
        "gift-frame",
        "event_id,room_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\ng,room,fan,lion,2026-09-21T20:00:00Z,1,true,2,15000\n",
    ),
    (
        "coin-refund",
        "event_id,purchase_id,viewer_id,occurred_at,reason,coins\nr,buy,fan,2026-09-22T00:00:00Z,refund,1000\n",
    ),
    (
        "subscription",
        "event_id,viewer_id,creator_id,occurred_at,price,currency\ns,fan,host,2026-09-22T01:00:00Z,10.00,USD\n",
    ),
    (
        "redemption",
        "event_id,creator_id,occurred_at,diamonds\nd,host,2026-09-23T00:00:00Z,15000\n",
    ),
];

#[test]
fn whatever_comes_before_what_it_needs_waits_for_it() {
    let sums = |order: &[(&str, &str)]| {
        let story = platform();
        let mut waited = 0;
        for (kind, text) in order {
            import(&story, kind, "", text);
            waited += book(&story)["waiting"].as_u64().unwrap();
        }
        let refused = listed(&story);
        assert!(refused.is_empty(), "{refused:?}");
        (waited, story.json(&["ledger", "balances"]))
    };
    let (none, in_order) = sums(&EVENING);
    let backwards: Vec<_> = EVENING.into_iter().rev().collect();
    let (many, reversed) = sums(&backwards);
    assert_eq!(none, 0);
    assert!(many > 10, "{many}");
    let posted = |balances: &Value| -> Vec<[Value; 4]> {
        let rows = balances.as_array().unwrap().iter();
        rows.map(|row| ["kind", "owner", "asset", "posted"].map(|key| row[key].clone()))
            .collect()
    };
    assert_eq!(posted(&reversed), posted(&in_order));
    assert!(posted(&in_order).len() > 8, "{in_order}");
}

#[test]
fn gifts_to_oneself_are_refused_alone_and_among_others() {
    let story = platform();
    import(
        &story,
        "coin-purchase",
        COINS,
        "buy,fan,2026-09-20T10:00:00Z,web,100,1.40,USD\n",
    );
    import(
        &story,
        "gift-frame",
        FRAMES,
        "g1,room,fan,fan,rose,2026-09-21T20:00:00Z,1,true,2,10,\n\
         g2,room,host,fan,rose,2026-09-21T20:01:00Z,1,true,2,10,host;fan\n\
         g3,room,host,fan,rose,2026-09-21T20:02:00Z,1,true,2,10,\n",
    );
    let booked = book(&story);
    assert_eq!((&booked["gifts"], &booked["refused"]), (&1.into(), &2.into()));
    assert_eq!(listed(&story)[0][2], "viewers do not give to themselves");
    assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], 90);
}

#[test]
fn refunds_ask_for_coins_and_come_after_their_purchase() {
    let story = platform();
    import(
        &story,
        "coin-purchase",
        COINS,
        "buy,fan,2026-10-01T00:00:00Z,web,100,1.40,USD\n",
    );
    book(&story);
    import(
        &story,
        "coin-refund",
        REFUNDS,
        "r1,buy,fan,2026-09-10T00:00:00Z,refund,\nr2,buy,fan,2026-09-30T23:59:59Z,chargeback,\n\
         r3,buy,fan,2026-10-02T00:00:00Z,refund,0\n",
    );
    assert_eq!(book(&story)["refunds"], 0);
    let early = "the coins were bought only at 2026-10-01T00:00:00Z";
    let reasons: Vec<String> = listed(&story).into_iter().map(|[_, _, reason]| reason).collect();
    assert_eq!(reasons, [early, early, "no coins were asked for"]);
    assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], 100);
}

#[test]
fn what_the_books_cannot_hold_is_refused_alone_and_everything_else_is_booked() {
    let story = platform();
    let mut rows: String = (0..10)
        .map(|n| format!("huge-{n},whale,2026-09-20T10:00:0{n}Z,web,4000000000,999999999999.999999,USD\n"))
        .collect();
    rows.push_str("buy,fan,2026-09-20T10:00:11Z,shop,100,1.40,USD\n");
    import(&story, "coin-purchase", COINS, &rows);
    import(
        &story,
        "gift-frame",
        FRAMES,
        "g1,room,host,fan,rose,2026-09-21T20:00:00Z,1,true,2,10,\n",
    );
    let booked = book(&story);
    assert_eq!(
        [&booked["purchases"], &booked["refused"], &booked["gifts"]],
        [10, 1, 1]
    );
    assert_eq!(booked["events"], 12, "nothing is counted twice");
    let refused = listed(&story);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0][..2], ["purchase", "refused"]);
    let reason = &refused[0][2];
    assert!(
        reason.contains("`coin-purchase/huge-9`") && reason.contains("would grow beyond"),
        "{reason}"
    );
    assert_eq!(
        story.json(&["live", "wallet", "whale"])["coins"],
        36_000_000_000_u64
    );
    // Booking goes on, also for a gift that waits and for a streak that runs out of time.
    import(
        &story,
        "gift-frame",
        FRAMES,
        "g2,room,host,fan,rose,2026-09-22T20:00:00Z,2,false,1,10,\n",
    );
    let booked = book(&story);
    assert_eq!([&booked["gifts"], &booked["refused"]], [2, 0]);
}

#[test]
fn a_gift_that_the_books_cannot_hold_is_refused_when_it_has_waited_or_its_streak_runs_out_of_time() {
    let story = Story::new();
    let document = std::fs::read_to_string(checkout("programs/live-gifts.toml")).unwrap();
    let dear = document.replace("unit_value = \"0.005\"", "unit_value = \"1000000\"");
    story.file("dear.toml", &dear);
    story.ok(&["program", "apply", "dear.toml"]);
    import(
        &story,
        "gift-frame",
        FRAMES,
        "waits,room,host,poor,sun,2026-09-21T20:00:00Z,1,true,2,10000000,\n",
    );
    assert_eq!(book(&story)["waiting"], 1);
    import(
        &story,
        "coin-purchase",
        COINS,
        "b1,poor,2026-09-22T10:00:00Z,web,20000000,1.00,USD\nb2,fan,2026-09-22T10:00:00Z,web,20000000,1.00,USD\n",
    );
    import(
        &story,
        "gift-frame",
        FRAMES,
        "open,room,host,fan,sun,2026-09-22T20:00:00Z,2,false,1,5000000,\n\
         ends,room,host,fan,sun,2026-09-22T20:10:00Z,1,true,2,10000000,\n\
         small,room,host,fan,rose,2026-09-22T20:20:00Z,1,true,2,1,\n",
    );
    let booked = book(&story);
    assert_eq!(
        [&booked["gifts"], &booked["refused"], &booked["waiting"]],
        [1, 3, 0]
    );
    for [what, fate, reason] in listed(&story) {
        assert_eq!([&*what, &*fate], ["gift", "refused"]);
        assert!(reason.contains("more than the books hold"), "{reason}");
    }
    assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], 19_999_999);
    let room = story.json(&["live", "room", "room"]);
    assert_eq!(
        [&room["totals"]["coins"], &room["refused"]["coins"]],
        [1, 30_000_000]
    );
    assert_eq!(book(&story)["refused"], 0, "nothing is tried again");
}

#[test]
fn what_has_not_happened_yet_waits_for_its_time() {
    let story = platform();
    import(
        &story,
        "coin-purchase",
        COINS,
        "soon,fan,2026-12-01T00:00:00Z,web,100,1.40,USD\nbuy,fan,2026-11-01T00:00:00Z,web,5,0.07,USD\n",
    );
    import(
        &story,
        "gift-frame",
        FRAMES,
        "g1,room,host,fan,rose,2026-12-02T20:00:00Z,1,true,2,10,\n",
    );
    let booked = book(&story);
    assert_eq!(
        [&booked["purchases"], &booked["gifts"], &booked["later"]],
        [1, 0, 2]
    );
    assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], 5);
    let rows = listed(&story);
    assert_eq!(
        rows[0],
        [
            "purchase",
            "waits",
            "it is dated 2026-12-01T00:00:00Z, and had not happened yet"
        ]
    );
    assert_eq!(rows[1][..2], ["gift", "waits"]);
    assert_eq!(story.json(&["live", "room", "room"])["frames_not_taken"], 1);
    // Nothing changes until then, whatever else comes.
    import(
        &story,
        "coin-purchase",
        COINS,
        "late,fan,2026-11-02T00:00:00Z,web,1,0.02,USD\n",
    );
    let booked = book(&story);
    assert_eq!([&booked["purchases"], &booked["later"]], [1, 2]);
    let at = |now: &str| story.json(&["live", "book", "--now", now]);
    let booked = at("2026-12-01T00:00:00Z");
    assert_eq!(
        [&booked["purchases"], &booked["gifts"], &booked["later"]],
        [1, 0, 1]
    );
    let booked = at("2026-12-03T00:00:00Z");
    assert_eq!(
        [&booked["purchases"], &booked["gifts"], &booked["later"]],
        [0, 1, 0]
    );
    assert_eq!(at("2026-12-04T00:00:00Z")["events"], 0);
    assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], 96);
    assert!(listed(&story).is_empty());
}

#[test]
fn a_room_shows_what_was_booked_and_says_apart_what_was_not() {
    let story = platform();
    import(
        &story,
        "coin-purchase",
        COINS,
        "buy,fan,2026-09-20T10:00:00Z,web,3500,49.99,USD\n",
    );
    import(
        &story,
        "gift-frame",
        FRAMES,
        "g1,r/1,h1,fan,rose,2026-09-21T20:00:00Z,1,true,2,1024,\n\
         g2,r/1,h1,fan,lion,2026-09-21T20:01:00Z,1,true,2,2000,h2;h3\n\
         g3,r/1,h1,poor,sun,2026-09-21T20:02:00Z,1,true,2,20000000,\n\
         g4,r/1,h1,poor,moon,2026-09-21T20:02:30Z,2,true,2,,\n\
         g5,r/1,h1,fan,rose,2026-09-21T20:03:00Z,1,true,2,10,fan\n\
         g6,r/1,h1,fan,rose,2026-09-21T20:04:00Z,1,true,2,10,h2;h2\n\
         g7,r/1,h1,fan,star,2026-11-21T23:59:50Z,3,false,1,1,\n\
         g8,r,other,fan,rose,2026-09-21T20:05:00Z,1,true,2,6,\n",
    );
    let before = story.json(&["live", "room", "r/1"]);
    assert_eq!([&before["totals"]["coins"], &before["frames_not_taken"]], [0, 7]);
    book(&story);
    let room = story.json(&["live", "room", "r/1"]);
    assert_eq!(room["host"], "h1", "as the frames say");
    let totals = &room["totals"];
    assert_eq!(
        [&totals["gifts"], &totals["coins"], &totals["diamonds"]],
        [2, 3024, 3024]
    );
    for host in room["recipients"].as_array().unwrap() {
        let in_books = balance(&story, "creator-diamonds", host["host"].as_str().unwrap());
        assert_eq!(host["diamonds"].to_string(), in_books.as_str().unwrap());
    }
    assert_eq!(room["recipients"].as_array().unwrap().len(), 3);
    let sum = |of: &Value| ["gifts", "coins", "without_price"].map(|key| of[key].as_u64().unwrap());
    assert_eq!(sum(&room["waiting"]), [3, 20_000_000, 2]);
    assert_eq!(sum(&room["refused"]), [1, 10, 0]);
    assert_eq!(
        [
            &room["refused_frames"],
            &room["open_gifts"],
            &room["frames_not_taken"]
        ],
        [1, 3, 0]
    );
    assert_eq!([&room["viewers"], &room["gifters"]], [2, 1]);
    let said = story.ok(&["live", "room", "r/1"]);
    assert!(
        said.contains("3 gifts wait, in no sum: 20,000,000 coins, 2 without a price"),
        "{said}"
    );
    let rooms = story.json(&["live", "rooms"]);
    let of = |name: &str| {
        let mut rooms = rooms.as_array().unwrap().iter();
        rooms.find(|room| room["room"] == name).unwrap().clone()
    };
    assert_eq!(of("r/1"), room);
    assert_eq!(of("r")["totals"]["coins"], 6);
}

#[test]
fn a_frame_waits_until_somebody_says_who_hosts_the_room() {
    let story = platform();
    import(
        &story,
        "coin_purchase",
        COINS,
        "p1,fan,2026-10-05T09:00:00Z,web,100,1.00,USD\n",
    );
    import(
        &story,
        "gift_frame",
        FRAMES,
        "f1,room,,fan,rose,2026-10-05T10:00:00Z,2,false,1,5,\nf2,room,,fan,rose,2026-10-05T10:00:01Z,4,true,1,5,\n",
    );
    let booked = book(&story);
    assert_eq!(
        (&booked["gifts"], &booked["refused"], &booked["waiting"]),
        (&0.into(), &0.into(), &2.into())
    );
    assert!(
        listed(&story)[0][2].contains("nothing says who hosts room"),
        "{:?}",
        listed(&story)
    );
    import(
        &story,
        "room_activity",
        "event_id,room_id,host_id,occurred_at,activity\n",
        "a1,room,host,2026-10-05T09:59:00Z,start\n",
    );
    let booked = book(&story);
    assert_eq!(
        (&booked["gifts"], &booked["coins"], &booked["waiting"]),
        (&4.into(), &20.into(), &0.into())
    );
    assert_eq!(balance(&story, "creator-diamonds", "host"), "20");
    // Once.
    assert_eq!(book(&story)["gifts"], 0);
}

#[test]
fn a_battle_counts_the_gifts_of_both_rooms() {
    let story = platform();
    import(
        &story,
        "coin_purchase",
        COINS,
        "p1,fan,2026-10-05T09:00:00Z,web,1000,10.00,USD\n",
    );
    import(
        &story,
        "room_activity",
        "event_id,room_id,host_id,occurred_at,activity,battle_id,battle_ends_at,opponents\n",
        "a1,ra,anna,2026-10-05T10:00:00Z,battle_start,b1,2026-10-05T10:05:00Z,ben\n\
         a2,rb,ben,2026-10-05T10:00:00Z,battle_start,b1,2026-10-05T10:05:00Z,anna\n",
    );
    import(
        &story,
        "gift_frame",
        FRAMES,
        "f1,ra,anna,fan,rose,2026-10-05T10:01:00Z,1,true,2,100,\nf2,rb,ben,fan,rose,2026-10-05T10:02:00Z,1,true,2,100,\n\
         f3,rb,ben,fan,rose,2026-10-05T10:06:00Z,1,true,2,100,\n",
    );
    assert_eq!(book(&story)["gifts"], 3);
    let battle = |room: &str| story.json(&["live", "room", room])["battles"][0].clone();
    // As many points on both sides inside the timer: anna had them first, whichever room is asked.
    for room in ["ra", "rb"] {
        assert_eq!(battle(room)["winner"], "anna", "{room}");
        assert_eq!(
            battle(room)["scores"],
            serde_json::json!([["anna", 100], ["ben", 100]]),
            "{room}"
        );
        assert_eq!(battle(room)["tie_broken"], true, "{room}");
    }
    let rooms = story.json(&["live", "rooms"]);
    assert!(
        rooms
            .as_array()
            .unwrap()
            .iter()
            .all(|room| room["battles"][0]["winner"] == "anna")
    );
}
