//! What the times say that banks give: second submissions, days to come, and what left beside a break.

use super::*;

/// A report of November.
fn dated(said: &str, day: u32) -> String {
    let made = format!("<GrpHdr><CreDtTm>2026-11-0{day}T10:00:00</CreDtTm></GrpHdr>");
    let text = report("", "", &[("{1}", said)]);
    text.replacen("<CstmrPmtStsRpt>", &format!("<CstmrPmtStsRpt>{made}"), 1)
}

fn pending(day: u32) -> String {
    one(&format!("-100.00 {day}"), "{1}").replace(">BOOK<", ">PDNG<")
}

/// A file that is brought to the bank again while the first payment is on its way back.
#[test]
fn what_is_taken_on_again_before_it_came_back_is_not_free() {
    let left = || one("-100.00 3 X1", "{1}");
    let back = || back("+100.00 6 R1", "{1}");
    let accepted = || dated("ACCP", 2);
    rows(&[
        ("once", vec![accepted(), left(), back()], "RTTT", ""),
        (
            "done a day after",
            vec![dated("ACSC", 4), left(), back()],
            "RTTT",
            "",
        ),
        (
            "accepted again",
            vec![accepted(), left(), dated("ACCP", 5), back()],
            "STTT",
            "1",
        ),
        (
            "done again",
            vec![dated("ACSC", 2), dated("ACSC", 5), back()],
            "STTT",
            "1",
        ),
        ("pending again", vec![left(), pending(5), back()], "STTT", "1"),
        (
            "on the day of the return",
            vec![left(), pending(6), back()],
            "STTT",
            "1",
        ),
        (
            "that it left comes last",
            vec![dated("ACCP", 5), back(), left()],
            "RTTT",
            "1",
        ),
        (
            "no statement that it left",
            vec![accepted(), dated("RCVD", 5), back()],
            "TTTT",
            "1",
        ),
    ]);
}

/// What a bank says next of one submission, a day later, is not another one.
#[test]
fn the_next_word_of_a_submission_is_no_second_one() {
    let part = || {
        let text = report("PART", "", &[("{2}", "RJCT AC04")]);
        text.replacen(
            "<CstmrPmtStsRpt>",
            "<CstmrPmtStsRpt><GrpHdr><CreDtTm>2026-11-03T06:00:00</CreDtTm></GrpHdr>",
            1,
        )
    };
    let left = || one("-100.00 3 X1", "{1}");
    let back = || back("+100.00 5 R1", "{1}");
    for first in ["RCVD", "ACTC", "ACCP", "ACSP"] {
        rows(&[
            (first, vec![dated(first, 2), part(), left(), back()], "RFTT", ""),
            (
                first,
                vec![dated(first, 2), dated("PDNG", 3), left(), back()],
                if first == "ACSP" { "STTT" } else { "RTTT" },
                if first == "ACSP" { "1" } else { "" },
            ),
        ]);
    }
}

/// A person says that it came back, some days later; statements say on which, and that it left after it.
#[test]
fn what_a_person_said_does_not_hide_a_later_leaving() {
    let [returned, left] = [back("+100.00 5 R1", "{1}"), one("-100.00 6 B2", "{1}")];
    for messages in [[&returned, &left], [&left, &returned]] {
        let (mut batch, sent) = sent_batch();
        let payout = &mut batch.payouts[0];
        payout.state = PayoutState::Returned;
        payout.told.push(Told {
            to: PayoutState::Returned,
            by: "bob".into(),
            at: "2026-11-29T09:00:00Z".parse().unwrap(),
            file: None,
        });
        let mut breaks = 0;
        for message in messages {
            let found = read(&batch, &sent, message);
            apply(&mut batch, &found, SOURCE).unwrap();
            breaks += found.breaks.len();
        }
        assert_eq!(breaks, 1);
    }
}

