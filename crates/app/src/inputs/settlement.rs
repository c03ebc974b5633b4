//! The inputs of a settlement: facts, snapshots, funding and look-backs as seen at a stored-before bound.

use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::inputs::lookback;
use crate::inputs::reader::{Reader, by_payer};
use earning::{Inputs, LookbackCounts, Settlement};
use event::kind::Kind;
use event::snapshot::Funding;
use facts::Facts;
use lake::snapshots::Snapshots;
use money::Money;
use policy::period::Period;
use policy::program::Program;

/// All inputs of a settlement but the program.
#[derive(Debug)]
pub struct SettlementInputs {
    /// Facts of the period.
    pub facts: Facts,
    /// Snapshots in force at its end.
    pub snapshots: Snapshots,
    /// Money put into the pool.
    pub funding: Vec<Funding>,
    /// Look-back counts.
    pub lookbacks: LookbackCounts,
}

impl SettlementInputs {
    /// Settles a period with these inputs.
    pub fn settle(&self, program: &Program, period: &Period, budget_spent: Money) -> Result<Settlement> {
        let inputs = Inputs {
            program,
            period,
            facts: &self.facts,
            creators: &self.snapshots.creators,
            videos: &self.snapshots.videos,
            funding: &self.funding,
            lookbacks: &self.lookbacks,
            budget_spent,
        };
        earning::settle(&inputs).map_err(|e| {
            Error::bad_input("settle/inputs", format!("{} {period}: {e}", program.id))
                .hint("nothing was written")
        })
    }
}

impl Reader<'_> {
    /// Reads the inputs of a program's period.
    pub fn inputs(
        &self,
        program: &Program,
        period: &Period,
        context: &Context<'_>,
    ) -> Result<SettlementInputs> {
        context.check()?;
        let snapshots = self.snapshots(period.end())?;
        let span = (period.start(), period.end());
        let facts = self.facts(
            &program.qualification,
            span,
            by_payer(program),
            program.asset.code(),
            &snapshots,
            context,
        )?;
        self.complete(facts, snapshots, program, period, context)
    }

    /// Reads the inputs around facts that were counted before.
    pub fn inputs_around(
        &self,
        facts: Facts,
        program: &Program,
        period: &Period,
        context: &Context<'_>,
    ) -> Result<SettlementInputs> {
        let snapshots = self.snapshots(period.end())?;
        self.complete(facts, snapshots, program, period, context)
    }

    fn complete(
        &self,
        facts: Facts,
        snapshots: Snapshots,
        program: &Program,
        period: &Period,
        context: &Context<'_>,
    ) -> Result<SettlementInputs> {
        let span = (period.start(), period.end());
        let funding_files = self.files(Kind::Funding, span);
        let mut funding = lake::funding::read(&funding_files).map_err(archive_error)?;
        funding.retain(|row| *row.program == *program.id);
        let lookbacks = lookback::counts(self, program, period.end(), &snapshots, context)?;
        Ok(SettlementInputs {
            facts,
            snapshots,
            funding,
            lookbacks,
        })
    }
}
