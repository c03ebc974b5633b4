//! Rows of delimited text: fields, quotes, line ends.
//!
//! A field that begins with a quote ends at the next single quote (two quotes are one); a quote elsewhere is
//! itself. A quoted field may hold line ends. When a row whose quotes span several lines has the wrong
//! number of fields, or its quote is never closed, only its first line is taken for malformed and
//! reading goes on at the next line: one stray quote does not swallow the rows after it.

use super::super::raw::{Malformed, RowSpan, Span, TextRows};
use event::value::Reason;
use memchr::{memchr, memchr2};

/// What a block of delimited text held.
#[derive(Debug)]
pub(super) struct Split {
    /// The rows; the arena is not set yet.
    pub rows: TextRows,
    /// Texts of fields with doubled quotes, to be appended to the arena.
    pub unescaped: Vec<u8>,
    /// Rows with the wrong number of fields.
    pub malformed: Vec<Malformed>,
    /// How many bytes were taken: up to the end of the last complete row.
    pub consumed: usize,
    /// How many lines were taken.
    pub lines: u64,
}

/// Whether bytes follow the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// The text goes on: an incomplete row is left for the next block.
    More,
    /// The text ends here.
    End,
}

/// One row as found.
struct Row {
    /// Byte after the row's content.
    end: usize,
    /// First byte of the next row.
    next: usize,
    /// Lines it spans.
    lines: u64,
    fields: usize,
}

/// The fields of a header line, and how many bytes and lines it takes.
pub(super) fn header(text: &[u8], delimiter: u8) -> Option<(Vec<String>, usize, u64)> {
    let mut splitter = Splitter::new(text, delimiter, 0);
    let mut start = 0;
    let mut before = 0;
    loop {
        let row = splitter.row(start, Tail::End)?;
        if row.end > start {
            let name = |span: &Span| {
                let bytes = splitter.bytes(*span);
                String::from_utf8_lossy(bytes).trim().to_owned()
            };
            return Some((
                splitter.fields.iter().map(name).collect(),
                row.next,
                before + row.lines,
            ));
        }
        // Blank lines before the header.
        splitter.fields.clear();
        before += row.lines;
        start = row.next;
    }
}

/// Splits a block into rows of `width` fields. `line` is the number of its first line.
pub(super) fn split(text: &[u8], delimiter: u8, width: usize, line: u64, tail: Tail) -> Split {
    let mut splitter = Splitter::new(text, delimiter, width);
    let (mut start, mut at_line) = (0, line);
    while start < text.len() {
        let before = splitter.fields.len();
        splitter.stray = false;
        let found = splitter.row(start, tail);
        let fits = |row: &Row| (row.fields == width && !splitter.stray) || row.end == start;
        let complete = found.as_ref().is_some_and(fits);
        let row = match found {
            Some(row) if complete || row.lines == 1 => row,
            None if tail == Tail::More => {
                splitter.fields.truncate(before);
                break;
            }
            // A quote that is never closed, or closed in a later row: this line alone is malformed.
            _ => {
                splitter.fields.truncate(before);
                let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
                let next = (end + 1).min(text.len());
                Row {
                    end: without_return(text, start, end),
                    next,
                    lines: 1,
                    fields: usize::MAX,
                }
            }
        };
        splitter.take(start, &row, before, at_line);
        at_line += row.lines;
        start = row.next;
    }
    Split {
        rows: TextRows {
            arena: String::new(),
            width,
            fields: splitter.fields,
            rows: splitter.rows,
            floats: Vec::new(),
            nested: Vec::new(),
        },
        unescaped: splitter.unescaped,
        malformed: splitter.malformed,
        consumed: start,
        lines: at_line - line,
    }
}

struct Splitter<'a> {
    text: &'a [u8],
    delimiter: u8,
    width: usize,
    fields: Vec<Span>,
    rows: Vec<RowSpan>,
    unescaped: Vec<u8>,
    malformed: Vec<Malformed>,
    /// Did text follow the closing quote of a field of several lines? Then it closed nothing.
    stray: bool,
}

