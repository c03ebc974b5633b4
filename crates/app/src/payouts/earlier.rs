//! What left before a batch did: the last payouts of each creator, the account they left from, and the rates that are known.
//!
//! **The rate that is known** of two currencies is the last one that a second person confirmed, of a batch of which something
//! left at it. Rates that nobody was asked about make no rate known, so that many small steps, each within the band of the one before,
//! lead no further than one: all of them are compared with the same rate.
//!
//! **What is paid again** is money of a payout that failed or came back: the first payout prepared after that, of the same balance and
//! of one of its programs, takes it; where that one was cancelled, the first after its cancellation.

use super::again;
use super::fixed::{Fixed, UsedRate};
use super::platform_terms::PlatformTerms;
use super::since::Since;
use super::stored::{self, Export, StoredBatch};
use crate::base::error::Result;
use jiff::Timestamp;
use money::Ratio;
use payout::batch::{Payout, PayoutState, Recipient, Told};
use payout::fx::KnownRate;
use payout::iso20022::Debtor;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::Tx;

/// What left before a batch did.
#[derive(Default)]
pub(super) struct Earlier {
    /// The last payouts of each creator.
    pub payouts: BTreeMap<String, LastPayouts>,
    /// The account that money left from last: when, and which.
    pub debtor: Option<(Timestamp, Debtor)>,
    /// What the configuration said of how much is paid, with the last batch: when, and what.
    terms: Option<(Timestamp, PlatformTerms)>,
    /// Payouts that were held, and did not leave.
    kept_back: Vec<KeptBack>,
    rates: BTreeMap<(String, String), Known>,
}

/// A payout that was held in a batch, and did not leave with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeptBack {
    /// The creator.
    pub creator: String,
    /// The batch.
    pub batch: String,
    /// Why.
    pub reason: String,
    #[serde(skip)]
    prepared: Option<Timestamp>,
}

/// The last payouts of a creator.
#[derive(Default)]
pub(super) struct LastPayouts {
    /// The last one whose money left, or is under way.
    pub paid: Option<Attempt>,
    /// The last one that failed.
    failed: Option<Attempt>,
    /// Those whose money is the creator's again, and is in the payout of this batch.
    pub again: Vec<Since>,
    /// Those of which it was said that their money is free, with what was said last.
    pub free: Vec<(Payout, Told)>,
    /// Those whose money is out or under way, with when their files were written.
    pub out: Vec<(Timestamp, Payout)>,
}

/// A payout that was sent.
pub(super) struct Attempt {
    /// Which one, for people.
    pub since: Since,
    /// Whom and where it was to reach.
    pub recipient: Recipient,
    /// The version of the payee that it was prepared with; 0: it is not known.
    pub version: u64,
    /// What its batch fixed.
    fixed: Arc<Fixed>,
    /// When its files were written.
    pub at: Timestamp,
}

struct Known {
    at: Timestamp,
    rate: KnownRate,
}

impl LastPayouts {
    /// Those to compare a payee with: the last one, and after it the last that failed.
    pub(super) fn each(&self) -> impl Iterator<Item = &Attempt> {
        let paid_at = self.paid.as_ref().map(|paid| paid.at);
        let failed = self.failed.iter();
        let later = failed.filter(move |failed| paid_at.is_none_or(|paid| paid < failed.at));
        self.paid.iter().chain(later)
    }
}

impl Earlier {
    /// Of all batches but this one that were exported, and of those before it if it was exported itself.
    pub(super) fn of(tx: &mut Tx<'_>, stored: &StoredBatch) -> Result<Earlier> {
        let until = stored.export.as_ref().map(|export| export.written);
        let mut earlier = Earlier::default();
        let all: Vec<StoredBatch> = stored::all(tx)?.into_iter().map(|other| other.value).collect();
        let again = again::of(tx, &all, stored)?;
        for other in all {
            if other.batch.id != stored.batch.id {
                earlier.keep_back(&other);
            }
            let Some(export) = &other.export else {
                continue;
            };
            let at = export.written;
            if other.batch.id == stored.batch.id || until.is_some_and(|until| at >= until) {
                continue;
            }
            let is_newer = earlier.debtor.as_ref().is_none_or(|(last, _)| *last < at);
            if let (Some(debtor), true) = (&other.fixed.debtor, is_newer) {
                earlier.debtor = Some((at, debtor.clone()));
            }
            let is_newer = earlier.terms.as_ref().is_none_or(|(last, _)| *last < at);
            if is_newer && !other.fixed.terms.is_empty() {
                earlier.terms = Some((at, other.fixed.terms.clone()));
            }
            // A rate that nobody confirmed, or at which nothing has left, makes no rate known. The last one that was confirmed counts,
            // whenever its files were written.
            for used in &other.fixed.rates {
                let at_it = |payout: &Payout| has_left(payout) && (used.compares || used.converts(payout));
                let approval = other.approval.as_ref();
                let is_confirmed = approval.is_some_and(|approval| approval.has_confirmed(used));
                let confirmed_at = other.batch.approved_at().filter(|_| is_confirmed);
                if let Some(at) = confirmed_at.filter(|_| other.batch.payouts.iter().any(at_it)) {
                    earlier.know(at, used.clone());
                }
            }
            let fixed = Arc::new(other.fixed);
            for payout in other.batch.payouts {
                earlier.sent(export, payout, &fixed);
            }
        }
        for (creator, since) in again {
            earlier.payouts.entry(creator).or_default().again.push(since);
        }
        Ok(earlier)
    }

    /// The last payout of a creator whose money left, or is under way.
    pub(super) fn paid(&self, creator: &str) -> Option<&Attempt> {
        self.payouts.get(creator)?.paid.as_ref()
    }

