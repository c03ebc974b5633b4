//! Booking: group by group, from where the last booking ended.

use super::bisect::{Attempt, bisect};
use super::booked::Booked;
use super::creators::HOLD;
use super::cursor::{self, Cursor, Span};
use super::group::{Group, Sources};
use super::hosts;
use super::recipients;
use super::standing::Standing;
use super::streaks::LoadedStreaks;
use super::terms::{Terms, converts_coins};
use super::timeline::{self, Due, Item};
use super::waiting;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::inputs::reader::Reader;
use crate::inputs::traffic_lists;
use crate::workspace::Workspace;
use crate::workspace::books::OwnBooks;
use crate::workspace::records::{self, Versioned};
use jiff::ToSpan;
use jiff::civil::Date;
use lake::archive::StoredBefore;
use ledger::AccountKind;
use policy::program::Program;
use store::{AccountFilter, Tx};

/// Events of one database transaction.
const GROUP: usize = 8_192;

/// Books what came into the archive since the last booking.
pub fn book(workspace: &Workspace, context: &Context<'_>) -> Result<Booked> {
    let mut booked = Booked::default();
    loop {
        match book_all(workspace, context, &mut booked) {
            // Whoever was quicker has booked something: it comes to an end.
            Err(error) if error.is_conflict() => context.check()?,
            done => return done.map(|()| booked),
        }
    }
}

/// Books what is not booked yet. What it did stays done and counted when another process was quicker with the rest.
fn book_all(workspace: &Workspace, context: &Context<'_>, booked: &mut Booked) -> Result<()> {
    let store = workspace.books_to_write(context)?;
    let (cursor, _) = store.read(cursor::read)?;
    // Read after the cursor, so that it holds all that the cursor knows.
    let archive = workspace.archive()?;
    cursor.must_be_of(&archive)?;
    let terms = store.read(Terms::applied)?;
    let catalogue = super::catalogue::of(&archive)?;
    let configured = traffic_lists::in_force(workspace)?;
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
        standing: &standing,
    };
    loop {
        let (cursor, version) = store.read(cursor::read)?;
        if cursor.must_be_of(&archive).is_err() {
            // Another process has booked what was imported since.
            return Err(records::conflict(cursor::KIND, cursor::ID));
        }
        let Some(span) = cursor.next(archive.last_commit(), context.now) else {
            booked.later = cursor.later.iter().map(|later| later.events).sum();
            break;
        };
        hosts::keep(&store, &archive, cursor.new_commits(&span), context)?;
        let due = timeline::due(&archive, &cursor, &span)?;
        let from = Versioned {
            value: cursor,
            version,
        };
        book_span(&store, &sources, (from, span), due, context, booked)?;
    }
    retry(&store, &sources, context, booked)?;
    close(&store, &sources, context, booked)?;
    finish(&store, context)?;
    booked.waiting = store.read(waiting::all)?.len() as u64;
    Ok(())
}

/// Notes that all of what came is booked, or waits.
fn finish(store: &OwnBooks, context: &Context<'_>) -> Result<()> {
    let (cursor, version) = store.read(cursor::read)?;
    if !cursor.unfinished {
        return Ok(());
    }
    let finished = Cursor {
        unfinished: false,
        ..cursor
    };
    store.write(context.by(), context.recorded, |tx| {
        cursor::write(tx, version, &finished)
    })
}

