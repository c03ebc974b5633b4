//! Batches: payouts that one person prepares and another approves.
//!
//! `prepared -> approved -> exported -> executed -> closed`, and `cancelled` from the first two. A batch is
//! a value with its history; what it may become is a table. Nothing here sends anything.

mod contents;
mod conversion;
mod heard;
mod ids;
mod payout;
mod state;
mod totals;

pub use contents::Contents;
pub use conversion::{Arriving, ArrivingError, Market, Minimums, arriving};
pub use heard::{Acceptance, Booking, Seen, StatementSeen, Told};
pub(crate) use ids::crockford;
pub use ids::{BatchId, EndToEndId, IdError, MAX_BATCH_ID, PayoutId};
pub use payout::{Conversion, FeeBearer, Particulars, Payout, PayoutError, PayoutOrder, Recipient};
pub use state::{PAYOUT_TRANSITIONS, PayoutState};
pub use totals::{Total, by_currency, by_rail};

use crate::calendar::{TooLate, execution_day, in_time};
use crate::person::{is_name, is_same_person};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;

/// How far a batch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// One person has put it together.
    Prepared,
    /// Another has approved it.
    Approved,
    /// Its files were written.
    Exported,
    /// A bank has taken it on.
    Executed,
    /// Every payout is settled.
    Closed,
    /// Given up before it left.
    Cancelled,
}

/// Every transition of a batch.
pub const BATCH_TRANSITIONS: [(BatchState, BatchState); 6] = [
    (BatchState::Prepared, BatchState::Approved),
    (BatchState::Approved, BatchState::Exported),
    (BatchState::Exported, BatchState::Executed),
    (BatchState::Executed, BatchState::Closed),
    (BatchState::Prepared, BatchState::Cancelled),
    (BatchState::Approved, BatchState::Cancelled),
];

impl BatchState {
    /// Every state.
    pub const ALL: [BatchState; 6] = [
        BatchState::Prepared,
        BatchState::Approved,
        BatchState::Exported,
        BatchState::Executed,
        BatchState::Closed,
        BatchState::Cancelled,
    ];

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            BatchState::Prepared => "prepared",
            BatchState::Approved => "approved",
            BatchState::Exported => "exported",
            BatchState::Executed => "executed",
            BatchState::Closed => "closed",
            BatchState::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for BatchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Who did what to a batch, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchChange {
    /// The state reached.
    pub to: BatchState,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Payouts that leave together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Its id, also the message id of its bank file.
    pub id: BatchId,
    /// The day on which the bank is asked to pay.
    pub execution_date: Date,
    /// How far it has come.
    pub state: BatchState,
    /// Everything that was done to it, from its preparation on.
    pub history: Vec<BatchChange>,
    /// The payouts, in the order of their payees' ids.
    pub payouts: Vec<Payout>,
}

impl Batch {
    /// A prepared batch. Errors: no payouts; a payee twice; nobody as the preparer.
    pub fn prepare(
        id: BatchId,
        execution_date: Date,
        mut payouts: Vec<Payout>,
        by: &str,
        at: Timestamp,
    ) -> Result<Self, BatchError> {
        if payouts.is_empty() {
            return Err(BatchError::Empty { id });
        }
        if !is_name(by) {
            return Err(BatchError::Nobody { id });
        }
        payouts.sort_by(|a, b| a.recipient.payee.cmp(&b.recipient.payee));
        let mut seen = HashSet::new();
        for payout in &payouts {
            if !seen.insert(&payout.id) {
                return Err(BatchError::Twice {
                    id,
                    payout: payout.id.clone(),
                });
            }
        }
        let history = vec![BatchChange {
            to: BatchState::Prepared,
            by: by.trim().to_owned(),
            at,
        }];
        Ok(Self {
            id,
            execution_date,
            state: BatchState::Prepared,
            history,
            payouts,
        })
    }

    /// Who prepared it.
    pub fn prepared_by(&self) -> &str {
        self.history.first().map_or("", |change| &change.by)
    }

    /// When it was prepared.
    pub fn prepared_at(&self) -> Option<Timestamp> {
        self.history.first().map(|change| change.at)
    }

    /// Who approved it.
    pub fn approved_by(&self) -> Option<&str> {
        self.approval().map(|change| change.by.as_str())
    }

    /// When it was approved.
    pub fn approved_at(&self) -> Option<Timestamp> {
        self.approval().map(|change| change.at)
    }

    fn approval(&self) -> Option<&BatchChange> {
        let mut history = self.history.iter();
        history.find(|change| change.to == BatchState::Approved)
    }

    /// Who gave it up, and when; none: nobody did.
    pub fn given_up_by(&self) -> Option<(&str, Timestamp)> {
        let last = self.history.last()?;
        (last.to == BatchState::Cancelled).then_some((last.by.as_str(), last.at))
    }

