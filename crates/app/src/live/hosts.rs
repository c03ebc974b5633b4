//! Who hosts which room, and when.

use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::workspace::books::OwnBooks;
use crate::workspace::records::{self, Versioned};
use event::live::{GiftFrame, RoomActivity};
use jiff::Timestamp;
use lake::archive::Archive;
use lake::live::{Commits, read};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::Tx;

/// A room's hosts, by room.
const KIND: &str = "room-host";

/// Who was said to host a room, and when, in the order of time: of one who goes on hosting the first time and the last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hosts(Vec<(Timestamp, Arc<str>)>);

impl Hosts {
    /// Who was last said to host it at a time. Before the first it is the first.
    pub(super) fn at(&self, at: Timestamp) -> Option<&Arc<str>> {
        let until = self.0.partition_point(|(from, _)| *from <= at);
        self.0.get(until.saturating_sub(1)).map(|(_, host)| host)
    }

    /// Everybody who hosts it, the first one first.
    pub(super) fn all(&self) -> Vec<&Arc<str>> {
        let mut all: Vec<&Arc<str>> = Vec::new();
        for (_, host) in &self.0 {
            if !all.contains(&host) {
                all.push(host);
            }
        }
        all
    }

    pub(super) fn are_several(&self) -> bool {
        self.0.windows(2).any(|both| both[0].1 != both[1].1)
    }

    fn said(&mut self, at: Timestamp, host: &Arc<str>) {
        let place = self
            .0
            .partition_point(|(from, known)| (*from, known) < (at, host));
        self.0.insert(place, (at, Arc::clone(host)));
        // What stands between two times of one host is the host's.
        let is_one = |first: &usize| {
            let three = self.0.get(*first..*first + 3);
            three.is_some_and(|three| three.iter().all(|(_, host)| *host == three[0].1))
        };
        if let Some(first) = (place.saturating_sub(2)..=place).find(is_one) {
            self.0.remove(first + 1);
        }
    }
}

/// Hosts of rooms with their versions.
type Known = HashMap<String, Versioned<Hosts>>;

/// Keeps the hosts that the activity of some commits names.
pub(super) fn keep(store: &OwnBooks, archive: &Archive, new: Commits, context: &Context<'_>) -> Result<()> {
    let mut said: BTreeMap<Arc<str>, Vec<(Timestamp, Arc<str>)>> = BTreeMap::new();
    let activity: Vec<RoomActivity> = read(archive, new).map_err(archive_error)?;
    for event in activity {
        if let Some(host) = event.host {
            said.entry(event.room)
                .or_default()
                .push((event.occurred_at, host));
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    store.write(context.by(), context.recorded, |tx| {
        let rooms: Vec<&str> = said.keys().map(|room| &**room).collect();
        let mut known: Known = records::of(tx, KIND, &rooms)?.into_iter().collect();
        let all = said.iter();
        let all = all.flat_map(|(room, said)| said.iter().map(move |(at, host)| (&**room, *at, host)));
        write(tx, &mut known, all)
    })
}

/// The hosts of some rooms, with those that frames name.
pub(super) fn of_rooms(tx: &mut Tx<'_>, frames: &[Option<&GiftFrame>], rooms: &[&str]) -> Result<Known> {
    let mut known: Known = records::of(tx, KIND, rooms)?.into_iter().collect();
    let mut said = Vec::new();
    for frame in frames.iter().flatten() {
        let hosts = known.get(&*frame.room).map(|hosts| &hosts.value);
        if let Some(host) = &frame.host
            && hosts.and_then(|hosts| hosts.at(frame.occurred_at)) != Some(host)
        {
            said.push((&*frame.room, frame.occurred_at, host));
        }
    }
    write(tx, &mut known, said.into_iter())?;
    Ok(known)
}

fn write<'s>(
    tx: &mut Tx<'_>,
    known: &mut Known,
    said: impl Iterator<Item = (&'s str, Timestamp, &'s Arc<str>)>,
) -> Result<()> {
    let mut changed: BTreeMap<&str, Hosts> = BTreeMap::new();
    for (room, at, host) in said {
        let hosts = changed.entry(room).or_insert_with(|| {
            let before = known.get(room);
            before.map_or_else(Hosts::default, |before| before.value.clone())
        });
        hosts.said(at, host);
    }
    let mut new = Vec::new();
    for (room, hosts) in changed {
        let before = known.get(room);
        let version = before.map_or(0, |before| before.version);
        if before.is_some_and(|before| before.value == hosts) {
            continue;
        }
        new.push(records::new(KIND, room, version, &hosts)?);
        known.insert(
            room.to_owned(),
            Versioned {
                value: hosts,
                version: version + 1,
            },
        );
    }
    tx.put(&new).map_err(Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_those_who_were_said_last_in_whatever_order() {
        let said = [(0, "h"), (10, "h"), (5, "k"), (3, "h"), (20, "k"), (10, "h")];
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        for from in 0..said.len() {
            let mut hosts = Hosts::default();
            for (second, host) in said.iter().cycle().skip(from).take(said.len()) {
                hosts.said(at(*second), &Arc::from(*host));
            }
            let found = [-1, 0, 4, 5, 9, 12, 30].map(|second| hosts.at(at(second)).map(|host| &**host));
            assert_eq!(found, ["h", "h", "h", "k", "k", "h", "k"].map(Some), "{from}");
            assert_eq!(hosts.all().len(), 2);
        }
    }
}
