//! Purchases of coins, and their refunds and chargebacks.

use super::book::micro;
use super::group::Group;
use super::waiting::Answer;
use super::{coin, diamond, key};
use crate::books::flow;
use crate::error::{Error, Result};
use event::live::{CoinPurchase, CoinRefund};
use ledger::{Account, AccountKind, Posting, Side, Transaction};
use live::wallet::{NotRefunded, Refund, Refunded, SpentCoins};
use money::{Asset, Money};
use policy::conversion::{RefundedUnits, SpentTokens};
use std::sync::Arc;

/// Gifts looked at, latest first, to find those that refunded coins paid for.
const GIFTS_BACK: usize = 10_000;

impl Group<'_, '_> {
    pub(super) fn purchase(&mut self, event: &CoinPurchase) -> Result<Answer> {
        let asset = match micro(&event.currency) {
            Ok(asset) => asset,
            Err(error) => return Ok(Answer::Refused(error.message)),
        };
        let price = Money::new(asset, event.price_micros.into());
        let bought = match self.wallets.of(self.tx, &event.viewer)?.wallet.buy(event, price) {
            Ok(bought) => bought,
            Err(refusal) => return Ok(Answer::Refused(refusal.to_string())),
        };
        let owed = Account::of(AccountKind::ChannelReceivable, event.channel.clone(), asset);
        let paid = Account::of(AccountKind::CoinLiability, event.viewer.clone(), asset);
        let issued = Account::platform(AccountKind::CoinsIssued, coin());
        let coins = Account::of(AccountKind::ViewerCoins, event.viewer.clone(), coin());
        let mut postings = Vec::new();
        postings.extend(flow(&owed, &paid, price.units(), None)?);
        postings.extend(flow(&issued, &coins, event.coins.into(), None)?);
        if let Some(part) = bought.for_deficit {
            let deficit = Account::of(AccountKind::CoinDeficit, event.viewer.clone(), coin());
            let cost = Account::of(AccountKind::RefundCost, event.channel.clone(), asset);
            postings.extend(flow(&coins, &deficit, part.coins().into(), Some("owing".into()))?);
            postings.extend(flow(&paid, &cost, part.value.units(), Some("owing".into()))?);
        }
        let detail = serde_json::json!({
            "viewer": event.viewer, "channel": event.channel, "coins": event.coins, "price": price.to_string(),
        });
        let transaction = Transaction::post(
            key("coin-purchase", &event.event_id),
            "coin-purchase",
            event.occurred_at,
            postings,
        );
        self.push(transaction.with_detail(detail.to_string()));
        self.booked.purchases += 1;
        Ok(Answer::Booked)
    }

    pub(super) fn refund(&mut self, event: &CoinRefund) -> Result<Answer> {
        let terms = self.sources.terms.at(event.occurred_at);
        let refunds = terms.conversion.refunds;
        let asked = Refund {
            purchase: &event.purchase,
            coins: event.coins.map(u64::from),
            at: event.occurred_at,
            reason: event.reason,
            window_days: refunds.window_days,
            spent: match refunds.spent {
                SpentTokens::FuturePurchases => SpentCoins::FuturePurchases,
                SpentTokens::Platform => SpentCoins::Platform,
            },
        };
        let wallet = &mut self.wallets.of(self.tx, &event.viewer)?.wallet;
        let channel = wallet
            .lots()
            .iter()
            .find(|lot| lot.purchase == event.purchase)
            .map(|lot| lot.channel.clone());
        let (refunded, channel) = match (wallet.refund(&asked), channel) {
            (Ok(refunded), Some(channel)) => (refunded, channel),
            // The purchase may be imported later.
            (Err(unknown @ NotRefunded::UnknownPurchase { .. }), _) => {
                return Ok(Answer::Waits(unknown.to_string()));
            }
            (Err(refusal), _) => return Ok(Answer::Refused(refusal.to_string())),
            (Ok(_), None) => unreachable!("a refund names a lot of the wallet"),
        };
        let mut postings = self.coins_back(event, &refunded, &channel)?;
        // Gifts of this group must stand in the books before they can be found there.
        self.flush()?;
        let spent = refunded.spent.as_ref().map_or(0, |part| part.coins());
        if spent > 0 && refunds.units == RefundedUnits::Reverse {
            postings.extend(self.diamonds_back(&event.viewer, spent)?);
        }
        let detail = serde_json::json!({
            "viewer": event.viewer, "purchase": event.purchase, "reason": event.reason.name(),
            "money": refunded.money().map(|money| money.to_string()), "spent_coins": spent, "deficit": refunded.deficit,
        });
        let transaction = Transaction::post(
            key("coin-refund", &event.event_id),
            "coin-refund",
            event.occurred_at,
            postings,
        );
        self.push(transaction.with_detail(detail.to_string()));
        self.booked.refunds += 1;
        Ok(Answer::Booked)
    }

