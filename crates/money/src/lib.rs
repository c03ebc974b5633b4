//! Exact amounts.

/// An asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asset;
/// An amount of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money;
/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio;
