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
use super::stored::{Export, StoredBatch};
use super::takes;
use crate::base::error::Result;
use jiff::Timestamp;
use money::Ratio;
use payout::batch::{Payout, PayoutId, PayoutState, Recipient, Told};
use payout::division::{OfEarners, Slot, add_all};
use payout::fx::KnownRate;
use payout::iso20022::Debtor;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use store::Tx;

/// What left before a batch did.
#[derive(Default)]
pub(super) struct Earlier<'b> {
    /// What the batch's own payouts take.
    own: HashMap<PayoutId, OfEarners>,
    /// Its payees, and who earned what it pays.
    people: HashSet<String>,
    /// When it was prepared.
    prepared: Option<Timestamp>,
    /// Other payouts to the same payees, or of what the same creators earned.
    others: Vec<Other<'b>>,
    /// The last payouts of each creator.
    pub payouts: BTreeMap<String, LastPayouts>,
    /// The account that money left from last: when, and which.
    pub debtor: Option<(Timestamp, Debtor)>,
    /// What the configuration and the programs said of how much is paid, with the batches before, by when they left.
    terms: BTreeMap<Timestamp, PlatformTerms>,
    /// Payouts that were held, and did not leave.
    kept_back: Vec<KeptBack>,
    rates: BTreeMap<(String, String), Known>,
}

/// Another payout that has to do with the batch.
struct Other<'b> {
    payee: String,
    currency: String,
    /// When it was prepared, if that was before the batch and its money is in it, or out.
    took: Option<Timestamp>,
    /// What its batch fixed, if its money left before.
    left: Option<&'b Fixed>,
    taken: OfEarners,
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
    /// When its money became free.
    #[serde(skip)]
    free_since: Option<Timestamp>,
    #[serde(skip)]
    payout: Payout,
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
}

