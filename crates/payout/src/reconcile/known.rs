//! What is known of one payout: its state, everything that moved, and what the bank said without moving anything.

use super::evidence::Evidence;
use crate::batch::{Acceptance, Payout, PayoutState, Told};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// So many movements and acceptances of one payout are kept each; a bank shows two or three. Of what has so many not everything may be
/// known.
pub(super) const MOST: usize = 64;

/// One payout.
pub(super) struct Known<'a> {
    pub(super) payout: &'a Payout,
    pub(super) state: PayoutState,
    pub(super) moved: Vec<(PayoutState, Evidence)>,
    /// Which of these this statement has shown.
    pub(super) shown: HashSet<usize>,
    /// By which statements of this answer each was shown, too.
    pub(super) shown_by: HashMap<usize, Vec<String>>,
    /// That the bank has it, as far as it said so.
    pub(super) accepted: Vec<Acceptance>,
    /// The transition that waits for the end of the answer, by its place.
    pub(super) transition: Option<usize>,
    /// Why it failed or came back, as far as it was known before.
    pub(super) reason: Option<String>,
}

impl<'a> Known<'a> {
    pub(super) fn new(payout: &'a Payout) -> Self {
        let moved = payout.seen.iter();
        let moved = moved.map(|seen| (seen.outcome, Evidence::of(seen)));
        Known {
            payout,
            state: payout.state,
            moved: moved.collect(),
            shown: HashSet::new(),
            shown_by: HashMap::new(),
            accepted: payout.accepted.clone(),
            transition: None,
            reason: payout.reason.clone(),
        }
    }

    /// Whether a person said this of it last.
    pub(super) fn is_by_hand(&self, outcome: PayoutState) -> bool {
        let last = self.payout.told.last();
        last.is_some_and(|told| told.to == outcome && told.file.is_none())
    }

    /// Whether it is under way, and what was shown of it is one movement, which was not certain: the same that is certain now is no second
    /// one.
    pub(super) fn is_first_certain(&self, to: PayoutState) -> bool {
        self.state == PayoutState::InTransit && to == PayoutState::Succeeded && self.times(to) == 1
    }

    /// What is known to have moved so.
    pub(super) fn of(&self, outcome: PayoutState) -> impl Iterator<Item = &Evidence> {
        let is_it = move |(known, _): &&(PayoutState, Evidence)| *known == outcome;
        self.moved.iter().filter(is_it).map(|(_, of)| of)
    }

    /// The last day on which it is known to have moved so.
    pub(super) fn last(&self, outcome: PayoutState) -> Option<Date> {
        self.of(outcome).filter_map(|of| of.day).max()
    }

    /// What people said of its coming back.
    pub(super) fn said_returned(&self) -> impl Iterator<Item = &Told> {
        let said = self.payout.told.iter();
        said.filter(|told| told.to == PayoutState::Returned && told.file.is_none())
    }

    pub(super) fn times(&self, outcome: PayoutState) -> usize {
        self.of(outcome).count()
    }
}
