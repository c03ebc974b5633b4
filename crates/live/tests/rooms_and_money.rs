//! The catalogue, splits, redemption, subscriptions, battles, and rooms.

use event::kind::ActivityKind;
use event::live::{Gift, GiftFrame, RoomActivity};
use jiff::Timestamp;
use live::battle::{Points, Side, score};
use live::catalogue::{Catalogue, PriceSource};
use live::exchange::Exchange;
use live::redemption::{Account, Rules, redeem};
use live::room::{Room, RoomGift};
use live::split::{Share, split, stated};
use live::subscription::{divide, share_with};
use money::{Asset, Money, Ratio};
use proptest::prelude::*;
use std::sync::Arc;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("an instant")
}

fn usd(text: &str) -> Money {
    Money::parse(Asset::micro("USD").expect("USD"), text).expect("an amount")
}

fn ratio(text: &str) -> Ratio {
    Ratio::parse(text).expect("a ratio")
}

fn gift(event_id: &str, second: i64, coins: u32) -> Gift {
    Gift {
        event_id: event_id.into(),
        gift: "universe".into(),
        effective_at: at(second),
        name: Some("Universe".into()),
        coins,
        gift_type: Some(2),
        combo: None,
    }
}

#[test]
fn a_price_holds_until_the_next_snapshot_whatever_the_order_of_imports() {
    let snapshots = [
        gift("a", 0, 34_999),
        gift("b", 100, 44_999),
        gift("c", 100, 44_998),
        gift("a", 0, 34_999),
    ];
    let reversed: Vec<&Gift> = snapshots.iter().rev().collect();
    let catalogue = Catalogue::new(&snapshots);
    assert_eq!(catalogue, Catalogue::new(reversed));
    let universe: Arc<str> = "universe".into();
    let price = |second, said| {
        catalogue
            .price(&universe, at(second), said)
            .map(|price| (price.coins, price.source, price.frame_said))
            .map_err(|none| none.to_string())
    };
    let from = |second| PriceSource::Catalogue { from: at(second) };
    assert_eq!(price(0, None), Ok((34_999, from(0), None)));
    assert_eq!(
        price(99, Some(1)),
        Ok((34_999, from(0), Some(1))),
        "the catalogue wins, and the difference is told"
    );
    assert_eq!(
        price(100, Some(44_998)),
        Ok((44_998, from(100), None)),
        "of one time the greater event id holds"
    );
    assert_eq!(price(-1, Some(5)), Ok((5, PriceSource::Frame, None)));
    assert_eq!(
        price(-1, None).expect_err("not yet"),
        "gift universe is in the catalogue only from 2026-09-21T14:13:20Z on, and its frame carries no price"
    );
    let other: Arc<str> = "rose".into();
    assert_eq!(
        catalogue
            .price(&other, at(0), None)
            .expect_err("unknown")
            .to_string(),
        "gift rose is not in the catalogue, and its frame carries no price"
    );
    assert_eq!(&*catalogue.name(&universe, at(-1)), "Universe");
}

/// W10: 1,000 subscriptions of $4.99 give $3,493 at 70 %, and $4,491 with the bonus of 20 points.
#[test]
fn w10_a_tiered_share_of_subscriptions() {
    let gross = usd("4990.00");
    let base = divide(gross, share_with(ratio("70%"), []).expect("a share")).expect("an amount");
    assert_eq!((base.creator, base.platform), (usd("3493"), usd("1497")));
    let bonus = share_with(ratio("70%"), [ratio("20%")]).expect("a share");
    assert_eq!(divide(gross, bonus).expect("an amount").creator, usd("4491"));
    let each = divide(usd("4.99"), ratio("70%")).expect("an amount");
    assert_eq!(
        each.creator.units() * 1_000,
        usd("3493").units(),
        "the same one by one"
    );
    assert_eq!(share_with(ratio("70%"), [ratio("40%")]), Ok(Ratio::ONE));
}

