//! The labels tell the truth: a labelled view breaks its rule and none before it; an unlabelled one breaks only rules that
//! ordinary traffic breaks. The rules are computed here, independently, the slow way.

use crate::reading::{Row, generate, labels, options, views};
use sim::invalid::Rule;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::net::Ipv4Addr;
use std::path::Path;

const VIEWS: u64 = 200_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What the rules need to know of all views and of the platform.
struct Known {
    own_accounts: HashSet<(i64, i64)>,
    centres: Vec<(u32, u32)>,
    disliked: HashSet<(i64, i64)>,
    a_day: HashMap<(i64, i64), u32>,
    replays: HashMap<(i64, i64, i64), u32>,
    hours: HashMap<(i64, i64), (u64, u64)>,
}

impl Known {
    fn of(folder: &Path, rows: &[Row]) -> Self {
        let mut known = Known {
            own_accounts: own_accounts(folder),
            centres: centres(folder),
            disliked: disliked(folder),
            a_day: HashMap::new(),
            replays: HashMap::new(),
            hours: HashMap::new(),
        };
        for row in rows {
            let (day, hour) = (row.at_ms / DAY_MS, row.at_ms / HOUR_MS);
            *known.a_day.entry((row.viewer, day)).or_default() += 1;
            *known.replays.entry((row.viewer, row.video, day)).or_default() += 1;
            let (sum, longest) = known.hours.entry((row.viewer, hour)).or_default();
            *sum += u64::from(row.watched_ms);
            *longest = (*longest).max(u64::from(row.watched_ms));
        }
        known
    }

    /// The first rule, but for the first and the last one, that a view breaks.
    fn broken(&self, row: &Row) -> Option<Rule> {
        let (day, hour) = (row.at_ms / DAY_MS, row.at_ms / HOUR_MS);
        let (sum, longest) = self.hours[&(row.viewer, hour)];
        let broken = [
            (
                Rule::SelfView,
                self.own_accounts.contains(&(row.viewer, row.creator)),
            ),
            (Rule::TooShort, row.watched_ms < 5_000),
            (Rule::Surface, row.surface != "for_you"),
            (Rule::Paid, row.promoted),
            (
                Rule::DataCentre,
                self.centres
                    .iter()
                    .any(|&(start, end)| (start..=end).contains(&row.ip)),
            ),
            (
                Rule::DeclaredBot,
                !row.agent.starts_with("Mozilla/5.0 ") || is_bot(&row.agent),
            ),
            (Rule::Velocity, self.a_day[&(row.viewer, day)] > 2_000),
            (Rule::ReplayLoop, self.replays[&(row.viewer, row.video, day)] > 20),
            (
                Rule::NegativeFeedback,
                self.disliked.contains(&(row.viewer, row.video)),
            ),
            (Rule::ImpossibleTime, sum - longest > HOUR_MS as u64),
        ];
        broken
            .into_iter()
            .find(|&(_, broken)| broken)
            .map(|(rule, _)| rule)
    }
}

fn is_bot(agent: &str) -> bool {
    [
        "bot/",
        "Bot/",
        "Googlebot",
        "bingbot",
        "externalhit",
        "HeadlessChrome",
    ]
    .iter()
    .any(|mark| agent.contains(mark))
}

fn own_accounts(folder: &Path) -> HashSet<(i64, i64)> {
    let mut accounts = HashSet::new();
    for batch in crate::reading::files(&folder.join("creator"))
        .iter()
        .flat_map(|path| crate::reading::batches(path))
    {
        for (creator, linked) in crate::reading::texts(&batch, "creator_id")
            .iter()
            .zip(crate::reading::texts(&batch, "linked_accounts"))
        {
            let creator: i64 = creator.parse().unwrap();
            accounts.insert((creator, creator));
            accounts.extend(
                linked
                    .split(';')
                    .filter(|id| !id.is_empty())
                    .map(|id| (id.parse().unwrap(), creator)),
            );
        }
    }
    accounts
}

fn centres(folder: &Path) -> Vec<(u32, u32)> {
    let text = std::fs::read_to_string(folder.join("datacentres.csv")).unwrap();
    let address = |text: &str| text.parse::<Ipv4Addr>().unwrap().to_bits();
    text.lines()
        .map(|line| {
            let mut cells = line.split(',');
            (address(cells.next().unwrap()), address(cells.next().unwrap()))
        })
        .collect()
}

