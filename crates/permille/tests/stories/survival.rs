//! The process is killed at random points, again and again, and goes on each time as if nothing had been.
//!
//! `PERMILLE_SURVIVAL_SEED` repeats a run; the seed is printed.

use crate::harness::Story;
use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use store::{AccountFilter, Store, StoreError};

/// How often a process is killed in a run on SQLite; on PostgreSQL a fifth of it.
const KILLS: u32 = 200;
/// Processes started for one that is still alive when it is killed.
const MAX_TRIES: u32 = 20;

pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// A number that the environment may say otherwise; it is printed, so that a run can be repeated.
pub fn setting(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok().and_then(|value| value.parse().ok());
    let value = value.unwrap_or(otherwise);
    println!("{name}={value}");
    value
}

/// The work, command by command: the same for the run that is killed and the one that is not.
fn script() -> Vec<Vec<String>> {
    let mut script: Vec<Vec<String>> = Vec::new();
    let mut say = |line: &str| script.push(line.split(' ').map(str::to_owned).collect());
    say("program apply open-pool creator-fund live-gifts");
    for kind in [
        "creator",
        "video",
        "view",
        "engagement",
        "funding",
        "gift",
        "room_activity",
        "coin_purchase",
        "gift_frame",
    ] {
        say(&format!("import {kind} FILES:{kind}"));
    }
    say("settle --program open-pool --period 2026-09-07");
    say("settle --program open-pool --period 2026-09-08");
    say("live book");
    for kind in ["coin_refund", "subscription", "redemption"] {
        say(&format!("import {kind} FILES:{kind}"));
    }
    say("live book");
    say("settle --program creator-fund --period 2026-09-09");
    say("period close --month 2026-09");
    say("payee import payees.csv");
    // A step that was taken by a process that died right afterwards is refused when it is taken again.
    say("? payout prepare --user ann");
    say("? payout approve 2026-11-22-1 --user bob");
    say("payout export 2026-11-22-1 --out files --user ann");
    script
}

/// Everybody who earned, with an account; and the account that payouts leave from.
fn payees(story: &Story, store: &str) {
    let lines = story.json(&["lines", "--limit", "0", "--store", store]);
    let creators: BTreeSet<&str> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["creator"].as_str().unwrap())
        .collect();
    assert!(creators.len() > 3);
    let mut csv = "id,name,residence,street,building_number,post_code,town,country,identity,tax_form,signed_on,rail,currency,iban,bic\n".to_owned();
    for creator in creators {
        csv.push_str(&format!(
            "{creator},Creator {creator},DE,Weg,1,10115,Berlin,DE,verified,w9,2026-01-01,bank,USD,DE89370400440532013000,COBADEFFXXX\n"
        ));
    }
    story.file("payees.csv", &csv);
    let config = std::fs::read_to_string(story.path().join("permille.toml")).unwrap();
    let debtor = "\n[payout.debtor]\nname = \"Platform\"\naccount = { iban = \"DE89370400440532013000\" }\nbic = \"COBADEFFXXX\"\ncurrency = \"USD\"\naddress = { street = \"Weg\", building_number = \"1\", post_code = \"10115\", town = \"Berlin\", country = \"DE\" }\n";
    story.file("permille.toml", &(config + debtor));
}

