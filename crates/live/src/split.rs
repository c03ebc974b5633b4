//! Diamonds between several hosts, by stated parts.

use event::live::GiftFrame;
use std::fmt;
use std::sync::Arc;

/// A host and its parts of a gift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The host.
    pub host: Arc<str>,
    /// Parts, at least 1.
    pub parts: u32,
}

/// Why a stated split cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitRefusal {
    /// As many parts as hosts are needed.
    Lengths {
        /// Hosts named.
        hosts: usize,
        /// Parts named.
        parts: usize,
    },
    /// Parts are whole numbers from 1 to 1,000,000.
    Parts {
        /// What was said.
        found: Arc<str>,
    },
    /// A host stands there twice.
    Twice {
        /// The host.
        host: Arc<str>,
    },
}

impl fmt::Display for SplitRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SplitRefusal::Lengths { hosts, parts } => {
                write!(f, "the split names {hosts} hosts and {parts} parts")
            }
            SplitRefusal::Parts { found } => {
                write!(
                    f,
                    "`{found}` parts of a split: use a whole number from 1 to 1000000"
                )
            }
            SplitRefusal::Twice { host } => write!(f, "the split names host {host} twice"),
        }
    }
}

/// The most parts of one host.
const MAX_PARTS: u32 = 1_000_000;

/// How a frame says that its gift is shared; empty: it is not.
pub fn stated(frame: &GiftFrame) -> Result<Vec<Share>, SplitRefusal> {
    let (hosts, parts) = (frame.split.len(), frame.split_parts.len());
    if parts != 0 && parts != hosts {
        return Err(SplitRefusal::Lengths { hosts, parts });
    }
    let mut shares: Vec<Share> = Vec::with_capacity(hosts);
    for (at, host) in frame.split.iter().enumerate() {
        if shares.iter().any(|share| share.host == *host) {
            return Err(SplitRefusal::Twice {
                host: Arc::clone(host),
            });
        }
        let parts = match frame.split_parts.get(at) {
            None => 1,
            Some(text) => text
                .parse()
                .ok()
                .filter(|parts| (1..=MAX_PARTS).contains(parts))
                .ok_or_else(|| SplitRefusal::Parts {
                    found: Arc::clone(text),
                })?,
        };
        shares.push(Share {
            host: Arc::clone(host),
            parts,
        });
    }
    Ok(shares)
}

/// Divides diamonds between hosts in proportion to their parts, by largest remainder, ties by host id. The result is in
/// the order of the shares, sums to the diamonds, and does not depend on that order. Nobody to give to: nothing is given.
pub fn split(diamonds: u64, shares: &[Share]) -> Vec<(Arc<str>, u64)> {
    let weights: Vec<u128> = shares.iter().map(|share| u128::from(share.parts)).collect();
    let keys: Vec<&str> = shares.iter().map(|share| &*share.host).collect();
    if weights.iter().all(|weight| *weight == 0) {
        return Vec::new();
    }
    let divided = money::allocate(i128::from(diamonds), &weights, &keys);
    // Two entries of one host have equal keys; whose unit it is then does not matter.
    let divided = divided.or_else(|_| money::allocate_by_index(i128::from(diamonds), &weights));
    let divided = divided.expect("weights that are not all zero");
    let amounts = divided
        .into_iter()
        .map(|units| u64::try_from(units).expect("a part is not larger than the whole"));
    shares
        .iter()
        .map(|share| Arc::clone(&share.host))
        .zip(amounts)
        .collect()
}
