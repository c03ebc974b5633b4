//! LIVE rows as Arrow columns. Ids are numbers, made of the day and the place within it.

use super::coins::CHANNELS;
use super::gifts;
use super::{Broken, Day};
use crate::columns::{decimals, instants, int64, rows, texts, uint32};
use crate::world::COUNTRIES;
use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use event::kind::{ActivityKind, Kind};
use std::sync::Arc;

fn some_int64(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values))
}

fn some_text(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(StringArray::from_iter(values))
}

/// Gift frames in the order in which they come.
pub fn frames(day: &Day) -> RecordBatch {
    let all = || day.frames.iter();
    let streakable = |gift: u8| gifts::GIFTS[usize::from(gift)].streakable;
    rows(
        Kind::GiftFrame,
        vec![
            ("event_id", int64(all().map(|row| day.id(row.number, day.made)))),
            ("room_id", int64(all().map(|row| day.id(row.room, day.rooms)))),
            ("viewer_id", int64(all().map(|row| row.viewer))),
            ("gift_id", int64(all().map(|row| gifts::id(row.gift)))),
            ("occurred_at", instants(all().map(|row| row.at_ms))),
            ("repeat_count", uint32(all().map(|row| row.count))),
            (
                "repeat_end",
                Arc::new(BooleanArray::from_iter(all().map(|row| Some(row.end)))),
            ),
            (
                "streak_id",
                some_int64(all().map(|row| row.streak.map(|streak| day.id(streak, day.streaks)))),
            ),
            (
                "gift_type",
                uint32(all().map(|row| if streakable(row.gift) { 1 } else { 2 })),
            ),
            ("to_user_id", some_int64(all().map(|row| row.guest))),
            ("host_id", int64(all().map(|row| row.host))),
            (
                "split",
                some_text(all().map(|row| row.shared_with.map(|guest| format!("{};{guest}", row.host)))),
            ),
            (
                "split_parts",
                some_text(all().map(|row| row.shared_with.map(|_| "2;1".to_owned()))),
            ),
        ],
    )
}

/// Activity in the order of time.
pub fn activity(day: &Day) -> RecordBatch {
    let all = || day.activity.iter();
    let count = day.activity.len();
    let ends = all().map(|row| row.battle.map(|(_, end, _)| end));
    let ends: ArrayRef =
        Arc::new(arrow::array::TimestampMillisecondArray::from_iter(ends).with_timezone("UTC"));
    rows(
        Kind::RoomActivity,
        vec![
            ("event_id", int64((0..count).map(|index| day.id(index, count)))),
            ("room_id", int64(all().map(|row| day.id(row.room, day.rooms)))),
            ("host_id", int64(all().map(|row| row.host))),
            ("occurred_at", instants(all().map(|row| row.at_ms))),
            (
                "activity",
                texts(
                    ActivityKind::ALL.map(ActivityKind::name),
                    all().map(|row| row.activity),
                ),
            ),
            ("count", uint32(all().map(|row| row.count))),
            ("viewer_id", some_int64(all().map(|row| row.viewer))),
            (
                "battle_id",
                some_int64(all().map(|row| row.battle.map(|(battle, ..)| day.id(battle, day.rooms)))),
            ),
            ("battle_ends_at", ends),
            (
                "team",
                some_text(all().map(|row| row.battle.map(|_| row.host.to_string()))),
            ),
            (
                "opponents",
                some_text(all().map(|row| row.battle.map(|(.., opponent)| opponent.to_string()))),
            ),
        ],
    )
}

/// Purchases.
pub fn purchases(day: &Day) -> RecordBatch {
    let all = || day.purchases.iter();
    let count = day.purchases.len();
    rows(
        Kind::CoinPurchase,
        vec![
            ("event_id", int64((0..count).map(|index| day.id(index, count)))),
            ("viewer_id", int64(all().map(|row| row.viewer))),
            ("occurred_at", instants(all().map(|row| row.at_ms))),
            ("channel", texts(CHANNELS, all().map(|row| row.channel))),
            ("coins", uint32(all().map(|row| row.coins))),
            ("price", decimals(all().map(|row| row.micros))),
            ("currency", texts(["USD"], all().map(|_| 0))),
            (
                "country",
                texts(
                    COUNTRIES.iter().map(|country| country.code),
                    all().map(|row| row.country),
                ),
            ),
        ],
    )
}

/// Refunds and chargebacks.
pub fn refunds(day: &Day) -> RecordBatch {
    let all = || day.refunds.iter();
    let (count, purchases) = (day.refunds.len(), day.purchases.len());
    rows(
        Kind::CoinRefund,
        vec![
            ("event_id", int64((0..count).map(|index| day.id(index, count)))),
            (
                "purchase_id",
                int64(all().map(|row| day.id(row.purchase, purchases))),
            ),
            ("viewer_id", int64(all().map(|row| row.viewer))),
            ("occurred_at", instants(all().map(|row| row.at_ms))),
            (
                "reason",
                texts(
                    ["refund", "chargeback"],
                    all().map(|row| u8::from(row.chargeback)),
                ),
            ),
        ],
    )
}

/// Subscriptions.
pub fn subscriptions(day: &Day) -> RecordBatch {
    let all = || day.subscriptions.iter();
    let count = day.subscriptions.len();
    let price = |months: u32| if months == 1 { 4_990_000 } else { 49_900_000 };
    rows(
        Kind::Subscription,
        vec![
            ("event_id", int64((0..count).map(|index| day.id(index, count)))),
            ("viewer_id", int64(all().map(|row| row.viewer))),
            ("creator_id", int64(all().map(|row| row.creator))),
            ("occurred_at", instants(all().map(|row| row.at_ms))),
            ("price", decimals(all().map(|row| price(row.months)))),
            ("currency", texts(["USD"], all().map(|_| 0))),
            ("tier", texts(["standard"], all().map(|_| 0))),
            ("months", uint32(all().map(|row| row.months))),
        ],
    )
}

/// Redemptions.
pub fn redemptions(day: &Day) -> RecordBatch {
    let all = || day.redemptions.iter();
    let count = day.redemptions.len();
    rows(
        Kind::Redemption,
        vec![
            ("event_id", int64((0..count).map(|index| day.id(index, count)))),
            ("creator_id", int64(all().map(|row| row.creator))),
            ("occurred_at", instants(all().map(|row| row.at_ms))),
            ("diamonds", uint32(all().map(|row| row.diamonds))),
        ],
    )
}

/// Frames of broken streaks with how they are broken.
pub fn labels(day: &Day) -> RecordBatch {
    let broken = || {
        day.frames
            .iter()
            .filter_map(|row| row.broken.map(|broken| (row.number, broken)))
    };
    let ids = int64(broken().map(|(number, _)| day.id(number, day.made)));
    let names = texts(
        Broken::ALL.map(Broken::name),
        broken().map(|(_, broken)| broken as u8),
    );
    let schema = Schema::new(vec![
        Field::new("event_id", DataType::Int64, false),
        Field::new("broken", names.data_type().clone(), false),
    ]);
    RecordBatch::try_new(Arc::new(schema), vec![ids, names]).expect("two columns of one length")
}
