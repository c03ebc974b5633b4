//! The rules of eligibility, caps and payability.

mod platform;

use earning::{Below, Payability, ReductionScope, SettleError};
use money::{Asset, Money};
use platform::{Platform, date, document, earned, of_video, qualified, shipped};

const DAY: &str = "2026-10-05";

/// One creator with one video, of the Creator Fund.
fn fund(change: impl FnOnce(&mut Platform)) -> Platform {
    let mut platform = Platform::new(&shipped("creator-fund", &[]), DAY);
    platform.creator("c");
    platform.video("v", "c");
    platform.fact("v", "US", DAY, qualified(10));
    platform.fund(DAY, 10_000);
    change(&mut platform);
    platform
}

#[test]
fn the_first_condition_that_fails_is_the_reason() {
    type Change = fn(&mut Platform);
    let table: [(Change, u32, &str, Option<&str>); 8] = [
        (
            |p| p.creators[0].birth_date = Some(date("2008-10-06")),
            0,
            "creator.adult false",
            None,
        ),
        (
            |p| p.creators[0].followers = Some(9_999),
            1,
            "creator.followers 9999",
            None,
        ),
        (
            |p| p.looked_back("creator.views_30d", "c", 99_999),
            2,
            "creator.views_30d 99999",
            None,
        ),
        (
            |p| p.lookbacks.counts.values_mut().for_each(|counts| counts.clear()),
            2,
            "creator.views_30d 0",
            None,
        ),
        (
            |p| p.creators[0].standing = Some("banned".into()),
            3,
            "creator.standing banned",
            None,
        ),
        (
            |p| p.creators[0].country = None,
            4,
            "creator.country not known",
            Some("creator.country"),
        ),
        (
            |p| p.creators[0].followers = None,
            1,
            "creator.followers not known",
            Some("creator.followers"),
        ),
        (
            |p| p.creators.clear(),
            0,
            "creator.adult not known",
            Some("creator.adult"),
        ),
    ];
    for (change, condition, values, not_known) in table {
        let settlement = fund(change).settle();
        let failure = settlement.creator("c").unwrap().failure.clone().unwrap();
        let found: Vec<String> = failure
            .values
            .iter()
            .map(|v| format!("{} {}", v.name, v.value))
            .collect();
        assert_eq!(
            (failure.condition, found.join(", ").as_str()),
            (condition, values)
        );
        assert_eq!(failure.not_known.as_deref(), not_known);
        assert_eq!(of_video(&settlement, "v"), "creator_not_eligible");
        assert!(settlement.lines.is_empty());
    }
}

#[test]
fn age_is_that_on_the_last_day_of_the_period() {
    let on_the_day = fund(|p| p.creators[0].birth_date = Some(date("2008-10-05"))).settle();
    assert!(on_the_day.creator("c").unwrap().is_eligible());
    // A birth date wins over the flag; without one the flag is believed.
    let flag = |birth, adult| {
        let settlement = fund(|p| (p.creators[0].birth_date, p.creators[0].adult) = (birth, adult)).settle();
        settlement.creator("c").unwrap().is_eligible()
    };
    assert!(!flag(Some(date("2010-01-01")), Some(true)));
    assert!(flag(None, Some(true)));
    assert!(!flag(None, Some(false)));
}

#[test]
fn a_video_has_conditions_of_its_own() {
    let private = fund(|p| p.videos[0].visibility = Some("private".into())).settle();
    let earning::Verdict::NotEligible { failure } = &private.video("v").unwrap().verdict else {
        panic!()
    };
    assert_eq!(failure.because.as_deref(), Some("only public videos earn"));
    assert!(private.creator("c").unwrap().is_eligible());
    assert_eq!(private.creator("c").unwrap().payable, None);
    let unknown = fund(|p| p.videos[0].original = None).settle();
    let earning::Verdict::NotEligible { failure } = &unknown.video("v").unwrap().verdict else {
        panic!()
    };
    assert_eq!(failure.not_known.as_deref(), Some("video.original"));
}

#[test]
fn creators_without_views_are_decided_about_too() {
    let settlement = fund(|p| {
        p.creator("idle");
        p.creator("small").followers = Some(1);
    })
    .settle();
    assert!(settlement.creator("idle").unwrap().is_eligible());
    assert!(!settlement.creator("small").unwrap().is_eligible());
    let counts = &settlement.report.counts;
    assert_eq!(
        (counts.creators, counts.creators_eligible, counts.creators_paid),
        (3, 2, 1)
    );
}

