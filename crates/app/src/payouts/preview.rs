//! Before a batch is prepared: what would be paid to whom, of whose earnings, and what is in everybody else's way. Nothing is changed.

use super::invoices::{self, Invoice};
use super::payee_balances::{self, PayeeBalance};
use super::payee_records;
use super::prepare::arrives;
use super::program_balances::{self, Part};
use super::rules::Rules;
use super::upcoming;
use crate::base::brought::Brought;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::collected::Collectors;
use crate::books::unreleased::{Earnings, Unreleased};
use crate::runs::left;
use crate::settling::pending;
use crate::workspace::Workspace;
use jiff::civil::Date;
use money::Money;
use payout::batch::Market;
use payout::payee::Payee;
use payout::readiness::{Blocker, Payable, Readiness};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// Whose balances are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked<'a> {
    /// Everybody's.
    All,
    /// Those of all who collect what a creator earns.
    Creator(&'a str),
    /// Those of a payee.
    Payee(&'a str),
}

/// One payee's balance in one currency.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The payee.
    pub payee: String,
    /// The payee's name.
    pub name: Option<String>,
    /// What is available; periods that are due are counted as if they had been released.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub balance: Money,
    /// Of whom it is, where the payee collects for others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub creators: Vec<OfCreator>,
    /// By program.
    pub programs: Vec<ProgramBalance>,
    /// What becomes payable later.
    pub upcoming: Vec<Later>,
    /// Payouts under way, by key in the books.
    pub under_way: Vec<String>,
    /// Invoices that are not paid: they are taken before anything is paid.
    pub invoiced: Vec<Invoice>,
    /// What the payee owes in other currencies.
    #[serde(serialize_with = "amounts", skip_serializing_if = "Vec::is_empty")]
    pub owes_elsewhere: Vec<Money>,
    /// What would be paid; none when something is in the way.
    pub payable: Option<Paid>,
    /// Everything that is in the way, in the documented order.
    pub blockers: Vec<Reason>,
}

fn amounts<S: serde::Serializer>(all: &[Money], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_seq(all.iter().map(Money::to_string))
}

/// What a payee has of one creator's earnings.
#[derive(Clone, Debug, Serialize)]
pub struct OfCreator {
    /// The creator.
    pub creator: String,
    /// How much; below zero when more was taken back.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
}

/// One program's part of a balance.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramBalance {
    /// The program.
    pub program: String,
    /// Its part; below zero when more was taken back.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// How much of it has a source in the United States.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub us_source: Money,
    /// The program's threshold.
    pub threshold: Option<String>,
    /// What happens below it.
    pub below: Option<&'static str>,
}

/// Money of a period that becomes payable later.
#[derive(Clone, Debug, Serialize)]
pub struct Later {
    /// Whose it is, where that is not the payee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// How far it has come.
    pub stage: &'static str,
    /// How much it is now.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// From when it can be paid.
    pub payable_on: Date,
}

/// What would be paid.
#[derive(Clone, Debug, Serialize)]
pub struct Paid {
    /// Before withholding.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub gross: Money,
    /// Withheld.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub withheld: Money,
    /// Why.
    pub withholding: String,
    /// What leaves.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub net: Money,
    /// What arrives, in the payout's currency.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub arrives: Money,
    /// The exchange rate, its day and source.
    pub rate: Option<Rate>,
    /// Where it goes; numbers are masked.
    pub to: String,
    /// By program.
    pub shares: Vec<Share>,
    /// Taken for a debt.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub offset: Money,
    /// Too small to be paid: stays in the balance.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub remainder: Money,
    /// Parts that are not paid now, and why.
    pub left_out: Vec<Reason>,
}

/// An exchange rate.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// Exact.
    pub rate: String,
    /// The day it is the rate of.
    pub published_on: Date,
    /// Where it is from.
    pub source: String,
    /// The BLAKE3 hash of the file it was read from.
    pub file: Option<String>,
}

/// One program's part of a payout.
#[derive(Clone, Debug, Serialize)]
pub struct Share {
    /// The program.
    pub program: String,
    /// Its part.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// Withheld of it.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub withheld: Money,
}

/// Something in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Its stable code.
    pub code: &'static str,
    /// What it is.
    pub words: String,
    /// What helps.
    pub to_do: String,
}

impl From<&Blocker> for Reason {
    fn from(blocker: &Blocker) -> Reason {
        Reason {
            code: blocker.code(),
            words: blocker.words(),
            to_do: blocker.to_do().to_owned(),
        }
    }
}