    /// Whether a name may be its preparer's, as [`is_same_person`] compares names.
    pub fn is_prepared_by(&self, person: &str) -> bool {
        is_same_person(person, self.prepared_by())
    }

    /// Refuses a batch of which nothing leaves: its files would say nothing, and nobody would answer them.
    fn must_pay(&self) -> Result<(), BatchError> {
        match self.leaving().next() {
            Some(_) => Ok(()),
            None => Err(BatchError::Nothing { id: self.id.clone() }),
        }
    }

    /// Approves it. Errors: by its preparer; not prepared; all of it is held.
    pub fn approve(&mut self, by: &str, at: Timestamp) -> Result<(), BatchError> {
        self.may_become(BatchState::Approved)?;
        self.must_pay()?;
        if self.is_prepared_by(by) {
            return Err(BatchError::SamePerson {
                id: self.id.clone(),
                by: by.trim().to_owned(),
                preparer: self.prepared_by().to_owned(),
            });
        }
        self.advance(BatchState::Approved, by, at)
    }

    /// Moves the execution date forward, if it is over or banks do not pay on it: the rule of
    /// [`execution_day`]. Gives the day it was moved from. Errors: the batch has left or ended; the day is too far ahead.
    pub fn move_execution(&mut self, today: Date) -> Result<Option<Date>, BatchError> {
        self.before_leaving(&[BatchState::Prepared, BatchState::Approved])?;
        in_time(self.execution_date, today).map_err(|late| BatchError::Late {
            id: self.id.clone(),
            late,
        })?;
        let day = execution_day(self.execution_date, today);
        let was = std::mem::replace(&mut self.execution_date, day);
        Ok((was != day).then_some(was))
    }

    /// Its files are written: pending payouts are in transit, held ones stay behind. Errors: not approved; all of it is held.
    pub fn export(&mut self, by: &str, at: Timestamp) -> Result<(), BatchError> {
        self.may_become(BatchState::Exported)?;
        self.must_pay()?;
        self.advance(BatchState::Exported, by, at)?;
        self.change_all(PayoutState::Pending, PayoutState::InTransit)
    }

    /// A bank has taken it on. Errors: not exported.
    pub fn execute(&mut self, by: &str, at: Timestamp) -> Result<(), BatchError> {
        self.advance(BatchState::Executed, by, at)
    }

    /// Every payout is settled; those still held are cancelled. Errors: one is in transit; not executed.
    pub fn close(&mut self, by: &str, at: Timestamp) -> Result<(), BatchError> {
        self.may_become(BatchState::Closed)?;
        let open =
            |payout: &&Payout| payout.state == PayoutState::InTransit || payout.state == PayoutState::Pending;
        let count = self.payouts.iter().filter(open).count();
        if count > 0 {
            return Err(BatchError::Open {
                id: self.id.clone(),
                count,
            });
        }
        self.advance(BatchState::Closed, by, at)?;
        self.change_all(PayoutState::Held, PayoutState::Cancelled)
    }

    /// Gives it up with all its payouts. Errors: its files were written.
    pub fn cancel(&mut self, by: &str, at: Timestamp) -> Result<(), BatchError> {
        self.advance(BatchState::Cancelled, by, at)?;
        self.change_all(PayoutState::Pending, PayoutState::Cancelled)?;
        self.change_all(PayoutState::Held, PayoutState::Cancelled)
    }

    /// Keeps a payout back, and says why. Errors: the batch has left or ended; the payout is not pending.
    pub fn hold(&mut self, payout: &PayoutId, reason: &str) -> Result<(), BatchError> {
        self.before_leaving(&[BatchState::Prepared, BatchState::Approved])?;
        Ok(self
            .payout_mut(payout)?
            .change_to(PayoutState::Held, Some(reason))?)
    }

    /// Puts a held payout back. Errors: the batch is approved already: what was held then stays behind.
    pub fn release(&mut self, payout: &PayoutId) -> Result<(), BatchError> {
        self.before_leaving(&[BatchState::Prepared])?;
        Ok(self.payout_mut(payout)?.change_to(PayoutState::Pending, None)?)
    }

    /// Takes one payout out. Errors: the batch has left or ended.
    pub fn cancel_payout(&mut self, payout: &PayoutId, reason: &str) -> Result<(), BatchError> {
        self.before_leaving(&[BatchState::Prepared, BatchState::Approved])?;
        Ok(self
            .payout_mut(payout)?
            .change_to(PayoutState::Cancelled, Some(reason))?)
    }

    /// Settles a payout as a bank or rail says it went: succeeded, failed or returned. Errors: not in the table.
    pub fn settle(
        &mut self,
        payout: &PayoutId,
        to: PayoutState,
        reason: Option<&str>,
    ) -> Result<(), BatchError> {
        Ok(self.payout_mut(payout)?.settle(to, reason)?)
    }

