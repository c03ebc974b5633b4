//! A payout in the books: reserved when it is prepared, settled or given back when the bank has answered.
//!
//! | step | key | postings |
//! |---|---|---|
//! | prepared | `payout/PAY` | reserved: creator-available to cash-at-bank (through fx-clearing in two currencies), to creator-withheld; what programs and creators are below zero is covered out of others: creator-available to creator-available |
//! | succeeded | `payout/PAY/settle` | the reservation is booked |
//! | | `payout/PAY/tax` | creator-withheld to tax-payable:US |
//! | failed, cancelled | `payout/PAY/void` | the reservation is given back |
//! | failed, and paid after all | `payout/PAY/after-all`, `payout/PAY/tax` | what was reserved is booked; the balance may fall below zero |
//! | returned, and paid after all | `payout/PAY/after-all`, `payout/PAY/tax-after-all` | the return is booked the other way round, with what the bank kept |
//! | returned | `payout/PAY/tax-return`, `payout/PAY/return` | both are booked the other way round |
//! | | | what the bank kept: payout-fees:bank to cash-at-bank; of the creator who bears fees: creator-available to cash-at-bank |

use super::payee_balances::PayeeBalance;
use super::program_balances::{self, Whose, cannot_divide, units_in};
use super::stored::reservation_key;
use crate::base::error::{Error, Result};
use crate::books::flow;
use jiff::Timestamp;
use journal::{Entry, PayoutMoved, PayoutReserved, PayoutVoided, RateUsed};
use ledger::{Account, AccountKind, Action, Posting, Transaction};
use money::{Asset, Money, Rounding};
use payout::batch::{BatchId, FeeBearer, Payout};
use payout::division::{self, Taxed};
use payout::withholding::WithholdingBasis;
use store::{StoredPosting, StoredTransaction, Tx};

/// The authority that withheld tax is owed to.
const AUTHORITY: &str = "US";

/// Whose fees of transfers are.
const FEES_OF: &str = "bank";

/// The reservation of a payout: it takes the money of the programs that are due, of every creator in proportion, and covers what others are
/// below zero. Tax is withheld of what is taken.
pub(super) fn reserve(
    payee_balance: &PayeeBalance,
    batch: &BatchId,
    payout: &Payout,
    basis: WithholdingBasis,
    at: Timestamp,
) -> Result<Transaction> {
    let asset = payee_balance.asset;
    let withheld = units_in(payout.withheld, asset)?;
    // In one currency, what its rail cannot carry stays with the creator; in two, the rounding is the exchange's.
    let net = match &payout.conversion {
        None => units_in(payout.amount, asset)?,
        Some(_) => units_in(payout.net, asset)?,
    };
    let is_due = |program: &str| payout.shares.iter().any(|share| share.program == program);
    let held = payee_balance.payable_of();
    let wrong = |error| cannot_divide(&error, &payee_balance.payee, &held);
    let division = division::payout(&division::together(&held), is_due, withheld + net).map_err(wrong)?;
    let of_whom = division::of_whom(&held, &division).map_err(wrong)?;
    let taxed = match basis {
        WithholdingBasis::WithoutForm | WithholdingBasis::UsPerson => Taxed::All,
        WithholdingBasis::WithoutTreaty | WithholdingBasis::Treaty => Taxed::Us,
    };
    let tax = division::withheld(&division.parts, withheld, taxed).map_err(wrong)?;
    let tax = division::shared_by(&of_whom.parts, &tax).map_err(wrong)?;
    let mut nets = of_whom.parts;
    for (creator, parts) in &tax {
        for (slot, units) in parts {
            let net = nets.entry(creator.clone()).or_default();
            *net.entry(slot.clone()).or_default() -= units;
        }
    }
    let whose = payee_balance.whose();
    let reference = payout.end_to_end_id.as_str();
    let mut postings = whose.moves(&of_whom.moves)?;
    match &payout.conversion {
        None => {
            let bank = Account::platform(AccountKind::CashAtBank, asset);
            postings.extend(whose.taken(&nets, &bank, Some(reference))?);
        }
        Some(_) => {
            let arriving = arriving_asset(payout.amount)?;
            let clearing = |asset| Account::platform(AccountKind::FxClearing, asset);
            let bank = Account::platform(AccountKind::CashAtBank, arriving);
            postings.extend(whose.taken(&nets, &clearing(asset), Some(reference))?);
            let units = units_in(payout.amount, arriving)?;
            postings.extend(flow(&clearing(arriving), &bank, units, Some(reference.into()))?);
        }
    }
    for (creator, parts) in &tax {
        for (slot, units) in parts {
            let (available, kept) = (whose.available(creator, slot), whose.withheld(slot));
            postings.extend(flow(&available, &kept, *units, Some("withheld".into()))?);
        }
    }
    let rate = payout.conversion.as_ref().map(|conversion| RateUsed {
        rate: conversion.rate.to_string(),
        date: conversion.published_on.to_string(),
        source: conversion.source.clone(),
        file: conversion.file.clone(),
    });
    let reserved = Entry::PayoutReserved(PayoutReserved {
        batch: batch.to_string(),
        payout: payout.id.to_string(),
        reference: payout.end_to_end_id.to_string(),
        arrives: payout.amount.to_string(),
        withheld: payout.withheld.to_string(),
        rate,
    });
    Ok(reserved.act(
        Action::Reserve { expires: None },
        reservation_key(payout),
        at,
        postings,
    ))
}

