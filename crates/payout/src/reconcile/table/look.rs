//! Movements that name nothing and are looked at again when more is known.

use super::nameless::order;
use super::{
    PART, SOURCE, after, apply, back, entry, looked_again, of_kind, one, read, read_after, report, rows,
    sent_batch, sent_batch_of,
};
use crate::batch::{EndToEndId, PayoutState};
use crate::iso20022::read_camt053;
use crate::reconcile::{Unmatched, hold_back, look_again, with_statements};
use jiff::civil::Date;

/// What goes out while an answer waits that frees as much is told as soon as somebody takes that up.
#[test]
fn what_goes_out_while_an_answer_waits_is_told() {
    for (freed, out) in [
        (back("+100.00 5 R1", "{1}"), "-100.00 7 V1"),
        (report("", "", &[("{1}", "RJCT AC04")]), "-100.00 7 V1"),
        (
            back("+100.00 5 R1", "{1}") + &back("+80.00 5 R2", "{2}"),
            "-180.00 7 V1",
        ),
    ] {
        let (mut batch, sent) = sent_batch();
        let left = order() + &one("-80.00 3 ORD2", "{2}");
        let is_refused = freed.contains("RJCT");
        let before = if is_refused { String::new() } else { left };
        let left = read(&batch, &sent, &before);
        apply(&mut batch, &left, SOURCE).unwrap();
        let mut waits = read(&batch, &sent, &freed);
        let waiting = hold_back(&mut waits, |_| true);
        apply(&mut batch, &waits, SOURCE).unwrap();
        let kept = vec![read(&batch, &sent, &entry(out, "")).unmatched];
        let taken_up = read(&batch, &sent, &freed);
        apply(&mut batch, &taken_up, SOURCE).unwrap();
        let said = looked_again(&mut batch, &sent, &kept);
        let told: usize = said.iter().map(|one| one.payouts.len()).sum();
        assert_eq!(told, waiting.len(), "{freed}");
    }
}

