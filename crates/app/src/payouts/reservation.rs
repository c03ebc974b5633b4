//! A payout in the books: reserved when it is prepared, settled or given back when the bank has answered.
//!
//! | step | key | postings |
//! |---|---|---|
//! | prepared | `payout/PAY` | reserved: creator-available to cash-at-bank (through fx-clearing in two currencies), to creator-withheld, and the statistics of sources |
//! | succeeded | `payout/PAY/settle` | the reservation is booked |
//! | | `payout/PAY/tax` | creator-withheld to tax-payable:US |
//! | failed, cancelled | `payout/PAY/void` | the reservation is given back |
//! | failed, and paid after all | `payout/PAY/after-all`, `payout/PAY/tax` | what was reserved is booked; the balance may fall below zero |
//! | returned, and paid after all | `payout/PAY/after-all`, `payout/PAY/tax-after-all` | the return is booked the other way round, with what the bank kept |
//! | returned | `payout/PAY/tax-return`, `payout/PAY/return` | both are booked the other way round |
//! | | | what the bank kept: payout-fees:bank to cash-at-bank; of the creator who bears fees: creator-available to cash-at-bank |

use super::parts::{self, units_in};
use super::subjects::Subject;
use crate::books::{entry_of, flow};
use crate::error::{Error, Result};
use jiff::Timestamp;
use journal::{Entry, Part, Parts, PayoutMoved, PayoutReserved, PayoutVoided, RateUsed, total};
use ledger::{Account, AccountKind, Action, Posting, Transaction};
use money::{Asset, Money, Rounding, allocate};
use payout::batch::{BatchId, FeeBearer, Payout};
use store::{StoredTransaction, Tx};

/// The authority that withheld tax is owed to.
const AUTHORITY: &str = "US";

/// Whose fees of transfers are.
const FEES_OF: &str = "bank";

/// Key of a payout's reservation.
pub(super) fn key(payout: &Payout) -> String {
    format!("payout/{}", payout.id)
}

/// The reservation of a payout. `due` are the programs whose money it takes; a debt is offset by it.
pub(super) fn reserve(
    subject: &Subject,
    batch: &BatchId,
    payout: &Payout,
    at: Timestamp,
) -> Result<Transaction> {
    let asset = subject.asset;
    let withheld = units_in(payout.withheld, asset)?;
    // In one currency, what its rail cannot carry stays with the creator; in two, the rounding is the exchange's.
    let net = match &payout.conversion {
        None => units_in(payout.amount, asset)?,
        Some(_) => units_in(payout.net, asset)?,
    };
    let after = after(subject, payout, withheld + net)?;
    let us_taken = after.us_taken;
    let available = subject.account(AccountKind::CreatorAvailable);
    let reference = || Some(payout.end_to_end_id.as_str().into());
    let mut postings: Vec<Posting> = Vec::new();
    match &payout.conversion {
        None => {
            let bank = Account::platform(AccountKind::CashAtBank, asset);
            postings.extend(flow(&available, &bank, net, reference())?);
        }
        Some(_) => {
            let arriving = arriving_asset(payout.amount)?;
            let clearing = |asset| Account::platform(AccountKind::FxClearing, asset);
            let bank = Account::platform(AccountKind::CashAtBank, arriving);
            postings.extend(flow(&available, &clearing(asset), net, reference())?);
            postings.extend(flow(
                &clearing(arriving),
                &bank,
                units_in(payout.amount, arriving)?,
                reference(),
            )?);
        }
    }
    let held = subject.account(AccountKind::CreatorWithheld);
    postings.extend(flow(&available, &held, withheld, Some("withheld".into()))?);
    let contra = Account::platform(AccountKind::UsSourceContra, asset);
    postings.extend(flow(
        &subject.account(AccountKind::UsSource),
        &contra,
        us_taken,
        None,
    )?);
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
        shares: after.taken,
        after: after.left,
        open: subject.open.clone(),
    });
    Ok(reserved.act(Action::Reserve { expires: None }, key(payout), at, postings))
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

struct After {
    taken: Parts,
    left: Parts,
    us_taken: i128,
}

