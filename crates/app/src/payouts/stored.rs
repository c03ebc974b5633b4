//! Batches and payouts as records.
//!
//! A payout is a record of its own: what becomes of one writes one, and its versions are its history. A batch's record says
//! everything else, and names its payouts in the order in which files carry them. Who receives a payout stands in a third, sealed one
//! ([`recipients`]). All are read and written as one value here.

use super::fixed::{Fixed, UsedRate};
use super::recipients;
use crate::base::error::{Error, Result};
use crate::workspace::records::{self, Versioned};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use payout::batch::{Batch, BatchChange, BatchId, BatchState, Payout, PayoutId, PayoutState};
use payout::iso20022::{Sent, plain_number};
use payout::person::is_same_person;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::{NewRecord, Record, Tx};

/// Kind of a batch's record.
pub(crate) const BATCH: &str = "batch";
/// Kind of a payout's record.
pub(crate) const PAYOUT: &str = "payout";

/// Key of the transaction that reserves a payout's money.
pub(super) fn reservation_key(payout: &Payout) -> String {
    format!("payout/{}", payout.id)
}

/// A batch with its payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBatch {
    /// The batch.
    pub batch: Batch,
    /// The asset its payouts are taken from, e.g. `USD/6`.
    pub asset: String,
    /// What was fixed with its preparation.
    pub fixed: Fixed,
    /// Payouts that were held and put back.
    pub put_back: Vec<PutBack>,
    /// What its approval pinned.
    pub approval: Option<Approval>,
    /// What its files were first written of, so that they can be written again.
    pub export: Option<Export>,
}

/// A payout that was held and put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutBack {
    /// Its creator.
    pub creator: String,
    /// The payout.
    pub payout: PayoutId,
    /// Why it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_for: Option<String>,
    /// Who held it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// Who put it back.
    pub by: String,
    /// When.
    pub at: jiff::Timestamp,
}

impl PutBack {
    /// Whether somebody else had held it.
    pub(super) fn is_anothers(&self) -> bool {
        let held_by = self.held_by.as_ref();
        held_by.is_some_and(|held_by| !is_same_person(held_by, &self.by))
    }

    /// What was done, behind who did it.
    pub(super) fn words(&self, batch: &BatchId) -> String {
        let holder = self.held_by.as_deref().unwrap_or("somebody");
        let reason = self.held_for.as_deref().unwrap_or("no reason");
        format!(
            "put back payout {} of batch {batch}, which {holder} held: {reason}",
            self.payout
        )
    }
}

/// What an approval pins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The hash of all that the files say.
    pub digest: String,
    /// Payouts that were kept back then: they stay behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<PayoutId>,
    /// Exchange rates that were doubtful and that the approver confirmed, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<String>,
    /// The currencies of those rates, `USD/EUR`: each is what later ones are compared with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<String>,
}

impl Approval {
    /// Whether the approver confirmed the rate of these two currencies.
    pub(super) fn has_confirmed(&self, used: &UsedRate) -> bool {
        self.pairs.contains(&used.pair())
    }
}

/// What files were written of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The present that it was exported for: the files bear it, also when they are written again.
    pub at: jiff::Timestamp,
    /// When it was exported, by the clock: what left before and after it goes by this.
    pub written: jiff::Timestamp,
    /// The ids in the bank file.
    pub sent: Option<Sent>,
}

impl Export {
    /// The first day on which something of it can have been booked: a bank may be a day behind.
    pub(super) fn first_day(&self) -> Date {
        let day = self.written.min(self.at).to_zoned(TimeZone::UTC).date();
        day.yesterday().unwrap_or(day)
    }
}

/// The record of a batch: all but what its payouts say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchRecord {
    pub id: BatchId,
    execution_date: Date,
    pub state: BatchState,
    history: Vec<BatchChange>,
    /// In the order of files.
    pub payouts: Vec<PayoutId>,
    asset: String,
    fixed: Fixed,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    put_back: Vec<PutBack>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<Approval>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export: Option<Export>,
}

/// The record of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayoutRecord {
    pub batch: BatchId,
    pub payout: Payout,
}

