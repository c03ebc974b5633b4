//! Where in a statement something stands, and what tells it from others there.

use super::agreement::without;
use super::evidence::Evidence;
use crate::batch::Booking;
use crate::iso20022::{Entry, Movement, Statement, plain};
use money::Money;
use std::collections::HashSet;

/// Where in a file something stands.
pub(super) struct Place<'a> {
    pub statement: &'a Statement,
    pub entry: &'a Entry,
    /// The entry's number in the statement, from 1.
    pub number: u32,
    /// Our own ids, and those that several payments bear, in capitals and without signs: a bank that repeats them gives no reference of
    /// its own.
    pub ours: &'a HashSet<String>,
}

impl Place<'_> {
    /// What tells a movement from another of the same payment.
    pub(super) fn evidence(&self, movement: Option<&Movement>, booking: Booking) -> Evidence {
        let is_theirs = |id: &&str| !self.ours.contains(&plain(id));
        let of_entry = self.entry.bank_reference.as_deref().filter(is_theirs);
        let own = movement.and_then(|movement| movement.bank_reference.as_deref());
        let own = own.filter(is_theirs);
        let ids = movement.into_iter().flat_map(|movement| &movement.transactions);
        let is_theirs_too = |known: &&String| is_theirs(&id_of(known));
        Evidence {
            transactions: ids.filter(is_theirs_too).cloned().collect(),
            statement: self.statement.sequence.clone(),
            shown_in: Some(self.statement.seen.clone()),
            repeated: false,
            pair: None,
            reference: own.or(of_entry).map(str::to_owned),
            entry: own.and(of_entry).map(str::to_owned),
            day: self.entry.booked_on,
            time: self.entry.booked_at,
            amounts: self.amounts(movement),
            booking,
            doubted: false,
        }
    }

    /// The same of one payment that is known to have moved so much; with what that is without charges that the bank names.
    pub(super) fn moved(&self, movement: &Movement, booked: Money) -> Evidence {
        let mut evidence = self.evidence(Some(movement), Booking::Single);
        let charges = [&self.entry.charges[..], &movement.charges[..]].concat();
        for amount in [Some(booked), without(booked, &charges)].into_iter().flatten() {
            if !evidence.amounts.contains(&amount) {
                evidence.amounts.push(amount);
            }
        }
        evidence
    }

    /// How much an entry is, and a movement in it where the bank says so.
    fn amounts(&self, movement: Option<&Movement>) -> Vec<Money> {
        let own = movement.map_or([None; 2], |movement| [movement.amount, movement.instructed]);
        let mut amounts = vec![self.entry.amount];
        for amount in own.into_iter().flatten() {
            if !amounts.contains(&amount) {
                amounts.push(amount);
            }
        }
        amounts
    }

    /// By what the bank knows a movement: its reference, the entry's, or where it stands. The same in every copy of the
    /// statement, so that a receipt is booked once.
    pub(super) fn reference(&self, own: Option<&str>, of_entry: u32) -> String {
        let part = match self.entry.movements.len() {
            0 | 1 => String::new(),
            _ => format!("/{of_entry}"),
        };
        match (own, &self.entry.bank_reference) {
            (Some(own), _) => own.to_owned(),
            (None, Some(entry)) => format!("{entry}{part}"),
            (None, None) => {
                let day = self
                    .entry
                    .booked_on
                    .map_or_else(String::new, |day| format!("/{day}"));
                format!("{}{day}/{}{part}", self.statement.id, self.number)
            }
        }
    }
}

/// A transaction's id without its kind.
pub(super) fn id_of(transaction: &str) -> &str {
    transaction.split_once(':').map_or(transaction, |(_, id)| id)
}
