//! A payout in the books: reserved when it is prepared, settled or given back when the bank has answered.
//!
//! | step | key | postings |
//! |---|---|---|
//! | prepared | `payout/PAY` | reserved: creator-available to cash-at-bank (through fx-clearing in two currencies), to creator-withheld, and the statistics of sources |
//! | succeeded | `payout/PAY/settle` | the reservation is booked |
//! | | `payout/PAY/tax` | creator-withheld to tax-payable:US |
//! | failed, cancelled | `payout/PAY/void` | the reservation is given back |
//! | returned | `payout/PAY/tax-return`, `payout/PAY/return` | both are booked the other way round |

use super::parts::{self, PAYOUT, Part, Parts, PayoutDetail, units_in};
use super::subjects::Subject;
use crate::books::flow;
use crate::error::{Error, Result};
use jiff::Timestamp;
use ledger::{Account, AccountKind, Action, Posting, Transaction};
use money::{Asset, Money, allocate};
use payout::batch::{BatchId, Payout};
use store::Tx;

/// The authority that withheld tax is owed to.
const AUTHORITY: &str = "US";

/// Key of a payout's reservation.
pub(super) fn key(payout: &Payout) -> String {
    format!("payout/{}", payout.id)
}

/// The reservation of a payout. `due` are the programs whose money it takes; a debt is offset by it.
pub(super) fn reserve(
    subject: &Subject,
    batch: &BatchId,
    payout: &Payout,
    at: Timestamp,
) -> Result<Transaction> {
    let asset = subject.asset;
    let withheld = units_in(payout.withheld, asset)?;
    // In one currency, what its rail cannot carry stays with the creator; in two, the rounding is the exchange's.
    let net = match &payout.conversion {
        None => units_in(payout.amount, asset)?,
        Some(_) => units_in(payout.net, asset)?,
    };
    let after = after(subject, payout, withheld + net)?;
    let us_taken = after.us_taken;
    let available = subject.account(AccountKind::CreatorAvailable);
    let reference = || Some(payout.end_to_end_id.as_str().into());
    let mut postings: Vec<Posting> = Vec::new();
    match &payout.conversion {
        None => {
            let bank = Account::platform(AccountKind::CashAtBank, asset);
            postings.extend(flow(&available, &bank, net, reference())?);
        }
        Some(_) => {
            let arriving = arriving_asset(payout.amount)?;
            let clearing = |asset| Account::platform(AccountKind::FxClearing, asset);
            let bank = Account::platform(AccountKind::CashAtBank, arriving);
            postings.extend(flow(&available, &clearing(asset), net, reference())?);
            postings.extend(flow(
                &clearing(arriving),
                &bank,
                units_in(payout.amount, arriving)?,
                reference(),
            )?);
        }
    }
    let held = subject.account(AccountKind::CreatorWithheld);
    postings.extend(flow(&available, &held, withheld, Some("withheld".into()))?);
    let contra = Account::platform(AccountKind::UsSourceContra, asset);
    postings.extend(flow(
        &subject.account(AccountKind::UsSource),
        &contra,
        us_taken,
        None,
    )?);
    let detail = PayoutDetail {
        batch: batch.to_string(),
        payout: payout.id.to_string(),
        reference: payout.end_to_end_id.to_string(),
        arrives: payout.amount.to_string(),
        withheld: payout.withheld.to_string(),
        rate: payout
            .conversion
            .as_ref()
            .map(|conversion| conversion.rate.to_string()),
        rate_date: payout
            .conversion
            .as_ref()
            .map(|conversion| conversion.published_on.to_string()),
        rate_source: payout
            .conversion
            .as_ref()
            .map(|conversion| conversion.source.clone()),
        shares: after.taken,
        after: after.left,
        open: subject.open.clone(),
    };
    let detail = serde_json::to_string(&detail).map_err(|e| Error::bug("payout/detail", e.to_string()))?;
    Ok(Transaction {
        action: Action::Reserve { expires: None },
        ..Transaction::post(key(payout), PAYOUT, at, postings).with_detail(detail)
    })
}

/// The asset of the books for a currency that arrives: millionths, or finer if it has finer units.
fn arriving_asset(amount: Money) -> Result<Asset> {
    let asset = amount.asset();
    let scale = asset.scale().max(Asset::MICRO_SCALE);
    asset
        .at_scale(scale)
        .map_err(|e| Error::bug("payout/asset", e.to_string()))
}

struct After {
    taken: Parts,
    left: Parts,
    us_taken: i128,
}

