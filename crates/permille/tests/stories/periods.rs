//! A period's life: settled, posted, closed, restated with reasons, locked.

use crate::harness::{Story, VIEWS};
use serde_json::Value;

fn view(n: u32, video: &str, creator: &str) -> String {
    let second = n % 60;
    format!("v{n},u{n},{video},2026-10-05T10:00:{second:02}Z,30000,30000,{creator},US,for_you\n")
}

/// A thousand dollars a day over qualified views: ann has 30, bob 10.
fn settled() -> Story {
    let story = Story::for_tests();
    let mut csv = VIEWS.to_owned();
    (0..30).for_each(|n| csv.push_str(&view(n, "a", "ann")));
    (30..40).for_each(|n| csv.push_str(&view(n, "b", "bob")));
    story.file("views.csv", &csv);
    story.ok(&["import", "view", "views.csv"]);
    story.ok(&["program", "apply", "open-pool"]);
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-05"]);
    story
}

fn balance(story: &Story, kind: &str, owner: &str) -> Value {
    story.posted(kind, owner, None)
}

const PERIOD: [&str; 4] = ["--program", "open-pool", "--period", "2026-10-05"];

fn on_period(story: &Story, command: &[&str]) -> Value {
    story.json(&[command, &PERIOD[..]].concat())
}

#[test]
fn every_line_is_posted_with_its_id() {
    let story = settled();
    assert_eq!(balance(&story, "creator-pending", "ann"), "750.000000");
    assert_eq!(balance(&story, "creator-pending", "bob"), "250.000000");
    assert_eq!(balance(&story, "fund", "open-pool"), "0.000000");
    let line = story.json(&["lines", "--creator", "ann"])[0]["line"].clone();
    let entries = story.json(&["ledger", "entries", "--kind", "creator-pending", "--owner", "ann"]);
    assert_eq!(entries[0]["reference"], line);
    // Settling again posts nothing again.
    on_period(&story, &["settle"]);
    assert_eq!(balance(&story, "creator-pending", "ann"), "750.000000");
}

#[test]
fn an_open_period_takes_late_events_up_and_a_closed_one_is_restated() {
    let story = settled();
    story.file(
        "late.csv",
        &(VIEWS.to_owned() + &(40..50).map(|n| view(n, "b", "bob")).collect::<String>()),
    );
    story.ok(&["import", "view", "late.csv"]);
    on_period(&story, &["settle"]);
    assert_eq!(balance(&story, "creator-pending", "ann"), "600.000000");
    on_period(&story, &["period", "close"]);
    // From now on settling says what to do and changes nothing.
    story.file(
        "later.csv",
        &(VIEWS.to_owned() + &(50..60).map(|n| view(n, "b", "bob")).collect::<String>()),
    );
    story.ok(&["import", "view", "later.csv"]);
    let said = story.ok(&[&["settle"][..], &PERIOD[..]].concat());
    assert!(said.contains("permille restate"), "{said}");
    assert_eq!(balance(&story, "creator-available", "ann"), "600.000000");
    let restated = on_period(&story, &["restate"]);
    let changes = &restated["posted"]["changes"];
    assert_eq!(changes["late event"]["change"], "100.000000 USD");
    assert_eq!(changes["late event elsewhere"]["change"], "-100.000000 USD");
    assert_eq!(balance(&story, "creator-available", "ann"), "500.000000");
    assert_eq!(balance(&story, "creator-available", "bob"), "500.000000");
    // Twice changes nothing.
    assert_eq!(on_period(&story, &["restate"])["changed"], false);
    let entries = story.json(&[
        "ledger",
        "entries",
        "--kind",
        "creator-available",
        "--owner",
        "ann",
    ]);
    assert_eq!(entries[0]["cause"], "adjustment");
    story.ok(&["ledger", "verify"]);
    story.ok(&["verify"]);
}

