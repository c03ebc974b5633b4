//! Pages: headings, paragraphs and tables as PDF (A4). The same content and font files give the same bytes: nothing else
//! of the machine gets in, nor its clock. Two fonts are embedded (DejaVu: Latin, Greek, Cyrillic, Arabic, Hebrew and
//! more); characters that they lack are drawn with the font files that are handed in, and those that none has are told.
//!
//! A table that does not fit goes on with its head on the next page; a cell that does not fit is cut with an ellipsis,
//! figures never are: columns of figures get the width they need.

mod font;
mod layout;

use font::{Face, Fonts};
use std::collections::BTreeSet;

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
    /// A font file is none.
    #[error("{name} is not a font that can be used: {reason}")]
    Font {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A font for characters that the embedded ones lack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FontFile {
    /// What it is called in messages.
    pub name: String,
    /// TrueType or OpenType, or a collection.
    pub bytes: Vec<u8>,
    /// Which font of a collection, from 0.
    pub face: u32,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Characters that no font has: boxes stand in their places.
    pub missing: BTreeSet<char>,
}

/// Writes a document. `footer` stands at the bottom of every page, with the page's number; `fonts` are asked in their
/// order for characters that the embedded ones lack. Errors: a font file that is none.
pub fn pdf(title: &str, footer: &str, blocks: &[Block], fonts: &[FontFile]) -> Result<Pdf, PaperError> {
    let fonts = Fonts::new(fonts)?;
    let pages = layout::pages(&fonts, blocks);
    Ok(Pdf {
        missing: layout::missing(&fonts, footer, &pages),
        bytes: layout::draw(&fonts, title, footer, &pages)?,
    })
}

#[cfg(test)]
mod tests;
