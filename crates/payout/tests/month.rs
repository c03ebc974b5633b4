//! From what is owed to closed books: readiness, batch, bank file, the bank's two answers. The answers are valid
//! by their schemas, where `xmllint` and the shared schemas are there.

use jiff::Timestamp;
use jiff::civil::date;
use money::{Asset, Money};
use payout::batch::{
    Batch, BatchId, BatchState, FeeBearer, Market, Minimums, Payout, PayoutOrder, PayoutState, arriving,
};
use payout::fx::Rates;
use payout::iso20022::{Debtor, StatusReport, read_camt053, read_pain002, write_pain001};
use payout::payee::read_csv;
use payout::readiness::{BelowThreshold, ProgramPart, Readiness, TaxFormPolicy, Terms, readiness};
use payout::reconcile::{Source, apply, with_statements, with_status_report};
use payout::withholding::WithholdingRules;
use std::path::Path;
use std::process::Command;

const SOURCE: Source<'_> = Source {
    by: "olga",
    at: Timestamp::UNIX_EPOCH,
    file: None,
};

const PAYEES: &str = "\
id,name,residence,town,country,identity,tax_form,tax_country,treaty_rate,signed_on,rail,currency,iban
anna,Anna Müller,DE,München,DE,verified,w8ben,DE,0%,2025-03-01,bank,EUR,DE89370400440532013000
ben,Ben O'Neil,GB,Leeds,GB,verified,,,,,bank,GBP,GB82WEST12345698765432
cleo,Cleo,GR,Athens,GR,pending,,,,,bank,EUR,DE89370400440532013000
";

fn usd(text: &str) -> Money {
    Money::parse(Asset::micro("USD").unwrap(), text).unwrap()
}

fn at(hour: i8) -> Timestamp {
    let time = date(2026, 11, 15).at(hour, 0, 0, 0);
    time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
}

fn batch() -> Batch {
    let rates = Rates::parse("Date,USD,GBP,\n2026-11-13,1.1172,0.8338,\n").unwrap();
    let terms = Terms {
        other_debts: payout::readiness::OtherDebts::Apart,
        today: date(2026, 11, 15),
        next_payout: None,
        tax_form: TaxFormPolicy::Optional,
        withholding: WithholdingRules::default(),

        rates: None,
    };
    let part = ProgramPart {
        program: "creator-rewards".into(),
        amount: usd("1000.004"),
        us_source: usd("100"),
        threshold: usd("50"),
        below: BelowThreshold::Expire,
        missing: None,
        payable_on: Some(date(2026, 11, 15)),
    };
    let id = BatchId::new("2026-11-a").unwrap();
    let mut payouts = Vec::new();
    for payee in read_csv(PAYEES) {
        let payee = payee.unwrap().payee;
        let answer = readiness(Some(&payee), part.amount, std::slice::from_ref(&part), &terms).unwrap();
        let Readiness::Payable(payable) = answer else {
            assert_eq!(payee.id.as_str(), "cleo");
            continue;
        };
        let market = Market {
            rates: Some(&rates),
            minimums: &Minimums::default(),
            on: terms.today,
        };
        let arriving = arriving(payable.net, &payable.method, market).unwrap();
        let order = PayoutOrder::of(&payee, &payable, arriving, FeeBearer::Shared);
        payouts.push(Payout::new(&id, order).unwrap());
    }
    Batch::prepare(id, date(2026, 11, 16), payouts, "piet", at(8)).unwrap()
}

fn assert_valid(schema: &str, document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/iso20022/xsd")
        .join(schema);
    if !path.exists() || Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: xmllint or the shared schema {schema} is not here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.xml");
    std::fs::write(&file, document).unwrap();
    let output = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(path)
        .arg(file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn report(version: &str, batch: &Batch) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-15T10:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>2026-11-a</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-1</OrgnlPmtInfId><PmtInfSts>ACSP</PmtInfSts></OrgnlPmtInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-2</OrgnlPmtInfId>
<TxInfAndSts><StsId>1</StsId><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="GBP">{}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>"#,
        batch.payouts[1].end_to_end_id,
        batch.payouts[1].amount.to_decimal_string()
    )
}

fn statement(batch: &Batch) -> String {
    let anna = &batch.payouts[0];
    let balance = |code: &str| {
        format!(
            r#"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-16</Dt></Dt></Bal>"#
        )
    };
    let code = "<BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>";
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>BANK-2</MsgId><CreDtTm>2026-11-16T20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>S-16</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>{}{}
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-16</Dt></BookgDt>{code}
<NtryDtls><TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">4.20</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-16</Dt></BookgDt>{code}</Ntry>
</Stmt></BkToCstmrStmt></Document>"#,
        balance("OPBD"),
        balance("CLBD"),
        anna.end_to_end_id,
        amount = anna.amount.to_decimal_string()
    )
}

#[test]
fn from_what_is_owed_to_closed_books() {
    let mut batch = batch();
    let amounts: Vec<_> = batch
        .payouts
        .iter()
        .map(|payout| payout.amount.to_string())
        .collect();
    // Anna: treaty, nothing withheld; 1000.00 / 1.1172. Ben: no form, 24 % withheld; 760.00 / 1.1172 * 0.8338.
    assert_eq!(amounts, ["895.09 EUR", "567.21 GBP"]);
    batch.approve("olga", at(9)).unwrap();
    let debtor: Debtor = serde_json::from_str(
        r#"{"name":"Plattform GmbH","address":{"town":"Berlin","country":"DE"},"account":{"iban":"DE89370400440532013000"},"bic":"COBADEFF","currency":"EUR"}"#,
    )
    .unwrap();
    let file = write_pain001(&batch, &debtor, at(9)).unwrap();
    assert_valid("pain.001.001.09.xsd", &file.xml);
    batch.export("olga", at(9)).unwrap();

    let old = report("03", &batch);
    let new = report("12", &batch);
    assert_valid("pain.002.001.03.xsd", &old);
    assert_valid("pain.002.001.12.xsd", &new);
    let read = read_pain002(&new).unwrap();
    let digest = read.digest.clone();
    let old = StatusReport {
        digest,
        ..read_pain002(&old).unwrap()
    };
    assert_eq!(old, read);
    let found = with_status_report(&batch.payouts, &file.sent, &read);
    assert_eq!(
        (
            apply(&mut batch, &found, SOURCE),
            found.under_way,
            &found.breaks[..]
        ),
        (Ok(1), 1, &[][..])
    );
    batch.execute("bank", at(10)).unwrap();

    let booked = statement(&batch);
    assert_valid("camt.053.001.08.xsd", &booked);
    let found = with_statements(
        &batch.payouts,
        std::slice::from_ref(&file.sent),
        &[],
        &read_camt053(&booked).unwrap(),
        &[],
        jiff::civil::Date::MAX,
    );
    assert_eq!(
        (
            apply(&mut batch, &found, SOURCE),
            found.unrelated,
            &found.breaks[..]
        ),
        (Ok(1), 1, &[][..])
    );
    batch.close("olga", at(21)).unwrap();
    let states: Vec<_> = batch.payouts.iter().map(|payout| payout.state).collect();
    assert_eq!(
        (batch.state, &states[..]),
        (
            BatchState::Closed,
            &[PayoutState::Succeeded, PayoutState::Failed][..]
        )
    );
}
