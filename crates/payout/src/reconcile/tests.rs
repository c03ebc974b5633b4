//! Answers of a bank, right and wrong, once and twice.

use super::*;
use crate::invoice::{OpenInvoice, Received};
use crate::iso20022::{Sent, SentPayment, Statement, StatusReport, read_camt053, read_pain002};
use crate::testing::{batch, money};
use proptest::prelude::*;

const SOURCE: Source<'_> = Source {
    by: "olga",
    at: Timestamp::MIN,
    file: Some("5a1e"),
};

fn exported(payees: &[&str]) -> (Batch, Sent) {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let mut batch = batch(payees);
    batch.approve("olga", at).unwrap();
    batch.export("olga", at).unwrap();
    let sent = Sent {
        account: Some("DE02120300000000202051".to_owned()),
        written: None,
        message_id: batch.id.clone(),
        payments: vec![SentPayment {
            id: "2026-11-a-1".into(),
            end_to_end_ids: batch
                .payouts
                .iter()
                .map(|payout| payout.end_to_end_id.clone())
                .collect(),
        }],
    };
    (batch, sent)
}

fn reference(batch: &Batch, at: usize) -> String {
    batch.payouts[at].end_to_end_id.to_string()
}

fn report(group: &str, part: &str, transactions: &str) -> StatusReport {
    let text = format!(
        "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>2026-11-a</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>\
         <OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-1</OrgnlPmtInfId>{part}{transactions}</OrgnlPmtInfAndSts>\
         </CstmrPmtStsRpt></Document>"
    );
    read_pain002(&text).unwrap()
}

fn transaction(reference: &str, status: &str, more: &str) -> String {
    format!(
        "<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{status}</TxSts>{more}</TxInfAndSts>"
    )
}

fn statement(entries: &[(&str, &str, &str, &str)]) -> Vec<Statement> {
    let entries: String = entries
        .iter()
        .map(|(reference, indicator, amount, more)| {
            let (number, currency) = amount.split_once(' ').unwrap();
            format!(
                "\n<Ntry><Amt Ccy=\"{currency}\">{number}</Amt><CdtDbtInd>{indicator}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
                 <NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{more}</TxDtls></NtryDtls></Ntry>"
            )
        })
        .collect();
    let text =
        format!("<Document><BkToCstmrStmt><Stmt><Id>S</Id>{entries}</Stmt></BkToCstmrStmt></Document>");
    read_camt053(&text).unwrap()
}

fn states(found: &Reconciliation) -> Vec<PayoutState> {
    found.transitions.iter().map(|transition| transition.to).collect()
}

#[test]
fn a_report_settles_and_says_why() {
    let (mut batch, sent) = exported(&["anna", "ben", "cleo"]);
    let transactions = [
        transaction(&reference(&batch, 0), "ACSC", ""),
        transaction(
            &reference(&batch, 1),
            "RJCT",
            "<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>",
        ),
        transaction(&reference(&batch, 2), "PDNG", ""),
    ];
    let report = report("<GrpSts>PART</GrpSts>", "", &transactions.concat());
    let found = with_status_report(&batch.payouts, &sent, &report);
    assert_eq!(states(&found), [PayoutState::Succeeded, PayoutState::Failed]);
    assert_eq!(
        found.transitions[1].reason.as_deref(),
        Some("AC04: the account is closed")
    );
    assert_eq!((found.under_way, found.breaks.len()), (1, 0));
    assert_eq!(apply(&mut batch, &found, SOURCE), Ok(2));
    let again = with_status_report(&batch.payouts, &sent, &report);
    assert_eq!(
        (again.transitions.len(), again.breaks.len(), again.unchanged),
        (0, 0, 2)
    );
}

