//! Conditions of programs.

use formula::Formula;

/// A condition that must hold.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The boolean formula.
    pub formula: Formula,
    /// The author's reason in words, shown when it fails.
    pub because: Option<String>,
}
