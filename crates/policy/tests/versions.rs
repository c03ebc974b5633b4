//! Versions of a program: which one is in force, which may be applied, what changed between them.

use jiff::civil::{Date, date};
use policy::registry::{Applied, NotInForce, Refused, check_apply, choose, in_force_from};
use policy::{Period, PeriodKind, Program, diff};

fn program(version: u32, effective_from: &str, edits: &[(&str, &str)]) -> Program {
    let mut text = format!(
        r#"id = "fund"
version = {version}
name = "Fund"
summary = "A pool."
effective_from = {effective_from}
currency = "USD"
period = "month"
[qualification]
minimum_watch = "5s"
[eligibility]
creator = ["creator.followers >= 10000", "creator.adult"]
[tables.region]
by = "country"
default = "0.2"
values = {{ US = "1.0", GB = "0.8" }}
[pool]
amount = "1000.00"
weight = "views * region"
creator_share = "50%"
[payable]
hold_days = 3
"#
    );
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    policy::parse("fund.toml", &text).unwrap_or_else(|found| panic!("{}", policy::render_all(&found, &text)))
}

fn month(text: &str) -> Period {
    Period::parse(text, PeriodKind::Month).expect("a month")
}

fn version_in(versions: &[Program], text: &str) -> Result<u32, NotInForce> {
    choose(versions, &month(text)).map(|program| program.version)
}

#[test]
fn a_period_is_settled_by_the_version_in_force_at_its_start() {
    let versions = [
        program(2, "2026-04-15", &[]),
        program(1, "2026-01-01", &[]),
        program(3, "2026-07-01", &[]),
    ];
    assert_eq!(version_in(&versions, "2026-01"), Ok(1));
    // A version that begins inside April takes force with May.
    assert_eq!(version_in(&versions, "2026-04"), Ok(1));
    assert_eq!(version_in(&versions, "2026-05"), Ok(2));
    assert_eq!(version_in(&versions, "2026-07"), Ok(3));
    assert_eq!(version_in(&versions, "2031-01"), Ok(3));
}

#[test]
fn a_period_without_a_version_says_why() {
    let told =
        |versions: &[Program], period: Period| choose(versions, &period).expect_err("refused").to_string();
    assert_eq!(
        told(&[], month("2026-01")),
        "no version of this program was applied"
    );
    let versions = [program(1, "2026-01-10", &[]), program(2, "2026-06-01", &[])];
    assert_eq!(
        told(&versions, month("2026-01")),
        "program fund is not yet in force in 2026-01: its first version, 1, takes force on 2026-02-01"
    );
    assert_eq!(
        told(&versions, Period::containing(PeriodKind::Day, date(2026, 7, 5))),
        "program fund settles by month, and 2026-07-05 is a day"
    );
}

/// A version to apply after versions 2 (from 2026-04-01) and 4 (from 2026-08-01), and the answer.
struct Case {
    new: Program,
    settled_end: Option<Date>,
    answer: Result<Date, &'static str>,
}

