//! How long work reports on itself, and how it is told to stop.

use crate::base::error::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};

/// Watches long work. Implementations draw a bar, log, or do nothing.
pub trait Progress: Sync {
    /// A new stage begins; `total` units if known.
    fn stage(&self, name: &str, total: Option<u64>);
    /// So many units of the stage are done in all.
    fn position(&self, done: u64);
    /// Something worth a line that is not an error.
    fn note(&self, text: &str);
}

/// Watches nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str, _: Option<u64>) {}
    fn position(&self, _: u64) {}
    fn note(&self, _: &str) {}
}

/// The user when nobody said who asks.
pub const UNKNOWN: &str = "unknown";

/// What every long use case is handed: who watches, when to stop, what time it is.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Set when the user wants to stop.
    pub cancel: &'a AtomicBool,
    /// The present that decisions are made for: which periods are over, which day a payment leaves. People may name another one
    /// than the clock's (`--now`).
    pub now: jiff::Timestamp,
    /// The present as the clock shows it: when something was done bears this. In a workspace for tests it is `now`.
    pub clock: jiff::Timestamp,
    /// When the books record what is written.
    pub recorded: store::Recorded,
    /// Set when something is about to be written.
    pub writes: &'a AtomicBool,
    /// Worker threads.
    pub threads: usize,
    /// Memory budget in bytes for heavy work; `None`: nobody named one.
    pub memory: Option<u64>,
    /// Who asks: recorded with every change of the books. [`UNKNOWN`]: nobody said.
    pub user: &'a str,
    /// By which way in the user came: `cli`. Recorded with every change of the books.
    pub way: &'a str,
    /// The key that a command was called with, which is then done once.
    pub key: Option<store::Key<'a>>,
    /// What is asked, in the words of the command line: `period close`. Recorded with every change of the books.
    pub command: &'a str,
}

impl<'a> Context<'a> {
    /// Who changes the books, and by which command.
    pub fn by(&self) -> store::By<'a> {
        store::By::new(self.user, self.command).way(self.way)
    }

    /// The same under the command's key: for commands that make one change, which is their receipt.
    pub fn once(&self) -> store::By<'a> {
        self.by().once(self.key)
    }

    /// The same for another command.
    #[must_use]
    pub fn doing(&self, command: &'a str) -> Self {
        Context { command, ..*self }
    }

    /// Errors when the user has asked to stop.
    pub fn check(&self) -> Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(Error::new(
                ErrorKind::Cancelled,
                "cancelled",
                "interrupted; nothing half-done is left visible",
            ));
        }
        Ok(())
    }

    /// Refuses to write for a present that has not come.
    pub fn may_write(&self) -> Result<()> {
        if self.now > self.clock {
            return Err(Error::refused(
                "now/ahead",
                format!("{} has not come: it is {} now", self.now, self.clock),
            )
            .hint("leave --now (PERMILLE_NOW) out; rehearsals of later days have a workspace of their own: `permille init --test`"));
        }
        self.writes.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Who asks, where it must be known: moving money out takes two people who can be told apart.
    pub fn person(&self) -> Result<&str> {
        match self.user {
            UNKNOWN => Err(Error::usage(
                "user/unknown",
                "who is paid, and what, is decided by people with names, and nobody is named",
            )
            .hint("say who you are with --user NAME, or set USER")),
            name => Ok(name),
        }
    }

    /// The clock's day in UTC, whatever day decisions are made for.
    pub fn clock_day(&self) -> jiff::civil::Date {
        self.clock.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// Today in UTC.
    pub fn today(&self) -> jiff::civil::Date {
        self.now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}
