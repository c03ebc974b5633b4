//! Movements without a name that other statements show by name: which of them are nothing new. One explains one.

use super::nameless::{ByAmount, Shown};
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
    let mut used: HashSet<Shown> = HashSet::new();
    let mut known: HashMap<(Direction, Option<Date>, Money), Vec<Known<'f>>> = HashMap::new();
    let mut all = Vec::new();
    for (number, file) in files.enumerate() {
        let mut of_file = Vec::with_capacity(file.len());
        for one in file {
            let alike = known.entry((one.direction(), one.day(), one.amount)).or_default();
            let before = alike
                .iter_mut()
                .find(|before| before.last < number && before.one.is_copy_of(one));
            let mut explanation = before.as_ref().and_then(|before| before.explanation.clone());
            if explanation.is_none() {
                let mut shown = by_amount.shown_as(one).into_iter();
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

/// A movement, as the first file showed it.
struct Known<'f> {
    one: &'f Unmatched,
    explanation: Option<Shown>,
    /// The last file that showed it.
    last: usize,
}
