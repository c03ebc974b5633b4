//! Whole use cases over books that fail on purpose, by several people at once: nothing is lost, nothing acts twice, and every sum comes out
//! again.
//!
//! Each seed is a history of its own. Actors act in an order that numbers choose, and change places wherever one of them begins a
//! database transaction. Each dies in the middle of commands, before or after an operation of the database, and does the command once more
//! as a new process. In the end everything has come, is settled, booked and restated; what was earned is then what it is without any of that.
//!
//! `PERMILLE_SEEDS=1000 cargo nextest run --release -p app -E 'test(whole_use_cases)'` runs more of them.

mod baton;
mod commands;
mod numbers;
mod world;

use app::base::error::{Error, ErrorKind};
use app::queries::ledger as books;
use app::queries::verify;
use app::workspace::Workspace;
use baton::Baton;
use commands::{Command, MONTHS};
use journal::Entry;
use ledger::AccountKind;
use numbers::Numbers;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use store::Key;
use store::fault::{Plan, Strike};
use world::{FILES, World};

/// People who act at once.
const ACTORS: [&str; 3] = ["ann", "bob", "cleo"];
/// Commands of each.
const COMMANDS: usize = 16;
/// Seeds of a run, unless more are asked for.
const SEEDS: u64 = 24;

/// A command that was answered.
struct Answered {
    actor: &'static str,
    key: String,
    is_keyed: bool,
    is_done: bool,
}

