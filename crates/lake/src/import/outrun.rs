//! What an import does whose commit another one has outrun: it takes what that has stored out of its own files, and of those only.

use super::ImportError;
use super::amounts;
use super::file::{FileWork, index_error};
use crate::archive::ids::IdIndex;
use crate::archive::{Archive, ArchiveError, CommitLog};
use event::kind::Kind;
use std::collections::BTreeMap;

impl FileWork<'_> {
    /// Brings the archive and its indexes to what the log has, and takes out of the draft what others have stored meanwhile.
    ///
    /// # Errors
    /// [`ArchiveError::Outrun`] where the file is better read again from its start.
    pub(super) fn catch_up(
        &mut self,
        (archive, log): (&mut Archive, &mut dyn CommitLog),
        indexes: &mut BTreeMap<Kind, IdIndex>,
        hash: &str,
    ) -> Result<(), ImportError> {
        let before = archive.last_commit();
        archive.extend(log.after(before)?)?;
        let read_again = || ArchiveError::Outrun { number: before + 1 };
        for commit in archive.commits().iter().filter(|commit| commit.number > before) {
            // Whether a row contradicts a stored amount was decided while it was read.
            let compared = commit.files.iter().filter(|file| amounts::is_compared(file.kind));
            if compared.into_iter().any(|file| indexes.contains_key(&file.kind)) {
                return Err(read_again().into());
            }
            for chunk in &mut self.chunks {
                let kind = chunk.kind();
                let index = indexes.get_mut(&kind).expect("an index for every section");
                let repeated = index.take_in(archive, kind, commit)?.ok_or_else(read_again)?;
                // Of many commits not every run is kept open.
                index.compact().map_err(|source| index_error(kind, source))?;
                if repeated.is_empty() {
                    continue;
                }
                for path in self.draft.files(kind) {
                    chunk.drop_stored(&mut self.draft, &path, &repeated)?;
                }
                index
                    .without(&repeated)
                    .map_err(|source| index_error(kind, source))?;
            }
        }
        self.keep_unlisted(archive.listed_rows(before, hash)?)?;
        Ok(())
    }
}
