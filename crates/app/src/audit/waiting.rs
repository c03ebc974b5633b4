//! What waits to be booked: it must not stand in the books already, or it would be booked twice.

use super::{content, place};
use crate::base::error::{Error, Result};
use crate::base::keys::key;
use serde::Deserialize;
use store::{Checked, Tx};

const WAITING: &str = "live-waiting";

/// As the records keep it.
#[derive(Deserialize)]
struct Waiting {
    fate: String,
    #[serde(default)]
    gift: Option<Given>,
}

/// Gifts of a streak.
#[derive(Deserialize)]
pub(super) struct Given {
    reference: String,
    pub viewer: String,
    pub from: u64,
    pub upto: u64,
}

/// Calls a function with the gifts of streaks that waited or still wait, and that were neither booked by that nor corrected.
pub(super) fn each_gift(tx: &mut Tx<'_>, checked: &mut Checked, mut each: impl FnMut(Given)) -> Result<()> {
    tx.each_record(WAITING, |_, record| {
        let waiting = content::<Waiting>(record, checked)
            .filter(|waiting| !["booked", "corrected"].contains(&&*waiting.fate));
        if let Some(gift) = waiting.and_then(|waiting| waiting.gift) {
            each(gift);
        }
        Ok(())
    })
}

pub(super) fn compare(tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
    tx.each_record(WAITING, |tx, record| {
        let Some(waiting) = content::<Waiting>(record, checked).filter(|waiting| waiting.fate == "waits")
        else {
            return Ok(());
        };
        let key = match (&waiting.gift, record.id.split_once('/')) {
            (Some(gift), _) => key("gift", &gift.reference),
            (None, Some(("purchase", id))) => key("coin-purchase", id),
            (None, Some(("refund", id))) => key("coin-refund", id),
            (None, Some((kind @ ("subscription" | "redemption"), id))) => key(kind, id),
            // A frame becomes a gift only with its streak.
            (None, _) => return Ok(()),
        };
        if let Some(booked) = tx.transaction(&key)? {
            checked.find(
                place(record),
                format!(
                    "it waits to be booked, and is booked as transaction {}",
                    booked.number
                ),
            );
        }
        Ok::<_, Error>(())
    })
}
