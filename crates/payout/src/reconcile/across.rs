//! What payouts of several files that are free come to together: a bank may take back, or book after all, what is of two files at once.

use super::before::{MOST_CHOSEN, Part, Pool, choices, is_within, sum};
use super::unmatched::Unmatched;
use jiff::civil::Date;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// A payout whose money is free to be paid again, and in which days something may be of it.
struct Free<'a> {
    part: Part<'a>,
    /// Its file, by number.
    file: usize,
    days: Option<[Date; 2]>,
}

/// Payouts that are free, over all files.
#[derive(Default)]
pub(super) struct Across<'a> {
    free: Vec<Free<'a>>,
    /// What those come to that a movement of a day may be of.
    sums: RefCell<HashMap<Option<Date>, Rc<Pool<'a>>>>,
}

impl<'a> Across<'a> {
    pub(super) fn push(&mut self, part: Part<'a>, file: usize, days: Option<[Date; 2]>) {
        self.free.push(Free { part, file, days });
    }

    /// The payouts of several files that a movement may be of, together.
    pub(super) fn as_of(&self, one: &Unmatched) -> BTreeSet<&'a str> {
        let day = one.day();
        let known = self.sums.borrow().get(&day).cloned();
        let sums = known.unwrap_or_else(|| {
            let sums = Rc::new(self.near(day));
            self.sums.borrow_mut().insert(day, Rc::clone(&sums));
            sums
        });
        let found = sums.as_of(one);
        found.iter().flat_map(|sum| &sum.payouts).copied().collect()
    }

    /// Each choice of those that are near a day, but for choices within one file. Of more than a few, files are chosen whole.
    fn near(&self, day: Option<Date>) -> Pool<'a> {
        let near = self.free.iter().filter(|free| is_within(free.days, day));
        let near: Vec<&Free<'a>> = near.collect();
        let mut by_file: BTreeMap<usize, Vec<&Free<'a>>> = BTreeMap::new();
        for free in &near {
            by_file.entry(free.file).or_default().push(free);
        }
        let mut sums = Pool::default();
        if by_file.len() < 2 {
            return sums;
        }
        let groups: Vec<Vec<&Free<'a>>> = match near.len() <= MOST_CHOSEN {
            true => near.into_iter().map(|free| vec![free]).collect(),
            false => by_file.into_values().collect(),
        };
        if groups.len() > MOST_CHOSEN {
            return sums;
        }
        let groups: Vec<&[&Free<'a>]> = groups.iter().map(Vec::as_slice).collect();
        for chosen in choices(&groups).chain([groups.clone()]) {
            let all: Vec<&Free<'a>> = chosen.concat();
            let is_of_several = all.iter().any(|free| free.file != all[0].file);
            let parts: Vec<Part<'a>> = all.iter().map(|free| free.part).collect();
            sums.extend(sum(&parts, None).filter(|_| is_of_several));
        }
        sums
    }
}
