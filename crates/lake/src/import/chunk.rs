//! Events of one kind on their way into the archive: gathered up to a budget, freed of duplicates, sorted, written.

use super::batch::{Batch, Column, NO_COUNT, Repeated};
use super::plan::Made;
use super::{order, part, read_back};
use crate::archive::draft::Draft;
use crate::archive::ids::{IdIndex, Keys, id_key, text_key};
use crate::archive::{ArchiveError, Counts, texts};
use event::id::FIRST_INTERNED;
use event::kind::Kind;
use event::schema;
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Rows are numbered with 32 bits inside a chunk.
const MAX_CHUNK_ROWS: usize = 1 << 26;

/// The events of one kind that one file gives.
#[derive(Debug)]
pub(crate) struct Chunk {
    batch: Batch,
    /// What became of the rows so far.
    pub counts: Counts,
}

impl Chunk {
    pub(crate) fn new(kind: Kind) -> Chunk {
        Chunk {
            batch: Batch::empty(kind),
            counts: Counts::default(),
        }
    }

    /// The kind.
    pub(crate) fn kind(&self) -> Kind {
        self.batch.kind
    }

    /// Takes a batch of events. Rejected rows are only counted: they are listed elsewhere.
    pub(crate) fn append(&mut self, made: Made, malformed: usize) {
        let rejected = (made.rejects.len() + malformed) as u64;
        self.counts.read += made.batch.rows as u64 + rejected;
        self.counts.quarantined += rejected;
        let (rows, added) = (self.batch.rows, made.batch.rows);
        self.batch
            .columns
            .par_iter_mut()
            .zip(made.batch.columns.into_par_iter())
            .zip(schema::fields(self.batch.kind))
            .for_each(|((column, more), field)| {
                column.append(rows, more, added, field.ty, Repeated::of(field.name));
            });
        if !made.batch.places.is_empty() {
            self.batch
                .places
                .extend(made.batch.places.iter().map(|place| rows as u32 + place));
        }
        self.batch.rows += added;
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        self.batch.memory()
    }

    /// Must it be written before more is added?
    pub(crate) fn is_full(&self) -> bool {
        self.batch.rows >= MAX_CHUNK_ROWS
    }

    /// Writes what is new into files of the draft, and its ids into the index.
    pub(crate) fn flush(&mut self, draft: &mut Draft, index: &mut IdIndex) -> Result<(), ArchiveError> {
        let kind = self.batch.kind;
        let batch = std::mem::replace(&mut self.batch, Batch::empty(kind));
        if batch.rows == 0 {
            return Ok(());
        }
        let mut new = vec![true; batch.rows];
        let mut keys = sorted_keys(&batch);
        drop_repeated(&mut keys.decimals, &mut new);
        drop_repeated(&mut keys.texts, &mut new);
        let failed = |source| ArchiveError::Index {
            kind,
            path: PathBuf::from("ids"),
            source,
        };
        index
            .find(&keys, &mut |place| new[place as usize] = false)
            .map_err(failed)?;
        keys.decimals.retain(|(_, place)| new[*place as usize]);
        keys.texts.retain(|(_, place)| new[*place as usize]);
        let stored = keys.decimals.len() + keys.texts.len();
        self.counts.stored += stored as u64;
        self.counts.duplicate += (batch.rows - stored) as u64;
        if stored == 0 {
            return Ok(());
        }
        index.add(&keys).map_err(failed)?;
        drop(keys);
        let keep = in_rows(&batch, &new);
        let (unknown, looped) = surprising_durations(&batch, &keep);
        self.counts.unknown_duration += unknown;
        self.counts.looped += looped;
        write_kept(draft, &batch, &keep)
    }

