//! One run of the command line: its options resolved against environment, workspace and machine.

use crate::args::{Asked, Format, Global};
use crate::output::Output;
use crate::progress::Bars;
use crate::request;
use access::{Needs, Scope};
use app::base::config::parse_bytes;
use app::base::error::{Cause, Error, Result};
use app::base::progress::{Context, Progress};
use app::queries::ledger::changes::Listed;
use app::queries::receipts;
use app::workspace::{Workspace, actors};
use clap::ArgMatches;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Key, Recorded};

/// Set by Ctrl-C and by a request to terminate.
static CANCEL: AtomicBool = AtomicBool::new(false);

/// The exit code of a command that was told to stop.
const INTERRUPTED: i32 = 130;

/// How long work may take to its next safe point. What waits for a reader or at a pipe comes to none.
const GRACE: Duration = Duration::from_secs(10);

/// What a command needs besides its own arguments.
pub struct Session {
    /// Where results go.
    pub output: Output,
    /// What `--format` said; only an export looks at it.
    pub asked: Asked,
    bars: Arc<Bars>,
    workspace: Option<PathBuf>,
    store: Option<String>,
    user: String,
    command: String,
    /// The key that was given, and the hash of what was asked.
    key: Option<(String, [u8; 32])>,
    threads: Option<u16>,
    memory: Option<u64>,
    now: jiff::Timestamp,
    clock: jiff::Timestamp,
    has_told_now: AtomicBool,
    /// Whether nothing is kept.
    pub is_dry_run: bool,
    scope: OnceLock<Scope>,
}

impl Session {
    /// Resolves the global options. `matches`: what was typed.
    pub fn new(global: &Global, matches: &ArgMatches) -> Result<Session> {
        // The first Ctrl-C asks the work to stop at the next safe point; the second, or some time, ends the process, which
        // is safe too: nothing becomes visible before it is whole.
        ctrlc::set_handler(|| {
            if CANCEL.swap(true, Ordering::Relaxed) {
                std::process::exit(INTERRUPTED);
            }
            std::thread::spawn(|| {
                std::thread::sleep(GRACE);
                std::process::exit(INTERRUPTED);
            });
        })
        .map_err(|e| Error::unavailable("signals", format!("cannot watch for Ctrl-C: {e}")))?;
        let clock = jiff::Timestamp::now();
        Ok(Session {
            asked: global.format,
            output: Output {
                format: match global.format {
                    Asked::Json => Format::Json,
                    Asked::Csv => Format::Csv,
                    Asked::Table | Asked::Hledger | Asked::Beancount => Format::Table,
                },
            },
            bars: Arc::new(Bars::new()),
            workspace: global.workspace.clone(),
            store: global.store.clone(),
            user: user(global)?,
            command: request::words(matches),
            key: match &global.key {
                Some(key) => Some((key.clone(), request::hash(matches)?)),
                None => None,
            },
            threads: global.threads,
            memory: global.memory.as_deref().map(parse_bytes).transpose()?,
            now: global.now.unwrap_or(clock),
            clock,
            has_told_now: AtomicBool::new(false),
            is_dry_run: global.dry_run,
            scope: OnceLock::new(),
        })
    }

    /// Lets the user in to do what was typed, with an option that makes another command of it.
    pub fn enter(&self, option: Option<&str>) -> Result<()> {
        let command = [Some(self.command.as_str()), option];
        let command: Vec<&str> = command.into_iter().flatten().collect();
        let command = command.join(" ");
        if let Some((key, _)) = &self.key {
            receipts::must_be_key(key, &command)?;
        }
        if self.is_dry_run {
            must_write(&command)?;
        }
        let scope = actors::enter(|| self.workspace().ok(), &self.user, &command)?;
        self.scope.get_or_init(|| scope);
        Ok(())
    }

    /// Whose data the user may see by what was typed.
    pub fn scope(&self) -> &Scope {
        static NOTHING: Scope = Scope::Own {
            creators: BTreeSet::new(),
            payees: BTreeSet::new(),
        };
        self.scope.get().unwrap_or(&NOTHING)
    }

    /// The workspace that was named, or the nearest one.
    pub fn workspace(&self) -> Result<Workspace> {
        let workspace = match &self.workspace {
            Some(folder) => Workspace::open(folder),
            None => {
                let here = std::env::current_dir()
                    .map_err(|e| Error::unavailable("io", format!("no current folder: {e}")))?;
                Workspace::find(&here)
            }
        };
        let bars = self.bars.clone();
        let tell = Arc::new(move |text: &str| bars.note(text));
        let workspace = workspace?
            .with_store(self.store.clone())
            .telling(tell, || CANCEL.load(Ordering::Relaxed));
        match self.is_dry_run {
            true => workspace.for_dry_run(),
            false => Ok(workspace),
        }
    }

