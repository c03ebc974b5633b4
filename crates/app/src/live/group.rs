//! A group of events that is booked in one database transaction.

use super::bisect::Attempt;
use super::booked::Booked;
use super::booked_for::OpenPeriods;
use super::given::Given;
use super::period_sums::Sums;
use super::standing::Standing;
use super::streaks::{FrameDetails, LoadedStreaks};
use super::terms::Terms;
use super::timeline::Item;
use super::waiting::{self, Answer, Fate, Waiting};
use super::wallets::Wallets;
use crate::base::error::Result;
use crate::books::post_all;
use event::live::GiftFrame;
use jiff::Timestamp;
use journal::{BookedFor, Entry};
use ledger::{Posting, Transaction};
use live::catalogue::Catalogue;
use live::streak::{Booking, Frame, NoRecipient};
use std::collections::HashSet;
use std::sync::Arc;
use store::Tx;

/// Everything that booking looks things up in.
pub(super) struct Sources<'s> {
    pub terms: &'s Terms,
    pub catalogue: &'s Catalogue,
    /// Who may redeem, and who has a bonus.
    pub standing: &'s Standing<'s>,
}

/// A group of events being booked in one database transaction.
pub(super) struct Group<'g, 't> {
    pub tx: &'g mut Tx<'t>,
    pub sources: &'g Sources<'g>,
    pub wallets: Wallets,
    pub loaded_streaks: LoadedStreaks,
    pub booked: &'g mut Booked,
    batch: Vec<Transaction>,
    periods: OpenPeriods,
    sums: Sums,
    attempt: Attempt<'g>,
    /// Why the one event of this group is refused; none: it is booked.
    pub refusal: Option<&'g str>,
    /// Ids of what waited and was decided in this group.
    decided: HashSet<String>,
}

impl<'g, 't> Group<'g, 't> {
    pub(super) fn new(
        tx: &'g mut Tx<'t>,
        sources: &'g Sources<'g>,
        loaded_streaks: LoadedStreaks,
        attempt: Attempt<'g>,
        booked: &'g mut Booked,
    ) -> Result<Self> {
        let periods = OpenPeriods::read(tx, sources.terms.program())?;
        Ok(Self {
            tx,
            sources,
            wallets: Wallets::default(),
            loaded_streaks,
            booked,
            batch: Vec::new(),
            periods,
            sums: Sums::default(),
            attempt,
            refusal: attempt.refusal(),
            decided: HashSet::new(),
        })
    }

