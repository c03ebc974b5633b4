//! By what a movement of money is known again in another statement.

use super::agreement::is_one_currency;
use crate::batch::{Booking, PayoutState, Seen, StatementSeen};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use money::Money;

/// What tells a movement from another of the same payment: the bank's reference, the day, and whether it stood alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Its own, or that of its entry.
    pub reference: Option<String>,
    /// That of its entry, where it has one of its own.
    pub entry: Option<String>,
    /// The ids of its transaction.
    pub transactions: Vec<String>,
    /// The number of its statement.
    pub statement: Option<String>,
    /// The statement that showed it: of two the one of less days.
    pub shown_in: Option<StatementSeen>,
    /// Whether another statement showed it, too, which is neither a copy of that one nor of a longer time.
    pub repeated: bool,
    /// What it was known again as in the other form, as a sum or alone: one movement explains one other.
    pub pair: Option<String>,
    pub day: Option<Date>,
    /// The time of that day, where the bank says one.
    pub time: Option<Time>,
    /// How much it was: of its entry, and of itself.
    pub amounts: Vec<Money>,
    pub booking: Booking,
    /// Only shown beside a break.
    pub doubted: bool,
}

/// The report that is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Its digest; none: it is a statement.
    pub digest: Option<String>,
    /// When the bank made it.
    pub at: Option<Timestamp>,
    /// The day of that, by its own clock.
    pub day: Option<Date>,
}

/// What a movement is beside those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// The first of its kind, or the first one read again.
    Once,
    /// Another one.
    Again,
    /// A return, where more left than came back.
    OneOfSeveral,
}

impl Evidence {
    pub(super) fn of(seen: &Seen) -> Self {
        Self {
            reference: seen.reference.clone(),
            entry: seen.entry.clone(),
            transactions: seen.transactions.clone(),
            statement: seen.statement.clone(),
            shown_in: seen.shown_in.clone(),
            repeated: seen.repeated,
            pair: seen.pair.clone(),
            day: seen.day,
            time: seen.time,
            amounts: seen.amounts.clone(),
            booking: seen.booking,
            doubted: seen.doubted,
        }
    }

    /// What is kept of it; nothing where the bank gave neither reference nor day.
    pub(super) fn seen(&self, outcome: PayoutState) -> Option<Seen> {
        (!self.is_nothing()).then(|| self.as_seen(outcome))
    }

    pub(super) fn as_seen(&self, outcome: PayoutState) -> Seen {
        Seen {
            day: self.day,
            time: self.time,
            reference: self.reference.clone(),
            outcome,
            amounts: self.amounts.clone(),
            entry: self.entry.clone(),
            transactions: self.transactions.clone(),
            statement: self.statement.clone(),
            shown_in: self.shown_in.clone(),
            repeated: self.repeated,
            pair: self.pair.clone(),
            booking: self.booking,
            doubted: self.doubted,
        }
    }

    /// Whether it may be the same movement in another statement. A sum and its details have references of their own: the day
    /// decides.
    pub(super) fn is_same(&self, other: &Evidence) -> bool {
        let days = self.day.zip(other.day);
        let is_one_day = days.is_none_or(|(one, other)| one == other);
        if self.booking != other.booking {
            return is_one_day && self.may_be_pair(other) && !self.is_apart_from(other);
        }
        if !is_one_day || self.is_of_other_transaction(other) || self.is_of_other_amount(other) {
            return false;
        }
        match (&self.reference, &other.reference) {
            (Some(_), Some(_)) => {
                self.is_said_again(other) || self.shares_reference(other) && !self.is_apart_from(other)
            }
            (None, None) => !self.is_of_other_time(other) && !self.is_in_other_statement(other),
            // A reference is not a day: without a day on both sides they are two.
            _ => days.is_some() && !self.is_of_other_time(other) && !self.is_in_other_statement(other),
        }
    }

