//! A settlement: the lines of one program version in one period, with all that decided them.

use crate::decision::{CreatorDecision, VideoDecision};
use crate::line::{Line, Unit};
use crate::report::Report;
use money::Asset;
use policy::period::Period;

/// What a run gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Id of the program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// Hash of its document.
    pub program_hash: String,
    /// The period.
    pub period: Period,
    /// Asset of every amount.
    pub asset: Asset,
    /// One line per video that earned, or takes part with weight; sorted by creator and video.
    pub lines: Vec<Line>,
    /// The working of the lines, sorted by line, day, country, payer.
    pub units: Vec<Unit>,
    /// A decision for every known creator, sorted by id.
    pub creators: Vec<CreatorDecision>,
    /// A decision for every video in the facts, sorted by id.
    pub videos: Vec<VideoDecision>,
    /// The report.
    pub report: Report,
}

impl Settlement {
    /// The line with an id.
    pub fn line(&self, id: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// The units of a line.
    pub fn units_of(&self, line: &Line) -> &[Unit] {
        &self.units[line.units.start as usize..line.units.end as usize]
    }

    /// The decision about a creator.
    pub fn creator(&self, id: &str) -> Option<&CreatorDecision> {
        let at = self.creators.binary_search_by(|decision| (*decision.creator).cmp(id)).ok()?;
        self.creators.get(at)
    }

    /// The decision about a video.
    pub fn video(&self, id: &str) -> Option<&VideoDecision> {
        let at = self.videos.binary_search_by(|decision| (*decision.video).cmp(id)).ok()?;
        self.videos.get(at)
    }
}