fn disliked(folder: &Path) -> HashSet<(i64, i64)> {
    let mut pairs = HashSet::new();
    for batch in crate::reading::files(&folder.join("engagement"))
        .iter()
        .flat_map(|path| crate::reading::batches(path))
    {
        let (viewers, videos) = (
            crate::reading::texts(&batch, "viewer_id"),
            crate::reading::texts(&batch, "video_id"),
        );
        for ((kind, viewer), video) in crate::reading::texts(&batch, "engagement")
            .iter()
            .zip(viewers)
            .zip(videos)
        {
            if kind == "not_interested" {
                pairs.insert((viewer.parse().unwrap(), video.parse().unwrap()));
            }
        }
    }
    pairs
}

#[test]
fn labels_tell_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("platform");
    let generated = generate(&options(&out, VIEWS)).unwrap();
    let rows = views(&out);
    assert_eq!(rows.len() as u64, VIEWS);
    assert_shares(&generated.labels);

    let labels = labels(&out);
    let (again, labels): (Vec<_>, Vec<_>) = labels.into_iter().partition(|(_, rule)| rule == "duplicate");
    let labelled: BTreeMap<i64, &str> = labels.iter().map(|(id, rule)| (*id, rule.as_str())).collect();
    assert_eq!(labelled.len(), labels.len(), "a view has one label");
    let once = without_duplicates(&rows, &again);

    let known = Known::of(&out, &once);
    let mut first = BTreeSet::new();
    let mut order: Vec<&Row> = once.iter().collect();
    order.sort_by_key(|row| (row.at_ms, row.event_id));
    let mut strays: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for row in order {
        let broken = known.broken(row);
        let seen = broken.is_none() && !first.insert((row.viewer, row.video));
        let verdict = if seen {
            "already_counted"
        } else {
            broken.map_or("", Rule::name)
        };
        let label = labelled.get(&row.event_id).copied().unwrap_or("");
        let natural = ["too_short", "surface", "already_counted", "negative_feedback"].contains(&verdict);
        if label != verdict && !(label.is_empty() && natural) {
            *strays.entry((label, verdict)).or_default() += 1;
        }
    }
    // Two loops of one viewer and the like: a few in 200,000.
    let count: u32 = strays.values().sum();
    assert!(count < 30, "label and first broken rule differ: {strays:?}");
}

fn assert_shares(labels: &[(&str, u64)]) {
    assert!(labels.iter().map(|label| label.0).eq(Rule::ALL.map(Rule::name)));
    for (rule, &(name, count)) in Rule::ALL.into_iter().zip(labels) {
        let expected = VIEWS * rule.per_million() / 1_000_000;
        let slack = match rule {
            // Accounts of 2,001 to 2,800 views: half of one more or less.
            Rule::Velocity => 2_801,
            _ => expected / 10,
        };
        assert!(count.abs_diff(expected) <= slack, "{name}: {count} of {expected}");
    }
}

/// The rows without those that came again, which must be the ones that the labels name.
fn without_duplicates(rows: &[Row], again: &[(i64, String)]) -> Vec<Row> {
    let mut copies: HashMap<i64, Vec<&Row>> = HashMap::new();
    for row in rows {
        copies.entry(row.event_id).or_default().push(row);
    }
    let mut extra: HashMap<i64, usize> = HashMap::new();
    for (id, _) in again {
        *extra.entry(*id).or_default() += 1;
    }
    let mut late = 0;
    for (id, copies) in &copies {
        assert_eq!(
            copies.len() - 1,
            extra.get(id).copied().unwrap_or(0),
            "copies of {id}"
        );
        for copy in &copies[1..] {
            late += usize::from(copy.file != copies[0].file);
            assert_eq!(
                Row {
                    file: copies[0].file,
                    ..(*copy).clone()
                },
                *copies[0]
            );
        }
    }
    assert!(late > 100, "{late} rows came again in a later file");
    let mut once: Vec<Row> = copies.into_values().map(|copies| copies[0].clone()).collect();
    once.sort_by_key(|row| row.event_id);
    once
}
