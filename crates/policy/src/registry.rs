//! Versions of a program: which one is in force, and which may be added.
//!
//! Pure rules over the versions that were applied; where those are kept is the caller's business.

use crate::period::Period;
use crate::program::{PeriodKind, Program};
use jiff::civil::Date;
use money::Asset;

/// A version that may be applied, or is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// A new version; it takes force with the first period that starts on or after its `effective_from`.
    New {
        /// The first day of that period.
        in_force_from: Date,
    },
    /// These very bytes were applied before: nothing to do.
    AlreadyApplied,
}

/// Why a version may not be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The version number is taken by other bytes.
    #[error("program {id} version {version} was applied with other content, and versions are immutable")]
    Immutable {
        /// The program.
        id: String,
        /// The version.
        version: u32,
    },
    /// Two versions would take force with the same period.
    #[error("program {id}: versions {version} and {other} would both take force on {in_force_from}")]
    Overlap {
        /// The program.
        id: String,
        /// The version refused.
        version: u32,
        /// The version applied before.
        other: u32,
        /// The first day of the period with which both would take force.
        in_force_from: Date,
    },
    /// A higher version would take force before a lower one, or the other way round.
    #[error(
        "program {id}: version {version} from {effective_from} is out of order with version {other} from {other_from}"
    )]
    OutOfOrder {
        /// The program.
        id: String,
        /// The version refused.
        version: u32,
        /// Its first day.
        effective_from: Date,
        /// The version applied before.
        other: u32,
        /// Its first day.
        other_from: Date,
    },
    /// The currency or its scale changes.
    #[error("program {id}: version {version} pays in {asset}, earlier versions in {earlier}")]
    AssetChanged {
        /// The program.
        id: String,
        /// The version refused.
        version: u32,
        /// Its asset.
        asset: Asset,
        /// The asset of the versions applied before.
        earlier: Asset,
    },
    /// The length of the period changes.
    #[error("program {id}: version {version} settles by {}, earlier versions by {}", period.name(), earlier.name())]
    PeriodChanged {
        /// The program.
        id: String,
        /// The version refused.
        version: u32,
        /// Its period.
        period: PeriodKind,
        /// The period of the versions applied before.
        earlier: PeriodKind,
    },
    /// It would change a period that is settled.
    #[error(
        "program {id}: version {version} from {effective_from} would change periods that are settled until {settled_end}"
    )]
    Settled {
        /// The program.
        id: String,
        /// The version refused.
        version: u32,
        /// Its first day.
        effective_from: Date,
        /// The day after the last settled day.
        settled_end: Date,
    },
}

impl Refused {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Refused::Immutable { .. } => "program/immutable",
            Refused::Overlap { .. } => "program/overlap",
            Refused::OutOfOrder { .. } => "program/out-of-order",
            Refused::AssetChanged { .. } => "program/currency-changed",
            Refused::PeriodChanged { .. } => "program/period-changed",
            Refused::Settled { .. } => "program/settled",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Refused::Immutable { .. } => {
                "give the changed document the next free version number and its own effective_from".to_owned()
            }
            Refused::Overlap { .. } => "let the new version take force with another period".to_owned(),
            Refused::OutOfOrder { .. } => {
                "a higher version number takes force later: change one of the two".to_owned()
            }
            Refused::AssetChanged { earlier, .. } => {
                format!("keep {earlier}, or make a new program with an id of its own")
            }
            Refused::PeriodChanged { earlier, .. } => {
                format!(
                    "keep period = \"{}\", or make a new program with an id of its own",
                    earlier.name()
                )
            }
            Refused::Settled { settled_end, .. } => {
                format!("the past is never edited: set effective_from to {settled_end} or later")
            }
        }
    }
}

/// Why no version can settle a period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInForce {
    /// No version was ever applied.
    #[error("no version of this program was applied")]
    NoVersions,
    /// The first version takes force later.
    #[error(
        "program {id} is not yet in force in {period}: its first version, {version}, takes force on {in_force_from}"
    )]
    NotYet {
        /// The program.
        id: String,
        /// The period asked for.
        period: String,
        /// The earliest version.
        version: u32,
        /// The first day of its first period.
        in_force_from: Date,
    },
    /// The program settles other periods.
    #[error("program {id} settles by {}, and {period} is a {}", expected.name(), found.name())]
    WrongPeriod {
        /// The program.
        id: String,
        /// The period asked for.
        period: String,
        /// What the program settles.
        expected: PeriodKind,
        /// What was asked for.
        found: PeriodKind,
    },
}

