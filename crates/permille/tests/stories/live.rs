//! LIVE: streaks, wallets, refunds, redemptions, through the command line and in the books.

use crate::harness::{Story, shared};
use serde_json::Value;

fn frame(id: &str, gift: &str, streak: &str, second: u32, count: u32, end: bool, rest: &str) -> String {
    format!(
        r#"{{"msgId":"{id}","roomId":"room","hostId":"host","userId":"fan","giftId":"{gift}","groupId":"{streak}","createTime":{},"repeatCount":{count},"repeatEnd":{end}{rest}}}"#,
        1_790_000_000_000_u64 + u64::from(second) * 1_000
    )
}

const ROSE: &str = r#","giftType":1,"diamondCount":1"#;
/// Three Roses, as the libraries show them (LIB-JS README; W15 of the reference).
fn w15() -> Vec<String> {
    vec![
        frame("w15-1", "rose", "15", 0, 1, false, ROSE),
        frame("w15-2", "rose", "15", 1, 2, false, ROSE),
        frame("w15-3", "rose", "15", 2, 3, false, ROSE),
        frame("w15-4", "rose", "15", 3, 3, true, ROSE),
    ]
}

/// A story in which a fan has 3,500 coins for 49.99 USD.
fn with_coins() -> Story {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    story.file(
        "coins.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy-1,fan,2026-09-20T10:00:00Z,web,3500,49.99,USD\n",
    );
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    story
}

fn import(story: &Story, name: &str, frames: &[String]) {
    story.file(name, &(frames.join("\n") + "\n"));
    story.ok(&["import", "gift-frame", name, "--mapping", "tiktok-live"]);
}

fn book(story: &Story) -> Value {
    let booked = story.json(&["live", "book"]);
    story.ok(&["ledger", "verify"]);
    booked
}

fn balance(story: &Story, kind: &str, owner: &str) -> Value {
    story.posted(kind, owner, None)
}

#[test]
fn w15_a_streak_is_booked_once_with_its_largest_count() {
    let story = with_coins();
    import(&story, "w15.ndjson", &w15());
    let booked = book(&story);
    assert_eq!(
        (&booked["gifts"], &booked["coins"], &booked["diamonds"]),
        (&3.into(), &3.into(), &3.into())
    );
    assert_eq!(balance(&story, "diamond-liability", "host"), "0.015000");
    // Booking again, and importing the stream again, changes nothing.
    import(&story, "again.ndjson", &w15());
    assert_eq!(book(&story)["gifts"], 0);
    assert_eq!(balance(&story, "creator-diamonds", "host"), "3");
}

#[test]
fn w16_a_single_streakable_gift_comes_twice_and_is_booked_once() {
    let story = with_coins();
    let frames = [
        frame("w16-1", "rose", "16", 0, 1, false, ROSE),
        frame("w16-2", "rose", "16", 1, 1, true, ROSE),
    ];
    import(&story, "w16.ndjson", &frames);
    assert_eq!(book(&story)["gifts"], 1);
}

#[test]
fn w17_a_gift_that_is_not_streakable_is_booked_at_once() {
    let story = with_coins();
    let carousel = r#","diamondCount":2020,"combo":false,"giftType":2"#;
    import(
        &story,
        "w17.ndjson",
        &[frame("w17", "carousel", "0", 0, 1, true, carousel)],
    );
    book(&story);
    assert_eq!(balance(&story, "diamond-liability", "host"), "10.100000");
}

#[test]
fn broken_streams_book_what_whole_ones_book() {
    let mut shuffled = w15();
    shuffled.reverse();
    let mut redelivered = w15();
    redelivered.extend(w15());
    let without_end = w15()[..3].to_vec();
    let gaps = vec![w15()[1].clone(), w15()[3].clone()];
    for (name, frames) in [
        ("shuffled", shuffled),
        ("redelivered", redelivered),
        ("no end", without_end),
        ("gaps", gaps),
    ] {
        let story = with_coins();
        import(&story, "frames.ndjson", &frames);
        assert_eq!(book(&story)["gifts"], 3, "{name}");
    }
    // A frame with a higher count after the end books only what is new.
    let story = with_coins();
    import(&story, "frames.ndjson", &w15());
    book(&story);
    import(
        &story,
        "late.ndjson",
        &[frame("late", "rose", "15", 2, 5, false, ROSE)],
    );
    assert_eq!(book(&story)["gifts"], 2);
    assert_eq!(balance(&story, "creator-diamonds", "host"), "5");
}