/// What names nothing is kept, and looked at again when more is known.
#[test]
fn what_is_read_too_early_is_looked_at_later() {
    let names = |text: &str| format!("<AddtlNtryInf>{text}</AddtlNtryInf>");
    let sum = || entry("-250.00 3 B1", PART);
    rows(&[
        (
            "it takes back what is read later",
            vec![order(), entry("-100.00 6 V1", ""), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "less a fee",
            vec![order(), entry("-97.50 6 V1", ""), back("+97.50 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "before all of it",
            vec![entry("-100.00 6 V1", ""), order(), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "on a day before it came back",
            vec![order(), entry("-100.00 4 V1", ""), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "1",
        ),
        (
            "of another amount",
            vec![order(), entry("-97.40 6 V1", ""), back("+97.50 5 R1", "{1}")],
            "RTTT",
            "",
        ),
        (
            "of what is refused later",
            vec![
                entry("-180.00 5 V1", ""),
                report("", "", &[("{1}", "RJCT AC04"), ("{2}", "RJCT AC04")]),
            ],
            "FFTT",
            "12",
        ),
        (
            "a return by the bank's name of what is read later",
            vec![
                entry("+97.50 5 R1", &names("/MREF/FT2630700123 REJECTED")),
                one("-100.00 3 FT2630700123", "{1}"),
            ],
            "STTT",
            "1",
        ),
        (
            "a sum that is read before the file's",
            vec![entry("-250.00 4 B2", ""), sum()],
            "SSSS",
            "1234",
        ),
        (
            "the sum itself, without and with its name",
            vec![entry("-250.00 3 B1", ""), sum()],
            "SSSS",
            "",
        ),
    ]);
}

/// What was booked before a file was written is none of it.
#[test]
fn what_was_booked_before_the_file_is_no_concern() {
    for (written, breaks) in [("2026-11-03", 1), ("2026-11-05", 0)] {
        let (mut batch, mut sent) = sent_batch();
        sent.written = Some(written.parse().unwrap());
        let kept = vec![read(&batch, &sent, &entry("-250.00 4 V1", "")).unmatched];
        let left = read(&batch, &sent, &entry("-250.00 6 B1", PART));
        apply(&mut batch, &left, SOURCE).unwrap();
        let said = looked_again(&mut batch, &sent, &kept);
        assert_eq!(said.len(), breaks, "{written}");
    }
}

/// How many breaks there are because of the last of some messages.
fn told_last(messages: &[String]) -> usize {
    let (mut batch, sent) = sent_batch();
    let mut kept = Vec::new();
    let mut told = (0, 0);
    for message in messages {
        let found = read_after(&batch, &sent, message, &kept, Date::MAX);
        apply(&mut batch, &found, SOURCE).unwrap();
        let again = looked_again(&mut batch, &sent, &kept).len();
        told = (again, found.breaks.len() + again - told.0);
        kept.push(found.unmatched);
    }
    told.1
}

fn numbered(number: u32, entries: &str) -> String {
    format!("<ElctrncSeqNb>{number}</ElctrncSeqNb>{entries}")
}

fn each(day: u32) -> String {
    let all = [
        ("-100.00", "{1}"),
        ("-80.00", "{2}"),
        ("-50.00", "{3}"),
        ("-20.00", "{4}"),
    ];
    let all = all.iter().zip(1..);
    all.map(|((amount, id), at)| one(&format!("{amount} {day} B{at}"), id))
        .collect()
}

/// One that was shown by name is one without it, and no more. What stood beside a break is none: somebody may have found that it is not so.
#[test]
fn one_explains_one() {
    let came_back = || back("+100.00 5 R1", "{1}");
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let month = |entries: &str| {
        format!(
            "<FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-30T23:59:59</ToDtTm></FrToDt>{entries}"
        )
    };
    let sums = || entry("-250.00 3 V9", "") + &entry("-250.00 3 V10", "");
    for (name, messages, told) in [
        (
            "a sum and its details",
            vec![each(3), entry("-250.00 3 V9", "")],
            0,
        ),
        ("two sums", vec![each(3), sums()], 1),
        (
            "another sum in another statement",
            vec![
                numbered(3, &each(3)),
                numbered(3, &entry("-250.00 3 V9", "")),
                numbered(4, &entry("-250.00 3 V10", "")),
            ],
            1,
        ),
        (
            "its copy in the month, without a reference",
            vec![each(3), month(&entry("-100.00 3", ""))],
            0,
        ),
        (
            "two in a copy of a sum that says nothing",
            vec![
                entry("-250.00 3", PART),
                month(&(entry("-250.00 3", "") + &entry("-250.00 3", ""))),
            ],
            1,
        ),
        (
            "beside itself in the month",
            vec![each(3), month(&(each(3) + &entry("-100.00 3", "")))],
            0,
        ),
        (
            "after it came back",
            vec![
                order(),
                came_back(),
                one("-100.00 6 V1", "{1}"),
                entry("-100.00 6 V1", ""),
            ],
            1,
        ),
        (
            "after it was refused",
            vec![refused(), one("-100.00 6", "{1}"), entry("-100.00 6", "")],
            1,
        ),
    ] {
        assert_eq!(told_last(&messages), told, "{name}");
    }
    // What was said of a movement holds of the next one, too: it may have left, whatever became of the break.
    for (name, second) in [
        ("a sum", entry("-250.00 4 V2", "")),
        ("taken back", entry("-250.00 4 V2 !", "")),
    ] {
        let messages = [each(3), second, back("+100.00 6 R1", "{1}")];
        assert!(told_last(&messages) > 0, "{name}");
        assert_eq!(after(&messages).0, "SSSS", "{name}");
    }
}

/// What the bank takes back may bear the parties of what came back, and what it charges for that; what came back in two may go in one.
#[test]
fn what_takes_back_may_say_more() {
    let ours = details_to("DE02120300000000202051");
    let charged = entry("-101.50 6 V1", "").replace(
        "</Ntry>",
        "<Chrgs><Rcrd><Amt Ccy=\"EUR\">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs></Ntry>",
    );
    let two = || {
        vec![
            order() + &one("-80.00 3 ORD2", "{2}"),
            back("+98.00 5 R1", "{1}") + &back("+80.00 5 R2", "{2}"),
        ]
    };
    let account = "<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>";
    for (name, messages, told) in [
        (
            "our own account",
            vec![
                order(),
                back("+100.00 5 R1", "{1}"),
                format!("{account}{}", entry("-100.00 6 V1", &ours)),
            ],
            1,
        ),
        ("charges", vec![order(), back("+100.00 5 R1", "{1}"), charged], 1),
        ("two in one", [two(), vec![entry("-178.00 6 V1", "")]].concat(), 1),
        (
            "other than two",
            [two(), vec![entry("-177.00 6 V1", "")]].concat(),
            0,
        ),
    ] {
        assert_eq!(told_last(&messages), told, "{name}");
    }
}

fn details_to(account: &str) -> String {
    super::nameless::with_account("Cdtr", account)
}

/// Somebody else's order by the bank's word, or a payment with a reference of its own, is not one of some that were refused.
#[test]
fn what_others_ordered_is_none_of_some() {
    let refused = || report("", "", &["{1}", "{2}", "{3}"].map(|id| (id, "RJCT AC04")));
    let own = |code: &str| {
        let code = format!("</BookgDt><BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd>");
        entry("-180.00 5 V1", "").replace("</BookgDt>", &code)
    };
    for (name, entry, told) in [
        ("without a word", entry("-180.00 5 V1", ""), 1),
        ("a direct debit", of_kind(&entry("-180.00 5 V1", ""), "RDDT"), 0),
        ("a bank's own word", own("NTRF+191+7"), 1),
        ("of no kind", of_kind(&entry("-180.00 5 V1", ""), "OTHR"), 1),
        ("a card", of_kind(&entry("-180.00 5 V1", ""), "CCRD"), 0),
        ("with a reference", one("-180.00 5 V1", "SUPPLIER-4711"), 0),
        ("one of them", of_kind(&entry("-80.00 5 V1", ""), "RDDT"), 0),
        ("all of them", entry("-230.00 5 V1", ""), 1),
    ] {
        assert_eq!(told_last(&[refused(), entry]), told, "{name}");
    }
}

/// The preparer's statement gives what is known no other reference: another booking under that one would be nothing new.
#[test]
fn the_preparer_changes_no_reference() {
    let (mut batch, sent) = sent_batch();
    let day = |number, entries: &str| {
        numbered(
            number,
            &format!(
                "<FrToDt><FrDtTm>2026-11-03T00:00:00</FrDtTm><ToDtTm>2026-11-03T23:59:59</ToDtTm></FrToDt>{entries}"
            ),
        )
    };
    let month = "<FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-30T23:59:59</ToDtTm></FrToDt>";
    for (message, is_own, breaks) in [
        (day(3, &one("-100.00 3 ORD00001", "{1}")), false, 0),
        (
            numbered(99, &format!("{month}{}", one("-100.00 3 ORD00002", "{1}"))),
            true,
            0,
        ),
        (day(4, &one("-100.00 3 ORD00002", "{1}")), false, 1),
    ] {
        let mut found = read(&batch, &sent, &message);
        hold_back(&mut found, |_| is_own);
        apply(&mut batch, &found, SOURCE).unwrap();
        assert_eq!(found.breaks.len(), breaks, "{message}");
    }
}

/// Two entries of one statement that are alike in all that they say are two.
#[test]
fn two_alike_are_two() {
    let to = || entry("-100.00 3", &details_to(super::nameless::ACCOUNT));
    let done = || report("", "", &[("{1}", "ACSC")]);
    for (name, messages, told) in [
        ("both are under way", vec![to() + &to(), done()], true),
        ("one", vec![to(), done()], false),
        ("the same once more", vec![to(), to(), done()], false),
    ] {
        let doubted = after(&messages).1;
        assert_eq!(!doubted.is_empty(), told, "{name}");
    }
    // Out three times, back twice.
    let second = one("-100.00 4 D4", "{1}");
    let messages = vec![
        second,
        to() + &to(),
        back("+100.00 6 R1", "{1}"),
        back("+100.00 7 R2", "{1}"),
    ];
    assert_eq!(after(&messages).0, "STTT");
}

/// What came back beside a break came back; what goes to somebody else's account is another payment of as much.
#[test]
fn what_stands_beside_a_break_may_be_taken_back() {
    let twice = || {
        vec![
            one("-80.00 3 D1", "{2}"),
            one("-80.00 4 D2", "{2}"),
            back("+80.00 5 R1", "{2}"),
        ]
    };
    let messages = [twice(), vec![entry("-80.00 8 X1", "")]].concat();
    assert_eq!(told_last(&messages), 1);

    let supplier = || entry("-80.00 3", &details_to("DE02500105170137075030"));
    let month = format!(
        "<FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-30T23:59:59</ToDtTm></FrToDt>{}",
        supplier()
    );
    let messages = [
        one("-80.00 3", "{2}"),
        month,
        entry("-80.00 6", &details_to("DE02500105170137075030")),
    ];
    assert_eq!((told_last(&messages), after(&messages).1), (0, String::new()));
}

/// What has shown a payout may be another one's of as much, to the same account: that one is not free by its refusal.
#[test]
fn what_is_explained_may_be_another_payouts() {
    let (mut batch, sent) = sent_batch_of(["100.00 EUR", "100.00 EUR", "50.00 EUR", "20.00 EUR"]);
    let mut kept = Vec::new();
    for message in [
        one("-100.00 3", "{1}"),
        entry("-100.00 3", &details_to(super::nameless::ACCOUNT)),
        report("", "", &[("{2}", "RJCT AC04")]),
    ] {
        let found = read_after(&batch, &sent, &message, &kept, Date::MAX);
        apply(&mut batch, &found, SOURCE).unwrap();
        kept.push(found.unmatched);
    }
    assert_eq!(batch.payouts[1].state, PayoutState::InTransit);
}

/// As much as a file that left, while another one of as much is under way, is that one, as long as it is not shown by name.
#[test]
fn a_sum_is_that_of_what_is_under_way() {
    let (mut batch, sent) = sent_batch_of(["100.00 EUR", "50.00 EUR", "100.00 EUR", "50.00 EUR"]);
    let ids = &sent.payments[0].end_to_end_ids;
    let file = |ids: &[EndToEndId]| {
        let mut file = sent.clone();
        file.payments[0].end_to_end_ids = ids.to_vec();
        file
    };
    let files = [file(&ids[..2]), file(&ids[2..])];
    let (first, second) = (ids[0].clone(), ids[2].clone());
    let both = |first: &EndToEndId, second: &EndToEndId, day: u32| {
        one(&format!("-100.00 {day} B1{day}"), first.as_str())
            + &one(&format!("-50.00 {day} B2{day}"), second.as_str())
    };
    let mut kept: Vec<Vec<Unmatched>> = Vec::new();
    for (entries, told) in [
        (both(&first, &ids[1], 3), 0),
        (entry("-150.00 5 V1", ""), 0),
        (both(&second, &ids[3], 6), 1),
    ] {
        let text = format!("<BkToCstmrStmt><Stmt><Id>S</Id>{entries}</Stmt></BkToCstmrStmt>");
        let statements = read_camt053(&text).unwrap();
        let found = with_statements(&batch.payouts, &files, &[], &statements, &kept, Date::MAX);
        apply(&mut batch, &found, SOURCE).unwrap();
        let (again, _) = look_again(&batch.payouts, &files, &kept);
        let breaks = found.breaks.iter().filter(|one| !one.payouts.is_empty()).count();
        assert_eq!(breaks + again.len() > 0, told > 0, "{entries}");
        kept.push(found.unmatched);
    }
}

/// What is as much as payouts of two files that are free, alone or whole, may be of these: also where the bank takes something back.
#[test]
fn what_is_of_two_files_is_told() {
    let taken_back = |said: &str| {
        let code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>";
        entry(said, "").replace("</BookgDt>", &format!("</BookgDt>{code}"))
    };
    let (_, whole) = sent_batch();
    let file = |range: std::ops::Range<usize>| {
        let mut file = whole.clone();
        file.payments[0].end_to_end_ids = whole.payments[0].end_to_end_ids[range].to_vec();
        file
    };
    let files = [file(0..2), file(2..4)];
    for (out, told) in [
        (entry("-130.00 7 V1", ""), "23"),
        (entry("-150.00 7 V1", ""), "1234"),
        (entry("-130.00 7 V1 !", ""), "23"),
        (taken_back("-100.00 7 V1"), "124"),
        (entry("-250.00 7 V1", ""), "1234"),
        (entry("-199.00 7 V1", ""), ""),
        (one("-130.00 7 V1", "SUPPLIER-4711"), ""),
    ] {
        let (mut batch, _) = sent_batch();
        let left = entry("-250.00 3 B1", PART);
        let amounts = ["100.00", "80.00", "50.00", "20.00"];
        let returned = amounts.iter().zip(1..);
        let returned = returned.map(|(amount, at)| back(&format!("+{amount} 5 R{at}"), &format!("{{{at}}}")));
        for message in [left, returned.collect()] {
            let found = read(&batch, &whole, &message);
            apply(&mut batch, &found, SOURCE).unwrap();
        }
        let kept = vec![read(&batch, &whole, &out).unmatched];
        let (breaks, _) = look_again(&batch.payouts, &files, &kept);
        let payouts: Vec<String> = breaks.into_iter().flat_map(|(_, one)| one.payouts).collect();
        let is_told = |at: &usize| payouts.contains(&batch.payouts[at - 1].end_to_end_id.as_str().to_owned());
        let found: String = (1..=4).filter(is_told).map(|at| at.to_string()).collect();
        assert_eq!(found, told, "{out}");
    }
}
