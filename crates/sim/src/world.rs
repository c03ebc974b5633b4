//! Countries, the rhythm of their day, and what an advertisement costs there.

/// A country.
#[derive(Clone, Copy, Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2 code.
    pub code: &'static str,
    /// Share of viewers and of creators, in parts of the table's sum.
    pub weight: u32,
    /// Hours ahead of UTC, as most of its people live; behind is counted around the clock.
    pub ahead: u32,
    /// Typical advertising revenue per impression, in millionths of a dollar.
    pub revenue_micros: u32,
}

const fn country(code: &'static str, weight: u32, ahead: u32, revenue_micros: u32) -> Country {
    Country {
        code,
        weight,
        ahead,
        revenue_micros,
    }
}

/// The countries of a platform.
pub const COUNTRIES: [Country; 16] = [
    country("US", 220, 18, 9_200),
    country("IN", 130, 5, 700),
    country("ID", 95, 7, 800),
    country("BR", 95, 21, 1_700),
    country("MX", 75, 18, 1_500),
    country("JP", 70, 9, 5_100),
    country("GB", 65, 0, 7_400),
    country("DE", 55, 1, 6_800),
    country("FR", 50, 1, 5_600),
    country("PH", 35, 8, 600),
    country("IT", 30, 1, 4_300),
    country("ES", 28, 1, 4_000),
    country("CA", 24, 19, 7_900),
    country("AU", 14, 10, 8_100),
    country("NG", 8, 1, 500),
    country("CH", 6, 1, 9_600),
];

/// How many countries there are.
pub const COUNTRY_COUNT: usize = COUNTRIES.len();

/// Activity by local hour: the playbacks by hour of the KuaiRand log, rounded.
const RHYTHM: [u32; 24] = [
    145, 77, 40, 25, 21, 27, 71, 117, 141, 168, 190, 218, 285, 252, 176, 171, 211, 254, 265, 264, 254, 279,
    297, 236,
];

/// How active a country is in a UTC hour.
pub fn activity(country: usize, utc_hour: usize) -> u32 {
    let country = &COUNTRIES[country];
    country.weight * RHYTHM[(utc_hour + country.ahead as usize) % 24]
}

/// Categories, and what advertisers pay next to them in per cent of what is usual.
pub const CATEGORIES: [(&str, u32); 12] = [
    ("beauty", 130),
    ("fashion", 120),
    ("gaming", 85),
    ("cooking", 100),
    ("studying", 95),
    ("books", 80),
    ("sports", 105),
    ("health", 125),
    ("wellness", 115),
    ("lifestyle", 100),
    ("pets", 75),
    ("entertainment", 90),
];

/// Surfaces, with their share of ordinary views in per cent. The last one is only seen in deliberately
/// invalid traffic: players embedded in other sites.
pub const SURFACES: [(&str, u32); 5] = [
    ("for_you", 78),
    ("following", 11),
    ("profile", 7),
    ("search", 4),
    ("embed", 0),
];

/// Index of the feed that programs pay for.
pub const FOR_YOU: u8 = 0;
/// Index of the creator's profile.
pub const PROFILE: u8 = 2;
/// Index of the embedded player.
pub const EMBED: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_surfaces_add_up() {
        assert_eq!(SURFACES.iter().map(|surface| surface.1).sum::<u32>(), 100);
        assert_eq!(COUNTRIES.iter().map(|country| country.weight).sum::<u32>(), 1_000);
    }

    #[test]
    fn evenings_are_busier_than_nights() {
        let germany = COUNTRIES.iter().position(|country| country.code == "DE").unwrap();
        assert!(activity(germany, 20) > 5 * activity(germany, 3));
    }
}
