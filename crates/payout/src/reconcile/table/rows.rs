//! One line each: the messages in order, the states that follow, and the payouts that are in doubt.

use super::{FILE, IN_REFS, IN_TEXT, PART, back, details, entry, four, of_kind, one, report, rows, written};

#[test]
fn a_refused_duplicate_says_nothing_of_what_was_sent_first() {
    let duplicate = |code: &str| report(&format!("RJCT {code}"), "", &[]);
    let accepted = || report("ACSP", "", &[]);
    for code in ["DU01", "DU02", "DU03", "DU04", "DU05", "AM05", "DUPL"] {
        rows(&[
            ("after", vec![accepted(), duplicate(code)], "TTTT", "1234"),
            ("before", vec![duplicate(code), accepted()], "TTTT", "1234"),
            (
                "a part",
                vec![report("", &format!("RJCT {code}"), &[])],
                "TTTT",
                "1234",
            ),
            (
                "a part of it",
                vec![report(&format!("RJCT {code}"), "RJCT", &[])],
                "TTTT",
                "1234",
            ),
            (
                "one",
                vec![report("PART", "", &[("{1}", &format!("RJCT {code}"))])],
                "TTTT",
                "1",
            ),
            (
                "listed",
                vec![report(&format!("RJCT {code}"), "", &[("{1}", "RJCT")])],
                "TTTT",
                "1234",
            ),
            (
                "listed otherwise",
                vec![report(&format!("RJCT {code}"), "", &[("{1}", "RJCT AC04")])],
                "TTTT",
                "1234",
            ),
            (
                "the rest",
                vec![report("", &format!("RJCT {code}"), &[("{1}", "RJCT")])],
                "TTTT",
                "1234",
            ),
        ]);
    }
}

#[test]
fn what_else_is_said_of_a_duplicate() {
    let duplicate = |code: &str| report(&format!("RJCT {code}"), "", &[]);
    let accepted = || report("ACSP", "", &[]);
    rows(&[
        (
            "paid all the same",
            vec![duplicate("DU01"), entry("-250.00 3", PART)],
            "SSSS",
            "1234",
        ),
        (
            "paid before",
            vec![entry("-250.00 3", PART), duplicate("AM05")],
            "SSSS",
            "1234",
        ),
        (
            "refused for itself",
            vec![report("RJCT AC02", "", &[])],
            "TTTT",
            "1234",
        ),
        (
            "refused for itself, and accepted",
            vec![accepted(), report("RJCT AC02", "", &[])],
            "TTTT",
            "1234",
        ),
        (
            "cancelled as one",
            vec![report("CANC DUPL", "", &[])],
            "TTTT",
            "1234",
        ),
        (
            "one comes back as one",
            vec![
                one("-100.00 3", "{1}"),
                entry(
                    "+100.00 4",
                    &details(&[("{1}", "<RtrInf><Rsn><Cd>AM05</Cd></Rsn></RtrInf>")]),
                ),
            ],
            "STTT",
            "1",
        ),
    ]);
}

#[test]
fn two_statuses_of_one_payment_are_none() {
    rows(&[
        (
            "in one payment",
            vec![report("", "", &[("{1}", "RJCT+ACSC"), ("{2}", "RJCT AC04")])],
            "TFTT",
            "1",
        ),
        (
            "the same twice",
            vec![report("", "", &[("{1}", "RJCT+RJCT AC04")])],
            "FTTT",
            "",
        ),
        (
            "in two",
            vec![report("", "", &[("{1}", "RJCT AC04"), ("{1}", "ACSP")])],
            "TTTT",
            "1",
        ),
        ("of the file", vec![report("ACSC+RJCT", "", &[])], "TTTT", "1234"),
        ("of the part", vec![report("", "ACSC+RJCT", &[])], "TTTT", "1234"),
        (
            "file and payment",
            vec![report("RJCT AC02", "", &[("{1}", "ACSC")])],
            "TTTT",
            "1234",
        ),
        (
            "part and payment",
            vec![report("", "RJCT AC02", &[("{1}", "ACSP")])],
            "TTTT",
            "1234",
        ),
        (
            "file and part",
            vec![report("RJCT AC02", "ACSC", &[])],
            "TTTT",
            "1234",
        ),
        (
            "payment unknown",
            vec![report("", "RJCT AC02", &[("X", "RJCT")])],
            "TTTT",
            "1234",
        ),
        (
            "accepted but one",
            vec![report("", "ACSP", &[("{1}", "RJCT AC04")])],
            "FTTT",
            "",
        ),
    ]);
}

