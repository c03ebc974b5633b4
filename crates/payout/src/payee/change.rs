//! What two versions of a payee say differently, in words: the history of a payee is read by those who look for a theft.
//!
//! Account numbers are masked as everywhere; a number that changed and ends alike is said to be another one. Nothing here
//! judges a change.

use super::{Address, Payee, PayoutMethod, TaxForm};
use serde::Serialize;

/// One field of a payee that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The field, as documents of payees name it.
    pub field: &'static str,
    /// What it was; none where there was nothing.
    pub from: Option<String>,
    /// What it is; none where there is nothing.
    pub to: Option<String>,
}

impl Change {
    /// The change in words: `name was Ann, is Eve`.
    pub fn words(&self) -> String {
        match (&self.from, &self.to) {
            (None, None) => self.field.to_owned(),
            (None, Some(to)) => format!("{}: {to}", self.field),
            (Some(from), None) => format!("{} was {from}, is none", self.field),
            (Some(from), Some(to)) if from == to => {
                format!("{}: another one that reads alike, {to}", self.field)
            }
            (Some(from), Some(to)) => format!("{} was {from}, is {to}", self.field),
        }
    }
}

/// What a version of a payee says differently from the one before; everything, of the first.
pub fn changes(before: Option<&Payee>, now: &Payee) -> Vec<Change> {
    let mut found = Vec::new();
    let mut compare = |field, from: Option<String>, to: Option<String>, is_changed: bool| {
        if is_changed {
            found.push(Change { field, from, to });
        }
    };
    macro_rules! compare {
        ($field:ident, $text:expr) => {{
            let text: fn(&Payee) -> Option<String> = $text;
            let to = text(now);
            let differs = match before {
                Some(before) => before.$field != now.$field,
                None => to.is_some(),
            };
            compare(stringify!($field), before.and_then(text), to, differs);
        }};
    }
    compare!(name, |payee| Some(payee.name.to_string()));
    compare!(residence, |payee| Some(payee.residence.to_string()));
    compare!(address, |payee| Some(in_a_line(&payee.address)));
    compare!(identity, |payee| Some(payee.identity.name().to_owned()));
    compare!(tax_form, |payee| Some(form(&payee.tax_form)));
    compare!(sanctions_hold, |payee| payee
        .sanctions_hold
        .as_ref()
        .map(|hold| format!("since {}: {}", hold.since, hold.reason)));
    compare!(methods, |payee| {
        let methods: Vec<String> = payee.methods.as_slice().iter().map(method).collect();
        (!methods.is_empty()).then(|| methods.join("; "))
    });
    compare!(threshold, |payee| payee
        .threshold
        .map(|threshold| threshold.to_string()));
    compare!(failed, |payee| {
        let failed = payee.failed.iter();
        let failed: Vec<String> = failed
            .map(|one| format!("{} to {}: {}", one.on, one.to.masked(), one.reason))
            .collect();
        (!failed.is_empty()).then(|| failed.join("; "))
    });
    found
}

fn method(method: &PayoutMethod) -> String {
    let holder = match &method.to {
        super::Destination::Bank { holder, .. } => format!(" of {holder}"),
        _ => String::new(),
    };
    let preferred = if method.preferred { ", preferred" } else { "" };
    format!("{} to {}{holder}{preferred}", method.currency, method.to.masked())
}

fn in_a_line(address: &Address) -> String {
    let parts = [
        &address.street,
        &address.building_number,
        &address.post_code,
        &Some(address.town.clone()),
    ];
    let there: Vec<String> = parts.into_iter().flatten().map(ToString::to_string).collect();
    format!("{}, {}", there.join(" "), address.country)
}

fn form(form: &TaxForm) -> String {
    match form {
        TaxForm::W8Ben {
            country,
            treaty_rate,
            signed_on,
        } => {
            let treaty = treaty_rate.map(|rate| format!(" at {}", crate::amount::percent(rate)));
            format!(
                "{} of {country}{}, signed {signed_on}",
                form.name(),
                treaty.unwrap_or_default()
            )
        }
        TaxForm::None | TaxForm::W9 {} => form.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::payee;

    fn words(before: &Payee, now: &Payee) -> Vec<String> {
        changes(Some(before), now).iter().map(Change::words).collect()
    }

    #[test]
    fn what_changed_is_named() {
        let was = payee(&[]);
        assert_eq!(words(&was, &was), Vec::<String>::new());
        for (from, to, said) in [
            (
                "\"Anna Müller\",\"residence\"",
                "\"Eve\",\"residence\"",
                "name was Anna Müller, is Eve",
            ),
            (
                "\"verified\"",
                "\"restricted\"",
                "identity was verified, is restricted",
            ),
            (
                "DE89370400440532013000",
                "DE75512108001245126199",
                "methods was EUR to bank account DE89…3000 of Anna Müller, is EUR to bank account DE75…6199 of Anna Müller",
            ),
            ("\"w9\"", "\"none\"", "tax_form was W-9, is no form"),
            (
                "München",
                "Rom",
                "address was Hauptstraße 12 80331 München, DE, is Hauptstraße 12 80331 Rom, DE",
            ),
            (
                "\"methods\"",
                "\"threshold\":\"75.00 USD\",\"methods\"",
                "threshold: 75.00 USD",
            ),
        ] {
            assert_eq!(words(&was, &payee(&[(from, to)])), [said]);
        }
    }

    #[test]
    fn the_first_version_says_everything() {
        let fields: Vec<_> = changes(None, &payee(&[]))
            .iter()
            .map(|change| change.field)
            .collect();
        assert_eq!(
            fields,
            ["name", "residence", "address", "identity", "tax_form", "methods"]
        );
    }
}
