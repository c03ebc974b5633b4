//! Earlier payouts, as they are told beside a later one.

use super::stored::Export;
use jiff::Timestamp;
use jiff::civil::Date;
use payout::batch::{Payout, PayoutId, PayoutState, Told};
use serde::{Deserialize, Serialize};

/// An earlier payout, by which a payee is compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Since {
    /// The payout.
    pub payout: PayoutId,
    /// The day that its files bear.
    pub on: Date,
    /// What became of it.
    pub state: PayoutState,
    /// Why it failed or came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who said what became of it last, and by which file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

impl Since {
    pub(super) fn of(export: &Export, payout: &Payout) -> Since {
        Since {
            payout: payout.id.clone(),
            on: export.at.to_zoned(jiff::tz::TimeZone::UTC).date(),
            state: payout.state,
            reason: payout.reason.clone(),
            told: payout.told.last().cloned(),
        }
    }
}

/// What somebody said by which nothing keeps money of a payee back any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetGo {
    /// The creator.
    pub creator: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What, in words that go on behind who: `closed break 1: it is right`.
    pub what: String,
}