impl BatchRecord {
    fn of(stored: &StoredBatch) -> BatchRecord {
        let batch = &stored.batch;
        BatchRecord {
            id: batch.id.clone(),
            execution_date: batch.execution_date,
            state: batch.state,
            history: batch.history.clone(),
            payouts: batch.payouts.iter().map(|payout| payout.id.clone()).collect(),
            asset: stored.asset.clone(),
            fixed: stored.fixed.clone(),
            put_back: stored.put_back.clone(),
            approval: stored.approval.clone(),
            export: stored.export.clone(),
        }
    }

    fn with(self, payouts: Vec<Payout>) -> StoredBatch {
        StoredBatch {
            batch: Batch {
                id: self.id,
                execution_date: self.execution_date,
                state: self.state,
                history: self.history,
                payouts,
            },
            asset: self.asset,
            fixed: self.fixed,
            put_back: self.put_back,
            approval: self.approval,
            export: self.export,
        }
    }
}

/// A batch as it was read.
#[derive(Clone, Debug)]
pub(super) struct Read {
    /// It.
    pub value: StoredBatch,
    version: u64,
    /// Versions of its payouts' records, in their order.
    versions: Vec<u64>,
}

impl Read {
    /// Changes it, and writes those of its records that have become others.
    pub(super) fn change<T>(
        &mut self,
        tx: &mut Tx<'_>,
        change: impl FnOnce(&mut Tx<'_>, &mut StoredBatch) -> Result<T>,
    ) -> Result<T> {
        let before = self.value.clone();
        let done = change(tx, &mut self.value)?;
        if self.value == before {
            return Ok(done);
        }
        let mut new = Vec::new();
        let record = BatchRecord::of(&self.value);
        if record != BatchRecord::of(&before) {
            new.push(records::new(BATCH, record.id.as_str(), self.version, &record)?);
            self.version += 1;
        }
        let both = self.value.batch.payouts.iter().zip(&before.batch.payouts);
        for ((payout, before), version) in both.zip(&mut self.versions) {
            if payout != before {
                new.push(of_payout(&self.value.batch, payout, *version)?);
                *version += 1;
            }
        }
        tx.put(&new)?;
        Ok(done)
    }
}

/// Writes the records of a new batch.
pub(super) fn begin(tx: &mut Tx<'_>, stored: &StoredBatch) -> Result<()> {
    let batch = &stored.batch;
    let mut new = vec![records::new(
        BATCH,
        batch.id.as_str(),
        0,
        &BatchRecord::of(stored),
    )?];
    for payout in &batch.payouts {
        new.push(of_payout(batch, payout, 0)?);
        new.push(recipients::of(batch, payout)?);
    }
    tx.put(&new).map_err(Error::from)
}

fn of_payout(batch: &Batch, payout: &Payout, version: u64) -> Result<NewRecord> {
    let record = PayoutRecord {
        batch: batch.id.clone(),
        payout: payout.clone(),
    };
    records::new(PAYOUT, payout.id.as_str(), version, &record)
}

/// A batch by its id, if there is one.
pub(super) fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Read>> {
    let Some(record) = records::get::<BatchRecord>(tx, BATCH, id)? else {
        return Ok(None);
    };
    let ids: Vec<&str> = record.value.payouts.iter().map(PayoutId::as_str).collect();
    let mut payouts: HashMap<String, _> = records::of::<PayoutRecord>(tx, PAYOUT, &ids)?
        .into_iter()
        .collect();
    let recipients = recipients::of_payouts(tx, &ids)?;
    with_payouts(record, &mut payouts, &recipients).map(Some)
}

/// Every batch, by id.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<Read>> {
    let found = records::list::<BatchRecord>(tx, BATCH, "")?;
    let mut payouts: HashMap<String, _> = records::list::<PayoutRecord>(tx, PAYOUT, "")?
        .into_iter()
        .collect();
    let recipients = recipients::all(tx)?;
    let all = found
        .into_iter()
        .map(|(_, record)| with_payouts(record, &mut payouts, &recipients));
    all.collect()
}

