//! The kernel against a plain implementation of the rules, on small random worlds written in many ways.

#[path = "kernel/large_revenues.rs"]
mod large_revenues;
mod world;

use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use jiff::Timestamp;
use jiff::civil::date;
use lake::facts_file::{read_facts, write_facts};
use lake::kernel::{ByPayer, FactsRequest, Memory, Source, facts, facts_to_parquet, samples, views_by_video};
use lake::lists::Lists;
use policy::qualification::{CountOnce, Qualification, Rule};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use world::write::{self, style};
use world::{World, naive, world};

fn qualification() -> impl Strategy<Value = Qualification> {
    let on = || prop::option::weighted(0.8, Just(()));
    let surfaces = prop::option::of(Just(vec!["for_you".to_owned(), "search".to_owned()]));
    let switches = (on(), on(), on(), on(), on());
    let bounds = (
        prop::option::of(1u32..6_000),
        prop::option::of(1u32..12),
        prop::option::of(1u32..3),
        prop::option::of(1u32..3),
        prop::sample::select(vec![CountOnce::Never, CountOnce::PerDay, CountOnce::PerPeriod]),
    );
    (surfaces, switches, bounds).prop_map(|(surfaces, switches, bounds)| Qualification {
        minimum_watch_ms: bounds.0,
        surfaces,
        exclude_self: switches.0,
        exclude_paid: switches.1,
        exclude_data_centres: switches.2,
        exclude_declared_bots: switches.3,
        max_views_per_viewer_day: bounds.1,
        max_replays_per_day: bounds.2,
        exclude_negative_feedback: switches.4,
        max_parallel_playbacks: bounds.3,
        count_once: bounds.4,
    })
}

/// What was marked invalid in a world.
fn invalidated(world: &World) -> String {
    let (events, viewers) = &world.invalidated;
    let time = |ms: &Option<i64>| ms.map(|ms| Timestamp::from_millisecond(ms).unwrap().to_string());
    let views: Vec<_> = events.iter().map(|event| world.event(*event)).collect();
    let viewers: Vec<_> = viewers
        .iter()
        .map(|(viewer, from, until)| {
            json!({ "viewer": world.person(*viewer), "from": time(from), "until": time(until) })
        })
        .collect();
    json!({ "views": views, "viewers": viewers }).to_string()
}

/// A world's snapshots, and everything else a request borrows.
struct Asked {
    qualification: Qualification,
    lists: Lists,
    creators: Vec<CreatorSnapshot>,
    videos: Vec<VideoSnapshot>,
    cancel: AtomicBool,
}

impl Asked {
    fn new(world: &World, qualification: Qualification) -> Self {
        let mut linked: BTreeMap<u8, Vec<Arc<str>>> = BTreeMap::new();
        for (creator, account) in &world.linked {
            linked
                .entry(*creator)
                .or_default()
                .push(Arc::from(world.person(*account)));
        }
        let creator = |(creator, accounts): (u8, Vec<Arc<str>>)| CreatorSnapshot {
            id: Arc::from(world.person(creator)),
            effective_at: Timestamp::UNIX_EPOCH,
            birth_date: None,
            adult: None,
            country: None,
            followers: None,
            account_type: None,
            standing: None,
            joined: Vec::new(),
            posts: None,
            linked_accounts: accounts,
        };
        let video = |snapshot: &(u8, u8, Option<u32>)| VideoSnapshot {
            id: Arc::from(world.video(snapshot.0)),
            creator: Arc::from(world.person(snapshot.1)),
            effective_at: Timestamp::UNIX_EPOCH,
            duration_ms: snapshot.2,
            published_at: None,
            category: None,
            original: None,
            music_tracks: None,
            visibility: None,
            search_value_micros: None,
        };
        Asked {
            qualification,
            lists: Lists::default()
                .with_data_centres("10.0.0.0,10.255.255.255")
                .and_then(|lists| lists.with_invalidated(&invalidated(world)))
                .unwrap(),
            creators: linked.into_iter().map(creator).collect(),
            videos: world.snapshots.iter().map(video).collect(),
            cancel: AtomicBool::new(false),
        }
    }