/// Who has how much after a payout takes `gross`: programs that are not in it keep theirs, debts are offset, and what is
/// too small to be paid stays with those that are.
fn after(subject: &Subject, payout: &Payout, gross: i128) -> Result<After> {
    let mut left = Parts::new();
    let mut due: Vec<(&str, Part)> = Vec::new();
    for (program, part) in &subject.parts {
        if payout.shares.iter().any(|share| share.program == *program) {
            due.push((program, *part));
        } else if part.units > 0 {
            left.insert(program.clone(), *part);
        }
    }
    let remains = subject.available - gross - total(&left);
    let keys: Vec<&str> = due.iter().map(|(program, _)| *program).collect();
    let weights: Vec<u128> = due.iter().map(|(_, part)| part.units.unsigned_abs()).collect();
    let split = |units: i128| {
        allocate(units, &weights, &keys).map_err(|e| Error::bug("payout/shares", e.to_string()))
    };
    let (rest, taken_units) = (split(remains)?, split(gross)?);
    let mut taken = Parts::new();
    let mut us_taken = 0;
    for ((program, part), (rest, units)) in due.iter().zip(rest.into_iter().zip(taken_units)) {
        let us_source = part.us_source.clamp(0, part.units.max(0));
        let us_left = if part.units > 0 {
            us_source * rest / part.units
        } else {
            0
        };
        us_taken += us_source - us_left;
        let share = Part {
            units,
            us_source: us_source - us_left,
        };
        taken.insert((*program).to_owned(), share);
        if rest != 0 {
            let kept = Part {
                units: rest,
                us_source: us_left,
            };
            left.insert((*program).to_owned(), kept);
        }
    }
    // A debt that is offset takes its statistics with it: the account holds what the parts left say, and no more.
    let us_of = |parts: &Parts| -> i128 { parts.values().map(|part| part.us_source).sum() };
    let offset = us_of(&subject.parts) - us_of(&left) - us_taken;
    if let Some(first) = taken.values_mut().next() {
        first.us_source += offset;
        us_taken += offset;
    }
    Ok(After {
        taken,
        left,
        us_taken,
    })
}

/// Gives a reservation back.
pub(super) fn void(payout: &Payout, reason: &str, at: Timestamp) -> Transaction {
    let voided = Entry::PayoutVoided(PayoutVoided {
        reason: (!reason.is_empty()).then(|| reason.to_owned()),
    });
    let pending = key(payout).into();
    voided.act(
        Action::Void { pending },
        format!("{}/void", key(payout)),
        at,
        Vec::new(),
    )
}

/// Books a payout that has succeeded.
pub(super) fn settle(tx: &mut Tx<'_>, payout: &Payout, at: Timestamp) -> Result<Vec<Transaction>> {
    let key = key(payout);
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
    let mut postings = reserved.postings.iter();
    let withheld = postings.find(|posting| posting.credit.kind == AccountKind::CreatorWithheld);
    let Some(withheld) = withheld else {
        return Ok(None);
    };
    let tax = Account::of(AccountKind::TaxPayable, AUTHORITY, withheld.credit.asset);
    let reference = Some(payout.id.as_str().into());
    let posting = flow(&withheld.credit, &tax, withheld.amount.into(), reference)?;
    Ok(posting.map(|posting| Entry::TaxOwed.post(key, at, vec![posting])))
}

/// Books a payout whose money was given back, and that was paid all the same: what its return gave back is taken again, or what was
/// reserved where nothing had left.
pub(super) fn paid_after_all(
    tx: &mut Tx<'_>,
    payout: &Payout,
    reason: &str,
    at: Timestamp,
) -> Result<Vec<Transaction>> {
    let key = key(payout);
    let reserved = reserved(tx, &key)?;
    let detail = parts::detail(&reserved)?;
    let (postings, shares) = match tx.transaction(&format!("{key}/return"))? {
        None => (reserved.transaction()?.postings, detail.shares),
        Some(back) => {
            let Entry::PayoutReturned(given) = entry_of(&back)? else {
                return Err(Error::bug(
                    "payout/detail",
                    format!("`{}` is no return", back.key),
                ));
            };
            (mirrored(back.transaction()?.postings), given.shares)
        }
    };
    let taken: Parts = shares
        .iter()
        .map(|(program, part)| (program.clone(), part.negated()))
        .collect();
    let paid = Entry::PayoutAfterAll(moved(payout, detail.batch, reason, taken));
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
    Ok(tx.transaction(&format!("{}/return", key(payout)))?.is_some())
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
    let key = key(payout);
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
    let mut detail = parts::detail(&reserved)?;
    let mut postings = mirrored(reserved.transaction()?.postings);
    if let Some(kept) = kept {
        postings.extend(fee(payout, &reserved, &mut detail.shares, kept)?);
    }
    let back = Entry::PayoutReturned(moved(payout, detail.batch, reason, detail.shares));
    batch.push(back.post(format!("{key}/return"), at, postings));
    Ok(batch)
}

