//! From blocks to lines on pages, and from those to PDF.

use crate::{Align, Block, Face, Fonts, PaperError, Table};
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::TextDirection;
use std::collections::BTreeSet;

/// A4, in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 50.0;
const BOTTOM: f32 = 60.0;
const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Sizes of text.
const TITLE: f32 = 18.0;
const HEADING: f32 = 11.5;
const BODY: f32 = 9.0;
const CELL: f32 = 8.0;
const SMALL: f32 = 7.0;
/// Between columns, and between rows.
const GAP: f32 = 10.0;
const ROW: f32 = 13.5;
const INK: (u8, u8, u8) = (28, 32, 38);
const PALE: (u8, u8, u8) = (112, 118, 128);
const LINE: (u8, u8, u8) = (206, 210, 216);
const BAND: (u8, u8, u8) = (245, 246, 248);

/// Something at a place on a page.
pub(crate) enum Mark {
    /// Text with its left end on a baseline.
    Text {
        x: f32,
        y: f32,
        face: Face,
        size: f32,
        colour: (u8, u8, u8),
        text: String,
    },
    /// A filled rectangle: left, top, width, height.
    Fill(f32, f32, f32, f32, (u8, u8, u8)),
}

/// A page's marks.
pub(crate) type Page = Vec<Mark>;

struct Writer<'f> {
    fonts: &'f Fonts<'f>,
    pages: Vec<Page>,
    /// How far down the page is filled.
    y: f32,
}

/// Lays blocks out on pages; there is one at least.
pub(crate) fn pages(fonts: &Fonts<'_>, blocks: &[Block]) -> Vec<Page> {
    let mut writer = Writer {
        fonts,
        pages: vec![Page::new()],
        y: MARGIN,
    };
    for block in blocks {
        writer.block(block);
    }
    writer.pages
}

impl Writer<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Title(text) => {
                self.lines(text, Face::Bold, TITLE, INK);
                self.y += 4.0;
            }
            Block::Heading(text) => {
                // A heading stands with what follows it.
                self.room(HEADING * 2.0 + ROW * 3.0);
                self.y += 14.0;
                self.lines(text, Face::Bold, HEADING, INK);
                self.y += 2.0;
            }
            Block::Text(text) => self.lines(text, Face::Regular, BODY, PALE),
            Block::Total(label, figure) => self.total(label, figure),
            Block::Table(table) => self.table(table),
        }
    }

    /// Goes on to the next page unless so much is left of this one. True for a new page.
    fn room(&mut self, height: f32) -> bool {
        let is_new = self.y + height > PAGE.1 - BOTTOM;
        if is_new {
            self.pages.push(Page::new());
            self.y = MARGIN;
        }
        is_new
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, x: f32, y: f32, face: Face, size: f32, colour: (u8, u8, u8), text: &str) {
        if !text.is_empty() {
            let text = text.to_owned();
            self.mark(Mark::Text {
                x,
                y,
                face,
                size,
                colour,
                text,
            });
        }
    }

    /// Running text, broken at spaces.
    fn lines(&mut self, text: &str, face: Face, size: f32, colour: (u8, u8, u8)) {
        let mut line = String::new();
        let mut broken = Vec::new();
        for word in text.split(' ') {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if self.fonts.width(face, size, &longer) > WIDTH && !line.is_empty() {
                broken.push(std::mem::replace(&mut line, word.to_owned()));
            } else {
                line = longer;
            }
        }
        broken.push(line);
        for line in broken {
            self.room(size * 1.5);
            self.y += size * 1.35;
            let line = self.fonts.cut(face, size, &line, WIDTH);
            self.text(MARGIN, self.y, face, size, colour, &line);
        }
    }

    fn total(&mut self, label: &str, figure: &str) {
        self.room(ROW * 2.0);
        self.y += ROW + 4.0;
        self.mark(Mark::Fill(MARGIN, self.y - ROW, WIDTH, 0.8, INK));
        self.text(MARGIN + 4.0, self.y, Face::Bold, BODY, INK, label);
        let x = MARGIN + WIDTH - 4.0 - self.fonts.width(Face::Bold, BODY, figure);
        self.text(x, self.y, Face::Bold, BODY, INK, figure);
    }

    fn table(&mut self, table: &Table) {
        let widths = self.widths(table);
        self.room(ROW * 3.0);
        self.head(table, &widths);
        for (number, row) in table.rows.iter().enumerate() {
            if self.room(ROW) {
                self.head(table, &widths);
            }
            if number % 2 == 1 {
                self.mark(Mark::Fill(MARGIN, self.y + 2.5, WIDTH, ROW, BAND));
            }
            self.y += ROW;
            self.cells(table, row, &widths, Face::Regular, INK);
        }
    }

    fn head(&mut self, table: &Table, widths: &[f32]) {
        self.y += ROW;
        let names: Vec<String> = table.columns.iter().map(|(name, _)| name.clone()).collect();
        self.cells(table, &names, widths, Face::Bold, PALE);
        self.y += 3.0;
        self.mark(Mark::Fill(MARGIN, self.y, WIDTH, 0.6, LINE));
    }

    fn cells(&mut self, table: &Table, row: &[String], widths: &[f32], face: Face, colour: (u8, u8, u8)) {
        let mut x = MARGIN + 4.0;
        for ((cell, (_, align)), width) in row.iter().zip(&table.columns).zip(widths) {
            let shown = match align {
                Align::Left => self.fonts.cut(face, CELL, cell, *width),
                Align::Right => cell.clone(),
            };
            let left = match align {
                Align::Left => x,
                Align::Right => x + width - self.fonts.width(face, CELL, &shown),
            };
            self.text(left, self.y, face, CELL, colour, &shown);
            x += width + GAP;
        }
    }

    /// Columns of figures get what they need; columns of text share what is left, as they need it.
    fn widths(&self, table: &Table) -> Vec<f32> {
        let count = table.columns.len();
        let needs = |at: usize| {
            let head = self.fonts.width(Face::Bold, CELL, &table.columns[at].0);
            let cells = table.rows.iter().filter_map(|row| row.get(at));
            cells
                .map(|cell| self.fonts.width(Face::Regular, CELL, cell))
                .fold(head, f32::max)
        };
        let needed: Vec<f32> = (0..count).map(needs).collect();
        let is_text = |at: usize| table.columns[at].1 == Align::Left;
        let room = WIDTH - 8.0 - GAP * (count.saturating_sub(1)) as f32;
        let figures: f32 = (0..count).filter(|at| !is_text(*at)).map(|at| needed[at]).sum();
        let texts: f32 = (0..count).filter(|at| is_text(*at)).map(|at| needed[at]).sum();
        let left = (room - figures).max(0.0);
        // Wide columns give way first: each text column keeps its fair share at least.
        let fair = left / (0..count).filter(|at| is_text(*at)).count().max(1) as f32;
        let (mut small, mut wide) = (0.0, 0.0);
        for at in (0..count).filter(|at| is_text(*at)) {
            if needed[at] <= fair {
                small += needed[at]
            } else {
                wide += needed[at]
            }
        }
        let spare = (left - texts).max(0.0);
        let last_text = (0..count).rev().find(|at| is_text(*at));
        let width = |at: usize| match is_text(at) {
            false => needed[at],
            true if texts <= left => needed[at] + if Some(at) == last_text { spare } else { 0.0 },
            true if needed[at] <= fair => needed[at],
            true => needed[at] * (left - small) / wide,
        };
        (0..count).map(width).collect()
    }
}

