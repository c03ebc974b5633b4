//! The way of a batch, and what is refused on it.

use super::*;
use crate::testing::{batch, money, order, payee};
use jiff::civil::date;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

#[test]
fn the_way_of_a_batch() {
    let mut batch = batch(&["anna", "ben"]);
    let held = batch.payouts[1].id.clone();
    batch.hold(&held, "name is checked").unwrap();
    batch.release(&held).unwrap();
    batch.hold(&held, "name is checked").unwrap();
    batch.approve("olga", at(1)).unwrap();
    assert!(matches!(batch.release(&held), Err(BatchError::TooLate { .. })));
    batch.export("olga", at(2)).unwrap();
    assert!(matches!(
        batch.cancel_payout(&held, "x"),
        Err(BatchError::TooLate { .. })
    ));
    assert_eq!(batch.payouts[0].state, PayoutState::InTransit);
    assert_eq!(batch.payouts[1].state, PayoutState::Held);
    batch.execute("bank", at(3)).unwrap();
    assert_eq!(
        batch.close("olga", at(4)).unwrap_err().to_string(),
        "batch 2026-11-a has 1 payouts without an answer: reconcile them before closing it"
    );
    batch.payouts[0].change_to(PayoutState::Succeeded, None).unwrap();
    batch.close("olga", at(5)).unwrap();
    assert_eq!(batch.payouts[1].state, PayoutState::Cancelled);
    assert_eq!((batch.prepared_by(), batch.approved_by()), ("piet", Some("olga")));
    assert_eq!(batch.history.len(), 5);
    // A document does not say who anybody is; that is put in where it is known.
    let text = serde_json::to_string(&batch).unwrap();
    let mut read: Batch = serde_json::from_str(&text).unwrap();
    for (read, payout) in read.payouts.iter_mut().zip(&batch.payouts) {
        assert!(read.recipient.is_erased() && !payout.recipient.is_erased());
        assert_eq!(read.recipient.to.rail(), payout.recipient.to.rail());
        for word in [
            payout.recipient.name.as_str(),
            payout.recipient.to.iban().unwrap().as_str(),
        ] {
            assert!(!text.contains(word), "{word} in {text}");
        }
        read.recipient.name_by(payout.recipient.particulars());
    }
    assert_eq!(read, batch);
}

#[test]
fn makers_do_not_check() {
    for same in ["piet", " Piet ", "PIET", "piet.", "p i e t", "рiet"] {
        let mut batch = batch(&["anna"]);
        let before = batch.clone();
        let error = batch.approve(same, at(1)).unwrap_err();
        assert!(matches!(error, BatchError::SamePerson { .. }), "{error}");
        assert_eq!(batch, before);
    }
    for nobody in ["  ", "...", "\u{200b}"] {
        assert!(batch(&["anna"]).approve(nobody, at(1)).is_err(), "{nobody:?}");
    }
}

type Step = fn(&mut Batch) -> Result<(), BatchError>;

#[test]
fn every_pair_of_states_is_in_the_table_or_refused() {
    let steps: [(BatchState, Step); 5] = [
        (BatchState::Approved, |batch| batch.approve("olga", at(1))),
        (BatchState::Exported, |batch| batch.export("olga", at(1))),
        (BatchState::Executed, |batch| batch.execute("olga", at(1))),
        (BatchState::Closed, |batch| batch.close("olga", at(1))),
        (BatchState::Cancelled, |batch| batch.cancel("olga", at(1))),
    ];
    for from in BatchState::ALL {
        for (to, step) in steps {
            let mut batch = batch(&["anna"]);
            batch.state = from;
            // Of what leaves something is pending; a batch is closed when nothing is open.
            batch.payouts[0].state = match to {
                BatchState::Closed => PayoutState::Cancelled,
                _ => PayoutState::Pending,
            };
            let allowed = BATCH_TRANSITIONS.contains(&(from, to));
            assert_eq!(step(&mut batch).is_ok(), allowed, "{from} to {to}");
            assert_eq!(batch.state, if allowed { to } else { from });
        }
    }
}

#[test]
fn a_batch_of_which_nothing_leaves_goes_nowhere() {
    let mut batch = batch(&["anna"]);
    batch.payouts[0].state = PayoutState::Held;
    let refused = batch.approve("olga", at(1));
    assert!(matches!(refused, Err(BatchError::Nothing { .. })));
    batch.state = BatchState::Approved;
    let refused = batch.export("olga", at(1));
    assert!(matches!(refused, Err(BatchError::Nothing { .. })));
    assert!(batch.cancel("olga", at(2)).is_ok());
}

#[test]
fn payouts_follow_their_table() {
    for from in PayoutState::ALL {
        for to in PayoutState::ALL {
            let mut payout = batch(&["anna"]).payouts.remove(0);
            payout.state = from;
            assert_eq!(
                payout.change_to(to, None).is_ok(),
                PAYOUT_TRANSITIONS.contains(&(from, to))
            );
        }
    }
}

#[test]
fn what_cannot_be_prepared() {
    let id = BatchId::new("b").unwrap();
    let day = date(2026, 11, 15);
    assert!(matches!(
        Batch::prepare(id.clone(), day, vec![], "piet", at(0)),
        Err(BatchError::Empty { .. })
    ));
    let anna = payee(&[]);
    let payout = Payout::new(&id, order(&anna, "10.00 EUR")).unwrap();
    assert!(matches!(
        Batch::prepare(id.clone(), day, vec![payout.clone(), payout], "piet", at(0)),
        Err(BatchError::Twice { .. })
    ));
    let mut wrong = order(&anna, "10.00 EUR");
    wrong.gross = money("11.00 EUR");
    assert!(matches!(
        Payout::new(&id, wrong),
        Err(PayoutError::SharesDiffer { .. })
    ));
    let mut wrong = order(&anna, "10.00 EUR");
    wrong.amount = money("12.00 USD");
    assert!(matches!(
        Payout::new(&id, wrong),
        Err(PayoutError::NotConverted { .. })
    ));
    wrong = order(&anna, "10.00 EUR");
    wrong.amount = money("9.98 EUR");
    assert!(matches!(
        Payout::new(&id, wrong),
        Err(PayoutError::NotConverted { .. })
    ));
    assert!(matches!(
        Payout::new(&id, order(&anna, "0.00 EUR")),
        Err(PayoutError::NothingToPay { .. })
    ));
}

#[test]
fn an_execution_date_that_is_over_is_moved_until_the_batch_has_left() {
    let mut batch = batch(&["anna"]);
    assert_eq!(batch.move_execution(date(2026, 11, 10)), Ok(None));
    assert_eq!(batch.move_execution(date(2026, 11, 16)), Ok(None));
    batch.approve("olga", at(1)).unwrap();
    // A Saturday, twelve days later.
    assert_eq!(
        batch.move_execution(date(2026, 11, 28)),
        Ok(Some(date(2026, 11, 16)))
    );
    assert_eq!(batch.execution_date, date(2026, 11, 30));
    // A day that no bank is asked for, however it came there, is not moved.
    let mut late = batch.clone();
    late.execution_date = date(9999, 12, 31);
    assert!(matches!(
        late.move_execution(date(2026, 11, 28)),
        Err(BatchError::Late { .. })
    ));
    batch.export("olga", at(2)).unwrap();
    assert!(batch.move_execution(date(2027, 1, 4)).is_err());
}
