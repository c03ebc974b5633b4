//! Why a creator earned nothing, or a video did not, and when money is payable.

use super::words::{counted, grouped};
use super::{Explanation, Topic};
use crate::decision::{Below, CreatorDecision, Failure, LineUp, Payability, Verdict, VideoDecision};
use policy::program::Program;
use std::collections::BTreeMap;

/// How many videos are taken apart; the rest is counted by reason.
const SHOWN: usize = 10;

/// Explains what was decided about a creator; `videos` are the decisions about the creator's videos.
pub fn creator(program: &Program, decision: &CreatorDecision, videos: &[VideoDecision]) -> Explanation {
    let name = &program.name;
    let id = &decision.creator;
    if let Some(failure) = &decision.failure {
        let text = format!("creator {id} may not earn in {name}: {}", reason(failure));
        return Explanation::new(Topic::Creator, text)
            .because([condition(failure, program.creator_conditions.len())]);
    }
    let views = format!(
        "{} of {} views qualified",
        grouped(decision.qualified_views),
        grouped(decision.views)
    );
    if decision.lines == 0 {
        let text = if videos.is_empty() {
            format!("creator {id} meets every condition of {name}, but had no views in the period")
        } else {
            format!("creator {id} meets every condition of {name}, but no video earned: {views}")
        };
        return Explanation::new(Topic::Creator, text).because(by_reason(program, videos));
    }
    let text = format!(
        "creator {id} earned {} with {} in {name}: {views}",
        decision.amount,
        counted(decision.lines.into(), "video")
    );
    Explanation::new(Topic::Creator, text)
        .figure("amount", decision.amount)
        .because(decision.payable.as_ref().map(payable))
        .because(by_reason(program, videos))
}

/// Explains what was decided about a video; `owner` is the decision about its creator, if it has one.
pub fn video(program: &Program, decision: &VideoDecision, owner: Option<&CreatorDecision>) -> Explanation {
    let id = &decision.video;
    let explanation = |text: String| Explanation::new(Topic::Video, format!("video {id} {text}"));
    let explanation = match &decision.verdict {
        Verdict::Paid => explanation(format!("earned {}", decision.amount)),
        Verdict::CreatorUnknown => {
            explanation("earns nothing: neither a video record nor its views say who made it".to_owned())
        }
        Verdict::CreatorNotEligible => match owner.and_then(|owner| owner.failure.as_ref()) {
            Some(failure) => explanation(format!(
                "earns nothing, because its creator may not: {}",
                reason(failure)
            ))
            .because([condition(failure, program.creator_conditions.len())]),
            None => explanation("earns nothing, because its creator may not".to_owned()),
        },
        Verdict::NotEligible { failure } => explanation(format!("may not earn: {}", reason(failure)))
            .because([condition(failure, program.video_conditions.len())]),
        Verdict::NotKnown { variable } => explanation(format!(
            "earns nothing: its money depends on {variable}, which is not known and is not guessed"
        )),
        Verdict::OutsideLineUp => explanation("was in no line-up".to_owned()),
        Verdict::NoWeight => explanation(format!(
            "takes part, but nothing of it counts: {} of {} views qualified",
            grouped(decision.qualified_views),
            grouped(decision.views)
        )),
    };
    explanation.because(decision.line_up.as_deref().map(line_up))
}

/// The author's reason, or the condition itself.
fn reason(failure: &Failure) -> String {
    let reason = failure.because.as_deref().unwrap_or(&failure.formula);
    match &failure.not_known {
        Some(name) => format!("{reason}, and {name} is not known"),
        None => reason.to_owned(),
    }
}

fn condition(failure: &Failure, of: usize) -> Explanation {
    let values = failure
        .values
        .iter()
        .map(|value| format!("{} is {}", value.name, value.value));
    let values = values.collect::<Vec<_>>().join(", ");
    let text = format!(
        "condition {} of {of} does not hold: {} ({values})",
        failure.condition + 1,
        failure.formula.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let explanation = Explanation::new(Topic::Condition, text);
    failure.values.iter().fold(explanation, |explanation, value| {
        explanation.figure(&value.name, &value.value)
    })
}

fn line_up(line_up: &LineUp) -> Explanation {
    let best = &line_up.best;
    let text = format!(
        "it was in {} of {} line-ups; its best place was {} of {} for {} with a score of {}; the best {} take part, the last of them with {}",
        grouped(line_up.entered),
        grouped(line_up.groups),
        grouped(best.rank),
        grouped(best.candidates),
        best.group,
        best.score,
        grouped(best.cutoff),
        best.cutoff_score
            .map_or_else(|| "none".to_owned(), |score| score.to_string())
    );
    Explanation::new(Topic::LineUp, text)
        .figure("rank", best.rank)
        .figure("cutoff", best.cutoff)
}

fn payable(payable: &Payability) -> Explanation {
    let text = match payable {
        Payability::PayableOn { date } => format!("it can be paid on {date}"),
        Payability::BelowThreshold {
            date,
            threshold,
            then: Below::Roll,
        } => format!(
            "alone it is below the payout threshold of {threshold}: it is carried to the next payout after {date}"
        ),
        Payability::BelowThreshold {
            threshold,
            then: Below::Expire,
            ..
        } => {
            format!("alone it is below the payout threshold of {threshold}, and may expire")
        }
    };
    Explanation::new(Topic::Payable, text)
}

/// Videos grouped by what was decided, those with most views taken apart.
fn by_reason(program: &Program, videos: &[VideoDecision]) -> Vec<Explanation> {
    let mut groups: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for decision in videos.iter().filter(|decision| decision.verdict != Verdict::Paid) {
        let group = groups.entry(short(&decision.verdict)).or_default();
        group.0 += 1;
        group.1 += decision.views;
    }
    let grouped = groups.into_iter().map(|(reason, (videos, views))| {
        let text = format!(
            "{} with {}: {reason}",
            counted(videos, "video"),
            counted(views, "view")
        );
        Explanation::new(Topic::Video, text)
    });
    let mut unpaid: Vec<&VideoDecision> = videos
        .iter()
        .filter(|decision| decision.verdict != Verdict::Paid)
        .collect();
    unpaid.sort_by(|a, b| b.views.cmp(&a.views).then(a.video.cmp(&b.video)));
    let shown = unpaid
        .into_iter()
        .take(SHOWN)
        .map(|decision| video(program, decision, None));
    grouped.chain(shown).collect()
}

fn short(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Paid => "paid".to_owned(),
        Verdict::CreatorUnknown => "nobody says who made them".to_owned(),
        Verdict::CreatorNotEligible => "the creator may not earn".to_owned(),
        Verdict::NotEligible { failure } => reason(failure),
        Verdict::NotKnown { variable } => format!("{variable} is not known"),
        Verdict::OutsideLineUp => "in no line-up".to_owned(),
        Verdict::NoWeight => "nothing of them counts".to_owned(),
    }
}
