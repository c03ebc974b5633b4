//! The journal: every entry that can be booked, as a typed value.
//!
//! An entry says what a transaction means: why it was booked, of which program and period. Whose money it moved, and from which
//! source, say the accounts of its postings. It becomes the cause and the detail of a ledger transaction and is read back from them;
//! what cannot be read is an error, and nothing is taken for granted in its place. A new stream of money adds variants here, and nothing else has to learn to read them.

mod entries;

pub use entries::{
    BookedFor, Change, CoinsBought, CoinsRefunded, DiamondsRedeemed, Earned, Expired, ExpiryUndone, Funded,
    Gift, GiftCorrected, GiftReversed, Invoiced, PayoutMoved, PayoutReserved, PayoutVoided, RateUsed,
    Received, Redeemed, Released, Subscribed, SubscriptionsReleased,
};

use jiff::Timestamp;
use ledger::{Action, Posting, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// What a transaction means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The money of a period, or what changed of it.
    Funded(Funded),
    /// A creator's earnings of a period.
    Earned(Earned),
    /// What changed of them after the period was closed.
    Adjusted(Earned),
    /// A period's money became payable.
    Released(Released),
    /// Money of subscriptions became payable.
    SubscriptionsReleased(SubscriptionsReleased),
    /// A payout was reserved.
    PayoutReserved(PayoutReserved),
    /// It was paid.
    PayoutPaid,
    /// It was given back before it left.
    PayoutVoided(PayoutVoided),
    /// It came back.
    PayoutReturned(PayoutMoved),
    /// It was paid, though it had failed or come back.
    PayoutAfterAll(PayoutMoved),
    /// Tax that was withheld is owed to the authority; reversed, it is the creator's again.
    TaxOwed,
    /// Money was taken for an invoice.
    Offset,
    /// A debt became an invoice.
    Invoiced(Invoiced),
    /// Money came in for an invoice.
    Received(Received),
    /// Money expired.
    Expired(Expired),
    /// Expired money was not earned.
    ExpiryUndone(ExpiryUndone),
    /// A gift.
    Gift(Gift),
    /// Coins were bought.
    CoinsBought(CoinsBought),
    /// A purchase was given back.
    CoinsRefunded(CoinsRefunded),
    /// A gift was taken back whole: it was none.
    GiftCorrected(GiftCorrected),
    /// Diamonds were taken back.
    GiftReversed(GiftReversed),
    /// Diamonds became money.
    DiamondsRedeemed(DiamondsRedeemed),
    /// A subscription.
    Subscribed(Subscribed),
}

/// Why a transaction cannot be read as an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No entry has this cause.
    #[error("no entry has the cause `{cause}` and the action `{action}`")]
    Cause {
        /// The cause.
        cause: String,
        /// The action.
        action: String,
    },
    /// It does not say what its kind says.
    #[error("an entry of the cause `{cause}` does not say what it must: {reason}")]
    Detail {
        /// The cause.
        cause: String,
        /// What is wrong.
        reason: String,
    },
}

/// Cause of [`Entry::Adjusted`], for who looks for these alone.
pub const ADJUSTMENT: &str = "adjustment";
/// Cause of [`Entry::Gift`], for who looks for these alone.
pub const GIFT: &str = "gift";

/// Goes over every kind once: the variant, its cause, and the action of its transactions where several share a cause.
macro_rules! kinds {
    (said { $($variant:ident = $cause:literal $(, $action:literal)?;)* } bare { $($unit:ident = $unit_cause:literal $(, $unit_action:literal)?;)* }) => {
        impl Entry {
            /// The word for why it is booked.
            pub const fn cause(&self) -> &'static str {
                match self {
                    $(Entry::$variant(_) => $cause,)*
                    $(Entry::$unit => $unit_cause,)*
                }
            }

            /// What it says, as a JSON object; none where its cause says it all.
            pub fn detail(&self) -> Option<String> {
                match self {
                    $(Entry::$variant(said) => Some(written(said)),)*
                    $(Entry::$unit => None,)*
                }
            }

            /// Reads a transaction's cause and detail. `action`: what the transaction does.
            ///
            /// # Errors
            /// [`Unreadable`]: no entry is written so.
            pub fn read(action: &str, cause: &str, detail: Option<&str>) -> Result<Entry, Unreadable> {
                $(if cause == $cause $(&& action == $action)? {
                    return read(cause, detail).map(Entry::$variant);
                })*
                $(if cause == $unit_cause $(&& action == $unit_action)? && detail.is_none() {
                    return Ok(Entry::$unit);
                })*
                Err(Unreadable::Cause { cause: cause.to_owned(), action: action.to_owned() })
            }
        }
    };
}

