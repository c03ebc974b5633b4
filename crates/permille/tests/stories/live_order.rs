//! What is booked of LIVE does not depend on how often `live book` was called in between.

use crate::harness::Story;
use serde_json::Value;

const FRAME: &str = "event_id,room_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,streak_id,gift_type,to_user_id,split\n";
const BOUGHT: &str = "event_id,viewer_id,occurred_at,channel,coins,price,currency,country\n";

/// Coins that were bought, and what a gift costs.
pub fn platform(gifts: &str, bought: &str) -> Story {
    let story = Story::for_tests();
    story.ok(&["program", "apply", "live-gifts"]);
    bring(
        &story,
        "gift",
        &format!("gift_id,effective_at,coins,gift_type\n{gifts}"),
    );
    bring(&story, "coin-purchase", &format!("{BOUGHT}{bought}"));
    story
}

pub fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    story.ok(&["import", kind, "brought.csv"]);
}

pub fn frames(story: &Story, rows: &str) {
    bring(story, "gift-frame", &format!("{FRAME}{rows}"));
}

/// What stands in accounts of a kind, by owner.
pub fn posted(story: &Story, kind: &str) -> Vec<(String, String)> {
    let rows = story.json(&["ledger", "balances", "--kind", kind]);
    let rows = rows.as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    rows.map(|row| (text(&row["owner"]), text(&row["posted"])))
        .collect()
}

pub fn of(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(owner, amount): &(&str, &str)| ((*owner).to_owned(), (*amount).to_owned());
    all.iter().map(own).collect()
}

/// A streak whose end never came is over when the time-out has passed, before what happened later.
#[test]
fn a_streak_that_is_over_is_booked_before_what_came_later() {
    for is_booked_between in [false, true] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,5,1\n",
            "p,v,2026-11-05T00:00:00Z,web,100,1.00,USD,DE\n",
        );
        frames(&story, "a,r,v,g,2026-11-10T12:00:02Z,20,false,s,1,h,\n");
        if is_booked_between {
            story.ok(&["live", "book"]);
        }
        frames(&story, "b,r,v,g,2026-11-10T14:00:00Z,20,true,t,1,k,\n");
        bring(
            &story,
            "coin-refund",
            "event_id,purchase_id,viewer_id,occurred_at,coins,reason\nf,p,v,2026-11-12T00:00:00Z,,refund\n",
        );
        story.ok(&["live", "book"]);
        assert_eq!(
            posted(&story, "creator-diamonds"),
            of(&[("h", "100")]),
            "{is_booked_between}"
        );
        assert_eq!(
            posted(&story, "viewer-coins"),
            of(&[("v", "0")]),
            "{is_booked_between}"
        );
    }
}

/// Hosts who share a gift get the same of it whether it is booked frame by frame or at its end.
#[test]
fn hosts_who_share_a_streak_get_their_parts_of_all_of_it() {
    let frame = |count: u32| {
        format!(
            "e{count},r,v,g,2026-11-10T12:00:{:02}Z,{count},false,s,2,h,h;k\n",
            count % 60
        )
    };
    for counts in [vec![50], (1..=50).collect()] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,1,2\n",
            "p,v,2026-11-05T00:00:00Z,web,100,1.00,USD,DE\n",
        );
        let rows: Vec<String> = counts.into_iter().map(frame).collect();
        frames(&story, &rows.concat());
        story.ok(&["live", "book"]);
        assert_eq!(
            posted(&story, "creator-diamonds"),
            of(&[("h", "25"), ("k", "25")])
        );
    }
}

