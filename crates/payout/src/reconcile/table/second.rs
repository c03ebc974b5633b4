//! A file that is brought to the bank a second time: what the bank says of the second submission frees nothing of the first, and what it
//! takes of it is paid.

use super::{
    PART, SOURCE, after, apply, back, count, entry, one, read, report, rows, sent_batch, sent_in_two_parts,
    with,
};
use crate::batch::PayoutState;
use crate::reconcile::{Source, hold_back};

fn counts(text: String, all: &[(&str, u32)]) -> String {
    with(
        text,
        all.iter()
            .map(|(status, number)| count(status, *number))
            .collect(),
    )
}

fn each(said: &[(&str, &str)]) -> String {
    report("", "", said)
}

#[test]
fn what_was_refused_is_accepted_by_a_number() {
    let first = |code: &str| report("PART", "PART", &[("{2}", &format!("RJCT {code}"))]);
    let others = |said: &str| report("PART", "PART", &[("{1}", said), ("{3}", said), ("{4}", said)]);
    rows(&[
        (
            "the rest there before",
            vec![
                first("AC04"),
                counts(others("RJCT AM05"), &[("RJCT", 3), ("ACSP", 1)]),
            ],
            "TFTT",
            "1234",
        ),
        (
            "the rest done",
            vec![first("AC04"), counts(others("ACSC"), &[("ACSC", 4)])],
            "TFTT",
            "1234",
        ),
        (
            "none of it",
            vec![first("AC04"), counts(others("ACSC"), &[("ACSC", 3)])],
            "SFSS",
            "",
        ),
        (
            "refused in this one",
            vec![counts(
                report("PART", "", &[("{2}", "RJCT AC04")]),
                &[("ACSP", 3), ("RJCT", 1)],
            )],
            "TFTT",
            "",
        ),
    ]);
}

#[test]
fn what_was_refused_is_accepted_with_all_that_is_not_listed() {
    let first = || each(&[("{2}", "RJCT AC04"), ("{3}", "RJCT AC04")]);
    let unnamed = |text: String| text.replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>NOTPROVIDED<");
    rows(&[
        (
            "one there before",
            vec![first(), report("ACSP", "", &[("{1}", "RJCT AM05")])],
            "TFFT",
            "123",
        ),
        (
            "one accepted, too",
            vec![first(), report("ACSP", "", &[("{1}", "ACSP")])],
            "TFFT",
            "23",
        ),
        (
            "in a part without its name",
            vec![first(), unnamed(report("ACSP", "", &[("{1}", "ACSP")]))],
            "TFFT",
            "23",
        ),
        (
            "done, and a part in part",
            vec![first(), report("ACSC", "PART", &[("{1}", "ACSC")])],
            "SFFT",
            "234",
        ),
        (
            "and refused afterwards for nothing",
            vec![
                report("ACSP", "", &[("{1}", "RJCT AC04")]),
                each(&[("{2}", "RJCT MS03")]),
            ],
            "FTTT",
            "2",
        ),
    ]);
}

#[test]
fn a_whole_is_refused_of_which_something_moved() {
    let left = || one("-100.00 3", "{1}");
    let whole = || report("RJCT AC02", "", &[]);
    let all = [("{1}", "RJCT"), ("{2}", "RJCT"), ("{3}", "RJCT"), ("{4}", "RJCT")];
    rows(&[
        ("it left", vec![left(), whole()], "STTT", "1234"),
        (
            "and each is listed",
            vec![left(), report("RJCT AC02", "RJCT", &all)],
            "STTT",
            "1234",
        ),
        (
            "and the others are",
            vec![left(), report("RJCT AC02", "", &all[1..])],
            "STTT",
            "1234",
        ),
        (
            "of the part",
            vec![left(), report("", "RJCT AC02", &all)],
            "STTT",
            "1234",
        ),
        (
            "it came back",
            vec![left(), back("+100.00 4", "{1}"), whole()],
            "RTTT",
            "1234",
        ),
        (
            "it was refused, and left",
            vec![each(&[("{1}", "RJCT AC04")]), left(), whole()],
            "FTTT",
            "1234",
        ),
        (
            "as another amount",
            vec![one("-101.00 3", "{1}"), whole()],
            "TTTT",
            "1234",
        ),
        (
            "one by one",
            vec![left(), each(&[("{2}", "RJCT AC02"), ("{3}", "RJCT AC04")])],
            "STFT",
            "2",
        ),
    ]);
}

