//! Names of formulas and their values.
//!
//! What a snapshot does not say is not known, whatever its type: it is never taken for zero, empty or
//! false. Counts of events are always known. Ratios with nothing below the line are zero. A table gives
//! its default for a key that is not listed, and for a key that is not known.

use crate::decision::NamedValue;
use crate::error::SettleError;
use crate::exact;
use crate::facts::Counts;
use crate::world::{Creator, Video, World};

use event::kind::EngagementKind;
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use formula::{EvalError, Evaluator, Formula, Value};
use jiff::civil::Date;
use policy::Period;
use policy::program::{LookbackSubject, Program, Table};
use policy::scope::{self, Level};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Decimal places of the ratios `completion_rate`, `average_watched_seconds` and `engagement_rate`.
const RATIO_PLACES: u32 = 12;

/// What a formula is evaluated for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Subject<'s> {
    pub(crate) creator: Option<&'s Creator<'s>>,
    pub(crate) video: Option<&'s Video<'s>>,
    pub(crate) unit: Option<UnitView<'s>>,
}

/// The unit's own values.
#[derive(Clone, Copy)]
pub(crate) struct UnitView<'s> {
    pub(crate) counts: &'s Counts,
    pub(crate) country: Option<&'s Arc<str>>,
    pub(crate) day: Option<Date>,
    pub(crate) payer: Option<&'s Arc<str>>,
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.video, self.creator) {
            (Some(video), _) => write!(f, "video `{}`", video.id)?,
            (None, Some(creator)) => write!(f, "creator `{}`", creator.id)?,
            (None, None) => f.write_str("nobody")?,
        }
        let Some(unit) = &self.unit else {
            return Ok(());
        };
        match unit.country {
            Some(country) if country.is_empty() => f.write_str(", country unknown")?,
            Some(country) => write!(f, ", country {country}")?,
            None => {}
        }
        unit.day.map_or(Ok(()), |day| write!(f, ", {day}"))?;
        unit.payer.map_or(Ok(()), |payer| write!(f, ", payer {payer}"))
    }
}

enum Variable<'p> {
    Plain(&'static str),
    Lookback(LookbackSubject, &'p BTreeMap<Arc<str>, u64>),
    Table(&'p Table, Box<Variable<'p>>),
}

/// A formula with its names resolved.
pub(crate) struct Bound<'p> {
    pub(crate) formula: &'p Formula,
    variables: Vec<Variable<'p>>,
    program: &'p Program,
    period: &'p Period,
    /// The name in an error about an unknown value, shared.
    names: Vec<Arc<str>>,
}

/// What an evaluation gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome<T> {
    Value(T),
    /// The name whose value is not known.
    NotKnown(Arc<str>),
}

impl<'p> Bound<'p> {
    /// Resolves the names of a formula of some level.
    pub(crate) fn new(world: &World<'p>, formula: &'p Formula, level: Level) -> Result<Self, SettleError> {
        let inputs = &world.inputs;
        let mut variables = Vec::new();
        for name in formula.inputs() {
            variables.push(resolve(world, formula, level, name)?);
        }
        let names = formula.inputs().iter().map(|name| name.as_str().into()).collect();
        Ok(Bound {
            formula,
            variables,
            program: inputs.program,
            period: inputs.period,
            names,
        })
    }

    /// An evaluator for one thread.
    pub(crate) fn evaluator(&self) -> Evaluator {
        Evaluator::new(self.formula)
    }

    /// The value of the formula's name number `index`.
    fn lookup(&self, index: usize, subject: &Subject<'_>) -> Value {
        self.value(&self.variables[index], subject)
    }

    fn value(&self, variable: &Variable<'_>, subject: &Subject<'_>) -> Value {
        match variable {
            Variable::Plain(name) => plain(name, subject, self.program, self.period).unwrap_or(Value::Null),
            Variable::Lookback(LookbackSubject::Creator, counts) => subject
                .creator
                .map_or(Value::Null, |creator| count(counts.get(creator.id).copied())),
            Variable::Lookback(LookbackSubject::Video, counts) => subject
                .video
                .map_or(Value::Null, |video| count(counts.get(video.id).copied())),
            Variable::Table(table, key) => Value::Number(row(table, &self.value(key, subject))),
        }
    }

    /// Evaluates for a subject.
    pub(crate) fn evaluate(
        &self,
        evaluator: &mut Evaluator,
        subject: &Subject<'_>,
    ) -> Result<Outcome<Value>, SettleError> {
        match evaluator.evaluate(&mut |index| self.lookup(index, subject)) {
            Ok(value) => Ok(Outcome::Value(value)),
            Err(EvalError::Unknown { name }) => Ok(Outcome::NotKnown(self.shared(&name))),
            Err(other) => Err(self.error(subject, other.to_string())),
        }
    }

