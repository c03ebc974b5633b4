//! Movements that name nothing of ours: other people's, and those that may be a payout's money all the same.

use super::{PART, back, details, entry, of_kind, one, read, report, rows, sent_batch};

const ACCOUNT: &str = "DE89370400440532013000";

fn text(text: &str) -> String {
    format!("<AddtlNtryInf>{text}</AddtlNtryInf>")
}

fn order() -> String {
    one("-100.00 3 ORD1", "{1}")
}

/// Details with an account in the place of the one that pays (`Dbtr`), or of the one that is paid (`Cdtr`).
fn with_account(party: &str, account: &str) -> String {
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
        ("before it", then(entry("-100.00 4 V1", &wrong())), "RTTT", ""),
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

/// A bank may bring money back under its code for ordinary credits, and name nothing but the account from which it comes.
#[test]
fn what_comes_from_the_payees_account_is_looked_at() {
    let from = |said: &str, account: &str| of_kind(&entry(said, &with_account("Dbtr", account)), "RCDT");
    let then = |entry: String| vec![order(), entry];
    rows(&[
        ("as much", then(from("+100.00 6 V1", ACCOUNT)), "STTT", "1"),
        ("less a fee", then(from("+92.50 6 V1", ACCOUNT)), "STTT", "1"),
        (
            "of no kind",
            then(entry("+100.00 6 V1", &with_account("Dbtr", ACCOUNT))),
            "STTT",
            "1",
        ),
        (
            "with the parties of the payment",
            then(entry("+100.00 6 V1", &with_account("Cdtr", ACCOUNT))),
            "STTT",
            "1",
        ),
        (
            "with a reference that was cut to twelve characters",
            then(from("+100.00 6 V1", "DE02120300000000202051").replace("NOTPROVIDED", "{1twelve}")),
            "STTT",
            "1",
        ),
        (
            "another account",
            then(from("+100.00 6 V1", "DE02120300000000202051")),
            "STTT",
            "",
        ),
        ("another amount", then(from("+60.00 6 V1", ACCOUNT)), "STTT", ""),
        ("before it", then(from("+100.00 2 V1", ACCOUNT)), "STTT", ""),
    ]);
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
        ("what came in", vec![sum(), entry("+250.00 4 B2", "")], "SSSS", ""),
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

/// A debit to the account of a payee whose payout failed, came back or has left already.
#[test]
fn what_goes_to_the_payees_account_is_looked_at() {
    let to = |said: &str| entry(said, &with_account("Cdtr", ACCOUNT));
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let all = || report("", "", &["{1}", "{2}", "{3}", "{4}"].map(|id| (id, "RJCT AC04")));
    rows(&[
        ("refused", vec![refused(), to("-100.00 3 V1")], "FTTT", "1"),
        ("before it was", vec![to("-100.00 3 V1"), refused()], "TTTT", "1"),
        (
            "with a charge",
            vec![order(), back("+100.00 5 R1", "{1}"), to("-101.50 6 V1")],
            "RTTT",
            "1",
        ),
        ("once more", vec![order(), to("-100.00 4 V1")], "STTT", "1"),
        (
            "the same, named less",
            vec![order(), to("-100.00 3 ORD1")],
            "STTT",
            "",
        ),
        (
            "what was ordered",
            vec![to("-100.00 3 V1"), one("-100.00 3 V1", "{1}")],
            "STTT",
            "",
        ),
        ("another amount", vec![refused(), to("-60.00 3 V1")], "FTTT", ""),
        (
            "of no account",
            vec![refused(), entry("-100.00 3 V1", "")],
            "FTTT",
            "1",
        ),
        (
            "all in one",
            vec![all(), entry("-250.00 3 V1", "")],
            "FFFF",
            "1234",
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
            "RTTT",
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
