//! A group of events that is booked in one database transaction.

use super::book::{Booked, Sources};
use super::gifts::Given;
use super::streaks::{Kit, Said};
use super::timeline::Item;
use super::waiting::{self, Fate, Waiting};
use super::wallets::Wallets;
use crate::books::{flow, post_all};
use crate::error::{Error, Result};
use event::live::GiftFrame;
use jiff::Timestamp;
use ledger::{Account, AccountKind, Transaction};
use live::streak::{Booking, Frame, NoRecipient};
use money::Asset;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{AccountFilter, Tx};

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
    /// Why the one event of this group is refused; none: it is booked.
    pub refusal: Option<&'g str>,
}

impl<'g, 't> Group<'g, 't> {
    pub(super) fn new(
        tx: &'g mut Tx<'t>,
        sources: &'g Sources<'g>,
        kit: Kit,
        refusal: Option<&'g str>,
        booked: &'g mut Booked,
    ) -> Result<Self> {
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
            refusal,
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

    /// Takes an event.
    pub(super) fn take(&mut self, item: &Item, frame: Option<&Frame>) -> Result<()> {
        self.booked.events += 1;
        match (item, self.refusal) {
            (Item::Frame(event), _) => self.frame(event, frame),
            (_, Some(reason)) => {
                self.refuse(item.what(), item.id(), item.who(), item.at(), reason.to_owned())
            }
            (Item::Purchase(event), None) => self.purchase(event),
            (Item::Refund(event), None) => self.refund(event),
            (Item::Subscription(event), None) => self.subscription(event),
            (Item::Redemption(event), None) => self.redemption(event),
        }
    }

    fn frame(&mut self, event: &GiftFrame, frame: Option<&Frame>) -> Result<()> {
        let Some(frame) = frame else {
            return self.keep_frame(event);
        };
        let said = match Said::of(event) {
            Ok(said) => said,
            Err(refusal) => return self.refuse_frame(event, refusal.to_string()),
        };
        let timeout = self.sources.terms.at(event.occurred_at).timeout();
        if let Some(booking) = self.kit.frame(frame, said, timeout) {
            self.streak(&booking)?;
        }
        Ok(())
    }

    /// Keeps a frame until something says who receives its gift; a refused one for good.
    fn keep_frame(&mut self, event: &GiftFrame) -> Result<()> {
        if let Some(reason) = self.refusal {
            return self.refuse_frame(event, reason.to_owned());
        }
        let room = event.room.clone();
        let waits = Waiting {
            what: "gift".to_owned(),
            who: event.viewer.to_string(),
            at: event.occurred_at,
            reason: NoRecipient { room: room.clone() }.to_string(),
            fate: Fate::Waits,
            room: Some(room),
            gift: None,
            frame: Some(event.clone()),
        };
        waiting::put(self.tx, &format!("gift/{}", event.event_id), &waits)
    }

    /// Takes a frame that waited, now that its recipient is known.
    pub(super) fn take_up(
        &mut self,
        id: &str,
        waits: &Waiting,
        event: &GiftFrame,
        frame: &Frame,
    ) -> Result<()> {
        waiting::put_booked(self.tx, id, waits)?;
        self.frame(event, Some(frame))
    }

    /// Books what a streak came to.
    pub(super) fn streak(&mut self, booking: &Booking) -> Result<()> {
        let given = Given::of(booking, self.kit.said(&booking.key));
        self.give(&given)
    }

    /// Records that an event is decided against.
    pub(super) fn refuse(
        &mut self,
        what: &str,
        id: &str,
        who: &str,
        at: Timestamp,
        reason: String,
    ) -> Result<()> {
        self.list(what, id, who, at, reason, None)
    }

    fn refuse_frame(&mut self, frame: &GiftFrame, reason: String) -> Result<()> {
        let (id, who, room) = (&frame.event_id, &frame.viewer, frame.room.clone());
        self.list("gift", id, who, frame.occurred_at, reason, Some(room))
    }

    fn list(
        &mut self,
        what: &str,
        id: &str,
        who: &str,
        at: Timestamp,
        reason: String,
        room: Option<Arc<str>>,
    ) -> Result<()> {
        self.booked.refused += 1;
        let refused = Waiting {
            what: what.to_owned(),
            who: who.to_owned(),
            at,
            reason,
            fate: Fate::Refused,
            room,
            gift: None,
            frame: None,
        };
        waiting::put(self.tx, &format!("{what}/{id}"), &refused)
    }

    /// Books the money side of the group and writes wallets and streaks.
    pub(super) fn finish(mut self) -> Result<()> {
        let program = self.sources.terms.at(self.latest).program.id.clone();
        let mut values = Vec::new();
        let mut value = |what: &str, owner: &str, debit: Account, credit: Account, units: i128| {
            let name = format!("{}/{what}/{owner}/{}", self.label, debit.asset);
            let key = super::key("live-value", &name);
            let posting = flow(&debit, &credit, units, None)?;
            values.extend(posting.map(|one| Transaction::post(key, "gift-value", self.latest, vec![one])));
            Ok::<_, Error>(())
        };
        for ((viewer, asset), units) in &self.income {
            let paid = Account::of(AccountKind::CoinLiability, viewer.clone(), *asset);
            let income = Account::of(AccountKind::PlatformIncome, &*program, *asset);
            value("income", viewer, paid, income, *units)?;
        }
        for ((host, asset), units) in &self.cost {
            let cost = Account::of(AccountKind::ProgramCost, &*program, *asset);
            let owed = Account::of(AccountKind::DiamondLiability, host.clone(), *asset);
            value("cost", host, cost, owed, *units)?;
        }
        self.batch.extend(values);
        self.flush()?;
        self.wallets.save(self.tx)?;
        self.kit.save(self.tx)
    }
}
