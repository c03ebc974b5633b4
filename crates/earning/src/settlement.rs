//! A settlement: the lines of one program version in one period, with all that decided them.

use crate::decision::{CreatorDecision, VideoDecision};
use crate::line::{Line, Unit};
use crate::report::{PartitionReport, Report};
use facts::encode::Encoder;
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
    /// The working of the lines, sorted by line, then country, day and payer.
    pub units: Vec<Unit>,
    /// A decision for every known creator, sorted by id.
    pub creators: Vec<CreatorDecision>,
    /// A decision for every video in the facts, sorted by id.
    pub videos: Vec<VideoDecision>,
    /// The report.
    pub report: Report,
}

impl Settlement {
    /// The run's hash: BLAKE3, in lower-case hex, over program, period, lines, units, decisions about money
    /// and totals. Two runs with the same hash pay the same amounts for the same reasons.
    pub fn hash(&self) -> String {
        let mut to = Encoder::new("permille settlement 1");
        to.text(&self.program);
        to.number(self.version.into());
        to.text(&self.program_hash);
        to.text(&self.period.to_string());
        to.text(&self.asset.to_string());
        to.number(self.lines.len() as i128);
        for line in &self.lines {
            to.text(&line.id);
            to.text(&line.creator);
            to.text(&line.video);
            to.number(line.amount.units());
            to.number(line.before_caps.units());
            to.number(line.units.len() as i128);
            to.number(line.views.into());
            to.number(line.qualified_views.into());
        }
        for unit in &self.units {
            encode_unit(&mut to, unit);
        }
        to.number(self.report.partitions.len() as i128);
        for partition in &self.report.partitions {
            encode_partition(&mut to, partition);
        }
        to.number(self.report.totals.paid.units());
        to.number(self.creators.len() as i128);
        for creator in &self.creators {
            to.text(&creator.creator);
            to.number(creator.amount.units());
            to.optional(creator.failure.as_ref().map(|failure| &*failure.formula));
        }
        to.number(self.videos.len() as i128);
        for video in &self.videos {
            to.text(&video.video);
            to.number(video.amount.units());
            to.text(video.verdict.name());
        }
        to.finish().to_hex().to_string()
    }

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
        let at = self
            .creators
            .binary_search_by(|decision| (*decision.creator).cmp(id))
            .ok()?;
        self.creators.get(at)
    }

    /// The decision about a video.
    pub fn video(&self, id: &str) -> Option<&VideoDecision> {
        let at = self
            .videos
            .binary_search_by(|decision| (*decision.video).cmp(id))
            .ok()?;
        self.videos.get(at)
    }
}

fn encode_unit(to: &mut Encoder, unit: &Unit) {
    to.number(unit.line.into());
    to.number(unit.partition.into());
    to.number(
        unit.day
            .map_or(0, |day| i128::from(crate::world::day_of(day)) + 1_000_000),
    );
    to.text(&unit.country);
    to.number(unit.views.into());
    to.number(unit.qualified_views.into());
    to.number(unit.value.mantissa());
    to.number(unit.value.scale().into());
    to.number(unit.factor.map_or(-1, |factor| factor.scale().into()));
    to.number(unit.factor.map_or(0, |factor| factor.mantissa()));
    to.number(unit.weight as i128);
    to.number(unit.before_caps);
    to.number(unit.amount);
}

fn encode_partition(to: &mut Encoder, report: &PartitionReport) {
    let partition = &report.partition;
    to.optional(partition.day.map(|day| day.to_string()).as_deref());
    to.optional(partition.country.as_deref());
    to.optional(partition.category.as_deref());
    to.optional(partition.payer.as_deref());
    let amounts = [
        report.gross,
        report.moved,
        report.after_deductions,
        report.carve_out,
        report.creators_part,
        report.platform_part,
        report.kept,
        report.divided,
    ];
    for amount in amounts {
        to.number(amount.units());
    }
    for deduction in &report.deductions {
        to.text(&deduction.name);
        to.number(deduction.amount.units());
    }
    to.number(report.weight as i128);
    to.number(report.units.into());
}
