//! For which period an event is booked: the one that it is dated in while that is open, else the first open one after it.
//!
//! A period is closed with all before it, so that one day divides what is closed from what is open. That a period is closed says a record
//! of it, read in the database transaction that books: whoever closes one meanwhile waits, or was quicker.

use crate::base::error::{Error, Result};
use crate::inputs::reader::midnight;
use crate::runs::{period, period_named};
use crate::workspace::records::{self, Versioned};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use journal::BookedFor;
use policy::period::Period;
use policy::program::{PeriodKind, Program};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use store::Tx;

/// That a period is closed: nothing more is booked for it.
pub(crate) const CLOSED: &str = "live-closed";

/// What is kept of a closed period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closed {
    /// It was reported for good: what comes late for it is told.
    pub locked: bool,
}

/// The closed periods of a program.
pub(super) fn closed(tx: &mut Tx<'_>, program: &str) -> Result<BTreeMap<Period, Versioned<Closed>>> {
    let found = records::list::<Closed>(tx, CLOSED, &format!("{program}/"))?;
    found
        .into_iter()
        .map(|(id, closed)| Ok((place(&id)?.1, closed)))
        .collect()
}

/// The program and period that a record is of.
pub(crate) fn place(id: &str) -> Result<(&str, Period)> {
    let place = id.rsplit_once('/');
    let parsed = place.and_then(|(program, period)| Some((program, period_named(period).ok()?)));
    parsed.ok_or_else(|| {
        let what = format!("`{id}` names no program and period");
        Error::damage(what)
    })
}

/// The id of a period's records.
pub(super) fn id(program: &str, period: Period) -> String {
    period::id(program, &period.to_string())
}

/// The periods of a program as a booking finds them.
pub(super) struct OpenPeriods {
    kind: PeriodKind,
    /// The last one that is closed.
    closed: Option<Period>,
    locked: Vec<Period>,
    /// The period that was asked for last: the next event is mostly of it too.
    last: Option<(Range<Timestamp>, BookedFor)>,
}

impl OpenPeriods {
    pub(super) fn read(tx: &mut Tx<'_>, program: &Program) -> Result<OpenPeriods> {
        let closed = closed(tx, &program.id)?;
        let locked = closed.iter().filter(|(_, closed)| closed.value.locked);
        Ok(OpenPeriods {
            kind: program.period,
            closed: closed.keys().next_back().copied(),
            locked: locked.map(|(period, _)| *period).collect(),
            last: None,
        })
    }

    /// For which period something is booked that happened at an instant.
    pub(super) fn booked_for(&mut self, at: Timestamp) -> BookedFor {
        if let Some((of, booked_for)) = &self.last
            && of.contains(&at)
        {
            return booked_for.clone();
        }
        let dated = Period::containing(self.kind, at.to_zoned(TimeZone::UTC).date());
        let booked_for = first_open(dated, self.closed);
        self.last = Some((midnight(dated.start())..midnight(dated.end()), booked_for.clone()));
        booked_for
    }

    /// Whether a period, by its name, is locked.
    pub(super) fn is_locked(&self, name: &str) -> bool {
        !self.locked.is_empty() && self.locked.iter().any(|period| period.to_string() == name)
    }
}

/// What is dated in a period while all periods up to another one are closed.
fn first_open(dated: Period, closed: Option<Period>) -> BookedFor {
    let name = |period: Period| -> Arc<str> { period.to_string().into() };
    match closed.filter(|closed| *closed >= dated) {
        None => BookedFor {
            period: name(dated),
            late_of: None,
        },
        Some(closed) => BookedFor {
            period: name(closed.next()),
            late_of: Some(name(dated)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(closed: Option<&str>) -> OpenPeriods {
        OpenPeriods {
            kind: PeriodKind::Month,
            closed: closed.map(|name| period_named(name).unwrap()),
            locked: Vec::new(),
            last: None,
        }
    }

    #[test]
    fn what_is_dated_in_a_closed_period_is_booked_for_the_first_open_one() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let told = |closed: Option<&str>| {
            let mut periods = periods(closed);
            let times = [
                "2026-10-31T23:59:59.999Z",
                "2026-09-01T00:00:00Z",
                "2026-11-01T00:00:00Z",
                "2026-12-05T00:00:00Z",
            ];
            times.map(|time| {
                let BookedFor { period, late_of } = periods.booked_for(at(time));
                match late_of {
                    None => period.to_string(),
                    Some(of) => format!("{period} of {of}"),
                }
            })
        };
        assert_eq!(told(None), ["2026-10", "2026-09", "2026-11", "2026-12"]);
        assert_eq!(
            told(Some("2026-09")),
            ["2026-10", "2026-10 of 2026-09", "2026-11", "2026-12"]
        );
        assert_eq!(
            told(Some("2026-11")),
            [
                "2026-12 of 2026-10",
                "2026-12 of 2026-09",
                "2026-12 of 2026-11",
                "2026-12"
            ]
        );
    }
}
