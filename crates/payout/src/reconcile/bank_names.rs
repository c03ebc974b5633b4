//! By what a bank knows the money of payouts: its own references, and the ids of transactions, as its debits bore them.
//!
//! A return over a correspondent may bear nothing of ours: it says `/MREF/` and the bank's reference of the payment, or the payment's
//! UETR. That is not enough for money to be free, and too much to be passed over.

use super::evidence::Evidence;
use super::matcher::{Known, Matcher};
use crate::batch::PayoutState;
use crate::iso20022::{Entry, Movement, plain};
use std::collections::{BTreeSet, HashMap};

/// Shorter ones may be numbers within a day, or chance.
const SHORTEST: usize = 8;

/// Payouts by what the bank knows their money by, in capitals and without signs.
#[derive(Default)]
pub(super) struct BankNames<'a> {
    payouts: HashMap<String, BTreeSet<&'a str>>,
    /// How many movements of each payout are known here.
    known: HashMap<&'a str, usize>,
    /// So many movements were found when this was brought up to date last; none: never.
    found: Option<usize>,
}

impl<'a> BankNames<'a> {
    /// Learns what was shown since.
    pub(super) fn learn(&mut self, matcher: &Matcher<'a>) {
        let now = matcher.found.seen.len();
        if self.found.replace(now) == Some(now) {
            return;
        }
        for (reference, known) in &matcher.payouts {
            self.add(reference, known);
        }
    }

    fn add(&mut self, reference: &'a str, known: &Known<'a>) {
        let before = self.known.insert(reference, known.moved.len()).unwrap_or(0);
        for (outcome, evidence) in known.moved.iter().skip(before) {
            if *outcome == PayoutState::Succeeded {
                for name in names_of(evidence) {
                    self.payouts.entry(name).or_default().insert(reference);
                }
            }
        }
    }

    /// The payouts whose money a movement names: by its own references, and by what stands in texts.
    pub(super) fn named(&self, movement: &Movement, entry: &Entry) -> BTreeSet<&'a str> {
        let own = [&movement.bank_reference, &entry.bank_reference]
            .into_iter()
            .flatten();
        let id = movement.transaction.as_deref().map(id_of);
        let texts = movement.texts.iter().chain(&entry.texts);
        let words =
            texts.flat_map(|text| text.split(|sign: char| sign.is_whitespace() || "/+:;,()".contains(sign)));
        let all = own.map(String::as_str).chain(id).chain(words);
        let found = all.filter(|word| word.len() >= SHORTEST);
        found
            .filter_map(|word| self.payouts.get(&plain(word)))
            .flatten()
            .copied()
            .collect()
    }
}

fn names_of(evidence: &Evidence) -> impl Iterator<Item = String> + use<> {
    let references = [&evidence.reference, &evidence.entry].into_iter().flatten();
    let id = evidence.transaction.as_deref().map(id_of);
    let all: Vec<String> = references.map(String::as_str).chain(id).map(plain).collect();
    let is_one = |name: &String| name.len() >= SHORTEST && name.bytes().any(|byte| byte.is_ascii_digit());
    all.into_iter().filter(is_one)
}

/// A transaction's id without its kind.
fn id_of(transaction: &str) -> &str {
    transaction.split_once(':').map_or(transaction, |(_, id)| id)
}
