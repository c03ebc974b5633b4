//! `permille audit`.

use super::ledger;
use crate::args::{Audit, Changes, Limit};
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::Result;
use app::queries::ledger::changes::{self, Filter, Listed, Shown, Written};
use app::queries::messages::{self, Happened};
use serde_json::{Value, json};

/// Names of records in a row of the list.
const NAMED: usize = 3;

/// Runs a command about who changed the books.
pub fn run(command: &Audit, session: &Session) -> Result<()> {
    match command {
        Audit::List(args) => list(args, session),
        Audit::Messages { after, limit } => told(*after, limit, session),
        Audit::Show { change } => show(*change, session),
        Audit::Verify { against } => ledger::verify(against.as_deref(), session),
    }
}

fn list(args: &Changes, session: &Session) -> Result<()> {
    let record = args.record.as_deref().map(|record| match record.split_once(':') {
        Some((kind, id)) => (kind.to_owned(), Some(id.to_owned())),
        None => (record.to_owned(), None),
    });
    let filter = Filter {
        by: args.by.clone(),
        command: args.command.clone(),
        since: args.since,
        until: args.until,
        record,
    };
    let limit = args.limit.rows(session.output.format);
    let (found, has_more) = changes::list(&session.workspace()?, &filter, limit)?;
    let mut listing = Listing::new(&[
        ("change", Align::Right),
        ("at", Align::Left),
        ("by", Align::Left),
        ("command", Align::Left),
        ("transactions", Align::Right),
        ("records", Align::Left),
    ]);
    for one in &found {
        listing.row(vec![
            one.change.to_string(),
            format!("{:.0}", one.at),
            one.by.clone(),
            one.command.clone(),
            one.booked().to_string(),
            records(one),
        ]);
    }
    session
        .output
        .listing(&listing, "no change, or none that was asked for", &found)?;
    match has_more {
        true => session
            .output
            .left_out(&format!("the newest {} changes", found.len())),
        false => Ok(()),
    }
}

fn told(after: u64, limit: &Limit, session: &Session) -> Result<()> {
    let limit = limit.rows(session.output.format);
    let messages = messages::after(&session.workspace()?, after, limit)?;
    let mut listing = Listing::new(&[
        ("change", Align::Right),
        ("at", Align::Left),
        ("by", Align::Left),
        ("message", Align::Left),
        ("what", Align::Left),
    ]);
    for one in &messages {
        let (name, what) = in_words(&one.what);
        listing.row(vec![
            one.change.to_string(),
            format!("{:.0}", one.at),
            one.by.clone(),
            name,
            what,
        ]);
    }
    let nothing = format!("nothing that others listen for has happened since change {after}");
    session.output.listing(&listing, &nothing, &messages)
}

/// A message's name, and its fields in their order.
fn in_words(what: &Happened) -> (String, String) {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(what) else {
        return (String::new(), String::new());
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let name = fields.remove("message").as_ref().map_or_else(String::new, text);
    let fields = fields.iter().filter(|(_, value)| !value.is_null());
    let fields: Vec<String> = fields
        .map(|(field, value)| format!("{field} {}", text(value)))
        .collect();
    (name, fields.join(", "))
}

/// The first records of a change, and how many more there are.
fn records(change: &Listed) -> String {
    let name = |written: &Written| format!("{} {} v{}", written.kind, written.id, written.is);
    let mut names: Vec<String> = change.records.iter().take(NAMED).map(name).collect();
    if change.records.len() > NAMED {
        names.push(format!("and {} more", change.records.len() - NAMED));
    }
    names.join(", ")
}

fn show(number: u64, session: &Session) -> Result<()> {
    let Shown {
        change,
        transactions,
        bodies,
    } = changes::show(&session.workspace()?, number)?;
    let mut listing = Listing::new(&[
        ("what", Align::Left),
        ("which", Align::Left),
        ("before", Align::Left),
        ("after", Align::Left),
    ]);
    let mut booked = Vec::new();
    for transaction in &transactions {
        let key = transaction.key.to_string();
        let after = format!("{}, {} postings", transaction.cause, transaction.postings.len());
        listing.row(vec![
            format!("transaction {}", transaction.number),
            key.clone(),
            String::new(),
            after,
        ]);
        booked.push(json!({ "number": transaction.number, "key": key, "cause": transaction.cause, "action": transaction.action }));
    }
    let body = |body: &Option<String>| {
        body.as_deref()
            .and_then(|body| serde_json::from_str::<Value>(body).ok())
    };
    let mut written = Vec::new();
    for (record, [was, is]) in change.records.iter().zip(&bodies) {
        let version =
            |version: Option<u64>| version.map_or_else(String::new, |version| format!("version {version}"));
        listing.row(vec![
            record.kind.clone(),
            record.id.clone(),
            version(record.was),
            version(Some(record.is)),
        ]);
        written.push(json!({
            "kind": record.kind, "id": record.id, "was": record.was, "is": record.is, "before": body(was), "after": body(is),
        }));
    }
    if session.output.format == crate::args::Format::Table {
        let key = change
            .key
            .as_ref()
            .map_or_else(String::new, |key| format!(", key {key}"));
        session.output.text(&format!(
            "change {number}: `{}` by {} ({}), {:.0}{key}\n",
            change.command, change.by, change.way, change.at
        ))?;
    }
    let json = json!({
        "change": change.change, "at": change.at, "by": change.by, "way": change.way, "command": change.command, "key": change.key,
        "transactions": booked, "records": written,
    });
    session.output.listing(&listing, "it wrote nothing", &json)
}