    /// Whether both have a reference of the bank's in common: of two details of one entry each has its own, and one of them may
    /// have been shown by the entry's alone.
    pub(super) fn shares_reference(&self, other: &Evidence) -> bool {
        let is_in = |one: &Evidence, other: &Evidence| {
            one.reference.is_some() && (one.reference == other.reference || one.reference == other.entry)
        };
        is_in(self, other) || is_in(other, self)
    }

    /// Whether nothing else was known again as it in the other form.
    fn may_be_pair(&self, other: &Evidence) -> bool {
        let Some(pair) = self.pair.as_deref() else {
            return true;
        };
        let mut own = [&other.reference, &other.entry, &other.statement]
            .into_iter()
            .flatten();
        other.identity().is_none() || own.any(|own| own == pair)
    }

    fn identity(&self) -> Option<&str> {
        self.reference.as_deref().or(self.statement.as_deref())
    }

    /// The same with what another statement says of it: from then on it is no other one.
    pub(super) fn refined(&self, other: &Evidence) -> Evidence {
        let or = |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone());
        let repeated = self.repeated || self.is_shown_elsewhere(other);
        if self.booking != other.booking {
            let pair = self.pair.clone().or_else(|| other.identity().map(str::to_owned));
            return Evidence {
                pair,
                repeated,
                day: self.day.or(other.day),
                amounts: self.amounts_with(other),
                shown_in: self.shortest(other).1,
                ..self.clone()
            };
        }
        let (reference, entry) = self.shared(other);
        let (statement, shown_in) = self.shortest(other);
        let new = other
            .transactions
            .iter()
            .filter(|id| !self.transactions.contains(id));
        Evidence {
            reference,
            entry,
            transactions: self.transactions.iter().chain(new).cloned().collect(),
            statement,
            shown_in,
            repeated,
            pair: or(&self.pair, &other.pair),
            day: self.day.or(other.day),
            time: self.time.or(other.time),
            amounts: self.amounts_with(other),
            booking: self.booking,
            doubted: self.doubted,
        }
    }

    fn amounts_with(&self, other: &Evidence) -> Vec<Money> {
        let new = other
            .amounts
            .iter()
            .filter(|amount| !self.amounts.contains(amount));
        self.amounts.iter().chain(new).copied().collect()
    }

    /// The references by which it is known from then on, own and of the entry: those that both have. What only one of them says may be
    /// of another movement, and would explain that as well.
    fn shared(&self, other: &Evidence) -> (Option<String>, Option<String>) {
        let (own, theirs) = match (&self.reference, &other.reference) {
            (Some(own), Some(theirs)) => (own, theirs),
            (Some(own), None) => return (Some(own.clone()), self.entry.clone()),
            (None, theirs) => return (theirs.clone(), other.entry.clone()),
        };
        if own == theirs {
            let is_one_entry = self.entry == other.entry;
            return (Some(own.clone()), self.entry.clone().filter(|_| is_one_entry));
        }
        // Details by the reference of their entry.
        let is_own = other.entry.as_ref() == Some(own);
        (Some(if is_own { own } else { theirs }.clone()), None)
    }

    /// Whether the bank gives both ids of their transactions, of one kind, and they differ.
    fn is_of_other_transaction(&self, other: &Evidence) -> bool {
        let kind = |id: &str| id.split_once(':').map(|(kind, _)| kind.to_owned());
        let differs = |one: &String| {
            let mut others = other.transactions.iter();
            others.any(|other| kind(one) == kind(other) && one != other)
        };
        !self.has_id_of(other) && self.transactions.iter().any(differs)
    }

    /// Whether both are certain, and in a currency in which both are known they have no amount in common: that of the entry, of the
    /// payment, or either without charges. One booking has one amount.
    fn is_of_other_amount(&self, other: &Evidence) -> bool {
        let differs = |own: &Money| {
            let is_in_currency = |one: &&Money| is_one_currency(**one, *own);
            let theirs: Vec<&Money> = other.amounts.iter().filter(is_in_currency).collect();
            let mut all = self.amounts.iter().filter(is_in_currency);
            !theirs.is_empty() && !all.any(|own| theirs.iter().any(|one| one.to_ratio() == own.to_ratio()))
        };
        !self.doubted && !other.doubted && self.amounts.iter().any(differs)
    }

    /// Whether the bank says of both at what time of their day they were booked, and that is not one.
    fn is_of_other_time(&self, other: &Evidence) -> bool {
        let times = self.time.zip(other.time);
        !self.has_id_of(other) && times.is_some_and(|(one, other)| one != other)
    }

    /// Whether an id of their transactions is one.
    fn has_id_of(&self, other: &Evidence) -> bool {
        self.transactions.iter().any(|id| other.transactions.contains(id))
    }

    /// Whether their statements tell two movements of a day apart, of which the bank does not give both a reference, and which have no
    /// one id: by their numbers, their times or their balances. Statements of one account follow each other, and a copy keeps all that.
    fn is_in_other_statement(&self, other: &Evidence) -> bool {
        let is_apart = || {
            self.both(other)
                .is_some_and(|(one, other)| one.is_apart_from(other))
        };
        let is_other = || self.is_numbered_otherwise(other) || is_apart();
        !self.has_id_of(other) && !self.is_said_again(other) && is_other()
    }

    /// Whether one statement follows the other.
    fn is_apart_from(&self, other: &Evidence) -> bool {
        self.both(other)
            .is_some_and(|(one, other)| one.is_apart_from(other))
    }

    /// Whether one statement is said to be of a time that has all of the other's in it: then each of what the other shows is on it, under
    /// whatever reference.
    fn is_said_again(&self, other: &Evidence) -> bool {
        self.both(other)
            .is_some_and(|(one, other)| one.is_said_within(other) || other.is_said_within(one))
    }

    /// The digest of the statement that showed it.
    pub(super) fn place(&self) -> Option<&str> {
        self.shown_in.as_ref().map(|shown| &*shown.digest)
    }

    /// Whether one statement is of a time that has all of the other's in it.
    pub(super) fn is_in_longer(&self, other: &Evidence) -> bool {
        self.both(other)
            .is_some_and(|(one, other)| one.is_within(other) || other.is_within(one))
    }

    /// Whether two statements have shown it, of which none is a copy of the other or has all that is on it.
    pub(super) fn is_shown_elsewhere(&self, other: &Evidence) -> bool {
        let is_copy = |(one, other): (&StatementSeen, &StatementSeen)| one.is_copy_of(other);
        self.both(other).is_some_and(|both| !is_copy(both)) && !self.is_in_longer(other)
    }

    fn both<'e>(&'e self, other: &'e Evidence) -> Option<(&'e StatementSeen, &'e StatementSeen)> {
        self.shown_in.as_ref().zip(other.shown_in.as_ref())
    }

    /// Of the statements that showed it the one of less days, with its number.
    fn shortest(&self, other: &Evidence) -> (Option<String>, Option<StatementSeen>) {
        let is_theirs = self
            .both(other)
            .is_some_and(|(own, theirs)| theirs.is_within(own));
        let (first, second) = if is_theirs { (other, self) } else { (self, other) };
        let or = |one: &Option<String>, other: &Option<String>| one.clone().or_else(|| other.clone());
        (
            or(&first.statement, &second.statement),
            first.shown_in.clone().or_else(|| second.shown_in.clone()),
        )
    }

    /// Whether both are of numbered statements, which are two.
    fn is_numbered_otherwise(&self, other: &Evidence) -> bool {
        let statements = self.statement.as_ref().zip(other.statement.as_ref());
        statements.is_some_and(|(one, other)| are_others(one, other))
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.reference.is_none() && self.day.is_none()
    }
}

/// Whether two numbers of statements are of two statements, or of two pages of one. An electronic and a legal number (`L` before it) say
/// nothing of each other; a copy may have no pages.
fn are_others(one: &str, other: &str) -> bool {
    let [(one, page), (other, other_page)] = [one, other].map(|number| match number.split_once('/') {
        Some((number, page)) => (number, Some(page)),
        None => (number, None),
    });
    match one == other {
        true => page.zip(other_page).is_some_and(|(page, other)| page != other),
        false => one.starts_with('L') == other.starts_with('L'),
    }
}
