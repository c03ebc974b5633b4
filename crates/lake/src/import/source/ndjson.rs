//! Rows of JSON lines: one object on every line; members of inner objects are columns with dotted names.

use super::super::raw::{Malformed, Nested, RowSpan, Span, TextRows};
use super::csv::Split;
use event::value::Reason;
use hashbrown::HashMap;
use memchr::memchr;
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Inner objects are opened down to this depth.
const MAX_DEPTH: usize = 4;
/// More columns than this are not listed.
const MAX_COLUMNS: usize = 4_096;

/// The columns that the first rows show, in the order of their first appearance.
pub(super) fn columns(head: &[u8]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    let mut known = hashbrown::HashSet::new();
    for line in head.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        let _ = members(line, "", 0, &mut |name, _| {
            if columns.len() < MAX_COLUMNS && known.insert(name.to_owned()) {
                columns.push(name.to_owned());
            }
        });
    }
    columns
}

/// Splits whole lines into rows with one field for every column.
pub(super) fn split(text: &[u8], columns: &[String], line: u64) -> Split {
    let index: HashMap<&str, usize> = columns
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    let mut split = Split {
        rows: TextRows {
            width: columns.len(),
            ..TextRows::default()
        },
        unescaped: Vec::new(),
        malformed: Vec::new(),
        consumed: text.len(),
        lines: 0,
    };
    let mut start = 0;
    while start < text.len() {
        let end = memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        let content = text[start..end].trim_ascii();
        if !content.is_empty() {
            let from = start + content.as_ptr().addr() - text[start..].as_ptr().addr();
            let span = Span {
                start: from as u32,
                end: (from + content.len()) as u32,
            };
            row(text, content, span, &index, line + split.lines, &mut split);
        }
        split.lines += 1;
        start = end + 1;
    }
    split
}

fn row(text: &[u8], content: &[u8], span: Span, index: &HashMap<&str, usize>, line: u64, split: &mut Split) {
    let before = split.rows.fields.len();
    let width = split.rows.width;
    split.rows.fields.resize(before + width, Span::EMPTY);
    let (floats_before, nested_before) = (split.rows.floats.len(), split.rows.nested.len());
    let (fields, unescaped) = (&mut split.rows.fields[before..], &mut split.unescaped);
    let (floats, nested) = (&mut split.rows.floats, &mut split.rows.nested);
    let result = match std::str::from_utf8(content) {
        Err(_) => Err(Reason::NotUtf8),
        Ok(object) => members(object, "", 0, &mut |name, value| {
            if let Some(&column) = index.get(name) {
                fields[column] = text_of(value, text, unescaped);
                let place = (before + column) as u32;
                if is_float(value.get()) {
                    floats.push(place);
                }
                nested.extend(nested_in(value.get()).map(|what| (place, what)));
            }
        })
        .map_err(|error| Reason::Row {
            message: format!("is not a JSON object: {error}"),
        }),
    };
    match result {
        Ok(()) => split.rows.rows.push(RowSpan { span, line }),
        Err(reason) => {
            split.rows.fields.truncate(before);
            split.rows.floats.truncate(floats_before);
            split.rows.nested.truncate(nested_before);
            split.malformed.push(Malformed {
                line,
                reason,
                row: content.to_vec(),
            });
        }
    }
}

/// What is there if it is no single value.
fn nested_in(raw: &str) -> Option<Nested> {
    match raw.as_bytes().first() {
        Some(b'{') => Some(Nested::Object),
        Some(b'[') => {
            let is_single =
                |item: &&RawValue| !item.get().starts_with(['[', '{']) && !string(item.get()).contains(';');
            match serde_json::from_str::<Vec<&RawValue>>(raw) {
                Ok(items) if items.iter().all(is_single) => Some(Nested::List),
                _ => Some(Nested::Items),
            }
        }
        _ => None,
    }
}

