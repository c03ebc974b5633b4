//! Withholding: what the law keeps of a payout.
//!
//! | form on that day | rate | of |
//! |---|---|---|
//! | none, expired, or not signed yet | 24 % | everything, worldwide |
//! | W-9 | 0 | |
//! | W-8BEN without a treaty | 30 % | the US-source part |
//! | W-8BEN with a treaty | the treaty's | the US-source part |
//!
//! The exact product is rounded once, half to even, to a unit of the gross amount. Withheld and net always
//! add up to the gross; what the rounding left over is handed back. This is bookkeeping and no tax advice:
//! the rates are an argument.

use crate::amount::percent;
use crate::payee::{FormStanding, TaxForm};
use jiff::civil::Date;
use money::{Money, MoneyError, Ratio, Rounding};
use serde::{Deserialize, Serialize};

/// The rates where a treaty says nothing. The default is what YouTube published for the US.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithholdingRules {
    /// Of everything, without a form.
    #[serde(with = "crate::amount::ratio")]
    pub without_form: Ratio,
    /// Of the US-source part, with a W-8BEN and no treaty.
    #[serde(with = "crate::amount::ratio")]
    pub without_treaty: Ratio,
}

impl Default for WithholdingRules {
    fn default() -> Self {
        let hundredths = |part| Ratio::new(part, 100).expect("the denominator is not zero");
        Self {
            without_form: hundredths(24),
            without_treaty: hundredths(30),
        }
    }
}

/// Which line of the table applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithholdingBasis {
    /// No form that holds: the whole amount.
    WithoutForm,
    /// W-9: nothing.
    UsPerson,
    /// W-8BEN without a treaty: the US-source part.
    WithoutTreaty,
    /// W-8BEN with a treaty: the US-source part.
    Treaty,
}

/// What is withheld of an amount, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withholding {
    /// The line of the table.
    pub basis: WithholdingBasis,
    /// What the rate is of.
    pub base: Money,
    /// The rate.
    pub rate: Ratio,
    /// What is withheld, in the asset of the gross amount.
    pub withheld: Money,
    /// Gross less withheld.
    pub net: Money,
    /// Exact product minus what is withheld, in units; at most half a unit either way.
    pub residue: Ratio,
    /// The same in words.
    pub words: String,
}

/// What is withheld of `gross`, of which `us_source` comes from the US. Both have one code; `us_source` may be
/// kept at a finer scale. Errors: a negative amount, a part larger than the whole, a rate outside 0 to 1.
pub fn withhold(
    rules: &WithholdingRules,
    form: &TaxForm,
    gross: Money,
    us_source: Money,
    on: Date,
) -> Result<Withholding, WithholdingError> {
    if gross.is_negative() || us_source.is_negative() {
        return Err(WithholdingError::Negative { gross, us_source });
    }
    let one_code = gross.asset().code() == us_source.asset().code();
    if !one_code || us_source.to_ratio() > gross.to_ratio() {
        return Err(WithholdingError::NotAPart { gross, us_source });
    }
    let (basis, base, rate) = match (form.standing(on), form) {
        (FormStanding::Valid, TaxForm::W9 {}) => (WithholdingBasis::UsPerson, gross, Ratio::ZERO),
        (FormStanding::Valid, TaxForm::W8Ben { treaty_rate, .. }) => match treaty_rate {
            Some(rate) => (WithholdingBasis::Treaty, us_source, *rate),
            None => (WithholdingBasis::WithoutTreaty, us_source, rules.without_treaty),
        },
        _ => (WithholdingBasis::WithoutForm, gross, rules.without_form),
    };
    if !rate.is_proper() {
        return Err(WithholdingError::Rate { rate });
    }
    let exact = base.to_ratio().checked_mul(rate).map_err(MoneyError::from)?;
    let rounded = Money::from_ratio(gross.asset(), exact, Rounding::HalfEven)?;
    let net = gross.checked_sub(rounded.value)?;
    Ok(Withholding {
        basis,
        base,
        rate,
        withheld: rounded.value,
        net,
        residue: rounded.residue,
        words: words(basis, form, base, rate, rounded.value, on),
    })
}

fn words(
    basis: WithholdingBasis,
    form: &TaxForm,
    base: Money,
    rate: Ratio,
    withheld: Money,
    on: Date,
) -> String {
    let sum = format!("{} of {base} = {withheld}", percent(rate));
    match basis {
        WithholdingBasis::UsPerson => "Nothing is withheld: a W-9 is on file.".to_owned(),
        WithholdingBasis::WithoutForm => {
            let why = match form.standing(on) {
                FormStanding::Expired(until) => format!("the {} expired on {until}", form.name()),
                FormStanding::NotYetSigned => format!("the {} is signed for a later day", form.name()),
                FormStanding::Missing | FormStanding::Valid => "no tax form is on file".to_owned(),
            };
            format!("Withheld: {sum}, of all earnings worldwide, because {why}.")
        }
        WithholdingBasis::WithoutTreaty => {
            format!("Withheld: {sum}, of the part earned in the US; no treaty rate is claimed.")
        }
        WithholdingBasis::Treaty => match form {
            TaxForm::W8Ben { country, .. } => {
                format!(
                    "Withheld: {sum}, of the part earned in the US, at the rate of the treaty with {country}."
                )
            }
            TaxForm::None | TaxForm::W9 {} => format!("Withheld: {sum}."),
        },
    }
}

