//! Expiry: money below the threshold of a program whose rules let it expire becomes the platform's, when somebody says so.

use super::of_periods;
use super::payee_balances::{self, PayeeBalance};
use super::program_balances::{by_program, cannot_divide};
use super::rules::Rules;
use super::whole::books_to_write;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::{self, post_all};
use crate::workspace::Workspace;
use journal::{Entry, Expired};
use ledger::{Account, AccountKind, Posting, Transaction};
use money::Money;
use payout::division::{self, Holdings, OfEarners, OfPeriods};
use policy::program::BelowThreshold;
use serde::Serialize;
use std::collections::BTreeMap;
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
    let store = books_to_write(workspace, context)?;
    let shown = store.read(|tx| {
        let rules = Rules::read(tx, context.today())?;
        let all = payee_balances::with_balance(tx, None)?;
        rules.tell_missing(&payee_balances::creditors(&all), context);
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
        let all = payee_balances::with_balance(tx, None)?;
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

/// What expires, and of which creators and periods it was earned.
struct Found<'s> {
    expiring: Expiring,
    payee_balance: &'s PayeeBalance,
    earned: BTreeMap<String, OfPeriods>,
}

impl Found<'_> {
    /// What the program has from both sources becomes the platform's: one transaction for each creator and period, the oldest first.
    fn transactions(&self, context: &Context<'_>) -> Result<Vec<Transaction>> {
        let payee_balance = self.payee_balance;
        let mut held = payee_balance.payable_of();
        for of_creator in held.values_mut() {
            of_creator.retain(|slot, _| slot.program == self.expiring.program);
        }
        let whole = division::together(&held);
        let division = division::payout(&whole, |_| true, division::total(&whole));
        let of_whom = division.and_then(|division| division::of_whom(&held, &division));
        let of_whom = of_whom.map_err(|error| cannot_divide(&error, &payee_balance.payee, &held))?;
        let mut moves = payee_balance.whose().moves(&of_whom.moves)?;
        let mut all = Vec::new();
        for (creator, parts) in of_whom.parts {
            all.extend(self.of_creator(&creator, parts, &mut moves, context)?);
        }
        Ok(all)
    }

    /// The same of one creator. The first of all takes what covers debts.
    fn of_creator(
        &self,
        creator: &str,
        mut left: Holdings,
        moves: &mut Vec<Posting>,
        context: &Context<'_>,
    ) -> Result<Vec<Transaction>> {
        let Expiring {
            program, threshold, ..
        } = &self.expiring;
        let payee_balance = self.payee_balance;
        let (whose, asset) = (payee_balance.whose(), payee_balance.asset);
        let income = Account::of(AccountKind::ExpiredIncome, &**program, asset);
        let earned = self.earned.get(creator).cloned().unwrap_or_default();
        let periods = division::oldest_first(division::total(&left), &earned);
        let without = |period: &String| !periods.contains_key(&Some(period.clone()));
        let beside = earned.keys().flatten().filter(|period| without(period));
        let mut beside: Vec<String> = beside.cloned().collect();
        let mut all = Vec::new();
        for (period, units) in periods {
            let mut postings = std::mem::take(moves);
            let parts = division::first_of(&mut left, units);
            let parts = OfEarners::from([(creator.to_owned(), parts)]);
            postings.extend(whose.taken(&parts, &income, None)?);
            // The accounts' last transaction names the state that expires: the same state expires once.
            let prefix = books::expiry_prefix(program, &payee_balance.payee, creator);
            let of = period.as_deref().unwrap_or("-");
            let key = format!("{prefix}{}/{asset}/{of}", payee_balance.last_transaction);
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
    all: &'s [PayeeBalance],
    rules: &Rules,
    program: Option<&str>,
) -> Result<Vec<Found<'s>>> {
    let mut found = Vec::new();
    for payee_balance in all {
        let parts = by_program(&division::together(&payee_balance.payable_of()));
        let owes = payee_balance.invoiced > 0 || parts.values().any(|part| part.units < 0);
        for (id, part) in &parts {
            let Some(rule) = rules
                .known(id)
                .filter(|rule| rule.below == BelowThreshold::Expire)
            else {
                continue;
            };
            let amount = Money::new(payee_balance.asset, part.units);
            let is_below = part.units > 0 && amount.to_ratio() < rule.threshold.to_ratio();
            let is_meant = program.is_none_or(|program| program == id);
            let is_one_currency = rule.threshold.asset().code() == payee_balance.asset.code();
            if !(is_below && is_meant && !owes && is_one_currency) {
                continue;
            }
            // A threshold looks at what was earned, and nothing expires for having been taken.
            if let Some(earned) = of_periods::earned(tx, payee_balance, id)? {
                let expiring = Expiring {
                    creator: payee_balance.payee.clone(),
                    program: id.clone(),
                    amount,
                    threshold: rule.threshold,
                };
                found.push(Found {
                    expiring,
                    payee_balance,
                    earned,
                });
            }
        }
    }
    Ok(found)
}
