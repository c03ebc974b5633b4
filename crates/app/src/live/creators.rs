//! What creators get besides gifts: subscriptions, and money for their diamonds.

use super::book::micro;
use super::diamonds::PaidFor;
use super::group::Group;
use super::terms::InForce;
use super::waiting::Answer;
use super::{diamond, key, part_of};
use crate::books::Stage;
use crate::books::close::Unreleased;
use crate::books::pending::Released;
use crate::books::{US, flow};
use crate::error::{Error, Result};
use crate::records;
use event::live::{Redemption, Subscription};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use journal::{DiamondsRedeemed, Entry, Subscribed, SubscriptionsReleased};
use ledger::{Account, AccountKind, Side};
use live::redemption::{self, Rules};
use live::subscription::{self, divide, share_with};
use money::{Asset, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;

/// What a creator redeemed on a day.
const REDEEMED: &str = "redeemed";
/// Subscription money that becomes payable on a day.
pub(super) const HOLD: &str = "live-hold";
/// Owner of what subscribers' payments are collected through.
const SUBSCRIPTIONS: &str = "subscriptions";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Redeemed {
    #[serde(with = "earning::amount")]
    money: Money,
}

/// Money that is held until a day, by creator and asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    released: bool,
    program: String,
    amounts: BTreeMap<String, BTreeMap<String, Held>>,
}

/// Money of one asset that is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    units: i64,
    /// How much of it has a source in the United States.
    us_source: i64,
}

impl Group<'_, '_> {
    pub(super) fn subscription(&mut self, event: &Subscription, terms: InForce<'_>) -> Result<Answer> {
        let (id, at) = (&event.event_id, event.occurred_at);
        let asset = match micro(&event.currency) {
            Ok(asset) => asset,
            Err(error) => return Ok(Answer::Refused(error.message)),
        };
        let Some(tier) = terms.conversion.subscription(event.tier.as_deref()) else {
            let reason = format!("{} has no share for subscriptions of this tier", terms.program.id);
            return Ok(Answer::Refused(reason));
        };
        let price = Money::new(asset, event.price_micros.into());
        if let Err(refusal) = subscription::check(event, price) {
            return Ok(Answer::Refused(refusal.to_string()));
        }
        let standing = self.sources.standing;
        if let Some(answer) = standing.stops(&terms, &event.creator, at)? {
            return Ok(answer);
        }
        let mut bonuses = Vec::new();
        for bonus in &tier.bonuses {
            if standing.met_last_month(terms.program, &bonus.conditions, &event.creator, at)? {
                bonuses.push(bonus.add);
            }
        }
        let share = share_with(tier.creator_share, bonuses)
            .map_err(|e| Error::bad_input("live/amount", e.to_string()))?;
        let divided = divide(price, share).map_err(|e| Error::bad_input("live/amount", e.to_string()))?;
        let program = &*terms.program.id;
        let paid = Account::of(AccountKind::ChannelReceivable, SUBSCRIPTIONS, asset);
        let pending = Account::of(AccountKind::CreatorPending, event.creator.clone(), asset);
        let income = Account::of(AccountKind::PlatformIncome, program, asset);
        let mut postings = Vec::new();
        postings.extend(flow(&paid, &pending, divided.creator.units(), None)?);
        postings.extend(flow(&paid, &income, divided.platform.units(), None)?);
        let day = at.to_zoned(TimeZone::UTC).date();
        let due = day.saturating_add(i64::from(terms.program.payable.hold_days).days());
        let is_us = event.country.as_deref() == Some(US);
        let us = if is_us {
            divided.creator
        } else {
            Money::zero(asset)
        };
        let us_source = Account::of(AccountKind::UsSource, event.creator.clone(), asset);
        let contra = Account::platform(AccountKind::UsSourceContra, asset);
        postings.extend(flow(&contra, &us_source, us.units(), None)?);
        self.hold(due, program, &event.creator, divided.creator, us)?;
        if !postings.is_empty() {
            let subscribed = Entry::Subscribed(Subscribed {
                program: program.to_owned(),
                viewer: event.viewer.clone(),
                creator: event.creator.clone(),
                tier: event.tier.clone(),
                price: price.to_string(),
                payable_on: due.to_string(),
            });
            self.push(subscribed.post(key("subscription", id), at, postings));
        }
        self.booked.subscriptions += 1;
        Ok(Answer::Booked)
    }