/// What was sent in files to banks: with the account that each left from, and the day from which it may have left.
pub(super) fn sent(batches: &[Read]) -> Vec<Sent> {
    let files = batches.iter().filter_map(|stored| {
        let export = stored.value.export.as_ref()?;
        let debtor = stored.value.fixed.debtor.as_ref();
        Some(Sent {
            account: debtor.map(|debtor| plain_number(debtor.number())),
            written: Some(export.first_day()),
            ..export.sent.clone()?
        })
    });
    files.collect()
}

/// How many batches were prepared on a day.
pub(super) fn of_day(tx: &mut Tx<'_>, day: Date) -> Result<usize> {
    Ok(tx.records(BATCH, &format!("{day}-"))?.len())
}

/// A batch with its payouts, which are taken out of those that were read.
fn with_payouts(
    record: Versioned<BatchRecord>,
    read: &mut HashMap<String, Versioned<PayoutRecord>>,
    recipients: &HashMap<String, Record>,
) -> Result<Read> {
    let id = &record.value.id;
    let (mut payouts, mut versions) = (Vec::new(), Vec::new());
    for payout in &record.value.payouts {
        let found = read.remove(payout.as_str());
        let own = found.filter(|found| found.value.batch == *id && found.value.payout.id == *payout);
        let Some(mut own) = own else {
            let words = format!("payout {payout} of batch {id} has no record of its own");
            return Err(Error::damage(words).hint("`permille ledger verify` checks the books"));
        };
        recipients::name(&mut own.value.payout, recipients)?;
        payouts.push(own.value.payout);
        versions.push(own.version);
    }
    Ok(Read {
        value: record.value.with(payouts),
        version: record.version,
        versions,
    })
}

/// The change that first brought a batch into a state.
pub(super) fn change_to(tx: &mut Tx<'_>, id: &str, state: BatchState) -> Result<Option<u64>> {
    for record in tx.record_versions(BATCH, id)? {
        if records::parse::<BatchRecord>(&record)?.value.state == state {
            return Ok(Some(record.change));
        }
    }
    Ok(None)
}

/// A batch in the first version that reached a state, with its payouts as they were then.
pub(super) fn when_it_became(tx: &mut Tx<'_>, id: &str, state: BatchState) -> Result<Option<StoredBatch>> {
    for record in tx.record_versions(BATCH, id)? {
        let found = records::parse::<BatchRecord>(&record)?;
        if found.value.state == state {
            let ids: Vec<&str> = found.value.payouts.iter().map(PayoutId::as_str).collect();
            let mut payouts = HashMap::new();
            for newest in tx.records_of(PAYOUT, &ids)? {
                let as_then = as_of(tx, newest, record.change)?;
                payouts.insert(as_then.id.clone(), records::parse(&as_then)?);
            }
            let recipients = recipients::of_payouts(tx, &ids)?;
            return Ok(Some(with_payouts(found, &mut payouts, &recipients)?.value));
        }
    }
    Ok(None)
}

/// The version of a record that was the newest when a change had been made.
fn as_of(tx: &mut Tx<'_>, newest: Record, change: u64) -> Result<Record> {
    if newest.change <= change {
        return Ok(newest);
    }
    let versions = tx.record_versions(&newest.kind, &newest.id)?.into_iter();
    let before = versions.rev().find(|version| version.change <= change);
    before.ok_or_else(|| {
        let words = format!("{} `{}` is younger than what names it", newest.kind, newest.id);
        Error::damage(words).hint("`permille ledger verify` checks the books")
    })
}

/// Who held a payout last; none: nobody did.
pub(super) fn held_by(tx: &mut Tx<'_>, payout: &Payout) -> Result<Option<String>> {
    let mut before = PayoutState::Pending;
    let mut holder = None;
    for record in tx.record_versions(PAYOUT, payout.id.as_str())? {
        let author = record.author.clone();
        let is = records::parse::<PayoutRecord>(&record)?.value.payout.state;
        if is == PayoutState::Held && before != PayoutState::Held {
            holder = Some(author);
        }
        before = is;
    }
    Ok(holder)
}