#[test]
fn invalidated_views_feed_the_next_restatement_and_come_back() {
    let story = settled();
    on_period(&story, &["period", "close"]);
    let viewers: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    let mut mark = vec!["invalidate", "--evidence", "ring of accounts, case 7"];
    viewers
        .iter()
        .for_each(|viewer| mark.extend(["--viewer", viewer]));
    assert_eq!(story.json(&mark)["changed"], 20);
    assert_eq!(story.json(&mark)["unchanged"], 20);
    let restated = on_period(&story, &["restate"]);
    assert_eq!(
        restated["posted"]["changes"]["invalidated view"]["change"],
        "-250.000000 USD"
    );
    assert_eq!(balance(&story, "creator-available", "ann"), "500.000000");
    mark.push("--undo");
    story.ok(&mark);
    on_period(&story, &["restate"]);
    assert_eq!(balance(&story, "creator-available", "ann"), "750.000000");
    let listed = story.json(&["invalidate", "--list"]);
    assert_eq!(listed.as_array().unwrap().len(), 40);
    assert_eq!(
        (&listed[0]["active"], &listed[0]["replaced"], &listed[1]["active"]),
        (&Value::Bool(true), &Value::Bool(true), &Value::Bool(false))
    );
    story.ok(&["verify"]);
}

#[test]
fn what_may_not_be_is_refused_with_the_way_out() {
    let story = settled();
    let fails = |command: &[&str], words: &str| {
        let said = story.fails(3, &[command, &PERIOD[..]].concat());
        assert!(said.contains(words), "{said}");
    };
    fails(&["restate"], "is not closed");
    fails(&["period", "lock"], "is not closed");
    let early = [
        &["period", "close", "--now", "2026-10-06T00:00:00Z"][..],
        &PERIOD[..],
    ]
    .concat();
    assert!(
        story
            .fails(3, &early)
            .contains("can be closed from 2026-10-09 on")
    );
    on_period(&story, &["period", "close"]);
    fails(&["restate", "--stored-before", "0"], "would forget");
    on_period(&story, &["period", "lock"]);
    fails(&["restate"], "is locked");
    let unknown = [
        "period",
        "close",
        "--program",
        "open-pool",
        "--period",
        "2026-10-06",
    ];
    assert!(
        story
            .fails(3, &unknown)
            .contains("nothing of open-pool in 2026-10-06 is posted")
    );
    let status = story.json(&["period", "status"]);
    assert_eq!(
        (&status[0]["stage"], &status[0]["locked"]),
        (&"payable".into(), &true.into())
    );
}

#[test]
fn no_id_of_a_platform_is_a_formula_in_csv() {
    let story = Story::new();
    let rows = [view(1, "=HYPERLINK(1)", "@ann"), view(2, "b", "bob")].concat();
    story.file("views.csv", &(VIEWS.to_owned() + &rows));
    story.ok(&["import", "view", "views.csv"]);
    story.ok(&["program", "apply", "open-pool"]);
    story.ok(&[&["settle"], &PERIOD[..]].concat());
    let csv = |command: &[&str]| story.ok(&[command, &["-f", "csv"]].concat());
    let lines = csv(&["lines"]);
    assert!(
        lines.contains(",'@ann,'=HYPERLINK(1),1,500.000000,USD\n"),
        "{lines}"
    );
    let statement = csv(&["statement", "--creator", "@ann", "--month", "2026-10"]);
    assert!(
        statement.starts_with("line,program,version,period,video,views,qualified_views,amount,currency\n"),
        "{statement}"
    );
    assert!(
        statement.ends_with(",open-pool,1,2026-10-05,'=HYPERLINK(1),1,1,500.000000,USD\n"),
        "{statement}"
    );
    let document = story.ok(&["program", "show", "open-pool", "--source"]);
    let tenth = document.replace("\"1000.00\"", "\"100.00\"");
    assert_ne!(tenth, document);
    story.file("tenth.toml", &tenth);
    let days = ["--from", "2026-10-05", "--to", "2026-10-05"];
    let try_it = ["simulate", "--program", "tenth.toml", "--against", "open-pool"];
    assert_eq!(
        csv(&[&try_it[..], &days[..]].concat()),
        "creator,before,after,difference,currency\n\
         '@ann,500.000000,50.000000,-450.000000,USD\n\
         bob,500.000000,50.000000,-450.000000,USD\n"
    );
    // JSON has ids as they are, and a negative amount is a number.
    assert_eq!(
        story.json(&["lines", "--creator", "@ann"])[0]["video"],
        "=HYPERLINK(1)"
    );
}