#[test]
fn gifts_without_coins_wait_and_never_overdraw() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    import(&story, "w15.ndjson", &w15());
    let booked = book(&story);
    assert_eq!((&booked["gifts"], &booked["waiting"]), (&0.into(), &1.into()));
    let waiting = story.json(&["live", "waiting"]);
    assert_eq!(waiting[0]["reason"], "3 coins are needed, and 0 can be spent");
    story.file(
        "coins.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy-1,fan,2026-09-22T10:00:00Z,web,5,0.07,EUR\n",
    );
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    assert_eq!(book(&story)["gifts"], 3);
    assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], 2);
    assert_eq!(story.json(&["live", "waiting"]), Value::Array(Vec::new()));
}

#[test]
fn several_hosts_share_a_gift_as_stated() {
    let story = with_coins();
    story.file(
        "frames.csv",
        "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each,split,split_parts\n\
         s1,room,host,fan,lion,2026-09-21T20:00:00Z,1,true,2,100,ann;bob;cleo,2;2;3\n",
    );
    story.ok(&["import", "gift-frame", "frames.csv"]);
    book(&story);
    // 100 in parts of 2, 2 and 3: 28.57, 28.57, 42.86.
    let of = |host: &str| balance(&story, "creator-diamonds", host);
    assert_eq!([of("ann"), of("bob"), of("cleo")], ["29", "28", "43"]);
}

#[test]
fn a_chargeback_of_spent_coins_is_owed_and_takes_diamonds_back() {
    let story = with_coins();
    let lion = r#","diamondCount":3000,"giftType":2"#;
    import(
        &story,
        "lion.ndjson",
        &[frame("lion", "lion", "0", 0, 1, true, lion)],
    );
    book(&story);
    assert_eq!(balance(&story, "diamond-liability", "host"), "15.000000");
    story.file(
        "back.csv",
        "event_id,purchase_id,viewer_id,occurred_at,reason\nback-1,buy-1,fan,2026-10-01T00:00:00Z,chargeback\n",
    );
    story.ok(&["import", "coin-refund", "back.csv"]);
    let booked = book(&story);
    assert_eq!(booked["refunds"], 1);
    let wallet = story.json(&["live", "wallet", "fan"]);
    assert_eq!((&wallet["coins"], &wallet["deficit"]), (&0.into(), &3000.into()));
    assert_eq!(balance(&story, "creator-diamonds", "host"), "0");
    assert_eq!(balance(&story, "diamond-liability", "host"), "0.000000");
    // The next purchase pays what is owing first.
    story.file(
        "coins2.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy-2,fan,2026-10-02T10:00:00Z,web,3500,49.99,USD\n",
    );
    story.ok(&["import", "coin-purchase", "coins2.csv"]);
    book(&story);
    let wallet = story.json(&["live", "wallet", "fan"]);
    assert_eq!((&wallet["coins"], &wallet["deficit"]), (&500.into(), &0.into()));
}

#[test]
fn unused_coins_go_back_within_the_window_only() {
    for (day, coins, refunds) in [("2026-10-01", 0, 1), ("2026-11-01", 3500, 0)] {
        let story = with_coins();
        story.file(
            "back.csv",
            &format!(
                "event_id,purchase_id,viewer_id,occurred_at,reason\nback-1,buy-1,fan,{day}T00:00:00Z,refund\n"
            ),
        );
        story.ok(&["import", "coin-refund", "back.csv"]);
        assert_eq!(book(&story)["refunds"], refunds, "{day}");
        assert_eq!(story.json(&["live", "wallet", "fan"])["coins"], coins, "{day}");
    }
}

