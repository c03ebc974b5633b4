//! What somebody who approves a batch should see: where its money leaves from and arrives, and what is unusual about it.
//!
//! It is the same before the approval (`payout show`) and with it, and read from the books each time. Nothing is decided
//! here but what is unusual: payees who were never paid before, names and accounts that have changed since the last payout,
//! since a later one that failed, or since the preparation, another account to pay from than the last time, accounts that several payees share, exchange rates that one person's word is not enough for,
//! a moved execution date.

use super::batches;
use super::collecting::{self, AgreedSince, OfCreator};
use super::decisions::{self, Authored};
use super::earlier::{Attempt, Earlier, KeptBack, LastPayouts};
use super::fixed::UsedRate;
use super::history::{self, Author, ChangedSince, Version};
use super::let_go;
use super::one_account::{Shared, shared};
use super::owing::{Owing, owing};
use super::platform_terms;
use super::since::{LetGo, Since};
use super::stored::{self, PutBack, StoredBatch};
use super::vouched::{self, Vouch};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use jiff::civil::Date;
use payout::batch::{BatchState, Contents, Payout, Recipient, Total, by_currency, by_rail};
use payout::calendar::{NoDay, execution_day};
use payout::fx::{KnownRate, doubts};
use payout::iso20022::Debtor;
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// What an approver sees of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The account that the money leaves from; none where no payout leaves from one.
    pub debtor: Option<Debtor>,
    /// What the account says otherwise than the one that the batch before left from.
    pub debtor_changed: Vec<String>,
    /// What the configuration and the programs say of how much is paid, otherwise than with the batches before.
    pub terms_changed: Vec<String>,
    /// The day on which the bank is asked to pay.
    pub execution_date: Date,
    /// The day that stood there before.
    pub moved_from: Option<Date>,
    /// Why it was moved: `is over`.
    pub moved_why: Option<&'static str>,
    /// The day that it was decided for, where that was not the day on which it was prepared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_for: Option<Date>,
    /// What arrives, by currency.
    pub arrives: Vec<Total>,
    /// What arrives, by rail and currency.
    pub by_rail: Vec<Total>,
    /// The exchange rates.
    pub rates: Vec<SeenRate>,
    /// Creators who were never paid before.
    pub new_payees: Vec<String>,
    /// Who entered what payees are paid by, or changed it or cleared them, since they were last paid.
    pub authors: Vec<Authored>,
    /// Names and accounts that are not those of the last payout, or of a later one that failed.
    pub changed: Vec<Changed>,
    /// Of whose earnings the payouts are, where these are others' than their payees'.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub of_creators: Vec<OfCreator>,
    /// Splits of these creators that were agreed on since the payees were last paid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<AgreedSince>,
    /// What else people changed that decides about payees since their last payout: holds and restrictions that were lifted, tax forms,
    /// residences, addresses, thresholds.
    pub decisions: Vec<ChangedSince>,
    /// Who said that nothing keeps money back any more that the batch pays: breaks about payees that were closed, money that came in for what
    /// they owe, payouts that failed, holds that were given up.
    pub let_go: Vec<LetGo>,
    /// Who has vouched for what others said so.
    pub vouched: Vec<Vouch>,
    /// Payouts that failed or came back since their creators' last batch: they are paid again.
    pub again: Vec<Again>,
    /// Payouts that leave though they were held: who put them back.
    pub put_back: Vec<PutBack>,
    /// What was held in batches before and did not leave with them, and leaves now.
    pub kept_back: Vec<KeptBack>,
    /// What changed about payees since the batch was prepared.
    pub changed_since: Vec<ChangedSince>,
    /// Payees who owe something by now, besides what the batch reserved of theirs.
    pub owing: Vec<Owing>,
    /// Accounts that several payees share.
    pub shared: Vec<Shared>,
    /// The hash of all that its files say: an approval pins it.
    pub digest: String,
}

/// An exchange rate of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenRate {
    /// The rate, its file, and the day before in it.
    #[serde(flatten)]
    pub used: UsedRate,
    /// How many payouts are converted at it.
    pub payouts: usize,
    /// The rate of these currencies that it is compared with: the last one that a second person confirmed.
    pub known: Option<KnownRate>,
    /// Why a second person must confirm it, in words.
    pub doubts: Vec<String>,
}

