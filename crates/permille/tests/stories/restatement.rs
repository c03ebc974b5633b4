//! What a restatement says: every change of a line is taken apart by what caused it, however much happened at once.

use crate::harness::{Story, VIEWS};
use serde_json::{Value, json};

const ADS: &str = "event_id,video_id,occurred_at,revenue,currency\n";
const CREATORS: &str = "creator_id,effective_at,adult\n";
const FUNDING: &str = "event_id,program,date,amount,currency\n";

const PROGRAM: &str = r#"
id = "pooled"
version = 1
name = "Pooled"
summary = "The day's pool by qualified views, for adults."
effective_from = 2026-01-01
currency = "USD"
period = "day"

[qualification]

[eligibility]
creator = ["creator.adult"]

[pool]
source = "SOURCE"
weight = "qualified_views"
creator_share = "100%"

[payable]
hold_days = 3
threshold = "10.00"
below = "roll"
"#;

fn views(numbers: std::ops::Range<u32>, video: &str, creator: &str) -> String {
    let row = |n| format!("v{n},u{n},{video},2026-10-05T10:00:00Z,30000,30000,{creator},US,for_you\n");
    numbers.map(row).collect()
}

/// A day's pool of 1,000 dollars, closed: ann has 30 views, bob 10; cid has 10 and is not of age.
fn closed(source: &str) -> Story {
    let story = Story::for_tests();
    story.file("pooled.toml", &PROGRAM.replace("SOURCE", source));
    story.ok(&["program", "apply", "pooled.toml"]);
    let all = [
        views(0..30, "a", "ann"),
        views(30..40, "b", "bob"),
        views(40..50, "c", "cid"),
    ]
    .concat();
    bring(&story, "view", &(VIEWS.to_owned() + &all));
    let known =
        "ann,2026-01-01T00:00:00Z,true\nbob,2026-01-01T00:00:00Z,true\ncid,2026-01-01T00:00:00Z,false\n";
    bring(&story, "creator", &(CREATORS.to_owned() + known));
    match source {
        "funding" => bring(
            &story,
            "funding",
            &(FUNDING.to_owned() + "f1,pooled,2026-10-05,1000.00,USD\n"),
        ),
        _ => bring(
            &story,
            "ad_impression",
            &(ADS.to_owned() + "i1,b,2026-10-05T11:00:00Z,1000.00,USD\n"),
        ),
    }
    on_day(&story, "settle");
    on_day(&story, "period close");
    story
}

fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    story.ok(&["import", kind, "brought.csv"]);
}

fn on_day(story: &Story, command: &str) -> Value {
    let command: Vec<&str> = command.split(' ').collect();
    story.json(&[&command[..], &["--program", "pooled", "--period", "2026-10-05"]].concat())
}

/// Units of each reason.
fn changes(restated: &Value) -> Value {
    let changes = restated["posted"]["changes"].as_object().unwrap();
    let units = |change: &Value| {
        let amount = change["change"].as_str().unwrap().split(' ').next().unwrap();
        json!(amount.replace('.', "").parse::<i64>().unwrap())
    };
    let units = changes
        .iter()
        .map(|(reason, change)| (reason.clone(), units(change)));
    Value::Object(units.collect())
}

fn balance(story: &Story, owner: &str) -> Value {
    story.posted("creator-available", owner, None)
}

fn invalidate(story: &Story) {
    let mut mark = vec![
        "invalidate".to_owned(),
        "--evidence".to_owned(),
        "a ring".to_owned(),
    ];
    (0..10).for_each(|n| mark.extend(["--viewer".to_owned(), format!("u{n}")]));
    story.ok(&mark.iter().map(String::as_str).collect::<Vec<_>>());
}

fn late_views(story: &Story) {
    bring(story, "view", &(VIEWS.to_owned() + &views(50..60, "b", "bob")));
}

fn refund(story: &Story) {
    bring(
        story,
        "ad_impression",
        &(ADS.to_owned() + "i2,b,2026-10-05T11:00:00Z,-200.00,USD\n"),
    );
}

fn corrected(story: &Story) {
    bring(
        story,
        "creator",
        &(CREATORS.to_owned() + "cid,2026-01-02T00:00:00Z,true\n"),
    );
}

