//! Money that came in: what came back, what somebody paid, and in which account.

use super::{PART, back, details, entry, of_kind, one, read, report, rows, sent_batch};
use crate::batch::PayoutState;
use crate::iso20022::{SentPayment, read_camt053};
use crate::reconcile::with_statements;
use crate::testing::money;

/// Whoever covers what left writes its name on the transfer: that is no return.
#[test]
fn what_came_in_is_not_what_came_back() {
    let out = || entry("-250.00 3", PART);
    let cover = "<NtryDtls><TxDtls><RmtInf><Ustrd>Cover for 2026-11-a-1</Ustrd></RmtInf></TxDtls></NtryDtls>";
    let of_one = "<NtryDtls><TxDtls><RmtInf><Ustrd>Cover for {1}</Ustrd></RmtInf></TxDtls></NtryDtls>";
    let covered = |said: &str, place: &str| of_kind(&entry(said, place), "RCDT");
    rows(&[
        ("a sum", vec![out(), covered("+250.00 4", cover)], "SSSS", "1234"),
        (
            "the same day",
            vec![out() + &covered("+250.00 3", cover)],
            "SSSS",
            "1234",
        ),
        (
            "of no kind",
            vec![out(), entry("+250.00 4", cover)],
            "SSSS",
            "1234",
        ),
        (
            "of the part",
            vec![out(), covered("+250.00 4", PART)],
            "SSSS",
            "1234",
        ),
        (
            "ordered",
            vec![out(), of_kind(&entry("+250.00 4", cover), "ICDT")],
            "RRRR",
            "",
        ),
        ("of one", vec![out(), covered("+100.00 4", of_one)], "SSSS", "1"),
        (
            "of one, of no kind",
            vec![out(), entry("+100.00 4", of_one)],
            "SSSS",
            "1",
        ),
        ("by reference", vec![out(), one("+100.00 4", "{1}")], "RSSS", ""),
        (
            "received",
            vec![out(), of_kind(&one("+100.00 4", "{1}"), "RCDT")],
            "SSSS",
            "1",
        ),
        (
            "received back",
            vec![out(), of_kind(&back("+100.00 4", "{1}"), "RCDT")],
            "RSSS",
            "",
        ),
    ]);
}

/// Whatever kind a bank says, but one of returns or of what we ordered, it is no return; and a debit of some kinds is no order.
#[test]
fn kinds_that_are_neither_returns_nor_orders() {
    let out = || entry("-250.00 3", PART);
    let own = |entry: &str, code: &str| {
        entry.replace(
            "</BookgDt>",
            &format!("</BookgDt><BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd>"),
        )
    };
    let iso = |entry: &str, family: &str, kind: &str| of_kind(entry, family).replace("ESCT", kind);
    let back = || entry("+250.00 4", PART);
    let by_name = || entry("+250.00 4", "<AddtlNtryInf>2026-11-a-1</AddtlNtryInf>");
    rows(&[
        ("a wire", vec![out(), own(&back(), "195")], "SSSS", "1234"),
        (
            "an instant credit",
            vec![out(), own(&back(), "NTRF+168+9075")],
            "SSSS",
            "1234",
        ),
        (
            "pooling",
            vec![out(), iso(&back(), "ACCB", "SWEP")],
            "SSSS",
            "1234",
        ),
        (
            "between our accounts",
            vec![out(), iso(&by_name(), "ICDT", "BOOK")],
            "SSSS",
            "1234",
        ),
        (
            "an ACH return",
            vec![out(), iso(&back(), "RCDT", "ARET")],
            "RRRR",
            "",
        ),
        (
            "after a recall",
            vec![out(), iso(&back(), "IRCT", "RPCR")],
            "RRRR",
            "",
        ),
        ("an ACH return, BAI", vec![out(), own(&back(), "257")], "RRRR", ""),
        (
            "a charge",
            vec![iso(&one("-100.00 3", "{1}"), "ICDT", "CHRG")],
            "TTTT",
            "1",
        ),
        (
            "somebody's order",
            vec![of_kind(&one("-100.00 3", "{1}"), "RDDT")],
            "TTTT",
            "1",
        ),
        ("of the sum", vec![of_kind(&out(), "RCDT")], "TTTT", "1234"),
    ]);
}

