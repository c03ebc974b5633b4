//! What a status report (pain.002) means: of a file, of its parts, of single payments.
//!
//! What it says of the whole holds for parts that it does not list, what it says of a part for payments that it does not
//! list. A refusal frees money, so it must be certain: one of a duplicate says nothing of what was sent first, one beside an
//! acceptance of the same nothing at all, and one of a whole nothing of the rest when a part of it cannot be told. One of a whole
//! must also say why: it may be of a second submission, and no acceptance of the first is kept.

use super::matcher::{Matcher, Outcome, Why};
use super::mentions::{Mention, References};
use super::{BreakKind, Reconciliation};
use crate::batch::{Payout, PayoutState};
use crate::iso20022::{PaymentStatus, Reason, Sent, SentPayment, Status, StatusReport, TransactionStatus};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What a report says of a whole or a part.
#[derive(Clone, Copy)]
struct Level<'r> {
    id: &'r str,
    status: Option<&'r Status>,
    reasons: &'r [Reason],
    line: u32,
}

impl Level<'_> {
    fn is_refusal(&self) -> bool {
        self.status.is_some_and(Status::is_refusal)
    }

    /// Whether it was refused because the same had been sent before.
    fn duplicate(&self) -> Option<&Reason> {
        let may_refuse = self.status.is_none_or(Status::is_refusal);
        self.reasons
            .iter()
            .find(|reason| may_refuse && reason.is_duplicate())
    }
}

/// A payment that a report lists, and whose it is.
struct Listed<'r> {
    named: Mention<'r>,
    said: &'r TransactionStatus,
    part: Level<'r>,
}

impl<'r> Listed<'r> {
    fn payout(&self) -> Option<&'r str> {
        match self.named {
            Mention::One(payout) => Some(payout),
            Mention::Several(_) | Mention::Cut(_) | Mention::Nothing => None,
        }
    }

    fn reference(&self) -> &str {
        let own = self.said.end_to_end_id.as_deref();
        self.payout().or(own).unwrap_or("(none)")
    }
}

/// What a status report (pain.002) means for the payouts of the file that was sent.
pub fn with_status_report<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a Sent,
    report: &StatusReport,
) -> Reconciliation {
    let mut matcher = Matcher::new(payouts);
    if let Some(other) = report.original_message_id.as_deref()
        && other != sent.message_id.as_str()
    {
        matcher.breaks(other, BreakKind::OtherMessage, 1);
        return matcher.found;
    }
    let whole = Level {
        id: sent.message_id.as_str(),
        status: report.status.as_ref(),
        reasons: &report.reasons,
        line: 1,
    };
    let references = References::new(matcher.payouts.keys().copied(), &[]);
    let mut parts: Vec<(&SentPayment, PaymentStatus)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for part in &report.payments {
        let is_it = |known: &&SentPayment| known.id == part.original_payment_id;
        match sent.payments.iter().find(is_it) {
            Some(known) => match places.entry(&known.id) {
                Entry::Occupied(place) => parts[*place.get()].1.also(part),
                Entry::Vacant(place) => {
                    place.insert(parts.len());
                    parts.push((known, part.clone()));
                }
            },
            None => matcher.breaks(&part.original_payment_id, BreakKind::OtherMessage, part.line),
        }
    }
    let listed: Vec<Listed<'_>> = parts
        .iter()
        .flat_map(|(_, part)| part.transactions.iter().map(|said| (level(part), said)))
        .map(|(part, said)| Listed {
            named: references.payouts(&said.texts),
            said,
            part,
        })
        .collect();
    transactions(&mut matcher, &listed, whole);
    let named: HashSet<&str> = listed.iter().filter_map(Listed::payout).collect();
    let mut of_parts = &listed[..];
    for (known, part) in &parts {
        let (of_part, others) = of_parts.split_at(part.transactions.len());
        of_parts = others;
        let level = level(part);
        let rest = members(known).filter(|id| !named.contains(id)).collect();
        let kind = doubt(level, of_part).or(against(level, whole));
        rest_of(&mut matcher, [level, whole], rest, kind);
    }
    // A part that is listed for its payments alone has no word of its own; the whole's is not about it either.
    let is_listed = |part: &SentPayment| parts.iter().any(|(known, _)| known.id == part.id);
    let rest = sent.payments.iter().filter(|part| !is_listed(part));
    let rest = rest.flat_map(members).filter(|id| !named.contains(id)).collect();
    let mut against_it = parts.iter().filter_map(|(_, part)| against(level(part), whole));
    let accepted = against_it.next().filter(|_| whole.is_refusal());
    let kind = doubt(whole, &listed).or(accepted);
    rest_of(&mut matcher, [whole, whole], rest, kind);
    matcher.found
}

