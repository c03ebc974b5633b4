//! A statement as PDF.

use super::{changes, divided, effective, invoices, late, note, owed, payouts};
use crate::args::Format;
use crate::output::grouped;
use crate::session::Session;
use app::base::error::{Error, Result};
use app::queries::statement::{LiveRow, MonthMoney, Monthly};
use app::workspace::Workspace;
use app::workspace::files::write_atomically;
use paper::{Align as Side, Block, FontFile, PaperError, Table};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// Most characters without a font that are named.
const NAMED: usize = 10;

/// Writes a statement as PDF.
pub(super) fn write(
    workspace: &Workspace,
    (title, footer): (&str, &str),
    blocks: &[Block],
    file: &Path,
    session: &Session,
) -> Result<()> {
    let fonts = fonts(workspace)?;
    let made = paper::pdf(title, footer, blocks, &fonts).map_err(|e| match e {
        PaperError::Page(_) => Error::bug("statement/pdf", e.to_string()),
        PaperError::Font { .. } => Error::bad_input("statement/font", e.to_string()).hint(
            "`fonts` under [statement] in permille.toml names TrueType or OpenType files; FILE#N is font N of a collection, from 0",
        ),
    })?;
    let bytes = made.bytes;
    write_atomically(file, &bytes)?;
    if !made.missing.is_empty() {
        session.note(&told(&made.missing));
    }
    match session.output.format {
        Format::Json => session
            .output
            .json(&json!({ "file": file, "bytes": bytes.len() })),
        Format::Table | Format::Csv => session.output.text(&format!("{} is written", file.display())),
    }
}

/// The largest font file, in bytes.
const MAX_FONT: u64 = 256 << 20;

/// The configured fonts.
fn fonts(workspace: &Workspace) -> Result<Vec<FontFile>> {
    let configured = &workspace.config().statement.fonts;
    let read = |name: &String| {
        let numbered = name
            .rsplit_once('#')
            .and_then(|(file, face)| Some((file, face.parse().ok()?)));
        let (file, face) = numbered.unwrap_or((name, 0));
        let path = workspace.folder().join(file);
        let bytes = lake::sound::read_at_most(&path, MAX_FONT).map_err(|e| {
            Error::unreadable(&path, &e).hint("it is named by `fonts` under [statement] in permille.toml")
        })?;
        Ok(FontFile {
            name: name.clone(),
            bytes,
            face,
        })
    };
    configured.iter().map(read).collect()
}

/// Characters that are boxes in the file, in words.
fn told(missing: &BTreeSet<char>) -> String {
    let named = missing.iter().take(NAMED);
    let named = named.map(|character| format!("{character} (U+{:04X})", u32::from(*character)));
    let more = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "boxes stand for characters that no font has: {}{more}; name a font that has them in `fonts` under [statement] in permille.toml",
        named.collect::<Vec<_>>().join(", ")
    )
}

/// The blocks of a creator's statement.
pub(super) fn blocks(statement: &Monthly, title: &str) -> Vec<Block> {
    let earned = &statement.earned;
    let mut blocks = vec![Block::Title(title.to_owned())];
    let name = statement
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!("{name}, "));
    blocks.push(Block::Text(format!("{name}creator {}", earned.creator)));
    live_blocks(&statement.live, &mut blocks);
    for month in &statement.money {
        money_blocks(month, &mut blocks);
    }
    blocks.extend(divided(&statement.divided).into_iter().map(Block::Text));
    for section in &earned.sections {
        let mut programs = Table::new(&[
            ("Program", Side::Left),
            ("Lines", Side::Right),
            ("Qualified views", Side::Right),
            ("Amount", Side::Right),
        ]);
        for row in &section.programs {
            programs.row(vec![
                row.name.clone(),
                grouped(row.lines),
                grouped(row.qualified_views),
                row.amount.to_string(),
            ]);
        }
        blocks.push(Block::Heading(format!("Earned in {}", earned.month)));
        blocks.push(Block::Table(programs));
        blocks.push(Block::Total("Earned".to_owned(), section.total.to_string()));
        let mut lines = Table::new(&[
            ("Video", Side::Left),
            ("Program", Side::Left),
            ("Period", Side::Left),
            ("Qualified views", Side::Right),
            ("Amount", Side::Right),
        ]);
        for row in &section.lines {
            lines.row(vec![
                row.video.clone(),
                row.program.clone(),
                row.period.clone(),
                grouped(row.qualified_views),
                row.amount.to_string(),
            ]);
        }
        blocks.push(Block::Heading("Lines".to_owned()));
        blocks.push(Block::Table(lines));
    }
    blocks
}

fn live_blocks(rows: &[LiveRow], blocks: &mut Vec<Block>) {
    if rows.is_empty() {
        return;
    }
    blocks.push(Block::Heading("LIVE".to_owned()));
    let mut table = Table::new(&[
        ("Period", Side::Left),
        ("Dated", Side::Left),
        ("What", Side::Left),
        ("Entries", Side::Right),
        ("Of", Side::Left),
        ("Amount", Side::Right),
    ]);
    for row in rows {
        table.row(vec![
            row.period.clone(),
            row.dated.clone(),
            row.what.clone(),
            grouped(row.entries),
            row.of.to_owned(),
            row.amount.to_string(),
        ]);
    }
    blocks.push(Block::Table(table));
    blocks.extend(late(rows).map(Block::Text));
}

/// The blocks of a month's money.
pub(super) fn money_blocks(month: &MonthMoney, blocks: &mut Vec<Block>) {
    let at = month.payee.as_ref();
    let heading = at.map_or_else(
        || "Money".to_owned(),
        |payee| format!("Money collected by {payee}"),
    );
    blocks.push(Block::Heading(heading));
    let mut table = Table::new(&[
        ("Date", Side::Left),
        ("Effective", Side::Left),
        ("What", Side::Left),
        ("Program, reference", Side::Left),
        ("Period", Side::Left),
        ("Amount", Side::Right),
    ]);
    let balance = |what: &str, amount: money::Money| {
        let empty = String::new;
        let (what, amount) = (what.to_owned(), amount.to_string());
        vec![empty(), empty(), what, empty(), empty(), amount]
    };
    table.row(balance("Carried in", month.opening));
    for entry in &month.entries {
        let of = entry
            .program
            .clone()
            .or_else(|| entry.reference.clone())
            .unwrap_or_default();
        let period = entry.period.clone().unwrap_or_default();
        table.row(vec![
            entry.on.to_string(),
            effective(entry),
            entry.what.clone(),
            of,
            period,
            entry.amount.to_string(),
        ]);
    }
    blocks.push(Block::Table(table));
    blocks.push(Block::Total("Carried on".to_owned(), month.closing.to_string()));
    for entry in month.entries.iter().filter(|entry| !note(entry).is_empty()) {
        let reference = entry
            .reference
            .as_ref()
            .map_or_else(String::new, |reference| format!(" {reference}"));
        blocks.push(Block::Text(format!(
            "{} {}{reference}: {}",
            entry.on,
            entry.what,
            note(entry)
        )));
    }
    let lines = changes(month).into_iter().chain(payouts(month));
    for line in lines.chain(invoices(month)) {
        blocks.push(Block::Text(line));
    }
    if !month.invoiced.is_zero() {
        blocks.push(Block::Text(format!("Invoiced and not paid: {}", month.invoiced)));
    }
    blocks.extend(owed(month).map(Block::Text));
}
