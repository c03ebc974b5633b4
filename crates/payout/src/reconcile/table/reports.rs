//! Status reports: what would free money, or count as paid, if the rest of what a bank says were not looked at.

use super::{count, report, rows, with};

#[test]
fn parts_that_are_not_known() {
    let unnamed = |text: String| text.replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>NOTPROVIDED<");
    let other = |text: String| text.replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>2026-11-a-01<");
    let refused = || report("RJCT AC02", "", &[("{1}", "ACSC")]);
    let done = || report("ACSC", "", &[("{1}", "RJCT AC04")]);
    rows(&[
        ("done within a refusal", vec![unnamed(refused())], "TTTT", "1234"),
        ("refused within done", vec![unnamed(done())], "TTTT", "1234"),
        ("by another name", vec![other(refused())], "TTTT", "1234"),
        ("by another name, done", vec![other(done())], "TTTT", "1234"),
        (
            "alone",
            vec![unnamed(report("", "", &[("{1}", "RJCT AC04"), ("{2}", "ACSC")]))],
            "FSTT",
            "",
        ),
        (
            "the part's word",
            vec![unnamed(report("", "RJCT AC04", &[("{1}", "")]))],
            "TTTT",
            "1234",
        ),
        (
            "refused, it is not known who",
            vec![report("", "ACSC", &[("{1start}", "RJCT AC04")])],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn a_block_without_the_parts_name_keeps_its_word() {
    let unnamed = |text: String| text.replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>NOTPROVIDED<");
    let block = |part: &str, said: &str| unnamed(report("", part, &[("{1}", said), ("{2}", said)]));
    rows(&[
        (
            "there before",
            vec![block("RJCT DU01", "RJCT NARR")],
            "TTTT",
            "1234",
        ),
        ("no reason", vec![block("RJCT", "")], "TTTT", "1234"),
        (
            "refused within done",
            vec![block("ACSC", "RJCT AM09")],
            "TTTT",
            "1234",
        ),
        (
            "done within refused",
            vec![block("RJCT AC02", "ACSC")],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn a_reason_without_a_refusal_is_a_break() {
    let reason = "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>";
    let with = |file: &str| {
        report(file, "", &[("{1}", "")]).replace("</TxInfAndSts>", &format!("{reason}</TxInfAndSts>"))
    };
    let part = |file: &str| {
        report(file, "", &[]).replace(
            "</CstmrPmtStsRpt>",
            &format!(
                "<OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-1</OrgnlPmtInfId>{reason}</OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
            ),
        )
    };
    rows(&[
        ("of one, done", vec![with("ACSC")], "TTTT", "1234"),
        ("of one, in part", vec![with("PART")], "TTTT", "1"),
        ("of one, nothing", vec![with("")], "TTTT", "1"),
        ("of one, refused", vec![with("RJCT")], "TTTT", "1234"),
        ("of the part, done", vec![part("ACSC")], "TTTT", "1234"),
        ("of the part, nothing", vec![part("")], "TTTT", "1234"),
    ]);
}

#[test]
fn two_refusals_of_one_payment() {
    let both = |one: &str, other: &str| report("", "", &[("{1}", one), ("{1}", other)]);
    rows(&[
        (
            "one as sent before",
            vec![both("RJCT AM09", "RJCT DU01")],
            "TTTT",
            "1",
        ),
        (
            "both as sent before",
            vec![both("RJCT DU01", "RJCT DU01")],
            "TTTT",
            "1",
        ),
        ("neither", vec![both("RJCT AC04", "RJCT AC04")], "FTTT", "1"),
    ]);
}

fn of_part(text: String, more: String) -> String {
    text.replace("</OrgnlPmtInfAndSts>", &format!("{more}</OrgnlPmtInfAndSts>"))
}

#[test]
fn numbers_of_payments_by_status_are_read() {
    let (refused, done) = (|| report("RJCT AC02", "", &[]), || report("ACSC", "", &[]));
    rows(&[
        (
            "all refused",
            vec![with(refused(), count("RJCT", 4))],
            "TTTT",
            "1234",
        ),
        (
            "one done",
            vec![with(refused(), count("RJCT", 3) + &count("ACSC", 1))],
            "TTTT",
            "1234",
        ),
        (
            "none done",
            vec![with(refused(), count("RJCT", 4) + &count("ACSC", 0))],
            "TTTT",
            "1234",
        ),
        (
            "one refused",
            vec![with(done(), count("ACSC", 3) + &count("RJCT", 1))],
            "TTTT",
            "1234",
        ),
        (
            "of the part",
            vec![of_part(report("", "RJCT AC02", &[]), count("ACSC", 1))],
            "TTTT",
            "1234",
        ),
    ]);
}

/// Whoever lists what is refused lists all of it.
#[test]
fn numbers_of_refused_payments_are_those_that_are_listed() {
    let listed = || report("PART", "", &[("{1}", "RJCT AC04")]);
    rows(&[
        ("one", vec![with(listed(), count("RJCT", 1))], "FTTT", ""),
        ("two", vec![with(listed(), count("RJCT", 2))], "TTTT", "1234"),
    ]);
}

#[test]
fn numbers_by_status_fit_what_is_said_of_the_payments() {
    rows(&[
        (
            "fewer than are listed",
            vec![with(
                report("PART", "", &[("{1}", "RJCT AC04"), ("{2}", "RJCT AC04")]),
                count("RJCT", 1) + &count("ACSP", 3),
            )],
            "TTTT",
            "1234",
        ),
        (
            "as many as are listed",
            vec![with(
                report("PART", "", &[("{1}", "RJCT AC04"), ("{2}", "ACSC")]),
                count("RJCT", 1) + &count("ACSC", 1) + &count("ACCP", 2),
            )],
            "FSTT",
            "",
        ),
        (
            "only those that are refused",
            vec![with(
                report("PART", "", &[("{1}", "RJCT AC04")]),
                count("RJCT", 1),
            )],
            "FTTT",
            "",
        ),
        (
            "more than there are",
            vec![with(
                report("PART", "", &[("{1}", "RJCT AC04")]),
                count("RJCT", 1) + &count("ACSC", 4),
            )],
            "TTTT",
            "1234",
        ),
        (
            "a refused part of a whole that is under way",
            vec![with(report("PART", "RJCT AC02", &[]), count("RJCT", 1))],
            "TTTT",
            "1234",
        ),
        (
            "settled within the part",
            vec![of_part(report("", "PART", &[("{1}", "ACSC")]), count("RJCT", 4))],
            "TTTT",
            "1234",
        ),
        (
            "accepted under another code",
            vec![with(report("ACSP", "", &[]), count("ACCP", 4))],
            "TTTT",
            "",
        ),
        (
            "listed twice",
            vec![with(
                report("PART", "", &[("{1}", "RJCT AC04"), ("{1}", "RJCT AC04")]),
                count("RJCT", 1),
            )],
            "FTTT",
            "1",
        ),
    ]);
}

#[test]
fn only_the_same_report_is_an_older_one() {
    let accepted = |id: &str| {
        report("ACSP", "", &[]).replace(
            "<CstmrPmtStsRpt>",
            &format!("<CstmrPmtStsRpt><GrpHdr><MsgId>{id}</MsgId></GrpHdr>"),
        )
    };
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let later = accepted("A").replace("</MsgId>", "</MsgId><CreDtTm>2026-12-01T00:00:00Z</CreDtTm>");
    rows(&[
        ("the same id", vec![accepted("A"), refused(), later], "FTTT", "1"),
        (
            "the same",
            vec![accepted("A"), accepted("B"), refused(), accepted("B")],
            "FTTT",
            "",
        ),
        (
            "another",
            vec![accepted("A"), refused(), accepted("B")],
            "FTTT",
            "1",
        ),
    ]);
}

#[test]
fn duplicates_in_words() {
    let refused = |code: &str, text: &str| {
        report(&format!("RJCT {code}"), "", &[])
            .replace("</Rsn>", &format!("</Rsn><AddtlInf>{text}</AddtlInf>"))
    };
    let own = report("RJCT X", "", &[]).replace("<Cd>X</Cd>", "<Prtry>SL/DU-01</Prtry>");
    rows(&[
        (
            "known code",
            vec![refused("AG02", "Duplicate file")],
            "TTTT",
            "1234",
        ),
        (
            "processed",
            vec![refused("RR04", "Datei bereits verarbeitet")],
            "TTTT",
            "1234",
        ),
        ("twice", vec![refused("AM09", "double payment")], "TTTT", "1234"),
        (
            "closed",
            vec![
                report("", "", &[("{1}", "RJCT AC04")])
                    .replace("</Rsn>", "</Rsn><AddtlInf>already closed</AddtlInf>"),
            ],
            "FTTT",
            "",
        ),
        ("the bank's own", vec![own], "TTTT", "1234"),
    ]);
}

#[test]
fn a_reason_that_only_says_who_answers_is_none() {
    let with = |text: String, info: &str| {
        text.replace(
            "<TxSts>RJCT</TxSts>",
            &format!("<TxSts>RJCT</TxSts><StsRsnInf>{info}</StsRsnInf>"),
        )
    };
    let who = "<Orgtr><Nm>BANK</Nm></Orgtr>";
    let refused = || report("", "", &[("{1}", "RJCT")]);
    rows(&[
        (
            "after an acceptance",
            vec![report("ACSP", "", &[]), with(refused(), who)],
            "TTTT",
            "1",
        ),
        (
            "with words",
            vec![
                report("ACSP", "", &[]),
                with(refused(), "<AddtlInf>no account</AddtlInf>"),
            ],
            "TTTT",
            "1",
        ),
        (
            "of each, and the part says why",
            vec![with(
                report("", "RJCT AC02", &[("{1}", "RJCT"), ("{2}", "RJCT")]),
                who,
            )],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn what_is_under_way_without_its_name_doubts_nobody() {
    let unnamed = |text: String| text.replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>NOTPROVIDED<");
    rows(&[
        (
            "in part",
            vec![unnamed(report("", "PART", &[("{1}", "RJCT AC04")]))],
            "FTTT",
            "",
        ),
        (
            "accepted",
            vec![unnamed(report("", "ACSP", &[("{1}", "ACSC")]))],
            "STTT",
            "",
        ),
    ]);
}

/// Two parts, of the first and the second two payouts.
#[test]
fn blocks_and_the_parts_that_payments_are_in() {
    let (batch, sent, ids) = super::sent_in_two_parts();
    let both = report("", "", &[("{1}", "RJCT AC04"), ("{3}", "ACSC")]);
    let unnamed = both.replace("<OrgnlPmtInfId>2026-11-a-1<", "<OrgnlPmtInfId>NOTPROVIDED<");
    let read = |text: &str| {
        let found = super::read(&batch, &sent, text);
        let doubted: Vec<String> = found.breaks.into_iter().flat_map(|one| one.payouts).collect();
        let places = doubted
            .iter()
            .map(|one| ids.iter().position(|id| id.as_str() == one).unwrap() + 1);
        (found.transitions.len(), places.collect::<Vec<_>>())
    };
    assert_eq!(read(&unnamed), (2, vec![]));
    // The third is not in the part that the block names.
    assert_eq!(read(&both), (1, vec![3]));
    let with_word = |status: &str| {
        unnamed.replace(
            "</OrgnlPmtInfId>",
            &format!("</OrgnlPmtInfId><PmtInfSts>{status}</PmtInfSts>"),
        )
    };
    assert_eq!(read(&with_word("RJCT")), (0, vec![1, 3]));
}

#[test]
fn names_are_no_duplicates() {
    let refused = |text: &str| {
        report("", "", &[("{1}", "RJCT AC04")])
            .replace("</Rsn>", &format!("</Rsn><AddtlInf>{text}</AddtlInf>"))
    };
    rows(&[
        ("a name", vec![refused("account of Sonya Ray closed")], "FTTT", ""),
        (
            "a company",
            vec![refused("Unique Video, Doppelbauer")],
            "FTTT",
            "",
        ),
        ("not unique", vec![refused("id not unique")], "TTTT", "1"),
        ("in Spanish", vec![refused("ya procesado")], "TTTT", "1"),
        ("sent twice", vec![refused("sent twice")], "TTTT", "1"),
        ("done twice", vec![refused("Doppelte Einreichung")], "TTTT", "1"),
    ]);
}
