//! What explanations say.

mod platform;

use earning::explain::{self, Evidence, ExplainError, SampleEvent};
use earning::{Settlement, VideoDecision};
use facts::Counts;
use platform::{Platform, qualified, shipped};
use policy::qualification::Rule;

const DAY: &str = "2026-10-05";

fn explain(
    platform: &Platform,
    settlement: &Settlement,
    video: &str,
) -> Result<explain::Explanation, ExplainError> {
    let line = settlement
        .lines
        .iter()
        .find(|line| *line.video == *video)
        .expect("a line");
    let samples = [
        SampleEvent {
            id: "e1".into(),
            rejected: None,
            detail: "14 s, US".into(),
        },
        SampleEvent {
            id: "e2".into(),
            rejected: Some(Rule::TooShort),
            detail: "2 s, US".into(),
        },
    ];
    let inputs = platform.inputs();
    let units = settlement.units_of(line);
    explain::line(&Evidence {
        inputs: &inputs,
        line,
        units,
        report: &settlement.report,
        samples: &samples,
    })
}

fn fund() -> Platform {
    let mut platform = Platform::new(&shipped("creator-fund", &[]), DAY);
    for creator in ["ann", "bob"] {
        platform.creator(creator);
    }
    platform.video("dance", "ann");
    platform.video("chess", "bob");
    let mut counts = Counts {
        views: 1_500,
        qualified: 1_000,
        completions: 500,
        ..Counts::default()
    };
    counts.rejected[Rule::TooShort as usize] = 450;
    counts.rejected[Rule::SelfView as usize] = 50;
    counts.engagement[0] = 20;
    platform.fact("dance", "US", DAY, counts);
    platform.fact("dance", "", DAY, qualified(500));
    platform.fact("chess", "GB", DAY, qualified(2_250));
    platform.fund(DAY, 10_000);
    platform.facts.not_evaluated = vec![Rule::DataCentre];
    platform
}

