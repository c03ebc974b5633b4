//! `permille explain`.

use crate::args::{self, Format};
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::queries::explain::Explained;
use earning::explain::Explanation;
use serde_json::Value;

/// Explains a line, or what was decided about a creator.
pub fn run(args: &args::Explain, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let explained = match (&args.line, &args.creator, &args.program, &args.period) {
        (Some(line), ..) => session.work(Some(&workspace), |context| {
            app::queries::explain::line(&workspace, line, args.samples, session.scope(), context)
        })?,
        (None, Some(creator), Some(program), Some(period)) => {
            app::queries::explain::creator(&workspace, creator, program, period, session.scope())?
        }
        _ => {
            return Err(Error::usage(
                "explain/what",
                "name a line, or a creator with --program and --period",
            ));
        }
    };
    match session.output.format {
        Format::Table => print(&explained, session),
        Format::Json => session.output.json(&explained),
        Format::Csv => session.output.listing(&listing(&explained.explanation), "", &()),
    }
}

/// Prints an explanation for people.
pub fn print(explained: &Explained, session: &Session) -> Result<()> {
    let head = match &explained.line {
        Some(line) => format!("{} \u{2014} ", line.id),
        None => String::new(),
    };
    session.output.text(&format!(
        "{head}{} version {}, {}, run {} (archive up to commit {})\n",
        explained.program, explained.version, explained.period, explained.run, explained.stored_before
    ))?;
    session.output.text(&explained.explanation.to_string())
}

/// An explanation as JSON.
pub fn json(explained: &Explained) -> Value {
    serde_json::to_value(explained).unwrap_or(Value::Null)
}

/// The statements as rows: how deep they stand, what they are about, what they say.
fn listing(explanation: &Explanation) -> Listing {
    let mut listing = Listing::new(&[
        ("depth", Align::Right),
        ("topic", Align::Left),
        ("text", Align::Left),
    ]);
    add(explanation, 0, &mut listing);
    listing
}

fn add(explanation: &Explanation, depth: usize, listing: &mut Listing) {
    let topic = serde_json::to_value(explanation.topic)
        .ok()
        .and_then(|topic| topic.as_str().map(str::to_owned));
    listing.row(vec![
        depth.to_string(),
        topic.unwrap_or_default(),
        explanation.text.clone(),
    ]);
    for reason in &explanation.because {
        add(reason, depth + 1, listing);
    }
}
