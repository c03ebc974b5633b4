//! Breaks: listed, closed, opened again.

use super::said;
use crate::args::Breaks;
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::Result;
use app::payouts::breaks::{self, Break, BreakState, Which};

/// Lists breaks, or decides about one.
pub(super) fn run(args: &Breaks, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let to = match (&args.close, &args.reopen) {
        (Some(id), _) => Some((id, BreakState::Closed)),
        (None, Some(id)) => Some((id, BreakState::Open)),
        (None, None) => None,
    };
    let Some((id, to)) = to else {
        let which = if args.all { Which::All } else { Which::Open };
        return show(&breaks::list(&workspace, which)?, session);
    };
    let note = args.note.as_deref().unwrap_or_default();
    let decided = session.work(Some(&workspace), |context| {
        breaks::decide(&workspace, id, to, note, context)
    })?;
    show(&[decided], session)
}

fn show(found: &[Break], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("break", Align::Left),
        ("state", Align::Left),
        ("file", Align::Left),
        ("line", Align::Right),
        ("what", Align::Left),
    ]);
    for one in found {
        listing.row(vec![
            one.id.clone(),
            one.state.name().to_owned(),
            one.stored.file.clone(),
            one.stored.line.to_string(),
            one.stored.words.clone(),
        ]);
    }
    session.output.listing(
        &listing,
        "no open break: --all lists those that were closed",
        &found,
    )?;
    for one in found {
        for decision in &one.stored.decisions {
            let (to, by, at) = (decision.to.name(), &decision.by, decision.at);
            said(
                session,
                &format!("{}: {to} by {by} at {at}: {}", one.id, decision.note),
            )?;
        }
    }
    Ok(())
}