#[test]
fn a_report_in_which_something_was_sent_before_frees_nothing() {
    let accepted = || report("ACSP", "", &[]);
    rows(&[
        (
            "one, and others without cover",
            vec![
                accepted(),
                each(&[
                    ("{1}", "RJCT DU04"),
                    ("{2}", "RJCT AM04"),
                    ("{3}", "RJCT AM04"),
                    ("{4}", "ACSP"),
                ]),
            ],
            "TTTT",
            "123",
        ),
        (
            "one, and an account that was closed since",
            vec![each(&[("{1}", "RJCT DU04"), ("{2}", "RJCT AC04")])],
            "TTTT",
            "12",
        ),
        (
            "in a part that is refused",
            vec![report("", "RJCT AC02", &[("{1}", "RJCT DU04")])],
            "TTTT",
            "1234",
        ),
        (
            "another report of the rest",
            vec![each(&[("{1}", "RJCT DU04")]), report("RJCT AC02", "", &[])],
            "TTTT",
            "1234",
        ),
        (
            "another report of an account",
            vec![each(&[("{1}", "RJCT DU04")]), each(&[("{2}", "RJCT AC04")])],
            "TTTT",
            "12",
        ),
    ]);
}

#[test]
fn the_word_of_a_whole_that_contradicts_itself_is_taken_for_nobody() {
    let three =
        |said: &'static str, last: &'static str| [("{1}", said), ("{2}", said), ("{3}", said), ("{4}", last)];
    rows(&[
        (
            "listed without a status",
            vec![report("", "RJCT AC02", &[("{1}", ""), ("{4}", "ACSC")])],
            "TTTT",
            "1234",
        ),
        (
            "listed without a reason",
            vec![report("", "RJCT AC02", &three("RJCT", "ACSC"))],
            "TTTT",
            "1234",
        ),
        (
            "of the file",
            vec![report("RJCT AC02", "", &three("RJCT", "ACSP"))],
            "TTTT",
            "1234",
        ),
        (
            "of the file, without",
            vec![report("RJCT AC02", "", &three("", "ACSC"))],
            "TTTT",
            "1234",
        ),
        (
            "a status that nobody knows",
            vec![report("BLCK", "", &three("RJCT AC02", "RJCT AC04"))],
            "TTTF",
            "123",
        ),
    ]);
    // Nobody is named by it, and it is told.
    let (batch, sent) = sent_batch();
    let found = read(
        &batch,
        &sent,
        &report("BLCK", "", &three("RJCT AC04", "RJCT AC04")),
    );
    assert_eq!((found.transitions.len(), found.breaks.len()), (4, 1));
}

#[test]
fn a_reference_that_is_cut_in_a_report_is_somebodys() {
    let cut = |text: String| {
        let at = text.find("<OrgnlEndToEndId>").unwrap() + "<OrgnlEndToEndId>".len();
        let end = at + text[at..].find('<').unwrap();
        format!("{}{}", &text[..at + 20], &text[end..])
    };
    let (batch, sent) = sent_batch();
    let own = batch.payouts[0].end_to_end_id.to_string();
    let named = each(&[("{1}", "RJCT AC04"), ("{2}", "RJCT TM01")]).replace("{1}", &own);
    let found = read(&batch, &sent, &cut(named));
    let doubted: Vec<&str> = found
        .breaks
        .iter()
        .flat_map(|one| &one.payouts)
        .map(String::as_str)
        .collect();
    assert_eq!(found.transitions, []);
    assert!(doubted.contains(&&*own), "{doubted:?}");
}

