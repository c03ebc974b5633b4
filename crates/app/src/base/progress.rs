//! How long work reports on itself, and how it is told to stop.

use crate::base::error::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often a wish to stop is looked for while something goes on that cannot be told of it.
const LOOK_UP: Duration = Duration::from_millis(50);

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

    /// Does work of which nobody knows how long it takes. A wish to stop is heard at once: neither a pipe nor the reader of XML can be
    /// told of it, so they are left behind.
    ///
    /// # Errors
    /// The user wants to stop.
    pub fn unless_stopped<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (send, receive) = channel();
        std::thread::spawn(move || {
            // Nobody listens any more after a wish to stop.
            let _ = send.send(work());
        });
        loop {
            self.check()?;
            match receive.recv_timeout(LOOK_UP) {
                Ok(done) => return Ok(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::bug("work/ended", "work ended without an answer"));
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn work_that_does_not_end_is_left_behind() {
        let cancel = Arc::new(AtomicBool::new(false));
        let writes = AtomicBool::new(false);
        let now = jiff::Timestamp::UNIX_EPOCH;
        let context = Context {
            progress: &Silent,
            cancel: &cancel,
            now,
            clock: now,
            recorded: now.into(),
            writes: &writes,
            threads: 1,
            memory: None,
            user: "bob",
            way: "test",
            key: None,
            command: "payout import-answer",
        };
        assert_eq!(context.unless_stopped(|| 7).unwrap(), 7);
        // The wish to stop comes when the work has begun, and the work waits for what never comes.
        let (never, comes) = channel::<()>();
        let wish = Arc::clone(&cancel);
        let stopped = context.unless_stopped(move || {
            wish.store(true, Ordering::Relaxed);
            comes.recv()
        });
        assert!(stopped.unwrap_err().to_string().contains("interrupted"));
        drop(never);
    }
}
