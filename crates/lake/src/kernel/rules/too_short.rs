//! Too short: watched less than the program's minimum.

use crate::kernel::row::fail;
use policy::qualification::Rule;

/// Marks views watched for fewer than `minimum` milliseconds.
pub(crate) fn mark(metas: &mut [u64], watched: &[u32], minimum: u32) {
    for (meta, watched) in metas.iter_mut().zip(watched) {
        *meta |= if *watched < minimum {
            fail(Rule::TooShort)
        } else {
            0
        };
    }
}

#[test]
fn the_minimum_itself_is_long_enough() {
    let mut metas = [0; 3];
    mark(&mut metas, &[4_999, 5_000, 0], 5_000);
    assert_eq!(metas, [fail(Rule::TooShort), 0, fail(Rule::TooShort)]);
}
