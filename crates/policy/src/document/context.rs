//! What the rest of a document has to say to its mechanism.

use super::formulas::Formulas;
use super::tables::ReadTable;
use money::Asset;
use std::collections::BTreeMap;

/// What the rest of the document has to say to its mechanism.
pub(super) struct Context<'c> {
    pub(super) asset: Asset,
    pub(super) tables: &'c BTreeMap<String, ReadTable>,
    pub(super) formulas: &'c mut Formulas,
}
