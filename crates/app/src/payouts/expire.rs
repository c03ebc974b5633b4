//! Expiry: money below the threshold of a program whose rules let it expire becomes the platform's, when somebody says so.

use super::creator_balances::{self, CreatorBalance};
use super::of_periods;
use super::program_balances::cannot_divide;
use super::rules::Rules;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::{self, post_all};
use crate::workspace::Workspace;
use journal::{Entry, Expired};
use ledger::{Account, AccountKind, Transaction};
use money::Money;
use payout::division::{self, OfPeriods};
use policy::program::BelowThreshold;
use serde::Serialize;
use store::Tx;

/// What expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expiring {
    /// Whose it was.
    pub creator: String,
    /// Of which program.
    pub program: String,
    /// How much.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// The threshold it did not reach.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub threshold: Money,
}

/// Whether it is done or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is changed.
    Show,
    /// It is booked.
    Book,
}

/// Lists what may expire today, and books it when asked to. Creators with a debt are left out: what they have offsets it.
pub fn expire(
    workspace: &Workspace,
    program: Option<&str>,
    mode: Mode,
    context: &Context<'_>,
) -> Result<Vec<Expiring>> {
    if let Some(id) = program {
        crate::inputs::programs::versions_of(workspace, id)?;
    }
    let mut store = workspace.books_to_write(context)?;
    let shown = store.read(|tx| {
        let rules = Rules::read(tx, context.today())?;
        let all = creator_balances::with_balance(tx, None)?;
        rules.tell_missing(&creator_balances::creditors(&all), context);
        if mode == Mode::Book {
            return Ok(None);
        }
        let found = found(tx, &all, &rules, program)?;
        Ok::<_, Error>(Some(found.into_iter().map(|one| one.expiring).collect()))
    })?;
    if let Some(shown) = shown {
        return Ok(shown);
    }
    context.person()?;
    store.write(context.once(), context.recorded, |tx| {
        // Read again by the only writer.
        let all = creator_balances::with_balance(tx, None)?;
        let rules = Rules::read(tx, context.today())?;
        let found = found(tx, &all, &rules, program)?;
        let mut batch = Vec::new();
        for one in &found {
            batch.extend(one.transactions(context)?);
        }
        post_all(tx, &batch)?;
        Ok(found.into_iter().map(|one| one.expiring).collect())
    })
}

/// What expires, and of which periods it was earned.
struct Found<'s> {
    expiring: Expiring,
    creator_balance: &'s CreatorBalance,
    earned: OfPeriods,
}

impl Found<'_> {
    /// What the program has from both sources becomes the platform's: one transaction for each period, the oldest first.
    fn transactions(&self, context: &Context<'_>) -> Result<Vec<Transaction>> {
        let Self {
            expiring: Expiring {
                program, threshold, ..
            },
            creator_balance,
            earned,
        } = self;
        let mut held = creator_balance.held.clone();
        held.retain(|slot, _| slot.program == *program);
        let division = division::payout(&held, |_| true, division::total(&held));
        let division = division.map_err(|error| cannot_divide(&error, &creator_balance.creator, &held))?;
        let income = Account::of(AccountKind::ExpiredIncome, &**program, creator_balance.asset);
        let mut moves = creator_balance.whose().moves(&division.moves)?;
        let mut left = division.parts;
        let periods = division::oldest_first(division::total(&left), earned);
        let without = |period: &String| !periods.contains_key(&Some(period.clone()));
        let mut beside: Vec<String> = earned
            .keys()
            .flatten()
            .filter(|period| without(period))
            .cloned()
            .collect();
        let mut all = Vec::new();
        for (period, units) in periods {
            let mut postings = std::mem::take(&mut moves);
            let parts = division::first_of(&mut left, units);
            postings.extend(creator_balance.whose().taken(&parts, &income, None)?);
            // The accounts' last transaction names the state that expires: the same state expires once.
            let prefix = books::expiry_prefix(program, &creator_balance.creator);
            let of = period.as_deref().unwrap_or("-");
            let key = format!(
                "{prefix}{}/{}/{of}",
                creator_balance.last_transaction, creator_balance.asset
            );
            let expired = Entry::Expired(Expired {
                program: program.clone(),
                period,
                threshold: threshold.to_string(),
                beside: std::mem::take(&mut beside),
            });
            all.push(expired.post(key, context.now, postings));
        }
        Ok(all)
    }
}

fn found<'s>(
    tx: &mut Tx<'_>,
    all: &'s [CreatorBalance],
    rules: &Rules,
    program: Option<&str>,
) -> Result<Vec<Found<'s>>> {
    let mut found = Vec::new();
    for creator_balance in all {
        let parts = creator_balance.parts();
        let owes = creator_balance.invoiced > 0 || parts.values().any(|part| part.units < 0);
        for (id, part) in &parts {
            let Some(rule) = rules
                .known(id)
                .filter(|rule| rule.below == BelowThreshold::Expire)
            else {
                continue;
            };
            let amount = Money::new(creator_balance.asset, part.units);
            let is_below = part.units > 0 && amount.to_ratio() < rule.threshold.to_ratio();
            let is_meant = program.is_none_or(|program| program == id);
            let is_one_currency = rule.threshold.asset().code() == creator_balance.asset.code();
            if !(is_below && is_meant && !owes && is_one_currency) {
                continue;
            }
            // A threshold looks at what was earned, and nothing expires for having been taken.
            if let Some(earned) = of_periods::earned(tx, creator_balance, id)? {
                let expiring = Expiring {
                    creator: creator_balance.creator.clone(),
                    program: id.clone(),
                    amount,
                    threshold: rule.threshold,
                };
                found.push(Found {
                    expiring,
                    creator_balance,
                    earned,
                });
            }
        }
    }
    Ok(found)
}
