//! Errors of the crates below, as errors of use cases.

use crate::base::error::{Error, ErrorKind, with_causes};
use lake::archive::ArchiveError;
use lake::import::{ImportError, SourceError};
use lake::kernel::KernelError;
use lake::sound::Unsound;
use run_files::RunFileError;

/// A kernel error as an error of a use case.
pub(crate) fn kernel_error(error: &KernelError) -> Error {
    if matches!(error, KernelError::Cancelled) {
        return Error::new(
            ErrorKind::Cancelled,
            "cancelled",
            "interrupted; nothing half-done is left visible",
        );
    }
    match error {
        KernelError::Io { .. } => Error::unavailable("facts/io", with_causes(error)),
        KernelError::Unsound(unsound) => archive_unsound(unsound),
        // The disk is full while facts are written.
        KernelError::Parquet { .. } if is_of_the_system(error) => {
            Error::unavailable("facts/io", with_causes(error))
        }
        KernelError::RevenueTooLarge { video, day, .. } => {
            Error::refused("facts/too-large", with_causes(error)).hint(format!(
                "compare the revenues of `{video}` on {day} with what was billed: is `revenue` mapped to the right column, in whole units of \
                 the currency? impressions that correct it, with revenue of the other sign on the same day and in the same country, bring it back"
            ))
        }
        KernelError::TooManyEvents { .. } => Error::refused("facts/too-many-events", with_causes(error))
            .hint("count fewer days at a time: a program of days rather than months, or a shorter span"),
        _ => Error::bad_input("facts/input", with_causes(error)),
    }
}

/// An import error as an error of a use case.
pub(crate) fn import_error(error: &ImportError) -> Error {
    if let ImportError::Archive(ArchiveError::Unsound(unsound)) = error {
        return archive_unsound(unsound);
    }
    if let ImportError::Archive(ArchiveError::Log { source }) = error
        && let Some(ours) = source.downcast_ref::<Error>()
    {
        return Error {
            message: ours.message.clone(),
            hint: ours.hint.clone(),
            ..*ours
        };
    }
    let (kind, code) = match error {
        ImportError::Archive(ArchiveError::Io { .. }) => (ErrorKind::Unavailable, "import/io"),
        ImportError::Archive(ArchiveError::Outrun { .. } | ArchiveError::GivenUp { .. })
        | ImportError::Outrun { .. } => (ErrorKind::Unavailable, "import/outrun"),
        ImportError::Archive(ArchiveError::Index { .. } | ArchiveError::Encode { .. })
            if is_of_the_system(error) =>
        {
            (ErrorKind::Unavailable, "import/io")
        }
        ImportError::Archive(_) => (ErrorKind::BadInput, "import/archive"),
        ImportError::NoSection { .. } => (ErrorKind::Usage, "import/no-section"),
        ImportError::Unreadable {
            source: SourceError::Io(_),
            ..
        } => (ErrorKind::Unavailable, "import/io"),
        ImportError::Unreadable { .. } => (ErrorKind::BadInput, "import/unreadable"),
        ImportError::Columns { .. } => (ErrorKind::BadInput, "import/columns"),
        ImportError::BareTime { .. } => (ErrorKind::BadInput, "import/time-unit"),
        ImportError::Cancelled { .. } => (ErrorKind::Cancelled, "cancelled"),
    };
    let ours = Error::new(kind, code, with_causes(error));
    match error.hint() {
        Some(hint) => ours.hint(hint),
        None if code == "import/io" => ours.hint(
            "nothing of this file was stored: see to it (space, permissions) and run the command again",
        ),
        None => ours,
    }
}

/// Did the system refuse (a full disk, a missing permission), rather than the bytes be wrong?
fn is_of_the_system(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind as Io;
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return !matches!(io.kind(), Io::InvalidData | Io::UnexpectedEof);
        }
        cause = error.source();
    }
    false
}

/// A stored file of the archive that is not what it was.
fn archive_unsound(error: &Unsound) -> Error {
    let message = with_causes(error);
    match error {
        Unsound::Unreadable { .. } => Error::unavailable("archive", message),
        Unsound::Changed { .. } | Unsound::Gone { .. } => Error::bad_input("archive/damaged", message).hint(
            "nothing was decided with it: restore the file from a backup; `permille verify` lists all that is damaged",
        ),
    }
}

/// An archive error as an error of a use case.
pub(crate) fn archive_error(error: ArchiveError) -> Error {
    if let ArchiveError::Unsound(unsound) = &error {
        return archive_unsound(unsound);
    }
    let kind = match &error {
        ArchiveError::Io { source, .. } if source.kind() != std::io::ErrorKind::InvalidData => {
            ErrorKind::Unavailable
        }
        _ => ErrorKind::BadInput,
    };
    Error::new(kind, "archive", with_causes(&error))
}

impl From<RunFileError> for Error {
    fn from(error: RunFileError) -> Error {
        match error {
            RunFileError::Io { what, path, source } => Error::io(what, &path, &source),
            RunFileError::Damaged { .. } => Error::bad_input("run/damaged", error.to_string())
                .hint("a run is never changed after it was written: restore the folder from a backup, or settle the period again in a copy of the workspace"),
            RunFileError::Write { .. } => Error::unavailable("run/write", error.to_string()),
            RunFileError::Unwritable(_) => Error::bug("run/unwritable", error.to_string()),
        }
    }
}