    /// Takes the rows of a file of the draft that have one of these keys out of it: another import has stored them meanwhile. A file that
    /// has none of them is not touched.
    pub(crate) fn drop_stored(
        &mut self,
        draft: &mut Draft,
        path: &Path,
        stored: &HashSet<u128>,
    ) -> Result<(), ArchiveError> {
        let kind = self.kind();
        if !texts::any_id(path, |id| stored.contains(&id_key(id)))? {
            return Ok(());
        }
        let mut rest = Chunk::new(kind);
        read_back::events(kind, path, &mut |batch| {
            rest.append(
                Made {
                    batch: batch.clone(),
                    rejects: Vec::new(),
                },
                0,
            );
        })?;
        let batch = rest.batch;
        let keys = sorted_keys(&batch);
        let decimals = keys
            .decimals
            .iter()
            .map(|(key, place)| (u128::from(*key), *place));
        let mut is_stored = vec![false; batch.rows];
        for (_, place) in decimals.chain(keys.texts).filter(|(key, _)| stored.contains(key)) {
            is_stored[place as usize] = true;
        }
        let gone = in_rows(&batch, &is_stored);
        let rows = gone.iter().filter(|gone| **gone).count() as u64;
        let (unknown, looped) = surprising_durations(&batch, &gone);
        self.counts.stored -= rows;
        self.counts.duplicate += rows;
        self.counts.unknown_duration -= unknown;
        self.counts.looped -= looped;
        let keep: Vec<bool> = gone.iter().map(|gone| !gone).collect();
        draft.remove(path)?;
        write_kept(draft, &batch, &keep)
    }
}

/// What is said of rows by their places in the file, said of them in the order that they have now.
fn in_rows(batch: &Batch, by_place: &[bool]) -> Vec<bool> {
    match &batch.places[..] {
        [] => by_place.to_vec(),
        places => places.iter().map(|place| by_place[*place as usize]).collect(),
    }
}

/// Writes rows that are kept, as a file for each date.
fn write_kept(draft: &mut Draft, batch: &Batch, keep: &[bool]) -> Result<(), ArchiveError> {
    let dates = order::by_date(batch, keep);
    dates.iter().try_for_each(|date| part::write(draft, batch, date))
}

/// Counts, of some views, unknown durations and loops: neither is wrong, and both surprise.
fn surprising_durations(batch: &Batch, some: &[bool]) -> (u64, u64) {
    let (mut unknown, mut looped) = (0, 0);
    if batch.kind != Kind::View {
        return (0, 0);
    }
    if let (Column::Counts(watched), Column::Counts(durations)) =
        (batch.column("watched_ms"), batch.column("duration_ms"))
    {
        for ((watched, duration), _) in watched.iter().zip(durations).zip(some).filter(|(_, of)| **of) {
            let known = *duration != NO_COUNT && *duration > 0;
            unknown += u64::from(!known);
            looped += u64::from(known && watched > duration);
        }
    }
    (unknown, looped)
}

fn sorted_keys(batch: &Batch) -> Keys {
    let Column::Codes(codes, texts) = batch.column("event_id") else {
        unreachable!("every event has an id: rows without one are quarantined");
    };
    // Of two rows with one id the first in the file stays, so rows are numbered by their places there.
    let in_order: Vec<u32>;
    let places = match &batch.places[..] {
        [] => {
            in_order = (0..batch.rows as u32).collect();
            &in_order
        }
        places => places,
    };
    let rows = codes.iter().zip(places.iter().copied());
    let mut keys = Keys::default();
    if texts.len() == 0 {
        keys.decimals.extend(rows.map(|(code, row)| (*code, row)));
    } else {
        let (decimals, hashed): (Vec<_>, Vec<_>) = rows.partition(|(code, _)| **code < FIRST_INTERNED);
        keys.decimals
            .extend(decimals.into_iter().map(|(code, row)| (*code, row)));
        keys.texts = hashed
            .into_par_iter()
            .map(|(code, row)| (text_key(texts.bytes_of(*code)), row))
            .collect();
    }
    keys.decimals.par_sort_unstable();
    keys.texts.par_sort_unstable();
    keys
}

/// Of rows with the same key the first in the file stays.
fn drop_repeated<K: PartialEq + Copy>(keys: &mut Vec<(K, u32)>, new: &mut [bool]) {
    keys.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            new[later.1 as usize] = false;
        }
        same
    });
}
