//! Writing pain.001.001.09: a batch as a file for a bank.
//!
//! One `PmtInf` for each service (SEPA or not), currency and bearer of fees. A payment is SEPA when it is in
//! euros and both accounts have an IBAN of a SEPA country. The same batch, debtor and time give the same
//! bytes; nothing in the file depends on how far the payouts have come.

use super::charset::{NOT_PROVIDED, latin};
use super::writer::Xml;
use crate::batch::{Batch, BatchId, BatchState, EndToEndId, FeeBearer, Payout};
use crate::currency::on_rail;
use crate::debtor::Debtor;
use crate::payee::{Address, AddressPart, BankAccount, Bic, Destination, LocalAccount, Name, Rail};
use crate::rail_files::{LeftOut, LeftOutReason};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use money::Money;
use sepa::iban::is_sepa_country;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/// Most digits of an amount or a control sum in the schema.
const MAX_DIGITS: usize = 18;
/// Longest name: of SEPA, and elsewhere.
const SEPA_NAME: usize = 70;
const NAME: usize = 140;
/// Longest town in SEPA and elsewhere; other parts of an address.
const TOWN: usize = 35;
const STREET: usize = 70;
const SHORT_PART: usize = 16;
const REMITTANCE: usize = 140;

/// A file for a bank, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFile {
    /// The document.
    pub xml: String,
    /// Its ids, to be kept: answers refer to them.
    pub sent: Sent,
    /// Payouts of the batch that are not in it, and why.
    pub left_out: Vec<LeftOut>,
}

/// The ids in a file: a bank may refuse the whole, a part, or one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The message, which is the batch.
    pub message_id: BatchId,
    /// The number of the account that it leaves from, where who reads answers says so: it is not kept here.
    #[serde(skip)]
    pub account: Option<String>,
    /// The first day on which something of it can have been booked, where who reads answers says so.
    #[serde(skip)]
    pub written: Option<Date>,
    /// Its parts.
    pub payments: Vec<SentPayment>,
}

/// A part of a file: a `PmtInf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPayment {
    /// The part's id.
    pub id: String,
    /// The payouts in it.
    pub end_to_end_ids: Vec<EndToEndId>,
}

/// Why there is no file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Pain001Error {
    /// Nobody has approved the batch, or it was given up.
    #[error("batch {batch} is {state}: a file is written of an approved batch")]
    NotApproved {
        /// The batch.
        batch: BatchId,
        /// Its state.
        state: BatchState,
    },
    /// No payout goes to a bank.
    #[error("batch {batch} has no payout to a bank account: there is no file to write")]
    Nothing {
        /// The batch.
        batch: BatchId,
    },
    /// More than the schema takes.
    #[error(
        "batch {batch}: {amount} has more than {MAX_DIGITS} digits, which no bank file carries: divide the batch"
    )]
    TooLarge {
        /// The batch.
        batch: BatchId,
        /// The amount or sum.
        amount: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Service {
    Sepa,
    Other,
}

struct Part<'a> {
    service: Service,
    fee_bearer: FeeBearer,
    payouts: Vec<(&'a Payout, Money)>,
}

/// Writes the payouts of an approved batch that go to bank accounts; those held or cancelled, on other rails, or
/// with digits that banks do not carry are left out.
pub fn write_pain001(
    batch: &Batch,
    debtor: &Debtor,
    created_at: Timestamp,
) -> Result<BankFile, Pain001Error> {
    if !batch.may_leave() {
        return Err(Pain001Error::NotApproved {
            batch: batch.id.clone(),
            state: batch.state,
        });
    }
    let (parts, left_out) = parts(batch, debtor);
    if parts.is_empty() {
        return Err(Pain001Error::Nothing {
            batch: batch.id.clone(),
        });
    }
    let mut sent = Vec::with_capacity(parts.len());
    let mut sums = Vec::with_capacity(parts.len());
    for (at, part) in parts.iter().enumerate() {
        for (_, amount) in &part.payouts {
            bounded(batch, &amount.to_decimal_string())?;
        }
        sums.push(control_sum(
            batch,
            part.payouts.iter().map(|(_, amount)| *amount),
        )?);
        sent.push(SentPayment {
            id: format!("{}-{}", batch.id, at + 1),
            end_to_end_ids: part
                .payouts
                .iter()
                .map(|(payout, _)| payout.end_to_end_id.clone())
                .collect(),
        });
    }
    let all = parts
        .iter()
        .flat_map(|part| part.payouts.iter().map(|(_, amount)| *amount));
    let total = control_sum(batch, all)?;
    let count: usize = parts.iter().map(|part| part.payouts.len()).sum();

    let mut xml = Xml::new();
    xml.root("Document", NAMESPACE, |xml| {
        xml.element("CstmrCdtTrfInitn", |xml| {
            xml.element("GrpHdr", |xml| {
                xml.text(&["MsgId"], batch.id.as_str());
                xml.text(&["CreDtTm"], &instant(created_at));
                xml.text(&["NbOfTxs"], &count.to_string());
                xml.text(&["CtrlSum"], &total);
                xml.element("InitgPty", |xml| {
                    xml.text(&["Nm"], &latin(debtor.name.as_str(), SEPA_NAME))
                });
            });
            for (part, (ids, sum)) in parts.iter().zip(sent.iter().zip(&sums)) {
                xml.element("PmtInf", |xml| payment(xml, batch, debtor, part, &ids.id, sum));
            }
        });
    });
    Ok(BankFile {
        xml: xml.finish(),
        sent: Sent {
            account: None,
            written: None,
            message_id: batch.id.clone(),
            payments: sent,
        },
        left_out,
    })
}

fn parts<'a>(batch: &'a Batch, debtor: &Debtor) -> (Vec<Part<'a>>, Vec<LeftOut>) {
    let mut left_out = Vec::new();
    let mut parts: BTreeMap<(Service, String, FeeBearer), Part<'a>> = BTreeMap::new();
    for payout in batch.leaving() {
        let rail = payout.recipient.to.rail();
        let mut leave = |reason| {
            left_out.push(LeftOut {
                payout: payout.id.clone(),
                reason,
            });
        };
        if rail != Rail::Bank {
            leave(LeftOutReason::OtherRail { rail });
            continue;
        }
        let Some(amount) = on_rail(payout.amount, Rail::Bank) else {
            leave(LeftOutReason::Digits {
                amount: payout.amount,
            });
            continue;
        };
        let service = service(payout, debtor);
        // Within SEPA each side bears its own fees: there is nothing to tell apart.
        let fee_bearer = match service {
            Service::Sepa => FeeBearer::Shared,
            Service::Other => payout.fee_bearer,
        };
        let key = (service, amount.asset().code().to_owned(), fee_bearer);
        let part = parts.entry(key).or_insert_with(|| Part {
            service,
            fee_bearer,
            payouts: Vec::new(),
        });
        part.payouts.push((payout, amount));
    }
    (parts.into_values().collect(), left_out)
}

