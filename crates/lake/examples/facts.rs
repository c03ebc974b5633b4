//! Counts a generated platform's raw files, or files of an archive, into a facts file and prints how long that took:
//! `facts DIR OUT [--archive] [--memory MIB] [--threads N] [--from DATE] [--to DATE]`. What `bench/` measures.

use jiff::Timestamp;
use jiff::civil::Date;
use lake::archive::FileEntry;
use lake::kernel::{ByPayer, FactsRequest, FactsSummary, Memory, Source, facts_to_parquet};
use lake::lists::Lists;
use lake::snapshots::read_files;
use policy::qualification::{CountOnce, Qualification, Rule};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error>;

struct Options {
    folder: PathBuf,
    out: PathBuf,
    archive: bool,
    memory: Option<u64>,
    threads: usize,
    from: Date,
    to: Date,
}

fn options() -> Result<Options, Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut positional = Vec::new();
    let mut options = Options {
        folder: PathBuf::new(),
        out: PathBuf::new(),
        archive: false,
        memory: None,
        threads: std::thread::available_parallelism()?.get(),
        from: "2026-10-01".parse()?,
        to: "2026-11-01".parse()?,
    };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match &*argument {
            "--archive" => options.archive = true,
            "--memory" => options.memory = Some(value()?.parse::<u64>()? << 20),
            "--threads" => options.threads = value()?.parse()?,
            "--from" => options.from = value()?.parse()?,
            "--to" => options.to = value()?.parse()?,
            _ => positional.push(PathBuf::from(argument)),
        }
    }
    let [folder, out] = <[PathBuf; 2]>::try_from(positional).map_err(|_| "usage: facts DIR OUT [options]")?;
    Ok(Options {
        folder,
        out,
        ..options
    })
}

/// The thresholds of the benchmark: every rule is on.
fn qualification() -> Qualification {
    Qualification {
        minimum_watch_ms: Some(5_000),
        surfaces: Some(vec!["for_you".to_owned()]),
        exclude_self: Some(()),
        exclude_paid: Some(()),
        exclude_data_centres: Some(()),
        exclude_declared_bots: Some(()),
        max_views_per_viewer_day: Some(2_000),
        max_replays_per_day: Some(10),
        exclude_negative_feedback: Some(()),
        max_parallel_playbacks: Some(1),
        count_once: CountOnce::PerPeriod,
    }
}

fn main() -> Result<(), Failure> {
    let options = options()?;
    let start = Instant::now();
    let source = options.folder.join("raw");
    let source = if source.is_dir() {
        source
    } else {
        options.folder.clone()
    };
    let before = options.to.to_zoned(jiff::tz::TimeZone::UTC)?.timestamp();
    let snapshots = read_files(
        &files(&source.join("creator"))?,
        &files(&source.join("video"))?,
        before,
    )?;
    let lists = Lists::default().with_data_centres(&fs::read_to_string(source.join("datacentres.csv"))?)?;
    let cancel = AtomicBool::new(false);
    let temporary = options.out.with_extension("spill");
    fs::create_dir_all(&temporary)?;
    let stages = std::sync::Mutex::new(Vec::new());
    let request = FactsRequest {
        qualification: &qualification(),
        from: options.from,
        to: options.to,
        by_payer: ByPayer::No,
        currency: "USD",
        lists: &lists,
        creators: &snapshots.creators,
        videos: &snapshots.videos,
        memory: options.memory.map(|bytes| Memory {
            bytes,
            spill_to: &temporary,
        }),
        threads: options.threads,
        cancel: &cancel,
        progress: &|progress| {
            if progress.done == 0 {
                stages
                    .lock()
                    .expect("no panic while printing")
                    .push((progress.stage, start.elapsed()));
            }
        },
    };
    let summary = count(&options, &source, &request)?;
    fs::remove_dir(&temporary)?;
    for (stage, at) in stages.into_inner()? {
        eprintln!("{stage:?} from {at:.2?}");
    }
    print(&summary, start.elapsed().as_secs_f64());
    Ok(())
}

fn count(options: &Options, source: &Path, request: &FactsRequest<'_>) -> Result<FactsSummary, Failure> {
    let summary = if options.archive {
        let of = |kind| entries(&options.folder, kind);
        let (views, engagement, ads) = (
            of(event::kind::Kind::View)?,
            of(event::kind::Kind::Engagement)?,
            of(event::kind::Kind::AdImpression)?,
        );
        facts_to_parquet(
            Source::Archive {
                views: &views,
                engagement: &engagement,
                ads: &ads,
            },
            request,
            &options.out,
        )
    } else {
        let of = |kind: event::kind::Kind| files(&source.join(kind.name()));
        let (views, engagement, ads) = (
            of(event::kind::Kind::View)?,
            of(event::kind::Kind::Engagement)?,
            of(event::kind::Kind::AdImpression)?,
        );
        facts_to_parquet(
            Source::Raw {
                views: &views,
                engagement: &engagement,
                ads: &ads,
            },
            request,
            &options.out,
        )
    }?;
    Ok(summary)
}

fn print(summary: &FactsSummary, seconds: f64) {
    let totals = &summary.totals;
    let mut pairs = vec![
        ("facts".to_owned(), summary.rows as i64),
        ("videos".to_owned(), summary.videos as i64),
        ("views".to_owned(), totals.views as i64),
        ("qualified".to_owned(), totals.qualified as i64),
    ];
    pairs.extend(Rule::ALL.map(|rule| {
        (
            format!("rejected_{}", rule.name()),
            totals.rejected[rule as usize] as i64,
        )
    }));
    let sums = [
        ("watched_ms", totals.watched_ms),
        ("qualified_watched_ms", totals.qualified_watched_ms),
        ("completions", totals.completions),
    ];
    pairs.extend(sums.map(|(name, sum)| (name.to_owned(), sum as i64)));
    let kinds = event::kind::EngagementKind::ALL;
    pairs.extend(kinds.map(|kind| {
        (
            format!("engagement_{}", kind.name()),
            totals.engagement[kind as usize] as i64,
        )
    }));
    pairs.push(("ad_impressions".to_owned(), totals.ad_impressions as i64));
    pairs.push(("ad_revenue_micros".to_owned(), totals.ad_revenue_micros));
    pairs.push((
        "foreign_impressions".to_owned(),
        summary.foreign_impressions as i64,
    ));
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    println!("{{\"seconds\":{seconds:.3},\"totals\":{{{}}}}}", pairs.join(","));
}

/// Parquet files of a folder and its folders, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "parquet") {
            found.push(path);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// The files of an archive, taken as they lie.
fn entries(folder: &Path, kind: event::kind::Kind) -> Result<Vec<FileEntry>, Failure> {
    let of_date = |path: PathBuf| -> Result<FileEntry, Failure> {
        let folder = path
            .parent()
            .and_then(Path::file_name)
            .and_then(|name| name.to_str());
        let date = folder
            .and_then(|name| name.strip_prefix("date="))
            .ok_or("archive files lie in folders `date=...`")?;
        let (date, hash, stored_at) = (date.parse()?, String::new(), Timestamp::UNIX_EPOCH);
        Ok(FileEntry {
            kind,
            date,
            path,
            rows: 0,
            commit: 1,
            stored_at,
            hash,
        })
    };
    files(&folder.join("archive").join(kind.name()))?
        .into_iter()
        .map(of_date)
        .collect()
}
