//! The money of a creator's month: what was carried in, what became payable, what was adjusted, withheld and paid, and
//! what is carried on.
//!
//! It is read off the creator's available balance in the books, by the day each entry was recorded: the entries of a
//! month never change afterwards, and one month's carried balance is the next one's opening balance.

use crate::base::error::{Error, Result};
use crate::books::{entry_of, walk};
use crate::payouts::invoices::{self, Invoice};
use crate::payouts::program_balances;
use crate::payouts::rates::{origin, places};
use jiff::Timestamp;
use jiff::civil::Date;
use journal::{Change, Earned, Entry, Released, SubscriptionsReleased};
use ledger::{Account, AccountKind, AccountState};
use money::{Asset, Money};
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{AccountFilter, Step, StoredTransaction, Tx};

/// The money of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthMoney {
    /// The asset, e.g. `USD/6`.
    pub asset: String,
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

/// One change of a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoneyEntry {
    /// The day it was recorded (UTC).
    pub on: Date,
    /// The day it is of (UTC), where it was recorded on another.
    pub effective: Option<Date>,
    /// `earned`, `adjustment`, `payout`, `withheld`, `payout returned`, `expired`, `expiry undone`, `invoiced`, `taken for an invoice` or the cause as booked.
    pub what: String,
    /// The program, where it is of one.
    pub program: Option<String>,
    /// The period it is of: of an adjustment, the original one; of subscriptions, the day on which they became payable.
    pub period: Option<String>,
    /// By how much the balance changed.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// A payout's reference at the bank, or an invoice's.
    pub reference: Option<String>,
    /// What arrived of a payout, where it was converted.
    pub arrives: Option<String>,
    /// The exchange rate, its day and source.
    pub rate: Option<String>,
    /// Why an adjustment was made, or a payout came back.
    pub reason: Option<String>,
    /// Changed lines of an adjustment.
    pub changes: Vec<Change>,
    /// Key of the transaction in the books.
    pub key: String,
}

/// A payout that has not arrived: its money is reserved in the balance, or free again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenPayout {
    /// The day it was prepared (UTC).
    pub on: Date,
    /// Its reference at the bank.
    pub reference: String,
    /// What it takes from the balance.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// `under way`, or `not paid`: its money stands in the balance again.
    pub state: &'static str,
    /// Why it was not paid, as the bank or the platform said.
    pub reason: Option<String>,
}

/// An entry as it was met.
struct SeenEntry {
    number: u64,
    effective: Timestamp,
    recorded: Timestamp,
    entry: Entry,
    key: Arc<str>,
    linked: Option<Arc<str>>,
    is_withheld: bool,
    change: i128,
}

/// The money of a creator from one instant to another, by asset.
pub fn money(tx: &mut Tx<'_>, creator: &str, from: Timestamp, to: Timestamp) -> Result<Vec<MonthMoney>> {
    let mut assets = BTreeSet::new();
    for kind in [AccountKind::CreatorAvailable, AccountKind::CreatorPending] {
        for state in tx.accounts(&AccountFilter::of(kind, creator))? {
            assets.insert(state.account.asset);
        }
    }
    let mut months = Vec::new();
    for asset in assets {
        let month = of_asset(tx, creator, asset, from, to)?;
        let is_empty = month.opening.is_zero()
            && month.closing.is_zero()
            && month.entries.is_empty()
            && month.open_payouts.is_empty();
        if !is_empty || !month.held_adjustments.is_empty() || !month.invoices.is_empty() {
            months.push(month);
        }
    }
    Ok(months)
}

