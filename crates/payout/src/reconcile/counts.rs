//! Whether a status report adds up: the numbers of payments by status (`NbOfTxsPerSts`) of a whole, beside what the same report says
//! of the payments in it.
//!
//! A bank may count only some statuses and leave payments unsaid; what it counts must fit those that it does say, and the refused ones
//! must all be there where some of them are. A report that does not add up says something of payments that it does not show, so nothing
//! that it says of the whole is certain.

use super::BreakKind;
use super::refusals::{Level, Part};
use crate::iso20022::Status;
use std::collections::HashMap;

/// What a status means for the money. Codes of one class do not contradict each other: a bank may count `ACCP` and list `ACSP`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Refused,
    Done,
    UnderWay,
    Unknown,
}

/// Classes that payments are counted by, with their words.
const COUNTED: [(Class, &str); 3] = [
    (Class::Refused, "refused"),
    (Class::Done, "settled"),
    (Class::UnderWay, "under way"),
];

impl Class {
    fn of(status: Option<&Status>) -> Self {
        match status {
            Some(Status::Rejected | Status::Cancelled) => Self::Refused,
            Some(Status::Settled(_)) => Self::Done,
            // Accepted in part: of each payment it is not said.
            None | Some(Status::UnderWay("PART") | Status::Other(_) | Status::Several(_)) => Self::Unknown,
            Some(Status::UnderWay(_)) => Self::UnderWay,
        }
    }
}

/// How many payments of a level have a status of which class, by what the report says of each or of a whole around it.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    classes: [u64; 4],
    /// Of which it says nothing, and which were refused before.
    refused_before: u64,
}

impl Tally {
    fn add(&mut self, class: Class, was_refused: bool) {
        self.classes[class as usize] += 1;
        self.refused_before += u64::from(was_refused && class == Class::Unknown);
    }

    /// Of the payments of a part. `was_refused`: before this report.
    pub(super) fn of(part: &Part<'_>, whole: &Level<'_>, was_refused: impl Fn(&str) -> bool) -> Self {
        let above = part.level.status.or(whole.status);
        let listed = part.listed.iter().filter_map(|one| {
            let own = one.said.status.as_ref();
            Some((one.payout()?, own.or(above)))
        });
        let listed: HashMap<&str, Option<&Status>> = listed.collect();
        let mut tally = Self::default();
        for id in &part.sent.end_to_end_ids {
            let own = listed.get(id.as_str()).copied();
            tally.add(Class::of(own.unwrap_or(above)), was_refused(id.as_str()));
        }
        tally
    }

    /// Of all parts, and of payments in parts of which the report says nothing.
    pub(super) fn of_all<'r>(
        parts: &[Self],
        others: impl Iterator<Item = &'r str>,
        whole: &Level<'_>,
        was_refused: impl Fn(&str) -> bool,
    ) -> Self {
        let mut all = Self::default();
        for part in parts {
            let sums = all.classes.iter_mut().zip(part.classes);
            sums.for_each(|(sum, count)| *sum += count);
            all.refused_before += part.refused_before;
        }
        others.for_each(|id| all.add(Class::of(whole.status), was_refused(id)));
        all
    }

    /// Why the numbers that a level gives are not these.
    pub(super) fn differs(self, counts: &[(Status, u64)]) -> Option<BreakKind> {
        let of = |class: Class| self.classes[class as usize];
        let unknown = of(Class::Unknown);
        let of_class = COUNTED.into_iter().find_map(|(class, words)| {
            let of_class = counts
                .iter()
                .filter(|(status, _)| Class::of(Some(status)) == class);
            let of_class = of_class.map(|(_, count)| *count);
            let said = of_class.reduce(u64::saturating_add)?;
            let known = of(class);
            // Whoever lists what is refused lists all of it.
            let most = match class {
                Class::Refused if known > 0 => known,
                _ => known + unknown,
            };
            let fits = (known..=most).contains(&said);
            (!fits).then(|| format!("{said} {words} (NbOfTxsPerSts) and {known} that are"))
        });
        let total = counts
            .iter()
            .fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
        let all: u64 = self.classes.iter().sum();
        let too_many = || (total > all).then(|| format!("{total} payments (NbOfTxsPerSts) of {all}"));
        let said = of_class
            .or_else(too_many)
            .or_else(|| self.takes_refused(counts))?;
        Some(BreakKind::Contradiction { said })
    }

    /// Whether more were accepted than may be without those that were refused before.
    fn takes_refused(self, counts: &[(Status, u64)]) -> Option<String> {
        let is_taken = |status: &Status| matches!(Class::of(Some(status)), Class::Done | Class::UnderWay);
        let taken = counts.iter().filter(|(status, _)| is_taken(status));
        let taken = taken.fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
        let of = |class: Class| self.classes[class as usize];
        let may_be = of(Class::Done) + of(Class::UnderWay) + of(Class::Unknown) - self.refused_before;
        (taken > may_be).then(|| {
            format!("{taken} that are accepted (NbOfTxsPerSts), and {may_be} that were not refused before")
        })
    }
}
