//! Files and hashes as earlier versions wrote them: they stay readable, and they stay the same.

use facts::{Counts, Fact, FactVideo, Facts};
use lake::facts_file::{read_facts, write_facts};
use lake::lists::Lists;
use policy::qualification::Rule;
use std::path::Path;
use std::sync::Arc;

/// Facts in which every number differs, but for views that were invalidated: there are none.
fn facts() -> Facts {
    let fact = |video, country, day, seed: u64| {
        let mut counts = Counts {
            views: 1_000 + seed,
            qualified: 400 + seed,
            watched_ms: 9_000_000 + seed,
            qualified_watched_ms: 7_000_000 + seed,
            completions: 30 + seed,
            ad_impressions: 20 + seed,
            ad_revenue_micros: -7 * i128::from(seed),
            ..Counts::default()
        };
        let twelve = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Invalidated);
        for (rule, count) in twelve.zip(1..) {
            counts.rejected[rule as usize] = count * seed;
        }
        for (kind, count) in counts.engagement.iter_mut().zip(1..) {
            *kind = count + seed;
        }
        Fact {
            video,
            country,
            day,
            payer: None,
            counts,
        }
    };
    Facts {
        videos: vec![
            FactVideo {
                id: Arc::from("7"),
                creator_hint: Some(Arc::from("ann")),
            },
            FactVideo {
                id: Arc::from("v-1"),
                creator_hint: None,
            },
        ],
        countries: vec![Arc::from(""), Arc::from("DE")],
        payers: Vec::new(),
        rows: vec![
            fact(0, 0, 20_731, 3),
            fact(0, 1, 20_732, 5),
            fact(1, 1, 20_731, 8),
        ],
        not_evaluated: vec![Rule::Surface],
        foreign_impressions: 11,
    }
}

/// Written when there were twelve rules.
const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/frozen/facts-of-12-rules.parquet"
);
/// Their hash in the runs of that time.
const HASH: &str = "57f37732c3b3c32a46a8815499d29a88218d0102ba6b485639e1d0f10fba80a9";

#[test]
fn facts_of_twelve_rules_are_what_they_were() {
    assert_eq!(read_facts(Path::new(FILE)).unwrap(), facts());
    assert_eq!(facts().hash(), HASH);
}

#[test]
fn invalidated_views_are_in_the_hash_and_in_the_file() {
    let mut with = facts();
    with.rows[1].counts.rejected[Rule::Invalidated as usize] = 2;
    let mut elsewhere = facts();
    elsewhere.rows[2].counts.rejected[Rule::Invalidated as usize] = 2;
    assert!(with.hash() != HASH && elsewhere.hash() != HASH && with.hash() != elsewhere.hash());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("facts.parquet");
    write_facts(&with, &path).unwrap();
    assert_eq!(read_facts(&path).unwrap(), with);
}

#[test]
fn lists_without_marks_mean_what_they_meant() {
    let lists = Lists::default()
        .with_data_centres("1.0.0.0,1.0.0.9")
        .and_then(|lists| lists.with_bots(r#"[{"pattern": "x"}]"#))
        .and_then(|lists| lists.with_invalidated("{}"))
        .unwrap();
    let meaning = "b7f4b20e2acae2fe30acef69f5f1436be26a34503819a4637040acbbb1a86884";
    assert_eq!(lists.hash(), meaning);
}
