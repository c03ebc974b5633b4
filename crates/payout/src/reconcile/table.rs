//! What banks send, message after message, and what it makes of four payouts of 100, 80, 50 and 20 euros in one part of a file.

use super::*;
use crate::batch::BatchId;
use crate::iso20022::{Sent, SentPayment, read_camt053, read_pain002};
use crate::testing::{approved, order, payee};
use proptest::prelude::*;

mod again;
mod against;
mod by_bank;
mod came_in;
mod conversions;
mod doubts;
mod kinds;
mod look;
mod nameless;
mod one_for_one;
mod orders;
mod payees_accounts;
mod refused;
mod reports;
mod rows;
mod second;
mod some_of;
mod statements;
mod times;

/// Who brings answers in, on 4 November 2026.
const SOURCE: Source<'_> = Source {
    by: "olga",
    at: Timestamp::constant(1_793_750_400, 0),
    file: Some("hash"),
};
/// A part's name, and a file's; `{1}` to `{4}` are the payouts' references.
const PART: &str = "<NtryDtls><Btch><PmtInfId>2026-11-a-1</PmtInfId></Btch></NtryDtls>";
const FILE: &str = "<NtryDtls><Btch><MsgId>2026-11-a</MsgId></Btch></NtryDtls>";
const IN_REFS: &str = "<NtryDtls><TxDtls><Refs><PmtInfId>2026-11-a-1</PmtInfId></Refs></TxDtls></NtryDtls>";
const IN_TEXT: &str = "<AddtlNtryInf>SAMMLER 2026-11-A-1, 4 POSTEN</AddtlNtryInf>";

fn sent_batch() -> (Batch, Sent) {
    sent_batch_of(["100.00 EUR", "80.00 EUR", "50.00 EUR", "20.00 EUR"])
}

fn sent_batch_of(amounts: [&str; 4]) -> (Batch, Sent) {
    let payees = ["c1", "c2", "c3", "c4"].map(|id| payee(&[("\"anna\"", &format!("\"{id}\""))]));
    let orders = payees
        .iter()
        .zip(amounts)
        .map(|(payee, amount)| order(payee, amount));
    let mut batch = approved(orders.collect(), crate::batch::FeeBearer::Shared);
    batch.export("olga", Timestamp::MIN).unwrap();
    let ids = batch.payouts.iter().map(|payout| payout.end_to_end_id.clone());
    let sent = Sent {
        account: Some("DE02120300000000202051".to_owned()),
        written: None,
        message_id: BatchId::new("2026-11-a").unwrap(),
        payments: vec![SentPayment {
            id: "2026-11-a-1".into(),
            end_to_end_ids: ids.collect(),
        }],
    };
    (batch, sent)
}

/// An entry: `-100.00 3` is a debit of the third of November, `+` a credit; a third word is the bank's reference, and a last
/// `!` makes it a reversal.
fn entry(said: &str, details: &str) -> String {
    let words: Vec<&str> = said.split(' ').collect();
    let indicator = if words[0].starts_with('-') { "DBIT" } else { "CRDT" };
    let reversal = if said.ends_with('!') {
        "<RvslInd>true</RvslInd>"
    } else {
        ""
    };
    let reference = words.get(2).filter(|word| **word != "!");
    let reference = reference.map_or_else(String::new, |known| format!("<AcctSvcrRef>{known}</AcctSvcrRef>"));
    format!(
        "<Ntry><Amt Ccy=\"EUR\">{}</Amt><CdtDbtInd>{indicator}</CdtDbtInd>{reversal}<Sts>BOOK</Sts>\
         <BookgDt><Dt>2026-11-0{}</Dt></BookgDt>{reference}{details}</Ntry>",
        &words[0][1..],
        words[1]
    )
}

/// Calls an entry one of the payments that we ordered (`ICDT`), or that we received (`RCDT`).
fn of_kind(entry: &str, family: &str) -> String {
    let code = format!(
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
    );
    entry.replace("</BookgDt>", &format!("</BookgDt>{code}"))
}

