//! Which of two statements shows again what the other has shown, where the bank gives bookings no references.

use super::{PART, back, entry, four, one, report, rows};

fn of(span: &str, entries: &str) -> String {
    let (from, to) = span.split_once(' ').unwrap();
    format!("<FrToDt><FrDtTm>2026-11-{from}</FrDtTm><ToDtTm>2026-11-{to}</ToDtTm></FrToDt>{entries}")
}

/// A statement that begins and ends with a balance.
fn balanced(opening: u32, closing: u32, entries: &str) -> String {
    let balance = |code: &str, amount: u32| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        )
    };
    format!(
        "{}{}{entries}",
        balance("OPBD", opening),
        balance("CLBD", closing)
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
            vec![balanced(1000, 900, &order()), balanced(900, 800, &order())],
            "STTT",
            "1",
        ),
        (
            "all of a day",
            vec![
                balanced(1000, 900, &order()),
                balanced(1000, 899, &(order() + &entry("-1.00 3", ""))),
            ],
            "STTT",
            "",
        ),
        (
            "a day of which the last part was shown before",
            vec![
                balanced(999, 899, &order()),
                balanced(1000, 899, &(order() + &entry("-1.00 3", ""))),
            ],
            "STTT",
            "",
        ),
    ]);
}

/// A bank puts no copy into the same message.
#[test]
fn two_of_one_message_are_told_apart() {
    let order = || one("-100.00 3", "{1}");
    rows(&[
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
    let text = |entries: &str| balanced(1000, 900, &numbered(7, entries));
    let order = || one("-100.00 3 B1", "{1}");
    let came_back = || back("+100.00 5 R1", "{1}");
    let again = || "</Stmt><Stmt><Id>T</Id>".to_owned() + &text(&order());
    rows(&[(
        "and comes back",
        vec![text(&order()), again(), came_back()],
        "RTTT",
        "",
    )]);
}

/// A second booking under one reference, or in the other form, in a statement that goes on where the first ended.
#[test]
fn a_statement_that_follows_shows_another_booking() {
    let amounts = ["100.00", "80.00", "50.00", "20.00"];
    let order = || one("-100.00 3 FT1", "{1}");
    let sum = || entry("-250.00 3 FT9", PART);
    let next =
        |number, opening, closing, entries: &str| numbered(number, &balanced(opening, closing, entries));
    let came_back = || next(9, 500, 600, &back("+100.00 5 R1", "{1}"));
    rows(&[
        (
            "one reference",
            vec![next(1, 1000, 900, &order()), next(2, 900, 800, &order())],
            "STTT",
            "1",
        ),
        (
            "of a sum",
            vec![next(1, 1000, 750, &sum()), next(2, 750, 500, &sum())],
            "SSSS",
            "1234",
        ),
        (
            "a sum, and one of it",
            vec![
                next(1, 1000, 750, &sum()),
                next(2, 750, 650, &one("-100.00 3 FT8", "{1}")),
                came_back(),
            ],
            "SSSS",
            "1",
        ),
        (
            "one, and the sum",
            vec![
                next(1, 1000, 900, &one("-100.00 3 FT8", "{1}")),
                next(2, 900, 650, &sum()),
            ],
            "STTT",
            "1234",
        ),
        (
            "a sum, and its details",
            vec![
                next(1, 1000, 750, &sum()),
                next(2, 750, 500, &four("-250.00 3 FT8", amounts)),
            ],
            "SSSS",
            "1234",
        ),
        (
            "details of the same time",
            vec![
                next(1, 1000, 750, &sum()),
                next(2, 1000, 750, &four("-250.00 3 FT8", amounts)),
            ],
            "SSSS",
            "",
        ),
    ]);
}

/// Out, back and out again on a day: the third statement begins as the first did, and is no copy of it.
#[test]
fn a_balance_that_is_there_again_is_no_copy() {
    for reference in ["", " ORD1"] {
        let out = balanced(1000, 900, &one(&format!("-100.00 3{reference}"), "{1}"));
        let came_back = balanced(900, 1000, &back("+100.00 3 R1", "{1}"));
        let again = format!("</Stmt><Stmt><Id>S3</Id>{out}");
        rows(&[("once more", vec![out, came_back, again], "RTTT", "1")]);
    }
}

/// A bank may book a file as it was sent, and give back what it refused.
#[test]
fn what_was_refused_may_be_in_the_sum_that_brings_it_back() {
    let refused = || report("PART", "", &[("{4}", "RJCT AC04")]);
    let gross = || entry("-250.00 3 B1", PART) + &back("+20.00 3 B2", "{4}");
    rows(&[
        ("the report first", vec![refused(), gross()], "SSSF", ""),
        ("the statement first", vec![gross(), refused()], "SSSR", ""),
        (
            "not given back",
            vec![refused(), entry("-250.00 3 B1", PART)],
            "TTTF",
            "1234",
        ),
    ]);
}
