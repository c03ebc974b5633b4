//! Gifts: coins leave the viewer, diamonds come to the host.

use super::group::Group;
use super::streaks::Said;
use super::waiting::{Answer, Waiting};
use super::{coin, diamond, key};
use crate::books::flow;
use crate::error::{Error, Result};
use jiff::Timestamp;
use ledger::{Account, AccountKind, Posting, Transaction};
use live::catalogue::{Catalogue, NoPrice, Price};
use live::split;
use live::streak::Booking;
use policy::conversion::SplitRule;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A gift, or several of one streak, to be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Names the booking once and for ever.
    reference: String,
    pub(super) room: Arc<str>,
    viewer: Arc<str>,
    recipient: Arc<str>,
    gift: Arc<str>,
    /// Gifts of the streak that were booked before.
    from: u32,
    /// Gifts of the streak that are booked with these.
    upto: u32,
    at: Timestamp,
    started_at: Timestamp,
    cause: String,
    said: Said,
}

impl Given {
    pub(super) fn of(booking: &Booking, said: Said) -> Given {
        Given {
            reference: booking.reference(),
            room: booking.key.room.clone(),
            viewer: booking.key.viewer.clone(),
            recipient: booking.key.recipient.clone(),
            gift: booking.key.gift.clone(),
            from: booking.from,
            upto: booking.upto,
            at: booking.at,
            started_at: booking.started_at,
            cause: booking.cause.name().to_owned(),
            said,
        }
    }

    /// How many gifts.
    pub(super) fn count(&self) -> u64 {
        u64::from(self.upto - self.from)
    }

    /// What one costs.
    pub(super) fn price(&self, catalogue: &Catalogue) -> std::result::Result<Price, NoPrice> {
        catalogue.price(&self.gift, self.started_at, self.said.coins_each)
    }
}

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
        let terms = self.sources.terms.at(given.started_at);
        let each = u128::from(price.coins);
        let diamonds = terms
            .exchange()
            .units(u128::from(given.from) * each, u128::from(given.upto) * each)
            .map_err(|e| Error::bad_input("live/amount", format!("gift {}: {e}", given.gift)))?;
        let shares = given.said.shares();
        let recipients = match terms.conversion.split {
            SplitRule::Stated if !shares.is_empty() => split::split(diamonds, &shares),
            SplitRule::Stated | SplitRule::Recipient => vec![(given.recipient.clone(), diamonds)],
        };
        if recipients.iter().any(|(host, _)| *host == given.viewer) {
            return Ok(Answer::Refused("viewers do not give to themselves".to_owned()));
        }
        let wallet = self.wallets.of(self.tx, &given.viewer)?;
        let parts = match wallet.wallet.spend(coins) {
            Ok(parts) => parts,
            Err(missing) => return Ok(Answer::Waits(missing.to_string())),
        };
        for part in parts {
            let paid = self
                .income
                .entry((given.viewer.clone(), part.value.asset()))
                .or_default();
            *paid += part.value.units();
        }
        let detail = serde_json::json!({
            "program": terms.program.id, "version": terms.program.version, "room": given.room, "viewer": given.viewer,
            "recipient": given.recipient, "gift": given.gift, "count": count, "upto": given.upto, "coins_each": price.coins,
            "closed_by": given.cause,
        });
        let mut postings = Vec::new();
        let spent = Account::of(AccountKind::ViewerCoins, given.viewer.clone(), coin());
        postings.extend(flow(
            &spent,
            &Account::platform(AccountKind::CoinsIssued, coin()),
            coins.into(),
            None,
        )?);
        for (host, diamonds) in recipients {
            let worth = terms
                .exchange()
                .value(diamonds)
                .map_err(|e| Error::bad_input("live/amount", e.to_string()))?;
            *self.cost.entry((host.clone(), worth.asset())).or_default() += worth.units();
            postings.extend(self.receive(&host, diamonds)?);
        }
        self.booked.gifts += count;
        self.booked.coins += coins;
        self.booked.diamonds += diamonds;
        if !postings.is_empty() {
            let transaction = Transaction::post(key("gift", &given.reference), "gift", given.at, postings);
            self.push(transaction.with_detail(detail.to_string()));
        }
        Ok(Answer::Booked)
    }

    /// Diamonds for a host; what the host owes is taken first.
    fn receive(&mut self, host: &Arc<str>, diamonds: u64) -> Result<Vec<Posting>> {
        let balance = Account::of(AccountKind::CreatorDiamonds, host.clone(), diamond());
        let issued = Account::platform(AccountKind::DiamondsIssued, diamond());
        let mut postings: Vec<Posting> = flow(&issued, &balance, diamonds.into(), None)?
            .into_iter()
            .collect();
        if let Some(owing) = self.owing.get_mut(host) {
            let taken = diamonds.min(*owing);
            *owing -= taken;
            let deficit = Account::of(AccountKind::DiamondDeficit, host.clone(), diamond());
            postings.extend(flow(&balance, &deficit, taken.into(), Some("owing".into()))?);
        }
        Ok(postings)
    }
}
