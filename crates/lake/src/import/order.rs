//! The order of rows in the archive: by date, then by what settlement reads together.

use super::batch::{Batch, Column};
use super::pool::{NO_CODE, Pool};
use event::id::{self, FIRST_INTERNED};
use event::kind::Kind;
use hashbrown::HashMap;
use rayon::prelude::*;
use std::cmp::Ordering;

const DAY_MILLIS: i64 = 86_400_000;

/// Rows of one date, in the order in which they are written.
#[derive(Debug)]
pub(crate) struct DateRows {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Indices of rows.
    pub rows: Vec<u32>,
    /// The viewer buckets of the rows, for kinds laid out by viewer.
    pub buckets: Vec<u16>,
}

#[derive(Clone, Copy)]
struct SortKey {
    major: u64,
    minor: u64,
    time: i64,
    row: u32,
    bucket: u16,
}

/// The fields by which a kind is sorted before time and event id.
const fn id_fields(kind: Kind) -> (&'static str, Option<&'static str>) {
    match kind {
        Kind::View | Kind::Engagement => ("viewer_id", Some("video_id")),
        Kind::AdImpression | Kind::Video => ("video_id", None),
        Kind::Funding => ("program", None),
        Kind::Creator | Kind::Subscription | Kind::Redemption => ("creator_id", None),
        Kind::GiftFrame | Kind::RoomActivity => ("room_id", None),
        Kind::CoinPurchase | Kind::CoinRefund => ("viewer_id", None),
        Kind::Gift => ("gift_id", None),
    }
}

/// Brings the rows of a batch into the order of their viewer buckets.
///
/// A chunk is sorted as a whole before it is written. Rows of one bucket then come from a few short runs
/// instead of from everywhere, and stay in the processor's cache.
pub(crate) fn cluster(batch: &mut Batch) {
    if !crate::columns::has_viewer_bucket(batch.kind) || batch.rows == 0 {
        return;
    }
    let viewers = Buckets::of(batch.column("viewer_id"));
    let buckets: Vec<u16> = (0..batch.rows).map(|row| viewers.at(row)).collect();
    let mut starts = [0u32; id::VIEWER_BUCKETS as usize + 1];
    for bucket in &buckets {
        starts[usize::from(*bucket) + 1] += 1;
    }
    for bucket in 1..starts.len() {
        starts[bucket] += starts[bucket - 1];
    }
    let mut order = vec![0u32; batch.rows];
    for (row, bucket) in buckets.iter().enumerate() {
        let at = &mut starts[usize::from(*bucket)];
        order[*at as usize] = row as u32;
        *at += 1;
    }
    batch
        .columns
        .par_iter_mut()
        .for_each(|column| column.permute(&order));
    batch.places = order;
}

/// Groups the rows that `keep` says by date, and sorts each date.
pub(crate) fn by_date(batch: &Batch, keep: &[bool]) -> Vec<DateRows> {
    let bucketed = crate::columns::has_viewer_bucket(batch.kind);
    let (major, minor) = id_fields(batch.kind);
    let major_column = batch.column(major);
    let major = Comparable::of(major_column);
    let viewers = bucketed.then(|| Buckets::of(major_column));
    let minor = minor.map(|field| Comparable::of(batch.column(field)));
    let times = batch.column(event::schema::time_field(batch.kind)).numbers();
    let day_of = |row: usize| match batch.kind {
        Kind::Funding => times[row],
        _ => times[row].div_euclid(DAY_MILLIS),
    };
    // Dates and buckets first, so that each group to sort is small and they sort in parallel.
    let mut groups = Groups::new(if bucketed {
        usize::from(id::VIEWER_BUCKETS)
    } else {
        1
    });
    for row in (0..batch.rows).filter(|row| keep[*row]) {
        let bucket = viewers.as_ref().map_or(0, |viewers| viewers.at(row));
        groups.add(
            day_of(row),
            SortKey {
                major: major.at(row),
                minor: minor.as_ref().map_or(0, |minor| minor.at(row)),
                time: times[row],
                row: row as u32,
                bucket,
            },
        );
    }
    let (events, texts) = batch.column("event_id").codes();
    groups.keys.par_iter_mut().for_each(|keys| {
        keys.sort_unstable_by(|a, b| {
            let ids = (a.major, a.minor, a.time).cmp(&(b.major, b.minor, b.time));
            ids.then_with(|| compare(events[a.row as usize], events[b.row as usize], texts))
        });
    });
    groups.into_dates()
}

/// Sort keys by date and bucket.
struct Groups {
    width: usize,
    slots: HashMap<i64, usize>,
    last: Option<(i64, usize)>,
    keys: Vec<Vec<SortKey>>,
}

impl Groups {
    fn new(width: usize) -> Groups {
        Groups {
            width,
            slots: HashMap::new(),
            last: None,
            keys: Vec::new(),
        }
    }

    fn add(&mut self, day: i64, key: SortKey) {
        let slot = match self.last {
            Some((last, slot)) if last == day => slot,
            _ => {
                let next = self.slots.len();
                let slot = *self.slots.entry(day).or_insert(next);
                self.keys.resize_with(self.slots.len() * self.width, Vec::new);
                self.last = Some((day, slot));
                slot
            }
        };
        self.keys[slot * self.width + usize::from(key.bucket)].push(key);
    }

    fn into_dates(self) -> Vec<DateRows> {
        let mut days: Vec<(i64, usize)> = self.slots.into_iter().collect();
        days.sort_unstable();
        let of_day = |(day, slot): (i64, usize)| {
            let keys = self.keys[slot * self.width..(slot + 1) * self.width]
                .iter()
                .flatten();
            let (rows, buckets) = keys.map(|key| (key.row, key.bucket)).unzip();
            DateRows { day, rows, buckets }
        };
        days.into_iter().map(of_day).collect()
    }
}

/// The order of event ids: decimals by value, then texts by bytes.
fn compare(a: u64, b: u64, texts: &Pool) -> Ordering {
    if a >= FIRST_INTERNED && b >= FIRST_INTERNED {
        texts.bytes_of(a).cmp(texts.bytes_of(b))
    } else {
        a.cmp(&b)
    }
}

/// Codes that compare as the ids they stand for.
struct Comparable<'a> {
    codes: &'a [u64],
    places: Vec<u32>,
}

impl<'a> Comparable<'a> {
    fn of(column: &'a Column) -> Comparable<'a> {
        let (codes, pool) = column.codes();
        Comparable {
            codes,
            places: pool.places(),
        }
    }

    fn at(&self, row: usize) -> u64 {
        let code = self.codes[row];
        if code < FIRST_INTERNED || code == NO_CODE {
            code
        } else {
            FIRST_INTERNED | u64::from(self.places[(code & !FIRST_INTERNED) as usize])
        }
    }
}

/// The viewer buckets of a column of ids.
struct Buckets<'a> {
    codes: &'a [u64],
    of_texts: Vec<u16>,
}

impl<'a> Buckets<'a> {
    fn of(column: &'a Column) -> Buckets<'a> {
        let (codes, pool) = column.codes();
        let of_texts = (0..pool.len() as u32)
            .map(|index| id::viewer_bucket(pool.text(index)))
            .collect();
        Buckets { codes, of_texts }
    }

    fn at(&self, row: usize) -> u16 {
        let code = self.codes[row];
        if code < FIRST_INTERNED {
            (id::mix(code) >> 56) as u16
        } else {
            self.of_texts[(code & !FIRST_INTERNED) as usize]
        }
    }
}
