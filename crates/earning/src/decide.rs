//! A decision for every creator and every video, from what eligibility, line-up and division found.

use crate::decision::{Below, CreatorDecision, Failure, LineUp, Payability, Verdict, VideoDecision};
use crate::error::SettleError;
use crate::line::Line;
use crate::world::{Video, World};

use money::Money;
use policy::program::BelowThreshold;
use rayon::prelude::*;
use std::sync::Arc;

/// Decisions about creators, sorted by id; `line_creators` says whose each line is.
pub(crate) fn creators(
    world: &World<'_>,
    failures: Vec<Option<Box<Failure>>>,
    lines: &[Line],
    line_creators: &[u32],
) -> Result<Vec<CreatorDecision>, SettleError> {
    let asset = world.inputs.program.asset;
    let mut decisions = Vec::with_capacity(failures.len());
    let mut next = 0;
    for (number, (creator, failure)) in world.creators.iter().zip(failures).enumerate() {
        let count = line_creators[next..]
            .iter()
            .take_while(|creator| **creator as usize == number)
            .count();
        let own = &lines[next..next + count];
        next += count;
        let amount = Money::sum(asset, own.iter().map(|line| line.amount))
            .map_err(|_| SettleError::overflow(format!("the lines of creator `{}`", creator.id)))?;
        decisions.push(CreatorDecision {
            creator: Arc::clone(creator.id),
            failure: failure.map(|failure| *failure),
            views: creator.views,
            qualified_views: creator.qualified,
            amount,
            lines: own.len() as u32,
            payable: if own.is_empty() {
                None
            } else {
                Some(payability(world, amount)?)
            },
        });
    }
    Ok(decisions)
}

fn payability(world: &World<'_>, amount: Money) -> Result<Payability, SettleError> {
    let payable = &world.inputs.program.payable;
    let date = world.inputs.period.payable_on(payable);
    let below = amount
        .compare(payable.threshold)
        .map_err(|_| SettleError::AssetsDiffer {
            what: "the payout threshold",
            found: payable.threshold.asset(),
            expected: amount.asset(),
        })?;
    if below.is_ge() {
        return Ok(Payability::PayableOn { date });
    }
    let then = match payable.below {
        BelowThreshold::Roll => Below::Roll,
        BelowThreshold::Expire => Below::Expire,
    };
    Ok(Payability::BelowThreshold {
        date,
        threshold: payable.threshold,
        then,
    })
}

/// What is known about videos besides their lines.
pub(crate) struct Findings<'f> {
    /// The creators' failures.
    pub(crate) creators: &'f [Option<Box<Failure>>],
    pub(crate) failures: Vec<Option<Box<Failure>>>,
    pub(crate) not_known: Vec<Option<Arc<str>>>,
    /// Places in line-ups; empty for a program without.
    pub(crate) places: Vec<Option<Box<LineUp>>>,
    /// The video of each line.
    pub(crate) line_videos: Vec<u32>,
}

/// Failure, name that is not known, places, amount of a video.
type Known = (
    ((Option<Box<Failure>>, Option<Arc<str>>), Option<Box<LineUp>>),
    Option<Money>,
);

/// Decisions about videos, sorted by id.
pub(crate) fn videos(world: &World<'_>, findings: Findings<'_>, lines: &[Line]) -> Vec<VideoDecision> {
    let asset = world.inputs.program.asset;
    let mut amounts: Vec<Option<Money>> = vec![None; world.videos.len()];
    for (line, video) in lines.iter().zip(findings.line_videos) {
        amounts[video as usize] = Some(line.amount);
    }
    let has_line_up = !findings.places.is_empty();
    let mut places = findings.places;
    places.resize(world.videos.len(), None);
    let known = findings
        .failures
        .into_par_iter()
        .zip(findings.not_known)
        .zip(places)
        .zip(amounts);
    let decide = |(video, (((failure, not_known), line_up), amount)): (&Video<'_>, Known)| {
        let entered = line_up.as_ref().is_some_and(|line_up| line_up.entered > 0);
        let verdict = match (video.creator, failure, not_known) {
            (None, ..) => Verdict::CreatorUnknown,
            (Some(creator), ..) if findings.creators[creator as usize].is_some() => {
                Verdict::CreatorNotEligible
            }
            (_, Some(failure), _) => Verdict::NotEligible { failure: *failure },
            (_, _, Some(variable)) => Verdict::NotKnown { variable },
            _ if amount.is_some() => Verdict::Paid,
            _ if has_line_up && !entered => Verdict::OutsideLineUp,
            _ => Verdict::NoWeight,
        };
        VideoDecision {
            video: Arc::clone(video.id),
            creator: video
                .creator
                .map(|creator| Arc::clone(world.creators[creator as usize].id)),
            verdict,
            line_up,
            views: video.views,
            qualified_views: video.qualified,
            amount: amount.unwrap_or(Money::zero(asset)),
        }
    };
    world.videos.par_iter().zip(known).map(decide).collect()
}
