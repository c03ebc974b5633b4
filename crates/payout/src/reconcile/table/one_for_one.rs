//! One movement explains one other: what was known by its day alone, or in another form, is used up by the first that it is taken for.

use super::{PART, SOURCE, apply, back, details, entry, four, one, read, report, rows, sent_batch};

const AMOUNTS: [&str; 4] = ["100.00", "80.00", "50.00", "20.00"];

#[test]
fn two_sums_of_a_day_are_two() {
    let each = || four("-250.00 3 E1", AMOUNTS);
    let sum = |of: &str| entry(&format!("-250.00 3 {of}"), PART);
    rows(&[
        ("details, and their sum", vec![each(), sum("S1")], "SSSS", ""),
        ("another sum", vec![each(), sum("S1"), sum("S2")], "SSSS", "1234"),
        (
            "in one statement",
            vec![each(), format!("{}{}", sum("S1"), sum("S2"))],
            "SSSS",
            "1234",
        ),
        ("a copy", vec![each(), sum("S1"), sum("S1")], "SSSS", ""),
        (
            "details of another entry",
            vec![sum("S1"), each(), four("-250.00 3 E2", AMOUNTS)],
            "SSSS",
            "1234",
        ),
        (
            "and one comes back",
            vec![each(), sum("S1"), sum("S2"), entry("+250.00 5 R", PART)],
            "SSSS",
            "1234",
        ),
    ]);
}

#[test]
fn what_is_known_by_its_day_is_one_movement() {
    let of = |reference: &str| one(&format!("-100.00 3{reference}"), "{1}");
    rows(&[
        ("with a reference later", vec![of(""), of(" D1")], "STTT", ""),
        ("and another", vec![of(""), of(" D1"), of(" D2")], "STTT", "1"),
        (
            "the other way round",
            vec![of(" D1"), of(""), of(" D2")],
            "STTT",
            "1",
        ),
        ("again", vec![of(""), of(" D1"), of(" D1"), of("")], "STTT", ""),
    ]);
}

/// What says no day is taken for one day.
#[test]
fn a_day_that_is_missing_is_no_two_days() {
    let without = |entry: String| {
        let start = entry.find("<BookgDt>").unwrap();
        let end = entry.find("</BookgDt>").unwrap() + "</BookgDt>".len();
        format!("{}{}", &entry[..start], &entry[end..])
    };
    let sum = |said: &str| entry(said, PART);
    rows(&[
        (
            "details, and sums of two days",
            vec![
                without(four("-250.00 3 E1", AMOUNTS)),
                sum("-250.00 3 S1"),
                sum("-250.00 4 S2"),
            ],
            "SSSS",
            "1234",
        ),
        (
            "a sum, and single ones of two days",
            vec![
                without(sum("-250.00 3 S1")),
                one("-100.00 3 D1", "{1}"),
                one("-100.00 4 D2", "{1}"),
            ],
            "SSSS",
            "1",
        ),
    ]);
}

#[test]
fn what_came_back_and_is_accepted_anew() {
    let report_of = |id: &str, status: &str| {
        report("", "", &[("{1}", status)]).replace(
            "<CstmrPmtStsRpt>",
            &format!("<CstmrPmtStsRpt><GrpHdr><MsgId>{id}</MsgId></GrpHdr>"),
        )
    };
    let moved = || vec![one("-100.00 3 D1", "{1}"), back("+100.00 5 R1", "{1}")];
    for status in ["ACSC", "ACSP"] {
        let (first, second) = (report_of("A", status), report_of("B", status));
        rows(&[
            (
                status,
                [vec![first.clone()], moved(), vec![second]].concat(),
                "RTTT",
                "1",
            ),
            (
                status,
                [vec![first.clone()], moved(), vec![first]].concat(),
                "RTTT",
                "",
            ),
        ]);
    }
}

#[test]
fn a_report_of_another_payment_than_was_sent() {
    let of = |status: &str, iban: &str| {
        let told = format!(
            "<OrgnlTxRef><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>"
        );
        report("", "", &[("{1}", status)]).replace("</TxInfAndSts>", &told)
    };
    let (batch, _) = sent_batch();
    let own = batch.payouts[0].recipient.to.iban().unwrap().to_string();
    rows(&[
        (
            "refused",
            vec![of("RJCT AC04", "NL91ABNA0417164300")],
            "TTTT",
            "1",
        ),
        ("done", vec![of("ACSC", "NL91ABNA0417164300")], "TTTT", "1"),
        ("its own", vec![of("RJCT AC04", &own)], "FTTT", ""),
    ]);
}

