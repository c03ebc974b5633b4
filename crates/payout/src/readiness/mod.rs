//! Readiness: may this payee be paid today, how much, and if not, why not.
//!
//! The answer is a value: either what is paid, or **all** that stands in the way, in this order: no payee,
//! identity, tax form, sanctions, no method, a method that leads nowhere or failed, a program whose document is missing, a threshold
//! without a rate, below threshold (all by program), below a minor unit, nothing
//! earned, negative balance, debt, not due. The caller adds what it alone knows: an earlier payment that is disputed, an amount that
//! is too large for the books. A caller who has mended the first never finds out about a second
//! one only then.
//!
//! What is paid:
//!
//! 1. The parts that are due and reach their thresholds are added up. A part of a program whose document is missing has no
//!    threshold that it could reach: it waits. A part is judged by itself, before
//!    any debt: owing money does not let a part expire.
//! 2. If all parts together exceed the balance, the difference is a debt (a clawback of what was paid). It is
//!    taken from what is due, shared among the programs by largest remainder.
//! 3. The rest is rounded down to the currency's minor unit; what is below it stays in the balance.
//! 4. Of that, [`crate::withholding`] takes its part. Programs share both by largest remainder.

mod blocker;
mod payable;

pub use blocker::{BelowThreshold, Blocker, RECOVERY_ORDER};
pub use payable::{Payable, ProgramShare};

use crate::division::DivisionError;
use crate::fx::Rates;
use crate::payee::reach;
use crate::payee::{FormStanding, Identity, Payee};
use crate::withholding::{WithholdingError, WithholdingRules};
use jiff::civil::Date;
use money::{AllocateError, AssetError, Money, MoneyError};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// What one program made payable to the creator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramPart {
    /// The program; each is named once.
    pub program: String,
    /// What is unpaid, not negative.
    #[serde(with = "crate::amount")]
    pub amount: Money,
    /// How much of it comes from the US.
    #[serde(with = "crate::amount")]
    pub us_source: Money,
    /// The program's threshold.
    #[serde(with = "crate::amount")]
    pub threshold: Money,
    /// What happens below it.
    pub below: BelowThreshold,
    /// Why nobody knows the program's threshold, where nobody does: then nothing of it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The first day on which it may be paid; none while it is estimated though its day has come.
    pub payable_on: Option<Date>,
}

/// Whether a payout waits for a tax form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaxFormPolicy {
    /// It does not: without a form more is withheld.
    #[default]
    Optional,
    /// It does.
    Required,
}

/// Whether a debt in one currency stops payouts in another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OtherDebts {
    /// It does not, and is shown.
    #[default]
    Apart,
    /// Nothing is paid while something is owed.
    Stop,
}

/// What holds for every payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
    /// The day of payment that is asked about.
    pub today: Date,
    /// The platform's next day of payment; without one every day is.
    pub next_payout: Option<Date>,
    /// Whether a tax form is demanded.
    pub tax_form: TaxFormPolicy,
    /// Whether a debt in another currency stops a payout.
    pub other_debts: OtherDebts,
    /// Rates of withholding.
    pub withholding: WithholdingRules,
    /// Exchange rates, to compare thresholds in other currencies.
    pub rates: Option<&'a Rates>,
}

impl Terms<'_> {
    /// A threshold in the asset of an amount; none without an exchange rate.
    fn in_asset_of(&self, amount: Money, threshold: Money) -> Option<Money> {
        let asset = amount.asset();
        if threshold.asset().code() == asset.code() {
            return Some(threshold);
        }
        let quote = self
            .rates?
            .rate(threshold.asset().code(), asset.code(), self.today);
        quote
            .ok()?
            .convert(threshold, asset)
            .ok()
            .map(|rounded| rounded.value)
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// This is paid.
    Payable(Box<Payable>),
    /// Nothing is paid, for these reasons: at least one, in the documented order.
    Blocked(Vec<Blocker>),
}

