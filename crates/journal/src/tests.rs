//! Every kind of entry is written and read back, and nothing is taken for granted.

use super::*;
use proptest::prelude::*;

/// What entries are made of.
#[derive(Clone, Debug)]
struct Made {
    text: String,
    other: String,
    id: Arc<str>,
    version: u32,
    run: u32,
    from_run: Option<u32>,
    many: u64,
}

fn made() -> impl Strategy<Value = Made> {
    let texts = (".{0,9}", ".{0,9}", ".{0,12}");
    let numbers = (
        any::<u32>(),
        any::<u32>(),
        prop::option::of(any::<u32>()),
        any::<u64>(),
    );
    (texts, numbers).prop_map(|((text, other, id), (version, run, from_run, many))| Made {
        text,
        other,
        id: id.as_str().into(),
        version,
        run,
        from_run,
        many,
    })
}

/// Entries of periods.
fn settled(made: Made) -> Vec<Entry> {
    let Made {
        text,
        other,
        version,
        run,
        from_run,
        ..
    } = made;
    let (program, period) = (text, other);
    let change = |was: Option<&str>| Change {
        line: program.clone(),
        video: period.clone(),
        was: was.map(str::to_owned),
        is: Some(period.clone()),
        reason: "late".into(),
    };
    let earned = |changes| Earned {
        program: program.clone(),
        version,
        period: period.clone(),
        run,
        from_run,
        changes,
    };
    vec![
        Entry::Funded(Funded {
            program: program.clone(),
            version,
            period: period.clone(),
            run,
            from_run,
        }),
        Entry::Earned(earned(Vec::new())),
        Entry::Adjusted(earned(vec![change(None), change(Some("1.00"))])),
        Entry::Released(Released {
            program: program.clone(),
            version,
            period: period.clone(),
            run,
        }),
        Entry::SubscriptionsReleased(SubscriptionsReleased {
            program: program.clone(),
            payable_on: period.clone(),
        }),
        Entry::ExpiryUndone(ExpiryUndone {
            program: program.clone(),
            period: period.clone(),
            run,
        }),
        Entry::Expired(Expired {
            program,
            period: from_run.map(|run| run.to_string()),
            threshold: period.clone(),
            beside: from_run.map(|_| period).into_iter().collect(),
        }),
    ]
}

/// Entries of payouts and invoices.
fn paid(made: Made) -> Vec<Entry> {
    let Made {
        text,
        other,
        id,
        from_run,
        ..
    } = made;
    let rate = from_run.map(|run| RateUsed {
        rate: run.to_string(),
        date: other.clone(),
        source: text.clone(),
        file: Some(id.to_string()),
    });
    let moved = PayoutMoved {
        batch: text.clone(),
        payout: other.clone(),
        reference: id.to_string(),
        reason: other.clone(),
    };
    vec![
        Entry::PayoutReserved(PayoutReserved {
            batch: text.clone(),
            payout: other.clone(),
            reference: id.to_string(),
            arrives: other.clone(),
            withheld: other.clone(),
            rate,
        }),
        Entry::PayoutVoided(PayoutVoided {
            reason: from_run.map(|run| run.to_string()),
        }),
        Entry::PayoutReturned(moved.clone()),
        Entry::PayoutAfterAll(moved),
        Entry::Invoiced(Invoiced {
            reference: text.clone(),
        }),
        Entry::Received(Received {
            invoice: text.clone(),
            reference: other,
            by: text,
        }),
    ]
}

/// The period of an entry, in time or late.
fn booked_for(made: &Made) -> BookedFor {
    BookedFor {
        period: made.id.clone(),
        late_of: made.from_run.map(|run| run.to_string().into()),
    }
}

