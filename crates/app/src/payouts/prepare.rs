//! Preparing batches: everybody who can be paid, with the money reserved in the same database transaction.

use super::batches;
use super::fixed::{self, Fixed, OfDay, Pair};
use super::offset;
use super::payee_balances::{self, PayeeBalance};
use super::payee_records;
use super::reservation;
use super::rules::Rules;
use super::stored::{self, StoredBatch};
use super::whole::books_to_write;
use crate::base::brought::Brought;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::post_all;
use crate::settling::pending;
use crate::workspace::Workspace;
use jiff::civil::Date;
use ledger::Transaction;
use payout::batch::{Arriving, ArrivingError, Batch, BatchId, Market, Payout, PayoutOrder, arriving};
use payout::calendar::{execution_day, in_time};
use payout::payee::Payee;
use payout::readiness::{Payable, Readiness, Terms};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// Payouts of one batch at most; more make several batches.
const MAX_PAYOUTS: usize = 5_000;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct BatchSelection {
    /// Only these programs' money; empty: all.
    pub programs: Vec<String>,
    /// Only balances in this currency.
    pub currency: Option<String>,
    /// The day on which the bank is asked to pay; today if absent. It is moved where banks do not pay then.
    pub execution_date: Option<Date>,
    /// A file of exchange rates instead of the configured one.
    pub fx: Option<Brought>,
}

/// Who is paid, and what of it arrives.
struct Ready<'a> {
    payee_balance: &'a PayeeBalance,
    payee: &'a Payee,
    payable: Box<Payable>,
    arriving: Arriving,
}

/// Prepares a batch for each currency in which somebody can be paid, and takes open invoices off what would be paid. Whose
/// exchange rate is missing waits, and the progress is told; so is it when invoices take all, which makes no batch.
pub fn prepare(
    workspace: &Workspace,
    selection: &BatchSelection,
    context: &Context<'_>,
) -> Result<Vec<StoredBatch>> {
    let today = context.today();
    context.person()?;
    let asked = selection.execution_date.unwrap_or(today);
    let execution_date = execution_day(asked, today);
    in_time(execution_date, today).map_err(|late| {
        Error::usage("payout/execution-date", late.to_string())
            .hint("prepare a batch when its day is near: until then its money would be reserved")
    })?;
    let rates = super::rates::of(workspace, selection.fx.as_ref())?;
    let terms = payee_balances::terms(workspace, rates.as_ref(), today);
    let store = books_to_write(workspace, context)?;
    store.read(|tx| tx.must_be_whole())?;
    let earnings = pending::earnings(&store, workspace, today)?;
    store.write(context.once(), context.recorded, |tx| {
        let rules = Rules::read(tx, context.today())?;
        for id in &selection.programs {
            rules.must_know(tx, id)?;
        }
        let mut all = payee_balances::released(tx, workspace, &earnings, context)?;
        let creditors = payee_balances::creditors(&all);
        rules.tell_missing(&creditors, context);
        let payees = payee_records::all(tx)?;
        let asks = Asks {
            selection,
            rules: &rules,
            terms: &terms,
            market: Market {
                rates: rates.as_ref(),
                minimums: &workspace.config().payout.minimum,
                on: today,
            },
        };
        let Found {
            ready,
            no_rate,
            offsets,
            compared,
        } = found(&mut all, &payees, &asks, context)?;
        context.check()?;
        post_all(tx, &offsets)?;
        if ready.is_empty() && !no_rate.is_empty() {
            return Err(no_rates(&no_rate));
        }
        if ready.is_empty() && !offsets.is_empty() {
            context.progress.note(&format!(
                "nobody is paid: what {} creators would get has gone to their invoices (`permille payout invoices --all`)",
                offsets.len()
            ));
            return Ok(Vec::new());
        }
        let day = OfDay {
            rates: rates.as_ref(),
            today,
            clock: context.clock_day(),
            compared: &compared,
            rules: &rules,
        };
        let made = make(tx, &ready, execution_date, day, workspace, context)?;
        if execution_date != asked {
            context.progress.note(&fixed::moved(asked, execution_date, today));
        }
        if let [(creator, missing), ..] = &no_rate[..] {
            context.progress.note(&format!(
                "{} payouts wait for an exchange rate, such as that of {creator}: {missing}; `permille payout preview` lists them",
                no_rate.len()
            ));
        }
        Ok(made)
    })
}

/// By what it is decided who is paid.
struct Asks<'a> {
    selection: &'a BatchSelection,
    rules: &'a Rules,
    terms: &'a Terms<'a>,
    market: Market<'a>,
}

/// Who is paid, who waits for a rate, what is taken for invoices first, and at which rates thresholds and minimums were compared.
#[derive(Default)]
struct Found<'a> {
    ready: Vec<Ready<'a>>,
    no_rate: Vec<(String, String)>,
    offsets: Vec<Transaction>,
    compared: BTreeSet<Pair>,
}

