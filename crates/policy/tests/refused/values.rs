//! Values: text, numbers, parts, amounts, dates.

use super::refused;
use insta::assert_snapshot;

#[test]
fn wrong_values() {
    assert_snapshot!(refused("id = \"fund\"", "id = \"Creator Fund\""), @r#"
    error[program/wrong-value]: `Creator Fund` cannot be a program's id
     --> fund.toml:1:6
      |
    1 | id = "Creator Fund"
      |      ^^^^^^^^^^^^^^
      |
    help: use lower-case letters, digits and hyphens, a letter first, at most 64: "creator-fund"
    "#);
    assert_snapshot!(refused("id = \"fund\"", "id = \"\""), @r#"
    error[program/wrong-value]: `id` is empty
     --> fund.toml:1:6
      |
    1 | id = ""
      |      ^^
      |
    help: write something between the quotes
    "#);
    assert_snapshot!(refused("version = 1", "version = 0"), @r#"
    error[program/wrong-value]: `version` is 0, out of range
     --> fund.toml:2:11
      |
    2 | version = 0
      |           ^
      |
    help: use 1 to 4294967295
    "#);
}

#[test]
fn wrong_dates_and_currencies() {
    assert_snapshot!(refused("2026-01-01", "\"2026-02-30\""), @r#"
    error[program/wrong-value]: `effective_from` is not a date: `2026-02-30`
     --> fund.toml:5:18
      |
    5 | effective_from = "2026-02-30"
      |                  ^^^^^^^^^^^^
      |
    help: write an existing day as 2026-01-01, without a time
    "#);
    assert_snapshot!(refused("2026-01-01", "2026-01-01T00:00:00Z"), @r#"
    error[program/wrong-value]: `effective_from` is not a date: `2026-01-01T00:00:00Z`
     --> fund.toml:5:18
      |
    5 | effective_from = 2026-01-01T00:00:00Z
      |                  ^^^^^^^^^^^^^^^^^^^^
      |
    help: write an existing day as 2026-01-01, without a time
    "#);
    assert_snapshot!(refused("currency = \"USD\"", "currency = \"USDT\""), @r#"
    error[program/unknown-currency]: unknown currency `USDT`
     --> fund.toml:6:12
      |
    6 | currency = "USDT"
      |            ^^^^^^
      |
    help: use an ISO 4217 code in capitals, e.g. "USD"
    "#);
    assert_snapshot!(refused("currency = \"USD\"", "currency = \"XAU\""), @r#"
    error[program/unknown-currency]: nobody is paid in `XAU`: it has no minor unit
     --> fund.toml:6:12
      |
    6 | currency = "XAU"
      |            ^^^^^
      |
    help: use an ISO 4217 code in capitals, e.g. "USD"
    "#);
}

#[test]
fn wrong_choices_and_numbers() {
    assert_snapshot!(refused("period = \"day\"", "period = \"days\""), @r#"
    error[program/wrong-value]: `period` cannot be `days`
     --> fund.toml:7:10
      |
    7 | period = "days"
      |          ^^^^^^
      |
    help: did you mean `day`?
    "#);
    assert_snapshot!(refused("minimum_watch = \"5s\"", "minimum_watch = \"5 seconds\""), @r#"
    error[program/wrong-value]: `qualification.minimum_watch` is not a duration from 1ms to 24h
      --> fund.toml:10:17
       |
    10 | minimum_watch = "5 seconds"
       |                 ^^^^^^^^^^^
       |
    help: write a whole number and one unit of ms, s, m, h, e.g. "5s"
    "#);
    assert_snapshot!(refused("surfaces = [\"for_you\"]", "surfaces = []"), @r#"
    error[program/wrong-value]: `qualification.surfaces` is empty: no view would count
      --> fund.toml:11:12
       |
    11 | surfaces = []
       |            ^^
       |
    help: name a surface, e.g. ["for_you"], or leave the key out to count views on all of them
    "#);
    assert_snapshot!(refused("paid = \"exclude\"", "paid = \"excluded\""), @r#"
    error[program/wrong-value]: `qualification.paid` cannot be `excluded`
      --> fund.toml:12:8
       |
    12 | paid = "excluded"
       |        ^^^^^^^^^^
       |
    help: did you mean `exclude`?
    "#);
    assert_snapshot!(refused("default = \"0.2\"", "default = \"1,000.0\""), @r#"
    error[program/wrong-value]: `tables.region.default` is not a plain decimal of at most 28 digits
      --> fund.toml:24:11
       |
    24 | default = "1,000.0"
       |           ^^^^^^^^^
       |
    help: write digits with a point, without grouping and exponent, e.g. "1.25"
    "#);
}

#[test]
fn shares_above_everything() {
    assert_snapshot!(refused("creator_share = \"50%\"", "creator_share = \"150%\""), @r#"
    error[program/share-above-100]: `pool.creator_share` is above 100 %
      --> fund.toml:31:17
       |
    31 | creator_share = "150%"
       |                 ^^^^^^ 150 %
       |
    help: nobody can get more than there is: use "100%" or less
    "#);
    assert_snapshot!(refused("creator_share = \"50%\"", "creator_share = \"0%\""), @r#"
    error[program/wrong-value]: `pool.creator_share` is not above 0 %
      --> fund.toml:31:17
       |
    31 | creator_share = "0%"
       |                 ^^^^
       |
    help: write a percentage above zero, e.g. "45%"; a part of nothing is left out
    "#);
    assert_snapshot!(refused("creator_share = \"50%\"", "creator_share = \"half\""), @r#"
    error[program/wrong-value]: `pool.creator_share` is not a part
      --> fund.toml:31:17
       |
    31 | creator_share = "half"
       |                 ^^^^^^
       |
    help: write a percentage, e.g. "45%"
    "#);
    assert_snapshot!(refused("part = \"5%\"", "part = \"100%\""), @r#"
    error[program/share-above-100]: `pool.deductions[1].part` takes everything
      --> fund.toml:32:44
       |
    32 | deductions = [{ name = "sales tax", part = "100%" }]
       |                                            ^^^^^^ 100 %
       |
    help: nothing would be left to divide: use less than "100%"
    "#);
    assert_snapshot!(
        refused("creator_share = \"50%\"", "creator_share = \"50%\"\ntop = { part = \"104%\", score = \"views\" }"),
        @r#"
    error[program/share-above-100]: `pool.top.part` is above 100 %
      --> fund.toml:32:16
       |
    32 | top = { part = "104%", score = "views" }
       |                ^^^^^^ 104 %
       |
    help: nobody can get more than there is: use "100%" or less
    "#
    );
}

#[test]
fn amounts() {
    assert_snapshot!(refused("amount = \"100.00\"", "amount = \"-100.00\""), @r#"
    error[program/negative-amount]: `caps[1].amount` is negative
      --> fund.toml:36:10
       |
    36 | amount = "-100.00"
       |          ^^^^^^^^^
       |
    help: write an amount of zero or more
    "#);
    assert_snapshot!(refused("threshold = \"50.00\"", "threshold = \"-50.00\""), @r#"
    error[program/negative-amount]: `payable.threshold` is negative
      --> fund.toml:40:13
       |
    40 | threshold = "-50.00"
       |             ^^^^^^^^
       |
    help: write an amount of zero or more
    "#);
    assert_snapshot!(refused("amount = \"100.00\"", "amount = \"100 USD\""), @r#"
    error[program/wrong-value]: `caps[1].amount` is not an amount
      --> fund.toml:36:10
       |
    36 | amount = "100 USD"
       |          ^^^^^^^^^
       |
    help: write digits with a point, without grouping and currency, e.g. "10000.00"
    "#);
    assert_snapshot!(refused("currency = \"USD\"", "currency = \"USD\"\nscale = 1"), @r#"
    error[program/too-many-decimals]: `pool.amount` has more decimals than USD keeps
      --> fund.toml:29:10
       |
    29 | amount = "1000.00"
       |          ^^^^^^^^^ 2 decimals, and the scale is 1
       |
    help: round the amount, or set a larger `scale` at the top of the document

    error[program/too-many-decimals]: `caps[1].amount` has more decimals than USD keeps
      --> fund.toml:37:10
       |
    37 | amount = "100.00"
       |          ^^^^^^^^ 2 decimals, and the scale is 1
       |
    help: round the amount, or set a larger `scale` at the top of the document

    error[program/too-many-decimals]: `payable.threshold` has more decimals than USD keeps
      --> fund.toml:41:13
       |
    41 | threshold = "50.00"
       |             ^^^^^^^ 2 decimals, and the scale is 1
       |
    help: round the amount, or set a larger `scale` at the top of the document
    "#);
    assert_snapshot!(refused("currency = \"USD\"", "currency = \"USD\"\nscale = 19"), @r#"
    error[program/wrong-value]: `scale` is 19, out of range
     --> fund.toml:7:9
      |
    7 | scale = 19
      |         ^^
      |
    help: use 0 to 18
    "#);
}

#[test]
fn pay_days() {
    assert_snapshot!(refused("hold_days = 3", "hold_days = 3\nafter_months = 1"), @r#"
    error[program/missing-key]: `payable.after_months` needs the day of that month
      --> fund.toml:40:16
       |
    40 | after_months = 1
       |                ^
       |
    help: add `day = 15`
    "#);
    assert_snapshot!(refused("hold_days = 3", "hold_days = 3\nday = 15"), @r#"
    error[program/missing-key]: `payable.day` needs to know the day of which month
      --> fund.toml:40:7
       |
    40 | day = 15
       |       ^^
       |
    help: add `after_months = 1` for the month after the period's
    "#);
    assert_snapshot!(refused("hold_days = 3", "hold_days = 3\nafter_months = 1\nday = 32"), @r#"
    error[program/wrong-value]: `payable.day` is 32, out of range
      --> fund.toml:41:7
       |
    41 | day = 32
       |       ^^
       |
    help: use 1 to 31
    "#);
    assert_snapshot!(refused("hold_days = 3", "hold_days = -3"), @r#"
    error[program/wrong-value]: `payable.hold_days` is -3, out of range
      --> fund.toml:39:13
       |
    39 | hold_days = -3
       |             ^^
       |
    help: use 0 to 400
    "#);
}
