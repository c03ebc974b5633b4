//! What a bank knows money by, and bookings that it takes back.

use super::{PART, back, details, entry, of_kind, one, rows};

fn text(text: &str) -> String {
    format!("<AddtlNtryInf>{text}</AddtlNtryInf>")
}

fn received(entry: &str) -> String {
    of_kind(entry, "RCDT")
}

/// Less than a booking that is taken back is another booking: that of a fee, or the difference of a wrong one.
#[test]
fn what_is_taken_back_in_part_is_no_return() {
    let out = || one("-20.00 3 B4", "{4}");
    let fee = |said: &str| one(said, "{4}");
    let with_fee = "<AmtDtls><InstdAmt><Amt Ccy=\"EUR\">20.00</Amt></InstdAmt></AmtDtls>\
                    <Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">12.50</TtlChrgsAndTaxAmt>\
                    <Rcrd><Amt Ccy=\"EUR\">12.50</Amt></Rcrd></Chrgs>";
    let both = || entry("-32.50 3 B4", &details(&[("{4}", with_fee)]));
    rows(&[
        (
            "a fee, of no kind",
            vec![out(), fee("+12.00 9 F2 !")],
            "TTTS",
            "4",
        ),
        (
            "a fee, as ordered",
            vec![out(), of_kind(&fee("+12.00 9 F2 !"), "ICDT")],
            "TTTS",
            "4",
        ),
        (
            "a fee that was booked with it",
            vec![both(), of_kind(&fee("+12.50 9 F2 !"), "ICDT")],
            "TTTS",
            "4",
        ),
        ("all of it", vec![out(), fee("+20.00 9 F2 !")], "TTTR", ""),
        (
            "less, and called a return",
            vec![out(), back("+12.00 9 F2 !", "{4}")],
            "TTTR",
            "",
        ),
    ]);
}

/// A return over a correspondent bears nothing of ours, but what the bank's debit bore.
#[test]
fn what_names_the_banks_own_reference_is_looked_at() {
    let id = "<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>";
    let known = |more: &str| {
        format!("<NtryDtls><TxDtls><Refs><EndToEndId>{{1}}</EndToEndId>{more}</Refs></TxDtls></NtryDtls>")
    };
    let out = || entry("-100.00 3 FT26307KX81", &known(id));
    let by_id = format!("<NtryDtls><TxDtls><Refs>{id}</Refs></TxDtls></NtryDtls>");
    let mref = text("/RETN/59//AC04//MREF/FT26307KX81");
    rows(&[
        (
            "in a text",
            vec![out(), received(&entry("+100.00 6 FT2", &mref))],
            "STTT",
            "1",
        ),
        (
            "in one statement",
            vec![out() + &received(&entry("+100.00 6 FT2", &mref))],
            "STTT",
            "1",
        ),
        (
            "less a fee",
            vec![out(), received(&entry("+85.00 6 FT2", &mref))],
            "STTT",
            "1",
        ),
        (
            "by the transaction's id",
            vec![out(), received(&entry("+100.00 6 FT2", &by_id))],
            "STTT",
            "1",
        ),
        (
            "by its own reference",
            vec![out(), entry("+100.00 6 FT26307KX81", "")],
            "STTT",
            "1",
        ),
        (
            "a charge that is taken back",
            vec![out(), entry("+7.50 6 FT2", &text("FEE REFUND FT26307KX81"))],
            "STTT",
            "",
        ),
        (
            "of somebody else",
            vec![
                out(),
                received(&entry("+100.00 6 FT2", &text("INVOICE FT26307KX82"))),
            ],
            "STTT",
            "",
        ),
    ]);
}

/// The same of one payment of a sum, by the bank's reference of the sum or of the payment.
#[test]
fn what_names_the_banks_own_reference_of_a_sum_is_looked_at() {
    let sum = || entry("-250.00 3 FT26307KX99", PART);
    rows(&[
        (
            "one of a sum",
            vec![
                sum(),
                received(&entry("+80.00 6 FT2", &text("RETURNED FUNDS YR REF FT26307KX99"))),
            ],
            "SSSS",
            "1234",
        ),
        (
            "a detail that came after its sum",
            vec![
                sum(),
                entry("-80.00 3 FT26307AB12", &details(&[("{2}", "")])),
                received(&entry("+80.00 6 FT2", &text("YR REF FT26307AB12"))),
            ],
            "SSSS",
            "2",
        ),
    ]);
}