fn found<'a>(
    all: &'a mut [PayeeBalance],
    payees: &'a BTreeMap<String, Payee>,
    asks: &Asks<'_>,
    context: &Context<'_>,
) -> Result<Found<'a>> {
    let mut found = Found::default();
    context.progress.stage("payouts", Some(all.len() as u64));
    for (done, payee_balance) in all.iter_mut().enumerate() {
        context.progress.position(done as u64 + 1);
        let currency = asks.selection.currency.as_deref();
        let other = currency.is_some_and(|code| code != payee_balance.asset.code());
        let Some(payee) = payees.get(&payee_balance.payee).filter(|_| !other) else {
            continue;
        };
        found
            .compared
            .extend(payee_balance.compared(payee, asks.rules, asks.market.minimums));
        let without = without_invoice(payee_balance, payee, asks)?;
        let answer =
            payee_balance.readiness(Some(payee), asks.rules, asks.terms, &asks.selection.programs)?;
        let paid = match answer {
            Readiness::Blocked(_) => None,
            Readiness::Payable(payable) => match arrives(&payable, asks.market) {
                Ok(arriving) => Some((payable, arriving)),
                Err(error) if error.blocker().is_some() => None,
                Err(error) => {
                    found
                        .no_rate
                        .push((payee_balance.payee.clone(), error.to_string()));
                    continue;
                }
            },
        };
        if let Some(without) = without {
            found
                .offsets
                .push(offset::take(payee_balance, &without, context.now)?);
        }
        if let Some((payable, arriving)) = paid {
            found.ready.push(Ready {
                payee_balance,
                payee,
                payable,
                arriving,
            });
        }
    }
    Ok(found)
}

/// What would be paid to a creator with an open invoice if there were none: that is what the invoice is taken from.
fn without_invoice(
    payee_balance: &PayeeBalance,
    payee: &Payee,
    asks: &Asks<'_>,
) -> Result<Option<Box<Payable>>> {
    if payee_balance.invoiced == 0 {
        return Ok(None);
    }
    let free = PayeeBalance {
        invoiced: 0,
        ..payee_balance.clone()
    };
    Ok(
        match free.readiness(Some(payee), asks.rules, asks.terms, &asks.selection.programs)? {
            Readiness::Payable(payable) => Some(payable),
            Readiness::Blocked(_) => None,
        },
    )
}

pub(super) fn arrives(payable: &Payable, market: Market<'_>) -> std::result::Result<Arriving, ArrivingError> {
    let arriving = arriving(payable.net, &payable.method, market)?;
    match reservation::fits(arriving.amount) {
        true => Ok(arriving),
        false => Err(ArrivingError::TooLarge {
            amount: arriving.amount,
        }),
    }
}

fn no_rates(waiting: &[(String, String)]) -> Error {
    let (creator, missing) = &waiting[0];
    Error::refused(
        "payout/fx",
        format!(
            "nobody can be paid: {} payouts have no exchange rate, such as that of {creator}: {missing}",
            waiting.len()
        ),
    )
    .hint(
        "give a history in the ECB's format with --fx FILE or `fx` under [payout] in permille.toml; nothing was prepared",
    )
}

fn make(
    tx: &mut Tx<'_>,
    ready: &[Ready<'_>],
    on: Date,
    day: OfDay<'_>,
    workspace: &Workspace,
    context: &Context<'_>,
) -> Result<Vec<StoredBatch>> {
    let mut by_asset: BTreeMap<String, Vec<&Ready<'_>>> = BTreeMap::new();
    for one in ready {
        // What rounding or a rail leaves nothing of stays in the balance.
        if !one.arriving.amount.is_zero() {
            by_asset
                .entry(one.payee_balance.asset.to_string())
                .or_default()
                .push(one);
        }
    }
    if by_asset.is_empty() {
        return Err(Error::refused("payout/nothing", "nobody can be paid now")
            .hint("`permille payout preview` says for every creator what is in the way"));
    }
    let mut made = Vec::new();
    let mut number = stored::of_day(tx, context.today())?;
    for (asset, group) in by_asset {
        for chunk in group.chunks(MAX_PAYOUTS) {
            number += 1;
            let id = BatchId::new(&format!("{}-{number}", context.today()))
                .map_err(|e| Error::bug("payout/batch-id", e.to_string()))?;
            let payouts = reserved(tx, &id, chunk, workspace, context)?;
            let by_payee = chunk.iter().map(|one| {
                let of = one.payee_balance.held.keys().map(String::as_str).collect();
                (one.payee_balance.payee.as_str(), of)
            });
            let fixed = Fixed::at_preparation(tx, workspace, &payouts, &by_payee.collect(), day)?;
            let batch = Batch::prepare(id, on, payouts, context.user, context.clock);
            let stored = StoredBatch {
                put_back: Vec::new(),
                batch: batch.map_err(batches::refused)?,
                asset: asset.clone(),
                fixed,
                approval: None,
                export: None,
            };
            stored::begin(tx, &stored)?;
            made.push(stored);
        }
    }
    Ok(made)
}

/// The payouts of a batch, with their money reserved.
fn reserved(
    tx: &mut Tx<'_>,
    id: &BatchId,
    ready: &[&Ready<'_>],
    workspace: &Workspace,
    context: &Context<'_>,
) -> Result<Vec<Payout>> {
    let fees = workspace.config().payout.fees;
    let mut payouts = Vec::with_capacity(ready.len());
    let mut reservations = Vec::with_capacity(ready.len());
    for one in ready {
        let order = PayoutOrder::of(one.payee, &one.payable, one.arriving.clone(), fees);
        let payout = Payout::new(id, order).map_err(|e| Error::bug("payout/order", e.to_string()))?;
        let basis = one.payable.withholding.basis;
        reservations.push(reservation::reserve(
            one.payee_balance,
            id,
            &payout,
            basis,
            context.now,
        )?);
        payouts.push(payout);
    }
    post_all(tx, &reservations)?;
    Ok(payouts)
}
