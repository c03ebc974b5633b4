//! Beancount files: <https://beancount.github.io/docs/beancount_language_syntax.html>.

use super::names::{beancount_account, beancount_commodity};
use super::{Exported, FIRST, codes, date_of, decimal, distinct};
use crate::account::Account;
use std::fmt::{self, Write};

pub(super) fn begin<'a>(
    out: &mut impl Write,
    accounts: impl Iterator<Item = &'a Account> + Clone,
) -> fmt::Result {
    writeln!(
        out,
        "; The books of Permille as a Beancount file. Check them: bean-check FILE"
    )?;
    writeln!(
        out,
        "; Dates are effective dates in UTC. The payee is the transaction's cause, the narration its key."
    )?;
    writeln!(
        out,
        "; Pending transactions, voided and expired ones moved no balance: left out.\n"
    )?;
    for code in codes(accounts.clone()).into_keys() {
        writeln!(out, "{FIRST} commodity {}", beancount_commodity(code))?;
    }
    writeln!(out)?;
    let names = distinct(accounts, beancount_account);
    names
        .iter()
        .try_for_each(|name| writeln!(out, "{FIRST} open {name}"))
}

pub(super) fn transaction(out: &mut impl Write, transaction: &Exported<'_>) -> fmt::Result {
    let (payee, narration) = (text(transaction.cause), text(transaction.key));
    writeln!(out, "\n{} * {payee} {narration}", date_of(transaction.effective))?;
    writeln!(out, "  transaction: {}", transaction.number)?;
    writeln!(out, "  action: \"{}\"", transaction.action)?;
    writeln!(out, "  effective: \"{}\"", transaction.effective)?;
    writeln!(out, "  recorded: \"{}\"", transaction.recorded)?;
    if let Some(linked) = transaction.linked {
        writeln!(out, "  of: {}", text(linked))?;
    }
    if let Some(detail) = transaction.detail {
        writeln!(out, "  detail: {}", text(detail))?;
    }
    for posting in transaction.postings {
        let (asset, amount) = (posting.debit.asset, i128::from(posting.amount));
        let commodity = beancount_commodity(asset.code());
        let reference = posting.reference.as_deref().map(text);
        for (account, amount) in [(&posting.debit, amount), (&posting.credit, -amount)] {
            writeln!(
                out,
                "  {}  {} {commodity}",
                beancount_account(account),
                decimal(asset, amount)
            )?;
            if let Some(reference) = &reference {
                writeln!(out, "    reference: {reference}")?;
            }
        }
    }
    Ok(())
}

/// A string literal. Control characters, which no text of the books needs, become U+FFFD.
fn text(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => quoted.push('\u{fffd}'),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_quoted() {
        assert_eq!(text("a\"b\\c\n; d|e\r"), "\"a\\\"b\\\\c\\n; d|e\u{fffd}\"");
    }
}
