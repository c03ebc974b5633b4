//! What arrives of payouts, summed by currency and by rail: what an approver looks at first.
//!
//! Currencies are never added together, and nothing is rounded: amounts are brought to the finest digits among them.

use super::Payout;
use crate::payee::Rail;
use money::{Money, MoneyError, Rounding};
use serde::Serialize;
use std::collections::BTreeMap;

/// What arrives in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Over this rail alone; none: over all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rail: Option<Rail>,
    /// How many payouts.
    pub payouts: usize,
    /// What arrives.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub amount: Money,
}

/// What arrives, by currency. Errors: beyond 128 bits.
pub fn by_currency<'a>(payouts: impl Iterator<Item = &'a Payout>) -> Result<Vec<Total>, MoneyError> {
    totals(payouts, |_| None)
}

/// What arrives, by rail and currency. Errors: beyond 128 bits.
pub fn by_rail<'a>(payouts: impl Iterator<Item = &'a Payout>) -> Result<Vec<Total>, MoneyError> {
    totals(payouts, |payout| Some(payout.recipient.to.rail()))
}

fn totals<'a>(
    payouts: impl Iterator<Item = &'a Payout>,
    rail: impl Fn(&Payout) -> Option<Rail>,
) -> Result<Vec<Total>, MoneyError> {
    let mut groups: BTreeMap<(Option<Rail>, String), Vec<Money>> = BTreeMap::new();
    for payout in payouts {
        let key = (rail(payout), payout.amount.asset().code().to_owned());
        groups.entry(key).or_default().push(payout.amount);
    }
    let total = |((rail, _), amounts): ((Option<Rail>, String), Vec<Money>)| {
        let scale = amounts
            .iter()
            .map(|amount| amount.asset().scale())
            .max()
            .unwrap_or(0);
        let mut sum: Option<Money> = None;
        for amount in &amounts {
            let amount = amount.rescale(scale, Rounding::TowardZero)?.value;
            sum = Some(match sum {
                None => amount,
                Some(sum) => sum.checked_add(amount)?,
            });
        }
        Ok(sum.map(|amount| Total {
            rail,
            payouts: amounts.len(),
            amount,
        }))
    };
    groups
        .into_iter()
        .filter_map(|group| total(group).transpose())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{batch, money};

    #[test]
    fn currencies_and_rails_apart() {
        let mut batch = batch(&["anna", "ben", "cleo", "dora"]);
        batch.payouts[1].amount = money("5.00 USD");
        batch.payouts[2].amount = money("1.125 USD");
        let paypal = serde_json::from_str(r#"{"rail":"paypal","email":"a@b.example"}"#).unwrap();
        batch.payouts[2].recipient.to = paypal;
        let words = |totals: Vec<Total>| {
            let words = |total: &Total| {
                let rail = total.rail.map_or("", Rail::name);
                format!("{rail} {} {}", total.payouts, total.amount)
            };
            totals.iter().map(words).collect::<Vec<_>>()
        };
        assert_eq!(
            words(by_currency(batch.payouts.iter()).unwrap()),
            [" 2 200.00 EUR", " 2 6.125 USD"]
        );
        assert_eq!(
            words(by_rail(batch.payouts.iter()).unwrap()),
            ["bank 2 200.00 EUR", "bank 1 5.00 USD", "paypal 1 1.125 USD"]
        );
    }
}
