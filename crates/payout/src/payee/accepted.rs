//! What is asked of a payee who comes in from a file, beyond being one.

use super::{Destination, Payee, RowError, is_hidden};
use crate::payee::reach;

/// Names in Persian or in scripts of India may need them, to part or to join their letters.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// What is asked of a payee who comes in, and not of one who is stored: those stay readable as they are.
pub(super) fn accepted(payee: Payee, line: u64) -> Result<Payee, RowError> {
    let texts = texts(&payee).into_iter();
    let hides = |field: &str, c: char| is_hidden(c) && !(field != "email" && JOINERS.contains(&c));
    let hidden = texts.filter_map(|(field, text)| Some((field, text.chars().find(|c| hides(field, *c))?)));
    if let Some((field, character)) = hidden.into_iter().next() {
        return Err(RowError::new(
            line,
            field,
            format!(
                "it has U+{:04X}, a character that nobody sees",
                u32::from(character)
            ),
            "write it without",
        ));
    }
    if let Some(threshold) = payee.threshold.filter(|threshold| threshold.units() < 0) {
        return Err(RowError::new(
            line,
            "threshold",
            format!("{threshold} is below zero"),
            "write it like 50.00 USD, or leave it out",
        ));
    }
    for method in payee.methods.as_slice() {
        if let Err(why) = reach::place(&method.to, method.currency.as_str()) {
            return Err(RowError::new(line, why.field(), why.to_string(), why.hint()));
        }
    }
    Ok(payee)
}

/// What is printed of a payee, by field.
fn texts(payee: &Payee) -> Vec<(&'static str, &str)> {
    let address = &payee.address;
    let mut texts = vec![("name", payee.name.as_str()), ("town", address.town.as_str())];
    for (field, part) in [
        ("street", &address.street),
        ("building_number", &address.building_number),
        ("post_code", &address.post_code),
    ] {
        texts.extend(part.as_ref().map(|part| (field, part.as_str())));
    }
    let methods = payee.methods.as_slice().iter();
    texts.extend(methods.filter_map(|method| match &method.to {
        Destination::Bank { holder, .. } => Some(("holder", holder.as_str())),
        Destination::PayPal { email } | Destination::Wise { email } => Some(("email", email.as_str())),
        Destination::Erased { .. } => None,
    }));
    texts
}

#[cfg(test)]
mod tests {
    use crate::payee::{Payee, read_csv, read_ndjson};

    #[test]
    fn methods_that_lead_nowhere_are_refused() {
        let header = "id,name,residence,town,country,rail,currency,iban,bic,email\n";
        for (cells, error) in [
            (
                "bank,EUR,TR330006100519786457841326,,",
                "field `bic`: an account in TR needs its bank: an IBAN alone is enough only within SEPA: give the bank's BIC",
            ),
            (
                "paypal,KWD,,,a@b.example",
                "field `currency`: paypal does not carry KWD: choose a currency that the rail carries, or another rail",
            ),
        ] {
            let rows = read_csv(&format!("{header}a,Anna,DE,Berlin,DE,{cells}\n"));
            let said = rows[0].as_ref().unwrap_err().to_string();
            assert_eq!(said, format!("line 2, {error}"));
        }
        // Also one that is not preferred; what is stored stays readable.
        let text = serde_json::to_string(&crate::testing::payee(&[(
            "\"methods\":[",
            r#""methods":[{"currency":"USD","preferred":true,"to":{"rail":"paypal","email":"a@b.example"}},"#,
        )]))
        .unwrap()
        .replace("DE89370400440532013000", "TR330006100519786457841326");
        assert_eq!(
            read_ndjson(&text)[0].clone().unwrap_err().field.as_deref(),
            Some("bic")
        );
        assert!(serde_json::from_str::<Payee>(&text).is_ok());
    }

    /// Blanks around an id make another creator, as in events.
    #[test]
    fn ids_are_as_they_are_written() {
        let header = "id,name,residence,town,country\n";
        for id in ["x", "x ", " x", "x\u{a0}", "x\u{3000}"] {
            let rows = read_csv(&format!("{header}\"{id}\", Anna ,DE,Berlin,DE\n"));
            let read = rows[0].as_ref().unwrap();
            assert_eq!(
                (read.payee.id.as_str(), read.payee.name.to_string().as_str()),
                (id, "Anna")
            );
        }
        let none = read_csv(&format!("{header}\" \",Anna,DE,Berlin,DE\n"));
        assert!(
            none[0]
                .as_ref()
                .unwrap_err()
                .to_string()
                .contains("the cell is empty")
        );
    }

    #[test]
    fn what_hides_and_thresholds_below_zero_are_refused_with_line_and_field() {
        let header = "id,name,residence,town,country,street,rail,currency,email,threshold\n";
        for (row, error) in [
            (
                "a,An\u{202e}na,DE,Berlin,DE,,,,,",
                "field `name`: it has U+202E, a character that nobody sees",
            ),
            ("a,Anna,DE,Ber\u{200b}lin,DE,,,,,", "field `town`: it has U+200B"),
            (
                "a,Anna,DE,Berlin,DE,A\u{2066}lee,,,,",
                "field `street`: it has U+2066",
            ),
            (
                "a,Anna,DE,Berlin,DE,,paypal,EUR,a\u{200d}@b.example,",
                "field `email`: it has U+200D",
            ),
            (
                "a,Anna,DE,Berlin,DE,,,,,-5 USD",
                "field `threshold`: -5 USD is below zero",
            ),
        ] {
            let rows = read_csv(&format!("{header}{row}\n"));
            let said = rows[0].as_ref().unwrap_err().to_string();
            assert!(said.starts_with(&format!("line 2, {error}")), "{said}");
        }
        let good = serde_json::to_string(&crate::testing::payee(&[])).unwrap();
        for (from, to, field) in [
            ("\"name\":\"", "\"name\":\"\u{feff}", "name"),
            ("\"holder\":\"Anna", "\"holder\":\"\u{200f}Anna", "holder"),
            ("{\"id\"", "{\"threshold\":\"-0.01 USD\",\"id\"", "threshold"),
        ] {
            assert!(good.contains(from), "{good}");
            let text = good.replacen(from, to, 1);
            let error = read_ndjson(&text)[0].clone().unwrap_err();
            assert_eq!((error.line, error.field.as_deref()), (1, Some(field)), "{error}");
            // What is stored stays readable.
            assert!(serde_json::from_str::<Payee>(&text).is_ok());
        }
        for row in [
            "a,Anna,DE,Berlin,DE,,,,,0 USD",
            "a,علی\u{200c}رضا,DE,Berlin,DE,,,,,",
        ] {
            assert!(read_csv(&format!("{header}{row}\n"))[0].is_ok(), "{row}");
        }
    }
}
