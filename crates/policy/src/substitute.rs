//! A document with some values changed: what-if questions, and tests that run a shipped program with
//! other figures.

use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Why a value could not be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// The document is no TOML.
    #[error("the document is not TOML: {message}")]
    Unreadable {
        /// What the TOML reader says.
        message: String,
    },
    /// The document has no such key.
    #[error(
        "the document has no `{path}` to change: name a key that it has, e.g. pool.creator_share or caps[1].amount"
    )]
    NoSuchKey {
        /// The path asked for.
        path: String,
    },
    /// The path leads to a table.
    #[error("`{path}` is a table: name one of its keys")]
    NotAValue {
        /// The path asked for.
        path: String,
    },
}

/// Replaces the value at a dotted path (`pool.creator_share`, `caps[1].amount`) by a TOML literal, and
/// leaves every other byte as it is. The result is a document like any other: it is checked when parsed.
pub fn substitute(document: &str, path: &str, literal: &str) -> Result<String, SubstituteError> {
    let table = DeTable::parse(document).map_err(|error| SubstituteError::Unreadable {
        message: error.message().to_owned(),
    })?;
    let span = value_at(table.get_ref(), path)?;
    Ok(format!(
        "{}{literal}{}",
        &document[..span.start],
        &document[span.end..]
    ))
}

fn value_at(root: &DeTable<'_>, path: &str) -> Result<Range<usize>, SubstituteError> {
    let no_such_key = || SubstituteError::NoSuchKey {
        path: path.to_owned(),
    };
    let mut table = root;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let (key, index) = split_index(part).ok_or_else(no_such_key)?;
        let mut value = table.get(key).ok_or_else(no_such_key)?;
        if let Some(index) = index {
            let element = value.get_ref().as_array().and_then(|array| array.get(index));
            value = element.ok_or_else(no_such_key)?;
        }
        match (value.get_ref(), parts.peek()) {
            (DeValue::Table(next), Some(_)) => table = next,
            (DeValue::Table(_), None) => {
                return Err(SubstituteError::NotAValue {
                    path: path.to_owned(),
                });
            }
            (_, Some(_)) => return Err(no_such_key()),
            (_, None) => return Ok(value.span()),
        }
    }
    Err(no_such_key())
}

/// `caps[2]` is the second of `caps`.
fn split_index(part: &str) -> Option<(&str, Option<usize>)> {
    let Some((key, rest)) = part.split_once('[') else {
        return Some((part, None));
    };
    let index = rest.strip_suffix(']')?.parse::<usize>().ok()?.checked_sub(1)?;
    Some((key, Some(index)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str =
        "a = 1 # one\n[pool]\nshare = \"70%\"\n[[caps]]\namount = \"1\"\n[[caps]]\namount = \"2\"\n";

    #[test]
    fn only_the_value_changes() {
        let changed = |path, literal| substitute(DOCUMENT, path, literal).expect("a value");
        assert_eq!(changed("a", "2"), DOCUMENT.replace("a = 1", "a = 2"));
        assert_eq!(changed("pool.share", "\"100%\""), DOCUMENT.replace("70%", "100%"));
        assert_eq!(
            changed("caps[2].amount", "\"60\""),
            DOCUMENT.replace("\"2\"", "\"60\"")
        );
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused() {
        let refused = |path| substitute(DOCUMENT, path, "1").expect_err("no value").to_string();
        assert_eq!(refused("pool"), "`pool` is a table: name one of its keys");
        for path in [
            "b",
            "pool.b",
            "a.b",
            "caps[3].amount",
            "caps[0].amount",
            "caps[x].amount",
            "",
        ] {
            assert!(refused(path).contains("to change"), "{path}");
        }
    }
}
