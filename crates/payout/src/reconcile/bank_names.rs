//! By what a bank knows the money of payouts: its own references, and the ids of transactions, as its entries bore them.
//!
//! A return over a correspondent may bear nothing of ours: it says `/MREF/` and the bank's reference of the payment, or the payment's
//! UETR; and so may what takes a return back. That is not enough for money to move, and too much to be passed over. It is asked when all
//! statements are read: banks list the latest first, too.

use super::BreakKind;
use super::breaks::is_most_of;
use super::evidence::Evidence;
use super::matcher::Matcher;
use super::nameless::Moved;
use super::receipts::Place;
use super::statements::Reader;
use crate::batch::{Booking, EndToEndId, PayoutState};
use crate::iso20022::{Code, Direction, Movement, Sent, plain};
use jiff::civil::Date;
use money::Money;
use std::collections::{BTreeSet, HashMap};

/// Shorter ones may be numbers within a day, or chance.
const SHORTEST: usize = 8;

/// A movement that names nothing of ours.
pub(super) struct Unnamed {
    /// What it bears: references, ids, words of texts; in capitals and without signs.
    names: BTreeSet<String>,
    /// The bank's own reference of it, for people.
    reference: String,
    pub(super) direction: Direction,
    pub(super) amount: Money,
    evidence: Evidence,
    /// Whether the bank says that it takes something back or brings it back.
    pub(super) is_back: bool,
    pub(super) is_fee: bool,
    /// The accounts of its parties, in capitals and without signs.
    pub(super) accounts: Vec<String>,
    /// The payment's reference that it bears, which is none of ours.
    other: Option<String>,
    line: u32,
}

impl Unnamed {
    /// A movement that named nothing of ours, with the names that it bears and that are long enough: there may be none. `is_alone`: the
    /// entry has nothing that names something.
    pub(super) fn of(
        movement: &Movement,
        amount: Money,
        is_back: bool,
        is_alone: bool,
        place: &Place<'_>,
    ) -> Unnamed {
        let of_entry = place.entry.bank_reference.as_ref().filter(|_| is_alone);
        let own = movement.bank_reference.iter().chain(of_entry).map(String::as_str);
        let ids = movement.transactions.iter().map(|id| id_of(id));
        // What went out is told by texts only where it takes something back: anybody is paid by an invoice's number.
        let is_told = movement.direction == Direction::Credit || place.entry.reverses(movement);
        let texts = movement
            .texts
            .iter()
            .chain(&place.entry.texts)
            .filter(|_| is_told);
        let words = texts.flat_map(|text| words(text));
        let all = own.chain(ids).chain(words).filter(|_| movement.code != Code::Fee);
        let bank = movement
            .bank_reference
            .as_ref()
            .or(place.entry.bank_reference.as_ref());
        Unnamed {
            names: all
                .filter(|name| name.len() >= SHORTEST)
                .map(plain)
                .filter(|name| is_name(name))
                .collect(),
            reference: bank.map_or_else(|| "(none)".to_owned(), String::clone),
            direction: movement.direction,
            amount,
            evidence: place.evidence(Some(movement), Booking::Single),
            is_back,
            is_fee: movement.code == Code::Fee,
            accounts: [&movement.creditor, &movement.debtor]
                .into_iter()
                .flatten()
                .map(|account| plain(account))
                .collect(),
            other: movement.end_to_end_id.clone(),
            line: movement.line,
        }
    }

    /// The day on which it was booked.
    pub(super) const fn day(&self) -> Option<Date> {
        self.evidence.day
    }

    /// The payment's reference that it bears, if that is of the form of ours: of a payout that is not known here.
    fn as_ours(&self) -> Option<&str> {
        self.other
            .as_deref()
            .filter(|other| EndToEndId::new(&plain(other)).is_ok())
    }

    fn kind(&self) -> BreakKind {
        let amount = self.amount;
        match (self.direction, self.is_back) {
            (Direction::Credit, true) => BreakKind::UnknownReturn { amount },
            (Direction::Credit, false) => BreakKind::NotCalledReturn { amount },
            (Direction::Debit, true) => BreakKind::Reversal { amount },
            (Direction::Debit, false) => BreakKind::NamedByBank { amount },
        }
    }
}

/// The words of a text, as a bank sets them apart and as any sign does.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_between = |sign: char| sign.is_whitespace() || "/+:;,()".contains(sign);
    let is_sign = |sign: char| !sign.is_ascii_alphanumeric();
    text.split(is_between).chain(text.split(is_sign))
}

/// A transaction's id without its kind.
pub(super) fn id_of(transaction: &str) -> &str {
    transaction.split_once(':').map_or(transaction, |(_, id)| id)
}

fn is_name(name: &str) -> bool {
    name.len() >= SHORTEST && name.bytes().any(|byte| byte.is_ascii_digit())
}

/// Payouts by what the bank knows their money by, as it left and as it came back.
fn names<'a>(matcher: &Matcher<'a>) -> HashMap<String, BTreeSet<(bool, &'a str)>> {
    let mut all: HashMap<String, BTreeSet<(bool, &'a str)>> = HashMap::new();
    for (reference, known) in &matcher.payouts {
        for (outcome, evidence) in &known.moved {
            // Details that were shown after their sum are known by what they paired with.
            let references = [&evidence.reference, &evidence.entry, &evidence.pair]
                .into_iter()
                .flatten();
            let ids = evidence.transactions.iter().map(|id| id_of(id));
            for name in references
                .map(String::as_str)
                .chain(ids)
                .map(plain)
                .filter(|name| is_name(name))
            {
                let has_left = *outcome == PayoutState::Succeeded;
                all.entry(name).or_default().insert((has_left, reference));
            }
        }
    }
    all
}

impl<'a> Reader<'a> {
    /// What is to be said of movements that named nothing of ours.
    pub(super) fn look_at_unnamed(&mut self, sent: &'a [Sent]) {
        let unnamed = std::mem::take(&mut self.unnamed);
        if unnamed.is_empty() {
            return;
        }
        let names = match unnamed.iter().any(|one| !one.names.is_empty()) {
            true => names(&self.matcher),
            false => HashMap::new(),
        };
        let moved = Moved::of(&self.matcher, sent);
        for one in unnamed {
            let named = one.names.iter().filter_map(|name| names.get(name)).flatten();
            // What came in is what left; what went out may be either once more.
            let may_be = |(has_left, payout): &&(bool, &str)| {
                let sent = self.matcher.payouts[payout].payout.amount;
                (*has_left || one.direction == Direction::Debit) && is_most_of(sent, one.amount)
            };
            let payouts: BTreeSet<&str> = named.filter(may_be).map(|(_, payout)| *payout).collect();
            if !payouts.is_empty() {
                if one.direction == Direction::Debit {
                    let all = payouts.iter().copied();
                    self.matcher.may_have_left(all, Some(&one.evidence));
                }
                self.matcher
                    .breaks_all(&one.reference, payouts, one.kind(), one.line);
            } else if let Some(other) = one.as_ours() {
                self.matcher.breaks(other, BreakKind::UnknownReference, one.line);
            } else if let Some((payouts, kind)) = moved.says(&one) {
                self.matcher.breaks_all(&one.reference, payouts, kind, one.line);
            } else {
                self.matcher.found.unrelated += 1;
            }
        }
    }
}
