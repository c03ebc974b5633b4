//! Payouts that were converted, in statements of an account in another currency.

use super::{Batch, PART, SOURCE, Sent, apply, back, details, entry, of_kind, one, read, sent_batch};
use crate::batch::Conversion;
use crate::testing::money;
use jiff::civil::date;

/// The same batch, of which the first payout is of 110 dollars for 100 euros.
fn converted() -> (Batch, Sent) {
    let (mut batch, sent) = sent_batch();
    let first = &mut batch.payouts[0];
    (first.amount, first.net, first.gross) = (money("110.00 USD"), money("100.00 EUR"), money("100.00 EUR"));
    first.conversion = Some(Conversion {
        rate: money::Ratio::parse("1.1").unwrap(),
        published_on: date(2026, 11, 2),
        source: "ECB".to_owned(),
        file: None,
    });
    (batch, sent)
}

/// What was booked in the account's currency is near what was converted, or it is something else.
#[test]
fn a_conversion_is_booked_near_its_rate() {
    let (batch, sent) = converted();
    let instructed = "<AmtDtls><InstdAmt><Amt Ccy=\"USD\">110.00</Amt></InstdAmt></AmtDtls>";
    let charged = format!("{instructed}<Chrgs><Rcrd><Amt Ccy=\"EUR\">12.50</Amt></Rcrd></Chrgs>");
    let fee = |entry: String| of_kind(&entry, "ICDT").replace("ESCT", "CHRG");
    let booked = |said: &str| entry(said, &details(&[("{1}", instructed)]));
    for (message, moved, breaks) in [
        (booked("-100.00 3"), 1, 0),
        (booked("-104.50 3"), 1, 0),
        (one("-104.50 3", "{1}"), 1, 0),
        (entry("-112.50 3", &details(&[("{1}", &charged)])), 1, 0),
        (booked("-995.00 3"), 0, 1),
        (booked("-12.00 3"), 0, 1),
        (one("-112.50 3", "{1}"), 0, 1),
        (fee(booked("-100.00 3")), 0, 1),
        (fee(one("-1.50 3", "{1}")), 0, 0),
        // A charge of it that is taken back is no return of it; what came back is near it.
        (entry("+5.00 5 !", &details(&[("{1}", instructed)])), 0, 1),
    ] {
        let found = read(&batch, &sent, &message);
        assert_eq!(
            (found.transitions.len(), found.breaks.len()),
            (moved, breaks),
            "{message}"
        );
    }
}

/// A part of one payment may be booked as a sum in the account's currency; of several it is not known which are in it.
#[test]
fn a_part_of_one_conversion_is_booked_near_its_rate() {
    let (batch, mut sent) = converted();
    for (so_many, moved) in [(1, 1), (2, 0)] {
        sent.payments[0].end_to_end_ids = batch.payouts[..so_many]
            .iter()
            .map(|payout| payout.end_to_end_id.clone())
            .collect();
        let found = read(&batch, &sent, &entry("-104.50 3", PART));
        assert_eq!(
            (found.transitions.len(), found.breaks.len()),
            (moved, 1 - moved),
            "{so_many}"
        );
    }
}

/// What bears no name is compared with what was booked, too.
#[test]
fn a_conversion_that_comes_back_without_a_name_is_looked_at() {
    let account = "<RltdPties><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></DbtrAcct></RltdPties>";
    let from_payee = entry("+100.00 5 R1", &details(&[("NOTPROVIDED", account)]));
    for (messages, breaks) in [
        ([one("-100.00 3 B1", "{1}"), of_kind(&from_payee, "RCDT")], 1),
        ([back("+100.00 5 R1", "{1}"), entry("-100.00 6 V1", "")], 1),
    ] {
        let (mut batch, sent) = converted();
        let first = read(&batch, &sent, &messages[0]);
        assert_eq!(first.transitions.len(), 1, "{}", messages[0]);
        apply(&mut batch, &first, SOURCE).unwrap();
        assert_eq!(
            read(&batch, &sent, &messages[1]).breaks.len(),
            breaks,
            "{}",
            messages[1]
        );
    }
}

/// One booking has one amount: another one on the day is another booking, whatever the bank calls both. What has charges in it is the same
/// without them.
#[test]
fn another_amount_on_the_same_day_is_another_booking() {
    let charged = "<Chrgs><Rcrd><Amt Ccy=\"EUR\">2.50</Amt></Rcrd></Chrgs>";
    let instructed = "<AmtDtls><InstdAmt><Amt Ccy=\"USD\">110.00</Amt></InstdAmt></AmtDtls>";
    let with = |said: &str, more: &str| entry(said, &details(&[("{1}", more)]));
    for (first, second, breaks) in [
        (one("-100.37 3", "{1}"), one("-100.37 3", "{1}"), 0),
        (one("-100.37 3", "{1}"), one("-100.41 3", "{1}"), 1),
        (one("-100.37 3 B1", "{1}"), one("-100.41 3", "{1}"), 1),
        (one("-100.37 3 B1", "{1}"), one("-100.41 3 B1", "{1}"), 1),
        (with("-100.37 3", instructed), with("-100.41 3", instructed), 1),
        (with("-100.37 3", instructed), one("-100.37 3", "{1}"), 0),
        (with("-102.50 3", charged), one("-100.00 3", "{1}"), 0),
        (one("-100.00 3", "{1}"), with("-102.50 3", charged), 0),
    ] {
        let (mut batch, sent) = converted();
        let found = read(&batch, &sent, &first);
        assert_eq!((found.transitions.len(), found.breaks.len()), (1, 0), "{first}");
        apply(&mut batch, &found, SOURCE).unwrap();
        let found = read(&batch, &sent, &second);
        assert_eq!(found.breaks.len(), breaks, "{first} {second}");
    }
}

/// So it is of what comes back.
#[test]
fn another_amount_that_comes_back_is_another_return() {
    for (second, breaks) in [("+97.00 5", 0), ("+98.00 5", 1)] {
        let (mut batch, sent) = sent_batch();
        for (message, moved) in [(one("-100.00 3", "{1}"), 1), (back("+97.00 5", "{1}"), 1)] {
            let found = read(&batch, &sent, &message);
            assert_eq!((found.transitions.len(), found.breaks.len()), (moved, 0));
            apply(&mut batch, &found, SOURCE).unwrap();
        }
        let found = read(&batch, &sent, &back(second, "{1}"));
        assert_eq!(found.breaks.len(), breaks, "{second}");
    }
}
