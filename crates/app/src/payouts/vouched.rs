//! Words that let money go, for which another person has vouched: then they are the words of two, and whoever said one may approve.
//!
//! Where each of a platform's approvers has said something of the same money, nobody else would be left to sign.

use super::since::LetGo;
use crate::base::error::Result;
use crate::workspace::records;
use jiff::Timestamp;
use payout::batch::Payout;
use payout::person::is_same_person;
use serde::{Deserialize, Serialize};
use store::Tx;

/// Kind of the records: one for each payee.
pub(crate) const KIND: &str = "vouched";

/// That somebody vouches for what others said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vouch {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What it was compared with.
    pub note: String,
    /// The words.
    pub words: Vec<LetGo>,
}

impl Vouch {
    /// Whether it is for a word that somebody else said.
    pub(super) fn is_for(&self, word: &LetGo) -> bool {
        !is_same_person(&self.by, &word.by) && self.words.contains(word)
    }
}

/// What was vouched for about the payees of some payouts.
pub(super) fn about(tx: &mut Tx<'_>, leaving: &[&Payout]) -> Result<Vec<Vouch>> {
    let payees: Vec<&str> = leaving
        .iter()
        .map(|payout| payout.recipient.payee.as_str())
        .collect();
    let mut found = Vec::new();
    for record in tx.records_of(KIND, &payees)? {
        found.extend(records::parse::<Vec<Vouch>>(&record)?.value);
    }
    found.sort_by(|a, b| (a.at, &a.by).cmp(&(b.at, &b.by)));
    Ok(found)
}
