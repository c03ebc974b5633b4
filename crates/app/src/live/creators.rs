//! What creators get besides gifts: subscriptions, and money for their diamonds.

use super::bisect::beyond_the_books;
use super::diamonds::PaidFor;
use super::group::Group;
use super::terms::InForce;
use super::waiting::Answer;
use super::{diamond, key, micro, part_of};
use crate::base::error::{Error, Result};
use crate::books::collected::{Collectors, Divided, Got, collected};
use crate::books::unreleased::{Released, Unreleased};
use crate::books::{US, by_source, creators, flow};
use crate::runs::Stage;
use crate::workspace::records;
use event::live::{Redemption, Subscription};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use journal::{DiamondsRedeemed, Entry, Subscribed, SubscriptionsReleased};
use ledger::{Account, AccountKind, Side, Source};
use live::redemption::{self, Rules};
use live::subscription::{self, divide, share_with};
use money::{Asset, Money};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
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

/// Money that is held until a day, by program, creator and asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    released: bool,
    amounts: BTreeMap<String, BTreeMap<String, BTreeMap<String, Held>>>,
}

impl Hold {
    /// What is held: of which program, whose, in which asset.
    fn each(&self) -> Result<Vec<(&str, &str, Asset, Held)>> {
        let mut all = Vec::new();
        for (program, creators) in &self.amounts {
            for (creator, assets) in creators {
                for (asset, held) in assets {
                    let asset = asset.parse();
                    let asset = asset.map_err(|e: money::AssetError| Error::damage(e.to_string()))?;
                    all.push((program.as_str(), creator.as_str(), asset, *held));
                }
            }
        }
        Ok(all)
    }
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
        let share = share_with(tier.creator_share, bonuses).map_err(|e| beyond_the_books(e.to_string()))?;
        let divided = divide(price, share).map_err(|e| beyond_the_books(e.to_string()))?;
        let program = &*terms.program.id;
        let paid = Account::of(AccountKind::ChannelReceivable, SUBSCRIPTIONS, asset);
        let source = match event.country.as_deref() {
            Some(US) => Source::Us,
            _ => Source::Other,
        };
        let kind = AccountKind::CreatorPending;
        let pending = creators(kind, event.creator.clone(), asset, (program, source));
        let income = Account::of(AccountKind::PlatformIncome, program, asset);
        let mut postings = Vec::new();
        postings.extend(flow(&paid, &pending, divided.creator.units(), None)?);
        postings.extend(flow(&paid, &income, divided.platform.units(), None)?);
        let day = at.to_zoned(TimeZone::UTC).date();
        let due = day.saturating_add(i64::from(terms.program.payable.hold_days).days());
        self.hold(due, (program, source), &event.creator, divided.creator)?;
        if !postings.is_empty() {
            let subscribed = Entry::Subscribed(Subscribed {
                program: program.to_owned(),
                booked_for: self.booked_for(at),
                viewer: event.viewer.clone(),
                creator: event.creator.clone(),
                tier: event.tier.clone(),
                price: price.to_string(),
                payable_on: due.to_string(),
            });
            self.push(&subscribed, key("subscription", id), at, postings);
        }
        self.booked.subscriptions += 1;
        Ok(Answer::Booked)
    }

    fn hold(
        &mut self,
        due: Date,
        (program, source): (&str, Source),
        creator: &str,
        amount: Money,
    ) -> Result<()> {
        let id = due.to_string();
        let before = records::get::<Hold>(self.tx, HOLD, &id)?;
        let version = before.as_ref().map_or(0, |before| before.version);
        let mut hold = before.map(|before| before.value).unwrap_or_default();
        hold.released = false;
        let sum = hold
            .amounts
            .entry(program.to_owned())
            .or_default()
            .entry(creator.to_owned())
            .or_default()
            .entry(amount.asset().to_string())
            .or_default();
        let more = i64::try_from(amount.units()).ok();
        let added = more.and_then(|more| sum.units.checked_add(more));
        let too_large = || beyond_the_books("too large a sum of subscriptions");
        sum.units = added.ok_or_else(too_large)?;
        if source == Source::Us {
            // No more than the whole, which fits.
            sum.us_source += more.unwrap_or_default();
        }
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
        let redeemed = match decided.map_err(|e| beyond_the_books(e.to_string()))? {
            Ok(redeemed) => redeemed,
            Err(refusal) => return Ok(Answer::Refused(refusal.to_string())),
        };
        let (asset, money) = (redeemed.money.asset(), redeemed.money.units());
        let (creator, diamonds) = (&event.creator, redeemed.diamonds);
        let in_part = |us: u64| u64::try_from(part_of(us.into(), diamonds, account.diamonds)).unwrap_or(0);
        let left = self.leave(creator, (diamonds, account.diamonds), in_part, asset, None)?;
        let us_source = part_of(money, left.us, diamonds);
        let us_booked = part_of(left.booked, left.us, diamonds);
        let program = &*terms.program.id;
        // What the diamonds are worth more or less by now than they stand for in the books is the program's cost.
        let cost = Account::of(AccountKind::ProgramCost, program, asset);
        let mut postings = left.postings;
        let collectors = Collectors::of(self.tx, creator)?;
        let on = at.to_zoned(TimeZone::UTC).date();
        let mut got: BTreeMap<String, Got> = BTreeMap::new();
        let both = by_source(money, us_source)
            .into_iter()
            .zip(by_source(left.booked, us_booked));
        for ((source, money), (_, booked)) in both {
            let each = collectors.divide(creator, on, money).into_iter();
            for ((payee, money), (_, booked)) in each.zip(collectors.divide(creator, on, booked)) {
                let available = collected(&payee, creator, asset, (program, source));
                postings.extend(flow(&left.owed, &available, booked, None)?);
                let why = Some("revaluation".into());
                postings.extend(flow(&cost, &available, money - booked, why)?);
                got.entry(payee).or_default().add(source, money);
            }
        }
        let entry = Entry::DiamondsRedeemed(DiamondsRedeemed {
            program: terms.program.id.to_string(),
            booked_for: self.booked_for(at),
            creator: event.creator.clone(),
            diamonds: redeemed.diamonds,
            unit_value: redeemed.unit_value.to_string(),
            money: redeemed.money.to_string(),
        });
        self.push(&entry, key("redemption", id), at, postings);
        self.note_paid(creator, asset, PaidFor::of((diamonds, left.us), creator, got))?;
        let sum = account
            .redeemed_today
            .checked_add(redeemed.money)
            .map_err(|e| beyond_the_books(e.to_string()))?;
        let version = before.map_or(0, |before| before.version);
        records::put(self.tx, REDEEMED, &day, version, &Redeemed { money: sum })?;
        self.booked.redemptions += 1;
        Ok(Answer::Booked)
    }
}

