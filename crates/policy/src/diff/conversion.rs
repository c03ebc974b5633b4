//! The values of `[conversion]` by path.

use super::{Fields, Section, in_words};
use crate::conversion::Conversion;
use crate::phrase::{amount, duration, percent};

impl Fields {
    pub(super) fn conversion(&mut self, conversion: &Conversion) {
        let section = Section::Mechanism;
        self.put(section, "conversion.token", conversion.token.code());
        self.put(section, "conversion.unit", conversion.unit.code());
        self.put(section, "conversion.units_per_token", conversion.units_per_token);
        self.put(section, "conversion.unit_value", amount(conversion.unit_value));
        self.put(
            section,
            "conversion.streak_timeout",
            duration(conversion.streak_timeout_ms),
        );
        self.put(section, "conversion.split", conversion.split.name());
        let redemption = &conversion.redemption;
        self.put(
            section,
            "conversion.redemption.minimum",
            amount(redemption.minimum),
        );
        if let Some(limit) = redemption.daily_limit {
            self.put(section, "conversion.redemption.daily_limit", amount(limit));
        }
        let refunds = conversion.refunds;
        self.put(section, "conversion.refunds.window_days", refunds.window_days);
        self.put(section, "conversion.refunds.spent", refunds.spent.name());
        self.put(section, "conversion.refunds.units", refunds.units.name());
        for pack in &conversion.packs {
            let currency = pack.price.asset();
            let path = format!(
                "conversion.packs.{}.{}.{}",
                pack.channel,
                currency.code(),
                pack.tokens
            );
            self.put(section, path, amount(pack.price));
        }
        for subscription in &conversion.subscriptions {
            let tier = subscription.tier.as_deref().unwrap_or("every other");
            let path = format!("conversion.subscriptions.{tier}");
            self.put(
                section,
                format!("{path}.creator_share"),
                percent(subscription.creator_share),
            );
            for (at, bonus) in subscription.bonuses.iter().enumerate() {
                let path = format!("{path}.bonuses[{}]", at + 1);
                self.put(section, format!("{path}.add"), percent(bonus.add));
                let conditions: Vec<String> = bonus.conditions.iter().map(in_words).collect();
                self.put(section, format!("{path}.conditions"), conditions.join("; "));
            }
        }
    }
}