#[test]
fn what_is_said_of_the_whole_holds_for_the_rest() {
    let (batch, sent) = exported(&["anna", "ben"]);
    let text = "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>2026-11-a</OrgnlMsgId><GrpSts>RJCT</GrpSts>\
                <StsRsnInf><Rsn><Cd>AC02</Cd></Rsn></StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>";
    let whole = with_status_report(&batch.payouts, &sent, &read_pain002(text).unwrap());
    assert_eq!((states(&whole), whole.breaks.len()), (vec![], 1));
    assert_eq!(whole.breaks[0].payouts.len(), 2);
    let done = read_pain002(
        &text
            .replace("RJCT", "ACSC")
            .replace("<StsRsnInf><Rsn><Cd>AC02</Cd></Rsn></StsRsnInf>", ""),
    );
    let done = with_status_report(&batch.payouts, &sent, &done.unwrap());
    assert_eq!(states(&done), [PayoutState::Succeeded; 2]);
    let format = read_pain002(&text.replace("AC02", "FF01")).unwrap();
    let format = with_status_report(&batch.payouts, &sent, &format);
    assert_eq!((format.transitions.len(), format.breaks.len()), (0, 1));
    assert!(
        format.breaks[0]
            .words()
            .starts_with("2026-11-a: the bank refused it (FF01: the file's format is wrong), which may be")
    );
    let listed = transaction(&reference(&batch, 1), "RJCT", "");
    let part = with_status_report(
        &batch.payouts,
        &sent,
        &report("", "<PmtInfSts>ACSC</PmtInfSts>", &listed),
    );
    assert_eq!(
        (states(&part), part.breaks.len()),
        (vec![PayoutState::Succeeded], 1)
    );
    let other = read_pain002(&text.replace("2026-11-a", "2026-10-z")).unwrap();
    let other = with_status_report(&batch.payouts, &sent, &other);
    assert_eq!(other.transitions, []);
    assert_eq!(
        other.breaks[0].words(),
        "the answer is to 2026-10-z, which is not this batch or a part of it"
    );
}

#[test]
fn a_statement_pays_and_takes_back() {
    let (mut batch, _) = exported(&["anna", "ben"]);
    let (anna, ben) = (reference(&batch, 0), reference(&batch, 1));
    let booked = statement(&[
        (&anna, "DBIT", "100.00 EUR", ""),
        (&ben, "DBIT", "100.00 EUR", ""),
        ("NOTPROVIDED", "DBIT", "3.50 EUR", ""),
        (
            &ben,
            "CRDT",
            "100.00 EUR",
            "<RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf>",
        ),
    ]);
    let found = with_statements(&batch.payouts, &[], &[], &booked, &[], Date::MAX);
    assert_eq!(
        states(&found),
        [
            PayoutState::Succeeded,
            PayoutState::Succeeded,
            PayoutState::Returned
        ]
    );
    assert_eq!((found.unrelated, found.breaks.len()), (1, 0));
    assert_eq!(apply(&mut batch, &found, SOURCE), Ok(3));
    assert_eq!(
        batch.payouts[1].reason.as_deref(),
        Some("AC01: the account number is wrong")
    );
    let again = with_statements(&batch.payouts, &[], &[], &booked, &[], Date::MAX);
    assert_eq!(
        (again.transitions.len(), again.breaks.len(), again.unchanged),
        (0, 0, 3)
    );
}

#[test]
fn every_kind_of_break() {
    let (mut batch, sent) = exported(&["anna", "ben", "cleo", "dan", "eve"]);
    batch.payouts[2].state = PayoutState::Failed;
    batch.payouts[3].state = PayoutState::Held;
    let refs: Vec<_> = (0..5).map(|at| reference(&batch, at)).collect();
    let found = with_statements(
        &batch.payouts,
        &[],
        &[],
        &statement(&[
            ("PAY0123456789ABCDEFGHJKMNPQRS", "DBIT", "1.00 EUR", ""),
            (&refs[0], "DBIT", "99.99 EUR", ""),
            (&refs[1], "DBIT", "100.00 USD", ""),
            (&refs[2], "DBIT", "100.00 EUR", ""),
            (&refs[3], "DBIT", "100.00 EUR", ""),
            (&refs[4], "DBIT", "100.00 EUR", ""),
            (&refs[4], "DBIT", "100.00 EUR", ""),
            (&refs[4], "CRDT", "108.00 EUR", ""),
        ]),
        &[],
        Date::MAX,
    );
    let words: Vec<_> = found
        .breaks
        .iter()
        .map(|b| b.words().replace(&refs[0], "0"))
        .collect();
    let lines: Vec<_> = found.breaks.iter().map(|b| b.line).collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 8, 9]);
    assert_eq!(
        words[0],
        "no payout and no invoice has the reference PAY0123456789ABCDEFGHJKMNPQRS"
    );
    assert_eq!(words[1], "0: 100.00 EUR was sent, the bank says 99.99 EUR");
    assert!(words[2].ends_with("100.00 EUR was sent, the bank says 100.00 USD"));
    assert!(words[3].ends_with("is failed, the bank says succeeded"));
    assert!(words[4].ends_with("is held and was not sent, but the bank has it"));
    assert!(words[5].ends_with("is there twice with the same outcome"));
    assert!(words[6].ends_with("left more than once, and has not come back as often"));
    assert_eq!(states(&found), [PayoutState::Succeeded]);
    let odd = transaction(&refs[0], "ZZZZ", "");
    let odd = with_status_report(&batch.payouts, &sent, &report("", "", &odd));
    assert!(
        odd.breaks[0]
            .words()
            .ends_with("the bank's status ZZZZ is not known here")
    );
}

