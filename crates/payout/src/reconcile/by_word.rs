//! What a movement is by the bank's own word: its kind, its charges, whether it is called a return.

use crate::iso20022::{Code, Entry, Movement};

/// Whether a credit is money that came back: it is no charge, and the bank calls it a return, books it among the payments that we
/// ordered, or names it where references stand (`is_named`) and says no kind. Anybody can write what he likes in a text.
pub(super) fn is_back(
    all: &[Movement],
    is_called_return: bool,
    is_named: impl Fn(&Movement) -> bool,
) -> bool {
    let may_be = |one: &Movement| match one.code {
        Code::Issued | Code::Return => true,
        Code::Received | Code::Fee | Code::Another | Code::Untold => false,
        Code::Unsaid => is_named(one),
    };
    let is_charge = all.iter().any(|one| one.code == Code::Fee);
    !is_charge && (is_called_return || all.iter().all(may_be))
}

/// Whether a debit is by its kind nothing that we ordered.
pub(super) fn is_no_order(movement: &Movement) -> bool {
    matches!(movement.code, Code::Received | Code::Fee)
}

/// Whether a bank says that it took something for itself.
pub(super) fn has_charges(entry: &Entry) -> bool {
    let of_details = entry.movements.iter().flat_map(|one| &one.charges);
    entry
        .charges
        .iter()
        .chain(of_details)
        .any(|charge| !charge.is_zero())
}
