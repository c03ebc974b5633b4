//! Time of allocating among ten million weights.
//!
//! `cargo run --release -p money --example allocate_bench`

use money::{allocate, allocate_by_index};
use std::time::Instant;

const ENTRIES: usize = 10_000_000;

fn main() {
    let keys: Vec<u64> = (0..ENTRIES as u64).map(mix).collect();
    report("96-bit weights", 1_000_000_000_000, &keys, |seed| {
        u128::from(mix(seed)) << 32 | u128::from(mix(!seed) >> 32)
    });
    report("64-bit weights", 1_000_000_000_000, &keys, |seed| {
        u128::from(mix(seed))
    });
    report("view counts", 1_000_000_000_000, &keys, |seed| {
        u128::from(mix(seed) % 5_000)
    });
    report("equal weights, fewer units than entries", 3_333_333, &keys, |_| 1);
    report("a total of 2^126", 1 << 126, &keys, |seed| {
        u128::from(mix(seed)) << 32
    });
}

fn report(name: &str, total: i128, keys: &[u64], weight: impl Fn(u64) -> u128) {
    let weights: Vec<u128> = (0..ENTRIES as u64).map(weight).collect();
    let start = Instant::now();
    let shares = allocate(total, &weights, keys).expect("the keys are distinct");
    let by_key = start.elapsed();
    assert_eq!(shares.iter().sum::<i128>(), total);
    let start = Instant::now();
    let shares = allocate_by_index(total, &weights).expect("there is weight");
    println!(
        "{:>6.3} s by key, {:>6.3} s by index: {name}",
        by_key.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
    assert_eq!(shares.iter().sum::<i128>(), total);
}

/// A bijection that scatters: distinct keys, and weights without a pattern.
fn mix(seed: u64) -> u64 {
    let mut value = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}