/// A creator whose last payout failed or came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Again {
    /// The creator.
    pub creator: String,
    /// That payout.
    pub since: Since,
}

/// A payee whose name or account is not the one of an earlier payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The creator.
    pub creator: String,
    /// The earlier payout.
    pub since: Since,
    /// What it was and is.
    pub what: Vec<String>,
    /// Who entered what it is; none where the payee's record does not say.
    pub author: Option<Author>,
}

impl Review {
    /// All that somebody said by which nothing keeps money back any more that the batch pays, and by which split it pays.
    pub(super) fn words(&self) -> Vec<LetGo> {
        let word = |creator: &str, author: &Author, what: String| LetGo {
            creator: creator.to_owned(),
            by: author.by.clone(),
            at: author.at,
            what,
        };
        let again = self.again.iter().filter_map(|one| {
            let told = one.since.told.as_ref()?;
            Some(LetGo {
                creator: one.creator.clone(),
                by: told.by.clone(),
                at: told.at,
                what: format!("said that payout {} is {}", one.since.payout, told.to),
            })
        });
        let splits = self.splits.iter().flat_map(|split| {
            let did = |did: &str| format!("{did} a split of {}, {}", split.creator, split.what);
            [
                word(&split.payee, &split.entered, did("entered")),
                word(&split.payee, &split.consented, did("consented to")),
            ]
        });
        self.let_go.iter().cloned().chain(again).chain(splits).collect()
    }

    /// Rates that a second person must confirm.
    pub fn doubtful(&self) -> impl Iterator<Item = &SeenRate> {
        self.rates.iter().filter(|rate| !rate.doubts.is_empty())
    }
}

/// What there is to see of a batch today.
pub fn review(workspace: &Workspace, id: &str, context: &Context<'_>) -> Result<(StoredBatch, Review)> {
    workspace.books()?.read(|tx| {
        let stored = batches::get(tx, id)?.value;
        let review = of(tx, &stored, context.today())?;
        Ok((stored, review))
    })
}

pub(super) fn of(tx: &mut Tx<'_>, stored: &StoredBatch, today: Date) -> Result<Review> {
    let batch = &stored.batch;
    let all: Vec<StoredBatch> = stored::all(tx)?.into_iter().map(|read| read.value).collect();
    let earlier = Earlier::of(tx, &all, stored)?;
    let is_here = matches!(batch.state, BatchState::Prepared | BatchState::Approved);
    let execution_date = match is_here {
        true => execution_day(batch.execution_date, today),
        false => batch.execution_date,
    };
    let debtor = stored.fixed.debtor.clone();
    let wrong = |e: money::MoneyError| Error::bad_input("payout/totals", e.to_string());
    let leaving: Vec<&Payout> = batch.leaving().collect();
    let mut review = Review {
        execution_date,
        moved_from: Some(batch.execution_date).filter(|was| *was != execution_date),
        moved_why: NoDay::of(batch.execution_date, today)
            .filter(|_| execution_date != batch.execution_date)
            .map(NoDay::words),
        decided_for: stored.fixed.decided_for,
        arrives: by_currency(batch.leaving()).map_err(wrong)?,
        by_rail: by_rail(batch.leaving()).map_err(wrong)?,
        rates: rates(stored, &leaving, &earlier, today),
        new_payees: Vec::new(),
        authors: decisions::authors(tx, stored, &leaving, &earlier)?,
        changed: Vec::new(),
        of_creators: collecting::shown(tx, &leaving)?,
        splits: collecting::agreed_since(tx, stored, &leaving, &earlier)?,
        decisions: decisions::of(tx, stored, &leaving, &earlier)?,
        let_go: let_go::of(tx, &all, &leaving, &earlier)?,
        vouched: vouched::about(tx, &leaving)?,
        again: Vec::new(),
        put_back: {
            let leaves = |one: &&PutBack| leaving.iter().any(|payout| payout.id == one.payout);
            stored.put_back.iter().filter(leaves).cloned().collect()
        },
        changed_since: Vec::new(),
        kept_back: earlier.kept_back(tx, &leaving, stored)?,
        owing: if is_here { owing(tx, &leaving)? } else { Vec::new() },
        shared: shared(tx, &leaving)?,
        digest: digest(stored, debtor.as_ref(), execution_date),
        debtor_changed: match (&earlier.debtor, &debtor) {
            (Some((_, before)), Some(debtor)) => before.differences(debtor),
            _ => Vec::new(),
        },
        terms_changed: platform_terms::changed(earlier.terms().as_ref(), &stored.fixed.terms),
        debtor,
    };
    for payout in &leaving {
        let to = &payout.recipient;
        let before = earlier.payouts.get(to.payee.as_str());
        if before.is_none_or(|before| before.paid.is_none()) {
            review.new_payees.push(to.payee.to_string());
        }
        for since in before.into_iter().flat_map(|before| &before.again) {
            review.again.push(Again {
                creator: to.payee.to_string(),
                since: since.clone(),
            });
        }
        for than in before.into_iter().flat_map(LastPayouts::each) {
            review.changed.extend(changed(tx, than, to)?);
        }
    }
    if is_here {
        review.changed_since = changed_since(tx, stored, &leaving)?;
    }
    Ok(review)
}

