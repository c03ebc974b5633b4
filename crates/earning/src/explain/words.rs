//! Numbers and rules as people read them.

use crate::exact;
use ethnum::I256;
use policy::qualification::{Qualification, Rule};

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn grouped(count: impl Into<u128>) -> String {
    let digits = count.into().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 video`, `2,000 videos`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// `part / whole` in percent with four places; `0 %` of nothing.
pub(crate) fn percent(part: u128, whole: u128) -> String {
    let scaled = I256::from(part).checked_mul(I256::from(1_000_000));
    let quotient = scaled.and_then(|scaled| exact::divide(scaled, I256::from(whole)));
    let millionths = quotient.map_or(0, |(quotient, _)| quotient);
    format!(
        "{}.{:04} %",
        grouped(millionths.unsigned_abs() / 10_000),
        millionths.unsigned_abs() % 10_000
    )
}

/// Billionths as a decimal without needless zeros.
pub(crate) fn billionths(weight: u128) -> String {
    let (whole, places) = (weight / exact::WEIGHT_ONE, weight % exact::WEIGHT_ONE);
    if places == 0 {
        return grouped(whole);
    }
    let places = format!("{places:09}");
    format!("{}.{}", grouped(whole), places.trim_end_matches('0'))
}

/// Why a view did not count.
pub(crate) fn rule(rule: Rule, thresholds: &Qualification) -> String {
    match rule {
        Rule::Duplicate => "the same event had come before".to_owned(),
        Rule::Invalidated => "marked invalid by the platform's staff, or by a viewer who was".to_owned(),
        Rule::SelfView => "watched by the creator, or by an account linked to the creator".to_owned(),
        Rule::TooShort => match thresholds.minimum_watch_ms {
            Some(ms) => format!("watched for less than {} seconds", seconds(ms)),
            None => "watched for too short a time".to_owned(),
        },
        Rule::Surface => match &thresholds.surfaces {
            Some(surfaces) => format!("shown elsewhere than on {}", surfaces.join(", ")),
            None => "shown on a surface that does not count".to_owned(),
        },
        Rule::Paid => "shown because somebody paid for it".to_owned(),
        Rule::DataCentre => "from the address of a data centre".to_owned(),
        Rule::DeclaredBot => "from a client that calls itself a bot".to_owned(),
        Rule::Velocity => match thresholds.max_views_per_viewer_day {
            Some(max) => format!("by a viewer with more than {} views that day", grouped(max)),
            None => "by a viewer with more views than a person can have".to_owned(),
        },
        Rule::ReplayLoop => match thresholds.max_replays_per_day {
            Some(max) => format!(
                "by a viewer who played the video more than {} times that day",
                grouped(max)
            ),
            None => "by a viewer who played the video in a loop".to_owned(),
        },
        Rule::NegativeFeedback => "by a viewer who marked the video \"not interested\"".to_owned(),
        Rule::ImpossibleTime => "by a viewer who watched longer than the time that went by".to_owned(),
        Rule::AlreadyCounted => "by a viewer whose view of the video had counted already".to_owned(),
    }
}

fn seconds(ms: u32) -> String {
    if ms.is_multiple_of(1000) {
        grouped(ms / 1000)
    } else {
        format!("{}.{:03}", ms / 1000, ms % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!(grouped(0_u32), "0");
        assert_eq!(grouped(999_u32), "999");
        assert_eq!(grouped(1_234_567_u32), "1,234,567");
        assert_eq!(counted(1, "video"), "1 video");
        assert_eq!(counted(2_000, "video"), "2,000 videos");
        assert_eq!(percent(1, 3), "33.3333 %");
        assert_eq!(percent(1, 0), "0.0000 %");
        assert_eq!(billionths(1_500_000_000), "1.5");
        assert_eq!(billionths(12_000_000_000_000), "12,000");
    }
}
