//! Every blocker, their order, and what is paid when there is none.

use super::*;
use crate::testing::{money, payee, usd};
use jiff::civil::date;
use proptest::prelude::*;

fn part(program: &str, amount: &str, threshold: &str) -> ProgramPart {
    ProgramPart {
        program: program.to_owned(),
        amount: usd(amount),
        us_source: usd("0"),
        threshold: usd(threshold),
        below: BelowThreshold::Expire,
        missing: None,
        payable_on: Some(date(2026, 11, 15)),
    }
}

fn terms() -> Terms<'static> {
    Terms {
        other_debts: OtherDebts::Apart,
        today: date(2026, 11, 15),
        next_payout: None,
        tax_form: TaxFormPolicy::Optional,
        withholding: WithholdingRules::default(),

        rates: None,
    }
}

fn codes(answer: &Readiness) -> Vec<&'static str> {
    match answer {
        Readiness::Payable(_) => vec!["payable"],
        Readiness::Blocked(blockers) => blockers.iter().map(Blocker::code).collect(),
    }
}

fn paid(answer: Readiness) -> Payable {
    match answer {
        Readiness::Payable(payable) => *payable,
        Readiness::Blocked(blockers) => panic!("{blockers:?}"),
    }
}

#[test]
fn worked_example_w25() {
    let anna = payee(&[]);
    let short = readiness(
        Some(&anna),
        usd("49.99"),
        &[part("creator-rewards", "49.99", "50")],
        &terms(),
    )
    .unwrap();
    let Readiness::Blocked(blockers) = short else {
        panic!("{short:?}");
    };
    assert_eq!(
        blockers[0].words(),
        "creator-rewards: 49.990000 USD is 0.010000 USD short of the threshold of 50.000000 USD. \
         By the program's rules it may expire."
    );
    let enough = [part("creator-rewards", "50.00", "50")];
    let day_before = Terms {
        today: date(2026, 11, 14),
        ..terms()
    };
    assert_eq!(
        codes(&readiness(Some(&anna), usd("50"), &enough, &day_before).unwrap()),
        ["not_due"]
    );
    let payable = paid(readiness(Some(&anna), usd("50"), &enough, &terms()).unwrap());
    assert_eq!(payable.net, money("50.00 USD"));
}

#[test]
fn worked_example_w24_is_paid_on_its_day() {
    let anna = payee(&[]);
    let june = ProgramPart {
        payable_on: Some(date(2026, 8, 15)),
        ..part("streamshare", "120", "50")
    };
    let on = |today| Terms { today, ..terms() };
    let answer = |today| readiness(Some(&anna), usd("120"), std::slice::from_ref(&june), &on(today)).unwrap();
    assert_eq!(
        answer(date(2026, 8, 14)),
        Readiness::Blocked(vec![Blocker::NotDue {
            next: date(2026, 8, 15)
        }])
    );
    assert_eq!(codes(&answer(date(2026, 8, 15))), ["payable"]);
}

#[test]
fn all_blockers_in_their_order() {
    let stuck = payee(&[
        ("\"verified\"", "\"restricted\""),
        (
            r#""tax_form":{"form":"w9"},"#,
            r#""sanctions_hold":{"since":"2026-03-01","reason":"x"},"#,
        ),
        (
            r#"[{"currency":"EUR","to":{"rail":"bank","account":{"iban":"DE89370400440532013000"},"holder":"Anna Müller"}}]"#,
            "[]",
        ),
    ]);
    let terms = Terms {
        tax_form: TaxFormPolicy::Required,
        next_payout: Some(date(2026, 12, 1)),
        ..terms()
    };
    let parts = [part("b", "2", "50"), part("a", "1", "50")];
    let answer = readiness(Some(&stuck), usd("-5"), &parts, &terms).unwrap();
    assert_eq!(
        codes(&answer),
        [
            "identity",
            "tax_form",
            "sanctions_hold",
            "no_method",
            "below_threshold",
            "below_threshold",
            "negative_balance",
            "not_due",
        ]
    );
    let Readiness::Blocked(blockers) = answer else {
        unreachable!()
    };
    assert!(
        blockers[4].words().starts_with("a: "),
        "programs in the order of their names"
    );
    for blocker in &blockers {
        assert!(!blocker.words().is_empty() && !blocker.to_do().is_empty());
    }
    assert_eq!(
        codes(&readiness(None, usd("0"), &[], &terms).unwrap()),
        ["no_payee", "nothing_earned", "not_due"]
    );
}

