//! `[[caps]]` and `[payable]`: how much at most, and when it is paid.

use super::section::{Reader, Section};
use super::values::{amount, choice, whole};
use crate::program::{BelowThreshold, Cap, CapScope, Payable};
use money::{Asset, Money};

pub(super) fn read_caps(reader: &mut Reader<'_>, root: &mut Section<'_>, asset: Asset) -> Vec<Cap> {
    let scopes = [CapScope::Video, CapScope::Creator, CapScope::Budget].map(|scope| (scope.name(), scope));
    let mut caps: Vec<Cap> = Vec::new();
    for mut section in root.sections(reader, "caps") {
        let scope_item = section.need("per", "\"creator\"");
        let span = scope_item.as_ref().map(|item| item.span.clone());
        let scope = scope_item.and_then(|item| choice(reader, &item, &scopes));
        let amount = section
            .need("amount", "\"1000.00\"")
            .and_then(|item| amount(reader, &item, asset));
        section.finish(reader);
        let (Some(scope), Some(span), Some(amount)) = (scope, span, amount) else {
            continue;
        };
        if caps.iter().any(|earlier| earlier.scope == scope) {
            reader
                .refuse("program/duplicate", &span, "this is capped already, further up")
                .help("keep the smaller of the two caps");
            continue;
        }
        caps.push(Cap { scope, amount });
    }
    caps
}

pub(super) fn read_payable(reader: &mut Reader<'_>, root: &mut Section<'_>, asset: Asset) -> Option<Payable> {
    let item = root.need("payable", "{ hold_days = 3, threshold = \"50.00\" }")?;
    let mut section = item.section(reader)?;
    let hold_days = section
        .need("hold_days", "3")
        .and_then(|item| whole(reader, &item, 0..=400));
    let after_item = section.get("after_months");
    let after_months = after_item.as_ref().and_then(|item| whole(reader, item, 0..=24));
    let day_item = section.get("day");
    let day = day_item.as_ref().and_then(|item| whole(reader, item, 1..=31));
    match (&after_item, &day_item) {
        (Some(item), None) => {
            reader
                .refuse(
                    "program/missing-key",
                    &item.span,
                    "`payable.after_months` needs the day of that month",
                )
                .help("add `day = 15`");
        }
        (None, Some(item)) => {
            reader
                .refuse(
                    "program/missing-key",
                    &item.span,
                    "`payable.day` needs to know the day of which month",
                )
                .help("add `after_months = 1` for the month after the period's");
        }
        _ => {}
    }
    let threshold = match section.get("threshold") {
        Some(item) => amount(reader, &item, asset),
        None => Some(Money::zero(asset)),
    };
    let below = match section.get("below") {
        Some(item) => {
            let choices = [BelowThreshold::Roll, BelowThreshold::Expire];
            choice(reader, &item, &choices.map(|choice| (choice.name(), choice)))
        }
        None => Some(BelowThreshold::Roll),
    };
    section.finish(reader);
    Some(Payable {
        hold_days: hold_days?,
        after_months,
        day,
        threshold: threshold?,
        below: below?,
    })
}
