//! Who receives a gift whose frame names nobody: whom other frames of its streak name, else the host of the room at its time.

use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::workspace::records::{self, Versioned};
use event::live::{GiftFrame, RoomActivity};
use jiff::Timestamp;
use lake::archive::Archive;
use lake::live::{Commits, read};
use live::catalogue::Catalogue;
use live::streak::{Frame, Key, Streak};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use store::{Store, Tx};

/// A room's hosts, by room.
const KIND: &str = "room-host";
/// That frames of a room name somebody else than its host.
const OTHERS: &str = "live-others";
/// Whom the frames of a streak name, where that is not the host, by the streak.
const RECIPIENT: &str = "live-recipient";

/// What is kept of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Others {}

/// Who hosts a room, and from when on, in the order of time. Before the first it is the first.
type Hosts = Vec<(Timestamp, Arc<str>)>;

fn host_at(hosts: &Hosts, at: Timestamp) -> Option<&Arc<str>> {
    let until = hosts.partition_point(|(from, _)| *from <= at);
    hosts.get(until.saturating_sub(1)).map(|(_, host)| host)
}

/// The same with one who is said to host it at a time. One who goes on hosting is said once.
fn with_host(hosts: &mut Hosts, at: Timestamp, host: Arc<str>) {
    let until = hosts.partition_point(|(from, known)| (*from, known) <= (at, &host));
    hosts.insert(until, (at, host));
    hosts.dedup_by(|later, earlier| later.1 == earlier.1);
}

/// Keeps the hosts that the activity of some commits names.
pub(super) fn keep(store: &mut Store, archive: &Archive, new: Commits, context: &Context<'_>) -> Result<()> {
    let mut said: BTreeMap<Arc<str>, Hosts> = BTreeMap::new();
    let activity: Vec<RoomActivity> = read(archive, new).map_err(archive_error)?;
    for event in activity {
        if let Some(host) = event.host {
            with_host(said.entry(event.room).or_default(), event.occurred_at, host);
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    store.write(context.by(), context.recorded, |tx| {
        let ids: Vec<&str> = said.keys().map(|room| &**room).collect();
        let mut before: HashMap<String, Versioned<Hosts>> =
            records::of(tx, KIND, &ids)?.into_iter().collect();
        let mut new = Vec::new();
        for (room, said) in &said {
            let known = before.remove(&**room);
            let (was, version) = known.map_or((Hosts::new(), 0), |known| (known.value, known.version));
            let mut hosts = was.clone();
            for (at, host) in said {
                with_host(&mut hosts, *at, Arc::clone(host));
            }
            if hosts != was {
                new.push(records::new(KIND, room, version, &hosts)?);
            }
        }
        tx.put(&new).map_err(Error::from)
    })
}

/// The streak that a frame is of by its id, whoever receives it.
fn streak(frame: &GiftFrame) -> Option<String> {
    let id = frame.streak.as_ref().filter(|id| &***id != "0")?;
    let key = Key {
        room: Arc::clone(&frame.room),
        viewer: Arc::clone(&frame.viewer),
        recipient: "".into(),
        gift: Arc::clone(&frame.gift),
        streak: Streak::Named(Arc::clone(id)),
    };
    Some(key.to_string())
}

/// Frames with the recipients that they name, or other frames of their streaks, or else the hosts of their rooms; none where nobody is
/// known. Keeps whom frames name.
pub(super) fn resolve<'f>(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    frames: impl Iterator<Item = Option<&'f GiftFrame>>,
) -> Result<Vec<Option<Frame>>> {
    let frames: Vec<Option<&GiftFrame>> = frames.collect();
    let rooms: BTreeSet<&str> = frames.iter().flatten().map(|frame| &*frame.room).collect();
    let rooms: Vec<&str> = rooms.into_iter().collect();
    let hosts: HashMap<String, Versioned<Hosts>> = records::of(tx, KIND, &rooms)?.into_iter().collect();
    let host = |frame: &GiftFrame| {
        let hosts = hosts.get(&*frame.room)?;
        host_at(&hosts.value, frame.occurred_at).cloned()
    };
    let named = named(tx, &rooms, &frames, host)?;
    let resolved = frames.into_iter().map(|frame| {
        let frame = frame?;
        let lacks = frame.to_user.is_none() && !named.is_empty();
        let named = streak(frame)
            .filter(|_| lacks)
            .and_then(|streak| named.get(&streak));
        let host = host(frame);
        let mut resolved = Frame::resolve(frame, catalogue, named.or(host.as_ref())).ok()?;
        if let Some(named) = named {
            resolved.recipient = Arc::clone(named);
        }
        Some(resolved)
    });
    Ok(resolved.collect())
}

/// Whom the frames of streaks name that is not the host, by streak: these frames and earlier ones, of which the first counts. What is new is
/// kept.
fn named(
    tx: &mut Tx<'_>,
    rooms: &[&str],
    frames: &[Option<&GiftFrame>],
    host: impl Fn(&GiftFrame) -> Option<Arc<str>>,
) -> Result<HashMap<String, Arc<str>>> {
    let mut named: HashMap<String, Arc<str>> = HashMap::new();
    let mut others: BTreeSet<&str> = BTreeSet::new();
    for frame in frames.iter().flatten() {
        let host = || frame.host.clone().or_else(|| host(frame));
        if let Some(to) = &frame.to_user
            && host().as_ref() != Some(to)
            && let Some(streak) = streak(frame)
        {
            named.entry(streak).or_insert_with(|| Arc::clone(to));
            others.insert(&frame.room);
        }
    }
    let known: HashSet<String> = records::of::<Others>(tx, OTHERS, rooms)?
        .into_iter()
        .map(|(room, _)| room)
        .collect();
    let lacking = frames.iter().flatten();
    let lacking = lacking.filter(|frame| frame.to_user.is_none() && known.contains(&*frame.room));
    let ids: BTreeSet<String> = lacking
        .filter_map(|frame| streak(frame))
        .chain(named.keys().cloned())
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut new: BTreeMap<String, Arc<str>> = named.iter().map(|(id, to)| (id.clone(), to.clone())).collect();
    for (id, kept) in records::of::<Arc<str>>(tx, RECIPIENT, &ids)? {
        new.remove(&id);
        named.insert(id, kept.value);
    }
    let mut records = Vec::new();
    for (id, to) in &new {
        records.push(records::new(RECIPIENT, id, 0, to)?);
    }
    for room in others.into_iter().filter(|room| !known.contains(*room)) {
        records.push(records::new(OTHERS, room, 0, &Others {})?);
    }
    tx.put(&records)?;
    Ok(named)
}
