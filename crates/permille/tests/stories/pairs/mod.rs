//! Every pair of commands that write the books runs at once, on both databases, and comes to what it comes to one after the other.
//!
//! The two processes work in two copies of a workspace, as two machines do, so that nothing but the books keeps them apart. They are
//! started while the test holds the right to write: both have read the books as they were when the first of them may write. That is
//! the worst moment there is, and it is the same at every run.
//!
//! On PostgreSQL a third of the pairs is run unless `PERMILLE_PAIRS=all` asks for all of them.

pub mod base;

use base::Base;
use ledger::AccountKind;
use scratch_postgres::{Durability, Server};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use store::{AccountFilter, Recorded, Store, StoreError};

/// Exit code of a command that a rule refuses.
const REFUSED: i32 = 3;

/// What two commands came to: their exit codes, and everything in the books that does not depend on time or on order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ended {
    codes: [i32; 2],
    books: BTreeMap<String, u32>,
}

/// A command on a copy of the workspace.
pub fn command(folder: &Path, store: &str, words: &str) -> Command {
    let mut process = Command::new(env!("CARGO_BIN_EXE_permille"));
    process
        .args(words.split(' '))
        .current_dir(folder)
        .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
        .env("PERMILLE_STORE", store)
        .env("USER", "owner");
    process
}

/// One of the processes: nothing that it reads differs from the other's but its folder.
fn start(folder: &Path, store: &str, words: &str) -> Child {
    command(folder, store, words)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ends a process. It may be refused; a defect is no answer, and neither is that the other was in the way. That a run lies in the
/// other machine's folder is as good as having made it.
fn code(child: Child, command: &str) -> i32 {
    let output = child.wait_with_output().unwrap();
    let code = output.status.code().unwrap_or(-1);
    let said = String::from_utf8_lossy(&output.stderr);
    if code == 4 && said.contains("gone]") {
        return 0;
    }
    assert!([0, 2, 3].contains(&code), "permille {command}: {code}\n{said}");
    code
}

/// Processor time that a process has used, or none when it has ended.
fn used(child: &Child) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let is_over = fields[0] == "Z";
    (!is_over).then(|| fields[11].parse::<u64>().unwrap_or(0) + fields[12].parse::<u64>().unwrap_or(0))
}

/// Waits until processes do nothing any more: they have ended, or wait for the books.
fn until_quiet(children: &[Child; 2]) {
    let began = Instant::now();
    let look = || children.each_ref().map(used);
    let mut before = look();
    loop {
        std::thread::sleep(Duration::from_millis(60));
        let now = look();
        let is_quiet = before == now && now.iter().all(|used| used.is_none_or(|used| used > 0));
        if is_quiet || began.elapsed() > Duration::from_millis(900) {
            return;
        }
        before = now;
    }
}

fn at_once(folders: [&Path; 2], store: &str, commands: [&str; 2]) -> [i32; 2] {
    let mut books = Store::open(store).unwrap();
    let mut children = None;
    let held = books.write::<(), StoreError>(store::By::new("test", "test"), Recorded::ByClock, |_| {
        let started = [0, 1].map(|one| start(folders[one], store, commands[one]));
        until_quiet(&started);
        children = Some(started);
        // Nothing was written: the others go on from the same state.
        Err(StoreError::Injected)
    });
    assert!(matches!(held, Err(StoreError::Injected)), "{held:?}");
    let [first, second] = children.unwrap();
    [code(first, commands[0]), code(second, commands[1])]
}

/// Runs commands one after the other; one that is not run counts as refused.
fn in_turn(folders: [&Path; 2], store: &str, commands: [&str; 2], order: &[usize]) -> [i32; 2] {
    let mut codes = [REFUSED; 2];
    for &one in order {
        codes[one] = code(start(folders[one], store, commands[one]), commands[one]);
    }
    codes
}

/// Entries and records without their times and numbers, and how often each is there.
fn books(store: &str) -> BTreeMap<String, u32> {
    let mut store = Store::open(store).unwrap();
    let mut all = BTreeMap::new();
    let mut note = |text: String| *all.entry(text).or_default() += 1;
    store
        .read::<_, StoreError>(|tx| {
            let checked = tx.verify(|_| {})?;
            assert_eq!(checked.findings, []);
            tx.journal::<StoreError>(|transaction| {
                let mut postings: Vec<_> = transaction
                    .postings
                    .iter()
                    .map(|posting| format!("{} -> {} {}", posting.debit, posting.credit, posting.amount))
                    .collect();
                postings.sort();
                note(format!(
                    "{} {}: {}",
                    transaction.action,
                    transaction.cause,
                    postings.join("; ")
                ));
                Ok(())
            })?;
            for kind in base::KINDS {
                for record in tx.records(kind, "")? {
                    note(format!("{kind} {}: {}", record.id, without_times(&record.body)));
                }
            }
            Ok(())
        })
        .unwrap();
    all
}

/// A document without its instants, and without the numbers of transactions.
pub fn without_times(body: &str) -> String {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => text.clear(),
            serde_json::Value::Array(values) => values.iter_mut().for_each(strip),
            serde_json::Value::Object(fields) => {
                fields.remove("last_transaction");
                fields.values_mut().for_each(strip);
            }
            _ => {}
        }
    }
    let mut value = serde_json::from_str(body).unwrap();
    strip(&mut value);
    value.to_string()
}

