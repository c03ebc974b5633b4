//! Gifts that frames which came later say were none, or had another price: taken back whole, and booked as they should have been.
//!
//! A gift is taken back as if it had never been given: its coins go back into the wallet, its diamonds leave the hosts. What a refund or
//! chargeback has touched is left as it is: its coins were paid back, and its diamonds taken.

use super::given::Given;
use super::group::Group;
use super::refunds::{Because, Received};
use super::waiting::{self, Fate, Waiting};
use super::{coin, hashed, key};
use crate::base::error::Result;
use crate::books::{US, entry_of, flow};
use jiff::Timestamp;
use journal::{Entry, GiftCorrected};
use ledger::{Account, AccountKind};
use live::lot::Part;
use live::streak::{Booking, Key};
use money::Asset;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use store::StoredTransaction;

const CORRECTION: &str = "gift-correction";

/// A gift that stands in the books.
struct InBooks {
    transaction: StoredTransaction,
    said: journal::Gift,
}

impl InBooks {
    /// What the viewer paid.
    fn coins(&self) -> u64 {
        let postings = self.transaction.postings.iter();
        let spent = postings.filter(|posting| posting.debit.kind == AccountKind::ViewerCoins);
        spent.map(|posting| posting.amount).sum()
    }

    /// What hosts received.
    fn received(&self) -> BTreeMap<Arc<str>, Received> {
        let mut hosts: BTreeMap<Arc<str>, Received> = BTreeMap::new();
        for posting in &self.transaction.postings {
            let host = || posting.credit.owner.clone();
            match posting.credit.kind {
                AccountKind::CreatorDiamonds => hosts.entry(host()).or_default().diamonds += posting.amount,
                AccountKind::UsSourceDiamonds => hosts.entry(host()).or_default().us += posting.amount,
                AccountKind::DiamondLiability => {
                    let value = &mut hosts.entry(host()).or_default().value;
                    *value = Some(value.unwrap_or(0) + i128::from(posting.amount));
                }
                _ => {}
            }
        }
        hosts
    }
}

fn gifts(all: &[InBooks]) -> u64 {
    all.iter().map(|gift| gift.said.count).sum()
}

impl Group<'_, '_> {
    /// Does a booking say that what is booked is wrong: more than there was, or at another time's price or program? Where more than there
    /// was stayed, the books say what is missing.
    pub(super) fn is_correction(&self, booking: &Booking, given: &Given) -> bool {
        let now = self.worth(given, given.started_at);
        booking.count() < 0
            || self.loaded_streaks.has_more(&booking.key)
            || booking
                .moved_from
                .iter()
                .any(|at| now.is_none() || self.worth(given, *at) != now)
    }

    /// The price of one gift at a time and the program's version then; none: it waits.
    fn worth(&self, given: &Given, at: Timestamp) -> Option<(u32, u32)> {
        let price = given.price_at(self.sources.catalogue, at).ok()?;
        let terms = self.sources.terms.at(at).ok()?;
        Some((price.coins, terms.program.version))
    }

    /// Makes the books say of a streak what is known of it now: what is right stays, the rest is taken back, and what is missing is
    /// booked.
    pub(super) fn correct(&mut self, booking: &Booking, given: Given) -> Result<()> {
        let streaks = self.loaded_streaks.booked_as(&booking.key);
        for streak in &streaks {
            self.withdraw(&streak.to_string())?;
        }
        let worth = self.worth(&given, given.started_at);
        let is_right = |gift: &InBooks| worth == Some((gift.said.coins_each, gift.said.version));
        let booked = self.in_books(&streaks)?;
        let (mut right, wrong): (Vec<InBooks>, Vec<InBooks>) = booked.into_iter().partition(is_right);
        let mut stay = self.all_back(wrong, booking.at)?;
        // The latest goes first.
        while gifts(&stay) + gifts(&right) > u64::from(booking.upto)
            && let Some(last) = right.pop()
        {
            stay.extend(self.all_back(vec![last], booking.at)?);
        }
        // Parts that were rounded each for itself do not sum to what the whole is rounded to.
        if stay.is_empty() && !self.are_a_whole(&right, &given)? {
            right = self.all_back(right, booking.at)?;
        }
        stay.extend(right);
        for streak in &streaks {
            self.loaded_streaks.stays(streak, 0);
        }
        let more = gifts(&stay).saturating_sub(booking.upto.into());
        self.loaded_streaks.stays(&booking.key, more);
        let from = u32::try_from(gifts(&stay)).unwrap_or(u32::MAX);
        match from < booking.upto {
            true => self.give(&given.but_first(from)),
            false => Ok(()),
        }
    }

    /// Do gifts in the books, and what of the streak is still to be booked, give each host as many diamonds as the streak?
    fn are_a_whole(&self, booked: &[InBooks], given: &Given) -> Result<bool> {
        let Some((each, _)) = self.worth(given, given.started_at) else {
            return Ok(true);
        };
        let from = u32::try_from(gifts(booked)).unwrap_or(u32::MAX);
        let mut have: BTreeMap<Arc<str>, u64> = BTreeMap::new();
        let received = booked.iter().flat_map(InBooks::received);
        let received = received.map(|(host, received)| (host, received.diamonds));
        let rest = self.shared(given, each, (from.min(given.upto), given.upto))?;
        for (host, diamonds) in received.chain(rest) {
            *have.entry(host).or_default() += diamonds;
        }
        have.retain(|_, diamonds| *diamonds > 0);
        let mut whole: BTreeMap<_, _> = self.shared(given, each, (0, given.upto))?.into_iter().collect();
        whole.retain(|_, diamonds| *diamonds > 0);
        Ok(have == whole)
    }

