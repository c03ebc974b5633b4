//! `[conversion]`: money to tokens to units to money. A program of it is booked gift by gift, not settled by period.

use super::context::Context;
use super::eligibility::conditions;
use super::section::{Item, Reader, Section};
use super::values::{Most, above_zero, amount, choice, currency, duration_ms, part, text, whole};
use crate::conversion::{
    Bonus, Conversion, Pack, Redemption, RefundedUnits, Refunds, SpentTokens, SplitRule, Subscription,
};
use crate::scope::Level;
use money::Asset;

/// Sections and keys of other mechanisms, with what they are about.
const MEANINGLESS: [(&str, &str); 3] = [
    ("qualification", "no views are counted"),
    ("caps", "nothing is divided that could be capped"),
    ("tables", "there is no formula that could look them up"),
];

/// Refuses what says something about views or periods.
pub(super) fn refuse_meaningless(reader: &mut Reader<'_>, root: &mut Section<'_>) {
    for (key, why) in MEANINGLESS {
        if let Some(item) = root.get(key) {
            meaningless(reader, &item, why);
        }
    }
    let video = root
        .get("eligibility")
        .and_then(|item| item.section(reader))
        .and_then(|mut section| section.get("video"));
    if let Some(item) = video {
        meaningless(reader, &item, "gifts are given to creators, not to videos");
    }
}

fn meaningless(reader: &mut Reader<'_>, item: &Item<'_>, why: &str) {
    let message = format!("`{}` has no meaning in a program with `[conversion]`", item.path);
    reader
        .refuse("program/conversion", &item.span, message)
        .help(format!("leave it out: {why}"));
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    mut section: Section<'_>,
    context: &mut Context<'_>,
) -> Option<Conversion> {
    let token = section
        .need("token", "\"COIN\"")
        .and_then(|item| counted(reader, &item));
    let unit = section
        .need("unit", "\"DIAMOND\"")
        .and_then(|item| counted(reader, &item));
    let units_per_token = section
        .need("units_per_token", "\"1\"")
        .and_then(|item| above_zero(reader, &item));
    let unit_value = section
        .need("unit_value", "\"0.005\"")
        .and_then(|item| amount(reader, &item, context.asset));
    let streak_timeout_ms = section
        .need("streak_timeout", "\"10s\"")
        .and_then(|item| duration_ms(reader, &item));
    let split = match section.get("split") {
        Some(item) => choice(
            reader,
            &item,
            &[SplitRule::Stated, SplitRule::Recipient].map(|rule| (rule.name(), rule)),
        ),
        None => Some(SplitRule::Stated),
    };
    let redemption = section
        .need("redemption", "{ minimum = \"50.00\" }")
        .and_then(|item| item.section(reader))
        .and_then(|section| redemption(reader, section, context.asset));
    let refunds = section
        .need(
            "refunds",
            "{ window_days = 14, spent = \"future_purchases\", units = \"reverse\" }",
        )
        .and_then(|item| item.section(reader))
        .and_then(|section| refunds(reader, section));
    let packs = packs(reader, &mut section, context.asset);
    let subscriptions = subscriptions(reader, &mut section, context);
    section.finish(reader);
    Some(Conversion {
        token: token?,
        unit: unit?,
        units_per_token: units_per_token?,
        unit_value: unit_value?,
        streak_timeout_ms: streak_timeout_ms?,
        split: split?,
        redemption: redemption?,
        refunds: refunds?,
        packs,
        subscriptions,
    })
}

