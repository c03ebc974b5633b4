//! Results on paper: a listing is printed as a table, as CSV or as JSON.

use crate::args::Format;
use app::base::error::{Error, Result};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// How a column is aligned in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
    /// Amounts with their currency; programs get the currency in a column of its own. One column of a listing at most.
    Money,
}

/// Rows under named columns.
#[derive(Debug, Default)]
pub struct Listing {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Listing {
    /// A listing with columns.
    pub fn new(columns: &[(&'static str, Align)]) -> Listing {
        Listing {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; it has as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "one cell for each column");
        self.rows.push(cells);
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The listing as aligned text.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|(name, _)| name.replace('_', " ")));
        for (index, (_, align)) in self.columns.iter().enumerate() {
            if let Some(column) = table.column_mut(index) {
                column.set_padding((0, 2));
                if *align != Align::Left {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        for row in &self.rows {
            table.add_row(row);
        }
        let text: Vec<_> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        text.join("\n")
    }

    /// Column names for programs.
    fn header(&self) -> Vec<&str> {
        let names = self.columns.iter();
        names
            .flat_map(|(name, align)| {
                [*name]
                    .into_iter()
                    .chain((*align == Align::Money).then_some("currency"))
            })
            .collect()
    }

    /// Cells for programs: texts that no spreadsheet computes, numbers without thousands separators, currencies apart.
    fn plain(&self, row: &[String]) -> Vec<String> {
        let mut cells = Vec::new();
        for (cell, (_, align)) in row.iter().zip(&self.columns) {
            match align {
                Align::Left => cells.push(guarded(cell)),
                Align::Right => cells.push(cell.replace(',', "")),
                Align::Money => {
                    let (amount, currency) = cell.rsplit_once(' ').unwrap_or((cell, ""));
                    cells.extend([amount.replace(',', ""), currency.to_owned()]);
                }
            }
        }
        cells
    }

    fn csv(&self, out: impl Write) -> Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        let written = writer.write_record(self.header()).and_then(|()| {
            self.rows
                .iter()
                .try_for_each(|row| writer.write_record(self.plain(row)))
        });
        written.map_err(|e| print_error(&io::Error::other(e)))?;
        writer.flush().map_err(|e| print_error(&e))
    }
}

/// A text that no spreadsheet takes for a formula: an apostrophe stands before what would be one. Only columns of text come
/// here, so a number keeps its sign; a sign alone is no formula.
fn guarded(text: &str) -> String {
    let is_formula = text.len() > 1 && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Where results go, and how.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// The asked format.
    pub format: Format,
}

impl Output {
    /// Prints a listing; `json` is what programs get instead.
    pub fn listing(self, listing: &Listing, empty: &str, json: &impl Serialize) -> Result<()> {
        match self.format {
            Format::Json => self.json(json),
            Format::Csv => {
                let mut csv = Vec::new();
                listing.csv(&mut csv)?;
                put(&csv)
            }
            Format::Table if listing.is_empty() => self.text(empty),
            Format::Table => self.text(&listing.table()),
        }
    }

    /// Says what a limit left out: below a table, else on standard error, where it is in no program's way.
    pub fn left_out(self, shown: &str) -> Result<()> {
        let said = format!("{shown}; --limit 0 lists all");
        match self.format {
            Format::Table => self.text(&format!("\n{said}")),
            Format::Csv | Format::Json => {
                say(&format!("note: {said}"));
                Ok(())
            }
        }
    }

    /// Prints a value as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|e| Error::bug("output/json", format!("a result cannot be written as JSON: {e}")))?;
        self.text(&text)
    }

    /// Prints text and a line end.
    pub fn text(self, text: &str) -> Result<()> {
        put(format!("{}\n", text.trim_end_matches('\n')).as_bytes())
    }
}

/// Results that are not printed yet.
static HELD: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Keeps results until [`let_go`]: while whoever reads them takes their time, nobody else waits.
pub fn hold_back() {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
}

/// Prints what was held back.
pub fn let_go() -> Result<()> {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    put(&held.unwrap_or_default())
}

/// Prints bytes, or holds them back.
fn put(bytes: &[u8]) -> Result<()> {
    if let Some(held) = &mut *HELD.lock().unwrap_or_else(PoisonError::into_inner) {
        held.extend_from_slice(bytes);
        return Ok(());
    }
    let mut out = io::stdout().lock();
    let printed = out.write_all(bytes).and_then(|()| out.flush());
    printed.map_err(|e| print_error(&e))
}

/// Standard output for results that are streamed. When its reader has what it wanted, the process is done.
#[derive(Debug)]
pub struct Stream(pub io::StdoutLock<'static>);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(unless_closed)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(unless_closed)
    }
}

fn unless_closed(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => std::process::exit(0),
        _ => error,
    }
}

fn print_error(source: &io::Error) -> Error {
    match source.kind() {
        // The reader (`head`) has what it wanted.
        io::ErrorKind::BrokenPipe => std::process::exit(0),
        _ => Error::unavailable("output/write", format!("cannot write the result: {source}")),
    }
}

/// A whole number with thousands separators, for tables.
pub fn grouped(number: impl Into<i128>) -> String {
    let number: i128 = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// Writes a line to standard error. That it cannot be written there changes nothing of what was done, and of the exit code.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_csv_are_no_formulas_and_numbers_stay_numbers() {
        let mut listing = Listing::new(&[
            ("who", Align::Left),
            ("change", Align::Right),
            ("amount", Align::Money),
        ]);
        for who in [
            "=HYPERLINK(1)",
            "+1",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "-",
            "a=b",
            "ann",
        ] {
            listing.row(vec![who.to_owned(), "-1,234".to_owned(), "-5.00 USD".to_owned()]);
        }
        let mut csv = Vec::new();
        listing.csv(&mut csv).unwrap();
        let rest = ",-1234,-5.00,USD\n";
        let rows = [
            "'=HYPERLINK(1)",
            "'+1",
            "'-2+3",
            "'@SUM(A1)",
            "'\t=1",
            "\"'\r=1\"",
            "-",
            "a=b",
            "ann",
        ];
        let expected: String = rows.map(|who| format!("{who}{rest}")).concat();
        let header = "who,change,amount,currency\n";
        assert_eq!(String::from_utf8(csv).unwrap(), format!("{header}{expected}"));
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(-1_234_567), "-1,234,567");
    }
}
