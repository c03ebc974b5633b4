//! The creators: who they are, how many people follow them, how much of the traffic is theirs.
//!
//! Creators are ordered by popularity. The first ones, the stars, are as many as the traffic can carry past
//! 100,000 views in 30 days (at most one in twenty), and share four fifths of it; the rest is a long tail.

use crate::alias::Alias;
use crate::id::{IdKind, IdSpace};
use crate::rng::{Rng, hash, scale};
use crate::world::{CATEGORIES, COUNTRIES};

/// Views in 30 days that a star gets at least, where the traffic allows it.
const STAR_VIEWS: u64 = 116_000;
/// Per cent of the traffic that goes to stars.
const STAR_SHARE: u64 = 80;
/// Half of the stars live where every program is offered, the other half anywhere.
const STAR_COUNTRIES: [&str; 6] = ["US", "GB", "US", "DE", "US", "FR"];
const YEAR_MS: i64 = 365 * 86_400_000;

/// A creator.
#[derive(Clone, Debug)]
pub struct Creator {
    /// The creator's id, also of the creator's own viewer account.
    pub id: i64,
    /// Index into `world::COUNTRIES`.
    pub country: u8,
    /// Index into `world::CATEGORIES`: what most of the videos are about.
    pub niche: u8,
    /// Followers at the first snapshot.
    pub followers: u32,
    /// Growth of followers per week, in thousandths.
    pub weekly_growth: i32,
    /// Thousandths of a post per day.
    pub posts_per_1000_days: u32,
    /// Posts before the first video that is told of.
    pub earlier_posts: u32,
    /// Viewers (by number) whose accounts act with the creator.
    pub linked: Vec<u32>,
}

/// All creators.
#[derive(Debug)]
pub struct Cast {
    /// By popularity.
    pub creators: Vec<Creator>,
    /// How many of them are stars.
    pub stars: u32,
    /// Linked viewer and creator, sorted.
    links: Vec<(u32, u32)>,
    popularity: Alias,
}

impl Cast {
    /// Creators for a platform with so many viewers and so many views in 30 days.
    pub fn new(seed: u64, creators: u32, viewers: u32, views_in_30_days: u64, start_ms: i64) -> Self {
        let ids = IdSpace::new(
            IdKind::Creator,
            seed,
            start_ms - 6 * YEAR_MS,
            start_ms - YEAR_MS / 4,
            u64::from(creators),
        );
        let star_views = views_in_30_days * STAR_SHARE / 100;
        let stars = (star_views / STAR_VIEWS).clamp(1, u64::from(creators).div_ceil(20)) as u32;
        let country_weights: Vec<u32> = COUNTRIES.iter().map(|country| country.weight).collect();
        let countries = Alias::new(&country_weights);
        let creators: Vec<Creator> = (0..creators)
            .map(|rank| creator(seed, rank, stars, &countries, viewers, ids.id(u64::from(rank))))
            .collect();
        let mut links: Vec<(u32, u32)> = creators
            .iter()
            .enumerate()
            .flat_map(|(rank, creator)| creator.linked.iter().map(move |&viewer| (viewer, rank as u32)))
            .collect();
        links.sort_unstable();
        let popularity = Alias::new(&weights(creators.len() as u32, stars, star_views));
        Self {
            creators,
            stars,
            links,
            popularity,
        }
    }

    /// A creator, in proportion to popularity.
    #[inline]
    pub fn pick(&self, rng: &mut Rng) -> u32 {
        self.popularity.pick(rng)
    }

    /// The creator with whom a viewer is known to act, if any.
    pub fn linked_to(&self, viewer: u32) -> Option<u32> {
        let at = self.links.partition_point(|&(linked, _)| linked < viewer);
        self.links
            .get(at)
            .filter(|&&(linked, _)| linked == viewer)
            .map(|&(_, creator)| creator)
    }
}

