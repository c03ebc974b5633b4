//! Postings in the row of their transaction: a JSON array of `[debit, credit, amount, previous on the debited account,
//! previous on the credited account]`, with the reference as sixth element where there is one. One row a transaction is
//! what makes batches fast; SQL reads the postings through the view `ledger_posting`.

use ledger::NewPosting;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A posting as its row says it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Packed<'t>(
    pub(super) u64,
    pub(super) u64,
    pub(super) u64,
    pub(super) u64,
    pub(super) u64,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")] pub(super) Option<Cow<'t, str>>,
);

/// Writes the postings of a transaction over what the text said before.
pub(super) fn pack(postings: &[NewPosting], text: &mut Vec<u8>) {
    text.clear();
    let packed = postings.iter().map(|posting| {
        Packed(
            posting.debit,
            posting.credit,
            posting.amount,
            posting.debit_previous,
            posting.credit_previous,
            posting.reference.as_deref().map(Cow::Borrowed),
        )
    });
    let mut json = serde_json::Serializer::new(text);
    serde::Serializer::collect_seq(&mut json, packed).expect("numbers and texts are written to memory");
}

/// Reads what [`pack`] wrote.
pub(super) fn unpack(text: &str) -> serde_json::Result<Vec<Packed<'_>>> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_read_back() {
        let posting = |amount, reference: Option<&str>| NewPosting {
            debit: 1,
            credit: 2,
            amount,
            debit_previous: 0,
            credit_previous: 7,
            reference: reference.map(Into::into),
        };
        let mut text = b"what stood here before".to_vec();
        pack(
            &[posting(ledger::MAX_AMOUNT, None), posting(5, Some("line \"1\""))],
            &mut text,
        );
        let text = String::from_utf8(text).unwrap();
        assert_eq!(
            text,
            r#"[[1,2,9223372036854775807,0,7],[1,2,5,0,7,"line \"1\""]]"#
        );
        let read = unpack(&text).unwrap();
        assert_eq!(read[0], Packed(1, 2, ledger::MAX_AMOUNT, 0, 7, None));
        assert_eq!(read[1].5.as_deref(), Some("line \"1\""));
        assert!(unpack("[[1,2]]").is_err());
    }
}
