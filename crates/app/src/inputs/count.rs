//! Count facts from the archive or from raw files, and show the funnel from views to qualified views.

use crate::base::error::{Error, Result};
use crate::base::failure::{archive_error, kernel_error};
use crate::base::progress::Context;
use crate::inputs::reader::{EventFiles, Reader, by_payer, midnight};
use crate::inputs::{bounded, traffic_lists};
use crate::workspace::Workspace;
use crate::workspace::files::{must_be_replaceable, sorted_entries};
use event::kind::Kind;
use facts::Facts;
use jiff::ToSpan;
use jiff::civil::Date;
use lake::archive::{Archive, StoredBefore};
use lake::funnel::{Funnel, FunnelOf};
use lake::kernel::{ByPayer, FactsRequest, FactsSummary, KernelError, Memory, Progress, Source};
use lake::lists::Lists;
use lake::snapshots::Snapshots;
use lake::verdicts_file::{Labels, VerdictSummary, verdicts_to_parquet};
use policy::program::Program;
use std::path::{Path, PathBuf};

/// The days that a request speaks of; `None` on either side: as far as there are events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Days {
    /// First day.
    pub from: Option<Date>,
    /// Last day, included.
    pub to: Option<Date>,
}

/// Where the events to count are.
#[derive(Clone, Copy, Debug)]
pub enum Events<'a> {
    /// In a workspace's archive.
    Archive(&'a Workspace),
    /// In raw Parquet files, not imported: a folder with one folder for each kind.
    Raw {
        /// The folder.
        folder: &'a Path,
        /// Data centres and bots.
        lists: &'a Lists,
    },
}

/// Counts facts under a program's thresholds and writes them as Parquet.
pub fn facts(
    events: Events<'_>,
    program: &Program,
    days: Days,
    out: &Path,
    context: &Context<'_>,
) -> Result<FactsSummary> {
    over(events, program, days, out, context, |source, request| {
        lake::kernel::facts_to_parquet(source, request, out)
    })
}

/// Gives every view its verdict under a program's thresholds and writes them as Parquet; compares them with labels
/// where a folder of such is given.
pub fn verdicts(
    events: Events<'_>,
    program: &Program,
    days: Days,
    labels: Option<&Path>,
    out: &Path,
    context: &Context<'_>,
) -> Result<VerdictSummary> {
    let labels = match labels {
        Some(folder) => {
            let files = if folder.is_dir() {
                parquet_files(folder)?
            } else {
                Vec::new()
            };
            if files.is_empty() {
                let message = format!("{} is no folder with Parquet files", folder.display());
                return Err(Error::usage("verdicts/labels", message)
                    .hint("labels are files with `event_id` and `rule`; `permille generate` writes some into labels/"));
            }
            Labels::read(&files).map_err(|e| kernel_error(&e))?
        }
        None => Labels::default(),
    };
    over(events, program, days, out, context, |source, request| {
        verdicts_to_parquet(source, request, &labels, out)
    })
}

/// Does a job of the kernel over events.
fn over<T>(
    events: Events<'_>,
    program: &Program,
    days: Days,
    out: &Path,
    context: &Context<'_>,
    job: impl Fn(Source<'_>, &FactsRequest<'_>) -> std::result::Result<T, KernelError>,
) -> Result<T> {
    must_be_replaceable(out)?;
    match events {
        Events::Archive(workspace) => over_archive(workspace, program, days, context, job),
        Events::Raw { folder, lists } => {
            let scratch = out.parent().filter(|folder| !folder.as_os_str().is_empty());
            let scratch = scratch.unwrap_or(Path::new("."));
            over_raw(folder, lists, program, days, scratch, context, job)
        }
    }
}

fn over_archive<T>(
    workspace: &Workspace,
    program: &Program,
    days: Days,
    context: &Context<'_>,
    job: impl Fn(Source<'_>, &FactsRequest<'_>) -> std::result::Result<T, KernelError>,
) -> Result<T> {
    let archive = workspace.archive()?;
    let lists = traffic_lists::in_force(workspace)?.lists;
    let reader = Reader::new(&archive, StoredBefore(archive.last_commit()), &lists, workspace);
    let span = span(&archive, days)?;
    let snapshots = reader.snapshots(span.1)?;
    let files = EventFiles::of(&reader, span);
    let counting = Counting {
        program,
        span,
        lists: &lists,
        snapshots: &snapshots,
    };
    bounded::within(&workspace.scratch(), context, |memory, progress| {
        let request = counting.request(memory, progress, context);
        job(files.source(), &request).map_err(|e| kernel_error(&e))
    })
}

