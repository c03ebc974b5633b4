//! Snapshots in force at an instant: of each creator and video, the last one from before it.

use crate::archive::{ArchiveError, FileEntry};
use crate::table::Table;
use event::id::id_order;
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use jiff::Timestamp;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Creators and videos in force, each sorted by id text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshots {
    /// The creators.
    pub creators: Vec<CreatorSnapshot>,
    /// The videos.
    pub videos: Vec<VideoSnapshot>,
}

/// Reads the snapshots of archive files that are in force at `as_of`: for each subject the one with the latest
/// effective time before it; of two with the same time, the one with the greater event id.
pub fn read(creators: &[FileEntry], videos: &[FileEntry], as_of: Timestamp) -> Result<Snapshots, ArchiveError> {
    let paths = |files: &[FileEntry]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    read_raw(&paths(creators), &paths(videos), as_of)
}

/// The same from Parquet files with the columns of [`event::schema`], whose ids may be integers.
pub fn read_raw(creators: &[PathBuf], videos: &[PathBuf], as_of: Timestamp) -> Result<Snapshots, ArchiveError> {
    Ok(Snapshots { creators: in_force(creators, as_of, creator)?, videos: in_force(videos, as_of, video)? })
}

/// A snapshot that knows whom it is about and from when.
trait Subject {
    fn id(&self) -> &Arc<str>;
    fn effective_at(&self) -> Timestamp;
}

impl Subject for CreatorSnapshot {
    fn id(&self) -> &Arc<str> {
        &self.id
    }

    fn effective_at(&self) -> Timestamp {
        self.effective_at
    }
}

impl Subject for VideoSnapshot {
    fn id(&self) -> &Arc<str> {
        &self.id
    }

    fn effective_at(&self) -> Timestamp {
        self.effective_at
    }
}

type ReadRow<S> = fn(&Table<'_>, usize, Timestamp) -> Result<S, ArchiveError>;

fn in_force<S: Subject>(files: &[PathBuf], as_of: Timestamp, read_row: ReadRow<S>) -> Result<Vec<S>, ArchiveError> {
    let mut found: HashMap<Arc<str>, (String, S)> = HashMap::new();
    for file in files {
        Table::each(file, |table| {
            for row in 0..table.rows() {
                let effective_at = table.required_time("effective_at", row)?;
                if effective_at >= as_of {
                    continue;
                }
                let snapshot = read_row(table, row, effective_at)?;
                let event = table.text("event_id", row)?.unwrap_or_default();
                match found.get_mut(snapshot.id()) {
                    Some(known) if !replaces((&event, effective_at), (&known.0, known.1.effective_at())) => {}
                    Some(known) => *known = (event, snapshot),
                    None => {
                        found.insert(Arc::clone(snapshot.id()), (event, snapshot));
                    }
                }
            }
            Ok(())
        })?;
    }
    let mut snapshots: Vec<_> = found.into_values().map(|(_, snapshot)| snapshot).collect();
    snapshots.sort_by(|a, b| a.id().cmp(b.id()));
    Ok(snapshots)
}

fn replaces((event, at): (&str, Timestamp), (known_event, known_at): (&str, Timestamp)) -> bool {
    at.cmp(&known_at).then_with(|| id_order(event, known_event)) == Ordering::Greater
}

fn creator(table: &Table<'_>, row: usize, effective_at: Timestamp) -> Result<CreatorSnapshot, ArchiveError> {
    let text = |name: &str| table.text(name, row).map(|text| text.map(Arc::from));
    Ok(CreatorSnapshot {
        id: table.required_text("creator_id", row)?.into(),
        effective_at,
        birth_date: table.date("birth_date", row)?,
        adult: table.boolean("adult", row)?,
        country: text("country")?,
        followers: table.count("followers", row)?,
        account_type: text("account_type")?,
        standing: text("standing")?,
        joined: table.list("joined", row)?,
        posts: table.count("posts", row)?,
        linked_accounts: table.list("linked_accounts", row)?,
    })
}

fn video(table: &Table<'_>, row: usize, effective_at: Timestamp) -> Result<VideoSnapshot, ArchiveError> {
    let text = |name: &str| table.text(name, row).map(|text| text.map(Arc::from));
    Ok(VideoSnapshot {
        id: table.required_text("video_id", row)?.into(),
        creator: table.required_text("creator_id", row)?.into(),
        effective_at,
        // A duration of 0 is how logs say that it is not known.
        duration_ms: table.count("duration_ms", row)?.filter(|duration| *duration > 0),
        published_at: table.time("published_at", row)?,
        category: text("category")?,
        original: table.boolean("original", row)?,
        music_tracks: table.count("music_tracks", row)?,
        visibility: text("visibility")?,
        search_value_micros: table.micros("search_value", row)?,
    })
}
