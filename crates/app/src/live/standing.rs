//! Who may be paid, and who has earned a bonus: a program's conditions on creators, decided for a day.

use super::terms::InForce;
use super::waiting::Answer;
use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::inputs::lookback;
use crate::inputs::reader::Reader;
use earning::Inputs;
use event::kind::Kind;
use facts::Facts;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use lake::snapshots::{Advancing, Snapshots};
use policy::Period;
use policy::program::{Condition, Lookback, PeriodKind, Program};
use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

type Creators = Arc<HashSet<Arc<str>>>;

/// Decides conditions, each set of them once for a day.
pub(super) struct Standing<'s> {
    reader: Reader<'s>,
    context: &'s Context<'s>,
    decided: RefCell<HashMap<(String, Date), Creators>>,
    days: RefCell<Days>,
    ever_known: OnceCell<HashSet<Arc<str>>>,
}

/// Snapshots of one day after another: events come in the order of time, so each file of the archive is read once.
#[derive(Default)]
struct Days {
    snapshots: Advancing,
    /// How far they have come.
    reached: Option<Date>,
    /// Those of the date that was asked for last.
    last: Option<(Date, Arc<Snapshots>)>,
}

impl Days {
    /// The snapshots in force when a date begins.
    fn snapshots(&mut self, reader: &Reader<'_>, end: Date) -> Result<Arc<Snapshots>> {
        if let Some((_, last)) = self.last.as_ref().filter(|(of, _)| *of == end) {
            return Ok(last.clone());
        }
        let snapshots = match self.reached {
            // A month's begin, or what has waited.
            Some(reached) if end < reached => reader.snapshots(end)?,
            reached => {
                reader.advance(&mut self.snapshots, (reached.unwrap_or(Date::MIN), end))?;
                self.reached = Some(end);
                self.snapshots.now()
            }
        };
        let snapshots = Arc::new(snapshots);
        self.last = Some((end, snapshots.clone()));
        Ok(snapshots)
    }
}

impl<'s> Standing<'s> {
    pub(super) fn new(reader: Reader<'s>, context: &'s Context<'s>) -> Self {
        Self {
            reader,
            context,
            decided: RefCell::default(),
            days: RefCell::default(),
            ever_known: OnceCell::new(),
        }
    }

    /// What keeps a creator from being paid at an instant, by what was known when that day was over; none: nothing. Of a
    /// creator of whom nothing was known something may be imported later.
    pub(super) fn stops(&self, terms: &InForce<'_>, creator: &str, at: Timestamp) -> Result<Option<Answer>> {
        let end = at.to_zoned(TimeZone::UTC).date().saturating_add(1.day());
        // What waits asks again and again: the snapshots of its day are read only where they may hold the creator.
        let is_known =
            self.ever_known()?.contains(creator) && self.who_meet(terms.program, &[], end)?.contains(creator);
        if !is_known {
            let reason = format!("nothing is known of a creator {creator} by the end of that day");
            return Ok(Some(Answer::Waits(reason)));
        }
        for condition in &terms.program.creator_conditions {
            let met = self.who_meet(terms.program, std::slice::from_ref(condition), end)?;
            if !met.contains(creator) {
                let because = condition.because.clone();
                let reason =
                    because.unwrap_or_else(|| format!("`{}` does not hold", condition.formula.source()));
                return Ok(Some(Answer::Refused(reason)));
            }
        }
        Ok(None)
    }

    /// Creators of whom anything is known at any time.
    fn ever_known(&self) -> Result<&HashSet<Arc<str>>> {
        if let Some(known) = self.ever_known.get() {
            return Ok(known);
        }
        let files = self.reader.files(Kind::Creator, (Date::MIN, Date::MAX));
        let snapshots = lake::snapshots::read(&files, &[], Timestamp::MAX).map_err(archive_error)?;
        let known = snapshots.creators.into_iter().map(|creator| creator.id);
        Ok(self.ever_known.get_or_init(|| known.collect()))
    }

    /// Whether a creator met all conditions when the month began.
    pub(super) fn met_last_month(
        &self,
        program: &Program,
        conditions: &[Condition],
        creator: &str,
        at: Timestamp,
    ) -> Result<bool> {
        let month = at.to_zoned(TimeZone::UTC).date().first_of_month();
        Ok(self.who_meet(program, conditions, month)?.contains(creator))
    }

    fn who_meet(&self, program: &Program, conditions: &[Condition], end: Date) -> Result<Creators> {
        let sources: Vec<&str> = conditions
            .iter()
            .map(|condition| condition.formula.source())
            .collect();
        let key = (format!("{}/{}", program.hash, sources.join("\n")), end);
        if let Some(known) = self.decided.borrow().get(&key) {
            return Ok(known.clone());
        }
        // Only the windows that these conditions look at are counted.
        let used = |window: &&Lookback| sources.iter().any(|source| source.contains(&window.to_string()));
        let asked = Program {
            creator_conditions: conditions.to_vec(),
            lookbacks: program.lookbacks.iter().filter(used).copied().collect(),
            ..program.clone()
        };
        let day_before = end.saturating_sub(1.day());
        let period = Period::containing(PeriodKind::Day, day_before);
        let snapshots = self.days.borrow_mut().snapshots(&self.reader, end)?;
        let lookbacks = lookback::counts(&self.reader, &asked, end, &snapshots, self.context)?;
        let inputs = Inputs {
            program: &asked,
            period: &period,
            facts: &Facts {
                countries: vec!["".into()],
                ..Facts::default()
            },
            creators: &snapshots.creators,
            videos: &snapshots.videos,
            funding: &[],
            lookbacks: &lookbacks,
            budget_spent: money::Money::zero(asked.asset),
        };
        let met = earning::creators_who_meet(&inputs)
            .map_err(|e| Error::bad_input("live/conditions", e.to_string()))?;
        let met: Creators = Arc::new(met.into_iter().collect());
        self.decided.borrow_mut().insert(key, met.clone());
        Ok(met)
    }
}
