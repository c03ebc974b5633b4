//! Who got what of what a creator earned.

use super::money::MonthMoney;
use jiff::civil::Date;
use money::Money;
use serde::Serialize;
use std::collections::BTreeMap;

/// What somebody earned and how it was divided among those who collect it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Divided {
    /// The day it was recorded (UTC).
    pub on: Date,
    /// What it is, as in the entries.
    pub what: String,
    /// The program.
    pub program: Option<String>,
    /// The period.
    pub period: Option<String>,
    /// All of it; below zero of what was taken back.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// Who got what of it, or gave it back.
    pub parts: Vec<DividedPart>,
    /// Key of the transaction in the books.
    pub key: String,
}

/// One payee's part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DividedPart {
    /// The payee.
    pub payee: String,
    /// Its part.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
}

/// How what a creator earned was divided, as the sections of the statement say it; nothing where nobody else collects.
pub fn divided(creator: &str, months: &[MonthMoney]) -> Vec<Divided> {
    if months.iter().all(|month| month.payee.is_none()) {
        return Vec::new();
    }
    let mut all: BTreeMap<(&str, &str), Divided> = BTreeMap::new();
    for month in months {
        let payee = month.payee.as_deref().unwrap_or(creator);
        for entry in month.entries.iter().filter(|entry| entry.is_earning) {
            let place = all.entry((&month.asset, &entry.key)).or_insert_with(|| Divided {
                on: entry.on,
                what: entry.what.clone(),
                program: entry.program.clone(),
                period: entry.period.clone(),
                amount: Money::zero(entry.amount.asset()),
                parts: Vec::new(),
                key: entry.key.clone(),
            });
            let (sum, part) = (place.amount.units(), entry.amount.units());
            place.amount = Money::new(entry.amount.asset(), sum + part);
            place.parts.push(DividedPart {
                payee: payee.to_owned(),
                amount: entry.amount,
            });
        }
    }
    let mut all: Vec<Divided> = all.into_values().collect();
    all.sort_by(|a, b| (a.on, &a.key).cmp(&(b.on, &b.key)));
    all
}