#[test]
fn diamonds_become_money_above_the_minimum_and_below_the_daily_limit() {
    let story = with_coins();
    story.file(
        "coins2.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\nbuy-2,fan,2026-09-20T11:00:00Z,web,300000,4000.00,USD\n",
    );
    story.ok(&["import", "coin-purchase", "coins2.csv"]);
    story.file("creators.csv", "creator_id,effective_at,adult,account_type\nhost,2026-01-01T00:00:00Z,true,personal\npress,2026-01-01T00:00:00Z,true,government\n");
    story.ok(&["import", "creator", "creators.csv"]);
    let huge = r#","diamondCount":250000,"giftType":2"#;
    import(
        &story,
        "huge.ndjson",
        &[frame("huge", "huge", "0", 0, 1, true, huge)],
    );
    // 9,999 diamonds are worth $49.995: less than $50. 200,000 are $1,000: the whole day's limit. One day later there is more.
    story.file(
        "redeem.csv",
        "event_id,creator_id,occurred_at,diamonds\na,host,2026-10-01T01:00:00Z,9999\nb,host,2026-10-01T02:00:00Z,200000\n\
         c,host,2026-10-01T03:00:00Z,10000\nd,host,2026-10-02T03:00:00Z,10000\ne,host,2026-10-03T03:00:00Z,100000\nf,press,2026-10-03T03:00:00Z,10000\n",
    );
    story.ok(&["import", "redemption", "redeem.csv"]);
    let booked = book(&story);
    assert_eq!(
        (&booked["redemptions"], &booked["refused"]),
        (&2.into(), &4.into())
    );
    let said = story.json(&["live", "waiting"]).to_string();
    assert!(
        said.contains("government, politician and party accounts cannot collect gifts"),
        "{said}"
    );
    assert_eq!(balance(&story, "creator-available", "host"), "1050.000000");
    assert_eq!(balance(&story, "creator-diamonds", "host"), "40000");
}

#[test]
fn w10_subscriptions_are_shared_by_tier_and_bonus_and_payable_after_the_hold() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    // Both have followers; only star has the views and posts of the month before. 1,000 payments of $4.99 as one.
    story.file(
        "creators.csv",
        "creator_id,effective_at,adult,followers\nhost,2026-01-01T00:00:00Z,true,50000\nstar,2026-01-01T00:00:00Z,true,50000\n",
    );
    story.ok(&["import", "creator", "creators.csv"]);
    story.file(
        "videos.csv",
        "video_id,effective_at,creator_id,published_at\n\
         s1,2026-09-10T00:00:00Z,star,2026-09-10T00:00:00Z\ns2,2026-09-11T00:00:00Z,star,2026-09-11T00:00:00Z\n\
         s3,2026-09-12T00:00:00Z,star,2026-09-12T00:00:00Z\n",
    );
    story.ok(&["import", "video", "videos.csv"]);
    let mut views = "event_id,viewer_id,video_id,occurred_at,watched_ms\n".to_owned();
    for n in 0..100_000 {
        views.push_str(&format!(
            "v{n},u{n},s1,2026-09-{:02}T00:00:00Z,1000\n",
            15 + n % 10
        ));
    }
    story.file("views.csv", &views);
    story.ok(&["import", "view", "views.csv"]);
    story.file(
        "subscriptions.csv",
        "event_id,viewer_id,creator_id,occurred_at,price,currency\n\
         sub-1,fans,host,2026-10-05T00:00:00Z,4990.00,USD\nsub-2,fans,star,2026-10-05T00:00:00Z,4990.00,USD\n",
    );
    story.ok(&["import", "subscription", "subscriptions.csv"]);
    assert_eq!(book(&story)["subscriptions"], 2);
    assert_eq!(balance(&story, "creator-pending", "host"), "3493.000000");
    assert_eq!(balance(&story, "creator-pending", "star"), "4491.000000");
    story.ok(&["period", "close", "--due", "--now", "2026-10-19T00:00:00Z"]);
    assert_eq!(balance(&story, "creator-pending", "star"), "4491.000000");
    story.ok(&["period", "close", "--due"]);
    assert_eq!(balance(&story, "creator-available", "star"), "4491.000000");
}

