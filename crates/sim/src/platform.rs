//! The platform: everything that all chunks share, made once from the options.

use crate::GenerateOptions;
use crate::audience::{Account, Audience};
use crate::cast::Cast;
use crate::catalogue::Catalogue;
use crate::id::{IdKind, IdSpace};
use crate::network::{home_ip, human_agent};
use crate::plan::Plan;

const YEAR_MS: i64 = 365 * 86_400_000;

/// A platform, ready to be written.
#[derive(Debug)]
pub struct Platform {
    /// The seed.
    pub seed: u64,
    start: jiff::civil::Date,
    /// What is where.
    pub plan: Plan,
    /// Who watches.
    pub audience: Audience,
    /// Who makes videos.
    pub cast: Cast,
    /// The videos.
    pub catalogue: Catalogue,
    farm: IdSpace,
    farm_accounts: u32,
}

impl Platform {
    /// Makes the platform of checked options.
    pub fn new(options: &GenerateOptions) -> Self {
        let GenerateOptions {
            seed,
            days,
            creators,
            viewers,
            views,
            start,
            ..
        } = *options;
        let start_ms = start.duration_since(jiff::civil::date(1970, 1, 1)).as_secs() * 1_000;
        let plan = Plan::new(seed, start_ms, days, views);
        let views_in_30_days = (u128::from(views) * 30 / u128::from(days.max(30))) as u64;
        let cast = Cast::new(seed, creators, viewers, views_in_30_days, start_ms);
        let catalogue = Catalogue::new(seed, &cast, start_ms, days);
        let farm_accounts = (viewers / 100).max(8);
        let farm_ids = u64::from(farm_accounts) + plan.velocity_accounts() + plan.impossible_hours();
        let farm = IdSpace::new(IdKind::Farm, seed, start_ms - YEAR_MS, start_ms, farm_ids);
        Self {
            seed,
            start,
            audience: Audience::new(seed, viewers, start_ms),
            plan,
            cast,
            catalogue,
            farm,
            farm_accounts,
        }
    }

    /// The date of a day.
    pub fn date(&self, day: u32) -> jiff::civil::Date {
        self.start.saturating_add(jiff::Span::new().days(day))
    }

    /// Accounts that machines share.
    pub fn farm_accounts(&self) -> u32 {
        self.farm_accounts
    }

    /// The id of a farm account; those past the shared ones are used by one burst each.
    pub fn farm_id(&self, number: u64) -> i64 {
        self.farm.id(number)
    }

    /// An account that is not one of the audience's.
    pub fn account(&self, id: i64, country: u8) -> Account {
        Account {
            id,
            country,
            ip: home_ip(self.seed, id),
            agent: human_agent(self.seed, id),
        }
    }
}