/// W18: 100 Bits give the creator $1.00; in an extension $0.80.
#[test]
fn w18_bits_are_worth_a_cent_to_the_creator() {
    let exchange = |units_per_token: &str| Exchange {
        units_per_token: ratio(units_per_token),
        unit_value: usd("0.01"),
    };
    let value = |units_per_token: &str| {
        let exchange = exchange(units_per_token);
        exchange
            .value(exchange.units(0, 100).expect("units"))
            .expect("an amount")
    };
    assert_eq!(value("1"), usd("1.00"));
    assert_eq!(value("80%"), usd("0.80"));
}

/// Half a diamond of $0.01 for a coin, and one of $0.005: the same money.
#[test]
fn both_conventions_of_diamonds_agree() {
    for (per_coin, worth) in [("1/2", "0.01"), ("1", "0.005")] {
        let exchange = Exchange {
            units_per_token: ratio(per_coin),
            unit_value: usd(worth),
        };
        let diamonds = exchange.units(0, 2_020).expect("units");
        assert_eq!(exchange.value(diamonds), Ok(usd("10.10")), "{per_coin}");
        let parts = exchange.units(0, 3).expect("units") + exchange.units(3, 2_020).expect("units");
        assert_eq!(parts, diamonds, "booked in two steps");
    }
}

