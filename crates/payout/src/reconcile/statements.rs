//! What statements (camt.053) mean. Only booked entries count.
//!
//! Money that went out with a payout's reference has left; money that came in with one has come back. What an entry names is
//! looked for in all its texts. An entry is taken only if its details sum to it and each names one thing.

use super::agreement::{self, Detail, is_explained_by, is_one_currency};
use super::breaks::{difference, kept_of};
use super::matcher::{Matcher, Outcome, Why, Without};
use super::mentions::{Group, Mention, References};
use super::receipts::{Place, Receipts, named};
use super::sums::{self, Sum};
use super::{Break, BreakKind, Reconciliation};
use crate::batch::{Booking, Payout, PayoutState};
use crate::invoice::{Mention as InvoiceMention, OpenInvoice};
use crate::iso20022::{Direction, Entry, EntryStatus, Movement, Sent, Statement};
use money::Money;

/// What a movement is about.
enum About<'a> {
    Payout(Mention<'a>),
    Sum(Vec<Group<'a>>),
    Other,
}

impl About<'_> {
    const fn is_payout(&self) -> bool {
        matches!(self, About::Payout(_))
    }
}

struct Reader<'a> {
    matcher: Matcher<'a>,
    references: References<'a>,
    receipts: Receipts<'a>,
}

/// What statements mean for payouts, and for the files in `sent` that they left in. Money that came in with the reference of
/// one of `invoices` pays it.
pub fn with_statements<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a [Sent],
    invoices: &'a [OpenInvoice],
    statements: &[Statement],
) -> Reconciliation {
    let matcher = Matcher::new(payouts);
    let mut reader = Reader {
        references: References::new(matcher.payouts.keys().copied(), sent),
        matcher,
        receipts: Receipts::new(invoices),
    };
    for statement in statements {
        reader.matcher.begin();
        reader.receipts.begin(reader.matcher.found.receipts.len());
        for (place, about) in reader.in_order(statement) {
            match place.entry.status {
                EntryStatus::Booked => reader.entry(&place, about),
                EntryStatus::NotBooked => reader.not_booked(place.entry),
            }
        }
    }
    let mut found = reader.matcher.found;
    found.breaks.sort_by_key(|one| one.line);
    found
}

/// Payouts that are named in statements of accounts that are not ours: nothing of it is taken, and each is a break.
pub fn of_other_accounts<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    statements: &[Statement],
) -> Vec<Break> {
    let mut matcher = Matcher::new(payouts);
    let references = References::new(matcher.payouts.keys().copied(), &[]);
    for statement in statements {
        let account = statement.account.clone().unwrap_or_default();
        let booked = statement
            .entries
            .iter()
            .filter(|entry| entry.status == EntryStatus::Booked);
        for movement in booked.flat_map(|entry| &entry.movements) {
            let kind = || BreakKind::OtherAccount {
                account: account.clone(),
            };
            match references.payouts(&movement.texts) {
                Mention::One(one) | Mention::Cut(one) => matcher.breaks(one, kind(), movement.line),
                Mention::Several(all) => {
                    for one in all {
                        matcher.breaks(one, kind(), movement.line);
                    }
                }
                Mention::Nothing => {}
            }
        }
    }
    matcher.found.breaks
}