/// Is it a number with a fraction or an exponent, or a list with one?
fn is_float(raw: &str) -> bool {
    let number = |raw: &str| {
        raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) && raw.contains(['.', 'e', 'E'])
    };
    match raw.as_bytes().first() {
        Some(b'[') if raw.contains('.') || raw.contains(['e', 'E']) => {
            serde_json::from_str::<Vec<&RawValue>>(raw)
                .is_ok_and(|items| items.iter().any(|item| number(item.get())))
        }
        _ => number(raw),
    }
}

/// Appends a value's text to the arena: strings without quotes, lists joined with `;`, null as nothing.
fn text_of(value: &RawValue, text: &[u8], unescaped: &mut Vec<u8>) -> Span {
    let raw = value.get();
    let start = text.len() + unescaped.len();
    match raw.as_bytes().first() {
        Some(b'n') => {}
        Some(b'"') => unescaped.extend_from_slice(string(raw).as_bytes()),
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(raw) {
            Ok(items) => {
                let items: Vec<Cow<'_, str>> = items.iter().map(|item| string(item.get())).collect();
                unescaped.extend_from_slice(items.join(";").as_bytes());
            }
            Err(_) => unescaped.extend_from_slice(raw.as_bytes()),
        },
        _ => unescaped.extend_from_slice(raw.as_bytes()),
    }
    Span {
        start: start as u32,
        end: (text.len() + unescaped.len()) as u32,
    }
}

fn string(raw: &str) -> Cow<'_, str> {
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(plain) if memchr(b'\\', plain.as_bytes()).is_none() => Cow::Borrowed(plain),
        Some(_) => serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(raw), Cow::Owned),
        None => Cow::Borrowed(raw),
    }
}

/// Calls `each` with the dotted name and value of every member of an object, and with those of an inner object after its members.
fn members<'a>(
    object: &'a str,
    prefix: &str,
    depth: usize,
    each: &mut dyn FnMut(&str, &'a RawValue),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Members { prefix, depth, each })?;
    deserializer.end()
}

struct Members<'p, 'e, 'a> {
    prefix: &'p str,
    depth: usize,
    each: &'e mut dyn FnMut(&str, &'a RawValue),
}

impl<'de> Visitor<'de> for Members<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut dotted = String::new();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            let name: &str = if self.prefix.is_empty() {
                &key.0
            } else {
                dotted.clear();
                dotted.push_str(self.prefix);
                dotted.push('.');
                dotted.push_str(&key.0);
                &dotted
            };
            if value.get().starts_with('{') && self.depth + 1 < MAX_DEPTH {
                members(value.get(), name, self.depth + 1, self.each).map_err(serde::de::Error::custom)?;
            }
            (self.each)(name, value);
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: serde::de::Error>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_inner_objects_have_dotted_names() {
        let text = br#"{"id":18446744073709551615,"a":{"b":"x\"y","c":[1,"two"]},"n":null,"t":true}
not json
[1]
{"id":1} trailing

{"id":"z"}
"#;
        let columns = columns(text);
        assert_eq!(columns, ["id", "a.b", "a.c", "a", "n", "t"]);
        let mut split = split(text, &columns, 1);
        split.rows.arena = String::from_utf8([&text[..], &split.unescaped].concat()).expect("utf-8");
        let get = |row, column| split.rows.get(row, column);
        assert_eq!(get(0, 0), Some("18446744073709551615"));
        assert_eq!(get(0, 1), Some("x\"y"));
        assert_eq!(get(0, 2), Some("1;two"));
        assert_eq!(get(0, 4), None);
        assert_eq!(get(0, 5), Some("true"));
        let nested = |column| split.rows.nested_of(column).collect::<Vec<_>>();
        assert_eq!(
            (nested(2), nested(3)),
            (vec![(0, Nested::List)], vec![(0, Nested::Object)])
        );
        assert!([0, 1, 4, 5].into_iter().all(|column| nested(column).is_empty()));
        assert_eq!((get(1, 0), split.rows.rows[1].line), (Some("z"), 6));
        let lines: Vec<u64> = split.malformed.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }
}
