//! Events that an archive holds more than once. The index of ids keeps them out while it is right; here it is not asked: all ids are
//! read from the archive's own files.

use super::{HASHED, IdIndex, Run, Stored, id_key, merge, rebuild};
use crate::archive::texts::texts;
use crate::archive::{Archive, ArchiveError, StoredBefore};
use event::kind::Kind;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

/// Events that are named; more are counted.
const NAMED: usize = 5;

/// Events of a kind that are stored more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Twice {
    /// How many ids are there more than once.
    pub events: u64,
    /// Some of them, with the commits that hold them.
    pub named: BTreeMap<String, BTreeSet<u64>>,
}

impl Archive {
    /// Looks for events of a kind that are stored more than once. `scratch` is a folder of the caller's own for temporary files; `go_on` is asked after
    /// each commit, and ends the search without an answer. The memory that it takes does not grow with the archive.
    pub fn stored_twice(
        &self,
        kind: Kind,
        scratch: &Path,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<Twice>, ArchiveError> {
        let folder = scratch.join(kind.name());
        let failed = |source| ArchiveError::Io {
            path: folder.clone(),
            source,
        };
        let clear = || match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        };
        clear()?;
        fs::create_dir_all(&folder).map_err(failed)?;
        let searched = (|| {
            let mut index = IdIndex::empty(&folder, &folder, 0);
            index.stored = Stored::of(self, kind);
            let commits: Vec<u64> = index.stored.commits().collect();
            for commit in commits {
                rebuild::commit(&mut index, self, kind, commit)?;
                index.compact().map_err(failed)?;
                if !go_on() {
                    return Ok(None);
                }
            }
            repeated(&index).map(Some).map_err(failed)
        })();
        clear()?;
        let Some((events, keys)) = searched? else {
            return Ok(None);
        };
        let mut twice = Twice {
            events,
            named: BTreeMap::new(),
        };
        if events > 0 {
            self.name(kind, &keys, &mut twice)?;
        }
        Ok(Some(twice))
    }

    fn name(&self, kind: Kind, keys: &BTreeSet<u128>, twice: &mut Twice) -> Result<(), ArchiveError> {
        for file in self.all_files(kind, StoredBefore(u64::MAX)) {
            texts(&file, "event_id", &mut |text| {
                if keys.contains(&id_key(text)) {
                    twice
                        .named
                        .entry(text.to_owned())
                        .or_default()
                        .insert(file.commit);
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// How many keys are there more than once, and some of them.
fn repeated(index: &IdIndex) -> io::Result<(u64, BTreeSet<u128>)> {
    let runs: Vec<&Run> = index.runs.values().collect();
    let (mut count, mut some) = (0, BTreeSet::new());
    let mut last = (None, 1_u64);
    let mut take = |key: u128| {
        last = match last {
            (Some(before), times) if before == key => (Some(key), times + 1),
            _ => (Some(key), 1),
        };
        if last.1 == 2 {
            count += 1;
            if some.len() < NAMED {
                some.insert(key);
            }
        }
        Ok(())
    };
    merge::each::<u64>(&runs, &mut |key| take(u128::from(key)))?;
    merge::each::<u128>(&runs, &mut |key| {
        debug_assert!(key & HASHED != 0, "the two orders never meet");
        take(key)
    })?;
    Ok((count, some))
}