/// What frames say of hosts and prices goes with them, to whatever streak they are found to be of.
#[test]
fn what_a_frame_says_is_of_the_streak_that_it_is_of() {
    let named =
        "a,r,v,g,2026-11-10T12:00:25Z,3,false,s1,1,h,h;k\nb,r,v,g,2026-11-10T12:00:42Z,3,true,s1,1,h,h;k\n";
    // Between two frames of three gifts there is one of six: it is of another streak.
    let between = "c,r,v,g,2026-11-10T12:00:27Z,6,true,,1,h,h;k\n";
    for pieces in [
        vec![format!("{named}{between}")],
        vec![named.to_owned(), between.to_owned()],
    ] {
        for priced in [true, false] {
            let catalogue = if priced { "g" } else { "other" };
            let story = platform(
                &format!("{catalogue},2026-01-01T00:00:00Z,100,1\n"),
                "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
            );
            for rows in &pieces {
                // A frame's own price counts where the catalogue has none.
                let header = FRAME.replace("split", "split,coins_each");
                let price = if priced { "" } else { "100" };
                let rows = rows.replace("h;k\n", &format!("h;k,{price}\n"));
                bring(&story, "gift-frame", &format!("{header}{rows}"));
                story.ok(&["live", "book"]);
            }
            assert_eq!(
                posted(&story, "creator-diamonds"),
                of(&[("h", "450"), ("k", "450")]),
                "{pieces:?} {priced}"
            );
            story.ok(&["ledger", "verify"]);
        }
    }
}

/// Whether gifts without a streak id come in streaks may be known later than they are: until then they wait.
#[test]
fn a_catalogue_may_come_after_the_gifts() {
    let gift = |n: u32| format!("e{n},r,v,g,2026-11-10T12:00:{:02}Z,1,,,,h,\n", 5 * n);
    let rows: String = (0..5).map(gift).collect();
    for is_booked_between in [false, true] {
        let story = platform(
            "other,2026-01-01T00:00:00Z,1,1\n",
            "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
        );
        frames(&story, &rows);
        if is_booked_between {
            story.ok(&["live", "book"]);
            let waiting = story.json(&["live", "waiting"]);
            assert_eq!(waiting.as_array().unwrap().len(), 5, "{waiting}");
        }
        bring(
            &story,
            "gift",
            "gift_id,effective_at,coins,gift_type\ng,2026-01-01T00:00:00Z,100,2\n",
        );
        story.ok(&["live", "book"]);
        assert_eq!(
            posted(&story, "creator-diamonds"),
            of(&[("h", "500")]),
            "{is_booked_between}"
        );
        assert_eq!(story.json(&["live", "waiting"]), Value::Array(vec![]));
    }
}

/// Coins from the United States that a correction puts back are coins from there, and so are those that are spent then.
#[test]
fn what_a_correction_puts_back_is_from_where_it_was() {
    let story = platform(
        "g,2026-01-01T00:00:00Z,5,2\ng,2026-11-10T12:00:00Z,10,2\nf,2026-01-01T00:00:00Z,100,2\n",
        "p1,v,2026-11-05T00:00:00Z,web,100,1.00,USD,US\np2,v,2026-11-06T00:00:00Z,web,100,1.00,USD,DE\n",
    );
    frames(
        &story,
        "b,r,v,g,2026-11-10T12:00:10Z,10,true,s,2,h,\nc,r,v,f,2026-11-10T13:00:00Z,1,true,t,2,k,\n",
    );
    story.ok(&["live", "book"]);
    assert_eq!(posted(&story, "us-source-diamonds"), of(&[("h", "100")]));
    // The streak began before the price went up.
    frames(&story, "a,r,v,g,2026-11-10T11:59:59Z,5,false,s,2,h,\n");
    story.ok(&["live", "book"]);
    assert_eq!(
        posted(&story, "creator-diamonds"),
        of(&[("h", "50"), ("k", "100")])
    );
    assert_eq!(posted(&story, "us-source-diamonds"), of(&[("h", "50")]));
    let wallet = story.json(&["live", "wallet", "v"]);
    let left = |at: usize| wallet["lots"][at]["left"].as_u64();
    assert_eq!((left(0), left(1)), (Some(50), Some(0)), "{wallet}");
    story.ok(&["ledger", "verify"]);
}

