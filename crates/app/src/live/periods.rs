//! Periods of LIVE money: what is booked for each, and how far it has come. Closing a period ends what is booked for it; nothing keeps
//! from being booked what is dated in it.

use super::booked_for::{CLOSED, Closed, closed, id, place};
use super::period_sums::{BOOKED, StoredSums, account_of};
use super::streaks::LoadedStreaks;
use super::terms::Terms;
use super::{cursor, timeline, waiting};
use crate::base::error::{Cause, Error, Result};
use crate::inputs::programs;
use crate::runs::{Stage, parse_period};
use crate::workspace::Workspace;
use crate::workspace::books::Books;
use crate::workspace::records::{self, Versioned};
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::AccountKind;
use money::{Asset, Money, Whole};
use policy::period::Period;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use store::Tx;

/// A period of LIVE money as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LivePeriod {
    /// The program.
    pub program: String,
    /// The period.
    #[serde(serialize_with = "as_text")]
    pub period: Period,
    /// Estimated while it is open, then final.
    pub stage: Stage,
    /// True when it was reported for good.
    pub locked: bool,
    /// First day on which it may be closed.
    pub final_on: Date,
    /// What creators have of it, by asset: what their diamonds are worth, subscriptions, and what redemptions gave more, less what was
    /// taken back.
    #[serde(serialize_with = "as_texts")]
    pub earned: Vec<Money>,
    /// What happened to it just now, if anything did.
    pub result: Option<&'static str>,
    /// Remarks for people: what waits.
    pub notes: Vec<String>,
    /// What is booked for it.
    #[serde(skip)]
    changes: Vec<Change>,
    /// The version of the record that says that it is closed; 0: there is none.
    #[serde(skip)]
    version: u64,
}

/// By how much accounts of a kind changed, by entries of one cause that are dated in one period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The period that they are dated in. It was closed, where that is another one than they are booked for.
    pub dated: String,
    /// The entries' cause.
    pub what: String,
    /// How many entries of this cause are dated there.
    pub entries: u64,
    /// The accounts' kind.
    #[serde(serialize_with = "as_text")]
    pub account: AccountKind,
    /// By how much they changed on their normal side.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub change: Money,
}

/// A period with all that is booked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodReport {
    /// How far it has come.
    #[serde(flatten)]
    pub period: LivePeriod,
    /// What is booked for it.
    pub booked: Vec<Change>,
    /// What is dated in it and was booked for a later one, since it was closed.
    pub booked_later: Vec<Later>,
}

/// What is dated in one period and booked for another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Later {
    /// For which.
    pub period: String,
    /// What.
    pub booked: Vec<Change>,
}

fn as_text<T: ToString, S: Serializer>(value: &T, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&value.to_string())
}

fn as_texts<S: Serializer>(amounts: &[Money], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(amounts.iter().map(ToString::to_string))
}

/// Every period that something is booked for, of one program or of all, in order.
pub(crate) fn all(tx: &mut Tx<'_>, program: Option<&str>) -> Result<Vec<LivePeriod>> {
    let prefix = program.map_or_else(String::new, |program| format!("{program}/"));
    let mut states: BTreeMap<String, BTreeMap<Period, Versioned<Closed>>> = BTreeMap::new();
    let mut found = Vec::new();
    for (id, sums) in records::list::<StoredSums>(tx, BOOKED, &prefix)? {
        let (program, period) = place(&id)?;
        if !states.contains_key(program) {
            states.insert(program.to_owned(), closed(tx, program)?);
        }
        found.push(LivePeriod::of(
            program,
            period,
            states[program].get(&period),
            &sums.value,
        )?);
    }
    found.sort_by(|a, b| (&a.program, a.period).cmp(&(&b.program, b.period)));
    Ok(found)
}

impl LivePeriod {
    fn of(
        program: &str,
        period: Period,
        closed: Option<&Versioned<Closed>>,
        sums: &StoredSums,
    ) -> Result<LivePeriod> {
        let changes = changes(sums)?;
        Ok(LivePeriod {
            program: program.to_owned(),
            period,
            stage: closed.map_or(Stage::Estimated, |_| Stage::Final),
            locked: closed.is_some_and(|closed| closed.value.locked),
            final_on: sums.final_on,
            earned: earned(&changes),
            result: None,
            notes: Vec::new(),
            changes,
            version: closed.map_or(0, |closed| closed.version),
        })
    }

    /// Closes it: nothing more is booked for it.
    pub(crate) fn close(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.stage = Stage::Final;
        self.result = Some("closed");
        self.put(tx)
    }

    /// Locks it: what comes late for it is told.
    pub(crate) fn lock(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.locked = true;
        self.result = Some("locked");
        self.put(tx)
    }

    fn put(&self, tx: &mut Tx<'_>) -> Result<()> {
        let id = id(&self.program, self.period);
        records::put(tx, CLOSED, &id, self.version, &Closed { locked: self.locked })
    }
}

fn changes(sums: &StoredSums) -> Result<Vec<Change>> {
    let mut all = Vec::new();
    for (dated, causes) in &sums.dated {
        for (what, sum) in causes {
            for (name, Whole(units)) in &sum.changes {
                let (account, asset) = account_of(name)?;
                all.push(Change {
                    dated: dated.clone(),
                    what: what.clone(),
                    entries: sum.entries,
                    account,
                    change: Money::new(asset, *units),
                });
            }
        }
    }
    Ok(all)
}