/// A payout that was sent.
pub(super) struct Attempt {
    /// Which one, for people.
    pub since: Since,
    /// Whom and where it was to reach.
    pub recipient: Recipient,
    /// The version of the payee that it was prepared with; 0: it is not known.
    pub version: u64,
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

impl<'b> Earlier<'b> {
    /// Of all batches but this one that were exported, and of those before it if it was exported itself.
    pub(super) fn of(tx: &mut Tx<'_>, all: &'b [StoredBatch], stored: &StoredBatch) -> Result<Earlier<'b>> {
        let until = stored.export.as_ref().map(|export| export.written);
        let mut earlier = Earlier {
            prepared: stored.batch.prepared_at(),
            ..Earlier::default()
        };
        for payout in stored.batch.leaving() {
            let taken = takes::of_payout(tx, payout)?;
            earlier.people.insert(payout.recipient.payee.to_string());
            earlier.people.extend(taken.keys().cloned());
            earlier.own.insert(payout.id.clone(), taken);
        }
        let again = again::of(tx, all, stored)?;
        for other in all {
            if other.batch.id == stored.batch.id {
                continue;
            }
            earlier.keep_back(other);
            let is_before = |export: &&Export| until.is_none_or(|until| export.written < until);
            let export = other.export.as_ref().filter(is_before);
            for payout in &other.batch.payouts {
                earlier.keep(tx, other, payout, export.is_some())?;
            }
            let Some(export) = export else {
                continue;
            };
            let at = export.written;
            let is_newer = earlier.debtor.as_ref().is_none_or(|(last, _)| *last < at);
            if let (Some(debtor), true) = (&other.fixed.debtor, is_newer) {
                earlier.debtor = Some((at, debtor.clone()));
            }
            if !other.fixed.terms.is_empty() {
                earlier.terms.insert(at, other.fixed.terms.clone());
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
            for payout in &other.batch.payouts {
                earlier.sent(export, payout.clone(), &other.fixed);
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

    /// The version of a payee that they were last paid with; 0: they were not, or it is not known.
    pub(super) fn version(&self, creator: &str) -> u64 {
        self.paid(creator).map_or(0, |last| last.version)
    }

    /// The version of another creator, as a payee, that was last paid something of what that creator earned, or of the creator's own; 0: nothing
    /// was.
    pub(super) fn creator_version(&self, creator: &str) -> u64 {
        let version = |other: &Other<'_>| {
            let fixed = other.left.as_ref()?;
            if other.payee == creator {
                return fixed.payees.get(creator).copied();
            }
            let of = fixed.creators.get(&other.payee)?;
            of.get(creator)
                .copied()
                .filter(|_| other.taken.contains_key(creator))
        };
        self.others.iter().filter_map(version).max().unwrap_or(0)
    }

    /// The version of a creator's splits by which a payee was last paid something of what that creator earned; 0: the payee was not.
    pub(super) fn split_version(&self, payee: &str, creator: &str) -> u64 {
        let of_both = |other: &&Other<'_>| other.payee == payee && other.taken.contains_key(creator);
        let version = |other: &Other<'_>| other.left.as_ref()?.splits.get(payee)?.get(creator).copied();
        let all = self.others.iter().filter(of_both);
        all.filter_map(version).max().unwrap_or(0)
    }

    /// What one of the batch's own payouts takes.
    pub(super) fn taken(&self, payout: &Payout) -> &OfEarners {
        static NOTHING: OfEarners = OfEarners::new();
        self.own.get(&payout.id).unwrap_or(&NOTHING)
    }

    /// Payees with the other creators whose earnings payouts pay them.
    pub(super) fn others(&self, leaving: &[&Payout]) -> Vec<(String, String)> {
        let each = leaving.iter().flat_map(|payout| {
            let payee = payout.recipient.payee.as_str();
            let others = self.taken(payout).keys().filter(move |creator| *creator != payee);
            others.map(move |creator| (payee.to_owned(), creator.clone()))
        });
        each.collect()
    }

    /// Whether it was prepared before an instant.
    pub(super) fn was_prepared_before(&self, at: Timestamp) -> bool {
        self.prepared.is_none_or(|prepared| prepared <= at)
    }

    /// What payouts to a payee in a currency take that were prepared after an instant and before this batch: of what was let go then, they
    /// have it.
    pub(super) fn taken_since(&self, payee: &str, currency: &str, at: Timestamp) -> OfEarners {
        let mut all = OfEarners::new();
        let since = self.others.iter().filter(|other| {
            other.payee == payee && other.currency == currency && other.took.is_some_and(|took| took > at)
        });
        since.for_each(|other| add_all(&mut all, &other.taken));
        all
    }

    /// Keeps a payout of another batch, if it has to do with this one. `is_written`: the files of its batch were written before.
    fn keep(
        &mut self,
        tx: &mut Tx<'_>,
        of: &'b StoredBatch,
        payout: &Payout,
        is_written: bool,
    ) -> Result<()> {
        let payee = payout.recipient.payee.as_str();
        let is_own = self.people.contains(payee);
        let has_it = matches!(
            payout.state,
            PayoutState::Pending | PayoutState::Held | PayoutState::InTransit | PayoutState::Succeeded
        );
        let is_before = has_it && is_own && of.batch.prepared_at() < self.prepared;
        let collects = of.fixed.creators.get(payee).into_iter();
        let mut creators = collects.flat_map(BTreeMap::keys);
        let is_known = is_own || creators.any(|creator| self.people.contains(creator));
        let is_left = is_written && has_left(payout) && is_known;
        if is_before || is_left {
            self.others.push(Other {
                payee: payee.to_owned(),
                currency: payout.gross.asset().code().to_owned(),
                took: of.batch.prepared_at().filter(|_| is_before),
                left: is_left.then_some(&of.fixed),
                taken: takes::of_payout(tx, payout)?,
            });
        }
        Ok(())
    }

    fn keep_back(&mut self, other: &StoredBatch) {
        let held = |payout: &&Payout| matches!(payout.state, PayoutState::Held | PayoutState::Cancelled);
        let kept = other.batch.payouts.iter().filter(held).filter_map(|payout| {
            Some(KeptBack {
                creator: payout.recipient.payee.to_string(),
                batch: other.batch.id.to_string(),
                reason: payout.reason.clone()?,
                free_since: match payout.state {
                    PayoutState::Cancelled => other.batch.history.last().map(|last| last.at),
                    _ => other.batch.prepared_at(),
                },
                payout: payout.clone(),
            })
        });
        self.kept_back.extend(kept);
    }

    /// What the configuration and each program said of how much is paid, when something was paid by it last.
    pub(super) fn terms(&self) -> Option<PlatformTerms> {
        let all = self.terms.values().cloned();
        all.reduce(|mut before, later| {
            before.extend(later);
            before
        })
    }

    /// Whether a payout pays money of these creators and programs that became free at an instant: the payouts that were prepared first after it
    /// take it, each as much as it takes.
    pub(super) fn pays(&self, payout: &Payout, money: &OfEarners, at: Timestamp) -> bool {
        if self.was_prepared_before(at) {
            return false;
        }
        let own = self.taken(payout);
        let asset = payout.gross.asset();
        let before = self.taken_since(payout.recipient.payee.as_str(), asset.code(), at);
        let of = |all: &OfEarners, earner: &String, slot: &Slot| all.get(earner)?.get(slot).copied();
        money.iter().any(|(earner, slots)| {
            let mut slots = slots.iter();
            slots.any(|(slot, units)| {
                of(own, earner, slot).is_some() && of(&before, earner, slot).unwrap_or(0) < *units
            })
        })
    }

    /// What was kept back in batches before this one of what payouts pay, and has not left since.
    pub(super) fn kept_back(
        &self,
        tx: &mut Tx<'_>,
        leaving: &[&Payout],
        stored: &StoredBatch,
    ) -> Result<Vec<KeptBack>> {
        let until = stored.batch.prepared_at();
        let mut found = Vec::new();
        for one in self.kept_back.iter().filter(|one| one.free_since < until) {
            let is_of_same = |payout: &&&Payout| {
                let is_same_payee = payout.recipient.payee == one.payout.recipient.payee;
                is_same_payee && payout.gross.asset() == one.payout.gross.asset()
            };
            let of_same: Vec<&&Payout> = leaving.iter().filter(is_of_same).collect();
            let Some(at) = one.free_since.filter(|_| !of_same.is_empty()) else {
                continue;
            };
            let kept = takes::of_payout(tx, &one.payout)?;
            if of_same.into_iter().any(|payout| self.pays(payout, &kept, at)) {
                found.push(one.clone());
            }
        }
        Ok(found)
    }

    /// The rate of two currencies that is known.
    pub(super) fn rate(&self, from: &str, to: &str) -> Option<KnownRate> {
        let known = self.rates.get(&(from.to_owned(), to.to_owned()))?;
        Some(known.rate.clone())
    }

    fn sent(&mut self, export: &Export, payout: Payout, fixed: &Fixed) {
        let at = export.written;
        let version = fixed.payees.get(payout.recipient.payee.as_str()).copied();
        let last = self
            .payouts
            .entry(payout.recipient.payee.to_string())
            .or_default();
        if payout.state.frees_money() {
            let told = payout.told.last().cloned();
            last.free.extend(told.map(|told| (payout.clone(), told)));
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