/// A gift that waits for coins has them as soon as they are bought, before a refund that comes later takes them back.
#[test]
fn what_waited_for_coins_is_given_before_they_are_refunded() {
    for is_booked_between in [false, true] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,1,2\n",
            "o,other,2026-11-05T00:00:00Z,web,1,0.01,USD,DE\n",
        );
        let book = || {
            if is_booked_between {
                story.ok(&["live", "book"]);
            }
        };
        frames(&story, "a,r,v,g,2026-11-10T12:00:00Z,60,true,s,2,h,\n");
        book();
        frames(&story, "b,r,v,g,2026-11-10T12:01:00Z,70,true,t,2,k,\n");
        book();
        let purchase = format!("{BOUGHT}p,v,2026-11-11T00:00:00Z,web,100,1.00,USD,DE\n");
        bring(&story, "coin-purchase", &purchase);
        book();
        bring(
            &story,
            "coin-refund",
            "event_id,purchase_id,viewer_id,occurred_at,coins,reason\nf,p,v,2026-11-12T00:00:00Z,,refund\n",
        );
        story.ok(&["live", "book"]);
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[("h", "60")]), "{is_booked_between}");
        let waiting = story.json(&["live", "waiting"]);
        assert_eq!(waiting.as_array().unwrap().len(), 1, "{waiting}");
        story.ok(&["ledger", "verify"]);
    }
}

/// A streak has the time-out of the version in force when it began, in whatever order its frames are booked.
#[test]
fn a_streak_keeps_its_time_out_when_another_version_comes_into_force() {
    let first = include_str!("../../../../programs/live-gifts.toml");
    let second = first
        .replace("version = 1", "version = 2")
        .replace("effective_from = 2026-01-01", "effective_from = 2026-11-11")
        .replace("\"30s\"", "\"10s\"");
    let sent = [
        // 20 seconds apart: one streak where the first lies before midnight.
        "a,r,v,g,2026-11-10T23:59:50Z,3,false,,1,h,\n",
        "b,r,v,g,2026-11-11T00:00:10Z,5,false,,1,h,\n",
        "c,r,v,g,2026-11-11T00:00:30Z,6,false,,1,h,\n",
        // And two where both lie behind it.
        "d,q,v,g,2026-11-11T00:00:10Z,5,false,,1,k,\n",
        "e,q,v,g,2026-11-11T00:00:30Z,6,false,,1,k,\n",
    ];
    for order in [[0, 1, 2, 3, 4], [4, 2, 3, 1, 0], [1, 0, 4, 2, 3]] {
        for is_booked_between in [false, true] {
            let story = platform(
                "g,2026-01-01T00:00:00Z,1,1\n",
                "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
            );
            story.file("second.toml", &second);
            story.ok(&["program", "apply", "second.toml"]);
            for number in order {
                frames(&story, sent[number]);
                if is_booked_between {
                    story.ok(&["live", "book"]);
                }
            }
            story.ok(&["live", "book"]);
            let received = posted(&story, "creator-diamonds");
            let expected = of(&[("h", "6"), ("k", "11")]);
            assert_eq!(received, expected, "{order:?}, {is_booked_between}");
        }
    }
}

/// What a correction takes back leaves the books at what it was booked for, and not at what the host's diamonds are worth on average.
#[test]
fn a_correction_takes_back_what_was_booked() {
    let first = include_str!("../../../../programs/live-gifts.toml");
    let second = first
        .replace("version = 1", "version = 2")
        .replace("effective_from = 2026-01-01", "effective_from = 2026-11-11")
        .replace("unit_value = \"0.005\"", "unit_value = \"0.5\"");
    let sent = [
        "a,r,v,g,2026-11-05T00:00:00Z,1000,true,s,1,h,\n",
        "b,r,v,g,2026-11-10T23:59:50Z,1,false,t,1,h,\n",
        "c,r,v,g,2026-11-11T00:00:05Z,100,true,t,1,h,\n",
    ];
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1]] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,1,1\n",
            "p,v,2026-11-01T00:00:00Z,web,2000,20.00,USD,DE\n",
        );
        story.file("second.toml", &second);
        story.ok(&["program", "apply", "second.toml"]);
        for number in order {
            frames(&story, sent[number]);
            story.ok(&["live", "book"]);
        }
        for (kind, owner, amount) in [
            ("creator-diamonds", "h", "1100"),
            ("diamond-liability", "h", "5.500000"),
            ("program-cost", "live-gifts", "5.500000"),
        ] {
            assert_eq!(posted(&story, kind), of(&[(owner, amount)]), "{order:?} {kind}");
        }
        story.ok(&["ledger", "verify"]);
    }
}

