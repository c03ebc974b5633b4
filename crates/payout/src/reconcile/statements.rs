//! What statements (camt.053) mean. Only booked entries count.
//!
//! Money that went out with a payout's reference has left; money that came in with one has come back. What an entry names is
//! looked for in all its texts. An entry is taken only if its details sum to it and each names one thing.

use super::about::{About, Above};
use super::accounts::{elsewhere, is_of_other_account};
use super::agreement::{self, Detail, is_explained_by, is_one_currency, without};
use super::breaks::{difference, is_most_of, kept_of};
use super::by_word::{has_charges, is_back, is_no_order};
use super::matcher::{Matcher, Outcome};
use super::mentions::{Group, Mention, References};
use super::place::Place;
use super::place::id_of;
use super::receipts::{Receipts, named};
use super::sums::{self, Sum};
use super::unmatched::Unmatched;
use super::why::{Why, Without};
use super::{BreakKind, Reconciliation};
use crate::batch::{Booking, Payout, PayoutState};
use crate::invoice::{Mention as InvoiceMention, OpenInvoice};
use crate::iso20022::{Code, Direction, Entry, EntryStatus, Movement, Sent, Statement, plain};
use jiff::civil::Date;
use money::Money;
use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) struct Reader<'a> {
    pub(super) matcher: Matcher<'a>,
    pub(super) references: References<'a>,
    receipts: Receipts<'a>,
    /// What named nothing of ours.
    pub(super) unmatched: Vec<Unmatched>,
    /// The last day on which something can have been booked.
    pub(super) last: Date,
}

/// What statements mean for payouts, and for the files in `sent` that they left in. Money that came in with the reference of
/// one of `invoices` pays it. `earlier`: what other files have shown that named nothing. Nothing has been booked after `last`.
pub fn with_statements<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a [Sent],
    invoices: &'a [OpenInvoice],
    statements: &[Statement],
    earlier: &[Vec<Unmatched>],
    last: Date,
) -> Reconciliation {
    let matcher = Matcher::new(payouts);
    let mut reader = Reader {
        references: References::new(matcher.payouts.keys().copied(), sent),
        matcher,
        receipts: Receipts::new(invoices),
        unmatched: Vec::new(),
        last,
    };
    let mut ours = ours(reader.matcher.payouts.keys().copied(), sent);
    ours.extend(of_several(&reader.matcher, statements));
    for statement in statements {
        reader.matcher.begin();
        reader.receipts.begin(reader.matcher.found.receipts.len());
        let elsewhere = elsewhere(sent, statement);
        let all = reader.in_order(statement, &ours);
        reader.matcher.comes_back = comes_back(&all);
        for (place, about) in all {
            if is_of_other_account(
                &mut reader.matcher,
                &reader.references,
                &place,
                &about,
                &elsewhere,
            ) {
                continue;
            }
            let day = place.entry.booked_on.filter(|day| *day > last);
            match place.entry.status {
                EntryStatus::Booked if let Some(day) = day => reader.not_yet(&place, &about, day),
                EntryStatus::Booked => reader.entry(&place, about),
                EntryStatus::NotBooked => reader.not_booked(&place, &about),
            }
        }
    }
    reader.look_at_unmatched(sent, earlier);
    let mut found = reader.matcher.gated();
    found.breaks.sort_by_key(|one| one.line);
    found
}

/// Ids of payouts, files and their parts.
fn ours<'i>(payouts: impl Iterator<Item = &'i str>, sent: &'i [Sent]) -> HashSet<String> {
    let files = sent.iter().flat_map(|file| {
        let parts = file.payments.iter().map(|part| &*part.id);
        parts.chain([file.message_id.as_str()])
    });
    payouts.chain(files).map(plain).collect()
}