/// Does something in one database transaction, by the terms as they still are, and counts it if it was kept.
fn kept(
    store: &OwnBooks,
    terms: &Terms,
    context: &Context<'_>,
    booked: &mut Booked,
    run: impl FnOnce(&mut Tx<'_>, &mut Booked) -> Result<()>,
) -> Result<()> {
    let mut counted = booked.clone();
    store.write(context.by(), context.recorded, |tx| {
        terms.must_be_all(tx)?;
        run(tx, &mut counted)
    })?;
    *booked = counted;
    Ok(())
}

/// Books the events of a span, group by group, from where the last booking stopped.
fn book_span(
    store: &OwnBooks,
    sources: &Sources<'_>,
    (mut cursor, span): (Versioned<Cursor>, Span),
    due: Due,
    context: &Context<'_>,
    booked: &mut Booked,
) -> Result<()> {
    let items = &due.items;
    context.progress.stage("booking LIVE", Some(items.len() as u64));
    let mut done = usize::try_from(span.done).unwrap_or(usize::MAX).min(items.len());
    bisect(&items[done..], GROUP, |part, attempt| {
        context.check()?;
        let upto = done + part.len();
        let rest = Span {
            done: upto as u64,
            ..span
        };
        let next = Cursor {
            span: Some(rest),
            unfinished: true,
            ..cursor.value.clone()
        };
        kept(store, sources.terms, context, booked, |tx, booked| {
            cursor::write(tx, cursor.version, &next)?;
            book_group(tx, sources, part, attempt, booked)
        })?;
        cursor.version += 1;
        done = upto;
        context.progress.position(done as u64);
        Ok(())
    })?;
    let next = Cursor {
        after: span.up_to,
        span: None,
        unfinished: true,
        later: due.later,
    };
    store.write(context.by(), context.recorded, |tx| {
        cursor::write(tx, cursor.version, &next)
    })
}

/// Books events, or refuses one whose reason is known.
fn book_group(
    tx: &mut Tx<'_>,
    sources: &Sources<'_>,
    items: &[Item],
    attempt: Attempt<'_>,
    booked: &mut Booked,
) -> Result<()> {
    let frames = recipients::resolve(tx, sources.catalogue, items.iter().map(Item::frame))?;
    let open = LoadedStreaks::open(tx)?;
    let loaded_streaks = LoadedStreaks::load(tx, sources.terms.timeouts(), frames.iter().flatten(), open)?;
    let viewers = loaded_streaks.viewers();
    let mut group = Group::new(tx, sources, loaded_streaks, attempt, booked)?;
    group.prepare(items.iter().filter_map(Item::wallet).chain(&viewers))?;
    for (item, frame) in items.iter().zip(&frames) {
        group.take(item, frame.as_ref())?;
    }
    group.finish()
}

/// Tries what waits once more.
fn retry(store: &OwnBooks, sources: &Sources<'_>, context: &Context<'_>, booked: &mut Booked) -> Result<()> {
    let waiting = store.read(waiting::all)?;
    bisect(&waiting, GROUP, |part, attempt| {
        context.check()?;
        kept(store, sources.terms, context, booked, |tx, booked| {
            // Another process may have booked some of them since they were listed.
            let part = waiting::still(tx, part)?;
            let frames = part.iter().map(|(_, waits)| waits.value.frame());
            let frames = recipients::resolve(tx, sources.catalogue, frames)?;
            let loaded_streaks =
                LoadedStreaks::load(tx, sources.terms.timeouts(), frames.iter().flatten(), Vec::new())?;
            let mut group = Group::new(tx, sources, loaded_streaks, attempt, booked)?;
            group.prepare(part.iter().filter_map(|(_, waits)| waits.value.wallet()))?;
            for ((id, waits), frame) in part.iter().zip(&frames) {
                group.retry(id, &waits.value, frame.as_ref())?;
            }
            group.finish()
        })
    })
}

/// Closes streaks that nothing came for.
fn close(store: &OwnBooks, sources: &Sources<'_>, context: &Context<'_>, booked: &mut Booked) -> Result<()> {
    let open = store.read(LoadedStreaks::open)?;
    bisect(&open, GROUP, |part, attempt| {
        context.check()?;
        kept(store, sources.terms, context, booked, |tx, booked| {
            let loaded_streaks = LoadedStreaks::load_ids(tx, sources.terms.timeouts(), part)?;
            let mut group = Group::new(tx, sources, loaded_streaks, attempt, booked)?;
            let viewers = group.loaded_streaks.viewers();
            group.prepare(viewers.iter())?;
            group.close_quiet(context.now)?;
            group.finish()
        })
    })
}

/// The day up to which a new version of a program may decide nothing, where something is booked by it: what was booked today stays.
/// The clock's day counts, whatever day the command is for.
pub(crate) fn booked_until(
    tx: &mut Tx<'_>,
    program: &Program,
    context: &Context<'_>,
) -> Result<Option<Date>> {
    if !converts_coins(program) {
        return Ok(None);
    }
    let mut has_booked = false;
    for kind in [AccountKind::CoinsIssued, AccountKind::DiamondsIssued] {
        has_booked |= !tx.accounts(&AccountFilter::kind(kind))?.is_empty();
    }
    // Subscriptions are held by day.
    tx.each_record(HOLD, |_, _| {
        has_booked = true;
        Ok::<_, Error>(())
    })?;
    let today = context.clock_day().max(context.today());
    Ok(has_booked.then(|| today.saturating_add(1.day())))
}
