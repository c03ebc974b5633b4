//! Books that many threads of a process use at once: each reader over a connection of its own, and writers one after the other over one,
//! which keeps the accounts that it knows.
//!
//! Connections stay open between uses. One that has failed, or whose database is not the one under its name any more (a file that a backup
//! was put in the place of), is used no more.

use crate::change::By;
use crate::error::StoreError;
use crate::recorded::Recorded;
use crate::turn::{Tell, patiently};
use crate::tx::{Store, Tx};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

type Result<T> = std::result::Result<T, StoreError>;

/// Connections of readers that are kept open while nobody reads. More are made where more read at once.
const IDLE: usize = 8;

/// One store for many threads. Clones are the same one.
#[derive(Clone)]
pub struct Connections {
    shared: Arc<Shared>,
}

/// Makes a connection.
type Open = Box<dyn Fn() -> Result<Store> + Send + Sync>;

struct Shared {
    place: String,
    open: Open,
    tell: Option<Tell>,
    stops: Option<fn() -> bool>,
    readers: Mutex<Vec<Store>>,
    writer: Mutex<Writer>,
    /// Told when the writer is free.
    freed: Condvar,
    /// Whether nothing is kept: then readers, too, use the writer's connection, which alone sees what was written.
    is_dry_run: bool,
}

/// The connection that writes.
enum Writer {
    /// Nobody writes over it; none: it was not made, or it failed.
    Free(Option<Box<Store>>),
    /// Somebody writes.
    Taken,
}

/// The writer while somebody has it. It is free again when this is dropped, and kept if nothing has failed.
struct Turn<'p> {
    shared: &'p Shared,
    store: Option<Box<Store>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Half a change may stand in one that somebody panicked over.
        let store = self.store.take().filter(|_| !std::thread::panicking());
        *held(&self.shared.writer) = Writer::Free(store);
        self.shared.freed.notify_one();
    }
}

/// What a lock holds is whole between uses, whoever panicked.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn usable(kept: Option<Store>) -> Option<Store> {
    let mut store = kept?;
    store.is_usable().then_some(store)
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connections").field(&self.shared.place).finish()
    }
}

impl Connections {
    /// A store by its URL, as [`Store::open_waiting`] opens it. It is opened by the first use.
    pub fn new(url: &str, tell: Option<Tell>, stops: Option<fn() -> bool>) -> Connections {
        let place = crate::place::without_password(url.strip_prefix("sqlite:").unwrap_or(url));
        let (url, told) = (url.to_owned(), tell.clone());
        let open = move || Store::open_waiting(&url, told.clone(), stops);
        Self::of(place, Box::new(open), tell, stops)
    }

    /// Whatever a function opens, each time the same store: for simulation. `place`: its name.
    pub fn over(place: &str, open: impl Fn() -> Result<Store> + Send + Sync + 'static) -> Connections {
        Self::of(place.to_owned(), Box::new(open), None, None)
    }

    /// The same store for a [dry run](Store::dry_run): these connections alone see what is written over them, and it is forgotten with
    /// the last of their clones.
    #[must_use]
    pub fn dry_run(&self) -> Connections {
        let of = self.shared.clone();
        let shared = Shared {
            place: of.place.clone(),
            tell: of.tell.clone(),
            stops: of.stops,
            open: Box::new(move || (of.open)().map(Store::dry_run)),
            readers: Mutex::default(),
            writer: Mutex::new(Writer::Free(None)),
            freed: Condvar::new(),
            is_dry_run: true,
        };
        Connections {
            shared: Arc::new(shared),
        }
    }

    fn of(place: String, open: Open, tell: Option<Tell>, stops: Option<fn() -> bool>) -> Connections {
        Connections {
            shared: Arc::new(Shared {
                place,
                open,
                tell,
                stops,
                readers: Mutex::new(Vec::new()),
                writer: Mutex::new(Writer::Free(None)),
                freed: Condvar::new(),
                is_dry_run: false,
            }),
        }
    }

    /// Where it is, for people, without passwords.
    pub fn place(&self) -> &str {
        &self.shared.place
    }

    /// Runs a closure over one state of the store, as [`Store::read`] does.
    ///
    /// # Errors
    /// Those of the closure, and of a store that cannot be opened or read.
    pub fn read<T, E: From<StoreError>>(
        &self,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.reading(|store| store.read(run))
    }

    /// Runs a closure as the only writer, as [`Store::write`] does.
    ///
    /// # Errors
    /// Those of the closure, and of a store that cannot be opened or written, or whose turn does not come in time.
    pub fn write<T, E: From<StoreError>>(
        &self,
        by: By<'_>,
        recorded: impl Into<Recorded>,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.writing(|store| store.write(by, recorded, run))
    }

    /// The same as [`Store::clocks_agree`].
    ///
    /// # Errors
    /// The clocks differ, or the store cannot be read.
    pub fn clocks_agree(&self) -> Result<()> {
        self.reading(Store::clocks_agree)
    }

    /// The same as [`Store::mend_clock`].
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn mend_clock(&self, actor: &str, reason: &str) -> Result<bool> {
        self.writing(|store| store.mend_clock(actor, reason))
    }

    /// The same as [`Store::back_up`].
    ///
    /// # Errors
    /// The store cannot be read, or the file not written.
    pub fn back_up(&self, to: &Path) -> Result<bool> {
        self.reading(|store| store.back_up(to))
    }

    fn reading<T, E: From<StoreError>>(
        &self,
        run: impl FnOnce(&mut Store) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        if self.shared.is_dry_run {
            return self.writing(run);
        }
        let idle = held(&self.shared.readers).pop();
        let mut store = match usable(idle) {
            Some(store) => store,
            None => (self.shared.open)()?,
        };
        let done = run(&mut store);
        let mut idle = held(&self.shared.readers);
        if idle.len() < IDLE {
            idle.push(store);
        }
        done
    }

    fn writing<T, E: From<StoreError>>(
        &self,
        run: impl FnOnce(&mut Store) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut turn = self.turn()?;
        let kept = turn.store.take().map(|store| *store);
        // Of a dry run another connection knows nothing: an error of this one ends it.
        let kept = if self.shared.is_dry_run {
            kept
        } else {
            usable(kept)
        };
        let store = match kept {
            Some(store) => store,
            None => (self.shared.open)()?,
        };
        run(turn.store.insert(Box::new(store)))
    }

    /// Waits until no other thread writes.
    fn turn(&self) -> Result<Turn<'_>> {
        let shared = &*self.shared;
        patiently(shared.tell.as_ref(), shared.stops, |wait| self.taken(wait))
    }

    fn taken(&self, wait: Duration) -> Result<Turn<'_>> {
        let shared = &*self.shared;
        let writer = held(&shared.writer);
        let is_taken = |writer: &mut Writer| matches!(writer, Writer::Taken);
        let (mut writer, _) = shared
            .freed
            .wait_timeout_while(writer, wait, is_taken)
            .unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *writer, Writer::Taken) {
            Writer::Free(store) => Ok(Turn { shared, store }),
            Writer::Taken => Err(StoreError::Busy {
                store: self.place().to_owned(),
                by: Some(" (another command of this process)".to_owned()),
            }),
        }
    }
}
