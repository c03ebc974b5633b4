//! Payees from CSV files with a header. Every row is a payee or an error with its line.

use super::accepted::accepted;
use super::{
    AccountNumber, Address, BankAccount, ClearingCode, Country, Destination, Identity, LocalAccount, Payee,
    PayeeError, PayeeRow, PayoutMethod, PayoutMethods, SanctionsHold, Says, TaxForm, ValueError,
};
use jiff::civil::Date;

/// Columns of a CSV file, in any order. `id`, `name`, `residence`, `town` and `country` must be there; a row
/// has one payout method.
pub const CSV_COLUMNS: [&str; 25] = [
    "id",
    "name",
    "residence",
    "street",
    "building_number",
    "post_code",
    "town",
    "country",
    "identity",
    "tax_form",
    "tax_country",
    "treaty_rate",
    "signed_on",
    "sanctions_since",
    "sanctions_reason",
    "rail",
    "currency",
    "iban",
    "account",
    "clearing_system",
    "clearing_code",
    "bic",
    "holder",
    "email",
    "threshold",
];

/// Columns that mean something with a rail alone.
const METHOD_COLUMNS: [&str; 8] = [
    "currency",
    "iban",
    "account",
    "clearing_system",
    "clearing_code",
    "bic",
    "holder",
    "email",
];

const REQUIRED: [&str; 5] = ["id", "name", "residence", "town", "country"];

/// Why a row is not a payee.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {reason}: {hint}", self.place())]
pub struct RowError {
    /// The line, from 1; the header of a CSV file is line 1.
    pub line: u64,
    /// The column or field, where one is to blame.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// How to mend it.
    pub hint: String,
}

impl RowError {
    fn place(&self) -> String {
        self.field
            .as_ref()
            .map_or(String::new(), |field| format!(", field `{field}`"))
    }

    pub(super) fn new(line: u64, field: &str, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            line,
            field: (!field.is_empty()).then(|| field.to_owned()),
            reason: reason.into(),
            hint: hint.into(),
        }
    }

    fn value(line: u64, field: &str, error: &ValueError) -> Self {
        Self::new(line, field, error.reason(), error.hint())
    }
}

/// Reads a CSV file with the header of [`CSV_COLUMNS`]. A header that cannot be used is one error and no rows.
pub fn read_csv(text: &str) -> Vec<Result<PayeeRow, RowError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(false)
        .from_reader(text.as_bytes());
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return vec![Err(csv_error(&error, 1))],
    };
    if let Err(error) = check_header(&header) {
        return vec![Err(error)];
    }
    reader
        .records()
        .map(|record| {
            let record = record.map_err(|error| csv_error(&error, 0))?;
            let line = record.position().map_or(0, csv::Position::line);
            let row = Row {
                header: &header,
                record: &record,
                line,
            };
            Ok(PayeeRow {
                line,
                payee: accepted(row.payee()?, line)?,
                says: row.says(),
            })
        })
        .collect()
}

fn csv_error(error: &csv::Error, line: u64) -> RowError {
    let line = error.position().map_or(line, csv::Position::line);
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("{len} cells, the header has {expected_len}")
        }
        _ => error.to_string(),
    };
    RowError::new(line, "", reason, "check commas and quotes of this line")
}

fn check_header(header: &csv::StringRecord) -> Result<(), RowError> {
    for (at, name) in header.iter().enumerate() {
        let hint = || format!("the columns are {}", CSV_COLUMNS.join(", "));
        if !CSV_COLUMNS.contains(&name) {
            return Err(RowError::new(1, name, "unknown column", hint()));
        }
        if header.iter().take(at).any(|before| before == name) {
            return Err(RowError::new(1, name, "the column is there twice", "remove one"));
        }
    }
    match REQUIRED
        .into_iter()
        .find(|name| !header.iter().any(|have| have == *name))
    {
        Some(name) => Err(RowError::new(
            1,
            name,
            "the column is missing",
            "add it to the header",
        )),
        None => Ok(()),
    }
}

struct Row<'a> {
    header: &'a csv::StringRecord,
    record: &'a csv::StringRecord,
    line: u64,
}

