//! The LIVE program's terms in force at an instant.

use crate::base::error::{Error, Result};
use crate::inputs::programs;
use crate::inputs::reader::midnight;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use live::exchange::Exchange;
use live::streak::Timeouts;
use policy::conversion::Conversion;
use policy::period::Period;
use policy::program::{Mechanism, Program};
use std::fmt;
use store::Tx;

/// Every applied version of the one conversion program of coins and diamonds.
pub(super) struct Terms {
    versions: Vec<Program>,
}

/// What holds at an instant.
#[derive(Clone, Copy)]
pub(super) struct InForce<'t> {
    pub program: &'t Program,
    pub conversion: &'t Conversion,
}

impl InForce<'_> {
    pub(super) fn exchange(&self) -> Exchange {
        Exchange {
            units_per_token: self.conversion.units_per_token,
            unit_value: self.conversion.unit_value,
        }
    }
}

/// Refuses a second program of coins: one platform's coins have one, and booking would stop.
pub(crate) fn must_be_the_only_one(tx: &mut Tx<'_>, program: &Program) -> Result<()> {
    if !converts_coins(program) {
        return Ok(());
    }
    let applied = programs::documents_in(tx)?.programs;
    let other = applied
        .iter()
        .find(|one| converts_coins(one) && one.id != program.id);
    other.map_or(Ok(()), |other| Err(two_programs(&other.id, &program.id)))
}

pub(super) fn converts_coins(program: &Program) -> bool {
    match &program.mechanism {
        Mechanism::Conversion(conversion) => {
            conversion.token == super::coin() && conversion.unit == super::diamond()
        }
        _ => false,
    }
}

fn two_programs(one: &str, other: &str) -> Error {
    Error::refused(
        "live/two-programs",
        format!("`{one}` and `{other}` both convert COIN to DIAMOND"),
    )
    .hint("coins of one platform have one program: use versions of it")
}

impl Terms {
    /// The applied versions; an error when there is none, or more than one program converts coins. A program of which a document cannot
    /// be read is none; if none is left, that document may be the one.
    pub(super) fn applied(tx: &mut Tx<'_>) -> Result<Terms> {
        let documents = programs::documents_in(tx)?;
        let mut versions: Vec<_> = documents.programs.into_iter().filter(converts_coins).collect();
        versions.sort_by_key(|program| (program.effective_from, program.version));
        let Some(first) = versions.first() else {
            if let Some(damaged) = documents.damaged.into_values().next() {
                return Err(damaged);
            }
            return Err(Error::refused(
                "live/no-program",
                "no program says what coins and diamonds are worth",
            )
            .hint("`permille program apply live-gifts` puts the shipped one into force"));
        };
        if let Some(other) = versions.iter().find(|program| program.id != first.id) {
            return Err(two_programs(&first.id, &other.id));
        }
        Ok(Terms { versions })
    }

    /// A conflict where another version was applied since these were read.
    pub(super) fn must_be_all(&self, tx: &mut Tx<'_>) -> Result<()> {
        let all: Vec<&Program> = self.versions.iter().collect();
        programs::must_be_all(tx, &self.versions[0].id, &all)
    }

    /// The program's id.
    pub(super) fn program_id(&self) -> &str {
        &self.program().id
    }

    /// The program, of which what no version changes is read: its id, and how long its periods are.
    pub(super) fn program(&self) -> &Program {
        &self.versions[0]
    }

    /// The version that a period is of: the one in force on its first day, or the first.
    pub(super) fn of(&self, period: Period) -> &Program {
        let until = self.versions_until(midnight(period.start()));
        &self.versions[until.saturating_sub(1)]
    }

    /// A version by its number; one that is not there any more is taken for the last.
    pub(super) fn version(&self, number: u32) -> &Program {
        let found = self.versions.iter().find(|program| program.version == number);
        found.unwrap_or_else(|| &self.versions[self.versions.len() - 1])
    }

    /// The version in force at an instant. Before the first nothing is decided: what happened then waits.
    pub(super) fn at(&self, instant: Timestamp) -> std::result::Result<InForce<'_>, NotInForce> {
        match self.versions_until(instant) {
            0 => Err(NotInForce {
                program: self.versions[0].id.clone(),
                from: self.versions[0].effective_from,
                on: day(instant),
            }),
            until => Ok(in_force(&self.versions[until - 1])),
        }
    }

    /// How long streaks wait for their next frame. Before the first version that is the first one's: it tells which frames are
    /// one gift, and decides nothing about what the gift is worth.
    pub(super) fn timeouts(&self) -> Timeouts {
        let timeout = |program: &Program| {
            SignedDuration::from_millis(in_force(program).conversion.streak_timeout_ms.into())
        };
        let (first, later) = self.versions.split_first().expect("there is a version");
        later
            .iter()
            .fold(Timeouts::always(timeout(first)), |timeouts, program| {
                timeouts.then(midnight(program.effective_from), timeout(program))
            })
    }

    /// How many versions have come into force by an instant.
    fn versions_until(&self, instant: Timestamp) -> usize {
        let date = day(instant);
        self.versions
            .partition_point(|program| program.effective_from <= date)
    }
}

fn day(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn in_force(program: &Program) -> InForce<'_> {
    let Mechanism::Conversion(conversion) = &program.mechanism else {
        unreachable!("only conversions are kept");
    };
    InForce { program, conversion }
}

/// No version is in force on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotInForce {
    program: String,
    from: Date,
    on: Date,
}

impl fmt::Display for NotInForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotInForce { program, from, on } = self;
        write!(
            f,
            "`{program}` is in force from {from} on, and no version of it on {on}"
        )
    }
}
