//! Amounts that contradict those in the archive: prices of gifts, and what was paid into pools.
//!
//! A row of the catalogue is known by its event id, which without one of its own is made of gift and time; money for a pool, of program,
//! day and payer. A row with another amount under an id that is stored is no duplicate: it says that the stored one is wrong, or is another
//! one. It is set aside with both, since what was booked by the first stays booked.

use super::batch::{Reject, field_index};
use super::plan::{self, Made};
use super::read_back::{Row, events};
use crate::archive::entries::reading;
use crate::archive::{Archive, ArchiveError, StoredBefore};
use event::kind::Kind;
use event::mapping::Section;
use event::value::Reason;
use money::{Asset, Money};
use std::collections::HashMap;
use std::sync::Arc;

/// Kinds whose amounts are compared, with the field that says how much: of each an archive has few.
const COMPARED: [(Kind, &str); 2] = [(Kind::Gift, "coins"), (Kind::Funding, "amount")];

/// The field that says how much; none of kinds that are not compared.
fn field_of(kind: Kind) -> Option<&'static str> {
    let found = COMPARED.iter().find(|(compared, _)| *compared == kind);
    found.map(|(_, field)| *field)
}

/// Whether amounts of a kind are compared with those in the archive.
pub(super) fn is_compared(kind: Kind) -> bool {
    field_of(kind).is_some()
}

/// How much something is.
#[derive(Clone, PartialEq, Eq)]
enum Amount {
    /// In coins.
    Coins(u32),
    /// In millionths of a currency.
    Money(i64, Arc<str>),
}

/// Amounts by event id.
#[derive(Default)]
pub(super) struct Amounts(HashMap<(Kind, Arc<str>), Amount>);

impl Amounts {
    /// The amounts in an archive of the kinds that an import brings.
    pub(super) fn known(archive: &Archive, sections: &[Section]) -> Result<Amounts, ArchiveError> {
        let mut amounts = HashMap::new();
        for (kind, _) in COMPARED {
            if sections.iter().all(|section| section.kind != kind) {
                continue;
            }
            let files = archive.all_files(kind, StoredBefore(archive.last_commit()));
            reading(&files, || {
                files.iter().try_for_each(|file| {
                    events(kind, &file.path, &mut |batch| {
                        let rows = (0..batch.rows).map(|index| Row { batch, index });
                        let said = rows.filter_map(|row| said(kind, row));
                        amounts.extend(said.map(|(id, amount)| ((kind, id), amount)));
                    })
                })
            })?;
        }
        Ok(Amounts(amounts))
    }

    /// Takes rows that say another amount than is known under their event id out of what was made, and knows the others'.
    pub(super) fn take(&mut self, made: &mut Made) {
        let kind = made.batch.kind;
        let Some(field) = field_of(kind) else { return };
        let field = field_index(kind, field) as u16;
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
            let Some((id, amount)) = said(kind, Row { batch, index }) else {
                continue;
            };
            let known = self
                .0
                .entry((kind, Arc::clone(&id)))
                .or_insert_with(|| amount.clone());
            if *known != amount {
                conflicts.push(Reject {
                    row: index as u32,
                    field,
                    reason: conflict(&id, &amount, known),
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

/// The event id of a row, and how much it is.
fn said(kind: Kind, row: Row<'_>) -> Option<(Arc<str>, Amount)> {
    let amount = match kind {
        Kind::Gift => Amount::Coins(row.count("coins")?),
        _ => Amount::Money(row.number("amount")?, row.text("currency")?),
    };
    Some((row.text("event_id")?, amount))
}

fn conflict(id: &str, amount: &Amount, known: &Amount) -> Reason {
    let message = match (amount, known) {
        (Amount::Coins(coins), Amount::Coins(known)) => format!(
            "is {coins}, and `{id}` has the price {known} already: a later price has a later `effective_at`; where {known} was wrong, \
             give the row an `event_id` of its own that sorts behind, such as `{id}-2`"
        ),
        _ => format!(
            "is {}, and `{id}` has {} already: where both were paid, give the row an `event_id` of its own, such as `{id}-2`",
            in_words(amount),
            in_words(known)
        ),
    };
    Reason::Row { message }
}

fn in_words(amount: &Amount) -> String {
    match amount {
        Amount::Coins(coins) => format!("{coins} coins"),
        Amount::Money(units, currency) => match Asset::micro(currency) {
            Ok(asset) => Money::new(asset, i128::from(*units)).to_string(),
            Err(_) => format!("{units} millionths of {currency}"),
        },
    }
}
