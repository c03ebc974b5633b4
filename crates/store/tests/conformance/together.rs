//! Several handles, large batches, whole journals: what every store must do.

use crate::fixture::*;
use crate::records::record;
use ledger::Outcome;
use store::{By, Store, StoreError};

pub fn failed_closure_keeps_nothing(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 100)]);
    let failed: Result<(), StoreError> = store.write(By::new("test", "test"), at(10), |tx| {
        tx.post(&[receipt("r/2", "ann", 5), receipt("r/3", "new", 5)])?;
        tx.put(&[record("payee", "ann", 1, "{}")])?;
        Err(StoreError::Injected)
    });
    assert!(failed.is_err());
    assert_eq!(posted(&mut store, &held("ann")), 100);
    assert_eq!(store.read(|tx| tx.record("payee", "ann")).unwrap(), None);
    // The numbers go on where they stood, and nothing of the forgotten books is remembered.
    assert_eq!(
        post(&mut store, &[receipt("r/2", "new", 6)]),
        [Outcome::Posted { number: 2 }]
    );
    assert_eq!(posted(&mut store, &held("new")), 6);
    assert_sound(&mut store);
}

/// In a dry run what was written is seen by what comes next, what failed is not, and nothing is left.
pub fn dry_run_keeps_nothing(fixture: &Fixture) {
    let mut kept = fixture.open();
    post(&mut kept, &[receipt("r/1", "ann", 100)]);
    let before = kept.read(|tx| tx.head()).unwrap();
    let mut dry = fixture.open().dry_run();
    // It waits for nobody before it writes, and sees what others have written until then.
    post(&mut kept, &[receipt("r/2", "ann", 1)]);
    assert_eq!(posted(&mut dry, &held("ann")), 101);
    post(&mut dry, &[receipt("dry/1", "ann", 10)]);
    let failed: Result<(), StoreError> = dry.write(By::new("test", "test"), at(10), |tx| {
        tx.post(&[receipt("dry/2", "ann", 5)])?;
        tx.put(&[record("payee", "ann", 1, "{}")])?;
        Err(StoreError::Injected)
    });
    assert!(failed.is_err());
    assert_eq!(dry.read(|tx| tx.record("payee", "ann")).unwrap(), None);
    post(
        &mut dry,
        &[receipt("dry/2", "ann", 1), receipt("dry/3", "new", 7)],
    );
    assert_eq!(
        (posted(&mut dry, &held("ann")), posted(&mut dry, &held("new"))),
        (112, 7)
    );
    assert_sound(&mut dry);
    // Others do not see it, and write when it is over.
    assert_eq!(posted(&mut kept, &held("ann")), 101);
    drop(dry);
    post(&mut kept, &[receipt("dry/1", "ann", 2)]);
    assert_eq!(posted(&mut kept, &held("ann")), 103);
    assert_eq!(posted(&mut kept, &held("new")), 0);
    let after = kept.read(|tx| tx.head()).unwrap();
    assert_eq!(after.transaction, before.transaction + 2);
    assert_sound(&mut kept);
}

pub fn two_handles(fixture: &Fixture) {
    let (mut one, mut two) = (fixture.open(), fixture.open());
    for round in 0..5 {
        post(&mut one, &[receipt(&format!("one/{round}"), "ann", 10)]);
        post(&mut two, &[payment(&format!("two/{round}"), "ann", 9)]);
    }
    assert_eq!(posted(&mut one, &held("ann")), 5);
    assert_eq!(posted(&mut two, &held("ann")), 5);
    assert_sound(&mut one);
}

pub fn reader_sees_one_state(fixture: &Fixture) {
    let (mut writer, mut reader) = (fixture.open(), fixture.open());
    post(&mut writer, &[receipt("r/1", "ann", 10)]);
    reader
        .read::<_, StoreError>(|tx| {
            assert_eq!(tx.head()?.transaction, 1);
            post(&mut writer, &[receipt("r/2", "ann", 10)]);
            assert_eq!(tx.head()?.transaction, 1);
            assert_eq!(tx.balance(&held("ann"))?.credits, 10);
            Ok(())
        })
        .unwrap();
    assert_eq!(posted(&mut reader, &held("ann")), 20);
}

pub fn large_batch(fixture: &Fixture) {
    let mut store = fixture.open();
    let batch: Vec<_> = (0..20_000)
        .map(|n| receipt(&format!("r/{n:06}"), &format!("c{}", n % 777), 1 + n % 5))
        .collect();
    let outcomes = post(&mut store, &batch);
    for (index, outcome) in outcomes.iter().enumerate() {
        assert_eq!(
            *outcome,
            Outcome::Posted {
                number: index as u64 + 1
            }
        );
    }
    assert_eq!(posted(&mut store, &cash()), 60_000);
    assert_sound(&mut store);
}

pub fn odd_text(fixture: &Fixture) {
    let mut store = fixture.open();
    for (n, owner) in ["ü", "日本", "a'b\"c", "a:b c", "\u{1f600}", "%_\\", "x\ty"]
        .into_iter()
        .enumerate()
    {
        let mut transaction = receipt(&format!("k/{n}/{}", owner.replace('\t', " ")), owner, 3);
        transaction.postings[0].reference = Some(owner.into());
        assert!(post(&mut store, &[transaction.clone()])[0].is_booked());
        let stored = store
            .read(|tx| tx.transaction(&transaction.key))
            .unwrap()
            .unwrap();
        assert_eq!(stored.transaction().unwrap(), transaction);
        assert_eq!(posted(&mut store, &held(owner)), 3);
    }
    assert_sound(&mut store);
}

