//! `permille lines`.

use crate::args;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use app::queries::lines::{Filter, Found};
use app::runs::left::{self, Partly};
use serde_json::json;

/// Lists earning lines, the largest first.
pub fn lines(args: &args::Lines, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let filter = Filter {
        program: args.program.clone(),
        period: args.period.clone(),
        creator: args.creator.clone(),
        video: args.video.clone(),
    };
    let Partly {
        done: mut found,
        left,
    } = app::queries::lines::lines(&workspace, &filter, session.scope())?;
    // Amounts of different scales compare by their exact value.
    found.sort_by(|a, b| {
        b.line
            .amount
            .to_ratio()
            .cmp(&a.line.amount.to_ratio())
            .then_with(|| key(a).cmp(&key(b)))
    });
    let all = found.len();
    found.truncate(args.limit.rows(session.output.format));
    let mut listing = Listing::new(&[
        ("line", Align::Left),
        ("program", Align::Left),
        ("period", Align::Left),
        ("creator", Align::Left),
        ("video", Align::Left),
        ("qualified_views", Align::Right),
        ("amount", Align::Money),
    ]);
    let mut results = Vec::new();
    for entry in &found {
        let line = &entry.line;
        listing.row(vec![
            line.id.clone(),
            entry.program.clone(),
            entry.period.clone(),
            line.creator.to_string(),
            line.video.to_string(),
            grouped(line.qualified_views),
            line.amount.to_string(),
        ]);
        results.push(json!({
            "line": line.id, "program": entry.program, "version": entry.version, "period": entry.period, "run": entry.run,
            "creator": &*line.creator, "video": &*line.video, "views": line.views, "qualified_views": line.qualified_views,
            "amount": line.amount.to_decimal_string(), "currency": line.amount.asset().code(),
        }));
    }
    session.output.listing(&listing, "no line", &results)?;
    if found.len() < all {
        session.output.left_out(&format!(
            "{} of {} lines, the largest first",
            grouped(found.len() as u64),
            grouped(all as u64)
        ))?;
    }
    left::said(&left)
}

fn key(found: &Found) -> (&str, &str, &str) {
    (&found.program, &found.period, &found.line.id)
}
