//! The entries of accounts in a span of time, each told in words, and payouts that have not arrived.

use super::section::Section;
use crate::base::error::{Error, Result};
use crate::books::{entry_of, walk};
use crate::payouts::program_balances;
use crate::payouts::rates::{origin, places};
use jiff::Timestamp;
use jiff::civil::Date;
use journal::{Change, Earned, Entry, Released, SubscriptionsReleased};
use ledger::{Account, AccountKind, AccountState};
use money::Money;
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{Step, StoredTransaction, Tx};

/// One change of a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoneyEntry {
    /// The day it was recorded (UTC).
    pub on: Date,
    /// The day it is of (UTC), where it was recorded on another.
    pub effective: Option<Date>,
    /// `earned`, `adjustment`, `payout`, `withheld`, `debt covered`, `payout returned`, `expired`, `expiry undone`, `invoiced`, `taken for an invoice` or the cause as booked.
    pub what: String,
    /// Who earned it, where that is not whom the statement is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// The program, where it is of one.
    pub program: Option<String>,
    /// The period it is of: of an adjustment, the original one; of LIVE, the one that it is booked for; of subscriptions, the day on which they became payable.
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
    /// Why an adjustment was made, a payout came back, or something is of another period than it is dated in.
    pub reason: Option<String>,
    /// Changed lines of an adjustment.
    pub changes: Vec<Change>,
    /// Key of the transaction in the books.
    pub key: String,
    /// Whether it is what was earned, or taken back of that.
    #[serde(skip)]
    pub(super) is_earning: bool,
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

/// What kind of posting changed the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What the entry says.
    Said,
    /// Tax that is withheld.
    Withheld,
    /// It covers what others, of whom the statement is not, are below zero; or the other way round.
    Debt,
}

/// An entry as it was met.
pub(super) struct SeenEntry {
    number: u64,
    effective: Timestamp,
    recorded: Timestamp,
    entry: Entry,
    key: Arc<str>,
    linked: Option<Arc<str>>,
    kind: Kind,
    earner: Arc<str>,
    change: i128,
}

/// What an account has in a span.
#[derive(Default)]
pub(super) struct Seen {
    /// Posted entries, newest first and one for each transaction.
    pub met: Vec<SeenEntry>,
    /// The balances before and after.
    pub opening: i128,
    pub closing: i128,
    /// Reservations of the span, and older ones that hold.
    pub reserved: Vec<StoredTransaction>,
}

/// The entries of accounts of all programs and sources, as of one balance.
pub(super) fn entries(
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
        // What one program or creator covers of another's debt leaves the balance as it is.
        let is_debt = posting.debit.kind == posting.credit.kind;
        let is_within = is_debt && accounts.contains(&posting.debit) && accounts.contains(&posting.credit);
        if step.change == 0 || is_within || !asks(step) {
            return Ok(ControlFlow::Continue(()));
        }
        let sides = [&posting.debit, &posting.credit];
        let is_withheld = sides
            .iter()
            .any(|account| account.kind == AccountKind::CreatorWithheld);
        let kind = match (is_debt, is_withheld) {
            (true, _) => Kind::Debt,
            (false, true) => Kind::Withheld,
            (false, false) => Kind::Said,
        };
        let own = if step.is_debit {
            &posting.debit
        } else {
            &posting.credit
        };
        let place = (transaction.number, kind, own.earner());
        match seen.met.last_mut() {
            Some(last) if (last.number, last.kind, &last.earner) == place => last.change += step.change,
            _ => seen.met.push(SeenEntry {
                number: transaction.number,
                effective: transaction.effective,
                recorded,
                entry: entry_of(transaction)?,
                key: transaction.key.clone(),
                linked: transaction.linked_key.clone(),
                kind,
                earner: own.earner().clone(),
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
pub(super) fn open_payout(
    tx: &mut Tx<'_>,
    reservation: &StoredTransaction,
    section: &Section<'_>,
) -> Result<Option<OpenPayout>> {
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
        .filter(|posting| program_balances::is_taken(posting))
        .filter(|posting| {
            section
                .available
                .iter()
                .any(|state| state.account == posting.debit)
        });
    let reason = match ended.as_ref().map(entry_of).transpose()? {
        Some(Entry::PayoutVoided(voided)) => voided.reason,
        _ => None,
    };
    Ok(Some(OpenPayout {
        on: reservation.recorded.to_zoned(jiff::tz::TimeZone::UTC).date(),
        reference: program_balances::detail(reservation)?.reference,
        amount: Money::new(
            section.asset,
            taken.map(|posting| i128::from(posting.amount)).sum(),
        ),
        state: match ended {
            Some(_) => "not paid",
            None => "under way",
        },
        reason,
    }))
}

pub(super) fn describe(tx: &mut Tx<'_>, met: &SeenEntry, section: &Section<'_>) -> Result<MoneyEntry> {
    let day = |time: Timestamp| time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let on = day(met.recorded);
    let mut told = MoneyEntry {
        on,
        effective: Some(day(met.effective)).filter(|effective| *effective != on),
        what: word(met).to_owned(),
        creator: Some(&met.earner)
            .filter(|earner| ***earner != *section.id())
            .map(ToString::to_string),
        program: None,
        period: None,
        amount: Money::new(section.asset, met.change),
        reference: None,
        arrives: None,
        rate: None,
        reason: None,
        changes: Vec::new(),
        key: met.key.to_string(),
        is_earning: met.kind == Kind::Said && is_earning(&met.entry),
    };
    told.program = met.entry.program().map(str::to_owned);
    let booked_for = met.entry.booked_for();
    told.period = booked_for.map(|booked_for| booked_for.period.to_string());
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
    if let Some(dated) = booked_for.and_then(|booked_for| booked_for.late_of.as_ref()) {
        let late = format!("dated in {dated}, which was closed");
        told.reason = Some(
            told.reason
                .map_or(late.clone(), |reason| format!("{reason}; {late}")),
        );
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
    if let (Some(used), false) = (detail.rate, met.kind == Kind::Withheld) {
        told.arrives = Some(detail.arrives);
        let origin = origin(&used.source, used.file.as_deref());
        told.rate = Some(format!("{} of {} ({origin})", places(&used.rate), used.date));
    }
    Ok(())
}

/// Whether it is what somebody earned, or what was taken back of that.
const fn is_earning(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::Earned(_)
            | Entry::Adjusted(_)
            | Entry::Released(_)
            | Entry::SubscriptionsReleased(_)
            | Entry::DiamondsRedeemed(_)
            | Entry::GiftReversed(_)
    )
}

fn word(met: &SeenEntry) -> &str {
    if met.kind == Kind::Debt {
        return "debt covered";
    }
    match (&met.entry, met.kind == Kind::Withheld) {
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
