//! Prices of gifts that contradict those in the archive.
//!
//! A row of the catalogue is known by its event id, which without one of its own is made of gift and time. A row with another price
//! under an id that is stored is no duplicate: it says that the stored price is wrong. It is set aside with both prices, since what
//! was booked by the first stays booked.

use super::batch::{Reject, field_index};
use super::plan::{self, Made};
use super::read_back::{Row, events};
use crate::archive::entries::reading;
use crate::archive::{Archive, ArchiveError, StoredBefore};
use event::kind::Kind;
use event::mapping::Section;
use event::value::Reason;
use std::collections::HashMap;
use std::sync::Arc;

/// Coins by event id.
#[derive(Default)]
pub(super) struct Prices(HashMap<Arc<str>, u32>);

impl Prices {
    /// The prices in an archive, where an import brings some.
    pub(super) fn known(archive: &Archive, sections: &[Section]) -> Result<Prices, ArchiveError> {
        if sections.iter().all(|section| section.kind != Kind::Gift) {
            return Ok(Prices::default());
        }
        let files = archive.all_files(Kind::Gift, StoredBefore(archive.last_commit()));
        let mut prices = HashMap::new();
        reading(&files, || {
            files.iter().try_for_each(|file| {
                events(Kind::Gift, &file.path, &mut |batch| {
                    let rows = (0..batch.rows).map(|index| Row { batch, index });
                    prices.extend(rows.filter_map(priced));
                })
            })
        })?;
        Ok(Prices(prices))
    }

    /// Takes the rows of gifts that have another price than is known under their event id out of what was made, and knows the others'.
    pub(super) fn take(&mut self, made: &mut Made) {
        if made.batch.kind != Kind::Gift {
            return;
        }
        let field = field_index(Kind::Gift, "coins") as u16;
        let rows = (made.batch.rows + made.rejects.len()) as u32;
        let is_event = |row: &u32| {
            made.rejects
                .binary_search_by_key(row, |reject| reject.row)
                .is_err()
        };
        let raw_rows: Vec<u32> = (0..rows).filter(is_event).collect();
        let mut conflicts: Vec<Reject> = Vec::new();
        for index in 0..made.batch.rows {
            let batch = &made.batch;
            let row = Row { batch, index };
            let Some((id, coins)) = priced(row) else {
                continue;
            };
            let known = *self.0.entry(Arc::clone(&id)).or_insert(coins);
            if known != coins {
                conflicts.push(Reject {
                    row: index as u32,
                    field,
                    reason: conflict(&id, coins, known),
                });
            }
        }
        plan::remove(&mut made.batch, &conflicts);
        made.rejects.extend(conflicts.into_iter().map(|reject| Reject {
            row: raw_rows[reject.row as usize],
            ..reject
        }));
        made.rejects.sort_by_key(|reject| reject.row);
    }
}

/// The event id and the coins of a row of the catalogue.
fn priced(row: Row<'_>) -> Option<(Arc<str>, u32)> {
    row.text("event_id").zip(row.count("coins"))
}

fn conflict(id: &str, coins: u32, known: u32) -> Reason {
    Reason::Row {
        message: format!(
            "is {coins}, and `{id}` has the price {known} already: a later price has a later `effective_at`; where {known} was wrong, \
             give the row an `event_id` of its own that sorts behind, such as `{id}-2`"
        ),
    }
}
