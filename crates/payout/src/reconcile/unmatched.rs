//! Movements that name nothing of ours, and what they bear all the same.
//!
//! They are kept: what later answers say of payouts may show whose they are. Accounts and names of other people are kept as their digests,
//! which is enough to know them again.

use super::BreakKind;
use super::evidence::Evidence;
use super::marks::{as_written, digest};
use super::place::{Place, id_of};
use crate::batch::{EndToEndId, PayoutState, Seen};
use crate::iso20022::{Code, Direction, Movement, plain};
use crate::payee;
use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};

/// Shorter ones may be numbers within a day, or chance.
const SHORTEST: usize = 8;

/// A movement of a statement that names nothing of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unmatched {
    /// How much moved on the account.
    #[serde(with = "crate::amount")]
    pub(super) amount: Money,
    /// Where it was shown; its outcome is that of a payout whose money it would be.
    pub(super) seen: Seen,
    /// Digests of what it bears: references, ids, words of texts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) names: BTreeSet<String>,
    /// Digests of what the accounts of its parties are known by: of a debit the one that is paid.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) accounts: Vec<String>,
    /// The bank's own reference of it, for people.
    pub(super) reference: String,
    /// Whether the bank says that it takes something back or brings it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_back: bool,
    /// Whether it does so as a booking taken back (`RvslInd`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_reversal: bool,
    /// How many of its file before it are like it in all that is known of it.
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) before: usize,
    /// Whether it may be what was ordered, by the bank's kind of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) may_be_order: bool,
    /// Whether it is a payment that somebody else ordered, by the bank's kind of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_received: bool,
    /// Whether it bears a payment's reference, which is none of ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_reference: bool,
    /// That reference, if it is of the form of ours.
    #[serde(skip)]
    pub(super) as_ours: Option<String>,
    /// Whether it is what the bank takes for itself.
    #[serde(skip)]
    pub(super) is_fee: bool,
    /// Where it stands in its file.
    pub(super) line: u32,
}

impl Unmatched {
    /// A movement that named nothing of ours, with the names that it bears and that are long enough: there may be none. `is_alone`: the
    /// entry has nothing that names something.
    pub(super) fn of(
        movement: &Movement,
        amount: Money,
        is_back: bool,
        is_alone: bool,
        place: &Place<'_>,
    ) -> Unmatched {
        let is_in = movement.direction == Direction::Credit;
        let bank = movement
            .bank_reference
            .as_ref()
            .or(place.entry.bank_reference.as_ref());
        let accounts = [Some(&movement.creditor), Some(&movement.debtor).filter(|_| is_in)];
        // What takes a return back may have the parties of that: our own account says nothing.
        let own = place.statement.account.as_deref().map(payee::Place::of_account);
        let is_other = |account: &&String| {
            let is_own = |own: &payee::Place| own.is_same(&payee::Place::of_account(account));
            !own.as_ref().is_some_and(is_own)
        };
        let outcome = match movement.direction {
            Direction::Debit => PayoutState::Succeeded,
            Direction::Credit => PayoutState::Returned,
        };
        let other = movement.end_to_end_id.as_deref();
        // A word for none has no digit, and some banks put their own reference there.
        let banks = [&movement.bank_reference, &place.entry.bank_reference];
        let is_banks = |other: &str| banks.into_iter().flatten().any(|own| plain(own) == plain(other));
        let is_reference = |other: &str| other.bytes().any(|byte| byte.is_ascii_digit()) && !is_banks(other);
        let is_of_our_form = |other: &&str| EndToEndId::new(&plain(other)).is_ok();
        Unmatched {
            names: names(movement, is_alone, place),
            reference: bank.map_or_else(|| "(none)".to_owned(), String::clone),
            amount,
            seen: seen(movement, amount, place).as_seen(outcome),
            is_back,
            is_reversal: place.entry.reverses(movement),
            is_fee: movement.code == Code::Fee,
            accounts: accounts
                .into_iter()
                .flatten()
                .flatten()
                .filter(is_other)
                .flat_map(|account| as_written(account))
                .collect(),
            before: 0,
            may_be_order: matches!(movement.code, Code::Issued | Code::Unsaid | Code::Untold),
            is_received: movement.code == Code::Received,
            has_reference: other.is_some_and(is_reference),
            as_ours: other.filter(is_of_our_form).map(str::to_owned),
            line: movement.line,
        }
    }