/// Answers by the dozen leave room for what speaks against a refusal.
#[test]
fn a_full_list_keeps_what_doubts() {
    let (mut batch, sent) = sent_batch();
    let mut bring = |text: String| {
        let found = read(&batch, &sent, &text);
        apply(&mut batch, &found, SOURCE).unwrap();
        found.transitions.len()
    };
    for number in 0..100 {
        let text = report("", "", &[("{1}", "ACTC"), ("{2}", "ACTC")]);
        bring(text.replace(
            "<CstmrPmtStsRpt>",
            &format!("<CstmrPmtStsRpt><GrpHdr><MsgId>{number}</MsgId></GrpHdr>"),
        ));
    }
    assert_eq!(bring(report("", "", &[("{2}", "RJCT DU04")])), 0);
    assert_eq!(bring(report("", "", &[("{1}", "RJCT AC04")])), 0);
}

#[test]
fn a_sum_that_comes_back_may_be_of_others() {
    rows(&[(
        "two singly, and their sum or another's",
        vec![
            entry("-250.00 3 S", PART),
            format!("{}{}", back("+80.00 5 B2", "{2}"), back("+20.00 5 B4", "{4}")),
            entry("+100.00 5 B9", PART),
        ],
        "SRSR",
        "1234",
    )]);
}

#[test]
fn reasons_of_the_payee_beside_others() {
    let with = |more: &str| {
        report("", "", &[("{1}", "RJCT AC04")]).replace(
            "</StsRsnInf>",
            &format!("</StsRsnInf><StsRsnInf><Rsn><Cd>{more}</Cd></Rsn></StsRsnInf>"),
        )
    };
    rows(&[
        ("of the platform", vec![with("AM04")], "TTTT", "1"),
        ("of the arrival", vec![with("FF01")], "TTTT", "1"),
        ("of the payee", vec![with("BE01")], "FTTT", ""),
        ("in words", vec![with("NARR")], "FTTT", ""),
    ]);
}