/// May this payee be paid today? `balance` is all that is unpaid, debts taken off; `parts` says which
/// programs it is from. All amounts have the balance's asset (a threshold may have another scale or currency). Errors:
/// assets that differ, a negative part, a program named twice, more from the US than there is.
pub fn readiness(
    payee: Option<&Payee>,
    balance: Money,
    parts: &[ProgramPart],
    terms: &Terms<'_>,
) -> Result<Readiness, ReadinessError> {
    let mut parts: Vec<&ProgramPart> = parts.iter().collect();
    parts.sort_by(|a, b| a.program.cmp(&b.program));
    check(balance, &parts)?;
    // A program that earned nothing is not in the way.
    parts.retain(|part| !part.amount.is_zero());
    let total = Money::sum(balance.asset(), parts.iter().map(|part| part.amount))?;
    let shortfall = total.checked_sub(balance)?;
    let debt = if shortfall.is_negative() {
        Money::zero(balance.asset())
    } else {
        shortfall
    };

    let mut blockers = payee_blockers(payee, terms);
    let mut due = Vec::new();
    let mut left_out = Vec::new();
    for part in &parts {
        match part_blocker(payee, part, terms)? {
            Some(blocker) => left_out.push(blocker),
            None => due.push(*part),
        }
    }
    let earned = Money::sum(balance.asset(), due.iter().map(|part| part.amount))?;
    let left = payable::after_debt(earned, debt)?;
    let minor = payable::to_minor(left)?;

    // What is left out is in the way where the rest is nothing, or too little to be paid.
    let is_too_little = !left.is_zero() && minor.is_zero();
    if due.is_empty() || is_too_little {
        blockers.extend(left_out.iter().filter(|blocker| !is_not_due(blocker)).cloned());
    }
    if is_too_little {
        let unit = Money::new(minor.asset(), 1);
        blockers.push(Blocker::BelowMinimum {
            amount: left,
            minimum: unit,
        });
    }
    if total.is_zero() && !balance.is_negative() {
        blockers.push(Blocker::NothingEarned);
    }
    if balance.is_negative() {
        blockers.push(Blocker::NegativeBalance { balance });
    } else if !due.is_empty() && left.is_zero() && !debt.is_zero() {
        blockers.push(Blocker::Offset { debt });
    }
    blockers.extend(not_due(&left_out, due.is_empty(), terms));
    match payee {
        Some(payee) if blockers.is_empty() => {
            let payable = payable::payable(payee, &due, minor, left, debt, left_out, terms)?;
            Ok(Readiness::Payable(Box::new(payable)))
        }
        _ => Ok(Readiness::Blocked(blockers)),
    }
}

fn check(balance: Money, parts: &[&ProgramPart]) -> Result<(), ReadinessError> {
    for (at, part) in parts.iter().enumerate() {
        let program = || part.program.clone();
        let same = part.amount.asset() == balance.asset() && part.us_source.asset() == balance.asset();
        if !same {
            return Err(ReadinessError::AssetsDiffer {
                program: program(),
                balance,
            });
        }
        let ordered = part.us_source.compare(part.amount)? != Ordering::Greater;
        if part.us_source.is_negative() || !ordered {
            return Err(ReadinessError::NotAPart {
                program: program(),
                amount: part.amount,
                us_source: part.us_source,
            });
        }
        if at > 0 && parts[at - 1].program == part.program {
            return Err(ReadinessError::Twice { program: program() });
        }
    }
    Ok(())
}

fn payee_blockers(payee: Option<&Payee>, terms: &Terms<'_>) -> Vec<Blocker> {
    let Some(payee) = payee else {
        return vec![Blocker::NoPayee];
    };
    let mut blockers = Vec::new();
    if payee.identity != Identity::Verified {
        blockers.push(Blocker::Identity {
            state: payee.identity,
        });
    }
    let standing = payee.tax_form.standing(terms.today);
    if terms.tax_form == TaxFormPolicy::Required && standing != FormStanding::Valid {
        blockers.push(Blocker::TaxForm { standing });
    }
    if let Some(hold) = &payee.sanctions_hold {
        blockers.push(Blocker::Sanctions { since: hold.since });
    }
    match payee.method() {
        None => blockers.push(Blocker::NoMethod),
        Some(method) => {
            let reached = reach::place(&method.to, method.currency.as_str());
            blockers.extend(reached.err().map(|why| Blocker::Unreachable {
                to: method.to.masked(),
                why,
            }));
        }
    }
    if let Some(failed) = payee.failure() {
        blockers.push(Blocker::MethodFailed {
            to: failed.to.masked(),
            on: failed.on,
            reason: failed.reason.clone(),
        });
    }
    blockers
}

