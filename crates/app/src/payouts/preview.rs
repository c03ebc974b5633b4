//! Before a batch is prepared: what would be paid to whom, and what is in everybody else's way. Nothing is changed.

use super::creator_balances::{self, CreatorBalance};
use super::invoices::{self, Invoice};
use super::prepare::arrives;
use super::program_balances::{self, Part};
use super::rules::Rules;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::runs::left;
use crate::settling::pending;
use crate::workspace::Workspace;
use jiff::civil::Date;
use money::Money;
use payout::batch::Market;
use payout::payee::Payee;
use payout::readiness::{Blocker, Payable, Readiness};
use serde::Serialize;
use std::path::Path;

/// One creator's balance in one currency.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The creator.
    pub creator: String,
    /// The payee's name.
    pub name: Option<String>,
    /// What is available; periods that are due are counted as if they had been released.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub balance: Money,
    /// By program.
    pub programs: Vec<ProgramBalance>,
    /// What becomes payable later.
    pub upcoming: Vec<Later>,
    /// Payouts under way, by key in the books.
    pub under_way: Vec<String>,
    /// Invoices that are not paid: they are taken before anything is paid.
    pub invoiced: Vec<Invoice>,
    /// What the creator owes in other currencies.
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

/// What would be paid today to everybody with money, or to one creator.
pub fn preview(
    workspace: &Workspace,
    creator: Option<&str>,
    fx: Option<&Path>,
    context: &Context<'_>,
) -> Result<Vec<Preview>> {
    let today = context.today();
    let rates = super::rates::read(workspace, fx)?;
    let market = Market {
        rates: rates.as_ref(),
        minimums: &workspace.config().payout.minimum,
        on: today,
    };
    let mut terms = creator_balances::terms(workspace, rates.as_ref(), today);
    terms.next_payout = None;
    let mut store = workspace.books()?;
    store.read(|tx| {
        let rules = Rules::read(tx, context.today())?;
        let unreleased = pending::unreleased(tx, workspace)?;
        left::note(&unreleased.left, context);
        let payees = creator_balances::payees(tx, creator)?;
        let mut all = creator_balances::with_balance(tx, creator)?;
        creator_balances::add_upcoming(&mut all, &unreleased.done, creator, today);
        rules.tell_missing(&creator_balances::creditors(&all), context);
        let mut previews = Vec::with_capacity(all.len());
        for creator_balance in &all {
            let payee = payees.get(&creator_balance.creator);
            let answer = creator_balance.readiness(payee, &rules, &terms, &[])?;
            let mut preview = described(creator_balance, payee, &rules);
            preview.under_way =
                program_balances::under_way(tx, &creator_balance.creator, creator_balance.asset)?;
            if creator_balance.invoiced > 0 {
                preview.invoiced = invoices::of_account(tx, &creator_balance.receivable())?;
                preview.invoiced.retain(|invoice| !invoice.open.is_zero());
            }
            answered(&mut preview, &answer, market);
            previews.push(preview);
        }
        if let (Some(creator), true) = (creator, previews.is_empty()) {
            return Err(Error::usage(
                "payout/unknown-creator",
                format!("creator `{creator}` has no money here, and none to come"),
            )
            .hint("`permille payout preview` lists everybody who has; ids are compared to the letter"));
        }
        Ok(previews)
    })
}

fn described(creator_balance: &CreatorBalance, payee: Option<&Payee>, rules: &Rules) -> Preview {
    let money = |units| Money::new(creator_balance.asset, units);
    let program = |(id, part): (&String, &Part)| ProgramBalance {
        program: id.clone(),
        amount: money(part.units),
        us_source: money(part.us_source),
        threshold: rules.known(id).map(|rule| rule.threshold.to_string()),
        below: rules.known(id).map(|rule| rule.below.name()),
    };
    let later = |upcoming: &creator_balances::Upcoming| Later {
        program: upcoming.program.clone(),
        period: upcoming.period.clone(),
        stage: upcoming.stage.name(),
        amount: money(upcoming.part.units),
        payable_on: upcoming.payable_on,
    };
    Preview {
        creator: creator_balance.creator.clone(),
        name: payee.map(|payee| payee.name.to_string()),
        balance: money(creator_balance.available()),
        programs: creator_balance.parts().iter().map(program).collect(),
        upcoming: creator_balance.upcoming.iter().map(later).collect(),
        under_way: Vec::new(),
        invoiced: Vec::new(),
        owes_elsewhere: creator_balance.owes_elsewhere.clone(),
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
