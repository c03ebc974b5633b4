//! What the platform's staff marked invalid, with evidence: views by event id, and viewers between two times.

use crate::error::KernelError;
use crate::id_set::IdSet;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const VIEWS: &str = "invalidated views";
const VIEWERS: &str = "invalidated viewers";

/// From, inclusive, and until, exclusive, in milliseconds since 1970; without a bound, the end of all time on that side.
pub(crate) type Times = (i64, i64);

/// The list as looked up.
#[derive(Debug, Default)]
pub(crate) struct Invalidated {
    /// Ids of view events.
    pub views: IdSet,
    /// Viewers, sorted, each once; their times sorted, disjoint and not touching.
    pub viewers: Vec<(String, Vec<Times>)>,
    /// Hash of the meaning; `None`: nothing is marked.
    pub meaning: Option<blake3::Hash>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    views: Vec<String>,
    #[serde(default)]
    viewers: Vec<Marked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Marked {
    viewer: String,
    from: Option<String>,
    until: Option<String>,
}

impl Invalidated {
    /// Reads a list. An event or a viewer may be marked several times.
    pub(crate) fn parse(json: &str) -> Result<Self, KernelError> {
        let document: Document = serde_json::from_str(json)
            .map_err(|error| wrong("invalidated views and viewers", error.line(), error.to_string()))?;
        let mut views = BTreeSet::new();
        for (index, id) in document.views.into_iter().enumerate() {
            checked(&id).map_err(|reason| wrong(VIEWS, index + 1, reason))?;
            views.insert(id);
        }
        let mut viewers: BTreeMap<String, Vec<Times>> = BTreeMap::new();
        for (index, marked) in document.viewers.into_iter().enumerate() {
            let times = checked(&marked.viewer).and_then(|()| times(&marked));
            let times = times.map_err(|reason| wrong(VIEWERS, index + 1, reason))?;
            viewers.entry(marked.viewer).or_default().push(times);
        }
        let viewers = viewers.into_iter().map(|(id, times)| (id, merged(times)));
        let viewers: Vec<_> = viewers.collect();
        let meaning = (!views.is_empty() || !viewers.is_empty()).then(|| meaning(&views, &viewers));
        Ok(Invalidated {
            views: views.iter().map(String::as_str).collect(),
            viewers,
            meaning,
        })
    }
}

fn wrong(list: &'static str, entry: usize, reason: String) -> KernelError {
    KernelError::List { list, entry, reason }
}

fn checked(id: &str) -> Result<(), String> {
    if id.is_empty() {
        return Err("an id is missing".to_owned());
    }
    event::value::id(id).map_err(|reason| format!("`{id}` is no id: {reason}"))
}

/// Times as events have them: whole milliseconds, the rest cut off.
fn times(marked: &Marked) -> Result<Times, String> {
    let read = |text: &Option<String>, open: i64| match text {
        None => Ok(open),
        Some(text) => text
            .parse::<Timestamp>()
            .map(|time| time.as_nanosecond().div_euclid(1_000_000) as i64)
            .map_err(|_| format!("`{text}` is no time: write it like 2026-10-05T00:00:00Z")),
    };
    let (from, until) = (read(&marked.from, i64::MIN)?, read(&marked.until, i64::MAX)?);
    if from >= until {
        let text = |time: &Option<String>| time.clone().unwrap_or_default();
        return Err(format!(
            "viewer `{}`: `until` {} does not come after `from` {}",
            marked.viewer,
            text(&marked.until),
            text(&marked.from)
        ));
    }
    Ok((from, until))
}

fn merged(mut all: Vec<Times>) -> Vec<Times> {
    all.sort_unstable();
    let mut merged: Vec<Times> = Vec::with_capacity(all.len());
    for (from, until) in all {
        match merged.last_mut() {
            Some(open) if from <= open.1 => open.1 = open.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

fn meaning(views: &BTreeSet<String>, viewers: &[(String, Vec<Times>)]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let number = |hasher: &mut blake3::Hasher, number: usize| {
        hasher.update(&(number as u64).to_be_bytes());
    };
    let text = |hasher: &mut blake3::Hasher, text: &str| {
        number(hasher, text.len());
        hasher.update(text.as_bytes());
    };
    hasher.update(b"permille invalidated 1\0");
    number(&mut hasher, views.len());
    views.iter().for_each(|id| text(&mut hasher, id));
    number(&mut hasher, viewers.len());
    for (id, times) in viewers {
        text(&mut hasher, id);
        number(&mut hasher, times.len());
        for (from, until) in times {
            hasher.update(&from.to_be_bytes());
            hasher.update(&until.to_be_bytes());
        }
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewers(json: &str) -> Vec<(String, Vec<Times>)> {
        Invalidated::parse(json).unwrap().viewers
    }

    #[test]
    fn times_of_a_viewer_merge() {
        let json = r#"{"viewers": [
            {"viewer": "v", "from": "1970-01-01T00:00:05Z", "until": "1970-01-01T00:00:09.0009Z"},
            {"viewer": "v", "from": null, "until": "1970-01-01T00:00:01Z"},
            {"viewer": "v", "from": "1970-01-01T00:00:08Z"},
            {"viewer": "a"}
        ]}"#;
        let always = (i64::MIN, i64::MAX);
        let expected = [
            ("a".to_owned(), vec![always]),
            ("v".to_owned(), vec![(i64::MIN, 1_000), (5_000, i64::MAX)]),
        ];
        assert_eq!(viewers(json), expected);
    }

    #[test]
    fn meaning_does_not_depend_on_order_and_repetition() {
        let meaning = |json: &str| Invalidated::parse(json).unwrap().meaning;
        let a = r#"{"views": ["7", "x"], "viewers": [{"viewer": "v"}]}"#;
        let b = r#"{"viewers": [{"viewer": "v", "from": "2026-10-05T00:00:00Z"}, {"viewer": "v"}], "views": ["x", "7", "x"]}"#;
        assert_eq!(meaning(a), meaning(b));
        assert_ne!(meaning(a), meaning(r#"{"views": ["7", "x"]}"#));
        assert_ne!(
            meaning(r#"{"views": ["v"]}"#),
            meaning(r#"{"viewers": [{"viewer": "v"}]}"#)
        );
        assert_eq!(meaning("{}"), None);
    }

    #[test]
    fn mistakes_are_named() {
        for (json, expected) in [
            ("{", "EOF"),
            (r#"{"video": []}"#, "unknown field `video`"),
            (
                r#"{"views": ["a", ""]}"#,
                "invalidated views, entry 2: an id is missing",
            ),
            (r#"{"views": ["a\u0007"]}"#, "entry 1: `a\u{7}` is no id"),
            (
                r#"{"viewers": [{"viewer": "v", "from": "yesterday"}]}"#,
                "invalidated viewers, entry 1: `yesterday` is no time",
            ),
            (
                r#"{"viewers": [{"viewer": "v", "from": "2026-10-05T00:00:00Z", "until": "2026-10-05T00:00:00Z"}]}"#,
                "viewer `v`: `until` 2026-10-05T00:00:00Z does not come after `from`",
            ),
        ] {
            let error = Invalidated::parse(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