/// What takes a return back, or leaves once more, may bear nothing of ours either.
#[test]
fn debits_that_name_the_banks_own_reference_are_looked_at() {
    let ids = "<TxId>T-1</TxId><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>";
    let known =
        format!("<NtryDtls><TxDtls><Refs><EndToEndId>{{1}}</EndToEndId>{ids}</Refs></TxDtls></NtryDtls>");
    let by_id = "<NtryDtls><TxDtls><Refs><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></Refs></TxDtls></NtryDtls>";
    let out = || entry("-100.00 3 FT26307KX81", &known);
    let also =
        "<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy=\"EUR\">100.00</Amt></TxDtls>";
    let beside = format!(
        "<NtryDtls><TxDtls><Refs><EndToEndId>{{4}}</EndToEndId></Refs><Amt Ccy=\"EUR\">20.00</Amt></TxDtls>{also}</NtryDtls>"
    );
    rows(&[
        (
            "once more",
            vec![out(), entry("-100.00 6 FT26307KX81", "")],
            "STTT",
            "1",
        ),
        (
            "once more, by the second id",
            vec![out(), entry("-100.00 6 FT2", by_id)],
            "STTT",
            "1",
        ),
        (
            "back, by the second id",
            vec![out(), entry("+100.00 6 FT2", by_id)],
            "STTT",
            "1",
        ),
        (
            "newest first",
            vec![entry("+100.00 3 FT26307KX81", "") + &out()],
            "STTT",
            "1",
        ),
        (
            "a charge",
            vec![out(), entry("-7.50 6 FT26307KX81", "")],
            "STTT",
            "",
        ),
        // What somebody else gets with the same entry bears its reference, and is no payout.
        (
            "beside it",
            vec![entry("-120.00 3 FT26307KX81", &beside)],
            "TTTS",
            "",
        ),
    ]);
}

/// What takes a return back names the return, wherever it stands.
#[test]
fn what_takes_a_return_back_is_looked_at() {
    let out = || one("-100.00 3 FT26307KX81", "{1}");
    let returned = || back("+100.00 5 FT26309AB11", "{1}");
    rows(&[
        (
            "a return taken back",
            vec![out(), returned(), entry("-100.00 6 FT26309AB11 !", "")],
            "RTTT",
            "1",
        ),
        (
            "a return taken back, in a text",
            vec![
                out(),
                returned(),
                entry("-100.00 6 Q1 !", &text("STORNO FT26309AB11")),
            ],
            "RTTT",
            "1",
        ),
        (
            "a return taken back, with another id",
            vec![out(), returned(), one("-100.00 6 FT26309AB11 !", "BANKS-OWN-7")],
            "RTTT",
            "1",
        ),
    ]);
}

fn in_statement(number: u32, entries: &str) -> String {
    format!("<ElctrncSeqNb>{number}</ElctrncSeqNb>{entries}")
}

fn order() -> String {
    one("-100.00 3 ORD1", "{1}")
}

fn taken_back() -> String {
    one("+100.00 3 ORD1 !", "{1}")
}

fn anew() -> String {
    taken_back() + &order()
}

/// A bank that takes an order back and books it anew keeps its reference.
#[test]
fn what_is_booked_anew_on_its_day_is_out() {
    let sum = |said: &str| entry(said, PART);
    rows(&[
        (
            "in another statement",
            vec![in_statement(1, &order()), in_statement(2, &anew())],
            "STTT",
            "1",
        ),
        (
            "a sum",
            vec![
                in_statement(1, &sum("-250.00 3 Z1")),
                in_statement(2, &(sum("+250.00 3 Z1 !") + &sum("-250.00 3 Z1"))),
            ],
            "SSSS",
            "1234",
        ),
        (
            "only taken back",
            vec![in_statement(1, &order()), in_statement(2, &taken_back())],
            "RTTT",
            "",
        ),
        // It may be the month with all that there was: somebody looks.
        (
            "all of the month",
            vec![
                in_statement(1, &(order() + &taken_back())),
                in_statement(11, &anew()),
            ],
            "RTTT",
            "1",
        ),
        (
            "a month that shows another day's return",
            vec![
                in_statement(1, &order()),
                in_statement(11, &(order() + &one("+100.00 5 ORD2 !", "{1}"))),
            ],
            "RTTT",
            "",
        ),
    ]);
}

