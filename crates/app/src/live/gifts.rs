//! Gifts: coins leave the viewer, diamonds come to the host.

use super::bisect::beyond_the_books;
use super::given::Given;
use super::group::Group;
use super::terms::InForce;
use super::waiting::{Answer, Waiting};
use super::{coin, diamond, key, part_of};
use crate::base::error::Result;
use crate::books::{US, flow};
use journal::Entry;
use ledger::{Account, AccountKind, Posting};
use live::lot::Part;
use live::split;
use money::{Asset, Money};
use policy::conversion::SplitRule;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Group<'_, '_> {
    /// Books a gift, or records why not.
    pub(super) fn give(&mut self, given: &Given) -> Result<()> {
        let Some((fate, reason)) = self.try_give(given)?.fate() else {
            return Ok(());
        };
        let waits = Waiting {
            what: "gift".to_owned(),
            who: given.viewer.to_string(),
            at: given.at,
            reason,
            fate,
            gift: Some(given.clone()),
            event: None,
        };
        self.list(&format!("gift/{}", given.reference), &waits)
    }

    /// How many diamonds some gifts of a streak give to whom; none before the program is in force.
    pub(super) fn shared(&self, given: &Given, each: u32, gifts: (u32, u32)) -> Result<Vec<(Arc<str>, u64)>> {
        match self.sources.terms.at(given.started_at) {
            Ok(terms) => shared(&terms, given, each, gifts),
            Err(_) => Ok(Vec::new()),
        }
    }

    pub(super) fn try_give(&mut self, given: &Given) -> Result<Answer> {
        if let Some(reason) = self.refusal {
            return Ok(Answer::Refused(reason.to_owned()));
        }
        let price = match given.price(self.sources.catalogue) {
            Ok(price) => price,
            Err(missing) => return Ok(Answer::Waits(missing.to_string())),
        };
        let count = given.count();
        let coins = count * u64::from(price.coins);
        let terms = match self.sources.terms.at(given.started_at) {
            Ok(terms) => terms,
            Err(not_yet) => return Ok(Answer::Waits(not_yet.to_string())),
        };
        let recipients = shared(&terms, given, price.coins, (given.from, given.upto))?;
        if recipients.iter().any(|(host, _)| *host == given.viewer) {
            return Ok(Answer::Refused("viewers do not give to themselves".to_owned()));
        }
        let wallet = self.wallets.of(self.tx, &given.viewer)?;
        let parts = match wallet.wallet.spend(coins) {
            Ok(parts) => parts,
            Err(missing) => return Ok(Answer::Waits(missing.to_string())),
        };
        let (us_coins, paid) = paid_for(&parts);
        let gift = Entry::Gift(journal::Gift {
            program: (*terms.program.id).into(),
            version: terms.program.version,
            booked_for: self.booked_for(given.at),
            room: given.room.clone(),
            viewer: given.viewer.clone(),
            recipient: given.recipient.clone(),
            gift: given.gift.clone(),
            count,
            upto: given.upto.into(),
            coins_each: price.coins,
            us_coins,
            closed_by: given.cause.clone(),
        });
        let program = &*terms.program.id;
        let spent = Account::of(AccountKind::ViewerCoins, given.viewer.clone(), coin());
        let issued = Account::platform(AccountKind::CoinsIssued, coin());
        let mut postings = Vec::new();
        postings.extend(flow(&spent, &issued, coins.into(), None)?);
        for (asset, units) in paid {
            let unspent = Account::of(AccountKind::CoinLiability, given.viewer.clone(), asset);
            let income = Account::of(AccountKind::PlatformIncome, program, asset);
            postings.extend(flow(&unspent, &income, units, None)?);
        }
        for (host, diamonds) in &recipients {
            let worth = terms
                .exchange()
                .value(*diamonds)
                .map_err(|e| beyond_the_books(e.to_string()))?;
            let us = part_of((*diamonds).into(), us_coins, coins);
            postings.extend(received(program, host, *diamonds, worth, us)?);
        }
        self.booked.gifts += count;
        self.booked.coins += coins;
        self.booked.diamonds += recipients.iter().map(|(_, diamonds)| diamonds).sum::<u64>();
        if !postings.is_empty() {
            self.push(&gift, key("gift", &given.reference), given.at, postings);
        }
        Ok(Answer::Booked)
    }
}

/// How many diamonds some gifts of a streak give to whom.
fn shared(
    terms: &InForce<'_>,
    given: &Given,
    each: u32,
    (from, upto): (u32, u32),
) -> Result<Vec<(Arc<str>, u64)>> {
    let before = diamonds(terms, given, each, (0, from))?;
    let diamonds = diamonds(terms, given, each, (from, upto))?;
    let shares = given.said.shares();
    Ok(match terms.conversion.split {
        SplitRule::Stated if !shares.is_empty() => split::split(before, before + diamonds, &shares),
        SplitRule::Stated | SplitRule::Recipient => vec![(given.recipient.clone(), diamonds)],
    })
}

/// How many diamonds some gifts of a streak give.
fn diamonds(terms: &InForce<'_>, given: &Given, each: u32, (from, upto): (u32, u32)) -> Result<u64> {
    let coins = |gifts: u32| u128::from(gifts) * u128::from(each);
    let units = terms.exchange().units(coins(from), coins(upto));
    units.map_err(|e| beyond_the_books(format!("gift {}: {e}", given.gift)))
}

/// How many coins were bought in the United States, and what was paid for all of them.
fn paid_for(parts: &[Part]) -> (u64, BTreeMap<Asset, i128>) {
    let of_us = parts.iter().filter(|part| part.country.as_deref() == Some(US));
    let us_coins = of_us.map(Part::coins).sum();
    let mut paid: BTreeMap<Asset, i128> = BTreeMap::new();
    for part in parts {
        *paid.entry(part.value.asset()).or_default() += part.value.units();
    }
    (us_coins, paid)
}

/// What a host receives: diamonds, what they are worth, and how many of them have a source in the United States.
fn received(program: &str, host: &Arc<str>, diamonds: u64, worth: Money, us: i128) -> Result<Vec<Posting>> {
    let of = |kind, asset| Account::of(kind, host.clone(), asset);
    let flows = [
        flow(
            &Account::platform(AccountKind::DiamondsIssued, diamond()),
            &of(AccountKind::CreatorDiamonds, diamond()),
            diamonds.into(),
            None,
        )?,
        flow(
            &Account::of(AccountKind::ProgramCost, program, worth.asset()),
            &of(AccountKind::DiamondLiability, worth.asset()),
            worth.units(),
            None,
        )?,
        flow(
            &Account::platform(AccountKind::UsSourceDiamondsContra, diamond()),
            &of(AccountKind::UsSourceDiamonds, diamond()),
            us,
            None,
        )?,
    ];
    Ok(flows.into_iter().flatten().collect())
}
