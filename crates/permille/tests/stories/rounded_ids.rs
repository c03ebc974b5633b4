//! Ids that passed through floating point are set aside: what was two events would be one.

use crate::harness::{Story, checkout};
use serde_json::Value;

/// Lines and reasons of what was set aside.
fn set_aside(story: &Story) -> Vec<(u64, String)> {
    let rows: Value = story.json(&["quarantine"]);
    let row = |row: &Value| {
        let reason = row["reason"].as_str().unwrap();
        assert!(reason.contains("export the column as text"), "{row}");
        (
            row["line"].as_u64().unwrap(),
            row["field"].as_str().unwrap().to_owned(),
        )
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_column_of_doubles_is_no_column_of_ids() {
    let story = Story::new();
    let file = checkout("crates/permille/tests/cases/import/double_eid.parquet");
    let read = story.json(&["import", "ad-impression", file.to_str().unwrap()]);
    // The third id is small enough to be itself.
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        (&1.into(), &2.into()),
        "{read}"
    );
    assert_eq!(
        set_aside(&story),
        [(1, "event_id".to_owned()), (2, "event_id".to_owned())]
    );
}

#[test]
fn whole_numbers_in_a_column_of_decimals_are_ids() {
    let story = Story::new();
    let file = checkout("crates/permille/tests/cases/import/decimal_ids.parquet");
    let read = story.json(&["import", "ad-impression", file.to_str().unwrap()]);
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        (&2.into(), &1.into()),
        "{read}"
    );
    assert_eq!(set_aside(&story), [(3, "event_id".to_owned())]);
    // The same id as a text.
    story.file(
        "ads.csv",
        "event_id,video_id,occurred_at,revenue,currency\n7123456789012345678,v,2026-10-05T08:00:00Z,0.01,USD\n",
    );
    let again = story.json(&["import", "ad-impression", "ads.csv"]);
    assert_eq!(again["duplicate"], 1, "{again}");
}

#[test]
fn what_spreadsheets_make_of_long_numbers_is_set_aside() {
    let story = Story::new();
    story.file(
        "views.csv",
        "event_id,viewer_id,video_id,occurred_at,watched_ms\n\
         7.1E+18,1,a,2026-10-05T08:00:00Z,3000\n71,7.123456789e18,a,2026-10-05T08:00:00Z,3000\n\
         72,1,9007199254740992.0,2026-10-05T08:00:00Z,3000\n12e4,1,1698765432.000100,2026-10-05T08:00:00Z,3000\n\
         7123456789012345678,18446744073709551615,340282366920938463463374607431768211455,2026-10-05T08:00:00Z,3000\n",
    );
    let read = story.json(&["import", "view", "views.csv"]);
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        (&2.into(), &3.into()),
        "{read}"
    );
    let named = |line, field: &str| (line, field.to_owned());
    assert_eq!(
        set_aside(&story),
        [named(2, "event_id"), named(3, "viewer_id"), named(4, "video_id")]
    );
}

/// With the sign of a currency, with a comma, of a single digit, and of a number that lost nothing but is another text: in whatever file
/// they come.
#[test]
fn what_formats_make_of_numbers_is_set_aside_in_every_kind_of_file() {
    let texts = ["$7.1E+18", "7,1E+18", "7.1E+18", "1e400", "1.0"];
    for (file, mark) in [("views.tsv", "\t"), ("views.csv", ",")] {
        let story = Story::new();
        let header = ["event_id", "viewer_id", "video_id", "occurred_at", "watched_ms"].join(mark);
        let row = |id: &str| [&format!("\"{id}\""), "1", "a", "2026-10-05T08:00:00Z", "3000\n"].join(mark);
        let rows: String = texts.iter().chain(&["1e5", "7"]).map(|id| row(id)).collect();
        story.file(file, &format!("{header}\n{rows}"));
        let read = story.json(&["import", "view", file]);
        assert_eq!(
            (&read["stored"], &read["quarantined"]),
            (&2.into(), &5.into()),
            "{read}"
        );
        assert_eq!(set_aside(&story).len(), 5);
    }
    let story = Story::new();
    let row = |id: &str| {
        format!(
            "{{\"event_id\": \"{id}\", \"viewer_id\": \"1\", \"video_id\": \"a\", \"occurred_at\": \"2026-10-05T08:00:00Z\", \"watched_ms\": 3}}\n"
        )
    };
    story.file("views.ndjson", &texts.map(row).concat());
    let read = story.json(&["import", "view", "views.ndjson"]);
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        (&0.into(), &5.into()),
        "{read}"
    );
}

