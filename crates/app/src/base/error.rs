//! One error for all use cases: its kind, its message, and what to do about it.

use std::fmt;

/// The kind of an error; the command line's exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is not well formed or names something that does not exist.
    Usage,
    /// The request is understood and refused by a rule.
    Refused,
    /// Input data or a document is wrong.
    BadInput,
    /// A file, folder or lock that is needed is not there or not free now.
    Unavailable,
    /// The user interrupted the work; nothing half-done remains visible.
    Cancelled,
    /// A defect of Permille.
    Bug,
}

impl ErrorKind {
    /// The stable word for the kind in JSON output.
    pub const fn name(self) -> &'static str {
        match self {
            ErrorKind::Usage => "usage",
            ErrorKind::Refused => "refused",
            ErrorKind::BadInput => "bad_input",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::Bug => "bug",
        }
    }
}

/// What an error means to the code that called, where it goes on otherwise than by telling it. Codes are for people and other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something was changed by another process since it was read.
    Conflict,
    /// The command was done before under its key.
    Repeated,
    /// Something in the books cannot be read, or says what cannot be. The rest may be sound.
    Damage,
    /// The books, and nothing single in them.
    Books,
    /// A file cannot be read. Others may be.
    File,
    /// What was asked for is not there.
    Absent,
    /// What a single event brings about the books cannot hold.
    Event,
}

impl Cause {
    fn of(error: &store::StoreError) -> Cause {
        use store::StoreError;
        match error {
            StoreError::Repeated(_) => Cause::Repeated,
            StoreError::Conflict { .. } => Cause::Conflict,
            StoreError::Damaged { .. } => Cause::Damage,
            _ => Cause::Books,
        }
    }
}

/// How often a command begins anew before it gives up.
const ATTEMPTS: usize = 8;

/// Does work from its beginning again when another process has changed what it had read, so often at most.
pub(crate) fn again_on_conflict<T>(mut work: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 1..ATTEMPTS {
        match work() {
            Err(error) if error.is_conflict() => {}
            done => return done,
        }
    }
    work()
}

/// An error with its stable code, message and hint.
#[derive(Clone, Debug)]
pub struct Error {
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// Stable code, e.g. `settle/open-period`.
    pub code: &'static str,
    /// What happened: lower case, with ids and values.
    pub message: String,
    /// What to do, where it is known.
    pub hint: Option<String>,
    /// What it means to the code that called.
    pub cause: Option<Cause>,
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error without a hint.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> Error {
        Error {
            kind,
            code,
            message: message.into(),
            hint: None,
            cause: None,
        }
    }

    /// A request that names something that does not exist.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Usage, code, message)
    }

    /// A request refused by a rule.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Refused, code, message)
    }

    /// Wrong input.
    pub fn bad_input(code: &'static str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::BadInput, code, message)
    }

    /// Something needed is not available.
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unavailable, code, message)
    }

    /// Something in the books that cannot be read.
    pub(crate) fn damage(message: impl Into<String>) -> Error {
        Error::bad_input(DAMAGED, message).because(Cause::Damage)
    }

    /// A defect.
    pub fn bug(code: &'static str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Bug, code, message)
    }

    /// The same error with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(hint.into());
        self
    }

    /// The same error with what it means to the code that called.
    #[must_use]
    pub fn because(mut self, cause: Cause) -> Error {
        self.cause = Some(cause);
        self
    }

    /// True when what a command had read was changed by another one before it wrote: nothing of it was kept, and from the beginning
    /// it may go well.
    pub fn is_conflict(&self) -> bool {
        self.cause == Some(Cause::Conflict)
    }

    /// True when the command was done before under the same key: nothing was done now.
    pub fn is_repeated(&self) -> bool {
        self.cause == Some(Cause::Repeated)
    }

    /// True when something in the books cannot be read: the rest may be.
    pub fn is_damage(&self) -> bool {
        self.cause == Some(Cause::Damage)
    }

    /// An IO error on a path.
    pub fn io(action: &str, path: &std::path::Path, source: &std::io::Error) -> Error {
        Error::of_file("io", action, path, source)
    }

    /// A file that cannot be read. Others may be.
    pub fn unreadable(path: &std::path::Path, source: &std::io::Error) -> Error {
        Error::of_file("io/read", "read", path, source).because(Cause::File)
    }

    fn of_file(code: &'static str, action: &str, path: &std::path::Path, source: &std::io::Error) -> Error {
        // Bytes that are there and are no text are wrong for good: waiting does not help.
        let kind = match source.kind() {
            std::io::ErrorKind::InvalidData => ErrorKind::BadInput,
            _ => ErrorKind::Unavailable,
        };
        let error = Error::new(
            kind,
            code,
            format!("cannot {action} {}: {source}", path.display()),
        );
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => error.hint(MAKE_ROOM),
            _ => error,
        }
    }
}

