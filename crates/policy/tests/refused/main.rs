//! Documents that are refused: each mistake with its file, line, caret and what to do.
//!
//! Each case is the document below with one piece of text replaced.

mod conversions;
mod formulas;
mod keys;
mod mechanisms;
mod values;

use insta::assert_snapshot;

const DOCUMENT: &str = r#"id = "fund"
version = 1
name = "Fund"
summary = "A pool."
effective_from = 2026-01-01
currency = "USD"
period = "day"

[qualification]
minimum_watch = "5s"
surfaces = ["for_you"]
paid = "exclude"
count_once = "period"

[[eligibility.creator]]
condition = "creator.followers >= 10000"
because = "too few followers"

[eligibility]
video = ["video.duration_seconds >= 60"]

[tables.region]
by = "country"
default = "0.2"
values = { US = "1.0", GB = "0.8" }

[pool]
amount = "1000.00"
partition = ["country"]
weight = "qualified_views * region"
creator_share = "50%"
deductions = [{ name = "sales tax", part = "5%" }]

[[caps]]
per = "creator"
amount = "100.00"

[payable]
hold_days = 3
threshold = "50.00"
"#;

/// The document with one replacement; the text replaced must stand in it once.
fn changed(from: &str, to: &str) -> String {
    assert_eq!(
        DOCUMENT.matches(from).count(),
        1,
        "`{from}` stands in the document once"
    );
    DOCUMENT.replace(from, to)
}

fn rendered(document: &str) -> String {
    let found = policy::parse("fund.toml", document).expect_err("the document is wrong");
    policy::render_all(&found, document)
}

fn refused(from: &str, to: &str) -> String {
    rendered(&changed(from, to))
}

#[test]
fn the_document_itself_is_right() {
    if let Err(found) = policy::parse("fund.toml", DOCUMENT) {
        panic!("{}", policy::render_all(&found, DOCUMENT));
    }
}

#[test]
fn toml_that_cannot_be_read() {
    assert_snapshot!(refused("version = 1", "version = "), @r#"
    error[program/toml]: string values must be quoted, expected literal string
     --> fund.toml:2:11
      |
    2 | version = 
      |           ^
      |
    help: see https://toml.io for how TOML is written
    "#);
    assert_snapshot!(refused("name = \"Fund\"", "id = \"again\""), @r#"
    error[program/toml]: duplicate key
     --> fund.toml:3:1
      |
    3 | id = "again"
      | ^^
      |
    help: see https://toml.io for how TOML is written
    "#);
    assert_snapshot!(refused("2026-01-01", "2026-02-30"), @r#"
    error[program/toml]: invalid date, expected day between 01 and 28
     --> fund.toml:5:18
      |
    5 | effective_from = 2026-02-30
      |                  ^^^^^^^^^^
      |
    help: see https://toml.io for how TOML is written
    "#);
}

#[test]
fn many_mistakes_are_told_at_once() {
    let document = changed("currency = \"USD\"", "currency = \"US\"")
        .replace("weight =", "weigth =")
        .replace("creator.followers", "creator.folowers")
        .replace("\"50%\"", "\"500%\"")
        .replace("version = 1", "version = 1.5");
    assert_snapshot!(rendered(&document), @r#"
    error[program/wrong-type]: `version` is a TOML float, not a whole number
     --> fund.toml:2:11
      |
    2 | version = 1.5
      |           ^^^
      |
    help: write it without quotes and without a point

    error[program/unknown-currency]: unknown currency `US`
     --> fund.toml:6:12
      |
    6 | currency = "US"
      |            ^^^^
      |
    help: use an ISO 4217 code in capitals, e.g. "USD"

    error[program/formula]: unknown name `creator.folowers`
      --> fund.toml:16:14
       |
    16 | condition = "creator.folowers >= 10000"
       |              ^^^^^^^^^^^^^^^^
       |
    help: did you mean `creator.followers`?

    error[program/unknown-key]: unknown key `weigth` in `pool`
      --> fund.toml:30:1
       |
    30 | weigth = "qualified_views * region"
       | ^^^^^^ not known
       |
    help: did you mean `weight`?

    error[program/share-above-100]: `pool.creator_share` is above 100 %
      --> fund.toml:31:17
       |
    31 | creator_share = "500%"
       |                 ^^^^^^ 500 %
       |
    help: nobody can get more than there is: use "100%" or less
    "#);
}
