//! Snapshots in force at an instant: of every creator and every video the latest that took effect before it.
//!
//! Of two snapshots of the same subject with the same effective time the one with the greater event id is in force, so
//! that the answer does not depend on the order of files.

use crate::archive::entries::reading;
use crate::archive::{ArchiveError, FileEntry};
use crate::import::batch::{Batch, date_of};
use crate::import::pool::Pool;
use crate::import::read_back::{Row, Shared, events};
use event::kind::Kind;
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use jiff::Timestamp;
use rayon::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// Creators and videos as in force at an instant, each sorted by the text of its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshots {
    /// Creators.
    pub creators: Vec<CreatorSnapshot>,
    /// Videos.
    pub videos: Vec<VideoSnapshot>,
}

/// Reads the snapshots in force just before an instant from files of the archive.
pub fn read(
    creators: &[FileEntry],
    videos: &[FileEntry],
    as_of: Timestamp,
) -> Result<Snapshots, ArchiveError> {
    let mut advancing = Advancing::default();
    advancing.to(as_of, creators, videos)?;
    Ok(advancing.into_snapshots())
}

/// The same from files as generated or exported; their id columns may be integers.
pub fn read_files(
    creators: &[PathBuf],
    videos: &[PathBuf],
    as_of: Timestamp,
) -> Result<Snapshots, ArchiveError> {
    let mut advancing = Advancing::default();
    advancing.read(as_of, creators, videos)?;
    Ok(advancing.into_snapshots())
}

/// Snapshots that go on from one instant to a later one: whoever asks for day after day reads each file once.
#[derive(Default)]
pub struct Advancing {
    creators: Latest<CreatorSnapshot>,
    videos: Latest<VideoSnapshot>,
}

impl Advancing {
    /// Goes on to a later instant. The files are those whose snapshots take effect from the instant before to this one.
    pub fn to(
        &mut self,
        as_of: Timestamp,
        creators: &[FileEntry],
        videos: &[FileEntry],
    ) -> Result<(), ArchiveError> {
        let of = |files: &[FileEntry]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
        let (creator_files, video_files) = (of(creators), of(videos));
        reading(creators, || {
            reading(videos, || self.read(as_of, &creator_files, &video_files))
        })
    }

    fn read(
        &mut self,
        as_of: Timestamp,
        creators: &[PathBuf],
        videos: &[PathBuf],
    ) -> Result<(), ArchiveError> {
        let (of_creators, of_videos) = (&mut self.creators, &mut self.videos);
        let (creators, videos) = rayon::join(
            || of_creators.read(creators, (Kind::Creator, "creator_id"), as_of, creator),
            || of_videos.read(videos, (Kind::Video, "video_id"), as_of, video),
        );
        creators.and(videos)
    }

    /// What is in force at the instant that was reached.
    pub fn now(&self) -> Snapshots {
        sorted(self.creators.values().cloned(), self.videos.values().cloned())
    }

    fn into_snapshots(self) -> Snapshots {
        sorted(self.creators.into_values(), self.videos.into_values())
    }
}

fn sorted(
    creators: impl Iterator<Item = CreatorSnapshot>,
    videos: impl Iterator<Item = VideoSnapshot>,
) -> Snapshots {
    let (mut creators, mut videos): (Vec<_>, Vec<_>) = (creators.collect(), videos.collect());
    creators.par_sort_unstable_by(|a, b| a.id.cmp(&b.id));
    videos.par_sort_unstable_by(|a, b| a.id.cmp(&b.id));
    Snapshots { creators, videos }
}

/// The latest snapshot of every subject.
struct Latest<T> {
    ids: Pool,
    slots: HashMap<u64, usize>,
    values: Vec<InForce<T>>,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            ids: Pool::default(),
            slots: HashMap::new(),
            values: Vec::new(),
        }
    }
}

struct InForce<T> {
    effective_at: i64,
    event_id: EventId,
    value: T,
}

