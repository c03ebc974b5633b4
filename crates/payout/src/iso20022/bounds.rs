//! One linear pass over a file before a tree is built of it: how deep, how many attributes, how many namespaces.
//!
//! It does not say whether a file is XML; what it lets pass is cheap to refuse. Comments, texts and quoted values
//! are skipped as the reader skips them, so that nothing can be hidden in them.

use super::error::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMESPACES, ReadError};

/// Refuses what a tree would take too long or too much memory for.
pub(super) fn check(text: &str) -> Result<(), ReadError> {
    let bytes = text.as_bytes();
    // Namespaces that each open element declares.
    let mut open: Vec<usize> = Vec::new();
    let mut in_scope = 0;
    let mut at = 0;
    while let Some(start) = find(bytes, at, b"<") {
        let rest = &bytes[start..];
        let end = if rest.starts_with(b"<!--") {
            after(bytes, start + 4, b"-->")
        } else if rest.starts_with(b"<![CDATA[") {
            after(bytes, start, b"]]>")
        } else if rest.starts_with(b"<?") {
            after(bytes, start, b"?>")
        } else if rest.starts_with(b"</") {
            in_scope -= open.pop().unwrap_or(0);
            after(bytes, start, b">")
        } else if rest.starts_with(b"<!") {
            // A document type: the reader stops here.
            None
        } else {
            let Some(tag) = tag(bytes, start) else { break };
            if tag.attributes > MAX_ATTRIBUTES || in_scope + tag.namespaces > MAX_NAMESPACES {
                let before = bytes[..start].iter().filter(|byte| **byte == b'\n').count();
                let line = u32::try_from(before + 1).unwrap_or(u32::MAX);
                return Err(ReadError::TooManyAttributes { line });
            }
            if !tag.is_closed {
                in_scope += tag.namespaces;
                open.push(tag.namespaces);
            }
            Some(tag.end)
        };
        if open.len() > MAX_DEPTH {
            return Err(ReadError::TooDeep);
        }
        match end {
            Some(end) => at = end,
            None => break,
        }
    }
    Ok(())
}

/// An opening tag.
struct Tag {
    attributes: usize,
    namespaces: usize,
    /// It closes itself.
    is_closed: bool,
    /// The place behind it.
    end: usize,
}

/// The opening tag that starts at a place; none if it does not end.
fn tag(bytes: &[u8], start: usize) -> Option<Tag> {
    let mut found = Tag {
        attributes: 0,
        namespaces: 0,
        is_closed: false,
        end: 0,
    };
    let mut at = start + 1;
    loop {
        match *bytes.get(at)? {
            quote @ (b'"' | b'\'') => at = find(bytes, at + 1, &[quote])?,
            b'=' => found.attributes += 1,
            b'x' if bytes[at - 1].is_ascii_whitespace() && bytes[at..].starts_with(b"xmlns") => {
                found.namespaces += 1;
            }
            b'>' => {
                found.is_closed = bytes[at - 1] == b'/';
                found.end = at + 1;
                return Some(found);
            }
            _ => {}
        }
        at += 1;
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = match what {
        [one] => rest.iter().position(|byte| byte == one),
        _ => rest.windows(what.len()).position(|window| window == what),
    };
    found.map(|at| from + at)
}

/// The place behind the next occurrence.
fn after(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    Some(find(bytes, from, what)? + what.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_bounded() {
        let attributes = |count: usize| {
            let all: String = (0..count).map(|at| format!(" a{at}=\"<>=='\"")).collect();
            format!("<a>\n<b{all}/></a>")
        };
        let hidden = format!("<!-- <a x=\" -->{}", attributes(33));
        let in_text = format!("<![CDATA[ <a x=\" ]]>{}", attributes(33));
        let spaces = |outer: usize, inner: usize| {
            let some = |name: &str, count: usize| -> String {
                (0..count).map(|at| format!(" xmlns:{name}{at} = 'u'")).collect()
            };
            format!("<a{}><b{}/></a>", some("x", outer), some("y", inner))
        };
        let too_many = |line| Err(ReadError::TooManyAttributes { line });
        for (text, expected) in [
            (attributes(32), Ok(())),
            (attributes(33), too_many(2)),
            (hidden, too_many(2)),
            (in_text, too_many(2)),
            (spaces(8, 8), Ok(())),
            (spaces(8, 9), too_many(1)),
            (format!("<r>{}</r>", spaces(0, 9).repeat(50)), Ok(())),
            ("<a>".repeat(65), Err(ReadError::TooDeep)),
            ("<a/>".repeat(65), Ok(())),
            ("<a></a>".repeat(65), Ok(())),
            ("<a b='/'>".repeat(65), Err(ReadError::TooDeep)),
            ("<a b=\"".to_owned(), Ok(())),
            ("<".to_owned(), Ok(())),
            ("</a></a>".to_owned(), Ok(())),
        ] {
            assert_eq!(check(&text), expected, "{}", text.get(..60).unwrap_or(&text));
        }
    }
}
