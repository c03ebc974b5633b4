//! Whose a batch is: who frees none of its money alone.

use crate::base::error::Result;
use crate::workspace::actors;
use payout::batch::Batch;
use payout::person::is_same_person;
use store::Tx;

/// What a person has done with a batch that is theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    name: String,
    /// The machine that prepared it, where this person only approved it.
    machine: Option<String>,
}

impl Owner {
    /// In words, behind the batch: `which ann prepared`.
    pub(super) fn which(&self) -> String {
        match &self.machine {
            None => format!("which {} prepared", self.name),
            Some(machine) => format!("which {} approved and the machine {machine} prepared", self.name),
        }
    }

    /// In words, of something that means the batch: `ann prepared its batch`.
    pub(super) fn did(&self, what: &str) -> String {
        match &self.machine {
            None => format!("{} prepared {what}", self.name),
            Some(machine) => format!(
                "{} approved {what}, which the machine {machine} prepared",
                self.name
            ),
        }
    }
}

/// What makes a batch somebody's; none: it is not theirs. It is that of who prepared it. A machine is nobody: what it prepared is that of
/// who approved it, too.
pub(super) fn owned(tx: &mut Tx<'_>, batch: &Batch, person: &str) -> Result<Option<Owner>> {
    let preparer = batch.prepared_by();
    if batch.is_prepared_by(person) {
        return Ok(Some(Owner {
            name: preparer.to_owned(),
            machine: None,
        }));
    }
    let approver = batch
        .approved_by()
        .filter(|approver| is_same_person(approver, person));
    let Some(approver) = approver else { return Ok(None) };
    Ok(actors::is_machine(tx, preparer)?.then(|| Owner {
        name: approver.to_owned(),
        machine: Some(preparer.to_owned()),
    }))
}