fn level(part: &PaymentStatus) -> Level<'_> {
    Level {
        id: &part.original_payment_id,
        status: part.status.as_ref(),
        reasons: &part.reasons,
        line: part.line,
    }
}

fn members(part: &SentPayment) -> impl Iterator<Item = &str> {
    part.end_to_end_ids.iter().map(|id| id.as_str())
}

/// Why a whole's refusal is not certain for what it does not list: something in it was accepted, or cannot be told.
fn doubt(whole: Level<'_>, listed: &[Listed<'_>]) -> Option<BreakKind> {
    let refused = whole.status.filter(|_| whole.is_refusal())?;
    listed.iter().find_map(|one| {
        let own = one.said.status.as_ref();
        let is_against = own.is_some_and(|own| !own.is_refusal()) || one.payout().is_none();
        is_against.then(|| BreakKind::Contradiction {
            said: format!(
                "{} of it all and {} of {}",
                refused.code(),
                own.map_or("nothing", Status::code),
                one.reference()
            ),
        })
    })
}

/// What a part and the whole say that cannot both hold: one is refused and the other is not, or the whole says several things.
fn against(part: Level<'_>, whole: Level<'_>) -> Option<BreakKind> {
    let (part, whole) = part.status.zip(whole.status)?;
    let is_against = !part.is_refusal() && whole.is_refusal() || part.is_refusal() && denies(whole);
    is_against.then(|| BreakKind::Contradiction {
        said: format!("{} of the file and {} of a part", whole.code(), part.code()),
    })
}

/// Whether what is said of a whole leaves no refusal within it: all of it is done, or it says several things.
fn denies(whole: &Status) -> bool {
    matches!(whole, Status::Settled(_) | Status::Several(_))
}

fn transactions(matcher: &mut Matcher<'_>, listed: &[Listed<'_>], whole: Level<'_>) {
    // A payment with two statuses of which one refuses and one does not has none.
    let mut said: BTreeMap<&str, Vec<&Status>> = BTreeMap::new();
    for one in listed {
        let levels = [one.said.status.as_ref(), one.part.status, whole.status];
        let own = levels.iter().flatten().next();
        let above = levels.iter().skip(1).flatten();
        let above = above.filter(|above| above.is_refusal() || denies(above));
        said.entry(one.reference())
            .or_default()
            .extend(own.into_iter().chain(above));
    }
    let mut contradicted = HashSet::new();
    for one in listed {
        let (reference, line) = (one.reference(), one.said.line);
        if let Mention::Several(payouts) = &one.named {
            let kind = BreakKind::SeveralNamed {
                others: payouts.iter().map(|&payout| payout.to_owned()).collect(),
            };
            matcher.breaks_all(reference, payouts.iter().copied(), kind, line);
            continue;
        }
        let codes = &said[reference];
        let refused = codes.iter().find(|status| status.is_refusal());
        let other = codes.iter().find(|status| !status.is_refusal());
        let several = codes.iter().find(|status| matches!(status, Status::Several(_)));
        if let Some((one, other)) = refused.zip(other).or(several.zip(codes.first())) {
            let said = match one == other {
                true => one.code().to_owned(),
                false => format!("{} and {}", one.code(), other.code()),
            };
            if contradicted.insert(reference) {
                matcher.breaks(reference, BreakKind::Contradiction { said }, line);
            }
            continue;
        }
        let own = one.said.status.as_ref().or(one.part.status).or(whole.status);
        let Some(status) = own else { continue };
        let choices = [&one.said.reasons[..], one.part.reasons, whole.reasons];
        let reasons = choices.into_iter().find(|reasons| !reasons.is_empty());
        let reasons = reasons.unwrap_or_default();
        let duplicate = reasons.iter().find(|reason| reason.is_duplicate());
        let duplicate = duplicate.or(one.part.duplicate()).or(whole.duplicate());
        let kind = match duplicate.filter(|_| status.is_refusal()) {
            Some(reason) => Some(refused_again(reason)),
            None => {
                let is_whole = one.said.status.is_none() || one.part.is_refusal() || whole.is_refusal();
                uncertain(status, reasons).filter(|_| is_whole)
            }
        };
        match kind {
            Some(kind) => matcher.breaks(reference, kind, line),
            None => payment(matcher, one, status, reasons),
        }
    }
}

