//! Whether a refusal in a status report is certain.
//!
//! Two are. A payment that is refused itself, for a reason that lies with its payee, is refused whatever is said of others: by a report
//! in which nothing was sent before. And what is refused for a reason that holds of every submission is, alone or within a whole, if
//! nothing speaks against it: neither anything else in the report, nor what is known of any payment of the file. All others may be of a
//! second submission.

use super::BreakKind;
use super::matcher::Matcher;
use super::refusals::{Level, Listed, Part, Reasons, against, doubt};
use crate::iso20022::{Reason, Status};

/// What speaks against refusals in a report.
pub(super) struct Certainty<'r> {
    /// Something of it was sent before.
    again: Option<&'r Reason>,
    /// Something else.
    other: Option<BreakKind>,
}

impl<'r> Certainty<'r> {
    /// `is_lost`: the report says something of what is not in the file, or of what it does not agree with itself about.
    pub(super) fn of<'m>(
        matcher: &Matcher<'_>,
        parts: &[Part<'r>],
        whole: &Level<'r>,
        is_lost: bool,
        members: impl Iterator<Item = &'m str>,
    ) -> Self {
        let listed = || parts.iter().flat_map(|part| &part.listed);
        let levels = || parts.iter().map(|part| &part.level).chain([whole]);
        let again = levels().find_map(Level::duplicate);
        let again = again.or_else(|| listed().find_map(|one| one.reasons.duplicate()));
        let other = || {
            is_lost
                .then(|| refused("says something of what is not in the file".to_owned()))
                .or_else(|| levels().find_map(|level| level.status.and_then(not_clear)))
                .or_else(|| listed().find_map(|one| one.said.status.as_ref().and_then(not_clear)))
                .or_else(|| within(parts, whole))
                .or_else(|| matcher.taken(members).map(refused))
        };
        Self {
            again,
            other: other(),
        }
    }

    /// That something of what is refused was sent before.
    pub(super) fn again(&self) -> Option<BreakKind> {
        self.again.map(sent_before)
    }

    /// Why the refusal of a listed payment is not certain; none: it is.
    pub(super) fn of_listed(&self, one: &Listed<'_>, levels: [&Reasons<'_>; 3]) -> Option<BreakKind> {
        let is_own = one.said.status.as_ref().is_some_and(Status::is_refusal);
        match is_own && one.reasons.is_payees() {
            true => self.again(),
            false => self.of_rest(levels),
        }
    }

    /// Why the refusal of what is not listed is not certain.
    pub(super) fn of_rest(&self, levels: [&Reasons<'_>; 3]) -> Option<BreakKind> {
        self.again()
            .or_else(|| Reasons::uncertain(levels))
            .or_else(|| self.other.clone())
    }
}

/// What wholes and what is within them say that cannot all hold.
fn within(parts: &[Part<'_>], whole: &Level<'_>) -> Option<BreakKind> {
    let listed = parts.iter().flat_map(|part| &part.listed);
    let of_part = |part: &Part<'_>| {
        let within = doubt(&part.level, &part.listed).or(against(&part.level, whole));
        within.or(part.level.without_refusal(whole))
    };
    doubt(whole, listed).or_else(|| parts.iter().find_map(of_part))
}

/// A status that is not known, or several: nothing beside it is certain.
fn not_clear(status: &Status) -> Option<BreakKind> {
    match status {
        Status::Other(code) => Some(BreakKind::UnknownStatus { code: code.clone() }),
        Status::Several(codes) => Some(contradiction(codes.clone())),
        _ => None,
    }
}

fn contradiction(said: String) -> BreakKind {
    BreakKind::Contradiction { said }
}

fn refused(what: String) -> BreakKind {
    BreakKind::RefusedAgainst { what }
}

fn sent_before(reason: &Reason) -> BreakKind {
    BreakKind::DuplicateRefused {
        reason: reason.to_string(),
    }
}
