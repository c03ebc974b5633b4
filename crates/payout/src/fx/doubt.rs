//! Which exchange rates one person's word is not enough for.
//!
//! A file of rates is what somebody brought. A rate is taken as it is only where it stands near the last one that a second
//! person confirmed, is not old, and does not jump within its own file; every other rate a second person must confirm. Nothing here
//! says that a rate is right, and no rate is changed.

use crate::amount::percent;
use jiff::Unit;
use jiff::civil::Date;
use money::{Ratio, Rounding};
use serde::{Deserialize, Serialize};

/// Places of a rate for people.
const PLACES: u32 = 6;

/// How far a rate may be from the last confirmed one, and how old it may be, before a second person must confirm it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The greatest change, as a part of the last known rate, up or down.
    #[serde(with = "crate::amount::ratio")]
    pub band: Ratio,
    /// The most days that may lie between the day of a rate and the day it is used.
    pub days: u16,
}

/// The widest band and the greatest age that a configuration may ask for: beyond them nothing would ever be asked.
const WIDEST: (i128, i128) = (25, 100);
const OLDEST: u16 = 31;

impl Limits {
    /// What is wrong with limits that would let any rate pass; none: nothing.
    pub fn refusal(&self) -> Option<String> {
        let widest = Ratio::new(WIDEST.0, WIDEST.1).expect("the denominator is not zero");
        (self.band > widest || self.days > OLDEST).then(|| {
            format!(
                "`fx_limits` may be a band of {} % and {OLDEST} days at most",
                WIDEST.0
            )
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            band: Ratio::new(10, 100).expect("the denominator is not zero"),
            days: 7,
        }
    }
}

/// A rate of the same two currencies that is known from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownRate {
    /// Units of the wanted currency for one of the given, exact.
    #[serde(with = "crate::amount::ratio")]
    pub rate: Ratio,
    /// The day it is the rate of.
    pub published_on: Date,
}

/// Why a rate needs a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No payout has ever left at a rate of these currencies.
    First,
    /// It is further from the last confirmed one than the band.
    Far {
        /// The last known rate.
        known: KnownRate,
        /// The change, as a part of it; none when it is beyond 128 bits.
        change: Option<Ratio>,
    },
    /// It is further from the day before in its own file than the band.
    Jump {
        /// The rate of the day before.
        before: KnownRate,
        /// The change, as a part of it; none when it is beyond 128 bits.
        change: Option<Ratio>,
    },
    /// Its day is too long ago.
    Old {
        /// How many days ago.
        days: i32,
    },
}

impl Doubt {
    /// The doubt in words.
    pub fn words(&self) -> String {
        match self {
            Doubt::First => "no payout has left at a rate of these currencies yet".to_owned(),
            Doubt::Far { known, change } => format!(
                "{} from the last confirmed one, {} of {}",
                moved(*change),
                places(known.rate),
                known.published_on
            ),
            Doubt::Jump { before, change } => format!(
                "{} from the day before in its own file, {} of {}",
                moved(*change),
                places(before.rate),
                before.published_on
            ),
            Doubt::Old { days } => format!("it is {days} days old"),
        }
    }
}

/// Everything that is doubtful about a rate on the day it is used. `known` is the rate of these currencies that is known:
/// the last one that a second person confirmed, `before` the one of the day before in the same file.
pub fn doubts(
    rate: &KnownRate,
    known: Option<&KnownRate>,
    before: Option<&KnownRate>,
    today: Date,
    limits: &Limits,
) -> Vec<Doubt> {
    let mut found = Vec::new();
    match known {
        None => found.push(Doubt::First),
        Some(known) => {
            let change = change(rate.rate, known.rate);
            if is_beyond(change, limits.band) {
                found.push(Doubt::Far {
                    known: known.clone(),
                    change,
                });
            }
        }
    }
    if let Some(before) = before {
        let change = change(rate.rate, before.rate);
        if is_beyond(change, limits.band) {
            found.push(Doubt::Jump {
                before: before.clone(),
                change,
            });
        }
    }
    let days = today
        .since((Unit::Day, rate.published_on))
        .map_or(i32::MAX, |span| span.get_days());
    if days > i32::from(limits.days) {
        found.push(Doubt::Old { days });
    }
    found
}

/// The change of a rate, as a part of what it was; none beyond 128 bits.
pub(crate) fn change(now: Ratio, was: Ratio) -> Option<Ratio> {
    now.checked_div(was).ok()?.checked_sub(Ratio::ONE).ok()
}