    fn request<'a>(&'a self, by_payer: ByPayer, threads: usize, spill: Option<&'a Path>) -> FactsRequest<'a> {
        FactsRequest {
            qualification: &self.qualification,
            from: date(2026, 10, 5),
            to: date(2026, 10, 8),
            by_payer,
            currency: "USD",
            lists: &self.lists,
            creators: &self.creators,
            videos: &self.videos,
            memory: spill.map(|spill_to| Memory { bytes: 300, spill_to }),
            threads,
            cancel: &self.cancel,
            progress: &|_| {},
        }
    }
}

fn payers() -> impl Strategy<Value = ByPayer> {
    prop::sample::select(vec![ByPayer::No, ByPayer::Yes])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn raw_files_agree_with_the_plain_rules(
        world in world(), wanted in qualification(), style in style(), by_payer in payers(), threads in 1usize..4, spill: bool,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let [views, engagement, ads] = write::raw(folder.path(), &world, &style);
        let asked = Asked::new(&world, wanted.clone());
        let source = Source::Raw { views: &views, engagement: &engagement, ads: &ads };
        let request = asked.request(by_payer, threads, spill.then_some(folder.path()));
        let expected = naive::facts(&world, &wanted, by_payer);
        prop_assert_eq!(&facts(source, &request).unwrap(), &expected);
        for row in &expected.rows {
            prop_assert_eq!(row.counts.views, row.counts.qualified + row.counts.rejected.iter().sum::<u64>());
        }
    }

    #[test]
    fn archives_agree_with_the_plain_rules(world in world(), wanted in qualification(), by_payer in payers()) {
        let (world, folder) = (write::unique(&world), tempfile::tempdir().unwrap());
        let [views, engagement, ads] = write::archive(folder.path(), &world);
        let asked = Asked::new(&world, wanted.clone());
        let source = Source::Archive { views: &views, engagement: &engagement, ads: &ads };
        let found = facts(source, &asked.request(by_payer, 2, None)).unwrap();
        prop_assert_eq!(found, naive::facts(&world, &wanted, by_payer));
    }

    #[test]
    fn a_facts_file_holds_exactly_the_facts(
        world in world(), wanted in qualification(), style in style(), by_payer in payers(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let [views, engagement, ads] = write::raw(folder.path(), &world, &style);
        let asked = Asked::new(&world, wanted.clone());
        let source = Source::Raw { views: &views, engagement: &engagement, ads: &ads };
        let (direct, again) = (folder.path().join("direct"), folder.path().join("again"));
        let summary = facts_to_parquet(source, &asked.request(by_payer, 2, None), &direct).unwrap();
        let expected = naive::facts(&world, &wanted, by_payer);
        prop_assert_eq!(&read_facts(&direct).unwrap(), &expected);
        write_facts(&expected, &again).unwrap();
        prop_assert_eq!(&read_facts(&again).unwrap(), &expected);
        let mut totals = facts::Counts::default();
        expected.rows.iter().for_each(|row| totals.add(&row.counts));
        prop_assert_eq!(summary.totals, totals);
        prop_assert_eq!((summary.rows, summary.videos), (expected.rows.len() as u64, expected.videos.len() as u64));
    }

    #[test]
    fn samples_add_up_to_the_verdicts(world in world(), wanted in qualification(), style in style()) {
        let folder = tempfile::tempdir().unwrap();
        let [views, engagement, ads] = write::raw(folder.path(), &world, &style);
        let asked = Asked::new(&world, wanted.clone());
        let source = Source::Raw { views: &views, engagement: &engagement, ads: &ads };
        let request = asked.request(ByPayer::No, 2, None);
        let expected = naive::facts(&world, &wanted, ByPayer::No);
        let by_video = views_by_video(source, request.from, request.to).unwrap();
        for (index, video) in expected.videos.iter().enumerate() {
            let mut counts = facts::Counts::default();
            let of_video = expected.rows.iter().filter(|row| row.video == index as u32);
            of_video.for_each(|row| counts.add(&row.counts));
            let all = samples(source, &request, &video.id, 1_000).unwrap();
            let with = |verdict: Option<Rule>| all.iter().filter(|sample| sample.verdict == verdict).count() as u64;
            prop_assert_eq!(with(None), counts.qualified);
            for rule in Rule::ALL {
                prop_assert_eq!(with(Some(rule)), counts.rejected[rule as usize]);
            }
            prop_assert_eq!(by_video.get(&video.id).copied().unwrap_or(0), counts.views);
            let few = samples(source, &request, &video.id, 1).unwrap();
            prop_assert!(few.iter().all(|sample| all.contains(sample)));
        }
    }
}
