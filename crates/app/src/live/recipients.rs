//! Who receives a gift: whom its frame names, else whom other frames of its streak name, else the host of the room when its streak began.
//!
//! Frames with one id are one streak, so what one of them leaves out another one says; and nobody gives as many of one gift twice in one
//! millisecond. Two that name two people are of two streaks. What was booked for a host because no frame named anybody stays the host's:
//! nothing is given twice.

use super::hosts::{self, Hosts};
use super::streaks::{self, Whose};
use crate::base::error::Result;
use crate::workspace::records;
use event::live::GiftFrame;
use live::catalogue::Catalogue;
use live::streak::{Frame, Key, Streak, streak_id};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use store::Tx;

/// That frames of a room name somebody else than its host.
const OTHERS: &str = "live-others";
/// Whom the frames of a streak name, where that is not the host, by the streak.
const RECIPIENT: &str = "live-recipient";

/// What is kept of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Others {}

/// A frame with the streak that it is of, whoever receives it, and the host of its room at its time.
struct Looked<'f> {
    frame: &'f GiftFrame,
    streak: Option<String>,
    host: Option<Arc<str>>,
}

impl Looked<'_> {
    /// Whether it names somebody else than the host.
    fn names_other(&self) -> bool {
        self.frame.to_user.is_some() && self.frame.to_user != self.host
    }
}

/// Frames with their recipients; none where nobody is known. Keeps whom frames name.
pub(super) fn resolve<'f>(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    frames: impl Iterator<Item = Option<&'f GiftFrame>>,
) -> Result<Vec<Option<Frame>>> {
    let frames: Vec<Option<&GiftFrame>> = frames.collect();
    let rooms: BTreeSet<&str> = frames.iter().flatten().map(|frame| &*frame.room).collect();
    let rooms: Vec<&str> = rooms.into_iter().collect();
    let hosts = hosts::of_rooms(tx, &frames, &rooms)?;
    let others = records::of::<Others>(tx, OTHERS, &rooms)?;
    let others: HashSet<String> = others.into_iter().map(|(room, _)| room).collect();
    let host = |frame: &GiftFrame| {
        let hosts = &hosts.get(&*frame.room)?.value;
        frame
            .host
            .clone()
            .or_else(|| hosts.at(frame.occurred_at).cloned())
    };
    let looked = frames.iter().flatten().map(|frame| Looked {
        frame,
        streak: None,
        host: host(frame),
    });
    let mut looked: Vec<Looked<'_>> = looked.collect();
    let of_room = |room: &str| hosts.get(room).map(|hosts| &hosts.value);
    let several = several(&rooms, &looked, &others, of_room);
    for one in &mut looked {
        if several.contains(&*one.frame.room) {
            one.streak = Some(streak(one.frame));
        }
    }
    let known = known(tx, &looked, &others, of_room)?;
    keep(tx, &looked, &known, &others)?;
    let recipients = recipients(&looked, &known);
    let mut resolved = looked.iter().zip(recipients).map(|(one, recipient)| {
        let mut frame = Frame::resolve(one.frame, catalogue, recipient.as_ref()).ok()?;
        frame.recipient = recipient?;
        Some(frame)
    });
    Ok(frames
        .iter()
        .map(|frame| frame.and_then(|_| resolved.next().flatten()))
        .collect())
}

/// Rooms in which it is not the one host who receives everything.
fn several<'r>(
    rooms: &[&'r str],
    looked: &[Looked<'r>],
    others: &HashSet<String>,
    hosts: impl Fn(&str) -> Option<&'r Hosts>,
) -> HashSet<&'r str> {
    let is_several = |room: &&str| others.contains(*room) || hosts(room).is_none_or(Hosts::are_several);
    let named = looked.iter().filter(|one| one.names_other());
    let named = named.map(|one| &*one.frame.room);
    rooms.iter().copied().filter(is_several).chain(named).collect()
}

fn key(frame: &GiftFrame, recipient: &Arc<str>, streak: Streak) -> Key {
    Key {
        room: Arc::clone(&frame.room),
        viewer: Arc::clone(&frame.viewer),
        recipient: Arc::clone(recipient),
        gift: Arc::clone(&frame.gift),
        streak,
    }
}

/// As many of a gift at one time, whoever receives them.
fn moment(frame: &GiftFrame) -> String {
    let at = format!(
        "{} {}",
        frame.occurred_at.as_millisecond(),
        frame.repeat_count.max(1)
    );
    key(frame, &"".into(), Streak::Once(at.into())).to_string()
}

/// The streak that a frame is of by its id, whoever receives it; of one without an id its moment.
fn streak(frame: &GiftFrame) -> String {
    match streak_id(frame) {
        Some(id) => key(frame, &"".into(), Streak::Named(Arc::clone(id))).to_string(),
        None => moment(frame),
    }
}