    /// Evaluates a formula whose value is a number.
    pub(crate) fn number(
        &self,
        evaluator: &mut Evaluator,
        subject: &Subject<'_>,
    ) -> Result<Outcome<Decimal>, SettleError> {
        match self.evaluate(evaluator, subject)? {
            Outcome::Value(Value::Number(number)) => Ok(Outcome::Value(number)),
            Outcome::Value(other) => Err(self.error(subject, format!("{} is no number", in_words(&other)))),
            Outcome::NotKnown(name) => Ok(Outcome::NotKnown(name)),
        }
    }

    /// True when the formula uses a name, or a table looked up by it.
    pub(crate) fn uses(&self, name: &str) -> bool {
        self.variables.iter().any(|variable| match variable {
            Variable::Plain(plain) => *plain == name,
            Variable::Table(table, _) => table.by == name,
            Variable::Lookback(..) => false,
        })
    }

    /// The names with their values, for people.
    pub(crate) fn values(&self, subject: &Subject<'_>) -> Vec<NamedValue> {
        let value = |(index, name): (usize, &Arc<str>)| NamedValue {
            name: Arc::clone(name),
            value: in_words(&self.lookup(index, subject)),
        };
        self.names.iter().enumerate().map(value).collect()
    }

    /// The key by which a name is looked up in a table, with the key's value; `None` for other names.
    pub(crate) fn table_key(&self, index: usize, subject: &Subject<'_>) -> Option<(&'p str, String)> {
        match &self.variables[index] {
            Variable::Table(table, key) => Some((&table.by, in_words(&self.value(key, subject)))),
            _ => None,
        }
    }

    /// The error of an evaluation that failed.
    pub(crate) fn error(&self, subject: &Subject<'_>, reason: String) -> SettleError {
        SettleError::Formula {
            formula: self.formula.source().to_owned(),
            subject: subject.to_string(),
            reason,
        }
    }

    /// The error of a value out of its range.
    pub(crate) fn out_of_range(
        &self,
        subject: &Subject<'_>,
        value: Decimal,
        must: &'static str,
    ) -> SettleError {
        SettleError::OutOfRange {
            formula: self.formula.source().to_owned(),
            subject: subject.to_string(),
            value: value.normalize().to_string(),
            must,
        }
    }

    fn shared(&self, name: &str) -> Arc<str> {
        self.names
            .iter()
            .find(|known| &***known == name)
            .cloned()
            .unwrap_or_else(|| name.into())
    }
}

fn resolve<'p>(
    world: &World<'p>,
    formula: &Formula,
    level: Level,
    name: &str,
) -> Result<Variable<'p>, SettleError> {
    let program: &'p Program = world.inputs.program;
    let misplaced = || SettleError::MisplacedName {
        name: name.to_owned(),
        formula: formula.source().to_owned(),
    };
    if let Some(table) = program.tables.get(name) {
        let key = resolve(world, formula, level, &table.by)?;
        return Ok(Variable::Table(table, Box::new(key)));
    }
    if let Some(Ok(lookback)) = scope::lookback(name) {
        if !level.sees(lookback.subject.level()) {
            return Err(misplaced());
        }
        let counts = world.inputs.lookbacks.counts.get(&lookback);
        let counts = counts.ok_or_else(|| SettleError::MissingLookback {
            name: name.to_owned(),
        })?;
        return Ok(Variable::Lookback(lookback.subject, counts));
    }
    let Some(variable) = scope::find(name) else {
        let formula = formula.source().to_owned();
        return Err(SettleError::UnknownName {
            name: name.to_owned(),
            formula,
        });
    };
    let kept_apart = match name {
        "day" => world.grain.day,
        "payer" => world.grain.payer,
        _ => true,
    };
    if level.sees(variable.level) && kept_apart {
        Ok(Variable::Plain(variable.name))
    } else {
        Err(misplaced())
    }
}

fn row(table: &Table, key: &Value) -> Decimal {
    let listed = match key {
        Value::Text(text) => table.values.get(&**text),
        Value::Number(number) => table.values.get(&number.normalize().to_string()),
        Value::Bool(truth) => table.values.get(if *truth { "true" } else { "false" }),
        Value::Null => None,
    };
    listed.copied().unwrap_or(table.default)
}

fn count(count: Option<u64>) -> Value {
    Value::Number(Decimal::from(count.unwrap_or(0)))
}

fn text(value: &Arc<str>) -> Value {
    Value::Text(Arc::clone(value))
}

/// The value of a name of the table in `policy::scope`; `None`: not known.
fn plain(name: &str, subject: &Subject<'_>, program: &Program, period: &Period) -> Option<Value> {
    if let Some(name) = name.strip_prefix("creator.") {
        return creator_value(name, subject.creator?, program, period);
    }
    if let Some(name) = name.strip_prefix("video.") {
        return video_value(name, subject.video?, period);
    }
    unit_value(name, &subject.unit?)
}

