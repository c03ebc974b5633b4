//! Who changed the books: one change for each database transaction that wrote something.

use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use store::{Change, StoreError, StoredTransaction, Tx};

/// Changes read at once.
const PAGE: usize = 500;

/// Which changes are listed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only somebody's.
    pub by: Option<String>,
    /// Only those of commands that begin with these words: `payout`, `payout approve`.
    pub command: Option<String>,
    /// Only those from this day on, in UTC.
    pub since: Option<Date>,
    /// Only those until this day, it included.
    pub until: Option<Date>,
    /// Only those that wrote a record of this kind, or this one of it.
    pub record: Option<(String, Option<String>)>,
}

impl Filter {
    fn admits(&self, change: &Change) -> bool {
        let day = change.recorded.to_zoned(TimeZone::UTC).date();
        let begins = |words: &String| {
            let rest = change.command.strip_prefix(words.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let writes = |(kind, id): &(String, Option<String>)| {
            let mut written = change.records.iter();
            written.any(|name| name.kind == *kind && id.as_ref().is_none_or(|id| *id == name.id))
        };
        self.by.as_ref().is_none_or(|by| *by == change.actor)
            && self.command.as_ref().is_none_or(begins)
            && self.since.is_none_or(|since| since <= day)
            && self.until.is_none_or(|until| day <= until)
            && self.record.as_ref().is_none_or(writes)
    }
}

/// A change as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its number.
    pub change: u64,
    /// When it was recorded.
    pub at: jiff::Timestamp,
    /// Who made it.
    pub by: String,
    /// By which way in.
    pub way: String,
    /// By which command.
    pub command: String,
    /// Under which key, if it was called with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The transactions that it booked: the first and the last; none where it booked none.
    pub transactions: Option<[u64; 2]>,
    /// The versions of records that it wrote.
    pub records: Vec<Written>,
}

/// A version of a record that a change wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The version before; none: it is new.
    pub was: Option<u64>,
    /// The version that was written.
    pub is: u64,
}

impl Listed {
    /// `before`: the last transaction before it.
    fn new(change: Change, before: u64) -> Self {
        let records = change.records.into_iter().map(|name| Written {
            kind: name.kind,
            id: name.id,
            was: name.version.checked_sub(1).filter(|was| *was > 0),
            is: name.version,
        });
        Listed {
            change: change.number,
            at: change.recorded,
            by: change.actor,
            way: change.way,
            command: change.command,
            key: change.keyed.map(|keyed| keyed.key),
            transactions: (change.transactions > before).then_some([before + 1, change.transactions]),
            records: records.collect(),
        }
    }

    /// How many transactions it booked.
    pub fn booked(&self) -> u64 {
        self.transactions.map_or(0, |[first, last]| last - first + 1)
    }
}

/// Changes, the newest first; and whether there are more.
pub fn list(workspace: &Workspace, filter: &Filter, limit: usize) -> Result<(Vec<Listed>, bool)> {
    workspace.books()?.read(|tx| {
        let mut found = Vec::new();
        let mut before = u64::MAX;
        loop {
            let mut page = tx.changes_before(before, PAGE + 1)?;
            // The one behind the page says where the transactions of its last one begin.
            let earlier = if page.len() > PAGE { page.pop() } else { None };
            let begins: Vec<u64> = page
                .iter()
                .chain(&earlier)
                .skip(1)
                .map(|one| one.transactions)
                .collect();
            for (at, change) in page.into_iter().enumerate() {
                before = change.number;
                if !filter.admits(&change) {
                    continue;
                }
                if found.len() == limit {
                    return Ok((found, true));
                }
                found.push(Listed::new(change, begins.get(at).copied().unwrap_or(0)));
            }
            if earlier.is_none() {
                return Ok::<_, Error>((found, false));
            }
        }
    })
}

/// A change with all that it wrote.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The change.
    pub change: Listed,
    /// Its transactions.
    pub transactions: Vec<StoredTransaction>,
    /// For each of its records, what it said before and what it says since, as JSON.
    pub bodies: Vec<[Option<String>; 2]>,
}

/// A change as it is listed; none: there is no such change.
pub(crate) fn listed(tx: &mut Tx<'_>, number: u64) -> Result<Option<Listed>> {
    // With the one before it, which says where its transactions begin.
    let mut found = tx.changes_before(number.saturating_add(1), 2)?.into_iter();
    let change = found.next().filter(|change| change.number == number);
    let before = found.next().map_or(0, |before| before.transactions);
    Ok(change.map(|change| Listed::new(change, before)))
}

/// A change with all that it wrote. Errors: no such change.
pub fn show(workspace: &Workspace, number: u64) -> Result<Shown> {
    workspace.books()?.read(|tx| {
        let change = listed(tx, number)?.ok_or_else(|| {
            Error::usage("audit/change", format!("there is no change {number}"))
                .hint("`permille audit list` lists them")
        })?;
        let mut transactions = Vec::new();
        if let Some([first, last]) = change.transactions {
            // A row that was damaged may say that there are more than there are.
            for number in first..=last.min(tx.head()?.transaction) {
                transactions.extend(tx.transaction_number(number)?);
            }
        }
        let mut bodies = Vec::new();
        for written in &change.records {
            let mut body = |version: Option<u64>| match version {
                None => Ok(None),
                Some(version) => {
                    let found = tx.record_at(&written.kind, &written.id, version)?;
                    Ok::<_, StoreError>(found.map(|known| known.body))
                }
            };
            bodies.push([body(written.was)?, body(Some(written.is))?]);
        }
        Ok::<_, Error>(Shown {
            change,
            transactions,
            bodies,
        })
    })
}

/// The head of the books, to be kept elsewhere.
pub fn head(workspace: &Workspace) -> Result<store::KeptHead> {
    let head = workspace.books()?.read::<_, StoreError>(|tx| tx.head())?;
    Ok(store::KeptHead::from(&head.change))
}