#[test]
fn sums_out_and_back() {
    let out = |place: &str| entry("-250.00 3", place);
    // A text alone does not say that money came back: its kind must.
    let back = |said: &str, place: &str| match place {
        IN_TEXT => of_kind(&entry(said, place), "ICDT"),
        place => entry(said, place),
    };
    for place in [PART, FILE, IN_REFS, IN_TEXT] {
        rows(&[
            ("out", vec![out(place)], "SSSS", ""),
            ("back", vec![out(place), back("+250.00 4 B9", place)], "RRRR", ""),
            (
                "back before out",
                vec![back("+250.00 4 B9", place), out(place)],
                "RRRR",
                "",
            ),
            (
                "a part back",
                vec![out(PART), entry("+150.00 4 B9", place)],
                "SSSS",
                "1234",
            ),
            (
                "more back",
                vec![out(PART), entry("+251.00 4 B9", place)],
                "SSSS",
                "1234",
            ),
            ("less out", vec![entry("-249.00 3", place)], "TTTT", "1234"),
            (
                "out twice",
                vec![out(place), entry("-250.00 4 B9", place)],
                "SSSS",
                "1234",
            ),
            (
                "out twice at once",
                vec![out(place) + &entry("-250.00 3", place)],
                "SSSS",
                "1234",
            ),
            ("a reversal", vec![entry("-250.00 3 !", place)], "TTTT", "1234"),
            (
                "taken back",
                vec![out(place), entry("+250.00 3 !", place)],
                "RRRR",
                "",
            ),
            (
                "out twice, back once",
                vec![out(place), entry("-250.00 4", place), entry("+250.00 5", place)],
                "SSSS",
                "1234",
            ),
        ]);
    }
}

#[test]
fn a_sum_and_its_details_are_one_event() {
    let out = |place: &str| entry("-250.00 3", place);
    let singly = || {
        one("-100.00 3", "{1}") + &one("-80.00 3", "{2}") + &one("-50.00 3", "{3}") + &one("-20.00 3", "{4}")
    };
    rows(&[
        ("details then sum", vec![singly(), out(PART)], "SSSS", ""),
        ("sum then details", vec![out(PART), singly()], "SSSS", ""),
        (
            "with references",
            vec![
                entry("-250.00 3 B1", PART),
                four("-250.00 3 B1", ["100.00", "80.00", "50.00", "20.00"]),
            ],
            "SSSS",
            "",
        ),
        (
            "another day",
            vec![singly(), entry("-250.00 4", PART)],
            "SSSS",
            "1234",
        ),
        (
            "one of them again",
            vec![out(PART), one("-20.00 4", "{4}")],
            "SSSS",
            "4",
        ),
        (
            "the rest back",
            vec![out(PART), back("+20.00 4", "{4}"), entry("+230.00 5", PART)],
            "RRRR",
            "",
        ),
        (
            "singly back, then as a sum",
            vec![out(PART), back("+100.00 4", "{1}"), entry("+250.00 5", PART)],
            "RSSS",
            "1234",
        ),
        (
            "after a refusal",
            vec![report("", "", &[("{4}", "RJCT AC04")]), entry("-230.00 3", PART)],
            "SSSF",
            "",
        ),
        (
            "with a refused one",
            vec![report("", "", &[("{4}", "RJCT AC04")]), out(PART)],
            "TTTF",
            "1234",
        ),
    ]);
}

#[test]
fn reversals() {
    rows(&[
        ("a debit alone", vec![one("-100.00 3 !", "{1}")], "TTTT", "1"),
        (
            "a debit after",
            vec![one("-100.00 3", "{1}"), one("-100.00 4 !", "{1}")],
            "STTT",
            "1",
        ),
        (
            "a credit",
            vec![one("-100.00 3", "{1}"), one("+100.00 3 !", "{1}")],
            "RTTT",
            "",
        ),
        (
            "and booked anew",
            vec![
                one("-100.00 3", "{1}"),
                one("+100.00 3 !", "{1}"),
                one("-100.00 4", "{1}"),
            ],
            "RTTT",
            "1",
        ),
        (
            "a debit called a return",
            vec![back("-100.00 3", "{1}")],
            "TTTT",
            "1",
        ),
    ]);
}

