//! Statements: what would free money, or count as paid, if the rest of what a bank says were not looked at.

use super::{PART, details, entry, one, report, rows};
use crate::batch::{Booking, PayoutState, Seen};

const RETURNED: &str = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";

fn amount(amount: &str, currency: &str) -> String {
    format!("<Amt Ccy=\"{currency}\">{amount}</Amt>")
}

/// Two details: of the first payout, and of nothing that is known.
fn two(said: &str, first: &str, other: &str) -> String {
    entry(said, &details(&[("{1}", first), ("NOTPROVIDED", other)]))
}

#[test]
fn what_a_detail_moved_is_known_or_the_entry_is_a_break() {
    let charges = "<Chrgs><Rcrd><Amt Ccy=\"EUR\">5.00</Amt></Rcrd></Chrgs>";
    let (dollar, cent) = (amount("1.00", "USD"), amount("0.01", "EUR"));
    let whole = amount("100.00", "EUR");
    let without_amounts = format!("{charges}{RETURNED}");
    rows(&[
        (
            "a cent and a dollar",
            vec![two("+1.00 3", &cent, &dollar)],
            "TTTT",
            "1",
        ),
        (
            "its own in dollars",
            vec![two("+30.00 3", &amount("100.00", "USD"), &amount("30.00", "EUR"))],
            "TTTT",
            "1",
        ),
        (
            "with a rest",
            vec![two("+100.90 3", &format!("{whole}{RETURNED}"), &dollar)],
            "RTTT",
            "",
        ),
        (
            "with a rest and charges",
            vec![two("+95.90 3", &format!("{whole}{without_amounts}"), &dollar)],
            "TTTT",
            "1",
        ),
        (
            "no amounts, in dollars",
            vec![two("-5.00 3", "", &amount("5.00", "USD"))],
            "TTTT",
            "1",
        ),
        (
            "charges without amounts",
            vec![entry(
                "+170.00 3",
                &details(&[("{1}", &without_amounts), ("{2}", &without_amounts)]),
            )],
            "RRTT",
            "",
        ),
        (
            "a sum less charges",
            vec![entry(
                "+245.00 3",
                &format!(
                    "<NtryDtls><TxDtls><Refs><PmtInfId>2026-11-a-1</PmtInfId></Refs>{}{charges}</TxDtls>\
                     <TxDtls>{}</TxDtls></NtryDtls>",
                    amount("240.00", "EUR"),
                    amount("10.00", "EUR")
                ),
            )],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn a_charge_as_large_as_its_detail_is_a_break() {
    let charged = |charge: &str| {
        format!(
            "{}<Chrgs><Rcrd><Amt Ccy=\"EUR\">{charge}</Amt></Rcrd></Chrgs>{RETURNED}",
            amount("100.00", "EUR")
        )
    };
    let back = |said: &str, charge: &str| {
        entry(
            said,
            &details(&[
                ("{1}", &charged(charge)),
                ("{2}", &format!("{}{RETURNED}", amount("80.00", "EUR"))),
            ]),
        )
    };
    rows(&[
        ("all of it", vec![back("+80.00 5", "100.00")], "TTTT", "12"),
        ("more", vec![back("+79.00 5", "101.00")], "TTTT", "12"),
        ("a part", vec![back("+175.00 5", "5.00")], "RRTT", ""),
    ]);
}

#[test]
fn charges_of_returns_without_amounts_are_kept() {
    let (batch, sent) = super::sent_batch();
    let said = format!("<Chrgs><Rcrd><Amt Ccy=\"EUR\">5.00</Amt></Rcrd></Chrgs>{RETURNED}");
    let both = entry("+170.00 5", &details(&[("{1}", &said), ("{2}", &said)]));
    let found = super::read(&batch, &sent, &both);
    let kept: Vec<_> = found
        .transitions
        .iter()
        .map(|one| one.kept.unwrap().to_string())
        .collect();
    assert_eq!(kept, ["5.00 EUR", "5.00 EUR"]);
}

#[test]
fn what_an_entry_names_is_all_accounted_for() {
    let of = |part: &str, more: &str, amounts: [&str; 2]| {
        entry(
            "+230.00 3",
            &format!(
                "<NtryDtls>{part}<TxDtls><Refs>{more}</Refs>{}</TxDtls><TxDtls><Refs>\
                 <EndToEndId>NOTPROVIDED</EndToEndId></Refs>{}</TxDtls></NtryDtls>",
                amount(amounts[0], "EUR"),
                amount(amounts[1], "EUR")
            ),
        )
    };
    let file = "<Btch><MsgId>2026-11-a</MsgId></Btch>";
    let sum = "<PmtInfId>2026-11-a-1</PmtInfId>";
    rows(&[
        (
            "a sum and something",
            vec![of(file, sum, ["180.00", "50.00"])],
            "TTTT",
            "1234",
        ),
        (
            "another payout above",
            vec![one("-100.00 3", "{1}").replace("</Ntry>", "<AddtlNtryInf>{2}</AddtlNtryInf></Ntry>")],
            "TTTT",
            "12",
        ),
    ]);
}

#[test]
fn what_is_to_leave_of_a_file_that_failed_is_a_break() {
    let pending = |entry: String| entry.replace("BOOK", "PDNG");
    let each = ["{1}", "{2}", "{3}", "{4}"].map(|one| (one, "RJCT AC04"));
    let failed = || report("", "", &each);
    rows(&[
        (
            "a sum",
            vec![failed(), pending(entry("-250.00 3", PART))],
            "FFFF",
            "1234",
        ),
        (
            "in the text",
            vec![
                failed(),
                pending(entry(
                    "-180.00 3",
                    "<NtryDtls><TxDtls/><TxDtls/></NtryDtls><AddtlNtryInf>{1} {2}</AddtlNtryInf>",
                )),
            ],
            "FFFF",
            "12",
        ),
        (
            "back",
            vec![failed(), pending(entry("+250.00 3", PART))],
            "FFFF",
            "",
        ),
    ]);
}

/// Banks book what they refuse out and back.
#[test]
fn what_failed_and_moved_both_ways_in_a_statement_is_where_it_was() {
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let (out, back) = (one("-100.00 3 D", "{1}"), super::back("+100.00 3 R", "{1}"));
    rows(&[
        ("both", vec![refused(), format!("{back}{out}")], "FTTT", ""),
        ("out", vec![refused(), out.clone()], "FTTT", "1"),
        (
            "less back",
            vec![refused(), format!("{}{out}", super::back("+99.00 3 R", "{1}"))],
            "FTTT",
            "1",
        ),
        (
            "out twice",
            vec![refused(), format!("{out}{back}{}", one("-100.00 3 E", "{1}"))],
            "FTTT",
            "1",
        ),
    ]);
}

#[test]
fn an_entry_that_disagrees_doubts_all_that_it_names() {
    let of_part = |said: &str, payments: &[(&str, &str)]| {
        let batch = "<NtryDtls><Btch><PmtInfId>2026-11-a-1</PmtInfId></Btch>";
        entry(said, &details(payments)).replace("<NtryDtls>", batch)
    };
    let (hundred, eighty) = (amount("100.00", "EUR"), amount("80.00", "EUR"));
    rows(&[
        (
            "two of four",
            vec![of_part("+250.00 5", &[("{1}", &hundred), ("{2}", &eighty)])],
            "TTTT",
            "1234",
        ),
        (
            "two of four that give it",
            vec![of_part("-180.00 3", &[("{1}", &hundred), ("{2}", &eighty)])],
            "SSTT",
            "",
        ),
        (
            "one without an amount",
            vec![of_part("+250.00 5", &[("{3}", RETURNED)])],
            "TTTT",
            "1234",
        ),
        (
            "one of its amount",
            vec![of_part("+50.00 5", &[("{3}", RETURNED)])],
            "TTRT",
            "",
        ),
    ]);
}

#[test]
fn what_came_back_by_hand_and_leaves_later_has_left_again() {
    let (mut batch, sent) = super::sent_batch();
    let payout = &mut batch.payouts[0];
    payout.state = PayoutState::Returned;
    payout.told.push(crate::batch::Told {
        to: PayoutState::Returned,
        by: "bob".into(),
        at: "2026-11-05T09:00:00Z".parse().unwrap(),
        file: None,
    });
    for (said, breaks) in [("-100.00 3 D", 0), ("-100.00 5 D", 0), ("-100.00 6 D", 1)] {
        let found = super::read(&batch, &sent, &one(said, "{1}"));
        assert_eq!(
            (found.breaks.len(), found.transitions.len()),
            (breaks, 0),
            "{said}"
        );
    }
    // By a statement, and then on a day that is not known.
    let payout = &mut batch.payouts[0];
    payout.told.clear();
    payout.seen = vec![Seen {
        reference: Some("R1".into()),
        outcome: PayoutState::Returned,
        day: Some(jiff::civil::date(2026, 11, 5)),
        time: None,
        entry: None,
        transactions: Vec::new(),
        statement: None,
        shown_in: None,
        amounts: Vec::new(),
        repeated: false,
        pair: None,
        booking: Booking::Single,
        doubted: false,
    }];
    let undated = one("-100.00 3 D", "{1}").replace("<BookgDt><Dt>2026-11-03</Dt></BookgDt>", "");
    assert_eq!(super::read(&batch, &sent, &undated).breaks.len(), 1);
}

#[test]
fn newest_first_a_sum_may_be_of_what_came_back() {
    // 80 and 20 are 100, as is the first.
    let back = || super::back("+100.00 5 R", "{1}");
    rows(&[
        (
            "of it or of others",
            vec![back(), entry("-100.00 3 O", PART)],
            "RTTT",
            "1234",
        ),
        ("of all", vec![back(), entry("-250.00 3 O", PART)], "RSSS", ""),
    ]);
}

/// A file of sixteen payouts of 100, and what becomes of them after messages: the states, and how many breaks doubt all.
fn of_sixteen(messages: &[String]) -> (String, usize) {
    let payees: Vec<_> = (1..=16)
        .map(|at| crate::testing::payee(&[("\"anna\"", &format!("\"c{at}\""))]))
        .collect();
    let orders = payees
        .iter()
        .map(|payee| crate::testing::order(payee, "100.00 EUR"));
    let mut batch = crate::testing::approved(orders.collect(), crate::batch::FeeBearer::Shared);
    batch.export("olga", jiff::Timestamp::MIN).unwrap();
    let (_, mut sent) = super::sent_batch();
    sent.payments[0].end_to_end_ids = batch
        .payouts
        .iter()
        .map(|one| one.end_to_end_id.clone())
        .collect();
    let mut doubts = 0;
    for message in messages {
        let found = super::read(&batch, &sent, message);
        doubts += found.breaks.iter().filter(|one| one.payouts.len() == 16).count();
        super::apply(&mut batch, &found, super::SOURCE).unwrap();
    }
    let states = batch
        .payouts
        .iter()
        .map(|one| one.state.to_string().chars().next().unwrap());
    (states.collect(), doubts)
}

#[test]
fn a_sum_of_many_may_be_of_others_as_well() {
    let out = |said: &str| entry(said, PART);
    let done = || report("", "", &[("{1}", "ACSC")]);
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let of = |first: char, others: char| format!("{first}{}", others.to_string().repeat(15));
    for (name, messages, states, doubts) in [
        ("all", vec![out("-1600.00 3")], of('s', 's'), 0),
        (
            "all but one that a report settled",
            vec![done(), out("-1500.00 3")],
            of('s', 'i'),
            1,
        ),
        (
            "all that did not fail",
            vec![refused(), out("-1500.00 3")],
            of('f', 's'),
            0,
        ),
        (
            "back, one failed",
            vec![refused(), out("-1500.00 3"), out("+1500.00 5")],
            of('f', 's'),
            1,
        ),
        (
            "all back",
            vec![out("-1600.00 3"), out("+1600.00 5")],
            of('r', 'r'),
            0,
        ),
    ] {
        assert_eq!(of_sixteen(&messages), (states, doubts), "{name}");
    }
}