/// Ids of transactions that several payments bear: the name of a clearing system, or of a run, is no id of one of them.
fn of_several(matcher: &Matcher<'_>, statements: &[Statement]) -> HashSet<String> {
    let known = matcher.payouts.iter().flat_map(|(reference, known)| {
        let ids = known.moved.iter().flat_map(|(_, of)| &of.transactions);
        ids.map(|id| (id.as_str(), plain(reference)))
    });
    let entries = statements.iter().flat_map(|one| &one.entries);
    let shown = entries.flat_map(|entry| &entry.movements).flat_map(|one| {
        let payment = one.end_to_end_id.as_deref().map(plain);
        let ids = one.transactions.iter();
        ids.filter_map(move |id| Some((id.as_str(), payment.clone()?)))
    });
    let mut first: HashMap<&str, String> = HashMap::new();
    let mut several = HashSet::new();
    for (id, payment) in known.chain(shown) {
        let before = first.entry(id).or_insert_with(|| payment.clone());
        if *before != payment {
            several.insert(plain(id_of(id)));
        }
    }
    several
}

/// The payouts that a statement brings back one by one.
fn comes_back(all: &[(Place<'_>, Vec<About<'_>>)]) -> HashSet<String> {
    let named = all
        .iter()
        .flat_map(|(place, about)| about.iter().zip(&place.entry.movements));
    let back = named.filter(|(_, movement)| movement.direction == Direction::Credit);
    let one = back.filter_map(|(about, _)| match about {
        About::Payout(Mention::One(reference)) => Some((*reference).to_owned()),
        _ => None,
    });
    one.collect()
}

