//! `[[eligibility.creator]]` and `[[eligibility.video]]`: who may earn, with which videos.

use super::formulas::Formulas;
use super::section::{Item, Reader, Section};
use super::values::text;
use crate::program::Condition;
use crate::scope::Level;
use formula::Type;
use toml::de::DeValue;

#[derive(Default)]
pub(super) struct Conditions {
    pub(super) creator: Vec<Condition>,
    pub(super) video: Vec<Condition>,
}

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Section<'_>, formulas: &mut Formulas) -> Conditions {
    let Some(mut section) = root.section(reader, "eligibility") else {
        return Conditions::default();
    };
    let creator = section
        .get("creator")
        .map(|list| conditions(reader, list, Level::Creator, formulas));
    let video = section
        .get("video")
        .map(|list| conditions(reader, list, Level::Video, formulas));
    section.finish(reader);
    Conditions {
        creator: creator.unwrap_or_default(),
        video: video.unwrap_or_default(),
    }
}

/// A list of conditions: tables with `condition` and `because`, or bare formulas.
pub(super) fn conditions(
    reader: &mut Reader<'_>,
    list: Item<'_>,
    level: Level,
    formulas: &mut Formulas,
) -> Vec<Condition> {
    let mut conditions: Vec<Condition> = Vec::new();
    for element in list.elements(reader).unwrap_or_default() {
        let span = element.span.clone();
        let Some(condition) = condition(reader, element, level, formulas) else {
            continue;
        };
        let same =
            |earlier: &Condition| same_but_spaces(earlier.formula.source(), condition.formula.source());
        if conditions.iter().any(same) {
            let message = format!("the condition `{}` stands here twice", condition.formula.source());
            reader
                .refuse("program/duplicate", &span, message)
                .help("leave one of them out");
            continue;
        }
        conditions.push(condition);
    }
    conditions
}

fn condition(
    reader: &mut Reader<'_>,
    element: Item<'_>,
    level: Level,
    formulas: &mut Formulas,
) -> Option<Condition> {
    if matches!(element.value, DeValue::String(_)) {
        let formula = formulas.read(reader, &element, level, Type::Bool)?;
        return Some(Condition {
            formula,
            because: None,
        });
    }
    let mut section = element.section(reader)?;
    let formula = section
        .need("condition", "\"creator.followers >= 10000\"")
        .and_then(|item| formulas.read(reader, &item, level, Type::Bool));
    let because = section.get("because").and_then(|item| text(reader, &item));
    section.finish(reader);
    Some(Condition {
        formula: formula?,
        because: because.map(str::to_owned),
    })
}

fn same_but_spaces(a: &str, b: &str) -> bool {
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    dense(a) == dense(b)
}
