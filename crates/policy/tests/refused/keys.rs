//! Keys: unknown, missing, of a wrong type, repeated.

use super::refused;
use insta::assert_snapshot;

#[test]
fn keys_unknown_and_missing() {
    assert_snapshot!(refused("weight =", "weigth ="), @r#"
    error[program/unknown-key]: unknown key `weigth` in `pool`
      --> fund.toml:30:1
       |
    30 | weigth = "qualified_views * region"
       | ^^^^^^ not known
       |
    help: did you mean `weight`?
    "#);
    assert_snapshot!(refused("hold_days = 3", "hold_days = 3\ncurrency = \"EUR\""), @r#"
    error[program/unknown-key]: unknown key `currency` in `payable`
      --> fund.toml:40:1
       |
    40 | currency = "EUR"
       | ^^^^^^^^ not known
       |
    help: `payable` may have `after_months`, `below`, `day`, `hold_days` or `threshold`
    "#);
    assert_snapshot!(refused("[qualification]", "[qualifications]"), @r#"
    error[program/unknown-key]: unknown key `qualifications` in the document
     --> fund.toml:9:2
      |
    9 | [qualifications]
      |  ^^^^^^^^^^^^^^ not known
      |
    help: did you mean `qualification`?
    "#);
    assert_snapshot!(refused("currency = \"USD\"\n", ""), @r#"
    error[program/missing-key]: the document has no `currency`
     --> fund.toml:1:1
      |
    1 | id = "fund"
      | ^
      |
    help: add `currency = "USD"`
    "#);
    assert_snapshot!(refused("hold_days = 3\n", ""), @r#"
    error[program/missing-key]: `payable` has no `hold_days`
      --> fund.toml:38:1
       |
    38 | [payable]
       | ^^^^^^^^^
       |
    help: add `hold_days = 3`
    "#);
    assert_snapshot!(refused("because = \"too few followers\"", "reason = \"too few followers\""), @r#"
    error[program/unknown-key]: unknown key `reason` in `eligibility.creator[1]`
      --> fund.toml:17:1
       |
    17 | reason = "too few followers"
       | ^^^^^^ not known
       |
    help: `eligibility.creator[1]` may have `because` or `condition`
    "#);
}

#[test]
fn wrong_types() {
    assert_snapshot!(refused("version = 1", "version = \"1\""), @r#"
    error[program/wrong-type]: `version` is text, not a whole number
     --> fund.toml:2:11
      |
    2 | version = "1"
      |           ^^^
      |
    help: write it without quotes and without a point
    "#);
    assert_snapshot!(refused("default = \"0.2\"", "default = 0.2"), @r#"
    error[program/float]: `tables.region.default` is a TOML float, and floats are not exact
      --> fund.toml:24:11
       |
    24 | default = 0.2
       |           ^^^
       |
    help: write it in quotes: "0.2"
    "#);
    assert_snapshot!(refused("amount = \"1000.00\"", "amount = 1000.00"), @r#"
    error[program/float]: `pool.amount` is a TOML float, and floats are not exact
      --> fund.toml:28:10
       |
    28 | amount = 1000.00
       |          ^^^^^^^
       |
    help: write it in quotes: "1000.00"
    "#);
    assert_snapshot!(refused("surfaces = [\"for_you\"]", "surfaces = \"for_you\""), @r#"
    error[program/wrong-type]: `qualification.surfaces` is text, not a list
      --> fund.toml:11:12
       |
    11 | surfaces = "for_you"
       |            ^^^^^^^^^
       |
    help: write it in brackets, also when it is only one: [...]
    "#);
    assert_snapshot!(refused("minimum_watch = \"5s\"", "minimum_watch = 5"), @r#"
    error[program/wrong-type]: `qualification.minimum_watch` is a whole number, not a duration
      --> fund.toml:10:17
       |
    10 | minimum_watch = 5
       |                 ^
       |
    help: write number and unit in quotes, e.g. "5s"
    "#);
    assert_snapshot!(refused("[[caps]]", "[caps]"), @r#"
    error[program/wrong-type]: `caps` is a table, not a list
      --> fund.toml:34:1
       |
    34 | [caps]
       | ^^^^^^
       |
    help: write `[[caps]]`, with two brackets, for each entry
    "#);
}

#[test]
fn repetitions() {
    assert_snapshot!(
        refused("[\"video.duration_seconds >= 60\"]", "[\"video.duration_seconds >= 60\", \"video.duration_seconds>=60\"]"),
        @r#"
    error[program/duplicate]: the condition `video.duration_seconds>=60` stands here twice
      --> fund.toml:20:42
       |
    20 | video = ["video.duration_seconds >= 60", "video.duration_seconds>=60"]
       |                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: leave one of them out
    "#
    );
    assert_snapshot!(
        refused("[payable]", "[[caps]]\nper = \"creator\"\namount = \"1.00\"\n\n[payable]"),
        @r#"
    error[program/duplicate]: this is capped already, further up
      --> fund.toml:39:7
       |
    39 | per = "creator"
       |       ^^^^^^^^^
       |
    help: keep the smaller of the two caps
    "#
    );
    assert_snapshot!(
        refused("{ name = \"sales tax\", part = \"5%\" }", "{ name = \"tax\", part = \"5%\" }, { name = \"tax\", part = \"1%\" }"),
        @r#"
    error[program/duplicate]: `tax` is deducted already, further up
      --> fund.toml:32:55
       |
    32 | deductions = [{ name = "tax", part = "5%" }, { name = "tax", part = "1%" }]
       |                                                       ^^^^^
       |
    help: give it another name, or leave it out
    "#
    );
}
