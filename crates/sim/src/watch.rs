//! How long people watch, how long videos are, what an impression earns: shapes as tables of quantiles.
//!
//! The watch table was fitted to the KuaiRand log (34,090 playbacks with a known duration): the playbacks
//! were put in seven classes by the video's duration, and the quantiles of played time over duration read
//! off in each, rounded to a hundredth. Short videos loop, long ones are left early; about half of all
//! playbacks of short videos reach the end, and one in a hundred goes round several times. The log holds
//! only liked and hated videos, so its rates of completion are high.

use crate::rng::Rng;

/// Upper bounds of the duration classes, in seconds.
const CLASS_BOUNDS: [u32; 6] = [8, 12, 20, 40, 60, 120];

/// Played time over duration in hundredths: quantiles 0 to 0.95 in steps of 0.05, then 0.99 and 0.999.
const WATCH: [[u32; 22]; 7] = [
    [
        0, 17, 27, 35, 45, 55, 65, 74, 83, 92, 101, 108, 114, 122, 135, 157, 180, 207, 257, 365, 659, 1170,
    ],
    [
        0, 12, 20, 26, 32, 40, 49, 59, 69, 79, 88, 97, 105, 111, 118, 131, 157, 186, 217, 305, 562, 1586,
    ],
    [
        0, 8, 14, 19, 25, 32, 43, 54, 66, 79, 90, 98, 104, 108, 114, 124, 140, 168, 197, 234, 384, 620,
    ],
    [
        0, 4, 8, 12, 18, 27, 41, 58, 73, 86, 94, 99, 102, 104, 106, 110, 117, 129, 153, 193, 297, 691,
    ],
    [
        0, 2, 4, 5, 8, 11, 19, 29, 42, 58, 72, 89, 96, 99, 101, 102, 104, 107, 115, 136, 195, 252,
    ],
    [
        0, 1, 2, 3, 4, 6, 8, 12, 21, 29, 42, 57, 69, 82, 92, 98, 101, 102, 104, 113, 158, 242,
    ],
    [
        0, 1, 1, 1, 2, 2, 3, 4, 6, 9, 13, 19, 25, 34, 46, 62, 80, 94, 100, 102, 114, 167,
    ],
];

/// A playback is not watched for longer than this.
const MAX_WATCHED_MS: u64 = 30 * 60 * 1_000;

/// Milliseconds watched of a video.
#[inline]
pub fn watched_ms(duration_ms: u32, rng: &mut Rng) -> u32 {
    let seconds = duration_ms / 1_000;
    let class = CLASS_BOUNDS
        .iter()
        .position(|&bound| seconds < bound)
        .unwrap_or(CLASS_BOUNDS.len());
    // A draw in units of 1/100,000, so that the tail's last thousandth still has 100 steps.
    let draw = rng.below(100_000);
    let (index, step, width) = match draw {
        0..95_000 => (draw / 5_000, draw % 5_000, 5_000_u32),
        95_000..99_000 => (19, draw - 95_000, 4_000),
        _ => (20, draw - 99_000, 1_000),
    };
    let table = &WATCH[class];
    let (low, high) = (
        u64::from(table[index as usize]),
        u64::from(table[index as usize + 1]),
    );
    let ratio = low * u64::from(width) + (high - low) * u64::from(step);
    let watched = u64::from(duration_ms) * ratio / (100 * u64::from(width));
    watched.min(MAX_WATCHED_MS) as u32
}

/// Quantiles of a video's duration in seconds, in steps of 0.05: three in ten are a minute or longer.
const DURATION: [u32; 21] = [
    5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 23, 28, 35, 46, 61, 75, 95, 125, 180, 300, 600,
];

/// A video's duration in milliseconds, 5 seconds to 10 minutes.
pub fn duration_ms(rng: &mut Rng) -> u32 {
    quantile(&DURATION, 1_000, rng)
}

/// Quantiles of a log-normal distribution (median 1, sigma 0.8) in hundredths, in steps of 0.05.
const SPREAD: [u32; 21] = [
    10, 27, 36, 44, 51, 58, 66, 73, 82, 90, 100, 111, 122, 136, 152, 172, 196, 229, 279, 373, 1_100,
];

/// A log-normal multiple of a typical amount.
pub fn spread(typical: u32, rng: &mut Rng) -> u32 {
    (u64::from(quantile(&SPREAD, 1_000, rng)) * u64::from(typical) / 100_000) as u32
}

/// Draws from equally spaced quantiles; the result is in `1/unit` of the table's unit.
fn quantile(table: &[u32; 21], unit: u32, rng: &mut Rng) -> u32 {
    let draw = rng.below(20_000);
    let (index, step) = ((draw / 1_000) as usize, u64::from(draw % 1_000));
    let (low, high) = (u64::from(table[index]), u64::from(table[index + 1]));
    ((low * 1_000 + (high - low) * step) * u64::from(unit) / 1_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_videos_loop_and_long_ones_are_left() {
        let mut rng = Rng::new(3, 0, 0);
        let mut share = |duration: u32, at_least: u32| {
            (0..20_000)
                .filter(|_| watched_ms(duration, &mut rng) >= at_least)
                .count()
                / 200
        };
        assert!(
            (48..53).contains(&share(7_000, 7_000)),
            "half of the playbacks of short videos reach the end"
        );
        assert!((12..18).contains(&share(7_000, 14_000)), "some go round twice");
        assert!(
            (8..13).contains(&share(300_000, 300_000)),
            "few finish a long one"
        );
    }

    #[test]
    fn durations_and_revenue_stay_in_their_range() {
        let mut rng = Rng::new(4, 0, 0);
        let durations: Vec<u32> = (0..10_000).map(|_| duration_ms(&mut rng)).collect();
        assert!(
            durations
                .iter()
                .all(|duration| (5_000..=600_000).contains(duration))
        );
        let long = durations.iter().filter(|&&duration| duration >= 60_000).count();
        assert!((2_800..3_300).contains(&long), "{long}");
        assert!((0..10_000).all(|_| (900..=110_000).contains(&spread(10_000, &mut rng))));
    }
}