    fn before_leaving(&self, states: &[BatchState]) -> Result<(), BatchError> {
        if states.contains(&self.state) {
            return Ok(());
        }
        Err(BatchError::TooLate {
            id: self.id.clone(),
            state: self.state,
        })
    }

    fn payout_mut(&mut self, id: &PayoutId) -> Result<&mut Payout, BatchError> {
        let batch = &self.id;
        self.payouts
            .iter_mut()
            .find(|payout| payout.id == *id)
            .ok_or_else(|| BatchError::NoSuchPayout {
                id: batch.clone(),
                payout: id.clone(),
            })
    }

    /// Those that files carry: all but the held and the cancelled. The same however far they have come, so that
    /// a file can be written again.
    pub fn leaving(&self) -> impl Iterator<Item = &Payout> {
        self.payouts
            .iter()
            .filter(|payout| !matches!(payout.state, PayoutState::Held | PayoutState::Cancelled))
    }

    /// Whether files may be written: somebody has approved it.
    pub(crate) const fn may_leave(&self) -> bool {
        matches!(
            self.state,
            BatchState::Approved | BatchState::Exported | BatchState::Executed | BatchState::Closed
        )
    }

    fn may_become(&self, next: BatchState) -> Result<(), BatchError> {
        if BATCH_TRANSITIONS.contains(&(self.state, next)) {
            return Ok(());
        }
        Err(BatchError::Refused {
            id: self.id.clone(),
            from: self.state,
            to: next,
        })
    }

    fn advance(&mut self, next: BatchState, by: &str, at: Timestamp) -> Result<(), BatchError> {
        self.may_become(next)?;
        if !is_name(by) {
            return Err(BatchError::Nobody { id: self.id.clone() });
        }
        self.state = next;
        self.history.push(BatchChange {
            to: next,
            by: by.trim().to_owned(),
            at,
        });
        Ok(())
    }

    /// Changes all that are in a state; why one was held stays known.
    fn change_all(&mut self, from: PayoutState, to: PayoutState) -> Result<(), BatchError> {
        for payout in self.payouts.iter_mut().filter(|payout| payout.state == from) {
            let held_for = payout.reason.clone().filter(|_| from == PayoutState::Held);
            payout.change_to(to, held_for.as_deref())?;
        }
        Ok(())
    }
}

/// Why a batch cannot be, or not become that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Nothing in it.
    #[error("batch {id} has no payouts: prepare it when somebody can be paid")]
    Empty {
        /// The batch.
        id: BatchId,
    },
    /// All of it is held.
    #[error("nothing of batch {id} leaves: all of its payouts are held")]
    Nothing {
        /// The batch.
        id: BatchId,
    },
    /// No name given, or one without a letter or digit.
    #[error("batch {id}: nobody is named: say who does it")]
    Nobody {
        /// The batch.
        id: BatchId,
    },
    /// A payee with two payouts.
    #[error("batch {id} has payout {payout} twice: one payout for each payee")]
    Twice {
        /// The batch.
        id: BatchId,
        /// The payout.
        payout: PayoutId,
    },
    /// Maker and checker are one.
    #[error(
        "batch {id} was prepared by {preparer}, and {by} may be the same person: somebody else must approve it"
    )]
    SamePerson {
        /// The batch.
        id: BatchId,
        /// Who approves.
        by: String,
        /// Who prepared.
        preparer: String,
    },
    /// Not a transition of the table.
    #[error("batch {id} is {from}: it cannot become {to}")]
    Refused {
        /// The batch.
        id: BatchId,
        /// Its state.
        from: BatchState,
        /// The state asked for.
        to: BatchState,
    },
    /// The batch has been approved, has left or has ended.
    #[error("batch {id} is {state}: its payouts can no longer be changed by hand")]
    TooLate {
        /// The batch.
        id: BatchId,
        /// Its state.
        state: BatchState,
    },
    /// An execution date that no bank is asked for.
    #[error("batch {id}: {late}")]
    Late {
        /// The batch.
        id: BatchId,
        /// What is wrong.
        late: TooLate,
    },
    /// Payouts without an answer.
    #[error("batch {id} has {count} payouts without an answer: reconcile them before closing it")]
    Open {
        /// The batch.
        id: BatchId,
        /// How many.
        count: usize,
    },
    /// Not in this batch.
    #[error("batch {id} has no payout {payout}")]
    NoSuchPayout {
        /// The batch.
        id: BatchId,
        /// The payout.
        payout: PayoutId,
    },
    /// A payout refused.
    #[error(transparent)]
    Payout(#[from] PayoutError),
}

#[cfg(test)]
mod tests;
