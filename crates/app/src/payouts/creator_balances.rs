//! Who may be paid: balances taken apart by program, with the rules of the programs and of the platform.

use super::fixed::Pair;
use super::program_balances::{self, Part, Whose, slot_of, units_of};
use super::rules::{Creditors, Rule, Rules};
use super::{breaks, payees};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::unreleased::Unreleased;
use crate::runs::{Stage, left};
use crate::settling::close;
use crate::workspace::Workspace;
use jiff::civil::Date;
use ledger::{Account, AccountKind, AccountState};
use money::{Asset, Money};
use payout::batch::Minimums;
use payout::division::{self, Holdings, Slot, Source};
use payout::fx::Rates;
use payout::payee::Payee;
use payout::readiness::{BelowThreshold, Blocker, OtherDebts, ProgramPart, Readiness, Terms, readiness};
use std::collections::{BTreeMap, BTreeSet};
use store::{AccountFilter, Tx};

/// One creator's balance in one asset.
#[derive(Clone, Debug)]
pub(super) struct CreatorBalance {
    pub creator: String,
    pub asset: Asset,
    /// What is available by program and source: reservations of payouts under way are taken off.
    pub held: Holdings,
    /// What the creator was invoiced for and has not paid: it is taken before anything is paid.
    pub invoiced: i128,
    /// Periods whose money is still to come.
    pub upcoming: Vec<Upcoming>,
    /// References of payouts that are disputed.
    pub disputed: Vec<String>,
    /// What the creator owes in other currencies.
    pub owes_elsewhere: Vec<Money>,
    /// Whether payouts are under way.
    pub is_reserved: bool,
    /// The last transaction of the accounts: names their state.
    pub last_transaction: u64,
}

/// Money of a period that is not payable yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upcoming {
    pub program: String,
    pub period: String,
    pub stage: Stage,
    pub payable_on: Date,
    pub part: Part,
}

/// The platform's terms on a day.
pub(super) fn terms<'r>(workspace: &Workspace, rates: Option<&'r Rates>, today: Date) -> Terms<'r> {
    let config = &workspace.config().payout;
    Terms {
        today,
        next_payout: None,
        tax_form: config.tax_form,
        other_debts: config.other_debts,
        withholding: config.withholding.clone().unwrap_or_default(),
        rates,
    }
}

/// What creators were invoiced for and have not paid, by creator and asset.
pub(super) type Owed = BTreeMap<(String, Asset), i128>;

/// What creators, or one, were invoiced for and have not paid.
pub(super) fn owed(tx: &mut Tx<'_>, creator: Option<&str>) -> Result<Owed> {
    let filter = AccountFilter {
        kind: Some(AccountKind::CreatorReceivable),
        owner: creator.map(str::to_owned),
        asset: None,
    };
    let owes = |state: AccountState| {
        let units = state.balance.posted(state.account.kind.side());
        ((state.account.owner.to_string(), state.account.asset), units)
    };
    let all = tx.accounts(&filter)?.into_iter().map(owes);
    Ok(all.filter(|(_, units)| *units != 0).collect())
}

/// Every creator with an available balance or an unpaid invoice, by creator and asset; only one creator's if named.
pub(super) fn with_balance(tx: &mut Tx<'_>, creator: Option<&str>) -> Result<Vec<CreatorBalance>> {
    let filter = AccountFilter {
        kind: Some(AccountKind::CreatorAvailable),
        owner: creator.map(str::to_owned),
        asset: None,
    };
    let owed = owed(tx, creator)?;
    let disputed = breaks::disputed(tx)?;
    let mut creator_balances = Vec::new();
    let states = tx.accounts(&filter)?;
    let whose = |state: &AccountState| (state.account.owner.clone(), state.account.asset);
    // Accounts of one creator and asset stand beside each other.
    for states in states.chunk_by(|a, b| whose(a) == whose(b)) {
        let whose = (states[0].account.owner.to_string(), states[0].account.asset);
        let invoiced = owed.get(&whose).copied().unwrap_or(0);
        let mut creator_balance = creator_balance(whose, states, invoiced);
        if creator_balance.available() == 0 && !creator_balance.is_reserved && invoiced == 0 {
            continue;
        }
        creator_balance.disputed = disputed
            .get(&creator_balance.creator)
            .cloned()
            .unwrap_or_default();
        creator_balances.push(creator_balance);
    }
    note_debts(&mut creator_balances);
    Ok(creator_balances)
}

/// Tells each balance what its creator owes in other currencies.
fn note_debts(creator_balances: &mut [CreatorBalance]) {
    let mut owed: BTreeMap<String, Vec<Money>> = BTreeMap::new();
    for creator_balance in creator_balances.iter() {
        let units = creator_balance.available() - creator_balance.invoiced;
        if units < 0 {
            let debts = owed.entry(creator_balance.creator.clone()).or_default();
            debts.push(Money::new(creator_balance.asset, -units));
        }
    }
    for creator_balance in creator_balances {
        let debts = owed.get(&creator_balance.creator).into_iter().flatten();
        let others = debts.filter(|debt| debt.asset().code() != creator_balance.asset.code());
        creator_balance.owes_elsewhere = others.copied().collect();
    }
}

