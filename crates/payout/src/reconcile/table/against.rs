//! Messages that contradict themselves or each other: the states that follow, and the payouts that are in doubt.

use super::{PART, details, entry, one, report, rows};

#[test]
fn a_detail_that_goes_the_other_way_is_none() {
    let other = |said: &str, indicator: &str| {
        let more = format!("<CdtDbtInd>{indicator}</CdtDbtInd>");
        entry(said, &details(&[("{1}", &more)]))
    };
    let with_amount = "<Amt Ccy=\"EUR\">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>";
    let in_dollars = "<Amt Ccy=\"USD\">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>";
    let net = [
        ("{1}", "<Amt Ccy=\"EUR\">100.00</Amt>"),
        (
            "{2}",
            "<Amt Ccy=\"EUR\">80.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
        ),
    ];
    let of_part = |indicator: &str| {
        let indicator = format!("</Refs><CdtDbtInd>{indicator}</CdtDbtInd></TxDtls>");
        super::IN_REFS.replace("</Refs></TxDtls>", &indicator)
    };
    rows(&[
        ("a debit alone", vec![other("-100.00 3", "CRDT")], "TTTT", "1"),
        ("a credit alone", vec![other("+100.00 3", "DBIT")], "TTTT", "1"),
        ("the same way", vec![other("-100.00 3", "DBIT")], "STTT", ""),
        (
            "after it left",
            vec![one("-100.00 3", "{1}"), other("-100.00 5", "CRDT")],
            "STTT",
            "1",
        ),
        (
            "with its amount",
            vec![entry("-100.00 3", &details(&[("{1}", with_amount)]))],
            "TTTT",
            "1",
        ),
        (
            "in another currency",
            vec![entry("-100.00 3", &details(&[("{1}", in_dollars), ("{2}", "")]))],
            "TTTT",
            "12",
        ),
        (
            "one out and one back give the entry",
            vec![entry("-20.00 3", &details(&net))],
            "SRTT",
            "",
        ),
        (
            "a sum out",
            vec![entry("-250.00 3", &of_part("CRDT"))],
            "TTTT",
            "1234",
        ),
        (
            "a sum back",
            vec![entry("-250.00 3", PART), entry("+250.00 4", &of_part("DBIT"))],
            "SSSS",
            "1234",
        ),
        (
            "a sum the same way",
            vec![entry("-250.00 3", &of_part("DBIT"))],
            "SSSS",
            "",
        ),
    ]);
}

/// A report with several blocks about the part: its status, and those of payments.
fn blocks(file: &str, said: &[(&str, &[(&str, &str)])]) -> String {
    let end = "</CstmrPmtStsRpt>";
    let all = said.iter().map(|(part, payments)| {
        let alone = report("", part, payments);
        let start = alone.find("<OrgnlPmtInfAndSts>").unwrap();
        alone[start..].replace(end, "")
    });
    let all: String = all.collect();
    report(file, "", &[]).replace(end, &format!("{all}{end}"))
}

