//! Writes a platform: small tables first, then the files of views, several at once.

use crate::invalid::Rule;
use crate::network::data_centres_csv;
use crate::output::Output;
use crate::plan::{Chunk, Unit};
use crate::platform::Platform;
use crate::{
    GenerateError, GenerateOptions, Generated, Written, columns, funding, live_files, snapshots, traffic,
};
use arrow::array::RecordBatch;
use event::kind::Kind;
use rayon::prelude::*;
use serde_json::json;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Snapshot rows of a file at most, give or take a block of creators.
const SNAPSHOT_FILE_ROWS: u64 = 4_000_000;

/// Rows of a unit's files.
#[derive(Clone, Copy, Default)]
struct UnitRows {
    views: u64,
    acts: u64,
    impressions: u64,
    labels: [u64; Rule::ALL.len()],
}

/// Who listens and may stop.
struct Caller<'a> {
    progress: &'a (dyn Fn(u64, u64) + Sync),
    cancel: &'a AtomicBool,
    done: AtomicU64,
    total: u64,
}

impl Caller<'_> {
    fn go_on(&self) -> Result<(), GenerateError> {
        if self.cancel.load(Ordering::Relaxed) {
            Err(GenerateError::Cancelled)
        } else {
            Ok(())
        }
    }

    fn done(&self, rows: u64) {
        let done = self.done.fetch_add(rows, Ordering::Relaxed) + rows;
        (self.progress)(done, self.total);
    }
}

/// Writes everything.
pub fn all(
    options: &GenerateOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
    cancel: &AtomicBool,
) -> Result<Generated, GenerateError> {
    let output = Output::begin(&options.out)?;
    let platform = Platform::new(options);
    let caller = Caller {
        progress,
        cancel,
        done: AtomicU64::new(0),
        total: options.views,
    };
    let threads = options.threads.map_or(0, |threads| threads.get());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|source| GenerateError::Threads { threads, source })?;
    output.text("datacentres.csv", &data_centres_csv())?;
    let funding = funding(&platform, options, &output)?;
    let creator = snapshot_files(&platform, &output, Kind::Creator, snapshots::creators, &caller)?;
    let video = snapshot_files(&platform, &output, Kind::Video, snapshots::videos, &caller)?;
    let live = pool.install(|| live_files::write(&platform, &output, &|| caller.go_on()))?;
    let units = platform.plan.units();
    let rows: Vec<UnitRows> = pool.install(|| {
        units
            .par_iter()
            .map(|unit| unit_files(&platform, unit, &output, &caller))
            .collect::<Result<_, _>>()
    })?;
    let files = units.len() as u64;
    let sum = |count: fn(&UnitRows) -> u64| rows.iter().map(count).sum();
    let of_views = |kind, count: fn(&UnitRows) -> u64| Written {
        kind,
        files,
        rows: sum(count),
    };
    let mut kinds = vec![
        of_views(Kind::View, |rows| rows.views),
        of_views(Kind::Engagement, |rows| rows.acts),
        of_views(Kind::AdImpression, |rows| rows.impressions),
        funding,
        creator,
        video,
    ];
    kinds.extend(live);
    let generated = Generated {
        kinds,
        labels: Rule::ALL
            .map(|rule| {
                (
                    rule.name(),
                    rows.iter().map(|rows| rows.labels[rule as usize]).sum(),
                )
            })
            .to_vec(),
    };
    output.text("platform.json", &description(options, &generated))?;
    output.finish()?;
    Ok(generated)
}

fn funding(
    platform: &Platform,
    options: &GenerateOptions,
    output: &Output,
) -> Result<Written, GenerateError> {
    let mut table = output.table(Kind::Funding.name(), "00.parquet")?;
    table.write(&funding::rows_of(platform, options.start))?;
    Ok(Written {
        kind: Kind::Funding,
        files: 1,
        rows: table.close()?,
    })
}

