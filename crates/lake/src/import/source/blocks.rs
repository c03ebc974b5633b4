//! Text files in blocks that end at the end of a row, several blocks at a time.

use super::super::raw::{Malformed, RawBatch, RawData, Span, TextRows};
use super::bytes::{Decompressed, Input};
use super::csv::{self, Split, Tail};
use super::ndjson;
use super::sniff::{self, TextFormat};
use super::{MAX_RECORD_BYTES, Source, SourceError};
use event::value::Reason;
use memchr::{memchr, memchr_iter, memrchr};
use rayon::prelude::*;
use std::path::Path;

/// A file of CSV, TSV or NDJSON.
pub(super) struct TextSource {
    text: Decompressed,
    format: TextFormat,
    columns: Vec<String>,
    input: Input,
    total: u64,
    /// Bytes read and not yet taken.
    rest: Vec<u8>,
    ended: bool,
    /// Number of the line at which `rest` begins.
    line: u64,
}

/// A block on its way to a batch.
enum Block {
    /// Whole lines without any quote, to be split by whoever has time.
    Lines { text: Vec<u8>, line: u64 },
    /// Split already, because only splitting finds the end of a quoted row.
    Split { text: Vec<u8>, split: Split },
}

impl TextSource {
    pub(super) fn open(
        text: Decompressed,
        path: &Path,
        input: Input,
        total: u64,
    ) -> Result<TextSource, SourceError> {
        let mut source = TextSource {
            text,
            format: TextFormat::Ndjson,
            columns: Vec::new(),
            input,
            total,
            rest: Vec::new(),
            ended: false,
            line: 1,
        };
        source.fill(input.block_bytes.max(4_096))?;
        if source.rest.starts_with(b"\xef\xbb\xbf") {
            source.rest.drain(..3);
        }
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        source.format = sniff::text_format(&source.rest, &name)?;
        match source.format {
            TextFormat::Ndjson => source.columns = ndjson::columns(&source.rest),
            TextFormat::Delimited(delimiter) => source.read_header(delimiter)?,
        }
        Ok(source)
    }

    fn read_header(&mut self, delimiter: u8) -> Result<(), SourceError> {
        while memchr(b'\n', &self.rest).is_none() && !self.ended && self.rest.len() <= MAX_RECORD_BYTES {
            self.fill(self.rest.len() + self.input.block_bytes)?;
        }
        let found = csv::header(&self.rest, delimiter);
        let Some((columns, bytes, lines)) = found else {
            return Err(SourceError::Unknown {
                found: "text without a readable header line".to_owned(),
            });
        };
        if bytes > MAX_RECORD_BYTES {
            return Err(SourceError::LineTooLong { line: self.line });
        }
        self.columns = columns;
        self.rest.drain(..bytes);
        self.line += lines;
        Ok(())
    }

    /// Reads until `rest` has at least so many bytes, or the text ends.
    fn fill(&mut self, wanted: usize) -> Result<(), SourceError> {
        let mut filled = self.rest.len();
        if self.ended || filled >= wanted {
            return Ok(());
        }
        self.rest.resize(wanted, 0);
        while filled < wanted {
            let count = self.text.read(&mut self.rest[filled..])?;
            filled += count;
            if count == 0 {
                self.ended = true;
                break;
            }
        }
        self.rest.truncate(filled);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, SourceError> {
        self.fill(self.input.block_bytes)?;
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            if let Some(block) = self.cut() {
                return Ok(Some(block));
            }
            if self.rest.len() > MAX_RECORD_BYTES || self.ended {
                return self.cut_first_line().map(Some);
            }
            self.fill(self.rest.len() + self.input.block_bytes)?;
        }
    }

    /// Takes the complete rows of `rest`, if there are any.
    fn cut(&mut self) -> Option<Block> {
        let quoted = match self.format {
            TextFormat::Delimited(delimiter) => memchr(b'"', &self.rest).map(|_| delimiter),
            TextFormat::Ndjson => None,
        };
        let line = self.line;
        if let Some(delimiter) = quoted {
            let tail = if self.ended { Tail::End } else { Tail::More };
            let split = csv::split(&self.rest, delimiter, self.columns.len(), line, tail);
            if split.consumed == 0 {
                return None;
            }
            self.line += split.lines;
            let text = self.take(split.consumed);
            return Some(Block::Split { text, split });
        }
        let end = match memrchr(b'\n', &self.rest) {
            Some(newline) if !self.ended => newline + 1,
            None if !self.ended => return None,
            _ => self.rest.len(),
        };
        let text = self.take(end);
        self.line += memchr_iter(b'\n', &text).count() as u64;
        Some(Block::Lines { text, line })
    }

