//! By what a bank knows the money of payouts: its own references, and the ids of transactions, as its entries bore them.
//!
//! A return over a correspondent may bear nothing of ours: it says `/MREF/` and the bank's reference of the payment, or the payment's
//! UETR; and so may what takes a return back. That is not enough for money to move, and too much to be passed over. It is asked when all
//! statements are read: banks list the latest first, too.

use super::BreakKind;
use super::breaks::{difference, is_most_of};
use super::evidence::Evidence;
use super::matcher::Matcher;
use super::receipts::Place;
use super::statements::Reader;
use crate::batch::{Booking, PayoutState};
use crate::iso20022::{Code, Direction, Movement, plain};
use jiff::ToSpan;
use jiff::civil::Date;
use money::Money;
use std::collections::{BTreeSet, HashMap};

/// Shorter ones may be numbers within a day, or chance.
const SHORTEST: usize = 8;

/// So many days after money came back a bank may take that back.
const TAKEN_BACK: i64 = 31;

/// A movement that names nothing of ours.
pub(super) struct Unnamed {
    /// What it bears: references, ids, words of texts; in capitals and without signs.
    names: BTreeSet<String>,
    /// The bank's own reference of it, for people.
    reference: String,
    direction: Direction,
    amount: Money,
    evidence: Evidence,
    /// Whether the bank says that it takes something back or brings it back.
    is_back: bool,
    is_fee: bool,
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
            other: movement.end_to_end_id.clone(),
            line: movement.line,
        }
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

/// What came back, with the last day on which it did so, as far as it is known.
struct CameBack<'a> {
    payout: &'a str,
    sent: Money,
    day: Option<Date>,
}

impl CameBack<'_> {
    /// Whether a movement is a debit of as much, and a short time after it.
    fn may_be_taken_back(&self, by: &Unnamed) -> bool {
        let is_soon = self.day.zip(by.evidence.day).is_none_or(|(back, out)| {
            let latest = back.saturating_add(TAKEN_BACK.days());
            (back..=latest).contains(&out)
        });
        let is_debit = by.direction == Direction::Debit && !by.is_fee;
        is_debit && is_soon && difference(self.sent, Some(by.amount)).is_none()
    }
}

fn came_back<'a>(matcher: &Matcher<'a>) -> Vec<CameBack<'a>> {
    let all = matcher.payouts.iter();
    let back = all.filter(|(_, known)| known.state == PayoutState::Returned);
    back.map(|(payout, known)| CameBack {
        payout,
        sent: known.payout.amount,
        day: known.last(PayoutState::Returned),
    })
    .collect()
}

impl Reader<'_> {
    /// What is to be said of movements that named nothing of ours.
    pub(super) fn look_at_unnamed(&mut self) {
        let unnamed = std::mem::take(&mut self.unnamed);
        let names = match unnamed.iter().any(|one| !one.names.is_empty()) {
            true => names(&self.matcher),
            false => HashMap::new(),
        };
        let back = match unnamed.is_empty() {
            true => Vec::new(),
            false => came_back(&self.matcher),
        };
        for one in unnamed {
            let named = one.names.iter().filter_map(|name| names.get(name)).flatten();
            // What came in is what left; what went out may be either once more.
            let may_be = |(has_left, payout): &&(bool, &str)| {
                let sent = self.matcher.payouts[payout].payout.amount;
                (*has_left || one.direction == Direction::Debit) && is_most_of(sent, one.amount)
            };
            let payouts: BTreeSet<&str> = named.filter(may_be).map(|(_, payout)| *payout).collect();
            if payouts.is_empty() {
                self.look_at_nameless(&one, &back);
                continue;
            }
            if one.direction == Direction::Debit {
                self.matcher
                    .may_have_left(payouts.iter().copied(), Some(&one.evidence));
            }
            self.matcher
                .breaks_all(&one.reference, payouts, one.kind(), one.line);
        }
    }

    /// A movement that bears no name of a payout's money either.
    fn look_at_nameless(&mut self, one: &Unnamed, back: &[CameBack<'_>]) {
        if let Some(other) = &one.other {
            return self.matcher.breaks(other, BreakKind::UnknownReference, one.line);
        }
        let taken = back.iter().filter(|known| known.may_be_taken_back(one));
        let payouts: BTreeSet<&str> = taken.map(|known| known.payout).collect();
        let kind = match (one.direction, payouts.is_empty()) {
            (Direction::Debit, false) => BreakKind::AsCameBack { amount: one.amount },
            // Whatever came back left from this account.
            (Direction::Credit, _) if one.is_back => one.kind(),
            _ => {
                self.matcher.found.unrelated += 1;
                return;
            }
        };
        self.matcher.breaks_all(&one.reference, payouts, kind, one.line);
    }
}
