//! Shares that are none, who may consent, and that divisions are exact.

use super::*;
use crate::payee::PayeeId;
use jiff::civil::date;
use money::Ratio;
use proptest::prelude::*;

fn shares(all: &[(&str, &str)]) -> Result<Shares, SharesError> {
    let part = |(payee, share): &(&str, &str)| (PayeeId::new(payee).unwrap(), Ratio::parse(share).unwrap());
    Shares::new(all.iter().map(part).collect())
}

fn divided(shares: &Shares, units: i128) -> Vec<i128> {
    shares.divide(units).into_iter().map(|(_, units)| units).collect()
}

#[test]
fn shares_sum_to_one_exactly() {
    let three = shares(&[("a", "1/3"), ("b", "1/3"), ("c", "1/3")]).unwrap();
    assert_eq!(three.to_string(), "a 1/3, b 1/3, c 1/3");
    assert_eq!(divided(&three, 100), [34, 33, 33]);
    assert_eq!(divided(&three, -100), [-34, -33, -33]);
    let agency = shares(&[("mira", "20%"), ("agency", "0.8")]).unwrap();
    assert_eq!(agency.to_string(), "agency 4/5, mira 1/5");
    assert_eq!(divided(&agency, 7), [6, 1]);
    assert_eq!(agency.of("mira"), Ratio::new(1, 5).unwrap());
    assert_eq!(agency.of("theo"), Ratio::ZERO);
    let sum = |all: &[(&str, &str)]| shares(all).unwrap_err().to_string();
    assert_eq!(
        sum(&[("a", "1/3"), ("b", "1/3")]),
        "the shares sum to 2/3, not to 1"
    );
    assert_eq!(sum(&[("a", "3/2")]), "the shares sum to 3/2, not to 1");
    assert_eq!(
        sum(&[("a", "1/2"), ("a", "1/2")]),
        "payee `a` is named twice: add the shares up"
    );
    assert_eq!(
        sum(&[("a", "1"), ("b", "0")]),
        "the share of `b` is 0: a share is above 0"
    );
    assert_eq!(shares(&[]), Err(SharesError::Count { count: 0 }));
    let fine = [("a", "1/1000003"), ("b", "1000002/1000003")];
    assert!(shares(&fine).is_ok());
    let finer = [("a", "1/1000003"), ("b", "1/1000033"), ("c", "1/2")];
    assert_eq!(shares(&finer), Err(SharesError::TooFine));
}

#[test]
fn shares_read_back() {
    let duo = shares(&[("a b", "2/7"), ("ü", "5/7")]).unwrap();
    let text = serde_json::to_string(&duo).unwrap();
    assert_eq!(text, r#"{"a b":"2/7","ü":"5/7"}"#);
    assert_eq!(serde_json::from_str::<Shares>(&text).unwrap(), duo);
    let error = serde_json::from_str::<Shares>(r#"{"a":"2/7"}"#).unwrap_err();
    assert!(error.to_string().contains("the shares sum to 2/7"), "{error}");
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn by(who: &str) -> Signed {
    Signed {
        by: who.to_owned(),
        at: at(1),
    }
}

fn consent(who: &str) -> Consent {
    Consent {
        by: who.to_owned(),
        at: at(2),
        evidence: None,
    }
}

#[test]
fn a_split_holds_from_its_day_on_once_another_has_consented() {
    let agency = shares(&[("agency", "1")]).unwrap();
    let half = shares(&[("agency", "1/2"), ("mira", "1/2")]).unwrap();
    let (october, november) = (date(2026, 10, 1), date(2026, 11, 1));
    let mut splits = Splits::default();
    let enter = |splits: &mut Splits, from, shares: &Shares| {
        splits.enter((from, shares.clone()), "deal".into(), by("ann"), None)
    };
    assert_eq!(enter(&mut splits, october, &agency), Ok(1));
    assert_eq!(splits.in_force(november), None);
    let same = splits.agree(1, consent("Ann"), None).unwrap_err();
    assert_eq!(
        same.to_string(),
        "ann entered split 1, and another person consents to it"
    );
    splits.agree(1, consent("bob"), None).unwrap();
    assert_eq!(splits.in_force(date(2026, 9, 30)), None);
    assert_eq!(splits.in_force(october).map(|split| split.number), Some(1));
    let again = splits.agree(1, consent("bob"), None).unwrap_err();
    assert_eq!(again.to_string(), "split 1 is agreed already");
    assert!(matches!(
        enter(&mut splits, november, &agency),
        Err(SplitError::Same { .. })
    ));
    // Of one day the newest that was agreed on counts.
    assert_eq!(enter(&mut splits, october, &half), Ok(2));
    assert_eq!(splits.in_force(november).map(|split| split.number), Some(1));
    splits.agree(2, consent("bob"), Some(date(2026, 9, 30))).unwrap();
    assert_eq!(splits.in_force(november).map(|split| split.number), Some(2));
    let withdrawn = Withdrawn {
        by: "ann".into(),
        at: at(3),
        reason: "a mistake".into(),
    };
    assert_eq!(enter(&mut splits, november, &agency), Ok(3));
    splits.withdraw(3, withdrawn.clone()).unwrap();
    assert!(splits.agree(3, consent("bob"), None).is_err());
    assert!(splits.withdraw(2, withdrawn).is_err());
    assert_eq!(splits.get(4).unwrap_err().to_string(), "there is no split 4");
}

#[test]
fn what_is_divided_stays_so() {
    let agency = shares(&[("agency", "1")]).unwrap();
    let mut splits = Splits::default();
    let (from, before) = (date(2026, 10, 31), date(2026, 10, 30));
    let enter = |splits: &mut Splits, divided| {
        splits.enter((from, agency.clone()), "deal".into(), by("ann"), Some(divided))
    };
    assert!(matches!(
        enter(&mut splits, from),
        Err(SplitError::Divided { .. })
    ));
    assert_eq!(enter(&mut splits, before), Ok(1));
    // Meanwhile its first day was divided.
    let late = splits.agree(1, consent("bob"), Some(from)).unwrap_err();
    assert_eq!(late, SplitError::Divided { divided: from, from });
    assert_eq!(splits.in_force(from), None);
    splits.agree(1, consent("bob"), Some(before)).unwrap();
}

proptest! {
    /// Sums are conserved, nobody is further than a unit from the exact share, and the order in which shares are named does not matter.
    #[test]
    fn divisions_are_exact(parts in prop::collection::vec(1_u32..1000, 1..12), units in -1_000_000_000_000_i128..1_000_000_000_000) {
        let sum: u32 = parts.iter().sum();
        let part = |(at, part): (usize, &u32)| {
            let share = Ratio::new(i128::from(*part), i128::from(sum)).unwrap();
            (PayeeId::new(&format!("p{at}")).unwrap(), share)
        };
        let all: Vec<_> = parts.iter().enumerate().map(part).collect();
        let shares = Shares::new(all.clone()).unwrap();
        let divided = shares.divide(units);
        prop_assert_eq!(divided.iter().map(|(_, units)| units).sum::<i128>(), units);
        for (payee, got) in &divided {
            let exact = shares.of(payee.as_str()).checked_mul(Ratio::whole(units)).unwrap();
            let off = exact.checked_sub(Ratio::whole(*got)).unwrap();
            prop_assert!(off < Ratio::ONE && off > Ratio::whole(-1));
        }
        let turned = Shares::new(all.into_iter().rev().collect()).unwrap();
        prop_assert_eq!(turned.divide(units), divided);
    }
}
