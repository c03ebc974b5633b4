//! Booking: group by group, from where the last booking ended.

use super::cursor::{self, Cursor, Span};
use super::group::Group;
use super::halves::in_halves;
use super::standing::Standing;
use super::streaks::Kit;
use super::terms::Terms;
use super::timeline::{self, Due, Item};
use super::waiting::{self, Waiting};
use crate::error::{Error, Result};
use crate::failure::archive_error;
use crate::gather::Reader;
use crate::lists;
use crate::progress::Context;
use crate::workspace::Workspace;
use event::live::{GiftFrame, RoomActivity};
use lake::archive::{Archive, StoredBefore};
use lake::live::{Commits, read};
use live::catalogue::Catalogue;
use live::streak::Frame;
use money::Asset;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use store::{Store, Tx};

/// Events of one database transaction.
const GROUP: usize = 8_192;

/// What a booking did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Booked {
    /// Events read.
    pub events: u64,
    /// Purchases of coins.
    pub purchases: u64,
    /// Gifts, each of a streak counted.
    pub gifts: u64,
    /// Coins given.
    pub coins: u64,
    /// Diamonds received.
    pub diamonds: u64,
    /// Refunds and chargebacks.
    pub refunds: u64,
    /// Subscriptions.
    pub subscriptions: u64,
    /// Redemptions of diamonds.
    pub redemptions: u64,
    /// What waits for coins or a price, now.
    pub waiting: u64,
    /// What was decided against.
    pub refused: u64,
    /// Events that have not happened yet, now.
    pub later: u64,
}

/// Everything that booking looks things up in.
pub(super) struct Sources<'s> {
    pub terms: &'s Terms,
    pub catalogue: &'s Catalogue,
    /// Hosts of rooms.
    pub hosts: &'s HashMap<Arc<str>, Arc<str>>,
    /// Who may redeem, and who has a bonus.
    pub standing: &'s Standing<'s>,
}

/// Books what came into the archive since the last booking.
pub fn book(workspace: &Workspace, context: &Context<'_>) -> Result<Booked> {
    let _lock = workspace.lock()?;
    let archive = workspace.archive()?;
    let terms = Terms::applied(workspace)?;
    let catalogue = super::catalogue::of(&archive)?;
    let hosts = hosts(&archive)?;
    let configured = lists::in_force(workspace)?;
    let reader = Reader::new(
        &archive,
        StoredBefore(archive.last_commit()),
        &configured.lists,
        workspace,
    );
    let standing = Standing::new(reader, context);
    let sources = Sources {
        terms: &terms,
        catalogue: &catalogue,
        hosts: &hosts,
        standing: &standing,
    };
    let mut store = workspace.books_to_write(context)?;
    let mut booked = Booked::default();
    loop {
        let (cursor, _) = store.read(cursor::read)?;
        let Some(span) = cursor.next(archive.last_commit(), context.now) else {
            booked.later = cursor.later.iter().map(|later| later.events).sum();
            break;
        };
        let due = timeline::due(&archive, &cursor, &span)?;
        book_span(&mut store, &sources, (&cursor, span), due, context, &mut booked)?;
    }
    take_up_frames(&mut store, &sources, context, &mut booked)?;
    close_and_retry(&mut store, &sources, context, &mut booked)?;
    Ok(booked)
}

