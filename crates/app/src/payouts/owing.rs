//! Payees of a batch whose accounts fell below zero since it was prepared: a chargeback or a restatement took what it reserved.

use super::payee_balances;
use crate::base::error::Result;
use money::{Asset, Money};
use payout::batch::Payout;
use serde::Serialize;
use std::collections::HashSet;
use store::Tx;

/// A payee who owes something while a payout of theirs leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Owing {
    /// The creator.
    pub creator: String,
    /// How much, besides what the payout takes.
    #[serde(with = "earning::amount")]
    pub amount: Money,
}

/// Those of some payouts whose creators have less than nothing available, in the currency that the payout is of.
pub(super) fn owing(tx: &mut Tx<'_>, leaving: &[&Payout]) -> Result<Vec<Owing>> {
    let of = |creator: &str, asset: Asset| (creator.to_owned(), asset.code().to_owned());
    let paid = leaving.iter();
    let paid = paid.map(|payout| of(payout.recipient.payee.as_str(), payout.gross.asset()));
    let paid: HashSet<(String, String)> = paid.collect();
    let balances = payee_balances::with_balance(tx, None)?.into_iter();
    let below = balances.filter(|one| one.available() < 0 && paid.contains(&of(&one.payee, one.asset)));
    let owing = below.map(|one| Owing {
        amount: Money::new(one.asset, -one.available()),
        creator: one.payee,
    });
    Ok(owing.collect())
}