#[test]
fn versions_are_immutable_ordered_and_never_touch_the_past() {
    let case = |new, answer| Case {
        new,
        settled_end: None,
        answer,
    };
    let settled = |new, settled_end, answer| Case {
        new,
        settled_end: Some(settled_end),
        answer,
    };
    let cases = [
        case(program(5, "2026-10-01", &[]), Ok(date(2026, 10, 1))),
        case(program(5, "2026-10-02", &[]), Ok(date(2026, 11, 1))),
        case(program(3, "2026-06-01", &[]), Ok(date(2026, 6, 1))),
        case(program(1, "2026-01-01", &[]), Ok(date(2026, 1, 1))),
        case(
            program(4, "2026-08-01", &[("1000.00", "2000.00")]),
            Err("program/immutable"),
        ),
        case(program(4, "2026-09-01", &[]), Err("program/immutable")),
        case(program(5, "2026-08-01", &[]), Err("program/overlap")),
        case(program(5, "2026-07-20", &[]), Err("program/overlap")),
        case(program(5, "2026-06-01", &[]), Err("program/out-of-order")),
        case(program(1, "2026-10-01", &[]), Err("program/out-of-order")),
        case(
            program(5, "2026-10-01", &[("\"USD\"", "\"EUR\"")]),
            Err("program/currency-changed"),
        ),
        case(
            program(5, "2026-10-01", &[("\"USD\"", "\"USD\"\nscale = 2")]),
            Err("program/currency-changed"),
        ),
        case(
            program(5, "2026-10-01", &[("\"month\"", "\"day\"")]),
            Err("program/period-changed"),
        ),
        settled(
            program(5, "2026-10-01", &[]),
            date(2026, 11, 1),
            Err("program/settled"),
        ),
        settled(
            program(5, "2026-10-01", &[]),
            date(2026, 10, 1),
            Ok(date(2026, 10, 1)),
        ),
    ];
    let existing = [program(4, "2026-08-01", &[]), program(2, "2026-04-01", &[])];
    for Case {
        new,
        settled_end,
        answer,
    } in cases
    {
        let given = format!("version {} from {}", new.version, new.effective_from);
        match (check_apply(&existing, &new, settled_end), answer) {
            (Ok(Applied::New { in_force_from }), Ok(expected)) => {
                assert_eq!(in_force_from, expected, "{given}")
            }
            (Err(refused), Err(code)) => {
                assert_eq!(refused.code(), code, "{given}: {refused}");
                assert!(!refused.hint().is_empty());
            }
            (found, expected) => panic!("{given}: {found:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn the_same_bytes_may_be_applied_again() {
    let existing = [program(1, "2026-01-01", &[])];
    let again = check_apply(&existing, &program(1, "2026-01-01", &[]), Some(date(2027, 1, 1)));
    assert_eq!(again, Ok(Applied::AlreadyApplied));
    let other = program(1, "2026-01-01", &[("\"fund\"", "\"other\"")]);
    assert_eq!(
        check_apply(&existing, &other, None),
        Ok(Applied::New {
            in_force_from: date(2026, 1, 1)
        })
    );
}

#[test]
fn a_refusal_says_what_to_do() {
    let existing = [program(1, "2026-01-01", &[])];
    let refused: Refused =
        check_apply(&existing, &program(2, "2026-03-01", &[]), Some(date(2026, 5, 1))).expect_err("refused");
    assert_eq!(
        refused.to_string(),
        "program fund: version 2 from 2026-03-01 would change periods that are settled until 2026-05-01"
    );
    assert_eq!(
        refused.hint(),
        "the past is never edited: set effective_from to 2026-05-01 or later"
    );
    assert_eq!(in_force_from(&existing[0]), date(2026, 1, 1));
}

#[test]
fn differences_are_told_by_meaning() {
    let before = program(1, "2026-01-01", &[]);
    let after = program(
        2,
        "2026-04-01",
        &[
            (
                "minimum_watch = \"5s\"",
                "minimum_watch = \"5000ms\"\nsurfaces = [\"for_you\"]",
            ),
            (
                "followers >= 10000\", \"creator.adult\"",
                "followers >= 50000\", \"creator.adult\", \"creator.joined\"",
            ),
            ("GB = \"0.8\"", "DE = \"0.9\""),
            ("US = \"1.0\"", "US = \"1.00\""),
            ("creator_share = \"50%\"", "# all of it\ncreator_share = \"100%\""),
            (
                "weight = \"views * region\"",
                "weight = \"views  *  region\"\ndeductions = [{ name = \"tax\", part = \"5%\" }]",
            ),
            ("hold_days = 3", "hold_days = 3\nthreshold = \"50.00\""),
        ],
    );
    let changes: Vec<String> = diff(&before, &after).iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "effective_from: 2026-01-01 -> 2026-04-01",
            "version: 1 -> 2",
            "qualification.surfaces: added for_you",
            "eligibility.creator: creator.followers >= 10000 -> creator.followers >= 50000",
            "eligibility.creator: added creator.joined",
            "tables.region.values.DE: added 0.9",
            "tables.region.values.GB: removed 0.8",
            "pool.creator_share: 50 % -> 100 %",
            "pool.deductions[1].name: added tax",
            "pool.deductions[1].part: added 5 %",
            "payable.threshold: 0.00 USD -> 50.00 USD",
        ]
    );
    assert!(diff(&before, &before).is_empty());
}

#[test]
fn another_mechanism_is_a_difference_of_all_its_keys() {
    let before = program(1, "2026-01-01", &[]);
    let rate = "[rate]\nunits = \"views\"\nper = 1000\nrate = \"0.41 * region\"\n";
    let after = program(
        1,
        "2026-01-01",
        &[(
            "[pool]\namount = \"1000.00\"\nweight = \"views * region\"\ncreator_share = \"50%\"\n",
            rate,
        )],
    );
    let changes = diff(&before, &after);
    assert!(
        changes
            .iter()
            .any(|change| change.path == "pool.weight" && change.after.is_none())
    );
    assert!(
        changes
            .iter()
            .any(|change| change.path == "rate.rate" && change.before.is_none())
    );
}
