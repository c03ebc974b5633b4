//! What each of several payees collects: exact parts of one.

use crate::payee::PayeeId;
use money::{Ratio, allocate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Most payees of a split.
pub const MAX_PAYEES: usize = 50;
/// The finest parts that shares are kept in: of a thousand millions.
const MOST_PARTS: u128 = 1_000_000_000;

/// What payees collect of what one creator earns: parts above zero that sum to one, by payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<PayeeId, String>", into = "BTreeMap<PayeeId, String>")]
pub struct Shares {
    parts: BTreeMap<PayeeId, Ratio>,
    /// Whole parts of the common denominator, in the order of the payees.
    weights: Vec<u128>,
}

/// Why shares are none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SharesError {
    /// Nobody collects anything, or too many do.
    #[error("{count} payees: from 1 to {MAX_PAYEES} share what a creator earns")]
    Count {
        /// How many.
        count: usize,
    },
    /// One payee is named twice.
    #[error("payee `{payee}` is named twice: add the shares up")]
    Twice {
        /// Who.
        payee: PayeeId,
    },
    /// A share of nothing, or below.
    #[error("the share of `{payee}` is {share}: a share is above 0")]
    NotAbove {
        /// Whose.
        payee: PayeeId,
        /// The share.
        share: Ratio,
    },
    /// They are not one together.
    #[error("the shares sum to {sum}, not to 1")]
    Sum {
        /// Their sum, as a fraction.
        sum: String,
    },
    /// No common denominator that is small enough.
    #[error("the shares have no common denominator up to {MOST_PARTS}")]
    TooFine,
    /// No share at all.
    #[error("the share of `{payee}`: {reason}")]
    NoShare {
        /// Whose.
        payee: PayeeId,
        /// Why it is none.
        reason: String,
    },
}

impl Shares {
    /// Checks shares.
    ///
    /// # Errors
    /// They do not sum to one; a payee has none, or is named twice; too many payees, or too fine parts.
    pub fn new(all: Vec<(PayeeId, Ratio)>) -> Result<Self, SharesError> {
        let mut parts = BTreeMap::new();
        for (payee, share) in all {
            if share.is_negative() || share.is_zero() {
                return Err(SharesError::NotAbove { payee, share });
            }
            if parts.contains_key(&payee) {
                return Err(SharesError::Twice { payee });
            }
            parts.insert(payee, share);
        }
        if !(1..=MAX_PAYEES).contains(&parts.len()) {
            return Err(SharesError::Count { count: parts.len() });
        }
        let mut denominators = parts.values().map(|share| share.denominator().unsigned_abs());
        let common = denominators.try_fold(1, |common, next| {
            lowest_common(common, next).filter(|common| *common <= MOST_PARTS)
        });
        let common = common.ok_or(SharesError::TooFine)?;
        let weight = |share: &Ratio| {
            let times = common / share.denominator().unsigned_abs();
            share.numerator().unsigned_abs().checked_mul(times)
        };
        let weights: Option<Vec<u128>> = parts.values().map(weight).collect();
        let weights = weights.ok_or(SharesError::TooFine)?;
        let sum = weights
            .iter()
            .try_fold(0_u128, |sum, weight| sum.checked_add(*weight));
        if sum != Some(common) {
            let sum = sum.map_or_else(|| "far more".to_owned(), |sum| sum_of(sum, common));
            return Err(SharesError::Sum { sum });
        }
        Ok(Self { parts, weights })
    }

    /// By payee, in the order of their ids.
    pub fn each(&self) -> impl Iterator<Item = (&PayeeId, Ratio)> {
        self.parts.iter().map(|(payee, share)| (payee, *share))
    }

    /// Whether a payee collects anything.
    pub fn names(&self, payee: &str) -> bool {
        !self.of(payee).is_zero()
    }

    /// What a payee collects; zero where it collects nothing.
    pub fn of(&self, payee: &str) -> Ratio {
        let found = self.parts.iter().find(|(id, _)| id.as_str() == payee);
        found.map_or(Ratio::ZERO, |(_, share)| *share)
    }

    /// Divides so many units: each payee gets the exact share rounded down, and what is left goes to the largest remainders, equal ones by
    /// smallest id. The sum is conserved; of a negative amount it is the mirror image; the same amount is always divided the same way.
    pub fn divide(&self, units: i128) -> Vec<(&PayeeId, i128)> {
        let payees: Vec<&PayeeId> = self.parts.keys().collect();
        let parts = allocate(units, &self.weights, &payees).expect("payees differ and have weights");
        payees.into_iter().zip(parts).collect()
    }
}

fn lowest_common(one: u128, other: u128) -> Option<u128> {
    let (mut larger, mut smaller) = (one, other);
    while smaller != 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    (one / larger).checked_mul(other)
}

/// A share as people agree on it: `4/5`.
fn fraction(share: Ratio) -> String {
    match share.denominator() {
        1 => share.numerator().to_string(),
        parts => format!("{}/{parts}", share.numerator()),
    }
}

fn sum_of(parts: u128, of: u128) -> String {
    let both = i128::try_from(parts).ok().zip(i128::try_from(of).ok());
    let ratio = both.and_then(|(parts, of)| Ratio::new(parts, of).ok());
    ratio.map_or_else(|| format!("{parts}/{of}"), fraction)
}

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (payee, share)) in self.parts.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{payee} {}", fraction(*share))?;
        }
        Ok(())
    }
}

impl TryFrom<BTreeMap<PayeeId, String>> for Shares {
    type Error = SharesError;

    fn try_from(texts: BTreeMap<PayeeId, String>) -> Result<Self, SharesError> {
        let share = |(payee, text): (PayeeId, String)| match Ratio::parse(&text) {
            Ok(share) => Ok((payee, share)),
            Err(e) => Err(SharesError::NoShare {
                payee,
                reason: e.to_string(),
            }),
        };
        let all: Result<Vec<_>, SharesError> = texts.into_iter().map(share).collect();
        Self::new(all?)
    }
}

impl From<Shares> for BTreeMap<PayeeId, String> {
    fn from(shares: Shares) -> Self {
        let parts = shares.parts.into_iter();
        parts.map(|(payee, share)| (payee, fraction(share))).collect()
    }
}
