//! hledger journals: <https://hledger.org/hledger.html#journal>. The text is ASCII, whatever the locale it is read in.

use super::names::{hledger_account, hledger_commodity, push_hex};
use super::{Exported, codes, date_of, decimal, distinct};
use crate::account::Account;
use std::fmt::{self, Write};

pub(super) fn begin<'a>(
    out: &mut impl Write,
    accounts: impl Iterator<Item = &'a Account> + Clone,
) -> fmt::Result {
    writeln!(
        out,
        "; The books of Permille as an hledger journal. Check them: hledger -f FILE check --strict"
    )?;
    writeln!(
        out,
        "; Dates are effective dates in UTC. The number in parentheses is the transaction's, the payee its"
    )?;
    writeln!(
        out,
        "; cause, the note its key. Pending transactions, voided and expired ones moved no balance: left out."
    )?;
    writeln!(out, "\ndecimal-mark .\n")?;
    for (code, finest) in codes(accounts.clone()) {
        let places = "0".repeat(usize::from(finest.scale()));
        writeln!(out, "commodity 1000.{places} {}", hledger_commodity(code))?;
    }
    writeln!(out)?;
    let names = distinct(accounts, hledger_account);
    names.iter().try_for_each(|name| writeln!(out, "account {name}"))
}

pub(super) fn payee(out: &mut impl Write, cause: &str) -> fmt::Result {
    writeln!(out, "\npayee {}", payee_name(cause))
}

pub(super) fn transaction(out: &mut impl Write, transaction: &Exported<'_>) -> fmt::Result {
    let Exported {
        number,
        effective,
        recorded,
        action,
        ..
    } = transaction;
    let (payee, note) = (
        payee_name(transaction.cause),
        text(transaction.key, IN_DESCRIPTION),
    );
    writeln!(out, "\n{} * ({number}) {payee} | {note}", date_of(*effective))?;
    writeln!(
        out,
        "    ; action:{action}, effective:{effective}, recorded:{recorded}"
    )?;
    if let Some(linked) = transaction.linked {
        writeln!(out, "    ; of:{}", text(linked, IN_TAG))?;
    }
    if let Some(detail) = transaction.detail {
        writeln!(out, "    ; detail:{}", text(detail, IN_TAG))?;
    }
    for posting in transaction.postings {
        let (asset, amount) = (posting.debit.asset, i128::from(posting.amount));
        let commodity = hledger_commodity(asset.code());
        let tag = posting
            .reference
            .as_deref()
            .map(|reference| text(reference, IN_TAG));
        let tag = tag
            .map(|reference| format!("  ; reference:{reference}"))
            .unwrap_or_default();
        for (account, amount) in [(&posting.debit, amount), (&posting.credit, -amount)] {
            writeln!(
                out,
                "    {}  {} {commodity}{tag}",
                hledger_account(account),
                decimal(asset, amount)
            )?;
        }
    }
    Ok(())
}

/// What ends a payee or a description.
const IN_DESCRIPTION: &str = "%;|";
/// What ends a tag, begins another, or is taken for a date.
const IN_TAG: &str = "%;|:,[]";

fn payee_name(cause: &str) -> String {
    match cause {
        "" => "(no cause)".to_owned(),
        cause => text(cause, IN_DESCRIPTION),
    }
}

/// Printable ASCII as it is; everything else, and what has a meaning here, as `%` and two hexadecimal digits.
fn text(text: &str, special: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let last = text.len().saturating_sub(1);
    for (place, byte) in text.bytes().enumerate() {
        let is_plain_space = byte == b' ' && place != 0 && place != last && !escaped.ends_with(' ');
        let is_plain = byte.is_ascii_graphic() && !special.contains(char::from(byte));
        if is_plain || is_plain_space {
            escaped.push(char::from(byte));
        } else {
            push_hex(&mut escaped, '%', byte);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(text("settle/2026-10 1", IN_DESCRIPTION), "settle/2026-10 1");
        assert_eq!(text(" a  b\n; c|d ", IN_DESCRIPTION), "%20a %20b%0A%3B c%7Cd%20");
        assert_eq!(
            text("date:2020-01-01, [x]", IN_TAG),
            "date%3A2020-01-01%2C %5Bx%5D"
        );
    }
}