fn moved(payout: &Payout, batch: String, reason: &str, shares: Parts) -> PayoutMoved {
    PayoutMoved {
        batch,
        payout: payout.id.to_string(),
        reference: payout.end_to_end_id.to_string(),
        reason: reason.to_owned(),
        shares,
    }
}

/// What the bank kept of a return. The platform bears it, or the creator who bears the fees of transfers: then it is
/// taken at the payout's own rate from what is given back, and from the `shares` of its programs.
fn fee(
    payout: &Payout,
    reserved: &StoredTransaction,
    shares: &mut Parts,
    kept: Money,
) -> Result<Vec<Posting>> {
    let damaged = |what: &str| Error::bug("payout/reservation", format!("`{}` has no {what}", reserved.key));
    let mut taken = reserved.postings.iter();
    let bank = taken.find(|posting| posting.credit.kind == AccountKind::CashAtBank);
    let bank = &bank.ok_or_else(|| damaged("bank"))?.credit;
    let mut taken = reserved.postings.iter();
    let available = taken.find(|posting| posting.debit.kind == AccountKind::CreatorAvailable);
    let available = &available.ok_or_else(|| damaged("creator"))?.debit;
    let units = units_in(kept, bank.asset)?;
    let reference = || Some("fee".into());
    let mut postings = Vec::new();
    if payout.fee_bearer != FeeBearer::Creator {
        let fees = Account::of(AccountKind::PayoutFees, FEES_OF, bank.asset);
        postings.extend(flow(&fees, bank, units, reference())?);
        return Ok(postings);
    }
    let asset = available.asset;
    let borne = match &payout.conversion {
        None => {
            postings.extend(flow(available, bank, units, reference())?);
            units
        }
        Some(conversion) => {
            let wrong = |e: String| Error::bug("payout/fee", e);
            let exact = kept.to_ratio().checked_div(conversion.rate);
            let exact = exact.map_err(|e| wrong(e.to_string()))?;
            let borne = Money::from_ratio(asset, exact, Rounding::HalfEven);
            let borne = borne.map_err(|e| wrong(e.to_string()))?.value.units();
            let borne = borne.min(units_in(payout.net, asset)?);
            let clearing = |asset| Account::platform(AccountKind::FxClearing, asset);
            postings.extend(flow(available, &clearing(asset), borne, reference())?);
            postings.extend(flow(&clearing(bank.asset), bank, units, reference())?);
            borne
        }
    };
    let us_source = bear(shares, borne)?;
    let contra = Account::platform(AccountKind::UsSourceContra, asset);
    let statistics = Account::of(AccountKind::UsSource, available.owner.clone(), asset);
    postings.extend(flow(&statistics, &contra, us_source, None)?);
    Ok(postings)
}

/// Takes a fee off the shares of programs, by largest remainder; gives what it takes of the US part.
fn bear(shares: &mut Parts, fee: i128) -> Result<i128> {
    let keys: Vec<String> = shares.keys().cloned().collect();
    let weights: Vec<u128> = shares.values().map(|part| part.units.unsigned_abs()).collect();
    let split = allocate(fee, &weights, &keys).map_err(|e| Error::bug("payout/fee", e.to_string()))?;
    let mut us_taken = 0;
    for (part, units) in shares.values_mut().zip(split) {
        let us_source = match part.units {
            0 => 0,
            whole => part.us_source * units / whole,
        };
        part.units -= units;
        part.us_source -= us_source;
        us_taken += us_source;
    }
    Ok(us_taken)
}

fn reserved(tx: &mut Tx<'_>, key: &str) -> Result<StoredTransaction> {
    tx.transaction(key)?.ok_or_else(|| {
        Error::bad_input("payout/books", format!("the books have no reservation `{key}`"))
            .hint("`permille ledger verify` checks the books")
    })
}