/// What earlier frames of the streaks say of their recipients: whom they name, or else which host they were booked for.
fn known<'h>(
    tx: &mut Tx<'_>,
    looked: &[Looked<'_>],
    others: &HashSet<String>,
    hosts: impl Fn(&str) -> Option<&'h Hosts>,
) -> Result<HashMap<String, Whose>> {
    let mut at_hosts: BTreeMap<String, &str> = BTreeMap::new();
    let mut without_id: BTreeMap<String, Vec<(&Looked<'_>, &Arc<str>)>> = BTreeMap::new();
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for one in looked {
        let Some(streak) = &one.streak else { continue };
        if others.contains(&*one.frame.room) {
            named.insert(streak);
        }
        for host in hosts(&one.frame.room).into_iter().flat_map(Hosts::all) {
            match streak_id(one.frame) {
                Some(id) => {
                    let key = key(one.frame, host, Streak::Named(Arc::clone(id)));
                    at_hosts.insert(key.to_string(), streak);
                }
                None => {
                    let prefix = key(one.frame, host, Streak::Named("".into())).gift_prefix();
                    without_id.entry(prefix).or_default().push((one, host));
                }
            }
        }
    }
    let ids: Vec<&str> = at_hosts.keys().map(String::as_str).collect();
    let mut known: HashMap<String, Whose> = HashMap::new();
    for (id, whose) in streaks::whose(tx, &ids)? {
        let before = known
            .entry(at_hosts[&id].to_owned())
            .or_insert_with(|| whose.clone());
        // Whom a frame names counts before a host whom none names.
        if before.by_default && !whose.by_default {
            *before = whose;
        }
    }
    for (prefix, frames) in without_id {
        let moments = streaks::moments(tx, &prefix)?;
        for (one, host) in frames {
            let moment = (one.frame.occurred_at, one.frame.repeat_count.max(1));
            if let (true, Some(streak)) = (moments.contains(&moment), &one.streak) {
                known.entry(streak.clone()).or_insert_with(|| Whose {
                    recipient: Arc::clone(host),
                    by_default: true,
                });
            }
        }
    }
    let ids: Vec<&str> = named.into_iter().collect();
    for (id, kept) in records::of::<Arc<str>>(tx, RECIPIENT, &ids)? {
        let named = Whose {
            recipient: kept.value,
            by_default: false,
        };
        let before = known.entry(id).or_insert_with(|| named.clone());
        if !before.by_default {
            *before = named;
        }
    }
    Ok(known)
}

/// Keeps whom frames name that is not the host.
fn keep(
    tx: &mut Tx<'_>,
    looked: &[Looked<'_>],
    known: &HashMap<String, Whose>,
    others: &HashSet<String>,
) -> Result<()> {
    let mut named: BTreeMap<&str, &Arc<str>> = BTreeMap::new();
    let mut rooms: BTreeSet<&str> = BTreeSet::new();
    for one in looked.iter().filter(|one| one.names_other()) {
        if let (Some(streak), Some(to)) = (&one.streak, &one.frame.to_user)
            && !known.contains_key(streak)
        {
            named.entry(streak).or_insert(to);
        }
        if !others.contains(&*one.frame.room) {
            rooms.insert(&one.frame.room);
        }
    }
    let mut new = Vec::new();
    for (streak, to) in named {
        new.push(records::new(RECIPIENT, streak, 0, to)?);
    }
    for room in rooms {
        new.push(records::new(OTHERS, room, 0, &Others {})?);
    }
    tx.put(&new)?;
    Ok(())
}

/// The recipient of each frame; none: nobody is known.
fn recipients(looked: &[Looked<'_>], known: &HashMap<String, Whose>) -> Vec<Option<Arc<str>>> {
    let mut here: HashMap<String, &Arc<str>> = HashMap::new();
    // Whom frames name before hosts, and of both the first.
    for one in looked {
        if let (Some(streak), Some(to)) = (&one.streak, &one.frame.to_user) {
            here.entry(streak.clone()).or_insert(to);
            here.entry(moment(one.frame)).or_insert(to);
        }
    }
    for one in looked {
        if let (Some(streak), Some(host)) = (&one.streak, &one.host) {
            here.entry(streak.clone()).or_insert(host);
        }
    }
    let of = |one: &Looked<'_>| {
        let known = one.streak.as_ref().and_then(|streak| known.get(streak));
        let here = one.streak.as_ref().and_then(|streak| here.get(streak.as_str()));
        let recipient = match (&one.frame.to_user, known) {
            (Some(to), None) => Some(to),
            (Some(to), Some(known)) if !known.by_default => Some(to),
            (_, Some(known)) => Some(&known.recipient),
            (None, None) => here.copied().or(one.host.as_ref()),
        };
        recipient.cloned()
    };
    looked.iter().map(of).collect()
}