/// Entries that take gifts back.
fn gifts_back(made: Made) -> Vec<Entry> {
    let booked_for = booked_for(&made);
    let Made {
        text,
        other,
        id,
        many,
        ..
    } = made;
    vec![
        Entry::GiftCorrected(GiftCorrected {
            program: id.clone(),
            booked_for: booked_for.clone(),
            room: id.clone(),
            viewer: id.clone(),
            recipient: id.clone(),
            gift: id.clone(),
            count: many,
            number: many,
            given_in: id.clone(),
        }),
        Entry::GiftReversed(GiftReversed {
            program: text.clone(),
            booked_for,
            creator: id.clone(),
            purchase: id.clone(),
            reason: other.clone(),
            diamonds: many,
            redeemed: Redeemed {
                diamonds: many,
                us_diamonds: many,
            },
        }),
    ]
}

/// Entries of LIVE.
fn live(made: Made) -> Vec<Entry> {
    let booked_for = booked_for(&made);
    let Made {
        text,
        other,
        id,
        version,
        run,
        many,
        ..
    } = made;
    vec![
        Entry::Gift(Gift {
            program: id.clone(),
            version,
            booked_for: booked_for.clone(),
            room: id.clone(),
            viewer: id.clone(),
            recipient: id.clone(),
            gift: id.clone(),
            count: many,
            upto: many,
            coins_each: run,
            us_coins: 0,
            closed_by: other.clone(),
        }),
        Entry::CoinsBought(CoinsBought {
            program: id.clone(),
            booked_for: booked_for.clone(),
            viewer: id.clone(),
            channel: id.clone(),
            coins: run,
            price: other.clone(),
        }),
        Entry::CoinsRefunded(CoinsRefunded {
            program: id.clone(),
            booked_for: booked_for.clone(),
            viewer: id.clone(),
            purchase: id.clone(),
            reason: other.clone(),
            money: Some(text.clone()),
            spent_coins: many,
            deficit: many,
            reversed_coins: many,
        }),
        Entry::DiamondsRedeemed(DiamondsRedeemed {
            program: text.clone(),
            booked_for: booked_for.clone(),
            creator: id.clone(),
            diamonds: many,
            unit_value: other.clone(),
            money: other.clone(),
        }),
        Entry::Subscribed(Subscribed {
            program: text,
            booked_for,
            viewer: id.clone(),
            creator: id.clone(),
            tier: Some(id),
            price: other.clone(),
            payable_on: other,
        }),
    ]
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
    fn what_is_written_is_read_back(made in made()) {
        for entry in [settled(made.clone()), paid(made.clone()), gifts_back(made.clone()), live(made)].concat() {
            let detail = entry.detail();
            prop_assert_eq!(Entry::read(action(&entry), entry.cause(), detail.as_deref()), Ok(entry));
        }
    }
}

#[test]
fn what_says_all_by_its_cause() {
    for entry in [Entry::PayoutPaid, Entry::TaxOwed, Entry::Offset] {
        assert_eq!(entry.detail(), None);
        assert_eq!(Entry::read(action(&entry), entry.cause(), None), Ok(entry));
    }
    assert_eq!(Entry::read("reverse", "tax", None), Ok(Entry::TaxOwed));
    let bare = Entry::PayoutVoided(PayoutVoided::default());
    assert_eq!(Entry::read("void", "payout", None), Ok(bare));
}

#[test]
fn nothing_is_taken_for_granted() {
    let released = r#"{"program":"ads","version":1,"period":"2026-10","run":1}"#;
    assert!(Entry::read("post", "payable", Some(released)).is_ok());
    for (cause, detail) in [
        ("payable", None),
        ("payable", Some("{")),
        (
            "payable",
            Some(r#"{"program":"ads","version":1,"period":"2026-10"}"#),
        ),
        (
            "payable",
            Some(r#"{"program":"ads","version":1,"period":"2026-10","run":1,"more":1}"#),
        ),
        (
            "payable",
            Some(r#"{"program":"ads","version":1,"period":"2026-10","run":"1"}"#),
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