    fn hold(&mut self, due: Date, program: &str, creator: &str, amount: Money, us: Money) -> Result<()> {
        let id = due.to_string();
        let before = records::get::<Hold>(self.tx, HOLD, &id)?;
        let version = before.as_ref().map_or(0, |before| before.version);
        let mut hold = before.map(|before| before.value).unwrap_or_default();
        hold.released = false;
        program.clone_into(&mut hold.program);
        let sum = hold
            .amounts
            .entry(creator.to_owned())
            .or_default()
            .entry(amount.asset().to_string())
            .or_default();
        let add = |sum: i64, more: Money| {
            let sum = i64::try_from(more.units())
                .ok()
                .and_then(|more| sum.checked_add(more));
            sum.ok_or_else(|| Error::bad_input("live/amount", "too large a sum of subscriptions"))
        };
        *sum = Held {
            units: add(sum.units, amount)?,
            us_source: add(sum.us_source, us)?,
        };
        records::put(self.tx, HOLD, &id, version, &hold)
    }

    pub(super) fn redemption(&mut self, event: &Redemption, terms: InForce<'_>) -> Result<Answer> {
        let (id, at) = (&event.event_id, event.occurred_at);
        let rules = Rules {
            exchange: terms.exchange(),
            minimum: terms.conversion.redemption.minimum,
            daily_limit: terms.conversion.redemption.daily_limit,
        };
        if let Some(answer) = self.sources.standing.stops(&terms, &event.creator, at)? {
            return Ok(answer);
        }
        // Gifts of this group count.
        self.flush()?;
        let balance = Account::of(AccountKind::CreatorDiamonds, event.creator.clone(), diamond());
        let there = self.tx.balance(&balance)?.available(Side::Credit);
        let day = format!("{}/{}", event.creator, at.to_zoned(TimeZone::UTC).date());
        let before = records::get::<Redeemed>(self.tx, REDEEMED, &day)?;
        let account = redemption::Account {
            diamonds: u64::try_from(there).unwrap_or(0),
            redeemed_today: before
                .as_ref()
                .map_or(Money::zero(terms.program.asset), |before| before.value.money),
        };
        let decided = redemption::redeem(event.diamonds.into(), &account, &rules);
        let redeemed = match decided.map_err(|e| Error::bad_input("live/amount", e.to_string()))? {
            Ok(redeemed) => redeemed,
            Err(refusal) => return Ok(Answer::Refused(refusal.to_string())),
        };
        let (asset, money) = (redeemed.money.asset(), redeemed.money.units());
        let (creator, diamonds) = (&event.creator, redeemed.diamonds);
        let available = Account::of(AccountKind::CreatorAvailable, creator.clone(), asset);
        let in_part = |us: u64| u64::try_from(part_of(us.into(), diamonds, account.diamonds)).unwrap_or(0);
        let left = self.leave(creator, (diamonds, account.diamonds), in_part, &available, None)?;
        let us_source = part_of(money, left.us, diamonds);
        // What the diamonds are worth more or less by now than they stand for in the books is the program's cost.
        let cost = Account::of(AccountKind::ProgramCost, &*terms.program.id, asset);
        let us_contra = Account::platform(AccountKind::UsSourceContra, asset);
        let us_account = Account::of(AccountKind::UsSource, creator.clone(), asset);
        let mut postings = left.postings;
        postings.extend(flow(
            &cost,
            &available,
            money - left.booked,
            Some("revaluation".into()),
        )?);
        postings.extend(flow(&us_contra, &us_account, us_source, None)?);
        let entry = Entry::DiamondsRedeemed(DiamondsRedeemed {
            program: terms.program.id.to_string(),
            creator: event.creator.clone(),
            diamonds: redeemed.diamonds,
            unit_value: redeemed.unit_value.to_string(),
            money: redeemed.money.to_string(),
            us_source,
        });
        self.push(entry.post(key("redemption", id), at, postings));
        let paid = PaidFor {
            diamonds,
            us_diamonds: left.us,
            money,
            us_source,
        };
        self.note_paid(creator, asset, paid)?;
        let sum = account
            .redeemed_today
            .checked_add(redeemed.money)
            .map_err(|e| Error::bad_input("live/amount", e.to_string()))?;
        let version = before.map_or(0, |before| before.version);
        records::put(self.tx, REDEEMED, &day, version, &Redeemed { money: sum })?;
        self.booked.redemptions += 1;
        Ok(Answer::Booked)
    }
}