kinds! {
    said {
        Funded = "funding";
        Earned = "settlement";
        Adjusted = "adjustment";
        Released = "payable";
        SubscriptionsReleased = "payable-subscriptions";
        PayoutReserved = "payout", "reserve";
        PayoutVoided = "payout", "void";
        PayoutReturned = "payout-return";
        PayoutAfterAll = "payout-after-all";
        Invoiced = "invoice";
        Received = "receipt";
        Expired = "expiry";
        ExpiryUndone = "expiry-undone";
        Gift = "gift";
        CoinsBought = "coin-purchase";
        CoinsRefunded = "coin-refund";
        GiftCorrected = "gift-correction";
        GiftReversed = "gift-reversal";
        DiamondsRedeemed = "redemption";
        Subscribed = "subscription";
    }
    bare {
        PayoutPaid = "payout", "settle";
        TaxOwed = "tax";
        Offset = "offset";
    }
}

fn written(said: &impl Serialize) -> String {
    serde_json::to_string(said).expect("an entry has texts for keys")
}

fn read<T: DeserializeOwned>(cause: &str, detail: Option<&str>) -> Result<T, Unreadable> {
    serde_json::from_str(detail.unwrap_or("{}")).map_err(|e| Unreadable::Detail {
        cause: cause.to_owned(),
        reason: e.to_string(),
    })
}

impl Entry {
    /// The transaction that it is: it books its postings.
    pub fn post(
        &self,
        key: impl Into<Arc<str>>,
        effective: Timestamp,
        postings: Vec<Posting>,
    ) -> Transaction {
        let posted = Transaction::post(key, self.cause(), effective, postings);
        match self.detail() {
            Some(detail) => posted.with_detail(detail),
            None => posted,
        }
    }

    /// The same with another action: one that ends what is pending or reverses what was booked has no postings.
    pub fn act(
        &self,
        action: Action,
        key: impl Into<Arc<str>>,
        effective: Timestamp,
        postings: Vec<Posting>,
    ) -> Transaction {
        Transaction {
            action,
            ..self.post(key, effective, postings)
        }
    }

    /// The program that it is of, where it is of one.
    pub fn program(&self) -> Option<&str> {
        match self {
            Entry::Funded(Funded { program, .. })
            | Entry::Earned(Earned { program, .. })
            | Entry::Adjusted(Earned { program, .. })
            | Entry::Released(Released { program, .. })
            | Entry::SubscriptionsReleased(SubscriptionsReleased { program, .. })
            | Entry::Expired(Expired { program, .. })
            | Entry::ExpiryUndone(ExpiryUndone { program, .. })
            | Entry::GiftReversed(GiftReversed { program, .. })
            | Entry::DiamondsRedeemed(DiamondsRedeemed { program, .. })
            | Entry::Subscribed(Subscribed { program, .. }) => Some(program),
            Entry::Gift(Gift { program, .. })
            | Entry::GiftCorrected(GiftCorrected { program, .. })
            | Entry::CoinsBought(CoinsBought { program, .. })
            | Entry::CoinsRefunded(CoinsRefunded { program, .. }) => Some(program),
            Entry::PayoutReserved(_)
            | Entry::PayoutPaid
            | Entry::PayoutVoided(_)
            | Entry::PayoutReturned(_)
            | Entry::PayoutAfterAll(_)
            | Entry::TaxOwed
            | Entry::Offset
            | Entry::Invoiced(_)
            | Entry::Received(_) => None,
        }
    }

    /// For which period of its program it is booked, where that is decided entry by entry: LIVE. What is settled by period names it itself.
    pub fn booked_for(&self) -> Option<&BookedFor> {
        match self {
            Entry::Gift(Gift { booked_for, .. })
            | Entry::GiftCorrected(GiftCorrected { booked_for, .. })
            | Entry::GiftReversed(GiftReversed { booked_for, .. })
            | Entry::CoinsBought(CoinsBought { booked_for, .. })
            | Entry::CoinsRefunded(CoinsRefunded { booked_for, .. })
            | Entry::DiamondsRedeemed(DiamondsRedeemed { booked_for, .. })
            | Entry::Subscribed(Subscribed { booked_for, .. }) => Some(booked_for),
            Entry::Funded(_)
            | Entry::Earned(_)
            | Entry::Adjusted(_)
            | Entry::Released(_)
            | Entry::SubscriptionsReleased(_)
            | Entry::PayoutReserved(_)
            | Entry::PayoutPaid
            | Entry::PayoutVoided(_)
            | Entry::PayoutReturned(_)
            | Entry::PayoutAfterAll(_)
            | Entry::TaxOwed
            | Entry::Offset
            | Entry::Invoiced(_)
            | Entry::Received(_)
            | Entry::Expired(_)
            | Entry::ExpiryUndone(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
