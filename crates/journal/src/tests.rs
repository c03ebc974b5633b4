//! Every kind of entry is written and read back, and nothing is taken for granted.

use super::*;
use proptest::prelude::*;

fn parts() -> impl Strategy<Value = Parts> {
    let part = (any::<i128>(), any::<i128>()).prop_map(|(units, us_source)| Part { units, us_source });
    prop::collection::btree_map(".{0,9}", part, 0..3)
}

fn id() -> impl Strategy<Value = Arc<str>> {
    ".{0,12}".prop_map(|id| id.as_str().into())
}

/// An entry of every kind that has a detail.
fn entry() -> impl Strategy<Value = Entry> {
    let of_run = (
        ".{0,9}",
        any::<u32>(),
        ".{0,9}",
        any::<u32>(),
        prop::option::of(any::<u32>()),
        any::<i128>(),
    );
    let changes = prop::collection::vec((".{0,5}", prop::option::of(".{0,5}")), 0..3);
    (of_run, changes, parts(), id(), any::<u64>(), 0..18_usize).prop_map(
        |((program, version, period, run, from_run, us_source), changes, shares, id, many, kind)| {
            let moved = || PayoutMoved {
                batch: program.clone(),
                payout: period.clone(),
                reference: id.to_string(),
                reason: period.clone(),
                shares: shares.clone(),
            };
            let rate = from_run.map(|run| RateUsed {
                rate: run.to_string(),
                date: period.clone(),
                source: program.clone(),
                file: Some(id.to_string()),
            });
            match kind {
                0 => Entry::Funded(Funded {
                    program,
                    version,
                    period,
                    run,
                    from_run,
                }),
                1 => Entry::Earned(Earned {
                    program,
                    version,
                    period,
                    run,
                    from_run,
                    changes: Vec::new(),
                    us_source,
                }),
                2 => Entry::Adjusted(Earned {
                    changes: changes
                        .into_iter()
                        .map(|(line, was)| Change {
                            video: line.clone(),
                            reason: line.clone(),
                            is: was.clone(),
                            line,
                            was,
                        })
                        .collect(),
                    program,
                    version,
                    period,
                    run,
                    from_run,
                    us_source,
                }),
                3 => Entry::Released(Released {
                    program,
                    version,
                    period,
                    run,
                    us_source,
                }),
                4 => Entry::SubscriptionsReleased(SubscriptionsReleased {
                    program,
                    payable_on: period,
                    us_source,
                }),
                5 => Entry::PayoutReserved(PayoutReserved {
                    batch: program.clone(),
                    payout: period.clone(),
                    reference: id.to_string(),
                    arrives: period.clone(),
                    withheld: period,
                    rate,
                    after: shares.clone(),
                    shares,
                    open: vec![program],
                }),
                6 => Entry::PayoutVoided(PayoutVoided {
                    reason: from_run.map(|run| run.to_string()),
                }),
                7 => Entry::PayoutReturned(moved()),
                8 => Entry::PayoutAfterAll(moved()),
                9 => Entry::Offset(Offset { shares }),
                10 => Entry::Invoiced(Invoiced {
                    reference: program,
                    shares,
                }),
                11 => Entry::Received(Received {
                    invoice: program,
                    reference: period,
                }),
                12 => Entry::Expired(Expired {
                    program,
                    us_source,
                    threshold: period,
                }),
                13 => Entry::Gift(Gift {
                    program: id.clone(),
                    version,
                    room: id.clone(),
                    viewer: id.clone(),
                    recipient: id.clone(),
                    gift: id,
                    count: many,
                    upto: many,
                    coins_each: run,
                    closed_by: period,
                }),
                14 => Entry::CoinsRefunded(CoinsRefunded {
                    viewer: id.clone(),
                    purchase: id,
                    reason: period,
                    money: Some(program),
                    spent_coins: many,
                    deficit: many,
                    reversed_coins: many,
                }),
                15 => Entry::GiftReversed(GiftReversed {
                    program,
                    creator: id.clone(),
                    purchase: id,
                    reason: period,
                    diamonds: many,
                    us_source,
                    redeemed: Redeemed {
                        diamonds: many,
                        us_diamonds: many,
                    },
                }),
                16 => Entry::DiamondsRedeemed(DiamondsRedeemed {
                    program,
                    creator: id,
                    diamonds: many,
                    unit_value: period.clone(),
                    money: period,
                    us_source,
                }),
                _ => Entry::Subscribed(Subscribed {
                    program,
                    viewer: id.clone(),
                    creator: id.clone(),
                    tier: Some(id),
                    price: period.clone(),
                    payable_on: period,
                }),
            }
        },
    )
}

fn action(entry: &Entry) -> &'static str {
    match entry {
        Entry::PayoutReserved(_) => "reserve",
        Entry::PayoutVoided(_) => "void",
        Entry::PayoutPaid => "settle",
        _ => "post",
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(entry in entry()) {
        let detail = entry.detail();
        prop_assert_eq!(Entry::read(action(&entry), entry.cause(), detail.as_deref()), Ok(entry));
    }
}

#[test]
fn what_says_all_by_its_cause() {
    for entry in [Entry::PayoutPaid, Entry::TaxOwed] {
        assert_eq!(entry.detail(), None);
        assert_eq!(Entry::read(action(&entry), entry.cause(), None), Ok(entry));
    }
    assert_eq!(Entry::read("reverse", "tax", None), Ok(Entry::TaxOwed));
    let bare = Entry::PayoutVoided(PayoutVoided::default());
    assert_eq!(Entry::read("void", "payout", None), Ok(bare));
}

#[test]
fn nothing_is_taken_for_granted() {
    let released = r#"{"program":"ads","version":1,"period":"2026-10","run":1,"us_source":5}"#;
    assert!(Entry::read("post", "payable", Some(released)).is_ok());
    for (cause, detail) in [
        ("payable", None),
        ("payable", Some("{")),
        (
            "payable",
            Some(r#"{"program":"ads","version":1,"period":"2026-10","run":1}"#),
        ),
        (
            "payable",
            Some(r#"{"program":"ads","version":1,"period":"2026-10","run":1,"us_source":5,"more":1}"#),
        ),
        (
            "payable",
            Some(r#"{"program":"ads","version":1,"period":"2026-10","run":1,"us_source":"5"}"#),
        ),
        ("offset", Some(r#"{"shares":{"ads":{"units":1}}}"#)),
        ("something", Some(released)),
        ("tax", Some("{}")),
    ] {
        assert!(Entry::read("post", cause, detail).is_err(), "{cause} {detail:?}");
    }
    assert_eq!(
        Entry::read("expire", "payout", None).unwrap_err().to_string(),
        "no entry has the cause `payout` and the action `expire`"
    );
}
