//! What the books have of a period before it is settled.

use crate::base::error::{Error, Result};
use crate::inputs::traffic_lists::PinnedLists;
use crate::runs::{self, PeriodState, Run, Stage, period};
use crate::workspace::Workspace;
use crate::workspace::records::{self, Versioned};
use money::Money;
use policy::period::Period;
use policy::program::{CapScope, Program};
use store::Tx;

/// What the books have of a period before it is settled.
pub(crate) struct Before {
    /// Where it stands; none: nothing was posted.
    pub state: Option<Versioned<PeriodState>>,
    /// The run that stands.
    pub run: Option<Run>,
    /// What earlier periods of a program with a budget have spent.
    pub budget_spent: Money,
}

impl Before {
    /// Reads it.
    pub(crate) fn read(
        tx: &mut Tx<'_>,
        workspace: &Workspace,
        program: &Program,
        period: &Period,
    ) -> Result<Before> {
        let name = period.to_string();
        let state = period::get(tx, &program.id, &name)?;
        let run = match &state {
            Some(state) => {
                let blobs = workspace.blobs();
                Some(runs::open(tx, &blobs, &program.id, &name, &state.value)?)
            }
            None => None,
        };
        Ok(Before {
            state,
            run,
            budget_spent: budget_spent(tx, workspace, program, period)?,
        })
    }

    /// A conflict where another process has changed any of it since.
    pub(crate) fn must_be_so(
        &self,
        tx: &mut Tx<'_>,
        workspace: &Workspace,
        program: &Program,
        period: &Period,
    ) -> Result<()> {
        let name = period.to_string();
        period::expect(tx, &program.id, &name, self.state.as_ref())?;
        match budget_spent(tx, workspace, program, period)? == self.budget_spent {
            true => Ok(()),
            false => Err(records::conflict(period::KIND, &period::id(&program.id, &name))),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        let state = self.state.as_ref();
        state.is_some_and(|state| state.value.stage != Stage::Estimated)
    }

    /// The last commit that the run that stands has read; 0 where there is none.
    pub(super) fn read_up_to(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.record.stored_before)
    }

    /// Whether the run that stands was made with other lists than these.
    pub(super) fn has_other_lists(&self, lists: &PinnedLists) -> bool {
        self.run.as_ref().is_some_and(|run| run.record.lists != *lists)
    }

    /// The number of the next run.
    pub(super) fn next(&self) -> u32 {
        self.run.as_ref().map_or(0, |run| run.record.number) + 1
    }
}

/// What of a program's budget is spent before a period: by the periods that were settled before it was for the first time, whichever days
/// they are of. So no order of settling spends more than there is.
pub fn budget_spent(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    program: &Program,
    period: &Period,
) -> Result<Money> {
    let nothing = Money::zero(program.asset);
    if !program.caps.iter().any(|cap| cap.scope == CapScope::Budget) {
        return Ok(nothing);
    }
    let (blobs, id, name) = (workspace.blobs(), &program.id, period.to_string());
    let own = runs::settled_first(tx, id, &name)?;
    let mut amounts = Vec::new();
    for ((_, other), state) in runs::standing_in(tx, Some(id))? {
        let is_before = runs::settled_first(tx, id, &other)?
            .zip(own.clone())
            .is_none_or(|(other, own)| other < own);
        if other != name && is_before {
            let run = runs::open(tx, &blobs, id, &other, &state)?;
            amounts.push(run.record.report.totals.paid);
        }
    }
    Money::sum(program.asset, amounts).map_err(|e| Error::bug("settle/budget", e.to_string()))
}