/// Lets subscription money whose day has come become payable, and notes whose that is. Returns how many days' holds.
pub(crate) fn release_holds(tx: &mut Tx<'_>, today: Date, moved: &mut Released) -> Result<u64> {
    let mut released = 0;
    let collectors = Collectors::all(tx)?;
    for (id, hold) in records::list::<Hold>(tx, HOLD, "")? {
        let Ok(day) = id.parse::<Date>() else { continue };
        if hold.value.released || day > today {
            continue;
        }
        let mut batch = Vec::new();
        for (program, creator, asset, held) in hold.value.each()? {
            let parts = by_source(held.units.into(), held.us_source.into());
            let divided = Divided {
                creator,
                asset,
                program,
                day,
            };
            let postings = collectors.became_payable(divided, parts)?;
            if postings.is_empty() {
                continue;
            }
            // A late subscription of the same day makes another version, and only what it added is moved.
            let key = key(
                "payable-subscriptions",
                &format!("{id}/{}/{program}/{creator}/{asset}", hold.version),
            );
            let entry = Entry::SubscriptionsReleased(SubscriptionsReleased {
                program: program.to_owned(),
                payable_on: id.clone(),
            });
            moved.insert((creator.to_owned(), asset));
            batch.push(entry.post(key, crate::inputs::reader::midnight(day), postings));
        }
        crate::books::post_all(tx, &batch)?;
        let done = Hold {
            released: true,
            amounts: BTreeMap::new(),
        };
        records::put(tx, HOLD, &id, hold.version, &done)?;
        released += 1;
    }
    Ok(released)
}

/// Subscription money whose day has not come, or has come and was not released yet.
pub(crate) fn unreleased_holds(tx: &mut Tx<'_>) -> Result<Vec<Unreleased>> {
    let mut found: BTreeMap<(String, String, Asset), Unreleased> = BTreeMap::new();
    for (id, hold) in records::list::<Hold>(tx, HOLD, "")? {
        let Ok(payable_on) = id.parse::<Date>() else {
            continue;
        };
        if hold.value.released {
            continue;
        }
        for (program, creator, asset, held) in hold.value.each()? {
            let place = (id.clone(), program.to_owned(), asset);
            let day = found.entry(place).or_insert_with(|| Unreleased {
                program: program.to_owned(),
                period: id.clone(),
                stage: Stage::Final,
                payable_on,
                divided_on: payable_on,
                asset,
                earned: Arc::default(),
            });
            let earned = Arc::make_mut(&mut day.earned)
                .entry(creator.to_owned())
                .or_default();
            earned.units += i128::from(held.units);
            earned.us_source += i128::from(held.us_source);
        }
    }
    Ok(found.into_values().collect())
}
