//! Movements that name nothing of ours: other people's, and those that may be a payout's money all the same.

use super::{PART, back, details, entry, of_kind, one, read, report, rows, sent_batch};

pub(super) const ACCOUNT: &str = "DE89370400440532013000";

pub(super) fn text(text: &str) -> String {
    format!("<AddtlNtryInf>{text}</AddtlNtryInf>")
}

pub(super) fn order() -> String {
    one("-100.00 3 ORD1", "{1}")
}

/// Details with an account in the place of the one that pays (`Dbtr`), or of the one that is paid (`Cdtr`).
pub(super) fn with_account(party: &str, account: &str) -> String {
    details(&[(
        "NOTPROVIDED",
        &format!("<RltdPties><{party}Acct><Id><IBAN>{account}</IBAN></Id></{party}Acct></RltdPties>"),
    )])
}

/// A debit that names nothing, and is of exactly what came back days before, may be the bank taking that back.
#[test]
fn what_goes_out_as_it_came_back_is_looked_at() {
    let before = || vec![order(), back("+100.00 5 R1", "{1}")];
    let then = |entry: String| [before(), vec![entry]].concat();
    let wrong = || text("CORRECTION OF CREDIT");
    rows(&[
        ("of nothing", then(entry("-100.00 6 V1", &wrong())), "RTTT", "1"),
        (
            "with the word of its text",
            then(entry("-100.00 6 V1", &text("CORRECTION YR CREDIT R1"))),
            "RTTT",
            "1",
        ),
        ("taken back", then(entry("-100.00 6 V1 !", &wrong())), "RTTT", "1"),
        ("on its day", then(entry("-100.00 5 V1", &wrong())), "RTTT", "1"),
        ("before it", then(entry("-100.00 4 V1", &wrong())), "RTTT", "1"),
        (
            "before it, and somebody's",
            then(one("-100.00 4 V1", "SUPPLIER-4711")),
            "RTTT",
            "",
        ),
        (
            "before it, by a card",
            then(of_kind(&entry("-100.00 4 V1", &wrong()), "CCRD")),
            "RTTT",
            "",
        ),
        (
            "another amount",
            then(entry("-100.01 6 V1", &wrong())),
            "RTTT",
            "",
        ),
        (
            "of what has not come back",
            then(entry("-80.00 6 V1", &wrong())),
            "RTTT",
            "",
        ),
    ]);
}

/// What may be of one or of several that are free may be of each of them.
#[test]
fn what_may_be_of_several_puts_all_of_them_in_doubt() {
    let refused = |ids: &[&str]| {
        let each: Vec<_> = ids.iter().map(|id| (*id, "RJCT AC04")).collect();
        report("PART", "", &each)
    };
    let sum = || entry("-250.00 3 B1", PART);
    let returned = |ids: &[(&str, &str)]| -> String {
        let each = ids.iter();
        each.map(|(amount, id)| back(&format!("+{amount} 5 R{id}"), id))
            .collect()
    };
    let out = || entry("-100.00 6 V1", "");
    rows(&[
        (
            "returned",
            vec![
                sum(),
                returned(&[("100.00", "{1}"), ("80.00", "{2}"), ("20.00", "{4}")]),
                out(),
            ],
            "RRSR",
            "124",
        ),
        (
            "refused",
            vec![refused(&["{1}", "{2}", "{4}"]), out()],
            "FFTF",
            "124",
        ),
        (
            "refused and returned",
            vec![
                refused(&["{1}"]),
                one("-80.00 3 B2", "{2}") + &one("-20.00 3 B4", "{4}"),
                returned(&[("80.00", "{2}"), ("20.00", "{4}")]),
                out(),
            ],
            "FRTR",
            "124",
        ),
        (
            "nothing",
            vec![sum(), returned(&[("100.00", "{1}")]), entry("-0.00 6 V1", "")],
            "RSSS",
            "",
        ),
    ]);
}

/// Suppliers, salaries and customers have references of their own, in the copy of the month as well.
#[test]
fn what_bears_a_reference_of_somebody_elses_is_no_concern() {
    let (batch, sent) = sent_batch();
    for (entry, breaks) in [
        (one("-1200.00 3 F1", "SUPPLIER-4711"), 0),
        (one("-2900.00 3 F2", "PAYROLL-2026-11-00012"), 0),
        (one("+59.00 3 F3", "ORDER 81"), 0),
        (one("-100.00 3 F4", "PAYOUT OF SOMEBODY 100"), 0),
        // The form of ours, as of another workspace, whose payout is not known here.
        (one("-100.00 3 F5", "PAY0123456789ABCDEFGHJKMNPQRS"), 1),
        (one("-100.00 3 F5", "pay_0123456789abcdefghjkmnpqrs"), 1),
        // A return that names nothing that is known here may be of a payout.
        (back("+1200.00 5 F6", "SUPPLIER-4711"), 1),
    ] {
        let found = read(&batch, &sent, &entry);
        assert_eq!(
            (found.breaks.len(), found.unrelated),
            (breaks, 1 - breaks),
            "{entry}"
        );
    }
}

