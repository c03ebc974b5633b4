//! Names that nobody else has.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A number that nobody else has: the standard library seeds its hashers from the system's random numbers. The number of a process is none:
/// it comes again, and processes in containers or of several machines have the same.
pub fn unique() -> u64 {
    RandomState::new().build_hasher().finish()
}