/// Somebody who fills the list makes nothing forgotten.
#[test]
fn what_is_told_too_often_is_not_free() {
    let many: String = (0..64)
        .map(|at| {
            pending(3).replace(
                "2026-11-03",
                &format!("2026-{:02}-{:02}", 8 + at / 28, 1 + at % 28),
            )
        })
        .collect();
    rows(&[
        ("refused", vec![many.clone(), dated("RJCT AC04", 2)], "TTTT", "1"),
        (
            "returned",
            vec![one("-100.00 3 X1", "{1}"), many, back("+100.00 4 R1", "{1}")],
            "STTT",
            "1",
        ),
    ]);
}

/// Money that left beside a break counts, whatever the break was and whoever closed it.
#[test]
fn what_left_beside_a_break_has_left() {
    let elsewhere =
        "<RltdPties><CdtrAcct><Id><IBAN>DE02500105170137075030</IBAN></Id></CdtrAcct></RltdPties>";
    let again = || one("-100.00 5 X2", "{1}");
    let four_of = |said: &str| four(said, [""; 4]);
    rows(&[
        (
            "with a fee in it",
            vec![one("-105.00 3 X1", "{1}"), again()],
            "TTTT",
            "1",
        ),
        (
            "a fee under its reference",
            vec![one("-1.50 3 F1", "{1}"), again()],
            "STTT",
            "1",
        ),
        (
            "to another account",
            vec![entry("-100.00 3 X1", &details(&[("{1}", elsewhere)])), again()],
            "TTTT",
            "1",
        ),
        (
            "details that differ",
            vec![
                four_of("-252.00 3 E1"),
                four("-250.00 5 E2", ["100.00", "80.00", "50.00", "20.00"]),
            ],
            "TTTT",
            "1234",
        ),
        (
            "and then the same as it is",
            vec![
                four_of("-252.00 3 E1"),
                four("-250.00 3 E1", ["100.00", "80.00", "50.00", "20.00"]),
            ],
            "SSSS",
            "1234",
        ),
        (
            "another sum",
            vec![entry("-240.00 3 E1", PART), entry("-250.00 5 E2", PART)],
            "TTTT",
            "1234",
        ),
        (
            "and a refusal",
            vec![one("-105.00 3 X1", "{1}"), dated("RJCT AC04", 4)],
            "TTTT",
            "1",
        ),
    ]);
}

/// What the bank says of a day that it writes by its own clock, or of none.
#[test]
fn days_are_those_that_the_bank_writes() {
    let made = |said: &str, at: &str| dated(said, 1).replace("2026-11-01T10:00:00", at);
    let left = || one("-100.00 3 X1", "{1}");
    let back = || back("+100.00 5 R1", "{1}");
    let undated = || pending(5).replace("<BookgDt><Dt>2026-11-05</Dt></BookgDt>", "");
    let in_statement = || format!("<CreDtTm>2026-11-06T18:00:00</CreDtTm>{}", undated());
    rows(&[
        (
            "on the day",
            vec![left(), made("ACSP", "2026-11-03T19:30:00-05:00"), back()],
            "RTTT",
            "",
        ),
        (
            "at night",
            vec![left(), made("ACSP", "2026-11-04T00:30:00+01:00"), back()],
            "STTT",
            "1",
        ),
        (
            "in the morning in Japan",
            vec![left(), made("ACSP", "2026-11-04T08:30:00+09:00"), back()],
            "STTT",
            "1",
        ),
        (
            "at midnight",
            vec![left(), made("ACSP", "2026-11-04T24:00:00"), back()],
            "STTT",
            "1",
        ),
        (
            "a pending debit of no day",
            vec![left(), back(), undated()],
            "RTTT",
            "1",
        ),
        ("read before", vec![left(), undated(), back()], "STTT", "1"),
        (
            "of its statement's day",
            vec![left(), in_statement(), back()],
            "STTT",
            "1",
        ),
    ]);
}

