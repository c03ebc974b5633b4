//! Exact amounts: assets, money, ratios, rounding, allocation.
//!
//! Every amount is a whole number of an asset's smallest unit. There is no floating point here and no
//! operation that loses a fraction in silence: rounding hands back its residue, and an allocation
//! always sums to its input.
//!
//! This crate does no IO and must never depend on another crate of the workspace.

mod allocation;
mod amount;
mod asset;
mod decimal;
mod ratio;
mod rounding;
pub mod text;
pub mod whole;
mod wide;

pub use allocation::{AllocateError, allocate, allocate_by_index};
pub use amount::{Money, MoneyError, Rounded};
pub use asset::{Asset, AssetError, Code};
pub use ratio::{Ratio, RatioError};
pub use rounding::Rounding;
pub use whole::Whole;