/// The code of something in the books that cannot be read.
const DAMAGED: &str = "store/damaged";

/// What to do about a full disk.
const MAKE_ROOM: &str =
    "nothing half-done is left: make room on the disk and run the command again, nothing is booked twice";

impl From<store::StoreError> for Error {
    fn from(error: store::StoreError) -> Error {
        use store::StoreError;
        let (kind, code, hint) = match &error {
            StoreError::Busy { .. } => (
                ErrorKind::Unavailable,
                "store/busy",
                "wait until it is done and run the command again; nothing was changed",
            ),
            StoreError::Repeated(_) => (ErrorKind::Refused, "key/repeated", "nothing was done now"),
            StoreError::KeyOfAnother(_) => (
                ErrorKind::Refused,
                "key/taken",
                "nothing was done: a key stands for one command with all its options and files; give this one another",
            ),
            StoreError::Stopped => return Error::new(ErrorKind::Cancelled, "cancelled", error.to_string()),
            StoreError::ReadOnly { .. } => (
                ErrorKind::Unavailable,
                "store/read-only",
                "it may be a standby, or have default_transaction_read_only set: name the server that is written to with --store, or ask whoever runs it",
            ),
            StoreError::Full { .. } => (ErrorKind::Unavailable, "store/full", MAKE_ROOM),
            StoreError::DryRunOver => (
                ErrorKind::Unavailable,
                "store/dry-run",
                "look at less of it: one program, one period",
            ),
            StoreError::Open { .. } => (
                ErrorKind::Unavailable,
                "store/open",
                "`--store URL`, PERMILLE_STORE or `store` in permille.toml say where the books are",
            ),
            StoreError::Url { .. } => (
                ErrorKind::Usage,
                "store/url",
                "for example postgres://me@localhost/books",
            ),
            StoreError::Newer { .. } => (ErrorKind::BadInput, "store/newer", "nothing was changed"),
            StoreError::Older { .. } => (
                ErrorKind::BadInput,
                "store/older",
                "begin new books: remove this file, or name an empty database; `settle`, `live book` and `period close` book from the archive again",
            ),
            StoreError::Conflict { .. } | StoreError::KeyDestroyed { .. } => (
                ErrorKind::Unavailable,
                "store/conflict",
                "others write all the time, and nothing of this command was kept: run it again",
            ),
            StoreError::ClockBehind { .. } => (
                ErrorKind::Unavailable,
                "store/clock",
                "set the clock right and run the command again; if it was wrong before and is right now: `permille ledger mend-clock --reason TEXT`",
            ),
            StoreError::ClocksDiffer { .. } => (
                ErrorKind::Unavailable,
                "store/clocks",
                "set the clock that is wrong right, and run the command again: what is due and what may be paid is decided by the day",
            ),
            StoreError::Damaged { .. } => (
                ErrorKind::BadInput,
                DAMAGED,
                "`permille ledger verify` lists what is wrong; restore the store from a backup",
            ),
            StoreError::Database { .. } | StoreError::KeyTaken | StoreError::Injected => (
                ErrorKind::Unavailable,
                "store/database",
                "nothing of this command was kept, unless it says `commit`: run it again, nothing is booked twice",
            ),
        };
        Error::new(kind, code, error.to_string())
            .hint(hint)
            .because(Cause::of(&error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// An error's message followed by those of its causes.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let cause = inner.to_string();
        if !message.contains(&cause) {
            message.push_str(": ");
            message.push_str(&cause);
        }
        source = inner.source();
    }
    message
}
