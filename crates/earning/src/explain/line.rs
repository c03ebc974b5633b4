//! A line's amount, from the formula down to events.

use super::words::{billionths, counted, grouped, percent, rule};
use super::{Evidence, ExplainError, Explanation, SampleEvent, Topic};
use crate::line::Unit;
use crate::report::{PartitionReport, Reduction, ReductionScope};
use crate::variables::{Bound, Outcome, Subject};
use crate::working;
use crate::world::World;
use facts::Counts;
use formula::Formula;
use money::Money;
use policy::program::{Mechanism, Program};
use policy::qualification::Rule;
use policy::scope::Level;
use rust_decimal::Decimal;
use std::collections::BTreeSet;

/// How many units, partitions and events an explanation takes apart; the rest is summed up.
const SHOWN: usize = 6;

/// Explains a line.
pub fn line(evidence: &Evidence<'_>) -> Result<Explanation, ExplainError> {
    let line = evidence.line;
    let program = evidence.inputs.program;
    let failed = |source: crate::SettleError| ExplainError::Inputs {
        line: line.id.clone(),
        source: Box::new(source),
    };
    let world = World::new(evidence.inputs).map_err(failed)?;
    let context = Context {
        evidence,
        world: &world,
        formulas: Formulas::new(&world).map_err(failed)?,
    };
    let text = format!(
        "{} for video {} of creator {} in {}, from {} (version {})",
        line.amount, line.video, line.creator, evidence.inputs.period, program.name, program.version
    );
    Ok(Explanation::new(Topic::Amount, text)
        .figure("line", &line.id)
        .figure("amount", line.amount)
        .figure("before_caps", line.before_caps)
        .because([context.units()?])
        .because(context.pools()?)
        .because(context.caps())
        .because([context.rounding(), context.facts()])
        .because(context.events()))
}

struct Context<'c> {
    evidence: &'c Evidence<'c>,
    world: &'c World<'c>,
    formulas: Formulas<'c>,
}

/// The mechanism's formulas, with what each is called.
struct Formulas<'p> {
    first: (&'static str, Bound<'p>),
    second: Option<(&'static str, Bound<'p>)>,
}

impl<'p> Formulas<'p> {
    fn new(world: &World<'p>) -> Result<Self, crate::SettleError> {
        let program: &'p Program = world.inputs.program;
        let bind = |formula: &'p Formula| Bound::new(world, formula, Level::Unit);
        let (first, second) = match &program.mechanism {
            Mechanism::Pool(pool) => {
                let keep = pool
                    .carve_out
                    .as_ref()
                    .map(|carve_out| ("part kept in the pool", &carve_out.keep));
                (("weight", &pool.weight), keep)
            }
            Mechanism::Rate(rate) => (("paid units", &rate.units), Some(("rate", &rate.rate))),
            Mechanism::Share(share) => (("revenue", &share.revenue), None),
            Mechanism::Conversion(_) => {
                return Err(crate::SettleError::NotSettled {
                    program: program.id.clone(),
                });
            }
        };
        let second = second.map(|(name, formula)| bind(formula).map(|bound| (name, bound)));
        Ok(Formulas {
            first: (first.0, bind(first.1)?),
            second: second.transpose()?,
        })
    }
}