fn refused_again(reason: &Reason) -> BreakKind {
    BreakKind::DuplicateRefused {
        reason: reason.to_string(),
    }
}

/// The refusal of a whole for no reason that also holds of an earlier submission of it, which may have been accepted.
fn uncertain(status: &Status, reasons: &[Reason]) -> Option<BreakKind> {
    let is_uncertain = status.is_refusal() && !reasons.iter().any(Reason::is_certain);
    is_uncertain.then(|| {
        let words: Vec<String> = reasons.iter().map(Reason::to_string).collect();
        BreakKind::WholeRefused {
            reason: match words.is_empty() {
                true => "no reason".to_owned(),
                false => words.join("; "),
            },
        }
    })
}

/// What a whole, within another, says of payments that it does not list; one break for all of them, where it is not certain.
fn rest_of(matcher: &mut Matcher<'_>, levels: [Level<'_>; 2], rest: Vec<&str>, kind: Option<BreakKind>) {
    let [level, above] = levels;
    let Some(status) = level.status else { return };
    // A whole that was accepted in part says nothing of those it does not list.
    if rest.is_empty() || matches!(status, Status::UnderWay("PART")) {
        return;
    }
    let reasons = match level.reasons {
        [] => above.reasons,
        own => own,
    };
    let duplicate = reasons.iter().find(|reason| reason.is_duplicate());
    let duplicate = duplicate.or(above.duplicate()).filter(|_| status.is_refusal());
    let kind = duplicate.map(refused_again).or(kind);
    if let Some(kind) = kind.or_else(|| uncertain(status, reasons)) {
        return matcher.breaks_all(level.id, rest, kind, level.line);
    }
    for reference in rest {
        says(matcher, reference, status, reasons, level.line);
    }
}

fn payment(matcher: &mut Matcher<'_>, listed: &Listed<'_>, status: &Status, reasons: &[Reason]) {
    let amount = listed.said.amount;
    let known = listed.payout().and_then(|payout| matcher.payouts.get(payout));
    let differs = known.and_then(|known| super::breaks::difference(known.payout.amount, amount));
    match differs {
        Some(kind) => matcher.breaks(listed.reference(), kind, listed.said.line),
        None => says(matcher, listed.reference(), status, reasons, listed.said.line),
    }
}

fn says(matcher: &mut Matcher<'_>, reference: &str, status: &Status, reasons: &[Reason], line: u32) {
    let (to, why) = match status {
        Status::Settled(_) => (PayoutState::Succeeded, None),
        Status::Rejected | Status::Cancelled => (PayoutState::Failed, Some(Why::of(reasons, status.words()))),
        Status::UnderWay(_) => match matcher.payouts.get(reference).map(|known| known.state) {
            // What was refused before may have left after all.
            Some(state @ PayoutState::Failed) if status.is_acceptance() => {
                let found = PayoutState::InTransit;
                return matcher.breaks(reference, BreakKind::AlreadyFinal { state, found }, line);
            }
            Some(_) => {
                matcher.found.under_way += 1;
                return;
            }
            None => return matcher.breaks(reference, BreakKind::UnknownReference, line),
        },
        Status::Other(code) => {
            let code = code.clone();
            return matcher.breaks(reference, BreakKind::UnknownStatus { code }, line);
        }
        Status::Several(codes) => {
            let said = codes.clone();
            return matcher.breaks(reference, BreakKind::Contradiction { said }, line);
        }
    };
    matcher.outcome(Outcome {
        reference,
        to,
        why,
        amount: None,
        evidence: None,
        line,
    });
}
