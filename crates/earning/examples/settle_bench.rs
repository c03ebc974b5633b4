//! Settles a generated month of a large platform and prints how long each program takes.
//!
//! `cargo run --release -p earning --example settle_bench [VIDEOS] [CREATORS] [COUNTRIES]`: 1,000,000 videos of
//! 100,000 creators in 3 countries each, unless told otherwise. The platform is the same in every run.

use earning::{Inputs, LookbackCounts, settle};
use event::snapshot::{CreatorSnapshot, Funding, VideoSnapshot};
use facts::{Counts, Fact, FactVideo, Facts};
use jiff::Timestamp;
use money::Money;
use policy::Period;
use policy::program::{LookbackSubject, Program};
use std::sync::Arc;
use std::time::Instant;

/// As in the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROGRAMS: [(&str, &str, &str); 4] = [
    (
        "creator-fund",
        include_str!("../../../programs/creator-fund.toml"),
        "2026-10-05",
    ),
    (
        "creator-rewards",
        include_str!("../../../programs/creator-rewards.toml"),
        "2026-10",
    ),
    (
        "youtube-shorts",
        include_str!("../../../programs/youtube-shorts.toml"),
        "2026-10",
    ),
    ("pulse", include_str!("../../../programs/pulse.toml"), "2026-10"),
];
/// 2026-10-05.
const DAY: i32 = 20_731;
const COUNTRIES: [&str; 12] = [
    "", "BR", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "KR", "MX", "US",
];
const CATEGORIES: [&str; 4] = ["beauty", "cooking", "gaming", "sports"];

/// SplitMix64: the same numbers everywhere.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % bound
    }
}

struct Platform {
    facts: Facts,
    creators: Vec<CreatorSnapshot>,
    videos: Vec<VideoSnapshot>,
}

fn platform(videos: u32, creators: u32, countries: u64) -> Platform {
    let mut numbers = Numbers(7);
    let creator_ids: Vec<Arc<str>> = (0..creators)
        .map(|number| format!("c{number:07}").into())
        .collect();
    let country_ids: Vec<Arc<str>> = COUNTRIES.iter().map(|country| Arc::from(*country)).collect();
    let category_ids: Vec<Arc<str>> = CATEGORIES.iter().map(|category| Arc::from(*category)).collect();
    let public: Arc<str> = "public".into();
    let mut facts = Facts {
        countries: country_ids.clone(),
        ..Facts::default()
    };
    let mut snapshots = Vec::new();
    for number in 0..videos {
        let id: Arc<str> = format!("v{number:08}").into();
        let creator = Arc::clone(&creator_ids[numbers.below(creators.into()) as usize]);
        facts.videos.push(FactVideo {
            id: Arc::clone(&id),
            creator_hint: Some(Arc::clone(&creator)),
        });
        let first = numbers.below(12 - countries) as u16;
        for country in first..first + countries as u16 {
            facts.rows.push(Fact {
                video: number,
                country,
                day: DAY,
                payer: None,
                counts: counts(&mut numbers),
            });
        }
        snapshots.push(VideoSnapshot {
            id,
            creator,
            effective_at: Timestamp::UNIX_EPOCH,
            duration_ms: Some(61_000 + numbers.below(60_000) as u32),
            published_at: Some(Timestamp::from_second(1_790_000_000).expect("an instant")),
            category: Some(Arc::clone(&category_ids[numbers.below(4) as usize])),
            original: Some(numbers.below(20) > 0),
            music_tracks: Some(numbers.below(3) as u32),
            visibility: Some(Arc::clone(&public)),
            search_value_micros: Some(numbers.below(1_000_001) as i64),
        });
    }
    Platform {
        facts,
        creators: creator_ids.into_iter().map(creator).collect(),
        videos: snapshots,
    }
}