impl Context<'_> {
    fn money(&self, units: i128) -> Money {
        Money::new(self.evidence.line.amount.asset(), units)
    }

    fn partition(&self, unit: &Unit) -> Result<&PartitionReport, ExplainError> {
        let line = || self.evidence.line.id.clone();
        let found = self.evidence.report.partitions.get(unit.partition as usize);
        found.ok_or_else(|| ExplainError::PartitionMissing {
            line: line(),
            partition: unit.partition,
        })
    }

    /// The sum over units, the largest taken apart.
    fn units(&self) -> Result<Explanation, ExplainError> {
        let units = self.evidence.units;
        let mut order: Vec<&Unit> = units.iter().collect();
        order.sort_by_key(|unit| std::cmp::Reverse(unit.before_caps));
        let mut reasons = Vec::new();
        for unit in order.iter().take(SHOWN) {
            reasons.push(self.unit(unit)?);
        }
        if let Some(rest) = order.get(SHOWN..).filter(|rest| !rest.is_empty()) {
            let sum = self.money(rest.iter().map(|unit| unit.before_caps).sum());
            let text = format!("{} together: {sum}", counted(rest.len() as u64, "smaller unit"));
            reasons.push(Explanation::new(Topic::Unit, text));
        }
        let before = self.evidence.line.before_caps;
        let text = match units.len() {
            1 => format!("{before} is earned in one unit"),
            count => format!(
                "{before} is the sum of {} units: one for each country, day or payer kept apart",
                grouped(count as u64)
            ),
        };
        Ok(Explanation::new(Topic::Amount, text).because(reasons))
    }

    fn unit(&self, unit: &Unit) -> Result<Explanation, ExplainError> {
        let line = self.evidence.line;
        let report = self.partition(unit)?;
        let index = self.find(unit, report).ok_or_else(|| ExplainError::UnitMissing {
            line: line.id.clone(),
            country: unit.country.to_string(),
        })?;
        let country = if unit.country.is_empty() {
            "an unknown country"
        } else {
            &*unit.country
        };
        let day = unit.day.map(|day| format!(" on {day}")).unwrap_or_default();
        let payer = report
            .partition
            .payer
            .as_ref()
            .map(|payer| format!(", paid by {payer}"))
            .unwrap_or_default();
        let amount = self.money(unit.before_caps);
        let text = format!(
            "{amount} from {country}{day}{payer}: {} qualified of {} views",
            grouped(unit.qualified_views),
            grouped(unit.views)
        );
        let mut reasons = vec![self.formula(&self.formulas.first, index, unit.value)?];
        if let (Some(second), Some(value)) = (&self.formulas.second, unit.factor) {
            reasons.push(self.formula(second, index, value)?);
        }
        reasons.push(self.part(unit, report, amount));
        Ok(Explanation::new(Topic::Unit, text)
            .figure("country", &unit.country)
            .figure("amount", amount)
            .because(reasons))
    }

    /// The world's unit of a stored one.
    fn find(&self, unit: &Unit, report: &PartitionReport) -> Option<u32> {
        let world = self.world;
        let video = world
            .videos
            .binary_search_by(|video| (**video.id).cmp(&self.evidence.line.video))
            .ok()?;
        world.videos[video].units.clone().find(|index| {
            let key = &world.units[*index as usize];
            let payer = world.payers.get(key.payer as usize).filter(|_| world.grain.payer);
            *world.countries[key.country as usize] == unit.country
                && world.day(key) == unit.day
                && payer.map(|payer| &**payer) == report.partition.payer.as_ref()
        })
    }

    /// A formula with the values put in, checked against what was stored.
    fn formula(
        &self,
        (name, bound): &(&'static str, Bound<'_>),
        index: u32,
        stored: Decimal,
    ) -> Result<Explanation, ExplainError> {
        working::with_subject(self.world, index, |subject| {
            let line = self.evidence.line.id.clone();
            let outcome = bound.number(&mut bound.evaluator(), subject);
            let computed = outcome.map_err(|source| ExplainError::Inputs {
                line: line.clone(),
                source: Box::new(source),
            })?;
            if computed != Outcome::Value(stored) {
                let computed = match computed {
                    Outcome::Value(value) => value.normalize().to_string(),
                    Outcome::NotKnown(name) => format!("nothing, for `{name}` is not known"),
                };
                let formula = bound.formula.source().to_owned();
                return Err(ExplainError::Differs {
                    line,
                    formula,
                    stored: stored.normalize().to_string(),
                    computed,
                });
            }
            Ok(of_formula(name, bound, subject, stored))
        })
    }

    /// How the unit's value became its amount.
    fn part(&self, unit: &Unit, report: &PartitionReport, amount: Money) -> Explanation {
        let of = percent(unit.weight, report.weight);
        let (value, total) = (billionths(unit.weight), billionths(report.weight));
        match &self.evidence.inputs.program.mechanism {
            Mechanism::Pool(_) => {
                let text = format!(
                    "weight {value} of {total} in all of {} is {of} of the creators' {}: {amount}",
                    report.partition, report.creators_part
                );
                Explanation::new(Topic::Share, text)
                    .figure("weight", value)
                    .figure("total_weight", total)
            }
            Mechanism::Rate(rate) => {
                let factor = unit.factor.unwrap_or_default().normalize();
                let text = format!(
                    "{value} / {} x {factor} = {amount}, rounded half to even",
                    rate.per
                );
                Explanation::new(Topic::Share, text)
                    .figure("units", value)
                    .figure("rate", factor)
            }
            Mechanism::Share(share) => {
                let revenue = unit.value.normalize();
                let text = format!(
                    "the creators' share of {revenue} is {} of what deductions leave: {amount}",
                    share.creator_share
                );
                Explanation::new(Topic::Share, text).figure("revenue", revenue)
            }
            // A conversion has no lines; `Formulas::new` has refused it.
            Mechanism::Conversion(_) => Explanation::new(
                Topic::Share,
                "gifts are booked one by one: nothing is divided".to_owned(),
            ),
        }
    }

    /// The pools behind the units.
    fn pools(&self) -> Result<Vec<Explanation>, ExplainError> {
        if matches!(self.evidence.inputs.program.mechanism, Mechanism::Rate(_)) {
            return Ok(Vec::new());
        }
        let mut seen = BTreeSet::new();
        let mut pools = Vec::new();
        for unit in self.evidence.units {
            if seen.insert(unit.partition) && pools.len() < SHOWN {
                pools.push(self.pool(self.partition(unit)?));
            }
        }
        if seen.len() > SHOWN {
            let text = format!(
                "and {} more pools, each divided in the same way",
                seen.len() - SHOWN
            );
            pools.push(Explanation::new(Topic::Pool, text));
        }
        Ok(pools)
    }

    fn pool(&self, report: &PartitionReport) -> Explanation {
        let revenue = matches!(self.evidence.inputs.program.mechanism, Mechanism::Share(_));
        let what = if revenue { "revenue" } else { "pool" };
        let mut steps = vec![format!("{what} of {}: {}", report.partition, report.gross)];
        if !report.moved.is_zero() {
            steps.push(format!(
                "{} came from partitions in which nobody had weight",
                report.moved
            ));
        }
        steps.extend(
            report
                .deductions
                .iter()
                .map(|taken| format!("less {} for {}", taken.amount, taken.name)),
        );
        if !report.carve_out.is_zero() {
            let totals = &self.evidence.report.totals;
            let beneficiary = totals.beneficiary.as_deref().unwrap_or("others");
            steps.push(format!("less {} carved out for {beneficiary}", report.carve_out));
        }
        steps.push(format!("creators' part: {}", report.creators_part));
        let units = format!("divided over {}", counted(report.units, "unit"));
        let steps = steps.join("; ");
        Explanation::new(Topic::Pool, format!("{steps}; {units}"))
            .figure("gross", report.gross)
            .figure("after_deductions", report.after_deductions)
            .figure("carve_out", report.carve_out)
            .figure("creators_part", report.creators_part)
    }

    /// The caps that touched the line, in order.
    fn caps(&self) -> Vec<Explanation> {
        let line = self.evidence.line;
        let touches = |reduction: &&Reduction| match (reduction.scope, &reduction.subject) {
            (ReductionScope::Video, Some(video)) => *video == line.video,
            (ReductionScope::Creator, Some(creator)) => *creator == line.creator,
            (ReductionScope::Budget, _) => true,
            _ => false,
        };
        let mut caps: Vec<Explanation> = Vec::new();
        for reduction in self.evidence.report.reductions.iter().filter(touches) {
            let text = match reduction.scope {
                ReductionScope::Video => format!(
                    "the cap per video is {}: this one had {}",
                    reduction.after, reduction.before
                ),
                ReductionScope::Creator => format!(
                    "the cap per creator is {}: the creator's videos had {} together, and all were reduced in proportion",
                    reduction.after, reduction.before
                ),
                ReductionScope::Budget => format!(
                    "the budget had {} left: all videos had {} together, and all were reduced in proportion",
                    reduction.after, reduction.before
                ),
            };
            caps.push(
                Explanation::new(Topic::Cap, text)
                    .figure("before", reduction.before)
                    .figure("after", reduction.after),
            );
        }
        if caps.is_empty() {
            return vec![Explanation::new(Topic::Cap, "no cap reduced it")];
        }
        let text = format!(
            "caps reduced the line from {} to {}",
            line.before_caps, line.amount
        );
        vec![Explanation::new(Topic::Cap, text).because(caps)]
    }

    fn rounding(&self) -> Explanation {
        let unit = self.money(1);
        let text = match self.evidence.inputs.program.mechanism {
            Mechanism::Rate(_) => format!("each unit is rounded half to even to {unit}"),
            _ => format!(
                "amounts are whole multiples of {unit}: the parts sum exactly, what rounding would leave goes to the largest remainders"
            ),
        };
        Explanation::new(Topic::Rounding, text)
    }

    /// From views to qualified views.
    fn facts(&self) -> Explanation {
        let inputs = self.evidence.inputs;
        let world = self.world;
        let mut counts = Counts::default();
        if let Ok(video) = world
            .videos
            .binary_search_by(|video| (**video.id).cmp(&self.evidence.line.video))
        {
            for unit in world.videos[video].units.clone() {
                counts.add(&world.counts(&world.units[unit as usize]));
            }
        }
        let text = format!(
            "{} of the video's {} views qualified",
            grouped(counts.qualified),
            grouped(counts.views)
        );
        let rejected = Rule::ALL
            .into_iter()
            .zip(counts.rejected)
            .filter(|(_, views)| *views > 0)
            .map(|(which, views)| {
                let words = rule(which, &inputs.program.qualification);
                let text = format!("{} did not ({}): {words}", grouped(views), which.name());
                Explanation::new(Topic::Facts, text).figure(which.name(), views)
            });
        let not_evaluated = inputs
            .facts
            .not_evaluated
            .iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(|which| {
                Explanation::new(
                    Topic::Facts,
                    format!(
                        "the rule {} was not evaluated: no row had what it needs",
                        which.name()
                    ),
                )
            });
        Explanation::new(Topic::Facts, text)
            .figure("views", counts.views)
            .figure("qualified", counts.qualified)
            .because(rejected)
            .because(not_evaluated)
    }

    fn events(&self) -> Option<Explanation> {
        let samples = self.evidence.samples;
        let of = |sample: &SampleEvent| {
            let verdict = sample.rejected.map_or("qualified", Rule::name);
            let detail = if sample.detail.is_empty() {
                String::new()
            } else {
                format!(", {}", sample.detail)
            };
            Explanation::new(Topic::Event, format!("{}: {verdict}{detail}", sample.id))
                .figure("event", &sample.id)
        };
        (!samples.is_empty())
            .then(|| Explanation::new(Topic::Event, "some of the events").because(samples.iter().map(of)))
    }
}

/// `weight = views * region`, then the same with values, then the result; tables below.
fn of_formula(name: &str, bound: &Bound<'_>, subject: &Subject<'_>, result: Decimal) -> Explanation {
    let values = bound.values(subject);
    let put_in = bound.formula.with_values(|index| values[index].value.clone());
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let result = result.normalize();
    let mut steps = vec![
        one_line(bound.formula.source()),
        one_line(&put_in),
        result.to_string(),
    ];
    // A formula that is a name or a number already says less, not the same thing twice.
    steps.dedup();
    let text = format!("{name} = {}", steps.join("\n= "));
    let mut explanation = Explanation::new(Topic::Formula, text);
    for (index, value) in values.iter().enumerate() {
        explanation = explanation.figure(&value.name, &value.value);
        if let Some((by, key)) = bound.table_key(index, subject) {
            let text = format!(
                "{} = {} from the table by {by}, for {key}",
                value.name, value.value
            );
            explanation = explanation.because([Explanation::new(Topic::Table, text)]);
        }
    }
    explanation.figure("result", result)
}
