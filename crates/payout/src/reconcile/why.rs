//! Why a payout failed or came back, and the words that stand there where a bank gives no reason.

use crate::iso20022::{Reason, all_in_words};
use crate::payee::Fault;

/// What stands in the place of a reason where a bank gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Without {
    Reason,
    ReversalOfBooking,
}

impl Without {
    const ALL: [Without; 2] = [Without::Reason, Without::ReversalOfBooking];

    const fn words(self) -> &'static str {
        match self {
            Without::Reason => "the bank gave no reason",
            Without::ReversalOfBooking => "the bank took the booking back",
        }
    }

    /// What is behind words that stand in the place of a reason; none if a reason was given.
    pub(super) fn rest(reason: Option<&str>) -> Option<&str> {
        let reason = reason.unwrap_or_default();
        let mut rest = Self::ALL
            .iter()
            .filter_map(|without| reason.strip_prefix(without.words()));
        match reason {
            "" => Some(""),
            _ => rest.find(|rest| rest.is_empty() || rest.starts_with(';')),
        }
    }
}

/// Why a payout failed or came back.
#[derive(Clone)]
pub(super) struct Why {
    pub words: String,
    pub fault: Option<Fault>,
    /// Whether the bank says it.
    pub is_said: bool,
}

impl Why {
    /// The reasons as the bank gives them; without any, other words.
    pub(super) fn of(reasons: &[Reason], without: Without) -> Self {
        let words = all_in_words(reasons);
        Self {
            is_said: words.is_some(),
            words: words.unwrap_or_else(|| without.words().to_owned()),
            fault: reasons.iter().find_map(Reason::fault),
        }
    }
}
