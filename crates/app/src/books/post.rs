//! Posting a run: the first in full, every later one as the difference to the one that stands in the books. That one's files are
//! proved against the books first: a difference to anything else would be money out of nothing.

use super::attribution::{Attribution, Change};
use super::collected::{Collected, Collectors, Divided, released};
use super::expired;
use super::{US, by_source, creators, flow, post_all};
use crate::base::error::{Error, Result};
use crate::base::keys;
use crate::runs::period::{self, PeriodState, Stage};
use crate::runs::{Run, RunFile};
use crate::workspace::records;
use earning::{Line, Totals};
use jiff::Timestamp;
use journal::{Earned, Entry, Funded};
use ledger::{Account, AccountKind, Transaction};
use money::{Asset, Money};
use policy::program::{Mechanism, PoolSource, Program};
use std::collections::BTreeMap;
use store::Tx;

/// Postings of one transaction at most; a creator with more lines gets several.
const POSTINGS: usize = 20_000;
/// Transactions handed to the store at once.
const GROUP: usize = 8_192;
/// Changed lines named in an adjustment's detail; all are in its postings.
const NAMED_LINES: usize = 200;

/// How the keys of all transactions of a period's runs begin.
pub(crate) fn key_prefix(program: &str, period: &str) -> String {
    format!("earn/{program}/{period}/")
}

/// What posting a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// Transactions booked.
    pub transactions: u64,
    /// Lines booked or changed.
    pub lines: u64,
    /// Changed lines and the sum of their changes by reason, for a restatement.
    pub changes: BTreeMap<String, Change>,
}

/// A run that is to be posted, with its lines and those of the run that it takes the place of. They are read before the books are written
/// to: nobody else who writes waits for files.
pub(crate) struct ToPost<'r> {
    run: &'r Run,
    earlier: Option<&'r Run>,
    new: Vec<Sourced>,
    old: Vec<Sourced>,
}

impl<'r> ToPost<'r> {
    /// Reads the lines. What the earlier run was posted with is what the difference is made to: each file of it must be what was stored.
    pub(crate) fn read(run: &'r Run, earlier: Option<&'r Run>) -> Result<Self> {
        let old = match earlier {
            Some(earlier) => {
                earlier.must_be_whole()?;
                lines(earlier)?
            }
            None => Vec::new(),
        };
        Ok(Self {
            run,
            earlier,
            new: lines(run)?,
            old,
        })
    }

    /// Posts the run and adds it to the books. A later run of a period posts the difference to the one that stands. The difference to a
    /// closed period has its reasons; an estimate is just made anew.
    ///
    /// # Errors
    /// A conflict where another run stands than the earlier one.
    pub(crate) fn post(
        &self,
        tx: &mut Tx<'_>,
        program: &Program,
        reasons: Option<&Attribution>,
    ) -> Result<Posted> {
        let run = self.run;
        let (id, name) = (&run.record.program, &run.record.period);
        let before = period::get(tx, id, name)?;
        let stands = before.as_ref().map(|before| before.value.run);
        if stands != self.earlier.map(|earlier| earlier.record.number) {
            return Err(records::conflict(period::KIND, &period::id(id, name)));
        }
        let stage = before
            .as_ref()
            .map_or(Stage::Estimated, |before| before.value.stage);
        let collectors = match stage {
            Stage::Payable => Some(Collectors::all(tx)?),
            Stage::Estimated | Stage::Final => None,
        };
        let poster = Poster {
            of: self,
            reasons,
            program,
            asset: run.asset()?,
            collectors,
            effective: effective(run, stage)?,
        };
        let posted = poster.post(tx)?;
        let of = run.period()?;
        let state = PeriodState {
            stage,
            locked: before.as_ref().is_some_and(|before| before.value.locked),
            run: run.record.number,
            run_hash: run.record.hash.clone(),
            final_on: of.final_on(&program.payable),
            payable_on: of.payable_on(&program.payable),
        };
        run.put(tx)?;
        period::put(tx, id, name, before.map_or(0, |before| before.version), &state)?;
        Ok(posted)
    }
}

/// What is posted, and how.
struct Poster<'a> {
    of: &'a ToPost<'a>,
    reasons: Option<&'a Attribution>,
    program: &'a Program,
    asset: Asset,
    /// The splits by which a payable period is divided; none of one that is not payable: then all of it is pending.
    collectors: Option<Collectors>,
    effective: Timestamp,
}

/// A line, and what of it comes from views in the United States.
struct Sourced {
    line: Line,
    us: i128,
}

/// One line's change from the run that stands in the books.
struct Delta<'l> {
    old: Option<&'l Sourced>,
    new: Option<&'l Sourced>,
}

impl<'l> Delta<'l> {
    /// The line to name it by: a line that is gone is named as it was.
    fn line(&self) -> &'l Line {
        let either = self.new.or(self.old);
        &either.expect("a delta has a line on one side at least").line
    }

    fn units(&self) -> i128 {
        let units = |one: Option<&Sourced>| one.map_or(0, |one| one.line.amount.units());
        units(self.new) - units(self.old)
    }

    fn us(&self) -> i128 {
        let us = |one: Option<&Sourced>| one.map_or(0, |one| one.us);
        us(self.new) - us(self.old)
    }
}

