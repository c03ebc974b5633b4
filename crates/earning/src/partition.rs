//! What a pool, a share or a line-up is kept apart by, with its values.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// The values of the partition keys. A key that the program does not divide by is `None`, and so is a
/// key which a funding row left open while nobody had weight. `""` is the unknown country, category or payer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Partition {
    /// UTC day.
    pub day: Option<Date>,
    /// Viewer's country.
    pub country: Option<Arc<str>>,
    /// Video's category.
    pub category: Option<Arc<str>>,
    /// The viewer who pays.
    pub payer: Option<Arc<str>>,
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = self.day.iter().map(Date::to_string).collect();
        let named = [
            ("country", &self.country),
            ("category", &self.category),
            ("payer", &self.payer),
        ];
        for (key, value) in named {
            match value.as_deref() {
                Some("") => parts.push(format!("{key} unknown")),
                Some(value) => parts.push(format!("{key} {value}")),
                None => {}
            }
        }
        if parts.is_empty() {
            f.write_str("the whole period")
        } else {
            f.write_str(&parts.join(", "))
        }
    }
}
