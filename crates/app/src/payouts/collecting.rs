//! Of whose earnings a payout is, and what was agreed about who collects them.

use super::earlier::Earlier;
use super::fixed::split_versions;
use super::history::Author;
use super::program_balances::taken;
use super::stored::{StoredBatch, reservation_key};
use super::takes;
use crate::base::error::Result;
use crate::books::collected::KIND;
use crate::workspace::records;
use money::Money;
use payout::batch::Payout;
use payout::split::{Split, SplitState, Splits};
use serde::Serialize;
use std::collections::BTreeMap;
use store::Tx;

/// What a payout takes of one creator's earnings with a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfCreator {
    /// The payee's payout.
    pub payout: String,
    /// The creator.
    pub creator: String,
    /// The program.
    pub program: String,
    /// How much, before withholding.
    #[serde(with = "earning::amount")]
    pub amount: Money,
}

/// A split that was agreed on since a payee was last paid, and by which a payout pays what a creator earns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgreedSince {
    /// The payee.
    pub payee: String,
    /// The creator.
    pub creator: String,
    /// From when on, and who collects what.
    pub what: String,
    /// Who entered it, and when.
    pub entered: Author,
    /// Who consented to it, and when.
    pub consented: Author,
    /// Where the creator's consent is seen; none where it is the creator's own.
    pub evidence: Option<String>,
    /// Whether that was after the batch was prepared.
    pub since_preparation: bool,
}

/// What payouts take of each creator with each program, where they take something of others than their payees.
pub(super) fn shown(tx: &mut Tx<'_>, payouts: &[&Payout]) -> Result<Vec<OfCreator>> {
    let mut all = Vec::new();
    for payout in payouts {
        let Some(reserved) = tx.transaction(&reservation_key(payout))? else {
            continue;
        };
        let payee = payout.recipient.payee.as_str();
        let of_creators = taken(&reserved);
        let asset = reserved.postings.first().map(|posting| posting.debit.asset);
        let Some(asset) = asset.filter(|_| of_creators.keys().any(|creator| creator != payee)) else {
            continue;
        };
        for (creator, held) in of_creators {
            let mut programs: BTreeMap<String, i128> = BTreeMap::new();
            for (slot, units) in held {
                *programs.entry(slot.program).or_default() += units;
            }
            all.extend(programs.into_iter().map(|(program, units)| OfCreator {
                payout: payout.id.to_string(),
                creator: creator.clone(),
                program,
                amount: Money::new(asset, units),
            }));
        }
    }
    Ok(all)
}

/// Splits of creators whose earnings a batch pays, that were agreed on since their payees were last paid.
pub(super) fn agreed_since(
    tx: &mut Tx<'_>,
    stored: &StoredBatch,
    leaving: &[&Payout],
    earlier: &Earlier<'_>,
) -> Result<Vec<AgreedSince>> {
    let mut found = Vec::new();
    for payout in leaving {
        let payee = payout.recipient.payee.as_str();
        let creators: Vec<String> = takes::of_payout(tx, payout)?.into_keys().collect();
        let ids: Vec<&str> = creators.iter().map(String::as_str).collect();
        for (creator, newest) in split_versions(tx, &ids)? {
            let was = earlier.split_version(payee, &creator);
            if newest <= was {
                continue;
            }
            let fixed = stored.fixed.splits.get(payee).and_then(|of| of.get(&creator));
            let is = fixed.copied().unwrap_or(0);
            let mut before = Splits::default();
            for record in tx.record_versions(KIND, &creator)? {
                let splits: Splits = records::parse(&record)?.value;
                let known = |split: &Split| before.get(split.number).is_ok_and(|one| one.consent.is_some());
                let agreed = splits
                    .all()
                    .iter()
                    .filter(|split| split.state() == SplitState::Agreed);
                for split in agreed.filter(|split| record.version > was && !known(split)) {
                    found.extend(since(payee, &creator, split, record.version > is));
                }
                before = splits;
            }
        }
    }
    Ok(found)
}

fn since(payee: &str, creator: &str, split: &Split, since_preparation: bool) -> Option<AgreedSince> {
    let consent = split.consent.as_ref()?;
    Some(AgreedSince {
        payee: payee.to_owned(),
        creator: creator.to_owned(),
        what: format!("from {}: {} ({})", split.from, split.shares, split.reason),
        entered: Author {
            by: split.entered.by.clone(),
            at: split.entered.at,
        },
        consented: Author {
            by: consent.by.clone(),
            at: consent.at,
        },
        evidence: consent.evidence.clone(),
        since_preparation,
    })
}
