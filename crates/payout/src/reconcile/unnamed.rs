//! Movements that name nothing of ours, and what they bear all the same.

use super::BreakKind;
use super::evidence::Evidence;
use super::place::{Place, id_of};
use crate::batch::{Booking, EndToEndId};
use crate::iso20022::{Code, Direction, Movement, plain};
use jiff::civil::Date;
use money::Money;
use std::collections::BTreeSet;

/// Shorter ones may be numbers within a day, or chance.
const SHORTEST: usize = 8;

/// A movement that names nothing of ours.
pub(super) struct Unnamed {
    /// What it bears: references, ids, words of texts; in capitals and without signs.
    pub(super) names: BTreeSet<String>,
    /// The bank's own reference of it, for people.
    pub(super) reference: String,
    pub(super) direction: Direction,
    pub(super) amount: Money,
    pub(super) evidence: Evidence,
    /// Whether the bank says that it takes something back or brings it back.
    pub(super) is_back: bool,
    is_reversal: bool,
    pub(super) is_fee: bool,
    /// The accounts of its parties, in capitals and without signs: of a debit the one that is paid.
    pub(super) accounts: Vec<String>,
    /// The payment's reference that it bears, which is none of ours.
    other: Option<String>,
    pub(super) line: u32,
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
        let is_in = movement.direction == Direction::Credit;
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
            is_reversal: place.entry.reverses(movement),
            is_fee: movement.code == Code::Fee,
            accounts: [Some(&movement.creditor), Some(&movement.debtor).filter(|_| is_in)]
                .into_iter()
                .flatten()
                .flatten()
                .map(|account| plain(account))
                .collect(),
            other: movement.end_to_end_id.clone(),
            line: movement.line,
        }
    }

    /// How much it is: booked on the account, and as it was sent where the bank says so.
    pub(super) fn amounts(&self) -> Vec<Money> {
        [&[self.amount], &self.evidence.amounts[..]].concat()
    }

    /// Whether it bears a payment's reference.
    pub(super) const fn has_reference(&self) -> bool {
        self.other.is_some()
    }

    /// The day on which it was booked.
    pub(super) const fn day(&self) -> Option<Date> {
        self.evidence.day
    }

    /// The payment's reference that it bears, if that is of the form of ours: of a payout that is not known here.
    pub(super) fn as_ours(&self) -> Option<&str> {
        self.other
            .as_deref()
            .filter(|other| EndToEndId::new(&plain(other)).is_ok())
    }

    pub(super) fn kind(&self) -> BreakKind {
        let amount = self.amount;
        match (self.direction, self.is_back) {
            (Direction::Credit, true) => BreakKind::UnknownReturn { amount },
            (Direction::Credit, false) => BreakKind::NotCalledReturn { amount },
            (Direction::Debit, true) if self.is_reversal => BreakKind::Reversal { amount },
            (Direction::Debit, true) => BreakKind::ReturnedDebit { amount },
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

pub(super) fn is_name(name: &str) -> bool {
    name.len() >= SHORTEST && name.bytes().any(|byte| byte.is_ascii_digit())
}