/// A payee is its creator: an id that became a number would take another creator's money, or nobody's.
#[test]
fn a_payee_has_no_id_that_became_a_number() {
    let story = Story::new();
    story.file(
        "payees.csv",
        "id,name,residence,town,country\n7.1E+18,Ann,DE,Ulm,DE\n\"$7,1E+18\",Ben,DE,Ulm,DE\n1.0,Cid,DE,Ulm,DE\nnull,Eva,DE,Ulm,DE\n7100000000000000512,Dan,DE,Ulm,DE\n",
    );
    let read = story.run(&["payee", "import", "payees.csv", "--format", "json"]);
    let said = format!("{}{}", read.stdout, read.stderr);
    assert_eq!(said.matches("floating-point").count(), 3, "{said}");
    assert!(
        said.contains("the id `null` stands for a value that is missing"),
        "{said}"
    );
    let payees = story.json(&["payee", "list"]);
    assert_eq!(payees.as_array().unwrap().len(), 1, "{payees}");
}

#[test]
fn a_number_of_json_is_an_id_only_where_it_is_whole() {
    let story = Story::new();
    let row = |event: &str, viewer: &str| {
        format!(
            "{{\"event_id\": {event}, \"viewer_id\": {viewer}, \"video_id\": \"a\", \"occurred_at\": \"2026-10-05T08:00:00Z\", \"watched_ms\": 3e3}}\n"
        )
    };
    story.file(
        "views.ndjson",
        &[
            row("7123456789012345678", "18446744073709551615"),
            row("\"1e5\"", "\"12.5\""),
            row("1e5", "1"),
            row("7", "12.5"),
            row("8.0", "1"),
            row("7.1E18", "1"),
        ]
        .concat(),
    );
    let read = story.json(&["import", "view", "views.ndjson"]);
    assert_eq!(
        (&read["stored"], &read["quarantined"]),
        (&2.into(), &4.into()),
        "{read}"
    );
    let lines: Vec<u64> = set_aside(&story).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [3, 4, 5, 6]);
}

#[test]
fn a_mapping_makes_no_id_of_such_a_number_either() {
    let story = Story::new();
    story.file(
        "views.ndjson",
        "{\"s\": 7.1e18, \"n\": \"1\", \"u\": \"5\"}\n{\"s\": \"x\", \"n\": 2e0, \"u\": \"5\"}\n{\"s\": \"x\", \"n\": \"3\", \"u\": \"10\"}\n{\"s\": \"x\", \"n\": \"4\", \"u\": \"9\"}\n",
    );
    story.file(
        "map.toml",
        "name = \"m\"\n[view]\nevent_id = { join = [\"s\", \"n\"], with = \"-\" }\nviewer_id = { expr = \"number(u) / 4\" }\n\
         video_id = { expr = \"'v' + n\" }\noccurred_at = { constant = \"2026-10-05T08:00:00Z\" }\nwatched_ms = { constant = 3000 }\n",
    );
    let read = story.json(&["import", "view", "views.ndjson", "--mapping", "map.toml"]);
    assert_eq!(read["stored"], 0, "{read}");
    let named = |line, field: &str| (line, field.to_owned());
    assert_eq!(
        set_aside(&story),
        [
            named(1, "event_id"),
            named(2, "event_id"),
            named(3, "viewer_id"),
            named(4, "viewer_id")
        ]
    );
}
