//! The events of some commits in the order in which they are booked.

use super::cursor::{Cursor, Later, Span};
use crate::base::error::Result;
use crate::base::failure::archive_error;
use event::kind::RefundReason;
use event::live::{CoinPurchase, CoinRefund, GiftFrame, Redemption, Subscription};
use jiff::Timestamp;
use lake::archive::Archive;
use lake::live::{Commits, read};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One event that may be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Item {
    Purchase(CoinPurchase),
    Refund(CoinRefund),
    Frame(GiftFrame),
    Subscription(Subscription),
    Redemption(Redemption),
}

impl Item {
    /// The word for it in lists.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Item::Purchase(_) => "purchase",
            Item::Refund(_) => "refund",
            Item::Frame(_) => "gift",
            Item::Subscription(_) => "subscription",
            Item::Redemption(_) => "redemption",
        }
    }

    /// The id under which it is listed when it is not booked. A frame's must not be that of a streak's gift, which is five ids
    /// with `/` between them.
    pub(super) fn listed_as(&self) -> String {
        match self {
            Item::Frame(frame) if frame.event_id.contains('/') => format!("frame/{}", frame.event_id),
            _ => format!("{}/{}", self.what(), self.id()),
        }
    }

    /// The frame, where it is one.
    pub(super) const fn frame(&self) -> Option<&GiftFrame> {
        match self {
            Item::Frame(frame) => Some(frame),
            _ => None,
        }
    }

    /// Whose coins it may move.
    pub(super) const fn wallet(&self) -> Option<&Arc<str>> {
        match self {
            Item::Purchase(event) => Some(&event.viewer),
            Item::Refund(event) => Some(&event.viewer),
            Item::Frame(event) => Some(&event.viewer),
            Item::Subscription(_) | Item::Redemption(_) => None,
        }
    }

    /// Whom it is about.
    pub(super) fn who(&self) -> &Arc<str> {
        match self {
            Item::Purchase(event) => &event.viewer,
            Item::Refund(event) => &event.viewer,
            Item::Frame(event) => &event.viewer,
            Item::Subscription(event) => &event.viewer,
            Item::Redemption(event) => &event.creator,
        }
    }

    pub(super) fn at(&self) -> Timestamp {
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

/// What a span books, and what it leaves for later.
pub(super) struct Due {
    pub items: Vec<Item>,
    pub later: Vec<Later>,
}

/// The events of a span: those of new commits, and those of earlier ones that had not happened then and have now.
pub(super) fn due(archive: &Archive, cursor: &Cursor, span: &Span) -> Result<Due> {
    let until = span.until;
    let mut due = Due {
        items: Vec::new(),
        later: Vec::new(),
    };
    for later in &cursor.later {
        if later.next <= until {
            due.add(archive, later.commits(), later.until, until)?;
        } else {
            due.later.push(*later);
        }
    }
    due.add(archive, cursor.new_commits(span), Timestamp::MIN, until)?;
    in_order(&mut due.items);
    Ok(due)
}

impl Due {
    /// Adds events that happened after an instant and up to another, and notes what comes after; an event at the very beginning of time counts among them.
    fn add(&mut self, archive: &Archive, commits: Commits, from: Timestamp, until: Timestamp) -> Result<()> {
        let (now, later): (Vec<Item>, Vec<Item>) = of(archive, commits)?
            .into_iter()
            .filter(|item| item.at() > from || from == Timestamp::MIN)
            .partition(|item| item.at() <= until);
        self.items.extend(now);
        self.later
            .extend(later.iter().map(Item::at).min().map(|next| Later {
                after: commits.after,
                up_to: commits.up_to,
                until,
                next,
                events: later.len() as u64,
            }));
        Ok(())
    }
}

/// What has not happened yet, in order.
pub(super) fn later(archive: &Archive, cursor: &Cursor) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for later in &cursor.later {
        let found = of(archive, later.commits())?;
        items.extend(found.into_iter().filter(|item| item.at() > later.until));
    }
    in_order(&mut items);
    Ok(items)
}

/// Everything that the commits brought.
fn of(archive: &Archive, commits: Commits) -> Result<Vec<Item>> {
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
    Ok(items)
}

/// By time; at one instant by rank.
fn in_order(items: &mut [Item]) {
    items.sort_by(|a, b| {
        let order = a.at().cmp(&b.at()).then(a.rank().cmp(&b.rank()));
        order
            .then(a.count().cmp(&b.count()))
            .then_with(|| a.id().cmp(b.id()))
    });
}
