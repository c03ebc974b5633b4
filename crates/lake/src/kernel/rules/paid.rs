//! Paid: shown because somebody paid for it.

use crate::kernel::row::{self, fail};
use arrow::array::BooleanArray;
use policy::qualification::Rule;

/// Marks promoted views.
pub(crate) fn mark(metas: &mut [u64], promoted: &BooleanArray) {
    row::mark(metas, promoted, fail(Rule::Paid));
}

#[test]
fn only_a_yes_is_paid() {
    let mut metas = [0; 3];
    mark(
        &mut metas,
        &BooleanArray::from(vec![Some(true), Some(false), None]),
    );
    assert_eq!(metas, [fail(Rule::Paid), 0, 0]);
}
