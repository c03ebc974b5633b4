//! Diamonds between several hosts, by stated parts.

use event::live::GiftFrame;
use std::cmp::Ordering;
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

/// Divides the diamonds number `from` (exclusive) to `upto` of a gift between hosts in proportion to their parts: one after the other
/// goes to the host who is furthest behind (Sainte-Laguë), ties by host id. So however a gift is booked, at once or in pieces, each host
/// gets the same. The result is in the order of the shares, sums to the diamonds, and does not depend on that order. Nobody to give to:
/// nothing is given.
pub fn split(from: u64, upto: u64, shares: &[Share]) -> Vec<(Arc<str>, u64)> {
    let (before, with) = (first(from, shares), first(upto, shares));
    let hosts = shares.iter().map(|share| Arc::clone(&share.host));
    let amounts = with
        .into_iter()
        .zip(before)
        .map(|(with, before)| u64::try_from(with - before).expect("no more than there are"));
    hosts.zip(amounts).collect()
}

/// How many of the first diamonds each host gets.
fn first(diamonds: u64, shares: &[Share]) -> Vec<u128> {
    let diamonds = u128::from(diamonds);
    let parts = |at: usize| u128::from(shares[at].parts);
    let all: u128 = (0..shares.len()).map(parts).sum();
    if all == 0 {
        return Vec::new();
    }
    // Rounded to the nearest, each has what it is not behind with; some are too many or too few.
    let nearest = |at: usize| (2 * diamonds * parts(at) + all) / (2 * all);
    let mut given: Vec<u128> = (0..shares.len()).map(nearest).collect();
    // Whose diamond with a number, from 0, comes first: the one with more parts for it.
    let comes_first = |(one, its): (usize, u128), (other, others): (usize, u128)| {
        let (one_has, other_has) = (parts(one) * (2 * others + 1), parts(other) * (2 * its + 1));
        let ties = || (&shares[other].host, other).cmp(&(&shares[one].host, one));
        one_has.cmp(&other_has).then_with(ties)
    };
    loop {
        let sum: u128 = given.iter().sum();
        let with = |at: usize| (at, given[at]);
        match sum.cmp(&diamonds) {
            Ordering::Equal => return given,
            Ordering::Less => {
                let next = (0..shares.len()).max_by(|one, other| comes_first(with(*one), with(*other)));
                next.into_iter().for_each(|at| given[at] += 1);
            }
            Ordering::Greater => {
                let last = |at: usize| (at, given[at] - 1);
                let some = (0..shares.len()).filter(|at| given[*at] > 0);
                let last = some.min_by(|one, other| comes_first(last(*one), last(*other)));
                last.into_iter().for_each(|at| given[at] -= 1);
            }
        }
    }
}
