//! A PostgreSQL server that does not answer, or that may only be read.

use scratch_postgres::{Durability, Server};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{By, Recorded, Store, StoreError, Tell};

type Told = Arc<Mutex<Vec<String>>>;

fn telling() -> (Told, Tell) {
    let told = Told::default();
    let tell = {
        let told = Arc::clone(&told);
        Arc::new(move |words: &str| told.lock().unwrap().push(words.to_owned()))
    };
    (told, tell)
}

#[test]
fn a_server_that_takes_connections_and_says_nothing_is_told_and_left() {
    static STOPS: AtomicBool = AtomicBool::new(false);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://me@{}/books", server.local_addr().unwrap());
    let (told, tell) = telling();
    let begun = Instant::now();
    let stopping = std::thread::spawn(|| {
        std::thread::sleep(Duration::from_millis(1_500));
        STOPS.store(true, Ordering::Relaxed);
    });
    let opened = Store::open_waiting(&url, Some(tell), Some(|| STOPS.load(Ordering::Relaxed)));
    assert!(matches!(opened, Err(StoreError::Stopped)), "{opened:?}");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let told = told.lock().unwrap().join("\n");
    assert!(told.contains("does not answer; waiting for up to 30 s"), "{told}");
    stopping.join().unwrap();
}

#[test]
fn a_statement_that_is_not_answered_is_left_when_people_say_so() {
    static STOPS: AtomicBool = AtomicBool::new(false);
    let server = Server::start(Durability::None).unwrap();
    let url = server.database().unwrap();
    let name = url.rsplit('/').next().unwrap().to_owned();
    let (_, tell) = telling();
    let mut store = Store::open_waiting(&url, Some(tell), Some(|| STOPS.load(Ordering::Relaxed))).unwrap();
    let find =
        format!("SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()");
    let backend = server.sql("postgres", &find).unwrap().trim().to_owned();
    let signal = |how: &str| {
        assert!(
            Command::new("kill")
                .args([how, &backend])
                .status()
                .unwrap()
                .success()
        )
    };
    let written = store.write(By::new("test", "test"), Recorded::ByClock, |tx| {
        signal("-STOP");
        STOPS.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        let answer = tx.head();
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        answer.map(|_| ())
    });
    signal("-CONT");
    assert!(matches!(written, Err(StoreError::Stopped)), "{written:?}");
}

#[test]
fn books_that_may_only_be_read_say_so() {
    let server = Server::start(Durability::None).unwrap();
    let url = server.database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    drop(Store::open(&url).unwrap());
    let only_read = format!("ALTER DATABASE {name} SET default_transaction_read_only = on");
    server.sql("postgres", &only_read).unwrap();
    let mut store = Store::open(&url).unwrap();
    store.read(|tx| tx.head().map(|_| ())).unwrap();
    let written = store.write(By::new("test", "test"), Recorded::ByClock, |_| Ok(()));
    assert!(matches!(written, Err(StoreError::ReadOnly { .. })), "{written:?}");
}