fn paying(caps: &str, facts: &[(&str, &str, u64)]) -> Platform {
    let text = document(
        "month",
        &format!("[rate]\nunits = \"qualified_views\"\nper = 1\nrate = \"1.00\"\n{caps}"),
    );
    let mut platform = Platform::new(&text, "2026-10");
    for (creator, video, views) in facts {
        if !platform.creators.iter().any(|known| *known.id == **creator) {
            platform.creator(creator);
        }
        platform.video(video, creator);
        platform.fact(video, "US", DAY, qualified(views - 1));
        platform.fact(video, "DE", DAY, qualified(1));
    }
    platform
}

const FACTS: [(&str, &str, u64); 4] = [("c", "v1", 60), ("c", "v2", 30), ("c", "v3", 10), ("d", "v4", 50)];

#[test]
fn caps_reduce_in_proportion_and_in_order() {
    let video = "[[caps]]\nper = \"video\"\namount = \"40.00\"\n";
    let creator = "[[caps]]\nper = \"creator\"\namount = \"40.00\"\n";
    let budget = "[[caps]]\nper = \"budget\"\namount = \"60.00\"\n";
    let table = [
        (String::new(), ["60", "30", "10", "50"]),
        (video.to_owned(), ["40", "30", "10", "40"]),
        (creator.to_owned(), ["24", "12", "4", "40"]),
        (format!("{video}{creator}"), ["20", "15", "5", "40"]),
        (format!("{creator}{video}"), ["24", "12", "4", "40"]),
        (format!("{creator}{budget}"), ["18", "9", "3", "30"]),
    ];
    for (caps, expected) in table {
        let settlement = paying(&caps, &FACTS).settle();
        let paid = ["v1", "v2", "v3", "v4"].map(|video| of_video(&settlement, video));
        assert_eq!(paid, expected.map(|amount| format!("{amount}.000000")), "{caps}");
        for line in &settlement.lines {
            let units: i128 = settlement.units_of(line).iter().map(|unit| unit.amount).sum();
            assert_eq!(units, line.amount.units());
            let before: i128 = settlement
                .units_of(line)
                .iter()
                .map(|unit| unit.before_caps)
                .sum();
            assert_eq!(before, line.before_caps.units());
        }
        let totals = &settlement.report.totals;
        assert_eq!(totals.divided.checked_sub(totals.reduced).unwrap(), totals.paid);
    }
}

#[test]
fn reductions_are_reported() {
    let settlement = paying("[[caps]]\nper = \"creator\"\namount = \"40.00\"", &FACTS).settle();
    let told = settlement.report.reductions.iter().map(|reduction| {
        assert_eq!(reduction.scope, ReductionScope::Creator);
        format!(
            "{} {} to {}",
            reduction.subject.as_deref().unwrap(),
            reduction.before,
            reduction.after
        )
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "c 100.000000 USD to 40.000000 USD",
            "d 50.000000 USD to 40.000000 USD"
        ]
    );
}

#[test]
fn a_budget_of_another_asset_is_refused() {
    let mut platform = paying("[[caps]]\nper = \"budget\"\namount = \"60.00\"", &FACTS);
    platform.budget_spent = Money::zero(Asset::iso("USD").unwrap());
    assert!(matches!(
        platform.refused(),
        SettleError::AssetsDiffer {
            what: "the budget spent",
            ..
        }
    ));
}

#[test]
fn amounts_below_the_threshold_roll_or_expire() {
    let rolls = fund(|p| {
        p.creator("d");
        p.video("w", "d");
        p.fact("w", "US", DAY, qualified(10_000));
    })
    .settle();
    let payable = |creator: &str| rolls.creator(creator).unwrap().payable.clone().unwrap();
    assert!(
        matches!(
            payable("c"),
            Payability::BelowThreshold {
                then: Below::Roll,
                ..
            }
        ),
        "{}",
        earned(&rolls, "c")
    );
    assert_eq!(
        payable("d"),
        Payability::PayableOn {
            date: date("2026-10-09")
        }
    );
}
