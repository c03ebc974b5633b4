//! `[conversion]` in plain words.

use super::{Text, duration_in_words};
use crate::conversion::{Conversion, Pack, RefundedUnits, SpentTokens, SplitRule, Subscription};
use crate::phrase::{amount, and, counted, grouped, one_line, percent};
use crate::program::Program;
use money::{Asset, Ratio};

pub(super) fn describe(text: &mut Text, program: &Program, conversion: &Conversion) {
    text.heading("How gifts become money");
    let (tokens, units) = (plural(conversion.token), plural(conversion.unit));
    text.line(format!(
        "Viewers buy {tokens} and give them as gifts; the catalogue says what a gift costs at its time."
    ));
    text.line(format!(
        "The creator gets {} {units} for each of the {tokens}, rounded down for a whole streak. One of the {units} is worth {}.",
        conversion.units_per_token,
        amount(conversion.unit_value)
    ));
    text.line(format!(
        "A streak of gifts is booked once, when it ends, or when nothing came for {}.",
        duration_in_words(conversion.streak_timeout_ms)
    ));
    text.line(match conversion.split {
        SplitRule::Stated => {
            "Several hosts share a gift by the parts that it states, equally where it states none."
        }
        SplitRule::Recipient => "A gift goes to its one recipient, whatever else it states.",
    });
    text.line("Likes are counted and shown. They are never money.");
    text.heading("How it is paid out");
    text.line(format!(
        "A creator turns {units} into {}, from {} on.",
        program.asset.code(),
        amount(conversion.redemption.minimum)
    ));
    if let Some(limit) = conversion.redemption.daily_limit {
        text.line(format!("A day's sum is at most {}.", amount(limit)));
    }
    refunds(text, conversion);
    packs(text, conversion);
    subscriptions(text, conversion);
}

fn refunds(text: &mut Text, conversion: &Conversion) {
    text.heading("What goes back");
    let (tokens, units) = (plural(conversion.token), plural(conversion.unit));
    let rules = conversion.refunds;
    text.line(match rules.window_days {
        0 => format!("Unused {tokens} cannot be given back."),
        days => format!(
            "Unused {tokens} can be given back for {} after they were bought.",
            counted(days, "day")
        ),
    });
    text.line(match rules.spent {
        SpentTokens::FuturePurchases => format!(
            "When spent {tokens} go back all the same, they are taken from what the viewer has, then from the next purchases."
        ),
        SpentTokens::Platform => {
            format!("When spent {tokens} go back all the same, the platform bears them.")
        }
    });
    text.line(match rules.units {
        RefundedUnits::Reverse => format!("The {units} given for them are taken back from the creator."),
        RefundedUnits::Keep => format!("The creator keeps the {units} given for them."),
    });
}

fn packs(text: &mut Text, conversion: &Conversion) {
    if conversion.packs.is_empty() {
        return;
    }
    text.heading(&format!("What {} cost", plural(conversion.token)));
    let pack = |pack: &Pack| {
        format!(
            "{} for {} ({})",
            grouped(pack.tokens),
            amount(pack.price),
            pack.channel
        )
    };
    text.items(conversion.packs.iter().map(pack));
}

fn subscriptions(text: &mut Text, conversion: &Conversion) {
    if conversion.subscriptions.is_empty() {
        return;
    }
    text.heading("Subscriptions");
    let only = conversion.subscriptions.len() == 1;
    let others = if only {
        "of every kind"
    } else {
        "of every other kind"
    };
    text.items(
        conversion
            .subscriptions
            .iter()
            .map(|entry| subscription(entry, others)),
    );
}

fn subscription(subscription: &Subscription, others: &str) -> String {
    let whose = match &subscription.tier {
        Some(tier) => format!("of {tier}"),
        None => others.to_owned(),
    };
    let mut line = format!(
        "{whose}, creators get {}; the platform keeps the rest",
        percent(subscription.creator_share)
    );
    for bonus in &subscription.bonuses {
        let conditions: Vec<String> = bonus
            .conditions
            .iter()
            .map(|condition| match &condition.because {
                Some(because) => because.clone(),
                None => one_line(condition.formula.source()),
            })
            .collect();
        let conditions: Vec<&str> = conditions.iter().map(String::as_str).collect();
        line.push_str(&format!("; {} more when {}", points(bonus.add), and(&conditions)));
    }
    line
}

/// `COIN` as people say it: `coins`.
fn plural(asset: Asset) -> String {
    format!("{}s", asset.code().to_lowercase())
}

/// A part as percentage points.
fn points(add: Ratio) -> String {
    percent(add).replace(" %", " points")
}
