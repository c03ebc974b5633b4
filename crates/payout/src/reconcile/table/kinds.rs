//! Kinds of answers that were read wrongly once: names of parts in texts, refusals of a whole, sums and their reasons, and what an
//! answer repeats of what was sent.

use super::{PART, SOURCE, after, back, details, entry, four, of_kind, one, read, report, rows, sent_batch};
use crate::payee::Fault;
use crate::reconcile::apply;

/// An entry whose text names something.
fn named(said: &str, text: &str) -> String {
    entry(said, &format!("<AddtlNtryInf>{text}</AddtlNtryInf>"))
}

#[test]
fn parts_and_files_in_whatever_words() {
    for text in [
        "KREF+2026-11-a-1SVWZ+PAYOUTS",
        "EREF+NOTPROVIDEDKREF+2026-11-A-1PURP+SALA",
        "SAMMLER2026-11-a-1",
        "kref+2026-11-a-1 svwz+x",
        "KREF+2026-1\n1-a-1SVWZ+x",
        "2026 -11- a-1",
        "KREF+2026-11-aSVWZ+x",
        "?20KREF+2026-1?211-a-1SVWZ+x?22",
        "REF-2026-11-a-1-END",
    ] {
        rows(&[
            (text, vec![named("-250.00 3", text)], "SSSS", ""),
            (
                text,
                vec![
                    named("-250.00 3", text),
                    of_kind(&named("+250.00 4 B9", text), "ICDT"),
                ],
                "RRRR",
                "",
            ),
            (
                text,
                vec![named("-250.00 3", text), named("+150.00 4 B9", text)],
                "SSSS",
                "1234",
            ),
        ]);
    }
    for other in [
        "2026-11-a-12",
        "2026-11-ab",
        "12026-11-a-1",
        "7-2026-11-a-1",
        "2026-11-a-1-1",
    ] {
        rows(&[(other, vec![named("-250.00 3", other)], "TTTT", "")]);
    }
    let lines = "<NtryDtls><TxDtls><RmtInf><Ustrd>KREF+2026-11-</Ustrd><Ustrd>a-1SVWZ+x</Ustrd></RmtInf></TxDtls></NtryDtls>";
    rows(&[("lines", vec![entry("-250.00 3", lines)], "SSSS", "")]);
}

#[test]
fn only_a_payee_is_refused_for_good() {
    for reason in [
        "TM01", "DT01", "AM10", "AM18", "CH03", "CH04", "BE05", "FF01", "AM02", "AM14", "AB05", "CUST",
        "FOCR", "FRAD", "ED05", "NOAS",
    ] {
        let refused = format!("RJCT {reason}");
        rows(&[
            ("file", vec![report(&refused, "", &[])], "TTTT", "1234"),
            ("part", vec![report("", &refused, &[])], "TTTT", "1234"),
            (
                "listed",
                vec![report(&refused, "", &[("{1}", "RJCT")])],
                "TTTT",
                "1234",
            ),
            ("one", vec![report("", "", &[("{1}", &refused)])], "TTTT", "1"),
        ]);
    }
    for reason in ["AC02", "AC06", "AG01", "CURR", "RR04", "LEGL"] {
        let refused = format!("RJCT {reason}");
        rows(&[
            ("file", vec![report(&refused, "", &[])], "TTTT", "1234"),
            ("one", vec![report("", "", &[("{1}", &refused)])], "TTTT", "1"),
        ]);
    }
    for reason in ["AC01", "AC03", "AC04", "BE01", "RC01"] {
        let refused = format!("RJCT {reason}");
        rows(&[
            ("file", vec![report(&refused, "", &[])], "TTTT", "1234"),
            ("part", vec![report("", &refused, &[])], "TTTT", "1234"),
            (
                "listed",
                vec![report("", &refused, &[("{1}", "RJCT")])],
                "TTTT",
                "1234",
            ),
            ("one", vec![report("", "", &[("{1}", &refused)])], "FTTT", ""),
        ]);
    }
}

