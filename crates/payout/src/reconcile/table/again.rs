//! The same money shown twice, and money that moved twice: which is which.

use super::{FILE, PART, back, details, entry, four, one, report, rows};

/// A debit or credit of one payout with another amount in `InstdAmt`.
fn instructed(said: &str, booked: &str) -> String {
    let amounts = format!("{booked}<AmtDtls><InstdAmt><Amt Ccy=\"EUR\">100.00</Amt></InstdAmt></AmtDtls>");
    entry(said, &details(&[("{1}", &amounts)]))
}

#[test]
fn what_was_booked_counts_and_not_what_was_instructed() {
    rows(&[
        ("ten times", vec![instructed("-1000.00 3", "")], "TTTT", "1"),
        ("a hundredth", vec![instructed("-1.00 3", "")], "TTTT", "1"),
        (
            "said in the detail",
            vec![instructed("-1000.00 3", "<Amt Ccy=\"EUR\">1000.00</Amt>")],
            "TTTT",
            "1",
        ),
        ("as sent", vec![instructed("-100.00 3", "")], "STTT", ""),
        (
            "less, of two",
            vec![entry(
                "-101.00 3",
                &details(&[
                    ("{1}", "<Amt Ccy=\"EUR\">100.00</Amt>"),
                    (
                        "{2}",
                        "<Amt Ccy=\"EUR\">1.00</Amt><AmtDtls><InstdAmt><Amt Ccy=\"EUR\">80.00</Amt></InstdAmt></AmtDtls>",
                    ),
                ]),
            )],
            "STTT",
            "2",
        ),
    ]);
}

#[test]
fn what_leaves_after_it_came_back_has_left_again() {
    let returned = || back("+100.00 5 R1", "{1}");
    rows(&[
        ("later", vec![returned(), one("-100.00 7 D9", "{1}")], "RTTT", "1"),
        (
            "earlier",
            vec![returned(), one("-100.00 3 D1", "{1}")],
            "RTTT",
            "",
        ),
        (
            "done by a report",
            vec![report("ACSC", "", &[]), returned(), one("-100.00 7 D9", "{1}")],
            "RSSS",
            "1",
        ),
        (
            "a sum",
            vec![entry("+250.00 5 R1", PART), entry("-250.00 7 D9", PART)],
            "RRRR",
            "1234",
        ),
        (
            "a sum that was late",
            vec![entry("+250.00 5 R1", PART), entry("-250.00 3 D1", PART)],
            "RRRR",
            "",
        ),
    ]);
}

/// Two of 80 and 20 euros are a sum of 100, as is the first payout.
#[test]
fn a_sum_may_be_what_was_shown_one_by_one() {
    let out = || entry("-250.00 3 O", FILE);
    let two = |said: &str, more: &str| {
        let amount = |amount: &str| format!("<Amt Ccy=\"EUR\">{amount}</Amt>{more}");
        entry(
            said,
            &details(&[("{2}", &amount("80.00")), ("{4}", &amount("20.00"))]),
        )
    };
    let why = "<RtrInf><Rsn><Cd>MS03</Cd></Rsn></RtrInf>";
    rows(&[
        // 150 are left: of the first and the third.
        (
            "back, then as a sum",
            vec![out(), two("+100.00 5 R1", why), entry("+100.00 5 R1", PART)],
            "SRSR",
            "",
        ),
        (
            "the others alone sum to it",
            vec![
                out(),
                two("+100.00 5 R1", why),
                back("+50.00 5 R2", "{3}"),
                entry("+100.00 5 R9", PART),
            ],
            "SRRR",
            "1234",
        ),
        (
            "another day",
            vec![
                out(),
                two("+100.00 5 R1", why),
                back("+50.00 5 R2", "{3}"),
                entry("+100.00 7 R9", PART),
            ],
            "RRRR",
            "",
        ),
        (
            // The bank's reference says that it is the same entry.
            "out, then as a sum",
            vec![
                two("-100.00 3 O", ""),
                one("-50.00 3 P", "{3}"),
                entry("-100.00 3 O", PART),
            ],
            "TSSS",
            "",
        ),
    ]);
}