#[test]
fn likes_are_counted_and_shown_and_never_post() {
    let story = with_coins();
    story.file(
        "activity.csv",
        "event_id,room_id,host_id,occurred_at,activity,count,viewer_id\n\
         a1,room,host,2026-09-21T14:13:00Z,start,1,\na2,room,host,2026-09-21T14:13:10Z,join,1,fan\n\
         a3,room,host,2026-09-21T14:13:20Z,like,1000000,fan\na4,room,host,2026-09-21T14:13:30Z,share,2,fan\n",
    );
    story.ok(&["import", "room-activity", "activity.csv"]);
    import(&story, "w15.ndjson", &w15());
    book(&story);
    let room = story.json(&["live", "room", "room"]);
    assert_eq!(
        (&room["totals"]["likes"], &room["totals"]["shares"]),
        (&1_000_000.into(), &2.into())
    );
    assert_eq!(room["totals"]["gifts"], 3);
    let with_likes = story.json(&["ledger", "trial-balance"]);
    let without = with_coins();
    import(&without, "w15.ndjson", &w15());
    book(&without);
    assert_eq!(
        with_likes,
        without.json(&["ledger", "trial-balance"]),
        "a million likes move no money"
    );
    assert!(story.ok(&["live", "room", "room"]).contains("1,000,000 likes"));
}

#[test]
fn told_viewers_are_shown_beside_known_ones_and_conversion_is_of_the_larger_number() {
    let story = with_coins();
    story.file(
        "activity.csv",
        "event_id,room_id,host_id,occurred_at,activity,count,viewer_id\n\
         a1,room,host,2026-09-21T14:13:00Z,viewers,77,\na2,room,host,2026-09-21T14:14:00Z,viewers,120,\n\
         a3,room,host,2026-09-21T14:13:20Z,join,1,ann\na4,room,host,2026-09-21T14:13:30Z,join,1,bob\n\
         a5,room,host,2026-09-21T14:13:40Z,join,1,cleo\na6,quiet,ann,2026-09-21T14:13:40Z,join,1,fan\n",
    );
    story.ok(&["import", "room-activity", "activity.csv"]);
    import(&story, "w15.ndjson", &w15());
    book(&story);
    let said = story.ok(&["live", "room", "room"]);
    assert!(
        said.contains("4 viewers known, 120 at once were told; 1 gave (0.83 %)"),
        "{said}"
    );
    let quiet = story.ok(&["live", "room", "quiet"]);
    assert!(quiet.contains("1 viewers known; 0 gave (0.00 %)"), "{quiet}");
    let rows = story.ok(&["live", "rooms", "-f", "csv"]);
    assert!(rows.contains(",viewers,peak_viewers,"), "{rows}");
    assert!(rows.contains("room,host,2026-09-21 14:13,4,120,"), "{rows}");
    let room = story.json(&["live", "room", "room"]);
    assert_eq!(
        (
            &room["viewers"],
            &room["totals"]["peak_viewers"],
            &room["conversion_per_10000"]
        ),
        (&4.into(), &120.into(), &83.into())
    );
}

#[test]
fn the_public_price_list_is_a_versioned_catalogue() {
    let Some(list) = shared("gift-catalogue/gift_catalogue.csv") else {
        return;
    };
    let story = Story::new();
    let read = story.json(&[
        "import",
        "gift",
        list.to_str().unwrap(),
        "--mapping",
        "gift-catalogue",
    ]);
    assert_eq!((&read["read"], &read["quarantined"]), (&559.into(), &0.into()));
    let now = story.json(&["live", "catalogue"]);
    let before = story.json(&["live", "catalogue", "--at", "2023-09-03T00:00:00Z"]);
    assert_eq!(now.as_array().unwrap().len(), 161);
    assert!(before.as_array().unwrap().len() < 161);
    assert_eq!(now[0]["coins"], 44_999);
}