#[test]
fn a_pools_line_is_taken_apart_down_to_events() {
    let platform = fund();
    let settlement = platform.settle();
    let explained = explain(&platform, &settlement, "dance").unwrap();
    assert_eq!(explained.to_string(), "\
5000.000000 USD for video dance of creator ann in 2026-10-05, from Creator Fund (version 1)
- 5000.000000 USD is the sum of 2 units: one for each country, day or payer kept apart
  - 4722.222222 USD from US: 1,000 qualified of 1,500 views
    - weight = qualified_views * region * (1 + completion_rate + 10 * min([engagement_rate, 0.1]))
      = 1000 * 1 * (1 + 0.5 + 10 * min([0.02, 0.1]))
      = 1700
      - region = 1 from the table by country, for US
    - weight 1,700 of 3,600 in all of the whole period is 47.2222 % of the creators' 10000.000000 USD: 4722.222222 USD
  - 277.777778 USD from an unknown country: 500 qualified of 500 views
    - weight = qualified_views * region * (1 + completion_rate + 10 * min([engagement_rate, 0.1]))
      = 500 * 0.2 * (1 + 0 + 10 * min([0, 0.1]))
      = 100
      - region = 0.2 from the table by country, for unknown
    - weight 100 of 3,600 in all of the whole period is 2.7778 % of the creators' 10000.000000 USD: 277.777778 USD
- pool of the whole period: 10000.000000 USD; creators' part: 10000.000000 USD; divided over 3 units
- no cap reduced it
- amounts are whole multiples of 0.000001 USD: the parts sum exactly, what rounding would leave goes to the largest remainders
- 1,500 of the video's 2,000 views qualified
  - 50 did not (self_view): watched by the creator, or by an account linked to the creator
  - 450 did not (too_short): watched for less than 5 seconds
  - the rule data_centre was not evaluated: no row had what it needs
- some of the events
  - e1: qualified, 14 s, US
  - e2: too_short, 2 s, US
");
    let json = serde_json::to_value(&explained).unwrap();
    assert_eq!(json["topic"], "amount");
    let back: explain::Explanation = serde_json::from_value(json).unwrap();
    assert_eq!(back, explained);
}

#[test]
fn a_rate_is_multiplied_and_capped() {
    let mut platform = Platform::new(
        &shipped("creator-rewards", &[("caps[1].amount", "\"50.00\"")]),
        "2026-10",
    );
    platform.creator("ann");
    platform.video("dance", "ann").search_value_micros = Some(500_000);
    platform.fact("dance", "US", DAY, qualified(175_000));
    let settlement = platform.settle();
    let explained = explain(&platform, &settlement, "dance").unwrap();
    assert_eq!(explained.to_string(), "\
50.000000 USD for video dance of creator ann in 2026-10, from Creator Rewards (version 1)
- 78.925000 USD is earned in one unit
  - 78.925000 USD from US: 175,000 qualified of 175,000 views
    - paid units = qualified_views
      = 175000
    - rate = 0.41 * region * (1 + 0.5 * completion_rate) * (1 + 0.2 * (video.search_value ?? 0)) * (1 + 3 * min([engagement_rate, 0.1]))
      = 0.41 * 1 * (1 + 0.5 * 0) * (1 + 0.2 * (0.5 ?? 0)) * (1 + 3 * min([0, 0.1]))
      = 0.451
      - region = 1 from the table by country, for US
    - 175,000 / 1000 x 0.451 = 78.925000 USD, rounded half to even
- caps reduced the line from 78.925000 USD to 50.000000 USD
  - the cap per creator is 50.000000 USD: the creator's videos had 78.925000 USD together, and all were reduced in proportion
- each unit is rounded half to even to 0.000001 USD
- 175,000 of the video's 175,000 views qualified
- some of the events
  - e1: qualified, 14 s, US
  - e2: too_short, 2 s, US
");
}

#[test]
fn other_inputs_are_refused() {
    let mut platform = fund();
    let settlement = platform.settle();
    platform.facts.rows[0].counts.qualified += 1;
    let error = explain(&platform, &settlement, "dance").unwrap_err();
    assert!(matches!(error, ExplainError::Differs { .. }), "{error}");
    platform.facts.rows.remove(1);
    platform.facts.rows[0].counts.qualified -= 1;
    let error = explain(&platform, &settlement, "dance").unwrap_err();
    assert!(matches!(error, ExplainError::UnitMissing { .. }), "{error}");
}

fn why(platform: &Platform, creator: &str) -> String {
    let settlement = platform.settle();
    let decision = settlement.creator(creator).expect("a decision");
    let own = settlement
        .videos
        .iter()
        .filter(|video| video.creator.as_deref() == Some(creator));
    let videos: Vec<VideoDecision> = own.cloned().collect();
    explain::creator(&platform.program, decision, &videos).to_string()
}

#[test]
fn a_creator_who_may_not_earn_hears_which_condition_failed() {
    let mut platform = fund();
    platform.creators[0].followers = Some(9_500);
    assert_eq!(
        why(&platform, "ann"),
        "\
creator ann may not earn in Creator Fund: the Fund is open from 10,000 authentic followers
- condition 2 of 5 does not hold: creator.followers >= 10000 (creator.followers is 9500)
"
    );
    platform.creators[0].followers = None;
    assert_eq!(
        why(&platform, "ann"),
        "\
creator ann may not earn in Creator Fund: the Fund is open from 10,000 authentic followers, and creator.followers is not known
- condition 2 of 5 does not hold: creator.followers >= 10000 (creator.followers is not known)
"
    );
}

#[test]
fn a_creator_whose_videos_did_not_earn_hears_why() {
    let mut platform = Platform::new(&shipped("pulse", &[]), "2026-10");
    platform.creator("ann");
    for (video, views) in [("dance", 10), ("chess", 900), ("hidden", 5)] {
        platform.video(video, "ann");
        platform.fact(
            video,
            "US",
            DAY,
            Counts {
                ad_revenue_micros: 3,
                ..qualified(views)
            },
        );
    }
    platform.videos[2].visibility = Some("private".into());
    platform.creator("bob");
    assert_eq!(why(&platform, "ann"), "\
creator ann earned 0.000002 USD with 1 video in Pulse: 915 of 915 views qualified
- alone it is below the payout threshold of 50.000000 USD: it is carried to the next payout after 2026-11-15
- 1 video with 10 views: in no line-up
- 1 video with 5 views: only public videos are in the line-up
- video dance was in no line-up
  - it was in 0 of 1 line-ups; its best place was 2 of 2 for 2026-10-05, category gaming with a score of 10; the best 1 take part, the last of them with 900
- video hidden may not earn: only public videos are in the line-up
  - condition 2 of 2 does not hold: video.visibility == \"public\" (video.visibility is private)
");
    assert_eq!(
        why(&platform, "bob"),
        "creator bob meets every condition of Pulse, but had no views in the period\n"
    );
}
