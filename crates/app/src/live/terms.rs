//! The LIVE program's terms in force at an instant.

use crate::base::error::{Error, Result};
use crate::inputs::reader::midnight;
use crate::runs::named;
use crate::workspace::{Workspace, records};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use live::exchange::Exchange;
use live::streak::Timeouts;
use policy::conversion::Conversion;
use policy::program::{Mechanism, Program};
use serde::{Deserialize, Serialize};
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

/// Which program converts coins, as the books name it: noted with its first document, and never another one's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Converter {
    program: String,
}

/// Kind and id of the record.
const CONVERTER: (&str, &str) = ("live-program", "coins");

fn converter(tx: &mut Tx<'_>) -> Result<Option<String>> {
    let noted = records::get::<Converter>(tx, CONVERTER.0, CONVERTER.1)?;
    Ok(noted.map(|noted| noted.value.program))
}

/// Notes that a program converts coins, if it does.
fn note_converter(tx: &mut Tx<'_>, program: &Program) -> Result<()> {
    if !converts_coins(program) {
        return Ok(());
    }
    match converter(tx)? {
        Some(noted) if noted == program.id => Ok(()),
        Some(noted) => Err(two_programs(&noted, &program.id)),
        None => {
            let noted = Converter {
                program: program.id.clone(),
            };
            records::put(tx, CONVERTER.0, CONVERTER.1, 0, &noted)
        }
    }
}

/// Notes versions of a program that were applied, or that something is booked or paid by, and that it converts coins, if it does.
pub(crate) fn note_versions(tx: &mut Tx<'_>, workspace: &Workspace, versions: &[&Program]) -> Result<()> {
    for program in versions {
        note_converter(tx, program)?;
    }
    named::note(tx, workspace, versions)
}

/// Refuses a second program of coins: one platform's coins have one, and booking would stop. The books name the first also where
/// its document is gone.
pub(crate) fn must_be_the_only_one(tx: &mut Tx<'_>, workspace: &Workspace, program: &Program) -> Result<()> {
    if !converts_coins(program) {
        return Ok(());
    }
    if let Some(noted) = converter(tx)? {
        return match noted == program.id {
            true => Ok(()),
            false => Err(two_programs(&noted, &program.id)),
        };
    }
    let applied = crate::inputs::programs::documents(workspace)?.programs;
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
    /// The versions of the program that the books name. While they name none: the applied versions; an error when there is none, or
    /// more than one program converts coins. A program of which a document cannot be read is none; if none is left, that document
    /// may be the one.
    pub(super) fn applied(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<Terms> {
        let mut documents = crate::inputs::programs::documents(workspace)?;
        let mut versions: Vec<_> = documents.programs.into_iter().filter(converts_coins).collect();
        versions.sort_by_key(|program| (program.effective_from, program.version));
        if let Some(noted) = converter(tx)? {
            if let Some(damaged) = documents.damaged.remove(&noted) {
                return Err(damaged);
            }
            versions.retain(|program| program.id == noted);
            let all: Vec<&Program> = versions.iter().collect();
            named::of(tx, workspace, &noted)?.must_be_there(&noted, &all)?;
        }
        let Some(first) = versions.first() else {
            if let Some(damaged) = documents.damaged.into_values().next() {
                return Err(damaged);
            }
            return Err(Error::refused(
                "live/no-program",
                "no program says what coins and diamonds are worth",
            )
            .hint("`permille program apply live-gifts` puts the shipped one into force; `permille verify` names documents that were there and are gone"));
        };
        if let Some(other) = versions.iter().find(|program| program.id != first.id) {
            return Err(two_programs(&first.id, &other.id));
        }
        named::of(tx, workspace, &first.id)?
            .must_be_there(&first.id, &versions.iter().collect::<Vec<_>>())?;
        Ok(Terms { versions })
    }

    /// Whether the books name all that there are.
    pub(super) fn are_noted(&self, tx: &mut Tx<'_>, workspace: &Workspace) -> Result<bool> {
        let id = &self.versions[0].id;
        let named = named::of(tx, workspace, id)?;
        let is_noted = |program: &Program| named.contains(program);
        Ok(converter(tx)?.as_ref() == Some(id) && self.versions.iter().all(is_noted))
    }

    /// A conflict where another version was applied since these were read.
    pub(super) fn must_be_all(&self, tx: &mut Tx<'_>) -> Result<()> {
        named::must_be_all(tx, &self.versions[0].id, &self.all())
    }

    /// Every version, by the day from which it is in force.
    pub(super) fn all(&self) -> Vec<&Program> {
        self.versions.iter().collect()
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