    /// Where it stands in its file.
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// Which way it went.
    pub(super) fn direction(&self) -> Direction {
        match self.seen.outcome {
            PayoutState::Succeeded => Direction::Debit,
            _ => Direction::Credit,
        }
    }

    /// How much it is: booked on the account, and as it was sent where the bank says so.
    pub(super) fn amounts(&self) -> Vec<Money> {
        [&[self.amount], &self.seen.amounts[..]].concat()
    }

    /// Whether it bears a payment's reference.
    pub(super) const fn has_reference(&self) -> bool {
        self.has_reference
    }

    /// The day on which it was booked.
    pub const fn day(&self) -> Option<Date> {
        self.seen.day
    }

    /// What tells it from others.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence::of(&self.seen)
    }

    /// Whether something may be said of it that is not known yet: of what the bank takes for itself and of what customers pay there is not.
    pub(super) fn may_matter(&self) -> bool {
        let is_known_by = || self.is_back || !self.names.is_empty() || !self.accounts.is_empty();
        !self.is_fee && (self.direction() == Direction::Debit || is_known_by())
    }

    /// Whether both may be one movement that two statements show.
    pub(super) fn is_copy_of(&self, other: &Unmatched) -> bool {
        self.seen.outcome == other.seen.outcome
            && self.amount == other.amount
            && self.evidence().is_same(&other.evidence())
    }

    pub(super) fn kind(&self) -> BreakKind {
        let amount = self.amount;
        match (self.direction(), self.is_back) {
            (Direction::Credit, true) => BreakKind::UnknownReturn { amount },
            (Direction::Credit, false) => BreakKind::NotCalledReturn { amount },
            (Direction::Debit, true) if self.is_reversal => BreakKind::Reversal { amount },
            (Direction::Debit, true) => BreakKind::ReturnedDebit { amount },
            (Direction::Debit, false) => BreakKind::NamedByBank { amount },
        }
    }
}

/// Numbers those of one file that are alike: of two in one file each is a movement of its own.
pub(super) fn numbered(all: &mut [Unmatched]) {
    let mut alike: HashMap<(Direction, Option<Date>, Money, String), usize> = HashMap::new();
    for one in all {
        let key = (one.direction(), one.day(), one.amount, one.reference.clone());
        let before = alike.entry(key).or_default();
        one.before = *before;
        *before += 1;
    }
}

const fn is_none(number: &usize) -> bool {
    *number == 0
}

/// What tells it from others; with what it is without charges that are named among its amounts.
fn seen(movement: &Movement, amount: Money, place: &Place<'_>) -> Evidence {
    place.moved(movement, amount)
}

/// Digests of the names that a movement bears.
fn names(movement: &Movement, is_alone: bool, place: &Place<'_>) -> BTreeSet<String> {
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
    all.filter_map(name_of).collect()
}

/// The digest of what may be a name; none of what is too short or has no digit.
pub(super) fn name_of(text: &str) -> Option<String> {
    let name = Some(text).filter(|text| text.len() >= SHORTEST).map(plain)?;
    let is_name = name.len() >= SHORTEST && name.bytes().any(|byte| byte.is_ascii_digit());
    is_name.then(|| digest(&name))
}

/// The words of a text, as a bank sets them apart and as any sign does.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_between = |sign: char| sign.is_whitespace() || "/+:;,()".contains(sign);
    let is_sign = |sign: char| !sign.is_ascii_alphanumeric();
    text.split(is_between).chain(text.split(is_sign))
}
