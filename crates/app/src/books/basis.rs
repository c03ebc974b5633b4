//! What a settlement saw and decided, as far as it tells why lines differ.

use crate::base::error::Result;
use crate::base::failure::kernel_error;
use crate::inputs::reader::Reader;
use crate::inputs::settlement::SettlementInputs;
use crate::runs::{Run, RunFile};
use earning::{CreatorDecision, Line, Settlement};
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use facts::{Counts, Facts};
use jiff::Timestamp;
use lake::archive::StoredBefore;
use lake::snapshots::Snapshots;
use policy::period::Period;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A settlement: a run's, or one between two runs.
#[derive(Debug)]
pub(super) struct Basis {
    /// What each line came to, sorted by creator and video.
    amounts: Vec<(Arc<str>, Arc<str>, i128)>,
    counts: HashMap<Arc<str>, Counts>,
    eligible: HashMap<Arc<str>, bool>,
    creators: HashMap<Arc<str>, CreatorSnapshot>,
    videos: HashMap<Arc<str>, VideoSnapshot>,
}

impl Basis {
    /// Of a stored run.
    pub(super) fn of_run(reader: &Reader<'_>, run: &Run, period: &Period) -> Result<Basis> {
        let facts = run.reading(RunFile::Facts, |path| {
            lake::facts_file::read_facts(path).map_err(|e| kernel_error(&e))
        })?;
        let lines = run.lines()?;
        let decisions = run.reading(RunFile::Creators, |path| {
            run_files::read_decisions(path, |_| true)
        })?;
        let bound = StoredBefore(run.record.stored_before);
        let seen = Reader::new(reader.archive, bound, reader.lists, reader.workspace);
        Ok(Basis::new(
            &lines,
            &facts,
            &decisions,
            seen.snapshots(period.end())?,
        ))
    }

    /// Of a settlement that is not stored.
    pub(super) fn of_settlement(settlement: &Settlement, gathered: SettlementInputs) -> Basis {
        let (lines, decisions) = (&settlement.lines, &settlement.creators);
        Basis::new(lines, &gathered.facts, decisions, gathered.snapshots)
    }

    fn new(lines: &[Line], facts: &Facts, decisions: &[CreatorDecision], snapshots: Snapshots) -> Basis {
        let mut counts: HashMap<Arc<str>, Counts> = HashMap::new();
        for row in &facts.rows {
            let id = &facts.videos[row.video as usize].id;
            counts.entry(id.clone()).or_default().add(&row.counts);
        }
        let eligible = decisions
            .iter()
            .map(|decision| (decision.creator.clone(), decision.is_eligible()));
        // Since when something is so does not matter, as long as it was so when the period ended.
        let creators = snapshots.creators.into_iter().map(|mut creator| {
            creator.effective_at = Timestamp::UNIX_EPOCH;
            (creator.id.clone(), creator)
        });
        let videos = snapshots.videos.into_iter().map(|mut video| {
            video.effective_at = Timestamp::UNIX_EPOCH;
            (video.id.clone(), video)
        });
        Basis {
            amounts: lines
                .iter()
                .map(|line| (line.creator.clone(), line.video.clone(), line.amount.units()))
                .collect(),
            counts,
            eligible: eligible.collect(),
            creators: creators.collect(),
            videos: videos.collect(),
        }
    }

    /// What a line came to; none: there was no such line.
    pub(super) fn amount(&self, creator: &str, video: &str) -> Option<i128> {
        let found = self
            .amounts
            .binary_search_by(|(of, on, _)| (&**of, &**on).cmp(&(creator, video)));
        found.ok().map(|index| self.amounts[index].2)
    }

    /// The advertising revenue of all videos, in millionths.
    pub(super) fn revenue(&self) -> i128 {
        self.counts.values().map(|counts| counts.ad_revenue_micros).sum()
    }

    /// Videos of which something else was counted or known afterwards, and how their revenue moved.
    pub(super) fn changed_videos(&self, after: &Basis) -> HashMap<Arc<str>, Ordering> {
        let revenue = |of: &Basis, video: &Arc<str>| {
            let counts = of.counts.get(video);
            counts.map_or(0, |counts| counts.ad_revenue_micros)
        };
        different(&self.counts, &after.counts)
            .chain(different(&self.videos, &after.videos))
            .map(|video| {
                let moved = revenue(after, video).cmp(&revenue(self, video));
                (video.clone(), moved)
            })
            .collect()
    }

    /// Creators of whom something else was decided or known afterwards.
    pub(super) fn changed_creators(&self, after: &Basis) -> HashSet<Arc<str>> {
        different(&self.eligible, &after.eligible)
            .chain(different(&self.creators, &after.creators))
            .cloned()
            .collect()
    }
}

/// Keys whose values differ, or that only one of two maps has.
fn different<'m, V: PartialEq>(
    before: &'m HashMap<Arc<str>, V>,
    after: &'m HashMap<Arc<str>, V>,
) -> impl Iterator<Item = &'m Arc<str>> {
    let changed = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(*value))
        .map(|(key, _)| key);
    changed.chain(before.keys().filter(|key| !after.contains_key(*key)))
}