/// Who has how much after a payout takes `gross`: programs that are not in it keep theirs, debts are offset, and what is
/// too small to be paid stays with those that are.
fn after(subject: &Subject, payout: &Payout, gross: i128) -> Result<After> {
    let mut left = Parts::new();
    let mut due: Vec<(&str, Part)> = Vec::new();
    for (program, part) in &subject.parts {
        if payout.shares.iter().any(|share| share.program == *program) {
            due.push((program, *part));
        } else if part.units > 0 {
            left.insert(program.clone(), *part);
        }
    }
    let remains = subject.available - gross - parts::total(&left);
    let keys: Vec<&str> = due.iter().map(|(program, _)| *program).collect();
    let weights: Vec<u128> = due.iter().map(|(_, part)| part.units.unsigned_abs()).collect();
    let split = |units: i128| {
        allocate(units, &weights, &keys).map_err(|e| Error::bug("payout/shares", e.to_string()))
    };
    let (rest, taken_units) = (split(remains)?, split(gross)?);
    let mut taken = Parts::new();
    let mut us_taken = 0;
    for ((program, part), (rest, units)) in due.iter().zip(rest.into_iter().zip(taken_units)) {
        let us_source = part.us_source.clamp(0, part.units.max(0));
        let us_left = if part.units > 0 {
            us_source * rest / part.units
        } else {
            0
        };
        us_taken += us_source - us_left;
        let share = Part {
            units,
            us_source: us_source - us_left,
        };
        taken.insert((*program).to_owned(), share);
        if rest != 0 {
            let kept = Part {
                units: rest,
                us_source: us_left,
            };
            left.insert((*program).to_owned(), kept);
        }
    }
    Ok(After {
        taken,
        left,
        us_taken,
    })
}

/// Gives a reservation back.
pub(super) fn void(payout: &Payout, reason: &str, at: Timestamp) -> Transaction {
    let detail = (!reason.is_empty()).then(|| serde_json::json!({ "reason": reason }).to_string());
    Transaction {
        detail: detail.map(Into::into),
        action: Action::Void {
            pending: key(payout).into(),
        },
        ..Transaction::post(format!("{}/void", key(payout)), PAYOUT, at, Vec::new())
    }
}

/// Books a payout that has succeeded.
pub(super) fn settle(tx: &mut Tx<'_>, payout: &Payout, at: Timestamp) -> Result<Vec<Transaction>> {
    let key = key(payout);
    let mut batch = vec![Transaction {
        action: Action::Settle {
            pending: key.as_str().into(),
        },
        ..Transaction::post(format!("{key}/settle"), PAYOUT, at, Vec::new())
    }];
    let reserved = reserved(tx, &key)?;
    let withheld = reserved
        .postings
        .iter()
        .find(|posting| posting.credit.kind == AccountKind::CreatorWithheld);
    if let Some(withheld) = withheld {
        let tax = Account::of(AccountKind::TaxPayable, AUTHORITY, withheld.credit.asset);
        let postings = flow(
            &withheld.credit,
            &tax,
            withheld.amount.into(),
            Some(payout.id.as_str().into()),
        )?;
        batch.push(Transaction::post(
            format!("{key}/tax"),
            "tax",
            at,
            postings.into_iter().collect(),
        ));
    }
    Ok(batch)
}

/// Books the opposite of a payout that had succeeded and came back.
pub(super) fn give_back(
    tx: &mut Tx<'_>,
    payout: &Payout,
    reason: &str,
    at: Timestamp,
) -> Result<Vec<Transaction>> {
    let key = key(payout);
    let mut batch = Vec::new();
    if tx.transaction(&format!("{key}/tax"))?.is_some() {
        batch.push(Transaction {
            action: Action::Reverse {
                of: format!("{key}/tax").into(),
            },
            ..Transaction::post(format!("{key}/tax-return"), "tax", at, Vec::new())
        });
    }
    let reserved = reserved(tx, &key)?;
    let detail = parts::detail(&reserved)?;
    let mirrored = reserved.postings.iter().map(|posting| Posting {
        debit: posting.credit.clone(),
        credit: posting.debit.clone(),
        amount: posting.amount,
        reference: posting.reference.clone(),
    });
    let said = serde_json::json!({
        "payout": payout.id.as_str(), "reference": payout.end_to_end_id.as_str(), "batch": detail.batch,
        "reason": reason, "shares": detail.shares,
    });
    let back = Transaction::post(format!("{key}/return"), "payout-return", at, mirrored.collect());
    batch.push(back.with_detail(said.to_string()));
    Ok(batch)
}

fn reserved(tx: &mut Tx<'_>, key: &str) -> Result<store::StoredTransaction> {
    tx.transaction(key)?.ok_or_else(|| {
        Error::bad_input("payout/books", format!("the books have no reservation `{key}`"))
            .hint("`permille ledger verify` checks the books")
    })
}