/// Details of an entry: a payout, and what the bank says of it.
fn details(payments: &[(&str, &str)]) -> String {
    let each = payments.iter().map(|(reference, more)| {
        format!("<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{more}</TxDtls>")
    });
    format!("<NtryDtls>{}</NtryDtls>", each.collect::<String>())
}

fn one(said: &str, reference: &str) -> String {
    entry(said, &details(&[(reference, "")]))
}

fn back(said: &str, reference: &str) -> String {
    let reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    entry(said, &details(&[(reference, reason)]))
}

/// A return whose reference stands somewhere else.
fn written(more: &str) -> String {
    // Its references stand in one element.
    let reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
    entry(
        "+100.00 5 R1",
        &details(&[("NOTPROVIDED", &format!("{more}{reason}"))]),
    )
    .replace("</Refs><Refs>", "")
}

fn four(said: &str, amounts: [&str; 4]) -> String {
    let amounts = amounts.map(|amount| match amount {
        "" => String::new(),
        amount => format!("<Amt Ccy=\"EUR\">{amount}</Amt>"),
    });
    let references = ["{1}", "{2}", "{3}", "{4}"];
    let each: Vec<(&str, &str)> = references
        .into_iter()
        .zip(amounts.iter().map(String::as_str))
        .collect();
    entry(said, &details(&each))
}

/// A report: of the file, its part, and payments.
fn report(file: &str, part: &str, payments: &[(&str, &str)]) -> String {
    let reason = |said: &str| match said.split_once(' ') {
        Some((status, code)) => (
            status.to_owned(),
            format!("<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"),
        ),
        None => (said.to_owned(), String::new()),
    };
    let status = |name: &str, said: &str| match said {
        "" => String::new(),
        said => {
            let (status, reason) = reason(said);
            let all = status
                .split('+')
                .map(|status| format!("<{name}>{status}</{name}>"));
            format!("{}{reason}", all.collect::<String>())
        }
    };
    let each = payments.iter().map(|(reference, said)| {
        let said = status("TxSts", said);
        format!("<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>{said}</TxInfAndSts>")
    });
    let each: String = each.collect();
    let part = match (part, &each[..]) {
        ("", "") => String::new(),
        (part, each) => format!(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-1</OrgnlPmtInfId>{}{each}</OrgnlPmtInfAndSts>",
            status("PmtInfSts", part)
        ),
    };
    format!(
        "<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>2026-11-a</OrgnlMsgId>{}</OrgnlGrpInfAndSts>{part}</CstmrPmtStsRpt>",
        status("GrpSts", file)
    )
}

fn count(status: &str, count: u32) -> String {
    format!("<NbOfTxsPerSts><DtldNbOfTxs>{count}</DtldNbOfTxs><DtldSts>{status}</DtldSts></NbOfTxsPerSts>")
}

/// A report with more said of the whole, or of the part.
fn with(text: String, more: String) -> String {
    text.replace("</OrgnlGrpInfAndSts>", &format!("{more}</OrgnlGrpInfAndSts>"))
}

/// The same file in two parts, of the first and the second two payouts.
fn sent_in_two_parts() -> (Batch, Sent, Vec<crate::batch::EndToEndId>) {
    let (batch, mut sent) = sent_batch();
    let ids = std::mem::take(&mut sent.payments[0].end_to_end_ids);
    let part = |id: &str, ids: &[_]| SentPayment {
        id: id.into(),
        end_to_end_ids: ids.to_vec(),
    };
    sent.payments = vec![part("2026-11-a-1", &ids[..2]), part("2026-11-a-2", &ids[2..])];
    (batch, sent, ids)
}

/// Reads a message; entries are put into a statement.
fn read(batch: &Batch, sent: &Sent, message: &str) -> Reconciliation {
    read_until(batch, sent, message, Date::MAX)
}

