//! Documents that are refused: each mistake with its file, line, caret and what to do.
//!
//! Each case is the document below with one piece of text replaced.

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
fn formulas_point_into_the_formula() {
    assert_snapshot!(refused("qualified_views * region", "qualified_view * region"), @r#"
    error[program/formula]: unknown name `qualified_view`
      --> fund.toml:30:11
       |
    30 | weight = "qualified_view * region"
       |           ^^^^^^^^^^^^^^
       |
    help: did you mean `qualified_views`?
    "#);
    assert_snapshot!(refused("qualified_views * region", "qualified_views * regions"), @r#"
    error[program/formula]: unknown name `regions`
      --> fund.toml:30:29
       |
    30 | weight = "qualified_views * regions"
       |                             ^^^^^^^
       |
    help: did you mean `region`?
    "#);
    assert_snapshot!(refused("qualified_views * region", "qualified_views > 3"), @r#"
    error[program/formula]: the formula must give a number, and gives true or false
      --> fund.toml:30:11
       |
    30 | weight = "qualified_views > 3"
       |           ^^^^^^^^^^^^^^^^^^^
       |
    help: write a number, e.g. `qualified_views * 2`
    "#);
    assert_snapshot!(refused("qualified_views * region", "qualified_views * "), @r#"
    error[program/formula]: a value is missing
      --> fund.toml:30:28
       |
    30 | weight = "qualified_views * "
       |                            ^
       |
    help: write a number, e.g. `qualified_views * 2`
    "#);
    assert_snapshot!(refused("creator.followers >= 10000", "creator.folowers >= 10000"), @r#"
    error[program/formula]: unknown name `creator.folowers`
      --> fund.toml:16:14
       |
    16 | condition = "creator.folowers >= 10000"
       |              ^^^^^^^^^^^^^^^^
       |
    help: did you mean `creator.followers`?
    "#);
    assert_snapshot!(refused("creator.followers >= 10000", "creator.followers"), @r#"
    error[program/formula]: the formula must give true or false, and gives a number
      --> fund.toml:16:14
       |
    16 | condition = "creator.followers"
       |              ^^^^^^^^^^^^^^^^^
       |
    help: write a condition, e.g. `creator.followers >= 10000`
    "#);
    assert_snapshot!(refused("\"creator.followers >= 10000\"", "\"creator.country == \\\"US\\\" and folowers > 1\""), @r#"
    error[program/formula]: unknown name `folowers`
      --> fund.toml:16:44
       |
    16 | condition = "creator.country == \"US\" and folowers > 1"
       |                                            ^^^^^^^^
       |
    help: known names: creator.account_type, creator.adult, creator.age, creator.country, creator.followers, creator.id, creator.joined, creator.posts, creator.qualified_views, creator.standing, creator.views
    "#);
    assert_snapshot!(
        refused("\"qualified_views * region\"", "\"\"\"\nqualified_views\n  * reigon\"\"\""),
        @r#"
    error[program/formula]: unknown name `reigon`
      --> fund.toml:32:5
       |
    32 |   * reigon"""
       |     ^^^^^^
       |
    help: did you mean `region`?
    "#
    );
}

#[test]
fn names_of_another_level() {
    assert_snapshot!(refused("creator.followers >= 10000", "video.views >= 10000"), @r#"
    error[program/formula]: `video.views` is not known to a condition on creators
      --> fund.toml:16:14
       |
    16 | condition = "video.views >= 10000"
       |              ^^^^^^^^^^^
       |
    help: use names that begin with `creator.`, or move the condition to `[[eligibility.video]]`
    "#);
    assert_snapshot!(refused("video.duration_seconds >= 60", "qualified_views >= 60"), @r#"
    error[program/formula]: `qualified_views` is not known to a condition on videos
      --> fund.toml:20:11
       |
    20 | video = ["qualified_views >= 60"]
       |           ^^^^^^^^^^^^^^^
       |
    help: use names that begin with `video.` or `creator.`; tables and counts belong into weights and rates
    "#);
    assert_snapshot!(refused("creator.followers >= 10000", "region > 0.5"), @r#"
    error[program/formula]: `region` is not known to a condition on creators
      --> fund.toml:16:14
       |
    16 | condition = "region > 0.5"
       |              ^^^^^^
       |
    help: use names that begin with `creator.`, or move the condition to `[[eligibility.video]]`
    "#);
    assert_snapshot!(refused("creator.followers >= 10000", "video.views_30d > 5"), @r#"
    error[program/formula]: `video.views_30d` is not known to a condition on creators
      --> fund.toml:16:14
       |
    16 | condition = "video.views_30d > 5"
       |              ^^^^^^^^^^^^^^^
       |
    help: use names that begin with `creator.`, or move the condition to `[[eligibility.video]]`
    "#);
}

#[test]
fn look_back_windows() {
    assert_snapshot!(refused("creator.followers >= 10000", "creator.views_500d >= 10000"), @r#"
    error[program/window-out-of-range]: `creator.views_500d` looks back too far or not at all
      --> fund.toml:16:14
       |
    16 | condition = "creator.views_500d >= 10000"
       |              ^^^^^^^^^^^^^^^^^^ the window
       |
    help: look back 1 to 400 days, without leading zeros
    "#);
    assert_snapshot!(refused("creator.followers >= 10000", "creator.posts_0d >= 1"), @r#"
    error[program/window-out-of-range]: `creator.posts_0d` looks back too far or not at all
      --> fund.toml:16:14
       |
    16 | condition = "creator.posts_0d >= 1"
       |              ^^^^^^^^^^^^^^^^ the window
       |
    help: look back 1 to 400 days, without leading zeros
    "#);
    assert_snapshot!(refused("creator.followers >= 10000", "creator.likes_30d >= 1"), @r#"
    error[program/formula]: unknown name `creator.likes_30d`
      --> fund.toml:16:14
       |
    16 | condition = "creator.likes_30d >= 1"
       |              ^^^^^^^^^^^^^^^^^
       |
    help: look-backs, of any number of days, are `creator.views_30d`, `creator.qualified_views_30d` or `creator.posts_30d`
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
fn tables() {
    assert_snapshot!(refused("by = \"country\"", "by = \"county\""), @r#"
    error[program/unknown-name]: a table cannot be looked up by `county`
      --> fund.toml:23:6
       |
    23 | by = "county"
       |      ^^^^^^^^
       |
    help: did you mean `country`?
    "#);
    assert_snapshot!(refused("by = \"country\"", "by = \"views\""), @r#"
    error[program/unknown-name]: a table cannot be looked up by `views`
      --> fund.toml:23:6
       |
    23 | by = "views"
       |      ^^^^^^^
       |
    help: look up by `country`, `day`, `payer`, `video.id`, `video.category`, `video.visibility`, `creator.id`, `creator.country`, `creator.account_type` or `creator.standing`
    "#);
    assert_snapshot!(refused("[tables.region]", "[tables.country]"), @r#"
    error[program/wrong-value]: `country` already means something in formulas
      --> fund.toml:22:9
       |
    22 | [tables.country]
       |         ^^^^^^^
       |
    help: choose another name, e.g. `country_factor`

    error[program/formula]: unknown name `region`
      --> fund.toml:30:29
       |
    30 | weight = "qualified_views * region"
       |                             ^^^^^^
       |
    help: counts such as `qualified_views`, names that begin with `video.` or `creator.`: see docs/reference/programs.md
    "#);
    assert_snapshot!(refused("[tables.region]", "[tables.Region]"), @r#"
    error[program/wrong-value]: `Region` cannot be a table's name
      --> fund.toml:22:9
       |
    22 | [tables.Region]
       |         ^^^^^^
       |
    help: use lower-case letters, digits and `_`, a letter first: formulas use the name as a variable

    error[program/formula]: unknown name `region`
      --> fund.toml:30:29
       |
    30 | weight = "qualified_views * region"
       |                             ^^^^^^
       |
    help: counts such as `qualified_views`, names that begin with `video.` or `creator.`: see docs/reference/programs.md
    "#);
    assert_snapshot!(refused("amount = \"1000.00\"", "table = \"funds\""), @r#"
    error[program/unknown-table]: there is no table `funds`
      --> fund.toml:28:9
       |
    28 | table = "funds"
       |         ^^^^^^^
       |
    help: the document's tables: `region`
    "#);
    assert_snapshot!(
        refused("amount = \"1000.00\"\npartition = [\"country\"]", "table = \"region\"\npartition = [\"day\"]"),
        @r#"
    error[program/pool-source]: the pool is not partitioned by `country`, but its money is
      --> fund.toml:23:6
       |
    23 | by = "country"
       |      ^^^^^^^^^
       |
    help: add the key to `pool.partition`, or look `region` up by one of its keys
    "#
    );
    let negative =
        changed("amount = \"1000.00\"", "table = \"region\"").replace("GB = \"0.8\"", "GB = \"-0.8\"");
    assert_snapshot!(rendered(&negative), @r#"
    error[program/negative-amount]: `GB` of table `region` is negative, and it fills a pool
      --> fund.toml:25:29
       |
    25 | values = { US = "1.0", GB = "-0.8" }
       |                             ^^^^^^
       |
    help: write an amount of zero or more
    "#);
}

#[test]
fn partitions() {
    assert_snapshot!(refused("partition = [\"country\"]", "partition = [\"countries\"]"), @r#"
    error[program/wrong-value]: `pool.partition[1]` cannot be `countries`
      --> fund.toml:29:14
       |
    29 | partition = ["countries"]
       |              ^^^^^^^^^^^
       |
    help: did you mean `country`?
    "#);
    assert_snapshot!(refused("partition = [\"country\"]", "partition = [\"country\", \"country\"]"), @r#"
    error[program/duplicate]: `pool.partition[2]` repeats an earlier entry
      --> fund.toml:29:25
       |
    29 | partition = ["country", "country"]
       |                         ^^^^^^^^^
       |
    help: leave it out
    "#);
    let by_payer =
        changed("amount = \"1000.00\"", "source = \"ad_revenue\"").replace("[\"country\"]", "[\"payer\"]");
    assert_snapshot!(rendered(&by_payer), @r#"
    error[program/wrong-value]: `pool.partition[1]` cannot be `payer`
      --> fund.toml:29:14
       |
    29 | partition = ["payer"]
       |              ^^^^^^^
       |
    help: use `day`, `country` or `category`
    "#);
    assert_snapshot!(refused("by = \"country\"", "by = \"payer\""), @r#"
    error[program/not-kept-apart]: `payer` has no value here: the money is not kept apart by it
      --> fund.toml:23:6
       |
    23 | by = "payer"
       |      ^^^^^^^
       |
    help: keep payers apart first: add "payer" to the pool's `partition`
    "#);
    assert_snapshot!(refused("qualified_views * region", "day == '2026-10-05' ? 2 : 1"), @r#"
    error[program/not-kept-apart]: `day` has no value here: the money is not kept apart by it
      --> fund.toml:30:10
       |
    30 | weight = "day == '2026-10-05' ? 2 : 1"
       |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: keep days apart first: add "day" to `partition` or `top.by`
    "#);
}

#[test]
fn mechanisms() {
    let none = DOCUMENT.replace("[pool]", "[pond]");
    assert_snapshot!(rendered(&none), @r#"
    error[program/mechanism]: the document does not say how money is divided
     --> fund.toml:1:1
      |
    1 | id = "fund"
      | ^
      |
    help: add one of `[pool]`, `[rate]` and `[share]`

    error[program/unknown-key]: unknown key `pond` in the document
      --> fund.toml:27:2
       |
    27 | [pond]
       |  ^^^^ not known
       |
    help: did you mean `pool`?
    "#);
    let two = format!("{DOCUMENT}\n[rate]\nunits = \"views\"\nper = 0\nrate = \"0.41\"\n");
    assert_snapshot!(rendered(&two), @r#"
    error[program/mechanism]: the document has `[pool]` and `[rate]`
      --> fund.toml:42:1
       |
    42 | [rate]
       | ^^^^^^
       |
    help: a program divides its money in one way: make two programs of it

    error[program/wrong-value]: `rate.per` is 0, out of range
      --> fund.toml:44:7
       |
    44 | per = 0
       |       ^
       |
    help: use 1 to 1000000
    "#);
    assert_snapshot!(refused("amount = \"1000.00\"", "amount = \"1000.00\"\nsource = \"funding\""), @r#"
    error[program/pool-source]: the pool's money comes from `pool.amount` and `pool.source`
      --> fund.toml:29:10
       |
    29 | source = "funding"
       |          ^^^^^^^^^
       |
    help: keep one of them
    "#);
    assert_snapshot!(refused("amount = \"1000.00\"\n", ""), @r#"
    error[program/missing-key]: the pool does not say where its money comes from
      --> fund.toml:27:1
       |
    27 | [pool]
       | ^^^^^^
       |
    help: add `amount = "10000.00"`, `table = "..."`, `source = "ad_revenue"` or `source = "funding"`
    "#);
    assert_snapshot!(refused("amount = \"1000.00\"", "source = \"fund\""), @r#"
    error[program/wrong-value]: `pool.source` cannot be `fund`
      --> fund.toml:28:10
       |
    28 | source = "fund"
       |          ^^^^^^
       |
    help: use `ad_revenue` or `funding`
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