#[test]
fn blocks_about_one_part_are_one() {
    let refused: (&str, &[_]) = ("RJCT AC02", &[]);
    let under_way: (&str, &[_]) = ("ACSP", &[]);
    let of_one: (&str, &[_]) = ("", &[("{1}", "ACSP")]);
    let done: (&str, &[_]) = ("", &[("{1}", "ACSC")]);
    let listed: (&str, &[_]) = ("RJCT AC02", &[("{1}", "RJCT AC02")]);
    for (name, said) in [
        ("status and status", vec![refused, under_way]),
        ("status and payment", vec![refused, of_one]),
        ("status and a payment that is done", vec![refused, done]),
        ("three", vec![refused, under_way, refused]),
        ("with a payment listed", vec![listed, under_way]),
    ] {
        let mut turned = said.clone();
        turned.reverse();
        rows(&[
            (name, vec![blocks("", &said)], "TTTT", "1234"),
            (name, vec![blocks("", &turned)], "TTTT", "1234"),
            (name, vec![blocks("RJCT AC02", &turned)], "TTTT", "1234"),
        ]);
    }
    let another: (&str, &[_]) = ("", &[("{2}", "RJCT AC04")]);
    rows(&[
        (
            "of other payments",
            vec![blocks("", &[another, done])],
            "SFTT",
            "",
        ),
        (
            "the same twice",
            vec![blocks("", &[another, another])],
            "TFTT",
            "2",
        ),
        (
            "several, and a payment that is done",
            vec![blocks("", &[refused, under_way, done])],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn what_is_done_as_a_whole_has_no_refusal_in_it() {
    for done in ["ACSC", "ACCC"] {
        rows(&[
            (
                "file and part",
                vec![report(done, "RJCT AC02", &[])],
                "TTTT",
                "1234",
            ),
            (
                "file and payment",
                vec![report(done, "", &[("{1}", "RJCT AC04")])],
                "TTTT",
                "1234",
            ),
            (
                "part and payment",
                vec![report("", done, &[("{1}", "RJCT AC04")])],
                "TSSS",
                "1",
            ),
            (
                "refused twice",
                vec![report(done, "RJCT AC02", &[("{1}", "RJCT AC04")])],
                "TTTT",
                "1234",
            ),
        ]);
    }
    for accepted in ["ACSP", "ACCP"] {
        rows(&[(
            "accepted but one",
            vec![report(accepted, "", &[("{1}", "RJCT AC04")])],
            "FTTT",
            "",
        )]);
    }
    rows(&[(
        "the file says both",
        vec![report("ACSC+RJCT", "RJCT AC02", &[("{1}", "RJCT AC04")])],
        "TTTT",
        "1234",
    )]);
}

#[test]
fn what_is_refused_has_a_reason_or_somebody_looks() {
    let accepted = || report("ACSP", "", &[]);
    for reason in ["", " NARR", " FF01", " MS03", " X9"] {
        let refused = format!("RJCT{reason}");
        let (file, part) = (report(&refused, "", &[]), report("", &refused, &[]));
        let listed = |said: &str| report(&refused, "", &[("{1}", said)]);
        rows(&[
            ("after", vec![accepted(), file.clone()], "TTTT", "1234"),
            ("before", vec![file.clone(), accepted()], "TTTT", "1234"),
            ("alone", vec![file], "TTTT", "1234"),
            ("a part", vec![part], "TTTT", "1234"),
            ("both", vec![report(&refused, "RJCT", &[])], "TTTT", "1234"),
            (
                "a part says why",
                vec![report(&refused, "RJCT AC02", &[])],
                "TTTT",
                "1234",
            ),
            ("listed", vec![listed("RJCT")], "TTTT", "1234"),
            ("listed without a status", vec![listed("")], "TTTT", "1234"),
            ("a payment says why", vec![listed("RJCT AC04")], "FTTT", "234"),
            (
                "a payment alone",
                vec![report("", "", &[("{1}", &refused)])],
                "TTTT",
                "1",
            ),
        ]);
    }
    for reason in ["AC01", "AC04", "AC02"] {
        let refused = report(&format!("RJCT {reason}"), "", &[]);
        rows(&[
            (reason, vec![refused.clone()], "TTTT", "1234"),
            (
                reason,
                vec![report("ACTC", "", &[]), refused.clone()],
                "TTTT",
                "1234",
            ),
            (reason, vec![accepted(), refused], "TTTT", "1234"),
        ]);
    }
}

#[test]
fn what_is_under_way_after_a_refusal_is_looked_at() {
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    for code in ["ACSP", "ACTC", "ACCP", "PDNG", "ACSC"] {
        let alone = report("", "", &[("{1}", code)]);
        rows(&[
            (code, vec![refused(), alone.clone()], "FTTT", "1"),
            (
                code,
                vec![alone, refused()],
                if code == "ACSC" { "STTT" } else { "FTTT" },
                if code == "ACSC" { "1" } else { "" },
            ),
        ]);
    }
    rows(&[
        ("the file", vec![refused(), report("ACSP", "", &[])], "FTTT", "1"),
        (
            "the file in part",
            vec![refused(), report("PART", "", &[("{2}", "ACSP")])],
            "FTTT",
            "",
        ),
    ]);
}
