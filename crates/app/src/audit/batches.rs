//! Batches of payouts: each payout against what was reserved for it, and its state against what became of the reservation.

use super::{content, place};
use crate::base::error::{Error, Result};
use crate::payouts::reserved;
use crate::payouts::stored::{self, BatchRecord, PayoutRecord};
use journal::Entry;
use payout::batch::PayoutId;
use std::collections::{BTreeMap, HashMap};
use store::{Checked, Record, Tx};

/// Reservations by batch.
#[derive(Default)]
pub(super) struct Batches {
    reserved: BTreeMap<String, u64>,
}

impl Batches {
    pub(super) fn take(&mut self, entry: Entry) {
        let Entry::PayoutReserved(detail) = entry else {
            return;
        };
        *self.reserved.entry(detail.batch).or_default() += 1;
    }

    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        let mut names: BTreeMap<String, u64> = BTreeMap::new();
        tx.each_record(stored::BATCH, |tx, record| {
            let Some(batch) = content::<BatchRecord>(record, checked) else {
                return Ok(());
            };
            let reserved = self.reserved.remove(batch.id.as_str()).unwrap_or(0);
            if reserved != batch.payouts.len() as u64 {
                checked.find(
                    place(record),
                    format!(
                        "it has {} payouts, and {reserved} are reserved",
                        batch.payouts.len()
                    ),
                );
            }
            names.insert(batch.id.to_string(), batch.payouts.len() as u64);
            of_batch(tx, &place(record), &batch, checked)
        })?;
        let mut named: BTreeMap<String, u64> = names.keys().map(|batch| (batch.clone(), 0)).collect();
        tx.each_record(stored::PAYOUT, |_, record| {
            let Some(PayoutRecord { batch, .. }) = content::<PayoutRecord>(record, checked) else {
                return Ok(());
            };
            match named.get_mut(batch.as_str()) {
                Some(records) => *records += 1,
                None => checked.find(place(record), format!("its batch {batch} has no record")),
            }
            Ok::<_, Error>(())
        })?;
        // One that a batch names and that has no record was told above.
        for (batch, records) in named
            .into_iter()
            .filter(|(batch, records)| *records > names[batch])
        {
            checked.find(
                format!("{} `{batch}`", stored::BATCH),
                format!(
                    "it names {} payouts, and {records} have records as payouts of it",
                    names[&batch]
                ),
            );
        }
        for (batch, reserved) in self.reserved {
            checked.find(
                format!("{} `{batch}`", stored::BATCH),
                format!("{reserved} payouts of it are reserved, and it has no record"),
            );
        }
        Ok(())
    }
}

/// Compares the payouts that a batch names, each of which must have a record that says the same.
fn of_batch(tx: &mut Tx<'_>, place: &str, batch: &BatchRecord, checked: &mut Checked) -> Result<()> {
    let ids: Vec<&str> = batch.payouts.iter().map(PayoutId::as_str).collect();
    let found = tx.records_of(stored::PAYOUT, &ids)?;
    let found: HashMap<&str, &Record> = found.iter().map(|record| (&*record.id, record)).collect();
    for id in ids {
        let read = found
            .get(id)
            .map(|record| content::<PayoutRecord>(record, checked));
        match read {
            Some(Some(own)) if own.batch == batch.id && own.payout.id.as_str() == id => {
                reserved::compare(tx, place, &own.payout, checked)?;
            }
            // What cannot be read was told.
            Some(None) => {}
            None | Some(Some(_)) => {
                checked.find(
                    place.to_owned(),
                    format!("its payout {id} has no record of its own"),
                );
            }
        }
    }
    Ok(())
}
