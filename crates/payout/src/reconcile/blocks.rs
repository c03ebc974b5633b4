//! The blocks of a status report, by the parts of the file that they are of.

use super::matcher::Matcher;
use super::mentions::{Mention, References};
use super::{BreakKind, original};
use crate::iso20022::{PaymentStatus, Sent, SentPayment, StatusReport, TransactionStatus};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

/// The payments of a part.
pub(super) fn members(part: &SentPayment) -> impl Iterator<Item = &str> {
    part.end_to_end_ids.iter().map(|id| id.as_str())
}

/// What a report says, by the parts that were sent.
pub(super) struct Blocks<'a> {
    /// Of each part, however many blocks it is said in.
    pub parts: Vec<(&'a SentPayment, PaymentStatus)>,
    /// Parts of which the report is not about what was sent: they are breaks.
    pub others: Vec<&'a str>,
    /// Parts of which it says something without their name: of what it does not list there, it says nothing.
    pub unnamed: HashSet<&'a str>,
    /// Payouts that it names in parts that are not known, which are breaks; none if it says nothing of such.
    pub lost: Option<Vec<&'a str>>,
}

pub(super) fn blocks<'a>(
    matcher: &mut Matcher<'_>,
    references: &References<'_>,
    sent: &'a Sent,
    report: &StatusReport,
) -> Blocks<'a> {
    let mut all = Blocks {
        parts: Vec::new(),
        others: Vec::new(),
        lost: None,
        unnamed: HashSet::new(),
    };
    let mut places: HashMap<&str, usize> = HashMap::new();
    let members_of: HashMap<&str, &'a SentPayment> = sent
        .payments
        .iter()
        .flat_map(|part| members(part).map(move |id| (id, part)))
        .collect();
    for part in &report.payments {
        let id = part.original_payment_id.as_deref();
        let known = sent.payments.iter().find(|known| Some(&*known.id) == id);
        let said = match known {
            Some(known) => vec![(known, part.clone())],
            None => all.of_no_part(matcher, references, &members_of, part),
        };
        for (known, said) in said {
            match places.entry(&known.id) {
                Entry::Occupied(place) => all.parts[*place.get()].1.also(&said),
                Entry::Vacant(place) => {
                    place.insert(all.parts.len());
                    all.parts.push((known, said));
                }
            }
        }
    }
    let Blocks { parts, others, .. } = &mut all;
    parts.retain(|(known, said)| {
        let mut originals = said.originals.iter();
        let differs = originals.find_map(|original| original::differs(matcher, original, members(known)));
        if let Some(kind) = differs {
            matcher.breaks_all(&known.id, members(known), kind, said.line);
            others.push(known.id.as_str());
            return false;
        }
        true
    });
    all
}

impl<'a> Blocks<'a> {
    /// What a block says whose part is not known. Where the bank does not give the part's name, it is the one that all payments in it
    /// are of; one that says nothing of its part may list payments of several. Otherwise it is a break.
    fn of_no_part(
        &mut self,
        matcher: &mut Matcher<'_>,
        references: &References<'_>,
        members_of: &HashMap<&str, &'a SentPayment>,
        block: &PaymentStatus,
    ) -> Vec<(&'a SentPayment, PaymentStatus)> {
        let part_of = |one: &TransactionStatus| match references.payouts(&one.texts) {
            Mention::One(payout) => members_of.get(payout).map(|part| (payout, *part)),
            Mention::Several(_) | Mention::Cut(_) | Mention::Nothing => None,
        };
        let placed: Vec<_> = block.transactions.iter().map(part_of).collect();
        let mut parts: Vec<&'a SentPayment> = placed.iter().flatten().map(|(_, part)| *part).collect();
        parts.dedup_by_key(|part| &part.id);
        let says_nothing = block.status.is_none() && block.reasons.is_empty() && block.counts.is_empty();
        let is_clear = !parts.is_empty()
            && placed.iter().all(Option::is_some)
            && (says_nothing || parts.iter().all(|part| *part == parts[0]));
        if is_clear && block.original_payment_id.is_none() {
            let each = block.transactions.iter().zip(placed.iter().flatten());
            let of_part = |part: &'a SentPayment| {
                let own = each.clone().filter(|(_, (_, of))| *of == part);
                let transactions = own.map(|(one, _)| one.clone()).collect();
                (
                    part,
                    PaymentStatus {
                        transactions,
                        ..block.clone()
                    },
                )
            };
            let mut seen = HashSet::new();
            parts.retain(|part| seen.insert(&part.id));
            self.unnamed.extend(parts.iter().map(|part| &*part.id));
            return parts.into_iter().map(of_part).collect();
        }
        let own = |(payout, part): &(&str, &'a SentPayment)| members(part).find(|id| id == payout);
        let mut doubted: Vec<&'a str> = placed.iter().flatten().filter_map(own).collect();
        if doubted.is_empty() {
            // It may be of any.
            let all = members_of.iter().filter_map(|(id, part)| own(&(id, part)));
            doubted = all.collect();
            doubted.sort_unstable();
        }
        let id = block.original_payment_id.as_deref().unwrap_or("(none)");
        matcher.breaks_all(id, doubted.iter().copied(), BreakKind::OtherMessage, block.line);
        self.lost.get_or_insert_default().extend(doubted);
        Vec::new()
    }
}
