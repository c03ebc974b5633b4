//! Why a line is not what it was.
//!
//! What lies between two runs of a period is taken up one kind of input after the other, and the period is settled in
//! memory after each. What a line changes by in a step is that input's part of its change: the parts sum to the whole,
//! whatever happened at once.

use super::basis::Basis;
use crate::base::error::Result;
use crate::base::progress::Context;
use crate::inputs::reader::{Reader, read_of};
use crate::inputs::traffic_lists;
use crate::runs::Run;
use event::kind::Kind;
use lake::archive::StoredBefore;
use policy::period::Period;
use policy::program::Program;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Why a line changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    what: Cause,
    /// Nothing about the line's video and creator changed: what happened to others moved its part of the pool or of a cap.
    is_elsewhere: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    InvalidatedView,
    LateEvent,
    Refund,
    CorrectedSnapshot,
    Funding,
}

impl Reason {
    /// The words in statements.
    pub(super) const fn name(self) -> &'static str {
        match (self.what, self.is_elsewhere) {
            (Cause::InvalidatedView, false) => "invalidated view",
            (Cause::InvalidatedView, true) => "invalidated view elsewhere",
            (Cause::LateEvent, false) => "late event",
            (Cause::LateEvent, true) => "late event elsewhere",
            (Cause::Refund, false) => "refund",
            (Cause::Refund, true) => "refund elsewhere",
            (Cause::CorrectedSnapshot, false) => "corrected snapshot",
            (Cause::CorrectedSnapshot, true) => "corrected snapshot elsewhere",
            (Cause::Funding, _) => "funding",
        }
    }
}

/// Lines that changed for a reason, and by how much together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// How many lines.
    pub lines: u64,
    /// Sum of the changes in smallest units.
    pub units: i128,
}

impl Change {
    pub(super) fn add(&mut self, units: i128) {
        self.lines += 1;
        self.units += units;
    }
}

/// A kind of input, in the order in which they are taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    /// What was marked invalid, and the lists of data centres and bots.
    Lists,
    /// Views and engagement.
    Events,
    /// What advertisers pay for impressions, corrections among it.
    Revenue,
    /// What is known of creators and videos.
    Snapshots,
    /// What was put into the pool, and what earlier periods have left of a budget.
    Funding,
}

impl Input {
    const ALL: [Input; 5] = [
        Input::Lists,
        Input::Events,
        Input::Revenue,
        Input::Snapshots,
        Input::Funding,
    ];

    const fn kinds(self) -> &'static [Kind] {
        match self {
            Input::Lists => &[],
            Input::Events => &[Kind::View, Kind::Engagement],
            Input::Revenue => &[Kind::AdImpression],
            Input::Snapshots => &[Kind::Creator, Kind::Video],
            Input::Funding => &[Kind::Funding],
        }
    }
}

/// The way from one run of a period to another.
#[derive(Debug)]
pub(crate) struct Attribution {
    steps: Vec<Step>,
}

/// What one kind of input changed.
#[derive(Debug)]
struct Step {
    input: Input,
    before: Arc<Basis>,
    after: Arc<Basis>,
    /// Videos of which something is known or counted that was not before, and how their revenue moved.
    videos: HashMap<Arc<str>, Ordering>,
    /// Creators of whom something is known or decided that was not before.
    creators: HashSet<Arc<str>>,
    /// How the revenue of all moved.
    revenue: Ordering,
}

/// One input's part of a line's change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub was: Option<i128>,
    pub is: Option<i128>,
    pub reason: Reason,
}

impl Part {
    pub(super) fn units(&self) -> i128 {
        self.is.unwrap_or(0) - self.was.unwrap_or(0)
    }
}

impl Attribution {
    /// Finds the way between two runs of a period under one program version. `reader` sees what the later run saw.
    pub(crate) fn between(
        reader: &Reader<'_>,
        program: &Program,
        period: &Period,
        (old, new): (&Run, &Run),
        context: &Context<'_>,
    ) -> Result<Attribution> {
        let inputs = changed(reader, program, period, old, new);
        let between = inputs.len().saturating_sub(1);
        context.progress.stage("finding reasons", Some(between as u64));
        let earlier = StoredBefore(old.record.stored_before);
        let old_lists = traffic_lists::pinned(reader.workspace, &old.record.lists)?;
        let mut before = Arc::new(Basis::of_run(reader, old, period)?);
        let mut steps = Vec::new();
        for (done, input) in inputs.iter().enumerate() {
            context.check()?;
            let (taken, open) = inputs.split_at(done + 1);
            let after = if open.is_empty() {
                Basis::of_run(reader, new, period)?
            } else {
                let lists = match taken.contains(&Input::Lists) {
                    true => reader.lists,
                    false => &old_lists,
                };
                let mut partly = Reader::new(reader.archive, reader.bound, lists, reader.workspace);
                let held = open.iter().flat_map(|input| input.kinds()).copied().collect();
                partly.held_back = Some((earlier, held));
                let seen = if taken.contains(&Input::Funding) { new } else { old };
                let budget = seen.budget_spent()?;
                let gathered = partly.inputs(program, period, context)?;
                Basis::of_settlement(&gathered.settle(program, period, budget)?, gathered)
            };
            let after = Arc::new(after);
            steps.push(Step::new(*input, before, after.clone()));
            before = after;
            context.progress.position(done as u64);
        }
        Ok(Attribution { steps })
    }

    /// The parts of a line's change, in the order of the steps.
    pub(super) fn parts(&self, creator: &str, video: &str) -> impl Iterator<Item = Part> {
        self.steps.iter().filter_map(move |step| {
            let (was, is) = (
                step.before.amount(creator, video),
                step.after.amount(creator, video),
            );
            let reason = step.reason(creator, video);
            (was != is).then_some(Part { was, is, reason })
        })
    }
}

/// What of the inputs changed between two runs.
fn changed(reader: &Reader<'_>, program: &Program, period: &Period, old: &Run, new: &Run) -> Vec<Input> {
    let files = |kind: Kind, run: &Run| {
        let bound = StoredBefore(run.record.stored_before);
        read_of(program, period)
            .iter()
            .filter(|(of, _)| *of == kind)
            .map(|(_, (from, to))| reader.archive.files(kind, *from, *to, bound).len())
            .sum::<usize>()
    };
    let is_changed = |input: &Input| match input {
        Input::Lists => old.record.lists.meaning != new.record.lists.meaning,
        Input::Funding if old.record.budget_spent != new.record.budget_spent => true,
        _ => input
            .kinds()
            .iter()
            .any(|kind| files(*kind, old) != files(*kind, new)),
    };
    Input::ALL.into_iter().filter(is_changed).collect()
}

impl Step {
    fn new(input: Input, before: Arc<Basis>, after: Arc<Basis>) -> Step {
        Step {
            input,
            videos: before.changed_videos(&after),
            creators: before.changed_creators(&after),
            revenue: after.revenue().cmp(&before.revenue()),
            before,
            after,
        }
    }

    fn reason(&self, creator: &str, video: &str) -> Reason {
        let of_video = self.videos.get(video);
        let is_elsewhere = of_video.is_none() && !self.creators.contains(creator);
        let what = match self.input {
            Input::Lists => Cause::InvalidatedView,
            Input::Events => Cause::LateEvent,
            Input::Snapshots => Cause::CorrectedSnapshot,
            Input::Funding => Cause::Funding,
            Input::Revenue => match of_video.unwrap_or(&self.revenue) {
                Ordering::Less => Cause::Refund,
                Ordering::Equal | Ordering::Greater => Cause::LateEvent,
            },
        };
        Reason { what, is_elsewhere }
    }
}