/// The sum of a file, or of a part, once more.
#[test]
fn what_goes_out_as_a_file_did_is_looked_at() {
    let sum = || entry("-250.00 3 B1", PART);
    rows(&[
        ("as much", vec![sum(), entry("-250.00 4 B2", "")], "SSSS", "1234"),
        (
            "under a word",
            vec![sum(), entry("-250.00 4 B2", &text("SAMMELUEBERWEISUNG"))],
            "SSSS",
            "1234",
        ),
        (
            "in one statement",
            vec![sum() + &entry("-250.00 4 B2", "")],
            "SSSS",
            "1234",
        ),
        (
            "another amount",
            vec![sum(), entry("-249.99 4 B2", "")],
            "SSSS",
            "",
        ),
        (
            "as much as one of them",
            vec![sum(), entry("-80.00 4 B2", "")],
            "SSSS",
            "",
        ),
        (
            "a charge",
            vec![
                sum(),
                entry("-250.00 4 B2", "").replace(
                    "</BookgDt>",
                    "</BookgDt><BkTxCd><Prtry><Cd>NCHG</Cd></Prtry></BkTxCd>",
                ),
            ],
            "SSSS",
            "",
        ),
        ("what has not left", vec![entry("-250.00 4 B2", "")], "TTTT", ""),
        (
            "what came in",
            vec![sum(), entry("+250.00 4 B2", "")],
            "SSSS",
            "1234",
        ),
        (
            "by somebody's reference",
            vec![sum(), one("+250.00 4 B2", "INVOICE-17")],
            "SSSS",
            "",
        ),
        (
            "what has come back",
            vec![sum(), entry("+250.00 4 R1", PART), entry("+250.00 4 B2", "")],
            "RRRR",
            "",
        ),
    ]);
}

/// What a bank takes for a payment or a file, by its own word, is nobody's money.
#[test]
fn a_fee_that_names_what_it_is_for_is_one() {
    let fee = |entry: String| {
        entry.replace(
            "</BookgDt>",
            "</BookgDt><BkTxCd><Prtry><Cd>NCHG+808</Cd></Prtry></BkTxCd>",
        )
    };
    rows(&[
        (
            "of a file",
            vec![entry("-250.00 3 B1", PART), fee(entry("-4.50 3 F1", PART))],
            "SSSS",
            "",
        ),
        (
            "before it",
            vec![fee(entry("-4.50 3 F1", PART)), entry("-250.00 3 B1", PART)],
            "SSSS",
            "",
        ),
        (
            "of a payment",
            vec![order(), fee(one("-0.20 3 F1", "{1}"))],
            "STTT",
            "",
        ),
        (
            "taken back",
            vec![order(), fee(one("+0.20 4 F1", "{1}"))],
            "STTT",
            "",
        ),
        (
            "as much as half",
            vec![order(), fee(one("-50.00 3 F1", "{1}"))],
            "STTT",
            "1",
        ),
        (
            "as much as one of them",
            vec![entry("-250.00 3 B1", PART), fee(entry("-20.00 3 F1", PART))],
            "SSSS",
            "1234",
        ),
    ]);
}

/// What came back less a fee, or with others in one entry, is taken back as it came.
#[test]
fn what_goes_out_as_it_was_booked_is_looked_at() {
    let reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    let amount = |amount: &str| format!("<Amt Ccy=\"EUR\">{amount}</Amt>{reason}");
    let both = || {
        let all = details(&[("{1}", &amount("100.00")), ("{4}", &amount("20.00"))]);
        entry("+120.00 5 R1", &all)
    };
    let out = || one("-100.00 3 B1", "{1}") + &one("-20.00 3 B4", "{4}");
    let less = || vec![order(), back("+97.50 5 R1", "{1}")];
    let then = |before: Vec<String>, entry: String| [before, vec![entry]].concat();
    rows(&[
        ("less a fee", then(less(), entry("-97.50 6 V1", "")), "RTTT", "1"),
        (
            "as it was sent",
            then(less(), entry("-100.00 6 V1", "")),
            "RTTT",
            "1",
        ),
        (
            "of two",
            then(vec![out(), both()], entry("-120.00 6 V1", "")),
            "RTTR",
            "14",
        ),
        (
            "one of two",
            then(vec![out(), both()], entry("-20.00 6 V1", "")),
            "RTTR",
            "4",
        ),
    ]);
}

