//! What does not agree, and amounts compared.

use crate::batch::PayoutState;
use money::Money;

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The reference it is about.
    pub reference: String,
    /// What it is.
    pub kind: BreakKind,
    /// Where the answer says so.
    pub line: u32,
}

/// The ways of not agreeing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakKind {
    /// No payout and no invoice has this reference.
    UnknownReference,
    /// The answer is to another file, or to a part that was not in it.
    OtherMessage,
    /// The bank says another amount.
    AmountDiffers {
        /// What was sent.
        expected: Money,
        /// What the bank says.
        found: Money,
    },
    /// The bank says another currency.
    CurrencyDiffers {
        /// What was sent.
        expected: Money,
        /// What the bank says.
        found: Money,
    },
    /// The payout has ended, in another way.
    AlreadyFinal {
        /// How it ended.
        state: PayoutState,
        /// What the bank says.
        found: PayoutState,
    },
    /// The payout has not left, as far as is known here.
    NotSent {
        /// Its state.
        state: PayoutState,
    },
    /// More came in for an invoice than is owed, or another currency.
    NotOwed {
        /// What is owed.
        owed: Money,
        /// What came in.
        found: Money,
    },
    /// Another amount was booked under the bank's reference before.
    OtherReceipt {
        /// What was booked.
        booked: Money,
        /// What the bank says now.
        found: Money,
    },
    /// The bank names an invoice and no amount.
    NoAmount,
    /// The same is said twice in one file.
    Duplicate,
    /// A status that is not known here.
    UnknownStatus {
        /// The code.
        code: String,
    },
}

impl Break {
    /// The break in words.
    pub fn words(&self) -> String {
        let reference = &self.reference;
        match &self.kind {
            BreakKind::UnknownReference => format!("no payout and no invoice has the reference {reference}"),
            BreakKind::NotOwed { owed, found } => {
                format!("{reference}: {owed} is owed, {found} came in")
            }
            BreakKind::OtherReceipt { booked, found } => {
                format!(
                    "{reference}: {booked} was received under the same reference before, the bank now says {found}"
                )
            }
            BreakKind::NoAmount => format!("{reference}: the bank does not say how much came in"),
            BreakKind::OtherMessage => {
                format!("the answer is to {reference}, which is not this batch or a part of it")
            }
            BreakKind::AmountDiffers { expected, found } | BreakKind::CurrencyDiffers { expected, found } => {
                format!("{reference}: {expected} was sent, the bank says {found}")
            }
            BreakKind::AlreadyFinal { state, found } => {
                format!("{reference} is {state}, the bank says {found}")
            }
            BreakKind::NotSent { state } => {
                format!("{reference} is {state} and was not sent, but the bank has it")
            }
            BreakKind::Duplicate => format!("{reference} is there twice with the same outcome"),
            BreakKind::UnknownStatus { code } => {
                format!("{reference}: the bank's status {code} is not known here")
            }
        }
    }
}

/// How much less came back than was sent; none if not less, or in another currency.
pub(super) fn kept_of(sent: Money, back: Money) -> Option<Money> {
    let is_one_currency = sent.asset().code() == back.asset().code();
    let scale = sent.asset().scale().max(back.asset().scale());
    let fine = |amount: Money| {
        let exact = amount.rescale(scale, money::Rounding::HalfEven).ok()?;
        Some(exact.value)
    };
    let kept = fine(sent)?
        .checked_sub(fine(back)?)
        .ok()
        .filter(|_| is_one_currency)?;
    (!kept.is_zero() && !kept.is_negative()).then_some(kept)
}

pub(super) fn difference(expected: Money, found: Option<Money>) -> Option<BreakKind> {
    let found = found?;
    if found.asset().code() != expected.asset().code() {
        Some(BreakKind::CurrencyDiffers { expected, found })
    } else if found.to_ratio() != expected.to_ratio() {
        Some(BreakKind::AmountDiffers { expected, found })
    } else {
        None
    }
}
