//! The keys of a commit, read back from the archive's files.

use super::{IdIndex, Keys, Run, text_key};
use crate::archive::texts::texts;
use crate::archive::{Archive, ArchiveError};
use event::id;
use event::kind::Kind;
use std::io;

/// Keys held in memory before they are written as a run.
const MAX_KEYS: usize = 8 << 20;

/// Makes the runs of a commit.
pub(super) fn commit(
    index: &mut IdIndex,
    archive: &Archive,
    kind: Kind,
    commit: u64,
) -> Result<(), ArchiveError> {
    let (mut keys, mut runs) = (Keys::default(), Vec::new());
    let scratch = index.scratch.clone();
    let failed = |source| ArchiveError::Io {
        path: scratch.clone(),
        source,
    };
    for file in archive.files_of(kind, commit) {
        texts(&file, "event_id", &mut |id| {
            match id::decimal(id) {
                Some(value) => keys.decimals.push((value, 0)),
                None => keys.texts.push((text_key(id.as_bytes()), 0)),
            }
            if keys.decimals.len() + keys.texts.len() >= MAX_KEYS {
                runs.extend(flush(index, &mut keys).map_err(failed)?);
            }
            Ok(())
        })?;
    }
    runs.extend(flush(index, &mut keys).map_err(failed)?);
    index.hold(commit, runs);
    Ok(())
}

fn flush(index: &mut IdIndex, keys: &mut Keys) -> io::Result<Option<Run>> {
    if keys.decimals.is_empty() && keys.texts.is_empty() {
        return Ok(None);
    }
    keys.decimals.sort_unstable();
    keys.texts.sort_unstable();
    let run = index.write(keys)?;
    keys.decimals.clear();
    keys.texts.clear();
    Ok(Some(run))
}