/// An asset that is counted in whole numbers.
fn counted(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Asset> {
    let code = text(reader, item)?;
    let asset = Asset::new(code, 0).ok().filter(|_| Asset::iso(code).is_err());
    if asset.is_none() {
        let message = format!("`{}` cannot be `{code}`", item.path);
        reader
            .refuse("program/wrong-value", &item.span, message)
            .help("use 1 to 12 capitals, digits and underscores that are no currency: \"COIN\"");
    }
    asset
}

fn redemption(reader: &mut Reader<'_>, mut section: Section<'_>, asset: Asset) -> Option<Redemption> {
    let minimum = section
        .need("minimum", "\"50.00\"")
        .and_then(|item| amount(reader, &item, asset));
    let limit_item = section.get("daily_limit");
    let daily_limit = limit_item.as_ref().and_then(|item| amount(reader, item, asset));
    section.finish(reader);
    let minimum = minimum?;
    if let (Some(limit), Some(item)) = (daily_limit, &limit_item)
        && limit.units() < minimum.units()
    {
        reader
            .refuse(
                "program/wrong-value",
                &item.span,
                format!(
                    "`{}` is below the minimum, so that nothing could be redeemed",
                    item.path
                ),
            )
            .help("use a limit that is not below `minimum`");
    }
    if limit_item.is_some() && daily_limit.is_none() {
        return None;
    }
    Some(Redemption { minimum, daily_limit })
}

fn refunds(reader: &mut Reader<'_>, mut section: Section<'_>) -> Option<Refunds> {
    let window_days = section
        .need("window_days", "14")
        .and_then(|item| whole(reader, &item, 0..=400));
    let spent = section.need("spent", "\"future_purchases\"").and_then(|item| {
        let rules = [SpentTokens::FuturePurchases, SpentTokens::Platform];
        choice(reader, &item, &rules.map(|rule| (rule.name(), rule)))
    });
    let units = section.need("units", "\"reverse\"").and_then(|item| {
        let rules = [RefundedUnits::Reverse, RefundedUnits::Keep];
        choice(reader, &item, &rules.map(|rule| (rule.name(), rule)))
    });
    section.finish(reader);
    Some(Refunds {
        window_days: window_days?,
        spent: spent?,
        units: units?,
    })
}

fn packs(reader: &mut Reader<'_>, section: &mut Section<'_>, asset: Asset) -> Vec<Pack> {
    let mut packs: Vec<Pack> = Vec::new();
    for mut section in section.sections(reader, "packs") {
        let span = section.span.clone();
        let channel = section
            .need("channel", "\"web\"")
            .and_then(|item| text(reader, &item));
        let of = match section.get("currency") {
            Some(item) => currency(reader, &item, asset.scale()),
            None => Some(asset),
        };
        let tokens = section
            .need("tokens", "70")
            .and_then(|item| whole(reader, &item, 1..=1_000_000_000_u32));
        let price_item = section.need("price", "\"0.99\"");
        let price = of
            .zip(price_item)
            .and_then(|(of, item)| amount(reader, &item, of));
        section.finish(reader);
        let (Some(channel), Some(tokens), Some(price)) = (channel, tokens, price) else {
            continue;
        };
        let same = |pack: &Pack| {
            pack.channel == channel && pack.tokens == tokens && pack.price.asset() == price.asset()
        };
        if packs.iter().any(same) {
            reader
                .refuse(
                    "program/duplicate",
                    &span,
                    format!("{tokens} tokens have a price in this channel and currency already"),
                )
                .help("keep one of the prices; a new price is a new version of the program");
            continue;
        }
        packs.push(Pack {
            channel: channel.to_owned(),
            tokens,
            price,
        });
    }
    packs
}

fn subscriptions(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    context: &mut Context<'_>,
) -> Vec<Subscription> {
    let mut subscriptions: Vec<Subscription> = Vec::new();
    for mut section in section.sections(reader, "subscriptions") {
        let span = section.span.clone();
        let tier = section.get("tier").and_then(|item| text(reader, &item));
        let share = section
            .need("creator_share", "\"70%\"")
            .and_then(|item| part(reader, &item, Most::All));
        let mut bonuses = Vec::new();
        for section in section.sections(reader, "bonuses") {
            bonuses.extend(bonus(reader, section, context));
        }
        section.finish(reader);
        let Some(creator_share) = share else { continue };
        if subscriptions
            .iter()
            .any(|earlier| earlier.tier.as_deref() == tier)
        {
            reader
                .refuse(
                    "program/duplicate",
                    &span,
                    "this tier has a share already, further up",
                )
                .help("keep one of them");
            continue;
        }
        let most = bonuses
            .iter()
            .try_fold(creator_share, |sum, bonus: &Bonus| sum.checked_add(bonus.add));
        if !most.is_ok_and(money::Ratio::is_proper) {
            reader
                .refuse(
                    "program/share-above-100",
                    &span,
                    "share and bonuses add up to more than 100 %",
                )
                .help("nobody can get more than there is: use smaller bonuses");
            continue;
        }
        subscriptions.push(Subscription {
            tier: tier.map(str::to_owned),
            creator_share,
            bonuses,
        });
    }
    subscriptions
}

fn bonus(reader: &mut Reader<'_>, mut section: Section<'_>, context: &mut Context<'_>) -> Option<Bonus> {
    let add = section
        .need("add", "\"20%\"")
        .and_then(|item| part(reader, &item, Most::All));
    let conditions = section
        .need("conditions", "[\"creator.followers >= 10000\"]")
        .map(|item| conditions(reader, item, Level::Creator, context.formulas));
    section.finish(reader);
    Some(Bonus {
        add: add?,
        conditions: conditions?,
    })
}