/// Does something in one database transaction and counts it if it was kept.
fn kept(
    store: &mut Store,
    context: &Context<'_>,
    booked: &mut Booked,
    run: impl FnOnce(&mut Tx<'_>, &mut Booked) -> Result<()>,
) -> Result<()> {
    let mut counted = booked.clone();
    store.write(context.user, context.now, |tx| run(tx, &mut counted))?;
    *booked = counted;
    Ok(())
}

/// Books the events of a span, group by group, from where the last booking stopped.
fn book_span(
    store: &mut Store,
    sources: &Sources<'_>,
    (before, span): (&Cursor, Span),
    due: Due,
    context: &Context<'_>,
    booked: &mut Booked,
) -> Result<()> {
    let items = &due.items;
    context.progress.stage("booking LIVE", Some(items.len() as u64));
    let mut done = usize::try_from(span.done).unwrap_or(usize::MAX).min(items.len());
    in_halves(&items[done..], GROUP, |part, refusal| {
        context.check()?;
        let upto = done + part.len();
        let rest = Span {
            done: upto as u64,
            ..span
        };
        let next = Cursor {
            span: Some(rest),
            ..before.clone()
        };
        kept(store, context, booked, |tx, booked| {
            let (_, version) = cursor::read(tx)?;
            cursor::write(tx, version, &next)?;
            book_group(tx, sources, part, refusal, booked)
        })?;
        done = upto;
        context.progress.position(done as u64);
        Ok(())
    })?;
    let next = Cursor {
        after: span.up_to,
        span: None,
        later: due.later,
    };
    store.write(context.user, context.now, |tx| {
        let (_, version) = cursor::read(tx)?;
        cursor::write(tx, version, &next)
    })
}

/// Who hosts which room, as activity and frames say.
fn hosts(archive: &Archive) -> Result<HashMap<Arc<str>, Arc<str>>> {
    let mut hosts = HashMap::new();
    let activity: Vec<RoomActivity> = read(archive, Commits::all(archive)).map_err(archive_error)?;
    for event in activity {
        if let Some(host) = event.host {
            hosts.entry(event.room).or_insert(host);
        }
    }
    Ok(hosts)
}

/// Books events, or refuses one whose reason is known.
fn book_group(
    tx: &mut Tx<'_>,
    sources: &Sources<'_>,
    items: &[Item],
    refusal: Option<&str>,
    booked: &mut Booked,
) -> Result<()> {
    let frames: Vec<Option<Frame>> = items
        .iter()
        .map(|item| match item {
            Item::Frame(frame) => {
                Frame::resolve(frame, sources.catalogue, sources.hosts.get(&frame.room)).ok()
            }
            _ => None,
        })
        .collect();
    let kit = Kit::load(tx, frames.iter().flatten())?;
    let mut group = Group::new(tx, sources, kit, refusal, booked)?;
    for (item, frame) in items.iter().zip(&frames) {
        group.take(item, frame.as_ref())?;
    }
    group.finish()
}

/// Takes frames that waited for the host of their room, where it is known now.
fn take_up_frames(
    store: &mut Store,
    sources: &Sources<'_>,
    context: &Context<'_>,
    booked: &mut Booked,
) -> Result<()> {
    let waiting = store.read(waiting::all)?;
    let known: Vec<(&str, &Waiting, &GiftFrame, Frame)> = waiting
        .iter()
        .filter_map(|(id, waits)| {
            let event = waits.value.frame.as_ref()?;
            let frame = Frame::resolve(event, sources.catalogue, sources.hosts.get(&event.room)).ok()?;
            Some((id.as_str(), &waits.value, event, frame))
        })
        .collect();
    in_halves(&known, GROUP, |part, refusal| {
        kept(store, context, booked, |tx, booked| {
            let kit = Kit::load(tx, part.iter().map(|(_, _, _, frame)| frame))?;
            let mut group = Group::new(tx, sources, kit, refusal, booked)?;
            for (id, waits, event, frame) in part {
                group.take_up(id, waits, event, frame)?;
            }
            group.finish()
        })
    })
}

/// Closes streaks that nothing came for, and tries what waits once more.
fn close_and_retry(
    store: &mut Store,
    sources: &Sources<'_>,
    context: &Context<'_>,
    booked: &mut Booked,
) -> Result<()> {
    let timeout = sources.terms.at(context.now).timeout();
    let (open, waiting) = store.read(|tx| Ok::<_, Error>((Kit::open(tx)?, waiting::all(tx)?)))?;
    in_halves(&open, GROUP, |part, refusal| {
        kept(store, context, booked, |tx, booked| {
            let kit = Kit::load_ids(tx, part)?;
            let mut group = Group::new(tx, sources, kit, refusal, booked)?;
            for booking in group.kit.close(context.now, timeout) {
                group.streak(&booking)?;
            }
            group.finish()
        })
    })?;
    in_halves(&waiting, GROUP, |part, refusal| {
        kept(store, context, booked, |tx, booked| {
            let mut group = Group::new(tx, sources, Kit::default(), refusal, booked)?;
            for (id, waits) in part {
                group.retry(id, &waits.value)?;
            }
            group.finish()
        })
    })?;
    booked.waiting = store.read(waiting::all)?.len() as u64;
    Ok(())
}

/// The asset in which an event's amount in millionths of a currency is booked.
pub(super) fn micro(currency: &str) -> Result<Asset> {
    Asset::micro(currency).map_err(|e| Error::bad_input("live/currency", e.to_string()))
}
