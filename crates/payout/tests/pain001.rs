//! Bank files against the schema, where `xmllint` and the shared schemas are there.

use jiff::Timestamp;
use jiff::civil::date;
use money::{Asset, Money};
use payout::batch::{Batch, BatchId, Conversion, FeeBearer, Payout, PayoutOrder};
use payout::iso20022::{Debtor, Pain001Error, write_pain001};
use payout::payee::{Payee, Rail, read_ndjson};
use payout::readiness::ProgramShare;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::path::{Path, PathBuf};
use std::process::Command;

const IBAN: &str = r#"{"iban":"DE89370400440532013000"}"#;
const UK: &str = r#"{"iban":"GB82WEST12345698765432"}"#;
const US: &str = r#"{"local":{"number":"5512345678","clearing":{"system":"USABA","code":"121000248"}}}"#;

fn payee(id: &str, name: &str, currency: &str, account: &str, bic: Option<&str>) -> Payee {
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let bic = bic.map_or(String::new(), |bic| format!(r#""bic":"{bic}","#));
    let text = format!(
        r#"{{"id":{},"name":{name},"residence":"DE","address":{{"street":{name},"building_number":"12 bis, entrée nº 4","post_code":"80331","town":{name},"country":"DE"}},"identity":"verified","tax_form":{{"form":"w9"}},"methods":[{{"currency":"{currency}","to":{{"rail":"bank","account":{account},{bic}"holder":{name}}}}}]}}"#,
        quoted(id),
        name = quoted(name)
    );
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn debtor(account: &str, bic: Option<&str>) -> Debtor {
    let bic = bic.map_or(String::new(), |bic| format!(r#""bic":"{bic}","#));
    let text = format!(
        r#"{{"name":"Plattform GmbH & Söhne","address":{{"town":"München","country":"DE"}},"account":{account},{bic}"currency":"EUR"}}"#
    );
    serde_json::from_str(&text).unwrap()
}

fn money(code: &str, units: i128) -> Money {
    Money::new(payout::currency::rail_asset(Rail::Bank, code).unwrap(), units)
}

fn batch(id: &str, payees: &[(Payee, Money, FeeBearer)]) -> Batch {
    let id = BatchId::new(id).unwrap();
    let gross = Money::new(Asset::iso("USD").unwrap(), 1000);
    let payouts = payees.iter().map(|(payee, amount, fee_bearer)| {
        let order = PayoutOrder {
            payee,
            to: &payee.method().unwrap().to,
            amount: *amount,
            gross,
            withheld: Money::zero(gross.asset()),
            conversion: Some(Conversion {
                rate: amount.to_ratio().checked_div(gross.to_ratio()).unwrap(),
                published_on: date(2026, 11, 13),
                source: payout::fx::SOURCE.to_owned(),
                file: None,
            }),
            fee_bearer: *fee_bearer,
            shares: vec![ProgramShare {
                program: "Fonds für Créateurs & Co.".to_owned(),
                amount: gross,
                withheld: Money::zero(gross.asset()),
            }],
        };
        let order = if amount.asset() == gross.asset() {
            PayoutOrder {
                gross: *amount,
                conversion: None,
                shares: vec![ProgramShare {
                    amount: *amount,
                    ..order.shares[0].clone()
                }],
                ..order
            }
        } else {
            order
        };
        Payout::new(&id, order).unwrap()
    });
    let payouts = payouts.collect();
    let mut batch = Batch::prepare(id.clone(), date(2026, 11, 16), payouts, "piet", time()).unwrap();
    batch.approve("olga", time()).unwrap();
    batch
}

fn time() -> Timestamp {
    "2026-11-15T08:30:00.123Z".parse().unwrap()
}

fn schema(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/iso20022/xsd")
        .join(name);
    let xmllint = Command::new("xmllint").arg("--version").output().is_ok();
    if xmllint && path.exists() {
        Some(path)
    } else {
        eprintln!("skipped: xmllint or the shared schema {name} is not here");
        None
    }
}

/// Validates many documents in one call.
fn assert_valid(schema: &Path, documents: &[String]) {
    let folder = tempfile::tempdir().unwrap();
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]).arg(schema);
    for (at, document) in documents.iter().enumerate() {
        let path = folder.path().join(format!("{at}.xml"));
        std::fs::write(&path, document).unwrap();
        xmllint.arg(path);
    }
    let output = xmllint.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let wrong: Vec<_> = said
        .lines()
        .filter(|line| !line.ends_with(" validates"))
        .take(20)
        .collect();
    assert!(output.status.success(), "{}", wrong.join("\n"));
}

fn mixed() -> Batch {
    batch(
        "2026-11-a",
        &[
            (
                payee("anna", "Anna Müller", "EUR", IBAN, None),
                money("EUR", 12_345),
                FeeBearer::Platform,
            ),
            (
                payee("ben", "Ben O'Neil", "GBP", UK, Some("WESTGB22")),
                money("GBP", 100),
                FeeBearer::Shared,
            ),
            (
                payee("cho", "山田太郎", "JPY", US, None),
                money("JPY", 1200),
                FeeBearer::Platform,
            ),
            (
                payee("dana", "دانا", "KWD", US, Some("NBOKKWKW")),
                money("KWD", 1125),
                FeeBearer::Creator,
            ),
            (
                payee("emil", "Émile Ångström", "EUR", US, None),
                money("EUR", 5),
                FeeBearer::Shared,
            ),
        ],
    )
}

#[test]
fn the_file_of_a_mixed_batch() {
    let batch = mixed();
    let debtor = debtor(IBAN, Some("COBADEFF"));
    let file = write_pain001(&batch, &debtor, time()).unwrap();
    assert_eq!(
        write_pain001(&batch, &debtor, time()).unwrap(),
        file,
        "same batch, same bytes"
    );
    let mut exported = batch.clone();
    exported.export("olga", time()).unwrap();
    assert_eq!(
        write_pain001(&exported, &debtor, time()).unwrap(),
        file,
        "it can be written again"
    );
    let has = |part: &str| assert!(file.xml.contains(part), "{part} in {}", file.xml);
    has(
        "<MsgId>2026-11-a</MsgId>\n      <CreDtTm>2026-11-15T08:30:00Z</CreDtTm>\n      <NbOfTxs>5</NbOfTxs>\n      <CtrlSum>1325.625</CtrlSum>",
    );
    has("<Cd>SEPA</Cd>");
    has("<ChrgBr>SLEV</ChrgBr>");
    has("<InstdAmt Ccy=\"EUR\">123.45</InstdAmt>");
    has("<InstdAmt Ccy=\"JPY\">1200</InstdAmt>");
    has("<InstdAmt Ccy=\"KWD\">1.125</InstdAmt>");
    has("<ChrgBr>DEBT</ChrgBr>");
    has("<ChrgBr>CRED</ChrgBr>");
    has("<Nm>Anna Mueller</Nm>");
    has("<Nm>Plattform GmbH + Soehne</Nm>");
    has("<BldgNb>12 bis, entree n</BldgNb>");
    has("<TwnNm>Anna Mueller</TwnNm>");
    has("<MmbId>121000248</MmbId>");
    has("<Ustrd>Earnings Fonds fuer Createurs + Co.</Ustrd>");
    assert_eq!(file.sent.payments.len(), 5);
    assert_eq!(file.left_out, []);
    let Some(schema) = schema("pain.001.001.09.xsd") else {
        return;
    };
    let local = write_pain001(&batch, &debtor_local(), time()).unwrap();
    assert!(
        !local.xml.contains("<Cd>SEPA</Cd>"),
        "SEPA needs an IBAN on both sides"
    );
    assert_valid(&schema, &[file.xml, local.xml]);
}

fn debtor_local() -> Debtor {
    debtor(r#"{"local":{"number":"123456"}}"#, None)
}

#[test]
fn what_is_not_written() {
    let debtor = debtor(IBAN, None);
    let anna = || payee("anna", "Anna", "EUR", IBAN, None);
    let id = BatchId::new("b").unwrap();
    let prepared = Batch::prepare(id, date(2026, 11, 16), mixed().payouts, "piet", time()).unwrap();
    assert!(matches!(
        write_pain001(&prepared, &debtor, time()),
        Err(Pain001Error::NotApproved { .. })
    ));
    let huge = batch("b", &[(anna(), money("EUR", 10_i128.pow(18)), FeeBearer::Shared)]);
    assert!(matches!(
        write_pain001(&huge, &debtor, time()),
        Err(Pain001Error::TooLarge { .. })
    ));
    let paypal = read_ndjson(&serde_json::to_string(&anna()).unwrap().replace(
        r#""rail":"bank","account":{"iban":"DE89370400440532013000"},"holder":"Anna""#,
        r#""rail":"paypal","email":"a@b.example""#,
    ));
    let paypal = paypal.into_iter().next().unwrap().unwrap().payee;
    let paypal = batch("b", &[(paypal, money("EUR", 100), FeeBearer::Shared)]);
    assert!(matches!(
        write_pain001(&paypal, &debtor, time()),
        Err(Pain001Error::Nothing { .. })
    ));
    let fine = Money::new(Asset::new("HUF", 2).unwrap(), 1050);
    let fine = batch(
        "b",
        &[
            (anna(), fine, FeeBearer::Shared),
            (
                payee("b", "B", "EUR", IBAN, None),
                money("EUR", 1),
                FeeBearer::Shared,
            ),
        ],
    );
    let file = write_pain001(&fine, &debtor, time()).unwrap();
    assert_eq!(file.left_out.len(), 1);
}

/// Names as people have them, and as nobody should.
fn name() -> impl Strategy<Value = String> {
    let odd =
        prop::collection::vec(any::<char>(), 1..60).prop_map(|chars| chars.into_iter().collect::<String>());
    let markup = prop::collection::vec("[a-z<>&\"'/\\]\\[!-]|]]>|<!--|&amp;|ß|Щ|🦀|山|//", 1..70)
        .prop_map(|parts| parts.concat());
    let name = prop_oneof![odd, markup, "\\PC{1,140}", " {0,3}/{1,4}.{0,5}"];
    name.prop_map(|text| {
        let text: String = text.chars().filter(|c| !c.is_control()).take(70).collect();
        if text.trim().is_empty() {
            "x".to_owned()
        } else {
            text
        }
    })
}

#[test]
fn whatever_names_say_the_file_is_valid() {
    let Some(schema) = schema("pain.001.001.09.xsd") else {
        return;
    };
    let accounts = [
        (IBAN, None),
        (UK, Some("WESTGB22XXX")),
        (US, None),
        (US, Some("CHASUS33")),
    ];
    let currencies = ["EUR", "USD", "JPY", "KWD", "HUF", "BHD", "CLF", "IDR", "UGX"];
    let bearers = [FeeBearer::Shared, FeeBearer::Platform, FeeBearer::Creator];
    let one = (
        name(),
        0..accounts.len(),
        0..currencies.len(),
        0..bearers.len(),
        1_i128..10_i128.pow(12),
    );
    let several = (prop::collection::vec(one, 1..8), any::<bool>());
    let mut runner = TestRunner::deterministic();
    let mut documents = Vec::new();
    for _ in 0..200 {
        let (rows, iban) = several.new_tree(&mut runner).unwrap().current();
        let payees: Vec<_> = rows
            .iter()
            .enumerate()
            .map(|(at, (name, account, currency, bearer, units))| {
                let (account, bic) = accounts[*account];
                let code = currencies[*currency];
                (
                    payee(&format!("p{at}"), name, code, account, bic),
                    money(code, *units),
                    bearers[*bearer],
                )
            })
            .collect();
        let debtor = if iban {
            debtor(IBAN, Some("COBADEFF"))
        } else {
            debtor_local()
        };
        documents.push(
            write_pain001(&batch("2026-11-a", &payees), &debtor, time())
                .unwrap()
                .xml,
        );
    }
    assert_valid(&schema, &documents);
}
