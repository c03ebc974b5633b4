//! Snapshots: what was true of creators and videos, from when on.

use crate::cast::{Creator, has};
use crate::catalogue::{HISTORY_DAYS, Video};
use crate::columns::{decimals, instants, int64, rows, texts, uint32};
use crate::platform::Platform;
use crate::rng::{Rng, hash, scale};
use crate::world::{CATEGORIES, COUNTRIES};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, RecordBatch, StringArray};
use event::kind::Kind;
use std::fmt::Write;
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;
/// Creators and videos are written in blocks of so many.
pub const BLOCK: u32 = 16_384;

const ACCOUNT_TYPES: [&str; 4] = ["personal", "business", "publisher", "government"];
const STANDINGS: [&str; 4] = ["good", "warned", "restricted", "banned"];
const VISIBILITIES: [&str; 4] = ["public", "friends", "private", "removed"];

/// Programs, the followers at which creators begin to join them, and how many per cent of those do.
const PROGRAMS: [(&str, u32, u32); 7] = [
    ("creator-fund", 5_000, 90),
    ("creator-rewards", 5_000, 85),
    ("pulse", 50_000, 90),
    ("youtube-shorts", 1_000, 70),
    ("streamshare", 0, 60),
    ("fan-powered", 0, 60),
    ("capped-campaign", 500, 30),
];

struct CreatorRow<'a> {
    creator: &'a Creator,
    rank: u32,
    at_ms: i64,
    followers: u32,
    posts: u32,
    standing: u8,
    joined: bool,
}

/// The snapshots of a block of creators: one before all videos, then one every week (every four weeks for
/// small accounts) while followers and posts grow.
pub fn creators(platform: &Platform, block: u32) -> RecordBatch {
    let creators = &platform.cast.creators;
    let end = creators.len().min((block as usize + 1) * BLOCK as usize) as u32;
    let mut snapshots = Vec::new();
    for rank in block * BLOCK..end {
        creator_rows(platform, rank, &creators[rank as usize], &mut snapshots);
    }
    creator_batch(platform, &snapshots)
}

fn creator_rows<'a>(
    platform: &Platform,
    rank: u32,
    creator: &'a Creator,
    snapshots: &mut Vec<CreatorRow<'a>>,
) {
    let opened = platform.catalogue.opened_ms;
    let weeks = (HISTORY_DAYS + platform.plan.days) / 7;
    let step = if creator.followers < 1_000 { 4 } else { 1 };
    let mut followers = creator.followers;
    let star = rank < platform.cast.stars;
    let random = hash(platform.seed, 61, u64::from(rank));
    // Four in a hundred lose their good standing some week; of the stars one.
    let troubled = random % 100 < if star { 1 } else { 4 };
    let trouble_week = scale(random, weeks + 1);
    let trouble = 1 + (random >> 8) % 3;
    // Eight in ten have joined their programs before the first snapshot, the others some week later.
    let join_week = if (random >> 16) % 10 < 8 {
        0
    } else {
        scale(random.rotate_left(20), 8)
    };
    for week in (0..=weeks).step_by(step as usize) {
        let at_ms = opened + i64::from(week) * 7 * DAY_MS;
        let published = platform
            .catalogue
            .of(rank)
            .filter(|&video| platform.catalogue.videos[video as usize].published_ms <= at_ms);
        snapshots.push(CreatorRow {
            creator,
            rank,
            at_ms,
            followers,
            posts: creator.earlier_posts + published.count() as u32,
            standing: if troubled && week >= trouble_week {
                trouble as u8
            } else {
                0
            },
            joined: week >= join_week,
        });
        let growth = i64::from(creator.weekly_growth) * i64::from(step);
        followers = (i64::from(followers) * (1_000 + growth) / 1_000).min(1_000_000_000) as u32;
    }
}

/// One in so many is not of age.
const MINOR_ONE_IN: u64 = 16;
/// One in so many has given no birth date.
const UNDATED_ONE_IN: u64 = 12;

/// A fixed property of a creator that one in so many has. Stars take turns, the first ones being spared: a platform with
/// three of them should not lose all to chance.
fn is_one_in(platform: &Platform, purpose: u64, rank: u32, n: u64) -> bool {
    let turn = if rank < platform.cast.stars {
        u64::from(rank) + purpose % (n / 2)
    } else {
        hash(platform.seed, purpose, u64::from(rank))
    };
    turn % n == n - 1
}