fn counts(numbers: &mut Numbers) -> Counts {
    let views = 1_000 + numbers.below(4_000);
    let qualified = views * (40 + numbers.below(50)) / 100;
    let mut counts = Counts {
        views,
        qualified,
        watched_ms: views * 9_000,
        qualified_watched_ms: qualified * 14_000,
        completions: qualified / (2 + numbers.below(5)),
        ad_impressions: views / 5,
        ad_revenue_micros: i128::from(views * (500 + numbers.below(3_000))),
        ..Counts::default()
    };
    counts.rejected[2] = views - qualified;
    counts.engagement[0] = qualified / (10 + numbers.below(50));
    counts.engagement[1] = qualified / (100 + numbers.below(500));
    counts
}

fn creator(id: Arc<str>) -> CreatorSnapshot {
    CreatorSnapshot {
        id,
        effective_at: Timestamp::UNIX_EPOCH,
        birth_date: None,
        adult: Some(true),
        country: Some("US".into()),
        followers: Some(200_000),
        account_type: Some("personal".into()),
        standing: Some("good".into()),
        joined: Vec::new(),
        posts: Some(50),
        linked_accounts: Vec::new(),
    }
}

/// Every window of the program, with the same count for everybody.
fn lookbacks(program: &Program, platform: &Platform) -> LookbackCounts {
    let mut lookbacks = LookbackCounts::default();
    for lookback in &program.lookbacks {
        let counts = match lookback.subject {
            LookbackSubject::Creator => platform
                .creators
                .iter()
                .map(|c| (Arc::clone(&c.id), 150_000))
                .collect(),
            LookbackSubject::Video => platform
                .videos
                .iter()
                .map(|v| (Arc::clone(&v.id), 150_000))
                .collect(),
        };
        lookbacks.counts.insert(*lookback, counts);
    }
    lookbacks
}

/// Processor time so far of the process and of this thread, in hundredths of a second (Linux; elsewhere 0).
/// On a machine that others use too, wall time says little and these say much.
fn processor_time() -> [u64; 2] {
    ["/proc/self/stat", "/proc/thread-self/stat"].map(|path| {
        let stat = std::fs::read_to_string(path).unwrap_or_default();
        // User and system time are the 12th and 13th field after the name in brackets.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        fields
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum()
    })
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<u32>().expect("a number"));
    let videos = arguments.next().unwrap_or(1_000_000);
    let creators = arguments.next().unwrap_or(100_000);
    let countries = arguments.next().unwrap_or(3).min(11);
    let platform = platform(videos, creators, countries.into());
    println!(
        "{videos} videos, {creators} creators, {} fact rows",
        platform.facts.rows.len()
    );
    for (id, document, period) in PROGRAMS {
        let program = policy::parse(id, document).expect("a shipped program");
        let period = Period::parse(period, program.period).expect("a period");
        let lookbacks = lookbacks(&program, &platform);
        let funding = [Funding {
            program: id.into(),
            date: period.start(),
            country: None,
            payer: None,
            amount_micros: 10_000_000_000,
            currency: program.asset.code().into(),
        }];
        let inputs = Inputs {
            program: &program,
            period: &period,
            facts: &platform.facts,
            creators: &platform.creators,
            videos: &platform.videos,
            funding: &funding,
            lookbacks: &lookbacks,
            budget_spent: Money::zero(program.asset),
        };
        let (start, before) = (Instant::now(), processor_time());
        let settlement = settle(&inputs).expect("a settlement");
        let (settled, after) = (start.elapsed(), processor_time());
        let [all, serial] = [0, 1].map(|at| after[at] - before[at]);
        let start = Instant::now();
        let hash = settlement.hash();
        let hashed = start.elapsed();
        println!(
            "{id:<16} {:>9} lines {:>9} units  {:>20}  settled in {settled:.2?} ({all} cs of processor, {serial} of them serial), hashed in {hashed:.2?} ({})",
            settlement.lines.len(),
            settlement.units.len(),
            settlement.report.totals.paid.to_string(),
            &hash[..12]
        );
    }
}