fn creator_balance(
    (creator, asset): (String, Asset),
    states: &[AccountState],
    invoiced: i128,
) -> CreatorBalance {
    let slots = states
        .iter()
        .filter_map(|state| Some((slot_of(&state.account)?, units_of(state))));
    let last = states.iter().map(|state| state.last_transaction).max();
    CreatorBalance {
        creator,
        asset,
        held: slots.filter(|(_, units)| *units != 0).collect(),
        invoiced,
        upcoming: Vec::new(),
        disputed: Vec::new(),
        owes_elsewhere: Vec::new(),
        is_reserved: states.iter().any(|state| state.balance.debits_pending != 0),
        last_transaction: last.unwrap_or(0),
    }
}

/// Adds what is still to come to balances, and makes balances of creators who have nothing else. What is due by now is
/// added to the balance as if it had been released.
pub(super) fn add_upcoming(
    creator_balances: &mut Vec<CreatorBalance>,
    unreleased: &[Unreleased],
    creator: Option<&str>,
    today: Date,
) {
    let mut index: BTreeMap<(String, Asset), usize> = BTreeMap::new();
    for (place, creator_balance) in creator_balances.iter().enumerate() {
        index.insert((creator_balance.creator.clone(), creator_balance.asset), place);
    }
    for period in unreleased {
        for (owner, earned) in &period.earned {
            if (earned.units == 0 && earned.us_source == 0) || creator.is_some_and(|creator| creator != owner)
            {
                continue;
            }
            let place = *index.entry((owner.clone(), period.asset)).or_insert_with(|| {
                creator_balances.push(CreatorBalance {
                    creator: owner.clone(),
                    asset: period.asset,
                    held: Holdings::new(),
                    // An invoice was written of an available balance: who has one is there already.
                    invoiced: 0,
                    upcoming: Vec::new(),
                    disputed: Vec::new(),
                    owes_elsewhere: Vec::new(),
                    is_reserved: false,
                    last_transaction: 0,
                });
                creator_balances.len() - 1
            });
            let part = Part {
                units: earned.units,
                us_source: earned.us_source,
            };
            let creator_balance = &mut creator_balances[place];
            if period.stage == Stage::Final && period.payable_on <= today {
                let others = part.units - part.us_source;
                for (source, units) in [(Source::Us, part.us_source), (Source::Other, others)] {
                    let slot = Slot::new(&*period.program, source);
                    *creator_balance.held.entry(slot).or_default() += units;
                }
            } else {
                creator_balance.upcoming.push(Upcoming {
                    program: period.program.clone(),
                    period: period.period.clone(),
                    stage: period.stage,
                    payable_on: period.payable_on,
                    part,
                });
            }
        }
    }
    creator_balances.sort_by(|a, b| (&a.creator, a.asset).cmp(&(&b.creator, b.asset)));
    note_debts(creator_balances);
}

/// Releases what is due and reads every balance: what a batch is prepared of.
pub(super) fn released(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    context: &Context<'_>,
) -> Result<Vec<CreatorBalance>> {
    let released = close::release_due(tx, workspace, context.today())?;
    left::note(&released.left, context);
    with_balance(tx, None)
}

/// All payees, or one.
pub(super) fn payees(tx: &mut Tx<'_>, creator: Option<&str>) -> Result<BTreeMap<String, Payee>> {
    match creator {
        None => payees::all(tx),
        Some(id) => Ok(payees::find(tx, id)?
            .map(|payee| (id.to_owned(), payee))
            .into_iter()
            .collect()),
    }
}

impl CreatorBalance {
    /// May it be paid? With programs named, the others' money stays where it is.
    pub(super) fn readiness(
        &self,
        payee: Option<&Payee>,
        rules: &Rules,
        terms: &Terms<'_>,
        programs: &[String],
    ) -> Result<Readiness> {
        let asks = |program: &String| programs.is_empty() || programs.contains(program);
        let money = |units| Money::new(self.asset, units);
        let mut balance = self.available() - self.invoiced;
        let mut parts = Vec::new();
        for (program, part) in &self.parts() {
            if part.units > 0 && !asks(program) {
                balance -= part.units;
            } else if part.units > 0 {
                parts.push(self.program_part(program, *part, Some(terms.today), rules));
            }
        }
        for (program, day, part) in self.first_upcoming() {
            // What is final and due stands in the balance: a day that has come is an estimate's.
            let day = Some(day).filter(|day| *day > terms.today);
            let is_there = parts.iter().any(|there: &ProgramPart| there.program == program);
            if !is_there && asks(&program) && part.units > 0 {
                balance += part.units;
                parts.push(self.program_part(&program, part, day, rules));
            }
        }
        let answer = readiness(payee, money(balance), &parts, terms)
            .map_err(|e| Error::bad_input("payout/readiness", format!("creator `{}`: {e}", self.creator)))?;
        let own = self.own_blockers(terms);
        Ok(match answer {
            answer if own.is_empty() => answer,
            Readiness::Payable(_) => Readiness::Blocked(own),
            Readiness::Blocked(mut blockers) => {
                blockers.extend(own);
                Readiness::Blocked(blockers)
            }
        })
    }