/// When what is posted of a run takes effect: an estimate at the period's end; what changes a closed period, when it is found out.
fn effective(run: &Run, stage: Stage) -> Result<Timestamp> {
    if stage != Stage::Estimated {
        return Ok(run.record.settled_at);
    }
    let end = crate::inputs::reader::midnight(run.record.to);
    let last_instant = Timestamp::from_millisecond(end.as_millisecond() - 1);
    last_instant.map_err(|e| Error::bug("books/time", e.to_string()))
}

/// The lines of a run.
fn lines(run: &Run) -> Result<Vec<Sourced>> {
    let us = run.reading(RunFile::Units, |path| run_files::amounts_from(path, US))?;
    let lines = run.lines()?.into_iter().zip(0_u32..);
    Ok(lines
        .map(|(line, index)| Sourced {
            line,
            us: us.get(&index).copied().unwrap_or(0),
        })
        .collect())
}

impl Poster<'_> {
    fn post(&self, tx: &mut Tx<'_>) -> Result<Posted> {
        let ToPost { new, old, .. } = self.of;
        let record = &self.of.run.record;
        let losing = expired::Losing {
            program: &record.program,
            period: &record.period,
            asset: self.asset,
            run: record.number,
            at: self.effective,
        };
        let has_expired = self.collectors.is_some() && losing.has_expired(tx)?;
        let mut posted = Posted::default();
        let mut batch: Vec<_> = self.fund()?.into_iter().collect();
        for deltas in merged(old, new).chunk_by(|a, b| a.line().creator == b.line().creator) {
            let collected = self.collected(deltas)?;
            batch.extend(self.creator(deltas, &collected, &mut posted)?);
            if has_expired {
                batch.extend(losing.undone(tx, &deltas[0].line().creator, &collected)?);
            }
            if batch.len() >= GROUP {
                posted.transactions += batch.len() as u64;
                post_all(tx, &batch)?;
                batch.clear();
            }
        }
        posted.transactions += batch.len() as u64;
        post_all(tx, &batch)?;
        Ok(posted)
    }

    fn account(&self, kind: AccountKind, owner: &str) -> Account {
        Account::of(kind, owner, self.asset)
    }

    /// How the keys of the run's transactions begin, with what each of them is.
    fn key(&self, what: &str) -> String {
        let record = &self.of.run.record;
        let prefix = key_prefix(&record.program, &record.period);
        format!("{prefix}{}/{what}", record.number)
    }

    /// What a creator's entry says.
    fn earned(&self, changes: Vec<journal::Change>) -> Entry {
        let record = &self.of.run.record;
        let earned = Earned {
            program: record.program.clone(),
            version: record.version,
            period: record.period.clone(),
            run: record.number,
            from_run: self.run_before(),
            changes,
        };
        match self.reasons {
            None => Entry::Earned(earned),
            Some(_) => Entry::Adjusted(earned),
        }
    }

    fn run_before(&self) -> Option<u32> {
        self.of.earlier.map(|earlier| earlier.record.number)
    }

    /// The period's money: where it comes from, and what of it is not the creators'. Afterwards the fund holds just what
    /// the creators' transactions take out of it.
    fn fund(&self) -> Result<Option<Transaction>> {
        let totals = |run: &Run| run.record.report.totals.clone();
        let (new, old) = (totals(self.of.run), self.of.earlier.map(totals));
        let change = |pick: fn(&Totals) -> i128| pick(&new) - old.as_ref().map_or(0, pick);
        let id = &*self.of.run.record.program;
        let fund = self.account(AccountKind::Fund, id);
        let source = self.account(source(&self.program.mechanism), id);
        let income = self.account(AccountKind::PlatformIncome, id);
        let beneficiary = self.account(AccountKind::BeneficiaryPayable, id);
        let parts = [
            (&source, &fund, change(gross), "money of the period"),
            (&fund, &income, change(deductions), "deductions"),
            (
                &fund,
                &beneficiary,
                change(|totals| totals.carve_out.units()),
                "carve-out",
            ),
            (
                &fund,
                &income,
                change(|totals| totals.platform_part.units()),
                "platform's part",
            ),
            (
                &fund,
                &income,
                change(|totals| totals.kept.units()),
                "kept: nobody had weight",
            ),
            (
                &fund,
                &income,
                change(|totals| totals.reduced.units()),
                "taken away by caps",
            ),
        ];
        let mut postings = Vec::new();
        for (debit, credit, units, what) in parts {
            postings.extend(flow(debit, credit, units, Some(what.into()))?);
        }
        let record = &self.of.run.record;
        let funded = Entry::Funded(Funded {
            program: record.program.clone(),
            version: record.version,
            period: record.period.clone(),
            run: record.number,
            from_run: self.run_before(),
        });
        let is_nothing = postings.is_empty();
        Ok((!is_nothing).then(|| funded.post(self.key("fund"), self.effective, postings)))
    }

    /// The creator, program and last day by which a payable period is divided.
    fn divided<'d>(&'d self, deltas: &'d [Delta<'_>]) -> Result<Divided<'d>> {
        Ok(Divided {
            creator: deltas[0].line().creator.as_ref(),
            asset: self.asset,
            program: &self.of.run.record.program,
            day: self.of.run.period()?.last_day(),
        })
    }

    /// What payees get more or less of one creator in a payable period; nothing of one that is not.
    fn collected(&self, deltas: &[Delta<'_>]) -> Result<Vec<Collected>> {
        let Some(collectors) = &self.collectors else {
            return Ok(Vec::new());
        };
        let sum = |side: fn(&Delta<'_>) -> Option<(i128, i128)>| {
            let all = deltas.iter().filter_map(side);
            let (units, us) = all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
            by_source(units, us)
        };
        let was = sum(|delta| delta.old.map(|one| (one.line.amount.units(), one.us)));
        let is = sum(|delta| delta.new.map(|one| (one.line.amount.units(), one.us)));
        Ok(collectors.change(self.divided(deltas)?, was, is))
    }

    /// The transactions of one creator: one posting for each source of each line that is new or has changed, and of a payable period what
    /// each payee gets or gives back.
    fn creator(
        &self,
        deltas: &[Delta<'_>],
        collected: &[Collected],
        posted: &mut Posted,
    ) -> Result<Vec<Transaction>> {
        let creator = &deltas[0].line().creator;
        let program = &*self.of.run.record.program;
        let fund = self.account(AccountKind::Fund, program);
        let mut postings = Vec::new();
        let mut changes = Vec::new();
        for delta in deltas {
            let line = delta.line();
            for (source, units) in by_source(delta.units(), delta.us()) {
                let kind = AccountKind::CreatorPending;
                let pending = creators(kind, creator.as_ref(), self.asset, (program, source));
                postings.extend(flow(&fund, &pending, units, Some((*line.id).into()))?);
            }
            if delta.units() != 0 {
                posted.lines += 1;
                self.explain(line, posted, &mut changes);
            }
        }
        postings.extend(released(self.divided(deltas)?, collected)?);
        let parts = postings.chunks(POSTINGS).enumerate();
        Ok(parts
            .map(|(part, postings)| {
                let what = match part {
                    0 => self.key("creator"),
                    _ => self.key(&format!("creator-{part}")),
                };
                let entry = self.earned(changes.clone());
                entry.post(keys::key(&what, creator), self.effective, postings.to_vec())
            })
            .collect())
    }

    /// Says why a line has changed, where reasons are asked for.
    fn explain(&self, line: &Line, posted: &mut Posted, changes: &mut Vec<journal::Change>) {
        let parts = self.reasons.iter();
        for part in parts.flat_map(|reasons| reasons.parts(&line.creator, &line.video)) {
            let reason = part.reason.name();
            let change = posted.changes.entry(reason.to_owned()).or_default();
            change.add(part.units());
            if changes.len() < NAMED_LINES {
                let amount = |units| Money::new(self.asset, units).to_decimal_string();
                changes.push(journal::Change {
                    line: line.id.clone(),
                    video: line.video.to_string(),
                    was: part.was.map(amount),
                    is: part.is.map(amount),
                    reason: reason.to_owned(),
                });
            }
        }
    }
}

/// What is taken off before anything is divided.
fn deductions(totals: &Totals) -> i128 {
    let each = totals.deductions.iter();
    each.map(|deduction| deduction.amount.units()).sum()
}

/// What a period's money was: caps may take away what no pool held (a rate has no pool), so it is what was divided and what was not.
fn gross(totals: &Totals) -> i128 {
    let not_divided = totals.carve_out.units() + totals.platform_part.units() + totals.kept.units();
    deductions(totals) + not_divided + totals.divided.units()
}

/// Who puts the money in.
const fn source(mechanism: &Mechanism) -> AccountKind {
    match mechanism {
        Mechanism::Share(_) => AccountKind::AdvertiserReceivable,
        // A conversion has no periods to settle; what it pays, the platform pays.
        Mechanism::Rate(_) | Mechanism::Conversion(_) => AccountKind::ProgramCost,
        Mechanism::Pool(pool) => match pool.source {
            PoolSource::AdRevenue => AccountKind::AdvertiserReceivable,
            PoolSource::Fixed(_) | PoolSource::Table(_) => AccountKind::ProgramCost,
            PoolSource::Funding => AccountKind::ChannelReceivable,
        },
    }
}

/// Lines of both runs side by side, by creator and video. Both lists are sorted so.
fn merged<'l>(old: &'l [Sourced], new: &'l [Sourced]) -> Vec<Delta<'l>> {
    let key = |one: &Sourced| (one.line.creator.clone(), one.line.video.clone());
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    let mut deltas = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return deltas,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(old), Some(new)) => key(old).cmp(&key(new)),
        };
        deltas.push(Delta {
            old: if order.is_le() { old.next() } else { None },
            new: if order.is_ge() { new.next() } else { None },
        });
    }
}