fn unit_value(name: &str, unit: &UnitView<'_>) -> Option<Value> {
    let counts = unit.counts;
    let engaged = |kind: EngagementKind| counts.engagement[kind as usize];
    let number = match name {
        "views" => Decimal::from(counts.views),
        "qualified_views" => Decimal::from(counts.qualified),
        "watched_seconds" => thousandths(counts.watched_ms),
        "qualified_watched_seconds" => thousandths(counts.qualified_watched_ms),
        "completions" => Decimal::from(counts.completions),
        "likes" => Decimal::from(engaged(EngagementKind::Like)),
        "comments" => Decimal::from(engaged(EngagementKind::Comment)),
        "shares" => Decimal::from(engaged(EngagementKind::Share)),
        "saves" => Decimal::from(engaged(EngagementKind::Save)),
        "follows" => Decimal::from(engaged(EngagementKind::Follow)),
        "not_interested" => Decimal::from(engaged(EngagementKind::NotInterested)),
        "ad_revenue" => Decimal::new(counts.ad_revenue_micros, 6),
        "ad_impressions" => Decimal::from(counts.ad_impressions),
        "completion_rate" => ratio(counts.completions, counts.qualified),
        "average_watched_seconds" => {
            ratio(counts.qualified_watched_ms, counts.qualified.saturating_mul(1000))
        }
        "engagement_rate" => {
            let acts = engaged(EngagementKind::Like)
                + engaged(EngagementKind::Comment)
                + engaged(EngagementKind::Share);
            ratio(acts, counts.qualified)
        }
        "country" => return unit.country.map(text),
        "day" => return unit.day.map(|day| Value::Text(day.to_string().into())),
        "payer" => return unit.payer.map(text),
        _ => return None,
    };
    Some(Value::Number(number))
}

fn video_value(name: &str, video: &Video<'_>, period: &Period) -> Option<Value> {
    match name {
        "id" => return Some(text(video.id)),
        "views" => return Some(count(Some(video.views))),
        "qualified_views" => return Some(count(Some(video.qualified))),
        "likes" => return Some(count(Some(video.likes))),
        _ => {}
    }
    let snapshot: &VideoSnapshot = video.snapshot?;
    match name {
        "duration_seconds" => snapshot
            .duration_ms
            .map(|ms| Value::Number(thousandths(ms.into()))),
        "category" => snapshot.category.as_ref().map(text),
        "original" => snapshot.original.map(Value::Bool),
        "music_tracks" => snapshot.music_tracks.map(|tracks| count(Some(tracks.into()))),
        "visibility" => snapshot.visibility.as_ref().map(text),
        "search_value" => snapshot
            .search_value_micros
            .map(|micros| Value::Number(Decimal::new(micros, 6))),
        "age_days" => {
            let published = snapshot.published_at?;
            let end = period.end().to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
            let days = (end.as_millisecond() - published.as_millisecond()).div_euclid(86_400_000);
            Some(Value::Number(Decimal::from(days)))
        }
        _ => None,
    }
}

fn creator_value(name: &str, creator: &Creator<'_>, program: &Program, period: &Period) -> Option<Value> {
    match name {
        "id" => return Some(text(creator.id)),
        "views" => return Some(count(Some(creator.views))),
        "qualified_views" => return Some(count(Some(creator.qualified))),
        _ => {}
    }
    let snapshot: &CreatorSnapshot = creator.snapshot?;
    let age = || snapshot.birth_date.map(|birth| age_on(birth, period.last_day()));
    match name {
        "age" => age().map(|years| Value::Number(Decimal::from(years))),
        "adult" => age().map(|years| years >= 18).or(snapshot.adult).map(Value::Bool),
        "country" => snapshot.country.as_ref().map(text),
        "followers" => snapshot.followers.map(|followers| count(Some(followers.into()))),
        "account_type" => snapshot.account_type.as_ref().map(text),
        "standing" => snapshot.standing.as_ref().map(text),
        "joined" => Some(Value::Bool(snapshot.joined.iter().any(|id| **id == *program.id))),
        "posts" => snapshot.posts.map(|posts| count(Some(posts.into()))),
        _ => None,
    }
}

/// Whole years; a birthday on 29 February is kept on 1 March in other years.
fn age_on(birth: Date, day: Date) -> i16 {
    let had_birthday = (day.month(), day.day()) >= (birth.month(), birth.day());
    day.year() - birth.year() - i16::from(!had_birthday)
}

fn thousandths(value: u64) -> Decimal {
    Decimal::from_i128_with_scale(value.into(), 3).normalize()
}

/// `above / below` to 12 places, half to even; 0 when there is nothing below.
fn ratio(above: u64, below: u64) -> Decimal {
    if below == 0 {
        return Decimal::ZERO;
    }
    // 2^64 · 10^12 is below 2^104; only a quotient beyond 28 digits, of facts beyond reason, has no decimal.
    let scaled = i128::from(above) * 10_i128.pow(RATIO_PLACES);
    let (quotient, _) = exact::divide_narrow(scaled, i128::from(below));
    Decimal::try_from_i128_with_scale(quotient, RATIO_PLACES).map_or(Decimal::MAX, |ratio| ratio.normalize())
}

/// A value as people read it.
pub(crate) fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "not known".to_owned(),
        Value::Number(number) => number.normalize().to_string(),
        Value::Text(text) if text.is_empty() => "unknown".to_owned(),
        Value::Text(text) => text.to_string(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
    }
}
