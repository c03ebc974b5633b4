//! The funnel from views to qualified views: what each rule, in its order, left over.

use event::snapshot::VideoSnapshot;
use facts::{FactVideo, Facts};
use jiff::civil::{Date, date};
use policy::qualification::Rule;
use std::collections::HashMap;

/// Which facts a funnel adds up. An empty one adds up all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunnelOf {
    /// Only videos of this creator.
    pub creator: Option<String>,
    /// Only this video.
    pub video: Option<String>,
    /// Only this UTC day.
    pub day: Option<Date>,
}

/// Was the rule looked at?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// It was on and had what it needs, or it was off.
    Yes,
    /// It was on, but no row had its columns.
    No,
}

/// What one rule took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunnelRow {
    /// The rule.
    pub rule: Rule,
    /// Views whose first failing rule it was.
    pub rejected: u64,
    /// Views left after it.
    pub remaining: u64,
    /// Whether it could be evaluated.
    pub evaluated: Evaluated,
}

/// Views, what each rule took away, and what qualified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// All views.
    pub views: u64,
    /// Every rule in the order of evaluation.
    pub rows: Vec<FunnelRow>,
    /// Views that qualified: what remains after the last rule.
    pub qualified: u64,
}

/// Adds up the facts that `of` selects. A video's creator is its snapshot's, or, without one, its fact's hint.
pub fn funnel(facts: &Facts, of: &FunnelOf, videos: &[VideoSnapshot]) -> Funnel {
    let selected = selected_videos(facts, of, videos);
    let day = of.day.map(days_since_epoch);
    let (mut views, mut rejected) = (0, [0u64; Rule::COUNT]);
    for fact in &facts.rows {
        if !selected[fact.video as usize] || day.is_some_and(|day| day != fact.day) {
            continue;
        }
        views += fact.counts.views;
        for (sum, count) in rejected.iter_mut().zip(&fact.counts.rejected) {
            *sum += count;
        }
    }
    let mut remaining = views;
    let rows = Rule::ALL.map(|rule| {
        remaining -= rejected[rule as usize];
        let evaluated = if facts.not_evaluated.contains(&rule) {
            Evaluated::No
        } else {
            Evaluated::Yes
        };
        FunnelRow {
            rule,
            rejected: rejected[rule as usize],
            remaining,
            evaluated,
        }
    });
    Funnel {
        views,
        rows: rows.to_vec(),
        qualified: remaining,
    }
}

fn selected_videos(facts: &Facts, of: &FunnelOf, videos: &[VideoSnapshot]) -> Vec<bool> {
    let known: HashMap<&str, &str> = match of.creator {
        Some(_) => videos.iter().map(|video| (&*video.id, &*video.creator)).collect(),
        None => HashMap::new(),
    };
    let creator = |video: &FactVideo| match known.get(&*video.id) {
        Some(creator) => Some((*creator).to_owned()),
        None => video.creator_hint.as_deref().map(str::to_owned),
    };
    facts
        .videos
        .iter()
        .map(|video| {
            of.video.as_deref().is_none_or(|id| id == &*video.id)
                && (of.creator.is_none() || creator(video) == of.creator)
        })
        .collect()
}

/// Days from 1970-01-01 to the date: the day number of facts.
pub fn days_since_epoch(day: Date) -> i32 {
    let days = (day - date(1970, 1, 1)).get_days();
    // `since` counts in days by default: no larger units to add.
    debug_assert_eq!((day - date(1970, 1, 1)).get_months(), 0);
    days
}

/// The date of a fact's day number.
pub fn date_of(days: i32) -> Date {
    date(1970, 1, 1) + jiff::Span::new().days(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use facts::{Counts, Fact};
    use std::sync::Arc;

    fn facts() -> Facts {
        let fact = |video, day, qualified, too_short, paid| {
            let mut counts = Counts {
                views: qualified + too_short + paid,
                qualified,
                ..Counts::default()
            };
            counts.rejected[Rule::TooShort as usize] = too_short;
            counts.rejected[Rule::Paid as usize] = paid;
            Fact {
                video,
                country: 0,
                day,
                payer: None,
                counts,
            }
        };
        let video = |id: &str, creator: &str| FactVideo {
            id: Arc::from(id),
            creator_hint: Some(Arc::from(creator)),
        };
        Facts {
            videos: vec![video("v1", "ann"), video("v2", "bob")],
            countries: vec![Arc::from("")],
            rows: vec![
                fact(0, 20_000, 5, 2, 1),
                fact(0, 20_001, 1, 0, 0),
                fact(1, 20_000, 9, 0, 3),
            ],
            not_evaluated: vec![Rule::Surface],
            ..Facts::default()
        }
    }

    #[test]
    fn rules_take_away_in_order() {
        let of = FunnelOf {
            creator: Some("ann".to_owned()),
            ..FunnelOf::default()
        };
        let funnel = funnel(&facts(), &of, &[]);
        assert_eq!((funnel.views, funnel.qualified), (9, 6));
        let row = |rule: Rule| funnel.rows[rule as usize];
        assert_eq!(
            (row(Rule::TooShort).rejected, row(Rule::TooShort).remaining),
            (2, 7)
        );
        assert_eq!((row(Rule::Paid).rejected, row(Rule::Paid).remaining), (1, 6));
        assert_eq!(row(Rule::Surface).evaluated, Evaluated::No);
    }

    #[test]
    fn video_and_day_select() {
        let of = FunnelOf {
            video: Some("v1".to_owned()),
            day: Some(date_of(20_001)),
            ..FunnelOf::default()
        };
        assert_eq!(funnel(&facts(), &of, &[]).views, 1);
        assert_eq!(days_since_epoch(date_of(20_001)), 20_001);
    }
}