/// Characters of pages and footer that no font has.
pub(crate) fn missing(fonts: &Fonts<'_>, footer: &str, pages: &[Page]) -> BTreeSet<char> {
    let mut missing = fonts.missing(Face::Regular, footer);
    for mark in pages.iter().flatten() {
        if let Mark::Text { face, text, .. } = mark {
            missing.extend(fonts.missing(*face, text));
        }
    }
    missing
}

/// Draws pages with their footers.
pub(crate) fn draw(
    fonts: &Fonts<'_>,
    title: &str,
    footer: &str,
    pages: &[Page],
) -> Result<Vec<u8>, PaperError> {
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .producer("Permille".to_owned()),
    );
    let settings = PageSettings::from_wh(PAGE.0, PAGE.1)
        .ok_or_else(|| PaperError::Page("its size is wrong".to_owned()))?;
    for (number, marks) in pages.iter().enumerate() {
        let mut page = document.start_page_with(settings.clone());
        let mut surface = page.surface();
        for mark in marks {
            draw_mark(&mut surface, fonts, mark);
        }
        let y = PAGE.1 - 32.0;
        let label = format!("{} / {}", number + 1, pages.len());
        let x = PAGE.0 - MARGIN - fonts.width(Face::Regular, SMALL, &label);
        let footer = fonts.cut(Face::Regular, SMALL, footer, WIDTH - 60.0);
        for (x, text) in [(MARGIN, footer), (x, label)] {
            let (face, size, colour) = (Face::Regular, SMALL, PALE);
            draw_mark(
                &mut surface,
                fonts,
                &Mark::Text {
                    x,
                    y,
                    face,
                    size,
                    colour,
                    text,
                },
            );
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|e| PaperError::Page(format!("{e:?}")))
}

fn draw_mark(surface: &mut Surface<'_>, fonts: &Fonts<'_>, mark: &Mark) {
    match mark {
        Mark::Text {
            x,
            y,
            face,
            size,
            colour,
            text,
        } => {
            surface.set_fill(Some(fill(*colour)));
            let mut x = *x;
            for run in fonts.runs(*face, *size, text) {
                let start = Point::from_xy(x, *y);
                surface.draw_text(start, run.font, *size, run.text, false, TextDirection::Auto);
                x += run.width;
            }
        }
        Mark::Fill(x, y, width, height, colour) => {
            if let Some(path) = rectangle(*x, *y, *width, *height) {
                surface.set_fill(Some(fill(*colour)));
                surface.draw_path(&path);
            }
        }
    }
}

fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    builder.push_rect(Rect::from_xywh(x, y, width, height)?);
    builder.finish()
}

fn fill((red, green, blue): (u8, u8, u8)) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: Default::default(),
    }
}