#[test]
fn a_part_of_which_nothing_is_said_is_in_the_whole() {
    let empty =
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-1</OrgnlPmtInfId></OrgnlPmtInfAndSts></CstmrPmtStsRpt>";
    let with = |file: &str| report(file, "", &[]).replace("</CstmrPmtStsRpt>", empty);
    rows(&[
        ("done", vec![with("ACSC")], "SSSS", ""),
        ("refused", vec![with("RJCT AC02")], "TTTT", "1234"),
        ("too late", vec![with("RJCT TM01")], "TTTT", "1234"),
        ("there before", vec![with("RJCT DU01")], "TTTT", "1234"),
        ("in part", vec![with("PART")], "TTTT", ""),
        (
            "but for a reason of its own",
            vec![with("RJCT AC02").replace(
                "</OrgnlPmtInfId>",
                "</OrgnlPmtInfId><StsRsnInf><Rsn><Cd>DU02</Cd></Rsn></StsRsnInf>",
            )],
            "TTTT",
            "1234",
        ),
        (
            "but for a certain reason of its own",
            vec![with("RJCT").replace(
                "</OrgnlPmtInfId>",
                "</OrgnlPmtInfId><StsRsnInf><Rsn><Cd>AC02</Cd></Rsn></StsRsnInf>",
            )],
            "TTTT",
            "1234",
        ),
        (
            "and it was done before",
            vec![
                report("ACSC", "", &[]),
                with("RJCT").replace(
                    "</OrgnlPmtInfId>",
                    "</OrgnlPmtInfId><StsRsnInf><Rsn><Cd>AC02</Cd></Rsn></StsRsnInf>",
                ),
            ],
            "SSSS",
            "1234",
        ),
        (
            "in part, and the whole refused",
            vec![report("RJCT AC02", "PART", &[])],
            "TTTT",
            "1234",
        ),
    ]);
}

/// A report that lists all four payments with what is said of each.
fn each(file: &str, said: [&str; 4]) -> String {
    let references = ["{1}", "{2}", "{3}", "{4}"];
    let all: Vec<(&str, &str)> = references.into_iter().zip(said).collect();
    report(file, "", &all)
}

#[test]
fn refused_one_by_one() {
    let refused = "RJCT";
    rows(&[
        ("no reason", vec![each("", [refused; 4])], "TTTT", "1234"),
        ("in part", vec![each("PART", [refused; 4])], "TTTT", "1234"),
        ("too late", vec![each("", ["RJCT TM01"; 4])], "TTTT", "1234"),
        ("there before", vec![each("", ["RJCT DU04"; 4])], "TTTT", "1234"),
        ("cancelled", vec![each("", ["CANC"; 4])], "TTTT", "1234"),
        (
            "too late or nothing",
            vec![each("", ["RJCT TM01", refused, refused, refused])],
            "TTTT",
            "1234",
        ),
        ("a reason each", vec![each("", ["RJCT AC04"; 4])], "FFFF", ""),
        ("no reason told", vec![each("", ["RJCT MS03"; 4])], "TTTT", "1234"),
        ("a limit", vec![each("", ["RJCT AM14"; 4])], "TTTT", "1234"),
        ("asked for", vec![each("", ["RJCT CUST"; 4])], "TTTT", "1234"),
        ("the bank's own", vec![each("", ["RJCT X9"; 4])], "TTTT", "1234"),
        (
            "one with a reason",
            vec![each("", ["RJCT AC04", refused, refused, refused])],
            "FTTT",
            "234",
        ),
        (
            "one accepted",
            vec![each("", ["ACSP", refused, refused, refused])],
            "TTTT",
            "234",
        ),
        (
            "not all",
            vec![report("", "", &[("{1}", refused), ("{2}", refused)])],
            "TTTT",
            "12",
        ),
    ]);
}

#[test]
fn what_was_accepted_is_refused_for_a_reason() {
    let refused = || report("", "", &[("{1}", "RJCT")]);
    for code in ["RCVD", "PDNG", "ACTC", "ACCP", "ACSP", "ACWC", "ACFC"] {
        let single = report("", "", &[("{1}", code)]);
        let reason = report("", "", &[("{1}", "RJCT AC04")]);
        let cancelled = report("", "", &[("{1}", "CANC")]);
        rows(&[
            (code, vec![single.clone(), refused()], "TTTT", "1"),
            (code, vec![single.clone(), cancelled], "TTTT", "1"),
            (code, vec![report(code, "", &[]), refused()], "TTTT", "1"),
            (code, vec![single, reason], "FTTT", ""),
        ]);
    }
}