    /// Takes a line whose row has no end within reason: a quote that is opened and never closed.
    fn cut_first_line(&mut self) -> Result<Block, SourceError> {
        let line = self.line;
        let Some(newline) = memchr(b'\n', &self.rest).filter(|at| *at <= MAX_RECORD_BYTES) else {
            return Err(SourceError::LineTooLong { line });
        };
        self.line += 1;
        Ok(Block::Lines {
            text: self.take(newline + 1),
            line,
        })
    }

    fn take(&mut self, bytes: usize) -> Vec<u8> {
        let rest = self.rest.split_off(bytes);
        std::mem::replace(&mut self.rest, rest)
    }

    fn batch(&self, block: Block) -> Result<RawBatch, SourceError> {
        let (text, split) = match (block, self.format) {
            (Block::Split { text, split }, _) => (text, split),
            (Block::Lines { text, line }, TextFormat::Delimited(delimiter)) => {
                let split = csv::split(&text, delimiter, self.columns.len(), line, Tail::End);
                (text, split)
            }
            (Block::Lines { text, line }, TextFormat::Ndjson) => {
                let split = ndjson::split(&text, &self.columns, line);
                (text, split)
            }
        };
        check_lengths(&split.rows)?;
        Ok(finish(text, split))
    }
}

fn check_lengths(rows: &TextRows) -> Result<(), SourceError> {
    let too_long =
        |row: &&super::super::raw::RowSpan| (row.span.end - row.span.start) as usize > MAX_RECORD_BYTES;
    match rows.rows.iter().find(too_long) {
        Some(row) => Err(SourceError::LineTooLong { line: row.line }),
        None => Ok(()),
    }
}

/// Puts rows and their text together; rows that are not UTF-8 are put aside.
fn finish(mut text: Vec<u8>, mut split: Split) -> RawBatch {
    text.append(&mut split.unescaped);
    let rows = &mut split.rows;
    match String::from_utf8(text) {
        Ok(arena) => rows.arena = arena,
        Err(error) => {
            let text = error.into_bytes();
            put_aside(&text, rows, &mut split.malformed);
            // Same length, so that every span still fits; the rows that are left do not touch the changed bytes.
            let mut arena = String::with_capacity(text.len());
            for chunk in text.utf8_chunks() {
                arena.push_str(chunk.valid());
                arena.extend(chunk.invalid().iter().map(|_| '?'));
            }
            rows.arena = arena;
        }
    }
    split.malformed.sort_by_key(|row| row.line);
    RawBatch {
        rows: rows.rows.len(),
        data: RawData::Text(split.rows),
        malformed: split.malformed,
    }
}

fn put_aside(text: &[u8], rows: &mut TextRows, malformed: &mut Vec<Malformed>) {
    let width = rows.width;
    let mut kept_fields: Vec<Span> = Vec::with_capacity(rows.fields.len());
    let mut index = 0;
    let fields = &rows.fields;
    rows.rows.retain(|row| {
        let bytes = &text[row.span.start as usize..row.span.end as usize];
        let valid = std::str::from_utf8(bytes).is_ok();
        if valid {
            kept_fields.extend_from_slice(&fields[index * width..(index + 1) * width]);
        } else {
            malformed.push(Malformed {
                line: row.line,
                reason: Reason::NotUtf8,
                row: bytes.to_vec(),
            });
        }
        index += 1;
        valid
    });
    rows.fields = kept_fields;
}

impl Source for TextSource {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn select(&mut self, _columns: &[usize]) -> Result<(), SourceError> {
        Ok(())
    }

    fn add_columns(&mut self, names: &[String]) {
        if self.format == TextFormat::Ndjson {
            for name in names {
                if !self.columns.contains(name) {
                    self.columns.push(name.clone());
                }
            }
        }
    }

    fn next(&mut self) -> Result<Vec<RawBatch>, SourceError> {
        let mut blocks = Vec::with_capacity(self.input.blocks);
        while blocks.len() < self.input.blocks {
            match self.next_block()? {
                Some(block) => blocks.push(block),
                None => break,
            }
        }
        let this = &*self;
        blocks.into_par_iter().map(|block| this.batch(block)).collect()
    }

    fn position(&self) -> (u64, u64) {
        (self.text.position(), self.total)
    }

    fn finish(self: Box<Self>) -> Result<String, SourceError> {
        self.text.finish()
    }
}
