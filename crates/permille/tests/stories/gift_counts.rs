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

/// Coins that the viewer has spent, by the books, and diamonds of the host.
fn spent(story: &Story) -> (u64, u64) {
    let coins = |kind: &str| {
        let rows = story.json(&["ledger", "balances", "--kind", kind]);
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["posted"].as_str().unwrap().parse::<u64>().unwrap())
            .sum::<u64>()
    };
    (100_000 - coins("viewer-coins"), coins("creator-diamonds"))
}

/// Frames of a streak with a pause longer than the time-out, some without the id: in one booking or in several, in any order.
#[test]
fn what_stands_between_two_frames_of_a_streak_is_of_it_whatever_is_booked_first() {
    let frame = |at: &str, count: u32, end: u32, kind: u32, streak: &str| {
        format!("f{count},r,77,900,7000,2026-11-10T16:{at}Z,{count},{end},{kind},,{streak}\n")
    };
    let frames = [
        frame("22:25.218", 24, 0, 1, "s37"),
        frame("23:00.218", 59, 0, 3, ""),
        frame("23:01.218", 65, 0, 4, ""),
        frame("23:01.318", 99, 0, 2, "s37"),
    ];
    for order in [
        vec![vec![0, 1, 2, 3]],
        vec![vec![0], vec![1], vec![2], vec![3]],
        vec![vec![3], vec![2], vec![1], vec![0]],
        vec![vec![1, 2], vec![0, 3]],
        vec![vec![2], vec![0], vec![3], vec![1]],
    ] {
        let story = platform();
        let (mut given, mut back) = (0, 0);
        for part in &order {
            import(
                &story,
                &part
                    .iter()
                    .map(|frame| frames[*frame].as_str())
                    .collect::<String>(),
            );
            let booked = book(&story);
            given += booked["gifts"].as_u64().unwrap();
            back += booked["taken_back"].as_u64().unwrap();
        }
        assert_eq!(given - back, 99, "{order:?}");
        assert_eq!(spent(&story), (9_900, 9_900), "{order:?}");
        let room = story.json(&["live", "room", "r"]);
        assert_eq!(room["totals"]["coins"], 9_900, "{room}");
        assert_eq!(book(&story)["gifts"], 0);
    }
}

/// More was booked of a streak's parts than it has: coins and diamonds go back, also such as wait.
#[test]
fn what_was_booked_too_much_is_taken_back() {
    let frame = |at: &str, count: u32, streak: &str| {
        format!("f{count},r,77,900,7000,2026-11-10T16:{at}Z,{count},0,2,,{streak}\n")
    };
    let story = platform();
    import(&story, &frame("22:00", 240, "s"));
    assert_eq!(book(&story)["gifts"], 240);
    // 80,000 coins, of which 76,000 are there.
    import(&story, &frame("23:00", 800, ""));
    let booked = book(&story);
    assert_eq!((&booked["gifts"], &booked["waiting"]), (&0.into(), &1.into()));
    import(&story, &frame("24:00", 900, "s"));
    let booked = book(&story);
    assert_eq!(
        (&booked["gifts"], &booked["waiting"]),
        (&660.into(), &0.into()),
        "{booked}"
    );
    assert_eq!(spent(&story), (90_000, 90_000));
    assert_eq!(story.json(&["live", "waiting"]), Value::Array(Vec::new()));

    let story = platform();
    for (at, count, streak) in [("22:00", 24, "s"), ("23:00", 80, ""), ("24:00", 90, "s")] {
        import(&story, &frame(at, count, streak));
        book(&story);
    }
    assert_eq!(spent(&story), (9_000, 9_000));
    let wallet = story.json(&["live", "wallet", "900"]);
    assert_eq!(wallet["coins"], 91_000, "{wallet}");
    // A chargeback takes what is left of the gifts, once.
    story.file(
        "back.csv",
        "event_id,purchase_id,viewer_id,occurred_at,reason\nb,p,900,2026-11-11T00:00:00Z,chargeback\n",
    );
    story.ok(&["import", "coin-refund", "back.csv"]);
    book(&story);
    assert_eq!(spent(&story), (100_000, 0));
}

/// The price is that of the streak's first frame, also where that one comes after the streak was booked at another one.
#[test]
fn a_first_frame_that_comes_late_brings_its_price() {
    let frame = |id: &str, at: &str, count: u32, end: u32| {
        format!("{id},r,77,900,7000,2026-11-10T{at}Z,{count},{end},2,,s\n")
    };
    for (price, coins) in [(120, 9_900), (80, 9_900)] {
        let story = platform();
        story.file(
            "gifts.csv",
            &format!("gift_id,effective_at,coins,gift_type\n7000,2026-11-10T12:00:00Z,{price},2\n"),
        );
        story.ok(&["import", "gift", "gifts.csv"]);
        import(&story, &frame("b", "12:00:21", 99, 1));
        assert_eq!(book(&story)["coins"], 99 * price);
        import(&story, &frame("a", "11:59:52", 45, 0));
        let booked = book(&story);
        assert_eq!(
            (&booked["gifts"], &booked["taken_back"]),
            (&99.into(), &99.into())
        );
        assert_eq!(spent(&story), (coins, coins), "{price}");
        let room = story.json(&["live", "room", "r"]);
        assert_eq!(room["totals"]["coins"], coins, "{room}");
    }
}

/// A price that contradicts a stored one is neither taken nor lost without a word; one with an id of its own holds.
#[test]
fn another_price_of_the_same_time_is_set_aside_with_both() {
    let story = platform();
    let file = |rows: &str| {
        story.file(
            "gifts.csv",
            &format!("event_id,gift_id,effective_at,coins,gift_type\n{rows}"),
        );
        let read = story.json(&["import", "gift", "gifts.csv"]);
        ["stored", "duplicate", "quarantined"].map(|key| read[key].as_u64().unwrap())
    };
    let row = |id: &str, coins: u32| format!("{id},7000,2026-01-01T00:00:00Z,{coins},2\n");
    assert_eq!(file(&row("", 100)), [0, 1, 0]);
    assert_eq!(
        file(&(row("", 120) + ",7001,2026-01-01T00:00:00Z,5,2\n,7001,2026-01-01T00:00:00Z,6,2\n")),
        [1, 0, 2]
    );
    let rows = story.json(&["quarantine"]);
    let rows = rows.as_array().unwrap();
    assert_eq!(
        (&rows[0]["line"], &rows[0]["field"]),
        (&2.into(), &"coins".into())
    );
    let reason = rows[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("is 120, and `7000@2026-01-01T00:00:00Z` has the price 100 already"),
        "{reason}"
    );
    assert_eq!(rows[1]["line"], 4);
    assert_eq!(file(&row("7000@2026-01-01T00:00:00Z-2", 120)), [1, 0, 0]);
    let catalogue = story.json(&["live", "catalogue"]);
    assert_eq!(catalogue[0]["coins"], 120, "{catalogue}");
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
