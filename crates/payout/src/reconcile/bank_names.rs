//! By what a bank knows the money of payouts: its own references, and the ids of transactions, as its entries bore them.
//!
//! A return over a correspondent may bear nothing of ours: it says `/MREF/` and the bank's reference of the payment, or the payment's
//! UETR; and so may what takes a return back. That is not enough for money to move, and too much to be passed over.

use super::BreakKind;
use super::breaks::difference;
use super::matcher::Matcher;
use super::place::id_of;
use super::unmatched::{Unmatched, name_of};
use crate::batch::{Booking, PayoutState};
use crate::iso20022::Direction;
use std::collections::{BTreeSet, HashMap};

/// Payouts by the digests of what the bank knows their money by, as it left and as it came back.
pub(super) struct BankNames<'a>(HashMap<String, BTreeSet<Named<'a>>>);

/// A payout whose money bore a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named<'a> {
    /// As it left, or as it came back.
    has_left: bool,
    payout: &'a str,
    /// The statement that showed it beside a break: a movement there may be that very one.
    doubted_in: Option<String>,
}

impl<'a> BankNames<'a> {
    /// Those that are needed for some movements: none where they bear no names.
    pub(super) fn of<'m>(matcher: &Matcher<'a>, movements: impl IntoIterator<Item = &'m Unmatched>) -> Self {
        let mut all: HashMap<String, BTreeSet<Named<'a>>> = HashMap::new();
        if movements.into_iter().all(|one| one.names.is_empty()) {
            return Self(all);
        }
        for (reference, known) in &matcher.payouts {
            for (outcome, evidence) in &known.moved {
                // Details that were shown after their sum are known by what they paired with.
                let references = [&evidence.reference, &evidence.entry, &evidence.pair]
                    .into_iter()
                    .flatten();
                let ids = evidence.transactions.iter().map(|id| id_of(id));
                let has_left = *outcome == PayoutState::Succeeded;
                for name in references.map(String::as_str).chain(ids).filter_map(name_of) {
                    let doubted_in = evidence.place().filter(|_| evidence.doubted);
                    all.entry(name).or_default().insert(Named {
                        has_left,
                        payout: reference,
                        doubted_in: doubted_in.map(str::to_owned),
                    });
                }
            }
        }
        Self(all)
    }

    /// What is to be said of a movement that bears the bank's names of payouts' money, and of which; none: it bears none.
    pub(super) fn says(
        &self,
        one: &Unmatched,
        matcher: &Matcher<'a>,
    ) -> Option<(BTreeSet<&'a str>, BreakKind)> {
        let mut payouts = BTreeSet::new();
        let own = one.seen.shown_in.as_ref().map(|shown| &shown.digest);
        let own_evidence = one.evidence();
        for all in one.names.iter().filter_map(|name| self.0.get(name)) {
            // What the bank gives to several bookings of their own is no name of one of them: then the amount must be one's.
            let is_own = |payout: &str| {
                let mut moved = matcher.payouts[payout].moved.iter();
                all.len() == 1 || moved.any(|(_, seen)| seen.booking == Booking::Sum || seen.entry.is_some())
            };
            // What came in is what left; what went out may be either once more.
            let may_be = |named: &&Named<'_>| {
                let payout = named.payout;
                let known = &matcher.payouts[payout];
                // What was told of it beside a break is it, and no name of another payout's; in a copy, too.
                let is_copy = || {
                    let mut moved = known.moved.iter();
                    moved.any(|(_, seen)| seen.doubted && seen.is_same(&own_evidence))
                };
                let is_itself = (own.is_some() && named.doubted_in.as_ref() == own)
                    || (named.doubted_in.is_some() && is_copy());
                let is_as_much = difference(known.payout.amount, Some(one.amount)).is_none();
                !is_itself
                    && (named.has_left || one.direction() == Direction::Debit)
                    && known.is_most(one.amount)
                    && (is_own(payout) || is_as_much)
            };
            payouts.extend(all.iter().filter(may_be).map(|named| named.payout));
        }
        (!payouts.is_empty()).then(|| (payouts, one.kind()))
    }
}
