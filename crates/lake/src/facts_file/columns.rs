//! Counts column by column, in the order of the file's columns.

use arrow::array::{ArrayRef, Int64Array, UInt64Array};
use event::kind::EngagementKind;
use facts::Counts;
use policy::qualification::Rule;
use std::sync::Arc;

/// Columns of unsigned counts; the last column, the revenue, has a sign.
pub(super) const UNSIGNED: usize = 2 + Rule::COUNT + 3 + EngagementKind::COUNT + 1;

/// Counts of many facts.
#[derive(Clone, Debug)]
pub(crate) struct CountColumns {
    unsigned: [Vec<u64>; UNSIGNED],
    revenue: Vec<i64>,
}

impl Default for CountColumns {
    fn default() -> Self {
        CountColumns {
            unsigned: [const { Vec::new() }; UNSIGNED],
            revenue: Vec::new(),
        }
    }
}

impl CountColumns {
    /// Adds the counts of one fact. `None`: its revenue is more than a fact holds, and nothing was added.
    #[inline]
    pub(crate) fn push(&mut self, counts: &Counts) -> Option<()> {
        let revenue = i64::try_from(counts.ad_revenue_micros).ok()?;
        for (column, value) in self.unsigned.iter_mut().zip(unsigned(counts)) {
            column.push(value);
        }
        self.revenue.push(revenue);
        Some(())
    }

    /// The counts of the fact with an index.
    pub(crate) fn get(&self, index: usize) -> Counts {
        let mut counts = Counts {
            ad_revenue_micros: self.revenue[index].into(),
            ..Counts::default()
        };
        for (value, column) in unsigned_mut(&mut counts).into_iter().zip(&self.unsigned) {
            *value = column[index];
        }
        counts
    }

    /// Sums over all facts.
    pub(crate) fn totals(&self) -> Counts {
        let mut counts = Counts {
            ad_revenue_micros: self.revenue.iter().copied().map(i128::from).sum(),
            ..Counts::default()
        };
        for (value, column) in unsigned_mut(&mut counts).into_iter().zip(&self.unsigned) {
            *value = column.iter().sum();
        }
        counts
    }

    /// The columns as Arrow arrays.
    pub(super) fn into_arrays(self) -> impl Iterator<Item = ArrayRef> {
        let unsigned = self.unsigned.into_iter();
        let revenue: ArrayRef = Arc::new(Int64Array::from(self.revenue));
        unsigned
            .map(|column| Arc::new(UInt64Array::from(column)) as ArrayRef)
            .chain([revenue])
    }
}

#[inline]
fn unsigned(counts: &Counts) -> [u64; UNSIGNED] {
    let mut values = [0; UNSIGNED];
    let (first, rest) = values.split_at_mut(2);
    first.copy_from_slice(&[counts.views, counts.qualified]);
    let (rejected, rest) = rest.split_at_mut(Rule::COUNT);
    rejected.copy_from_slice(&counts.rejected);
    let (watched, rest) = rest.split_at_mut(3);
    watched.copy_from_slice(&[counts.watched_ms, counts.qualified_watched_ms, counts.completions]);
    let (engagement, last) = rest.split_at_mut(EngagementKind::COUNT);
    engagement.copy_from_slice(&counts.engagement);
    last[0] = counts.ad_impressions;
    values
}

/// The unsigned counts in the order of their columns.
pub(super) fn unsigned_mut(counts: &mut Counts) -> Vec<&mut u64> {
    let mut fields = vec![&mut counts.views, &mut counts.qualified];
    fields.extend(&mut counts.rejected);
    fields.extend([
        &mut counts.watched_ms,
        &mut counts.qualified_watched_ms,
        &mut counts.completions,
    ]);
    fields.extend(&mut counts.engagement);
    fields.push(&mut counts.ad_impressions);
    fields
}

#[test]
fn counts_come_back() {
    let mut counts = Counts {
        ad_revenue_micros: -9,
        ..Counts::default()
    };
    let fields = unsigned_mut(&mut counts);
    assert_eq!(fields.len(), UNSIGNED);
    fields.into_iter().zip(1..).for_each(|(field, n)| *field = n);
    let mut columns = CountColumns::default();
    columns.push(&Counts::default()).unwrap();
    columns.push(&counts).unwrap();
    assert_eq!(columns.get(1), counts);
    assert_eq!(columns.totals(), counts);
}

#[test]
fn revenues_are_summed_beyond_what_one_fact_holds() {
    let of = |ad_revenue_micros| Counts {
        ad_revenue_micros,
        ..Counts::default()
    };
    let (most, least) = (i128::from(i64::MAX), i128::from(i64::MIN));
    for (held, refused) in [(most, most + 1), (least, least - 1)] {
        let mut columns = CountColumns::default();
        columns.push(&of(held)).unwrap();
        columns.push(&of(held)).unwrap();
        assert_eq!(columns.push(&of(refused)), None);
        assert_eq!(columns.totals(), of(2 * held));
    }
}
