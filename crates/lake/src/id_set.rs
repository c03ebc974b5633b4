//! Ids to look others up in.

use event::id::decimal;
use hashbrown::HashSet;

/// Ids to look others up in, each compared whole: a hash only says where to look.
#[derive(Debug, Default)]
pub(crate) struct IdSet {
    numbers: HashSet<u64>,
    texts: HashSet<Box<str>>,
}

impl IdSet {
    /// Are there none?
    pub(crate) fn is_empty(&self) -> bool {
        self.numbers.is_empty() && self.texts.is_empty()
    }

    /// Is the canonical decimal of this value one of them?
    #[inline]
    pub(crate) fn has_decimal(&self, value: u64) -> bool {
        self.numbers.contains(&value)
    }

    /// Is the id one of them?
    #[inline]
    pub(crate) fn has(&self, id: &str) -> bool {
        match decimal(id) {
            Some(value) => self.has_decimal(value),
            None => self.texts.contains(id),
        }
    }
}

impl<'a> FromIterator<&'a str> for IdSet {
    fn from_iter<T: IntoIterator<Item = &'a str>>(ids: T) -> Self {
        let mut set = IdSet::default();
        for id in ids {
            match decimal(id) {
                Some(value) => set.numbers.insert(value),
                None => set.texts.insert(Box::from(id)),
            };
        }
        set
    }
}
