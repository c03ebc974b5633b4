//! Purchases of coins, and their refunds and chargebacks.

use super::diamonds::part_from_us;
use super::group::Group;
use super::terms::InForce;
use super::waiting::Answer;
use super::{coin, diamond, key, micro, part_of};
use crate::base::error::Result;
use crate::base::keys;
use crate::books::collected::collected;
use crate::books::flow;
use event::live::{CoinPurchase, CoinRefund};
use jiff::Timestamp;
use journal::{CoinsBought, CoinsRefunded, Entry, GiftReversed, Redeemed};
use ledger::{Account, AccountKind, Posting, Side};
use live::wallet::{NotRefunded, Refund, Refunded, SpentCoins};
use money::{Asset, Money};
use policy::conversion::{RefundedUnits, SpentTokens};
use policy::program::Program;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Diamonds that a host received for some coins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Received {
    pub diamonds: u64,
    /// How many of them have a source in the United States.
    pub us: u64,
    /// What they were booked for, in smallest units, where they are taken back as if they had never been given.
    pub value: Option<i128>,
}

/// Why diamonds are taken back.
pub(super) struct Because<'b> {
    /// The event or transaction by which they are.
    pub by: &'b str,
    /// The refunded purchase, or the key of the corrected gift.
    pub of: &'b Arc<str>,
    pub reason: &'b str,
    pub at: Timestamp,
}

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
        let bought = Entry::CoinsBought(CoinsBought {
            program: self.sources.terms.program_id().into(),
            booked_for: self.booked_for(event.occurred_at),
            viewer: event.viewer.clone(),
            channel: event.channel.clone(),
            coins: event.coins,
            price: price.to_string(),
        });
        let key = key("coin-purchase", &event.event_id);
        self.push(&bought, key, event.occurred_at, postings);
        self.booked.purchases += 1;
        Ok(Answer::Booked)
    }

    pub(super) fn refund(&mut self, event: &CoinRefund, terms: InForce<'_>) -> Result<Answer> {
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
        let postings = self.coins_back(event, &refunded, &channel)?;
        let spent = refunded.spent.as_ref().map_or(0, |part| part.coins());
        let given = match refunds.units {
            RefundedUnits::Reverse => refunded.given,
            _ => 0,
        };
        let entry = Entry::CoinsRefunded(CoinsRefunded {
            program: self.sources.terms.program_id().into(),
            booked_for: self.booked_for(event.occurred_at),
            viewer: event.viewer.clone(),
            purchase: event.purchase.clone(),
            reason: event.reason.name().to_owned(),
            money: refunded.money().map(|money| money.to_string()),
            spent_coins: spent,
            deficit: refunded.deficit,
            reversed_coins: given,
        });
        let key = key("coin-refund", &event.event_id);
        self.push(&entry, key, event.occurred_at, postings);
        if given > 0 {
            let because = Because {
                by: &event.event_id,
                of: &event.purchase,
                reason: event.reason.name(),
                at: event.occurred_at,
            };
            for (host, received) in self.received_for(&event.viewer, given)? {
                self.take_back(&because, terms.program, &host, &received)?;
            }
        }
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

    /// Diamonds that hosts received for coins of the viewer, the latest gifts first. Of a gift that the coins paid for in part, so
    /// many go for each host as stand to the host's diamonds like the coins to the gift's coins, rounded down.
    fn received_for(&mut self, viewer: &Arc<str>, coins: u64) -> Result<BTreeMap<Arc<str>, Received>> {
        // Gifts of this group must stand in the books before they can be found there.
        self.flush()?;
        let spent = Account::of(AccountKind::ViewerCoins, viewer.clone(), coin());
        let mut reversed = self.wallets.of(self.tx, viewer)?.reversed.clone();
        let mut left = coins;
        let mut back: BTreeMap<Arc<str>, Received> = BTreeMap::new();
        self.tx.walk(std::slice::from_ref(&spent), |step| {
            let gift = step.transaction;
            let paid = gift.postings[step.index].amount;
            let before = reversed.get(&gift.number).copied().unwrap_or(0);
            let now = left.min(paid.saturating_sub(before));
            if gift.cause != journal::GIFT || now == 0 {
                return ControlFlow::Continue(());
            }
            reversed.insert(gift.number, before + now);
            left -= now;
            for posting in &gift.postings {
                let of = |coins: u64| part_of(posting.amount.into(), coins, paid);
                let part = u64::try_from(of(before + now) - of(before)).unwrap_or(0);
                let host = posting.credit.owner.clone();
                match posting.credit.kind {
                    AccountKind::CreatorDiamonds => back.entry(host).or_default().diamonds += part,
                    AccountKind::UsSourceDiamonds => back.entry(host).or_default().us += part,
                    _ => {}
                }
            }
            match left {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })?;
        self.wallets.of(self.tx, viewer)?.reversed = reversed;
        Ok(back)
    }

    /// Takes diamonds back from a host: those that are there, at what they were booked for or at their average value in the books. The
    /// others were redeemed: what was paid for them, on average, is taken from the host's money, unpaid or still to be earned.
    pub(super) fn take_back(
        &mut self,
        because: &Because<'_>,
        program: &Program,
        host: &Arc<str>,
        received: &Received,
    ) -> Result<()> {
        let diamonds = received.diamonds;
        let of = |kind, asset| Account::of(kind, host.clone(), asset);
        let (program, asset) = (&*program.id, program.asset);
        let balance = of(AccountKind::CreatorDiamonds, diamond());
        let there = self.tx.balance(&balance)?.available(Side::Credit);
        let there = u64::try_from(there).unwrap_or(0);
        let taken = there.min(diamonds);
        let cost = Account::of(AccountKind::ProgramCost, program, asset);
        let as_given = |us: u64| part_from_us(received.us, taken, (there, us));
        let why = "taken back";
        let left = self.leave(host, (taken, there), as_given, asset, Some(why))?;
        let booked = match received.value {
            // Where all go nothing is left that stands for something.
            Some(value) if taken < there => part_of(value, taken, diamonds).min(left.of_all),
            _ => left.booked,
        };
        let redeemed = (diamonds - taken, received.us.saturating_sub(left.us));
        let paid = self.unredeem(host, asset, redeemed)?;
        let mut postings = left.postings;
        postings.extend(flow(&left.owed, &cost, booked, Some(why.into()))?);
        for (payee, given) in paid.by_payee(host) {
            for (source, units) in given.by_source() {
                let available = collected(&payee, host, asset, (program, source));
                postings.extend(flow(&available, &cost, units, Some("was redeemed".into()))?);
            }
        }
        if postings.is_empty() {
            return Ok(());
        }
        let reversed = Entry::GiftReversed(GiftReversed {
            program: program.to_owned(),
            booked_for: self.booked_for(because.at),
            creator: host.clone(),
            purchase: because.of.clone(),
            reason: because.reason.to_owned(),
            diamonds,
            redeemed: Redeemed {
                diamonds: paid.diamonds,
                us_diamonds: paid.us_diamonds,
            },
        });
        let key = key("gift-reversal", &keys::pair(because.by, host));
        self.push(&reversed, key, because.at, postings);
        Ok(())
    }
}