    /// Coins and money of a refund: unused coins go, and other coins in the place of spent ones; what is missing is owed.
    fn coins_back(
        &self,
        event: &CoinRefund,
        refunded: &Refunded,
        channel: &Arc<str>,
    ) -> Result<Vec<Posting>> {
        let viewer = &event.viewer;
        let issued = Account::platform(AccountKind::CoinsIssued, coin());
        let coins = Account::of(AccountKind::ViewerCoins, viewer.clone(), coin());
        let deficit = Account::of(AccountKind::CoinDeficit, viewer.clone(), coin());
        let money = |kind, owner: &Arc<str>, asset: Asset| Account::of(kind, owner.clone(), asset);
        let mut postings = Vec::new();
        if let Some(part) = &refunded.unused {
            let asset = part.value.asset();
            let (paid, owed) = (
                money(AccountKind::CoinLiability, viewer, asset),
                money(AccountKind::ChannelReceivable, channel, asset),
            );
            postings.extend(flow(&coins, &issued, part.coins().into(), Some("unused".into()))?);
            postings.extend(flow(&paid, &owed, part.value.units(), Some("unused".into()))?);
        }
        if let Some(part) = &refunded.spent {
            let asset = part.value.asset();
            let (cost, owed) = (
                money(AccountKind::RefundCost, channel, asset),
                money(AccountKind::ChannelReceivable, channel, asset),
            );
            postings.extend(flow(&cost, &owed, part.value.units(), Some("spent".into()))?);
        }
        for part in &refunded.taken {
            let asset = part.value.asset();
            let (paid, cost) = (
                money(AccountKind::CoinLiability, viewer, asset),
                money(AccountKind::RefundCost, channel, asset),
            );
            postings.extend(flow(
                &coins,
                &issued,
                part.coins().into(),
                Some("in place of spent coins".into()),
            )?);
            postings.extend(flow(
                &paid,
                &cost,
                part.value.units(),
                Some("in place of spent coins".into()),
            )?);
        }
        postings.extend(flow(
            &deficit,
            &issued,
            refunded.deficit_added.into(),
            Some("owing".into()),
        )?);
        Ok(postings)
    }

    /// Takes back the diamonds of the viewer's latest gifts, as many as the coins paid for. Of a gift that the coins paid
    /// for in part, so many diamonds go as stand to its diamonds like the coins to its coins, rounded down.
    fn diamonds_back(&mut self, viewer: &Arc<str>, coins: u64) -> Result<Vec<Posting>> {
        let spent = Account::of(AccountKind::ViewerCoins, viewer.clone(), coin());
        let entries = self.tx.entries(&spent, GIFTS_BACK)?;
        let mut left = coins;
        let mut back: Vec<(Arc<str>, u64)> = Vec::new();
        for entry in entries.iter().filter(|entry| entry.transaction.cause == "gift") {
            let gift = &entry.transaction;
            let paid = gift.postings[entry.index].amount;
            let reversed = &mut self.wallets.of(self.tx, viewer)?.reversed;
            let before = reversed.get(&gift.number).copied().unwrap_or(0);
            let now = left.min(paid - before);
            if now == 0 {
                continue;
            }
            reversed.insert(gift.number, before + now);
            left -= now;
            let received = gift
                .postings
                .iter()
                .filter(|posting| posting.credit.kind == AccountKind::CreatorDiamonds);
            for posting in received {
                let part = |coins: u64| u128::from(posting.amount) * u128::from(coins) / u128::from(paid);
                let diamonds = part(before + now) - part(before);
                back.push((
                    posting.credit.owner.clone(),
                    u64::try_from(diamonds).unwrap_or(u64::MAX),
                ));
            }
            if left == 0 {
                break;
            }
        }
        self.take_diamonds(back)
    }

    fn take_diamonds(&mut self, back: Vec<(Arc<str>, u64)>) -> Result<Vec<Posting>> {
        let mut sums: std::collections::BTreeMap<Arc<str>, u64> = Default::default();
        for (host, diamonds) in back {
            *sums.entry(host).or_default() += diamonds;
        }
        let mut postings = Vec::new();
        for (host, diamonds) in sums.into_iter().filter(|(_, diamonds)| *diamonds > 0) {
            let balance = Account::of(AccountKind::CreatorDiamonds, host.clone(), diamond());
            let issued = Account::platform(AccountKind::DiamondsIssued, diamond());
            let deficit = Account::of(AccountKind::DiamondDeficit, host.clone(), diamond());
            let there = self.tx.balance(&balance)?.available(Side::Credit);
            let taken = u64::try_from(there).unwrap_or(0).min(diamonds);
            let owing = diamonds - taken;
            postings.extend(flow(&balance, &issued, taken.into(), Some("taken back".into()))?);
            postings.extend(flow(&deficit, &issued, owing.into(), Some("owing".into()))?);
            *self.owing.entry(host.clone()).or_default() += owing;
            let terms = self.sources.terms.at(self.tx.now());
            let worth = terms
                .exchange()
                .value(diamonds)
                .map_err(|e| Error::bad_input("live/amount", e.to_string()))?;
            *self.cost.entry((host, worth.asset())).or_default() -= worth.units();
        }
        Ok(postings)
    }
}
