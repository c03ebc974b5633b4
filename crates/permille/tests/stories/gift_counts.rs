//! Gift frames as platforms really send them: what kind a gift is said to have does not make several gifts of one count, and
//! nothing is booked by a program that was not in force.

use crate::harness::{Story, checkout};
use serde_json::Value;

const FRAMES: &str = "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each,streak_id\n";

/// A platform whose viewer 900 has coins, with a gift of 100 coins that comes once, as the catalogue says.
fn platform() -> Story {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    story.file(
        "coins.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\np,900,2026-10-01T00:00:00Z,web,100000,1400,USD\n",
    );
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    story.file(
        "gifts.csv",
        "gift_id,effective_at,coins,gift_type\n7000,2026-01-01T00:00:00Z,100,2\n",
    );
    story.ok(&["import", "gift", "gifts.csv"]);
    story
}

fn book(story: &Story) -> Value {
    let booked = story.json(&["live", "book"]);
    story.ok(&["ledger", "verify"]);
    booked
}

fn import(story: &Story, rows: &str) {
    story.file("frames.csv", &format!("{FRAMES}{rows}"));
    story.ok(&["import", "gift-frame", "frames.csv"]);
}

#[test]
fn a_growing_count_is_one_streak_whatever_kind_the_gift_is_said_to_have() {
    for (case, gifts) in [("ns_count_grows_same_group-1", 2), ("no_type_cat2-1", 4)] {
        let story = platform();
        let frames = checkout(&format!("crates/permille/tests/cases/live/{case}.ndjson"));
        let frames = frames.to_str().unwrap();
        story.ok(&["import", "gift-frame", frames, "--mapping", "tiktok-live"]);
        let booked = book(&story);
        assert_eq!(
            (&booked["gifts"], &booked["coins"]),
            (&gifts.into(), &(gifts * 100).into()),
            "{case}"
        );
    }
}

#[test]
fn frames_that_come_in_several_bookings_are_the_same_gifts() {
    let story = platform();
    let frame = |id: &str, second: u32, count: u32, end: u32, streak: &str| {
        format!("{id},r,77,900,7000,2026-11-10T20:00:0{second}Z,{count},{end},2,,{streak}\n")
    };
    let mut gifts = 0;
    let mut comes = |rows: &str, expected: u64| {
        import(&story, rows);
        gifts += book(&story)["gifts"].as_u64().unwrap();
        assert_eq!(gifts, expected, "{rows}");
    };
    comes(&frame("a1", 0, 1, 0, "g"), 1);
    comes(&frame("a1-again", 0, 1, 0, "g"), 1);
    comes(&frame("a3", 2, 3, 1, "g"), 3);
    comes(&frame("a2", 1, 2, 0, "g"), 3);
    // Without an id, or with 0, which is none: two gifts are two, the same frame twice is one.
    comes(&frame("b1", 6, 1, 0, ""), 4);
    comes(&frame("b1-again", 6, 1, 0, "0"), 4);
    comes(&frame("b2", 9, 1, 0, "0"), 5);
}

/// Two recorders, or two versions of one: some frames of a streak carry its id and others do not, in whatever order they are booked.
#[test]
fn frames_that_lack_the_id_are_of_the_streak_that_has_it() {
    let frame = |id: &str, second: u32, count: u32, end: u32, kind: u32, streak: &str| {
        format!("{id},r,77,900,7000,2026-11-10T20:00:0{second}Z,{count},{end},{kind},,{streak}\n")
    };
    let one = |streak: &str, id: &str| frame(id, 0, 1, 1, 1, streak);
    let three = |streak: &str, of: &str| {
        let frames = [(0, 1, 0), (1, 2, 0), (2, 3, 1)];
        let each =
            frames.map(|(second, count, end)| frame(&format!("{of}{count}"), second, count, end, 1, streak));
        each.concat()
    };
    let first_lacks =
        frame("a", 0, 1, 0, 1, "") + &frame("b", 1, 2, 0, 1, "g") + &frame("c", 2, 3, 1, 1, "g");
    let but_middle = frame("a", 0, 1, 0, 1, "g") + &frame("c", 2, 3, 1, 1, "g");
    for (name, bookings, gifts) in [
        ("one, at once", vec![one("", "a") + &one("g", "b")], 1),
        ("one, the other id first", vec![one("", "b") + &one("g", "a")], 1),
        ("one, without it first", vec![one("", "a"), one("g", "b")], 1),
        ("one, with it first", vec![one("g", "b"), one("", "a")], 1),
        ("the first lacks it", vec![first_lacks], 3),
        (
            "all with it, then without",
            vec![three("g", "a"), three("", "x")],
            3,
        ),
        (
            "all without it, then with",
            vec![three("", "x"), three("g", "a")],
            3,
        ),
        ("both at once", vec![three("g", "a") + &three("", "x")], 3),
        (
            "a middle one, later",
            vec![but_middle, frame("b", 1, 2, 0, 1, "")],
            3,
        ),
        (
            "another id is another streak",
            vec![three("", "x"), three("g", "a"), three("h", "y")],
            6,
        ),
        (
            "the end first, of what comes once",
            vec![frame("b", 1, 1, 1, 2, ""), frame("a", 0, 1, 0, 2, "")],
            1,
        ),
    ] {
        let story = platform();
        let mut found = 0;
        for rows in bookings {
            import(&story, &rows);
            found += book(&story)["gifts"].as_u64().unwrap();
        }
        assert_eq!(found, gifts, "{name}");
    }
}

#[test]
fn what_happened_before_the_program_was_in_force_waits() {
    let story = platform();
    story.file(
        "creators.csv",
        "creator_id,effective_at,adult\n77,2025-01-01T00:00:00Z,true\n",
    );
    story.ok(&["import", "creator", "creators.csv"]);
    story.file(
        "coins.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nq,901,2025-12-01T00:00:00Z,web,1000,14,USD\n",
    );
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    import(
        &story,
        "f,r,77,901,7001,2025-12-31T23:59:59Z,1,1,1,5,s\ng,r,77,901,7001,2026-01-01T00:00:00Z,1,1,1,5,t\n",
    );
    story.file(
        "subscriptions.csv",
        "event_id,viewer_id,creator_id,occurred_at,price,currency\ns,901,77,2025-12-31T00:00:00Z,4.99,USD\n",
    );
    story.ok(&["import", "subscription", "subscriptions.csv"]);
    story.file(
        "redemptions.csv",
        "event_id,creator_id,occurred_at,diamonds\nd,77,2025-12-31T00:00:00Z,1\n",
    );
    story.ok(&["import", "redemption", "redemptions.csv"]);
    let booked = book(&story);
    let counts = ["purchases", "gifts", "subscriptions", "redemptions", "waiting"].map(|key| &booked[key]);
    assert_eq!(counts, [2, 1, 0, 0, 3]);
    let waiting = story.json(&["live", "waiting"]);
    for row in waiting.as_array().unwrap() {
        assert_eq!(
            row["reason"], "`live-gifts` is in force from 2026-01-01 on, and no version of it on 2025-12-31",
            "{row}"
        );
        assert_eq!(row["fate"], "waits");
    }
    assert_eq!(book(&story)["waiting"], 3);
}
