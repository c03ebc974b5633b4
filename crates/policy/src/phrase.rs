//! Small phrases that descriptions and differences share.

use crate::program::{PartitionKey, PoolSource};
use money::{Asset, Money, Ratio};
use std::fmt::Write as _;

/// An amount with as many decimals as it needs, but not fewer than its currency is counted in: `50.00 USD`.
pub(crate) fn amount(money: Money) -> String {
    let text = money.to_decimal_string();
    let least = Asset::iso(money.asset().code()).map_or(0, Asset::scale);
    let Some((whole, fraction)) = text.split_once('.') else {
        return format!("{text} {}", money.asset().code());
    };
    let significant = fraction
        .trim_end_matches('0')
        .len()
        .max(usize::from(least))
        .min(fraction.len());
    let point = if significant == 0 { "" } else { "." };
    format!(
        "{whole}{point}{} {}",
        &fraction[..significant],
        money.asset().code()
    )
}

/// A part: `45 %`, or the fraction where a percentage has no end.
pub(crate) fn percent(part: Ratio) -> String {
    match part.checked_mul(Ratio::whole(100)) {
        Ok(percent) if !percent.to_string().contains('/') => format!("{percent} %"),
        _ => part.to_string(),
    }
}

/// A duration in the largest unit that shows it without a fraction: `5s`, as documents write it.
pub(crate) fn duration(millis: u32) -> String {
    const UNITS: [(u32, &str); 3] = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = UNITS.into_iter().find(|(unit, _)| millis.is_multiple_of(*unit));
    let (unit, name) = whole.unwrap_or((1, "ms"));
    format!("{}{name}", millis / unit)
}

/// A formula on one line.
pub(crate) fn one_line(formula: &str) -> String {
    formula.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Partition keys: `day, country`.
pub(crate) fn keys(keys: &[PartitionKey]) -> String {
    keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(", ")
}

/// Partition keys in a sentence: `day and country`.
pub(crate) fn keys_in_words(keys: &[PartitionKey]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.name()).collect();
    and(&names)
}

/// A list in a sentence: `a, b and c`.
pub(crate) fn and(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// A number with its noun: `1 day`, `3 days`.
pub(crate) fn counted(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Thousands apart: `100,000`.
pub(crate) fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len() - at;
        let comma = if at > 0 && left.is_multiple_of(3) { "," } else { "" };
        write!(text, "{comma}{digit}").expect("a string grows");
    }
    text
}

/// Where a pool's money comes from, as documents write it.
pub(crate) fn source(source: &PoolSource) -> String {
    match source {
        PoolSource::Fixed(money) => amount(*money),
        PoolSource::Table(name) => format!("table {name}"),
        PoolSource::AdRevenue => "ad_revenue".to_owned(),
        PoolSource::Funding => "funding".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::usd;

    #[test]
    fn amounts_are_short_but_not_too_short() {
        let texts = ["10000.00", "0.41", "0.000001", "1.5", "0"].map(|text| amount(usd(text)));
        assert_eq!(
            texts,
            ["10000.00 USD", "0.41 USD", "0.000001 USD", "1.50 USD", "0.00 USD"]
        );
        let yen =
            |scale| Money::parse(Asset::new("JPY", scale).expect("an asset"), "100").expect("an amount");
        assert_eq!([amount(yen(0)), amount(yen(6))], ["100 JPY", "100 JPY"]);
    }

    #[test]
    fn parts_durations_numbers() {
        let parts =
            ["45%", "4%", "1/3", "2.5%", "1"].map(|text| percent(Ratio::parse(text).expect("a part")));
        assert_eq!(parts, ["45 %", "4 %", "1/3", "2.5 %", "100 %"]);
        assert_eq!(
            [500, 5_000, 90_000, 120_000, 7_200_000].map(duration),
            ["500ms", "5s", "90s", "2m", "2h"]
        );
        assert_eq!(
            [0, 999, 1_000, 1_000_000].map(grouped),
            ["0", "999", "1,000", "1,000,000"]
        );
        assert_eq!(and(&["a", "b", "c"]), "a, b and c");
    }
}