    /// The currencies between which it is compared what is paid: thresholds with the balance, and a rail's minimum with what
    /// would arrive.
    pub(super) fn compared(&self, payee: &Payee, rules: &Rules, minimums: &Minimums) -> BTreeSet<Pair> {
        let parts = self.parts();
        let programs = parts.iter().filter(|(_, part)| part.units > 0);
        let thresholds = programs.filter_map(|(id, _)| Some(rules.known(id)?.threshold));
        let of_balance = thresholds
            .chain(payee.threshold)
            .map(|threshold| (threshold, self.asset.code().to_owned()));
        let method = payee.method();
        let of_rail = method.and_then(|method| {
            let minimum = minimums.of(method.to.rail())?;
            Some((minimum, method.currency.as_str().to_owned()))
        });
        let pairs = of_balance.chain(of_rail);
        let pairs = pairs.map(|(amount, to)| (amount.asset().code().to_owned(), to));
        pairs.filter(|(from, to)| from != to).collect()
    }

    /// What is in the way beside what the balance itself says.
    fn own_blockers(&self, terms: &Terms<'_>) -> Vec<Blocker> {
        let mut blockers = Vec::new();
        if !self.disputed.is_empty() {
            blockers.push(Blocker::Disputed {
                references: self.disputed.clone(),
            });
        }
        if terms.other_debts == OtherDebts::Stop && !self.owes_elsewhere.is_empty() {
            blockers.push(Blocker::OwesElsewhere {
                owed: self.owes_elsewhere.clone(),
            });
        }
        blockers
    }

    fn program_part(
        &self,
        program: &str,
        part: Part,
        payable_on: Option<Date>,
        rules: &Rules,
    ) -> ProgramPart {
        let (threshold, below, missing) = match rules.of(program) {
            Rule::Known(rule) => (rule.threshold, rule.below, None),
            Rule::Missing(missing) => (
                Money::zero(self.asset),
                policy::program::BelowThreshold::Roll,
                Some(missing.to_owned()),
            ),
        };
        ProgramPart {
            program: program.to_owned(),
            amount: Money::new(self.asset, part.units),
            us_source: Money::new(self.asset, part.us_source.clamp(0, part.units)),
            threshold,
            below: match below {
                policy::program::BelowThreshold::Expire => BelowThreshold::Expire,
                policy::program::BelowThreshold::Roll => BelowThreshold::Roll,
            },
            missing,
            payable_on,
        }
    }

    /// What comes next of each program: its first day, and all that becomes payable by then.
    fn first_upcoming(&self) -> Vec<(String, Date, Part)> {
        let mut first: BTreeMap<&str, (Date, Part)> = BTreeMap::new();
        let mut upcoming: Vec<&Upcoming> = self.upcoming.iter().collect();
        upcoming.sort_by_key(|upcoming| upcoming.payable_on);
        for next in upcoming {
            let (day, part) = first
                .entry(&next.program)
                .or_insert((next.payable_on, Part::default()));
            if *day == next.payable_on {
                part.units += next.part.units;
                part.us_source += next.part.us_source;
            }
        }
        first
            .into_iter()
            .map(|(program, (day, part))| (program.to_owned(), day, part))
            .collect()
    }

    /// All that is available.
    pub(super) fn available(&self) -> i128 {
        division::total(&self.held)
    }

    /// What is available by program.
    pub(super) fn parts(&self) -> BTreeMap<String, Part> {
        program_balances::by_program(&self.held)
    }

    /// Whose balance it is.
    pub(super) fn whose(&self) -> Whose<'_> {
        Whose {
            creator: &self.creator,
            asset: self.asset,
        }
    }

    /// The account of what the creator was invoiced for.
    pub(super) fn receivable(&self) -> Account {
        Account::of(AccountKind::CreatorReceivable, &*self.creator, self.asset)
    }
}

/// The programs of which somebody has money, each with how many creators have some.
pub(super) fn creditors(all: &[CreatorBalance]) -> Creditors {
    let mut creditors = Creditors::new();
    for (program, part) in all.iter().flat_map(CreatorBalance::parts) {
        if part.units > 0 {
            *creditors.entry(program).or_default() += 1;
        }
    }
    creditors
}
