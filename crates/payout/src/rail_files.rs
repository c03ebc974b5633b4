//! CSV files of rails that are not banks: PayPal and Wise.
//!
//! A payout's amount is written as it is or not at all: an amount with digits that a rail does not carry is
//! left out and said so. Cells that a spreadsheet would take for a formula get an apostrophe before them.

use crate::batch::{Batch, BatchId, BatchState, Payout, PayoutId};
use crate::currency::on_rail;
use crate::payee::{CurrencyCode, Destination, Rail};
use money::Money;
use std::collections::BTreeMap;

/// Most rows that PayPal takes in one file.
pub const PAYPAL_ROWS: usize = 5000;
/// Most rows that Wise takes in one file.
pub const WISE_ROWS: usize = 1000;

/// The header of Wise's template for recipients with an e-mail address.
pub const WISE_COLUMNS: [&str; 8] = [
    "name",
    "recipientEmail",
    "paymentReference",
    "receiverType",
    "amountCurrency",
    "amount",
    "sourceCurrency",
    "targetCurrency",
];

/// A payout of the batch that a file does not carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The payout.
    pub payout: PayoutId,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a file does not carry a payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    /// It goes over another rail.
    OtherRail {
        /// Which.
        rail: Rail,
    },
    /// It has digits that the rail does not carry.
    Digits {
        /// The amount.
        amount: Money,
    },
}

impl LeftOutReason {
    /// The reason in words.
    pub fn words(&self) -> String {
        match self {
            LeftOutReason::OtherRail { rail } => format!("it is paid over {rail}"),
            LeftOutReason::Digits { amount } => {
                format!(
                    "{amount} has more decimal places than the rail carries: round it when it is prepared"
                )
            }
        }
    }
}

/// One file for a rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RailFile {
    /// Its currency, for rails that want one currency a file.
    pub currency: Option<String>,
    /// The text.
    pub csv: String,
    /// The payouts in it, row by row.
    pub payouts: Vec<PayoutId>,
}

/// The files of a batch for a rail; none if no payout goes over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RailFiles {
    /// The files.
    pub files: Vec<RailFile>,
    /// Payouts that are in none of them.
    pub left_out: Vec<LeftOut>,
}

/// Why there are no files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RailError {
    /// Nobody has approved the batch, or it was given up.
    #[error("batch {batch} is {state}: files are written of an approved batch")]
    NotApproved {
        /// The batch.
        batch: BatchId,
        /// Its state.
        state: BatchState,
    },
}

/// Files for PayPal's mass payments: no header; e-mail address, amount, currency, reference (the end-to-end id),
/// note. One currency and at most [`PAYPAL_ROWS`] rows a file. The amount has a decimal point.
pub fn write_paypal(batch: &Batch) -> Result<RailFiles, RailError> {
    let (rows, left_out) = rows(batch, Rail::PayPal)?;
    let mut by_currency: BTreeMap<String, Vec<Row<'_>>> = BTreeMap::new();
    for row in rows {
        by_currency
            .entry(row.amount.asset().code().to_owned())
            .or_default()
            .push(row);
    }
    let mut files = Vec::new();
    for (currency, rows) in by_currency {
        for chunk in rows.chunks(PAYPAL_ROWS) {
            let cells = chunk.iter().map(|row| {
                vec![
                    guarded(row.email),
                    row.amount.to_decimal_string(),
                    currency.clone(),
                    row.payout.end_to_end_id.as_str().to_owned(),
                    guarded(&note(row.payout)),
                ]
            });
            files.push(file(Some(&currency), None, cells, chunk));
        }
    }
    Ok(RailFiles { files, left_out })
}

/// Files for Wise's batch payments by e-mail, from a balance in `source`; the recipient gets the exact amount.
/// At most [`WISE_ROWS`] rows a file.
pub fn write_wise(batch: &Batch, source: &CurrencyCode) -> Result<RailFiles, RailError> {
    let (rows, left_out) = rows(batch, Rail::Wise)?;
    let files = rows.chunks(WISE_ROWS).map(|chunk| {
        let cells = chunk.iter().map(|row| {
            vec![
                guarded(row.payout.recipient.name.as_str()),
                guarded(row.email),
                row.payout.end_to_end_id.as_str().to_owned(),
                "PERSON".to_owned(),
                "target".to_owned(),
                row.amount.to_decimal_string(),
                source.as_str().to_owned(),
                row.amount.asset().code().to_owned(),
            ]
        });
        file(None, Some(&WISE_COLUMNS), cells, chunk)
    });
    Ok(RailFiles {
        files: files.collect(),
        left_out,
    })
}

struct Row<'a> {
    payout: &'a Payout,
    amount: Money,
    email: &'a str,
}

