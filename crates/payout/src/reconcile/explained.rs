//! Movements without a name that other statements show by name: which of them are nothing new. One explains one.

use super::nameless::ByAmount;
use super::shown::Shown;
use super::unmatched::Unmatched;
use crate::iso20022::Direction;
use jiff::civil::Date;
use money::Money;
use std::collections::{HashMap, HashSet};

/// What explains each movement of some files; none: nothing. What two files show of one movement has one explanation; of two in one file each has
/// its own.
pub(super) fn explained<'f>(
    by_amount: &ByAmount<'_>,
    files: impl Iterator<Item = &'f [Unmatched]>,
) -> Vec<Vec<Option<Shown>>> {
    let shown_as = |one: &'f Unmatched| (one, by_amount.shown_as(one));
    let files: Vec<Vec<_>> = files.map(|file| file.iter().map(shown_as).collect()).collect();
    // Where none of those that are alike is shown by name there is nothing to compare.
    let shown = files.iter().flatten().filter(|(_, shown)| !shown.is_empty());
    let shown: HashSet<_> = shown.map(|(one, _)| alike(one)).collect();
    let mut used: HashSet<Shown> = HashSet::new();
    let mut known: HashMap<Alike, Vec<Known<'f>>> = HashMap::new();
    let mut all = Vec::new();
    for (number, file) in files.into_iter().enumerate() {
        let mut of_file = Vec::with_capacity(file.len());
        for (one, shown_as) in file {
            let key = alike(one);
            if !shown.contains(&key) {
                of_file.push(None);
                continue;
            }
            let alike = known.entry(key).or_default();
            let before = alike
                .iter_mut()
                .find(|before| before.last < number && before.one.is_copy_of(one));
            let mut explanation = before.as_ref().and_then(|before| before.explanation.clone());
            if explanation.is_none() {
                let mut shown = shown_as.into_iter();
                explanation = shown.find(|shown| !used.contains(shown));
                used.extend(explanation.clone());
            }
            of_file.push(explanation.clone());
            match before {
                Some(before) => {
                    before.last = number;
                    before.explanation = explanation;
                }
                None => alike.push(Known {
                    one,
                    explanation,
                    last: number,
                }),
            }
        }
        all.push(of_file);
    }
    all
}

/// What those that may be one movement have in common.
type Alike = (Direction, Option<Date>, Money);

fn alike(one: &Unmatched) -> Alike {
    (one.direction(), one.day(), one.amount)
}

/// A movement, as the first file showed it.
struct Known<'f> {
    one: &'f Unmatched,
    explanation: Option<Shown>,
    /// The last file that showed it.
    last: usize,
}
