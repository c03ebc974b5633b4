//! Which account a statement is of, and which one payouts left from: money moves where it left, and nowhere else.

use super::about::About;
use super::matcher::Matcher;
use super::mentions::References;
use super::place::Place;
use super::{Break, BreakKind};
use crate::batch::Payout;
use crate::iso20022::{EntryStatus, Sent, Statement};
use crate::payee;
use std::collections::{BTreeSet, HashSet};

/// Payouts that left from another account than a statement is of.
pub(super) fn elsewhere<'a>(sent: &'a [Sent], statement: &Statement) -> HashSet<&'a str> {
    let Some(account) = statement.account.as_deref().map(payee::Place::of_account) else {
        return HashSet::new();
    };
    let is_other = |file: &&Sent| {
        let of = file.account.as_deref().map(payee::Place::of_account);
        of.is_some_and(|of| !of.is_same(&account))
    };
    let others = sent.iter().filter(is_other).flat_map(|file| &file.payments);
    others
        .flat_map(|part| part.end_to_end_ids.iter().map(|id| id.as_str()))
        .collect()
}

/// Payouts that are named in statements of accounts that are not ours, by themselves or with their file: nothing of it is taken,
/// and each is a break.
pub fn of_other_accounts<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a [Sent],
    statements: &[Statement],
) -> Vec<Break> {
    let mut matcher = Matcher::new(payouts);
    let references = References::new(matcher.payouts.keys().copied(), sent);
    for statement in statements {
        let account = statement.account.clone().unwrap_or_default();
        let booked = statement
            .entries
            .iter()
            .filter(|entry| entry.status == EntryStatus::Booked);
        for entry in booked {
            let of_details = entry.movements.iter().map(|one| (&one.texts, one.line));
            for (texts, line) in of_details.chain([(&entry.texts, entry.line)]) {
                let kind = || BreakKind::OtherAccount {
                    account: account.clone(),
                };
                match references.about(texts) {
                    About::Payout(mention) => {
                        for one in mention.payouts() {
                            matcher.breaks(one, kind(), line);
                        }
                    }
                    About::Sum(groups) => {
                        matcher.breaks_all(&groups[0].id, groups[0].ids(), kind(), line);
                    }
                    About::Other => {}
                }
            }
        }
    }
    matcher.found.breaks.dedup();
    matcher.found.breaks
}

/// Whether an entry names payouts that left from another account: nothing of it is taken, and they are a break.
pub(super) fn is_of_other_account<'a>(
    matcher: &mut Matcher<'_>,
    references: &References<'a>,
    place: &Place<'_>,
    about: &[About<'a>],
    elsewhere: &HashSet<&str>,
) -> bool {
    if elsewhere.is_empty() {
        return false;
    }
    let whole = references.about(&place.entry.texts);
    let named = about.iter().chain([&whole]).flat_map(About::payouts);
    let others: BTreeSet<&str> = named.filter(|one| elsewhere.contains(one)).collect();
    let Some(first) = others.first().copied() else {
        return false;
    };
    let account = place.statement.account.clone().unwrap_or_default();
    let kind = BreakKind::OtherAccount { account };
    matcher.breaks_all(first, others, kind, place.entry.line);
    true
}