impl<'a> Splitter<'a> {
    fn new(text: &'a [u8], delimiter: u8, width: usize) -> Self {
        let rows = if width == 0 {
            0
        } else {
            text.len() / (width * 6).max(1)
        };
        Self {
            text,
            delimiter,
            width,
            fields: Vec::with_capacity(rows * width),
            rows: Vec::with_capacity(rows),
            unescaped: Vec::new(),
            malformed: Vec::new(),
            stray: false,
        }
    }

    fn bytes(&self, span: Span) -> &[u8] {
        let (start, end) = (span.start as usize, span.end as usize);
        match start.checked_sub(self.text.len()) {
            Some(start) => &self.unescaped[start..end - self.text.len()],
            None => &self.text[start..end],
        }
    }

    /// Keeps a row that was found, or puts it aside.
    fn take(&mut self, start: usize, row: &Row, before: usize, line: u64) {
        if row.end == start {
            self.fields.truncate(before);
            return;
        }
        let span = Span {
            start: start as u32,
            end: row.end as u32,
        };
        if row.fields == self.width {
            self.rows.push(RowSpan { span, line });
            return;
        }
        self.fields.truncate(before);
        let message = if row.fields == usize::MAX {
            "a quote is opened and not closed where the row should end".to_owned()
        } else {
            format!("{} fields where the header has {}", row.fields, self.width)
        };
        let reason = Reason::Row { message };
        self.malformed.push(Malformed {
            line,
            reason,
            row: self.text[start..row.end].to_vec(),
        });
    }

    /// Finds the fields of the row at `start`. `None`: it does not end in this text.
    fn row(&mut self, start: usize, tail: Tail) -> Option<Row> {
        let (mut at, mut lines, before) = (start, 1, self.fields.len());
        loop {
            let (span, stop) = if self.text.get(at) == Some(&b'"') {
                self.quoted(at, &mut lines)?
            } else {
                let rest = &self.text[at..];
                let stop = memchr2(self.delimiter, b'\n', rest).map(|found| at + found);
                (
                    Span {
                        start: at as u32,
                        end: stop.unwrap_or(self.text.len()) as u32,
                    },
                    stop,
                )
            };
            match stop {
                Some(stop) if self.text[stop] == self.delimiter => {
                    self.fields.push(span);
                    at = stop + 1;
                }
                None if tail == Tail::More => return None,
                _ => {
                    let end = stop.unwrap_or(self.text.len());
                    let trimmed = without_return(self.text, start, end);
                    // The carriage return of the line end is not part of the last field.
                    let last_end = if span.end as usize == end {
                        trimmed
                    } else {
                        span.end as usize
                    };
                    self.fields.push(Span {
                        start: span.start,
                        end: (last_end as u32).max(span.start),
                    });
                    let next = (end + 1).min(self.text.len());
                    return Some(Row {
                        end: trimmed,
                        next,
                        lines,
                        fields: self.fields.len() - before,
                    });
                }
            }
        }
    }

