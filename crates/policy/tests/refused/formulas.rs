//! Formulas: the caret stands in the formula.

use super::refused;
use insta::assert_snapshot;

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
}

#[test]
fn conditions_point_into_the_formula() {
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