    /// When the files of a creator's last payout were written whose money is out, or under way.
    pub(super) fn out(&self, creator: &str) -> Option<Timestamp> {
        let out = self.payouts.get(creator)?.out.iter();
        out.map(|(at, _)| *at).max()
    }

    /// The version of a payee that they were last paid with; 0: they were not, or it is not known.
    pub(super) fn version(&self, creator: &str) -> u64 {
        self.paid(creator).map_or(0, |last| last.version)
    }

    /// The versions of the splits of creators of whom a payee was last paid something.
    pub(super) fn splits(&self, payee: &str) -> &BTreeMap<String, u64> {
        static NONE: BTreeMap<String, u64> = BTreeMap::new();
        let last = self.paid(payee);
        last.and_then(|last| last.fixed.splits.get(payee))
            .unwrap_or(&NONE)
    }

    /// The version of another creator, as a payee, that a payee was last paid with what that creator earned.
    pub(super) fn creator_version(&self, payee: &str, creator: &str) -> u64 {
        let last = self.paid(payee).and_then(|last| last.fixed.creators.get(payee));
        last.and_then(|of| of.get(creator)).copied().unwrap_or(0)
    }

    fn keep_back(&mut self, other: &StoredBatch) {
        let held = |payout: &&Payout| matches!(payout.state, PayoutState::Held | PayoutState::Cancelled);
        let kept = other.batch.payouts.iter().filter(held).filter_map(|payout| {
            Some(KeptBack {
                creator: payout.recipient.payee.to_string(),
                batch: other.batch.id.to_string(),
                reason: payout.reason.clone()?,
                prepared: other.batch.prepared_at(),
            })
        });
        self.kept_back.extend(kept);
    }

    /// What the configuration said of how much is paid, with the last batch.
    pub(super) fn terms(&self) -> Option<&PlatformTerms> {
        self.terms.as_ref().map(|(_, terms)| terms)
    }

    /// What was kept back of some creators since they were last paid, in batches before this one.
    pub(super) fn kept_back(&self, leaving: &[&Payout], stored: &StoredBatch) -> Vec<KeptBack> {
        let creators = leaving.iter().map(|payout| payout.recipient.payee.as_str());
        let creators: BTreeSet<&str> = creators.collect();
        let until = stored.batch.prepared_at();
        let is_it = |one: &&KeptBack| {
            let last = self.paid(&one.creator);
            creators.contains(one.creator.as_str())
                && one.prepared < until
                && last.is_none_or(|last| one.prepared.is_none_or(|at| last.at < at))
        };
        self.kept_back.iter().filter(is_it).cloned().collect()
    }

    /// The rate of two currencies that is known.
    pub(super) fn rate(&self, from: &str, to: &str) -> Option<KnownRate> {
        let known = self.rates.get(&(from.to_owned(), to.to_owned()))?;
        Some(known.rate.clone())
    }

    fn sent(&mut self, export: &Export, payout: Payout, fixed: &Arc<Fixed>) {
        let at = export.written;
        let version = fixed.payees.get(payout.recipient.payee.as_str()).copied();
        let last = self
            .payouts
            .entry(payout.recipient.payee.to_string())
            .or_default();
        match payout.state {
            state if state.frees_money() => {
                let told = payout.told.last().cloned();
                last.free.extend(told.map(|told| (payout.clone(), told)));
            }
            PayoutState::InTransit | PayoutState::Succeeded => last.out.push((at, payout.clone())),
            _ => {}
        }
        let last = match payout.state {
            PayoutState::Failed => &mut last.failed,
            _ if has_left(&payout) => &mut last.paid,
            _ => return,
        };
        if last.as_ref().is_none_or(|last| last.at < at) {
            *last = Some(Attempt {
                since: Since::of(export, &payout),
                recipient: payout.recipient,
                version: version.unwrap_or(0),
                fixed: fixed.clone(),
                at,
            });
        }
    }

    /// A rate that was confirmed is known both ways; the last one counts.
    fn know(&mut self, at: Timestamp, used: UsedRate) {
        let back = Ratio::ONE.checked_div(used.rate.rate).ok().map(|rate| KnownRate {
            rate,
            ..used.rate.clone()
        });
        let there = ((used.from.clone(), used.to.clone()), Some(used.rate));
        for (pair, rate) in [there, ((used.to, used.from), back)] {
            let is_later = self.rates.get(&pair).is_none_or(|known| known.at < at);
            if let (Some(rate), true) = (rate, is_later) {
                self.rates.insert(pair, Known { at, rate });
            }
        }
    }
}

/// Whether a payout's money left, or is under way.
fn has_left(payout: &Payout) -> bool {
    matches!(
        payout.state,
        PayoutState::InTransit | PayoutState::Succeeded | PayoutState::Returned
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn used(rate: &str) -> UsedRate {
        UsedRate {
            from: "USD".into(),
            to: "EUR".into(),
            rate: KnownRate {
                rate: Ratio::parse(rate).unwrap(),
                published_on: date(2026, 10, 30),
            },
            source: "file".into(),
            file: None,
            before: None,
            compares: false,
        }
    }

    #[test]
    fn the_rate_that_was_confirmed_last_is_known() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let rates = [(3, "0.8"), (9, "0.7"), (5, "0.9")];
        for turned in 0..rates.len() {
            let mut earlier = Earlier::default();
            for (second, rate) in rates.iter().cycle().skip(turned).take(rates.len()) {
                earlier.know(at(*second), used(rate));
            }
            let rate = |from, to| earlier.rate(from, to).unwrap().rate;
            assert_eq!(rate("USD", "EUR"), Ratio::parse("0.7").unwrap(), "{turned}");
            assert_eq!(
                rate("EUR", "USD"),
                Ratio::ONE.checked_div(rate("USD", "EUR")).unwrap()
            );
        }
    }
}
