//! What the programs say of payment: thresholds, and what becomes of money below them.
//!
//! The version of a program that is in force on the day decides. Where it is not known, because its document is missing, damaged or older than
//! the books, nothing is guessed: no money of the program is paid or expires until the document is back.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::inputs::programs;
use jiff::civil::Date;
use payout::batch::Batch;
use policy::program::{Payable, Program};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// The rules of all programs, by id.
#[derive(Debug, Default)]
pub(super) struct Rules {
    in_force: BTreeMap<String, Program>,
    missing: BTreeMap<String, String>,
}

/// What is missing of a program that was never applied to these books.
const NOT_THERE: &str = "no version of it is in the books";

/// The error that a document of a program is missing.
fn refusal(id: &str, missing: &str) -> Error {
    Error::bad_input("program/missing", format!("program `{id}`: {missing}"))
        .hint("`permille ledger verify` says what is wrong with the books; `permille program list` shows what is applied")
}

/// Programs of which somebody has money, each with how many creators have some.
pub(super) type Creditors = BTreeMap<String, usize>;

/// What holds for a program's money.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule<'r> {
    /// This.
    Known(&'r Payable),
    /// Nobody knows, for this reason.
    Missing(&'r str),
}

impl Rules {
    /// Reads the documents.
    pub(super) fn read(tx: &mut Tx<'_>, today: Date) -> Result<Rules> {
        let documents = programs::documents_in(tx)?;
        let mut rules = Rules::default();
        for (id, error) in &documents.damaged {
            let first = error.message.lines().next().unwrap_or_default();
            rules
                .missing
                .insert(id.clone(), format!("its document cannot be read ({first})"));
        }
        // Versions are in order: of those in force the newest is the last.
        let mut later = BTreeMap::new();
        for program in documents.programs {
            if program.effective_from <= today {
                rules.in_force.insert(program.id.clone(), program);
            } else if !rules.in_force.contains_key(&program.id) {
                let why = format!("no version of it is in force on {today}");
                later.insert(program.id, why);
            }
        }
        for (id, why) in later {
            if !rules.in_force.contains_key(&id) {
                rules.missing.entry(id).or_insert(why);
            }
        }
        Ok(rules)
    }

    /// What holds for money of a program.
    pub(super) fn of(&self, program: &str) -> Rule<'_> {
        match (self.missing.get(program), self.in_force.get(program)) {
            (Some(missing), _) => Rule::Missing(missing),
            (None, Some(program)) => Rule::Known(&program.payable),
            (None, None) => Rule::Missing(NOT_THERE),
        }
    }

    /// What a program's document says of payment, where it is known.
    pub(super) fn known(&self, program: &str) -> Option<&Payable> {
        match self.of(program) {
            Rule::Known(payable) => Some(payable),
            Rule::Missing(_) => None,
        }
    }

    /// Refuses a program that somebody names, and that nobody knows the rules of.
    pub(super) fn must_know(&self, tx: &mut Tx<'_>, program: &str) -> Result<()> {
        match self.of(program) {
            Rule::Known(_) => Ok(()),
            // Whoever names what was never applied is told what is.
            Rule::Missing(NOT_THERE) => programs::versions_in(tx, program).map(drop),
            Rule::Missing(missing) => Err(refusal(program, missing)),
        }
    }

    /// Tells whoever runs the command which programs' money waits for a document.
    pub(super) fn tell_missing(&self, programs: &Creditors, context: &Context<'_>) {
        for (id, creators) in programs {
            if let Rule::Missing(missing) = self.of(id) {
                context.progress.note(&format!(
                    "nothing of program {id} is paid, and {creators} creators have money of it: {missing}"
                ));
            }
        }
    }
}

/// Refuses a batch with money of a program of which a document is missing: what was prepared by it can be looked at by nobody.
pub(super) fn must_be_there(tx: &mut Tx<'_>, batch: &Batch, today: Date) -> Result<()> {
    let rules = Rules::read(tx, today)?;
    let leaving = batch.leaving().flat_map(|payout| &payout.shares);
    for program in leaving.map(|share| &share.program).collect::<BTreeSet<_>>() {
        if let Rule::Missing(missing) = rules.of(program) {
            return Err(refusal(program, missing));
        }
    }
    Ok(())
}
