//! Who hosts which room, as room activity said first.

use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::workspace::records;
use event::live::{GiftFrame, RoomActivity};
use lake::archive::Archive;
use lake::live::{Commits, read};
use live::catalogue::Catalogue;
use live::streak::Frame;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use store::{Store, Tx};

/// A room's host, by room.
const KIND: &str = "room-host";

/// Keeps the hosts that the activity of some commits names. The first that was named stays.
pub(super) fn keep(store: &mut Store, archive: &Archive, new: Commits, context: &Context<'_>) -> Result<()> {
    let mut hosts: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    let activity: Vec<RoomActivity> = read(archive, new).map_err(archive_error)?;
    for event in activity {
        if let Some(host) = event.host {
            hosts.entry(event.room).or_insert(host);
        }
    }
    if hosts.is_empty() {
        return Ok(());
    }
    store.write(context.by(), context.recorded, |tx| {
        let ids: Vec<&str> = hosts.keys().map(|room| &**room).collect();
        for (known, _) in records::of::<Arc<str>>(tx, KIND, &ids)? {
            hosts.remove(&*known);
        }
        let new = hosts.iter().map(|(room, host)| records::new(KIND, room, 0, host));
        let new = new.collect::<Result<Vec<_>>>()?;
        tx.put(&new).map_err(Error::from)
    })
}

/// Frames with the recipients that they name, or else the hosts of their rooms; none where nobody is known.
pub(super) fn resolve<'f>(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    frames: impl Iterator<Item = Option<&'f GiftFrame>>,
) -> Result<Vec<Option<Frame>>> {
    let frames: Vec<Option<&GiftFrame>> = frames.collect();
    let names_nobody = |frame: &&GiftFrame| frame.to_user.is_none() && frame.host.is_none();
    let rooms: BTreeSet<&str> = frames
        .iter()
        .flatten()
        .filter(|frame| names_nobody(frame))
        .map(|frame| &*frame.room)
        .collect();
    let rooms: Vec<&str> = rooms.into_iter().collect();
    let hosts: HashMap<String, _> = records::of::<Arc<str>>(tx, KIND, &rooms)?.into_iter().collect();
    let resolved = frames.into_iter().map(|frame| {
        let frame = frame?;
        let host = hosts.get(&*frame.room).map(|host| &host.value);
        Frame::resolve(frame, catalogue, host).ok()
    });
    Ok(resolved.collect())
}
