//! Why a line is not what it was: read off the two runs' facts and decisions.

use crate::error::Result;
use crate::run_files;
use crate::runs::{self, Run};
use earning::facts::Counts;
use earning::{CreatorDecision, Line};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// Why a line changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Views were marked invalid, or a mark was taken back.
    InvalidatedView,
    /// Revenue attributed to the video was corrected or paid back.
    Refund,
    /// Events of the period were stored after the earlier run.
    LateEvent,
    /// What is known of the creator or the video was corrected.
    CorrectedSnapshot,
    /// Nothing about the video changed: others' changes moved its share.
    ShareMoved,
}

impl Reason {
    /// The words in statements.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::InvalidatedView => "invalidated view",
            Reason::Refund => "refund",
            Reason::LateEvent => "late event",
            Reason::CorrectedSnapshot => "corrected snapshot",
            Reason::ShareMoved => "share of the pool moved",
        }
    }
}

/// Lines that changed for a reason, and by how much together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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

/// What distinguishes two runs of a period.
pub(super) struct Reasons {
    old: HashMap<String, Counts>,
    new: HashMap<String, Counts>,
    /// Creators about whom something else was decided.
    redecided: HashSet<String>,
    lists_changed: bool,
}

impl Reasons {
    pub(super) fn between(old: &Run, new: &Run) -> Result<Self> {
        let (before, after) = (eligible(old)?, eligible(new)?);
        let redecided = after
            .iter()
            .filter(|(creator, is_eligible)| before.get(*creator) != Some(is_eligible));
        Ok(Self {
            redecided: redecided.map(|(creator, _)| creator.clone()).collect(),
            old: counts(old)?,
            new: counts(new)?,
            lists_changed: old.record.lists != new.record.lists,
        })
    }

    /// The reason of one line's change. Where several apply, the one that stands first in [`Reason`].
    pub(super) fn of(&self, line: &Line, old: Option<&Line>, new: Option<&Line>) -> Reason {
        let of = |counts: &HashMap<String, Counts>| counts.get(&*line.video).cloned().unwrap_or_default();
        let (before, after) = (of(&self.old), of(&self.new));
        if before != after {
            let same_views = before.views == after.views;
            if self.lists_changed && before.rejected != after.rejected && same_views {
                return Reason::InvalidatedView;
            }
            if same_views && before.ad_revenue_micros > after.ad_revenue_micros {
                return Reason::Refund;
            }
            return Reason::LateEvent;
        }
        if self.redecided.contains(&*line.creator) || old.is_some() != new.is_some() {
            return Reason::CorrectedSnapshot;
        }
        Reason::ShareMoved
    }
}

/// Counts of a run by video.
fn counts(run: &Run) -> Result<HashMap<String, Counts>> {
    let facts =
        lake::facts_file::read_facts(&run.file(runs::FACTS)).map_err(|e| crate::failure::kernel_error(&e))?;
    let mut by_video: HashMap<String, Counts> = HashMap::new();
    for row in &facts.rows {
        let id = &facts.videos[row.video as usize].id;
        match by_video.get_mut(&**id) {
            Some(counts) => counts.add(&row.counts),
            None => {
                by_video.insert(id.to_string(), row.counts.clone());
            }
        }
    }
    Ok(by_video)
}

fn eligible(run: &Run) -> Result<HashMap<String, bool>> {
    let decisions: Vec<CreatorDecision> = run_files::read_decisions(&run.file(runs::CREATORS), |_| true)?;
    let pairs = decisions
        .iter()
        .map(|decision| (decision.creator.to_string(), decision.is_eligible()));
    Ok(pairs.collect())
}