pub fn journal_pages(fixture: &Fixture) {
    let mut store = fixture.open();
    let batch: Vec<_> = (0..2_500).map(|n| receipt(&format!("r/{n}"), "ann", 1)).collect();
    post(&mut store, &batch);
    let mut seen = Vec::new();
    store
        .read::<_, StoreError>(|tx| {
            tx.journal(|transaction| {
                assert_eq!(transaction.postings.len(), 1);
                seen.push(transaction.number);
                Ok::<_, StoreError>(())
            })
        })
        .unwrap();
    assert_eq!(seen, (1..=2_500).collect::<Vec<_>>());
}

pub fn transactions_by_prefix(fixture: &Fixture) {
    let mut store = fixture.open();
    let mut batch: Vec<_> = (0..2_500)
        .map(|n| receipt(&format!("room/a/{n:04}"), "ann", 1))
        .collect();
    batch.extend(
        ["room/a", "room/b/1", "room/a\u{10ffff}", "other", "room/é"].map(|key| receipt(key, "bob", 2)),
    );
    post(&mut store, &batch);
    let mut under = |prefix: &str| {
        let mut keys = Vec::new();
        let each = |transaction: &store::StoredTransaction| {
            assert_eq!(transaction.postings.len(), 1);
            keys.push(transaction.key.to_string());
            Ok::<_, StoreError>(())
        };
        store.read(|tx| tx.transactions_by_prefix(prefix, each)).unwrap();
        keys
    };
    let all: Vec<_> = (0..2_500).map(|n| format!("room/a/{n:04}")).collect();
    assert_eq!(under("room/a/"), all, "every one once, in the order of keys");
    assert_eq!(under("room/b"), ["room/b/1"]);
    assert_eq!(under("room/é"), ["room/é"]);
    assert_eq!(under("room/").len(), 2_504);
    assert!(under("rooms").is_empty());
}

/// Many writers at once, all paying from one account, all sometimes using one another's keys.
pub fn concurrent_writers(fixture: &Fixture, writers: usize) {
    post(&mut fixture.open(), &[receipt("r/1", "ann", 1_000)]);
    let booked: usize = std::thread::scope(|scope| {
        let work = |writer: usize| {
            let mut store = fixture.open();
            let mut booked = 0;
            for round in 0..60 {
                let batch = [
                    payment(&format!("own/{writer}/{round}"), "ann", 7),
                    payment(&format!("shared/{round}"), "ann", 3),
                    receipt(&format!("back/{writer}/{round}"), &format!("c{round}"), 1),
                ];
                let outcomes = post(&mut store, &batch);
                booked += usize::from(outcomes[0].code() == "posted") * 7
                    + usize::from(outcomes[1].code() == "posted") * 3;
            }
            booked
        };
        let threads: Vec<_> = (0..writers)
            .map(|writer| scope.spawn(move || work(writer)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let mut store = fixture.open();
    let left = posted(&mut store, &held("ann"));
    assert_eq!(left, 1_000 - booked as i128);
    assert!((0..7).contains(&left), "{left}");
    assert_sound(&mut store);
}

/// Callers get their own answers, in the order of their batches, and nothing is booked that was not answered.
pub fn group_commit(fixture: &Fixture) {
    post(&mut fixture.open(), &[receipt("r/1", "ann", 1_000)]);
    let group = store::GroupCommit::start(fixture.open(), By::new("test", "test"));
    let paid: usize = std::thread::scope(|scope| {
        let work = |caller: usize| {
            let mut paid = 0;
            for round in 0..40 {
                let batch = vec![
                    payment(&format!("own/{caller}/{round}"), "ann", 7),
                    receipt(&format!("back/{caller}/{round}"), &format!("c{caller}"), 1),
                ];
                let outcomes = group.submit(batch).wait().unwrap();
                assert_eq!(outcomes.len(), 2);
                assert!(outcomes[1].is_booked());
                paid += usize::from(outcomes[0].is_booked());
            }
            paid
        };
        let threads: Vec<_> = (0..8).map(|caller| scope.spawn(move || work(caller))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    drop(group);
    let mut store = fixture.open();
    assert_eq!(paid, 1_000 / 7);
    assert_eq!(posted(&mut store, &held("ann")), 1_000 - 7 * paid as i128);
    assert_eq!(posted(&mut store, &held("c3")), 40);
    assert_sound(&mut store);
}

/// Groups are decided while the one before them is written: what a taken key changes in one must reach the next.
pub fn taken_keys_in_a_large_batch(fixture: &Fixture) {
    let mut store = fixture.open();
    let earlier = [
        receipt("t/2", "ann", 500),
        receipt("t/9000", "bob", 1),
        payment("t/17000", "ann", 1),
    ];
    let mut batch: Vec<_> = (0..26_000)
        .map(|serial| receipt(&format!("t/{serial}"), &format!("c{}", serial % 5_000), 1))
        .collect();
    // Only what the first group does not book after all would cover it.
    batch[2] = receipt("t/2", "ann", 900);
    batch[8_500] = payment("t/8500", "ann", 600);
    batch[9_000] = earlier[1].clone();
    batch[16_000] = payment("t/16000", "ann", 499);
    batch[25_000] = batch[3].clone();
    let mut one_by_one = Store::in_memory();
    for part in [&earlier[..], &batch[..]] {
        let outcomes = post(&mut store, part);
        let expected = one_by_one.write::<_, StoreError>(By::new("test", "test"), at(10), |tx| {
            let each = part
                .iter()
                .map(|transaction| tx.post(std::slice::from_ref(transaction)));
            each.collect::<Result<Vec<_>, _>>()
        });
        assert!(outcomes == expected.unwrap().concat());
    }
    assert_sound(&mut store);
    assert_eq!(posted(&mut store, &held("ann")), 0);
}
