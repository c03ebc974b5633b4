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

/// A bank may write the payee's account as its national number.
#[test]
fn an_account_is_one_however_it_is_written() {
    let to = |party: &str, number: &str| {
        with_account(party, number)
            .replace("<IBAN>", "<Othr><Id>")
            .replace("</IBAN>", "</Id></Othr>")
    };
    let out = |details: &str| {
        vec![
            order(),
            back("+100.00 5 R1", "{1}"),
            entry("-95.00 6 V1", details),
        ]
    };
    let named = |details: &str| vec![entry("-100.00 3 B1", &details.replace("NOTPROVIDED", "{1}"))];
    rows(&[
        ("to it", out(&with_account("Cdtr", ACCOUNT)), "RTTT", "1"),
        ("to its number", out(&to("Cdtr", "0532013000")), "RTTT", "1"),
        (
            "to its number with the bank's",
            out(&to("Cdtr", "37040044 0532013000")),
            "RTTT",
            "1",
        ),
        ("to another number", out(&to("Cdtr", "0532013001")), "RTTT", ""),
        ("paid to its number", named(&to("Cdtr", "532013000")), "STTT", ""),
        (
            "paid to another number",
            named(&to("Cdtr", "0532013001")),
            "TTTT",
            "1",
        ),
        (
            "paid to a hidden number",
            named(&to("Cdtr", "******3001")),
            "STTT",
            "",
        ),
        (
            "from its number",
            vec![
                order(),
                of_kind(&entry("+100.00 6 V1", &to("Dbtr", "0532013000")), "RCDT"),
            ],
            "STTT",
            "1",
        ),
    ]);
}

/// What a bank writes in the place of a reference that it does not have is none.
#[test]
fn a_word_for_no_reference_is_none() {
    let to = |reference: &str| with_account("Cdtr", ACCOUNT).replace("NOTPROVIDED", reference);
    let out = |reference: &str| {
        vec![
            order(),
            back("+100.00 5 R1", "{1}"),
            entry("-95.00 6 V1000017", &to(reference)),
        ]
    };
    rows(&[
        ("a word", out("KEINE REFERENZ"), "RTTT", "1"),
        ("the bank's own", out("V1000017"), "RTTT", "1"),
        ("somebody else's", out("INVOICE-17"), "RTTT", ""),
    ]);
}

/// So may the account that a statement is of be written.
#[test]
fn a_statement_of_our_account_is_that_however_it_writes_it() {
    let of = |id: &str| format!("<Acct><Id>{id}</Id></Acct>{}", one("-100.00 3 B1", "{1}"));
    let number = |number: &str| of(&format!("<Othr><Id>{number}</Id></Othr>"));
    rows(&[
        (
            "its IBAN",
            vec![of("<IBAN>DE02120300000000202051</IBAN>")],
            "STTT",
            "",
        ),
        ("its number", vec![number("0000202051")], "STTT", ""),
        ("with the bank's", vec![number("12030000/202051")], "STTT", ""),
        ("another", vec![number("0000202052")], "TTTT", "1"),
    ]);
}