fn over_raw<T>(
    folder: &Path,
    lists: &Lists,
    program: &Program,
    days: Days,
    scratch: &Path,
    context: &Context<'_>,
    job: impl Fn(Source<'_>, &FactsRequest<'_>) -> std::result::Result<T, KernelError>,
) -> Result<T> {
    let files = |kind: Kind| parquet_files(&folder.join(kind.name()));
    let (views, engagement, ads) = (
        files(Kind::View)?,
        files(Kind::Engagement)?,
        files(Kind::AdImpression)?,
    );
    let no_views = |what: &str| {
        let folder = folder.join(Kind::View.name());
        Error::usage("facts/no-views", format!("{} {what}", folder.display()))
            .hint("raw files lie in folders named by kind: view/, engagement/, ad_impression/, creator/, video/; other formats are imported first")
    };
    if views.is_empty() {
        return Err(no_views("has no Parquet files"));
    }
    let span = match (days.from, days.to) {
        (Some(from), Some(to)) => whole(from, to)?,
        (from, to) => {
            let found = lake::kernel::days_of(&views).map_err(|e| kernel_error(&e))?;
            let (first, last) = found.ok_or_else(|| no_views("has no view"))?;
            whole(from.unwrap_or(first), to.unwrap_or(last))?
        }
    };
    let (creators, videos) = (files(Kind::Creator)?, files(Kind::Video)?);
    let snapshots =
        lake::snapshots::read_files(&creators, &videos, midnight(span.1)).map_err(archive_error)?;
    let counting = Counting {
        program,
        span,
        lists,
        snapshots: &snapshots,
    };
    bounded::within(scratch, context, |memory, progress| {
        let request = counting.request(memory, progress, context);
        let source = Source::Raw {
            views: &views,
            engagement: &engagement,
            ads: &ads,
        };
        job(source, &request).map_err(|e| kernel_error(&e))
    })
}

/// What is counted for a program.
pub(crate) struct Counting<'a> {
    pub program: &'a Program,
    pub span: (Date, Date),
    pub lists: &'a Lists,
    pub snapshots: &'a Snapshots,
}

impl Counting<'_> {
    pub(crate) fn request<'a>(
        &'a self,
        memory: Option<Memory<'a>>,
        progress: &'a (dyn Fn(Progress) + Sync),
        context: &'a Context<'_>,
    ) -> FactsRequest<'a> {
        FactsRequest {
            qualification: &self.program.qualification,
            from: self.span.0,
            to: self.span.1,
            by_payer: by_payer(self.program),
            currency: self.program.asset.code(),
            lists: self.lists,
            creators: &self.snapshots.creators,
            videos: &self.snapshots.videos,
            memory,
            threads: context.threads,
            cancel: context.cancel,
            progress,
        }
    }
}

/// Shows how many views qualified and why the others did not.
pub fn funnel(
    workspace: &Workspace,
    program: &Program,
    of: &FunnelOf,
    days: Days,
    context: &Context<'_>,
) -> Result<Funnel> {
    let archive = workspace.archive()?;
    let lists = traffic_lists::in_force(workspace)?.lists;
    let reader = Reader::new(&archive, StoredBefore(archive.last_commit()), &lists, workspace);
    let span = span(&archive, days)?;
    let snapshots = reader.snapshots(span.1)?;
    let facts = reader.facts(
        &program.qualification,
        span,
        ByPayer::No,
        program.asset.code(),
        &snapshots,
        context,
    )?;
    known(of, &facts, &snapshots)?;
    Ok(lake::funnel::funnel(&facts, of, &snapshots.videos))
}

/// Refuses a video or creator that nobody has heard of.
fn known(of: &FunnelOf, facts: &Facts, snapshots: &Snapshots) -> Result<()> {
    let viewed = &facts.videos;
    let video = |id: &str| {
        viewed.iter().any(|video| *video.id == *id) || snapshots.videos.iter().any(|video| *video.id == *id)
    };
    let creator = |id: &str| {
        viewed
            .iter()
            .any(|video| video.creator_hint.as_deref() == Some(id))
            || snapshots.videos.iter().any(|video| *video.creator == *id)
            || snapshots.creators.iter().any(|creator| *creator.id == *id)
    };
    let unknown = |what: &str, id: &str| {
        let message = format!("no view in these days and no snapshot names a {what} `{id}`");
        Error::usage("funnel/unknown", message).hint("ids are compared to the letter")
    };
    match (&of.video, &of.creator) {
        (Some(id), _) if !video(id) => Err(unknown("video", id)),
        (_, Some(id)) if !creator(id) => Err(unknown("creator", id)),
        _ => Ok(()),
    }
}

/// The days of a request, from the first event to the last where it leaves them open.
fn span(archive: &Archive, days: Days) -> Result<(Date, Date)> {
    let files = archive.all_files(Kind::View, StoredBefore(archive.last_commit()));
    let (Some(first), Some(last)) = (
        files.iter().map(|file| file.date).min(),
        files.iter().map(|file| file.date).max(),
    ) else {
        return Err(Error::usage("archive/empty", "the archive holds no view")
            .hint("`permille import view FILE...` brings views in"));
    };
    whole(days.from.unwrap_or(first), days.to.unwrap_or(last))
}

/// A span of whole days from its first and its last day.
fn whole(from: Date, to: Date) -> Result<(Date, Date)> {
    if from > to {
        let message = format!("the first day {from} comes after the last day {to}");
        return Err(Error::usage("facts/days", message));
    }
    Ok((from, to.saturating_add(1.day())))
}

/// The Parquet files of a folder, sorted; none without the folder.
pub fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = sorted_entries(folder)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
    Ok(files)
}
