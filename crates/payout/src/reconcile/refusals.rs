//! What is said of a whole, of its parts and of the payments in them, and whether a refusal of one of them is certain.

use super::BreakKind;
use super::mentions::Mention;
use super::why::{Why, Without};
use crate::iso20022::{PaymentStatus, Reason, SentPayment, Status, TransactionStatus};

/// Reasons that stand in one place, looked through once: there may be many, for many payments.
pub(super) struct Reasons<'r> {
    all: &'r [Reason],
    duplicate: Option<&'r Reason>,
    is_payees: bool,
    why: Why,
}

impl<'r> Reasons<'r> {
    pub(super) fn of(all: &'r [Reason]) -> Self {
        Self {
            all,
            duplicate: all.iter().find(|reason| reason.is_duplicate()),
            is_payees: all.iter().any(Reason::is_payees)
                && all.iter().all(|one| one.is_payees() || one.says_nothing()),
            why: Why::of(all, Without::Reason),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The first of several that are given, from the inside to the outside; the last, if none is.
    pub(super) fn first(choices: [&Self; 3]) -> &Self {
        let [own, part, whole] = choices;
        [own, part]
            .into_iter()
            .find(|one| !one.is_empty())
            .unwrap_or(whole)
    }

    /// Whether the same was sent before.
    pub(super) fn duplicate(&self) -> Option<&'r Reason> {
        self.duplicate
    }

    /// Why payments failed.
    pub(super) fn why(&self) -> Why {
        self.why.clone()
    }

    /// Whether one of them lies with the payee, and none says that the same was sent before.
    pub(super) fn is_payees(&self) -> bool {
        self.is_payees && self.duplicate.is_none()
    }

    /// A refusal for these reasons, from the inside to the outside: an earlier submission may have been accepted.
    pub(super) fn uncertain(levels: [&Self; 3]) -> BreakKind {
        BreakKind::UncertainRefusal {
            reason: Self::first(levels).words(),
        }
    }

    /// That they are reasons, and nothing was refused.
    pub(super) fn of_nothing(&self) -> BreakKind {
        BreakKind::Contradiction {
            said: format!("a reason ({}) and no refusal", self.words()),
        }
    }

    fn words(&self) -> String {
        match self.is_empty() {
            true => "no reason".to_owned(),
            false => self.why.words.clone(),
        }
    }
}

/// What a report says of a whole or a part.
pub(super) struct Level<'r> {
    pub id: &'r str,
    pub status: Option<&'r Status>,
    pub reasons: Reasons<'r>,
    /// How many of its payments have which status.
    pub counts: &'r [(Status, u64)],
    pub line: u32,
}

impl<'r> Level<'r> {
    pub(super) fn is_refusal(&self) -> bool {
        self.status.is_some_and(Status::is_refusal)
    }

    fn is_done(&self) -> bool {
        matches!(self.status, Some(Status::Settled(_)))
    }

    /// That it settles payments which it does not list, without saying which part it is.
    pub(super) fn without_name(&self) -> Option<BreakKind> {
        let said = self.status.filter(|_| self.is_done())?;
        Some(BreakKind::Contradiction {
            said: format!(
                "{} of a part that it does not name and nothing of them",
                said.code()
            ),
        })
    }

    /// That it settles everything, and of a part only some payments are listed, without a word about the others.
    pub(super) fn of_some(&self, part: &Level<'_>) -> Option<BreakKind> {
        let said = self.status.filter(|_| self.is_done())?;
        let is_silent = part.status.is_none() && part.reasons.is_empty();
        is_silent.then(|| BreakKind::Contradiction {
            said: format!("{} of it all and only some payments of a part", said.code()),
        })
    }

    /// A reason that nothing was refused for.
    pub(super) fn without_refusal(&self, above: &Level<'_>) -> Option<BreakKind> {
        let is_told = self.status.is_some() || self.reasons.is_empty() || above.is_refusal();
        (!is_told).then(|| self.reasons.of_nothing())
    }

