//! Names of formulas and their values.
//!
//! What a snapshot does not say is not known, whatever its type: it is never taken for zero, empty or
//! false. Counts of events are always known. Ratios with nothing below the line are zero. A table gives
//! its default for a key that is not listed, and for a key that is not known.

mod readers;

use crate::decision::NamedValue;
use crate::error::SettleError;
use crate::world::{Creator, Video, World};
use facts::Counts;

use formula::{EvalError, Evaluator, Formula, Value};
use jiff::civil::Date;
use policy::Period;
use policy::program::{LookbackSubject, Program, Table};
use policy::scope::{self, Level};
use readers::{Asked, Reader, reader};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

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
    Plain(&'static str, Reader),
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
            Variable::Plain(_, reader) => reader.read(&self.asked(subject)).unwrap_or(Value::Null),
            Variable::Lookback(LookbackSubject::Creator, counts) => subject
                .creator
                .map_or(Value::Null, |creator| counted(counts.get(creator.id))),
            Variable::Lookback(LookbackSubject::Video, counts) => subject
                .video
                .map_or(Value::Null, |video| counted(counts.get(video.id))),
            Variable::Table(table, key) => Value::Number(match **key {
                Variable::Plain(_, Reader::Text(read)) => {
                    listed(table, read(&self.asked(subject)).map(|text| &**text))
                }
                _ => row(table, &self.value(key, subject)),
            }),
        }
    }

    fn asked<'s>(&'s self, subject: &'s Subject<'s>) -> Asked<'s> {
        Asked {
            subject,
            program: self.program,
            period: self.period,
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
            Variable::Plain(plain, _) => *plain == name,
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
    match reader(variable.name) {
        Some(reader) if level.sees(variable.level) && kept_apart => {
            Ok(Variable::Plain(variable.name, reader))
        }
        _ => Err(misplaced()),
    }
}

/// What a look-back window counted; nothing counted is zero.
fn counted(count: Option<&u64>) -> Value {
    Value::Number(Decimal::from(count.copied().unwrap_or(0)))
}

fn row(table: &Table, key: &Value) -> Decimal {
    match key {
        Value::Text(text) => listed(table, Some(text)),
        Value::Number(number) => listed(table, Some(&number.normalize().to_string())),
        Value::Bool(truth) => listed(table, Some(if *truth { "true" } else { "false" })),
        Value::Null => listed(table, None),
    }
}

fn listed(table: &Table, key: Option<&str>) -> Decimal {
    let listed = key.and_then(|key| table.values.get(key));
    listed.copied().unwrap_or(table.default)
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