/// The files for the bank, as written.
fn files(story: &Story) -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(story.path().join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

fn platform(story: &Story) {
    let args = "generate --seed 5 --days 6 --creators 30 --viewers 1500 --views 30000 --start 2026-09-05 --out platform";
    story.ok(&args.split(' ').collect::<Vec<_>>());
}

/// Puts the files of a kind in the place of `FILES:kind`.
fn with_files(story: &Story, command: &[String]) -> Option<Vec<String>> {
    let mut args = Vec::new();
    for word in command {
        let Some(kind) = word.strip_prefix("FILES:") else {
            args.push(word.clone());
            continue;
        };
        let mut files: Vec<String> = std::fs::read_dir(story.path().join("platform").join(kind))
            .ok()?
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        files.sort();
        args.extend(files);
    }
    Some(args)
}

fn spawn(story: &Story, store: &str, args: &[String]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_permille"));
    command
        .args(args.iter().filter(|word| *word != "?"))
        .current_dir(story.path())
        .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
        .env("PERMILLE_STORE", store)
        .env("PERMILLE_USER", "tester")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Runs a command to its end. One that begins with `?` may have been done before, and be refused for it.
fn finish(story: &Story, store: &str, args: &[String]) -> Duration {
    let started = Instant::now();
    let output = spawn(story, store, args).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let refused = args[0] == "?" && output.status.code() == Some(3);
    assert!(
        output.status.success() || refused,
        "permille {}: {said}",
        args.join(" ")
    );
    started.elapsed()
}

/// Everything in the books that does not depend on when it was recorded.
fn books(store: &str) -> Vec<String> {
    let mut store = Store::open(store).unwrap();
    let checked = store.read::<_, StoreError>(|tx| tx.verify(|_| {})).unwrap();
    assert_eq!(checked.findings, []);
    let accounts = store.read(|tx| tx.accounts(&AccountFilter::default())).unwrap();
    let lines = accounts
        .iter()
        .map(|state| format!("{} {:?}", state.account, state.balance));
    lines.collect()
}

fn runs(story: &Story, store: &str) -> Vec<(String, String)> {
    let runs = story.json(&["runs", "--store", store]);
    let text = |run: &serde_json::Value, key: &str| run[key].as_str().unwrap().to_owned();
    let all = runs.as_array().unwrap().iter();
    all.map(|run| (text(run, "program") + &text(run, "period"), text(run, "hash")))
        .collect()
}

fn seed() -> u64 {
    let seed = std::env::var("PERMILLE_SURVIVAL_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = seed.unwrap_or(since.as_millis() as u64);
    println!("PERMILLE_SURVIVAL_SEED={seed}");
    seed
}

fn survives(kills: u32, calm_store: &str, store: &str) {
    let seed = seed();
    let mut numbers = Numbers(seed);
    let (calm, story) = (Story::new(), Story::new());
    platform(&calm);
    platform(&story);
    let script = script();
    let mut killed = 0;
    let share = kills.div_ceil(script.len() as u32);
    for command in &script {
        if command[0] == "payee" {
            payees(&calm, calm_store);
            payees(&story, store);
        }
        let (Some(calm_args), Some(args)) = (with_files(&calm, command), with_files(&story, command)) else {
            continue;
        };
        let typical = finish(&calm, calm_store, &calm_args);
        let wanted = killed + share;
        for _ in 0..MAX_TRIES * share {
            if killed == wanted {
                break;
            }
            let mut child = spawn(&story, store, &args);
            std::thread::sleep(Duration::from_micros(numbers.below(typical.as_micros() as u64)));
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                killed += 1;
            }
            child.wait().unwrap();
            books(store);
        }
        finish(&story, store, &args);
    }
    println!("killed {killed} times");
    assert!(
        killed >= kills,
        "only {killed} of {kills} processes were still alive when they were killed"
    );
    assert_eq!(books(store), books(calm_store), "seed {seed}");
    assert_eq!(runs(&story, store), runs(&calm, calm_store), "seed {seed}");
    assert_eq!(files(&story), files(&calm), "seed {seed}");
    story.ok(&["verify", "--store", store]);
}

/// Lists of work for two processes, which go through them at the same time; between two lists they wait for each other. What LIVE
/// makes of events depends on which were booked before: those of a list are booked in the next one.
const TOGETHER: [[&[&str]; 2]; 4] = [
    [
        &[
            "import creator FILES:creator",
            "import video FILES:video",
            "import view FILES:view",
            "import engagement FILES:engagement",
            "import funding FILES:funding",
        ],
        &[
            "import gift FILES:gift",
            "import room_activity FILES:room_activity",
            "import coin_purchase FILES:coin_purchase",
            "import gift_frame FILES:gift_frame",
            "import subscription FILES:subscription",
        ],
    ],
    [
        &[
            "settle --program open-pool --period 2026-09-07",
            "live book",
            "settle --program open-pool --period 2026-09-08",
        ],
        &[
            "live book",
            "settle --program open-pool --period 2026-09-08",
            "settle --program open-pool --period 2026-09-07",
        ],
    ],
    [
        &[
            "import coin_refund FILES:coin_refund",
            "settle --program creator-fund --period 2026-09-09",
        ],
        &[
            "import redemption FILES:redemption",
            "period close --program open-pool --month 2026-09",
        ],
    ],
    [
        &[
            "live book",
            "period close --month 2026-09",
            "payee import payees.csv",
            "payout prepare --user ann --key together",
        ],
        &[
            "payee import payees.csv",
            "live book",
            "period close --month 2026-09",
            "payout prepare --user ann --key together",
        ],
    ],
];

/// Goes through a list; processes are killed at random points, and begin again.
fn go_through(story: &Story, store: &str, list: &[&str], mut numbers: Numbers, kills: u32) -> u32 {
    let mut killed = 0;
    for line in list {
        let command: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let Some(args) = with_files(story, &command) else {
            continue;
        };
        let mut tries = 0;
        loop {
            let mut child = spawn(story, store, &args);
            tries += 1;
            if tries <= kills {
                std::thread::sleep(Duration::from_micros(numbers.below(120_000)));
                if child.try_wait().unwrap().is_none() {
                    child.kill().unwrap();
                    killed += 1;
                }
            }
            let output = child.wait_with_output().unwrap();
            if output.status.success() {
                break;
            }
            // Killed, or the other process was in the way for too long.
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(matches!(output.status.code(), None | Some(5)), "{line}: {said}");
            assert!(tries < 100, "{line}: {said}");
        }
    }
    killed
}

/// What two processes make of the lists: at the same time, or the one after the other.
fn work(story: &Story, store: &str, seed: Option<u64>) -> u32 {
    platform(story);
    story.ok(&[
        "program",
        "apply",
        "open-pool",
        "creator-fund",
        "live-gifts",
        "--store",
        store,
    ]);
    let mut killed = 0;
    for (number, lists) in (0_u64..).zip(&TOGETHER) {
        if number == 3 {
            payees(story, store);
        }
        let Some(seed) = seed else {
            for list in lists {
                go_through(story, store, list, Numbers(0), 0);
            }
            continue;
        };
        killed += std::thread::scope(|scope| {
            let both = [0, 1].map(|one| {
                let numbers = Numbers(seed ^ (2 * number + one));
                scope.spawn(move || go_through(story, store, lists[one as usize], numbers, 4))
            });
            both.map(|one| one.join().unwrap()).iter().sum::<u32>()
        });
    }
    killed
}

/// What was paid to whom, by how much each has.
fn prepared(story: &Story, store: &str) -> Vec<(String, String)> {
    let batches = story.json(&["payout", "list", "--store", store]);
    let payouts = batches.as_array().unwrap().iter();
    let payouts = payouts.flat_map(|batch| batch["payouts"].as_array().unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let mut all: Vec<_> = payouts
        .map(|one| (text(&one["creator"]), text(&one["gross"])))
        .collect();
    all.sort();
    all
}

fn together(calm_store: &str, store: &str) {
    let seed = seed();
    let (calm, story) = (Story::new(), Story::new());
    work(&calm, calm_store, None);
    let killed = work(&story, store, Some(seed));
    println!("killed {killed} times");
    assert!(killed > 5, "{killed}");
    let (calm_sums, sums) = (books(calm_store), books(store));
    let others: Vec<_> = sums.iter().filter(|sum| !calm_sums.contains(sum)).collect();
    assert!(
        others.is_empty() && sums.len() == calm_sums.len(),
        "seed {seed}: {others:#?}"
    );
    assert_eq!(runs(&story, store), runs(&calm, calm_store), "seed {seed}");
    assert!(!prepared(&story, store).is_empty());
    assert_eq!(
        prepared(&story, store),
        prepared(&calm, calm_store),
        "seed {seed}"
    );
    story.ok(&["verify", "--store", store]);
    story.ok(&["ledger", "verify", "--store", store]);
}

#[test]
fn two_processes_at_once_are_killed_at_random_points() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    together(&path("calm.sqlite"), &path("killed.sqlite"));
    let server = scratch_postgres::Server::start(scratch_postgres::Durability::None).unwrap();
    together(&server.database().unwrap(), &server.database().unwrap());
}

#[test]
fn killed_at_random_points_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    survives(KILLS, &path("calm.sqlite"), &path("killed.sqlite"));
}

#[test]
fn killed_at_random_points_on_postgres() {
    let server = scratch_postgres::Server::start(scratch_postgres::Durability::None).unwrap();
    survives(
        KILLS / 5,
        &server.database().unwrap(),
        &server.database().unwrap(),
    );
}
