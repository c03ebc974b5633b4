//! Tables, partitions, mechanisms.

use super::{DOCUMENT, changed, refused, rendered};
use insta::assert_snapshot;

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
}

#[test]
fn tables_that_fill_pools() {
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
    error[program/not-kept-apart]: `payer` has no value here
      --> fund.toml:23:6
       |
    23 | by = "payer"
       |      ^^^^^^^
       |
    help: keep payers apart first: add "payer" to the pool's `partition`
    "#);
    assert_snapshot!(refused("qualified_views * region", "day == '2026-10-05' ? 2 : 1"), @r#"
    error[program/not-kept-apart]: `day` has no value here
      --> fund.toml:30:10
       |
    30 | weight = "day == '2026-10-05' ? 2 : 1"
       |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: keep days apart first: add "day" to the `partition`, or to the line-up's `by`
    "#);
}

#[test]
fn rankings() {
    let ranked = |score: &str| {
        refused(
            "creator_share = \"50%\"",
            &format!("creator_share = \"50%\"\ntop = {{ part = \"4%\", score = \"{score}\" }}"),
        )
    };
    assert_snapshot!(ranked("views * region"), @r#"
    error[program/not-kept-apart]: `country` has no value here
      --> fund.toml:23:6
       |
    23 | by = "country"
       |      ^^^^^^^^^
       |
    help: leave it out: videos are ranked by all their views, wherever they were seen
    "#);
    assert_snapshot!(ranked("day == '2026-10-05' ? views : 0"), @r#"
    error[program/not-kept-apart]: `day` has no value here
      --> fund.toml:32:30
       |
    32 | top = { part = "4%", score = "day == '2026-10-05' ? views : 0" }
       |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: keep days apart first: add "day" to the `partition`, or to the line-up's `by`
    "#);
    assert_snapshot!(
        refused("creator_share = \"50%\"", "creator_share = \"50%\"\ntop = { part = \"4%\", by = [\"country\"], score = \"views\" }"),
        @r#"
    error[program/wrong-value]: `pool.top.by[1]` cannot be `country`
      --> fund.toml:32:28
       |
    32 | top = { part = "4%", by = ["country"], score = "views" }
       |                            ^^^^^^^^^
       |
    help: use `day` or `category`
    "#
    );
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
    help: add one of `[pool]`, `[rate]`, `[share]` and `[conversion]`

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
