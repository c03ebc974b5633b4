//! The life of a period: a program is put into force, its periods are settled, closed and locked, and restated where more came in.
//!
//! Here runs, books and LIVE meet: what becomes payable at a period's end are earnings of periods and held subscriptions.

pub mod apply;
pub mod before;
mod checks;
pub mod close;
mod live_periods;
pub(crate) mod pending;
pub mod periods;
mod remarks;
pub(crate) mod replay;
pub mod restate;
pub mod settle;
pub mod simulate;
mod stored;