fn snapshot_files(
    platform: &Platform,
    output: &Output,
    kind: Kind,
    block_rows: fn(&Platform, u32) -> RecordBatch,
    caller: &Caller,
) -> Result<Written, GenerateError> {
    let mut written = Written {
        kind,
        files: 1,
        rows: 0,
    };
    let mut table = output.table(kind.name(), "00.parquet")?;
    let mut file_rows = 0;
    for block in 0..(platform.cast.creators.len() as u32).div_ceil(snapshots::BLOCK) {
        caller.go_on()?;
        if file_rows >= SNAPSHOT_FILE_ROWS {
            let next = output.table(kind.name(), &format!("{:02}.parquet", written.files))?;
            written.rows += std::mem::replace(&mut table, next).close()?;
            written.files += 1;
            file_rows = 0;
        }
        let rows = block_rows(platform, block);
        file_rows += rows.num_rows() as u64;
        table.write(&rows)?;
    }
    written.rows += table.close()?;
    Ok(written)
}

fn unit_files(
    platform: &Platform,
    unit: &Unit,
    output: &Output,
    caller: &Caller,
) -> Result<UnitRows, GenerateError> {
    use crate::catalogue::HISTORY_DAYS;
    let date = platform.date(unit.day);
    let name = format!("{date}-{:02}.parquet", unit.part);
    let mut views = output.table(Kind::View.name(), &name)?;
    let mut acts = output.table(Kind::Engagement.name(), &name)?;
    let mut impressions = output.table(Kind::AdImpression.name(), &name)?;
    let mut labels = output.table("labels", &name)?;
    let shelf = platform.catalogue.shelf(HISTORY_DAYS + unit.day);
    let yesterday = yesterday(platform, unit);
    let yesterday = yesterday
        .as_ref()
        .map(|chunk| (platform.catalogue.shelf(HISTORY_DAYS + unit.day - 1), chunk));
    let mut rows = UnitRows::default();
    for chunk in &unit.chunks {
        caller.go_on()?;
        let before = yesterday
            .as_ref()
            .filter(|_| chunk.index == 0)
            .map(|(shelf, chunk)| (shelf, *chunk));
        let batch = traffic::generate(platform, &shelf, chunk, before);
        views.write(&columns::views(&batch))?;
        acts.write(&columns::acts(&batch.acts, chunk))?;
        impressions.write(&columns::impressions(&batch.impressions, chunk))?;
        labels.write(&columns::labels(&batch.views))?;
        for rule in batch.views.iter().filter_map(|view| view.label) {
            rows.labels[rule as usize] += 1;
        }
        caller.done(batch.views.len() as u64);
    }
    rows.views = views.close()?;
    rows.acts = acts.close()?;
    rows.impressions = impressions.close()?;
    labels.close()?;
    Ok(rows)
}

/// The last chunk of the day before, if the unit begins with late duplicates of it.
fn yesterday(platform: &Platform, unit: &Unit) -> Option<Chunk> {
    let first = unit.chunks.first()?;
    (first.index == 0 && first.invalid.late > 0).then(|| platform.plan.chunks(unit.day - 1).pop())?
}

/// The options and what was written, as JSON.
fn description(options: &GenerateOptions, generated: &Generated) -> String {
    let kinds: serde_json::Map<_, _> = generated
        .kinds
        .iter()
        .map(|written| {
            (
                written.kind.name().to_owned(),
                json!({ "files": written.files, "rows": written.rows }),
            )
        })
        .collect();
    let labels: serde_json::Map<_, _> = generated
        .labels
        .iter()
        .map(|&(rule, count)| (rule.to_owned(), json!(count)))
        .collect();
    let description = json!({
        "options": {
            "seed": options.seed,
            "days": options.days,
            "creators": options.creators,
            "viewers": options.viewers,
            "views": options.views,
            "start": options.start.to_string(),
        },
        "written": kinds,
        "labels": labels,
    });
    format!("{description:#}\n")
}
