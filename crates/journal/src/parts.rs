//! Whose money an entry moved: programs' parts of it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One program's part, in smallest units of the account's asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How much; below zero when more was taken back than there was.
    pub units: i128,
    /// How much of it has a source in the United States.
    pub us_source: i128,
}

impl Part {
    /// As much with the other sign.
    #[must_use]
    pub fn negated(self) -> Part {
        Part {
            units: -self.units,
            us_source: -self.us_source,
        }
    }

    /// Adds another part.
    pub fn add(&mut self, other: Part) {
        self.units += other.units;
        self.us_source += other.us_source;
    }
}

/// Parts by program.
pub type Parts = BTreeMap<String, Part>;

/// The sum of parts.
pub fn total(parts: &Parts) -> i128 {
    parts.values().map(|part| part.units).sum()
}
