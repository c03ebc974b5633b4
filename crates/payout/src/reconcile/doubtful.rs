//! What of a statement is not certain: entries that are not booked or not yet, that name several payouts, that do not agree with
//! themselves. Each is a break for all that it names, and of a debit it is kept that it may have been theirs.

use super::BreakKind;
use super::about::About;
use super::by_word::is_no_order;
use super::mentions::Mention;
use super::place::Place;
use super::receipts::{Receipts, named};
use super::statements::Reader;
use crate::batch::{Booking, PayoutState};
use crate::iso20022::{Direction, Entry, Movement};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// So many of the payouts are told that one movement names beside another one.
const NAMED: usize = 3;

impl<'a> Reader<'a> {
    /// What is not booked yet is under way. What is to go out of payouts that failed or came back would be paid twice.
    pub(super) fn not_booked(&mut self, place: &Place<'_>, about: &[About<'a>]) {
        let entry = place.entry;
        let whole = self.references.about(&entry.texts);
        for (one, movement) in about.iter().zip(&entry.movements) {
            let named = if one.is_other() { &whole } else { one };
            if named.is_other() {
                continue;
            }
            if movement.direction == Direction::Debit {
                for reference in named.payouts() {
                    self.matcher
                        .is_pending(reference, entry.booked_on.or(place.statement.made_on));
                }
            }
            let evidence = place.evidence(Some(movement), Booking::Single);
            let is_free = |reference: &&str| self.matcher.is_free_before(reference, &evidence);
            let free: Vec<&str> = named.payouts().into_iter().filter(is_free).collect();
            let first = free.first().filter(|_| movement.direction == Direction::Debit);
            let known = first.and_then(|first| self.matcher.payouts.get(first));
            let (Some(first), Some(state)) = (first, known.map(|known| known.state)) else {
                self.matcher.found.under_way += 1;
                continue;
            };
            let found = PayoutState::InTransit;
            let kind = BreakKind::AlreadyFinal { state, found };
            self.matcher
                .breaks_all(first, free.iter().copied(), kind, movement.line);
        }
    }

    /// What is booked on a day that is to come is taken when that day is there: what it names is a break.
    pub(super) fn not_yet(&mut self, place: &Place<'_>, about: &[About<'a>], day: Date) {
        let entry = place.entry;
        let whole = self.references.about(&entry.texts);
        let named = about.iter().chain([&whole]).flat_map(About::payouts);
        let named: BTreeSet<&str> = named.collect();
        let kind = BreakKind::NotYet { day };
        match named.first() {
            Some(first) => self
                .matcher
                .breaks_all(first, named.iter().copied(), kind, entry.line),
            None => self.disagrees(place, about, &kind),
        }
    }

    /// Payouts that are named, and of which it is not clear whose the money is.
    pub(super) fn unclear(&mut self, payouts: &Mention<'_>, entry: &Entry, line: u32) {
        let amount = entry.amount;
        match payouts {
            Mention::Several(all) => {
                for one in all {
                    let others = all.iter().filter(|other| *other != one);
                    let mut others: Vec<String> = others.take(NAMED).map(|&other| other.to_owned()).collect();
                    if all.len() > NAMED + 1 {
                        others.push(format!("{} more", all.len() - NAMED - 1));
                    }
                    self.matcher.breaks(one, BreakKind::SeveralNamed { others }, line);
                }
            }
            Mention::Cut(one) => self.matcher.breaks(one, BreakKind::Cut { amount }, line),
            Mention::One(one) => {
                let kind = BreakKind::DetailsDiffer {
                    entry: amount,
                    details: None,
                };
                self.matcher.breaks(one, kind, line);
            }
            Mention::Nothing => {}
        }
    }

    /// A break for everything that an entry names.
    pub(super) fn disagrees(&mut self, place: &Place<'_>, about: &[About<'_>], kind: &BreakKind) {
        for (one, movement) in about.iter().zip(&place.entry.movements) {
            let line = movement.line;
            self.may_have_left(one, movement, place);
            match one {
                About::Payout(mention) => {
                    for payout in mention.payouts() {
                        self.matcher.breaks(payout, kind.clone(), line);
                    }
                }
                About::Sum(groups) => {
                    let ids = groups[0].ids();
                    self.matcher.breaks_all(&groups[0].id, ids, kind.clone(), line);
                }
                About::Other => {
                    if let Some(invoice) = Receipts::mentioned(&movement.texts) {
                        self.matcher.breaks(named(&invoice), kind.clone(), line);
                    }
                }
            }
        }
    }

    /// Keeps that a payout may have left by a debit that is not simply what was ordered: to another account, or as what takes back that it
    /// had come back.
    pub(super) fn left_all_the_same(&mut self, reference: &str, movement: &Movement, place: &Place<'_>) {
        let evidence = place.evidence(Some(movement), Booking::Single);
        self.matcher.may_have_left([reference], Some(&evidence));
    }

    /// Keeps of a debit that names payouts, and is no booking taken back or charge, that they may have left: a break says why that is not
    /// certain.
    pub(super) fn may_have_left(&mut self, about: &About<'_>, movement: &Movement, place: &Place<'_>) {
        let is_order = movement.direction == Direction::Debit
            && !place.entry.reverses(movement)
            && !movement.is_return
            && !is_no_order(movement)
            && place.entry.booked_on.is_none_or(|day| day <= self.last);
        if !is_order {
            return;
        }
        let booking = match about {
            About::Sum(_) => Booking::Sum,
            _ => Booking::Single,
        };
        let evidence = place.evidence(Some(movement), booking);
        self.matcher.may_have_left(about.payouts(), Some(&evidence));
    }

    /// The same of an entry as a whole, which names payouts beside its details.
    pub(super) fn all_may_have_left<'r>(
        &mut self,
        payouts: impl IntoIterator<Item = &'r str>,
        place: &Place<'_>,
    ) {
        let entry = place.entry;
        let is_none = |one: &Movement| entry.reverses(one) || one.is_return || is_no_order(one);
        if entry.direction == Direction::Debit && !entry.movements.iter().any(is_none) {
            let evidence = place.evidence(None, Booking::Sum);
            self.matcher.may_have_left(payouts, Some(&evidence));
        }
    }
}
