//! The chain of records: every version that was ever written, numbered in the order of writing, each link made from the link
//! before it. Whoever takes a version out, puts one in or changes the order breaks it.
//!
//! A link is `BLAKE3(link before, number, transactions, digest of the version)`; the link before the first is 32 zero bytes.
//! `transactions` is how many transactions the books had then: so records say when the end of the transactions was cut off.

use crate::error::StoreError;
use crate::head::BooksHead;
use crate::record::NewRecord;
use crate::times::Times;
use crate::tx::{PAGE, Tx};
use crate::verify::compare;
use crate::verify::{Checked, Total};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// The end of the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordHead {
    /// Versions that were ever written.
    pub records: u64,
    /// The last link.
    pub link: [u8; 32],
    /// When the last version was recorded; none: there is none.
    pub recorded: Option<Timestamp>,
}

impl RecordHead {
    /// The end of the chain after one more version.
    pub(crate) fn next(&self, digest: &[u8], transactions: u64) -> RecordHead {
        let records = self.records + 1;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.link);
        hasher.update(&records.to_le_bytes());
        hasher.update(&transactions.to_le_bytes());
        hasher.update(digest);
        RecordHead {
            records,
            link: *hasher.finalize().as_bytes(),
            recorded: self.recorded,
        }
    }
}

/// A link to be written beside its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// Number of the version in the order of writing, from 1.
    pub number: u64,
    /// Transactions that the books had then.
    pub transactions: u64,
    /// The link.
    pub link: [u8; 32],
}

/// A stored link, with the version that it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Number of the version in the order of writing, from 1.
    pub number: u64,
    /// What the record is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// Which version.
    pub version: u64,
    /// Transactions that the books had then; 0 where that was not noted.
    pub transactions: u64,
    /// The link.
    pub link: Vec<u8>,
    /// When the version says that it was recorded; none: the version is not there.
    pub recorded: Option<Timestamp>,
    /// The hash that the version is stored with; none: the version is not there.
    pub digest: Option<Vec<u8>>,
}

impl Link {
    /// The end of the chain, if this is its last link. A link of another length is damaged: what follows from it says so.
    pub(crate) fn head(&self) -> RecordHead {
        RecordHead {
            records: self.number,
            link: self.link.as_slice().try_into().unwrap_or_default(),
            recorded: self.recorded,
        }
    }
}

/// The links of versions that are written after `head`.
pub(crate) fn links<'d>(
    head: &mut RecordHead,
    digests: impl Iterator<Item = impl AsRef<[u8]> + 'd>,
    transactions: u64,
) -> Vec<NewLink> {
    let link = |digest| {
        *head = head.next(AsRef::as_ref(&digest), transactions);
        NewLink {
            number: head.records,
            transactions,
            link: head.link,
        }
    };
    digests.map(link).collect()
}

impl Tx<'_> {
    /// The end of the chain of records; none in books that were made before there was one, and that may only be read.
    pub fn record_head(&mut self) -> Result<Option<RecordHead>, StoreError> {
        match self.records {
            Some(head) => Ok(Some(head)),
            None => self.backend.record_head(),
        }
    }

    /// The link with a number, if there is one.
    pub fn record_link(&mut self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.backend.links(number.saturating_sub(1), 1)?.pop();
        Ok(found.filter(|link| link.number == number).map(|link| link.link))
    }

    /// Writes versions with their links.
    pub(crate) fn put_linked(&mut self, records: &[NewRecord]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let transactions = self.last_transaction()?;
        let is_first = self.records.is_none();
        let mut head = self.record_head()?.unwrap_or_default();
        if is_first {
            // Nothing is written after a record of a time to come either.
            self.recorded
                .after(head.recorded, self.now, self.backend.place())?;
        }
        let (author, now) = (self.author().to_owned(), self.now());
        let digests = records.iter().map(|record| record.digest(&author, now));
        let links = links(&mut head, digests, transactions);
        self.backend.put_records(records, &links, &author, now)?;
        head.recorded = Some(now);
        self.records = Some(head);
        Ok(())
    }

    fn last_transaction(&mut self) -> Result<u64, StoreError> {
        match self.books.as_ref().filter(|_| self.checked_head) {
            Some(books) => Ok(books.last_transaction()),
            None => Ok(self.backend.head()?.transaction),
        }
    }

    /// Follows the chain from its beginning: nothing was taken out, put in, changed or moved. `stored` are the versions that
    /// are there, linked or not; `times` are those of the transactions, where nobody may choose them.
    pub(crate) fn check_chain(
        &mut self,
        checked: &mut Checked,
        stored: Total,
        against: Option<&BooksHead>,
        mut times: Option<Times>,
    ) -> Result<Option<RecordHead>, StoreError> {
        let Some(end) = self.backend.record_head()? else {
            return Ok(None);
        };
        let mut head = RecordHead::default();
        let mut linked = Total::default();
        let mut are_cut = false;
        while head.records < end.records {
            let page = self.backend.links(head.records, PAGE)?;
            if page.is_empty() {
                break;
            }
            for link in &page {
                follow(&mut head, link, checked);
                if let Some(digest) = &link.digest {
                    linked.add(digest);
                }
                if link.transactions > checked.transactions && !std::mem::replace(&mut are_cut, true) {
                    checked.find(
                        place(link),
                        format!(
                            "it was written after transaction {}, and the last one is {}: transactions are missing at the end",
                            link.transactions, checked.transactions
                        ),
                    );
                }
                if let Some(times) = &mut times {
                    times.compare(link, &place(link), checked.transactions, checked);
                }
                if let Some(kept) = against.filter(|kept| kept.records.0 == head.records) {
                    compare(checked, "records", kept.records, head.short());
                }
            }
        }
        if let Some(kept) = against.filter(|kept| kept.records.0 > head.records) {
            compare(checked, "records", kept.records, head.short());
        }
        if linked != stored {
            self.name_unlinked(checked)?;
        }
        Ok(Some(head))
    }

    fn name_unlinked(&mut self, checked: &mut Checked) -> Result<(), StoreError> {
        let unlinked: BTreeSet<_> = self.backend.unlinked(crate::MAX_FINDINGS)?.into_iter().collect();
        for (kind, id, version) in unlinked {
            checked.find(
                format!("{kind} `{id}` version {version}"),
                "it is not in the chain of records: it was put in by hand",
            );
        }
        Ok(())
    }
}

fn place(link: &Link) -> String {
    format!("{} `{}` version {}", link.kind, link.id, link.version)
}

/// Checks one link against the end of those before it, and goes on from it, right or wrong: each break is told once.
fn follow(head: &mut RecordHead, link: &Link, checked: &mut Checked) {
    let expected = head.records + 1;
    if link.number != expected {
        let missing = match link.number - expected {
            1 => format!("record number {expected} is missing"),
            _ => format!("records number {expected} to {} are missing", link.number - 1),
        };
        checked.find(
            place(link),
            format!("it is number {}, and {missing} before it", link.number),
        );
    }
    match &link.digest {
        None => checked.find(
            place(link),
            format!("it was written as record number {}, and is gone", link.number),
        ),
        Some(digest) => {
            let next = head.next(digest, link.transactions);
            if link.number == expected && *link.link != next.link {
                checked.find(
                    place(link),
                    format!(
                        "its link, number {}, does not follow from the one before: what was written was changed, or stands in another order",
                        link.number
                    ),
                );
            }
        }
    }
    *head = link.head();
}