/// What creators have of it.
fn earned(changes: &[Change]) -> Vec<Money> {
    let kinds = [
        AccountKind::DiamondLiability,
        AccountKind::CreatorPending,
        AccountKind::CreatorAvailable,
    ];
    let mut sums: BTreeMap<Asset, i128> = BTreeMap::new();
    for one in changes.iter().filter(|one| kinds.contains(&one.account)) {
        *sums.entry(one.change.asset()).or_default() += one.change.units();
    }
    sums.into_iter()
        .map(|(asset, units)| Money::new(asset, units))
        .collect()
}

/// A period with all that is booked for it.
pub fn period(workspace: &Workspace, program: &str, name: &str) -> Result<PeriodReport> {
    let versions = programs::versions_of(workspace, program)?;
    if versions[0].conversion().is_none() {
        let what = format!("`{program}` is settled by period, and has no LIVE money");
        return Err(Error::usage("live/settled", what)
            .hint("`permille period status` and `permille lines` show its periods"));
    }
    let asked = parse_period(name, versions[0].period)?;
    let mut periods = workspace.books()?.read(|tx| all(tx, Some(program)))?;
    let Some(at) = periods.iter().position(|one| one.period == asked) else {
        return Err(nothing_booked(program, &asked));
    };
    let later = periods.split_off(at + 1);
    let period = periods.swap_remove(at);
    let dated = period.period.to_string();
    let of_it = |other: LivePeriod| Later {
        period: other.period.to_string(),
        booked: other
            .changes
            .into_iter()
            .filter(|one| one.dated == dated)
            .collect(),
    };
    let later = later
        .into_iter()
        .map(of_it)
        .filter(|later| !later.booked.is_empty());
    Ok(PeriodReport {
        booked: period.changes.clone(),
        booked_later: later.collect(),
        period,
    })
}

/// The error that a period has nothing booked for it.
pub(crate) fn nothing_booked(program: &str, period: &dyn std::fmt::Display) -> Error {
    Error::refused(
        "period/not-settled",
        format!("nothing of {program} in {period} is booked"),
    )
    .hint("`permille live book` books what was imported; a period without money is closed with the next one that has some")
    .because(Cause::Absent)
}

/// What is dated before the present and could still be booked.
pub(crate) struct NotBooked {
    /// The version of the cursor that it was read by.
    version: u64,
    /// A booking has begun and not come to its end.
    unfinished: bool,
    /// When the events happened that no booking has taken up.
    events: Vec<Timestamp>,
}

/// How much could still be booked for a period.
pub(crate) struct Missing {
    /// Events that no booking has taken up, and gifts of streaks that are over.
    pub not_booked: usize,
    /// Events and gifts that wait for something.
    pub waiting: usize,
    /// A booking has begun and not come to its end.
    pub unfinished: bool,
}

impl NotBooked {
    /// Reads it from the archive, outside of the database transaction that decides by it.
    pub(crate) fn read(workspace: &Workspace, store: &Books, now: Timestamp) -> Result<NotBooked> {
        let (cursor, version) = store.read(cursor::read)?;
        // Read after the cursor, so that it holds all that the cursor knows.
        let archive = workspace.archive()?;
        cursor.must_be_of(&archive)?;
        let mut events = Vec::new();
        if let Some(span) = cursor.next(archive.last_commit(), now) {
            let due = timeline::due(&archive, &cursor, &span)?;
            let done = usize::try_from(span.done).unwrap_or(usize::MAX);
            events.extend(due.items.iter().skip(done).map(timeline::Item::at));
        }
        Ok(NotBooked {
            version,
            unfinished: cursor.unfinished,
            events,
        })
    }

    /// Adds what is over and what waits, as the books are now. A conflict where something was booked since this was read.
    pub(crate) fn with(
        mut self,
        tx: &mut Tx<'_>,
        now: Timestamp,
    ) -> Result<impl Fn(Timestamp) -> Missing + use<>> {
        records::expect(tx, cursor::KIND, cursor::ID, self.version)?;
        self.events.extend(quiet_streaks(tx, now)?);
        let waiting = waiting::all(tx)?.into_iter().map(|(_, waits)| waits.value.at);
        let waiting: Vec<Timestamp> = waiting.collect();
        Ok(move |end| Missing {
            not_booked: self.events.iter().filter(|at| **at < end).count(),
            waiting: waiting.iter().filter(|at| **at < end).count(),
            unfinished: self.unfinished,
        })
    }
}

/// When streaks ended of which gifts are still to be booked, since nothing came for them.
fn quiet_streaks(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Timestamp>> {
    let open = LoadedStreaks::open(tx)?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let terms = Terms::applied(tx)?;
    let mut streaks = LoadedStreaks::load_ids(tx, terms.timeouts(), &open)?;
    let over = streaks.close(now).into_iter();
    Ok(over
        .filter(|booking| booking.count() > 0)
        .map(|booking| booking.at)
        .collect())
}
