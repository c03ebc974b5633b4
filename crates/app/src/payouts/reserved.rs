//! Whether what a payout says is what was reserved for it, and its state what became of the reservation.

use super::program_balances::{is_taken, units_in};
use crate::base::error::{Error, Result};
use ledger::AccountKind;
use money::Money;
use payout::batch::{Payout, PayoutState};
use std::collections::BTreeMap;
use store::{Checked, StoredTransaction, Tx};

/// What became of a payout in the books.
#[derive(Default)]
struct Fate {
    is_reserved: bool,
    is_open: bool,
    /// How often it was paid, less how often it came back.
    paid: i32,
}

/// Refuses payouts that say otherwise than what is reserved for them.
pub(crate) fn must_be_reserved(tx: &mut Tx<'_>, batch: &str, payouts: &[Payout]) -> Result<()> {
    let mut checked = Checked::default();
    for payout in payouts {
        compare(tx, batch, payout, &mut checked)?;
    }
    let Some(first) = checked.findings.first() else {
        return Ok(());
    };
    let words = format!("batch {}: {}", first.place, first.what);
    Err(Error::damage(words).hint(
        "`permille ledger verify` lists what is wrong; give the batch up, or restore the store from a backup",
    ))
}

/// Compares a payout with what is reserved for it in the books.
pub(crate) fn compare(tx: &mut Tx<'_>, place: &str, payout: &Payout, checked: &mut Checked) -> Result<()> {
    let key = format!("payout/{}", payout.id);
    let mut fate = Fate::default();
    let mut wrong = None;
    tx.transactions_by_prefix(&key, |transaction| {
        match transaction.key.strip_prefix(&*key) {
            Some("") => {
                fate.is_reserved = true;
                fate.is_open = transaction.is_pending();
                wrong = difference(payout, transaction);
            }
            Some("/settle" | "/after-all") => fate.paid += 1,
            Some("/return") => fate.paid -= 1,
            _ => {}
        }
        Ok::<_, Error>(())
    })?;
    let place = || format!("{place}, payout {}", payout.id);
    if !fate.is_reserved {
        checked.find(place(), "nothing is reserved for it");
        return Ok(());
    }
    if let Some(wrong) = wrong {
        checked.find(place(), wrong);
    }
    let is = match (fate.is_open, fate.paid) {
        (true, _) => "reserved",
        (false, 1) => "paid",
        (false, 0) => "not paid",
        _ => "paid more than once",
    };
    let should = match payout.state {
        PayoutState::Pending | PayoutState::Held | PayoutState::InTransit => "reserved",
        PayoutState::Succeeded => "paid",
        PayoutState::Failed | PayoutState::Returned | PayoutState::Cancelled => "not paid",
    };
    if is != should {
        checked.find(
            place(),
            format!(
                "it is {}, so its money should be {should}; in the books it is {is}",
                payout.state
            ),
        );
    }
    Ok(())
}

/// What a payout says otherwise than its reservation.
fn difference(payout: &Payout, reserved: &StoredTransaction) -> Option<String> {
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    let (mut asset, mut arriving) = (None, None);
    for posting in &reserved.postings {
        let units = i128::from(posting.amount);
        if is_taken(posting) {
            asset = Some(posting.debit.asset);
            *sums.entry("taken").or_default() += units;
            if *posting.debit.owner != *payout.recipient.payee.as_str() {
                return Some(format!(
                    "its money is reserved from creator `{}`",
                    posting.debit.owner
                ));
            }
        }
        if posting.credit.kind == AccountKind::CashAtBank {
            arriving = Some(posting.credit.asset);
            *sums.entry("leaves").or_default() += units;
        }
        if posting.credit.kind == AccountKind::CreatorWithheld {
            *sums.entry("withheld").or_default() += units;
        }
    }
    let (Some(asset), Some(arriving)) = (asset, arriving) else {
        return Some("its reservation takes nothing, or pays nothing".to_owned());
    };
    let withheld = units_in(payout.withheld, asset).ok()?;
    let net = match &payout.conversion {
        None => units_in(payout.amount, asset).ok()?,
        Some(_) => units_in(payout.net, asset).ok()?,
    };
    let pairs = [
        ("taken", "is taken from the balance", net + withheld),
        ("withheld", "is withheld", withheld),
        ("leaves", "leaves", units_in(payout.amount, arriving).ok()?),
    ];
    pairs.into_iter().find_map(|(sum, words, says)| {
        let is = sums.get(sum).copied().unwrap_or(0);
        let asset = if sum == "leaves" { arriving } else { asset };
        (is != says).then(|| {
            let [says, is] = [says, is].map(|units| Money::new(asset, units));
            format!("it says that {says} {words}, and {is} are reserved so")
        })
    })
}