    /// Takes back what can be; the gifts that cannot.
    fn all_back(&mut self, gifts: Vec<InBooks>, at: Timestamp) -> Result<Vec<InBooks>> {
        let mut stay = Vec::new();
        for gift in gifts.into_iter().rev() {
            if !self.gift_back(&gift, at)? {
                stay.push(gift);
            }
        }
        stay.reverse();
        Ok(stay)
    }

    /// What waits of a streak, or was refused, is not tried any more.
    fn withdraw(&mut self, streak: &str) -> Result<()> {
        for (id, waits) in waiting::of_streak(self.tx, streak)? {
            let corrected = Waiting {
                fate: Fate::Corrected,
                ..waits
            };
            self.list(&id, &corrected)?;
        }
        Ok(())
    }

    /// The gifts of some streaks that stand in the books, in the order in which they were booked. Keys that are too long have hashes in
    /// them, so each key is made again of what its gift says.
    fn in_books(&mut self, streaks: &[Key]) -> Result<Vec<InBooks>> {
        self.flush()?;
        let mut found: BTreeMap<u64, InBooks> = BTreeMap::new();
        for streak in streaks {
            let prefix = key("gift", &format!("{streak}/"));
            let longest = key("gift", &format!("{streak}/{0}/{0}", u32::MAX));
            let hashed = Some(hashed("gift")).filter(|hashed| longest.starts_with(hashed));
            let corrections = self.loaded_streaks.corrections(streak);
            for prefix in std::iter::once(prefix).chain(hashed) {
                self.tx.transactions_by_prefix(&prefix, |transaction| {
                    let Entry::Gift(said) = entry_of(transaction)? else {
                        return Ok(());
                    };
                    if is_of((streak, corrections), transaction, &said) {
                        let transaction = transaction.clone();
                        found.insert(transaction.number, InBooks { transaction, said });
                    }
                    Ok::<_, crate::base::error::Error>(())
                })?;
            }
        }
        let mut gone = HashSet::new();
        for (number, gift) in &found {
            if self.tx.transaction(&correction(&gift.transaction))?.is_some() {
                gone.insert(*number);
            }
        }
        found.retain(|number, _| !gone.contains(number));
        Ok(found.into_values().collect())
    }

    /// Takes a gift back as if it had never been given; false: it stays, since its coins were paid back or are owing.
    fn gift_back(&mut self, gift: &InBooks, at: Timestamp) -> Result<bool> {
        let (number, coins) = (gift.transaction.number, gift.coins());
        let viewer = &gift.said.viewer;
        let in_use = self.wallets.of(self.tx, viewer)?;
        if in_use.reversed.contains_key(&number) {
            return Ok(false);
        }
        let Some(parts) = in_use.wallet.put_back(coins, US, gift.said.us_coins) else {
            return Ok(false);
        };
        in_use.reversed.insert(number, coins);
        let program = &gift.said.program;
        let spent = Account::of(AccountKind::ViewerCoins, viewer.clone(), coin());
        let issued = Account::platform(AccountKind::CoinsIssued, coin());
        let mut postings = Vec::new();
        postings.extend(flow(&issued, &spent, coins.into(), None)?);
        for (asset, units) in paid(&parts) {
            let unspent = Account::of(AccountKind::CoinLiability, viewer.clone(), asset);
            let income = Account::of(AccountKind::PlatformIncome, &**program, asset);
            postings.extend(flow(&income, &unspent, units, None)?);
        }
        let entry = Entry::GiftCorrected(GiftCorrected {
            program: program.clone(),
            booked_for: self.booked_for(at),
            room: gift.said.room.clone(),
            viewer: viewer.clone(),
            recipient: gift.said.recipient.clone(),
            gift: gift.said.gift.clone(),
            count: gift.said.count,
            number,
            given_in: gift.said.booked_for.period.clone(),
        });
        self.push(&entry, correction(&gift.transaction), at, postings);
        let by = correction(&gift.transaction);
        let because = Because {
            by: &by,
            of: &gift.transaction.key,
            reason: "correction",
            at,
        };
        let terms = self.sources.terms;
        for (host, received) in gift.received() {
            self.flush()?;
            self.take_back(&because, terms.version(gift.said.version), &host, &received)?;
        }
        self.flush()?;
        self.booked.taken_back += gift.said.count;
        Ok(true)
    }
}

/// Is a gift of a streak that was corrected so many times? Its key says so.
fn is_of((streak, corrections): (&Key, u32), transaction: &StoredTransaction, said: &journal::Gift) -> bool {
    let is_of_key = (&streak.room, &streak.viewer, &streak.recipient, &streak.gift)
        == (&said.room, &said.viewer, &said.recipient, &said.gift);
    if !is_of_key {
        return false;
    }
    let plain = format!("{streak}/{}", said.upto);
    if *transaction.key == *key("gift", &plain) || transaction.key.starts_with(&format!("gift/{plain}/")) {
        return true;
    }
    let is_hashed = transaction.key.starts_with(&hashed("gift"));
    is_hashed && (1..=corrections).any(|times| *transaction.key == *key("gift", &format!("{plain}/{times}")))
}

/// The key by which a gift is taken back.
fn correction(gift: &StoredTransaction) -> String {
    let of = gift.key.strip_prefix("gift/").unwrap_or(&gift.key);
    key(CORRECTION, of)
}

/// What had been paid for coins.
fn paid(parts: &[Part]) -> BTreeMap<Asset, i128> {
    let mut paid: BTreeMap<Asset, i128> = BTreeMap::new();
    for part in parts {
        *paid.entry(part.value.asset()).or_default() += part.value.units();
    }
    paid
}