/// Days since 1970 of a birth date, if it is given, and whether the creator is of age.
fn birth_day(platform: &Platform, rank: u32) -> (Option<i32>, bool) {
    let random = hash(platform.seed, 62, u64::from(rank));
    let adult = !is_one_in(platform, 68, rank, MINOR_ONE_IN);
    let years = if adult {
        19 + scale(random, 35)
    } else {
        13 + scale(random, 4)
    };
    let today = (platform.plan.start_ms / DAY_MS) as i32;
    let born = today - (years * 365 + scale(random.rotate_left(32), 365)) as i32 - 20;
    (
        (!is_one_in(platform, 69, rank, UNDATED_ONE_IN)).then_some(born),
        adult,
    )
}

/// Index into [`ACCOUNT_TYPES`]: six in seven are personal.
fn account_type(platform: &Platform, rank: u32) -> u8 {
    const OTHER_ONE_IN: u64 = 7;
    if !is_one_in(platform, 70, rank, OTHER_ONE_IN) {
        return 0;
    }
    match scale(hash(platform.seed, 64, u64::from(rank)), 10) {
        0..5 => 1,
        5..9 => 2,
        _ => 3,
    }
}

fn creator_batch(platform: &Platform, snapshots: &[CreatorRow]) -> RecordBatch {
    let seed = platform.seed;
    let all = || snapshots.iter();
    let births: Vec<(Option<i32>, bool)> = all().map(|row| birth_day(platform, row.rank)).collect();
    // Half of those without a birth date have said that they are of age, or are not.
    let adult = |(row, birth): (&CreatorRow, &(Option<i32>, bool))| match birth {
        (None, adult) if has(seed, 63, row.rank, 50) => Some(*adult),
        _ => None,
    };
    let linked = |row: &CreatorRow| linked_accounts(platform, row.creator);
    let id = |row: &CreatorRow| {
        (hash(seed, 66, row.creator.id as u64 ^ hash(seed, 67, row.at_ms as u64)) >> 1) as i64
    };
    let columns: Vec<(&'static str, ArrayRef)> = vec![
        ("event_id", int64(all().map(id))),
        ("creator_id", int64(all().map(|row| row.creator.id))),
        ("effective_at", instants(all().map(|row| row.at_ms))),
        (
            "birth_date",
            Arc::new(Date32Array::from_iter(births.iter().map(|birth| birth.0))),
        ),
        (
            "adult",
            Arc::new(BooleanArray::from_iter(all().zip(&births).map(adult))),
        ),
        (
            "country",
            texts(
                COUNTRIES.iter().map(|country| country.code),
                all().map(|row| row.creator.country),
            ),
        ),
        ("followers", uint32(all().map(|row| row.followers))),
        (
            "account_type",
            texts(ACCOUNT_TYPES, all().map(|row| account_type(platform, row.rank))),
        ),
        ("standing", texts(STANDINGS, all().map(|row| row.standing))),
        (
            "joined",
            Arc::new(StringArray::from_iter(all().map(|row| joined(seed, row)))),
        ),
        ("posts", uint32(all().map(|row| row.posts))),
        (
            "linked_accounts",
            Arc::new(StringArray::from_iter(all().map(linked))),
        ),
    ];
    rows(Kind::Creator, columns)
}

fn joined(seed: u64, row: &CreatorRow) -> Option<String> {
    let mut text = String::new();
    for (index, (program, followers, percent)) in PROGRAMS.into_iter().enumerate() {
        if row.joined && row.followers >= followers && has(seed, 100 + index as u64, row.rank, percent) {
            text.push_str(if text.is_empty() { "" } else { ";" });
            text.push_str(program);
        }
    }
    (!text.is_empty()).then_some(text)
}

fn linked_accounts(platform: &Platform, creator: &Creator) -> Option<String> {
    let mut text = String::new();
    for &viewer in &creator.linked {
        let separator = if text.is_empty() { "" } else { ";" };
        write!(text, "{separator}{}", platform.audience.account(viewer).id).expect("text grows");
    }
    (!text.is_empty()).then_some(text)
}

struct VideoRow<'a> {
    video: &'a Video,
    number: u32,
    creator: u32,
    at_ms: i64,
    /// Is this the change, some time after publication?
    changed: bool,
}