fn service(payout: &Payout, debtor: &Debtor) -> Service {
    let in_sepa = |account: &BankAccount| match account {
        BankAccount::Iban(iban) => is_sepa_country(iban.country()),
        BankAccount::Local(_) => false,
    };
    let to_sepa = matches!(&payout.recipient.to, Destination::Bank { account, .. } if in_sepa(account));
    if payout.amount.asset().code() == "EUR" && to_sepa && in_sepa(&debtor.account) {
        Service::Sepa
    } else {
        Service::Other
    }
}

/// The sum of all amounts as numbers, whatever their currencies: so the schema wants it.
fn control_sum(batch: &Batch, amounts: impl Iterator<Item = Money> + Clone) -> Result<String, Pain001Error> {
    let scale = amounts
        .clone()
        .map(|amount| amount.asset().scale())
        .max()
        .unwrap_or(0);
    let mut sum: i128 = 0;
    for amount in amounts {
        let finer = 10_i128.pow(u32::from(scale - amount.asset().scale()));
        let units = amount
            .units()
            .checked_mul(finer)
            .and_then(|units| sum.checked_add(units));
        sum = units.ok_or_else(|| too_large(batch, amount.to_string()))?;
    }
    let number = money::Ratio::from_decimal(sum, u32::from(scale))
        .and_then(|ratio| ratio.to_decimal_string(u32::from(scale), money::Rounding::HalfEven))
        .map_err(|_| too_large(batch, sum.to_string()))?;
    bounded(batch, &number)?;
    Ok(number)
}

fn bounded(batch: &Batch, number: &str) -> Result<(), Pain001Error> {
    if number.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
        return Err(too_large(batch, number.to_owned()));
    }
    Ok(())
}

fn too_large(batch: &Batch, amount: String) -> Pain001Error {
    Pain001Error::TooLarge {
        batch: batch.id.clone(),
        amount,
    }
}

