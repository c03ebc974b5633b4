//! Rooms for people: what happened in them, as the archive says, and who gave what, as the books say. Nothing here is booked.

use super::room_books::{self, InBooks, Unbooked};
use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::workspace::Workspace;
use event::kind::ActivityKind;
use event::live::{GiftFrame, RoomActivity};
use jiff::{SignedDuration, Timestamp};
use lake::live::{Commits, read};
use live::battle::{self, Outcome, Points, Side};
use live::room::{Room, RoomGift};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A room with its battles.
#[derive(Clone, Debug, Serialize)]
pub struct RoomReport {
    /// The room; its gifts are those in the books, and its conversion is of the known viewers or the told ones, whichever are more.
    #[serde(flatten)]
    pub room: Room,
    /// Battles in the order in which they began.
    pub battles: Vec<BattleReport>,
    /// What was sent and is not in the books.
    #[serde(flatten)]
    pub unbooked: Unbooked,
}

/// A battle for people.
#[derive(Clone, Debug, Serialize)]
pub struct BattleReport {
    /// Its id.
    pub battle: String,
    /// When it began.
    pub start: Timestamp,
    /// When its timer ran out.
    pub end: Timestamp,
    /// Points by side, the winner first.
    pub scores: Vec<(String, u64)>,
    /// Who won; none when nobody scored.
    pub winner: Option<String>,
    /// True when both sides had as many points and the first to reach them won.
    pub tie_broken: bool,
}

/// Events of one room.
#[derive(Default)]
struct Events {
    activity: Vec<RoomActivity>,
    frames: Vec<GiftFrame>,
}

/// Every room, the latest first.
pub fn rooms(workspace: &Workspace) -> Result<Vec<RoomReport>> {
    let mut reports = reports(workspace, None)?;
    reports.sort_by(|a, b| {
        b.room
            .started_at
            .cmp(&a.room.started_at)
            .then_with(|| a.room.room.cmp(&b.room.room))
    });
    Ok(reports)
}

/// One room.
pub fn room(workspace: &Workspace, id: &str) -> Result<RoomReport> {
    reports(workspace, Some(id))?.pop().ok_or_else(|| {
        Error::usage("live/unknown-room", format!("the archive knows no room `{id}`"))
            .hint("`permille live rooms` lists them")
    })
}

fn reports(workspace: &Workspace, only: Option<&str>) -> Result<Vec<RoomReport>> {
    let archive = workspace.archive()?;
    let catalogue = super::catalogue::of(&archive)?;
    let commits = Commits::all(&archive);
    let activity = read::<RoomActivity>(&archive, commits).map_err(archive_error)?;
    let wanted = |room: &str| only.is_none_or(|only| only == room);
    let with_opponents = only.map(|room| fought_with(&activity, room));
    let in_books = room_books::read(workspace, &archive, &catalogue, with_opponents.as_ref())?;
    // A battle is fought in several rooms: gifts of all of them count.
    let mut all_gifts: Vec<&RoomGift> = in_books.values().flat_map(|room| &room.gifts).collect();
    all_gifts.sort_by_key(|gift| gift.at);
    let mut rooms: BTreeMap<Arc<str>, Events> = BTreeMap::new();
    for event in activity {
        if wanted(&event.room) {
            rooms.entry(event.room.clone()).or_default().activity.push(event);
        }
    }
    for frame in read::<GiftFrame>(&archive, commits).map_err(archive_error)? {
        if wanted(&frame.room) {
            rooms.entry(frame.room.clone()).or_default().frames.push(frame);
        }
    }
    let nothing = InBooks::default();
    let report = |(room, events): (&Arc<str>, &Events)| {
        let InBooks { gifts, unbooked } = in_books.get(room).unwrap_or(&nothing);
        RoomReport {
            battles: battles(&events.activity, &all_gifts),
            room: Room::of(room, &events.activity, &events.frames, gifts),
            unbooked: unbooked.clone(),
        }
    };
    Ok(rooms.iter().map(report).collect())
}

/// A room and those it fought with: they have a battle of the same id, or are hosted by somebody on either side.
fn fought_with(activity: &[RoomActivity], room: &str) -> BTreeSet<Arc<str>> {
    let own = activity
        .iter()
        .filter(|event| &*event.room == room && event.battle.is_some());
    let (mut battles, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for event in own {
        battles.extend(&event.battle);
        hosts.extend(event.team.iter().chain(&event.opponents));
    }
    let is_with = |event: &&RoomActivity| {
        let same = event
            .battle
            .as_ref()
            .is_some_and(|battle| battles.contains(battle));
        same || event.host.as_ref().is_some_and(|host| hosts.contains(host))
    };
    let with = activity.iter().filter(is_with).map(|event| event.room.clone());
    with.chain([Arc::from(room)]).collect()
}

/// The longest battle whose end nobody reports.
const LONGEST_BATTLE: SignedDuration = SignedDuration::from_hours(1);

/// Battles of a room, from its activity and from the gifts of all rooms, oldest first.
fn battles(activity: &[RoomActivity], gifts: &[&RoomGift]) -> Vec<BattleReport> {
    let starts = activity
        .iter()
        .filter(|event| event.activity == ActivityKind::BattleStart);
    let mut reports: Vec<_> = starts
        .map(|start| {
            let ended = activity
                .iter()
                .find(|event| event.activity == ActivityKind::BattleEnd && event.battle == start.battle)
                .map(|event| event.occurred_at);
            let end = start
                .battle_ends_at
                .or(ended)
                .unwrap_or(start.occurred_at + LONGEST_BATTLE);
            let side = |name: &Option<Arc<str>>, hosts: &[Arc<str>]| -> Option<Side> {
                let mut hosts = hosts.to_vec();
                hosts.extend(name.clone().filter(|name| !hosts.contains(name)));
                let name = name.clone().or_else(|| hosts.first().cloned())?;
                Some(Side { name, hosts })
            };
            let sides: Vec<Side> = [side(&start.host, &start.team), side(&None, &start.opponents)]
                .into_iter()
                .flatten()
                .collect();
            let from = gifts.partition_point(|gift| gift.at < start.occurred_at);
            let to = gifts.partition_point(|gift| gift.at < end).max(from);
            let points: Vec<Points> = gifts[from..to]
                .iter()
                .map(|gift| Points {
                    reference: gift.gift.clone(),
                    host: gift.recipient.clone(),
                    at: gift.at,
                    points: gift.coins,
                })
                .collect();
            let Outcome {
                scores,
                winner,
                tie_broken,
            } = battle::score(&sides, &points, start.occurred_at, end);
            BattleReport {
                battle: start.battle.as_deref().unwrap_or("-").to_owned(),
                start: start.occurred_at,
                end,
                scores: scores
                    .into_iter()
                    .map(|score| (score.side.to_string(), score.points))
                    .collect(),
                winner: winner.map(|winner| winner.to_string()),
                tie_broken,
            }
        })
        .collect();
    reports.sort_by(|a, b| (a.start, &a.battle).cmp(&(b.start, &b.battle)));
    reports
}