/// Two parts, of the first and the second two payouts.
#[test]
fn a_second_submission_in_two_parts() {
    let read_all = |messages: &[String]| {
        let (mut batch, sent, ids) = sent_in_two_parts();
        let mut doubted: Vec<usize> = Vec::new();
        for message in messages {
            let found = read(&batch, &sent, message);
            apply(&mut batch, &found, SOURCE).unwrap();
            let named = found.breaks.iter().flat_map(|one| &one.payouts);
            doubted.extend(named.map(|one| ids.iter().position(|id| id.as_str() == one).unwrap() + 1));
        }
        doubted.sort_unstable();
        doubted.dedup();
        let freed = batch.payouts.iter().filter(|payout| payout.state.frees_money());
        (freed.count(), doubted)
    };
    let block = |part: u32, said: &str, listed: &[(&str, &str)]| {
        let text = report("", said, listed).replace("2026-11-a-1<", &format!("2026-11-a-{part}<"));
        let text = match said.is_empty() && listed.is_empty() {
            true => String::new(),
            false => text,
        };
        let at = text.find("<OrgnlPmtInfAndSts>").unwrap_or(0);
        let end = text.find("</CstmrPmtStsRpt>").unwrap_or(0);
        text[at..end].to_owned()
    };
    let whole = |said: &str, blocks: &[String]| {
        report(said, "", &[]).replace(
            "</CstmrPmtStsRpt>",
            &format!("{}</CstmrPmtStsRpt>", blocks.concat()),
        )
    };
    let left = || one("-100.00 3", "{1}");
    let closed = [("{3}", "RJCT AC04"), ("{4}", "RJCT AC04")];
    let first = || whole("PART", &[block(1, "ACSP", &[]), block(2, "", &closed)]);
    assert_eq!(read_all(&[first()]), (2, vec![]));
    let taken = counts(
        whole("PART", &[block(1, "RJCT DU02", &[])]),
        &[("RJCT", 2), ("ACSP", 2)],
    );
    assert_eq!(read_all(&[first(), taken]), (2, vec![1, 2, 3, 4]));
    assert_eq!(
        read_all(&[whole("PART", &[block(2, "RJCT AG03", &[])])]),
        (0, vec![3, 4])
    );
    let both = || whole("RJCT AC02", &[block(1, "RJCT", &[]), block(2, "RJCT", &[])]);
    assert_eq!(read_all(&[both()]), (0, vec![1, 2, 3, 4]));
    assert_eq!(read_all(&[left(), both()]), (0, vec![1, 2, 3, 4]));
    let one_by_one = [("{1}", "RJCT DU04"), ("{2}", "RJCT DU04")];
    let again = whole("PART", &[block(1, "", &one_by_one), block(2, "RJCT AC02", &[])]);
    assert_eq!(read_all(&[again]), (0, vec![1, 2, 3, 4]));
    let apart = [
        whole("PART", &[block(1, "RJCT DU02", &[])]),
        whole("PART", &[block(2, "RJCT AC02", &[])]),
    ];
    assert_eq!(read_all(&apart), (0, vec![1, 2, 3, 4]));
}

#[test]
fn what_is_to_leave_after_it_came_back() {
    let pending = |said: &str| one(said, "{1}").replace("BOOK", "PDNG");
    let returned = || vec![one("-100.00 3 A1", "{1}"), back("+100.00 5 A2", "{1}")];
    let with = |more: String| [returned(), vec![more]].concat();
    rows(&[
        ("later", with(pending("-100.00 6 A3")), "RTTT", "1"),
        ("an older statement", with(pending("-100.00 3 A1")), "RTTT", ""),
    ]);
    assert_eq!(after(&returned()).0, "RTTT");
}

#[test]
fn what_is_told_to_be_there_twice_doubts_what_was_refused_before() {
    rows(&[
        (
            "afterwards",
            vec![each(&[("{2}", "RJCT AC04")]), each(&[("{1}", "RJCT DU04")])],
            "TFTT",
            "12",
        ),
        (
            "itself",
            vec![each(&[("{2}", "RJCT DU04")]), each(&[("{2}", "RJCT AC04")])],
            "TTTT",
            "2",
        ),
    ]);
}

/// What a person said that the bank refused may be taken of a second submission, of which the bank lists what it refuses.
#[test]
fn a_second_submission_that_is_accepted_in_part() {
    let (mut batch, sent) = sent_batch();
    let said = Source { file: None, ..SOURCE };
    for payout in &mut batch.payouts {
        payout.settle(PayoutState::Failed, Some("AG03: asked")).unwrap();
        payout.told.push(crate::batch::Told {
            to: PayoutState::Failed,
            by: said.by.to_owned(),
            at: said.at,
            file: None,
        });
    }
    for text in [
        report("PART", "", &[("{1}", "RJCT AC04")]),
        report("", "PART", &[("{1}", "RJCT AC04")]),
        report("PART", "PART", &[("{1}", "RJCT AC04")]),
    ] {
        let found = read(&batch, &sent, &text);
        let doubted: usize = found.breaks.iter().map(|one| one.payouts.len()).sum();
        assert_eq!((found.transitions.len(), doubted), (0, 3), "{text}");
    }
}

