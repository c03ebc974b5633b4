//! Durable gift transactions a second: the embedded store, PostgreSQL, and a plain SQL ledger on the same server.
//!
//! `bench/ledger/run` builds and runs this; what the figures mean stands in `docs/benchmarks.md`.
//!
//! A gift takes coins from a viewer and gives diamonds to a host: one transaction with two postings between four
//! accounts, with its idempotency key. The plain ledger moves one amount between two accounts: one transfer, two
//! entries, two balances, which is the work of one posting.

use jiff::Timestamp;
use ledger::{Account, AccountKind, Posting, Transaction};
use money::Asset;
use scratch_postgres::{Durability, Server};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use store::{By, GroupCommit, Store, StoreError};

/// The product's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 8_192;
const VIEWERS: u64 = 100_000;
const HOSTS: u64 = 1_000;
const COINS_EACH: u64 = 1_000_000;
/// Callers that hand in batches at once.
const CALLERS: u64 = 32;
const PLAIN_CLIENTS: &str = "16";

fn main() {
    let gifts: usize = number("--gifts", 1_000_000);
    let seconds: usize = number("--seconds", 15);
    let folder = tempfile::tempdir_in(target_folder()).expect("a temporary folder");
    println!(
        "{gifts} gifts from {VIEWERS} viewers to {HOSTS} hosts, batches of {BATCH}, every commit on the disk\n"
    );
    let path = folder.path().join("books.sqlite");
    let embedded = run("embedded (SQLite)", &path.display().to_string(), gifts);
    println!(
        "{:<46} {:>9.0} fsyncs/s",
        "  what the disk can do, 4 KiB each",
        fsyncs(folder.path())
    );
    if std::env::args().any(|argument| argument == "--embedded") {
        return println!("\nembedded: {embedded:.0} gifts/s");
    }
    let server = match Server::start(Durability::Full) {
        Ok(server) => server,
        Err(reason) => return println!("PostgreSQL skipped: {reason}"),
    };
    let url = server.database().expect("a database");
    let postgres = run("PostgreSQL", &url, gifts.min(500_000));
    let plain = plain(&server, seconds);
    println!("\nembedded: {embedded:.0} gifts/s");
    println!(
        "PostgreSQL against plain SQL on the same server: {:.1} x",
        postgres / plain
    );
}

/// Books gifts from several callers at once and prints how many a second became durable. Every batch is answered when it is
/// on the disk; batches that wait are committed together.
fn run(name: &str, url: &str, gifts: usize) -> f64 {
    let now = Timestamp::from_second(1_790_000_000).expect("a time");
    let mut store = Store::open(url).expect("a store");
    buy_coins(&mut store, now);
    let group = GroupCommit::start(store, By::new("bench", "bench"));
    let batches = gifts.div_ceil(BATCH);
    let next = AtomicUsize::new(0);
    let slowest = AtomicU64::new(0);
    let (start, worked) = (Instant::now(), processor_seconds());
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (group, next, slowest) = (&group, &next, &slowest);
            scope.spawn(move || {
                let mut numbers = 7 + caller;
                loop {
                    let batch = next.fetch_add(1, Ordering::Relaxed);
                    if batch >= batches {
                        return;
                    }
                    let serials = batch * BATCH..(batch + 1) * BATCH;
                    let batch: Vec<_> = serials.map(|serial| gift(serial, &mut numbers, now)).collect();
                    let submitted = Instant::now();
                    let outcomes = group.submit(batch).wait().expect("a commit");
                    slowest.fetch_max(submitted.elapsed().as_millis() as u64, Ordering::Relaxed);
                    assert!(outcomes.iter().all(|outcome| outcome.code() == "posted"));
                }
            });
        }
    });
    let taken = start.elapsed();
    let busy = (processor_seconds() - worked) / taken.as_secs_f64();
    drop(group);
    let done = batches * BATCH;
    let rate = done as f64 / taken.as_secs_f64();
    println!(
        "{name:<46} {rate:>9.0} gifts/s   ({:.2} s, {CALLERS} callers; slowest answer {} ms)",
        taken.as_secs_f64(),
        slowest.load(Ordering::Relaxed)
    );
    println!(
        "  limited by: {} ({:.0} % of one core in this process)",
        if busy > 0.8 {
            "the one thread that decides and writes"
        } else {
            "the disk or the server"
        },
        busy * 100.0
    );
    let mut store = Store::open(url).expect("a store");
    let checked = store
        .read::<_, StoreError>(|tx| tx.verify(|_| {}))
        .expect("a readable store");
    assert_eq!(checked.findings, []);
    rate
}

