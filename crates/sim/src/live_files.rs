//! Writes the LIVE kinds: days are made side by side, and written in order into one file of each kind.

use crate::live::{self, Day};
use crate::output::{Output, Table};
use crate::platform::Platform;
use crate::{GenerateError, Written};
use arrow::array::RecordBatch;
use event::kind::Kind;
use rayon::prelude::*;

/// Days held in memory at a time.
const DAYS_AT_ONCE: usize = 16;
const FILE: &str = "00.parquet";

/// A kind with its rows of a day.
type Sort = (Kind, fn(&Day) -> RecordBatch);

const SORTS: [Sort; 6] = [
    (Kind::GiftFrame, live::frames),
    (Kind::CoinPurchase, live::purchases),
    (Kind::CoinRefund, live::refunds),
    (Kind::RoomActivity, live::activity),
    (Kind::Subscription, live::subscriptions),
    (Kind::Redemption, live::redemptions),
];

/// Writes everything of LIVE. `go_on` may stop it between days.
pub fn write(
    platform: &Platform,
    output: &Output,
    go_on: &dyn Fn() -> Result<(), GenerateError>,
) -> Result<Vec<Written>, GenerateError> {
    let mut tables = SORTS
        .iter()
        .map(|(kind, rows)| Ok((*kind, *rows, output.table(kind.name(), FILE)?)))
        .collect::<Result<Vec<(Kind, fn(&Day) -> RecordBatch, Table)>, GenerateError>>()?;
    let mut labels = output.table("live_labels", FILE)?;
    let days: Vec<u32> = (0..platform.plan.days).collect();
    for some in days.chunks(DAYS_AT_ONCE) {
        go_on()?;
        let made: Vec<Day> = some.par_iter().map(|day| live::day(platform, *day)).collect();
        for day in &made {
            for (_, rows, table) in &mut tables {
                table.write(&rows(day))?;
            }
            labels.write(&live::labels(day))?;
        }
    }
    labels.close()?;
    let mut gifts = output.table(Kind::Gift.name(), FILE)?;
    gifts.write(&live::gift_rows(platform))?;
    let mut written = Vec::new();
    for (kind, _, table) in tables {
        written.push(one_file(kind, table)?);
    }
    written.push(one_file(Kind::Gift, gifts)?);
    Ok(written)
}

fn one_file(kind: Kind, table: Table) -> Result<Written, GenerateError> {
    Ok(Written {
        kind,
        files: 1,
        rows: table.close()?,
    })
}
