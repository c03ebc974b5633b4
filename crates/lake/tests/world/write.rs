//! A world's events as Parquet files: raw in many types and cuts, or as an archive.

use super::{Act, Ad, Names, View, World};
use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
    UInt32Array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use event::id::{id_order, viewer_bucket};
use event::kind::{EngagementKind, Kind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lake::archive::FileEntry;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a world is written down.
#[derive(Clone, Debug)]
pub struct Style {
    /// Type of id columns, if they are words.
    pub words: DataType,
    /// Type of id columns, if they are numbers.
    pub numbers: DataType,
    pub times: TimeUnit,
    pub counts: DataType,
    pub rows_per_file: usize,
    pub rows_per_group: usize,
    /// Columns without any value are left out.
    pub leave_out: bool,
}

pub fn style() -> impl Strategy<Value = Style> {
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8));
    let words = vec![
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary(),
    ];
    let numbers = vec![DataType::Int64, DataType::UInt64, DataType::Utf8, dictionary()];
    let times = vec![
        TimeUnit::Second,
        TimeUnit::Millisecond,
        TimeUnit::Microsecond,
        TimeUnit::Nanosecond,
    ];
    (
        prop::sample::select(words),
        prop::sample::select(numbers),
        prop::sample::select(times),
        prop::sample::select(vec![
            DataType::UInt32,
            DataType::Int64,
            DataType::Int32,
            DataType::UInt64,
        ]),
        1usize..80,
        1usize..40,
        prop::bool::ANY,
    )
        .prop_map(
            |(words, numbers, times, counts, rows_per_file, rows_per_group, leave_out)| Style {
                words,
                numbers,
                times,
                counts,
                rows_per_file,
                rows_per_group,
                leave_out,
            },
        )
}

type Column = (&'static str, ArrayRef);

fn texts<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn booleans(values: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.collect::<BooleanArray>())
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(values).with_timezone("UTC"))
}

pub fn view_columns(world: &World, views: &[View]) -> Vec<Column> {
    let all = || views.iter();
    let mut columns = vec![
        ("event_id", texts(all().map(|view| Some(world.event(view.event))))),
        (
            "viewer_id",
            texts(all().map(|view| Some(world.person(view.viewer)))),
        ),
        ("video_id", texts(all().map(|view| Some(world.video(view.video))))),
        ("occurred_at", times(all().map(|view| view.at))),
        (
            "watched_ms",
            Arc::new(UInt32Array::from_iter_values(all().map(|view| view.watched))) as ArrayRef,
        ),
        (
            "duration_ms",
            Arc::new(all().map(|view| view.duration).collect::<UInt32Array>()),
        ),
        (
            "creator_id",
            texts(all().map(|view| view.creator.map(|creator| world.person(creator)))),
        ),
        ("country", texts(all().map(|view| view.country))),
        ("surface", texts(all().map(|view| view.surface))),
        ("promoted", booleans(all().map(|view| view.promoted))),
        ("ip", Arc::new(all().map(|view| view.ip).collect::<UInt32Array>())),
        ("data_centre", booleans(all().map(|view| view.data_centre))),
        ("user_agent", texts(all().map(|view| view.agent))),
        ("bot", booleans(all().map(|view| view.bot))),
    ];
    for kind in EngagementKind::ALL {
        columns.push((kind.name(), booleans(all().map(|view| view.flags[kind as usize]))));
    }
    columns
}

pub fn act_columns(world: &World, acts: &[Act]) -> Vec<Column> {
    let all = || acts.iter();
    vec![
        ("event_id", texts(all().map(|act| Some(world.event(act.event))))),
        (
            "viewer_id",
            texts(all().map(|act| Some(world.person(act.viewer)))),
        ),
        ("video_id", texts(all().map(|act| Some(world.video(act.video))))),
        ("occurred_at", times(all().map(|act| act.at))),
        (
            "engagement",
            texts(all().map(|act| Some(EngagementKind::ALL[act.kind].name()))),
        ),
        ("country", texts(all().map(|act| act.country))),
    ]
}

pub fn ad_columns(world: &World, ads: &[Ad]) -> Vec<Column> {
    let all = || ads.iter();
    let revenue = Decimal128Array::from_iter_values(all().map(|ad| i128::from(ad.micros)));
    vec![
        ("event_id", texts(all().map(|ad| Some(world.event(ad.event))))),
        ("video_id", texts(all().map(|ad| Some(world.video(ad.video))))),
        ("occurred_at", times(all().map(|ad| ad.at))),
        (
            "revenue",
            Arc::new(revenue.with_precision_and_scale(18, 6).unwrap()),
        ),
        ("currency", texts(all().map(|ad| Some(ad.currency)))),
        ("country", texts(all().map(|ad| ad.country))),
        (
            "viewer_id",
            texts(all().map(|ad| ad.viewer.map(|viewer| world.person(viewer)))),
        ),
    ]
}

fn styled(column: Column, names: Names, style: &Style) -> Column {
    let (name, array) = column;
    let id = if names == Names::Numbers {
        &style.numbers
    } else {
        &style.words
    };
    let array = match name {
        "event_id" | "viewer_id" | "video_id" | "creator_id" => match id {
            DataType::Dictionary(..) => cast(&array, id).unwrap(),
            ty if ty.is_integer() => cast(&cast(&array, &DataType::Int64).unwrap(), ty).unwrap(),
            ty => cast(&array, ty).unwrap(),
        },
        "occurred_at" => cast(&array, &DataType::Timestamp(style.times, None)).unwrap(),
        "watched_ms" | "duration_ms" => cast(&array, &style.counts).unwrap(),
        _ => array,
    };
    (name, array)
}