/// Calls a command until it is answered. Whoever dies over it comes back as a new process.
fn call(
    world: &World,
    (actor, key): (&'static str, String),
    command: &Command,
    (numbers, gives_way): (&mut Numbers, Arc<dyn Fn() + Send + Sync>),
) -> Answered {
    let is_keyed = command.is_keyed();
    let request = *blake3::hash(format!("{command:?}").as_bytes()).as_bytes();
    let words = words(command);
    let mut deaths = 0;
    loop {
        let at = if deaths < 4 && numbers.below(3) > 0 {
            numbers.below(120)
        } else {
            u64::MAX
        };
        let strike = if numbers.below(2) == 0 {
            Strike::Before
        } else {
            Strike::After
        };
        let plan = Plan::new(at, strike).giving_way(gives_way.clone());
        let done = world.workspace(plan.clone()).and_then(|workspace| {
            let key = is_keyed.then_some(Key { key: &key, request });
            let context = world.context(&words, actor, key);
            command.run(world, &workspace, &context)
        });
        let error = match done {
            Err(error) if plan.has_struck() && !error.is_repeated() => {
                assert_ne!(error.kind, ErrorKind::Bug, "{command:?}: {error}");
                deaths += 1;
                continue;
            }
            Ok(()) => None,
            Err(error) => Some(error),
        };
        let is_done = error.as_ref().is_none_or(Error::is_repeated);
        if let Some(error) = error.filter(|_| !is_done) {
            let is_said = matches!(error.kind, ErrorKind::Refused | ErrorKind::Usage);
            assert!(is_said, "{command:?}: {} {error}", error.code);
        }
        return Answered {
            actor,
            key,
            is_keyed,
            is_done,
        };
    }
}

/// The command's words, as a change keeps them.
fn words(command: &Command) -> String {
    let words = format!("{command:?}");
    words.split(['(', ' ']).next().unwrap_or_default().to_lowercase()
}

/// Whatever has not come comes, and all of it is settled, closed, booked and restated.
fn finish(world: &World) {
    let workspace = world.workspace(Plan::calm()).unwrap();
    let context = world.context("finish", "owner", None);
    let run = |command: Command| {
        if let Err(error) = command.run(world, &workspace, &context) {
            assert_eq!(error.kind, ErrorKind::Refused, "{command:?}: {error}");
        }
    };
    (0..FILES.len()).map(Command::Import).for_each(run);
    run(Command::BookLive);
    run(Command::SettleDue);
    for month in MONTHS {
        run(Command::Settle(month));
        run(Command::Close(month));
        run(Command::Restate(month));
    }
    run(Command::BookLive);
    run(Command::CloseDue);
}

/// What everybody has earned, by account, whatever was paid of it.
fn earned(workspace: &Workspace) -> BTreeMap<String, i128> {
    let mut earned = BTreeMap::new();
    let books = workspace.books().unwrap();
    books
        .read::<_, Error>(|tx| {
            tx.journal::<Error>(|transaction| {
                let (cause, detail) = (&transaction.cause, transaction.detail.as_deref());
                let entry = Entry::read(&transaction.action, cause, detail).unwrap();
                let earns = matches!(
                    entry,
                    Entry::Funded(_)
                        | Entry::Earned(_)
                        | Entry::Adjusted(_)
                        | Entry::Gift(_)
                        | Entry::CoinsBought(_)
                        | Entry::CoinsRefunded(_)
                        | Entry::GiftCorrected(_)
                        | Entry::GiftReversed(_)
                        | Entry::DiamondsRedeemed(_)
                        | Entry::Subscribed(_)
                );
                for posting in transaction.postings.iter().filter(|_| earns) {
                    let sides = [(&posting.debit, -1), (&posting.credit, 1)];
                    for (account, sign) in sides {
                        // When it became payable and to whom, and which lot of coins paid, is decided in the order of booking.
                        let whose = match account.kind {
                            AccountKind::PlatformIncome | AccountKind::CoinLiability => "coins",
                            kind if kind.name().starts_with("creator") => account.earner(),
                            kind => kind.name(),
                        };
                        let name = format!("{whose} {} {:?}", account.asset, account.program());
                        *earned.entry(name).or_default() += sign * i128::from(posting.amount);
                    }
                }
                Ok(())
            })
        })
        .unwrap();
    earned.retain(|_, units| *units != 0);
    earned
}

/// Every sum comes out again, every run comes to the same, and the books balance.
fn assert_sound(world: &World, seed: u64) {
    let workspace = world.workspace(Plan::calm()).unwrap();
    let context = world.context("ledger verify", "auditor", None);
    let checked = books::verify(&workspace, None, &context).unwrap();
    assert_eq!(checked.findings, [], "seed {seed}");
    books::trial_balance(&workspace).unwrap().check().unwrap();
    let replayed = verify::verify(&workspace, None, &context).unwrap();
    assert!(
        replayed.damaged.is_empty() && replayed.different() == 0,
        "seed {seed}"
    );
}

/// A command that was answered has one change under its key if it was done, and none if it was refused.
fn assert_answered(world: &World, answered: &[Answered], seed: u64) {
    let workspace = world.workspace(Plan::calm()).unwrap();
    let changes = workspace
        .books()
        .unwrap()
        .read(|tx| tx.changes(0, usize::MAX))
        .unwrap();
    for one in answered.iter().filter(|one| one.is_keyed) {
        let is_it = |key: &store::Keyed| key.key == one.key;
        let found = changes
            .iter()
            .filter(|change| change.actor == one.actor && change.keyed.as_ref().is_some_and(is_it));
        let found = found.count();
        assert!(
            found <= 1 && (one.is_done || found == 0),
            "seed {seed}: {} of {}: {found}",
            one.key,
            one.actor
        );
    }
}

fn live(seed: u64, base: &World) -> (World, usize) {
    let world = base.copy();
    let baton = Arc::new(Baton::new(ACTORS.len(), Numbers(seed ^ 0xba70)));
    let answered = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for (own, actor) in ACTORS.into_iter().enumerate() {
            let (world, answered, baton) = (&world, &answered, &baton);
            let mut numbers = Numbers(seed.wrapping_mul(31) ^ (own as u64) << 32);
            scope.spawn(move || {
                let _ends = baton.begin(own);
                for number in 0..COMMANDS {
                    world.wait(numbers.below(60));
                    let calm = world.workspace(Plan::calm()).unwrap();
                    let Some(command) = Command::chosen(&mut numbers, &calm) else {
                        continue;
                    };
                    let gives_way = {
                        let baton = baton.clone();
                        move || baton.pass(own)
                    };
                    let key = format!("{actor}-{number}");
                    let done = call(world, (actor, key), &command, (&mut numbers, Arc::new(gives_way)));
                    answered.lock().unwrap().push(done);
                }
            });
        }
    });
    let answered = answered.into_inner().unwrap();
    assert_answered(&world, &answered, seed);
    let done = answered.iter().filter(|one| one.is_done).count();
    (world, done)
}

#[test]
fn whole_use_cases_survive_faults_and_each_other() {
    let base = World::new();
    let calm = base.copy();
    calm.wait(24 * 90);
    finish(&calm);
    assert_sound(&calm, 0);
    let right = earned(&calm.workspace(Plan::calm()).unwrap());
    assert!(right.len() > 10, "{right:?}");
    let seeds = std::env::var("PERMILLE_SEEDS")
        .ok()
        .and_then(|asked| asked.parse().ok())
        .unwrap_or(SEEDS);
    let mut done = 0;
    for seed in 1..=seeds {
        let (world, commands) = live(seed, &base);
        assert_sound(&world, seed);
        world.wait(24 * 90);
        finish(&world);
        assert_sound(&world, seed);
        assert_eq!(
            earned(&world.workspace(Plan::calm()).unwrap()),
            right,
            "seed {seed}"
        );
        done += commands;
    }
    // Refusals alone would show nothing.
    assert!(done as u64 > seeds * 15, "{done} of {seeds} seeds");
}