/// The bank's own word that money came back is looked at, whatever it names.
#[test]
fn a_return_that_names_nothing_is_a_break() {
    let (batch, sent) = sent_batch();
    let reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    for (name, message, breaks) in [
        (
            "a reason",
            entry("+100.00 5 R1", &details(&[("NOTPROVIDED", reason)])),
            1,
        ),
        ("taken back", entry("+250.00 4 B1 !", ""), 1),
        (
            "by its kind",
            of_kind(&entry("+250.00 4 B7", ""), "RCDT").replace("ESCT", "RRTN"),
            1,
        ),
        (
            "in a bank's own code",
            entry("+250.00 4 B7", "").replace(
                "</BookgDt>",
                "</BookgDt><BkTxCd><Prtry><Cd>NRTI+159+9075</Cd></Prtry></BkTxCd>",
            ),
            1,
        ),
        (
            "somebody's payment",
            of_kind(&entry("+250.00 4 B7", ""), "RCDT"),
            0,
        ),
        // It may take back a return that is read later; one that names another payment is of that.
        ("what was taken back", entry("-100.00 5 R1 !", ""), 1),
        (
            "of another payment",
            entry("-100.00 5 R1 !", &details(&[("DD-2026-118", "")])),
            0,
        ),
        (
            "a charge that is taken back",
            of_kind(&entry("+1.00 5 F1 !", ""), "RCDT").replace("ESCT", "CHRG"),
            0,
        ),
    ] {
        let found = read(&batch, &sent, &message);
        assert_eq!(found.breaks.len(), breaks, "{name}");
    }
}

/// What left from one account does not move in another one of ours.
#[test]
fn a_statement_of_another_account_moves_nothing() {
    let (batch, sent) = sent_batch();
    let other = "<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>";
    let own = "<Acct><Id><IBAN>DE02 1203 0000 0000 2020 51</IBAN></Id></Acct>";
    for (account, moved, breaks) in [(own, 4, 0), (other, 0, 1), ("", 4, 0)] {
        let text = format!(
            "<BkToCstmrStmt><Stmt><Id>S</Id>{account}{}</Stmt></BkToCstmrStmt>",
            entry("-250.00 3", PART)
        );
        let statements = read_camt053(&text).unwrap();
        let found = with_statements(
            &batch.payouts,
            std::slice::from_ref(&sent),
            &[],
            &statements,
            &[],
            jiff::civil::Date::MAX,
        );
        assert_eq!(
            (found.transitions.len(), found.breaks.len()),
            (moved, breaks),
            "{account}"
        );
    }
}

/// A second upload is refused payment by payment: one that is refused for what holds whenever it arrived says nothing of the others.
#[test]
fn one_certain_refusal_does_not_make_others_certain() {
    let accepted = || report("ACSP", "", &[]);
    let all = |first: &str, others: &str| {
        report(
            "",
            "",
            &[("{1}", first), ("{2}", others), ("{3}", others), ("{4}", others)],
        )
    };
    let others = |said: &str| report("", "", &[("{2}", said), ("{3}", said), ("{4}", said)]);
    let each_in = |whole: &str, said: &str| {
        report(
            whole,
            "",
            &[("{1}", said), ("{2}", said), ("{3}", said), ("{4}", said)],
        )
    };
    let one = || report("PART", "", &[("{1}", "RJCT AC04")]);
    rows(&[
        (
            "too late",
            vec![accepted(), all("RJCT AC04", "RJCT TM01")],
            "FTTT",
            "234",
        ),
        (
            "no reason given",
            vec![accepted(), all("RJCT AC04", "RJCT MS03")],
            "FTTT",
            "234",
        ),
        ("in two reports", vec![one(), others("RJCT TM01")], "FTTT", "234"),
        (
            "within what is accepted",
            vec![accepted(), each_in("ACCP", "RJCT MS03")],
            "TTTT",
            "1234",
        ),
        (
            "as sent before, in part",
            vec![each_in("PART DU01", "RJCT AG01")],
            "TTTT",
            "1234",
        ),
        ("in two, for nothing", vec![one(), others("RJCT")], "FTTT", "234"),
        (
            "one, accepted before, in words alone",
            vec![accepted(), report("", "", &[("{1}", "RJCT NARR")])],
            "TTTT",
            "1",
        ),
        (
            "one, accepted before, for a reason",
            vec![accepted(), report("", "", &[("{1}", "RJCT AC04")])],
            "FTTT",
            "",
        ),
        ("each for a reason", vec![one(), others("RJCT AC04")], "FFFF", ""),
    ]);
}

