//! What others may want to hear of: messages, read from the changes of the books.
//!
//! Nothing is written for them. Each change names the versions of records that it wrote and the transactions that it booked; what
//! these say beside the versions before them is the message. Whoever listens keeps the number of the last change that was heard, and
//! asks for what came after it: nothing is missed, and after a crash the same is heard once more, under the same change.

use crate::base::error::{Error, Result};
use crate::books::collected;
use crate::live::{self, CURSOR, Closed};
use crate::payouts::breaks::{self, BreakState, StoredBreak};
use crate::payouts::stored::{self, BatchRecord, PayoutRecord};
use crate::runs::period::{self, PeriodState, Stage};
use crate::workspace::{Workspace, records};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use payout::batch::{BatchState, PayoutState};
use payout::split::{Shares, Split, SplitState, Splits};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use store::{Change, RecordName, Tx};

/// The version of messages as they are written here: another one where a field changes its meaning or is gone. New kinds and fields
/// may come at any time.
pub const VERSION: u32 = 1;

/// Changes read at once.
const PAGE: usize = 200;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The version of its form.
    pub version: u32,
    /// The change that it tells of: ask for what comes after this one next time.
    pub change: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// By which command.
    pub command: String,
    /// What happened.
    #[serde(flatten)]
    pub what: Happened,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Happened {
    /// An open period was settled: an estimate.
    PeriodSettled(PeriodRun),
    /// A closed period was run again: the difference was posted.
    PeriodRestated(PeriodRun),
    /// A period was closed: only a restatement changes it.
    PeriodClosed(PeriodRun),
    /// A period's money became payable.
    PeriodPayable(PeriodRun),
    /// A period was locked: nothing changes it.
    PeriodLocked(PeriodRun),
    /// A batch of payouts came to be, or to another state.
    BatchChanged {
        /// The batch.
        batch: String,
        /// Its state before; none: it is new.
        from: Option<BatchState>,
        /// Its state.
        to: BatchState,
    },
    /// A payout came to be, or to another state.
    PayoutChanged {
        /// Its batch.
        batch: String,
        /// The payout.
        payout: String,
        /// Its reference at the bank.
        reference: String,
        /// Whose it is.
        creator: String,
        /// What arrives.
        arrives: String,
        /// Its state before; none: it is new.
        from: Option<PayoutState>,
        /// Its state.
        to: PayoutState,
        /// Why it is held, failed or came back.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A split was entered, agreed on or withdrawn: by which shares payees collect what a creator earns.
    SplitChanged {
        /// The creator.
        creator: String,
        /// Its number among the creator's.
        number: u32,
        /// The first day whose earnings it divides.
        from: Date,
        /// What each payee collects.
        shares: Shares,
        /// How far it has come: an open one waits for another person's consent.
        to: SplitState,
    },
    /// What a bank says and the books do not agree, and somebody has to look at it; or somebody has.
    BreakChanged {
        /// The break.
        #[serde(rename = "break")]
        id: String,
        /// Whose payouts it is about, and nothing more is paid to while it is open.
        creators: Vec<String>,
        /// Whether it waits for somebody.
        to: BreakState,
        /// What it is.
        words: String,
    },
    /// LIVE was booked: purchases, gifts, refunds, subscriptions, redemptions, by the numbers of their transactions.
    LiveBooked {
        /// The first transaction.
        first: u64,
        /// The last one.
        last: u64,
    },
    /// A period of LIVE money was closed: nothing more is booked for it.
    LivePeriodClosed(LivePeriod),
    /// A period of LIVE money was locked: it was reported for good.
    LivePeriodLocked(LivePeriod),
    /// A month has ended, and nothing changes its statements any more: it is told with the first change after it.
    StatementsReady {
        /// The month (UTC), the last one in which something was recorded.
        month: String,
    },
}

/// A period and the run that stands for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodRun {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run that stands in the books.
    pub run: u32,
}

/// A period of LIVE money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LivePeriod {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
}

/// Messages of the changes after a number, oldest first, of so many changes at most that have any.
pub fn after(workspace: &Workspace, number: u64, limit: usize) -> Result<Vec<Message>> {
    let Some(books) = workspace.books_if_any()? else {
        return Ok(Vec::new());
    };
    books.read(|tx| {
        let (mut found, mut last, mut told) = (Vec::new(), number, 0);
        let mut before = tx
            .change(number)?
            .map(|before| End::of(&before))
            .unwrap_or_default();
        loop {
            let page = tx.changes(last, PAGE)?;
            for change in &page {
                if told == limit {
                    return Ok(found);
                }
                let end = End::of(change);
                let of = messages(tx, change, [&before, &end])?;
                told += usize::from(!of.is_empty());
                found.extend(of);
                (last, before) = (change.number, end);
            }
            if page.len() < PAGE {
                return Ok::<_, Error>(found);
            }
        }
    })
}

/// Where the books stood after a change.
#[derive(Default)]
struct End {
    /// The last transaction.
    transactions: u64,
    /// The month in which the change was recorded; none: there is no change.
    month: Option<String>,
}

impl End {
    fn of(change: &Change) -> Self {
        let day = change.recorded.to_zoned(TimeZone::UTC).date();
        Self {
            transactions: change.transactions,
            month: Some(day.strftime("%Y-%m").to_string()),
        }
    }
}

