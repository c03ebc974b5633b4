//! Streaks: a viewer's streaks have booked as many gifts as stand in the books or wait. A streak that says less would have
//! gifts booked twice. (One that says more may be right: a gift that costs nothing is booked, and moves nothing.)

use super::{content, waiting};
use crate::base::error::{Error, Result};
use journal::Entry;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::{Checked, Tx};

const STREAK: &str = "streak";

/// As the records keep it.
#[derive(Deserialize)]
struct StreakRecord {
    viewer: String,
    booked: u64,
    #[serde(default)]
    stay: u64,
}

/// Gifts that the books have, by viewer.
#[derive(Default)]
pub(super) struct Streaks {
    gifts: BTreeMap<String, i128>,
}

impl Streaks {
    pub(super) fn take(&mut self, entry: &Entry) {
        let (viewer, gifts) = match entry {
            Entry::Gift(gift) => (&gift.viewer, i128::from(gift.count)),
            Entry::GiftCorrected(gift) => (&gift.viewer, -i128::from(gift.count)),
            _ => return,
        };
        *self.gifts.entry(viewer.to_string()).or_default() += gifts;
    }

    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        waiting::each_gift(tx, checked, |gift| {
            *self.gifts.entry(gift.viewer).or_default() += i128::from(gift.upto) - i128::from(gift.from);
        })?;
        let mut streaks: BTreeMap<String, i128> = BTreeMap::new();
        tx.each_record(STREAK, |_, record| {
            if let Some(kept) = content::<StreakRecord>(record, checked) {
                *streaks.entry(kept.viewer).or_default() += i128::from(kept.booked) + i128::from(kept.stay);
            }
            Ok::<_, Error>(())
        })?;
        for (viewer, gifts) in self.gifts {
            let counted = streaks.get(&viewer).copied().unwrap_or(0);
            if counted < gifts {
                checked.find(
                    format!("{STREAK} of viewer `{viewer}`"),
                    format!("the viewer's streaks count {counted} gifts as booked or waiting, and there are {gifts}"),
                );
            }
        }
        Ok(())
    }
}
