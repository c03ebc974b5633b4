//! Random work, the same on every store, and under faults.

use crate::fixture::*;
use ledger::{Action, Outcome, Transaction};
use store::fault::{Faulty, Plan, Strike};
use store::memory::Memory;
use store::{By, Store, StoreError};

/// A small generator of numbers (splitmix64): the same seed gives the same work.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Batches in which keys come again, money runs out, and reservations are ended more than once.
fn work(seed: u64, batches: usize) -> Vec<Vec<Transaction>> {
    let mut numbers = Numbers(seed);
    let mut serial = 0;
    let mut all: Vec<Transaction> = Vec::new();
    (0..batches)
        .map(|_| {
            (0..1 + numbers.below(6))
                .map(|_| {
                    serial += 1;
                    let key = format!("t/{serial}");
                    let owner = format!("c{}", numbers.below(4));
                    let amount = 1 + numbers.below(50);
                    let earlier = |numbers: &mut Numbers| match all.len() as u64 {
                        0 => "none".into(),
                        len => all[numbers.below(len) as usize].key.clone(),
                    };
                    let transaction = match numbers.below(10) {
                        0..=2 => receipt(&key, &owner, amount),
                        3..=4 => payment(&key, &owner, amount),
                        5 => Transaction {
                            action: Action::Reserve { expires: None },
                            ..payment(&key, &owner, amount)
                        },
                        6 => action(
                            &key,
                            Action::Settle {
                                pending: earlier(&mut numbers),
                            },
                        ),
                        7 => action(
                            &key,
                            Action::Void {
                                pending: earlier(&mut numbers),
                            },
                        ),
                        8 => action(
                            &key,
                            Action::Reverse {
                                of: earlier(&mut numbers),
                            },
                        ),
                        _ => match all.len() as u64 {
                            0 => receipt(&key, &owner, amount),
                            len => all[numbers.below(len) as usize].clone(),
                        },
                    };
                    all.push(transaction.clone());
                    transaction
                })
                .collect()
        })
        .collect()
}

pub fn same_on_every_store(kinds: &[Kind<'_>]) {
    let work = work(7, 120);
    let mut results: Vec<(Vec<Outcome>, String)> = Vec::new();
    for kind in kinds {
        let fixture = Fixture::new(*kind);
        let mut store = fixture.open();
        let mut outcomes = Vec::new();
        for batch in &work {
            outcomes.extend(post(&mut store, batch));
        }
        assert_sound(&mut store);
        results.push((outcomes, state(&mut store)));
    }
    assert!(
        results.windows(2).all(|pair| pair[0] == pair[1]),
        "the stores differ"
    );
    let codes: std::collections::BTreeSet<_> = results[0].0.iter().map(Outcome::code).collect();
    assert!(codes.len() >= 5, "the work meets many outcomes: {codes:?}");
}

/// Everything a store holds, as text.
fn state(store: &mut Store) -> String {
    let accounts = store.read(|tx| tx.accounts(&Default::default())).unwrap();
    let mut journal = Vec::new();
    store
        .read::<_, StoreError>(|tx| {
            tx.journal(|transaction| {
                journal.push(transaction.clone());
                Ok::<_, StoreError>(())
            })
        })
        .unwrap();
    format!("{accounts:?}\n{journal:?}")
}

/// For each seed: random work, during which the store dies at random operations, before or after they took effect. After
/// each death the batch that was not acknowledged is sent again. Whatever was acknowledged is there, once, and the
/// books are sound. Where no answer of a commit was lost, they are those of a run without faults; a lost answer may let
/// a refused transaction through when it is sent again, as it would any client.
pub fn survives_faults(seeds: u64) {
    let mut deaths = 0;
    for seed in 0..seeds {
        let strike = if seed % 2 == 0 {
            Strike::Before
        } else {
            Strike::After
        };
        let work = work(seed, 12);
        let disk = Memory::default();
        let mut numbers = Numbers(seed ^ 0xdead);
        let mut mortal = || {
            Store::over(Box::new(Faulty::new(
                disk.another(),
                Plan::new(1 + numbers.below(40), strike),
            )))
        };
        let mut handle = mortal();
        let mut acknowledged = Vec::new();
        for batch in &work {
            let outcomes = loop {
                match handle.write::<_, StoreError>(By::new("test", "test"), at(10), |tx| tx.post(batch)) {
                    Ok(outcomes) => break outcomes,
                    Err(_) => {
                        deaths += 1;
                        handle = mortal();
                    }
                }
            };
            acknowledged.extend(batch.iter().cloned().zip(outcomes));
        }
        drop(handle);
        let mut survivor = Store::over(Box::new(disk.another()));
        assert_sound(&mut survivor);
        for (transaction, outcome) in acknowledged {
            let stored = survivor.read(|tx| tx.transaction(&transaction.key)).unwrap();
            match outcome {
                Outcome::Posted { number } | Outcome::AlreadyPosted { number } => {
                    let stored = stored.unwrap();
                    assert!(
                        stored.number == number && stored.body == transaction.body(),
                        "seed {seed}"
                    );
                }
                Outcome::KeyReused { .. } => assert!(stored.is_some(), "seed {seed}"),
                _ => {}
            }
        }
        if strike == Strike::Before {
            let mut calm = Store::in_memory();
            for batch in &work {
                post(&mut calm, batch);
            }
            assert!(
                state(&mut survivor) == state(&mut calm),
                "seed {seed}: not the books of a run without faults"
            );
        }
    }
    assert!(deaths > seeds, "{deaths} deaths are too few to show anything");
}
