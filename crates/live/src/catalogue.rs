//! The gift catalogue: what a gift costs at an instant.
//!
//! A gift's price holds from its snapshot's time until the next snapshot of the same gift. Of two snapshots of a gift with
//! one time the one with the greater event id holds, so that the order of imports does not matter.

use event::id::id_order;
use event::live::{Gift, GiftFrame};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The gift type of streaks on the wire.
pub const STREAKABLE_TYPE: u32 = 1;

/// One gift from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From when this is true.
    pub from: Timestamp,
    /// The snapshot that says so.
    pub event_id: Arc<str>,
    /// Name for people.
    pub name: Option<Arc<str>>,
    /// Coins for one gift.
    pub coins: u32,
    /// Does it come in streaks? `None`: not known.
    pub streakable: Option<bool>,
}

/// All versions of all gifts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    gifts: BTreeMap<Arc<str>, Vec<Version>>,
}

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceSource {
    /// The version of the catalogue that was in force from then on.
    Catalogue {
        /// From when.
        from: Timestamp,
    },
    /// The frame itself: the catalogue does not have the gift, or not yet.
    Frame,
}

/// The price of a gift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Coins for one.
    pub coins: u32,
    /// Where it comes from.
    pub source: PriceSource,
    /// What the frame said, where that is something else.
    pub frame_said: Option<u32>,
}

/// Why a gift has no price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPrice {
    /// The catalogue has no such gift, and the frame carries no price.
    Unknown {
        /// The gift.
        gift: Arc<str>,
    },
    /// The catalogue knows the gift only from a later time on, and the frame carries no price.
    NotYet {
        /// The gift.
        gift: Arc<str>,
        /// From when it is known.
        from: Timestamp,
    },
}

impl fmt::Display for NoPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoPrice::Unknown { gift } => write!(
                f,
                "gift {gift} is not in the catalogue, and its frame carries no price"
            ),
            NoPrice::NotYet { gift, from } => write!(
                f,
                "gift {gift} is in the catalogue only from {from} on, and its frame carries no price"
            ),
        }
    }
}

impl Catalogue {
    /// The catalogue of some snapshots, in any order; the same snapshot twice counts once.
    pub fn new<'a>(snapshots: impl IntoIterator<Item = &'a Gift>) -> Catalogue {
        let mut gifts: BTreeMap<Arc<str>, Vec<Version>> = BTreeMap::new();
        for gift in snapshots {
            gifts.entry(Arc::clone(&gift.gift)).or_default().push(Version {
                from: gift.effective_at,
                event_id: Arc::clone(&gift.event_id),
                name: gift.name.clone(),
                coins: gift.coins,
                streakable: gift.gift_type.map(|ty| ty == STREAKABLE_TYPE).or(gift.combo),
            });
        }
        for versions in gifts.values_mut() {
            versions.sort_by(|a, b| {
                a.from
                    .cmp(&b.from)
                    .then_with(|| id_order(&a.event_id, &b.event_id))
            });
            // Of one time the last one holds.
            versions.reverse();
            versions.dedup_by_key(|version| version.from);
            versions.reverse();
        }
        Catalogue { gifts }
    }

    /// True when it has no gift.
    pub fn is_empty(&self) -> bool {
        self.gifts.is_empty()
    }

    /// Every gift with its versions in the order of time, by gift id.
    pub fn gifts(&self) -> impl Iterator<Item = (&Arc<str>, &[Version])> {
        self.gifts
            .iter()
            .map(|(gift, versions)| (gift, versions.as_slice()))
    }

    /// The version of a gift in force at an instant.
    pub fn at(&self, gift: &str, at: Timestamp) -> Option<&Version> {
        let versions = self.gifts.get(gift)?;
        versions[..versions.partition_point(|version| version.from <= at)].last()
    }

    /// The price of a gift at an instant. The catalogue wins over what a frame said.
    pub fn price(&self, gift: &Arc<str>, at: Timestamp, frame_said: Option<u32>) -> Result<Price, NoPrice> {
        if let Some(version) = self.at(gift, at) {
            return Ok(Price {
                coins: version.coins,
                source: PriceSource::Catalogue { from: version.from },
                frame_said: frame_said.filter(|said| *said != version.coins),
            });
        }
        if let Some(coins) = frame_said {
            return Ok(Price {
                coins,
                source: PriceSource::Frame,
                frame_said: None,
            });
        }
        let gift = Arc::clone(gift);
        match self.gifts.get(&gift).and_then(|versions| versions.first()) {
            Some(first) => Err(NoPrice::NotYet {
                from: first.from,
                gift,
            }),
            None => Err(NoPrice::Unknown { gift }),
        }
    }

    /// The name of a gift at an instant, else its first or its id.
    pub fn name(&self, gift: &Arc<str>, at: Timestamp) -> Arc<str> {
        let first = || self.gifts.get(gift).and_then(|versions| versions.first());
        let version = self.at(gift, at).or_else(first);
        version
            .and_then(|version| version.name.clone())
            .unwrap_or_else(|| Arc::clone(gift))
    }

    /// Why nothing can be said of a frame's gift yet, that is whether it comes in streaks; none: it can. Neither the frame nor the catalogue
    /// says what kind of gift it is, and the frame names no streak: each of several frames may be a gift of its own, at whatever price.
    pub fn is_unknown(&self, frame: &GiftFrame) -> Option<NoPrice> {
        let is_said = frame.gift_type.is_some() || frame.streak.is_some();
        match is_said {
            true => None,
            false => self.price(&frame.gift, frame.occurred_at, None).err(),
        }
    }

    /// Does a frame's gift come in streaks? As the frame says, else as the catalogue says. What nobody knows is taken for
    /// streakable: then it is booked once, at its end or time-out, and never several times.
    pub fn is_streakable(&self, frame: &GiftFrame) -> bool {
        let listed = || self.at(&frame.gift, frame.occurred_at)?.streakable;
        frame
            .gift_type
            .map(|ty| ty == STREAKABLE_TYPE)
            .or_else(listed)
            .unwrap_or(true)
    }
}
