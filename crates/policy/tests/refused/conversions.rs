//! Mistakes in `[conversion]`.

const DOCUMENT: &str = r#"id = "gifts"
version = 1
name = "Gifts"
summary = "Gifts."
effective_from = 2026-01-01
currency = "USD"

[conversion]
token = "COIN"
unit = "DIAMOND"
units_per_token = "1/2"
unit_value = "0.01"
streak_timeout = "10s"

[conversion.redemption]
minimum = "50.00"
daily_limit = "1000.00"

[conversion.refunds]
window_days = 14
spent = "future_purchases"
units = "keep"

[[conversion.packs]]
channel = "web"
currency = "EUR"
tokens = 70
price = "0.99"

[[conversion.subscriptions]]
creator_share = "70%"
bonuses = [{ add = "20%", conditions = ["creator.adult"] }]

[payable]
hold_days = 3
"#;

/// Code and message of every mistake after one replacement.
fn refused(from: &str, to: &str) -> Vec<String> {
    assert_eq!(DOCUMENT.matches(from).count(), 1, "`{from}` stands there once");
    let text = DOCUMENT.replace(from, to);
    let found = policy::parse("gifts.toml", &text).expect_err("a mistake");
    found
        .iter()
        .map(|found| format!("{}: {}", found.code, found.message))
        .collect()
}

/// What is replaced by what, and the mistakes that it makes.
const CASES: [(&str, &str, &[&str]); 12] = [
    (
        "[payable]",
        "[qualification]\nminimum_watch = \"5s\"\n\n[payable]",
        &["program/conversion: `qualification` has no meaning in a program with `[conversion]`"],
    ),
    (
        "[payable]",
        "[[caps]]\nper = \"creator\"\namount = \"1\"\n\n[payable]",
        &["program/conversion: `caps` has no meaning in a program with `[conversion]`"],
    ),
    (
        "[payable]",
        "[eligibility]\nvideo = [\"video.original\"]\n\n[payable]",
        &["program/conversion: `eligibility.video` has no meaning in a program with `[conversion]`"],
    ),
    (
        "[payable]",
        "[rate]\nunits = \"views\"\nper = 1\nrate = \"1\"\n\n[payable]",
        &["program/mechanism: the document has `[rate]` and `[conversion]`"],
    ),
    (
        "token = \"COIN\"",
        "token = \"USD\"",
        &["program/wrong-value: `conversion.token` cannot be `USD`"],
    ),
    (
        "units_per_token = \"1/2\"",
        "units_per_token = \"0\"",
        &["program/wrong-value: `conversion.units_per_token` is not a number above zero"],
    ),
    (
        "unit_value = \"0.01\"",
        "unit_value = 0.01",
        &["program/float: `conversion.unit_value` is a TOML float, and floats are not exact"],
    ),
    (
        "daily_limit = \"1000.00\"",
        "daily_limit = \"10.00\"",
        &[
            "program/wrong-value: `conversion.redemption.daily_limit` is below the minimum, so that nothing could be redeemed",
        ],
    ),
    (
        "spent = \"future_purchases\"",
        "spent = \"later\"",
        &["program/wrong-value: `conversion.refunds.spent` cannot be `later`"],
    ),
    (
        "currency = \"EUR\"",
        "currency = \"EURO\"",
        &["program/unknown-currency: unknown currency `EURO`"],
    ),
    (
        "add = \"20%\"",
        "add = \"40%\"",
        &["program/share-above-100: share and bonuses add up to more than 100 %"],
    ),
    (
        "conditions = [\"creator.adult\"]",
        "conditions = [\"video.original\"]",
        &["program/formula: `video.original` is not known to a condition on creators"],
    ),
];

#[test]
fn mistakes_of_conversions_are_named() {
    let program = policy::parse("gifts.toml", DOCUMENT).expect("a sound document");
    assert_eq!(program.period.name(), "month", "unless said");
    for (from, to, expected) in CASES {
        assert_eq!(refused(from, to), expected, "{to}");
    }
}

#[test]
fn changes_of_a_conversion_are_told_by_key() {
    let before = policy::parse("gifts.toml", DOCUMENT).expect("a sound document");
    let text = DOCUMENT
        .replace("version = 1", "version = 2")
        .replace("unit_value = \"0.01\"", "unit_value = \"0.012\"")
        .replace("price = \"0.99\"", "price = \"1.09\"");
    let after = policy::parse("gifts.toml", &text).expect("a sound document");
    let changes: Vec<String> = policy::diff(&before, &after)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        changes,
        [
            "version: 1 -> 2",
            "conversion.packs.web.EUR.70: 0.99 EUR -> 1.09 EUR",
            "conversion.unit_value: 0.01 USD -> 0.012 USD",
        ]
    );
}
