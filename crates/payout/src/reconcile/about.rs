//! What an entry of a statement names, as a whole and in its details.

use super::mentions::{Group, Mention, References};
use super::receipts::Receipts;
use crate::iso20022::{Entry, Movement};
use std::collections::BTreeSet;

/// What a detail is about.
pub(super) enum About<'a> {
    /// Payouts by their references.
    Payout(Mention<'a>),
    /// What may be the sum of so many payouts: the widest first, one at least.
    Sum(Vec<Group<'a>>),
    /// Neither: money for an invoice, or nothing of ours.
    Other,
}

impl<'a> About<'a> {
    pub(super) const fn is_payout(&self) -> bool {
        matches!(self, About::Payout(_))
    }

    pub(super) const fn is_other(&self) -> bool {
        matches!(self, About::Other)
    }

    /// The payouts that it may be of.
    pub(super) fn payouts(&self) -> Vec<&'a str> {
        match self {
            About::Payout(mention) => mention.payouts(),
            About::Sum(groups) => groups[0].ids().collect(),
            About::Other => Vec::new(),
        }
    }
}

/// What an entry names and its details do not account for.
pub(super) struct Above<'a> {
    /// By what name.
    pub reference: String,
    /// The payouts.
    pub payouts: Vec<&'a str>,
}

impl<'a> References<'a> {
    /// What texts name.
    pub(super) fn about(&self, texts: &[String]) -> About<'a> {
        match self.payouts(texts) {
            Mention::Nothing => match self.groups(texts) {
                groups if groups.is_empty() => About::Other,
                groups => About::Sum(groups),
            },
            payouts => About::Payout(payouts),
        }
    }

    /// What an entry names beside its details: payouts of which none of these is, or a file or part of which none is a payout, or
    /// not all is told since one of them names nothing.
    pub(super) fn above(&self, entry: &Entry, about: &[About<'a>]) -> Option<Above<'a>> {
        let below: BTreeSet<&str> = about.iter().flat_map(About::payouts).collect();
        let others = self.payouts(texts_of(entry)).payouts();
        let others: Vec<&str> = others.into_iter().filter(|one| !below.contains(one)).collect();
        if let Some(first) = others.first() {
            return Some(Above {
                reference: (*first).to_owned(),
                payouts: others,
            });
        }
        let names_nothing = |(one, movement): (&About<'_>, &Movement)| {
            one.is_other() && Receipts::mentioned(&movement.texts).is_none()
        };
        let is_open = about.iter().zip(&entry.movements).any(names_nothing);
        let group = self.whole(entry)?;
        let is_told = group.ids().any(|id| below.contains(id)) && !is_open;
        (!is_told).then(|| Above {
            payouts: group.ids().collect(),
            reference: group.id,
        })
    }

    /// The file or part that an entry names, as a whole or in its only detail.
    pub(super) fn whole(&self, entry: &Entry) -> Option<Group<'a>> {
        self.groups(texts_of(entry)).into_iter().next()
    }
}

/// What is written about an entry as a whole: an only detail has all of it.
fn texts_of(entry: &Entry) -> &[String] {
    match &entry.movements[..] {
        [alone] => &alone.texts,
        _ => &entry.texts,
    }
}
