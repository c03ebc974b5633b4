//! Transactions and postings.

use crate::account::Account;
use crate::stream::Source;
use jiff::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;

/// The largest amount of one posting and the largest sum of debits or credits: what a signed 64-bit column keeps.
pub const MAX_AMOUNT: u64 = i64::MAX as u64;
/// The longest idempotency key, in bytes.
pub const MAX_KEY: usize = 200;
/// The most postings of one transaction.
pub const MAX_POSTINGS: usize = 100_000;

/// One debit and one equal credit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// Smallest units of the accounts' asset, from 1.
    pub amount: u64,
    /// What the amount is for, such as an earning line's id.
    pub reference: Option<Arc<str>>,
}

/// What a transaction does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Books its postings.
    Post,
    /// Reserves its postings until they are settled, voided, or time is over.
    Reserve {
        /// When the reservation ends by itself.
        expires: Option<Timestamp>,
    },
    /// Books what the pending transaction with this key reserved. Has no postings of its own.
    Settle {
        /// Key of the pending transaction.
        pending: Arc<str>,
    },
    /// Gives back what the pending transaction with this key reserved. Has no postings of its own.
    Void {
        /// Key of the pending transaction.
        pending: Arc<str>,
    },
    /// As `Void`, for a reservation whose time is over.
    Expire {
        /// Key of the pending transaction.
        pending: Arc<str>,
    },
    /// Books the mirror image of the transaction with this key. Has no postings of its own.
    Reverse {
        /// Key of the transaction.
        of: Arc<str>,
    },
}

impl Action {
    /// The word in stores and exports.
    pub const fn name(&self) -> &'static str {
        match self {
            Action::Post => "post",
            Action::Reserve { .. } => "reserve",
            Action::Settle { .. } => "settle",
            Action::Void { .. } => "void",
            Action::Expire { .. } => "expire",
            Action::Reverse { .. } => "reverse",
        }
    }

    /// The key of the transaction it ends or reverses.
    pub fn linked(&self) -> Option<&Arc<str>> {
        match self {
            Action::Post | Action::Reserve { .. } => None,
            Action::Settle { pending } | Action::Void { pending } | Action::Expire { pending } => {
                Some(pending)
            }
            Action::Reverse { of } => Some(of),
        }
    }
}

/// An atomic list of postings: all are booked, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Names the transaction once and for ever: booking it again changes nothing.
    pub key: Arc<str>,
    /// What it does.
    pub action: Action,
    /// Why it is booked: a short word such as `gift` or `settlement`.
    pub cause: Cow<'static, str>,
    /// What led to it, as a JSON object.
    pub detail: Option<Arc<str>>,
    /// When it happened, as opposed to when it was recorded.
    pub effective: Timestamp,
    /// The postings, in order.
    pub postings: Vec<Posting>,
}

/// Hash of everything a transaction says, its key included: two bodies with the same hash are the same.
pub type Body = [u8; 16];

impl Transaction {
    /// A transaction that books its postings.
    pub fn post(
        key: impl Into<Arc<str>>,
        cause: impl Into<Cow<'static, str>>,
        effective: Timestamp,
        postings: Vec<Posting>,
    ) -> Self {
        Self {
            key: key.into(),
            action: Action::Post,
            cause: cause.into(),
            detail: None,
            effective,
            postings,
        }
    }

    /// The same transaction with what led to it.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Arc<str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The first half of the BLAKE3 of the canonical body. The recorded time and the transaction's number are not
    /// part of it: they are the store's.
    pub fn body(&self) -> Body {
        let mut text = Vec::with_capacity(256);
        field(&mut text, self.key.as_bytes());
        field(&mut text, self.action.name().as_bytes());
        field(&mut text, self.action.linked().map_or(&[], |key| key.as_bytes()));
        if let Action::Reserve {
            expires: Some(expires),
        } = self.action
        {
            field(&mut text, &expires.as_millisecond().to_le_bytes());
        }
        field(&mut text, self.cause.as_bytes());
        field(&mut text, self.detail.as_deref().unwrap_or("").as_bytes());
        field(&mut text, &self.effective.as_millisecond().to_le_bytes());
        for posting in &self.postings {
            account(&mut text, &posting.debit);
            account(&mut text, &posting.credit);
            field(&mut text, &posting.amount.to_le_bytes());
            field(&mut text, posting.reference.as_deref().unwrap_or("").as_bytes());
        }
        let hash = blake3::hash(&text);
        let mut body = [0; 16];
        body.copy_from_slice(&hash.as_bytes()[..16]);
        body
    }
}

fn account(to: &mut Vec<u8>, account: &Account) {
    field(to, account.kind.name().as_bytes());
    field(to, account.owner.as_bytes());
    field(to, account.asset.code().as_bytes());
    to.push(account.asset.scale());
    match &account.stream {
        None => to.push(0),
        Some(stream) => {
            to.push(match stream.source {
                Source::Other => 1,
                Source::Us => 2,
            });
            field(to, stream.program.as_bytes());
            // Empty where the owner earned it: nobody's id is.
            field(to, stream.earner.as_deref().unwrap_or_default().as_bytes());
        }
    }
}

/// A field with its length before it, so that no two lists of fields have the same bytes.
fn field(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    to.extend_from_slice(bytes);
}