/// The books are sound by the command's own check, which computes again what records sum up.
fn assert_sound(folder: &Path, store: &str, pair: &str) {
    let child = start(folder, store, "ledger verify");
    assert_eq!(code(child, "ledger verify"), 0, "{pair}");
}

/// A folder in memory where the machine has one: what is measured here is not the disk.
pub fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

/// A fresh copy of everything, twice: two machines.
fn copies(base: &Base) -> [tempfile::TempDir; 2] {
    [0, 1].map(|_| {
        let folder = folder();
        base::copy(base.story.path(), folder.path());
        folder
    })
}

/// The command that begins so.
fn in_full<'c>(commands: &'c [String], start: &str) -> &'c str {
    let found = commands.iter().find(|command| command.starts_with(start));
    found.expect("a command")
}

/// Runs every so many-th pair of those whose number has a remainder: tests share the work.
fn pairs(base: &Base, (part, parts): (usize, usize), every: usize) {
    let is_all = std::env::var("PERMILLE_PAIRS").is_ok_and(|asked| asked == "all");
    let every = if is_all { 1 } else { every };
    let commands = base.commands();
    let all = (0..commands.len()).flat_map(|a| (a..commands.len()).map(move |b| (a, b)));
    for (number, (a, b)) in all.enumerate() {
        if number % parts != part || (number / parts) % every != 0 {
            continue;
        }
        let pair = [commands[a].as_str(), commands[b].as_str()];
        let name = pair.join(" | ");
        let run = |way: &dyn Fn([&Path; 2], &str) -> [i32; 2], after: &[&str]| {
            let folders = copies(base);
            let store = base.store(folders[0].path());
            let codes = way([folders[0].path(), folders[1].path()], &store);
            for command in after {
                code(start(folders[0].path(), &store, command), command);
            }
            assert_sound(folders[0].path(), &store, &name);
            let ended = Ended {
                codes,
                books: books(&store),
            };
            base.forget(&store);
            ended
        };
        let compare = |after: &[&str]| {
            let together = run(&|folders, store| at_once(folders, store, pair), after);
            let right = |order: &[usize]| run(&|folders, store| in_turn(folders, store, pair, order), after);
            let first = right(&[0, 1]);
            // Every command has something to do, but for one that needs another's work.
            assert!(
                first.codes.contains(&0)
                    || pair == ["payout release"; 2].map(|start| in_full(&commands, start)),
                "{name}: {:?}",
                first.codes
            );
            if together == first || together == right(&[1, 0]) {
                return None;
            }
            // What somebody looked at and approves has changed meanwhile: refused, as if only the other had run.
            let refused = together.codes.iter().position(|code| *code == REFUSED);
            let is_alone = refused.is_some_and(|one| together == right(&[1 - one]));
            (!is_alone).then_some((together, first))
        };
        // Some commands are several database transactions, and what the other one does may lie between: then the next booking and
        // the next closing come to the same.
        if compare(&[]).is_some()
            && let Some((together, first)) = compare(&["live book", "period close --due"])
        {
            panic!(
                "{name}\nat once: {:?}, in turn: {:?}\n{}",
                together.codes,
                first.codes,
                difference(&together.books, &first.books)
            );
        }
    }
}

fn difference(left: &BTreeMap<String, u32>, right: &BTreeMap<String, u32>) -> String {
    let only = |of: &BTreeMap<String, u32>, other: &BTreeMap<String, u32>, sign: &str| {
        let differs = of.iter().filter(|(text, count)| other.get(*text) != Some(count));
        differs
            .map(|(text, count)| format!("{sign} {count} x {text}\n"))
            .collect::<String>()
    };
    only(left, right, "at once:") + &only(right, left, "in turn:")
}

/// Tests that share the pairs of one database.
const PARTS: usize = 4;

macro_rules! parts {
    ($($name:ident: $part:literal),*) => {
        mod on_sqlite {
            $(#[test]
            fn $name() {
                super::pairs(&super::Base::make(None), ($part, super::PARTS), 1);
            })*
        }
        mod on_postgresql {
            $(#[test]
            fn $name() {
                super::on_a_server($part);
            })*
        }
    };
}

fn on_a_server(part: usize) {
    let server = Server::start(Durability::None).unwrap();
    pairs(&Base::make(Some(server)), (part, PARTS), 3);
}

parts!(first: 0, second: 1, third: 2, fourth: 3);

#[test]
fn two_bookings_of_live_at_once_pay_a_subscription_once() {
    let base = Base::make(None);
    let folders = copies(&base);
    let store = base.store(folders[0].path());
    let paths = [folders[0].path(), folders[1].path()];
    assert_eq!(at_once(paths, &store, ["live book", "live book"]), [0, 0]);
    assert_eq!(
        code(start(paths[0], &store, "period close --due"), "period close"),
        0
    );
    let mut books = Store::open(&store).unwrap();
    let [pending, available] = [AccountKind::CreatorPending, AccountKind::CreatorAvailable].map(|kind| {
        let of_host = AccountFilter::of(kind, "host");
        let found = books.read::<_, StoreError>(|tx| tx.accounts(&of_host)).unwrap();
        found
            .iter()
            .map(|state| state.balance.posted(kind.side()))
            .sum::<i128>()
    });
    assert_eq!((pending, available), (0, base::PAID));
}