#[test]
fn a_second_sum_may_be_of_what_was_refused() {
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let rest = || entry("-150.00 3 O", PART);
    rows(&[
        ("once", vec![refused(), rest()], "FSSS", ""),
        (
            "again",
            vec![refused(), rest(), entry("-150.00 4 O2", PART)],
            "FSSS",
            "1234",
        ),
    ]);
}

#[test]
fn what_failed_and_is_to_leave_is_a_break() {
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let pending = |reference: &str| one("-100.00 4 P", reference).replace("BOOK", "PDNG");
    rows(&[
        ("failed", vec![refused(), pending("{1}")], "FTTT", "1"),
        ("under way", vec![pending("{1}")], "TTTT", ""),
        ("another", vec![refused(), pending("{2}")], "FTTT", ""),
    ]);
}

#[test]
fn an_entry_may_name_what_its_details_do_not() {
    let two = |more: &str| {
        let detail = |amount: &str| format!("<Amt Ccy=\"EUR\">{amount}</Amt>");
        let (first, second) = (detail("80.00"), detail("100.00"));
        entry(
            "-180.00 3",
            &(details(&[("{2}", &first), ("NOTPROVIDED", &second)]) + more),
        )
    };
    rows(&[
        ("nothing", vec![two("")], "TSTT", ""),
        (
            "another payout",
            vec![two("<AddtlNtryInf>REF {1}</AddtlNtryInf>")],
            "TTTT",
            "12",
        ),
        (
            "the same",
            vec![two("<AddtlNtryInf>REF {2}</AddtlNtryInf>")],
            "TSTT",
            "",
        ),
        (
            "all are named",
            vec![four("-250.00 3", ["100.00", "80.00", "50.00", "20.00"])],
            "SSSS",
            "",
        ),
    ]);
}

/// What a bank refuses it may book out and back: a credit may be of that, and not of what was paid.
#[test]
fn the_money_of_a_refused_payout_may_come_back_as_a_sum() {
    let refused = || report("", "", &[("{1}", "RJCT AC04")]);
    let others = || entry("-150.00 3 O", PART);
    rows(&[
        (
            "its own",
            vec![refused(), others(), entry("+100.00 4 B", PART)],
            "FSSS",
            "1234",
        ),
        // 80 and 20 are the second's and the fourth's.
        (
            "that of others",
            vec![
                report("", "", &[("{1}", "RJCT AC04"), ("{3}", "RJCT AC04")]),
                entry("-100.00 3 O", PART),
                entry("+100.00 4 B", PART),
            ],
            "FSFS",
            "1234",
        ),
        (
            "all the others",
            vec![refused(), others(), entry("+150.00 4 B", PART)],
            "FSSS",
            "1234",
        ),
        (
            "nothing was refused",
            vec![entry("-250.00 3 O", PART), entry("+250.00 4 B", PART)],
            "RRRR",
            "",
        ),
    ]);
}

#[test]
fn the_details_of_a_sum_sum_to_it() {
    let with = |said: &str, amounts: &[&str]| {
        let detail = |amount: &&str| {
            format!(
                "<TxDtls><Refs><PmtInfId>2026-11-a-1</PmtInfId></Refs><Amt Ccy=\"EUR\">{amount}</Amt></TxDtls>"
            )
        };
        let details: String = amounts.iter().map(detail).collect();
        entry(said, &format!("<NtryDtls>{details}</NtryDtls>"))
    };
    rows(&[
        ("one", vec![with("-250.00 3", &["250.00"])], "SSSS", ""),
        ("two", vec![with("-250.00 3", &["100.00", "150.00"])], "SSSS", ""),
        (
            "another",
            vec![with("-250.00 3", &["1.00", "1.00"])],
            "TTTT",
            "1234",
        ),
        ("less", vec![with("+250.00 3", &["1.00"])], "TTTT", "1234"),
    ]);
}

