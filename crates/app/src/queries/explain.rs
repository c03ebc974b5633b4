//! Take an earning line apart, down to sample events; or say why a creator has none.

use crate::base::error::{Error, Result};
use crate::base::failure::kernel_error;
use crate::base::progress::Context;
use crate::inputs::bounded::with_memory;
use crate::inputs::count::Counting;
use crate::inputs::reader::{EventFiles, Reader};
use crate::inputs::settlement::SettlementInputs;
use crate::inputs::{programs, traffic_lists};
use crate::queries::lines;
use crate::runs::{self, Run, RunFile, parse_period};
use crate::settling::replay::program_of;
use crate::workspace::{Workspace, actors};
use access::Scope;
use earning::explain::{Evidence, Explanation, SampleEvent};
use earning::{CreatorDecision, Inputs, Line, VideoDecision};
use jiff::civil::Date;
use lake::archive::StoredBefore;
use lake::kernel::Sample;
use policy::program::Program;
use serde::Serialize;
use std::error::Error as _;

/// An explanation and where it comes from.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// The period.
    pub period: String,
    /// The run.
    pub run: u32,
    /// Stored-before bound of the run: commits of the archive up to this number.
    pub stored_before: u64,
    /// The line, when one is explained.
    pub line: Option<Line>,
    /// The explanation.
    pub explanation: Explanation,
}

/// Explains a line; `samples` events are shown for each verdict.
pub fn line(
    workspace: &Workspace,
    id: &str,
    samples: usize,
    scope: &Scope,
    context: &Context<'_>,
) -> Result<Explained> {
    let (run, line) = lines::find(workspace, id)?;
    actors::must_have(scope, &line.creator)?;
    let program = program_of(workspace, &run)?;
    let lists = traffic_lists::pinned(workspace, &run.record.lists)?;
    let archive = workspace.archive()?;
    let reader = Reader::new(
        &archive,
        StoredBefore(run.record.stored_before),
        &lists,
        workspace,
    );
    let period = run.period()?;
    let facts = run.reading(RunFile::Facts, |path| {
        lake::facts_file::read_facts(path).map_err(|e| kernel_error(&e))
    })?;
    let gathered = reader.inputs_around(facts, &program, &period, context)?;
    let units = run.reading(RunFile::Units, |path| {
        run_files::read_units(path, std::slice::from_ref(&line.units))
    })?;
    let units: Vec<_> = units.into_values().collect();
    let events = samples_of(
        &reader,
        &program,
        (run.record.from, run.record.to),
        &gathered,
        &line.video,
        samples,
        context,
    )?;
    let inputs = Inputs {
        program: &program,
        period: &period,
        facts: &gathered.facts,
        creators: &gathered.snapshots.creators,
        videos: &gathered.snapshots.videos,
        funding: &gathered.funding,
        lookbacks: &gathered.lookbacks,
        budget_spent: run.budget_spent()?,
    };
    let evidence = Evidence {
        inputs: &inputs,
        line: &line,
        units: &units,
        report: &run.record.report,
        samples: &events,
    };
    let explanation = earning::explain::line(&evidence).map_err(|e| {
        let cause = e.source().map(|source| format!(": {source}")).unwrap_or_default();
        Error::bad_input("explain/inputs", format!("{e}{cause}"))
            .hint("`permille verify` says whether archive, program or run was changed")
    })?;
    Ok(explained(&run, Some(line), explanation))
}

/// Explains what a creator earned in a program's period, or why nothing.
pub fn creator(
    workspace: &Workspace,
    creator: &str,
    program: &str,
    period: &str,
    scope: &Scope,
) -> Result<Explained> {
    actors::must_have(scope, creator)?;
    let versions = programs::versions_of(workspace, program)?;
    let period = parse_period(period, versions[0].period)?;
    let run = runs::latest_of(workspace, program, &period)?.ok_or_else(|| {
        Error::usage(
            "explain/not-settled",
            format!("{program} is not settled for {period}"),
        )
        .hint(format!(
            "`permille settle --program {program} --period {period}` settles it"
        ))
    })?;
    let program = program_of(workspace, &run)?;
    let decisions: Vec<CreatorDecision> = run.reading(RunFile::Creators, |path| {
        run_files::read_decisions(path, |id| id == creator)
    })?;
    let Some(decision) = decisions.first() else {
        return Err(Error::usage(
            "explain/unknown-creator",
            format!("creator {creator} was not known in {period}: neither a snapshot nor a view of a video of theirs was stored"),
        )
        .hint("`permille import creator FILE...` and `permille import video FILE...` make creators known; then settle again"));
    };
    let mut videos: Vec<VideoDecision> =
        run.reading(RunFile::Videos, |path| run_files::read_decisions(path, |_| true))?;
    videos.retain(|video| video.creator.as_deref() == Some(creator));
    let explanation = earning::explain::creator(&program, decision, &videos);
    Ok(explained(&run, None, explanation))
}

fn explained(run: &Run, line: Option<Line>, explanation: Explanation) -> Explained {
    Explained {
        program: run.record.program.clone(),
        version: run.record.version,
        period: run.record.period.clone(),
        run: run.record.number,
        stored_before: run.record.stored_before,
        line,
        explanation,
    }
}

fn samples_of(
    reader: &Reader<'_>,
    program: &Program,
    span: (Date, Date),
    gathered: &SettlementInputs,
    video: &str,
    limit: usize,
    context: &Context<'_>,
) -> Result<Vec<SampleEvent>> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let files = EventFiles::of(reader, span);
    let counting = Counting {
        program,
        span,
        lists: reader.lists,
        snapshots: &gathered.snapshots,
    };
    let samples = with_memory(reader.workspace, context, |memory, progress| {
        let request = counting.request(memory, progress, context);
        lake::kernel::samples(files.source(), &request, video, limit).map_err(|e| kernel_error(&e))
    })?;
    Ok(samples.iter().map(sample_event).collect())
}

fn sample_event(sample: &Sample) -> SampleEvent {
    let (seconds, millis) = (sample.watched_ms / 1_000, sample.watched_ms % 1_000);
    SampleEvent {
        id: sample.event_id.to_string(),
        rejected: sample.verdict,
        detail: format!(
            "viewer {} at {}, watched {seconds}.{millis:03} s",
            sample.viewer_id, sample.occurred_at
        ),
    }
}
