//! Movements that name nothing of ours but the account of a payee.

use super::nameless::{ACCOUNT, order, with_account};
use super::{PART, back, details, entry, of_kind, one, report, rows};

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
        (
            "all in one, each account stated",
            vec![all(), to("-250.00 3 V1")],
            "FFFF",
            "1234",
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

/// Whatever is read first, and however much at once.
#[test]
fn what_goes_out_twice_without_a_name_is_looked_at_in_any_order() {
    let to = |said: &str| entry(said, &with_account("Cdtr", ACCOUNT));
    let sum = || entry("-250.00 3 V9", "");
    let each = || report("", "", &["{1}", "{2}", "{3}", "{4}"].map(|id| (id, "RJCT AC04")));
    let came_back = || back("+100.00 6 R1", "{1}");
    rows(&[
        (
            "all at once",
            vec![order() + &to("-100.00 4 V1") + &came_back()],
            "STTT",
            "1",
        ),
        (
            "after it came back",
            vec![order(), came_back(), to("-100.00 4 V1")],
            "RTTT",
            "1",
        ),
        (
            "both without a name",
            vec![to("-100.00 3 V1") + &to("-100.00 4 V2")],
            "TTTT",
            "1",
        ),
        (
            "the later first",
            vec![to("-100.00 4 V2"), to("-100.00 3 V1")],
            "TTTT",
            "1",
        ),
        (
            "the named later",
            vec![one("-100.00 5 B1", "{1}"), to("-100.00 3 V1")],
            "STTT",
            "1",
        ),
        ("a sum, and all refused", vec![sum(), each()], "TTTT", "1234"),
        (
            "a sum, and its next",
            vec![sum(), entry("-250.00 4 B9", PART)],
            "SSSS",
            "1234",
        ),
        (
            "a sum, its next, and that back",
            vec![
                sum(),
                entry("-250.00 4 B9", PART),
                of_kind(&entry("+250.00 7 B8", PART), "RRCT").replace("ESCT", "RRTN"),
            ],
            "SSSS",
            "1234",
        ),
    ]);
}

/// A debit that the bank calls a return is of what was refused as well as any other.
#[test]
fn the_banks_stronger_word_does_no_less() {
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let all = || report("", "", &["{1}", "{2}", "{3}", "{4}"].map(|id| (id, "RJCT AC04")));
    let to = |said: &str| entry(said, &with_account("Cdtr", ACCOUNT));
    rows(&[
        (
            "to the account",
            vec![refused(), to("-100.00 6 V1 !")],
            "FTTT",
            "1",
        ),
        (
            "to none",
            vec![refused(), entry("-100.00 6 V1 !", "")],
            "FTTT",
            "1",
        ),
        (
            "all of them",
            vec![all(), entry("-250.00 6 V1 !", "")],
            "FFFF",
            "1234",
        ),
    ]);
}

/// Salaries and suppliers' payments to a payee's account have references of their own.
#[test]
fn other_payments_to_a_payee_are_no_concern() {
    let salary = |said: &str| {
        let account = format!("<RltdPties><CdtrAcct><Id><IBAN>{ACCOUNT}</IBAN></Id></CdtrAcct></RltdPties>");
        entry(said, &details(&[("SALARY-2026-11", &account)]))
    };
    rows(&[
        ("before", vec![salary("-95.00 2 V1"), order()], "STTT", ""),
        ("after", vec![order(), salary("-100.00 4 V1")], "STTT", ""),
        (
            "before a sum",
            vec![salary("-95.00 2 V1"), entry("-250.00 3 B1", PART)],
            "SSSS",
            "",
        ),
        (
            "and it comes back",
            vec![salary("-95.00 2 V1"), order(), back("+100.00 5 R1", "{1}")],
            "RTTT",
            "",
        ),
    ]);
}

/// A supplier is paid as much as came back or was refused, to an account of its own.
#[test]
fn what_goes_to_another_account_is_no_concern() {
    let supplier = |said: &str| entry(said, &with_account("Cdtr", "DE02120300000000202051"));
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    rows(&[
        ("refused", vec![refused(), supplier("-100.00 5 V1")], "FTTT", ""),
        (
            "came back",
            vec![order(), back("+100.00 5 R1", "{1}"), supplier("-100.00 6 V1")],
            "RTTT",
            "",
        ),
        (
            "a file",
            vec![entry("-250.00 3 B1", PART), supplier("-250.00 6 V1")],
            "SSSS",
            "",
        ),
        (
            "taken back",
            vec![order(), back("+100.00 5 R1", "{1}"), supplier("-100.00 6 V1 !")],
            "RTTT",
            "1",
        ),
    ]);
}