/// Each step by hand, of the pool by views: 750 : 250, then 20 : 10 views, then 20 : 20, then of 800 dollars, then
/// 20 : 20 : 10.
#[test]
fn everything_at_once_is_taken_apart() {
    let story = closed("ad_revenue");
    assert_eq!(balance(&story, "ann"), "750.000000");
    // What happens first does not matter.
    corrected(&story);
    refund(&story);
    late_views(&story);
    invalidate(&story);
    let restated = on_day(&story, "restate");
    assert_eq!(
        changes(&restated),
        json!({
            "invalidated view": -83_333_333, "invalidated view elsewhere": 83_333_333,
            "late event": 166_666_667, "late event elsewhere": -166_666_667,
            "refund": -100_000_000, "refund elsewhere": -100_000_000,
            "corrected snapshot": 160_000_000, "corrected snapshot elsewhere": -160_000_000,
        })
    );
    for (creator, amount) in [
        ("ann", "320.000000"),
        ("bob", "320.000000"),
        ("cid", "160.000000"),
    ] {
        assert_eq!(balance(&story, creator), amount);
    }
    // A line's parts lead from what it was to what it is.
    let statement = story.json(&["statement", "--creator", "bob", "--month", "2026-11"]);
    let entries = statement["money"][0]["entries"].as_array().unwrap();
    let adjustment = entries
        .iter()
        .find(|entry| entry["what"] == "adjustment")
        .unwrap();
    let told = adjustment["changes"].as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|change| json!([change["was"], change["is"], change["reason"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!(["250.000000", "333.333333", "invalidated view elsewhere"]),
            json!(["333.333333", "500.000000", "late event"]),
            json!(["500.000000", "400.000000", "refund"]),
            json!(["400.000000", "320.000000", "corrected snapshot elsewhere"]),
        ]
    );
    // Twice changes nothing.
    assert_eq!(on_day(&story, "restate")["changed"], false);
    assert_eq!(balance(&story, "bob"), "320.000000");
    story.ok(&["verify"]);
    story.ok(&["ledger", "verify"]);
}

/// Something that happens to a closed day.
type Cause = fn(&Story);

#[test]
fn one_cause_is_one_reason() {
    let expected: [(Cause, Value); 4] = [
        (
            invalidate,
            json!({"invalidated view": -83_333_333, "invalidated view elsewhere": 83_333_333}),
        ),
        (
            late_views,
            json!({"late event": 150_000_000, "late event elsewhere": -150_000_000}),
        ),
        (
            refund,
            json!({"refund": -50_000_000, "refund elsewhere": -150_000_000}),
        ),
        (
            corrected,
            json!({"corrected snapshot": 200_000_000, "corrected snapshot elsewhere": -200_000_000}),
        ),
    ];
    for (cause, parts) in expected {
        let story = closed("ad_revenue");
        cause(&story);
        assert_eq!(changes(&on_day(&story, "restate")), parts);
    }
}

#[test]
fn more_money_in_the_pool_is_its_own_reason() {
    let story = closed("funding");
    bring(
        &story,
        "funding",
        &(FUNDING.to_owned() + "f2,pooled,2026-10-05,200.00,USD\n"),
    );
    late_views(&story);
    let restated = on_day(&story, "restate");
    assert_eq!(
        changes(&restated),
        json!({"late event": 150_000_000, "late event elsewhere": -150_000_000, "funding": 200_000_000})
    );
    assert_eq!(balance(&story, "ann"), "720.000000");
}

#[test]
fn an_estimate_is_made_anew_without_reasons_and_is_no_adjustment() {
    let story = Story::new();
    story.file("pooled.toml", &PROGRAM.replace("SOURCE", "funding"));
    story.ok(&["program", "apply", "pooled.toml"]);
    bring(&story, "view", &(VIEWS.to_owned() + &views(0..30, "a", "ann")));
    bring(
        &story,
        "creator",
        &(CREATORS.to_owned() + "ann,2026-01-01T00:00:00Z,true\n"),
    );
    bring(
        &story,
        "funding",
        &(FUNDING.to_owned() + "f1,pooled,2026-10-05,1000.00,USD\n"),
    );
    on_day(&story, "settle");
    bring(
        &story,
        "funding",
        &(FUNDING.to_owned() + "f2,pooled,2026-10-05,1.00,USD\n"),
    );
    on_day(&story, "settle");
    let entries = story.json(&["ledger", "entries", "--kind", "creator-pending", "--owner", "ann"]);
    let causes: Vec<_> = entries
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["cause"])
        .collect();
    assert_eq!(causes, ["settlement", "settlement"]);
}

