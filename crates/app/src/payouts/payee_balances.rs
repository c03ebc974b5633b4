//! Who may be paid: balances taken apart by program, with the rules of the programs and of the platform.

use super::fixed::Pair;
use super::program_balances::{self, Part, Whose, slot_of, units_of};
use super::rules::{Creditors, Rule, Rules};
use super::{breaks, payee_records};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::unreleased::{Earnings, Unreleased};
use crate::runs::{Stage, left};
use crate::settling::close;
use crate::workspace::Workspace;
use jiff::civil::Date;
use ledger::{Account, AccountKind, AccountState};
use money::{Asset, Money};
use payout::batch::Minimums;
use payout::division::{self, Holdings, OfEarners, Slot, Source};
use payout::fx::Rates;
use payout::payee::Payee;
use payout::readiness::{BelowThreshold, Blocker, OtherDebts, ProgramPart, Readiness, Terms, readiness};
use std::collections::{BTreeMap, BTreeSet};
use store::{AccountFilter, Tx};

/// Of so many creators, programs and sources a payout is made at most: each may take a posting for what covers debts, for what is paid and
/// for tax.
const MOST_PIECES: usize = (ledger::MAX_POSTINGS - 1) / 3;

/// One payee's balance in one asset: of what the payee earned and of what it collects for other creators.
#[derive(Clone, Debug)]
pub(super) struct PayeeBalance {
    pub payee: String,
    pub asset: Asset,
    /// What is available by creator, program and source: reservations of payouts under way are taken off.
    pub held: OfEarners,
    /// Other creators for whom nothing is paid.
    pub stopped: BTreeSet<String>,
    /// What the payee was invoiced for and has not paid: it is taken before anything is paid.
    pub invoiced: i128,
    /// Periods whose money is still to come.
    pub upcoming: Vec<Upcoming>,
    /// References of payouts that are disputed.
    pub disputed: Vec<String>,
    /// What the payee owes in other currencies.
    pub owes_elsewhere: Vec<Money>,
    /// Whether payouts are under way.
    pub is_reserved: bool,
    /// The last transaction of the accounts: names their state.
    pub last_transaction: u64,
}

/// Money of a period that is not payable yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Upcoming {
    pub creator: String,
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

/// What payees were invoiced for and have not paid, by payee and asset.
pub(super) type Owed = BTreeMap<(String, Asset), i128>;

/// What payees, or one, were invoiced for and have not paid.
pub(super) fn owed(tx: &mut Tx<'_>, payee: Option<&str>) -> Result<Owed> {
    let filter = AccountFilter {
        kind: Some(AccountKind::CreatorReceivable),
        owner: payee.map(str::to_owned),
        asset: None,
    };
    let owes = |state: AccountState| {
        let units = state.balance.posted(state.account.kind.side());
        ((state.account.owner.to_string(), state.account.asset), units)
    };
    let all = tx.accounts(&filter)?.into_iter().map(owes);
    Ok(all.filter(|(_, units)| *units != 0).collect())
}

/// Every payee with an available balance or an unpaid invoice, by payee and asset; only one payee's if named.
pub(super) fn with_balance(tx: &mut Tx<'_>, payee: Option<&str>) -> Result<Vec<PayeeBalance>> {
    let filter = AccountFilter {
        kind: Some(AccountKind::CreatorAvailable),
        owner: payee.map(str::to_owned),
        asset: None,
    };
    let owed = owed(tx, payee)?;
    let disputed = breaks::disputed(tx)?;
    let mut payee_balances = Vec::new();
    let states = tx.accounts(&filter)?;
    let whose = |state: &AccountState| (state.account.owner.clone(), state.account.asset);
    // Accounts of one payee and asset stand beside each other.
    for states in states.chunk_by(|a, b| whose(a) == whose(b)) {
        let whose = (states[0].account.owner.to_string(), states[0].account.asset);
        let invoiced = owed.get(&whose).copied().unwrap_or(0);
        let mut payee_balance = payee_balance(whose, states, invoiced);
        if payee_balance.available() == 0 && !payee_balance.is_reserved && invoiced == 0 {
            continue;
        }
        payee_balance.disputed = disputed.get(&payee_balance.payee).cloned().unwrap_or_default();
        payee_balances.push(payee_balance);
    }
    note_debts(&mut payee_balances);
    note_stopped(tx, &mut payee_balances)?;
    Ok(payee_balances)
}

