//! Invalidate: staff mark views or viewers as invalid, with evidence. Marks are reversible and are taken up by the next
//! settlement of an open period or the next restatement of a closed one.

use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::records::{self, Versioned};
use event::kind::Kind;
use jiff::Timestamp;
use lake::archive::Archive;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use store::Tx;

/// Kind of the records.
const KIND: &str = "invalidation";
/// The most marks given at once.
const MAX_MARKS: usize = 1_000_000;
/// Marks recorded between two looks at whether to stop.
const GROUP: usize = 1_000;

/// What is marked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One view, by its event id.
    View(String),
    /// Every view of a viewer.
    Viewer(String),
}

impl Subject {
    fn id(&self) -> String {
        match self {
            Subject::View(id) => format!("view/{id}"),
            Subject::Viewer(id) => format!("viewer/{id}"),
        }
    }
}

/// A mark, or its withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// What is marked.
    pub subject: Subject,
    /// False: the mark was taken back.
    pub active: bool,
    /// Why, for whoever asks later.
    pub evidence: String,
    /// Only views of the viewer from this instant on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only views of the viewer before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A mark as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// The mark.
    #[serde(flatten)]
    pub mark: Mark,
    /// Who made it, or took it back.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// True when a later mark of the same subject, or its withdrawal, took its place.
    pub replaced: bool,
}

/// What marking did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// Marks made or taken back.
    pub changed: u64,
    /// Subjects that stood so already.
    pub unchanged: u64,
    /// Marked subjects that no stored view has, as `view/ID` or `viewer/ID`: mistyped, or not imported yet.
    pub unknown: Vec<String>,
}

/// Records marks. One that stands already with the same words changes nothing, nor does taking back what does not stand. What no
/// stored view has is marked all the same, since it may still come.
pub fn mark(workspace: &Workspace, marks: &[Mark], context: &Context<'_>) -> Result<Marked> {
    check(marks)?;
    let unknown = unknown(&workspace.archive()?, marks)?;
    let store = workspace.books_to_write(context)?;
    context.progress.stage("marking", Some(marks.len() as u64));
    store.write(context.once(), context.recorded, |tx| {
        let mut done = Marked {
            unknown: unknown.clone(),
            ..Marked::default()
        };
        for (group, marks) in marks.chunks(GROUP).enumerate() {
            context.check()?;
            mark_group(tx, marks, &mut done)?;
            context.progress.position((group * GROUP + marks.len()) as u64);
        }
        Ok(done)
    })
}

/// Records some marks.
fn mark_group(tx: &mut Tx<'_>, marks: &[Mark], done: &mut Marked) -> Result<()> {
    let ids: Vec<String> = marks.iter().map(|mark| mark.subject.id()).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let stand: HashMap<String, Versioned<Mark>> = records::of(tx, KIND, &names)?.into_iter().collect();
    let mut records = Vec::new();
    for (mark, id) in marks.iter().zip(&ids) {
        let before = stand.get(id);
        match before {
            Some(before) if before.value == *mark || !(before.value.active || mark.active) => {
                done.unchanged += 1;
                continue;
            }
            None if !mark.active => {
                return Err(
                    Error::usage("invalidate/not-marked", format!("{id} is not marked as invalid"))
                        .hint("`permille invalidate --list` shows what is"),
                );
            }
            _ => {}
        }
        let version = before.map_or(0, |before| before.version);
        records.push(records::new(KIND, id, version, mark)?);
        done.changed += 1;
    }
    Ok(tx.put(&records)?)
}

/// Subjects of marks that no stored view has.
fn unknown(archive: &Archive, marks: &[Mark]) -> Result<Vec<String>> {
    let marks = || marks.iter().filter(|mark| mark.active);
    let views = marks().filter_map(|mark| match &mark.subject {
        Subject::View(id) => Some(id.as_str()),
        Subject::Viewer(_) => None,
    });
    let viewers = marks().filter_map(|mark| match &mark.subject {
        Subject::Viewer(id) => Some(id.as_str()),
        Subject::View(_) => None,
    });
    let find = |column, ids| archive.unknown(Kind::View, column, ids).map_err(archive_error);
    let views = find("event_id", views.collect::<Vec<_>>())?;
    let viewers = find("viewer_id", viewers.collect::<Vec<_>>())?;
    let views = views.into_iter().map(|id| Subject::View(id.to_owned()).id());
    let viewers = viewers.into_iter().map(|id| Subject::Viewer(id.to_owned()).id());
    Ok(views.chain(viewers).collect())
}

fn check(marks: &[Mark]) -> Result<()> {
    if marks.len() > MAX_MARKS {
        return Err(Error::usage(
            "invalidate/too-many",
            format!("{} marks at once are more than {MAX_MARKS}", marks.len()),
        ));
    }
    let mut seen = std::collections::HashSet::new();
    for mark in marks {
        if mark.evidence.trim().is_empty() {
            return Err(Error::usage("invalidate/evidence", "a mark needs its evidence")
                .hint("say in a sentence what was found and where: --evidence \"ring of 40 accounts, case 1234\""));
        }
        if let (Some(from), Some(until)) = (mark.from, mark.until)
            && from >= until
        {
            return Err(Error::usage(
                "invalidate/time",
                format!("{from} is not before {until}"),
            ));
        }
        if !seen.insert(&mark.subject) {
            return Err(Error::usage(
                "invalidate/twice",
                format!("{} is named twice", mark.subject.id()),
            ));
        }
    }
    Ok(())
}

/// Every mark that stands or stood and every withdrawal, with who and when: by subject, oldest first.
pub fn list(workspace: &Workspace) -> Result<Vec<Listed>> {
    let store = workspace.books()?;
    store.read(|tx| {
        let mut all = Vec::new();
        for newest in tx.records(KIND, "")? {
            let earlier = match newest.version {
                1 => Vec::new(),
                _ => tx.record_versions(KIND, &newest.id)?,
            };
            let earlier = earlier.iter().filter(|earlier| earlier.version < newest.version);
            for record in earlier.chain([&newest]) {
                all.push(Listed {
                    mark: records::parse(record)?.value,
                    by: record.author.clone(),
                    at: record.recorded,
                    replaced: record.version < newest.version,
                });
            }
        }
        Ok(all)
    })
}

/// The marks that stand, as the list that qualification reads; none when there are none.
pub fn as_list(tx: &mut Tx<'_>) -> Result<Option<String>> {
    let mut views = Vec::new();
    let mut viewers = Vec::new();
    for (_, mark) in records::list::<Mark>(tx, KIND, "")? {
        let mark = mark.value;
        if !mark.active {
            continue;
        }
        match mark.subject {
            Subject::View(id) => views.push(id),
            Subject::Viewer(id) => {
                viewers.push(serde_json::json!({ "viewer": id, "from": mark.from, "until": mark.until }));
            }
        }
    }
    if views.is_empty() && viewers.is_empty() {
        return Ok(None);
    }
    Ok(Some(
        serde_json::json!({ "views": views, "viewers": viewers }).to_string(),
    ))
}
