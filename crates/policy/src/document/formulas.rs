//! Formulas of a document: checked against the names of their level, look-backs collected on the way.

use super::section::{Item, Reader};
use super::text_map::locate;
use super::values::text;
use crate::program::{Lookback, PartitionKey};
use crate::scope::{self, Level, MAX_LOOKBACK_DAYS};
use ::document::one_of;
use formula::{Formula, FormulaError, Scope, Type};
use std::collections::BTreeSet;
use std::ops::Range;

pub(super) struct Formulas {
    tables: Vec<String>,
    lookbacks: BTreeSet<Lookback>,
}

impl Formulas {
    /// Formulas that may also use the values of the document's tables.
    pub(super) fn new(tables: impl Iterator<Item = String>) -> Self {
        Formulas {
            tables: tables.collect(),
            lookbacks: BTreeSet::new(),
        }
    }

    /// The look-backs that the formulas read so far use, sorted.
    pub(super) fn into_lookbacks(self) -> Vec<Lookback> {
        self.lookbacks.into_iter().collect()
    }

    /// Reads a formula of a level and a type.
    pub(super) fn read(
        &mut self,
        reader: &mut Reader<'_>,
        item: &Item<'_>,
        level: Level,
        ty: Type,
    ) -> Option<Formula> {
        let source = text(reader, item)?;
        let at = |within: &Range<usize>| locate(reader.text(), &item.span, source, within);
        let lookbacks = match lookbacks_in(source) {
            Ok(lookbacks) => lookbacks,
            Err((within, name)) => {
                let span = at(&within);
                reader
                    .refuse(
                        "program/window-out-of-range",
                        &span,
                        format!("`{name}` looks back too far or not at all"),
                    )
                    .label("the window")
                    .help(format!(
                        "look back 1 to {MAX_LOOKBACK_DAYS} days, without leading zeros"
                    ));
                return None;
            }
        };
        match Formula::parse(source, &self.scope(level, &lookbacks), ty) {
            Ok(formula) => {
                self.lookbacks.extend(
                    lookbacks
                        .iter()
                        .filter(|lookback| formula.inputs().contains(&lookback.to_string())),
                );
                Some(formula)
            }
            Err(error) => {
                let span = at(&error.span);
                let error = self.explained(error, source, level);
                let help = error.help.unwrap_or_else(|| example(ty).to_owned());
                reader.refuse("program/formula", &span, error.message).help(help);
                None
            }
        }
    }

    /// The names that a formula of the level may use.
    fn scope(&self, level: Level, lookbacks: &BTreeSet<Lookback>) -> Scope {
        let visible = scope::VARIABLES
            .iter()
            .filter(|variable| level.sees(variable.level));
        let mut names = visible.fold(Scope::new(), |names, variable| {
            names.with(variable.name, variable.ty, variable.doc)
        });
        for lookback in lookbacks
            .iter()
            .filter(|lookback| level.sees(lookback.subject.level()))
        {
            names = names.with(lookback.to_string(), Type::Number, "look-back");
        }
        if level.sees(Level::Unit) {
            for table in &self.tables {
                names = names.with(table, Type::Number, "value of the document's table");
            }
        }
        names
    }

    /// A name that exists, but not at this level, deserves a better answer than "unknown".
    fn explained(&self, error: FormulaError, source: &str, level: Level) -> FormulaError {
        let whole_name = scope::names_in(source)
            .into_iter()
            .find(|(range, _)| range.start <= error.span.start && error.span.start < range.end);
        let Some((_, name)) = whole_name else { return error };
        let of_level = scope::find(name).map(|variable| variable.level);
        let of_window = scope::lookback(name)
            .and_then(Result::ok)
            .map(|window| window.subject.level());
        let of_table = self
            .tables
            .iter()
            .any(|table| table == name)
            .then_some(Level::Unit);
        match of_level.or(of_window).or(of_table) {
            Some(known) if !level.sees(known) => FormulaError {
                message: format!("`{name}` is not known to {}", level_in_words(level)),
                help: Some(level_help(level).to_owned()),
                ..error
            },
            None if scope::is_lookback_shaped(name) => FormulaError {
                help: Some(lookback_help(level)),
                ..error
            },
            None if level == Level::Unit && !has_advice(&error) => FormulaError {
                help: Some(self.unit_help()),
                ..error
            },
            _ => error,
        }
    }

    /// The names that a weight or a rate may use are too many to list them all.
    fn unit_help(&self) -> String {
        let tables = match self.tables.as_slice() {
            [] => String::new(),
            tables => format!(
                ", and the document's tables {}",
                one_of(tables.iter().map(String::as_str))
            ),
        };
        format!(
            "counts such as `qualified_views`, names that begin with `video.` or `creator.`{tables}: see docs/reference/programs.md"
        )
    }
}

/// True when the formula language has already found the name that was meant.
fn has_advice(error: &FormulaError) -> bool {
    error
        .help
        .as_ref()
        .is_some_and(|help| help.starts_with("did you mean"))
}

fn lookback_help(level: Level) -> String {
    let families = scope::LOOKBACKS
        .iter()
        .filter(|family| level.sees(family.subject.level()));
    let names: Vec<String> = families.map(|family| family.of(30).to_string()).collect();
    format!(
        "look-backs, of any number of days, are {}",
        one_of(names.iter().map(String::as_str))
    )
}

fn example(ty: Type) -> &'static str {
    match ty {
        Type::Number => "write a number, e.g. `qualified_views * 2`",
        Type::Text => "write a text, e.g. `country`",
        Type::Bool => "write a condition, e.g. `creator.followers >= 10000`",
    }
}

/// The look-backs named in a formula, or the first that is none.
fn lookbacks_in(source: &str) -> Result<BTreeSet<Lookback>, (Range<usize>, &str)> {
    let named = scope::names_in(source).into_iter();
    let windows = named
        .filter_map(|(range, name)| scope::lookback(name).map(|window| window.map_err(|_| (range, name))));
    windows.collect()
}

fn level_in_words(level: Level) -> &'static str {
    match level {
        Level::Creator => "a condition on creators",
        Level::Video => "a condition on videos",
        Level::Unit => "this formula",
    }
}

fn level_help(level: Level) -> &'static str {
    match level {
        Level::Creator => {
            "use names that begin with `creator.`, or move the condition to `[[eligibility.video]]`"
        }
        Level::Video | Level::Unit => {
            "use names that begin with `video.` or `creator.`; tables and counts belong into weights and rates"
        }
    }
}

/// Refuses `day`, `payer` and `country` where money or ranking is not kept apart by them: they have no value there.
pub(super) fn check_kept_apart(
    reader: &mut Reader<'_>,
    name: &str,
    span: &Range<usize>,
    kept: &[PartitionKey],
) {
    let (key, help) = match name {
        "day" => (
            PartitionKey::Day,
            "keep days apart first: add \"day\" to the `partition`, or to the line-up's `by`",
        ),
        "payer" => (
            PartitionKey::Payer,
            "keep payers apart first: add \"payer\" to the pool's `partition`",
        ),
        "country" => (
            PartitionKey::Country,
            "leave it out: videos are ranked by all their views, wherever they were seen",
        ),
        _ => return,
    };
    if !kept.contains(&key) {
        reader
            .refuse(
                "program/not-kept-apart",
                span,
                format!("`{name}` has no value here"),
            )
            .help(help);
    }
}