impl NotInForce {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            NotInForce::NoVersions => "program/unknown",
            NotInForce::NotYet { .. } => "program/not-in-force",
            NotInForce::WrongPeriod { .. } => "program/wrong-period",
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            NotInForce::NoVersions => "apply a version of it first".to_owned(),
            NotInForce::NotYet { in_force_from, .. } => {
                format!("settle periods from {in_force_from} on, or apply a version that begins earlier")
            }
            NotInForce::WrongPeriod { expected, .. } => {
                format!("name a {}, e.g. {}", expected.name(), expected.example())
            }
        }
    }
}

/// The first day of the first period that starts on or after the version's `effective_from`. A version that
/// begins inside a month takes force with the next month: a period is settled by one version.
pub fn in_force_from(program: &Program) -> Date {
    let containing = Period::containing(program.period, program.effective_from);
    if containing.start() == program.effective_from {
        containing.start()
    } else {
        containing.end()
    }
}

/// The version in force in a period: of one program's versions, the one with the latest `effective_from` not
/// after the period's start.
pub fn choose<'p>(
    versions: impl IntoIterator<Item = &'p Program>,
    period: &Period,
) -> Result<&'p Program, NotInForce> {
    let mut earliest: Option<&Program> = None;
    let mut chosen: Option<&Program> = None;
    for program in versions {
        if program.period != period.kind() {
            return Err(NotInForce::WrongPeriod {
                id: program.id.clone(),
                period: period.to_string(),
                expected: program.period,
                found: period.kind(),
            });
        }
        if earliest.is_none_or(|other| program.effective_from < other.effective_from) {
            earliest = Some(program);
        }
        let begun = program.effective_from <= period.start();
        if begun && chosen.is_none_or(|other| program.effective_from > other.effective_from) {
            chosen = Some(program);
        }
    }
    let first = earliest.ok_or(NotInForce::NoVersions)?;
    chosen.ok_or_else(|| NotInForce::NotYet {
        id: first.id.clone(),
        period: period.to_string(),
        version: first.version,
        in_force_from: in_force_from(first),
    })
}

/// May this version be applied? `existing` are the applied versions (those of other programs are passed over);
/// `settled_end` is the exclusive end of the program's latest settled period.
pub fn check_apply<'p>(
    existing: impl IntoIterator<Item = &'p Program>,
    new: &Program,
    settled_end: Option<Date>,
) -> Result<Applied, Refused> {
    let mut existing: Vec<&Program> = existing
        .into_iter()
        .filter(|program| program.id == new.id)
        .collect();
    existing.sort_by_key(|program| program.version);
    if let Some(same) = existing.iter().find(|program| program.version == new.version) {
        return if same.hash == new.hash {
            Ok(Applied::AlreadyApplied)
        } else {
            Err(Refused::Immutable {
                id: new.id.clone(),
                version: new.version,
            })
        };
    }
    existing.iter().try_for_each(|other| check_against(other, new))?;
    match settled_end {
        Some(settled_end) if new.effective_from < settled_end => Err(Refused::Settled {
            id: new.id.clone(),
            version: new.version,
            effective_from: new.effective_from,
            settled_end,
        }),
        _ => Ok(Applied::New {
            in_force_from: in_force_from(new),
        }),
    }
}

/// Two versions of different numbers: same money, same period, and in force one after the other.
fn check_against(other: &Program, new: &Program) -> Result<(), Refused> {
    let id = || new.id.clone();
    let version = new.version;
    if other.asset != new.asset {
        return Err(Refused::AssetChanged {
            id: id(),
            version,
            asset: new.asset,
            earlier: other.asset,
        });
    }
    if other.period != new.period {
        return Err(Refused::PeriodChanged {
            id: id(),
            version,
            period: new.period,
            earlier: other.period,
        });
    }
    let in_force_from = in_force_from(new);
    if in_force_from == self::in_force_from(other) {
        return Err(Refused::Overlap {
            id: id(),
            version,
            other: other.version,
            in_force_from,
        });
    }
    if (other.version < version) != (other.effective_from < new.effective_from) {
        return Err(Refused::OutOfOrder {
            id: id(),
            version,
            effective_from: new.effective_from,
            other: other.version,
            other_from: other.effective_from,
        });
    }
    Ok(())
}
