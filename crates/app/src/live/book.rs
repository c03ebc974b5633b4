//! Booking: group by group, from where the last booking ended.

use super::cursor::{self, Cursor, Span};
use super::gifts::Given;
use super::standing::Standing;
use super::streaks::{Kit, Said};
use super::terms::Terms;
use super::timeline::{self, Item};
use super::waiting::{self, Fate, Waiting};
use super::wallets::Wallets;
use crate::books::{flow, post_all};
use crate::error::{Error, Result};
use crate::failure::archive_error;
use crate::gather::Reader;
use crate::lists;
use crate::lookback::ViewWindows;
use crate::progress::Context;
use crate::workspace::Workspace;
use event::live::{GiftFrame, RoomActivity};
use jiff::Timestamp;
use lake::archive::{Archive, StoredBefore};
use lake::live::{Commits, read};
use ledger::{Account, AccountKind, Transaction};
use live::catalogue::Catalogue;
use live::streak::Frame;
use money::Asset;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{AccountFilter, Store, Tx};

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
    let reader = Reader {
        archive: &archive,
        bound: StoredBefore(archive.last_commit()),
        lists: &configured.lists,
        workspace,
        windows: ViewWindows::default(),
    };
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
        let span = match cursor.span {
            Some(span) => span,
            None if cursor.after < archive.last_commit() => Span {
                up_to: archive.last_commit(),
                done: 0,
            },
            None => break,
        };
        let commits = Commits {
            after: cursor.after,
            up_to: span.up_to,
        };
        let items = timeline::of(&archive, commits)?;
        book_span(
            &mut store,
            &sources,
            &items,
            (cursor.after, span),
            context,
            &mut booked,
        )?;
    }
    store.write(context.user, context.now, |tx| {
        close_and_retry(tx, &sources, context.now, &mut booked)
    })?;
    Ok(booked)
}

