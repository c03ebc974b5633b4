//! The events of some commits in the order in which they are booked.

use crate::error::Result;
use crate::failure::archive_error;
use event::kind::RefundReason;
use event::live::{CoinPurchase, CoinRefund, GiftFrame, Redemption, Subscription};
use jiff::Timestamp;
use lake::archive::Archive;
use lake::live::{Commits, read};
use std::sync::Arc;

/// One event that may be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Purchase(CoinPurchase),
    Refund(CoinRefund),
    Frame(GiftFrame),
    Subscription(Subscription),
    Redemption(Redemption),
}

impl Item {
    fn at(&self) -> Timestamp {
        match self {
            Item::Purchase(event) => event.occurred_at,
            Item::Refund(event) => event.occurred_at,
            Item::Frame(event) => event.occurred_at,
            Item::Subscription(event) => event.occurred_at,
            Item::Redemption(event) => event.occurred_at,
        }
    }

    /// At one instant coins are bought before they are given, and given before they are redeemed.
    const fn rank(&self) -> u8 {
        match self {
            Item::Purchase(_) => 0,
            Item::Frame(_) => 1,
            Item::Subscription(_) => 2,
            Item::Refund(event) => match event.reason {
                RefundReason::Refund => 3,
                RefundReason::Chargeback => 4,
            },
            Item::Redemption(_) => 5,
        }
    }

    pub(super) fn id(&self) -> &Arc<str> {
        match self {
            Item::Purchase(event) => &event.event_id,
            Item::Refund(event) => &event.event_id,
            Item::Frame(event) => &event.event_id,
            Item::Subscription(event) => &event.event_id,
            Item::Redemption(event) => &event.event_id,
        }
    }

    /// Frames of one instant by what they count, so that a streak's last frame comes last.
    const fn count(&self) -> (u32, bool) {
        match self {
            Item::Frame(frame) => (frame.repeat_count, frame.repeat_end),
            _ => (0, false),
        }
    }
}

/// Everything that the commits brought, by time.
pub(super) fn of(archive: &Archive, commits: Commits) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    items.extend(
        read(archive, commits)
            .map_err(archive_error)?
            .into_iter()
            .map(Item::Purchase),
    );
    items.extend(
        read(archive, commits)
            .map_err(archive_error)?
            .into_iter()
            .map(Item::Refund),
    );
    items.extend(
        read(archive, commits)
            .map_err(archive_error)?
            .into_iter()
            .map(Item::Frame),
    );
    items.extend(
        read(archive, commits)
            .map_err(archive_error)?
            .into_iter()
            .map(Item::Subscription),
    );
    items.extend(
        read(archive, commits)
            .map_err(archive_error)?
            .into_iter()
            .map(Item::Redemption),
    );
    items.sort_by(|a, b| {
        let order = a.at().cmp(&b.at()).then(a.rank().cmp(&b.rank()));
        order
            .then(a.count().cmp(&b.count()))
            .then_with(|| a.id().cmp(b.id()))
    });
    Ok(items)
}
