//! The viewers: where they live, how much they watch. Nothing is kept per viewer, so there can be a billion.

use crate::alias::Alias;
use crate::id::{IdKind, IdSpace};
use crate::network::{home_ip, human_agent};
use crate::rng::Rng;
use crate::world::{COUNTRIES, COUNTRY_COUNT, activity};
use std::ops::Range;

/// Classes of activity: a viewer of the first watches about 26 times as much as the average, one of the last a fifth.
const CLASSES: u32 = 1_024;
const YEAR_MS: i64 = 365 * 86_400_000;

/// An account at its device.
#[derive(Clone, Copy, Debug)]
pub struct Account {
    /// The viewer's id.
    pub id: i64,
    /// Index into [`COUNTRIES`].
    pub country: u8,
    /// Home address.
    pub ip: u32,
    /// Index into `network::AGENTS`.
    pub agent: u8,
}

/// All viewers: those of a country are neighbours, the most active first.
#[derive(Debug)]
pub struct Audience {
    seed: u64,
    ids: IdSpace,
    /// First viewer of each country, and the end.
    bounds: [u32; COUNTRY_COUNT + 1],
    classes: Alias,
    /// Country by UTC hour.
    countries: Vec<Alias>,
}

impl Audience {
    /// The viewers of a platform that starts at a time.
    pub fn new(seed: u64, viewers: u32, start_ms: i64) -> Self {
        let mut bounds = [0; COUNTRY_COUNT + 1];
        let total: u32 = COUNTRIES.iter().map(|country| country.weight).sum();
        let mut weight = 0;
        for (country, bound) in COUNTRIES.iter().zip(&mut bounds[1..]) {
            weight += country.weight;
            *bound = (u64::from(viewers) * u64::from(weight) / u64::from(total)) as u32;
        }
        let countries = (0..24)
            .map(|hour| {
                let weights: Vec<u32> = (0..COUNTRY_COUNT)
                    .map(|country| {
                        if bounds[country] < bounds[country + 1] {
                            activity(country, hour)
                        } else {
                            0
                        }
                    })
                    .collect();
                Alias::new(&weights)
            })
            .collect();
        let classes: Vec<u32> = (0..CLASSES).map(|class| 16_000_000 / (class + 8)).collect();
        Self {
            seed,
            ids: IdSpace::new(
                IdKind::Viewer,
                seed,
                start_ms - 6 * YEAR_MS,
                start_ms,
                u64::from(viewers),
            ),
            bounds,
            classes: Alias::new(&classes),
            countries,
        }
    }

    /// How many viewers there are.
    pub fn len(&self) -> u32 {
        self.bounds[COUNTRY_COUNT]
    }

    /// Somebody who watches in a UTC hour.
    #[inline]
    pub fn pick(&self, utc_hour: usize, rng: &mut Rng) -> u32 {
        let country = self.countries[utc_hour].pick(rng) as usize;
        let Range { start, end } = self.bounds[country]..self.bounds[country + 1];
        // A point within the class, scaled to the country's viewers.
        let point = (u64::from(self.classes.pick(rng)) << 20) | u64::from(rng.below(1 << 20));
        start + (point * u64::from(end - start) / (u64::from(CLASSES) << 20)) as u32
    }

    /// The account of a viewer.
    pub fn account(&self, viewer: u32) -> Account {
        let country = self.bounds[1..].partition_point(|&bound| bound <= viewer);
        let id = self.ids.id(u64::from(viewer));
        Account {
            id,
            country: country as u8,
            ip: home_ip(self.seed, id),
            agent: human_agent(self.seed, id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_viewers_watch_a_lot_and_everybody_lives_somewhere() {
        let audience = Audience::new(1, 10_000, 1_700_000_000_000);
        let mut rng = Rng::new(1, 0, 0);
        let mut counts = vec![0_u32; 10_000];
        for draw in 0..200_000 {
            counts[audience.pick(draw % 24, &mut rng) as usize] += 1;
        }
        let busiest = counts.iter().max().copied().unwrap_or(0);
        assert!((300..900).contains(&busiest), "{busiest} views of 20 on average");
        assert!(counts.iter().filter(|&&count| count < 10).count() > 5_000);
        assert_eq!(COUNTRIES[usize::from(audience.account(0).country)].code, "US");
        assert_eq!(COUNTRIES[usize::from(audience.account(9_999).country)].code, "CH");
    }

    #[test]
    fn a_single_viewer_is_always_picked() {
        let audience = Audience::new(1, 1, 1_700_000_000_000);
        let mut rng = Rng::new(1, 0, 0);
        assert!((0..24).all(|hour| audience.pick(hour, &mut rng) == 0));
        assert_eq!(audience.len(), 1);
    }
}
