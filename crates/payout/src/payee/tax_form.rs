//! Tax forms: what a payee has signed, and until when it holds.

use super::checked::Country;
use jiff::civil::{Date, date};
use money::Ratio;
use serde::{Deserialize, Serialize};

/// Calendar years after the one of signing through whose end a W-8BEN holds.
const W8_YEARS: i16 = 3;

/// The tax form on file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "lowercase", deny_unknown_fields)]
pub enum TaxForm {
    /// No form.
    #[default]
    None,
    /// W-9: a US person.
    W9 {},
    /// W-8BEN: not a US person.
    W8Ben {
        /// The country of the claim.
        country: Country,
        /// The treaty's rate on the US-source part, from 0 to 1; without a treaty, none.
        #[serde(
            default,
            with = "crate::amount::part_option",
            skip_serializing_if = "Option::is_none"
        )]
        treaty_rate: Option<Ratio>,
        /// The day it was signed: it holds from then to the end of the third year after.
        signed_on: Date,
    },
}

/// What a form is worth on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormStanding {
    /// It holds.
    Valid,
    /// There is none.
    Missing,
    /// It is signed for a later day than this.
    NotYetSigned,
    /// It held until that day.
    Expired(Date),
}

impl TaxForm {
    /// The last day the form holds; `None` for a form without an end.
    pub fn valid_until(&self) -> Option<Date> {
        match self {
            TaxForm::W8Ben { signed_on, .. } => {
                Some(date(signed_on.year().saturating_add(W8_YEARS).min(9999), 12, 31))
            }
            TaxForm::None | TaxForm::W9 {} => None,
        }
    }

    /// What the form is worth on a day.
    pub fn standing(&self, on: Date) -> FormStanding {
        match self {
            TaxForm::None => FormStanding::Missing,
            TaxForm::W9 {} => FormStanding::Valid,
            TaxForm::W8Ben { signed_on, .. } if *signed_on > on => FormStanding::NotYetSigned,
            TaxForm::W8Ben { .. } => match self.valid_until() {
                Some(until) if until < on => FormStanding::Expired(until),
                _ => FormStanding::Valid,
            },
        }
    }

    /// The name of the form, for people.
    pub const fn name(&self) -> &'static str {
        match self {
            TaxForm::None => "no form",
            TaxForm::W9 {} => "W-9",
            TaxForm::W8Ben { .. } => "W-8BEN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_w8_holds_to_the_end_of_the_third_year() {
        let form: TaxForm = serde_json::from_str(
            r#"{"form":"w8ben","country":"IN","treaty_rate":"15%","signed_on":"2023-05-10"}"#,
        )
        .unwrap();
        assert_eq!(form.valid_until(), Some(date(2026, 12, 31)));
        for (on, standing) in [
            (date(2023, 5, 9), FormStanding::NotYetSigned),
            (date(2023, 5, 10), FormStanding::Valid),
            (date(2026, 12, 31), FormStanding::Valid),
            (date(2027, 1, 1), FormStanding::Expired(date(2026, 12, 31))),
        ] {
            assert_eq!(form.standing(on), standing, "{on}");
        }
        assert_eq!(TaxForm::W9 {}.standing(date(2099, 1, 1)), FormStanding::Valid);
        assert_eq!(TaxForm::None.standing(date(2026, 1, 1)), FormStanding::Missing);
    }
}
