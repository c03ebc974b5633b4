//! The rules as they are documented, as plainly as can be.

use super::{Act, DAY_MS, HOUR_MS, START_MS, View, World};
use facts::{Counts, Fact, FactVideo, Facts};
use lake::kernel::ByPayer;
use policy::qualification::{CountOnce, Qualification, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Days of the span.
const DAYS: i64 = 3;

type Key = (String, String, i32, Option<String>);

fn inside(at: i64) -> bool {
    (START_MS..START_MS + DAYS * DAY_MS).contains(&at)
}

fn day(at: i64) -> i32 {
    at.div_euclid(DAY_MS) as i32
}

struct Naive<'a> {
    world: &'a World,
    wanted: &'a Qualification,
    /// Views of the span; the second and later of an event id are duplicates.
    views: Vec<(&'a View, bool)>,
    acts: Vec<&'a Act>,
}

/// Facts of a world's three days.
pub fn facts(world: &World, wanted: &Qualification, by_payer: ByPayer) -> Facts {
    let mut seen = BTreeSet::new();
    let all = world
        .views
        .iter()
        .map(|view| (view, !seen.insert(view.event)))
        .collect::<Vec<_>>();
    let views = all.into_iter().filter(|(view, _)| inside(view.at)).collect();
    let mut seen = BTreeSet::new();
    let acts = world
        .acts
        .iter()
        .filter(|act| seen.insert(act.event))
        .filter(|act| inside(act.at))
        .collect();
    let naive = Naive {
        world,
        wanted,
        views,
        acts,
    };
    let mut counts = BTreeMap::new();
    naive.count_views(&mut counts, by_payer);
    naive.count_engagement(&mut counts, by_payer);
    let foreign_impressions = naive.count_ads(&mut counts, by_payer);
    naive.facts(counts, foreign_impressions)
}

impl<'a> Naive<'a> {
    fn originals(&self) -> impl Iterator<Item = &'a View> + '_ {
        self.views
            .iter()
            .filter(|(_, again)| !again)
            .map(|(view, _)| *view)
    }

    fn key(&self, video: u8, country: &str, at: i64, payer: Option<u8>, by_payer: ByPayer) -> Key {
        let payer = payer
            .filter(|_| by_payer == ByPayer::Yes)
            .map(|payer| self.world.person(payer));
        (self.world.video(video), country.to_owned(), day(at), payer)
    }

    fn snapshot(&self, video: u8) -> Option<(u8, Option<u32>)> {
        let found = self.world.snapshots.iter().find(|snapshot| snapshot.0 == video)?;
        Some((found.1, found.2))
    }

    fn same_person(&self, viewer: u8, creator: u8) -> bool {
        viewer == creator || self.world.linked.contains(&(creator, viewer))
    }

    fn own(&self, view: &View) -> bool {
        let creator = self
            .snapshot(view.video)
            .map(|snapshot| snapshot.0)
            .or(view.creator);
        creator.is_some_and(|creator| self.same_person(view.viewer, creator))
    }

    fn invalidated(&self, view: &View) -> bool {
        let (events, viewers) = &self.world.invalidated;
        let between = |from: Option<i64>, until: Option<i64>| {
            from.is_none_or(|from| from <= view.at) && until.is_none_or(|until| view.at < until)
        };
        let marked = |(viewer, from, until): &(u8, _, _)| *viewer == view.viewer && between(*from, *until);
        events.contains(&view.event) || viewers.iter().any(marked)
    }

    /// All rules that a view fails, but the last two of the order.
    fn verdict(&self, view: &View) -> Option<Rule> {
        let wanted = self.wanted;
        let of_viewer = || self.originals().filter(|other| other.viewer == view.viewer);
        if self.invalidated(view) {
            return Some(Rule::Invalidated);
        }
        if wanted.exclude_self.is_some() && self.own(view) {
            return Some(Rule::SelfView);
        }
        if wanted
            .minimum_watch_ms
            .is_some_and(|minimum| view.watched < minimum)
        {
            return Some(Rule::TooShort);
        }
        if let (Some(allowed), Some(surface)) = (&wanted.surfaces, view.surface)
            && !surface.is_empty()
            && !allowed.iter().any(|one| one == surface)
        {
            return Some(Rule::Surface);
        }
        if wanted.exclude_paid.is_some() && view.promoted == Some(true) {
            return Some(Rule::Paid);
        }
        let listed = view.ip.is_some_and(|ip| ip >> 24 == 10);
        if wanted.exclude_data_centres.is_some() && (view.data_centre == Some(true) || listed) {
            return Some(Rule::DataCentre);
        }
        let says_bot = view.agent.is_some_and(|agent| agent.contains("bot"));
        if wanted.exclude_declared_bots.is_some() && (view.bot == Some(true) || says_bot) {
            return Some(Rule::DeclaredBot);
        }
        let that_day = of_viewer().filter(|other| day(other.at) == day(view.at)).count();
        if wanted
            .max_views_per_viewer_day
            .is_some_and(|max| that_day > max as usize)
        {
            return Some(Rule::Velocity);
        }
        let replays = of_viewer()
            .filter(|other| other.video == view.video && day(other.at) == day(view.at))
            .count();
        if wanted
            .max_replays_per_day
            .is_some_and(|max| replays > max as usize)
        {
            return Some(Rule::ReplayLoop);
        }
        let on_view = of_viewer().any(|other| other.video == view.video && other.flags[5] == Some(true));
        let told = |act: &&Act| act.viewer == view.viewer && act.video == view.video && act.kind == 5;
        if wanted.exclude_negative_feedback.is_some() && (on_view || self.acts.iter().any(told)) {
            return Some(Rule::NegativeFeedback);
        }
        let hour = |at: i64| at.div_euclid(HOUR_MS);
        let that_hour = || {
            of_viewer()
                .filter(|other| hour(other.at) == hour(view.at))
                .map(|other| i64::from(other.watched))
        };
        let rest = that_hour().sum::<i64>() - that_hour().max().unwrap_or(0);
        if wanted
            .max_parallel_playbacks
            .is_some_and(|playbacks| rest > HOUR_MS * i64::from(playbacks))
        {
            return Some(Rule::ImpossibleTime);
        }
        None
    }

    fn count_views(&self, counts: &mut BTreeMap<Key, Counts>, by_payer: ByPayer) {
        let mut passing: Vec<&View> = Vec::new();
        let add = |view: &View, counts: &mut BTreeMap<Key, Counts>, add: &dyn Fn(&mut Counts)| {
            let key = self.key(
                view.video,
                view.country.unwrap_or(""),
                view.at,
                Some(view.viewer),
                by_payer,
            );
            let entry = counts.entry(key).or_default();
            entry.views += 1;
            add(entry);
        };
        for (view, again) in &self.views {
            if *again {
                add(view, counts, &|entry| {
                    entry.rejected[Rule::Duplicate as usize] += 1
                });
                continue;
            }
            match self.verdict(view) {
                None => passing.push(view),
                Some(rule) => add(view, counts, &|entry| {
                    entry.rejected[rule as usize] += 1;
                    entry.watched_ms += u64::from(view.watched);
                }),
            }
        }
        // The order of views of one moment: longest watched, then shortest known duration ... as documented.
        passing.sort_by_key(|view| {
            (
                view.viewer,
                view.video,
                view.at,
                u32::MAX - view.watched,
                self.rest(view),
            )
        });
        let mut counted = BTreeSet::new();
        for view in passing {
            let until = match self.wanted.count_once {
                CountOnce::Never => None,
                CountOnce::PerDay => Some(day(view.at)),
                CountOnce::PerPeriod => Some(0),
            };
            let again = until.is_some_and(|until| !counted.insert((view.viewer, view.video, until)));
            add(view, counts, &|entry| {
                entry.watched_ms += u64::from(view.watched);
                if again {
                    entry.rejected[Rule::AlreadyCounted as usize] += 1;
                    return;
                }
                entry.qualified += 1;
                entry.qualified_watched_ms += u64::from(view.watched);
                let known = self
                    .snapshot(view.video)
                    .and_then(|snapshot| snapshot.1)
                    .or(view.duration);
                entry.completions +=
                    u64::from(known.is_some_and(|duration| duration > 0 && view.watched >= duration));
            });
        }
    }

    /// What comes after time and watched time in the order of a viewer's views of a video.
    fn rest(&self, view: &View) -> (bool, u32, u8, &'static str) {
        let by_row = view
            .creator
            .is_some_and(|creator| self.same_person(view.viewer, creator));
        let mask = (0..6)
            .filter(|kind| view.flags[*kind] == Some(true))
            .map(|kind| 1u8 << kind)
            .sum();
        (
            by_row,
            view.duration.unwrap_or(0),
            mask,
            view.country.unwrap_or(""),
        )
    }

    fn count_engagement(&self, counts: &mut BTreeMap<Key, Counts>, by_payer: ByPayer) {
        for viewer in 0..8 {
            for video in 0..8 {
                let mut views: Vec<&View> = self
                    .originals()
                    .filter(|view| (view.viewer, view.video) == (viewer, video))
                    .collect();
                views.sort_by_key(|view| (view.at, u32::MAX - view.watched, self.full_rest(view)));
                let mut acts: Vec<&Act> = self
                    .acts
                    .iter()
                    .copied()
                    .filter(|act| (act.viewer, act.video) == (viewer, video))
                    .collect();
                acts.sort_by_key(|act| (act.at, 1 << act.kind, act.country.unwrap_or("")));
                let own = match self.snapshot(video) {
                    Some((creator, _)) => self.same_person(viewer, creator),
                    None => views.iter().any(|view| self.own(view)),
                };
                for kind in (0..6).filter(|_| !own) {
                    let on_view = views.iter().find(|view| view.flags[kind] == Some(true));
                    let by_act = acts.iter().find(|act| act.kind == kind);
                    let first = match (on_view, by_act) {
                        (Some(view), Some(act)) if view.at <= act.at => {
                            Some((view.at, view.country.unwrap_or("")))
                        }
                        (_, Some(act)) => Some((act.at, self.country_of(act, &views))),
                        (Some(view), None) => Some((view.at, view.country.unwrap_or(""))),
                        (None, None) => None,
                    };
                    if let Some((at, country)) = first {
                        let key = self.key(video, country, at, Some(viewer), by_payer);
                        counts.entry(key).or_default().engagement[kind] += 1;
                    }
                }
            }
        }
    }

    fn full_rest(&self, view: &View) -> (bool, u32, u8, u16, &'static str) {
        let (by_row, duration, mask, country) = self.rest(view);
        (by_row, duration, mask, self.row_fails(view), country)
    }

    /// Bits of the failing rules that need nothing but the row: the last but one thing that rows are ordered by.
    fn row_fails(&self, view: &View) -> u16 {
        let wanted = self.wanted;
        let mut fails = 0;
        let mut mark = |rule: Rule, failing: bool| fails |= u16::from(failing) << rule as u16;
        mark(Rule::Invalidated, self.invalidated(view));
        mark(
            Rule::TooShort,
            wanted
                .minimum_watch_ms
                .is_some_and(|minimum| view.watched < minimum),
        );
        let allowed = |surface: &str| {
            wanted
                .surfaces
                .as_ref()
                .is_none_or(|all| all.iter().any(|one| one == surface))
        };
        mark(
            Rule::Surface,
            view.surface
                .is_some_and(|surface| !surface.is_empty() && !allowed(surface)),
        );
        mark(
            Rule::Paid,
            wanted.exclude_paid.is_some() && view.promoted == Some(true),
        );
        let listed = view.ip.is_some_and(|ip| ip >> 24 == 10);
        mark(
            Rule::DataCentre,
            wanted.exclude_data_centres.is_some() && (view.data_centre == Some(true) || listed),
        );
        let says_bot = view.agent.is_some_and(|agent| agent.contains("bot"));
        mark(
            Rule::DeclaredBot,
            wanted.exclude_declared_bots.is_some() && (view.bot == Some(true) || says_bot),
        );
        fails
    }

    /// An act without a country has that of the nearest view of the video before it that has one.
    fn country_of(&self, act: &Act, views: &[&View]) -> &'static str {
        let told = act.country.filter(|country| !country.is_empty());
        let before = views.iter().rev().filter(|view| view.at <= act.at);
        told.or_else(|| {
            before
                .filter_map(|view| view.country)
                .find(|country| !country.is_empty())
        })
        .unwrap_or("")
    }

    fn count_ads(&self, counts: &mut BTreeMap<Key, Counts>, by_payer: ByPayer) -> u64 {
        let (mut seen, mut foreign) = (BTreeSet::new(), 0);
        for ad in self
            .world
            .ads
            .iter()
            .filter(|ad| seen.insert(ad.event))
            .filter(|ad| inside(ad.at))
        {
            if ad.currency != "USD" {
                foreign += 1;
                continue;
            }
            let key = self.key(ad.video, ad.country.unwrap_or(""), ad.at, ad.viewer, by_payer);
            let entry = counts.entry(key).or_default();
            entry.ad_impressions += 1;
            entry.ad_revenue_micros += i128::from(ad.micros);
        }
        foreign
    }

    fn not_evaluated(&self) -> Vec<Rule> {
        let wanted = self.wanted;
        let some = |has: &dyn Fn(&View) -> bool| self.originals().any(has);
        let known = self
            .views
            .iter()
            .any(|(view, _)| self.snapshot(view.video).is_some())
            || self
                .acts
                .iter()
                .any(|act| self.snapshot(act.video).is_some() && self.acts_counted(act));
        [
            (
                Rule::SelfView,
                wanted.exclude_self.is_some(),
                known || some(&|view| view.creator.is_some()),
            ),
            (
                Rule::Surface,
                wanted.surfaces.is_some(),
                some(&|view| view.surface.is_some()),
            ),
            (
                Rule::Paid,
                wanted.exclude_paid.is_some(),
                some(&|view| view.promoted.is_some()),
            ),
            (
                Rule::DataCentre,
                wanted.exclude_data_centres.is_some(),
                some(&|view| view.data_centre.is_some() || view.ip.is_some()),
            ),
            (
                Rule::DeclaredBot,
                wanted.exclude_declared_bots.is_some(),
                some(&|view| view.bot.is_some() || view.agent.is_some()),
            ),
            (
                Rule::NegativeFeedback,
                wanted.exclude_negative_feedback.is_some(),
                some(&|view| view.flags[5].is_some()) || !self.acts.is_empty(),
            ),
        ]
        .into_iter()
        .filter(|(_, on, seen)| *on && !seen)
        .map(|(rule, ..)| rule)
        .collect()
    }

    /// Whether an act brings its video into the facts.
    fn acts_counted(&self, act: &Act) -> bool {
        self.snapshot(act.video)
            .is_some_and(|(creator, _)| !self.same_person(act.viewer, creator))
    }

    fn facts(&self, counts: BTreeMap<Key, Counts>, foreign_impressions: u64) -> Facts {
        let texts = |of: &dyn Fn(&Key) -> Option<String>| -> Vec<Arc<str>> {
            let all: BTreeSet<String> = counts.keys().filter_map(of).collect();
            all.into_iter().map(Arc::from).collect()
        };
        let mut countries = texts(&|key| Some(key.1.clone()));
        if countries.first().is_none_or(|first| !first.is_empty()) {
            countries.insert(0, Arc::from(""));
        }
        let (ids, payers) = (texts(&|key| Some(key.0.clone())), texts(&|key| key.3.clone()));
        let hint = |id: &str| {
            let of_video = self.originals().filter(|view| self.world.video(view.video) == id);
            of_video
                .filter_map(|view| view.creator)
                .map(|creator| self.world.person(creator))
                .min()
                .map(Arc::from)
        };
        let find = |list: &[Arc<str>], text: &str| list.iter().position(|one| &**one == text).unwrap();
        let rows = counts
            .iter()
            .map(|((video, country, day, payer), counts)| Fact {
                video: find(&ids, video) as u32,
                country: find(&countries, country) as u16,
                day: *day,
                payer: payer.as_ref().map(|payer| find(&payers, payer) as u32),
                counts: counts.clone(),
            })
            .collect();
        let videos = ids
            .iter()
            .map(|id| FactVideo {
                id: id.clone(),
                creator_hint: hint(id),
            })
            .collect();
        Facts {
            videos,
            countries,
            payers,
            rows,
            not_evaluated: self.not_evaluated(),
            foreign_impressions,
        }
    }
}
