//! One store for many threads.

use crate::fixture::*;
use crate::records::record;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::{By, Connections, Recorded, StoreError};

const THREADS: usize = 6;
const ROUNDS: usize = 20;

fn connections(fixture: &Fixture) -> Connections {
    Connections::new(fixture.url(), None, None)
}

fn by() -> By<'static> {
    By::new("test", "test")
}

/// Every thread adds one to a record as often as it does to an account: with what it read in the same write, none is lost.
pub fn threads_take_turns(fixture: &Fixture) {
    let connections = connections(fixture);
    let writers = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (connections, writers) = (connections.clone(), &writers);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    connections
                        .write::<_, StoreError>(by(), Recorded::ByClock, |tx| {
                            assert_eq!(writers.fetch_add(1, Ordering::SeqCst), 0, "two write at once");
                            let version = tx.record("count", "one")?.map_or(0, |found| found.version);
                            tx.put(&[record("count", "one", version + 1, "{}")])?;
                            tx.post(&[receipt(&format!("{thread}/{round}"), "ann", 1)])?;
                            writers.fetch_sub(1, Ordering::SeqCst);
                            Ok(())
                        })
                        .unwrap();
                    // Both are of one state, whoever writes meanwhile.
                    let (version, balance) = connections
                        .read::<_, StoreError>(|tx| {
                            let version = tx.record("count", "one")?.map_or(0, |found| found.version);
                            Ok((version, tx.balance(&held("ann"))?.credits))
                        })
                        .unwrap();
                    assert_eq!(version, balance);
                }
            });
        }
    });
    let all = (THREADS * ROUNDS) as i128;
    assert_eq!(posted(&mut fixture.open(), &held("ann")), all);
    assert_sound(&mut fixture.open());
}

/// What another process books is known, though the writer keeps its accounts.
pub fn others_are_seen(fixture: &Fixture) {
    let connections = connections(fixture);
    let mut other = fixture.open();
    for round in 0..5 {
        connections
            .write(by(), at(10), |tx| {
                tx.post(&[receipt(&format!("own/{round}"), "ann", 10)])
            })
            .unwrap();
        post(&mut other, &[payment(&format!("other/{round}"), "ann", 9)]);
    }
    let balance = connections.read(|tx| tx.balance(&held("ann"))).unwrap();
    assert_eq!((balance.credits, balance.debits), (50, 45));
    assert_sound(&mut other);
}

/// Who panics over the writer, or fails, leaves nothing half done and keeps nobody out.
pub fn a_panic_keeps_nobody_out(fixture: &Fixture) {
    let connections = connections(fixture);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        connections.write::<(), StoreError>(by(), at(10), |tx| {
            tx.post(&[receipt("lost", "ann", 1)])?;
            panic!("while it writes");
        })
    }));
    assert!(panicked.is_err());
    let failed = connections.write::<(), StoreError>(by(), at(10), |tx| {
        tx.post(&[receipt("lost", "ann", 1)])?;
        Err(StoreError::Injected)
    });
    assert!(failed.is_err());
    connections
        .write(by(), at(10), |tx| tx.post(&[receipt("kept", "ann", 2)]))
        .unwrap();
    assert_eq!(posted(&mut fixture.open(), &held("ann")), 2);
}

/// Reading does not wait for a writer of the same process; a second writer does.
pub fn readers_do_not_wait(fixture: &Fixture) {
    let connections = connections(fixture);
    connections
        .write(by(), at(10), |tx| tx.post(&[receipt("r/1", "ann", 1)]))
        .unwrap();
    let (second, written) = std::thread::scope(|scope| {
        connections
            .write::<_, StoreError>(by(), at(11), |tx| {
                tx.post(&[receipt("r/2", "ann", 2)])?;
                let seen = connections.read(|tx| tx.balance(&held("ann")))?;
                assert_eq!(seen.credits, 1);
                let second = scope
                    .spawn(|| connections.write(by(), at(12), |tx| tx.post(&[receipt("r/3", "ann", 4)])));
                std::thread::sleep(Duration::from_millis(50));
                assert!(!second.is_finished());
                Ok((second, tx.now()))
            })
            .map(|(second, now)| (second.join().unwrap(), now))
            .unwrap()
    });
    assert!(second.unwrap()[0].is_booked());
    assert_eq!(written, at(11));
    assert_eq!(posted(&mut fixture.open(), &held("ann")), 7);
}

/// A file that was put in the place of another one is what is read and written from then on.
#[cfg(unix)]
pub fn a_restored_file_is_opened_anew(fixture: &Fixture) {
    let connections = connections(fixture);
    let url = std::path::Path::new(fixture.url());
    let copy = url.with_extension("copy");
    connections
        .write(by(), at(10), |tx| tx.post(&[receipt("r/1", "ann", 1)]))
        .unwrap();
    assert!(connections.back_up(&copy).unwrap());
    connections
        .write(by(), at(11), |tx| tx.post(&[receipt("r/2", "ann", 2)]))
        .unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", fixture.url()));
    }
    std::fs::rename(&copy, url).unwrap();
    let seen = connections.read(|tx| tx.balance(&held("ann"))).unwrap();
    assert_eq!(seen.credits, 1);
    connections
        .write(by(), at(12), |tx| tx.post(&[receipt("r/3", "ann", 4)]))
        .unwrap();
    assert_eq!(posted(&mut fixture.open(), &held("ann")), 5);
    assert_sound(&mut fixture.open());
}
