//! The hash of what was settled.

use earning::Settlement;

/// The hash of a run: its facts and everything that was decided. It does not depend on when, from which
/// files, in which order or with how many threads the run was made.
pub fn run_hash(facts_hash: &str, settlement: &Settlement) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(facts_hash.as_bytes());
    hasher.update(settlement.hash().as_bytes());
    hasher.finalize().to_hex().to_string()
}