#[test]
fn a_split_is_stated_by_the_frame() {
    let frame = |hosts: &[&str], parts: &[&str]| GiftFrame {
        event_id: "1".into(),
        room: "r".into(),
        viewer: "v".into(),
        gift: "g".into(),
        occurred_at: at(0),
        repeat_count: 1,
        repeat_end: false,
        streak: None,
        gift_type: None,
        coins_each: None,
        to_user: None,
        host: None,
        split: hosts.iter().map(|host| Arc::from(*host)).collect(),
        split_parts: parts.iter().map(|part| Arc::from(*part)).collect(),
    };
    let divided = |hosts, parts| {
        let shares = stated(&frame(hosts, parts)).map_err(|refusal| refusal.to_string())?;
        Ok::<_, String>(
            split(0, 100, &shares)
                .iter()
                .map(|(host, units)| format!("{host} {units}"))
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(divided(&[], &[]), Ok(Vec::new()));
    assert_eq!(
        divided(&["b", "a", "c"], &[]),
        Ok(vec!["b 33".into(), "a 34".into(), "c 33".into()])
    );
    assert_eq!(
        divided(&["a", "b"], &["3", "1"]),
        Ok(vec!["a 75".into(), "b 25".into()])
    );
    assert_eq!(
        divided(&["a", "b"], &["3"]),
        Err("the split names 2 hosts and 1 parts".into())
    );
    assert_eq!(
        divided(&["a", "a"], &[]),
        Err("the split names host a twice".into())
    );
    assert_eq!(
        divided(&["a"], &["0"]),
        Err("`0` parts of a split: use a whole number from 1 to 1000000".into())
    );
}

#[test]
fn redemption_has_a_minimum_and_a_daily_limit() {
    let rules = Rules {
        exchange: Exchange {
            units_per_token: Ratio::ONE,
            unit_value: usd("0.005"),
        },
        minimum: usd("50"),
        daily_limit: Some(usd("1000")),
    };
    let cases = [
        (10_000, 10_000, "0", "50.000000 USD"),
        (200_000, 900_000, "0", "1000.000000 USD"),
        (0, 10_000, "0", "no diamonds were asked for"),
        (
            10_001,
            10_000,
            "0",
            "10001 diamonds were asked for, and 10000 are there",
        ),
        (
            9_999,
            10_000,
            "0",
            "49.995000 USD is less than the smallest payment of 50.000000 USD",
        ),
        (
            20_000,
            900_000,
            "950",
            "100.000000 USD is more than the 50.000000 USD left of the daily limit of 1000.000000 USD",
        ),
        (
            20_000,
            900_000,
            "1200",
            "100.000000 USD is more than the 0.000000 USD left of the daily limit of 1000.000000 USD",
        ),
    ];
    for (asked, diamonds, today, expected) in cases {
        let account = Account {
            diamonds,
            redeemed_today: usd(today),
        };
        let said = match redeem(asked, &account, &rules).expect("amounts of one currency") {
            Ok(redeemed) => redeemed.money.to_string(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(said, expected);
    }
    let yen = Rules {
        minimum: Money::new(Asset::micro("JPY").expect("JPY"), 1),
        ..rules
    };
    let account = Account {
        diamonds: 10,
        redeemed_today: usd("0"),
    };
    assert!(redeem(10, &account, &yen).is_err());
}

#[test]
fn a_tie_goes_to_the_side_that_reached_the_score_first() {
    let side = |name: &str, hosts: &[&str]| Side {
        name: name.into(),
        hosts: hosts.iter().map(|host| Arc::from(*host)).collect(),
    };
    let points = |reference: &str, host: &str, second, points| Points {
        reference: reference.into(),
        host: host.into(),
        at: at(second),
        points,
    };
    let sides = [side("blue", &["a", "b"]), side("red", &["c"])];
    let gifts = [
        points("1", "a", -1, 1_000),
        points("2", "a", 10, 60),
        points("3", "c", 20, 100),
        points("4", "b", 30, 40),
        points("5", "c", 60, 500),
    ];
    let outcome = score(&sides, &gifts, at(0), at(60));
    assert_eq!(
        outcome.winner.as_deref(),
        Some("red"),
        "red had 100 at second 20, blue at second 30"
    );
    assert!(outcome.tie_broken);
    let placed: Vec<(&str, u64)> = outcome
        .scores
        .iter()
        .map(|score| (&*score.side, score.points))
        .collect();
    assert_eq!(placed, [("red", 100), ("blue", 100)]);
    let outcome = score(&sides, &gifts, at(0), at(61));
    assert_eq!((outcome.scores[0].points, outcome.tie_broken), (600, false));
    assert_eq!(score(&sides, &[], at(0), at(60)).winner, None);
}

fn activity(id: u32, second: i64, activity: ActivityKind, count: u32, viewer: Option<&str>) -> RoomActivity {
    RoomActivity {
        event_id: id.to_string().into(),
        room: "r".into(),
        host: Some("h".into()),
        occurred_at: at(second),
        activity,
        count,
        viewer: viewer.map(Arc::from),
        battle: None,
        battle_ends_at: None,
        team: Vec::new(),
        opponents: Vec::new(),
    }
}

/// Likes go into a room and come out as a count. There is no function from an activity to a booking: bookings are made by
/// `streak::fold` and `streak::close` alone, and they take frames and states.
#[test]
fn likes_are_counted_and_are_never_money() {
    let events = [
        activity(1, 0, ActivityKind::Start, 1, None),
        activity(2, 5, ActivityKind::Join, 1, Some("v1")),
        activity(3, 6, ActivityKind::Join, 3, None),
        activity(4, 7, ActivityKind::Like, 1_000_000, Some("v1")),
        activity(5, 65, ActivityKind::Follow, 1, Some("v2")),
        activity(6, 70, ActivityKind::Share, 1, Some("v2")),
        activity(7, 80, ActivityKind::Viewers, 4, None),
        activity(8, 90, ActivityKind::End, 1, None),
    ];
    let room = Room::of(&"r".into(), &events, &[], &[]);
    assert_eq!(
        (room.totals.likes, room.totals.follows, room.totals.shares),
        (1_000_000, 1, 1)
    );
    assert_eq!(
        (room.totals.gifts, room.totals.coins, room.totals.diamonds),
        (0, 0, 0)
    );
    assert_eq!((room.viewers, room.gifters, room.conversion_per_10000), (5, 0, 0));
    assert_eq!(room.host.as_deref(), Some("h"));
}

#[test]
fn a_room_has_a_timeline_and_its_gifters() {
    let events = [
        activity(1, 0, ActivityKind::Join, 1, Some("v1")),
        activity(2, 0, ActivityKind::Join, 1, Some("v2")),
        activity(3, 61, ActivityKind::Like, 10, Some("v3")),
    ];
    let gift = |viewer: &str, second, count, coins| RoomGift {
        viewer: viewer.into(),
        recipient: "h".into(),
        gift: "rose".into(),
        at: at(second),
        count,
        coins,
        hosts: vec![("h".into(), coins - 1), ("guest".into(), 1)],
    };
    let gifts = [gift("v2", 30, 3, 3), gift("v1", 70, 1, 500), gift("v2", 71, 1, 1)];
    let room = Room::of(&"r".into(), &events, &[], &gifts);
    let minutes: Vec<(u64, u64)> = room
        .timeline
        .iter()
        .map(|minute| (minute.counts.coins, minute.counts.likes))
        .collect();
    assert_eq!(minutes, [(3, 0), (501, 10)]);
    let top: Vec<(&str, u64)> = room
        .top_gifters
        .iter()
        .map(|gifter| (&*gifter.viewer, gifter.coins))
        .collect();
    assert_eq!(top, [("v1", 500), ("v2", 4)]);
    assert_eq!(
        (room.viewers, room.gifters, room.conversion_per_10000),
        (3, 2, 6_666)
    );
    assert_eq!((room.started_at, room.ended_at), (Some(at(0)), Some(at(71))));
    let hosts: Vec<(&str, u64)> = room
        .recipients
        .iter()
        .map(|host| (&*host.host, host.diamonds))
        .collect();
    assert_eq!(hosts, [("h", 501), ("guest", 3)]);
    assert_eq!(room.totals.diamonds, 504);
    let mut reversed = gifts.to_vec();
    reversed.reverse();
    assert_eq!(Room::of(&"r".into(), &events, &[], &reversed), room);
}

proptest! {
    #[test]
    fn a_split_always_sums_and_does_not_depend_on_order(
        diamonds in any::<u32>(),
        parts in proptest::collection::vec(1_u32..1_000, 1..8),
    ) {
        let shares: Vec<Share> = parts
            .iter()
            .enumerate()
            .map(|(host, parts)| Share { host: host.to_string().into(), parts: *parts })
            .collect();
        let mut divided = split(0, diamonds.into(), &shares);
        prop_assert_eq!(divided.iter().map(|(_, units)| units).sum::<u64>(), u64::from(diamonds));
        let mut reversed: Vec<Share> = shares;
        reversed.reverse();
        let mut other = split(0, diamonds.into(), &reversed);
        divided.sort();
        other.sort();
        prop_assert_eq!(divided, other);
    }

    #[test]
    fn a_gift_that_is_booked_in_pieces_gives_each_host_the_same(
        pieces in proptest::collection::vec(0_u32..50, 1..12),
        parts in proptest::collection::vec(1_u32..9, 1..6),
    ) {
        let shares: Vec<Share> = parts
            .iter()
            .enumerate()
            .map(|(host, parts)| Share { host: host.to_string().into(), parts: *parts })
            .collect();
        let (mut from, mut sums) = (0, vec![0; shares.len()]);
        for piece in pieces {
            let upto = from + u64::from(piece);
            let got = split(from, upto, &shares);
            prop_assert_eq!(got.iter().map(|(_, units)| units).sum::<u64>(), u64::from(piece));
            sums.iter_mut().zip(&got).for_each(|(sum, (_, units))| *sum += units);
            from = upto;
        }
        let whole: Vec<u64> = split(0, from, &shares).into_iter().map(|(_, units)| units).collect();
        prop_assert_eq!(sums, whole);
    }
}