impl Row<'_> {
    fn cell(&self, field: &str) -> Option<&str> {
        let at = self.header.iter().position(|name| name == field)?;
        let cell = self.record.get(at)?;
        // Blanks around an id make another one, as in events: who is paid is nobody's guess.
        let read = if field == "id" { cell } else { cell.trim() };
        (!cell.trim().is_empty()).then_some(read)
    }

    fn error(&self, field: &str, reason: impl Into<String>, hint: impl Into<String>) -> RowError {
        RowError::new(self.line, field, reason, hint)
    }

    fn maybe<T>(
        &self,
        field: &str,
        check: impl Fn(&str) -> Result<T, ValueError>,
    ) -> Result<Option<T>, RowError> {
        self.cell(field)
            .map(|cell| check(cell).map_err(|error| RowError::value(self.line, field, &error)))
            .transpose()
    }

    fn need<T>(&self, field: &str, check: impl Fn(&str) -> Result<T, ValueError>) -> Result<T, RowError> {
        self.maybe(field, check)?
            .ok_or_else(|| self.error(field, "the cell is empty", "write a value"))
    }

    fn date(&self, field: &str) -> Result<Option<Date>, RowError> {
        let read = |cell: &str| {
            cell.parse::<Date>().map_err(|_| {
                self.error(
                    field,
                    format!("`{cell}` is not a date"),
                    "write it like 2026-10-31",
                )
            })
        };
        self.cell(field).map(read).transpose()
    }

    /// An empty cell says nothing, but for a hold: whoever lists holds says that there is none.
    fn says(&self) -> Says {
        Says {
            identity: self.cell("identity").is_some(),
            sanctions_hold: self.header.iter().any(|name| name == "sanctions_since"),
            tax_form: self.cell("tax_form").is_some(),
        }
    }

    fn payee(&self) -> Result<Payee, RowError> {
        let identity = match self.cell("identity") {
            None => Identity::default(),
            Some(name) => Identity::from_name(name).ok_or_else(|| {
                let names = Identity::ALL.map(Identity::name).join(", ");
                self.error(
                    "identity",
                    format!("unknown state `{name}`"),
                    format!("use one of {names}"),
                )
            })?,
        };
        let threshold = match self.cell("threshold") {
            None => None,
            Some(text) => Some(crate::amount::parse(text).ok_or_else(|| {
                self.error(
                    "threshold",
                    format!("`{text}` is not an amount"),
                    "write it like 50.00 USD",
                )
            })?),
        };
        if self.cell("sanctions_since").is_none() {
            self.nothing_in(&["sanctions_reason"], "without a day in `sanctions_since`")?;
        }
        let sanctions_hold = self.date("sanctions_since")?.map(|since| SanctionsHold {
            since,
            reason: self.cell("sanctions_reason").unwrap_or_default().to_owned(),
        });
        Ok(Payee {
            id: self.need("id", super::PayeeId::new)?,
            name: self.need("name", super::Name::new)?,
            residence: self.need("residence", Country::new)?,
            address: self.address()?,
            identity,
            tax_form: self.tax_form()?,
            sanctions_hold,
            failed: Vec::new(),
            methods: self.methods()?,
            threshold,
        })
    }

    /// Cells that mean nothing here are mistakes, and are not dropped in silence.
    fn nothing_in(&self, fields: &[&str], because: &str) -> Result<(), RowError> {
        match fields.iter().find(|field| self.cell(field).is_some()) {
            Some(field) => Err(self.error(
                field,
                format!("a value {because}"),
                "fill in the other column, or empty this one",
            )),
            None => Ok(()),
        }
    }

    fn address(&self) -> Result<Address, RowError> {
        let part = super::AddressPart::new;
        Ok(Address {
            street: self.maybe("street", part)?,
            building_number: self.maybe("building_number", part)?,
            post_code: self.maybe("post_code", part)?,
            town: self.need("town", part)?,
            country: self.need("country", Country::new)?,
        })
    }

    fn tax_form(&self) -> Result<TaxForm, RowError> {
        match self.cell("tax_form") {
            None | Some("none") => {
                self.nothing_in(&["tax_country", "treaty_rate", "signed_on"], "without a tax form")?;
                Ok(TaxForm::None)
            }
            Some("w9") => Ok(TaxForm::W9 {}),
            Some("w8ben") => {
                let treaty_rate =
                    match self.cell("treaty_rate") {
                        None => None,
                        Some(text) => Some(crate::amount::part(text).map_err(|reason| {
                            self.error("treaty_rate", reason, "write a part such as 15%")
                        })?),
                    };
                let signed_on = self.date("signed_on")?.ok_or_else(|| {
                    self.error(
                        "signed_on",
                        "the cell is empty",
                        "write the day the W-8BEN was signed",
                    )
                })?;
                Ok(TaxForm::W8Ben {
                    country: self.need("tax_country", Country::new)?,
                    treaty_rate,
                    signed_on,
                })
            }
            Some(other) => Err(self.error(
                "tax_form",
                format!("unknown tax form `{other}`"),
                "use none, w9 or w8ben",
            )),
        }
    }

    fn methods(&self) -> Result<PayoutMethods, RowError> {
        let Some(rail) = self.cell("rail") else {
            self.nothing_in(&METHOD_COLUMNS, "without a rail")?;
            return Ok(PayoutMethods::default());
        };
        let to = match rail {
            "bank" => Destination::Bank {
                account: self.account()?,
                bic: self.maybe("bic", super::Bic::new)?,
                holder: match self.maybe("holder", super::Name::new)? {
                    Some(holder) => holder,
                    None => self.need("name", super::Name::new)?,
                },
            },
            "paypal" => Destination::PayPal {
                email: self.need("email", super::Email::new)?,
            },
            "wise" => Destination::Wise {
                email: self.need("email", super::Email::new)?,
            },
            other => {
                return Err(self.error(
                    "rail",
                    format!("unknown rail `{other}`"),
                    "use bank, paypal or wise",
                ));
            }
        };
        let method = PayoutMethod {
            currency: self.need("currency", super::CurrencyCode::new)?,
            preferred: true,
            to,
        };
        PayoutMethods::new(vec![method])
            .map_err(|error: PayeeError| self.error("clearing_code", error.to_string(), "or give an IBAN"))
    }

    fn account(&self) -> Result<BankAccount, RowError> {
        match (self.cell("iban"), self.cell("account")) {
            (Some(_), Some(_)) => {
                Err(self.error("account", "an IBAN and an account number", "keep one of them"))
            }
            (None, Some(_)) => Ok(BankAccount::Local(LocalAccount {
                number: self.need("account", AccountNumber::new)?,
                clearing: self.maybe("clearing_code", |code| {
                    ClearingCode::new(self.cell("clearing_system").unwrap_or_default(), code)
                })?,
            })),
            _ => {
                let clearing = ["clearing_system", "clearing_code"];
                if let Some(column) = clearing.into_iter().find(|column| self.cell(column).is_some()) {
                    let words = "an IBAN, which names its bank, and a clearing code";
                    return Err(self.error(
                        column,
                        words,
                        "leave the cell empty, or give the account's number",
                    ));
                }
                Ok(BankAccount::Iban(self.need("iban", super::Iban::new)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_rows() {
        let text = "id,name,residence,town,country,identity,tax_form,tax_country,treaty_rate,signed_on,rail,currency,iban,email\n\
            a,Anna,DE,Berlin,DE,verified,w8ben,DE,0%,2025-03-01,bank,EUR,DE89 3704 0044 0532 0130 00,\n\
            b,Ben,US,Austin,US,,w9,,,,paypal,USD,,ben@mail.example\n\
            c,Cleo,Greece,Athens,GR,,,,,,,,,\n\
            d,Dan,GR,Athens,GR,,,,,,bank,EUR,DE00,\n\
            e,Eve,GR,Athens\n\
            f,Fay,GR,Athens,GR,,,,,,,EUR,DE89370400440532013000,\n\
            g,Gus,GR,Athens,GR,,,GR,,,,,,\n";
        let rows = read_csv(text);
        let anna = &rows[0].as_ref().unwrap().payee;
        assert_eq!(anna.identity, Identity::Verified);
        assert_eq!(anna.method().unwrap().to.masked(), "bank account DE89…3000");
        assert_eq!(
            rows[1].as_ref().unwrap().payee.method().unwrap().to.masked(),
            "PayPal ben@mail.example"
        );
        let errors: Vec<_> = rows[2..]
            .iter()
            .map(|row| row.as_ref().unwrap_err().to_string())
            .collect();
        assert_eq!(
            errors,
            [
                "line 4, field `residence`: unknown country `Greece`: use two capital letters of ISO 3166-1, such as DE",
                "line 5, field `iban`: invalid IBAN, IBAN length 4 is outside the valid range 15–34: \
                 copy it again from the bank's own papers",
                "line 6: 4 cells, the header has 14: check commas and quotes of this line",
                "line 7, field `currency`: a value without a rail: fill in the other column, or empty this one",
                "line 8, field `tax_country`: a value without a tax form: fill in the other column, or empty this one",
            ]
        );
    }

    #[test]
    fn csv_headers() {
        for (header, part) in [
            ("id,name,residence,town", "`country`: the column is missing"),
            ("id,nom", "`nom`: unknown column"),
            ("id,id", "`id`: the column is there twice"),
            ("", "`id`: the column is missing"),
        ] {
            let rows = read_csv(header);
            assert_eq!(rows.len(), 1);
            assert!(
                rows[0].as_ref().unwrap_err().to_string().contains(part),
                "{rows:?}"
            );
        }
    }
}
