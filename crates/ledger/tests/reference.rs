//! The reference page says what the code does.

use ledger::{AccountKind, Limit, Outcome, Side};

const PAGE: &str = include_str!("../../../docs/reference/ledger.md");

#[test]
fn the_chart_on_the_page_is_the_chart() {
    let rows: String = AccountKind::ALL
        .iter()
        .map(|kind| {
            let side = if kind.side() == Side::Debit {
                "debit"
            } else {
                "credit"
            };
            let limit = if kind.limit() == Limit::None {
                "may"
            } else {
                "never"
            };
            let (class, owner, holds) = (kind.class().name(), kind.owner().name(), kind.holds().name());
            let by = kind.streams().name();
            format!(
                "| `{kind}` | {class} | {side} | {owner} | {by} | {holds} | {limit} | {} |\n",
                kind.doc()
            )
        })
        .collect();
    let start = "| kind | class | normal side | owner | by | holds | below zero | for |\n|---|---|---|---|---|---|---|---|\n";
    let table = PAGE.split_once(start).expect("the page has the chart").1;
    let table = table.split_once("\n\n").expect("the chart ends").0;
    assert_eq!(
        table,
        rows.trim_end(),
        "the chart in docs/reference/ledger.md is not the code's"
    );
}

#[test]
fn the_outcomes_on_the_page_are_in_the_order_of_the_code() {
    let account = || ledger::Account::platform(AccountKind::CashAtBank, money::Asset::new("USD", 6).unwrap());
    let key = || "k".into();
    let number = 1;
    let outcomes = [
        Outcome::InvalidKey,
        Outcome::AlreadyPosted { number },
        Outcome::KeyReused { number },
        Outcome::WrongPostings,
        Outcome::TooManyPostings,
        Outcome::ZeroAmount,
        Outcome::AmountTooLarge,
        Outcome::SameAccount,
        Outcome::AssetsDiffer,
        Outcome::AccountNotAllowed(account()),
        Outcome::LinkedNotFound(key()),
        Outcome::LinkedNotOpen(key()),
        Outcome::WrongTime(key()),
        Outcome::Overdraft(account()),
        Outcome::BalanceOverflow(account()),
        Outcome::Posted { number },
    ];
    for (place, outcome) in (1..).zip(&outcomes) {
        let row = format!("| {place} | `{}` |", outcome.code());
        assert!(PAGE.contains(&row), "{row} is not in docs/reference/ledger.md");
    }
}
