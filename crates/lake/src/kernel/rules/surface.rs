//! Surface: shown where the program does not pay.

use crate::kernel::KernelError;
use crate::kernel::decode::{Meaning, Words};
use crate::kernel::row::fail;
use policy::qualification::Rule;

/// Marks views on a surface that is not allowed. A view without a surface is not evaluated.
pub(crate) fn mark(
    metas: &mut [u64],
    surfaces: &Words,
    allowed: &[String],
    known: &mut Meaning<u64>,
) -> Result<(), KernelError> {
    let fails = |surface: &str| {
        Ok(if is_allowed(surface, allowed) {
            0
        } else {
            fail(Rule::Surface)
        })
    };
    let marks = known.of(surfaces, fails)?;
    let some_missing = surfaces.some_missing();
    for (row, (meta, key)) in metas.iter_mut().zip(surfaces.keys()).enumerate() {
        if !(some_missing && surfaces.missing(row)) {
            *meta |= marks[*key as usize];
        }
    }
    Ok(())
}

/// An empty text says nothing about the surface.
fn is_allowed(surface: &str, allowed: &[String]) -> bool {
    surface.is_empty() || allowed.iter().any(|one| one == surface)
}

#[test]
fn only_listed_surfaces_count() {
    let allowed = ["for_you".to_owned(), "search".to_owned()];
    assert!(is_allowed("search", &allowed) && is_allowed("", &allowed));
    assert!(!is_allowed("profile", &allowed));
}