/// Whether the books hold an amount that arrives.
pub(super) fn fits(amount: Money) -> bool {
    let units = arriving_asset(amount).and_then(|asset| units_in(amount, asset));
    units.is_ok_and(|units| units <= i128::from(ledger::MAX_AMOUNT))
}

/// The asset of the books for a currency that arrives: millionths, or finer if it has finer units.
fn arriving_asset(amount: Money) -> Result<Asset> {
    let asset = amount.asset();
    let scale = asset.scale().max(Asset::MICRO_SCALE);
    asset
        .at_scale(scale)
        .map_err(|e| Error::bug("payout/asset", e.to_string()))
}

/// Gives a reservation back.
pub(super) fn void(payout: &Payout, reason: &str, at: Timestamp) -> Transaction {
    let voided = Entry::PayoutVoided(PayoutVoided {
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    });
    let pending = reservation_key(payout).into();
    voided.act(
        Action::Void { pending },
        format!("{}/void", reservation_key(payout)),
        at,
        Vec::new(),
    )
}

/// Books a payout that has succeeded.
pub(super) fn settle(tx: &mut Tx<'_>, payout: &Payout, at: Timestamp) -> Result<Vec<Transaction>> {
    let key = reservation_key(payout);
    let pending = key.as_str().into();
    let paid = Entry::PayoutPaid.act(
        Action::Settle { pending },
        format!("{key}/settle"),
        at,
        Vec::new(),
    );
    let mut batch = vec![paid];
    let reserved = reserved(tx, &key)?;
    batch.extend(tax(payout, &reserved, format!("{key}/tax"), at)?);
    Ok(batch)
}

/// What was withheld is owed to the authority from now on.
fn tax(
    payout: &Payout,
    reserved: &StoredTransaction,
    key: String,
    at: Timestamp,
) -> Result<Option<Transaction>> {
    let reference = || Some(payout.id.as_str().into());
    let mut postings = Vec::new();
    let is_withheld = |posting: &&StoredPosting| posting.credit.kind == AccountKind::CreatorWithheld;
    for withheld in reserved.postings.iter().filter(is_withheld) {
        let tax = Account::of(AccountKind::TaxPayable, AUTHORITY, withheld.credit.asset);
        postings.extend(flow(&withheld.credit, &tax, withheld.amount.into(), reference())?);
    }
    let is_nothing = postings.is_empty();
    Ok((!is_nothing).then(|| Entry::TaxOwed.post(key, at, postings)))
}

/// Books a payout whose money was given back, and that was paid all the same: what its return gave back is taken again, or what was
/// reserved where nothing had left.
pub(super) fn paid_after_all(
    tx: &mut Tx<'_>,
    payout: &Payout,
    reason: &str,
    at: Timestamp,
) -> Result<Vec<Transaction>> {
    let key = reservation_key(payout);
    let reserved = reserved(tx, &key)?;
    let detail = program_balances::detail(&reserved)?;
    let postings = match tx.transaction(&format!("{key}/return"))? {
        None => reserved.transaction()?.postings,
        Some(back) => mirrored(back.transaction()?.postings),
    };
    let paid = Entry::PayoutAfterAll(moved(payout, detail.batch, reason));
    let mut batch = vec![paid.post(format!("{key}/after-all"), at, postings)];
    let tax_key = match tx.transaction(&format!("{key}/tax"))? {
        None => format!("{key}/tax"),
        Some(_) => format!("{key}/tax-after-all"),
    };
    batch.extend(tax(payout, &reserved, tax_key, at)?);
    Ok(batch)
}

