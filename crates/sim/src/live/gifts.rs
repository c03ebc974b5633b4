//! A made-up gift catalogue: thirty gifts, and a few prices that change halfway.

use crate::catalogue::HISTORY_DAYS;
use crate::columns::{instants, int64, rows, texts, uint32};
use crate::platform::Platform;
use crate::rng::{Rng, hash};
use arrow::array::{BooleanArray, RecordBatch};
use event::kind::Kind;
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;
/// The number of the first gift.
const FIRST_ID: i64 = 9_001;

/// A gift.
pub struct Gift {
    name: &'static str,
    /// Coins for one.
    pub coins: u32,
    /// Does it come in streaks?
    pub streakable: bool,
}

const fn gift(name: &'static str, coins: u32, streakable: bool) -> Gift {
    Gift {
        name,
        coins,
        streakable,
    }
}

/// The gifts, the cheapest first.
pub const GIFTS: [Gift; 30] = [
    gift("Pebble", 1, true),
    gift("Leaf", 1, true),
    gift("Spark", 1, true),
    gift("Paper Boat", 2, true),
    gift("Whistle", 5, true),
    gift("Dumpling", 5, true),
    gift("Kite", 9, true),
    gift("Lantern", 10, true),
    gift("Pancake", 15, true),
    gift("Drum", 20, true),
    gift("Cactus", 30, true),
    gift("Umbrella", 49, true),
    gift("Teapot", 88, true),
    gift("Skateboard", 99, true),
    gift("Comet", 100, false),
    gift("Accordion", 149, false),
    gift("Bonsai", 199, false),
    gift("Hammock", 299, false),
    gift("Ferris Wheel", 450, false),
    gift("Observatory", 500, false),
    gift("Waterfall", 699, false),
    gift("Sailboat", 1_000, false),
    gift("Orchestra", 1_500, false),
    gift("Carnival", 2_200, false),
    gift("Hot-Air Balloon", 3_000, false),
    gift("Clock Tower", 5_000, false),
    gift("Northern Lights", 9_999, false),
    gift("Submarine", 12_000, false),
    gift("Floating Island", 20_000, false),
    gift("Supernova", 34_000, false),
];

/// Gifts that cost a tenth more from the middle of the days on.
const DEARER: [usize; 3] = [12, 19, 26];

/// The id of a gift.
pub const fn id(gift: u8) -> i64 {
    FIRST_ID + gift as i64
}

/// What a gift costs at a time.
pub fn price(platform: &Platform, gift: u8, at_ms: i64) -> u32 {
    let listed = GIFTS[usize::from(gift)].coins;
    if DEARER.contains(&usize::from(gift)) && at_ms >= change_ms(platform) {
        dearer(listed)
    } else {
        listed
    }
}

const fn dearer(coins: u32) -> u32 {
    coins + coins.div_ceil(10)
}

/// Midnight of the middle day: when prices change.
fn change_ms(platform: &Platform) -> i64 {
    platform.plan.start_ms + i64::from(platform.plan.days / 2) * DAY_MS
}

/// A gift as people give: mostly small ones.
pub fn pick(rng: &mut Rng) -> u8 {
    let count = GIFTS.len() as u32;
    let (one, other, third) = (rng.below(count), rng.below(count), rng.below(count));
    one.min(other).min(third) as u8
}

/// The snapshots: all gifts from before the first day on, those that get dearer again from the middle on.
pub fn rows_of(platform: &Platform) -> RecordBatch {
    let opened = platform.plan.start_ms - i64::from(HISTORY_DAYS) * DAY_MS;
    let first = GIFTS
        .iter()
        .enumerate()
        .map(|(index, gift)| (index, opened, gift.coins));
    let later = DEARER
        .into_iter()
        .map(|index| (index, change_ms(platform), dearer(GIFTS[index].coins)));
    let all: Vec<(usize, i64, u32)> = first.chain(later).collect();
    let event = |row: usize| ((hash(platform.seed, 113, 0) >> 24) + row as u64) as i64;
    let gift = |index: usize| &GIFTS[index];
    rows(
        Kind::Gift,
        vec![
            ("event_id", int64((0..all.len()).map(event))),
            ("gift_id", int64(all.iter().map(|row| id(row.0 as u8)))),
            ("effective_at", instants(all.iter().map(|row| row.1))),
            (
                "name",
                texts(
                    GIFTS.iter().map(|gift| gift.name),
                    all.iter().map(|row| row.0 as u8),
                ),
            ),
            ("coins", uint32(all.iter().map(|row| row.2))),
            (
                "gift_type",
                uint32(all.iter().map(|row| if gift(row.0).streakable { 1 } else { 2 })),
            ),
            (
                "combo",
                Arc::new(BooleanArray::from_iter(
                    all.iter().map(|row| Some(gift(row.0).streakable)),
                )),
            ),
        ],
    )
}