fn of_asset(
    tx: &mut Tx<'_>,
    creator: &str,
    asset: Asset,
    from: Timestamp,
    to: Timestamp,
) -> Result<MonthMoney> {
    let mut states = |kind| tx.accounts(&AccountFilter::in_asset(kind, creator, asset));
    let available = states(AccountKind::CreatorAvailable)?;
    let pending = states(AccountKind::CreatorPending)?;
    let Seen {
        met,
        opening,
        closing,
        reserved,
    } = entries(tx, &available, from, to, |_| true)?;
    let held = entries(tx, &pending, from, to, |step| {
        step.transaction.cause == journal::ADJUSTMENT
    })?
    .met;
    let mut open_payouts = Vec::new();
    for reservation in reserved.iter().rev() {
        open_payouts.extend(open_payout(tx, reservation, asset)?);
    }
    let mut described = |met: Vec<SeenEntry>| {
        met.iter()
            .rev()
            .map(|met| describe(tx, met, asset))
            .collect::<Result<Vec<_>>>()
    };
    let (entries, held_adjustments) = (described(met)?, described(held)?);
    let receivable = Account::of(AccountKind::CreatorReceivable, creator, asset);
    let invoiced = tx.balance(&receivable)?.posted(receivable.kind.side());
    let mut invoices = invoices::of_account(tx, &receivable)?;
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
        opening: Money::new(asset, opening),
        entries,
        closing: Money::new(asset, closing),
        held_adjustments,
        open_payouts,
        invoiced: Money::new(asset, invoiced),
        invoices,
    })
}

/// What an account has in a span.
#[derive(Default)]
struct Seen {
    /// Posted entries, newest first and one for each transaction.
    met: Vec<SeenEntry>,
    /// The balances before and after.
    opening: i128,
    closing: i128,
    /// Reservations of the span, and older ones that hold.
    reserved: Vec<StoredTransaction>,
}