fn rates(stored: &StoredBatch, leaving: &[&Payout], earlier: &Earlier<'_>, today: Date) -> Vec<SeenRate> {
    let seen = stored.fixed.rates.iter().cloned().map(|used| {
        let payouts = leaving.iter().filter(|payout| used.converts(payout)).count();
        let known = earlier.rate(&used.from, &used.to);
        // The day it is used: of a batch that has left, the day of its approval counts.
        let on = stored
            .batch
            .approved_at()
            .map_or(today, |at| at.to_zoned(jiff::tz::TimeZone::UTC).date());
        let doubts = doubts(
            &used.rate,
            known.as_ref(),
            used.before.as_ref(),
            on,
            &stored.fixed.fx_limits,
        );
        SeenRate {
            doubts: doubts.iter().map(payout::fx::Doubt::words).collect(),
            used,
            payouts,
            known,
        }
    });
    seen.filter(|rate| rate.payouts > 0 || rate.used.compares)
        .collect()
}

/// What a payout says of its payee otherwise than an earlier one did.
fn changed(tx: &mut Tx<'_>, than: &Attempt, to: &Recipient) -> Result<Option<Changed>> {
    let last = &than.recipient;
    let mut what = Vec::new();
    if last.name != to.name {
        what.push(format!("name was {}, is {}", last.name, to.name));
    }
    if last.to != to.to {
        let (was, is) = (last.to.masked(), to.to.masked());
        what.push(match was == is {
            true => format!("another account or holder that reads alike, {is}"),
            false => format!("account was {was}, is {is}"),
        });
    }
    if what.is_empty() {
        return Ok(None);
    }
    let versions = history::versions(tx, to.payee.as_str())?;
    Ok(Some(Changed {
        creator: to.payee.to_string(),
        since: than.since.clone(),
        what,
        author: history::author_of(&versions, to),
    }))
}

fn changed_since(tx: &mut Tx<'_>, stored: &StoredBatch, leaving: &[&Payout]) -> Result<Vec<ChangedSince>> {
    let creators: Vec<&str> = leaving
        .iter()
        .map(|payout| payout.recipient.payee.as_str())
        .collect();
    let newest = history::newest(tx, &creators)?;
    let mut found = Vec::new();
    for creator in creators {
        let was = stored.fixed.payees.get(creator).copied().unwrap_or(0);
        if newest.get(creator).copied().unwrap_or(0) <= was {
            continue;
        }
        let is_later = |version: &Version| version.version > was;
        let versions = history::versions(tx, creator)?;
        let later = versions.iter().filter(|version| is_later(version));
        found.extend(later.map(|version| version.changed(creator, version.words())));
    }
    Ok(found)
}

/// The digest that was approved, or the one that an approval today would pin.
fn digest(stored: &StoredBatch, debtor: Option<&Debtor>, on: Date) -> String {
    match &stored.approval {
        Some(approval) => approval.digest.clone(),
        None => {
            let mut batch = stored.batch.clone();
            batch.execution_date = on;
            let leaves: BTreeSet<_> = stored.batch.leaving().map(|payout| payout.id.clone()).collect();
            Contents::of(&batch, debtor, |payout| leaves.contains(&payout.id)).digest()
        }
    }
}