#[test]
fn inputs_that_change_no_amount_make_a_run_and_nothing_to_post() {
    let story = closed("ad_revenue");
    let command = ["restate", "--program", "pooled", "--period", "2026-10-05"];
    assert!(story.ok(&command).contains("its inputs have not changed"));
    bring(
        &story,
        "creator",
        &(CREATORS.to_owned() + "zed,2026-01-01T00:00:00Z,true\n"),
    );
    let said = story.ok(&command);
    assert!(
        said.contains("no amount with them: run 2 replaces run 1, and there is nothing to post"),
        "{said}"
    );
    let runs = story.json(&["runs"]);
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert!(story.ok(&command).contains("its inputs have not changed"));
}

/// A program of a dollar a view with a budget of 60: forty views of one day, and so many of the next.
fn budgeted(next_day: u32) -> Story {
    let story = Story::new();
    let head = PROGRAM
        .split("[pool]")
        .next()
        .unwrap()
        .replace("pooled", "budgeted");
    let money = "[rate]\nunits = \"qualified_views\"\nper = 1\nrate = \"1.00\"\n\n[[caps]]\nper = \"budget\"\namount = \"60.00\"\n";
    let payable = PROGRAM.split("[payable]").nth(1).unwrap();
    story.file("budgeted.toml", &format!("{head}{money}\n[payable]{payable}"));
    story.ok(&["program", "apply", "budgeted.toml"]);
    bring(
        &story,
        "creator",
        &(CREATORS.to_owned() + "ann,2026-01-01T00:00:00Z,true\n"),
    );
    let next_day = views(100..100 + next_day, "a", "ann").replace("10-05T", "10-06T");
    bring(
        &story,
        "view",
        &(VIEWS.to_owned() + &views(0..40, "a", "ann") + &next_day),
    );
    story
}

#[test]
fn later_periods_of_a_budget_are_named() {
    let story = budgeted(30);
    let on = |command: &[&str], day: &str| {
        story.json(&[command, &["--program", "budgeted", "--period", day]].concat())
    };
    for day in ["2026-10-05", "2026-10-06"] {
        on(&["settle"], day);
        on(&["period", "close"], day);
    }
    assert_eq!(balance(&story, "ann"), "60.000000");
    bring(&story, "view", &(VIEWS.to_owned() + &views(200..210, "a", "ann")));
    let restated = on(&["restate"], "2026-10-05");
    let notes = restated["notes"].to_string();
    assert!(notes.contains("in order: 2026-10-06"), "{notes}");
    // It takes from the later day what the earlier one has more.
    let restated = on(&["restate"], "2026-10-06");
    assert_eq!(changes(&restated), json!({"funding": -10_000_000}));
    assert_eq!(balance(&story, "ann"), "60.000000");
}

/// A budget is spent in the order in which periods are settled, whichever days they are of: no order spends more than there is.
#[test]
fn a_budget_is_not_overspent_in_another_order() {
    let story = budgeted(40);
    let settle = |day: &str| story.json(&["settle", "--program", "budgeted", "--period", day])[0].clone();
    let paid = |run: &Value| run["report"]["totals"]["paid"].as_str().unwrap().to_owned();
    assert_eq!(paid(&settle("2026-10-06")), "40.000000 USD");
    assert_eq!(paid(&settle("2026-10-05")), "20.000000 USD");
    // Settled again they have what they had.
    for day in ["2026-10-05", "2026-10-06"] {
        assert_eq!(settle(day)["result"], "unchanged");
    }
    story.ok(&["period", "close", "--program", "budgeted", "--month", "2026-10"]);
    assert_eq!(balance(&story, "ann"), "60.000000");
    story.ok(&["verify"]);
}