    /// Reads at once what events of these viewers will ask for.
    pub(super) fn prepare<'v>(&mut self, viewers: impl Iterator<Item = &'v Arc<str>>) -> Result<()> {
        self.wallets.load(self.tx, viewers)
    }

    /// For which period something is booked that happened at an instant.
    pub(super) fn booked_for(&mut self, at: Timestamp) -> BookedFor {
        self.periods.booked_for(at)
    }

    /// Books an entry with the next ones, and adds it to the sums of its period.
    pub(super) fn push(&mut self, entry: &Entry, key: String, at: Timestamp, postings: Vec<Posting>) {
        if let Some(booked_for) = entry.booked_for() {
            if let Some(of) = &booked_for.late_of {
                self.booked.late += 1;
                self.booked.late_of_locked += u64::from(self.periods.is_locked(of));
            }
            self.sums.add(booked_for, entry.cause(), &postings);
        }
        self.batch.push(entry.post(key, at, postings));
    }

    /// Books what has been pushed, so that balances can be asked for.
    pub(super) fn flush(&mut self) -> Result<()> {
        post_all(self.tx, &std::mem::take(&mut self.batch))
    }

    /// Takes an event that came: books it, or records why not.
    pub(super) fn take(&mut self, item: &Item, frame: Option<&Frame>) -> Result<()> {
        self.booked.events += 1;
        self.close_quiet(item.at())?;
        let before = self.coins(item.wallet())?;
        if let Some((fate, reason)) = self.answer(item, frame)?.fate() {
            self.list(&item.listed_as(), &Waiting::of(item, fate, reason))?;
        }
        self.give_what_waited(before)
    }

    /// Closes streaks that nothing came for by a time: they are over before what happened then, whenever it is booked.
    pub(super) fn close_quiet(&mut self, at: Timestamp) -> Result<()> {
        for booking in self.loaded_streaks.close(at) {
            self.streak(&booking)?;
        }
        Ok(())
    }

    /// Tries once more what waits.
    pub(super) fn retry(&mut self, id: &str, waits: &Waiting, frame: Option<&Frame>) -> Result<()> {
        let before = self.coins(waits.wallet())?;
        self.try_again(id, waits, frame)?;
        self.give_what_waited(before)
    }

    /// A viewer with the coins that can be spent.
    fn coins(&mut self, viewer: Option<&Arc<str>>) -> Result<Option<(Arc<str>, u64)>> {
        let Some(viewer) = viewer else {
            return Ok(None);
        };
        let coins = self.wallets.of(self.tx, viewer)?.wallet.available();
        Ok(Some((Arc::clone(viewer), coins)))
    }

    /// Tries a viewer's gifts that wait as soon as there are more coins than before, the oldest first: what happens later, a refund
    /// of these coins for one, finds them given however often was booked.
    fn give_what_waited(&mut self, before: Option<(Arc<str>, u64)>) -> Result<()> {
        let Some((viewer, before)) = before.filter(|_| self.attempt == Attempt::Whole) else {
            return Ok(());
        };
        let in_use = self.wallets.of(self.tx, &viewer)?;
        if in_use.waits.is_empty() || in_use.wallet.available() <= before {
            return Ok(());
        }
        for (_, id) in in_use.waits.clone() {
            if let Some(waits) = waiting::get(self.tx, &id)? {
                self.try_again(&id, &waits, None)?;
            }
        }
        Ok(())
    }

    fn try_again(&mut self, id: &str, waits: &Waiting, frame: Option<&Frame>) -> Result<()> {
        if self.decided.contains(id) {
            return Ok(());
        }
        let answer = match (&waits.gift, &waits.event) {
            (Some(given), _) => self.try_give(given)?,
            (None, Some(item)) => self.answer(item, frame)?,
            (None, None) => return Ok(()),
        };
        let (fate, reason) = answer.fate().unwrap_or((Fate::Booked, waits.reason.clone()));
        let now = Waiting {
            fate,
            reason,
            ..waits.clone()
        };
        self.list(id, &now)
    }

    fn answer(&mut self, item: &Item, frame: Option<&Frame>) -> Result<Answer> {
        let sources = self.sources;
        match (item, self.refusal, sources.terms.at(item.at())) {
            (Item::Frame(event), ..) => self.frame(event, frame),
            (_, Some(reason), _) => Ok(Answer::Refused(reason.to_owned())),
            (Item::Purchase(event), None, _) => self.purchase(event),
            (_, None, Err(not_yet)) => Ok(Answer::Waits(not_yet.to_string())),
            (Item::Refund(event), None, Ok(terms)) => self.refund(event, terms),
            (Item::Subscription(event), None, Ok(terms)) => self.subscription(event, terms),
            (Item::Redemption(event), None, Ok(terms)) => self.redemption(event, terms),
        }
    }

    /// Takes a frame into its streak, and books what that comes to. A frame waits until something says who receives its gift, and what it
    /// is.
    fn frame(&mut self, event: &GiftFrame, frame: Option<&Frame>) -> Result<Answer> {
        let Some(frame) = frame else {
            let room = event.room.clone();
            return Ok(match self.refusal {
                Some(reason) => Answer::Refused(reason.to_owned()),
                None => Answer::Waits(NoRecipient { room }.to_string()),
            });
        };
        if let Some(unknown) = self.sources.catalogue.is_unknown(event) {
            return Ok(Answer::Waits(unknown.to_string()));
        }
        let said = match FrameDetails::of(event) {
            Ok(said) => said,
            Err(refusal) => return Ok(Answer::Refused(refusal.to_string())),
        };
        // Whom it names may not be who receives it: see `recipients`.
        let is_named = event.to_user.as_ref() == Some(&frame.recipient);
        let (bookings, corrections) = self.loaded_streaks.frame(frame, said, is_named);
        for booking in bookings {
            self.streak(&booking)?;
        }
        for booking in corrections {
            let given = Given::of(&booking, self.loaded_streaks.said(&booking.key));
            self.correct(&booking, given)?;
        }
        Ok(Answer::Booked)
    }

    /// Books what a streak came to.
    pub(super) fn streak(&mut self, booking: &Booking) -> Result<()> {
        let given = Given::of(booking, self.loaded_streaks.said(&booking.key));
        if self.is_correction(booking, &given) {
            return self.correct(booking, given);
        }
        match booking.count() {
            0 => Ok(()),
            _ => self.give(&given),
        }
    }

    /// Records what could not be booked when it came, and what became of it.
    pub(super) fn list(&mut self, id: &str, waiting: &Waiting) -> Result<()> {
        self.booked.refused += u64::from(waiting.fate == Fate::Refused);
        if waiting.fate != Fate::Waits {
            self.decided.insert(id.to_owned());
        }
        if let Some(given) = &waiting.gift {
            let waits = &mut self.wallets.of(self.tx, &given.viewer)?.waits;
            let one = (waiting.at, id.to_owned());
            match waiting.fate {
                Fate::Waits => waits.insert(one),
                Fate::Refused | Fate::Booked | Fate::Corrected => waits.remove(&one),
            };
        }
        waiting::put(self.tx, id, waiting)
    }

    /// Books what is left, and writes wallets and streaks.
    pub(super) fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.sums.save(self.tx, self.sources.terms)?;
        self.wallets.save(self.tx)?;
        self.loaded_streaks.save(self.tx)
    }
}