#[test]
fn what_came_back_before_it_left_is_of_another_leaving() {
    rows(&[
        (
            "read late",
            vec![one("-100.00 5 D2", "{1}"), back("+100.00 4 R1", "{1}")],
            "STTT",
            "1",
        ),
        (
            "a sum",
            vec![entry("-250.00 6 S2", PART), entry("+250.00 5 R", PART)],
            "SSSS",
            "1234",
        ),
        (
            "on one day",
            vec![one("-100.00 5 D2", "{1}"), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "",
        ),
    ]);
}

/// Pages of a statement, and legal numbers where there are no electronic ones, tell two payments of a day apart as the numbers do.
#[test]
fn pages_and_legal_numbers_tell_apart() {
    let of = |more: &str| format!("{more}{}", one("-100.00 3", "{1}"));
    let page = |number: &str, page: u32| {
        format!("<StmtPgntn><PgNb>{page}</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>{number}")
    };
    let electronic = "<ElctrncSeqNb>211</ElctrncSeqNb>";
    let legal = |number: u32| format!("<LglSeqNb>{number}</LglSeqNb>");
    for (name, first, second, doubted) in [
        ("two pages", page(electronic, 1), page(electronic, 2), "1"),
        ("one page twice", page(electronic, 1), page(electronic, 1), ""),
        (
            "a copy without pages",
            page(electronic, 1),
            electronic.to_owned(),
            "",
        ),
        ("two legal numbers", legal(7), legal(8), "1"),
        ("one legal number", legal(7), legal(7), ""),
        (
            "a legal and an electronic one",
            legal(7),
            electronic.to_owned(),
            "",
        ),
    ] {
        rows(&[(name, vec![of(&first), of(&second)], "STTT", doubted)]);
    }
}

/// A statement that gives a movement the references of two explains one of them.
#[test]
fn two_references_are_not_of_two_movements() {
    let of =
        |reference: &str, more: &str| entry(&format!("-100.00 3{reference}"), &details(&[("{1}", more)]));
    let both = || of(" D2", "").replace("<Refs>", "<Refs><AcctSvcrRef>D1</AcctSvcrRef>");
    let [first, second] = [of(" D1", ""), of(" D2", "")];
    let id = |id: &str| format!("<Refs><UETR>{id}</UETR></Refs>");
    let with = |reference: &str, uetr: &str| {
        of(reference, "").replace(
            "</EndToEndId></Refs>",
            &format!("</EndToEndId>{}", &id(uetr)[6..]),
        )
    };
    let numbered = |number: u32, said: &str| format!("<ElctrncSeqNb>{number}</ElctrncSeqNb>{}", of(said, ""));
    rows(&[
        (
            "it is first",
            vec![both(), first.clone(), second.clone()],
            "STTT",
            "1",
        ),
        (
            "between them",
            vec![first.clone(), both(), second.clone()],
            "STTT",
            "1",
        ),
        (
            "the other way round",
            vec![both(), second.clone(), first.clone()],
            "STTT",
            "1",
        ),
        (
            "of one of them alone",
            vec![both(), second.clone(), second],
            "STTT",
            "",
        ),
        (
            "by numbers of statements",
            vec![of(" X", ""), numbered(31, ""), numbered(32, "")],
            "STTT",
            "1",
        ),
        (
            "two transactions of one reference",
            vec![with(" 1", "a"), with(" 1", "b")],
            "STTT",
            "1",
        ),
        (
            "two transactions of which one has a reference",
            vec![with(" 1", "a"), with("", "b")],
            "STTT",
            "1",
        ),
        (
            "one transaction",
            vec![with(" 1", "a"), with("", "a")],
            "STTT",
            "",
        ),
    ]);
}

/// A bank that repeats our own ids, or a word for none, gives no reference: the numbers of its statements tell two payments apart.
#[test]
fn what_is_no_reference_tells_nothing() {
    let of = |number: u32, reference: &str, place: &str| {
        let text = match place {
            PART => entry(&format!("-250.00 3 {reference}"), PART),
            id => one(&format!("-100.00 3 {reference}"), id),
        };
        format!("<ElctrncSeqNb>{number}</ElctrncSeqNb>{}", text.replace('_', " "))
    };
    for reference in [
        "{1}",
        "2026-11-a-1",
        "2026-11-a",
        "//NONREF",
        "NOT_PROVIDED",
        "NO_REF",
        "N.A.",
        "UNKNOWN",
        "XXXX",
        "12",
    ] {
        rows(&[(
            reference,
            vec![of(10, reference, "{1}"), of(11, reference, "{1}")],
            "STTT",
            "1",
        )]);
        if reference != "{1}" {
            rows(&[(
                reference,
                vec![of(10, reference, PART), of(11, reference, PART)],
                "SSSS",
                "1234",
            )]);
        }
        rows(&[(
            reference,
            vec![of(10, reference, "{1}"), of(10, reference, "{1}")],
            "STTT",
            "",
        )]);
    }
}

/// Two bookings of a day at two times are two, where the bank gives both a time and no reference of both.
#[test]
fn what_is_booked_at_two_times_of_a_day_is_two() {
    let at = |time: &str, reference: &str| {
        let booked = one(&format!("-100.00 3{reference}"), "{1}");
        booked.replace("<Dt>2026-11-03</Dt>", &format!("<DtTm>2026-11-03T{time}</DtTm>"))
    };
    let day = || one("-100.00 3", "{1}");
    let second = |first: String, second: String| vec![first, second];
    rows(&[
        ("one", second(at("09:00:00", ""), at("09:00:00", "")), "STTT", ""),
        ("two", second(at("09:00:00", ""), at("15:00:00", "")), "STTT", "1"),
        ("a day", second(at("09:00:00", ""), day()), "STTT", ""),
        ("a day first", second(day(), at("09:00:00", "")), "STTT", ""),
        (
            "midnight is a day",
            second(at("09:00:00", ""), at("00:00:00", "")),
            "STTT",
            "",
        ),
        (
            "one with a reference",
            second(at("09:00:00", " B1"), at("15:00:00", "")),
            "STTT",
            "1",
        ),
        (
            "under one reference",
            second(at("09:00:00", " B1"), at("15:00:00", " B1")),
            "STTT",
            "",
        ),
    ]);
}

/// Of two debits of as much one is the leaving of what comes back by name, and the other one is not.
#[test]
fn what_left_twice_without_a_name_is_looked_at() {
    let out = |said: &str| entry(said, "");
    let back = || back("+100.00 6 R1", "{1}");
    rows(&[
        ("once", vec![out("-100.00 3 V0"), back()], "RTTT", ""),
        (
            "and a copy",
            vec![out("-100.00 3 V0"), out("-100.00 3 V0"), back()],
            "RTTT",
            "",
        ),
        (
            "twice",
            vec![out("-100.00 3 V0"), out("-100.00 4 V1"), back()],
            "RTTT",
            "1",
        ),
        (
            "one after it is read",
            vec![out("-100.00 3 V0"), back(), out("-100.00 4 V1")],
            "RTTT",
            "1",
        ),
        (
            "in one statement",
            vec![out("-100.00 3") + &out("-100.00 3"), back()],
            "RTTT",
            "1",
        ),
    ]);
}

/// A month shows again what was told of one payout: it may be of others all the same, when these come back.
#[test]
fn what_was_told_is_told_of_others_when_they_are_free() {
    let out = || entry("-100.00 5 REF0005X77", "");
    let month = "<FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-29T23:59:59</ToDtTm></FrToDt>";
    let left = || one("-80.00 3 B2", "{2}") + &one("-20.00 3 B4", "{4}") + &one("-50.00 3 B3", "{3}");
    let returned = || back("+80.00 4 R2", "{2}") + &back("+20.00 4 R4", "{4}");
    let refused = || report("PART", "", &[("{1}", "RJCT AC04")]);
    rows(&[
        (
            "the day",
            vec![refused(), left(), out(), returned()],
            "FRSR",
            "124",
        ),
        (
            "and the month",
            vec![refused(), left(), out(), format!("{month}{}", out()), returned()],
            "FRSR",
            "124",
        ),
    ]);
}