/// Weights out of a thousand million.
fn weights(creators: u32, stars: u32, star_views: u64) -> Vec<u32> {
    const ALL: u64 = 1_000_000_000;
    let tail = (stars..creators)
        .map(|rank| 1_000_000 / u64::from(rank - stars + 40))
        .collect::<Vec<_>>();
    let tail_sum = tail.iter().sum::<u64>().max(1);
    let star_weight = if tail.is_empty() {
        ALL
    } else {
        ALL * STAR_SHARE / 100
    };
    // What is left when every star has enough goes to the most popular.
    let enough = (star_weight / u64::from(stars)).min(star_weight * STAR_VIEWS / star_views.max(1));
    let surplus = star_weight - enough * u64::from(stars);
    let heads: Vec<u64> = (0..stars).map(|rank| 1_000_000 / u64::from(rank + 2)).collect();
    let head_sum: u64 = heads.iter().sum();
    let head = heads.into_iter().map(|head| enough + surplus * head / head_sum);
    let rest = ALL - star_weight;
    head.chain(tail.into_iter().map(|tail| (rest * tail / tail_sum).max(1)))
        .map(|weight| weight as u32)
        .collect()
}

fn creator(seed: u64, rank: u32, stars: u32, countries: &Alias, viewers: u32, id: i64) -> Creator {
    let mut rng = Rng::new(seed, 21, u64::from(rank));
    let followers = if rank < stars {
        // From millions down to somewhat more than programs ask for.
        let typical = 3_500_000 / (rank % 40 + 3);
        (typical / 100 * rng.between(12, 180)).max(14_000)
    } else {
        // One over a uniform draw: a fifth have more than 10,000, one in fifty more than 100,000.
        20 + 130_000_000 / (rng.below(65_536) + 64)
    };
    let posts_per_1000_days = if rank < stars {
        rng.between(700, 2_500)
    } else {
        let (one, other) = (rng.between(20, 700), rng.between(20, 700));
        one.min(other)
    };
    let linked = match rng.below(100) {
        // With few viewers a linked account would be a large part of the audience.
        0..8 if viewers >= 50 => (0..rng.between(1, 3)).map(|_| rng.below(viewers)).collect(),
        _ => Vec::new(),
    };
    let country = match STAR_COUNTRIES.get((rank / 2) as usize % STAR_COUNTRIES.len()) {
        Some(code) if rank < stars && rank.is_multiple_of(2) => country_index(code),
        _ => countries.pick(&mut rng) as usize,
    };
    Creator {
        id,
        country: country as u8,
        niche: rng.below(CATEGORIES.len() as u32) as u8,
        followers,
        weekly_growth: rng.below(36) as i32 - 5,
        posts_per_1000_days,
        earlier_posts: rng.below(400),
        linked,
    }
}

fn country_index(code: &str) -> usize {
    COUNTRIES
        .iter()
        .position(|country| country.code == code)
        .expect("stars live in listed countries")
}

/// A fixed property of a creator: true for `percent` of them.
pub fn has(seed: u64, purpose: u64, creator: u32, percent: u32) -> bool {
    scale(hash(seed, purpose, u64::from(creator)), 100) < percent
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_790_000_000_000;

    #[test]
    fn as_many_stars_as_the_traffic_carries() {
        let cast = Cast::new(1, 2_000, 100_000, 3_333_333, START);
        assert_eq!(cast.stars, 22);
        let mut rng = Rng::new(1, 0, 0);
        let mut views = vec![0_u32; 2_000];
        for _ in 0..3_333_333 {
            views[cast.pick(&mut rng) as usize] += 1;
        }
        assert!(views.iter().filter(|&&views| views >= 100_000).count() >= 22);
        assert!(
            cast.creators[..22]
                .iter()
                .all(|creator| creator.followers >= 14_000)
        );
    }

    #[test]
    fn a_surplus_goes_to_the_most_popular() {
        let weights = weights(2_000, 100, 30_000_000);
        assert!(weights[0] > 5 * weights[99]);
        assert!(weights[99] > weights[100]);
    }

    #[test]
    fn links_are_found_by_viewer() {
        let cast = Cast::new(1, 500, 1_000, 0, START);
        let (rank, creator) = cast
            .creators
            .iter()
            .enumerate()
            .find(|(_, creator)| !creator.linked.is_empty())
            .expect("8 in 100");
        assert!(
            cast.linked_to(creator.linked[0])
                .is_some_and(|other| other <= rank as u32)
        );
        assert!(Cast::new(1, 500, 10, 0, START).links.is_empty());
        assert_eq!(Cast::new(1, 1, 1, 0, START).stars, 1);
    }
}