    /// Whether the same had been sent before, whatever else is said of it: what is refused in it is refused for that.
    pub(super) fn duplicate(&self) -> Option<&'r Reason> {
        self.reasons.duplicate
    }
}

/// A payment that a report lists, and whose it is.
pub(super) struct Listed<'r> {
    pub named: Mention<'r>,
    pub said: &'r TransactionStatus,
    pub reasons: Reasons<'r>,
}

impl<'r> Listed<'r> {
    pub(super) fn payout(&self) -> Option<&'r str> {
        match self.named {
            Mention::One(payout) => Some(payout),
            Mention::Several(_) | Mention::Cut(_) | Mention::Nothing => None,
        }
    }

    /// What is said of it.
    pub(super) fn code(&self) -> &str {
        self.said.status.as_ref().map_or("nothing", Status::code)
    }

    pub(super) fn reference(&self) -> &str {
        let own = self.said.end_to_end_id.as_deref();
        self.payout().or(own).unwrap_or("(none)")
    }
}

/// A part of the file, with all that a report says of it.
pub(super) struct Part<'r> {
    pub sent: &'r SentPayment,
    pub level: Level<'r>,
    pub listed: Vec<Listed<'r>>,
}

impl<'r> Part<'r> {
    pub(super) fn new(
        sent: &'r SentPayment,
        said: &'r PaymentStatus,
        named: impl Fn(&'r TransactionStatus) -> Mention<'r>,
    ) -> Self {
        let listed = said.transactions.iter().map(|said| Listed {
            named: named(said),
            said,
            reasons: Reasons::of(&said.reasons),
        });
        Self {
            sent,
            level: Level {
                id: &sent.id,
                status: said.status.as_ref(),
                reasons: Reasons::of(&said.reasons),
                counts: &said.counts,
                line: said.line,
            },
            listed: listed.collect(),
        }
    }

    /// Whether nothing is said of it.
    pub(super) fn is_empty(&self) -> bool {
        self.level.status.is_none() && self.level.reasons.is_empty() && self.listed.is_empty()
    }
}

/// Why what a whole that is done says is not certain for what it does not list: of something that cannot be told it says otherwise. A
/// refusal of a payment that is known is that payment's contradiction.
pub(super) fn doubt<'l, 'r: 'l>(
    whole: &Level<'_>,
    listed: impl IntoIterator<Item = &'l Listed<'r>>,
) -> Option<BreakKind> {
    let said = whole.status.filter(|_| whole.is_done())?;
    let mut lost = listed.into_iter().filter(|one| one.payout().is_none());
    let other = lost.find(|one| {
        let own = one.said.status.as_ref();
        own.is_some_and(|own| !matches!(own, Status::Settled(_)))
    })?;
    Some(BreakKind::Contradiction {
        said: format!(
            "{} of it all and {} of {}",
            said.code(),
            other.code(),
            other.reference()
        ),
    })
}

/// What a part and the whole say that cannot both hold: one is refused and the other is not, one is done and the other in part, or the
/// whole says several things.
pub(super) fn against(part: &Level<'_>, whole: &Level<'_>) -> Option<BreakKind> {
    let (part, whole) = part.status.zip(whole.status)?;
    let in_part = Status::UnderWay("PART");
    let is_against = !part.is_refusal() && whole.is_refusal()
        || part.is_refusal() && denies(whole)
        || *part == in_part && matches!(whole, Status::Settled(_));
    is_against.then(|| BreakKind::Contradiction {
        said: format!("{} of the file and {} of a part", whole.code(), part.code()),
    })
}

/// Whether what is said of a whole leaves no refusal within it: all of it is done, or it says several things.
pub(super) fn denies(whole: &Status) -> bool {
    matches!(whole, Status::Settled(_) | Status::Several(_))
}
