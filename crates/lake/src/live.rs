//! Events of LIVE read back from the archive: all rows of a kind that some commits brought, in the order of time.
//!
//! A booking reads what came after the last commit it has seen, so a span of commits is named, not of days: a frame that
//! comes a week late is in the next span. Rows come as they were stored; nothing is folded here.

use crate::archive::entries::reading;
use crate::archive::{Archive, ArchiveError, FileEntry, StoredBefore};
use crate::import::read_back::{Row, Shared, events};
use event::id::id_order;
use event::kind::{ActivityKind, Kind, RefundReason};
use event::live::{CoinPurchase, CoinRefund, Gift, GiftFrame, Redemption, RoomActivity, Subscription};
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::Arc;

/// Commits numbered above `after` and up to `up_to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commits {
    /// The last commit that was seen before; 0: none.
    pub after: u64,
    /// The last commit that is seen now.
    pub up_to: u64,
}

impl Commits {
    /// All commits of an archive as it was opened.
    pub fn all(archive: &Archive) -> Commits {
        Commits {
            after: 0,
            up_to: archive.last_commit(),
        }
    }

    /// The files of a kind that these commits brought, sorted by date, commit and path.
    pub fn files(self, archive: &Archive, kind: Kind) -> Vec<FileEntry> {
        let mut files = archive.all_files(kind, StoredBefore(self.up_to));
        files.retain(|file| file.commit > self.after);
        files
    }
}

/// An event of LIVE that can be read back.
pub trait LiveEvent: Sized {
    /// Its kind.
    const KIND: Kind;
    /// When it happened or took effect.
    fn at(&self) -> Timestamp;
    /// Its event id.
    fn event_id(&self) -> &str;
    #[doc(hidden)]
    fn of(row: &LiveRow<'_, '_>) -> Self;
}

/// All rows of a kind that some commits brought, sorted by time and event id.
pub fn read<T: LiveEvent>(archive: &Archive, commits: Commits) -> Result<Vec<T>, ArchiveError> {
    let files = commits.files(archive, T::KIND);
    let paths: Vec<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
    reading(&files, || read_files(&paths))
}

/// The same from files as generated or exported; their id columns may be integers. Repeated event ids are kept.
pub fn read_files<T: LiveEvent>(files: &[PathBuf]) -> Result<Vec<T>, ArchiveError> {
    let mut shared = Shared::default();
    let mut found: Vec<T> = Vec::new();
    for path in files {
        events(T::KIND, path, &mut |batch| {
            for index in 0..batch.rows {
                let shared = std::cell::RefCell::new(&mut shared);
                let row = Row { batch, index };
                found.push(T::of(&LiveRow { row, shared }));
            }
        })?;
    }
    found.sort_by(|a, b| {
        a.at()
            .cmp(&b.at())
            .then_with(|| id_order(a.event_id(), b.event_id()))
    });
    Ok(found)
}

/// The fields of one row.
#[doc(hidden)]
pub struct LiveRow<'a, 's> {
    row: Row<'a>,
    shared: std::cell::RefCell<&'s mut Shared>,
}

impl LiveRow<'_, '_> {
    /// A required id or text.
    fn need(&self, field: &str) -> Arc<str> {
        self.text(field).unwrap_or_default()
    }

    fn text(&self, field: &str) -> Option<Arc<str>> {
        self.row.shared(field, &mut self.shared.borrow_mut())
    }

    fn event_id(&self) -> Arc<str> {
        self.row.text("event_id").unwrap_or_default()
    }

    /// A list in the order given.
    fn ordered(&self, field: &str) -> Vec<Arc<str>> {
        let text = self.text(field).unwrap_or_default();
        text.split(';')
            .filter(|part| !part.is_empty())
            .map(Arc::from)
            .collect()
    }

    /// A list sorted, each id once.
    fn set(&self, field: &str) -> Vec<Arc<str>> {
        self.row.list(field, &mut self.shared.borrow_mut())
    }