/// The entries of accounts of all programs and sources, as of one balance.
fn entries(
    tx: &mut Tx<'_>,
    states: &[AccountState],
    from: Timestamp,
    to: Timestamp,
    asks: impl Fn(&Step<'_>) -> bool,
) -> Result<Seen> {
    let mut seen = Seen::default();
    let (mut opening, mut closing) = (None, None);
    let mut still_reserved: u64 = states.iter().map(|state| state.balance.debits_pending).sum();
    let accounts: Vec<Account> = states.iter().map(|state| state.account.clone()).collect();
    // Nothing was recorded after what came later: where a clock was wrong, the time of the next entry is nearer.
    let mut recorded = Timestamp::MAX;
    walk(tx, &accounts, |step| {
        let transaction = step.transaction;
        recorded = recorded.min(transaction.recorded);
        let posting = &transaction.postings[step.index];
        if transaction.is_pending() && step.is_debit {
            still_reserved = still_reserved.saturating_sub(posting.amount);
        }
        if recorded >= to {
            return Ok(ControlFlow::Continue(()));
        }
        closing.get_or_insert(step.balance);
        let is_before = recorded < from;
        if transaction.action == "reserve" && (transaction.is_pending() || !is_before) {
            let is_same = |last: &StoredTransaction| last.number == transaction.number;
            if !seen.reserved.last().is_some_and(is_same) {
                seen.reserved.push(transaction.clone());
            }
        }
        if is_before {
            opening.get_or_insert(step.balance);
            return Ok(match still_reserved {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            });
        }
        // What one program covers of another's debt leaves the balance as it is.
        let is_within = posting.debit.kind == posting.credit.kind;
        if step.change == 0 || is_within || !asks(step) {
            return Ok(ControlFlow::Continue(()));
        }
        let is_withheld = [&posting.debit, &posting.credit]
            .iter()
            .any(|account| account.kind == AccountKind::CreatorWithheld);
        match seen.met.last_mut() {
            Some(last) if last.number == transaction.number && last.is_withheld == is_withheld => {
                last.change += step.change
            }
            _ => seen.met.push(SeenEntry {
                number: transaction.number,
                effective: transaction.effective,
                recorded,
                entry: entry_of(transaction)?,
                key: transaction.key.clone(),
                linked: transaction.linked_key.clone(),
                is_withheld,
                change: step.change,
            }),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    // So does money that has another source than was thought.
    seen.met.retain(|met| met.change != 0);
    seen.opening = opening.unwrap_or(0);
    seen.closing = closing.unwrap_or(0);
    Ok(seen)
}

/// A reservation of a payout that was not settled.
fn open_payout(tx: &mut Tx<'_>, reservation: &StoredTransaction, asset: Asset) -> Result<Option<OpenPayout>> {
    let ended = match reservation.ended_by {
        Some(number) => tx.transaction_number(number)?,
        None => None,
    };
    let after_all = format!("{}/after-all", reservation.key);
    if tx.transaction(&after_all)?.is_some() {
        return Ok(None);
    }
    if ended.as_ref().is_some_and(|ended| ended.is_posted()) {
        return Ok(None);
    }
    let taken = reservation
        .postings
        .iter()
        .filter(|posting| program_balances::is_taken(posting));
    let reason = match ended.as_ref().map(entry_of).transpose()? {
        Some(Entry::PayoutVoided(voided)) => voided.reason,
        _ => None,
    };
    Ok(Some(OpenPayout {
        on: reservation.recorded.to_zoned(jiff::tz::TimeZone::UTC).date(),
        reference: program_balances::detail(reservation)?.reference,
        amount: Money::new(asset, taken.map(|posting| i128::from(posting.amount)).sum()),
        state: match ended {
            Some(_) => "not paid",
            None => "under way",
        },
        reason,
    }))
}

fn describe(tx: &mut Tx<'_>, met: &SeenEntry, asset: Asset) -> Result<MoneyEntry> {
    let day = |time: Timestamp| time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let on = day(met.recorded);
    let mut told = MoneyEntry {
        on,
        effective: Some(day(met.effective)).filter(|effective| *effective != on),
        what: word(met).to_owned(),
        program: None,
        period: None,
        amount: Money::new(asset, met.change),
        reference: None,
        arrives: None,
        rate: None,
        reason: None,
        changes: Vec::new(),
        key: met.key.to_string(),
    };
    told.program = met.entry.program().map(str::to_owned);
    match &met.entry {
        Entry::Earned(Earned { period, .. }) | Entry::Released(Released { period, .. }) => {
            told.period = Some(period.clone());
        }
        Entry::Adjusted(Earned { period, changes, .. }) => {
            told.period = Some(period.clone());
            let reasons: BTreeSet<&str> = changes.iter().map(|change| change.reason.as_str()).collect();
            let reasons = reasons.into_iter().collect::<Vec<_>>().join(", ");
            told.reason = (!reasons.is_empty()).then_some(reasons);
            told.changes.clone_from(changes);
        }
        Entry::SubscriptionsReleased(SubscriptionsReleased { payable_on, .. }) => {
            told.period = Some(payable_on.clone());
        }
        Entry::PayoutReturned(moved) | Entry::PayoutAfterAll(moved) => {
            told.reference = Some(moved.reference.clone());
            told.reason = Some(moved.reason.clone());
        }
        Entry::Invoiced(invoiced) => told.reference = Some(invoiced.reference.clone()),
        Entry::GiftReversed(reversed) => told.reason = Some(reversed.reason.clone()),
        Entry::PayoutPaid => paid(tx, met, &mut told)?,
        _ => {}
    }
    Ok(told)
}

/// What a payout's reservation says of it.
fn paid(tx: &mut Tx<'_>, met: &SeenEntry, told: &mut MoneyEntry) -> Result<()> {
    let linked = met.linked.as_deref().unwrap_or_default();
    let reservation = tx.transaction(linked)?.ok_or_else(|| {
        Error::bad_input(
            "statement/books",
            format!("the books have no reservation `{linked}`"),
        )
    })?;
    let detail = program_balances::detail(&reservation)?;
    told.reference = Some(detail.reference);
    if let (Some(used), false) = (detail.rate, met.is_withheld) {
        told.arrives = Some(detail.arrives);
        let origin = origin(&used.source, used.file.as_deref());
        told.rate = Some(format!("{} of {} ({origin})", places(&used.rate), used.date));
    }
    Ok(())
}

fn word(met: &SeenEntry) -> &str {
    match (&met.entry, met.is_withheld) {
        (Entry::PayoutPaid | Entry::PayoutAfterAll(_), true) => "tax withheld",
        (Entry::PayoutPaid | Entry::PayoutAfterAll(_), false) => "payout",
        (Entry::PayoutReturned(_), true) => "tax given back",
        (Entry::PayoutReturned(_), false) => "payout returned",
        (Entry::Released(_) | Entry::SubscriptionsReleased(_), _) => "earned",
        (Entry::Expired(_), _) => "expired",
        (Entry::ExpiryUndone(_), _) => "expiry undone",
        (Entry::Invoiced(_), _) => "invoiced",
        (Entry::Offset, _) => "taken for an invoice",
        (Entry::GiftReversed(_), _) => "gifts taken back",
        (entry, _) => entry.cause(),
    }
}