/// Tells each balance of which other creators nothing is paid.
pub(super) fn note_stopped(tx: &mut Tx<'_>, payee_balances: &mut [PayeeBalance]) -> Result<()> {
    let others = payee_balances.iter().flat_map(PayeeBalance::others);
    let others: BTreeSet<&str> = others.collect();
    if others.is_empty() {
        return Ok(());
    }
    let stopped = payee_records::stopped(tx, &others.into_iter().collect::<Vec<_>>())?;
    for payee_balance in payee_balances {
        let of_it = payee_balance
            .others()
            .filter(|creator| stopped.contains(*creator));
        payee_balance.stopped = of_it.map(str::to_owned).collect();
    }
    Ok(())
}

/// Tells each balance what its payee owes in other currencies.
pub(super) fn note_debts(payee_balances: &mut [PayeeBalance]) {
    let mut owed: BTreeMap<String, Vec<Money>> = BTreeMap::new();
    for payee_balance in payee_balances.iter() {
        let units = payee_balance.available() - payee_balance.invoiced;
        if units < 0 {
            let debts = owed.entry(payee_balance.payee.clone()).or_default();
            debts.push(Money::new(payee_balance.asset, -units));
        }
    }
    for payee_balance in payee_balances {
        let debts = owed.get(&payee_balance.payee).into_iter().flatten();
        let others = debts.filter(|debt| debt.asset().code() != payee_balance.asset.code());
        payee_balance.owes_elsewhere = others.copied().collect();
    }
}

fn payee_balance((payee, asset): (String, Asset), states: &[AccountState], invoiced: i128) -> PayeeBalance {
    let mut held = OfEarners::new();
    for state in states {
        let (slot, units) = (slot_of(&state.account), units_of(state));
        if let Some(slot) = slot.filter(|_| units != 0) {
            let of_earner = held.entry(state.account.earner().to_string()).or_default();
            of_earner.insert(slot, units);
        }
    }
    let last = states.iter().map(|state| state.last_transaction).max();
    PayeeBalance {
        held,
        invoiced,
        is_reserved: states.iter().any(|state| state.balance.debits_pending != 0),
        last_transaction: last.unwrap_or(0),
        ..nothing(payee, asset)
    }
}

/// A balance of nothing.
pub(super) fn nothing(payee: String, asset: Asset) -> PayeeBalance {
    PayeeBalance {
        payee,
        asset,
        held: OfEarners::new(),
        stopped: BTreeSet::new(),
        invoiced: 0,
        upcoming: Vec::new(),
        disputed: Vec::new(),
        owes_elsewhere: Vec::new(),
        is_reserved: false,
        last_transaction: 0,
    }
}

/// Releases what is due and reads every balance: what a batch is prepared of.
pub(super) fn released(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    earnings: &Earnings,
    context: &Context<'_>,
) -> Result<Vec<PayeeBalance>> {
    let released = close::release_due(tx, workspace, earnings, context.today())?;
    left::note(&released.left, context);
    with_balance(tx, None)
}

impl PayeeBalance {
    /// Other creators of whom it has, or is to have, something.
    fn others(&self) -> impl Iterator<Item = &str> {
        let upcoming = self.upcoming.iter().map(|upcoming| upcoming.creator.as_str());
        let all = self.held.keys().map(String::as_str).chain(upcoming);
        all.filter(|creator| *creator != self.payee)
    }

    /// Whether it has, or is to have, something of a creator's earnings.
    pub(super) fn is_of(&self, creator: &str) -> bool {
        self.held.contains_key(creator) || self.upcoming.iter().any(|upcoming| upcoming.creator == creator)
    }

    /// What there is of each creator, where there is something of others than the payee.
    pub(super) fn of_creators(&self) -> Vec<(String, i128)> {
        if self.held.keys().all(|creator| *creator == self.payee) {
            return Vec::new();
        }
        let sums = self
            .held
            .iter()
            .map(|(creator, held)| (creator.clone(), division::total(held)));
        sums.collect()
    }

    /// Adds what is to come of a period.
    pub(super) fn expect(&mut self, period: &Unreleased, creator: &str, part: Part, today: Date) {
        if period.stage == Stage::Final && period.payable_on <= today {
            let others = part.units - part.us_source;
            let held = self.held.entry(creator.to_owned()).or_default();
            for (source, units) in [(Source::Us, part.us_source), (Source::Other, others)] {
                *held.entry(Slot::new(&*period.program, source)).or_default() += units;
            }
            return;
        }
        self.upcoming.push(Upcoming {
            creator: creator.to_owned(),
            program: period.program.clone(),
            period: period.period.clone(),
            stage: period.stage,
            payable_on: period.payable_on,
            part,
        });
    }

