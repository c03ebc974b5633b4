//! A small platform built in memory, to settle programs on.

#![allow(dead_code, reason = "each test file uses its own part of it")]

use earning::{Inputs, LookbackCounts, SettleError, Settlement};
use event::snapshot::{CreatorSnapshot, Funding, VideoSnapshot};
use facts::{Counts, Fact, FactVideo, Facts};
use jiff::Timestamp;
use jiff::civil::Date;
use money::Money;
use policy::program::{LookbackSubject, Program};
use policy::{Period, substitute};
use std::path::Path;
use std::sync::Arc;

/// Inputs that own what they are made of.
#[derive(Clone)]
pub struct Platform {
    pub program: Program,
    pub period: Period,
    pub facts: Facts,
    pub creators: Vec<CreatorSnapshot>,
    pub videos: Vec<VideoSnapshot>,
    pub funding: Vec<Funding>,
    pub lookbacks: LookbackCounts,
    pub budget_spent: Money,
}

/// The text of a shipped program, with some values changed.
pub fn shipped(id: &str, changes: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../programs")
        .join(format!("{id}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    changes.iter().fold(text, |text, (path, literal)| {
        substitute(&text, path, literal).expect("a key of the document")
    })
}

/// A checked program.
pub fn parse(text: &str) -> Program {
    policy::parse("test.toml", text).unwrap_or_else(|refused| panic!("{refused:#?}"))
}

/// A program with a head that tests do not care about, and the given rest.
pub fn document(period: &str, rest: &str) -> String {
    format!(
        r#"id = "test"
version = 1
name = "Test"
summary = "A program of the tests."
effective_from = 2026-01-01
currency = "USD"
period = "{period}"

{rest}

[payable]
hold_days = 3
threshold = "0.00"
below = "roll"
"#
    )
}

/// Views, all of them qualified.
pub fn qualified(views: u64) -> Counts {
    Counts {
        views,
        qualified: views,
        ..Counts::default()
    }
}

/// Advertising revenue in millionths.
pub fn revenue(micros: i64) -> Counts {
    Counts {
        ad_impressions: 1,
        ad_revenue_micros: micros.into(),
        ..Counts::default()
    }
}

pub fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

impl Platform {
    /// Nobody and nothing yet.
    pub fn new(text: &str, period: &str) -> Self {
        let program = parse(text);
        let period = Period::parse(period, program.period).expect("a period of the program");
        let mut lookbacks = LookbackCounts::default();
        for lookback in &program.lookbacks {
            lookbacks.counts.entry(*lookback).or_default();
        }
        let facts = Facts {
            countries: vec!["".into()],
            ..Facts::default()
        };
        let budget_spent = Money::zero(program.asset);
        Platform {
            program,
            period,
            facts,
            creators: Vec::new(),
            videos: Vec::new(),
            funding: Vec::new(),
            lookbacks,
            budget_spent,
        }
    }

    /// A creator who meets the conditions of every shipped program.
    pub fn creator(&mut self, id: &str) -> &mut CreatorSnapshot {
        for (lookback, counts) in &mut self.lookbacks.counts {
            if lookback.subject == LookbackSubject::Creator {
                counts.insert(id.into(), 1_000_000);
            }
        }
        self.creators.push(CreatorSnapshot {
            id: id.into(),
            effective_at: Timestamp::UNIX_EPOCH,
            birth_date: Some(date("1990-06-15")),
            adult: None,
            country: Some("US".into()),
            followers: Some(1_000_000),
            account_type: Some("personal".into()),
            standing: Some("good".into()),
            joined: vec![self.program.id.as_str().into()],
            posts: Some(100),
            linked_accounts: Vec::new(),
        });
        self.creators.last_mut().expect("just pushed")
    }