/// Lets subscription money whose day has come become payable, and notes whose that is. Returns how many days' holds.
pub(crate) fn release_holds(tx: &mut Tx<'_>, today: Date, moved: &mut Released) -> Result<u64> {
    let mut released = 0;
    for (id, hold) in records::list::<Hold>(tx, HOLD, "")? {
        let Ok(day) = id.parse::<Date>() else { continue };
        if hold.value.released || day > today {
            continue;
        }
        let mut batch = Vec::new();
        for (creator, amounts) in &hold.value.amounts {
            for (asset, held) in amounts {
                let asset: Asset = asset
                    .parse()
                    .map_err(|e: money::AssetError| Error::bad_input("store/damaged", e.to_string()))?;
                let pending = Account::of(AccountKind::CreatorPending, creator.as_str(), asset);
                let available = Account::of(AccountKind::CreatorAvailable, creator.as_str(), asset);
                let Some(posting) = flow(&pending, &available, held.units.into(), None)? else {
                    continue;
                };
                // A late subscription of the same day makes another version, and only what it added is moved.
                let key = key(
                    "payable-subscriptions",
                    &format!("{id}/{}/{creator}/{asset}", hold.version),
                );
                let entry = Entry::SubscriptionsReleased(SubscriptionsReleased {
                    program: hold.value.program.clone(),
                    payable_on: id.clone(),
                    us_source: held.us_source.into(),
                });
                let at = crate::gather::midnight(day);
                moved.insert((creator.clone(), asset));
                batch.push(entry.post(key, at, vec![posting]));
            }
        }
        crate::books::post_all(tx, &batch)?;
        let done = Hold {
            released: true,
            program: hold.value.program.clone(),
            amounts: BTreeMap::new(),
        };
        records::put(tx, HOLD, &id, hold.version, &done)?;
        released += 1;
    }
    Ok(released)
}

/// Subscription money whose day has not come, or has come and was not released yet.
pub(crate) fn unreleased_holds(tx: &mut Tx<'_>) -> Result<Vec<Unreleased>> {
    let mut found: BTreeMap<(String, Asset), Unreleased> = BTreeMap::new();
    for (id, hold) in records::list::<Hold>(tx, HOLD, "")? {
        let Ok(payable_on) = id.parse::<Date>() else {
            continue;
        };
        for (creator, amounts) in hold.value.amounts.iter().filter(|_| !hold.value.released) {
            for (asset, held) in amounts {
                let asset: Asset = asset
                    .parse()
                    .map_err(|e: money::AssetError| Error::bad_input("store/damaged", e.to_string()))?;
                let day = found.entry((id.clone(), asset)).or_insert_with(|| Unreleased {
                    program: hold.value.program.clone(),
                    period: id.clone(),
                    stage: Stage::Final,
                    payable_on,
                    asset,
                    earned: BTreeMap::new(),
                });
                let earned = day.earned.entry(creator.clone()).or_default();
                earned.units += i128::from(held.units);
                earned.us_source += i128::from(held.us_source);
            }
        }
    }
    Ok(found.into_values().collect())
}