/// Whether a change is greater than the band, up or down; one that cannot be computed is.
pub(crate) fn is_beyond(change: Option<Ratio>, band: Ratio) -> bool {
    let size = change.and_then(|change| match change.is_negative() {
        true => Ratio::ZERO.checked_sub(change).ok(),
        false => Some(change),
    });
    size.is_none_or(|size| size > band)
}

/// A change in words, with its sign.
fn moved(change: Option<Ratio>) -> String {
    match change {
        None => "it has changed beyond all measure".to_owned(),
        Some(change) if change.is_negative() => format!("{} away", in_percent(change)),
        Some(change) => format!("+{} away", in_percent(change)),
    }
}

fn in_percent(change: Ratio) -> String {
    let hundredfold = change.checked_mul(Ratio::whole(100));
    let text = hundredfold.and_then(|value| value.to_decimal_string(2, Rounding::HalfEven));
    text.map_or_else(|_| percent(change), |text| format!("{text} %"))
}

/// A rate for people.
fn places(rate: Ratio) -> String {
    let text = rate.to_decimal_string(PLACES, Rounding::HalfEven);
    text.unwrap_or_else(|_| rate.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn known(rate: &str, day: i8) -> KnownRate {
        KnownRate {
            rate: Ratio::parse(rate).unwrap(),
            published_on: date(2026, 11, day),
        }
    }

    #[test]
    fn no_limits_let_every_rate_pass() {
        let limits = |band, days| Limits {
            band: Ratio::new(band, 100).unwrap(),
            days,
        };
        assert_eq!(limits(25, 31).refusal(), None);
        assert!(limits(26, 7).refusal().is_some());
        assert!(limits(10, 32).refusal().is_some());
    }

    #[test]
    fn which_rates_need_a_second_person() {
        let (limits, today) = (Limits::default(), date(2026, 11, 28));
        let last = Some(known("1.1000", 20));
        for (rate, last, before, doubtful) in [
            (known("1.1050", 27), &last, None, &[][..]),
            // The band itself is within.
            (known("1.2100", 27), &last, None, &[]),
            (known("0.9900", 27), &last, None, &[]),
            (
                known("1.2101", 27),
                &last,
                None,
                &["+10.01 % away from the last confirmed one, 1.100000 of 2026-11-20"],
            ),
            (
                known("0.9899", 27),
                &last,
                None,
                &["-10.01 % away from the last confirmed one, 1.100000 of 2026-11-20"],
            ),
            (
                known("0.0001", 27),
                &last,
                None,
                &["-99.99 % away from the last confirmed one, 1.100000 of 2026-11-20"],
            ),
            // Nothing to compare with.
            (
                known("1.1050", 27),
                &None,
                None,
                &["no payout has left at a rate of these currencies yet"],
            ),
            // The file's own days before do not make a rate known, but a jump among them is told.
            (
                known("1.1900", 27),
                &last,
                Some(known("0.9000", 26)),
                &["+32.22 % away from the day before in its own file, 0.900000 of 2026-11-26"],
            ),
            (known("1.1050", 27), &last, Some(known("1.1040", 26)), &[]),
            // Seven days are not too many, eight are.
            (known("1.1050", 21), &last, None, &[]),
            (known("1.1050", 20), &last, None, &["it is 8 days old"]),
        ] {
            let found = doubts(&rate, last.as_ref(), before.as_ref(), today, &limits);
            let words: Vec<_> = found.iter().map(Doubt::words).collect();
            assert_eq!(words, doubtful, "{rate:?}");
        }
    }

    #[test]
    fn the_limits_can_be_set() {
        let limits: Limits = serde_json::from_str(r#"{"band":"2%","days":1}"#).unwrap();
        let last = known("1.00", 20);
        let found =
            |rate, day| doubts(&known(rate, day), Some(&last), None, date(2026, 11, 28), &limits).len();
        assert_eq!(
            (found("1.02", 27), found("1.03", 27), found("0.97", 26)),
            (0, 1, 2)
        );
    }

    #[test]
    fn what_cannot_be_computed_is_doubtful() {
        let huge = KnownRate {
            rate: Ratio::new(i128::MAX, 1).unwrap(),
            published_on: date(2026, 11, 27),
        };
        let tiny = KnownRate {
            rate: Ratio::new(3, i128::MAX - 1).unwrap(),
            published_on: date(2026, 11, 27),
        };
        let found = doubts(&huge, Some(&tiny), None, date(2026, 11, 28), &Limits::default());
        assert!(matches!(found[..], [Doubt::Far { change: None, .. }]));
    }
}