#[test]
fn a_sum_pays_its_part() {
    let (mut batch, sent) = exported(&["anna", "ben", "cleo"]);
    batch.payouts[1].state = PayoutState::Failed;
    let sum = |amount: &str| {
        let text = format!(
            "<BkToCstmrStmt><Stmt><Id>S</Id><Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
             <Sts>BOOK</Sts><NtryDtls><Btch><PmtInfId>2026-11-a-1</PmtInfId></Btch></NtryDtls></Ntry></Stmt></BkToCstmrStmt>"
        );
        read_camt053(&text).unwrap()
    };
    let found = with_statements(
        &batch.payouts,
        std::slice::from_ref(&sent),
        &[],
        &sum("200.00"),
        &[],
        Date::MAX,
    );
    assert_eq!(states(&found), [PayoutState::Succeeded; 2]);
    let found = with_statements(
        &batch.payouts,
        std::slice::from_ref(&sent),
        &[],
        &sum("300.00"),
        &[],
        Date::MAX,
    );
    assert_eq!(found.transitions, []);
    assert_eq!(
        found.breaks[0].words(),
        "2026-11-a-1: 200.00 EUR was sent, the bank says 300.00 EUR"
    );
    let found = with_statements(&batch.payouts, &[], &[], &sum("200.00"), &[], Date::MAX);
    assert_eq!((found.transitions.len(), found.unrelated), (0, 1));
}

proptest! {
    #[test]
    fn answers_in_any_order_are_read_once(said in prop::collection::vec((0_usize..3, 0_usize..4), 0..12)) {
        let (mut batch, sent) = exported(&["anna", "ben", "cleo"]);
        let refs: Vec<_> = (0..3).map(|at| reference(&batch, at)).collect();
        for (payout, kind) in said {
            let id = refs[payout].as_str();
            let read = |batch: &Batch| match kind {
                0 => with_status_report(&batch.payouts, &sent, &report("", "", &transaction(id, "RJCT", ""))),
                1 => with_status_report(&batch.payouts, &sent, &report("", "", &transaction(id, "ACSC", ""))),
                2 => with_statements(&batch.payouts, &[], &[], &statement(&[(id, "DBIT", "100.00 EUR", "")]), &[], Date::MAX),
                _ => with_statements(&batch.payouts, &[], &[], &statement(&[(id, "CRDT", "100.00 EUR", "")]), &[], Date::MAX),
            };
            let first = read(&batch);
            prop_assert!(first.transitions.len() <= 1);
            prop_assert_eq!(apply(&mut batch, &first, SOURCE), Ok(first.transitions.len()));
            prop_assert_eq!(read(&batch).transitions, vec![]);
        }
    }
}

fn invoice(open: &str, received: &[(&str, &str)]) -> OpenInvoice {
    let received = received.iter().map(|(known, amount)| Received {
        reference: (*known).to_owned(),
        amount: money(amount),
        on: Some(jiff::civil::date(2026, 11, 19)),
    });
    OpenInvoice {
        reference: InvoiceReference::derive("recover/12/EUR/2/emil"),
        open: money(open),
        received: received.collect(),
    }
}

