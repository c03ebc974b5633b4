//! A gift to be booked, as what its frames came to.

use super::streaks::FrameDetails;
use jiff::Timestamp;
use live::catalogue::{Catalogue, NoPrice, Price};
use live::streak::Booking;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A gift, or several of one streak, to be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Names the booking once and for ever.
    pub(super) reference: String,
    pub(super) room: Arc<str>,
    pub(super) viewer: Arc<str>,
    pub(super) recipient: Arc<str>,
    pub(super) gift: Arc<str>,
    /// Gifts of the streak that were booked before.
    pub(super) from: u32,
    /// Gifts of the streak that are booked with these.
    pub(super) upto: u32,
    pub(super) at: Timestamp,
    pub(super) started_at: Timestamp,
    pub(super) cause: String,
    pub(super) said: FrameDetails,
}

impl Given {
    pub(super) fn of(booking: &Booking, said: FrameDetails) -> Given {
        Given {
            reference: booking.reference(),
            room: booking.key.room.clone(),
            viewer: booking.key.viewer.clone(),
            recipient: booking.key.recipient.clone(),
            gift: booking.key.gift.clone(),
            from: booking.from,
            upto: booking.upto,
            at: booking.at,
            started_at: booking.started_at,
            cause: booking.cause.name().to_owned(),
            said,
        }
    }

    /// The same without those that are in the books.
    pub(super) fn but_first(&self, from: u32) -> Given {
        Given { from, ..self.clone() }
    }

    /// How many gifts.
    pub(super) fn count(&self) -> u64 {
        u64::from(self.upto - self.from)
    }

    /// What one costs.
    pub(super) fn price(&self, catalogue: &Catalogue) -> Result<Price, NoPrice> {
        self.price_at(catalogue, self.started_at)
    }

    /// What one would cost if the streak had begun at a time.
    pub(super) fn price_at(&self, catalogue: &Catalogue, at: Timestamp) -> Result<Price, NoPrice> {
        catalogue.price(&self.gift, at, self.said.coins_each)
    }
}
