//! What of a room's gifts is in the books, and what is not and why.

use super::given::Given;
use super::timeline::{self, Item};
use super::waiting::{self, Fate};
use super::{cursor, streaks};
use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::books::entry_of;
use crate::workspace::Workspace;
use event::live::GiftFrame;
use journal::Entry;
use lake::archive::Archive;
use lake::live::Commits;
use ledger::AccountKind;
use live::catalogue::Catalogue;
use live::room::RoomGift;
use live::streak::Key;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use store::{StoredTransaction, Tx};

/// What was sent in a room and is not in the books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unbooked {
    /// Gifts that wait for coins or a price.
    pub waiting: Sum,
    /// Gifts that were decided against.
    pub refused: Sum,
    /// Frames that were decided against, of which no gift came.
    pub refused_frames: u64,
    /// Frames that wait until somebody says who hosts the room.
    pub waiting_frames: u64,
    /// Gifts of streaks that are not over.
    pub open_gifts: u64,
    /// Frames that no booking has taken up: they came since, or have not happened yet.
    pub frames_not_taken: u64,
}

/// Some gifts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many.
    pub gifts: u64,
    /// What they would cost.
    pub coins: u64,
    /// How many of them have no price: they are in no coins.
    pub without_price: u64,
}

impl Sum {
    fn add(&mut self, given: &Given, catalogue: &Catalogue) {
        let count = given.count();
        self.gifts = self.gifts.saturating_add(count);
        match given.price(catalogue) {
            Ok(price) => {
                let coins = count.saturating_mul(price.coins.into());
                self.coins = self.coins.saturating_add(coins);
            }
            Err(_) => self.without_price = self.without_price.saturating_add(count),
        }
    }
}

/// A room as the books know it.
#[derive(Default)]
pub(super) struct InBooks {
    pub gifts: Vec<RoomGift>,
    pub unbooked: Unbooked,
}

type Rooms = BTreeMap<Arc<str>, InBooks>;

/// Every room, or only some.
pub(super) fn read(
    workspace: &Workspace,
    archive: &Archive,
    catalogue: &Catalogue,
    only: Option<&BTreeSet<Arc<str>>>,
) -> Result<Rooms> {
    let mut rooms = Rooms::new();
    let wanted = |room: &str| only.is_none_or(|only| only.contains(room));
    let cursor = workspace.books()?.read(|tx| {
        add_booked(tx, catalogue, only, &mut rooms)?;
        add_listed(tx, catalogue, &mut rooms)?;
        for (room, gifts) in streaks::open_gifts(tx, wanted)? {
            rooms.entry(room).or_default().unbooked.open_gifts = gifts;
        }
        Ok::<_, Error>(cursor::read(tx)?.0)
    })?;
    let new = Commits {
        after: cursor.after,
        up_to: archive.last_commit(),
    };
    let new = lake::live::read::<GiftFrame>(archive, new).map_err(archive_error)?;
    let later = timeline::later(archive, &cursor)?.into_iter();
    let later = later.filter_map(|item| match item {
        Item::Frame(frame) => Some(frame),
        _ => None,
    });
    for frame in new.into_iter().chain(later) {
        rooms.entry(frame.room).or_default().unbooked.frames_not_taken += 1;
    }
    rooms.retain(|room, _| wanted(room));
    Ok(rooms)
}

/// Gifts in the books, by the keys of their transactions, which begin with the room unless they are too long.
fn add_booked(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    only: Option<&BTreeSet<Arc<str>>>,
    rooms: &mut Rooms,
) -> Result<()> {
    let taken_back = taken_back(tx, only)?;
    let mut seen = std::collections::HashSet::new();
    for prefix in prefixes("gift", only) {
        tx.transactions_by_prefix(&prefix, |transaction| {
            let Entry::Gift(detail) = entry_of(transaction)? else {
                let what = format!("transaction {} is no gift", transaction.number);
                return Err(Error::damage(what));
            };
            if only.is_none_or(|only| only.contains(&detail.room))
                && !taken_back.contains(&transaction.number)
                && seen.insert(transaction.number)
            {
                let gift = gift(transaction, &detail, catalogue);
                rooms.entry(detail.room).or_default().gifts.push(gift);
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(())
}

/// Numbers of gifts that were taken back: they were none.
fn taken_back(tx: &mut Tx<'_>, only: Option<&BTreeSet<Arc<str>>>) -> Result<BTreeSet<u64>> {
    let mut numbers = BTreeSet::new();
    for prefix in prefixes("gift-correction", only) {
        tx.transactions_by_prefix(&prefix, |transaction| {
            if let Entry::GiftCorrected(gift) = entry_of(transaction)? {
                numbers.insert(gift.number);
            }
            Ok::<_, Error>(())
        })?;
    }
    Ok(numbers)
}

/// How the keys of what rooms' gifts did begin: with the room, unless they are too long.
fn prefixes(kind: &str, only: Option<&BTreeSet<Arc<str>>>) -> Vec<String> {
    match only {
        None => vec![super::key(kind, "")],
        Some(only) => {
            let rooms = only.iter().map(|room| super::key(kind, &Key::prefix(room)));
            rooms.chain([super::hashed(kind)]).collect()
        }
    }
}

fn gift(transaction: &StoredTransaction, detail: &journal::Gift, catalogue: &Catalogue) -> RoomGift {
    let postings = transaction.postings.iter();
    let coins = postings
        .clone()
        .filter(|posting| posting.debit.kind == AccountKind::ViewerCoins);
    let diamonds = postings.filter(|posting| posting.credit.kind == AccountKind::CreatorDiamonds);
    let mut hosts: Vec<(Arc<str>, u64)> = diamonds
        .map(|posting| (posting.credit.owner.clone(), posting.amount))
        .collect();
    if hosts.is_empty() {
        hosts.push((detail.recipient.clone(), 0));
    }
    RoomGift {
        viewer: detail.viewer.clone(),
        recipient: detail.recipient.clone(),
        hosts,
        gift: catalogue.name(&detail.gift, transaction.effective),
        at: transaction.effective,
        count: detail.count,
        coins: coins.map(|posting| posting.amount).sum(),
    }
}

/// What waits and what was refused.
fn add_listed(tx: &mut Tx<'_>, catalogue: &Catalogue, rooms: &mut Rooms) -> Result<()> {
    for listed in waiting::listed(tx)? {
        let Some(room) = listed.room() else { continue };
        let unbooked = &mut rooms.entry(room.clone()).or_default().unbooked;
        match (&listed.gift, listed.fate) {
            (Some(given), Fate::Waits) => unbooked.waiting.add(given, catalogue),
            (Some(given), _) => unbooked.refused.add(given, catalogue),
            (None, Fate::Waits) => unbooked.waiting_frames += 1,
            (None, _) => unbooked.refused_frames += 1,
        }
    }
    Ok(())
}
