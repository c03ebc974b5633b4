//! Comma-separated values (RFC 4180): one row for each posting. There are no comments in CSV: pending, voided and
//! expired transactions, which moved no balance, are left out without one.

use super::names::plain_account;
use super::{Exported, decimal};
use std::borrow::Cow;
use std::fmt::{self, Write};

pub(super) fn begin(out: &mut impl Write) -> fmt::Result {
    out.write_str("transaction,key,action,cause,effective,recorded,debit,credit,amount,asset,reference\n")
}

pub(super) fn transaction(out: &mut impl Write, transaction: &Exported<'_>) -> fmt::Result {
    let Exported {
        number,
        action,
        effective,
        recorded,
        ..
    } = transaction;
    let (key, cause) = (cell(transaction.key), cell(transaction.cause));
    for posting in transaction.postings {
        let asset = posting.debit.asset;
        let (debit, credit) = (plain_account(&posting.debit), plain_account(&posting.credit));
        let (debit, credit) = (cell(&debit), cell(&credit));
        let amount = decimal(asset, posting.amount.into());
        let reference = cell(posting.reference.as_deref().unwrap_or(""));
        writeln!(
            out,
            "{number},{key},{action},{cause},{effective},{recorded},{debit},{credit},{amount},{},{reference}",
            asset.code()
        )?;
    }
    Ok(())
}

fn cell(text: &str) -> Cow<'_, str> {
    if text.contains(['"', ',', '\n', '\r']) || text.starts_with(' ') || text.ends_with(' ') {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(cell("plain: text; a|b"), "plain: text; a|b");
        assert_eq!(cell("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }
}