    /// What may be paid, and what is owed: not what there is of stopped creators, whose debts stay in.
    pub(super) fn payable_of(&self) -> OfEarners {
        let mut held = self.held.clone();
        for creator in &self.stopped {
            if let Some(of_creator) = held.get_mut(creator) {
                let parts = program_balances::by_program(of_creator);
                of_creator.retain(|slot, _| parts.get(&slot.program).is_none_or(|part| part.units <= 0));
            }
        }
        held
    }

    /// What there is of stopped creators.
    fn of_stopped(&self) -> Vec<Blocker> {
        let mut blockers = Vec::new();
        for creator in &self.stopped {
            let parts = self.held.get(creator).map(program_balances::by_program);
            let parts = parts.into_iter().flat_map(BTreeMap::into_values);
            let units: i128 = parts.map(|part| part.units.max(0)).sum();
            if units > 0 {
                blockers.push(Blocker::CreatorStopped {
                    creator: creator.clone(),
                    amount: Money::new(self.asset, units),
                });
            }
        }
        blockers
    }

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
        let payable = division::together(&self.payable_of());
        let mut balance = division::total(&payable) - self.invoiced;
        let mut parts = Vec::new();
        for (program, part) in &program_balances::by_program(&payable) {
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
            .map_err(|e| Error::bad_input("payout/readiness", format!("payee `{}`: {e}", self.payee)))?;
        let (own, stopped) = (self.own_blockers(terms), self.of_stopped());
        Ok(match answer {
            Readiness::Payable(mut payable) if own.is_empty() => {
                payable.left_out.extend(stopped);
                Readiness::Payable(payable)
            }
            Readiness::Payable(_) => Readiness::Blocked(own),
            Readiness::Blocked(mut blockers) => {
                // There is something, and it is stopped.
                if !stopped.is_empty() {
                    blockers.retain(|blocker| *blocker != Blocker::NothingEarned);
                }
                blockers.extend(own.into_iter().chain(stopped));
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
        if self.held.values().map(Holdings::len).sum::<usize>() > MOST_PIECES {
            blockers.push(Blocker::TooManyCreators {
                creators: self.held.len(),
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
        let is_stopped = |upcoming: &&Upcoming| self.stopped.contains(&upcoming.creator);
        let mut upcoming: Vec<&Upcoming> = self.upcoming.iter().filter(|one| !is_stopped(one)).collect();
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
        self.held.values().map(division::total).sum()
    }

    /// What is available by program, of all creators.
    pub(super) fn parts(&self) -> BTreeMap<String, Part> {
        program_balances::by_program(&division::together(&self.held))
    }

    /// Whose balance it is.
    pub(super) fn whose(&self) -> Whose<'_> {
        Whose {
            payee: &self.payee,
            asset: self.asset,
        }
    }

    /// The account of what the payee was invoiced for.
    pub(super) fn receivable(&self) -> Account {
        Account::of(AccountKind::CreatorReceivable, &*self.payee, self.asset)
    }
}

/// The programs of which somebody has money, each with how many creators have some.
pub(super) fn creditors(all: &[PayeeBalance]) -> Creditors {
    let mut creditors = Creditors::new();
    for (program, part) in all.iter().flat_map(PayeeBalance::parts) {
        if part.units > 0 {
            *creditors.entry(program).or_default() += 1;
        }
    }
    creditors
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn more_creators_than_a_payout_reserves_stop_it_and_no_other() {
        let usd = Asset::micro("USD").unwrap();
        let terms = Terms {
            today: date(2026, 11, 1),
            next_payout: None,
            tax_form: payout::readiness::TaxFormPolicy::Optional,
            other_debts: OtherDebts::Apart,
            withholding: payout::withholding::WithholdingRules::default(),
            rates: None,
        };
        let mut agency = nothing("agency".to_owned(), usd);
        let fund = Slot::new("fund", Source::Other);
        for number in 0..MOST_PIECES {
            let held = Holdings::from([(fund.clone(), 1)]);
            agency.held.insert(format!("c{number}"), held);
        }
        assert_eq!(agency.own_blockers(&terms), []);
        agency
            .held
            .insert("one more".to_owned(), Holdings::from([(fund, 1)]));
        let creators = MOST_PIECES + 1;
        assert_eq!(
            agency.own_blockers(&terms),
            [Blocker::TooManyCreators { creators }]
        );
    }
}