#[test]
fn details_say_why_a_sum_came_back() {
    let sum = || entry("+250.00 4", PART);
    let singly = |at: &str, amount: &str| back(&format!("+{amount} 4"), at);
    let (mut batch, sent) = sent_batch();
    for message in [entry("-250.00 3", PART), sum()] {
        let found = read(&batch, &sent, &message);
        apply(&mut batch, &found, SOURCE).unwrap();
    }
    let before = batch.payouts[0].reason.clone();
    assert_eq!(before.as_deref(), Some("the bank gave no reason"));
    let found = read(&batch, &sent, &singly("{1}", "100.00"));
    assert_eq!((found.transitions.len(), found.breaks.len()), (0, 0));
    assert_eq!(found.explained[0].fault, Some(Fault::Account));
    apply(&mut batch, &found, SOURCE).unwrap();
    assert_eq!(
        batch.payouts[0].reason.as_deref(),
        Some("AC04: the account is closed")
    );
    assert_eq!(batch.payouts[1].reason, before);
    // Once, and no other reason takes its place.
    let again = singly("{1}", "100.00").replace("AC04", "AC01");
    assert_eq!(read(&batch, &sent, &again).explained, []);
    // In one file.
    let (batch, sent) = sent_batch();
    let both = sum() + "</Stmt><Stmt><Id>T</Id>" + &singly("{1}", "100.00");
    let found = read(&batch, &sent, &both);
    assert_eq!(found.explained, []);
    assert_eq!(found.transitions[0].fault, Some(Fault::Account));
    assert_eq!(found.transitions[1].fault, None);
}

#[test]
fn details_of_some_and_the_sum_of_a_day_are_one_event() {
    let out = || entry("-250.00 3", PART);
    let (first, second) = (one("-100.00 3", "{1}"), one("-80.00 3", "{2}"));
    let some = || first.clone() + &second;
    let rest = || one("-50.00 3", "{3}") + &one("-20.00 3", "{4}");
    let back_some = || back("+100.00 4", "{1}") + &back("+80.00 4", "{2}");
    rows(&[
        ("some, sum", vec![some(), out()], "SSSS", ""),
        ("some, sum, rest", vec![some(), out(), rest()], "SSSS", ""),
        (
            "some, rest as a sum",
            vec![some(), entry("-70.00 3", PART)],
            "SSSS",
            "",
        ),
        (
            "some, rest of another day",
            vec![some(), entry("-70.00 4", PART)],
            "SSSS",
            "",
        ),
        (
            "some, another sum",
            vec![some(), entry("-60.00 3", PART)],
            "SSTT",
            "1234",
        ),
        (
            "back, sum",
            vec![out(), back_some(), entry("+250.00 4", PART)],
            "RRRR",
            "",
        ),
        (
            "back, rest",
            vec![out(), back_some(), entry("+70.00 4", PART)],
            "RRRR",
            "",
        ),
        (
            "sum, some",
            vec![out(), entry("+250.00 4", PART), back_some()],
            "RRRR",
            "",
        ),
        ("in one statement", vec![some() + &out()], "SSTT", "1234"),
    ]);
}

