//! Inserting many rows: many to a statement, because beginning one costs as much as a row.

use rusqlite::{CachedStatement, Connection, Result, ToSql};

/// Rows of a statement; what is left over goes row by row.
const ROWS: usize = 128;

/// An insertion of rows whose number is known.
pub(super) struct Rows<'c> {
    many: Option<CachedStatement<'c>>,
    one: CachedStatement<'c>,
    columns: usize,
    /// Rows that are still to come.
    left: usize,
    /// Rows bound to the statement of many.
    bound: usize,
    /// Rows that a conflict kept out.
    kept_out: usize,
}

impl<'c> Rows<'c> {
    /// Prepares to insert exactly `count` rows. `insert` says what, up to the word `VALUES`; `on_conflict` stands after them.
    pub(super) fn new(
        connection: &'c Connection,
        insert: &str,
        columns: usize,
        on_conflict: &str,
        count: usize,
    ) -> Result<Self> {
        let row = format!("({})", vec!["?"; columns].join(", "));
        let prepare = |rows: usize| {
            let rows = vec![row.as_str(); rows].join(", ");
            connection.prepare_cached(&format!("{insert} VALUES {rows} {on_conflict}"))
        };
        Ok(Rows {
            many: (count >= ROWS).then(|| prepare(ROWS)).transpose()?,
            one: prepare(1)?,
            columns,
            left: count,
            bound: 0,
            kept_out: 0,
        })
    }

    /// Takes in the next row. It is inserted at the latest with the last one.
    pub(super) fn add(&mut self, values: &[&dyn ToSql]) -> Result<()> {
        let is_left_over = self.bound == 0 && self.left < ROWS;
        let (statement, rows) = match &mut self.many {
            Some(many) if !is_left_over => (many, ROWS),
            _ => (&mut self.one, 1),
        };
        for (place, value) in (self.bound * self.columns + 1..).zip(values) {
            statement.raw_bind_parameter(place, value)?;
        }
        self.left -= 1;
        self.bound += 1;
        if self.bound == rows {
            self.kept_out += rows - statement.raw_execute()?;
            self.bound = 0;
        }
        Ok(())
    }

    /// Whether a conflict kept a row out so far.
    pub(super) fn has_kept_out(&self) -> bool {
        self.kept_out > 0
    }
}