#[test]
fn duplicates_by_their_codes_in_words() {
    let refused = |text: &str| {
        report("", "", &[("{1}", "RJCT AC04")])
            .replace("</Rsn>", &format!("</Rsn><AddtlInf>{text}</AddtlInf>"))
    };
    for text in [
        "Code AM05",
        "DU04",
        "Dobbelt betaling",
        "pago repetido",
        "pagamento ripetuto",
    ] {
        rows(&[(text, vec![report("ACSP", "", &[]), refused(text)], "TTTT", "1")]);
    }
    let whole = |code: &str, text: &str| {
        report(&format!("RJCT {code}"), "", &[])
            .replace("</Rsn>", &format!("</Rsn><AddtlInf>{text}</AddtlInf>"))
    };
    for (code, text) in [
        ("AG01", "Message ID already exists"),
        ("RR04", "File was already uploaded"),
        ("AM09", "already in system"),
        ("AG02", "Doppeleinreichung"),
        ("RR04", "Datei mit dieser MsgId existiert bereits"),
        ("AG01", "Datei bereits uebermittelt"),
        ("AG01", "fichier deja transmis"),
        ("AM12", "Message Id not unique"),
        ("AG03", "identical file found"),
        ("BE07", "doppia presentazione"),
        ("AG01", "MessageId must be unique"),
        ("AG01", "Non-unique MsgId"),
        ("AG01", "MsgId was used before"),
        ("RR04", "File was sent before"),
        ("AG01", "MsgId nicht eindeutig"),
        ("AG01", "Referenz bereits vergeben"),
        ("AG01", "bestand is al verwerkt"),
    ] {
        rows(&[(
            text,
            vec![report("ACSP", "", &[]), whole(code, text)],
            "TTTT",
            "1234",
        )]);
    }
}

/// A bank that returned less than a person said kept something, which somebody looks at.
#[test]
fn a_return_of_less_than_was_said_by_hand_is_a_break() {
    let (mut batch, sent) = sent_batch();
    let first = &mut batch.payouts[0];
    first.state = PayoutState::Succeeded;
    first
        .settle(PayoutState::Returned, Some("the bank called"))
        .unwrap();
    first.told.push(crate::batch::Told {
        to: PayoutState::Returned,
        by: "bob".to_owned(),
        at: jiff::Timestamp::MIN,
        file: None,
    });
    for (message, breaks) in [(back("+92.00 5 R1", "{1}"), 1), (back("+100.00 5 R1", "{1}"), 0)] {
        let found = read(&batch, &sent, &message);
        assert_eq!(
            (found.transitions.len(), found.breaks.len()),
            (0, breaks),
            "{message}"
        );
    }
}