/// A price in the frame does not say whether the gift comes in streaks: without an id the frames wait until something does.
#[test]
fn a_price_does_not_say_what_kind_of_gift_it_is() {
    let catalogue = "gift_id,effective_at,coins,gift_type\ng,2026-01-01T00:00:00Z,10,2\n";
    let priced = "event_id,room_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,coins_each,to_user_id\n\
                  a,r,v,g,2026-11-10T12:00:00Z,1,false,10,h\nb,r,v,g,2026-11-10T12:00:05Z,1,false,10,h\n";
    for is_booked_between in [false, true] {
        let story = platform(
            "other,2026-01-01T00:00:00Z,5,1\n",
            "p,v,2026-11-05T00:00:00Z,web,100,1.00,USD,DE\n",
        );
        bring(&story, "gift-frame", priced);
        if is_booked_between {
            story.ok(&["live", "book"]);
            assert_eq!(story.json(&["live", "waiting"]).as_array().unwrap().len(), 2);
        }
        bring(&story, "gift", catalogue);
        story.ok(&["live", "book"]);
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[("h", "20")]), "{is_booked_between}");
    }
}

/// Gifts whose coins were paid back stay, though later frames say that there were fewer; what comes after that is booked beside them, and
/// the books are sound.
#[test]
fn gifts_that_were_refunded_stay_and_are_counted() {
    for (coins, of_five, of_eight) in [("", "0", "0"), ("10", "40", "40")] {
        let story = platform(
            "g,2026-01-01T00:00:00Z,5,1\n",
            "p,v,2026-11-05T00:00:00Z,web,50,1.00,USD,DE\n",
        );
        frames(
            &story,
            "a,r,v,g,2026-11-10T12:00:00Z,5,false,,1,h,\nb,r,v,g,2026-11-10T12:01:00Z,5,false,,1,h,\n",
        );
        story.ok(&["live", "book"]);
        let refund = format!(
            "event_id,purchase_id,viewer_id,occurred_at,coins,reason\nf,p,v,2026-11-11T00:00:00Z,{coins},chargeback\n"
        );
        bring(&story, "coin-refund", &refund);
        story.ok(&["live", "book"]);
        // Both were one streak of five.
        frames(
            &story,
            "c,r,v,g,2026-11-10T12:00:20Z,5,false,,1,h,\nd,r,v,g,2026-11-10T12:00:40Z,5,false,,1,h,\n",
        );
        story.ok(&["live", "book"]);
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[("h", of_five)]), "{coins}");
        story.ok(&["ledger", "verify"]);
        // It had eight: where ten stand, none is missing.
        frames(&story, "e,r,v,g,2026-11-10T12:01:10Z,8,true,,1,h,\n");
        let more = "q,v,2026-11-12T00:00:00Z,web,500,5.00,USD,DE\n";
        bring(&story, "coin-purchase", &format!("{BOUGHT}{more}"));
        story.ok(&["live", "book"]);
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[("h", of_eight)]), "{coins}");
        story.ok(&["ledger", "verify"]);
    }
}