/// A time in UTC, to the second.
fn instant(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

fn payment(xml: &mut Xml, batch: &Batch, debtor: &Debtor, part: &Part<'_>, id: &str, sum: &str) {
    xml.text(&["PmtInfId"], id);
    xml.text(&["PmtMtd"], "TRF");
    // Booked one by one, so that the statement names each payout.
    xml.text(&["BtchBookg"], "false");
    xml.text(&["NbOfTxs"], &part.payouts.len().to_string());
    xml.text(&["CtrlSum"], sum);
    if part.service == Service::Sepa {
        xml.text(&["PmtTpInf", "SvcLvl", "Cd"], "SEPA");
    }
    xml.text(&["ReqdExctnDt", "Dt"], &batch.execution_date.to_string());
    xml.element("Dbtr", |xml| {
        party(xml, &debtor.name, &debtor.address, part.service)
    });
    xml.element("DbtrAcct", |xml| {
        xml.element("Id", |xml| account(xml, &debtor.account));
        xml.text(&["Ccy"], debtor.currency.as_str());
    });
    let clearing = local(&debtor.account);
    xml.element("DbtrAgt", |xml| {
        xml.element("FinInstnId", |xml| {
            agent(xml, debtor.bic.as_ref(), clearing);
            if debtor.bic.is_none() && clearing.is_none_or(|local| local.clearing.is_none()) {
                xml.text(&["Othr", "Id"], NOT_PROVIDED);
            }
        });
    });
    xml.text(
        &["ChrgBr"],
        match (part.service, part.fee_bearer) {
            (Service::Sepa, _) => "SLEV",
            (Service::Other, FeeBearer::Shared) => "SHAR",
            (Service::Other, FeeBearer::Platform) => "DEBT",
            (Service::Other, FeeBearer::Creator) => "CRED",
        },
    );
    for (payout, amount) in &part.payouts {
        xml.element("CdtTrfTxInf", |xml| transfer(xml, payout, *amount, part.service));
    }
}

fn transfer(xml: &mut Xml, payout: &Payout, amount: Money, service: Service) {
    let Destination::Bank {
        account: to,
        bic,
        holder,
    } = &payout.recipient.to
    else {
        return;
    };
    xml.element("PmtId", |xml| {
        // The instruction is known by the same reference, one of its own in the file: banks that hand the end-to-end id on
        // and nothing else back still name the payout.
        xml.text(&["InstrId"], payout.end_to_end_id.as_str());
        xml.text(&["EndToEndId"], payout.end_to_end_id.as_str());
    });
    xml.element("Amt", |xml| {
        xml.amount("InstdAmt", amount.asset().code(), &amount.to_decimal_string());
    });
    let clearing = local(to).filter(|local| local.clearing.is_some());
    if bic.is_some() || clearing.is_some() {
        xml.element("CdtrAgt", |xml| {
            xml.element("FinInstnId", |xml| agent(xml, bic.as_ref(), clearing));
        });
    }
    xml.element("Cdtr", |xml| {
        party(xml, holder, &payout.recipient.address, service)
    });
    xml.element("CdtrAcct", |xml| xml.element("Id", |xml| account(xml, to)));
    let programs: Vec<&str> = payout.shares.iter().map(|share| share.program.as_str()).collect();
    let text = latin(&format!("Earnings {}", programs.join(", ")), REMITTANCE);
    xml.text(&["RmtInf", "Ustrd"], &text);
}

fn local(account: &BankAccount) -> Option<&LocalAccount> {
    match account {
        BankAccount::Local(local) => Some(local),
        BankAccount::Iban(_) => None,
    }
}

fn account(xml: &mut Xml, account: &BankAccount) {
    match account {
        BankAccount::Iban(iban) => xml.text(&["IBAN"], iban.as_str()),
        BankAccount::Local(local) => xml.element("Othr", |xml| {
            xml.text(&["Id"], local.number.as_str());
            xml.text(&["SchmeNm", "Cd"], "BBAN");
        }),
    }
}

fn agent(xml: &mut Xml, bic: Option<&Bic>, local: Option<&LocalAccount>) {
    if let Some(bic) = bic {
        xml.text(&["BICFI"], bic.as_str());
    }
    if let Some(clearing) = local.and_then(|local| local.clearing.as_ref()) {
        xml.element("ClrSysMmbId", |xml| {
            xml.text(&["ClrSysId", "Cd"], clearing.system());
            xml.text(&["MmbId"], clearing.code());
        });
    }
}

fn party(xml: &mut Xml, name: &Name, address: &Address, service: Service) {
    let most = match service {
        Service::Sepa => SEPA_NAME,
        Service::Other => NAME,
    };
    xml.text(&["Nm"], &latin(name.as_str(), most));
    xml.element("PstlAdr", |xml| {
        let mut part = |element: &str, part: Option<&AddressPart>, most| {
            if let Some(part) = part {
                xml.text(&[element], &latin(part.as_str(), most));
            }
        };
        part("StrtNm", address.street.as_ref(), STREET);
        part("BldgNb", address.building_number.as_ref(), SHORT_PART);
        part("PstCd", address.post_code.as_ref(), SHORT_PART);
        part("TwnNm", Some(&address.town), TOWN);
        xml.text(&["Ctry"], address.country.as_str());
    });
}
