//! Data centre: the address is a machine's, not a person's.

use crate::kernel::row::{self, fail};
use crate::lists::Lists;
use arrow::array::{Array, BooleanArray, UInt32Array};
use policy::qualification::Rule;

/// Marks views that the platform itself found to come from a data centre.
pub(crate) fn mark_told(metas: &mut [u64], told: &BooleanArray) {
    row::mark(metas, told, fail(Rule::DataCentre));
}

/// Marks views whose IPv4 address lies in a listed range.
pub(crate) fn mark_listed(metas: &mut [u64], addresses: &UInt32Array, lists: &Lists) {
    let some_missing = addresses.null_count() > 0;
    for (row, (meta, address)) in metas.iter_mut().zip(addresses.values()).enumerate() {
        if lists.is_data_centre(*address) && !(some_missing && addresses.is_null(row)) {
            *meta |= fail(Rule::DataCentre);
        }
    }
}

#[test]
fn listed_addresses_are_marked() {
    let lists = Lists::default()
        .with_data_centres("0.0.0.0,0.0.0.9,test")
        .unwrap();
    let mut metas = [0; 3];
    mark_listed(
        &mut metas,
        &UInt32Array::from(vec![Some(9), Some(10), None]),
        &lists,
    );
    assert_eq!(metas, [fail(Rule::DataCentre), 0, 0]);
}
