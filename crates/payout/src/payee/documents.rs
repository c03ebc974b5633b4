//! Payees from NDJSON files, a document a line. Every line is a payee or an error with its line.

use super::accepted::accepted;
use super::{
    Address, Country, FailedPayment, Identity, Name, Payee, PayeeId, PayeeRow, PayoutMethods, RowError,
    SanctionsHold, Says, TaxForm,
};
use serde_json::{Map, Value};

/// Reads one JSON document of a payee a line; empty lines are passed over.
pub fn read_ndjson(text: &str) -> Vec<Result<PayeeRow, RowError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines()
        .zip(1_u64..)
        .filter(|(line, _)| !line.trim().is_empty())
        .map(|(line, number)| read_document(line, number))
        .collect()
}

fn read_document(text: &str, line: u64) -> Result<PayeeRow, RowError> {
    let fields: Option<Map<String, Value>> = serde_json::from_str(text).ok();
    let has = |field: &str| fields.as_ref().is_some_and(|fields| fields.contains_key(field));
    let says = Says {
        identity: has("identity"),
        sanctions_hold: has("sanctions_hold"),
        tax_form: has("tax_form"),
    };
    let error = match serde_json::from_str::<Payee>(text) {
        Ok(payee) => {
            let payee = accepted(payee, line)?;
            return Ok(PayeeRow { line, payee, says });
        }
        Err(error) => error,
    };
    let blamed = fields.as_ref().and_then(blamed_field);
    let mut message = error.to_string();
    // The place within the line is of no use when the field is named.
    if blamed.is_some()
        && let Some(at) = message.rfind(" at line ")
    {
        message.truncate(at);
    }
    let (reason, hint) = match message.rsplit_once(": ") {
        Some((reason, hint)) => (reason.to_owned(), hint.to_owned()),
        None => (message, "see the reference of payees for its fields".to_owned()),
    };
    Err(RowError {
        line,
        field: blamed,
        reason,
        hint,
    })
}

/// The first field that cannot be read by itself.
fn blamed_field(fields: &Map<String, Value>) -> Option<String> {
    let fails = |name: &str, value: &Value| {
        let value = value.clone();
        match name {
            "id" => serde_json::from_value::<PayeeId>(value).is_err(),
            "name" => serde_json::from_value::<Name>(value).is_err(),
            "residence" => serde_json::from_value::<Country>(value).is_err(),
            "address" => serde_json::from_value::<Address>(value).is_err(),
            "identity" => serde_json::from_value::<Identity>(value).is_err(),
            "tax_form" => serde_json::from_value::<TaxForm>(value).is_err(),
            "sanctions_hold" => serde_json::from_value::<Option<SanctionsHold>>(value).is_err(),
            "failed" => serde_json::from_value::<Vec<FailedPayment>>(value).is_err(),
            "methods" => serde_json::from_value::<PayoutMethods>(value).is_err(),
            "threshold" => value.as_str().and_then(crate::amount::parse).is_none() && !value.is_null(),
            _ => true,
        }
    };
    fields
        .iter()
        .find(|(name, value)| fails(name, value))
        .map(|(name, _)| name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ndjson_rows() {
        let good = serde_json::to_string(&crate::testing::payee(&[])).unwrap();
        let bad = good.replace("DE89", "DE88");
        let text = format!("{good}\n\n{bad}\nnot json\n{{\"id\":\"x\",\"colour\":1}}\n");
        let rows = read_ndjson(&text);
        assert!(rows[0].is_ok());
        let error = rows[1].as_ref().unwrap_err();
        assert_eq!((error.line, error.field.as_deref()), (3, Some("methods")));
        assert!(error.reason.starts_with("invalid IBAN"), "{error}");
        assert_eq!(rows[2].as_ref().unwrap_err().line, 4);
        assert_eq!(rows[3].as_ref().unwrap_err().field.as_deref(), Some("colour"));
    }
}
