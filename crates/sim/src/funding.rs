//! Money put into pools: a creator fund's day, a subscription service's month, a listener's subscription.

use crate::columns::{decimals, int64, rows, texts};
use crate::platform::Platform;
use crate::rng::{hash, scale};
use arrow::array::{Date32Array, Int64Array, RecordBatch};
use event::kind::Kind;
use jiff::civil::Date;
use std::sync::Arc;

/// The fund's money for a view, in millionths of a dollar: four cents for a thousand.
const FUND_MICROS_PER_VIEW: u64 = 40;
/// What subscribers pay for a view, in millionths of a dollar: three dollars for a thousand.
const STREAM_MICROS_PER_VIEW: u64 = 3_000;
/// Listeners whose subscription is told of, at most.
const PAYERS_MAX: u32 = 20_000;
const CENT: u64 = 10_000;

/// Programs, in the order of `Funding::program`.
const PROGRAMS: [&str; 3] = ["creator-fund", "streamshare", "fan-powered"];

struct Funding {
    program: u8,
    date: Date,
    payer: Option<i64>,
    micros: u64,
}

/// All funding rows.
pub fn rows_of(platform: &Platform, start: Date) -> RecordBatch {
    let mut funding = Vec::new();
    let mut month_views = 0;
    let mut month_start = start;
    for day in 0..platform.plan.days {
        let date = start.saturating_add(jiff::Span::new().days(day));
        if day > 0 && date.day() == 1 {
            month(platform, month_start, month_views, &mut funding);
            (month_start, month_views) = (date, 0);
        }
        let views = platform.plan.day_views(day);
        month_views += views;
        let noise = 80 + u64::from(scale(hash(platform.seed, 91, u64::from(day)), 41));
        let micros = cents(views * FUND_MICROS_PER_VIEW * noise / 100).max(1_000_000);
        funding.push(Funding {
            program: 0,
            date,
            payer: None,
            micros,
        });
    }
    month(platform, month_start, month_views, &mut funding);
    batch(&funding, platform.seed)
}

/// A month's money, dated on its first day that has views.
fn month(platform: &Platform, date: Date, views: u64, funding: &mut Vec<Funding>) {
    let micros = cents(views * STREAM_MICROS_PER_VIEW).max(10_000_000);
    funding.push(Funding {
        program: 1,
        date,
        payer: None,
        micros,
    });
    let viewers = platform.audience.len();
    let payers = viewers.div_ceil(100).max(50).min(viewers).min(PAYERS_MAX);
    for payer in 0..payers {
        // Evenly over all viewers: loyal and casual ones.
        let viewer = (u64::from(payer) * u64::from(viewers) / u64::from(payers)) as u32;
        let micros = 500_000 * u64::from(2 + scale(hash(platform.seed, 92, u64::from(viewer)), 9));
        funding.push(Funding {
            program: 2,
            date,
            payer: Some(platform.audience.account(viewer).id),
            micros,
        });
    }
}

fn cents(micros: u64) -> u64 {
    micros / CENT * CENT
}

fn batch(funding: &[Funding], seed: u64) -> RecordBatch {
    let all = || funding.iter();
    let epoch = jiff::civil::date(1970, 1, 1);
    let days = |date: Date| (date.duration_since(epoch).as_secs() / 86_400) as i32;
    // Positive, and different for different rows.
    let id = |index: usize| ((hash(seed, 93, 0) >> 24) + index as u64) as i64;
    rows(
        Kind::Funding,
        vec![
            ("event_id", int64((0..funding.len()).map(id))),
            ("program", texts(PROGRAMS, all().map(|row| row.program))),
            (
                "date",
                Arc::new(Date32Array::from_iter_values(all().map(|row| days(row.date)))),
            ),
            (
                "payer_id",
                Arc::new(Int64Array::from_iter(all().map(|row| row.payer))),
            ),
            ("amount", decimals(all().map(|row| row.micros as i64))),
            ("currency", texts(["USD"], all().map(|_| 0))),
        ],
    )
}
