//! Mapping documents: what is read, what is refused and in which words.

use event::kind::Kind;
use event::mapping::{BoundSource, Convert, Mapping};
use event::value::TimeUnit;
use std::fs;

fn refused(text: &str) -> String {
    let found = Mapping::parse("my.toml", text).expect_err("a mapping with mistakes");
    found.iter().map(|diagnostic| diagnostic.render(text)).collect()
}

const VIEW: &str = r#"name = "n"
[view]
event_id = { join = ["u", "v"], with = "-" }
viewer_id = "u"
video_id = "v"
occurred_at = { column = "t", unit = "unix_ms" }
watched_ms = { expr = "number(p) * 1000" }
like = ["is_like", { column = "label", equals = 1 }]
"#;

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn alternatives_are_chosen_by_the_columns_of_the_file() {
    let mapping = Mapping::parse("my.toml", VIEW).expect("a mapping");
    let view = mapping.section(Kind::View).expect("a section");
    let bound = view
        .bind(&strings(&["u", "v", "t", "p", "label"]))
        .expect("all columns");
    let like = bound
        .fields
        .iter()
        .flatten()
        .last()
        .expect("the last field given");
    assert!(
        matches!(like, BoundSource::Column { column: 4, convert: Convert::Equals(text) } if text == "1"),
        "{like:?}"
    );
    let time = bound.fields[3].as_ref().expect("a time");
    let unix = Convert::Time(TimeUnit::UnixMillis);
    assert!(
        matches!(time, BoundSource::Column { column: 2, convert } if *convert == unix),
        "{time:?}"
    );
    let bound = view
        .bind(&strings(&["u", "v", "t", "p"]))
        .expect("a like is optional");
    assert_eq!(bound.fields.iter().flatten().count(), 5);
}

#[test]
fn missing_columns_are_named_with_what_is_there() {
    let mapping = Mapping::parse("my.toml", VIEW).expect("a mapping");
    let error = mapping.sections[0]
        .bind(&strings(&["u", "v", "when"]))
        .expect_err("missing");
    insta::assert_snapshot!(error, @"no column for `occurred_at (from t)`, `watched_ms (from p)`; the file has `u`, `v`, `when`");
    let error = mapping.sections[0]
        .bind(&strings(&["u", "v", "u", "t", "p"]))
        .expect_err("twice");
    insta::assert_snapshot!(error, @"the file has two columns named `u`: rename one of them");
}

#[test]
fn columns_that_were_perhaps_meant_are_named() {
    let columns = strings(&["Event_ID", "viewer", "videoid", "occurred_at", "watched_ms"]);
    let view = event::mapping::Section::identity(Kind::View);
    let error = view.bind(&columns).expect_err("missing").to_string();
    assert!(
        error.ends_with("`Event_ID` for `event_id`, `videoid` for `video_id`"),
        "{error}"
    );
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    insta::assert_snapshot!(refused(
        "[view]\nvewer_id = \"u\"\nwatched_ms = { column = \"p\", unit = \"sec\" }\n"
    ));
    insta::assert_snapshot!(refused("name = \"n\"\n[views]\nx = 1\n"));
    insta::assert_snapshot!(refused(
        "name = \"n\"\n[creator]\ncreator_id = \"c\"\neffective_at = { constant = \"soon\" }\nadult = { expr = \"numbr(age) >= 18\" }\n"
    ));
    insta::assert_snapshot!(refused(
        "name = \"n\"\n[video]\nwith = [\"creator\"]\nvideo_id = { join = [\"a\"] }\ncreator_id = { column = \"a\", expr = \"b\" }\neffective_at = 5\n"
    ));
    insta::assert_snapshot!(refused("name = \n"));
}

#[test]
fn the_shipped_mappings_are_sound() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../mappings");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder of mappings") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a readable mapping");
        let mapping = Mapping::parse(&path.display().to_string(), &text);
        let mapping = mapping.unwrap_or_else(|found| {
            panic!(
                "{}",
                found
                    .iter()
                    .map(|diagnostic| diagnostic.render(&text))
                    .collect::<String>()
            )
        });
        assert_eq!(
            path.file_stem().and_then(|stem| stem.to_str()),
            Some(mapping.name.as_str())
        );
        names.push(mapping.name);
    }
    names.sort();
    assert_eq!(
        names,
        ["gift-catalogue", "kuairand", "open-bandit", "tiktok-live"]
    );
}

#[test]
fn the_published_files_have_the_columns_that_the_mapping_names() {
    let text = include_str!("../../../mappings/kuairand.toml");
    let mapping = Mapping::parse("kuairand.toml", text).expect("a mapping");
    let published = "user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,\
        is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,is_profile_enter,is_rand,tab";
    let columns: Vec<String> = published.split(',').map(str::to_owned).collect();
    for section in &mapping.sections {
        section.bind(&columns).expect("every required column");
    }
}
