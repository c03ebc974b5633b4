//! What a batch fixes when it is prepared: the account that its money leaves from, the payees as they stood, and the
//! exchange rates. Nothing of it is looked up again later: files are written of what was fixed, or not at all.

use super::history;
use super::platform_terms::{self, PlatformTerms};
use super::rules::Rules;
use crate::base::error::{Error, Result};
use crate::books::collected;
use crate::workspace::Workspace;
use jiff::civil::Date;
use payout::batch::{Batch, Payout};
use payout::calendar::NoDay;
use payout::fx::{KnownRate, Limits, Rates};
use payout::iso20022::Debtor;
use payout::payee::Rail;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// What was fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// The account that the money leaves from; none where no payout leaves from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debtor: Option<Debtor>,
    /// The version of each payee's record, by payee.
    pub payees: BTreeMap<String, u64>,
    /// By payee, the versions of the splits of creators whose earnings it has something of.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub splits: BTreeMap<String, BTreeMap<String, u64>>,
    /// By payee, the versions of other creators of whom it has something, as payees: what keeps something of them back stands there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub creators: BTreeMap<String, BTreeMap<String, u64>>,
    /// The exchange rates, by their currencies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<UsedRate>,
    /// What the configuration and the programs said of how much is paid, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub terms: PlatformTerms,
    /// How far a rate might be from the last confirmed one, and how old.
    #[serde(default)]
    pub fx_limits: Limits,
    /// The day that it was decided for, where somebody named another than the clock's: thresholds, tax forms, rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_for: Option<Date>,
}

/// An exchange rate that payouts of a batch are converted at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsedRate {
    /// The currency that is given.
    pub from: String,
    /// The currency that arrives.
    pub to: String,
    /// The rate and its day.
    pub rate: KnownRate,
    /// Where it is from.
    pub source: String,
    /// The BLAKE3 hash of the file it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the same file says of the day before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<KnownRate>,
    /// Whether thresholds or the minimums of rails were compared at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compares: bool,
}

/// Two currencies: from, to.
pub(super) type Pair = (String, String);

/// The exchange rates of the day, and the currencies between which thresholds and minimums were compared.
#[derive(Clone, Copy)]
pub(super) struct OfDay<'a> {
    pub rates: Option<&'a Rates>,
    pub today: Date,
    /// The clock's day.
    pub clock: Date,
    pub compared: &'a BTreeSet<Pair>,
    pub rules: &'a Rules,
}

impl UsedRate {
    /// Whether a payout is converted at it.
    pub(super) fn converts(&self, payout: &Payout) -> bool {
        let conversion = payout.conversion.as_ref();
        conversion.is_some_and(|conversion| conversion.rate == self.rate.rate)
            && payout.net.asset().code() == self.from
            && payout.amount.asset().code() == self.to
    }

    /// Its currencies: `USD/EUR`.
    pub fn pair(&self) -> String {
        format!("{}/{}", self.from, self.to)
    }
}

impl Fixed {
    /// What is fixed of payouts that are prepared. Errors: a payout leaves from an account, and none is configured.
    pub(super) fn at_preparation(
        tx: &mut Tx<'_>,
        workspace: &Workspace,
        payouts: &[Payout],
        by_payee: &BTreeMap<&str, Vec<&str>>,
        day: OfDay<'_>,
    ) -> Result<Fixed> {
        let of_creators: BTreeSet<&str> = by_payee.values().flatten().copied().collect();
        let of_creators: Vec<&str> = of_creators.into_iter().collect();
        let of_creators = of_creators.as_slice();
        let by_payee = |versions: &BTreeMap<String, u64>, with_own: bool| {
            let of = |(payee, creators): (&&str, &Vec<&str>)| {
                let of = creators.iter().filter(|creator| with_own || *creator != payee);
                let of = of.filter_map(|creator| versions.get_key_value(*creator));
                let of: BTreeMap<String, u64> = of.map(|(of, version)| (of.clone(), *version)).collect();
                (!of.is_empty()).then(|| ((*payee).to_owned(), of))
            };
            by_payee.iter().filter_map(of).collect()
        };
        let payees: Vec<&str> = payouts
            .iter()
            .map(|payout| payout.recipient.payee.as_str())
            .collect();
        let mut used = used_rates(payouts);
        for pair in day.compared {
            match used
                .iter_mut()
                .find(|one| (&one.from, &one.to) == (&pair.0, &pair.1))
            {
                Some(known) => known.compares = true,
                None => used.extend(compared(pair, day)),
            }
        }
        for one in &mut used {
            let quote = day
                .rates
                .and_then(|rates| rates.rate(&one.from, &one.to, day.today).ok());
            let before = day
                .rates
                .zip(quote)
                .and_then(|(rates, quote)| rates.before(&one.from, &one.to, &quote));
            one.before = before.map(|before| KnownRate {
                rate: before.rate,
                published_on: before.published_on,
            });
        }
        Ok(Fixed {
            debtor: account(workspace, payouts)?,
            splits: by_payee(&split_versions(tx, of_creators)?, true),
            creators: by_payee(&history::newest(tx, of_creators)?, false),
            payees: history::newest(tx, &payees)?,
            rates: used,
            terms: {
                let mut terms = platform_terms::of(&workspace.config().payout);
                let shares = payouts.iter().flat_map(|payout| &payout.shares);
                let programs = shares.map(|share| share.program.as_str());
                terms.extend(platform_terms::of_programs(day.rules, programs));
                terms
            },
            fx_limits: workspace.config().payout.fx_limits.clone(),
            decided_for: (day.today != day.clock).then_some(day.today),
        })
    }
}

