//! What can go wrong with a store.

/// An error of a store. Nothing of the database transaction it happened in is kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process is writing and did not finish in time.
    #[error("another process is writing to {store}{}", by.as_deref().unwrap_or_default())]
    Busy {
        /// Which store.
        store: String,
        /// Which process, where the database knows, as the end of a sentence.
        by: Option<String>,
    },
    /// The command was done before under the same key: nothing was done now.
    #[error("done before: {0} has this key")]
    Repeated(Box<crate::change::Change>),
    /// The key was given to another command.
    #[error("the key was given to something else: {0}")]
    KeyOfAnother(Box<crate::change::Change>),
    /// The clock is behind the books by more than clocks differ.
    #[error("{store} was last written at {last}, and the clock says that it is {clock} now")]
    ClockBehind {
        /// Which store.
        store: String,
        /// When the last transaction was recorded.
        last: jiff::Timestamp,
        /// What the clock says.
        clock: jiff::Timestamp,
    },
    /// This machine's clock and the database's differ by more than clocks do.
    #[error("this machine's clock says that it is {ours}, and that of {store} {theirs}")]
    ClocksDiffer {
        /// Which store.
        store: String,
        /// What this machine's clock says.
        ours: jiff::Timestamp,
        /// What the database's says.
        theirs: jiff::Timestamp,
    },
    /// The store cannot be opened or reached.
    #[error("cannot open {store}: {reason}")]
    Open {
        /// Which store.
        store: String,
        /// What the database says.
        reason: String,
    },
    /// The URL names no store.
    #[error("`{url}` names no store: write a path, sqlite:PATH or postgres://USER@HOST/DATABASE")]
    Url {
        /// The URL.
        url: String,
    },
    /// The store was made by a newer version.
    #[error("{store} has schema {found}, this version knows {known}: use a newer permille")]
    Newer {
        /// Which store.
        store: String,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// The store has the layout of a version that was never released.
    #[error("{store} has schema {found}, of a version that was never released, and cannot be read")]
    Older {
        /// Which store.
        store: String,
        /// Its schema.
        found: i64,
    },
    /// The store may only be read.
    #[error("{store} may only be read, and refuses what is written")]
    ReadOnly {
        /// Which store.
        store: String,
    },
    /// The database refused a statement.
    #[error("{what}: {reason}")]
    Database {
        /// What was attempted.
        what: &'static str,
        /// What the database says.
        reason: String,
    },
    /// A record was changed by somebody else since it was read.
    #[error("{kind} `{id}` was changed by somebody else in the meantime")]
    Conflict {
        /// Kind of record.
        kind: String,
        /// Its id.
        id: String,
    },
    /// A record was to be sealed under a key that was destroyed.
    #[error("the sealing key `{name}` was destroyed")]
    KeyDestroyed {
        /// Its name.
        name: String,
    },
    /// A transaction's key is taken already. Stores answer it before anybody sees it.
    #[error("a transaction's key is taken already")]
    KeyTaken,
    /// People asked to stop while it waited for another process.
    #[error("interrupted; nothing was changed")]
    Stopped,
    /// A dry run has kept others from writing for too long.
    #[error("the dry run has kept others from writing for so long that it was given up")]
    DryRunOver,
    /// The disk of the store is full, and nothing was written.
    #[error("the disk is full: cannot {what}")]
    Full {
        /// What could not be done.
        what: &'static str,
    },
    /// What is stored cannot be read.
    #[error("{what} is damaged: {reason}")]
    Damaged {
        /// What.
        what: String,
        /// Why.
        reason: String,
    },
    /// A fault made on purpose by a simulation.
    #[error("injected fault")]
    Injected,
}

impl StoreError {
    /// True when something that is stored cannot be read, and the rest may be.
    pub const fn is_damage(&self) -> bool {
        matches!(self, StoreError::Damaged { .. })
    }

    /// True when trying again later may help.
    pub const fn is_busy(&self) -> bool {
        matches!(self, StoreError::Busy { .. })
    }
}