#[test]
fn a_block_of_nobody_may_be_of_all() {
    let unnamed =
        report("", "ACSP", &[]).replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>NOTPROVIDED<");
    rows(&[("accepted", vec![unnamed], "TTTT", "1234")]);
}

/// Two payments of one day without the bank's reference are told apart by the ids of their transactions.
#[test]
fn two_transactions_of_a_day() {
    let of = |said: &str, id: &str| one(said, "{1}").replace("<Refs>", &format!("<Refs><TxId>{id}</TxId>"));
    rows(&[
        (
            "another",
            vec![of("-100.00 3", "T1"), of("-100.00 3", "T2")],
            "STTT",
            "1",
        ),
        (
            "the same",
            vec![of("-100.00 3", "T1"), of("-100.00 3", "T1")],
            "STTT",
            "",
        ),
        (
            "not told",
            vec![of("-100.00 3", "T1"), one("-100.00 3", "{1}")],
            "STTT",
            "",
        ),
    ]);
}

/// Statements of an account follow each other: what two of them book is two movements, and a copy keeps its number.
#[test]
fn two_statements_of_a_day() {
    let in_statement = |number: &str, entry: &str| {
        format!("</Stmt><Stmt><Id>{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>{entry}")
    };
    let sum = || entry("-250.00 3", PART);
    let single = || one("-100.00 3", "{1}");
    rows(&[
        (
            "two sums",
            vec![in_statement("211", &sum()), in_statement("212", &sum())],
            "SSSS",
            "1234",
        ),
        (
            "a copy",
            vec![in_statement("211", &sum()), in_statement("211", &sum())],
            "SSSS",
            "",
        ),
        (
            "two",
            vec![in_statement("211", &single()), in_statement("212", &single())],
            "STTT",
            "1",
        ),
        (
            "without a number",
            vec![in_statement("211", &single()), single()],
            "STTT",
            "",
        ),
    ]);
}

/// Of an answer that the preparer brought in nothing is kept that would count towards freeing money.
#[test]
fn what_the_preparer_shows_beside_a_break_is_not_kept() {
    let (mut batch, sent) = sent_batch();
    let all = |batch: &mut _, message: String, is_own: bool| {
        let mut found = read(batch, &sent, &message);
        hold_back(&mut found, |_| is_own);
        apply(batch, &found, SOURCE).unwrap();
        (found.transitions.len(), found.breaks.len())
    };
    assert_eq!(all(&mut batch, one("-100.00 3 D1", "{1}"), false), (1, 0));
    assert_eq!(all(&mut batch, one("-100.00 4 D2", "{1}"), false), (0, 1));
    // Her own return, one of two.
    assert_eq!(all(&mut batch, back("+100.00 5 X1", "{1}"), true), (0, 1));
    // The real one is the first.
    assert_eq!(all(&mut batch, back("+100.00 6 R1", "{1}"), false), (0, 1));
    assert_eq!(batch.payouts[0].state, PayoutState::Succeeded);
    // What tells two leavings apart is kept, whoever brings it.
    let (mut batch, _) = sent_batch();
    assert_eq!(all(&mut batch, one("-100.00 3", "{1}"), true), (1, 0));
    assert_eq!(all(&mut batch, one("-100.00 3 D1", "{1}"), true), (0, 0));
    assert_eq!(all(&mut batch, one("-100.00 3 D2", "{1}"), true), (0, 1));
    // That it left twice is kept, whoever brings it.
    let (mut batch, _) = sent_batch();
    assert_eq!(all(&mut batch, one("-100.00 3 D1", "{1}"), false), (1, 0));
    assert_eq!(all(&mut batch, one("-100.00 4 D2", "{1}"), true), (0, 1));
    assert_eq!(all(&mut batch, back("+100.00 6 R1", "{1}"), false), (0, 1));
}