fn rows(batch: &Batch, rail: Rail) -> Result<(Vec<Row<'_>>, Vec<LeftOut>), RailError> {
    if !batch.may_leave() {
        return Err(RailError::NotApproved {
            batch: batch.id.clone(),
            state: batch.state,
        });
    }
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for payout in batch.leaving() {
        let reason = match (&payout.recipient.to, on_rail(payout.amount, rail)) {
            (Destination::PayPal { email } | Destination::Wise { email }, amount)
                if payout.recipient.to.rail() == rail =>
            {
                if let Some(amount) = amount {
                    rows.push(Row {
                        payout,
                        amount,
                        email: email.as_str(),
                    });
                    continue;
                }
                LeftOutReason::Digits {
                    amount: payout.amount,
                }
            }
            (other, _) => LeftOutReason::OtherRail { rail: other.rail() },
        };
        left_out.push(LeftOut {
            payout: payout.id.clone(),
            reason,
        });
    }
    Ok((rows, left_out))
}

fn file(
    currency: Option<&str>,
    header: Option<&[&str]>,
    cells: impl Iterator<Item = Vec<String>>,
    rows: &[Row<'_>],
) -> RailFile {
    let in_memory = "memory takes every byte, and all rows have equal lengths";
    let mut writer = csv::Writer::from_writer(Vec::new());
    if let Some(header) = header {
        writer.write_record(header).expect(in_memory);
    }
    for row in cells {
        writer.write_record(&row).expect(in_memory);
    }
    let bytes = writer.into_inner().expect(in_memory);
    RailFile {
        currency: currency.map(str::to_owned),
        csv: String::from_utf8(bytes).expect("only text was written"),
        payouts: rows.iter().map(|row| row.payout.id.clone()).collect(),
    }
}

fn note(payout: &Payout) -> String {
    let programs: Vec<&str> = payout.shares.iter().map(|share| share.program.as_str()).collect();
    format!("Earnings {}", programs.join(", "))
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::FeeBearer;
    use crate::testing::{approved, order, payee};

    fn batch() -> Batch {
        let bank = r#"{"currency":"EUR","to":{"rail":"bank","account":{"iban":"DE89370400440532013000"},"holder":"Anna Müller"}}"#;
        let to = |rail: &str, id: &str| {
            payee(&[
                (
                    bank,
                    &format!(r#"{{"currency":"EUR","to":{{"rail":"{rail}","email":"{id}@mail.example"}}}}"#),
                ),
                ("\"anna\"", &format!("\"{id}\"")),
                ("\"name\":\"Anna Müller\"", "\"name\":\"=SUM(A1), \\\"x\\\"\""),
            ])
        };
        let payees = [
            (to("paypal", "a"), "10.50 EUR"),
            (to("paypal", "b"), "1200 JPY"),
            (to("paypal", "c"), "10.50 HUF"),
            (to("wise", "d"), "1.125 KWD"),
            (payee(&[]), "5.00 EUR"),
        ];
        approved(
            payees
                .iter()
                .map(|(payee, amount)| order(payee, amount))
                .collect(),
            FeeBearer::Shared,
        )
    }

    #[test]
    fn paypal() {
        let files = write_paypal(&batch()).unwrap();
        let texts: Vec<_> = files.files.iter().map(|file| file.csv.as_str()).collect();
        let reference = |payee: &str| {
            let batch = batch();
            let payout = batch
                .payouts
                .iter()
                .find(|payout| payout.recipient.payee.as_str() == payee);
            payout.unwrap().end_to_end_id.to_string()
        };
        assert_eq!(
            texts,
            [
                format!("a@mail.example,10.50,EUR,{},Earnings fund\n", reference("a")),
                format!("b@mail.example,1200,JPY,{},Earnings fund\n", reference("b")),
            ]
        );
        let reasons: Vec<_> = files.left_out.iter().map(|left| left.reason.words()).collect();
        assert_eq!(
            reasons,
            [
                "it is paid over bank",
                "10.50 HUF has more decimal places than the rail carries: round it when it is prepared",
                "it is paid over wise",
            ]
        );
    }

    #[test]
    fn wise() {
        let files = write_wise(&batch(), &CurrencyCode::new("EUR").unwrap()).unwrap();
        let lines: Vec<_> = files.files[0].csv.lines().collect();
        assert_eq!(
            lines[0],
            "name,recipientEmail,paymentReference,receiverType,amountCurrency,amount,sourceCurrency,targetCurrency"
        );
        assert!(
            lines[1].starts_with("\"'=SUM(A1), \"\"x\"\"\",d@mail.example,PAY"),
            "{}",
            lines[1]
        );
        assert!(lines[1].ends_with(",PERSON,target,1.125,EUR,KWD"), "{}", lines[1]);
    }

    #[test]
    fn not_before_somebody_approved() {
        let prepared = crate::testing::batch(&["anna"]);
        assert_eq!(
            write_paypal(&prepared).unwrap_err().to_string(),
            "batch 2026-11-a is prepared: files are written of an approved batch"
        );
        assert!(write_wise(&prepared, &CurrencyCode::new("EUR").unwrap()).is_err());
    }
}
