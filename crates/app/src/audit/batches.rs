//! Batches of payouts: each payout against what was reserved for it, and its state against what became of the reservation.

use super::{content, place};
use crate::error::{DAMAGED, Error, Result};
use crate::payouts::program_balances::{is_taken, units_in};
use crate::payouts::stored::{self, BatchRecord, PayoutRecord};
use journal::Entry;
use ledger::AccountKind;
use payout::batch::{Payout, PayoutId, PayoutState};
use std::collections::{BTreeMap, HashMap};
use store::{Checked, Record, StoredTransaction, Tx};

/// Reservations by batch.
#[derive(Default)]
pub(super) struct Batches {
    reserved: BTreeMap<String, u64>,
}

/// What became of a payout in the books.
#[derive(Default)]
struct Fate {
    is_reserved: bool,
    is_open: bool,
    /// How often it was paid, less how often it came back.
    paid: i32,
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

/// Refuses payouts that say otherwise than what is reserved for them.
pub(crate) fn must_be_reserved(tx: &mut Tx<'_>, batch: &str, payouts: &[Payout]) -> Result<()> {
    let mut checked = Checked::default();
    for payout in payouts {
        compare_one(tx, batch, payout, &mut checked)?;
    }
    let Some(first) = checked.findings.first() else {
        return Ok(());
    };
    let words = format!("batch {}: {}", first.place, first.what);
    Err(Error::bad_input(DAMAGED, words).hint(
        "`permille ledger verify` lists what is wrong; give the batch up, or restore the store from a backup",
    ))
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
                compare_one(tx, place, &own.payout, checked)?;
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

fn compare_one(tx: &mut Tx<'_>, place: &str, payout: &Payout, checked: &mut Checked) -> Result<()> {
    let key = format!("payout/{}", payout.id);
    let mut fate = Fate::default();
    let mut wrong = None;
    tx.transactions_by_prefix(&key, |transaction| {
        match transaction.key.strip_prefix(&*key) {
            Some("") => {
                fate.is_reserved = true;
                fate.is_open = transaction.is_pending();
                wrong = difference(payout, transaction);
            }
            Some("/settle" | "/after-all") => fate.paid += 1,
            Some("/return") => fate.paid -= 1,
            _ => {}
        }
        Ok::<_, Error>(())
    })?;
    let place = || format!("{place}, payout {}", payout.id);
    if !fate.is_reserved {
        checked.find(place(), "nothing is reserved for it");
        return Ok(());
    }
    if let Some(wrong) = wrong {
        checked.find(place(), wrong);
    }
    let is = match (fate.is_open, fate.paid) {
        (true, _) => "reserved",
        (false, 1) => "paid",
        (false, 0) => "not paid",
        _ => "paid more than once",
    };
    let should = match payout.state {
        PayoutState::Pending | PayoutState::Held | PayoutState::InTransit => "reserved",
        PayoutState::Succeeded => "paid",
        PayoutState::Failed | PayoutState::Returned | PayoutState::Cancelled => "not paid",
    };
    if is != should {
        checked.find(
            place(),
            format!(
                "it is {}, so its money should be {should}; in the books it is {is}",
                payout.state
            ),
        );
    }
    Ok(())
}

/// What a payout says otherwise than its reservation.
fn difference(payout: &Payout, reserved: &StoredTransaction) -> Option<String> {
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    let (mut asset, mut arriving) = (None, None);
    for posting in &reserved.postings {
        let units = i128::from(posting.amount);
        if is_taken(posting) {
            asset = Some(posting.debit.asset);
            *sums.entry("taken").or_default() += units;
            if *posting.debit.owner != *payout.recipient.payee.as_str() {
                return Some(format!(
                    "its money is reserved from creator `{}`",
                    posting.debit.owner
                ));
            }
        }
        if posting.credit.kind == AccountKind::CashAtBank {
            arriving = Some(posting.credit.asset);
            *sums.entry("leaves").or_default() += units;
        }
        if posting.credit.kind == AccountKind::CreatorWithheld {
            *sums.entry("withheld").or_default() += units;
        }
    }
    let (Some(asset), Some(arriving)) = (asset, arriving) else {
        return Some("its reservation takes nothing, or pays nothing".to_owned());
    };
    let withheld = units_in(payout.withheld, asset).ok()?;
    let net = match &payout.conversion {
        None => units_in(payout.amount, asset).ok()?,
        Some(_) => units_in(payout.net, asset).ok()?,
    };
    let pairs = [
        ("taken", "is taken from the balance", net + withheld),
        ("withheld", "is withheld", withheld),
        ("leaves", "leaves", units_in(payout.amount, arriving).ok()?),
    ];
    pairs.into_iter().find_map(|(sum, words, says)| {
        let is = sums.get(sum).copied().unwrap_or(0);
        let asset = if sum == "leaves" { arriving } else { asset };
        (is != says).then(|| {
            let (says, is) = (super::amount(asset, says), super::amount(asset, is));
            format!("it says that {says} {words}, and {is} are reserved so")
        })
    })
}
