//! `[qualification]`: which views count. A rule that is not mentioned is off.

use super::section::{Reader, Section};
use super::values::{choice, duration_ms, text, whole};
use crate::qualification::{CountOnce, Qualification};
use std::collections::BTreeSet;

/// Every view counts, every time.
const EVERY_VIEW: Qualification = Qualification {
    minimum_watch_ms: None,
    surfaces: None,
    exclude_self: None,
    exclude_paid: None,
    exclude_data_centres: None,
    exclude_declared_bots: None,
    max_views_per_viewer_day: None,
    max_replays_per_day: None,
    exclude_negative_feedback: None,
    max_parallel_playbacks: None,
    count_once: CountOnce::Never,
};

/// Bounds of a "more than this" threshold; 0 would let nothing through.
const THRESHOLD: std::ops::RangeInclusive<u32> = 1..=1_000_000;

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Section<'_>) -> Option<Qualification> {
    if root.get("qualification").is_none() {
        return Some(EVERY_VIEW);
    }
    let mut section = root.section(reader, "qualification")?;
    let minimum_watch_ms = section
        .get("minimum_watch")
        .and_then(|item| duration_ms(reader, &item));
    let surfaces = surfaces(reader, &mut section);
    let exclude_self = excluded(reader, &mut section, "self_views");
    let exclude_paid = excluded(reader, &mut section, "paid");
    let exclude_data_centres = excluded(reader, &mut section, "data_centres");
    let exclude_declared_bots = excluded(reader, &mut section, "declared_bots");
    let max_views_per_viewer_day = section
        .get("max_views_per_viewer_day")
        .and_then(|item| whole(reader, &item, THRESHOLD));
    let max_replays_per_day = section
        .get("max_replays_per_day")
        .and_then(|item| whole(reader, &item, THRESHOLD));
    let exclude_negative_feedback = excluded(reader, &mut section, "negative_feedback");
    let max_parallel_playbacks = section
        .get("max_parallel_playbacks")
        .and_then(|item| whole(reader, &item, THRESHOLD));
    let count_once = section.get("count_once").and_then(|item| {
        let choices = [CountOnce::Never, CountOnce::PerDay, CountOnce::PerPeriod];
        choice(reader, &item, &choices.map(|choice| (choice.name(), choice)))
    });
    section.finish(reader);
    Some(Qualification {
        minimum_watch_ms,
        surfaces,
        exclude_self,
        exclude_paid,
        exclude_data_centres,
        exclude_declared_bots,
        max_views_per_viewer_day,
        max_replays_per_day,
        exclude_negative_feedback,
        max_parallel_playbacks,
        count_once: count_once.unwrap_or(CountOnce::Never),
    })
}

/// `"exclude"` or `"count"`.
fn excluded(reader: &mut Reader<'_>, section: &mut Section<'_>, key: &'static str) -> Option<()> {
    let item = section.get(key)?;
    choice(reader, &item, &[("exclude", Some(())), ("count", None)])?
}

fn surfaces(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Vec<String>> {
    let list = section.get("surfaces")?;
    let span = list.span.clone();
    let elements = list.elements(reader)?;
    if elements.is_empty() {
        reader
            .refuse(
                "program/wrong-value",
                &span,
                "`qualification.surfaces` is empty: no view would count",
            )
            .help("name a surface, e.g. [\"for_you\"], or leave the key out to count views on all of them");
    }
    let mut surfaces = BTreeSet::new();
    for element in elements {
        let Some(surface) = text(reader, &element) else {
            continue;
        };
        if !surfaces.insert(surface.to_owned()) {
            reader
                .refuse(
                    "program/duplicate",
                    &element.span,
                    format!("surface `{surface}` is named twice"),
                )
                .help("leave it out");
        }
    }
    Some(surfaces.into_iter().collect())
}