fn write(path: &Path, columns: Vec<Column>, rows_per_group: usize) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows_per_group))
        .build();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn raw_files<T: Clone>(
    folder: &Path,
    kind: Kind,
    events: &[T],
    style: &Style,
    names: Names,
    columns: impl Fn(&[T]) -> Vec<Column>,
) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for (index, part) in events.chunks(style.rows_per_file).enumerate() {
        let path = folder.join(format!("{kind}-{index}.parquet"));
        let required = [
            "event_id",
            "viewer_id",
            "video_id",
            "occurred_at",
            "watched_ms",
            "engagement",
            "revenue",
            "currency",
        ];
        let keep = |column: &Column| {
            !style.leave_out || column.1.null_count() < column.1.len() || required.contains(&column.0)
        };
        let columns = columns(part)
            .into_iter()
            .filter(keep)
            .map(|column| styled(column, names, style));
        write(&path, columns.collect(), style.rows_per_group);
        paths.push(path);
    }
    paths
}

/// Paths of views, engagement and ads.
pub fn raw(folder: &Path, world: &World, style: &Style) -> [Vec<PathBuf>; 3] {
    let names = world.names;
    [
        raw_files(folder, Kind::View, &world.views, style, names, |views| {
            view_columns(world, views)
        }),
        raw_files(folder, Kind::Engagement, &world.acts, style, names, |acts| {
            act_columns(world, acts)
        }),
        raw_files(folder, Kind::AdImpression, &world.ads, style, names, |ads| {
            ad_columns(world, ads)
        }),
    ]
}

/// The world without repeated events: what an archive holds.
pub fn unique(world: &World) -> World {
    let mut world = world.clone();
    let mut seen = BTreeSet::new();
    world.views.retain(|view| seen.insert(view.event));
    let mut seen = BTreeSet::new();
    world.acts.retain(|act| seen.insert(act.event));
    let mut seen = BTreeSet::new();
    world.ads.retain(|ad| seen.insert(ad.event));
    world
}

fn archive_files<T: Clone>(
    folder: &Path,
    kind: Kind,
    events: &[T],
    at: impl Fn(&T) -> i64,
    columns: impl Fn(&[T]) -> Vec<Column>,
) -> Vec<FileEntry> {
    let mut days: BTreeMap<i64, Vec<T>> = BTreeMap::new();
    for event in events {
        days.entry(at(event).div_euclid(super::DAY_MS))
            .or_default()
            .push(event.clone());
    }
    let mut entries = Vec::new();
    for (day, events) in days {
        // Two commits a day.
        for (commit, part) in events.chunks(events.len().div_ceil(2)).enumerate() {
            let path = folder.join(format!("{kind}-{day}-{commit}.parquet"));
            let mut columns = columns(part);
            columns.push(("stored_at", times(part.iter().map(|_| 0))));
            write(&path, columns, 3);
            let time = Timestamp::from_millisecond(day * super::DAY_MS).unwrap();
            let hash = blake3::hash(&std::fs::read(&path).unwrap());
            entries.push(FileEntry {
                kind,
                date: time.to_zoned(TimeZone::UTC).date(),
                path,
                rows: part.len() as u64,
                commit: commit as u64 + 1,
                stored_at: time,
                hash: hash.to_hex().to_string(),
            });
        }
    }
    entries
}

/// Archive entries of views, engagement and ads of a world without repeated events.
pub fn archive(folder: &Path, world: &World) -> [Vec<FileEntry>; 3] {
    let order = |a: (&str, &str), b: (&str, &str)| {
        (viewer_bucket(a.0).cmp(&viewer_bucket(b.0)))
            .then(id_order(a.0, b.0))
            .then(id_order(a.1, b.1))
    };
    let mut world = world.clone();
    let named = world.clone();
    world.views.sort_by(|a, b| {
        let ids = |view: &View| (named.person(view.viewer), named.video(view.video));
        let (a_ids, b_ids) = (ids(a), ids(b));
        order((&a_ids.0, &a_ids.1), (&b_ids.0, &b_ids.1)).then(a.at.cmp(&b.at))
    });
    let world = &world;
    let viewers = |bucketed: Vec<String>| -> Column {
        let buckets = bucketed.iter().map(|viewer| i64::from(viewer_bucket(viewer)));
        (
            "viewer_bucket",
            cast(&Int64Array::from_iter_values(buckets), &DataType::Int32).unwrap(),
        )
    };
    [
        archive_files(
            folder,
            Kind::View,
            &world.views,
            |view| view.at,
            |views| {
                let mut columns = view_columns(world, views);
                columns.push(viewers(
                    views.iter().map(|view| world.person(view.viewer)).collect(),
                ));
                columns
            },
        ),
        archive_files(
            folder,
            Kind::Engagement,
            &world.acts,
            |act| act.at,
            |acts| act_columns(world, acts),
        ),
        archive_files(
            folder,
            Kind::AdImpression,
            &world.ads,
            |ad| ad.at,
            |ads| ad_columns(world, ads),
        ),
    ]
}