#[test]
fn closing_and_locking_say_when_inputs_have_changed_since_the_run() {
    let changed = "its inputs have changed since run 1";
    let late = |story: &Story, numbers: std::ops::Range<u32>| {
        let rows: String = numbers.map(|n| view(n, "b", "bob")).collect();
        story.file("late.csv", &(VIEWS.to_owned() + &rows));
        story.ok(&["import", "view", "late.csv"]);
    };
    let on = |story: &Story, command: &[&str]| story.run(&[command, &PERIOD[..]].concat());
    // With nothing new there is nothing to say.
    let story = settled();
    let quiet = on(&story, &["period", "close"]).stderr;
    assert!(
        quiet.starts_with("head of the books: ") && quiet.lines().count() == 1,
        "{quiet}"
    );

    let story = settled();
    late(&story, 40..50);
    let closed = on(&story, &["period", "close"]);
    assert!(
        closed.stderr.contains(changed) && closed.stderr.contains("`permille settle` before closing"),
        "{}",
        closed.stderr
    );
    // It is said of what was closed now, not of what was closed before.
    let quiet = on(&story, &["period", "close"]).stderr;
    assert!(
        quiet.starts_with("head of the books: ") && quiet.lines().count() == 1,
        "{quiet}"
    );
    let locked = on_period(&story, &["period", "lock"]);
    assert!(
        locked[0]["notes"][0].as_str().unwrap().contains(changed),
        "{locked}"
    );

    // Settled first, the change is in what is closed.
    let story = settled();
    late(&story, 40..50);
    on_period(&story, &["settle"]);
    let closed = on_period(&story, &["period", "close"]);
    assert_eq!(closed[0]["notes"], Value::Array(Vec::new()));
}

#[test]
fn marks_of_what_nobody_knows_are_told_and_undoing_twice_changes_nothing() {
    let story = settled();
    let mark = |rest: &[&str]| {
        let answer = story.run(&[&["invalidate", "-f", "json"], rest].concat());
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        (
            serde_json::from_str::<Value>(&answer.stdout).unwrap(),
            answer.stderr,
        )
    };
    let (done, said) = mark(&["--view", "v1", "--viewer", "u2", "--evidence", "case 1"]);
    assert_eq!((&done["changed"], said.as_str()), (&2.into(), ""));
    let (done, said) = mark(&[
        "--view",
        "nope",
        "--view",
        "v3",
        "--viewer",
        "nobody",
        "--evidence",
        "case 2",
    ]);
    assert_eq!(done["changed"], 3);
    assert_eq!(done["unknown"], serde_json::json!(["view/nope", "viewer/nobody"]));
    assert!(
        said.contains("no stored view has view/nope, viewer/nobody; the marks stand"),
        "{said}"
    );

    let (done, _) = mark(&["--view", "v1", "--undo", "--evidence", "an error"]);
    assert_eq!((&done["changed"], &done["unchanged"]), (&1.into(), &0.into()));
    let (done, _) = mark(&["--view", "v1", "--undo", "--evidence", "again"]);
    assert_eq!((&done["changed"], &done["unchanged"]), (&0.into(), &1.into()));
    let listed = story.json(&["invalidate", "--list"]).to_string();
    assert!(
        listed.contains("an error") && !listed.contains("again"),
        "{listed}"
    );
    // Marked again it stands again.
    let (done, _) = mark(&["--view", "v1", "--evidence", "case 1"]);
    assert_eq!(done["changed"], 1);
}