#[test]
fn a_detail_in_another_currency_takes_nothing_off() {
    let with = |said: &str, currency: &str| {
        let amount = |amount: &str, of: &str| {
            format!("<Amt Ccy=\"{of}\">{amount}</Amt><RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
        };
        let (first, second) = (amount("100.00", "EUR"), amount("80.00", "EUR"));
        let other = amount("1.00", currency);
        entry(
            said,
            &details(&[("{1}", &first), ("{2}", &second), ("NOTPROVIDED", &other)]),
        )
    };
    rows(&[
        ("more than the entry", vec![with("+5.00 3", "USD")], "TTTT", "12"),
        ("in the entry", vec![with("+180.90 3", "USD")], "RRTT", ""),
        ("all known", vec![with("+181.00 3", "EUR")], "RRTT", ""),
    ]);
}

#[test]
fn charges_of_a_sum_and_charges_that_are_said_twice() {
    let charges = "<Chrgs><Rcrd><Amt Ccy=\"EUR\">2.00</Amt></Rcrd></Chrgs>";
    let detail = format!("<Amt Ccy=\"EUR\">100.00</Amt>{charges}");
    rows(&[
        (
            "of a sum",
            vec![entry("-252.00 3", &format!("{PART}{charges}"))],
            "SSSS",
            "",
        ),
        (
            "twice",
            vec![entry(
                "-102.00 3",
                &format!("{}{charges}", details(&[("{1}", &detail)])),
            )],
            "STTT",
            "",
        ),
        ("unnamed", vec![entry("-252.00 3", PART)], "TTTT", "1234"),
    ]);
}

#[test]
fn an_older_report_that_is_read_again_says_nothing_new() {
    let early = || report("ACTC", "", &[]);
    rows(&[
        (
            "the same",
            vec![early(), report("", "", &[("{1}", "RJCT AC04")]), early()],
            "FTTT",
            "",
        ),
        (
            "another",
            vec![
                early(),
                report("", "", &[("{1}", "RJCT AC04")]),
                report("ACSP", "", &[]),
            ],
            "FTTT",
            "1",
        ),
        (
            "received, and each refused",
            vec![report(
                "RCVD",
                "",
                &[
                    ("{1}", "RJCT"),
                    ("{2}", "RJCT"),
                    ("{3}", "RJCT MS03"),
                    ("{4}", "RJCT"),
                ],
            )],
            "TTTT",
            "1234",
        ),
    ]);
}

#[test]
fn what_the_bank_kept_of_several_is_each_ones() {
    let returned = |amount: &str, charges: &str| {
        let charges = match charges {
            "" => String::new(),
            charges => format!("<Chrgs><Rcrd><Amt Ccy=\"EUR\">{charges}</Amt></Rcrd></Chrgs>"),
        };
        format!("<Amt Ccy=\"EUR\">{amount}</Amt>{charges}<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    };
    let both = |first: &str, second: &str| details(&[("{1}", first), ("{2}", second)]);
    let kept = |said: &str, details: &str| {
        let (batch, sent) = super::sent_batch();
        let found = super::read(&batch, &sent, &entry(said, details));
        let kept = found
            .transitions
            .iter()
            .map(|one| one.kept.map(|kept| kept.to_string()));
        (kept.collect::<Vec<_>>(), found.breaks.len())
    };
    let each = both(&returned("100.00", "5.00"), &returned("80.00", "5.00"));
    let five = || Some("5.00 EUR".to_owned());
    assert_eq!(kept("+170.00 5", &each), (vec![five(), five()], 0));
    // The charges are told, and were not taken off.
    assert_eq!(kept("+180.00 5", &each), (vec![None, None], 0));
    let plain = both(&returned("100.00", ""), &returned("80.00", ""));
    let of_entry = "<Chrgs><Rcrd><Amt Ccy=\"EUR\">10.00</Amt></Rcrd></Chrgs>";
    assert_eq!(kept("+170.00 5", &format!("{plain}{of_entry}")), (vec![], 2));
}

#[test]
fn what_no_detail_of_a_sum_names_may_be_of_any() {
    let open = |file: &str| {
        let amount = |amount: &str| format!("<Amt Ccy=\"EUR\">{amount}</Amt>");
        let (first, rest) = (amount("100.00"), amount("150.00"));
        let details = details(&[("{1}", &first), ("NOTPROVIDED", &rest)]);
        entry(
            "-250.00 3",
            &details.replacen("<NtryDtls>", &format!("<NtryDtls>{file}"), 1),
        )
    };
    rows(&[
        (
            "named",
            vec![open("<Btch><MsgId>2026-11-a</MsgId></Btch>")],
            "TTTT",
            "1234",
        ),
        ("not named", vec![open("")], "STTT", ""),
    ]);
}

/// Banks number the details of an entry in one statement and not in another.
#[test]
fn a_detail_with_a_reference_of_its_own_is_that_of_its_entry() {
    let detail = |payout: &str, own: &str| {
        let own = match own {
            "" => String::new(),
            own => format!("<AcctSvcrRef>{own}</AcctSvcrRef>"),
        };
        format!(
            "<TxDtls><Refs>{own}<EndToEndId>{payout}</EndToEndId></Refs><Amt Ccy=\"EUR\">100.00</Amt>\
             <RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
        )
    };
    let back = |said: &str, own: &str| {
        let details = format!("<NtryDtls>{}</NtryDtls>", detail("{1}", own));
        entry(said, &details)
    };
    rows(&[
        (
            "then its own",
            vec![back("+100.00 5 E1", ""), back("+100.00 5 E1", "D1")],
            "RTTT",
            "",
        ),
        (
            "its own first",
            vec![back("+100.00 5 E1", "D1"), back("+100.00 5 E1", "")],
            "RTTT",
            "",
        ),
        (
            "as an entry",
            vec![back("+100.00 5 E1", "D1"), back("+100.00 5 D1", "")],
            "RTTT",
            "",
        ),
        (
            "two of one entry",
            vec![back("+100.00 5 E1", "D1"), back("+100.00 5 E1", "D2")],
            "RTTT",
            "1",
        ),
        (
            "another entry",
            vec![back("+100.00 5 E1", "D1"), back("+100.00 5 E2", "")],
            "RTTT",
            "1",
        ),
    ]);
}

/// Banks list the latest first, too, and details in any order.
#[test]
fn the_order_within_a_statement_says_nothing() {
    let both_ways = |entries: [String; 2]| {
        let [one, two] = entries;
        [format!("{one}{two}"), format!("{two}{one}")]
    };
    let rest = "<TxDtls><Refs><PmtInfId>2026-11-a-1</PmtInfId></Refs><Amt Ccy=\"EUR\">150.00</Amt></TxDtls>";
    let first = "<TxDtls><Refs><EndToEndId>{1}</EndToEndId></Refs><Amt Ccy=\"EUR\">100.00</Amt></TxDtls>";
    let cases = [
        (
            both_ways([one("-100.00 3 D", "{1}"), back("+100.00 5 R", "{1}")]),
            "RTTT",
            "",
        ),
        (
            both_ways([entry("-250.00 3 D", PART), back("+100.00 3 R", "{1}")]),
            "RSSS",
            "",
        ),
        (
            both_ways([one("-100.00 3 D", "{1}"), entry("-150.00 3 S", PART)]),
            "SSSS",
            "",
        ),
        (
            [format!("{first}{rest}"), format!("{rest}{first}")]
                .map(|details| entry("-250.00 3", &format!("<NtryDtls>{details}</NtryDtls>"))),
            "SSSS",
            "",
        ),
    ];
    for (ways, states, doubted) in cases {
        for way in ways {
            rows(&[("order", vec![way], states, doubted)]);
        }
    }
}

#[test]
fn a_fee_under_a_payments_reference_is_not_the_payment_again() {
    let (batch, sent) = super::sent_batch();
    let fee = format!("{}{}", one("-100.00 3 D", "{1}"), one("-5.00 3 F", "{1}"));
    let found = super::read(&batch, &sent, &fee);
    assert_eq!(found.transitions.len(), 1);
    let words: Vec<String> = found.breaks.iter().map(|one| one.words()).collect();
    assert!(
        words[0].ends_with("100.00 EUR was sent, the bank says 5.00 EUR"),
        "{words:?}"
    );
    // What comes back later is its return, not one of two.
    rows(&[("back", vec![fee, back("+100.00 5 R", "{1}")], "RTTT", "1")]);
}