/// What one change tells, and where the books stood before and after it.
fn messages(tx: &mut Tx<'_>, change: &Change, [before, after]: [&End; 2]) -> Result<Vec<Message>> {
    let mut all = Vec::new();
    if let Some(month) = before.month.clone().filter(|_| before.month != after.month) {
        all.push(Happened::StatementsReady { month });
    }
    let is_live = change.records.iter().any(|record| record.kind == CURSOR);
    if is_live && change.transactions > before.transactions {
        all.push(Happened::LiveBooked {
            first: before.transactions + 1,
            last: change.transactions,
        });
    }
    // A change may write a record more than once: what it was before the first time becomes what it is after the last.
    let mut last: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for RecordName { kind, id, version } in &change.records {
        last.insert((kind, id), *version);
    }
    for RecordName { kind, id, version } in &change.records {
        let Some(is) = last.remove(&(&**kind, &**id)) else {
            continue;
        };
        let (kind, was) = (&**kind, version - 1);
        match kind {
            period::KIND => all.extend(of_period(id, at(tx, kind, id, was)?, at(tx, kind, id, is)?)),
            live::CLOSED => all.extend(of_live_period(id, at(tx, kind, id, was)?, at(tx, kind, id, is)?)?),
            stored::BATCH => all.extend(of_batch(at(tx, kind, id, was)?, at(tx, kind, id, is)?)),
            stored::PAYOUT => all.extend(of_payout(at(tx, kind, id, was)?, at(tx, kind, id, is)?)),
            collected::KIND => all.extend(of_splits(id, at(tx, kind, id, was)?, at(tx, kind, id, is)?)),
            breaks::KIND => all.extend(of_break(id, at(tx, kind, id, was)?, at(tx, kind, id, is)?)),
            _ => {}
        }
    }
    let message = |what| Message {
        version: VERSION,
        change: change.number,
        at: change.recorded,
        by: change.actor.clone(),
        command: change.command.clone(),
        what,
    };
    Ok(all.into_iter().map(message).collect())
}

/// A version of a record; none: there is none.
fn at<T: DeserializeOwned>(tx: &mut Tx<'_>, kind: &str, id: &str, version: u64) -> Result<Option<T>> {
    let found = match version {
        0 => None,
        version => tx.record_at(kind, id, version)?,
    };
    found.map(|record| Ok(records::parse(&record)?.value)).transpose()
}

fn of_period(id: &str, was: Option<PeriodState>, is: Option<PeriodState>) -> Vec<Happened> {
    let (Some(is), Some((program, period))) = (is, id.rsplit_once('/')) else {
        return Vec::new();
    };
    let run = || PeriodRun {
        program: program.to_owned(),
        period: period.to_owned(),
        run: is.run,
    };
    let stage = was.as_ref().map_or(Stage::Estimated, |was| was.stage);
    let mut all = Vec::new();
    if was.as_ref().is_none_or(|was| was.run != is.run) {
        all.push(match stage {
            Stage::Estimated => Happened::PeriodSettled(run()),
            Stage::Final | Stage::Payable => Happened::PeriodRestated(run()),
        });
    }
    if stage == Stage::Estimated && is.stage > Stage::Estimated {
        all.push(Happened::PeriodClosed(run()));
    }
    if stage < Stage::Payable && is.stage == Stage::Payable {
        all.push(Happened::PeriodPayable(run()));
    }
    if is.locked && !was.is_some_and(|was| was.locked) {
        all.push(Happened::PeriodLocked(run()));
    }
    all
}

fn of_live_period(id: &str, was: Option<Closed>, is: Option<Closed>) -> Result<Vec<Happened>> {
    let (program, period) = live::place(id)?;
    let period = || LivePeriod {
        program: program.to_owned(),
        period: period.to_string(),
    };
    let mut all = Vec::new();
    if was.is_none() && is.is_some() {
        all.push(Happened::LivePeriodClosed(period()));
    }
    if is.is_some_and(|is| is.locked) && !was.is_some_and(|was| was.locked) {
        all.push(Happened::LivePeriodLocked(period()));
    }
    Ok(all)
}

fn of_batch(was: Option<BatchRecord>, is: Option<BatchRecord>) -> Option<Happened> {
    let (is, from) = (is?, was.map(|was| was.state));
    (from != Some(is.state)).then(|| Happened::BatchChanged {
        batch: is.id.to_string(),
        from,
        to: is.state,
    })
}

fn of_payout(was: Option<PayoutRecord>, is: Option<PayoutRecord>) -> Option<Happened> {
    let PayoutRecord { batch, payout } = is?;
    let from = was.map(|was| was.payout.state);
    (from != Some(payout.state)).then(|| Happened::PayoutChanged {
        batch: batch.to_string(),
        payout: payout.id.to_string(),
        reference: payout.end_to_end_id.to_string(),
        creator: payout.recipient.payee.to_string(),
        arrives: payout.amount.to_string(),
        from,
        to: payout.state,
        reason: payout.reason,
    })
}

fn of_splits(creator: &str, was: Option<Splits>, is: Option<Splits>) -> Vec<Happened> {
    let (was, is) = (was.unwrap_or_default(), is.unwrap_or_default());
    let is_new = |split: &&Split| was.get(split.number).map(Split::state) != Ok(split.state());
    let changed = is.all().iter().filter(is_new);
    let told = changed.map(|split| Happened::SplitChanged {
        creator: creator.to_owned(),
        number: split.number,
        from: split.from,
        shares: split.shares.clone(),
        to: split.state(),
    });
    told.collect()
}

fn of_break(id: &str, was: Option<StoredBreak>, is: Option<StoredBreak>) -> Option<Happened> {
    let is = is?;
    (was.map(|was| was.state()) != Some(is.state())).then(|| Happened::BreakChanged {
        id: id.to_owned(),
        creators: is.creator.iter().chain(&is.creators).cloned().collect(),
        to: is.state(),
        words: is.words.clone(),
    })
}