/// The same in whatever order its statements are read.
#[test]
fn what_is_booked_anew_in_a_third_statement_is_out() {
    rows(&[
        (
            "in three statements",
            vec![
                in_statement(1, &order()),
                in_statement(2, &taken_back()),
                in_statement(3, &order()),
            ],
            "RTTT",
            "1",
        ),
        (
            "the second debit before the reversal",
            vec![
                in_statement(1, &order()),
                in_statement(3, &order()),
                in_statement(2, &taken_back()),
            ],
            "STTT",
            "1",
        ),
        (
            "the last statement first",
            vec![in_statement(2, &anew()), in_statement(1, &order())],
            "RTTT",
            "1",
        ),
    ]);
}

fn of_days(first: u32, last: u32, entries: &str) -> String {
    let days = format!("<FrDtTm>2026-11-0{first}T00:00:00</FrDtTm><ToDtTm>2026-11-0{last}T23:59:59</ToDtTm>");
    format!("<FrToDt>{days}</FrToDt>{entries}")
}

/// What two statements of a day show under one reference may have left twice, on whatever day it comes back.
#[test]
fn what_two_statements_show_may_be_two() {
    let returned = || back("+100.00 5 R1", "{1}");
    let fee = || entry("-1.00 3 F1", "");
    rows(&[
        (
            "in two, by their numbers",
            vec![in_statement(1, &order()), in_statement(2, &order()), returned()],
            "STTT",
            "1",
        ),
        (
            "in two, by what else is on them",
            vec![order(), order() + &fee(), returned()],
            "STTT",
            "1",
        ),
        (
            "the second one last",
            vec![order(), returned(), order() + &fee()],
            "RTTT",
            "1",
        ),
        (
            "of both it came back",
            vec![
                in_statement(1, &order()),
                in_statement(2, &order()),
                back("+100.00 5 R1", "{1}") + &back("+100.00 5 R2", "{1}"),
            ],
            "RTTT",
            "1",
        ),
    ]);
}

/// What two statements show of one booking is that one.
#[test]
fn what_two_statements_show_is_one_in_a_copy_and_in_the_month() {
    let returned = || back("+100.00 5 R1", "{1}");
    let fee = || entry("-1.00 3 F1", "");
    rows(&[
        ("a copy", vec![order(), order(), returned()], "RTTT", ""),
        (
            "one of a number, with more on it",
            vec![
                in_statement(1, &order()),
                in_statement(1, &(order() + &fee())),
                returned(),
            ],
            "RTTT",
            "",
        ),
        (
            "of the month, by its days",
            vec![
                of_days(3, 3, &in_statement(1, &order())),
                of_days(1, 9, &in_statement(11, &order())),
                returned(),
            ],
            "RTTT",
            "",
        ),
        (
            "of the month, and then of the day",
            vec![
                of_days(1, 9, &in_statement(11, &(order() + &returned()))),
                of_days(3, 3, &in_statement(1, &order())),
                of_days(5, 5, &in_statement(2, &returned())),
            ],
            "RTTT",
            "",
        ),
        (
            "of the month, and of two of the day",
            vec![
                of_days(1, 9, &in_statement(11, &(order() + &returned()))),
                of_days(3, 3, &in_statement(1, &order())),
                of_days(3, 3, &in_statement(2, &order())),
            ],
            "RTTT",
            "1",
        ),
    ]);
}

/// What stands as an id on several payments is none of one of them.
#[test]
fn the_name_of_a_clearing_system_is_no_id() {
    let of = |said: &str, reference: &str| {
        let ids = format!("<EndToEndId>{reference}</EndToEndId><ClrSysRef>STEP2-001</ClrSysRef>");
        entry(
            said,
            &format!("<NtryDtls><TxDtls><Refs>{ids}</Refs></TxDtls></NtryDtls>"),
        )
    };
    let both = || of("-100.00 3", "{1}") + &of("-80.00 3", "{2}");
    rows(&[
        (
            "two payments of a day",
            vec![in_statement(1, &both()), in_statement(2, &of("-100.00 3", "{1}"))],
            "SSTT",
            "1",
        ),
        (
            "a copy of them",
            vec![in_statement(1, &both()), in_statement(1, &both())],
            "SSTT",
            "",
        ),
    ]);
}
