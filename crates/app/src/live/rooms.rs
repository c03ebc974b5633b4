//! Rooms for people: what happened in them, who gave what. Computed from the archive; nothing here is booked.

use super::terms::Terms;
use crate::error::{Error, Result};
use crate::failure::archive_error;
use crate::workspace::Workspace;
use event::kind::ActivityKind;
use event::live::{GiftFrame, RoomActivity};
use jiff::{SignedDuration, Timestamp};
use lake::live::{Commits, read};
use live::battle::{self, Outcome, Points, Side};
use live::catalogue::Catalogue;
use live::room::{Room, RoomGift};
use live::streak::{Booking, Frame, Streaks};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A room with its battles.
#[derive(Clone, Debug, Serialize)]
pub struct RoomReport {
    /// The room.
    #[serde(flatten)]
    pub room: Room,
    /// Battles in the order in which they began.
    pub battles: Vec<BattleReport>,
    /// Gifts without a price: in no sum.
    pub without_price: u64,
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
pub fn rooms(workspace: &Workspace, now: Timestamp) -> Result<Vec<RoomReport>> {
    let mut reports = reports(workspace, None, now)?;
    reports.sort_by(|a, b| {
        b.room
            .started_at
            .cmp(&a.room.started_at)
            .then_with(|| a.room.room.cmp(&b.room.room))
    });
    Ok(reports)
}

/// One room.
pub fn room(workspace: &Workspace, id: &str, now: Timestamp) -> Result<RoomReport> {
    reports(workspace, Some(id), now)?.pop().ok_or_else(|| {
        Error::usage("live/unknown-room", format!("the archive knows no room `{id}`"))
            .hint("`permille live rooms` lists them")
    })
}

fn reports(workspace: &Workspace, only: Option<&str>, now: Timestamp) -> Result<Vec<RoomReport>> {
    let archive = workspace.archive()?;
    let terms = Terms::applied(workspace)?;
    let catalogue = super::catalogue::of(&archive)?;
    let commits = Commits::all(&archive);
    let mut rooms: BTreeMap<Arc<str>, Events> = BTreeMap::new();
    let wanted = |room: &str| only.is_none_or(|only| only == room);
    for event in read::<RoomActivity>(&archive, commits).map_err(archive_error)? {
        if wanted(&event.room) {
            rooms.entry(event.room.clone()).or_default().activity.push(event);
        }
    }
    for frame in read::<GiftFrame>(&archive, commits).map_err(archive_error)? {
        if wanted(&frame.room) {
            rooms.entry(frame.room.clone()).or_default().frames.push(frame);
        }
    }
    rooms
        .iter()
        .map(|(room, events)| report(room, events, &terms, &catalogue, now))
        .collect()
}

fn report(
    room: &Arc<str>,
    events: &Events,
    terms: &Terms,
    catalogue: &Catalogue,
    now: Timestamp,
) -> Result<RoomReport> {
    let host = events.activity.iter().find_map(|event| event.host.as_ref());
    let frames: Vec<Frame> = events
        .frames
        .iter()
        .filter_map(|frame| Frame::resolve(frame, catalogue, host).ok())
        .collect();
    let timeout = terms.at(now).timeout();
    let mut streaks = Streaks::default();
    let mut bookings = streaks.take_all(&frames, timeout);
    bookings.extend(streaks.close(now, timeout));
    let said = |booking: &Booking| {
        let of = events
            .frames
            .iter()
            .find(|frame| frame.gift == booking.key.gift && frame.coins_each.is_some());
        of.and_then(|frame| frame.coins_each)
    };
    let mut gifts = Vec::new();
    let mut without_price = 0;
    for booking in &bookings {
        let Ok(price) = catalogue.price(&booking.key.gift, booking.started_at, said(booking)) else {
            without_price += u64::from(booking.count());
            continue;
        };
        let each = u128::from(price.coins);
        let diamonds = terms.at(booking.started_at).exchange();
        let diamonds = diamonds.units(u128::from(booking.from) * each, u128::from(booking.upto) * each);
        gifts.push(RoomGift {
            viewer: booking.key.viewer.clone(),
            recipient: booking.key.recipient.clone(),
            gift: catalogue.name(&booking.key.gift, booking.started_at),
            at: booking.at,
            count: booking.count().into(),
            coins: u64::from(booking.count()) * u64::from(price.coins),
            diamonds: diamonds.map_err(|e| Error::bad_input("live/amount", e.to_string()))?,
        });
    }
    Ok(RoomReport {
        battles: battles(&events.activity, &gifts),
        room: Room::of(room, &events.activity, &gifts),
        without_price,
    })
}

/// The longest battle whose end nobody reports.
const LONGEST_BATTLE: SignedDuration = SignedDuration::from_hours(1);

fn battles(activity: &[RoomActivity], gifts: &[RoomGift]) -> Vec<BattleReport> {
    let starts = activity
        .iter()
        .filter(|event| event.activity == ActivityKind::BattleStart);
    let mut reports: Vec<_> = starts
        .filter_map(|start| {
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
            let points: Vec<Points> = gifts
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
            Some(BattleReport {
                battle: start.battle.as_deref().unwrap_or("-").to_owned(),
                start: start.occurred_at,
                end,
                scores: scores
                    .into_iter()
                    .map(|score| (score.side.to_string(), score.points))
                    .collect(),
                winner: winner.map(|winner| winner.to_string()),
                tie_broken,
            })
        })
        .collect();
    reports.sort_by(|a, b| (a.start, &a.battle).cmp(&(b.start, &b.battle)));
    reports
}
