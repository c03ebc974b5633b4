//! Declared bot: the client says so, or the platform does.

use crate::kernel::KernelError;
use crate::kernel::decode::{Meaning, Words};
use crate::kernel::row::{self, fail};
use crate::lists::Lists;
use arrow::array::BooleanArray;
use policy::qualification::Rule;

/// Marks views that the platform itself found to be a bot's.
pub(crate) fn mark_told(metas: &mut [u64], told: &BooleanArray) {
    row::mark(metas, told, fail(Rule::DeclaredBot));
}

/// Marks views whose user agent matches a listed pattern. Each distinct user agent is matched once per row group.
pub(crate) fn mark_listed(
    metas: &mut [u64],
    agents: &Words,
    lists: &Lists,
    known: &mut Meaning<u64>,
) -> Result<(), KernelError> {
    let marks = known.of(agents, |agent| {
        Ok(if lists.is_bot(agent) {
            fail(Rule::DeclaredBot)
        } else {
            0
        })
    })?;
    let some_missing = agents.some_missing();
    for (row, (meta, key)) in metas.iter_mut().zip(agents.keys()).enumerate() {
        if !(some_missing && agents.missing(row)) {
            *meta |= marks[*key as usize];
        }
    }
    Ok(())
}

#[test]
fn a_flag_is_enough() {
    let mut metas = [0; 2];
    mark_told(&mut metas, &BooleanArray::from(vec![false, true]));
    assert_eq!(metas, [0, fail(Rule::DeclaredBot)]);
}