#[test]
fn a_reversal_in_a_detail_is_one() {
    let one = |said: &str, indicator: &str| {
        entry(
            said,
            &details(&[("{1}", &format!("<RvslInd>{indicator}</RvslInd>"))]),
        )
    };
    rows(&[
        ("out", vec![one("-100.00 3", "true")], "TTTT", "1"),
        ("no reversal", vec![one("-100.00 3", "false")], "STTT", ""),
        (
            "in",
            vec![one("-100.00 3", "false"), one("+100.00 4", "1")],
            "RTTT",
            "",
        ),
        ("denied", vec![one("-100.00 3 !", "false")], "TTTT", "1"),
        ("denied, in", vec![one("+100.00 3 !", "false")], "TTTT", "1"),
        (
            "of a sum",
            vec![entry(
                "-250.00 3",
                &PART.replace(
                    "</NtryDtls>",
                    "<TxDtls><RvslInd>true</RvslInd></TxDtls></NtryDtls>",
                ),
            )],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn a_batch_is_what_is_booked() {
    let of_part = |more: &str| PART.replace("</Btch>", &format!("{more}</Btch>"));
    let detailed = |more: &str| {
        let all = four("-250.00 3", ["100.00", "80.00", "50.00", "20.00"]);
        all.replace("<NtryDtls>", &format!("<NtryDtls><Btch>{more}</Btch>"))
    };
    let total = |amount: &str| format!("<TtlAmt Ccy=\"EUR\">{amount}</TtlAmt>");
    for (name, more, is_it) in [
        ("count", "<NbOfTxs>4</NbOfTxs>".to_owned(), true),
        ("total", total("250.00"), true),
        ("way", "<CdtDbtInd>DBIT</CdtDbtInd>".to_owned(), true),
        ("another count", "<NbOfTxs>3</NbOfTxs>".to_owned(), false),
        ("another total", total("240.00"), false),
        ("another way", "<CdtDbtInd>CRDT</CdtDbtInd>".to_owned(), false),
    ] {
        let (states, doubted) = if is_it { ("SSSS", "") } else { ("TTTT", "1234") };
        rows(&[
            (name, vec![entry("-250.00 3", &of_part(&more))], states, doubted),
            (name, vec![detailed(&more)], states, doubted),
            // Its details in several blocks, of which the first says so.
            (
                name,
                vec![detailed(&more).replacen("</TxDtls>", "</TxDtls></NtryDtls><NtryDtls>", 1)],
                states,
                doubted,
            ),
        ]);
    }
}

#[test]
fn charges_explain_what_they_can() {
    let charged = |said: &str, charges: &str, more: &str| {
        let charges = format!("<Chrgs><Rcrd><Amt Ccy=\"EUR\">{charges}</Amt></Rcrd></Chrgs>{more}");
        entry(said, &details(&[("{4}", &charges)]))
    };
    let reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    rows(&[
        ("on top", vec![charged("-22.50 3", "2.50", "")], "TTTS", ""),
        (
            "as much as the payment",
            vec![charged("-40.00 3", "20.00", "")],
            "TTTS",
            "",
        ),
        (
            "more than the payment",
            vec![charged("-45.00 3", "25.00", "")],
            "TTTT",
            "4",
        ),
        (
            "less went out",
            vec![charged("-17.50 3", "2.50", "")],
            "TTTT",
            "4",
        ),
        (
            "the entry is the charge",
            vec![charged("-10.00 3", "10.00", "")],
            "TTTT",
            "4",
        ),
        (
            "back less charges",
            vec![charged("+17.50 4", "2.50", reason)],
            "TTTR",
            "",
        ),
    ]);
}

#[test]
fn an_answer_to_something_else_is_none() {
    let repeated = |file: &str, part: &str| {
        report("ACSC", "ACSC", &[])
            .replace("</OrgnlMsgId>", &format!("</OrgnlMsgId>{file}"))
            .replace("</OrgnlPmtInfId>", &format!("</OrgnlPmtInfId>{part}"))
    };
    for right in [
        "<OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>",
        "<OrgnlNbOfTxs>4</OrgnlNbOfTxs><OrgnlCtrlSum>250</OrgnlCtrlSum>",
        "<OrgnlCtrlSum>250.00</OrgnlCtrlSum>",
    ] {
        rows(&[
            (right, vec![repeated(right, "")], "SSSS", ""),
            (right, vec![repeated("", right)], "SSSS", ""),
        ]);
    }
    for wrong in [
        "<OrgnlMsgNmId>pain.008.001.02</OrgnlMsgNmId>",
        "<OrgnlNbOfTxs>5</OrgnlNbOfTxs>",
        "<OrgnlCtrlSum>260.00</OrgnlCtrlSum>",
    ] {
        rows(&[
            (wrong, vec![repeated(wrong, "")], "TTTT", "1234"),
            (wrong, vec![repeated("", wrong)], "TTTT", "1234"),
        ]);
    }
    let (batch, sent) = sent_batch();
    let found = read(
        &batch,
        &sent,
        &repeated("<OrgnlCtrlSum>260.00</OrgnlCtrlSum>", ""),
    );
    assert_eq!(
        found.breaks[0].words(),
        "2026-11-a: the bank answers to payments of 260.00 in all (OrgnlCtrlSum), but 250.00 were sent: nothing that it says of it \
         was taken"
    );
}

/// Statuses of one payment and reasons of one status by the ten thousand are read in a time that grows with them.
#[test]
fn many_statuses_of_one_payment_are_bounded() {
    let many: Vec<(&str, &str)> = vec![("{1}", "ACSP"); 20_000];
    assert_eq!(
        after(&[report("", "", &many)]),
        ("TTTT".to_owned(), String::new())
    );
    let (batch, sent) = sent_batch();
    let refused: Vec<(&str, &str)> = vec![("{1}", "RJCT AC04"); 20_000];
    let found = read(&batch, &sent, &report("", "", &refused));
    assert_eq!((found.transitions.len(), found.breaks.len()), (1, 1));
    let reasons = "<StsRsnInf><Rsn><Prtry>X</Prtry></Rsn></StsRsnInf>".repeat(20_000);
    let of_file = report("RJCT", "", &refused[..1000]).replace("</GrpSts>", &format!("</GrpSts>{reasons}"));
    let found = read(&batch, &sent, &of_file);
    assert!(found.breaks.iter().all(|one| one.words().len() < 2_000));
}
