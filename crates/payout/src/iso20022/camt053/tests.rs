//! Statements as banks write them.

use super::*;
use crate::testing::money;
use jiff::civil::date;

fn document(version: &str, status: &str) -> String {
    format!(
        r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<Stmt><Id>S1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>{status}</Sts><BookgDt><Dt>2026-11-16</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">92.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{status}</Sts><RvslInd>1</RvslInd><ValDt><DtTm>2026-11-18T09:00:00+01:00</DtTm></ValDt><Chrgs><Rcrd><Amt Ccy="EUR">8.00</Amt></Rcrd></Chrgs>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>B2</AcctSvcrRef><EndToEndId>E2</EndToEndId></Refs><Amt Ccy="EUR">92.00</Amt><AmtDtls><InstdAmt><Amt Ccy="USD">100.00</Amt></InstdAmt></AmtDtls>
<RmtInf><Ustrd>a reference cut in</Ustrd><Ustrd>to two</Ustrd><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf><RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf></TxDtls>
<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"#
    )
}

#[test]
fn both_forms_read_the_same() {
    let new = read_camt053(&document("08", "<Cd>BOOK</Cd>")).unwrap();
    assert_eq!(read_camt053(&document("02", "BOOK")).unwrap(), new);
    let [out, back] = &new[0].entries[..] else {
        panic!("two entries");
    };
    assert_eq!(
        (out.status, out.booked_on),
        (EntryStatus::Booked, Some(date(2026, 11, 16)))
    );
    assert_eq!(
        (out.movements[0].amount, out.movements[0].instructed),
        (None, None)
    );
    assert_eq!(back.movements[0].instructed, Some(money("100.00 USD")));
    assert_eq!(back.movements[0].amount, Some(money("92.00 EUR")));
    assert_eq!(back.movements[0].bank_reference.as_deref(), Some("B2"));
    for part in ["E2", "RF18", "a reference cut in\nto two"] {
        assert!(back.movements[0].texts.iter().any(|text| text == part), "{part}");
    }
    assert_eq!((out.is_reversal, back.is_reversal), (false, true));
    assert_eq!(back.charges, [money("8.00 EUR")]);
    assert_eq!(back.movements[0].returned.as_ref().unwrap().code, "AC01");
    assert_eq!(back.movements[1].end_to_end_id, None);
    assert_eq!(back.movements[1].direction, Direction::Debit);
    assert_eq!(back.booked_on, Some(date(2026, 11, 18)));
}

#[test]
fn what_is_not_a_statement() {
    let good = document("08", "<Cd>BOOK</Cd>");
    for (from, to, part) in [
        (
            "DBIT</CdtDbtInd><Sts>",
            "DEBIT</CdtDbtInd><Sts>",
            "line 3: <CdtDbtInd> is `DEBIT`, expected CRDT or DBIT",
        ),
        ("<Sts><Cd>BOOK</Cd></Sts>", "", "<Ntry> has no <Sts>"),
        ("2026-11-16", "16.11.2026", "expected a day"),
        ("100.00</Amt><Cdt", "1e2</Amt><Cdt", "<Amt> is `1e2 EUR`"),
        ("100.00</Amt><Cdt", "-100.00</Amt><Cdt", "<Amt> is `-100.00 EUR`"),
        (
            "<RvslInd>1",
            "<RvslInd>yes",
            "<RvslInd> is `yes`, expected true or false",
        ),
        (
            "BkToCstmrStmt",
            "BkToCstmrDbtCdtNtfctn",
            "found <BkToCstmrDbtCdtNtfctn>: this is a debit or credit notification (camt.054)",
        ),
        (
            "BkToCstmrStmt",
            "BkToCstmrAcctRpt",
            "line 1: found <BkToCstmrAcctRpt>: this is an account report (camt.052)",
        ),
    ] {
        assert!(good.contains(from));
        let error = read_camt053(&good.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// Every element that a statement may have once, twice.
#[test]
fn what_may_stand_once_stands_once() {
    let good = document("08", "<Cd>BOOK</Cd>").replace(
            "<TxDtls><Refs><EndToEndId>E1",
            "<Btch><NbOfTxs>1</NbOfTxs><TtlAmt Ccy=\"EUR\">100.00</TtlAmt><CdtDbtInd>DBIT</CdtDbtInd></Btch><TxDtls><RvslInd>false</RvslInd><Refs><EndToEndId>E1",
        );
    assert!(read_camt053(&good).is_ok());
    for element in [
        "Id",
        "Acct",
        "IBAN",
        "Amt",
        "CdtDbtInd",
        "Sts",
        "Cd",
        "BookgDt",
        "Dt",
        "RvslInd",
        "ValDt",
        "DtTm",
        "Refs",
        "AcctSvcrRef",
        "EndToEndId",
        "AmtDtls",
        "InstdAmt",
        "RtrInf",
        "Rsn",
        "Btch",
        "NbOfTxs",
        "TtlAmt",
    ] {
        let tree = roxmltree::Document::parse(&good).unwrap();
        let named = tree
            .descendants()
            .filter(|node| node.tag_name().name() == element);
        let mut found = 0;
        for node in named {
            let range = node.range();
            let twice = format!(
                "{}{}{}",
                &good[..range.end],
                &good[range.clone()],
                &good[range.end..]
            );
            let error = read_camt053(&twice).unwrap_err().to_string();
            assert!(error.contains(&format!("a second <{element}> in")), "{error}");
            found += 1;
        }
        assert!(found > 0, "{element}");
    }
    let cut = good.replace(">92.00</Amt><CdtDbtInd>", ">9<!-- -->2.00</Amt><CdtDbtInd>");
    let error = read_camt053(&cut).unwrap_err().to_string();
    assert!(error.contains("expected a text in one piece"), "{error}");
}