impl<'a> Reader<'a> {
    fn about(&self, texts: &[String]) -> About<'a> {
        match self.references.payouts(texts) {
            Mention::Nothing => match self.references.groups(texts) {
                groups if groups.is_empty() => About::Other,
                groups => About::Sum(groups),
            },
            payouts => About::Payout(payouts),
        }
    }

    /// The entries of a statement as things happened, and what their details are about: day by day, first what went out, first
    /// what names payouts. Banks list the latest first, too, and a sum before what explains it.
    fn in_order<'s>(&self, statement: &'s Statement) -> Vec<(Place<'s>, Vec<About<'a>>)> {
        let entries = statement.entries.iter().zip(1_u32..);
        let mut all: Vec<_> = entries
            .map(|(entry, number)| {
                let about = entry.movements.iter().map(|one| self.about(&one.texts));
                let place = Place {
                    statement,
                    entry,
                    number,
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

    /// What is not booked yet is under way. What is to go out of a payout that failed would be paid twice.
    fn not_booked(&mut self, entry: &Entry) {
        for movement in &entry.movements {
            let About::Payout(payouts) = self.about(&movement.texts) else {
                continue;
            };
            let Mention::One(reference) = payouts else {
                self.matcher.found.under_way += 1;
                continue;
            };
            let known = self.matcher.payouts.get(reference).map(|known| known.state);
            match known
                .filter(|state| *state == PayoutState::Failed && movement.direction == Direction::Debit)
            {
                Some(state) => {
                    let found = PayoutState::InTransit;
                    let kind = BreakKind::AlreadyFinal { state, found };
                    self.matcher.breaks(reference, kind, movement.line);
                }
                None => self.matcher.found.under_way += 1,
            }
        }
    }

    fn entry(&mut self, place: &Place<'_>, about: Vec<About<'a>>) {
        let entry = place.entry;
        if about.iter().all(|one| matches!(one, About::Other)) && entry.movements.len() > 1 {
            match self.about(&entry.texts) {
                About::Other => {}
                About::Sum(groups) => return self.whole_sum(&groups, place, &about),
                About::Payout(payouts) => return self.unclear(&payouts, entry, entry.line),
            }
        }
        if let Some(others) = self.named_above(entry, &about) {
            self.unclear(&others, entry, entry.line);
            let kind = BreakKind::DetailsDiffer {
                entry: entry.amount,
                details: None,
            };
            return self.disagrees(entry, &about, &kind);
        }
        if let Some(group) = self.sum_above(entry, &about) {
            let kind = BreakKind::DetailsDiffer {
                entry: entry.amount,
                details: None,
            };
            let members = group.members.iter().map(|id| id.as_str());
            return self.matcher.breaks_all(&group.id, members, kind, entry.line);
        }
        if let [About::Sum(first), rest @ ..] = &about[..] {
            let is_same = |one: &About<'_>| matches!(one, About::Sum(groups) if groups == first);
            if rest.iter().all(is_same) {
                return self.whole_sum(first, place, &about);
            }
        }
        let is_ours = |(one, movement): (&About<'_>, &Movement)| {
            !matches!(one, About::Other) || Receipts::mentioned(&movement.texts).is_some()
        };
        if about.iter().zip(&entry.movements).any(is_ours)
            && let Some(kind) = agreement::disagreement(entry, &self.details(&about))
        {
            return self.disagrees(entry, &about, &kind);
        }
        let mut all: Vec<_> = entry.movements.iter().zip(1_u32..).zip(about).collect();
        all.sort_by_key(|(_, about)| !about.is_payout());
        for ((movement, of_entry), about) in all {
            match about {
                About::Payout(Mention::One(reference)) => self.payout(reference, movement, place),
                About::Payout(payouts) => self.unclear(&payouts, entry, movement.line),
                About::Sum(groups) => self.sum(&groups, place, Some(movement)),
                About::Other => self.other(movement, of_entry, place),
            }
        }
    }

    /// Payouts that an entry names and none of its details does, where a detail names nothing: it may be of them.
    fn named_above(&self, entry: &Entry, about: &[About<'a>]) -> Option<Mention<'a>> {
        let is_open = about.iter().any(|one| matches!(one, About::Other)) && about.len() > 1;
        let named = match self.references.payouts(&entry.texts) {
            _ if !is_open => return None,
            Mention::Nothing => return None,
            Mention::One(one) => vec![one],
            Mention::Several(all) => all,
            cut @ Mention::Cut(_) => return Some(cut),
        };
        let is_below = |reference: &&str| {
            about.iter().any(|one| match one {
                About::Payout(Mention::One(own) | Mention::Cut(own)) => own == reference,
                About::Payout(Mention::Several(own)) => own.contains(reference),
                About::Payout(Mention::Nothing) | About::Sum(_) | About::Other => false,
            })
        };
        let mut others: Vec<&str> = named.into_iter().filter(|one| !is_below(one)).collect();
        match others.len() {
            0 => None,
            1 => others.pop().map(Mention::One),
            _ => Some(Mention::Several(others)),
        }
    }

    /// The file or part that an entry names, where one of its details names a payout and another nothing: that may be of any of it.
    fn sum_above(&self, entry: &Entry, about: &[About<'a>]) -> Option<Group<'a>> {
        let has_open = about.iter().any(|one| matches!(one, About::Other));
        let has_payouts = about.iter().any(|one| matches!(one, About::Payout(_)));
        let groups = (has_open && has_payouts).then(|| self.references.groups(&entry.texts));
        groups?.into_iter().next()
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
                self.disagrees(place.entry, about, &kind);
            }
            Some(kind) => {
                let members = groups[0].members.iter().map(|id| id.as_str());
                self.matcher
                    .breaks_all(&groups[0].id, members, kind, place.entry.line);
            }
        }
    }

    /// Neither a payout nor a sum: money for an invoice, or nothing of ours.
    fn other(&mut self, movement: &Movement, of_entry: u32, place: &Place<'_>) {
        let found = &mut self.matcher.found;
        if self.receipts.movement(movement, of_entry, place, found) {
            return;
        }
        match &movement.end_to_end_id {
            Some(other) => self
                .matcher
                .breaks(other, BreakKind::UnknownReference, movement.line),
            None => found.unrelated += 1,
        }
    }

    /// Payouts that are named, and of which it is not clear whose the money is.
    fn unclear(&mut self, payouts: &Mention<'_>, entry: &Entry, line: u32) {
        let amount = entry.amount;
        match payouts {
            Mention::Several(all) => {
                for one in all {
                    let others = all.iter().filter(|other| *other != one);
                    let others = others.map(|&other| other.to_owned()).collect();
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
    fn disagrees(&mut self, entry: &Entry, about: &[About<'_>], kind: &BreakKind) {
        for (one, movement) in about.iter().zip(&entry.movements) {
            let line = movement.line;
            let payouts = match one {
                About::Payout(Mention::Several(all)) => all.clone(),
                About::Payout(Mention::One(one) | Mention::Cut(one)) => vec![*one],
                About::Payout(Mention::Nothing) => Vec::new(),
                About::Sum(groups) => {
                    let members = groups[0].members.iter().map(|id| id.as_str());
                    self.matcher
                        .breaks_all(&groups[0].id, members, kind.clone(), line);
                    continue;
                }
                About::Other => {
                    if let Some(invoice) = Receipts::mentioned(&movement.texts) {
                        self.matcher.breaks(named(&invoice), kind.clone(), line);
                    }
                    continue;
                }
            };
            for payout in payouts {
                self.matcher.breaks(payout, kind.clone(), line);
            }
        }
    }

    /// What each detail of an entry is about, as far as it says what the entry must be.
    fn details(&self, about: &[About<'_>]) -> Vec<Detail> {
        let detail = |about: &About<'_>| match about {
            About::Payout(_) => Detail::Payout(self.sent(about)),
            About::Sum(_) | About::Other => Detail::Other,
        };
        about.iter().map(detail).collect()
    }

    /// What was sent of a payout that is named.
    fn sent(&self, about: &About<'_>) -> Option<Money> {
        match about {
            About::Payout(Mention::One(reference)) => {
                Some(self.matcher.payouts.get(reference)?.payout.amount)
            }
            _ => None,
        }
    }

    fn payout(&mut self, reference: &str, movement: &Movement, place: &Place<'_>) {
        let entry = place.entry;
        let alone = (entry.movements.len() == 1).then_some(entry.amount);
        let amount = alone.or(movement.amount).unwrap_or(entry.amount);
        let invoice = Receipts::mentioned(&movement.texts);
        let line = movement.line;
        match (movement.direction, invoice) {
            (Direction::Debit, _) if entry.reverses(movement) => {
                self.matcher
                    .breaks(reference, BreakKind::Reversal { amount }, line);
            }
            (Direction::Debit, _) if movement.is_return => {
                self.matcher
                    .breaks(reference, BreakKind::ReturnedDebit { amount }, line);
            }
            (Direction::Debit, _) => self.went_out(reference, movement, place),
            (Direction::Credit, Some(invoice @ InvoiceMention::Reference(_)))
                if !movement.is_return && !entry.reverses(movement) =>
            {
                let others = vec![named(&invoice).to_owned()];
                self.matcher
                    .breaks(reference, BreakKind::SeveralNamed { others }, line);
            }
            (Direction::Credit, _) => self.came_back(reference, movement, place),
        }
    }

    fn went_out(&mut self, reference: &str, movement: &Movement, place: &Place<'_>) {
        let entry = place.entry;
        let Some(known) = self.matcher.payouts.get(reference) else {
            return;
        };
        let sent = known.payout.amount;
        // What was booked counts, and may have the bank's charges in it, if it says so. What was instructed is told where it was
        // booked in another currency.
        let alone = (entry.movements.len() == 1).then_some(entry.amount);
        let all = [alone, movement.amount];
        let of_entry: &[Money] = if alone.is_some() { &entry.charges } else { &[] };
        let as_sent = |booked: Money| {
            is_explained_by(
                booked,
                sent.to_ratio(),
                movement.direction,
                of_entry,
                &movement.charges,
            )
            .then_some(sent)
        };
        let mut in_currency = all
            .into_iter()
            .flatten()
            .filter(|amount| is_one_currency(sent, *amount));
        let booked = in_currency.next().map(|booked| as_sent(booked).unwrap_or(booked));
        let other = movement.instructed.or(movement.amount).or(alone);
        self.matcher.outcome(Outcome {
            reference,
            to: PayoutState::Succeeded,
            why: None,
            amount: booked.or(other),
            evidence: Some(place.evidence(movement.bank_reference.as_deref(), Booking::Single)),
            line: movement.line,
        });
    }

    fn came_back(&mut self, reference: &str, movement: &Movement, place: &Place<'_>) {
        let entry = place.entry;
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
        // Of what came back, what was booked counts: banks take their fee off it.
        let alone = (entry.movements.len() == 1).then_some(entry.amount);
        let is_foreign = !is_one_currency(sent, entry.amount);
        let booked = alone
            .or(agreement::net(entry, movement).filter(|_| !is_foreign))
            .or(is_foreign.then_some(entry.amount));
        let in_currency = booked.filter(|booked| is_one_currency(sent, *booked));
        let amount = booked.or(movement.instructed);
        let is_reversal = entry.reverses(movement);
        let is_return = movement.is_return || is_reversal;
        if let Some(back) = booked {
            // Anybody can send a little with a payout's reference. A bank's fee is less than what it leaves.
            let kept = kept_of(sent, back);
            let is_fee = kept.is_none_or(|kept| kept.to_ratio() <= back.to_ratio());
            let is_other = in_currency.is_none();
            if !(is_return && is_fee) && (kept.is_some() || is_other) {
                let kind = match is_other {
                    true => difference(sent, Some(back)),
                    false => None,
                };
                let kind = kind.unwrap_or(BreakKind::TooLittle { sent, back });
                return self.matcher.breaks(reference, kind, line);
            }
        }
        let without = match is_reversal {
            true => Without::ReversalOfBooking,
            false => Without::Reason,
        };
        self.matcher.outcome(Outcome {
            reference,
            to: PayoutState::Returned,
            why: Some(Why::of(movement.returned.as_slice(), without)),
            amount,
            evidence: Some(place.evidence(movement.bank_reference.as_deref(), Booking::Single)),
            line,
        });
    }

    /// A sum: of a whole entry, or of one of its movements.
    fn sum(&mut self, groups: &[Group<'_>], place: &Place<'_>, movement: Option<&Movement>) {
        let entry = place.entry;
        let mut returned = entry.movements.iter().filter_map(|one| one.returned.as_ref());
        let own = movement.and_then(|movement| movement.bank_reference.as_deref());
        let alone = (entry.movements.len() == 1).then_some(entry.amount);
        let amount = match movement {
            None => Some(entry.amount),
            Some(movement) => alone.or(movement.amount).or(movement.instructed),
        };
        let sum = Sum {
            direction: movement.map_or(entry.direction, |movement| movement.direction),
            amount: amount.unwrap_or(entry.amount),
            is_reversal: match movement {
                Some(movement) => entry.reverses(movement),
                None => entry.movements.iter().any(|one| entry.reverses(one)),
            },
            is_return: match movement {
                Some(movement) => movement.is_return,
                None => entry.movements.iter().any(|one| one.is_return),
            },
            returned: match movement {
                Some(movement) => movement.returned.as_ref(),
                None => returned.next(),
            },
            count: match movement {
                Some(_) if entry.movements.len() > 1 => None,
                _ => agreement::counted(entry),
            },
            charges: {
                let of_movement = movement.into_iter().flat_map(|movement| &movement.charges);
                let of_entry = entry
                    .charges
                    .iter()
                    .filter(|_| movement.is_none() || alone.is_some());
                of_entry.chain(of_movement).copied().collect()
            },
            evidence: place.evidence(own, Booking::Sum),
            line: movement.map_or(entry.line, |movement| movement.line),
        };
        sums::book(&mut self.matcher, groups, &sum);
    }
}