#[test]
fn references_wherever_they_stand() {
    let out = || one("-100.00 3", "{1}");
    for place in [
        "<RmtInf><Ustrd>RETURN {1} ACCOUNT CLOSED</Ustrd></RmtInf>",
        "<RmtInf><Ustrd>x{1start}</Ustrd><Ustrd>{1rest}</Ustrd></RmtInf>",
        "<RmtInf><Ustrd>{1small}</Ustrd></RmtInf>",
        "<RmtInf><Ustrd>{1spaced}</Ustrd></RmtInf>",
        "<RmtInf><Strd><CdtrRefInf><Ref>{1}</Ref></CdtrRefInf></Strd></RmtInf>",
        "<RmtInf><Ustrd>{1start}</Ustrd></RmtInf><AddtlTxInf>{1rest}</AddtlTxInf>",
        "<Refs><InstrId>{1}</InstrId></Refs>",
        "<Refs><TxId>{1}</TxId></Refs>",
        "<RltdPties><Dbtr><Nm>{1}</Nm></Dbtr></RltdPties>",
        "<AddtlTxInf>EREF: {1}</AddtlTxInf>",
        "<AddtlTxInf>?20EREF+{1start}?21{1rest}?22KREF</AddtlTxInf>",
    ] {
        rows(&[(place, vec![out(), written(place)], "RTTT", "")]);
    }
    rows(&[
        (
            "the entry's text",
            vec![
                out(),
                of_kind(&entry("+100.00 5", "<AddtlNtryInf>{1}</AddtlNtryInf>"), "ICDT"),
            ],
            "RTTT",
            "",
        ),
        (
            "cut off",
            vec![out(), written("<AddtlTxInf>{1start}</AddtlTxInf>")],
            "STTT",
            "1",
        ),
        (
            "two",
            vec![out(), written("<AddtlTxInf>{1} {2}</AddtlTxInf>")],
            "STTT",
            "12",
        ),
        (
            "of many",
            vec![entry(
                "-250.00 3",
                &format!(
                    "{}<AddtlNtryInf>{{1}}</AddtlNtryInf>",
                    details(&[("NOTPROVIDED", ""), ("NOTPROVIDED", "")])
                ),
            )],
            "TTTT",
            "1",
        ),
    ]);
}

#[test]
fn an_entry_and_its_details_agree_or_nothing_is_taken() {
    let charged = "<Chrgs><Rcrd><Amt Ccy=\"EUR\">2.50</Amt></Rcrd></Chrgs>";
    rows(&[
        ("no amounts", vec![four("-250.00 3", [""; 4])], "SSSS", ""),
        (
            "no amounts, more",
            vec![four("-260.00 3", [""; 4])],
            "TTTT",
            "1234",
        ),
        (
            "some amounts",
            vec![four("-250.00 3", ["100.00", "", "", ""])],
            "SSSS",
            "",
        ),
        (
            "other amounts",
            vec![four("-250.00 3", ["100.00", "80.00", "50.00", "19.00"])],
            "TTTT",
            "1234",
        ),
        (
            "two amounts changed",
            vec![four("-250.00 3", ["90.00", "90.00", "50.00", "20.00"])],
            "TTSS",
            "12",
        ),
        (
            "one of four",
            vec![entry(
                "-250.00 3",
                &details(&[("{1}", "<Amt Ccy=\"EUR\">100.00</Amt>")]),
            )],
            "TTTT",
            "1",
        ),
        ("four back", vec![four("+250.00 4", [""; 4])], "RRRR", ""),
        (
            "four back, less",
            vec![four("+240.00 4", [""; 4])],
            "TTTT",
            "1234",
        ),
        (
            "charges in it",
            vec![entry("-102.50 3", &details(&[("{1}", charged)]))],
            "STTT",
            "",
        ),
        ("charges not said", vec![one("-102.50 3", "{1}")], "TTTT", "1"),
    ]);
}

#[test]
fn what_is_too_little_is_no_return() {
    rows(&[
        ("a fee", vec![back("+92.50 4", "{1}")], "RTTT", ""),
        ("most of it gone", vec![back("+40.00 4", "{1}")], "TTTT", "1"),
        (
            "a cent from anybody",
            vec![one("-100.00 3", "{1}"), one("+0.01 4", "{1}")],
            "STTT",
            "1",
        ),
        (
            "less, and no return",
            vec![one("-100.00 3", "{1}"), one("+92.50 4", "{1}")],
            "STTT",
            "1",
        ),
        (
            "other money from anybody",
            vec![one("+0.01 4", "{1}").replace("EUR", "USD")],
            "TTTT",
            "1",
        ),
        ("more than was sent", vec![back("+108.00 4", "{1}")], "RTTT", "1"),
        (
            "not booked yet",
            vec![one("+100.00 4", "{1}").replace("BOOK", "PDNG")],
            "TTTT",
            "",
        ),
    ]);
}