    /// Where `--store` says the books are.
    pub fn store(&self) -> Option<&str> {
        self.store.as_deref()
    }

    /// The workspace, if there is one. A named workspace must be there.
    pub fn workspace_if_any(&self) -> Result<Option<Workspace>> {
        match self.workspace() {
            Ok(workspace) => Ok(Some(workspace)),
            Err(error) if error.cause == Some(Cause::Absent) && self.workspace.is_none() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What was done before under the key that was given.
    pub fn done_before(&self) -> Result<Option<Listed>> {
        if self.key.is_none() {
            return Ok(None);
        }
        let workspace = self.workspace()?;
        self.work(Some(&workspace), |context| receipts::find(&workspace, context))
    }

    /// Says something on standard error that is not an error.
    pub fn note(&self, text: &str) {
        self.bars.note(text);
    }

    /// Runs long work with its context and removes the bar afterwards.
    pub fn work<T>(
        &self,
        workspace: Option<&Workspace>,
        work: impl FnOnce(&Context<'_>) -> Result<T>,
    ) -> Result<T> {
        let configured = workspace.map(Workspace::config);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = match (self.threads, configured.map_or(0, |config| config.threads)) {
            (Some(threads), _) => usize::from(threads),
            (None, 0) => cores,
            (None, threads) => threads,
        };
        let memory = match (
            self.memory,
            configured.and_then(|config| config.memory.as_deref()),
        ) {
            (Some(bytes), _) => Some(bytes),
            (None, Some(text)) => Some(parse_bytes(text)?),
            (None, None) => None,
        };
        let (clock, recorded) = match workspace.is_some_and(Workspace::is_test) {
            true => (self.now, Recorded::At(self.now)),
            false => (self.clock, Recorded::ByClock),
        };
        let writes = AtomicBool::new(false);
        let key = self.key.as_ref();
        let context = Context {
            progress: &*self.bars,
            cancel: &CANCEL,
            now: self.now,
            clock,
            recorded,
            writes: &writes,
            threads,
            memory,
            user: &self.user,
            way: "cli",
            key: key.map(|(key, request)| Key {
                key,
                request: *request,
            }),
            command: &self.command,
        };
        let result = work(&context);
        self.bars.finish();
        let has_written = result.is_ok() && writes.into_inner();
        if has_written && self.now != clock && !self.has_told_now.swap(true, Ordering::Relaxed) {
            self.note(&format!(
                "the present was taken as {} (--now); what was done is recorded with the clock's time",
                self.now
            ));
        }
        result
    }
}

/// Refuses a dry run of what changes nothing in the books: whether it writes files is another question.
fn must_write(command: &str) -> Result<()> {
    match access::needs(command) {
        Some(Needs::Permission(permission)) if permission.writes() => Ok(()),
        _ => Err(Error::usage(
            "dry-run/nothing",
            format!("`{command}` changes nothing in the books, and has no dry run"),
        )
        .hint("leave --dry-run out")),
    }
}

/// Who is asking: as named, else the login name. A name that others cannot be told from is refused, wherever it stands.
fn user(global: &Global) -> Result<String> {
    if let Some(name) = &global.user {
        return named(name, "`--user`");
    }
    let mut login = ["USER", "LOGNAME"].into_iter().filter_map(|variable| {
        let name = std::env::var(variable).ok()?;
        (!name.trim().is_empty()).then_some((name, variable))
    });
    if let Some((name, variable)) = login.next() {
        return named(&name, variable);
    }
    // Containers and schedulers often set neither; the account has a name all the same.
    Ok(whoami::username().unwrap_or_else(|_| app::base::progress::UNKNOWN.to_owned()))
}

/// A person's name. A name that looks like another's is no second person.
fn named(name: &str, place: &str) -> Result<String> {
    let is_plain = |character: char| !character.is_control() && !payout::payee::is_hidden(character);
    match name.trim() {
        name if !name.chars().all(is_plain) => Err(Error::usage(
            "user/name",
            format!("{place} has characters that nobody sees: {name:?}"),
        )),
        "" => Err(Error::usage("user/empty", format!("{place} has no name")).hint("for example --user ann")),
        name if !payout::person::is_name(name) => Err(Error::usage(
            "user/name",
            format!("{place} is `{name}`, without a letter or digit to tell people apart by"),
        )
        .hint("for example --user ann")),
        name => Ok(name.to_owned()),
    }
}