/// Accepted in part, with only what is refused in it: the rest may be on its way again.
#[test]
fn a_file_that_is_accepted_in_part_after_a_return() {
    let part = |day: u32| {
        let text = report("PART", "", &[("{2}", "RJCT AC04")]);
        let made = format!("<GrpHdr><CreDtTm>2026-11-0{day}T10:00:00</CreDtTm></GrpHdr>");
        text.replacen("<CstmrPmtStsRpt>", &format!("<CstmrPmtStsRpt>{made}"), 1)
    };
    let [left, back] = [one("-100.00 3 X1", "{1}"), back("+100.00 5 R1", "{1}")];
    rows(&[
        (
            "of the first time",
            vec![part(2), left.clone(), back.clone()],
            "RFTT",
            "",
        ),
        (
            "after it came back",
            vec![left.clone(), back.clone(), part(6)],
            "RFTT",
            "1",
        ),
        ("read before", vec![left, part(6), back], "SFTT", "1"),
    ]);
}

/// A bank that takes a return back, or sends another amount the second time: it has left again.
#[test]
fn what_leaves_again_in_another_form_counts() {
    let [left, back] = [one("-100.00 3 X1", "{1}"), back("+100.00 5 R1", "{1}")];
    let reversal = || one("-100.00 6 V1 !", "{1}");
    let of_all = || {
        vec![
            entry("-250.00 3 S1", PART),
            entry("-250.00 6 V1 !", PART),
            entry("+250.00 5 R1", PART),
        ]
    };
    rows(&[
        (
            "a reversal of the return",
            vec![left.clone(), back.clone(), reversal()],
            "RTTT",
            "1",
        ),
        (
            "read before",
            vec![left.clone(), reversal(), back.clone()],
            "STTT",
            "1",
        ),
        ("of a sum", of_all(), "SSSS", "1234"),
        (
            "another amount",
            vec![left.clone(), one("-101.50 4 X2", "{1}"), back.clone()],
            "STTT",
            "1",
        ),
        ("a fee", vec![left, one("-1.50 4 X2", "{1}"), back], "RTTT", "1"),
    ]);
}

/// Names and accounts were compared before anything was done: nothing is accepted or refused.
#[test]
fn verification_of_payees_says_nothing_of_money() {
    let each = [("{1}", "RVMC"), ("{2}", "RVNM"), ("{3}", "RVNA"), ("{4}", "RCVC")];
    rows(&[
        (
            "all fit",
            vec![report("RCVC", "", &[]), one("-100.00 3", "{1}")],
            "STTT",
            "",
        ),
        ("not all", vec![report("RVCM", "", &each)], "TTTT", ""),
        (
            "and is refused",
            vec![report("RVCM", "", &each), dated("RJCT AC04", 2)],
            "FTTT",
            "",
        ),
    ]);
}

/// What is booked on a day that is to come is taken when that day is there.
#[test]
fn what_is_to_come_is_not_taken() {
    let (mut batch, sent) = sent_batch();
    let day = |day: i8| jiff::civil::date(2026, 11, day);
    let message = [
        one("-100.00 3", "{1}"),
        entry("-250.00 5", PART),
        one("-9.00 6", "{none}"),
    ]
    .concat();
    let found = read_until(&batch, &sent, &message, day(4));
    let breaks = found
        .breaks
        .iter()
        .map(|one| (one.payouts.len(), one.kind.clone()));
    let not_yet = BreakKind::NotYet { day: day(5) };
    assert_eq!(breaks.collect::<Vec<_>>(), [(4, not_yet)]);
    assert_eq!((found.transitions.len(), found.seen.len()), (1, 1));
    apply(&mut batch, &found, SOURCE).unwrap();
    // The same statement, when the day is there.
    let found = read_until(&batch, &sent, &message, day(6));
    assert!(
        found
            .breaks
            .iter()
            .all(|one| !matches!(one.kind, BreakKind::NotYet { .. }))
    );
}