fn buy_coins(store: &mut Store, now: Timestamp) {
    let coin = Asset::new("COIN", 0).expect("an asset");
    let all: Vec<_> = (0..VIEWERS)
        .map(|viewer| {
            let posting = Posting {
                debit: Account::platform(AccountKind::CoinsIssued, coin),
                credit: Account::of(AccountKind::ViewerCoins, viewer_id(viewer), coin),
                amount: COINS_EACH,
                reference: None,
            };
            Transaction::post(format!("purchase/{viewer}"), "coin-purchase", now, vec![posting])
        })
        .collect();
    store
        .write::<_, StoreError>(By::new("bench", "bench"), now, |tx| tx.post(&all))
        .expect("a commit");
}

fn viewer_id(number: u64) -> String {
    format!("vwr_{number:08}")
}

/// Keys as a platform's: a room's id first, so that the gifts of a room stand together.
fn gift(serial: usize, numbers: &mut u64, now: Timestamp) -> Transaction {
    let coin = Asset::new("COIN", 0).expect("an asset");
    let diamond = Asset::new("DIAMOND", 0).expect("an asset");
    let (viewer, host) = (random(numbers) % VIEWERS, random(numbers) % HOSTS);
    let price = 1 + random(numbers) % 99;
    let postings = vec![
        Posting {
            debit: Account::of(AccountKind::ViewerCoins, viewer_id(viewer), coin),
            credit: Account::platform(AccountKind::CoinsIssued, coin),
            amount: price,
            reference: None,
        },
        Posting {
            debit: Account::platform(AccountKind::DiamondsIssued, diamond),
            credit: Account::of(AccountKind::CreatorDiamonds, format!("crt_{host:06}"), diamond),
            amount: price,
            reference: None,
        },
    ];
    Transaction::post(format!("gift/75{host:06}/{serial:010}"), "gift", now, postings)
}

fn random(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Processor time of this process so far, as Linux tells it in hundredths of a second; 0 elsewhere.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// How often a second the disk makes 4 KiB durable: the bound of unbatched commits.
fn fsyncs(folder: &Path) -> f64 {
    use std::io::Write;
    let mut file = std::fs::File::create(folder.join("sync")).expect("a file");
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096])
            .and_then(|()| file.sync_data())
            .expect("a write");
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

/// The plain ledger: one stored-function call a transfer, many clients.
fn plain(server: &Server, seconds: usize) -> f64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/ledger");
    let url = server.database().expect("a database");
    let name = url.rsplit('/').next().unwrap_or_default();
    let schema = std::fs::read_to_string(folder.join("plain.sql")).expect("bench/ledger/plain.sql");
    server.sql(name, &schema).expect("the plain ledger's schema");
    let mut bench = Command::new(server.program("pgbench"));
    bench.args([
        "--no-vacuum",
        "--protocol=prepared",
        "--client",
        PLAIN_CLIENTS,
        "--jobs",
        "2",
        "--time",
        &seconds.to_string(),
    ]);
    let output = bench
        .arg("--file")
        .arg(folder.join("plain.pgbench"))
        .arg(&url)
        .output()
        .expect("pgbench");
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split(' ').next())
        .and_then(|rate| rate.parse::<f64>().ok())
        .unwrap_or_else(|| {
            panic!(
                "pgbench printed no rate: {text}{}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
    let sum = server
        .sql(name, "SELECT coalesce(sum(balance), 0) FROM plain_account")
        .expect("a sum");
    assert_eq!(sum, "0", "the plain ledger's balances sum to zero");
    println!(
        "{:<46} {rate:>9.0} transfers/s ({seconds} s, {PLAIN_CLIENTS} clients)",
        "plain SQL ledger, one call a transfer"
    );
    rate
}

fn target_folder() -> &'static Path {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target"));
    std::fs::create_dir_all(folder).expect("the target folder");
    folder
}

fn number(option: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != option);
    match (arguments.next(), arguments.next()) {
        (Some(_), Some(value)) => value
            .parse()
            .unwrap_or_else(|_| panic!("{option} takes a whole number, not {value}")),
        _ => default,
    }
}