/// As it is read when nothing can have been booked after `last`.
fn read_until(batch: &Batch, sent: &Sent, message: &str, last: Date) -> Reconciliation {
    read_after(batch, sent, message, &[], last)
}

/// As it is read after other files that had something without a name.
fn read_after(
    batch: &Batch,
    sent: &Sent,
    message: &str,
    earlier: &[Vec<Unmatched>],
    last: Date,
) -> Reconciliation {
    let mut text = message.to_owned();
    for (at, payout) in batch.payouts.iter().enumerate() {
        let (reference, place) = (payout.end_to_end_id.as_str(), at + 1);
        let (start, rest) = reference.split_at(14);
        text = text
            .replace(&format!("{{{place}}}"), reference)
            .replace(&format!("{{{place}small}}"), &reference.to_lowercase())
            .replace(&format!("{{{place}spaced}}"), &format!("{start} {rest}"))
            .replace(&format!("{{{place}start}}"), start)
            .replace(&format!("{{{place}twelve}}"), &reference[..12])
            .replace(&format!("{{{place}rest}}"), rest);
    }
    if text.contains("CstmrPmtStsRpt") {
        return with_status_report(&batch.payouts, sent, &read_pain002(&text).unwrap());
    }
    let text = format!("<BkToCstmrStmt><Stmt><Id>S</Id>{text}</Stmt></BkToCstmrStmt>");
    let statements = read_camt053(&text).unwrap();
    with_statements(
        &batch.payouts,
        std::slice::from_ref(sent),
        &[],
        &statements,
        earlier,
        last,
    )
}

/// Looks again at what named nothing, and keeps what it counts as.
fn looked_again(batch: &mut Batch, sent: &Sent, kept: &[Vec<Unmatched>]) -> Vec<Break> {
    let (breaks, counts) = look_again(&batch.payouts, std::slice::from_ref(sent), kept);
    apply(batch, &counts, SOURCE).unwrap();
    breaks.into_iter().map(|(_, one)| one).collect()
}

/// The states after messages, each read twice, and the payouts that breaks put in doubt.
fn after(messages: &[String]) -> (String, String) {
    let (mut batch, sent) = sent_batch();
    let mut doubted: Vec<String> = Vec::new();
    let mut kept: Vec<Vec<Unmatched>> = Vec::new();
    for message in messages {
        let found = read_after(&batch, &sent, message, &kept, Date::MAX);
        apply(&mut batch, &found, SOURCE).unwrap();
        let again = looked_again(&mut batch, &sent, &kept);
        doubted.extend(found.breaks.into_iter().chain(again).flat_map(|one| one.payouts));
        let again = read_after(&batch, &sent, message, &kept, Date::MAX);
        kept.push(found.unmatched);
        assert_eq!((again.transitions, again.seen), (vec![], vec![]), "{message}");
    }
    let states = batch.payouts.iter().map(|payout| match payout.state {
        PayoutState::InTransit => 'T',
        PayoutState::Succeeded => 'S',
        PayoutState::Failed => 'F',
        PayoutState::Returned => 'R',
        _ => '?',
    });
    let is_doubted = |at: &usize| {
        doubted
            .iter()
            .any(|known| known == batch.payouts[at - 1].end_to_end_id.as_str())
    };
    let doubted = (1..=4).filter(is_doubted).map(|at| at.to_string());
    (states.collect(), doubted.collect())
}

fn rows(rows: &[(&str, Vec<String>, &str, &str)]) {
    for (name, messages, states, doubted) in rows {
        let found = after(messages);
        assert_eq!(
            (found.0.as_str(), found.1.as_str()),
            (*states, *doubted),
            "{name}"
        );
    }
}