    /// A video that meets the conditions of every shipped program.
    pub fn video(&mut self, id: &str, creator: &str) -> &mut VideoSnapshot {
        for (lookback, counts) in &mut self.lookbacks.counts {
            if lookback.subject == LookbackSubject::Video {
                counts.insert(id.into(), 1_000_000);
            }
        }
        self.videos.push(VideoSnapshot {
            id: id.into(),
            creator: creator.into(),
            effective_at: Timestamp::UNIX_EPOCH,
            duration_ms: Some(90_000),
            published_at: Some("2026-09-01T12:00:00Z".parse().expect("an instant")),
            category: Some("gaming".into()),
            original: Some(true),
            music_tracks: Some(0),
            visibility: Some("public".into()),
            search_value_micros: Some(0),
        });
        self.videos.last_mut().expect("just pushed")
    }

    /// Counts of a video in a country on a day.
    pub fn fact(&mut self, video: &str, country: &str, day: &str, counts: Counts) -> &mut Fact {
        let video = index(
            &mut self.facts.videos,
            |listed| *listed.id == *video,
            || FactVideo {
                id: video.into(),
                creator_hint: None,
            },
        );
        let country = index(
            &mut self.facts.countries,
            |listed| **listed == *country,
            || country.into(),
        );
        let day = date("1970-01-01").until(date(day)).expect("days").get_days();
        self.facts.rows.push(Fact {
            video: video as u32,
            country: country as u16,
            day,
            payer: None,
            counts,
        });
        self.facts.rows.last_mut().expect("just pushed")
    }

    /// Counts of what one payer watched of a video.
    pub fn paid_by(&mut self, payer: &str, video: &str, day: &str, counts: Counts) {
        let payer = index(
            &mut self.facts.payers,
            |listed| **listed == *payer,
            || payer.into(),
        );
        self.fact(video, "US", day, counts).payer = Some(payer as u32);
    }

    /// Money for the pool.
    pub fn fund(&mut self, day: &str, wholes: i64) -> &mut Funding {
        self.funding.push(Funding {
            program: self.program.id.as_str().into(),
            date: date(day),
            country: None,
            payer: None,
            amount_micros: wholes * 1_000_000,
            currency: self.program.asset.code().into(),
        });
        self.funding.last_mut().expect("just pushed")
    }

    /// Says what a look-back of a subject counted.
    pub fn looked_back(&mut self, name: &str, subject: &str, count: u64) {
        let lookback = policy::scope::lookback(name)
            .expect("a look-back")
            .expect("in range");
        self.lookbacks
            .counts
            .entry(lookback)
            .or_default()
            .insert(subject.into(), count);
    }

    /// The inputs of a settlement.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            program: &self.program,
            period: &self.period,
            facts: &self.facts,
            creators: &self.creators,
            videos: &self.videos,
            funding: &self.funding,
            lookbacks: &self.lookbacks,
            budget_spent: self.budget_spent,
        }
    }

    pub fn settle(&self) -> Settlement {
        earning::settle(&self.inputs()).unwrap_or_else(|e| panic!("{e}"))
    }

    pub fn refused(&self) -> SettleError {
        earning::settle(&self.inputs()).expect_err("refused")
    }
}

fn index<T>(list: &mut Vec<T>, is: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> usize {
    list.iter().position(is).unwrap_or_else(|| {
        list.push(make());
        list.len() - 1
    })
}

/// Amounts of a creator's lines added up: `405.000000`.
pub fn earned(settlement: &Settlement, creator: &str) -> String {
    settlement.creator(creator).map_or_else(
        || "nobody".to_owned(),
        |decision| decision.amount.to_decimal_string(),
    )
}

/// The amount of a video, or its verdict.
pub fn of_video(settlement: &Settlement, video: &str) -> String {
    let decision = settlement.video(video).expect("a decision about the video");
    match decision.verdict {
        earning::Verdict::Paid => decision.amount.to_decimal_string(),
        _ => decision.verdict.name().to_owned(),
    }
}

/// An id that is shared.
pub fn arc(text: &str) -> Arc<str> {
    text.into()
}
