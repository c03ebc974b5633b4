//! `permille invalidate`.

use crate::args;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::inputs::invalidate::{self, Mark, Subject};

/// Marks views and viewers as invalid, takes marks back, or lists them.
pub fn run(args: &args::Invalidate, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    if args.list {
        return list(&invalidate::list(&workspace)?, session);
    }
    let marks = marks(args)?;
    let done = session.work(Some(&workspace), |context| {
        invalidate::mark(&workspace, &marks, context)
    })?;
    unknown(&done.unknown, session);
    if session.output.format == args::Format::Json {
        return session.output.json(&done);
    }
    let (what, otherwise) = if args.undo {
        ("taken back", "were taken back already")
    } else {
        ("marked as invalid", "stood so already")
    };
    session.output.text(&format!(
        "{} {what}, {} {otherwise}\nnext: `permille settle` takes it up in open periods, `permille restate` in closed ones",
        done.changed, done.unchanged
    ))
}

/// Subjects that are named in a note; JSON has all.
const NAMED: usize = 5;

fn unknown(subjects: &[String], session: &Session) {
    if subjects.is_empty() {
        return;
    }
    let named = subjects[..NAMED.min(subjects.len())].join(", ");
    let more = match subjects.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {} more", grouped(more as u64)),
    };
    session.note(&format!(
        "note: no stored view has {named}{more}; the marks stand, in case such views still come"
    ));
}

/// The largest file of ids, in bytes.
const MAX_IDS: u64 = 1 << 30;

fn marks(args: &args::Invalidate) -> Result<Vec<Mark>> {
    let mut subjects: Vec<_> = args.view.iter().cloned().map(Subject::View).collect();
    subjects.extend(args.viewer.iter().cloned().map(Subject::Viewer));
    if let Some(file) = &args.views_from {
        let text = lake::sound::text_at_most(file, MAX_IDS).map_err(|e| Error::unreadable(file, &e))?;
        let ids = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        subjects.extend(ids.map(|id| Subject::View(id.to_owned())));
    }
    if subjects.is_empty() {
        return Err(Error::usage("invalidate/nothing", "nothing to mark").hint(
            "name views with --view ID or --views-from FILE, viewers with --viewer ID, or see --list",
        ));
    }
    let evidence = args.evidence.clone().unwrap_or_default();
    let mark = |subject: Subject| {
        let is_viewer = matches!(subject, Subject::Viewer(_));
        Mark {
            active: !args.undo,
            evidence: evidence.clone(),
            from: args.since.filter(|_| is_viewer),
            until: args.until.filter(|_| is_viewer),
            subject,
        }
    };
    Ok(subjects.into_iter().map(mark).collect())
}

fn list(marks: &[invalidate::Listed], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("what", Align::Left),
        ("id", Align::Left),
        ("stands", Align::Left),
        ("since", Align::Left),
        ("until", Align::Left),
        ("by", Align::Left),
        ("at", Align::Left),
        ("evidence", Align::Left),
    ]);
    let time = |time: Option<jiff::Timestamp>| time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    for listed in marks {
        let (what, id) = match &listed.mark.subject {
            Subject::View(id) => ("view", id),
            Subject::Viewer(id) => ("viewer", id),
        };
        listing.row(vec![
            what.to_owned(),
            id.clone(),
            match (listed.replaced, listed.mark.active) {
                (true, _) => "replaced",
                (false, true) => "yes",
                (false, false) => "taken back",
            }
            .to_owned(),
            time(listed.mark.from),
            time(listed.mark.until),
            listed.by.clone(),
            listed.at.to_string(),
            listed.mark.evidence.clone(),
        ]);
    }
    session
        .output
        .listing(&listing, "nothing is marked as invalid", &marks)
}
