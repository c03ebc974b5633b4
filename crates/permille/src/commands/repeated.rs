//! What a command answers that was done before under its key: what it wrote, as it is now.

use super::payout;
use crate::args::Format;
use crate::session::Session;
use app::base::error::Result;
use app::queries::ledger::changes::{Listed, Written};
use app::queries::receipts;
use serde_json::json;

/// Shows what was done: batches as the command that made or changed them does, else the change.
pub fn show(done: &Listed, session: &Session) -> Result<()> {
    session.note(&format!(
        "done before: change {} by {} has the key {}; nothing was done now",
        done.change,
        done.by,
        done.key.as_deref().unwrap_or_default()
    ));
    let batches = receipts::batches_of(&session.workspace()?, done)?;
    if !batches.is_empty() {
        return payout::list(&batches, session);
    }
    if session.output.format == Format::Json {
        return session.output.json(&json!({ "repeated": done }));
    }
    let name = |written: &Written| format!("{} {} version {}", written.kind, written.id, written.is);
    let written: Vec<String> = done.records.iter().map(name).collect();
    session.output.text(&format!(
        "change {} of {:.0} booked {} transactions and wrote {}",
        done.change,
        done.at,
        done.booked(),
        written.join(", ")
    ))
}