/// A price or hosts that only a later frame of a streak states are those of all of it, though a part was booked before.
#[test]
fn what_a_later_frame_says_is_of_all_of_its_streak() {
    let head = "event_id,room_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,streak_id,gift_type,coins_each,to_user_id,split\n";
    let priced = [
        "a,r,v,new,2026-11-10T12:00:00Z,3,false,s,2,,h,\n",
        "b,r,v,new,2026-11-10T12:00:02Z,5,true,s,2,10,h,\n",
    ];
    let shared = [
        "c,r,v,g,2026-11-10T13:00:00Z,20,false,t,2,,h,\n",
        "d,r,v,g,2026-11-10T13:00:02Z,41,true,t,2,,h,h;k\n",
    ];
    for (sent, expected) in [
        (priced, of(&[("h", "50")])),
        (shared, of(&[("h", "21"), ("k", "20")])),
    ] {
        for order in [[0, 1], [1, 0]] {
            for is_booked_between in [false, true] {
                let story = platform(
                    "g,2026-01-01T00:00:00Z,1,2\n",
                    "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
                );
                for number in order {
                    bring(&story, "gift-frame", &format!("{head}{}", sent[number]));
                    if is_booked_between {
                        story.ok(&["live", "book"]);
                    }
                }
                story.ok(&["live", "book"]);
                let received = posted(&story, "creator-diamonds");
                assert_eq!(received, expected, "{order:?} {is_booked_between}");
                assert_eq!(story.json(&["live", "waiting"]), Value::Array(vec![]));
                story.ok(&["ledger", "verify"]);
            }
        }
    }
}

/// A gift that is found to be of another streak than the frame that stated its hosts is shared by them no more.
#[test]
fn what_a_frame_says_goes_with_it_when_streaks_part() {
    let sent = |kind: u32| {
        [
            format!("a,r,v,g,2026-11-10T12:00:00Z,1,false,,{kind},h,k\n"),
            format!("b,r,v,g,2026-11-10T12:00:09Z,2,true,,{kind},h,\n"),
            // The end of the first, which makes the second another gift.
            format!("c,r,v,g,2026-11-10T12:00:01Z,1,true,,{kind},h,\n"),
        ]
    };
    let orders = [
        vec![vec![0, 1, 2]],
        vec![vec![0, 1], vec![2]],
        vec![vec![0], vec![1], vec![2]],
    ];
    for (kind, bookings) in [1, 2]
        .into_iter()
        .flat_map(|kind| orders.iter().map(move |order| (kind, order)))
    {
        let story = platform(
            "g,2026-01-01T00:00:00Z,10,2\n",
            "p,v,2026-11-05T00:00:00Z,web,1000,10.00,USD,DE\n",
        );
        for numbers in bookings {
            for number in numbers {
                frames(&story, &sent(kind)[*number]);
            }
            story.ok(&["live", "book"]);
        }
        let received = posted(&story, "creator-diamonds");
        assert_eq!(received, of(&[("h", "20"), ("k", "10")]), "{kind} {bookings:?}");
        story.ok(&["ledger", "verify"]);
    }
}

/// A streak with long ids, whose keys are hashes, may be corrected as often as frames come.
#[test]
fn a_streak_with_long_ids_is_corrected_any_number_of_times() {
    let long = |sign: &str| sign.repeat(100);
    let (gift, streak) = (long("g"), long("s"));
    let times = 70;
    let prices: Vec<String> = (0..=times)
        .map(|back| {
            format!(
                "{gift},2026-11-10T11:{:02}:{:02}Z,{},2\n",
                59 - back / 60,
                59 - back % 60,
                5 + back % 2
            )
        })
        .collect();
    let story = platform(
        &prices.concat(),
        "p,v,2026-11-05T00:00:00Z,web,1000000,1.00,USD,DE\n",
    );
    for back in 0..times {
        let at = format!("2026-11-10T11:{:02}:{:02}.500Z", 59 - back / 60, 59 - back % 60);
        frames(
            &story,
            &format!("f{back},r,v,{gift},{at},10,false,{streak},2,h,\n"),
        );
        story.ok(&["live", "book"]);
    }
    let last = 10 * (5 + (times - 1) % 2);
    assert_eq!(
        posted(&story, "viewer-coins"),
        of(&[("v", &(1_000_000 - last).to_string())])
    );
    story.ok(&["ledger", "verify"]);
}
