//! Money that came in for invoices: matched by the invoice's reference, wherever in the transfer it stands.

use super::place::Place;
use super::{Break, BreakKind, Receipt, Reconciliation};
use crate::invoice::{InvoiceReference, Mention, OpenInvoice};
use crate::iso20022::{Direction, Movement};
use jiff::civil::Date;
use money::{Money, Ratio};
use std::collections::{HashMap, HashSet};

/// The reference in a mention, as it was written.
pub(super) fn named(mention: &Mention) -> &str {
    match mention {
        Mention::Reference(reference) => reference.as_str(),
        Mention::Damaged(text) => text,
    }
}

/// Invoices, with what is owed after what was read so far.
pub(super) struct Receipts<'a> {
    invoices: HashMap<&'a str, (&'a OpenInvoice, Ratio)>,
    /// What this statement has said already.
    said: HashSet<(InvoiceReference, String)>,
    /// So many receipts were found in the statements before this one.
    before: usize,
}

/// One credit that names an invoice.
struct Credit {
    mention: Mention,
    amount: Money,
    reference: String,
    line: u32,
}

impl<'a> Receipts<'a> {
    pub(super) fn new(invoices: &'a [OpenInvoice]) -> Self {
        let by_reference = |invoice: &'a OpenInvoice| {
            let owed = invoice.open.to_ratio();
            (invoice.reference.as_str(), (invoice, owed))
        };
        Self {
            invoices: invoices.iter().map(by_reference).collect(),
            said: HashSet::new(),
            before: 0,
        }
    }

    /// Another statement begins, after so many receipts: it may show again what the ones before have shown.
    pub(super) fn begin(&mut self, receipts: usize) {
        self.said.clear();
        self.before = receipts;
    }

    /// The invoice that texts name; one that is whole counts, whatever became of the others.
    pub(super) fn mentioned(texts: &[String]) -> Option<Mention> {
        let mut mentions = texts
            .iter()
            .filter_map(|text| InvoiceReference::mentioned(text))
            .collect::<Vec<_>>();
        mentions.sort_by_key(|mention| matches!(mention, Mention::Damaged(_)));
        mentions.into_iter().next()
    }

    /// A movement, if it came in with an invoice's reference; `booked` is how much moved on the account. False: it is about
    /// something else.
    pub(super) fn movement(
        &mut self,
        movement: &Movement,
        of_entry: u32,
        booked: Money,
        place: &Place<'_>,
        found: &mut Reconciliation,
    ) -> bool {
        let Some(mention) = Self::mentioned(&movement.texts) else {
            return false;
        };
        let entry = place.entry;
        if entry.reverses(movement) {
            found.breaks.push(Break {
                reference: named(&mention).to_owned(),
                payouts: Vec::new(),
                kind: BreakKind::Reversal { amount: entry.amount },
                line: movement.line,
            });
            return true;
        }
        if movement.direction != Direction::Credit || movement.is_return {
            let is_ours = self.invoices.contains_key(named(&mention));
            if is_ours {
                let amount = booked;
                found.breaks.push(Break {
                    reference: named(&mention).to_owned(),
                    payouts: Vec::new(),
                    kind: BreakKind::NoReceipt { amount },
                    line: movement.line,
                });
            }
            return is_ours;
        }
        let credit = Credit {
            mention,
            amount: booked,
            reference: place.reference(movement.bank_reference.as_deref(), of_entry),
            line: movement.line,
        };
        self.credit(credit, place, found);
        true
    }

    fn credit(&mut self, credit: Credit, place: &Place<'_>, found: &mut Reconciliation) {
        let Credit {
            mention,
            amount,
            reference,
            line,
        } = credit;
        let named = named(&mention);
        let mut breaks = |kind| {
            found.breaks.push(Break {
                reference: named.to_owned(),
                payouts: Vec::new(),
                kind,
                line,
            });
        };
        let Some((invoice, owed)) = self.invoices.get_mut(named) else {
            return breaks(BreakKind::UnknownReference);
        };
        if amount.is_zero() {
            return breaks(BreakKind::NoAmount);
        }
        let is_new = self.said.insert((invoice.reference.clone(), reference.clone()));
        if !is_new {
            return breaks(BreakKind::Duplicate);
        }
        let is_same = |other: Money| {
            other.asset().code() == amount.asset().code() && other.to_ratio() == amount.to_ratio()
        };
        let on = place.entry.booked_on;
        let known = received(invoice, &found.receipts[..self.before]);
        if let Some((_, booked, _)) = known.iter().find(|(known, ..)| *known == reference) {
            match is_same(*booked) {
                true => found.unchanged += 1,
                false => breaks(BreakKind::OtherReceipt {
                    booked: *booked,
                    found: amount,
                }),
            }
            return;
        }
        // Another statement may show the same money by another reference, by where it stands, or on another day; so may somebody.
        let mut alike = known
            .iter()
            .filter(|(_, other, day)| is_same(*other) && are_near(*day, on));
        if let Some((known, ..)) = alike.next() {
            let known = (*known).to_owned();
            return breaks(BreakKind::ReceivedAlike { amount, known });
        }
        let rest = owed
            .checked_sub(amount.to_ratio())
            .ok()
            .filter(|rest| !rest.is_negative());
        let (Some(rest), true) = (rest, amount.asset().code() == invoice.open.asset().code()) else {
            let owed = Money::from_ratio(invoice.open.asset(), *owed, money::Rounding::Floor);
            return breaks(BreakKind::NotOwed {
                owed: owed.map_or(invoice.open, |owed| owed.value),
                found: amount,
            });
        };
        *owed = rest;
        found.receipts.push(Receipt {
            invoice: invoice.reference.clone(),
            amount,
            reference,
            on,
            line,
        });
    }
}

/// What was received for an invoice: in the books, and in the statements before this one.
fn received<'r>(invoice: &'r OpenInvoice, earlier: &'r [Receipt]) -> Vec<(&'r str, Money, Option<Date>)> {
    let earlier = earlier
        .iter()
        .filter(|receipt| receipt.invoice == invoice.reference);
    let earlier = earlier.map(|receipt| (&*receipt.reference, receipt.amount, receipt.on));
    let booked = invoice.received.iter();
    let booked = booked.map(|one| (&*one.reference, one.amount, one.on));
    booked.chain(earlier).collect()
}

/// Whether one payment may be told of two days: banks differ in which they say. Days that are not known are any.
pub fn are_near(one: Option<Date>, other: Option<Date>) -> bool {
    one.zip(other)
        .is_none_or(|(one, other)| (one - other).get_days().abs() <= MOST_DAYS_APART)
}

/// So many days apart one payment may be told of.
const MOST_DAYS_APART: i32 = 7;
