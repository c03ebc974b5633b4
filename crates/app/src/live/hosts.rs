//! Who hosts which room, as room activity said first.

use crate::error::{Error, Result};
use crate::failure::archive_error;
use crate::progress::Context;
use crate::records;
use event::live::{GiftFrame, RoomActivity};
use lake::archive::Archive;
use lake::live::{Commits, read};
use live::catalogue::Catalogue;
use live::streak::Frame;
use std::collections::{BTreeMap, HashMap};
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
    store.write(context.user, context.now, |tx| {
        let mut new = Vec::new();
        for (room, host) in &hosts {
            if tx.record(KIND, room)?.is_none() {
                new.push(records::new(KIND, room, 0, host)?);
            }
        }
        tx.put(&new).map_err(Error::from)
    })
}

/// Frames with the recipients that they name, or else the hosts of their rooms; none where nobody is known.
pub(super) fn resolve<'f>(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    frames: impl Iterator<Item = Option<&'f GiftFrame>>,
) -> Result<Vec<Option<Frame>>> {
    let mut hosts: HashMap<Arc<str>, Option<Arc<str>>> = HashMap::new();
    let mut resolved = Vec::new();
    for frame in frames {
        let Some(frame) = frame else {
            resolved.push(None);
            continue;
        };
        let names_nobody = frame.to_user.is_none() && frame.host.is_none();
        if names_nobody && !hosts.contains_key(&frame.room) {
            let host = records::get::<Arc<str>>(tx, KIND, &frame.room)?;
            hosts.insert(frame.room.clone(), host.map(|host| host.value));
        }
        let host = hosts.get(&frame.room).and_then(Option::as_ref);
        resolved.push(Frame::resolve(frame, catalogue, host).ok());
    }
    Ok(resolved)
}
