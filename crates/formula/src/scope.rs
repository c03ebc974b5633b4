//! The names a formula may use.

use crate::Type;
use std::collections::BTreeMap;

/// The variables a formula may use: dotted names, each with a type and a short description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    variables: BTreeMap<String, Variable>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Variable {
    ty: Type,
    doc: String,
}

impl Scope {
    /// A scope without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a variable, or replaces the one of that name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, ty: Type, doc: impl Into<String>) -> Self {
        self.variables
            .insert(name.into(), Variable { ty, doc: doc.into() });
        self
    }

    /// The type of a variable.
    pub fn type_of(&self, name: &str) -> Option<Type> {
        self.variables.get(name).map(|variable| variable.ty)
    }

    /// The description of a variable.
    pub fn doc(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(|variable| variable.doc.as_str())
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str)
    }

    /// The known name closest to a misspelt one, if one is close: at most a third of it differs, or
    /// it is the last part of the known name.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let suffix = format!(".{name}");
        if let Some(found) = self.names().find(|known| known.ends_with(&suffix)) {
            return Some(found);
        }
        let bound = (name.chars().count() / 3).max(1);
        self.names()
            .map(|known| (edit_distance(name, known), known))
            .filter(|(distance, _)| *distance <= bound)
            .min()
            .map(|(_, known)| known)
    }

    /// Can a formula refer to this name? Each dotted part must be a letter or `_`, then letters, digits
    /// or `_`, and no word of the language.
    pub fn is_name(name: &str) -> bool {
        const WORDS: [&str; 7] = ["and", "or", "not", "in", "true", "false", "null"];
        name.split('.').all(|part| {
            let starts = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            let continues = part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            starts && continues && !WORDS.contains(&part)
        })
    }
}

/// How many characters to insert, delete or replace to turn one text into the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, left) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (index, right) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (from, to, expected) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("views", "view", 1),
        ] {
            assert_eq!(edit_distance(from, to), expected, "{from} {to}");
            assert_eq!(edit_distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn suggests_near_names_only() {
        let scope = Scope::new()
            .with("creator.followers", Type::Number, "followers")
            .with("views", Type::Number, "views");
        assert_eq!(scope.nearest("creator.folowers"), Some("creator.followers"));
        assert_eq!(scope.nearest("followers"), Some("creator.followers"));
        assert_eq!(scope.nearest("view"), Some("views"));
        assert_eq!(scope.nearest("country"), None);
        assert_eq!(Scope::new().nearest("x"), None);
    }

    #[test]
    fn names_that_formulas_can_say() {
        for name in ["a", "creator.views_30d", "_x", "A9"] {
            assert!(Scope::is_name(name), "{name}");
        }
        for name in ["", "9a", "a b", "a.", ".a", "not", "a.in", "é", "a-b"] {
            assert!(!Scope::is_name(name), "{name}");
        }
    }
}
