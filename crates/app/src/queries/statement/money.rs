//! The money of a month, of a creator or of a payee: what was carried in, what became payable, what was adjusted, withheld and paid, and
//! what is carried on.
//!
//! It is read off available balances in the books, by the day each entry was recorded: the entries of a
//! month never change afterwards, and one month's carried balance is the next one's opening balance.

use super::entries::{MoneyEntry, OpenPayout, Seen, SeenEntry, describe, entries, open_payout};
use super::section::{Section, Whose, sections};
use crate::base::error::Result;
use crate::books::collected::Collectors;
use crate::payouts::invoices::{self, Invoice};
use jiff::Timestamp;
use ledger::{Account, AccountKind};
use money::Money;
use serde::Serialize;
use store::Tx;

/// The money of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthMoney {
    /// The asset, e.g. `USD/6`.
    pub asset: String,
    /// Who collects it, where that is not whom the statement is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payee: Option<String>,
    /// The balance carried in.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub opening: Money,
    /// What changed it, oldest first; the sum of all is the difference of the two balances.
    pub entries: Vec<MoneyEntry>,
    /// The balance carried on.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub closing: Money,
    /// Changes of closed periods whose money was not payable yet: they are in what becomes payable.
    pub held_adjustments: Vec<MoneyEntry>,
    /// Payouts prepared in the month that did not arrive or are under way as of now, and earlier ones that are still under way.
    pub open_payouts: Vec<OpenPayout>,
    /// What the creator was invoiced for and has not paid, as of now.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub invoiced: Money,
    /// What the creator owes: what the balance carried on is below zero, and what was invoiced and not paid.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub owed: Money,
    /// In which order that is recovered, where anything is owed.
    pub recovery_order: Option<&'static str>,
    /// Invoices written before the month's end that ask for something as of now, or were paid in the month or later.
    pub invoices: Vec<Invoice>,
}

/// The money of a creator or payee from one instant to another, by who collects it and by asset; a creator's own first.
pub fn money(tx: &mut Tx<'_>, whose: Whose<'_>, from: Timestamp, to: Timestamp) -> Result<Vec<MonthMoney>> {
    let collectors;
    let payees = match whose {
        Whose::Payee(payee) => vec![payee],
        Whose::Creator(creator) => {
            collectors = Collectors::of(tx, creator)?;
            let mut payees = collectors.payees_of(creator);
            payees.sort_by_key(|payee| *payee != creator);
            payees
        }
    };
    let mut months = Vec::new();
    for payee in payees {
        for section in sections(tx, whose, payee)? {
            months.extend(month_of(tx, &section, from, to)?);
        }
    }
    Ok(months)
}

fn month_of(
    tx: &mut Tx<'_>,
    section: &Section<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<MonthMoney>> {
    let month = of_section(tx, section, from, to)?;
    let is_empty = month.opening.is_zero()
        && month.closing.is_zero()
        && month.entries.is_empty()
        && month.open_payouts.is_empty();
    let is_told = !is_empty || !month.held_adjustments.is_empty() || !month.invoices.is_empty();
    Ok(is_told.then_some(month))
}

fn of_section(tx: &mut Tx<'_>, section: &Section<'_>, from: Timestamp, to: Timestamp) -> Result<MonthMoney> {
    let Section {
        payee,
        asset,
        available,
        pending,
        ..
    } = section;
    let asset = *asset;
    let Seen {
        met,
        opening,
        closing,
        reserved,
    } = entries(tx, available, from, to, |_| true)?;
    let held = entries(tx, pending, from, to, |step| {
        step.transaction.cause == journal::ADJUSTMENT
    })?
    .met;
    let mut open_payouts = Vec::new();
    for reservation in reserved.iter().rev() {
        open_payouts.extend(open_payout(tx, reservation, section)?);
    }
    let mut described = |met: Vec<SeenEntry>| {
        met.iter()
            .rev()
            .map(|met| describe(tx, met, section))
            .collect::<Result<Vec<_>>>()
    };
    let (entries, held_adjustments) = (described(met)?, described(held)?);
    // Invoices are the payee's own matter.
    let receivable = Account::of(AccountKind::CreatorReceivable, *payee, asset);
    let (invoiced, mut invoices) = match section.of_another() {
        Some(_) => (0, Vec::new()),
        None => {
            let invoiced = tx.balance(&receivable)?.posted(receivable.kind.side());
            (invoiced, invoices::of_account(tx, &receivable)?)
        }
    };
    invoices.retain(|invoice| {
        let paid_since = |paid: &invoices::Paid| crate::inputs::reader::midnight(paid.on) >= from;
        crate::inputs::reader::midnight(invoice.on) < to
            && (!invoice.open.is_zero() || invoice.paid.iter().any(paid_since))
    });
    let owed = invoiced + (-closing).max(0);
    Ok(MonthMoney {
        owed: Money::new(asset, owed),
        recovery_order: (owed > 0).then_some(payout::readiness::RECOVERY_ORDER),
        asset: asset.to_string(),
        payee: section.of_another().map(str::to_owned),
        opening: Money::new(asset, opening),
        entries,
        closing: Money::new(asset, closing),
        held_adjustments,
        open_payouts,
        invoiced: Money::new(asset, invoiced),
        invoices,
    })
}