/// A part that was sent before is in a file that was.
#[test]
fn a_part_that_was_sent_before_doubts_the_whole() {
    let (batch, mut sent) = sent_batch();
    let ids = std::mem::take(&mut sent.payments[0].end_to_end_ids);
    let part = |number: u32, ids: &[crate::batch::EndToEndId]| SentPayment {
        id: format!("2026-11-a-{number}"),
        end_to_end_ids: ids.to_vec(),
    };
    sent.payments = vec![part(1, &ids[..2]), part(2, &ids[2..])];
    let found = read(&batch, &sent, &report("RJCT AC02", "RJCT DU02", &[]));
    let doubted: usize = found.breaks.iter().map(|one| one.payouts.len()).sum();
    assert_eq!((found.transitions.len(), doubted), (0, 4));
}

/// What a person said came back may be what a sum by the part's name shows.
#[test]
fn a_sum_may_be_of_what_was_returned_by_hand() {
    let (mut batch, sent) = sent_batch();
    batch.payouts[1].amount = money("100.00 EUR");
    for payout in &mut batch.payouts {
        payout.state = PayoutState::Succeeded;
    }
    batch.payouts[0].state = PayoutState::Returned;
    let found = read(
        &batch,
        &sent,
        &of_kind(&entry("+100.00 5", PART), "RCDT").replace("ESCT", "RRTN"),
    );
    assert_eq!((found.transitions.len(), found.breaks.len()), (0, 1));
}

/// By the name of the file alone a sum that is a part's may be one payout's of another part.
#[test]
fn a_sum_of_a_part_that_is_one_payouts_amount_is_unclear() {
    let (mut batch, mut sent) = sent_batch();
    let ids = std::mem::take(&mut sent.payments[0].end_to_end_ids);
    batch.payouts[2].amount = money("100.00 EUR");
    let part = |number: u32, ids: &[crate::batch::EndToEndId]| SentPayment {
        id: format!("2026-11-a-{number}"),
        end_to_end_ids: ids.to_vec(),
    };
    sent.payments = vec![part(1, &ids[1..]), part(2, &ids[..1])];
    for payout in &mut batch.payouts {
        payout.state = PayoutState::Succeeded;
    }
    let file = "<NtryDtls><Btch><MsgId>2026-11-a</MsgId></Btch></NtryDtls>";
    let named = file
        .replace("MsgId", "PmtInfId")
        .replace("2026-11-a<", "2026-11-a-2<");
    for (place, moved) in [(file, 0), (&named, 1)] {
        let found = read(&batch, &sent, &entry("+100.00 4", place));
        assert_eq!(
            (found.transitions.len(), found.breaks.len()),
            (moved, 1 - moved),
            "{place}"
        );
    }
}

/// Who changed the file on its way to the bank is found by what the bank paid.
#[test]
fn money_that_went_to_another_account() {
    let paid_to = |iban: &str| {
        let account = format!("<RltdPties><CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct></RltdPties>");
        entry("-100.00 3", &details(&[("{1}", &account)]))
    };
    let (batch, _) = sent_batch();
    let own = batch.payouts[0].recipient.to.iban().unwrap().to_string();
    let small = own.to_lowercase().replacen("8", "8 ", 1);
    rows(&[
        ("its own", vec![paid_to(&own)], "STTT", ""),
        ("written otherwise", vec![paid_to(&small)], "STTT", ""),
        ("another", vec![paid_to("DE02120300000000202051")], "TTTT", "1"),
    ]);
}

/// Of a German code only the second number is the kind; a booking run and a text have numbers, too.
#[test]
fn numbers_of_booking_runs_are_no_kinds() {
    let own = |entry: &str, code: &str| {
        let code = format!("</BookgDt><BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd>");
        entry.replace("</BookgDt>", &code)
    };
    let [out, back] = [entry("-250.00 3", PART), entry("+250.00 4", PART)];
    rows(&[
        (
            "money in",
            vec![out.clone(), own(&back, "NTRF+166+159")],
            "SSSS",
            "1234",
        ),
        ("an order of ours", vec![own(&out, "NTRF+116+159")], "SSSS", ""),
        ("a text's", vec![own(&out, "NTRF+116+9249+166")], "SSSS", ""),
        ("a return", vec![out, own(&back, "NRTI+159+9075")], "RRRR", ""),
    ]);
}