    /// A field that begins with a quote at `at`: its text, and where its delimiter or line end is.
    fn quoted(&mut self, at: usize, lines: &mut u64) -> Option<(Span, Option<usize>)> {
        let text = self.text;
        let (mut from, mut doubled) = (at + 1, false);
        let close = loop {
            let quote = from + memchr(b'"', &text[from..])?;
            if text.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            doubled = true;
            from = quote + 2;
        };
        let spanned = memchr::memchr_iter(b'\n', &text[at..close]).count() as u64;
        *lines += spanned;
        let stop = memchr2(self.delimiter, b'\n', &text[close + 1..]).map(|found| close + 1 + found);
        let after_end = without_return(text, close + 1, stop.unwrap_or(text.len()));
        let after = &text[close + 1..after_end];
        self.stray |= spanned > 0 && !after.is_empty();
        if !doubled && after.is_empty() {
            return Some((
                Span {
                    start: at as u32 + 1,
                    end: close as u32,
                },
                stop,
            ));
        }
        let start = text.len() + self.unescaped.len();
        let mut inner = &text[at + 1..close];
        while let Some(quote) = memchr(b'"', inner) {
            self.unescaped.extend_from_slice(&inner[..=quote]);
            inner = &inner[quote + 2..];
        }
        self.unescaped.extend_from_slice(inner);
        self.unescaped.extend_from_slice(after);
        let end = text.len() + self.unescaped.len();
        Some((
            Span {
                start: start as u32,
                end: end as u32,
            },
            stop,
        ))
    }
}

fn without_return(text: &[u8], start: usize, end: usize) -> usize {
    if end > start && text[end - 1] == b'\r' {
        end - 1
    } else {
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, width: usize) -> (Vec<Vec<String>>, Vec<(u64, String)>) {
        let mut split = split(text.as_bytes(), b',', width, 2, Tail::End);
        let unescaped = String::from_utf8(split.unescaped).expect("utf-8");
        split.rows.arena = format!("{text}{unescaped}");
        let rows = &split.rows;
        let row = |row| {
            (0..width)
                .map(|column| rows.get(row, column).unwrap_or("").to_owned())
                .collect()
        };
        let good = (0..rows.rows.len()).map(row).collect();
        let bad = split
            .malformed
            .iter()
            .map(|row| (row.line, String::from_utf8_lossy(&row.row).into_owned()));
        (good, bad.collect())
    }

    #[test]
    fn fields_quotes_and_line_ends() {
        for (text, expected) in [
            ("a,b\nc,d\n", vec![["a", "b"], ["c", "d"]]),
            ("a,b\r\nc,d", vec![["a", "b"], ["c", "d"]]),
            ("\"a,x\",b\n", vec![["a,x", "b"]]),
            ("\"a \"\"q\"\"\",b\n", vec![["a \"q\"", "b"]]),
            ("\"a\nb\",c\n\nd,e\n", vec![["a\nb", "c"], ["d", "e"]]),
            ("5\" tall,b\n", vec![["5\" tall", "b"]]),
            ("a,\"b\"\r\nc,\n", vec![["a", "b"], ["c", ""]]),
            ("\"\",\"\"\"\"\n", vec![["", "\""]]),
            ("\"a\"x,b\n", vec![["ax", "b"]]),
        ] {
            let (good, bad) = rows(text, 2);
            assert_eq!(good, expected, "{text}");
            assert_eq!(bad, [], "{text}");
        }
    }

    #[test]
    fn ragged_rows_are_put_aside_with_their_line() {
        let (good, bad) = rows("a,b\nc\nd,e,f\ng,h\n", 2);
        assert_eq!(good, [["a", "b"], ["g", "h"]]);
        assert_eq!(bad, [(3, "c".to_owned()), (4, "d,e,f".to_owned())]);
    }

    #[test]
    fn a_stray_quote_costs_one_line() {
        let (good, bad) = rows("a,b\n\"c,d\ne,f\ng,h\n", 2);
        assert_eq!(good, [["a", "b"], ["e", "f"], ["g", "h"]]);
        assert_eq!(bad, [(3, "\"c,d".to_owned())]);
        let (good, bad) = rows("\"c,d\ne,f\n\"g,h\ni,j\n", 2);
        assert_eq!(good, [["e", "f"], ["i", "j"]]);
        assert_eq!(bad.len(), 2);
    }

    #[test]
    fn an_incomplete_row_waits_for_more() {
        let split = split(b"a,b\nc,\"d\ne", b',', 2, 1, Tail::More);
        assert_eq!((split.consumed, split.lines, split.rows.rows.len()), (4, 1, 1));
    }
}