/// Whether the books hold a return of a payout.
pub(super) fn has_come_back(tx: &mut Tx<'_>, payout: &Payout) -> Result<bool> {
    Ok(tx
        .transaction(&format!("{}/return", reservation_key(payout)))?
        .is_some())
}

/// The same the other way round.
fn mirrored(postings: Vec<Posting>) -> Vec<Posting> {
    let mirrored = postings.into_iter().map(|posting| Posting {
        debit: posting.credit,
        credit: posting.debit,
        ..posting
    });
    mirrored.collect()
}

/// Books the opposite of a payout that had succeeded and came back.
pub(super) fn give_back(
    tx: &mut Tx<'_>,
    payout: &Payout,
    reason: &str,
    kept: Option<Money>,
    at: Timestamp,
) -> Result<Vec<Transaction>> {
    let key = reservation_key(payout);
    let mut batch = Vec::new();
    if tx.transaction(&format!("{key}/tax"))?.is_some() {
        let of = format!("{key}/tax").into();
        batch.push(Entry::TaxOwed.act(
            Action::Reverse { of },
            format!("{key}/tax-return"),
            at,
            Vec::new(),
        ));
    }
    let reserved = reserved(tx, &key)?;
    let detail = program_balances::detail(&reserved)?;
    let mut postings = mirrored(reserved.transaction()?.postings);
    if let Some(kept) = kept {
        postings.extend(fee(payout, &reserved, kept)?);
    }
    let back = Entry::PayoutReturned(moved(payout, detail.batch, reason));
    batch.push(back.post(format!("{key}/return"), at, postings));
    Ok(batch)
}

fn moved(payout: &Payout, batch: String, reason: &str) -> PayoutMoved {
    PayoutMoved {
        batch,
        payout: payout.id.to_string(),
        reference: payout.end_to_end_id.to_string(),
        reason: reason.to_owned(),
    }
}

/// What the bank kept of a return. The platform bears it, or the creator who bears the fees of transfers: then it is
/// taken at the payout's own rate from what is given back, of each program and source in proportion.
fn fee(payout: &Payout, reserved: &StoredTransaction, kept: Money) -> Result<Vec<Posting>> {
    let damaged = |what: &str| Error::bug("payout/reservation", format!("`{}` has no {what}", reserved.key));
    let mut taken = reserved.postings.iter();
    let bank = taken.find(|posting| posting.credit.kind == AccountKind::CashAtBank);
    let bank = &bank.ok_or_else(|| damaged("bank"))?.credit;
    let available = reserved
        .postings
        .iter()
        .find(|posting| program_balances::is_taken(posting));
    let available = &available.ok_or_else(|| damaged("creator"))?.debit;
    let units = units_in(kept, bank.asset)?;
    let reference = || Some("fee".into());
    let mut postings = Vec::new();
    if payout.fee_bearer != FeeBearer::Creator {
        let fees = Account::of(AccountKind::PayoutFees, FEES_OF, bank.asset);
        postings.extend(flow(&fees, bank, units, reference())?);
        return Ok(postings);
    }
    let whose = Whose {
        payee: &available.owner,
        asset: available.asset,
    };
    let taken = program_balances::taken(reserved);
    let bear = |borne: i128| {
        let parts = division::fee(&taken, borne);
        parts.map_err(|error| cannot_divide(&error, whose.payee, &taken))
    };
    match &payout.conversion {
        None => postings.extend(whose.taken(&bear(units)?, bank, Some("fee"))?),
        Some(conversion) => {
            let wrong = |e: String| Error::bug("payout/fee", e);
            let exact = kept.to_ratio().checked_div(conversion.rate);
            let exact = exact.map_err(|e| wrong(e.to_string()))?;
            let borne = Money::from_ratio(whose.asset, exact, Rounding::HalfEven);
            let borne = borne.map_err(|e| wrong(e.to_string()))?.value.units();
            let borne = borne.min(units_in(payout.net, whose.asset)?);
            let clearing = |asset| Account::platform(AccountKind::FxClearing, asset);
            postings.extend(whose.taken(&bear(borne)?, &clearing(whose.asset), Some("fee"))?);
            postings.extend(flow(&clearing(bank.asset), bank, units, reference())?);
        }
    }
    Ok(postings)
}

fn reserved(tx: &mut Tx<'_>, key: &str) -> Result<StoredTransaction> {
    tx.transaction(key)?.ok_or_else(|| {
        Error::bad_input("payout/books", format!("the books have no reservation `{key}`"))
            .hint("`permille ledger verify` checks the books")
    })
}
