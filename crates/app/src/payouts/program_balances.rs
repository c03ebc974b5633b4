//! What each program has in a payee's available balance, from each source and of each creator: the balances of the payee's accounts.
//!
//! A payout under way counts as if it had been paid: what it takes is gone, and what it covers of a program's debt is covered. Given
//! back, both are as they were.

use crate::base::error::{Cause, Error, Result};
use crate::books::collected::collected;
use crate::books::{creators, entry_of, flow};
use journal::{Entry, PayoutReserved};
use ledger::{Account, AccountKind, AccountState, Posting};
use money::{Asset, Money};
use payout::division::{DivisionError, Holdings, OfEarners, Piece, PieceMove, Slot, Source, together, total};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{AccountFilter, StoredPosting, StoredTransaction, Tx};

/// One program's part of a balance, in smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// How much; below zero when more was taken back than there was.
    pub units: i128,
    /// How much of it has a source in the United States.
    pub us_source: i128,
}

/// Parts by program; none is nothing.
pub fn by_program(held: &Holdings) -> BTreeMap<String, Part> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    for (slot, units) in held {
        let part = parts.entry(slot.program.clone()).or_default();
        part.units += units;
        if slot.source == Source::Us {
            part.us_source += units;
        }
    }
    parts.retain(|_, part| *part != Part::default());
    parts
}

/// What an account has, payouts under way counted as paid.
pub fn units_of(state: &AccountState) -> i128 {
    let side = state.account.kind.side();
    state.balance.posted(side) + state.balance.pending(side)
}

/// The program and source of an account's money; none: it names none.
pub fn slot_of(account: &Account) -> Option<Slot> {
    let stream = account.stream.as_ref()?;
    let source = match stream.source {
        ledger::Source::Us => Source::Us,
        ledger::Source::Other => Source::Other,
    };
    Some(Slot::new(&*stream.program, source))
}

const fn source_of(slot: &Slot) -> ledger::Source {
    match slot.source {
        Source::Us => ledger::Source::Us,
        Source::Other => ledger::Source::Other,
    }
}

/// All that a payee has available in an asset.
pub fn available(tx: &mut Tx<'_>, payee: &str, asset: Asset) -> Result<i128> {
    let filter = AccountFilter::in_asset(AccountKind::CreatorAvailable, payee, asset);
    Ok(tx.accounts(&filter)?.iter().map(units_of).sum())
}

/// Whose available balance.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'p> {
    /// The payee.
    pub payee: &'p str,
    /// The asset.
    pub asset: Asset,
}

impl Whose<'_> {
    /// The account of what is available of a creator's earnings with a program, from a source.
    pub fn available(&self, creator: &str, slot: &Slot) -> Account {
        collected(self.payee, creator, self.asset, (&slot.program, source_of(slot)))
    }

    /// The account of tax that is withheld of money of a program and source.
    pub fn withheld(&self, slot: &Slot) -> Account {
        let stream = (&*slot.program, source_of(slot));
        creators(AccountKind::CreatorWithheld, self.payee, self.asset, stream)
    }

    /// Postings that cover what programs, sources and creators are below zero out of others.
    pub fn moves(&self, moves: &[PieceMove]) -> Result<Vec<Posting>> {
        let account = |piece: &Piece| self.available(&piece.earner, &piece.slot);
        let mut postings = Vec::new();
        for PieceMove { from, to, units } in moves {
            postings.extend(flow(&account(from), &account(to), *units, Some("debt".into()))?);
        }
        Ok(postings)
    }

    /// Postings that take what is available to another account, creator by creator and program by program.
    pub fn taken(&self, parts: &OfEarners, to: &Account, reference: Option<&str>) -> Result<Vec<Posting>> {
        let mut postings = Vec::new();
        for (creator, parts) in parts {
            for (slot, units) in parts {
                let why: Option<Arc<str>> = reference.map(Into::into);
                postings.extend(flow(&self.available(creator, slot), to, *units, why)?);
            }
        }
        Ok(postings)
    }
}

/// Whether a posting of a payout takes from the payee's balance, and does not only cover one program's debt out of another's money.
pub fn is_taken(posting: &StoredPosting) -> bool {
    let is_available = |account: &Account| account.kind == AccountKind::CreatorAvailable;
    is_available(&posting.debit) && !is_available(&posting.credit)
}

/// What a payout's reservation takes of each creator, program and source.
pub fn taken(reserved: &StoredTransaction) -> OfEarners {
    let mut taken = OfEarners::new();
    for posting in reserved.postings.iter().filter(|posting| is_taken(posting)) {
        if let Some(slot) = slot_of(&posting.debit) {
            let of_creator = taken.entry(posting.debit.earner().to_string()).or_default();
            *of_creator.entry(slot).or_default() += i128::from(posting.amount);
        }
    }
    taken
}

/// Keys of a payee's payouts under way, oldest first: the accounts' entries are followed until all that is reserved is found.
pub fn under_way(tx: &mut Tx<'_>, payee: &str, asset: Asset) -> Result<Vec<String>> {
    let filter = AccountFilter::in_asset(AccountKind::CreatorAvailable, payee, asset);
    let states = tx.accounts(&filter)?;
    let reserved = states
        .iter()
        .map(|state| i128::from(state.balance.debits_pending));
    let mut left: i128 = reserved.sum();
    let mut keys: Vec<String> = Vec::new();
    if left == 0 {
        return Ok(keys);
    }
    let accounts: Vec<Account> = states.into_iter().map(|state| state.account).collect();
    tx.walk(&accounts, |step| {
        if step.transaction.is_pending() && step.is_debit {
            left -= i128::from(step.transaction.postings[step.index].amount);
            if keys.last().is_none_or(|last| *last != *step.transaction.key) {
                keys.push(step.transaction.key.to_string());
            }
        }
        match left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    })?;
    keys.reverse();
    Ok(keys)
}

/// What a payout's reservation says.
pub fn detail(reservation: &StoredTransaction) -> Result<PayoutReserved> {
    match entry_of(reservation)? {
        Entry::PayoutReserved(said) => Ok(said),
        _ => Err(Error::bad_input(
            "books/entry",
            format!("`{}` is no reservation of a payout", reservation.key),
        )
        .hint("`permille ledger verify` checks the books")
        .because(Cause::Books)),
    }
}

/// An amount in the smallest units of a finer asset. Errors: digits that the asset does not have.
pub fn units_in(amount: Money, asset: Asset) -> Result<i128> {
    let rounded = amount
        .rescale(asset.scale(), money::Rounding::TowardZero)
        .map_err(|e| Error::bug("payout/scale", e.to_string()))?;
    if !rounded.residue.is_zero() {
        return Err(Error::bug(
            "payout/scale",
            format!("{amount} has more digits than {asset}"),
        ));
    }
    Ok(rounded.value.units())
}

/// What was decided on a balance does not fit it.
pub fn cannot_divide(error: &DivisionError, payee: &str, held: &OfEarners) -> Error {
    let has = total(&together(held));
    Error::bug(
        "payout/division",
        format!("payee `{payee}` with {has} units: {error}"),
    )
}