    fn instant(&self, field: &str) -> Option<Timestamp> {
        let millis = self.row.number(field)?;
        Some(Timestamp::from_millisecond(millis).expect("checked when it was read"))
    }

    fn occurred_at(&self) -> Timestamp {
        self.instant("occurred_at").unwrap_or_default()
    }
}

/// What reading back needs of a kind besides its fields.
macro_rules! live_event {
    ($row:ident : $event:ident, $kind:expr, $at:ident, $fields:expr) => {
        impl LiveEvent for $event {
            const KIND: Kind = $kind;

            fn at(&self) -> Timestamp {
                self.$at
            }

            fn event_id(&self) -> &str {
                &self.event_id
            }

            fn of($row: &LiveRow<'_, '_>) -> Self {
                $fields
            }
        }
    };
}

live_event!(row: GiftFrame, Kind::GiftFrame, occurred_at, GiftFrame {
    event_id: row.event_id(),
    room: row.need("room_id"),
    viewer: row.need("viewer_id"),
    gift: row.need("gift_id"),
    occurred_at: row.occurred_at(),
    repeat_count: row.row.count("repeat_count").unwrap_or(0),
    repeat_end: row.row.flag("repeat_end").unwrap_or(false),
    streak: row.text("streak_id"),
    gift_type: row.row.count("gift_type"),
    coins_each: row.row.count("coins_each"),
    to_user: row.text("to_user_id"),
    host: row.text("host_id"),
    split: row.ordered("split"),
    split_parts: row.ordered("split_parts"),
});

live_event!(row: CoinPurchase, Kind::CoinPurchase, occurred_at, CoinPurchase {
    event_id: row.event_id(),
    viewer: row.need("viewer_id"),
    occurred_at: row.occurred_at(),
    channel: row.need("channel"),
    coins: row.row.count("coins").unwrap_or(0),
    price_micros: row.row.number("price").unwrap_or(0),
    currency: row.need("currency"),
    country: row.text("country"),
});

live_event!(row: CoinRefund, Kind::CoinRefund, occurred_at, CoinRefund {
    event_id: row.event_id(),
    purchase: row.need("purchase_id"),
    viewer: row.need("viewer_id"),
    occurred_at: row.occurred_at(),
    coins: row.row.count("coins"),
    reason: RefundReason::named(&row.need("reason")).unwrap_or(RefundReason::Refund),
});

live_event!(row: RoomActivity, Kind::RoomActivity, occurred_at, RoomActivity {
    event_id: row.event_id(),
    room: row.need("room_id"),
    host: row.text("host_id"),
    occurred_at: row.occurred_at(),
    activity: ActivityKind::named(&row.need("activity")).expect("checked when it was read"),
    count: row.row.count("count").unwrap_or(1),
    viewer: row.text("viewer_id"),
    battle: row.text("battle_id"),
    battle_ends_at: row.instant("battle_ends_at"),
    team: row.set("team"),
    opponents: row.set("opponents"),
});

live_event!(row: Subscription, Kind::Subscription, occurred_at, Subscription {
    event_id: row.event_id(),
    viewer: row.need("viewer_id"),
    creator: row.need("creator_id"),
    occurred_at: row.occurred_at(),
    price_micros: row.row.number("price").unwrap_or(0),
    currency: row.need("currency"),
    tier: row.text("tier"),
    months: row.row.count("months").unwrap_or(1).max(1),
    country: row.text("country"),
});

live_event!(row: Redemption, Kind::Redemption, occurred_at, Redemption {
    event_id: row.event_id(),
    creator: row.need("creator_id"),
    occurred_at: row.occurred_at(),
    diamonds: row.row.count("diamonds").unwrap_or(0),
});

live_event!(row: Gift, Kind::Gift, effective_at, Gift {
    event_id: row.event_id(),
    gift: row.need("gift_id"),
    effective_at: row.instant("effective_at").unwrap_or_default(),
    name: row.text("name"),
    coins: row.row.count("coins").unwrap_or(0),
    gift_type: row.row.count("gift_type"),
    combo: row.row.flag("combo"),
});
