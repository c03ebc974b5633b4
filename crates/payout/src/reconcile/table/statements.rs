//! Which of two statements shows again what the other has shown, where the bank gives bookings no references.

use super::{entry, four, one, rows};

fn of(span: &str, entries: &str) -> String {
    let (from, to) = span.split_once(' ').unwrap();
    format!("<FrToDt><FrDtTm>2026-11-{from}</FrDtTm><ToDtTm>2026-11-{to}</ToDtTm></FrToDt>{entries}")
}

fn begins(balance: &str, entries: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{balance}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>{entries}"
    )
}

fn numbered(number: u32, text: &str) -> String {
    format!("<ElctrncSeqNb>{number}</ElctrncSeqNb>{text}")
}

/// A second booking in another statement of the day is one.
#[test]
fn two_of_a_day_are_told_apart() {
    let order = || one("-100.00 3", "{1}");
    let sum = || four("-250.00 3", ["100.00", "80.00", "50.00", "20.00"]);
    let (morning, evening) = ("03T00:00:00 03T11:59:59", "03T12:00:00 03T23:59:59");
    rows(&[
        (
            "by their times",
            vec![of(morning, &order()), of(evening, &order())],
            "STTT",
            "1",
        ),
        (
            "a sum",
            vec![of(morning, &sum()), of(evening, &sum())],
            "SSSS",
            "1234",
        ),
        (
            "the later first",
            vec![of(evening, &order()), of(morning, &order())],
            "STTT",
            "1",
        ),
        (
            "of the whole day",
            vec![of(morning, &order()), of("03T00:00:00 03T23:59:59", &order())],
            "STTT",
            "",
        ),
        (
            "until midnight",
            vec![
                of("03T00:00:00 04T00:00:00", &order()),
                of("01T00:00:00 03T00:00:00", &order()),
            ],
            "STTT",
            "",
        ),
        (
            "by their balances",
            vec![begins("1000.00", &order()), begins("900.00", &order())],
            "STTT",
            "1",
        ),
        (
            "of one balance",
            vec![
                begins("1000.00", &order()),
                begins("1000.00", &(order() + &entry("-1.00 3", ""))),
            ],
            "STTT",
            "",
        ),
        (
            "two of one message",
            vec![order() + "</Stmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S2</Id>" + &order()],
            "STTT",
            "1",
        ),
        (
            "a day and its week in one message",
            vec![
                of("03T00:00:00 03T23:59:59", &order())
                    + "</Stmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S2</Id>"
                    + &of("01T00:00:00 07T23:59:59", &order()),
            ],
            "STTT",
            "",
        ),
    ]);
}

/// A month that the bank says to be one shows again what its days have shown, under whatever number and reference.
#[test]
fn a_month_shows_its_days_again() {
    let month = |entries: &str| numbered(11, &of("01T00:00:00 30T23:59:59", entries));
    let day = |entries: &str| numbered(211, &of("03T00:00:00 03T23:59:59", entries));
    let known = |reference: &str| one(&format!("-100.00 3{reference}"), "{1}");
    rows(&[
        (
            "without references",
            vec![day(&known("")), month(&known(""))],
            "STTT",
            "",
        ),
        (
            "the month first",
            vec![month(&known("")), day(&known(""))],
            "STTT",
            "",
        ),
        (
            "other references",
            vec![day(&known(" A1")), month(&known(" M7"))],
            "STTT",
            "",
        ),
        (
            "none in the month",
            vec![day(&known(" A1")), month(&known(""))],
            "STTT",
            "",
        ),
        (
            "twice in the month",
            vec![day(&known(" A1")), month(&(known(" M7") + &known(" M8")))],
            "STTT",
            "1",
        ),
        (
            "of a day that does not say so",
            vec![numbered(211, &known("")), month(&known(""))],
            "STTT",
            "",
        ),
        // By what is on it alone it may be the next one.
        (
            "a month that does not say so",
            vec![
                day(&known("")),
                numbered(11, &(known("") + &entry("-1.00 9", ""))),
            ],
            "STTT",
            "1",
        ),
    ]);
}

/// A statement that is fetched again under another id is the same one.
#[test]
fn what_is_fetched_again_under_another_id_is_a_copy() {
    let text = |entries: &str| begins("1000.00", &numbered(7, entries));
    let order = || one("-100.00 3 B1", "{1}");
    let back = || super::back("+100.00 5 R1", "{1}");
    let again = || "</Stmt><Stmt><Id>T</Id>".to_owned() + &text(&order());
    rows(&[(
        "and comes back",
        vec![text(&order()), again(), back()],
        "RTTT",
        "",
    )]);
}