/// What a payout's money did, by message: a debit and a credit are each known by their day.
const SAID: [(&str, i32, &str); 9] = [
    ("-100.00 3", 1, "{1}"),
    ("-100.00 4", 1, "{1}"),
    ("-250.00 3", 1, PART),
    ("-250.00 4", 1, PART),
    ("+100.00 5", -1, "{1}"),
    ("+250.00 5", -1, PART),
    ("+150.00 5", 0, PART),
    ("-100.00 3 !", 0, "{1}"),
    ("+40.00 5", 0, "{1}"),
];

proptest! {
    /// Whatever comes in whatever order: money that is out is not free, or somebody has to look first.
    #[test]
    fn money_that_is_out_is_never_freed_by_doubt(order in prop::collection::vec(0_usize..12, 1..8)) {
        let message = |at: usize| match at {
            9 => report("RJCT DU01", "", &[]),
            10 => report("ACSP", "", &[]),
            11 => report("", "", &[("{1}", "RJCT AC02")]),
            at => {
                let (said, _, place) = SAID[at];
                if place == PART { entry(said, PART) } else { back_if(said) }
            }
        };
        let messages: Vec<String> = order.iter().map(|at| message(*at)).collect();
        let (states, doubted) = after(&messages);
        let mut days: Vec<(Option<&str>, i32)> = order
            .iter()
            .filter_map(|at| SAID.get(*at))
            .map(|(said, out, _)| (said.split(' ').nth(1), *out))
            .filter(|(_, out)| *out != 0)
            .collect();
        days.sort_unstable();
        days.dedup();
        let out: i32 = days.iter().map(|(_, out)| out).sum();
        let is_free = states.starts_with(['F', 'R']);
        prop_assert!(!(is_free && out > 0) || doubted.contains('1'), "{order:?}: {states} {doubted}");
    }
}

/// A debit, or a credit that the bank calls a return.
fn back_if(said: &str) -> String {
    match said.starts_with('+') {
        true => back(said, "{1}"),
        false => one(said, "{1}"),
    }
}

#[test]
fn what_was_kept_before_is_read_as_it_was_meant() {
    let amounts = ["100.00", "80.00", "50.00", "20.00"];
    for (kept, message, unchanged, breaks) in [
        (r#""day":"2026-11-03""#, four("-250.00 3", amounts), 1, 0),
        (r#""day":"2026-11-03""#, one("-80.00 4", "{2}"), 0, 1),
        (r#""reference":"B1""#, one("-80.00 3 B2", "{2}"), 0, 1),
        (r#""reference":"B1""#, entry("-250.00 3 B7", PART), 1, 0),
        // A reference that reads like a day is none.
        (
            r#""reference":"20261104","day":"2026-11-03""#,
            one("-80.00 4 20261104", "{2}"),
            0,
            1,
        ),
        (
            r#""reference":"20261104","day":"2026-11-03""#,
            one("-80.00 3 20261104", "{2}"),
            1,
            0,
        ),
        (
            r#""reference":"20261104","day":"2026-11-03""#,
            one("-80.00 3 20261105", "{2}"),
            0,
            1,
        ),
    ] {
        let (mut batch, sent) = sent_batch();
        let seen = format!(r#"{{{kept},"outcome":"succeeded"}}"#);
        batch.payouts[1].state = PayoutState::Succeeded;
        batch.payouts[1].seen = vec![serde_json::from_str(&seen).unwrap()];
        let found = read(&batch, &sent, &message);
        assert_eq!(
            (found.unchanged, found.breaks.len()),
            (unchanged, breaks),
            "{kept} {message}"
        );
    }
}

/// A statement by the hundred thousand about one payout is read in a time that grows with it, and no more is kept of it.
#[test]
fn many_movements_of_one_payout_are_bounded() {
    let (batch, sent) = sent_batch();
    let many: String = (0..20_000)
        .map(|at| one(&format!("-100.00 3 B{at}"), "{1}"))
        .collect();
    let found = read(&batch, &sent, &many);
    assert_eq!((found.transitions.len(), found.breaks.len()), (1, 19_999));
    // And that there was something that is not clear.
    assert!(found.seen.len() <= 65, "{}", found.seen.len());
}
