//! Payees as records: sealed under a key for each payee, so that one who is erased is.

use crate::base::error::{Error, Result};
use crate::workspace::records;
use jiff::civil::Date;
use payout::payee::{Decided, Identity, Payee};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{Record, Tx};

/// Kind of the records.
pub(super) const KIND: &str = "payee";

/// A payee as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPayee {
    /// As it is now.
    pub payee: Payee,
    /// As the last imported row said: what a later row does not change, decisions made here keep.
    pub imported: Payee,
    /// What people decided by a command: no file lifts it.
    #[serde(default, skip_serializing_if = "Decided::is_nothing")]
    pub decided: Decided,
    /// The reason of the last decision that had one, for those who look into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What the newest version of a payee's record says once who it was is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// On which day.
    pub erased: Date,
    /// How often it was: a payee who comes back begins anew, under another key.
    pub times: u32,
}

/// A payee's record as it was read.
pub(super) struct Read {
    /// Who it is; none: that is erased.
    pub payee: Option<StoredPayee>,
    version: u64,
    /// The key of the next version.
    key: String,
}

/// The name of a payee's key, that many times after it was erased.
fn key(payee: &str, times: u32) -> String {
    format!("{KIND}/{payee}/{}", times + 1)
}

/// Who a version says it is; none: that is erased. Errors: it is not sealed, and says something else than that.
pub(super) fn parse(record: &Record) -> Result<Option<StoredPayee>> {
    match record.key {
        Some(_) if record.is_erased() => Ok(None),
        Some(_) => Ok(Some(records::parse(record)?.value)),
        None => records::parse::<Erased>(record).map(|_| None),
    }
}

/// The newest version of a payee's record, if there is one.
pub(super) fn read(tx: &mut Tx<'_>, id: &str) -> Result<Option<Read>> {
    let Some(record) = tx.record(KIND, id)? else {
        return Ok(None);
    };
    let key = match &record.key {
        Some(key) => key.clone(),
        None => key(id, records::parse::<Erased>(&record)?.value.times),
    };
    Ok(Some(Read {
        payee: parse(&record)?,
        version: record.version,
        key,
    }))
}

/// Adds the next version of a payee's record; `before`: the one before it.
pub(super) fn put(tx: &mut Tx<'_>, id: &str, before: Option<&Read>, next: &StoredPayee) -> Result<()> {
    let version = before.map_or(0, |before| before.version);
    let key = before.map_or_else(|| key(id, 0), |before| before.key.clone());
    let new = records::sealed(KIND, id, version, next, key)?;
    tx.put(&[new]).map_err(Error::from)
}

/// A payee, if there is one who is not erased.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Payee>> {
    let found = read(tx, id)?.and_then(|read| read.payee);
    Ok(found.map(|stored| stored.payee))
}

/// Every payee, by id.
pub fn all(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Payee>> {
    by_id(&tx.records(KIND, "")?)
}

fn by_id(records: &[Record]) -> Result<BTreeMap<String, Payee>> {
    let each = records
        .iter()
        .map(|record| Ok((record.id.clone(), parse(record)?)));
    let each = each.collect::<Result<Vec<_>>>()?.into_iter();
    Ok(each
        .filter_map(|(id, stored)| Some((id, stored?.payee)))
        .collect())
}

/// Those of some creators for whom nobody is paid: there is a hold, or their identity is restricted or rejected, on the payee of their own id.
pub(super) fn stopped(tx: &mut Tx<'_>, creators: &[&str]) -> Result<BTreeSet<String>> {
    let known = by_id(&tx.records_of(KIND, creators)?)?.into_iter();
    let is_stopped = |payee: &Payee| {
        let is_kept_back = matches!(payee.identity, Identity::Restricted | Identity::Rejected);
        payee.sanctions_hold.is_some() || is_kept_back
    };
    let stopped = known.filter(|(_, payee)| is_stopped(payee));
    Ok(stopped.map(|(creator, _)| creator).collect())
}