/// Books the events of the commits after one and up to the span's, group by group, from where the last booking stopped.
fn book_span(
    store: &mut Store,
    sources: &Sources<'_>,
    items: &[Item],
    (after, span): (u64, Span),
    context: &Context<'_>,
    booked: &mut Booked,
) -> Result<()> {
    context.progress.stage("booking LIVE", Some(items.len() as u64));
    let mut done = usize::try_from(span.done).unwrap_or(usize::MAX).min(items.len());
    loop {
        context.check()?;
        let group = &items[done..items.len().min(done + GROUP)];
        done += group.len();
        let is_last = done == items.len();
        let rest = Span {
            up_to: span.up_to,
            done: done as u64,
        };
        let next = Cursor {
            after: if is_last { span.up_to } else { after },
            span: (!is_last).then_some(rest),
        };
        store.write(context.user, context.now, |tx| {
            let (_, version) = cursor::read(tx)?;
            cursor::write(tx, version, &next)?;
            book_group(tx, sources, group, booked)
        })?;
        context.progress.position(done as u64);
        if is_last {
            return Ok(());
        }
    }
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

fn book_group(tx: &mut Tx<'_>, sources: &Sources<'_>, items: &[Item], booked: &mut Booked) -> Result<()> {
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
    let mut group = Group::new(tx, sources, kit, booked)?;
    for (item, frame) in items.iter().zip(&frames) {
        group.booked.events += 1;
        match item {
            Item::Purchase(event) => group.purchase(event)?,
            Item::Frame(event) => group.frame(event, frame.as_ref())?,
            Item::Refund(event) => group.refund(event)?,
            Item::Subscription(event) => group.subscription(event)?,
            Item::Redemption(event) => group.redemption(event)?,
        }
    }
    group.finish()
}

/// Closes streaks that nothing came for, and tries what waits once more.
fn close_and_retry(
    tx: &mut Tx<'_>,
    sources: &Sources<'_>,
    now: Timestamp,
    booked: &mut Booked,
) -> Result<()> {
    let kit = Kit::load_open(tx)?;
    let waiting = waiting::gifts(tx)?;
    let mut group = Group::new(tx, sources, kit, booked)?;
    for booking in group.kit.close(now, sources.terms.at(now).timeout()) {
        let given = Given::of(&booking, group.kit.said(&booking.key));
        group.give(given)?;
    }
    for (id, waits) in waiting {
        let Some(given) = waits.value.gift.clone() else {
            continue;
        };
        if group.try_give(&given)?.is_ok() {
            let fate = Fate::Booked;
            waiting::put(group.tx, &id, &Waiting { fate, ..waits.value })?;
        }
    }
    group.finish()?;
    booked.waiting = waiting::gifts(tx)?.len() as u64;
    Ok(())
}

/// A group of events being booked in one database transaction.
pub(super) struct Group<'g, 't> {
    pub tx: &'g mut Tx<'t>,
    pub sources: &'g Sources<'g>,
    pub wallets: Wallets,
    pub kit: Kit,
    pub booked: &'g mut Booked,
    /// Diamonds that hosts owe.
    pub owing: HashMap<Arc<str>, u64>,
    batch: Vec<Transaction>,
    /// What was paid for coins that were given: it is income now.
    pub income: BTreeMap<(Arc<str>, Asset), i128>,
    /// What diamonds are worth: it is owed to hosts now.
    pub cost: BTreeMap<(Arc<str>, Asset), i128>,
    /// The latest event, for the group's own transactions.
    latest: Timestamp,
    label: u64,
}

impl<'g, 't> Group<'g, 't> {
    fn new(tx: &'g mut Tx<'t>, sources: &'g Sources<'g>, kit: Kit, booked: &'g mut Booked) -> Result<Self> {
        let deficits = tx.accounts(&AccountFilter::kind(AccountKind::DiamondDeficit))?;
        let owing = deficits
            .into_iter()
            .map(|state| (state.account.owner, state.balance.debits - state.balance.credits))
            .filter(|(_, owing)| *owing > 0);
        Ok(Self {
            owing: owing.collect(),
            label: tx.head()?.transaction,
            tx,
            sources,
            wallets: Wallets::default(),
            kit,
            booked,
            batch: Vec::new(),
            income: BTreeMap::new(),
            cost: BTreeMap::new(),
            latest: Timestamp::UNIX_EPOCH,
        })
    }

    pub(super) fn push(&mut self, transaction: Transaction) {
        self.latest = self.latest.max(transaction.effective);
        self.batch.push(transaction);
    }

    /// Books what has been pushed, so that balances can be asked for.
    pub(super) fn flush(&mut self) -> Result<()> {
        post_all(self.tx, &std::mem::take(&mut self.batch))
    }

    fn frame(&mut self, event: &GiftFrame, frame: Option<&Frame>) -> Result<()> {
        let Some(frame) = frame else {
            return self.wait(
                &event.event_id,
                "gift",
                &event.viewer,
                event.occurred_at,
                Fate::Refused,
                format!(
                    "the frame names no recipient, and nothing says who hosts room {}",
                    event.room
                ),
            );
        };
        let said = match Said::of(event) {
            Ok(said) => said,
            Err(refusal) => {
                return self.wait(
                    &event.event_id,
                    "gift",
                    &event.viewer,
                    event.occurred_at,
                    Fate::Refused,
                    refusal.to_string(),
                );
            }
        };
        let timeout = self.sources.terms.at(event.occurred_at).timeout();
        if let Some(booking) = self.kit.frame(frame, said, timeout) {
            let given = Given::of(&booking, self.kit.said(&booking.key));
            self.give(given)?;
        }
        Ok(())
    }

    /// Records that something is not booked now.
    pub(super) fn wait(
        &mut self,
        id: &str,
        what: &str,
        who: &str,
        at: Timestamp,
        fate: Fate,
        reason: String,
    ) -> Result<()> {
        self.booked.refused += u64::from(fate == Fate::Refused);
        let waiting = Waiting {
            what: what.to_owned(),
            who: who.to_owned(),
            at,
            reason,
            fate,
            gift: None,
        };
        waiting::put(self.tx, &format!("{what}/{id}"), &waiting)
    }

    /// Books the money side of the group and writes wallets and streaks.
    fn finish(mut self) -> Result<()> {
        let program = self.sources.terms.at(self.latest).program.id.clone();
        let key = |what: &str, who: &str, asset: Asset| {
            super::key("live-value", &format!("{}/{what}/{who}/{asset}", self.label))
        };
        let mut values = Vec::new();
        for ((viewer, asset), units) in &self.income {
            let paid = Account::of(AccountKind::CoinLiability, viewer.clone(), *asset);
            let income = Account::of(AccountKind::PlatformIncome, &*program, *asset);
            let posting = flow(&paid, &income, *units, None)?;
            values.extend(posting.map(|posting| {
                Transaction::post(
                    key("income", viewer, *asset),
                    "gift-value",
                    self.latest,
                    vec![posting],
                )
            }));
        }
        for ((host, asset), units) in &self.cost {
            let cost = Account::of(AccountKind::ProgramCost, &*program, *asset);
            let owed = Account::of(AccountKind::DiamondLiability, host.clone(), *asset);
            let posting = flow(&cost, &owed, *units, None)?;
            values.extend(posting.map(|posting| {
                Transaction::post(
                    key("cost", host, *asset),
                    "gift-value",
                    self.latest,
                    vec![posting],
                )
            }));
        }
        self.batch.extend(values);
        self.flush()?;
        self.wallets.save(self.tx)?;
        self.kit.save(self.tx)
    }
}

/// The asset in which an event's amount in millionths of a currency is booked.
pub(super) fn micro(currency: &str) -> Result<Asset> {
    Asset::micro(currency).map_err(|e| Error::bad_input("live/currency", e.to_string()))
}