/// What would be paid today to everybody with money, or to those who are asked for.
pub fn preview(
    workspace: &Workspace,
    asked: Asked<'_>,
    fx: Option<&Brought>,
    context: &Context<'_>,
) -> Result<Vec<Preview>> {
    let today = context.today();
    let rates = super::rates::of(workspace, fx)?;
    let market = Market {
        rates: rates.as_ref(),
        minimums: &workspace.config().payout.minimum,
        on: today,
    };
    let mut terms = payee_balances::terms(workspace, rates.as_ref(), today);
    terms.next_payout = None;
    let store = workspace.books()?;
    store.read(|tx| {
        let rules = Rules::read(tx, context.today())?;
        let unreleased = pending::unreleased(tx, workspace, &Earnings::default())?;
        left::note(&unreleased.left, context);
        let all = balances(tx, asked, &unreleased.done, today)?;
        rules.tell_missing(&payee_balances::creditors(&all), context);
        // Of everybody they are read at once.
        let known = match asked {
            Asked::All => Some(payee_records::all(tx)?),
            Asked::Creator(_) | Asked::Payee(_) => None,
        };
        let mut previews = Vec::with_capacity(all.len());
        for payee_balance in &all {
            let payee = match &known {
                Some(all) => all.get(&payee_balance.payee).cloned(),
                None => payee_records::find(tx, &payee_balance.payee)?,
            };
            let answer = payee_balance.readiness(payee.as_ref(), &rules, &terms, &[])?;
            let mut preview = described(payee_balance, payee.as_ref(), &rules);
            preview.under_way = program_balances::under_way(tx, &payee_balance.payee, payee_balance.asset)?;
            if payee_balance.invoiced > 0 {
                preview.invoiced = invoices::of_account(tx, &payee_balance.receivable())?;
                preview.invoiced.retain(|invoice| !invoice.open.is_zero());
            }
            answered(&mut preview, &answer, market);
            previews.push(preview);
        }
        let (code, what, id) = match asked {
            Asked::Creator(id) => ("payout/unknown-creator", "creator", id),
            Asked::Payee(id) => ("payout/unknown-payee", "payee", id),
            Asked::All => return Ok(previews),
        };
        if previews.is_empty() {
            return Err(
                Error::usage(code, format!("{what} `{id}` has no money here, and none to come")).hint(
                    "`permille payout preview` lists everybody who has; ids are compared to the letter",
                ),
            );
        }
        Ok(previews)
    })
}

/// The balances that are asked for, with what is to come.
fn balances(
    tx: &mut Tx<'_>,
    asked: Asked<'_>,
    unreleased: &[Unreleased],
    today: Date,
) -> Result<Vec<PayeeBalance>> {
    let wanted: Option<BTreeSet<String>> = match asked {
        Asked::All => None,
        Asked::Payee(payee) => Some(BTreeSet::from([payee.to_owned()])),
        Asked::Creator(creator) => {
            let collectors = Collectors::of(tx, creator)?;
            let payees = collectors.payees_of(creator).into_iter();
            Some(payees.map(str::to_owned).collect())
        }
    };
    let mut all = match &wanted {
        None => payee_balances::with_balance(tx, None)?,
        Some(payees) => {
            let each = payees
                .iter()
                .map(|payee| payee_balances::with_balance(tx, Some(payee)));
            each.collect::<Result<Vec<_>>>()?.concat()
        }
    };
    upcoming::add(tx, &mut all, unreleased, wanted.as_ref(), today)?;
    if let Asked::Creator(creator) = asked {
        all.retain(|one| one.payee == creator || one.is_of(creator));
    }
    Ok(all)
}

fn described(payee_balance: &PayeeBalance, payee: Option<&Payee>, rules: &Rules) -> Preview {
    let money = |units| Money::new(payee_balance.asset, units);
    let program = |(id, part): (&String, &Part)| ProgramBalance {
        program: id.clone(),
        amount: money(part.units),
        us_source: money(part.us_source),
        threshold: rules.known(id).map(|rule| rule.threshold.to_string()),
        below: rules.known(id).map(|rule| rule.below.name()),
    };
    let later = |upcoming: &payee_balances::Upcoming| Later {
        creator: Some(&upcoming.creator)
            .filter(|creator| **creator != payee_balance.payee)
            .cloned(),
        program: upcoming.program.clone(),
        period: upcoming.period.clone(),
        stage: upcoming.stage.name(),
        amount: money(upcoming.part.units),
        payable_on: upcoming.payable_on,
    };
    let of_creator = |(creator, units)| OfCreator {
        creator,
        amount: money(units),
    };
    Preview {
        payee: payee_balance.payee.clone(),
        name: payee.map(|payee| payee.name.to_string()),
        balance: money(payee_balance.available()),
        creators: payee_balance.of_creators().into_iter().map(of_creator).collect(),
        programs: payee_balance.parts().iter().map(program).collect(),
        upcoming: payee_balance.upcoming.iter().map(later).collect(),
        under_way: Vec::new(),
        invoiced: Vec::new(),
        owes_elsewhere: payee_balance.owes_elsewhere.clone(),
        payable: None,
        blockers: Vec::new(),
    }
}

fn answered(preview: &mut Preview, answer: &Readiness, market: Market<'_>) {
    let payable = match answer {
        Readiness::Blocked(blockers) => {
            preview.blockers = blockers.iter().map(Reason::from).collect();
            return;
        }
        Readiness::Payable(payable) => payable,
    };
    match arrives(payable, market) {
        Err(error) => match error.blocker() {
            // What is left out is in the way where the rest is too little.
            Some(blocker) => {
                let all = payable.left_out.iter().chain([&blocker]);
                preview.blockers = all.map(Reason::from).collect();
            }
            None => preview.blockers.push(Reason {
                code: "no_rate",
                words: error.to_string(),
                to_do: "Nothing: the platform needs an exchange rate (`--fx FILE`).".to_owned(),
            }),
        },
        Ok(arriving) => {
            let conversion = arriving.conversion.map(|conversion| Rate {
                rate: conversion.rate.to_string(),
                published_on: conversion.published_on,
                source: conversion.source,
                file: conversion.file,
            });
            preview.payable = Some(paid(payable, arriving.amount, conversion));
        }
    }
}

fn paid(payable: &Payable, arrives: Money, rate: Option<Rate>) -> Paid {
    let shares = payable.shares.iter().map(|share| Share {
        program: share.program.clone(),
        amount: share.amount,
        withheld: share.withheld,
    });
    Paid {
        gross: payable.amount,
        withheld: payable.withholding.withheld,
        withholding: payable.withholding.words.clone(),
        net: payable.net,
        arrives,
        rate,
        to: payable.method.to.masked(),
        shares: shares.collect(),
        offset: payable.offset,
        remainder: payable.remainder,
        left_out: payable.left_out.iter().map(Reason::from).collect(),
    }
}