impl<'a> Reader<'a> {
    /// The entries of a statement as things happened, and what their details are about: day by day, first what went out, first
    /// what names payouts. Banks list the latest first, too, and a sum before what explains it.
    fn in_order<'s>(
        &self,
        statement: &'s Statement,
        ours: &'s HashSet<String>,
    ) -> Vec<(Place<'s>, Vec<About<'a>>)> {
        let entries = statement.entries.iter().zip(1_u32..);
        let mut all: Vec<_> = entries
            .map(|(entry, number)| {
                let about = entry
                    .movements
                    .iter()
                    .map(|one| self.references.about(&one.texts));
                let place = Place {
                    statement,
                    entry,
                    number,
                    ours,
                };
                (place, about.collect::<Vec<_>>())
            })
            .collect();
        all.sort_by_key(|(place, about)| {
            let names_none = !about.iter().any(About::is_payout);
            let is_in = place.entry.direction == Direction::Credit;
            (place.entry.booked_on, is_in, names_none)
        });
        all
    }

    fn entry(&mut self, place: &Place<'_>, about: Vec<About<'a>>) {
        let entry = place.entry;
        if about.iter().all(About::is_other) && entry.movements.len() > 1 {
            match self.references.about(&entry.texts) {
                About::Other => {}
                About::Sum(groups) => return self.whole_sum(&groups, place, &about),
                About::Payout(payouts) => {
                    self.all_may_have_left(payouts.payouts(), place);
                    return self.unclear(&payouts, entry, entry.line);
                }
            }
        }
        if let Some(Above { reference, payouts }) = self.references.above(entry, &about) {
            let kind = BreakKind::DetailsDiffer {
                entry: entry.amount,
                details: None,
            };
            self.all_may_have_left(payouts.iter().copied(), place);
            self.matcher
                .breaks_all(&reference, payouts, kind.clone(), entry.line);
            return self.disagrees(place, &about, &kind);
        }
        if let [About::Sum(first), rest @ ..] = &about[..] {
            let is_same = |one: &About<'_>| matches!(one, About::Sum(groups) if groups == first);
            if rest.iter().all(is_same) {
                return self.whole_sum(first, place, &about);
            }
        }
        let is_alone = about.iter().all(About::is_other);
        let is_ours = |(one, movement): (&About<'_>, &Movement)| {
            !one.is_other() || Receipts::mentioned(&movement.texts).is_some()
        };
        let booked = match self.booked(entry, &about) {
            Ok(booked) => booked,
            Err(kind) if about.iter().zip(&entry.movements).any(is_ours) => {
                if let Some(whole) = self.references.whole(entry) {
                    let below: BTreeSet<&str> = about.iter().flat_map(About::payouts).collect();
                    let rest = whole.ids().filter(|id| !below.contains(id));
                    self.all_may_have_left(rest.collect::<Vec<_>>(), place);
                    self.matcher
                        .breaks_all(&whole.id, whole.ids(), kind.clone(), entry.line);
                }
                return self.disagrees(place, &about, &kind);
            }
            Err(_) => vec![entry.amount; about.len()],
        };
        let mut all: Vec<_> = entry
            .movements
            .iter()
            .zip(1_u32..)
            .zip(booked)
            .zip(about)
            .collect();
        all.sort_by_key(|(_, about)| !about.is_payout());
        for (((movement, of_entry), booked), about) in all {
            match about {
                About::Payout(Mention::One(reference)) => self.payout(reference, movement, booked, place),
                About::Payout(payouts) => {
                    self.unclear(&payouts, entry, movement.line);
                    self.may_have_left(&About::Payout(payouts), movement, place);
                }
                About::Sum(groups) => self.sum(&groups, place, Some((movement, booked))),
                About::Other => self.other((movement, of_entry), booked, is_alone, place),
            }
        }
    }

    /// How much each detail of an entry moved. Errors: the entry does not agree with itself.
    fn booked(&self, entry: &Entry, about: &[About<'_>]) -> Result<Vec<Money>, BreakKind> {
        let details = self.details(entry, about);
        let booked = agreement::booked(entry, &details)?;
        if let ([Detail::Payout(Some(sent))], [moved]) = (&details[..], &booked[..]) {
            // More than was sent, under the name of a file or part: it is not of this one alone.
            let is_more = is_one_currency(*sent, *moved) && sent.to_ratio() < moved.to_ratio();
            if is_more && !has_charges(entry) && self.references.whole(entry).is_some() {
                return Err(BreakKind::DetailsDiffer {
                    entry: entry.amount,
                    details: Some(*sent),
                });
            }
        }
        Ok(booked)
    }

    /// An entry that is a sum as a whole, none of whose details goes the other way.
    fn whole_sum(&mut self, groups: &[Group<'_>], place: &Place<'_>, about: &[About<'_>]) {
        let entry = place.entry;
        let kind = agreement::other_way(entry)
            .or(agreement::reversed_in_part(entry))
            .or(agreement::of_given_amounts(entry))
            .or(agreement::of_batches(entry));
        match kind {
            None => self.sum(groups, place, None),
            Some(kind) if about.iter().any(|one| matches!(one, About::Sum(_))) => {
                self.disagrees(place, about, &kind);
            }
            Some(kind) => {
                self.all_may_have_left(groups[0].ids(), place);
                self.matcher
                    .breaks_all(&groups[0].id, groups[0].ids(), kind, place.entry.line);
            }
        }
    }

    /// Neither a payout nor a sum: money for an invoice, or nothing of ours.
    /// `is_alone`: its entry has nothing of ours.
    fn other(
        &mut self,
        (movement, of_entry): (&Movement, u32),
        booked: Money,
        is_alone: bool,
        place: &Place<'_>,
    ) {
        let found = &mut self.matcher.found;
        if self.receipts.movement(movement, of_entry, booked, place, found) {
            return;
        }
        let is_among_ordered = movement.code == Code::Issued && movement.direction == Direction::Credit;
        let is_back = movement.is_return || is_among_ordered || place.entry.reverses(movement);
        let unmatched = Unmatched::of(movement, booked, is_back, is_alone, place);
        self.unmatched.push(unmatched);
    }

    /// What each detail of an entry is about, as far as it says what the entry must be.
    fn details(&self, entry: &Entry, about: &[About<'_>]) -> Vec<Detail> {
        let sent = |reference: &str| Some(self.matcher.payouts.get(reference)?.payout.amount);
        let detail = |(about, movement): (&About<'_>, &Movement)| match about {
            About::Payout(Mention::One(reference)) => Detail::Payout(sent(reference)),
            About::Payout(_) => Detail::Payout(None),
            About::Sum(_) => Detail::Ours,
            About::Other if Receipts::mentioned(&movement.texts).is_some() => Detail::Ours,
            About::Other => Detail::Other,
        };
        about.iter().zip(&entry.movements).map(detail).collect()
    }

    /// A movement of one payout: `booked` is how much moved on the account.
    fn payout(&mut self, reference: &str, movement: &Movement, booked: Money, place: &Place<'_>) {
        let (entry, amount) = (place.entry, booked);
        if self.is_fee_of(movement, amount, [reference]) {
            self.matcher.found.unrelated += 1;
            return;
        }
        let invoice = Receipts::mentioned(&movement.texts);
        let line = movement.line;
        match (movement.direction, invoice) {
            (Direction::Debit, _) if entry.reverses(movement) => {
                self.left_all_the_same(reference, movement, place);
                self.matcher
                    .breaks(reference, BreakKind::Reversal { amount }, line);
            }
            (Direction::Debit, _) if movement.is_return => {
                self.left_all_the_same(reference, movement, place);
                self.matcher
                    .breaks(reference, BreakKind::ReturnedDebit { amount }, line);
            }
            (Direction::Debit, _) if is_no_order(movement) => {
                let sent = self
                    .matcher
                    .payouts
                    .get(reference)
                    .map(|known| known.payout.amount);
                if movement.code == Code::Received && sent.is_some_and(|sent| is_most_of(sent, amount)) {
                    self.left_all_the_same(reference, movement, place);
                }
                self.matcher
                    .breaks(reference, BreakKind::NoOrder { amount }, line);
            }
            (Direction::Debit, _) => self.went_out(reference, movement, booked, place),
            (Direction::Credit, Some(invoice @ InvoiceMention::Reference(_)))
                if !movement.is_return && !entry.reverses(movement) =>
            {
                let others = vec![named(&invoice).to_owned()];
                self.matcher
                    .breaks(reference, BreakKind::SeveralNamed { others }, line);
            }
            (Direction::Credit, _) => self.came_back(reference, movement, booked, place),
        }
    }

    /// Whether a movement is what the bank calls a charge, and much less than each of these payouts.
    fn is_fee_of<'r>(
        &self,
        movement: &Movement,
        amount: Money,
        payouts: impl IntoIterator<Item = &'r str>,
    ) -> bool {
        let mut known = payouts.into_iter().filter_map(|id| self.matcher.payouts.get(id));
        movement.code == Code::Fee && !movement.is_return && !known.any(|known| known.is_most(amount))
    }

    fn went_out(&mut self, reference: &str, movement: &Movement, booked: Money, place: &Place<'_>) {
        let entry = place.entry;
        let Some(known) = self.matcher.payouts.get(reference) else {
            return;
        };
        if let Some(account) = known.payout.paid_elsewhere(movement.creditor.as_deref()) {
            let kind = BreakKind::PaidElsewhere { account };
            self.left_all_the_same(reference, movement, place);
            return self.matcher.breaks(reference, kind, movement.line);
        }
        let sent = known.payout.amount;
        // What was booked counts, and may have the bank's charges in it, if it says so. What was instructed is told where it was
        // booked in another currency.
        let is_alone = entry.movements.len() == 1;
        let of_entry: &[Money] = if is_alone { &entry.charges } else { &[] };
        let payout = known.payout;
        let is_far_off = payout.is_far_from(booked)
            && without(booked, of_entry).is_none_or(|rest| payout.is_far_from(rest))
            && without(booked, &movement.charges).is_none_or(|rest| payout.is_far_from(rest));
        let (sum, direction) = (sent.to_ratio(), movement.direction);
        let amount = match is_one_currency(sent, booked) {
            true if is_explained_by(booked, sum, direction, of_entry, &movement.charges) => sent,
            true => booked,
            false if is_far_off => booked,
            false => match movement.instructed.or(movement.amount) {
                Some(said) if !is_one_currency(said, booked) => said,
                // Nothing is said in the payout's currency, and it is what was converted.
                _ => sent_if_near(payout, booked),
            },
        };
        self.matcher.outcome(Outcome {
            reference,
            to: PayoutState::Succeeded,
            why: None,
            amount: Some(amount),
            evidence: Some(place.moved(movement, booked)),
            line: movement.line,
        });
    }

    fn came_back(&mut self, reference: &str, movement: &Movement, back: Money, place: &Place<'_>) {
        let line = movement.line;
        let Some(known) = self.matcher.payouts.get(reference) else {
            return;
        };
        let sent = known.payout.amount;
        if let Some(reason) = movement.returned.as_ref().filter(|reason| reason.is_duplicate()) {
            let reason = reason.to_string();
            return self
                .matcher
                .breaks(reference, BreakKind::DuplicateRefused { reason }, line);
        }
        let is_reversal = place.entry.reverses(movement);
        let is_return = movement.is_return || is_reversal;
        let is_named = |one: &Movement| {
            let mut all = [&one.references, &place.entry.references].into_iter();
            all.any(|texts| self.references.payouts(texts) == Mention::One(reference))
        };
        if !is_back(std::slice::from_ref(movement), is_return, is_named) {
            let kind = BreakKind::NotCalledReturn { amount: back };
            return self.matcher.breaks(reference, kind, line);
        }
        // Anybody can send a little with a payout's reference. A bank's fee is less than what it leaves, and is kept of what the bank
        // calls a return: less than a booking taken back (RvslInd) is another booking, such as that of a fee.
        let kept = kept_of(sent, back);
        let is_less = kept.is_some_and(|kept| !movement.is_return || kept.to_ratio() > back.to_ratio());
        let is_other = !is_one_currency(sent, back);
        // In the account's currency what came back is near what was converted.
        let is_far = is_other && known.payout.is_far_from(back);
        if is_far || is_less || is_other && !is_return {
            let kind = difference(sent, Some(back)).filter(|_| is_other);
            let kind = kind.unwrap_or(BreakKind::TooLittle { sent, back });
            return self.matcher.breaks(reference, kind, line);
        }
        let without = match is_reversal {
            true => Without::ReversalOfBooking,
            false => Without::Reason,
        };
        self.matcher.outcome(Outcome {
            reference,
            to: PayoutState::Returned,
            why: Some(Why::of(movement.returned.as_slice(), without)),
            amount: Some(back),
            evidence: Some(place.moved(movement, back)),
            line,
        });
    }

    /// A sum: of a whole entry, or of one of its movements and what it moved.
    fn sum(&mut self, groups: &[Group<'_>], place: &Place<'_>, part: Option<(&Movement, Money)>) {
        let entry = place.entry;
        let movement = part.map(|(movement, _)| movement);
        let all = movement.map_or(&entry.movements[..], std::slice::from_ref);
        let amount = part.map_or(entry.amount, |(_, booked)| booked);
        if all.iter().all(|one| self.is_fee_of(one, amount, groups[0].ids())) {
            self.matcher.found.unrelated += 1;
            return;
        }
        let returned = || entry.movements.iter().filter_map(|one| one.returned.as_ref());
        let is_alone = entry.movements.len() == 1;
        let is_reversal = all.iter().any(|one| entry.reverses(one));
        let is_return = all.iter().any(|one| one.is_return);
        let names = |texts: &[String]| !self.references.about(texts).is_other();
        let is_entry_named = LazyCell::new(|| names(&entry.references));
        let is_named = |one: &Movement| *is_entry_named || names(&one.references);
        let direction = movement.map_or(entry.direction, |movement| movement.direction);
        let is_back = direction == Direction::Credit && is_back(all, is_return || is_reversal, is_named);
        let sum = Sum {
            direction,
            amount,
            is_reversal,
            is_return,
            returned: match movement {
                Some(movement) => movement.returned.as_ref(),
                // One that says that the same was sent before puts all of it in doubt.
                None => returned().find(|one| one.is_duplicate()).or(returned().next()),
            },
            count: match movement {
                Some(_) if entry.movements.len() > 1 => None,
                _ => agreement::counted(entry),
            },
            charges: {
                let of_movement = movement.into_iter().flat_map(|movement| &movement.charges);
                let of_entry = entry.charges.iter().filter(|_| movement.is_none() || is_alone);
                of_entry.chain(of_movement).copied().collect()
            },
            evidence: place.evidence(movement, Booking::Sum),
            is_order: !all.iter().any(is_no_order),
            is_back,
            line: movement.map_or(entry.line, |movement| movement.line),
        };
        sums::book(&mut self.matcher, groups, &sum);
    }
}

/// What was sent, where what was booked in another currency is near what was converted.
fn sent_if_near(payout: &Payout, booked: Money) -> Money {
    match payout.is_near(booked) {
        true => payout.amount,
        false => booked,
    }
}
