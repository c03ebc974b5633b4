//! How far a payout has come, and what may become of it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How far a payout has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutState {
    /// In a batch that has not left.
    Pending,
    /// Kept back from its batch.
    Held,
    /// In a file that has left.
    InTransit,
    /// The money has left the account.
    Succeeded,
    /// The bank refused it; no money left.
    Failed,
    /// The money left and came back.
    Returned,
    /// Taken out before it left.
    Cancelled,
}

/// Every transition of a payout. The last two are made by people alone: a bank refused it or gave it back, and paid it all the
/// same.
pub const PAYOUT_TRANSITIONS: [(PayoutState, PayoutState); 11] = [
    (PayoutState::Pending, PayoutState::Held),
    (PayoutState::Pending, PayoutState::InTransit),
    (PayoutState::Pending, PayoutState::Cancelled),
    (PayoutState::Held, PayoutState::Pending),
    (PayoutState::Held, PayoutState::Cancelled),
    (PayoutState::InTransit, PayoutState::Succeeded),
    (PayoutState::InTransit, PayoutState::Failed),
    (PayoutState::InTransit, PayoutState::Returned),
    (PayoutState::Succeeded, PayoutState::Returned),
    (PayoutState::Failed, PayoutState::Succeeded),
    (PayoutState::Returned, PayoutState::Succeeded),
];

impl PayoutState {
    /// Every state.
    pub const ALL: [PayoutState; 7] = [
        PayoutState::Pending,
        PayoutState::Held,
        PayoutState::InTransit,
        PayoutState::Succeeded,
        PayoutState::Failed,
        PayoutState::Returned,
        PayoutState::Cancelled,
    ];

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            PayoutState::Pending => "pending",
            PayoutState::Held => "held",
            PayoutState::InTransit => "in_transit",
            PayoutState::Succeeded => "succeeded",
            PayoutState::Failed => "failed",
            PayoutState::Returned => "returned",
            PayoutState::Cancelled => "cancelled",
        }
    }

    /// Whether the table has this transition.
    pub fn may_become(self, next: PayoutState) -> bool {
        PAYOUT_TRANSITIONS.contains(&(self, next))
    }

    /// Whether reaching it gives the creator the money back, to be paid again.
    pub const fn frees_money(self) -> bool {
        matches!(self, PayoutState::Failed | PayoutState::Returned)
    }

    /// Nothing is waited for any more. A succeeded payout can still come back.
    pub const fn is_settled(self) -> bool {
        !matches!(
            self,
            PayoutState::Pending | PayoutState::Held | PayoutState::InTransit
        )
    }
}

impl fmt::Display for PayoutState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
