//! Whether a refusal in a status report is certain: whether it frees money without a person.
//!
//! One kind is: a payment that is refused itself, for a reason of its own that lies with its payee, of a file of which nothing is known
//! to have been sent before, and which it is not known to have taken on since. Any other may be of a second submission, and says nothing of the first.

use super::BreakKind;
use super::matcher::Matcher;
use super::refusals::{Level, Listed, Part, Reasons};
use crate::iso20022::{Reason, Status};

/// What speaks against refusals in a report.
pub(super) struct Certainty<'r> {
    /// The report says of something that it was sent before.
    again: Option<&'r Reason>,
    /// A payment of the file that an earlier report refused as sent before.
    before: Option<String>,
    /// The words in which the report refuses every payment of the file.
    alike: Option<&'r str>,
}

/// So many payees do not have the same fault all at once.
const MANY: usize = 3;

/// The words in which every one of these payments, and no fewer than [`MANY`], is refused: in whatever language they are, they are about
/// the file and not about a payee.
fn alike<'r>(parts: &[Part<'r>], members: usize) -> Option<&'r str> {
    let mut listed = parts.iter().flat_map(|part| &part.listed);
    let first = listed.next()?;
    let words = first
        .said
        .reasons
        .iter()
        .find_map(|reason| reason.text.as_deref())?;
    let refused = listed.try_fold(1, |so_far, one| {
        let is_alike = one.said.status == first.said.status && one.said.reasons == first.said.reasons;
        is_alike.then_some(so_far + 1)
    })?;
    (refused >= members && members >= MANY).then_some(words)
}

impl<'r> Certainty<'r> {
    pub(super) fn of<'m>(
        matcher: &Matcher<'_>,
        parts: &[Part<'r>],
        whole: &Level<'r>,
        members: impl Iterator<Item = &'m str>,
    ) -> Self {
        let members: Vec<&str> = members.collect();
        let listed = || parts.iter().flat_map(|part| &part.listed);
        let mut levels = parts.iter().map(|part| &part.level).chain([whole]);
        let again = levels.find_map(Level::duplicate);
        Self {
            again: again.or_else(|| listed().find_map(|one| one.reasons.duplicate())),
            alike: alike(parts, members.len()),
            before: matcher.sent_before(members.into_iter()).map(str::to_owned),
        }
    }

    /// Why the refusal of a listed payment is not certain; none: it is.
    pub(super) fn of_listed(
        &self,
        matcher: &Matcher<'_>,
        one: &Listed<'_>,
        levels: [&Reasons<'_>; 3],
    ) -> Option<BreakKind> {
        let is_own = one.said.status.as_ref().is_some_and(Status::is_refusal);
        if !(is_own && one.reasons.is_payees()) {
            return Some(self.of_rest(levels));
        }
        let before = self.before.as_ref().map(|id| BreakKind::RefusedAgainst {
            what: format!("{id} was sent before"),
        });
        let alike = self.alike.map(|words| BreakKind::RefusedAgainst {
            what: format!("every payment of the file is refused in the same words ({words})"),
        });
        self.again()
            .or(before)
            .or(alike)
            .or_else(|| matcher.accepted_since(one.reference()))
    }

    /// Why any other refusal is not.
    pub(super) fn of_rest(&self, levels: [&Reasons<'_>; 3]) -> BreakKind {
        self.again().unwrap_or_else(|| Reasons::uncertain(levels))
    }

    /// That the report says of something that it was sent before.
    pub(super) fn again(&self) -> Option<BreakKind> {
        self.again.map(|reason| BreakKind::DuplicateRefused {
            reason: reason.to_string(),
        })
    }
}