#[test]
fn parts_below_their_threshold_stay_behind() {
    let anna = payee(&[]);
    let rolls = ProgramPart {
        below: BelowThreshold::Roll,
        ..part("fund", "9.99", "10")
    };
    let parts = [part("pulse", "80.123456", "50"), rolls];
    let payable = paid(readiness(Some(&anna), usd("90.113456"), &parts, &terms()).unwrap());
    assert_eq!(payable.amount, money("80.12 USD"));
    assert_eq!(payable.remainder, usd("0.003456"));
    assert_eq!(payable.shares.len(), 1);
    assert_eq!(payable.left_out[0].code(), "below_threshold");
    let careful = payee(&[(r#""methods""#, r#""threshold":"100.00 USD","methods""#)]);
    let answer = readiness(Some(&careful), usd("80.123456"), &parts[..1], &terms()).unwrap();
    let Readiness::Blocked(blockers) = answer else {
        panic!("{answer:?}");
    };
    assert!(
        blockers[0].words().contains("19.876544 USD short"),
        "{}",
        blockers[0].words()
    );
    assert!(
        blockers[0].words().ends_with("carried to the next payout."),
        "the payee's own wish never lets it expire"
    );
}

#[test]
fn a_program_without_its_document_waits_and_the_others_are_paid() {
    let anna = payee(&[]);
    let gone = ProgramPart {
        missing: Some("none of its documents is there".into()),
        ..part("hi", "500", "0")
    };
    let parts = [gone.clone(), part("pulse", "80", "50")];
    let payable = paid(readiness(Some(&anna), usd("580"), &parts, &terms()).unwrap());
    assert_eq!(payable.amount, money("80.00 USD"));
    assert_eq!(payable.shares.len(), 1);
    assert_eq!(payable.left_out[0].code(), "program_missing");
    assert!(
        payable.left_out[0]
            .words()
            .starts_with("hi: 500.000000 USD waits")
    );
    // A debt is taken from what is due: never more is paid than the others have.
    let payable = paid(readiness(Some(&anna), usd("550"), &parts, &terms()).unwrap());
    assert_eq!((payable.amount, payable.offset), (money("50.00 USD"), usd("30")));
    assert_eq!(
        codes(&readiness(Some(&anna), usd("480"), &parts, &terms()).unwrap()),
        ["offset"]
    );
    assert_eq!(
        codes(&readiness(Some(&anna), usd("500"), &parts[..1], &terms()).unwrap()),
        ["program_missing"]
    );
    // Whatever the threshold says that came with it.
    let low = ProgramPart {
        payable_on: Some(date(2026, 12, 24)),
        ..gone
    };
    assert_eq!(
        codes(&readiness(Some(&anna), usd("500"), &[low], &terms()).unwrap()),
        ["program_missing"]
    );
}

#[test]
fn a_method_that_leads_nowhere_blocks() {
    for (from, to, words) in [
        (
            r#"{"iban":"DE89370400440532013000"}"#,
            r#"{"iban":"TR330006100519786457841326"}"#,
            "No payment reaches bank account TR33…1326: an account in TR needs its bank: an IBAN alone is enough only within SEPA.",
        ),
        (
            r#"{"currency":"EUR","to":{"rail":"bank","account":{"iban":"DE89370400440532013000"},"holder":"Anna Müller"}}"#,
            r#"{"currency":"KWD","to":{"rail":"paypal","email":"a@b.example"}}"#,
            "No payment reaches PayPal a@b.example: paypal does not carry KWD.",
        ),
    ] {
        let stuck = payee(&[(from, to)]);
        let answer = readiness(Some(&stuck), usd("60"), &[part("a", "60", "50")], &terms()).unwrap();
        let Readiness::Blocked(blockers) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(blockers.len(), 1);
        assert_eq!(
            (blockers[0].code(), blockers[0].words().as_str()),
            ("unreachable", words)
        );
    }
}

#[test]
fn programs_without_earnings_are_not_in_the_way() {
    let anna = payee(&[]);
    let parts = [part("a", "0", "50"), part("b", "60", "50")];
    let payable = paid(readiness(Some(&anna), usd("60"), &parts, &terms()).unwrap());
    assert_eq!((payable.shares.len(), payable.left_out.len()), (1, 0));
    let answer = readiness(Some(&anna), usd("0"), &parts[..1], &terms()).unwrap();
    assert_eq!(codes(&answer), ["nothing_earned"]);
}

#[test]
fn debts_are_taken_first() {
    let anna = payee(&[]);
    let parts = [part("a", "60", "50"), part("b", "60", "50")];
    let payable = paid(readiness(Some(&anna), usd("100"), &parts, &terms()).unwrap());
    assert_eq!((payable.amount, payable.offset), (money("100.00 USD"), usd("20")));
    assert_eq!(payable.shares[0].amount, money("50.00 USD"));
    assert_eq!(
        codes(&readiness(Some(&anna), usd("0"), &parts, &terms()).unwrap()),
        ["offset"]
    );
    assert_eq!(
        codes(&readiness(Some(&anna), usd("-1"), &parts, &terms()).unwrap()),
        ["negative_balance"]
    );
    let crumbs = [part("a", "0.004", "0")];
    assert_eq!(
        codes(&readiness(Some(&anna), usd("0.004"), &crumbs, &terms()).unwrap()),
        ["below_minimum"]
    );
}

#[test]
fn worked_example_w4_within_a_payout() {
    let unsigned = payee(&[(r#""tax_form":{"form":"w9"},"#, "")]);
    let thousand = [ProgramPart {
        us_source: usd("100"),
        ..part("fund", "1000", "50")
    }];
    let payable = paid(readiness(Some(&unsigned), usd("1000"), &thousand, &terms()).unwrap());
    assert_eq!(payable.withholding.withheld, money("240.00 USD"));
    assert_eq!(payable.net, money("760.00 USD"));
}

#[test]
fn questions_without_sense() {
    let wrong = [
        vec![part("a", "1", "0"), part("a", "1", "0")],
        vec![part("a", "-1", "0")],
        vec![ProgramPart {
            us_source: usd("2"),
            ..part("a", "1", "0")
        }],
        vec![ProgramPart {
            amount: money("1.00 EUR"),
            ..part("a", "1", "0")
        }],
    ];
    for parts in wrong {
        assert!(readiness(None, usd("1"), &parts, &terms()).is_err(), "{parts:?}");
    }
}

proptest! {
    #[test]
    fn a_payout_adds_up(
        amounts in prop::collection::vec((0_i64..2_000_000_000, 0_u8..=100), 1..6),
        debt in 0_i64..3_000_000_000,
        form in 0_usize..3,
    ) {
        let forms = [
            r#""tax_form":{"form":"w9"},"#,
            "",
            r#""tax_form":{"form":"w8ben","country":"IN","treaty_rate":"15%","signed_on":"2026-01-01"},"#,
        ];
        let anna = payee(&[(forms[0], forms[form])]);
        let asset = usd("0").asset();
        let parts: Vec<ProgramPart> = amounts.iter().enumerate().map(|(at, (units, share))| ProgramPart {
            amount: Money::new(asset, (*units).into()),
            us_source: Money::new(asset, i128::from(*units) * i128::from(*share) / 100),
            ..part(&format!("p{at}"), "0", "10")
        }).collect();
        let total: i128 = amounts.iter().map(|(units, _)| i128::from(*units)).sum();
        let balance = Money::new(asset, total - i128::from(debt));
        let answer = readiness(Some(&anna), balance, &parts, &terms()).unwrap();
        match answer {
            Readiness::Blocked(blockers) => prop_assert!(!blockers.is_empty()),
            Readiness::Payable(payable) => {
                let minor = payable.amount.asset();
                let shares = Money::sum(minor, payable.shares.iter().map(|share| share.amount)).unwrap();
                let withheld = Money::sum(minor, payable.shares.iter().map(|share| share.withheld)).unwrap();
                prop_assert_eq!(shares, payable.amount);
                prop_assert_eq!(withheld, payable.withholding.withheld);
                prop_assert_eq!(payable.net.checked_add(withheld).unwrap(), payable.amount);
                prop_assert!(payable.amount.to_ratio() <= balance.to_ratio());
                prop_assert!(!payable.net.is_negative() && !payable.amount.is_zero());
            }
        }
    }
}
