//! LIVE as generated: streaks fold, coins suffice, rooms have a beginning and an end.

use crate::reading::{batches, files, generate, options, texts};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMillisecondType, UInt32Type};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn all(out: &Path, kind: &str) -> Vec<RecordBatch> {
    files(&out.join(kind))
        .iter()
        .flat_map(|path| batches(path))
        .collect()
}

fn ids(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let column = batch.column_by_name(name).unwrap().as_primitive::<Int64Type>();
    (0..column.len())
        .map(|row| column.is_valid(row).then(|| column.value(row)))
        .collect()
}

fn counts(batch: &RecordBatch, name: &str) -> Vec<u32> {
    batch
        .column_by_name(name)
        .unwrap()
        .as_primitive::<UInt32Type>()
        .values()
        .to_vec()
}

fn times(batch: &RecordBatch, name: &str) -> Vec<i64> {
    batch
        .column_by_name(name)
        .unwrap()
        .as_primitive::<TimestampMillisecondType>()
        .values()
        .to_vec()
}

/// A gift at the largest count of its streak: sender, gift, count, time of its first frame.
type Gifts = BTreeMap<i64, (i64, i64, u32, i64)>;

fn gifts(out: &Path) -> Gifts {
    let mut gifts = Gifts::new();
    for batch in all(out, "gift_frame") {
        let (events, streaks) = (ids(&batch, "event_id"), ids(&batch, "streak_id"));
        let (viewers, kinds) = (ids(&batch, "viewer_id"), ids(&batch, "gift_id"));
        let (counts, times) = (counts(&batch, "repeat_count"), times(&batch, "occurred_at"));
        for row in 0..batch.num_rows() {
            // Streaks and single gifts have ids of different sorts; the sign keeps them apart.
            let key = streaks[row].unwrap_or_else(|| -events[row].unwrap());
            let gift = (
                viewers[row].unwrap(),
                kinds[row].unwrap(),
                counts[row],
                times[row],
            );
            let known = gifts.entry(key).or_insert(gift);
            assert_eq!(
                (known.0, known.1),
                (gift.0, gift.1),
                "one streak, one gift, one sender"
            );
            known.2 = known.2.max(gift.2);
            known.3 = known.3.min(gift.3);
        }
    }
    gifts
}

#[test]
fn givers_buy_what_they_give_before_they_give_it() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    generate(&options(&out, 400_000)).unwrap();
    let mut prices: BTreeMap<i64, u32> = BTreeMap::new();
    for batch in all(&out, "gift") {
        for (gift, coins) in ids(&batch, "gift_id").into_iter().zip(counts(&batch, "coins")) {
            // The cheaper of two prices: what nobody can have paid less than.
            let price = prices.entry(gift.unwrap()).or_insert(coins);
            *price = (*price).min(coins);
        }
    }
    assert_eq!(prices.len(), 30);
    let mut bought: BTreeMap<i64, (u64, i64)> = BTreeMap::new();
    for batch in all(&out, "coin_purchase") {
        let (viewers, coins) = (ids(&batch, "viewer_id"), counts(&batch, "coins"));
        for (row, at) in times(&batch, "occurred_at").into_iter().enumerate() {
            let wallet = bought.entry(viewers[row].unwrap()).or_insert((0, at));
            wallet.0 += u64::from(coins[row]);
            wallet.1 = wallet.1.min(at);
        }
    }
    let mut spent: BTreeMap<i64, (u64, i64)> = BTreeMap::new();
    for (viewer, gift, count, at) in gifts(&out).into_values() {
        let sum = spent.entry(viewer).or_insert((0, at));
        sum.0 += u64::from(prices[&gift]) * u64::from(count);
        sum.1 = sum.1.min(at);
    }
    assert!(spent.len() > 200, "{} givers", spent.len());
    let enough = |viewer: &i64, (coins, first): &(u64, i64)| {
        bought
            .get(viewer)
            .is_some_and(|wallet| wallet.0 >= *coins && wallet.1 < *first)
    };
    let short = spent.iter().filter(|(viewer, sum)| !enough(viewer, sum)).count();
    assert!(short * 50 < spent.len(), "{short} of {} overspend", spent.len());
}

#[test]
fn broken_streaks_are_labelled_and_are_what_the_label_says() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    generate(&options(&out, 400_000)).unwrap();
    let mut labels: BTreeMap<i64, String> = BTreeMap::new();
    for batch in all(&out, "live_labels") {
        let names = texts(&batch, "broken");
        labels.extend(ids(&batch, "event_id").into_iter().map(Option::unwrap).zip(names));
    }
    let kinds: BTreeSet<&str> = labels.values().map(String::as_str).collect();
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["late", "no_end", "out_of_order", "redelivered"]
    );
    let mut ended: BTreeMap<i64, bool> = BTreeMap::new();
    let mut named: BTreeMap<i64, &str> = BTreeMap::new();
    for batch in all(&out, "gift_frame") {
        let ends = batch.column_by_name("repeat_end").unwrap().as_boolean().clone();
        let events = ids(&batch, "event_id");
        for (row, streak) in ids(&batch, "streak_id").into_iter().enumerate() {
            let Some(streak) = streak else { continue };
            *ended.entry(streak).or_default() |= ends.value(row);
            if let Some(label) = labels.get(&events[row].unwrap()) {
                named.insert(streak, label);
            }
        }
    }
    for (streak, ended) in &ended {
        assert_eq!(!ended, named.get(streak) == Some(&"no_end"), "streak {streak}");
    }
    let share = named.len() * 100 / ended.len();
    assert!(
        (5..20).contains(&share),
        "{share} % of {} are broken",
        ended.len()
    );
}

#[test]
fn rooms_begin_and_end_and_battles_have_two_sides() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    let generated = generate(&options(&out, 400_000)).unwrap();
    let mut seen: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    let mut battles: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
    for batch in all(&out, "room_activity") {
        let (rooms, kinds) = (ids(&batch, "room_id"), texts(&batch, "activity"));
        for (row, battle) in ids(&batch, "battle_id").into_iter().enumerate() {
            let room = rooms[row].unwrap();
            seen.entry(kinds[row].clone()).or_default().insert(room);
            if let Some(battle) = battle {
                battles.entry(battle).or_default().insert(room);
            }
        }
    }
    assert_eq!(seen["start"], seen["end"]);
    assert!(seen["start"].len() > 50 && seen["like"].len() > 50);
    assert!(battles.len() > 3 && battles.values().all(|rooms| rooms.len() == 2));
    for batch in all(&out, "gift_frame") {
        for room in ids(&batch, "room_id") {
            assert!(seen["start"].contains(&room.unwrap()));
        }
    }
    for written in &generated.kinds {
        assert!(written.rows > 0, "no {}", written.kind);
    }
}
