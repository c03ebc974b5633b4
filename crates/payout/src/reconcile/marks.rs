//! By what accounts are known however a bank writes them. Those of others are kept as digests alone.

use crate::batch::Payout;
use crate::payee::Place;
use std::collections::BTreeSet;

/// By what a payout's account is known, in a movement that says one.
pub(super) fn of_payout(payout: &Payout) -> Vec<String> {
    let marks = match payout.recipient.to.place() {
        Place::Account(account) => account.marks(),
        Place::Mailbox(_) => Vec::new(),
    };
    digests(marks)
}

/// By what an account is known that a bank writes: of a payout to it at least one is the same.
pub(super) fn as_written(account: &str) -> Vec<String> {
    match Place::of_account(account) {
        Place::Account(account) => digests(account.marks_as_written()),
        Place::Mailbox(_) => Vec::new(),
    }
}

fn digests(marks: Vec<String>) -> Vec<String> {
    let marks: BTreeSet<String> = marks.iter().map(|mark| digest(mark)).collect();
    marks.into_iter().collect()
}

/// Enough of a hash to know a text again.
pub(super) fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}