/// The newest versions of creators' splits; those without one are left out.
pub(super) fn split_versions(tx: &mut Tx<'_>, creators: &[&str]) -> Result<BTreeMap<String, u64>> {
    let found = tx.records_of(collected::KIND, creators)?.into_iter();
    Ok(found.map(|record| (record.id, record.version)).collect())
}

/// A rate that thresholds or minimums were compared at; none where the file has none.
fn compared((from, to): &Pair, day: OfDay<'_>) -> Option<UsedRate> {
    let quote = day.rates?.rate(from, to, day.today).ok()?;
    Some(UsedRate {
        from: from.clone(),
        to: to.clone(),
        rate: KnownRate {
            rate: quote.rate,
            published_on: quote.published_on,
        },
        source: quote.source.to_owned(),
        file: quote.file.map(|hash| hash.to_string()),
        before: None,
        compares: true,
    })
}

/// The configured account, where a payout leaves from it: a bank's, and Wise's by its currency.
fn account(workspace: &Workspace, payouts: &[Payout]) -> Result<Option<Debtor>> {
    let leaves = |rail: Rail| payouts.iter().any(|payout| payout.recipient.to.rail() == rail);
    let configured = workspace.config().payout.debtor.clone();
    match (leaves(Rail::Bank), leaves(Rail::Wise)) {
        (true, _) => configured.map(Some).ok_or_else(no_account),
        (false, true) => Ok(configured),
        (false, false) => Ok(None),
    }
}

pub(super) fn no_account() -> Error {
    Error::refused("payout/no-debtor", "no account is configured that payouts leave from").hint(
        "put it into permille.toml:\n  [payout.debtor]\n  name = \"Example Video Ltd\"\n  currency = \"EUR\"\n  \
         account = { iban = \"DE89370400440532013000\" }\n  bic = \"COBADEFFXXX\"\n  address = { town = \"Berlin\", country = \"DE\" }",
    )
}

/// Refuses a batch whose account is not the configured one any more: somebody has changed one of the two.
pub(super) fn same_account(workspace: &Workspace, batch: &Batch, fixed: &Fixed) -> Result<()> {
    let configured = account(workspace, &batch.payouts)?;
    let found = match (&fixed.debtor, &configured) {
        (Some(fixed), Some(configured)) => fixed.differences(configured),
        (Some(fixed), None) => vec![format!("debtor's account was {}, is none", fixed.number())],
        (None, Some(configured)) => vec![format!("debtor's account was none, is {}", configured.number())],
        (None, None) => Vec::new(),
    };
    if found.is_empty() {
        return Ok(());
    }
    let id = &batch.id;
    Err(Error::refused(
        "payout/debtor-changed",
        format!(
            "the account in permille.toml is not the one that batch {id} leaves from: {}",
            found.join("; ")
        ),
    )
    .hint(format!(
        "find out who changed it: put [payout.debtor] back, or give the batch up (`permille payout cancel {id}`) and prepare anew"
    )))
}

/// That an execution date was moved, and why, in words.
pub(super) fn moved(was: Date, day: Date, today: Date) -> String {
    let why = NoDay::of(was, today).map_or("is moved", NoDay::words);
    format!("the execution date {was} {why}: it is moved to {day}, the next business day of TARGET")
}

fn used_rates(payouts: &[Payout]) -> Vec<UsedRate> {
    let mut used: Vec<UsedRate> = Vec::new();
    for payout in payouts {
        let Some(conversion) = &payout.conversion else {
            continue;
        };
        let one = UsedRate {
            from: payout.net.asset().code().to_owned(),
            to: payout.amount.asset().code().to_owned(),
            rate: KnownRate {
                rate: conversion.rate,
                published_on: conversion.published_on,
            },
            source: conversion.source.clone(),
            file: conversion.file.clone(),
            before: None,
            compares: false,
        };
        if !used.contains(&one) {
            used.push(one);
        }
    }
    used.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    used
}