/// An event id in the order of ids: numbers by value, then texts by bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum EventId {
    Number(u64),
    Text(Arc<str>),
}

impl EventId {
    fn of(row: Row<'_>) -> EventId {
        match row.code("event_id") {
            Some((number, None)) => EventId::Number(number),
            Some((_, Some(text))) => EventId::Text(text.into()),
            None => EventId::Text("".into()),
        }
    }
}

impl<T> Latest<T> {
    /// Takes what took effect before an instant from files.
    fn read(
        &mut self,
        paths: &[PathBuf],
        (kind, id_field): (Kind, &str),
        as_of: Timestamp,
        value: impl Fn(Row<'_>, Timestamp, &mut Shared) -> T,
    ) -> Result<(), ArchiveError> {
        // An instant between two milliseconds is after the first of them.
        let as_of = as_of.as_nanosecond().div_euclid(1_000_000)
            + i128::from(as_of.as_nanosecond().rem_euclid(1_000_000) > 0);
        let as_of = i64::try_from(as_of).expect("the milliseconds of an instant fit");
        let mut shared = Shared::default();
        for path in paths {
            events(kind, path, &mut |batch| {
                self.take(batch, id_field, as_of, |row, at| value(row, at, &mut shared))
            })?;
        }
        Ok(())
    }

    /// `as_of`: Unix milliseconds; only what took effect before counts.
    fn take(
        &mut self,
        batch: &Batch,
        id_field: &str,
        as_of: i64,
        mut value: impl FnMut(Row<'_>, Timestamp) -> T,
    ) {
        for index in 0..batch.rows {
            let row = Row { batch, index };
            let effective_at = row.number("effective_at").unwrap_or(i64::MAX);
            if effective_at >= as_of {
                continue;
            }
            let Some((code, text)) = row.code(id_field) else {
                continue;
            };
            let code = text.map_or(code, |text| self.ids.code(text));
            let mut in_force = || InForce {
                effective_at,
                event_id: EventId::of(row),
                value: value(row, instant(effective_at)),
            };
            match self.slots.entry(code) {
                Entry::Vacant(slot) => {
                    slot.insert(self.values.len());
                    self.values.push(in_force());
                }
                Entry::Occupied(slot) => {
                    let held = &mut self.values[*slot.get()];
                    let same_time = effective_at == held.effective_at;
                    if effective_at > held.effective_at || same_time && EventId::of(row) > held.event_id {
                        *held = in_force();
                    }
                }
            }
        }
    }

    fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().map(|in_force| &in_force.value)
    }

    fn into_values(self) -> impl Iterator<Item = T> {
        self.values.into_iter().map(|in_force| in_force.value)
    }
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).expect("checked when it was read")
}

fn creator(row: Row<'_>, effective_at: Timestamp, shared: &mut Shared) -> CreatorSnapshot {
    CreatorSnapshot {
        id: row.text("creator_id").unwrap_or_default(),
        effective_at,
        birth_date: row.number("birth_date").map(date_of),
        adult: row.flag("adult"),
        country: row.shared("country", shared),
        followers: row.count("followers"),
        account_type: row.shared("account_type", shared),
        standing: row.shared("standing", shared),
        joined: row.list("joined", shared),
        posts: row.count("posts"),
        linked_accounts: row.list("linked_accounts", shared),
    }
}

fn video(row: Row<'_>, effective_at: Timestamp, shared: &mut Shared) -> VideoSnapshot {
    VideoSnapshot {
        id: row.text("video_id").unwrap_or_default(),
        creator: row.shared("creator_id", shared).unwrap_or_default(),
        effective_at,
        duration_ms: row.count("duration_ms").filter(|duration| *duration > 0),
        published_at: row.number("published_at").map(instant),
        category: row.shared("category", shared),
        original: row.flag("original"),
        music_tracks: row.count("music_tracks"),
        visibility: row.shared("visibility", shared),
        search_value_micros: row.number("search_value"),
    }
}