/// What the bank takes back without a name may take back a return that is read later.
#[test]
fn what_is_taken_back_before_it_came_back_is_looked_at() {
    let taken = || entry("-100.00 6 V1 !", "");
    rows(&[
        (
            "before",
            vec![order(), taken(), back("+100.00 5 R1", "{1}")],
            "STTT",
            "1",
        ),
        (
            "after",
            vec![order(), back("+100.00 5 R1", "{1}"), taken()],
            "RTTT",
            "1",
        ),
        (
            "of another amount",
            vec![order(), entry("-70.00 6 V1 !", "")],
            "STTT",
            "",
        ),
    ]);
}

/// A copy may say less of an entry than the statement did, and a bank may give all entries of a day one number.
#[test]
fn what_was_shown_by_name_is_known_without_it() {
    let day = || one("-100.00 3 FT26307001", "{1}");
    let month = |entries: &str| {
        format!(
            "<FrToDt><FrDtTm>2026-11-01T00:00:00</FrDtTm><ToDtTm>2026-11-30T23:59:59</ToDtTm></FrToDt>{entries}"
        )
    };
    let both = || one("-100.00 3 2026110300", "{1}") + &one("-80.00 3 2026110300", "{2}");
    rows(&[
        (
            "a payment",
            vec![day(), month(&entry("-100.00 3 FT26307001", ""))],
            "STTT",
            "",
        ),
        (
            "a sum",
            vec![
                entry("-250.00 3 FT26307009", PART),
                month(&entry("-250.00 3 FT26307009", "")),
            ],
            "SSSS",
            "",
        ),
        (
            "without a reference",
            vec![entry("-250.00 3", PART), month(&entry("-250.00 3", ""))],
            "SSSS",
            "",
        ),
        (
            "what came back",
            vec![
                day(),
                back("+100.00 5 FT26309001", "{1}"),
                month(&entry("+100.00 5 FT26309001", "")),
            ],
            "RTTT",
            "",
        ),
        (
            "in the same statement",
            vec![day() + &entry("-100.00 3 FT26307001", "")],
            "STTT",
            "1",
        ),
        (
            "a number of the day",
            vec![both() + &entry("-950.00 3 2026110300", "")],
            "SSTT",
            "",
        ),
    ]);
}

/// A sum without a name and details that have them, of one day in two statements, are one event.
#[test]
fn details_that_name_what_a_sum_does_not() {
    let sum = || entry("-250.00 3 V9", "");
    let details = || {
        let each = [
            ("-100.00", "{1}"),
            ("-80.00", "{2}"),
            ("-50.00", "{3}"),
            ("-20.00", "{4}"),
        ];
        let each = each.iter().zip(1..);
        each.map(|((amount, id), at)| one(&format!("{amount} 3 B{at}"), id))
            .collect::<String>()
    };
    rows(&[
        ("the sum first", vec![sum(), details()], "SSSS", ""),
        ("the details first", vec![details(), sum()], "SSSS", ""),
        ("in one statement", vec![details() + &sum()], "SSSS", "1234"),
        (
            "of another day",
            vec![details(), entry("-250.00 4 V9", "")],
            "SSSS",
            "1234",
        ),
        (
            "after one came back on that day",
            vec![details(), back("+80.00 3 R1", "{2}"), entry("-250.00 3 V9", "")],
            "SRSS",
            "1234",
        ),
    ]);
}

/// A sum without a name before the one that has it, in one statement; and the taking back of what was refused, booked out and back.
#[test]
fn what_is_read_in_one_statement_is_looked_at() {
    let refused = || report("", "", &[("{1}", "RJCT AC04"), ("{4}", "RJCT AC04")]);
    let two = details(&[
        (
            "{3}",
            "<Amt Ccy=\"EUR\">50.00</Amt><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
        ),
        (
            "{4}",
            "<Amt Ccy=\"EUR\">20.00</Amt><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
        ),
    ]);
    let all = || {
        one("-100.00 3 B1", "{1}")
            + &one("-80.00 3 B2", "{2}")
            + &one("-50.00 3 B3", "{3}")
            + &one("-20.00 3 B4", "{4}")
    };
    rows(&[
        (
            "a sum",
            vec![entry("-250.00 3 V1", "") + &entry("-250.00 4 B1", PART)],
            "SSSS",
            "1234",
        ),
        (
            "two of them taken back",
            vec![
                refused(),
                all() + &entry("+70.00 4 R1", &two) + &entry("-70.00 5 V1", ""),
            ],
            "FSRF",
            "134",
        ),
    ]);
}
