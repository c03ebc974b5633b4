//! What the platform's configuration and its programs say of how much is paid. It is fixed with a batch, so that its approver sees what has
//! changed.

use super::rules::Rules;
use crate::base::config::Payout;
use serde::Serialize;
use std::collections::BTreeMap;

/// Terms by name.
pub(super) type PlatformTerms = BTreeMap<String, String>;

/// Before the name of a program.
const OF_PROGRAM: &str = "threshold of program ";

/// What programs say of the least that is paid.
pub(super) fn of_programs<'p>(rules: &Rules, programs: impl Iterator<Item = &'p str>) -> PlatformTerms {
    let said = |id| {
        Some((
            format!("{OF_PROGRAM}{id}"),
            rules.known(id)?.threshold.to_string(),
        ))
    };
    programs.filter_map(said).collect()
}

/// What the configuration says.
pub(super) fn of(config: &Payout) -> PlatformTerms {
    let withholding = config.withholding.clone().unwrap_or_default();
    let minimum = &config.minimum;
    let minimums = [
        ("minimum.bank", &minimum.bank),
        ("minimum.paypal", &minimum.paypal),
        ("minimum.wise", &minimum.wise),
    ];
    let minimums = minimums
        .into_iter()
        .filter_map(|(name, least)| Some((name, least.as_ref()?.to_string())));
    let all = [
        ("withholding.without_form", withholding.without_form.to_string()),
        (
            "withholding.without_treaty",
            withholding.without_treaty.to_string(),
        ),
        ("tax_form", word(&config.tax_form)),
        ("other_debts", word(&config.other_debts)),
        ("fees", word(&config.fees)),
        ("fx_limits.band", config.fx_limits.band.to_string()),
        ("fx_limits.days", config.fx_limits.days.to_string()),
    ];
    let all = all.into_iter().chain(minimums);
    all.map(|(name, said)| (name.to_owned(), said)).collect()
}

/// What they say otherwise than those of the batch before; where there is none, than by default. Of a batch that was prepared before they
/// were fixed nothing is known.
pub(super) fn changed(before: Option<&PlatformTerms>, now: &PlatformTerms) -> Vec<String> {
    if now.is_empty() {
        return Vec::new();
    }
    let default = of(&Payout::default());
    let was = before.unwrap_or(&default);
    let when = if before.is_some() { "was" } else { "is by default" };
    let names = was
        .keys()
        .chain(now.keys().filter(|name| !was.contains_key(*name)));
    let said =
        |terms: &PlatformTerms, name: &str| terms.get(name).cloned().unwrap_or_else(|| "none".to_owned());
    // Of a program that was not paid before there is nothing to compare with; one that is not paid now says nothing.
    let is_known =
        |name: &&String| !name.starts_with(OF_PROGRAM) || was.contains_key(*name) && now.contains_key(*name);
    let differs = names
        .filter(is_known)
        .filter(|name| was.get(*name) != now.get(*name));
    let words = differs.map(|name| format!("{name} {when} {}, and is {}", said(was, name), said(now, name)));
    words.collect()
}

/// The word of a choice.
fn word(choice: &impl Serialize) -> String {
    let written = serde_json::to_value(choice).unwrap_or_default();
    written
        .as_str()
        .map_or_else(|| written.to_string(), str::to_owned)
}
