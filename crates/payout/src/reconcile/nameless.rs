//! Movements that bear no name of ours and none by which the bank knows payouts' money: what their amount and account say.
//!
//! It is never enough for money to move. What takes a return back, brings a payment back or pays a file once more is too much to be passed
//! over, and everything else on an account is no concern of anybody's here.

use super::BreakKind;
use super::breaks::{difference, kept_of};
use super::matcher::{Known, Matcher};
use super::unnamed::Unnamed;
use crate::batch::{EndToEndId, PayoutState};
use crate::iso20022::{Direction, Sent, plain};
use jiff::ToSpan;
use jiff::civil::Date;
use money::{Money, Ratio};
use std::collections::{BTreeSet, HashMap};

/// So many days after money moved a bank may take that back, bring it back or do it again.
const DAYS: i64 = 31;
/// What a bank keeps of what comes back without a word is a tenth of it at most.
const MOST_KEPT: i128 = 10;

/// Money that moved, with the last day on which it did so, as far as it is known.
struct Before<'a> {
    payouts: Vec<&'a str>,
    amount: Money,
    day: Option<Date>,
}

impl<'a> Before<'a> {
    fn of(reference: &'a str, known: &Known<'_>, moved: PayoutState) -> Self {
        Self {
            payouts: vec![reference],
            amount: known.payout.amount,
            day: known.last(moved),
        }
    }

    /// Whether a movement is a short time after it.
    fn is_near(&self, one: &Unnamed) -> bool {
        self.day.zip(one.day()).is_none_or(|(before, day)| {
            let latest = before.saturating_add(DAYS.days());
            (before..=latest).contains(&day)
        })
    }

    fn is_as_much(&self, one: &Unnamed) -> bool {
        difference(self.amount, Some(one.amount)).is_none()
    }

    /// Whether it is as much, or less by no more than a fee.
    fn may_be_back(&self, one: &Unnamed) -> bool {
        let sent = self.amount.to_ratio();
        let is_fee = |kept: Money| {
            let tenfold = kept.to_ratio().checked_mul(Ratio::whole(MOST_KEPT));
            tenfold.is_ok_and(|tenfold| tenfold <= sent)
        };
        self.is_as_much(one) || kept_of(self.amount, one.amount).is_some_and(is_fee)
    }
}

/// What is known to have moved, by what a movement without names may be told to be of it.
pub(super) struct Moved<'a> {
    /// Payouts that came back.
    back: Vec<Before<'a>>,
    /// Payouts that are out, by the account that they were paid to.
    at_payees: HashMap<String, Vec<Before<'a>>>,
    /// Files and parts of several payouts, as far as these left.
    sums: Vec<Before<'a>>,
}

impl<'a> Moved<'a> {
    pub(super) fn of(matcher: &Matcher<'a>, sent: &'a [Sent]) -> Self {
        let mut back = Vec::new();
        let mut at_payees: HashMap<String, Vec<Before<'a>>> = HashMap::new();
        for (reference, known) in &matcher.payouts {
            match known.state {
                PayoutState::Returned => back.push(Before::of(reference, known, known.state)),
                PayoutState::Succeeded | PayoutState::InTransit => {
                    let Some(account) = known.payout.recipient.to.account_number() else {
                        continue;
                    };
                    let before = Before::of(reference, known, PayoutState::Succeeded);
                    at_payees.entry(plain(account)).or_default().push(before);
                }
                _ => {}
            }
        }
        Self {
            back,
            at_payees,
            sums: sums(matcher, sent),
        }
    }

    /// What is to be said of a movement, and of which payouts; none: it is no concern here.
    pub(super) fn says(&self, one: &Unnamed) -> Option<(BTreeSet<&'a str>, BreakKind)> {
        let amount = one.amount;
        match one.direction {
            Direction::Debit if one.is_fee => None,
            Direction::Debit => {
                let back = of(&self.back, |back| back.is_near(one) && back.is_as_much(one));
                let again = || {
                    let is_it = |sum: &&Before<'_>| sum.is_near(one) && sum.is_as_much(one);
                    self.sums.iter().find(is_it)
                };
                back.map(|back| (back, BreakKind::AsCameBack { amount }))
                    .or_else(|| {
                        let all = again()?.payouts.iter().copied().collect();
                        Some((all, BreakKind::AsLeft { amount }))
                    })
            }
            // Whatever came back left from this account.
            Direction::Credit if one.is_back => Some((BTreeSet::new(), BreakKind::UnknownReturn { amount })),
            Direction::Credit => {
                let paid = one
                    .accounts
                    .iter()
                    .filter_map(|account| self.at_payees.get(account));
                let paid = of(paid.flatten(), |paid| paid.is_near(one) && paid.may_be_back(one))?;
                Some((paid, BreakKind::FromPayee { amount }))
            }
        }
    }
}

/// The payouts of what moved as is asked; none of nothing.
fn of<'b, 'a: 'b>(
    all: impl IntoIterator<Item = &'b Before<'a>>,
    is_it: impl Fn(&Before<'a>) -> bool,
) -> Option<BTreeSet<&'a str>> {
    let those = all.into_iter().filter(|one| is_it(one));
    let payouts: BTreeSet<&str> = those.flat_map(|one| &one.payouts).copied().collect();
    (!payouts.is_empty()).then_some(payouts)
}

/// Files and their parts, of the payouts in each that statements show to have left: of two at least, for one alone is as much as many a
/// payment.
fn sums<'a>(matcher: &Matcher<'a>, sent: &'a [Sent]) -> Vec<Before<'a>> {
    let sum = |all: &mut dyn Iterator<Item = &'a EndToEndId>| {
        let known = all.filter_map(|id| Some((id.as_str(), matcher.payouts.get(id.as_str())?)));
        let left: Vec<_> = known
            .filter(|(_, known)| known.times(PayoutState::Succeeded) > 0)
            .collect();
        let (_, first) = left.first().filter(|_| left.len() > 1)?;
        let amounts = left.iter().map(|(_, known)| known.payout.amount);
        Some(Before {
            amount: Money::sum(first.payout.amount.asset(), amounts).ok()?,
            day: left
                .iter()
                .filter_map(|(_, known)| known.last(PayoutState::Succeeded))
                .max(),
            payouts: left.into_iter().map(|(id, _)| id).collect(),
        })
    };
    let wholes = sent
        .iter()
        .filter_map(|file| sum(&mut file.payments.iter().flat_map(|part| &part.end_to_end_ids)));
    let parts = sent.iter().flat_map(|file| &file.payments);
    let parts = parts.filter_map(|part| sum(&mut part.end_to_end_ids.iter()));
    wholes.chain(parts).collect()
}
