//! Where each byte of a TOML string's value stands in the document.
//!
//! A formula's error points into the value; the caret must point into the document, where the value
//! has quotes around it and escapes in it.

use std::ops::Range;

/// The document range of a range of a string's value. `span` is the whole TOML string with its
/// quotes. A string that cannot be followed byte by byte (unusual escapes) gives the whole span.
pub(super) fn locate(
    document: &str,
    span: &Range<usize>,
    value: &str,
    within: &Range<usize>,
) -> Range<usize> {
    let Some(starts) = starts(document, span, value) else {
        return span.clone();
    };
    let start = within.start.min(value.len());
    let end = within.end.clamp(start, value.len());
    starts[start]..starts[end]
}

/// Document offset of every byte of the value, and of its end; `None` if the walk does not yield the value.
fn starts(document: &str, span: &Range<usize>, value: &str) -> Option<Vec<usize>> {
    let raw = document.get(span.clone())?;
    let (quote, escapes) = opening(raw)?;
    let body_start = span.start + quote + leading_newline(raw, quote);
    let body_end = span.end.checked_sub(quote)?;
    let mut walk = Walk {
        decoded: String::with_capacity(value.len()),
        starts: Vec::new(),
    };
    let mut at = body_start;
    while at < body_end {
        let rest = &document[at..body_end];
        at += if escapes && rest.starts_with('\\') {
            walk.escape(rest, at)?
        } else {
            walk.plain(rest, at)?
        };
    }
    walk.starts.push(body_end);
    (walk.decoded == value).then_some(walk.starts)
}

/// Length of the quotes and whether escapes mean anything.
fn opening(raw: &str) -> Option<(usize, bool)> {
    match raw.as_bytes() {
        [b'"', b'"', b'"', _, ..] => Some((3, true)),
        [b'\'', b'\'', b'\'', _, ..] => Some((3, false)),
        [b'"', ..] => Some((1, true)),
        [b'\'', ..] => Some((1, false)),
        _ => None,
    }
}

/// A line end right after triple quotes is not part of the value.
fn leading_newline(raw: &str, quote: usize) -> usize {
    match &raw.as_bytes()[quote..] {
        [b'\r', b'\n', ..] if quote == 3 => 2,
        [b'\n', ..] if quote == 3 => 1,
        _ => 0,
    }
}

struct Walk {
    decoded: String,
    starts: Vec<usize>,
}

impl Walk {
    fn push(&mut self, c: char, at: usize) {
        self.decoded.push(c);
        self.starts.extend(std::iter::repeat_n(at, c.len_utf8()));
    }

    fn plain(&mut self, rest: &str, at: usize) -> Option<usize> {
        let c = rest.chars().next()?;
        self.push(c, at);
        Some(c.len_utf8())
    }

    /// One escape; returns how many bytes of the document it takes.
    fn escape(&mut self, rest: &str, at: usize) -> Option<usize> {
        let simple = match rest.as_bytes().get(1)? {
            b'"' => '"',
            b'\\' => '\\',
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'u' => return self.unicode(rest, at, 4),
            b'U' => return self.unicode(rest, at, 8),
            // A line-ending backslash: it and all white space after it are left out.
            b'\n' | b'\r' | b' ' | b'\t' => return Some(rest.len() - rest[1..].trim_start().len()),
            _ => return None,
        };
        self.push(simple, at);
        Some(2)
    }

    fn unicode(&mut self, rest: &str, at: usize, digits: usize) -> Option<usize> {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        self.push(char::from_u32(code)?, at);
        Some(2 + digits)
    }
}

#[cfg(test)]
mod tests {
    use super::locate;

    fn found(string: &str, value: &str, needle: &str) -> String {
        let document = format!("key = {string}\n");
        let start = value.find(needle).expect("the needle is in the value");
        let range = locate(
            &document,
            &(6..6 + string.len()),
            value,
            &(start..start + needle.len()),
        );
        document[range].to_owned()
    }

    #[test]
    fn every_kind_of_string_is_followed() {
        assert_eq!(found(r#""a + bad""#, "a + bad", "bad"), "bad");
        assert_eq!(found("'a + bad'", "a + bad", "bad"), "bad");
        assert_eq!(
            found(r#""x == \"é\" and bad""#, "x == \"é\" and bad", "bad"),
            "bad"
        );
        assert_eq!(found("\"\"\"\na +\nbad * b\"\"\"", "a +\nbad * b", "bad"), "bad");
        assert_eq!(found("'''\na\n+ bad'''", "a\n+ bad", "bad"), "bad");
        assert_eq!(found("\"\"\"a \\\n   + bad\"\"\"", "a + bad", "bad"), "bad");
        assert_eq!(found(r#""\u0061 + bad""#, "a + bad", "bad"), "bad");
    }

    #[test]
    fn what_cannot_be_followed_gives_the_whole_string() {
        assert_eq!(found(r#""\e + bad""#, "\u{1b} + bad", "bad"), r#""\e + bad""#);
    }
}