/// Why a part is not paid now, if it is not.
fn part_blocker(
    payee: Option<&Payee>,
    part: &ProgramPart,
    terms: &Terms<'_>,
) -> Result<Option<Blocker>, ReadinessError> {
    if let Some(problem) = &part.missing {
        return Ok(Some(Blocker::ProgramMissing {
            program: part.program.clone(),
            amount: part.amount,
            problem: problem.clone(),
        }));
    }
    let no_rate = |threshold| {
        Ok(Some(Blocker::ThresholdRate {
            program: part.program.clone(),
            threshold,
            amount: part.amount,
        }))
    };
    let Some(programs) = terms.in_asset_of(part.amount, part.threshold) else {
        return no_rate(part.threshold);
    };
    let mut threshold = programs;
    if let Some(wish) = payee.and_then(|payee| payee.threshold) {
        let Some(own) = terms.in_asset_of(part.amount, wish) else {
            return no_rate(wish);
        };
        if own.to_ratio() > threshold.to_ratio() {
            threshold = own;
        }
    }
    if part.amount.to_ratio() < threshold.to_ratio() {
        // The threshold at the finer scale of the amount, so that the difference is exact.
        let scale = part.amount.asset().scale().max(threshold.asset().scale());
        let fine = |amount: Money| {
            amount
                .rescale(scale, money::Rounding::HalfEven)
                .map(|exact| exact.value)
        };
        let missing = fine(threshold)?.checked_sub(fine(part.amount)?)?;
        // What the payee's own wish keeps back is never lost to the program's rule.
        let below = if part.amount.to_ratio() < programs.to_ratio() {
            part.below
        } else {
            BelowThreshold::Roll
        };
        return Ok(Some(Blocker::BelowThreshold {
            program: part.program.clone(),
            amount: part.amount,
            threshold,
            missing,
            below,
        }));
    }
    Ok(match part.payable_on {
        None => Some(Blocker::Estimated {
            program: part.program.clone(),
        }),
        Some(next) => (next > terms.today).then_some(Blocker::NotDue { next }),
    })
}

fn is_not_due(blocker: &Blocker) -> bool {
    matches!(blocker, Blocker::NotDue { .. })
}

/// The day to wait for: the platform's if it is to come, or the first part's if no part is due.
fn not_due(left_out: &[Blocker], nothing_due: bool, terms: &Terms<'_>) -> Option<Blocker> {
    let first_part = left_out.iter().filter_map(|blocker| match blocker {
        Blocker::NotDue { next } => Some(*next),
        _ => None,
    });
    let platform = terms.next_payout.filter(|next| *next > terms.today);
    let part = first_part.min().filter(|_| nothing_due);
    platform.max(part).map(|next| Blocker::NotDue { next })
}

/// Why the question makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadinessError {
    /// A part of another asset than the balance.
    #[error(
        "program {program} does not pay in the asset of the balance {balance}: ask for each currency by itself"
    )]
    AssetsDiffer {
        /// The program.
        program: String,
        /// The balance.
        balance: Money,
    },
    /// A part that is negative, or smaller than what it has from the US.
    #[error(
        "program {program}: {us_source} from the US is no part of {amount}: neither is negative, and the first is not larger"
    )]
    NotAPart {
        /// The program.
        program: String,
        /// The whole.
        amount: Money,
        /// The part from the US.
        us_source: Money,
    },
    /// A program that is named twice.
    #[error("program {program} is named twice: add its parts up")]
    Twice {
        /// The program.
        program: String,
    },
    /// A balance in something that is no currency.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// Beyond 128 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Nothing to share by; does not occur with parts that were checked.
    #[error(transparent)]
    Allocate(#[from] AllocateError),
    /// More is paid than there is; does not occur with parts that were checked.
    #[error(transparent)]
    Division(#[from] DivisionError),
    /// Withholding failed: rates outside 0 to 1.
    #[error(transparent)]
    Withholding(#[from] WithholdingError),
}

#[cfg(test)]
mod tests;