/// The snapshots of the videos of a block of creators: one when published, and another when hidden, removed or found
/// to be a copy.
pub fn videos(platform: &Platform, block: u32) -> RecordBatch {
    let creators = platform.cast.creators.len() as u32;
    let mut snapshots = Vec::new();
    for creator in block * BLOCK..creators.min((block + 1) * BLOCK) {
        for number in platform.catalogue.of(creator) {
            let video = &platform.catalogue.videos[number as usize];
            snapshots.push(VideoRow {
                video,
                number,
                creator,
                at_ms: video.published_ms,
                changed: false,
            });
            if let Some(at_ms) = change(platform, number, video) {
                snapshots.push(VideoRow {
                    video,
                    number,
                    creator,
                    at_ms,
                    changed: true,
                });
            }
        }
    }
    video_batch(platform, &snapshots)
}

/// When a video changes, if it does before the end.
fn change(platform: &Platform, number: u32, video: &Video) -> Option<i64> {
    let mut rng = Rng::new(platform.seed, 65, u64::from(number));
    let days = match video.hidden_day {
        0 => return None,
        u16::MAX if rng.below(100) > 0 => return None,
        // One in a hundred is found to be a copy after some days.
        u16::MAX => {
            let day = (video.published_ms - platform.catalogue.opened_ms) / DAY_MS;
            day + i64::from(rng.between(2, 20))
        }
        hidden => i64::from(hidden),
    };
    (days < i64::from(HISTORY_DAYS + platform.plan.days))
        .then_some(platform.catalogue.opened_ms + days * DAY_MS)
}

fn video_batch(platform: &Platform, snapshots: &[VideoRow]) -> RecordBatch {
    let (seed, catalogue) = (platform.seed, &platform.catalogue);
    let all = || snapshots.iter();
    let random = |row: &VideoRow, purpose: u64| hash(seed, purpose, u64::from(row.number));
    let original = |row: &VideoRow| {
        let found_out = row.changed && row.video.hidden_day == u16::MAX;
        Some(random(row, 81) % 100 < 88 && !found_out)
    };
    // Six in ten have no licensed music, three one track, one two or three.
    let tracks = |row: &VideoRow| match random(row, 82) % 20 {
        0..12 => 0,
        12..18 => 1,
        18 => 2,
        _ => 3,
    };
    let visibility = |row: &VideoRow| match (row.video.hidden_day, row.changed) {
        (0, _) => 1 + (random(row, 83) % 2) as u8,
        (u16::MAX, _) | (_, false) => 0,
        (_, true) => 2 + (random(row, 83) % 2) as u8,
    };
    // The product of two draws: most are searched for little.
    let search = |row: &VideoRow| {
        let random = random(row, 84);
        ((random % 1_001) * ((random >> 32) % 1_001)) as i64
    };
    let id =
        |row: &VideoRow| (hash(seed, 85, u64::from(row.number) << 1 | u64::from(row.changed)) >> 1) as i64;
    let categories = all().map(|row| catalogue.category(row.creator, row.number));
    rows(
        Kind::Video,
        vec![
            ("event_id", int64(all().map(id))),
            ("video_id", int64(all().map(|row| catalogue.id(row.number)))),
            ("effective_at", instants(all().map(|row| row.at_ms))),
            (
                "creator_id",
                int64(all().map(|row| platform.cast.creators[row.creator as usize].id)),
            ),
            ("duration_ms", uint32(all().map(|row| row.video.duration_ms))),
            ("published_at", instants(all().map(|row| row.video.published_ms))),
            (
                "category",
                texts(CATEGORIES.iter().map(|category| category.0), categories),
            ),
            ("original", Arc::new(BooleanArray::from_iter(all().map(original)))),
            ("music_tracks", uint32(all().map(tracks))),
            ("visibility", texts(VISIBILITIES, all().map(visibility))),
            ("search_value", decimals(all().map(search))),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GenerateOptions;

    #[test]
    fn the_first_stars_may_earn_everywhere() {
        let options = GenerateOptions {
            seed: 3,
            days: 30,
            creators: 1_000,
            viewers: 100_000,
            views: 1_000_000,
            start: jiff::civil::date(2026, 9, 1),
            out: "nowhere".into(),
            threads: None,
        };
        let platform = Platform::new(&options);
        assert!(platform.cast.stars >= 6);
        for rank in 0..5 {
            let (born, adult) = birth_day(&platform, rank);
            assert!(
                adult && born.is_some() && account_type(&platform, rank) == 0,
                "star {rank}"
            );
        }
        assert_eq!(
            COUNTRIES[usize::from(platform.cast.creators[0].country)].code,
            "US"
        );
        let personal = (0..1_000)
            .filter(|&rank| account_type(&platform, rank) == 0)
            .count();
        assert!((800..900).contains(&personal), "{personal}");
    }
}
