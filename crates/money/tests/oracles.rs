//! The vectors of another money library (moneyphp, MIT), read from the shared data.
//!
//! Where its rule is ours the result must be equal. Where it differs the case is listed here with the
//! reason; a difference that is not listed, or a listed one that is gone, fails.

use money::{Ratio, Rounding, allocate_by_index};
use serde_json::Value;
use std::path::Path;

/// Allocations which moneyphp decides otherwise: amount, ratios, its result.
const ALLOCATIONS_THAT_DIFFER: [(i128, &[u128], &[i128]); 1] = [
    // It rounds negative shares towards negative infinity before it hands out the rest, so a debt is
    // divided differently from a credit. Ours mirrors: -5 divides as 5 does, into -4 and -1.
    (-5, &[7, 3], &[-3, -2]),
];

/// Rounding modes which moneyphp has and we do not offer: nothing in a program needs them.
const MODES_NOT_OFFERED: [&str; 3] = [
    "ROUND_HALF_ODD",
    "ROUND_HALF_POSITIVE_INFINITY",
    "ROUND_HALF_NEGATIVE_INFINITY",
];

fn vectors() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/allocation-oracles/moneyphp_allocation_rounding.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: the shared allocation vectors are not here");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the vectors are JSON"))
}

fn integers(value: &Value) -> Vec<i128> {
    value
        .as_array()
        .expect("a list")
        .iter()
        .map(|n| n.as_i64().expect("a whole number").into())
        .collect()
}

/// Ratios as whole weights: decimals are scaled by the same power of ten.
fn weights(value: &Value) -> Vec<u128> {
    let ratios: Vec<Ratio> = value
        .as_array()
        .expect("a list")
        .iter()
        .map(|n| n.to_string().parse().expect("a decimal"))
        .collect();
    let scale = Ratio::whole(1_000_000);
    ratios
        .into_iter()
        .map(|ratio| {
            ratio
                .checked_mul(scale)
                .expect("small")
                .round(Rounding::Floor)
                .0
                .try_into()
                .expect("positive")
        })
        .collect()
}

#[test]
fn allocations() {
    let Some(vectors) = vectors() else { return };
    let mut differ = Vec::new();
    let cases = vectors["allocate"].as_array().expect("a list");
    for case in cases {
        let amount: i128 = case["amount_minor"].as_i64().expect("a whole number").into();
        let theirs = integers(&case["expected"]);
        let ours = allocate_by_index(amount, &weights(&case["ratios"])).expect("there is weight");
        if ours != theirs {
            differ.push((amount, integers(&case["ratios"]), theirs));
        }
    }
    let listed: Vec<_> = ALLOCATIONS_THAT_DIFFER
        .iter()
        .map(|(amount, ratios, theirs)| {
            (
                *amount,
                ratios.iter().map(|ratio| *ratio as i128).collect(),
                theirs.to_vec(),
            )
        })
        .collect();
    assert_eq!(differ, listed);
    assert_eq!(cases.len(), 16);
}

#[test]
fn allocations_to_equal_parts() {
    let Some(vectors) = vectors() else { return };
    for case in vectors["allocate_to_n"].as_array().expect("a list") {
        let amount: i128 = case["amount_minor"].as_i64().expect("a whole number").into();
        let parts = case["n"].as_u64().expect("a count") as usize;
        let ours = allocate_by_index(amount, &vec![1; parts]).expect("there is weight");
        assert_eq!(ours, integers(&case["expected"]), "{case}");
    }
}

#[test]
fn roundings() {
    let Some(vectors) = vectors() else { return };
    let mut compared = 0;
    for case in vectors["round"].as_array().expect("a list") {
        let mode = match case["mode"].as_str().expect("a mode") {
            "ROUND_HALF_EVEN" => Rounding::HalfEven,
            "ROUND_HALF_UP" => Rounding::HalfUp,
            "ROUND_HALF_DOWN" => Rounding::HalfDown,
            other => {
                assert!(MODES_NOT_OFFERED.contains(&other), "unlisted mode {other}");
                continue;
            }
        };
        let value = Ratio::parse(case["value"].as_str().expect("text")).expect("a decimal");
        let expected: i128 = case["expected"]
            .as_str()
            .expect("text")
            .parse()
            .expect("a whole number");
        assert_eq!(value.round(mode).0, expected, "{case}");
        compared += 1;
    }
    assert_eq!(compared, 26);
}
