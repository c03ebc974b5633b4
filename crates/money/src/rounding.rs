//! Named ways to round an exact fraction to a whole number.

use ethnum::{I256, U256};

/// How a fraction becomes a whole number.
///
/// | value | `Floor` | `Ceiling` | `TowardZero` | `AwayFromZero` | `HalfUp` | `HalfDown` | `HalfEven` |
/// |---|---|---|---|---|---|---|---|
/// | 2.5 | 2 | 3 | 2 | 3 | 3 | 2 | 2 |
/// | 1.5 | 1 | 2 | 1 | 2 | 2 | 1 | 2 |
/// | 1.1 | 1 | 2 | 1 | 2 | 1 | 1 | 1 |
/// | -1.1 | -2 | -1 | -1 | -2 | -1 | -1 | -1 |
/// | -1.5 | -2 | -1 | -1 | -2 | -2 | -1 | -2 |
/// | -2.5 | -3 | -2 | -2 | -3 | -3 | -2 | -2 |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// Towards negative infinity.
    Floor,
    /// Towards positive infinity.
    Ceiling,
    /// Towards zero: the fraction is cut off.
    TowardZero,
    /// Away from zero.
    AwayFromZero,
    /// To the nearest; halves away from zero.
    HalfUp,
    /// To the nearest; halves towards zero.
    HalfDown,
    /// To the nearest; halves to the even neighbour.
    HalfEven,
}

impl Rounding {
    /// Every mode, in the order of the table above.
    pub const ALL: [Rounding; 7] = [
        Rounding::Floor,
        Rounding::Ceiling,
        Rounding::TowardZero,
        Rounding::AwayFromZero,
        Rounding::HalfUp,
        Rounding::HalfDown,
        Rounding::HalfEven,
    ];

    /// Rounds `numerator / denominator`. Returns the whole number and what is left of the numerator:
    /// `numerator = whole * denominator + left`, with `|left| < denominator`.
    pub(crate) fn divide(self, numerator: I256, denominator: U256) -> (I256, I256) {
        let (quotient, remainder) = numerator.unsigned_abs().div_rem(denominator);
        let negative = numerator < I256::ZERO;
        let away = remainder != U256::ZERO
            && match self {
                Rounding::Floor => negative,
                Rounding::Ceiling => !negative,
                Rounding::TowardZero => false,
                Rounding::AwayFromZero => true,
                Rounding::HalfUp => remainder >= denominator - remainder,
                Rounding::HalfDown => remainder > denominator - remainder,
                Rounding::HalfEven => {
                    let half = denominator - remainder;
                    remainder > half || (remainder == half && quotient & U256::ONE == U256::ONE)
                }
            };
        let magnitude = if away { quotient + U256::ONE } else { quotient };
        let left = if away {
            (denominator - remainder).as_i256() * I256::MINUS_ONE
        } else {
            remainder.as_i256()
        };
        let sign = if negative { I256::MINUS_ONE } else { I256::ONE };
        (magnitude.as_i256() * sign, left * sign)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Ratio, Rounding};

    #[test]
    fn the_table() {
        let table = [
            ("2.5", [2, 3, 2, 3, 3, 2, 2]),
            ("1.5", [1, 2, 1, 2, 2, 1, 2]),
            ("1.1", [1, 2, 1, 2, 1, 1, 1]),
            ("-1.1", [-2, -1, -1, -2, -1, -1, -1]),
            ("-1.5", [-2, -1, -1, -2, -2, -1, -2]),
            ("-2.5", [-3, -2, -2, -3, -3, -2, -2]),
            ("1.9", [1, 2, 1, 2, 2, 2, 2]),
            ("-1.9", [-2, -1, -1, -2, -2, -2, -2]),
            ("0.5", [0, 1, 0, 1, 1, 0, 0]),
            ("-0.5", [-1, 0, 0, -1, -1, 0, 0]),
            ("3", [3; 7]),
            ("-3", [-3; 7]),
            ("0", [0; 7]),
        ];
        for (value, expected) in table {
            let value = Ratio::parse(value).unwrap();
            for (mode, expected) in Rounding::ALL.into_iter().zip(expected) {
                assert_eq!(value.round(mode).0, expected, "{value} {mode:?}");
            }
        }
    }
}
