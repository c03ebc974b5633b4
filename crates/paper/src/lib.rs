//! Pages: headings, paragraphs and tables as PDF (A4). The same content gives the same bytes: nothing of the machine,
//! its clock or its fonts gets in. Both fonts are embedded (DejaVu: Latin, Greek, Cyrillic and more).
//!
//! A table that does not fit goes on with its head on the next page; a cell that does not fit is cut with an ellipsis,
//! figures never are: columns of figures get the width they need.

mod font;
mod layout;

use font::{Face, Fonts};

/// What a page shows, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The title of the document.
    Title(String),
    /// A heading.
    Heading(String),
    /// Running text; it is broken into lines.
    Text(String),
    /// Rows under a head.
    Table(Table),
    /// A label and a figure that stands out, such as a total.
    Total(String, String),
}

/// Where a column's cells stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Figures.
    Right,
}

/// Rows under a head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Names and alignment of the columns.
    pub columns: Vec<(String, Align)>,
    /// As many cells in each row as there are columns.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            columns: columns
                .iter()
                .map(|(name, align)| ((*name).to_owned(), *align))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The embedded fonts or the page cannot be used: a defect.
    #[error("the page cannot be made: {0}")]
    Page(String),
}

/// Writes a document. `footer` stands at the bottom of every page, with the page's number.
pub fn pdf(title: &str, footer: &str, blocks: &[Block]) -> Result<Vec<u8>, PaperError> {
    let fonts = Fonts::embedded()?;
    let pages = layout::pages(&fonts, blocks);
    layout::draw(&fonts, title, footer, &pages)
}

#[cfg(test)]
mod tests;