#[test]
fn what_came_in_for_an_invoice_is_matched_once() {
    let (batch, _) = exported(&["anna"]);
    let invoices = [invoice("20.00 EUR", &[("B0", "5.00 EUR")])];
    let text = invoices[0].reference.to_string();
    let credit = |bank: &str, amount: &str, written: &str| {
        format!(
            "<Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt>\
             <AcctSvcrRef>{bank}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>\
             <RmtInf><Ustrd>{written}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    };
    let read = |entries: &str| {
        let text =
            format!("<Document><BkToCstmrStmt><Stmt><Id>S</Id>{entries}</Stmt></BkToCstmrStmt></Document>");
        let statements = read_camt053(&text).unwrap();
        let found = with_statements(&batch.payouts, &[], &invoices, &statements, &[], Date::MAX);
        let receipts = found.receipts.iter();
        let receipts = receipts.map(|one| format!("{} {} {}", one.amount, one.reference, one.on.unwrap()));
        let receipts: Vec<_> = receipts.collect();
        let breaks: Vec<_> = found.breaks.iter().map(Break::words).collect();
        (receipts, breaks, found.unchanged, found.unrelated)
    };
    let slipped = text.replacen(&text[2..4], if &text[2..4] == "10" { "11" } else { "10" }, 1);
    let (receipts, breaks, unchanged, unrelated) = read(
        &[
            credit("B0", "5.00", &text),
            credit("B1", "12.34", &format!("my invoice {text}")),
            credit("B1", "12.34", &text),
            // What is left of it is 7.66.
            credit("B2", "7.67", &text),
            credit("B0", "6.00", &text),
            credit("B4", "1.00", &slipped),
            credit("NONREF", "7.66", &text.to_lowercase()),
            credit("B5", "1.00", "rent"),
        ]
        .concat(),
    );
    assert_eq!(
        receipts,
        ["12.34 EUR B1 2026-11-20", "7.66 EUR S/2026-11-20/7 2026-11-20"]
    );
    assert_eq!((unchanged, unrelated), (1, 1));
    let expected = [
        format!("{text} is there twice with the same outcome"),
        format!("{text}: 7.66 EUR is owed, 7.67 EUR came in"),
        format!("{text} is there twice with the same outcome"),
        format!("no payout and no invoice has the reference {slipped}"),
    ];
    assert_eq!(breaks, expected);
    let other = read(&credit("B0", "6.00", &text)).1;
    assert_eq!(
        other,
        [format!(
            "{text}: 5.00 EUR was received under the same reference before, the bank now says 6.00 EUR"
        )]
    );
    let dollars = read(&credit("B9", "1.00", &text).replace("EUR", "USD")).1;
    assert_eq!(dollars, [format!("{text}: 20.00 EUR is owed, 1.00 USD came in")]);
    // Money that went out with an invoice's reference pays nothing.
    let out = read(&credit("B9", "1.00", &text).replace("CRDT", "DBIT"));
    assert_eq!(out.0.len(), 0);
    assert_eq!(
        out.1,
        [format!(
            "{text}: 1.00 EUR is no payment of the invoice: it went out, or is a return of something"
        )]
    );
    // An entry without details has its text.
    let plain = format!(
        "<Ntry><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt>\
         <AddtlNtryInf>TRANSFER {text}</AddtlNtryInf></Ntry>"
    );
    assert_eq!(read(&plain).0, ["1.00 EUR S/2026-11-20/1 2026-11-20"]);
}

#[test]
fn what_the_bank_keeps_of_a_return_is_a_fee_and_no_break() {
    let (mut batch, _) = exported(&["anna", "ben"]);
    let (anna, ben) = (reference(&batch, 0), reference(&batch, 1));
    // The bank names what was sent, and books what is left of it.
    let instructed = "<AmtDtls><InstdAmt><Amt Ccy=\"EUR\">100.00</Amt></InstdAmt></AmtDtls><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    let booked = statement(&[
        (&anna, "DBIT", "100.00 EUR", ""),
        (&anna, "CRDT", "92 EUR", instructed),
        (&ben, "CRDT", "100.00 EUR", instructed),
    ]);
    let found = with_statements(&batch.payouts, &[], &[], &booked, &[], Date::MAX);
    assert_eq!(found.breaks, []);
    let kept: Vec<_> = found.transitions.iter().map(|one| one.kept).collect();
    assert_eq!(kept, [None, Some(money("8.00 EUR")), None]);
    assert_eq!(
        found.transitions[1].reason.as_deref(),
        Some("AC04: the account is closed; the bank kept 8.00 EUR")
    );
    assert_eq!(apply(&mut batch, &found, SOURCE), Ok(3));
    let again = with_statements(&batch.payouts, &[], &[], &booked, &[], Date::MAX);
    assert_eq!(
        (again.transitions.len(), again.breaks.len(), again.unchanged),
        (0, 0, 3)
    );
}

#[test]
fn as_much_within_a_week_may_be_the_same_money() {
    let (batch, _) = exported(&["anna"]);
    let invoices = [invoice("20.00 EUR", &[("B0", "5.00 EUR")])];
    let read = |day: u32, amount: &str| {
        let text = format!(
            "<Document><BkToCstmrStmt><Stmt><Id>S</Id><Ntry><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>\
             <BookgDt><Dt>2026-11-{day}</Dt></BookgDt><AcctSvcrRef>B7</AcctSvcrRef><AddtlNtryInf>{}</AddtlNtryInf></Ntry></Stmt></BkToCstmrStmt></Document>",
            invoices[0].reference
        );
        let found = with_statements(
            &batch.payouts,
            &[],
            &invoices,
            &read_camt053(&text).unwrap(),
            &[],
            Date::MAX,
        );
        (found.receipts.len(), found.breaks.first().map(Break::words))
    };
    // What is known came in on the nineteenth.
    for day in [12, 18, 20, 26] {
        let (receipts, said) = read(day, "5.00");
        assert_eq!(receipts, 0, "{day}");
        assert!(
            said.unwrap().contains("within a week under the reference B0"),
            "{day}"
        );
    }
    for (day, amount) in [(11, "5.00"), (27, "5.00"), (20, "5.01")] {
        assert_eq!(read(day, amount), (1, None), "{day} {amount}");
    }
}