/// Why nothing could be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WithholdingError {
    /// A negative amount.
    #[error("cannot withhold of {gross} with {us_source} from the US: amounts are not negative")]
    Negative {
        /// The whole.
        gross: Money,
        /// The part.
        us_source: Money,
    },
    /// The part is larger than the whole, or of another currency.
    #[error("{us_source} from the US is no part of {gross}: give one currency, and no more than the whole")]
    NotAPart {
        /// The whole.
        gross: Money,
        /// The part.
        us_source: Money,
    },
    /// A rate outside 0 to 1.
    #[error("withholding rate {rate} is not from 0 to 1")]
    Rate {
        /// The rate.
        rate: Ratio,
    },
    /// Beyond 128 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payee::Country;
    use crate::testing::money;
    use jiff::civil::date;
    use money::Asset;
    use proptest::prelude::*;

    fn w8(treaty: Option<&str>) -> TaxForm {
        TaxForm::W8Ben {
            country: Country::new("IN").unwrap(),
            treaty_rate: treaty.map(|rate| Ratio::parse(rate).unwrap()),
            signed_on: date(2025, 2, 1),
        }
    }

    fn of_a_thousand(form: &TaxForm, on: Date) -> Withholding {
        withhold(
            &WithholdingRules::default(),
            form,
            money("1000.00 USD"),
            money("100.00 USD"),
            on,
        )
        .unwrap()
    }

    #[test]
    fn worked_example_w4() {
        let on = date(2026, 11, 1);
        for (form, withheld, words) in [
            (
                TaxForm::None,
                "240.00 USD",
                "Withheld: 24 % of 1000.00 USD = 240.00 USD, of all earnings worldwide, because no tax form is on file.",
            ),
            (
                w8(None),
                "30.00 USD",
                "Withheld: 30 % of 100.00 USD = 30.00 USD, of the part earned in the US; no treaty rate is claimed.",
            ),
            (
                w8(Some("15%")),
                "15.00 USD",
                "Withheld: 15 % of 100.00 USD = 15.00 USD, of the part earned in the US, at the rate of the treaty with IN.",
            ),
            (
                TaxForm::W9 {},
                "0.00 USD",
                "Nothing is withheld: a W-9 is on file.",
            ),
        ] {
            let outcome = of_a_thousand(&form, on);
            assert_eq!(outcome.withheld.to_string(), withheld);
            assert_eq!(outcome.words, words);
        }
    }

    #[test]
    fn an_expired_form_is_none() {
        let outcome = of_a_thousand(&w8(Some("15%")), date(2029, 1, 1));
        assert_eq!(outcome.withheld, money("240.00 USD"));
        assert!(
            outcome.words.contains("because the W-8BEN expired on 2028-12-31"),
            "{}",
            outcome.words
        );
    }

    #[test]
    fn what_cannot_be() {
        let rules = WithholdingRules::default();
        let on = date(2026, 1, 1);
        let form = TaxForm::None;
        assert!(withhold(&rules, &form, money("1.00 USD"), money("1.01 USD"), on).is_err());
        assert!(withhold(&rules, &form, money("1.00 USD"), money("1.00 EUR"), on).is_err());
        assert!(withhold(&rules, &form, money("-1.00 USD"), money("0.00 USD"), on).is_err());
        let rules = WithholdingRules {
            without_form: Ratio::whole(2),
            ..rules
        };
        assert!(withhold(&rules, &form, money("1.00 USD"), money("0.00 USD"), on).is_err());
    }

    proptest! {
        #[test]
        fn nothing_is_lost(units in 0_i128..1_000_000_000_000, part in 0_u8..=100, percent in 0_i128..=100) {
            let asset = Asset::iso("USD").unwrap();
            let fine = Asset::micro("USD").unwrap();
            let gross = Money::new(asset, units);
            let us_source = Money::new(fine, units * 10_000 * i128::from(part) / 100);
            let treaty = format!("{percent}%");
            for form in [TaxForm::None, TaxForm::W9 {}, w8(None), w8(Some(&treaty))] {
                let outcome = withhold(&WithholdingRules::default(), &form, gross, us_source, date(2026, 1, 1)).unwrap();
                prop_assert_eq!(outcome.withheld.checked_add(outcome.net).unwrap(), gross);
                prop_assert!(!outcome.net.is_negative() && !outcome.withheld.is_negative());
                let exact = outcome.base.to_ratio().checked_mul(outcome.rate).unwrap();
                let left = outcome.residue.checked_div(Ratio::whole(asset.units_per_whole())).unwrap();
                prop_assert_eq!(outcome.withheld.to_ratio().checked_add(left).unwrap(), exact);
            }
        }
    }
}
