//! The second half of the demo: LIVE evenings, the month's end, payouts, the bank's answer, the trial balance.

use super::{MONTH, PLATFORM, bank, payees};
use crate::payout_files::{self, Written};
use app::base::brought::Brought;
use app::base::error::{Error, Result};
use app::base::progress::Context;
use app::live::{self, Booked, RoomReport};
use app::payouts::answer::{self, Answered};
use app::payouts::export;
use app::payouts::prepare::{self, BatchSelection};
use app::payouts::{StoredBatch, approve, batches, payees as people};
use app::settling::close::Which;
use app::settling::periods;
use app::workspace::Workspace;
use app::workspace::files::write_atomically;
use ledger::AccountKind;
use std::collections::BTreeSet;
use std::path::Path;
use store::{AccountFilter, TrialLine};

/// Who prepares payouts in the demo.
const PREPARER: &str = "ann";
/// Who approves them.
const APPROVER: &str = "bob";
/// The folder of payout files.
pub(super) const PAYOUTS: &str = "payouts";

/// What became of the money.
#[derive(Debug)]
pub struct Money {
    /// What LIVE booked.
    pub booked: Booked,
    /// The room with the most coins.
    pub room: Option<RoomReport>,
    /// Periods closed.
    pub closed: usize,
    /// Payees imported.
    pub payees: usize,
    /// Batches, as they stand in the end.
    pub batches: Vec<StoredBatch>,
    /// Files for banks and rails.
    pub written: Vec<Written>,
    /// What the bank answered.
    pub answers: Vec<Answered>,
    /// The trial balance.
    pub trial: Vec<TrialLine>,
}

impl Money {
    /// True when debits and credits of every asset are equal.
    pub fn is_balanced(&self) -> bool {
        let assets: BTreeSet<_> = self.trial.iter().map(|line| line.asset).collect();
        assets.into_iter().all(|asset| {
            let lines = self.trial.iter().filter(|line| line.asset == asset);
            lines.clone().map(|line| line.debits).sum::<u128>()
                == lines.map(|line| line.credits).sum::<u128>()
        })
    }
}

/// Books LIVE, closes the month, pays, reads the answer.
pub(super) fn run(workspace: &Workspace, dir: &Path, context: &Context<'_>) -> Result<Money> {
    app::settling::apply::apply(workspace, "live-gifts", &context.doing("program apply"))?;
    let booked = live::book(workspace, &context.doing("live book"))?;
    let rooms = live::rooms(workspace)?;
    let room = rooms.into_iter().max_by_key(|room| room.room.totals.coins);
    let month = Which::Month(MONTH.to_owned());
    let closed = periods::close(workspace, None, &month, &context.doing("period close"))?
        .whole()?
        .len();
    let preparer = Context {
        user: PREPARER,
        ..*context
    };
    let approver = Context {
        user: APPROVER,
        ..*context
    };
    let payees = import_payees(workspace, dir, &preparer.doing("payee import"))?;
    let mut written = Vec::new();
    let mut answers = Vec::new();
    context.progress.stage("paying", None);
    for prepared in prepare::prepare(
        workspace,
        &BatchSelection::default(),
        &preparer.doing("payout prepare"),
    )? {
        let id = prepared.batch.id.to_string();
        let approving = approver.doing("payout approve");
        approve::approve(workspace, &id, approve::Rates::Unsaid, None, &approving)?;
        let folder = dir.join(PAYOUTS);
        let (exported, files) = export::export(workspace, &id, &preparer.doing("payout export"))?;
        written.extend(payout_files::write(&folder, files, false)?);
        let Some(sent) = exported.export.and_then(|export| export.sent) else {
            continue;
        };
        let file = dir.join(PAYOUTS).join(format!("{id}-answer.xml"));
        let file = brought(&file, bank::answer(&sent, context.now))?;
        // What the bank did not pay would wait if the preparer said so.
        let importing = approver.doing("payout import-answer");
        answers.push(answer::import(workspace, file, &importing)?);
    }
    let trial = workspace.books()?.read(|tx| tx.trial_balance())?;
    Ok(Money {
        booked,
        room,
        closed,
        payees,
        batches: batches::list(workspace)?,
        written,
        answers,
        trial,
    })
}

/// Writes a file for people to look at, and brings it in.
fn brought(file: &Path, text: String) -> Result<Brought> {
    write_atomically(file, text.as_bytes())?;
    Ok(Brought {
        name: file.display().to_string(),
        bytes: text.into_bytes(),
    })
}

/// Everybody with money to come gets a payee record.
fn import_payees(workspace: &Workspace, dir: &Path, context: &Context<'_>) -> Result<usize> {
    let store = workspace.books()?;
    let creators: BTreeSet<String> = store.read(|tx| {
        let states = tx.accounts(&AccountFilter::kind(AccountKind::CreatorAvailable))?;
        Ok::<_, Error>(
            states
                .into_iter()
                .map(|state| state.account.owner.to_string())
                .collect(),
        )
    })?;
    let creators: Vec<String> = creators.into_iter().collect();
    let file = dir.join(PLATFORM).join("payees.csv");
    people::import(workspace, brought(&file, payees::csv(&creators))?, context)?;
    Ok(creators.len())
}

/// A demo makes its workspace anew; books elsewhere are somebody's, so they must be empty.
pub(super) fn must_be_empty(url: &str) -> Result<()> {
    let mut store = store::Store::open(url)?;
    let head = store.read(|tx| tx.head())?;
    if head.transaction == 0 {
        return Ok(());
    }
    Err(Error::refused(
        "demo/store",
        format!(
            "the books in {} have {} transactions already",
            store.place(),
            head.transaction
        ),
    )
    .hint("name an empty database (`createdb permille_demo`), or leave --store out"))
}
