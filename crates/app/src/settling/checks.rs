//! What must hold for a period to be settled: the archive has all that was read before, the version is not an older one, and the
//! books hold the amount. Nothing is written.

use super::before::Before;
use crate::base::error::{Error, Result};
use crate::inputs::reader::Reader;
use crate::runs::Run;
use money::Money;
use policy::period::Period;
use policy::program::Program;

/// Refuses to settle again on an archive that has lost what the period's run has read.
pub(super) fn has_what_was_read(reader: &Reader<'_>, before: &Before) -> Result<()> {
    let (last, read) = (reader.archive.last_commit(), before.read_up_to());
    if last >= read {
        return Ok(());
    }
    Err(Error::bad_input(
        "archive/cut",
        format!(
            "the archive ends with commit {last}, and the run of the period has read commits up to {read}"
        ),
    )
    .hint("restore the archive's last commits from a backup: without them less would be paid"))
}

/// A period is not settled by an older version than before: the newer one's document is missing then.
pub(super) fn must_not_be_older(program: &Program, before: Option<&Run>) -> Result<()> {
    let Some(before) = before
        .map(|run| &run.record)
        .filter(|record| record.version > program.version)
    else {
        return Ok(());
    };
    Err(Error::bad_input(
        "settle/version-gone",
        format!(
            "{} {} was settled by version {} of the program, which is missing: only version {} is there",
            before.program, before.period, before.version, program.version
        ),
    )
    .hint("restore the books from a backup; `permille ledger verify` says what else was taken out"))
}

/// Refuses what could be settled and not booked, before it is stored.
pub(super) fn must_fit_the_books(program: &Program, period: &Period, gross: Money) -> Result<()> {
    if gross.units().unsigned_abs() <= u128::from(ledger::MAX_AMOUNT) {
        return Ok(());
    }
    let most = Money::new(program.asset, ledger::MAX_AMOUNT.into());
    Err(Error::refused(
        "settle/too-large",
        format!(
            "{} {period} divides {gross}, and the books hold {most} at most at this scale",
            program.id
        ),
    )
    .hint("give the program a smaller `scale`: at 6 places they hold nine million million"))
}
