//! Exported books pass the real tools, and every balance they find is ours.

mod books;
mod tools;

use books::{Booked, hostile_books};
use ledger::export::Format;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Exact balances at 18 decimal places by account name and commodity; zero ones are left out.
type Balances = BTreeMap<(String, String), i128>;

fn ours(booked: &Booked, format: Format) -> Balances {
    let mut balances = Balances::new();
    for state in &booked.accounts {
        let (account, net) = (&state.account, state.balance.net_debit());
        let name = (format.account_name(account), format.commodity(account.asset));
        let before = balances.insert(name, net * 10_i128.pow(18 - u32::from(account.asset.scale())));
        assert_eq!(before, None, "two accounts share a name: {account}");
    }
    balances.retain(|_, net| *net != 0);
    balances
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn hledger_agrees(booked in hostile_books()) {
        let text = booked.export(Format::Hledger);
        prop_assert!(text.is_ascii());
        if let Some(found) = tools::hledger(&text) {
            prop_assert_eq!(found, ours(&booked, Format::Hledger));
        }
    }

    #[test]
    fn beancount_agrees(booked in hostile_books()) {
        let text = booked.export(Format::Beancount);
        if let Some(found) = tools::beancount(&text) {
            prop_assert_eq!(found, ours(&booked, Format::Beancount));
        }
    }
}

proptest! {
    #[test]
    fn csv_has_one_row_for_each_posting_that_moved_a_balance(booked in hostile_books()) {
        let mut balances = Balances::new();
        let rows = tools::csv(&booked.export(Format::Csv));
        let moved = booked.postings_that_moved();
        prop_assert_eq!(rows.len(), moved);
        for row in rows {
            prop_assert_eq!(row.len(), 11);
            let (places, amount) = tools::decimal(&row[8]);
            for (account, amount) in [(&row[6], amount), (&row[7], -amount)] {
                // The scale shows in the decimals.
                *balances.entry((account.clone(), format!("{}/{places}", row[9]))).or_insert(0) += amount;
            }
        }
        balances.retain(|_, net| *net != 0);
        let mut expected = Balances::new();
        for state in &booked.accounts {
            let (account, net) = (&state.account, state.balance.net_debit());
            let scaled = net * 10_i128.pow(18 - u32::from(account.asset.scale()));
            expected.insert((Format::Csv.account_name(account), account.asset.to_string()), scaled);
        }
        expected.retain(|_, net| *net != 0);
        prop_assert_eq!(balances, expected);
    }
}

#[test]
fn a_journal_reads_like_one() {
    let text = books::small().export(Format::Hledger);
    let body = text.split_once("\n\n").unwrap().1;
    assert_eq!(
        body,
        "decimal-mark .

commodity 1000.000000 USD

account assets:cash-at-bank
account liabilities:creator-available:anna:creator-fund:us
account liabilities:creator-pending:anna:creator-fund:us

payee settlement

2026-10-31 * (1) settlement | settle/creator-fund/2026-10
    ; action:post, effective:2026-10-31T23:30:00Z, recorded:2026-11-01T00:00:00Z
    assets:cash-at-bank  12.500000 USD  ; reference:ln_1
    liabilities:creator-pending:anna:creator-fund:us  -12.500000 USD  ; reference:ln_1

; end: 1 transactions; 1 that moved no balance are left out
"
    );
}

#[test]
fn a_beancount_file_reads_like_one() {
    let text = books::small().export(Format::Beancount);
    let body = text.split_once("\n\n").unwrap().1;
    assert_eq!(
        body,
        "1900-01-01 commodity USD

1900-01-01 open Assets:CashAtBank
1900-01-01 open Liabilities:CreatorAvailable:O-anna:P-creator-fund:Us
1900-01-01 open Liabilities:CreatorPending:O-anna:P-creator-fund:Us

2026-10-31 * \"settlement\" \"settle/creator-fund/2026-10\"
  transaction: 1
  action: \"post\"
  effective: \"2026-10-31T23:30:00Z\"
  recorded: \"2026-11-01T00:00:00Z\"
  Assets:CashAtBank  12.500000 USD
    reference: \"ln_1\"
  Liabilities:CreatorPending:O-anna:P-creator-fund:Us  -12.500000 USD
    reference: \"ln_1\"

; end: 1 transactions; 1 that moved no balance are left out
"
    );
}

#[test]
fn csv_reads_like_csv() {
    assert_eq!(
        books::small().export(Format::Csv),
        "transaction,key,action,cause,effective,recorded,debit,credit,amount,asset,reference
1,settle/creator-fund/2026-10,post,settlement,2026-10-31T23:30:00Z,2026-11-01T00:00:00Z,cash-at-bank,creator-pending:anna creator-fund/us,12.500000,USD,ln_1
"
    );
}
