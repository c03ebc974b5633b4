//! `permille simulate`.

use crate::args::{self, Format};
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::Result;
use app::settling::simulate::Backtest;

/// Backtests a document and prints what it would cost and whom it would move.
pub fn run(args: &args::Simulate, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let backtest = session.work(Some(&workspace), |context| {
        app::settling::simulate::simulate(
            &workspace,
            &args.program,
            args.against.as_deref(),
            (args.from, args.to),
            context,
        )
    })?;
    match (&backtest, session.output.format) {
        (Backtest::Alone(summary), Format::Table) => session.output.text(&summary.to_string()),
        (Backtest::Alone(summary), Format::Csv) => {
            let mut listing = Listing::new(&[("figure", Align::Left), ("value", Align::Right)]);
            summary
                .figures()
                .into_iter()
                .for_each(|(name, value)| listing.row(vec![name.to_owned(), value]));
            session.output.listing(&listing, "", summary)
        }
        (Backtest::Alone(summary), Format::Json) => session.output.json(summary),
        (Backtest::Compared(comparison), Format::Table) => session.output.text(&comparison.to_string()),
        (Backtest::Compared(comparison), Format::Csv) => {
            session.output.listing(&changes(comparison), "", comparison)
        }
        (Backtest::Compared(comparison), Format::Json) => session.output.json(comparison),
    }
}

/// Every creator who gets something from either program.
fn changes(comparison: &earning::simulate::Comparison) -> Listing {
    let mut listing = Listing::new(&[
        ("creator", Align::Left),
        ("before", Align::Right),
        ("after", Align::Right),
        ("difference", Align::Money),
    ]);
    for change in &comparison.all_changes {
        listing.row(vec![
            change.creator.to_string(),
            change.before.to_decimal_string(),
            change.after.to_decimal_string(),
            change.difference.to_string(),
        ]);
    }
    listing
}
