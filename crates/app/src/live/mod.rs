//! LIVE: what viewers bought, gave and took back, booked from the archive's events.
//!
//! `book` reads what came into the archive since it last ran, in the order of time, and books it in groups: each group is one
//! database transaction that holds the ledger's transactions, the wallets, the streaks and how far it has come, so that a
//! process that dies between two groups goes on where it was. A group that the books refuse is booked in halves, down to the
//! one event that is refused. Views of rooms are computed from the archive and the books, and book nothing.

mod bisect;
mod book;
mod booked;
mod booked_for;
mod catalogue;
mod corrections;
mod creators;
mod cursor;
mod diamonds;
mod gifts;
mod given;
mod group;
mod hosts;
mod period_sums;
pub(crate) mod periods;

mod recipients;
mod refunds;
mod room_books;
mod rooms;
mod standing;
mod streaks;
mod terms;
pub(crate) use terms::must_be_the_only_one;
mod timeline;
mod waiting;
mod wallets;

pub use book::book;
pub(crate) use book::booked_until;
pub use booked::Booked;
pub(crate) use booked_for::{CLOSED, Closed, place};
pub use catalogue::{CatalogueRow, catalogue};
pub(crate) use creators::{release_holds, unreleased_holds};
pub(crate) use cursor::{Cursor, KIND as CURSOR, booked};
pub use periods::{Change, Later, LivePeriod, PeriodReport, period};
pub use room_books::{Sum, Unbooked};
pub use rooms::{RoomReport, room, rooms};
pub use waiting::{Fate, Waiting, open as waiting};
pub use wallets::{WalletReport, wallet};

use crate::base::error::{Error, Result};
use crate::base::keys::{hashed, key};
use money::Asset;

/// What coins are counted in.
pub(crate) fn coin() -> Asset {
    Asset::new("COIN", 0).expect("a valid asset")
}

/// What diamonds are counted in.
pub(crate) fn diamond() -> Asset {
    Asset::new("DIAMOND", 0).expect("a valid asset")
}

/// `amount * of / whole`, rounded down; nothing of nothing.
pub(crate) fn part_of(amount: i128, of: u64, whole: u64) -> i128 {
    match whole {
        0 => 0,
        _ => amount * i128::from(of) / i128::from(whole),
    }
}

/// The asset in which an event's amount in millionths of a currency is booked.
pub(super) fn micro(currency: &str) -> Result<Asset> {
    Asset::micro(currency).map_err(|e| Error::bad_input("live/currency", e.to_string()))
}
