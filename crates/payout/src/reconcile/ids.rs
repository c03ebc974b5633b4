//! The ids of files and parts in what a bank writes.
//!
//! An id is short, and one may begin as another does (`2026-11-02-1`, `2026-11-02-1-1`, `2026-11-02-12`). It is found in
//! small letters, glued to other words (`KREF+2026-11-02-1-1SVWZ+`), and with spaces and line ends in it. What is written
//! directly around it may make it another id: then it is none. Behind a space nobody can say whether an id goes on or another
//! word begins: where both are ids, both are named, and what is said is of neither alone. Where a text names none so, other
//! signs in the places of its hyphens are taken for them (`2026/11/02/1/1`, `2026-11-02 1-1`): banks change what their formats forbid.

use std::collections::{BTreeSet, HashMap};

/// What is known under ids.
pub(super) struct Ids<T> {
    known: HashMap<Vec<u8>, Vec<T>>,
    lengths: BTreeSet<usize>,
    /// What ids begin with.
    firsts: BTreeSet<u8>,
}

impl<'i, T> FromIterator<(&'i str, T)> for Ids<T> {
    fn from_iter<I: IntoIterator<Item = (&'i str, T)>>(all: I) -> Self {
        let mut known: HashMap<Vec<u8>, Vec<T>> = HashMap::new();
        for (id, named) in all {
            known
                .entry(id.to_lowercase().into_bytes())
                .or_default()
                .push(named);
        }
        let lengths = known.keys().map(Vec::len).collect();
        let firsts = known.keys().filter_map(|id| id.first().copied()).collect();
        Self {
            known,
            lengths,
            firsts,
        }
    }
}

/// A text in small letters without its spaces, and the places at which some stood.
struct Squeezed {
    bytes: Vec<u8>,
    /// Whether a space stood before a byte.
    gaps: Vec<bool>,
}

impl Squeezed {
    fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len());
        let mut gaps = Vec::with_capacity(text.len());
        for word in text.split_whitespace() {
            gaps.push(true);
            bytes.extend(word.bytes().map(|byte| byte.to_ascii_lowercase()));
            gaps.resize(bytes.len(), false);
        }
        Self { bytes, gaps }
    }

    /// The byte at a place, if nothing but it stands between the place before and it.
    fn directly(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied().filter(|_| !self.gaps[at])
    }

    /// Whether an id may begin at a place: nothing before it makes it the end of another one.
    fn begins(&self, at: usize) -> bool {
        let first = self.bytes[at];
        if self.gaps[at] || !first.is_ascii_alphanumeric() {
            return first.is_ascii_alphanumeric();
        }
        match self.bytes[at - 1] {
            b'-' if at >= 2 && !self.gaps[at - 1] => !self.bytes[at - 2].is_ascii_digit(),
            before => !is_alike(before, first),
        }
    }

    /// Whether an id may end before a place: nothing behind it makes it the beginning of another one.
    fn ends(&self, at: usize) -> bool {
        let Some(next) = self.directly(at) else {
            return true;
        };
        match next {
            b'-' => !self.directly(at + 1).is_some_and(|after| after.is_ascii_digit()),
            next => !is_alike(self.bytes[at - 1], next) || self.is_key(at),
        }
    }

    /// Whether one of the keys of SEPA's subfields stands at a place: three or four letters and a plus (`SVWZ+`).
    fn is_key(&self, at: usize) -> bool {
        let rest = &self.bytes[at..];
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        (3..=4).contains(&letters) && rest.get(letters) == Some(&b'+')
    }
}

/// Whether two are both digits or both letters: then they are of one word.
fn is_alike(one: u8, other: u8) -> bool {
    one.is_ascii_digit() && other.is_ascii_digit() || one.is_ascii_alphabetic() && other.is_ascii_alphabetic()
}

impl<T> Ids<T> {
    /// All that texts name, in the order of the texts.
    pub(super) fn named(&self, texts: &[String]) -> Vec<&T> {
        let mut found = Vec::new();
        let mut ids = BTreeSet::new();
        for text in texts.iter().filter(|_| !self.known.is_empty()) {
            let text = Squeezed::new(text);
            let may_begin = |at: &usize| self.firsts.contains(&text.bytes[*at]) && text.begins(*at);
            for at in (0..text.bytes.len()).filter(may_begin) {
                for length in &self.lengths {
                    let Some(word) = text.bytes.get(at..at + length) else {
                        break;
                    };
                    if let Some((id, named)) = self.known.get_key_value(word)
                        && text.ends(at + length)
                        && ids.insert(id)
                    {
                        found.extend(named);
                    }
                }
            }
        }
        if found.is_empty() {
            self.with_other_signs(texts, &mut found);
        }
        found
    }

    /// What texts name with other signs in the places of hyphens.
    fn with_other_signs<'s>(&'s self, texts: &[String], found: &mut Vec<&'s T>) {
        let mut ids = BTreeSet::new();
        for text in texts.iter().filter(|_| !self.known.is_empty()) {
            let text = signs_as_hyphens(text);
            let text = Squeezed::new(&text);
            let may_begin = |at: &usize| self.firsts.contains(&text.bytes[*at]) && text.begins(*at);
            for at in (0..text.bytes.len()).filter(may_begin) {
                // The longest: what follows a space is one of its parts here.
                let words = self
                    .lengths
                    .iter()
                    .rev()
                    .filter_map(|length| Some((*length, text.bytes.get(at..at + length)?)));
                let mut known =
                    words.filter_map(|(length, word)| Some((length, self.known.get_key_value(word)?)));
                if let Some((_, (id, named))) = known.find(|(length, _)| text.ends(at + length))
                    && ids.insert(id)
                {
                    found.extend(named);
                }
            }
        }
    }
}

/// A text with hyphens in the places of signs between digits, and of spaces where a part's number or more spaces follow: behind a
/// date with signs a space is one.
fn signs_as_hyphens(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let bytes = text.as_bytes();
    let digits = |at: usize| {
        bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let stands_for_hyphen = |at: usize, sign: char| {
        let is_sign = "/_. ".contains(sign);
        let is_between = is_sign && at > 0 && bytes[at - 1].is_ascii_digit() && digits(at + 1) > 0;
        let behind = || at + 1 + digits(at + 1);
        let goes_on =
            || bytes.get(behind()).is_some_and(|sign| b"-/_. ".contains(sign)) && digits(behind() + 1) > 0;
        let is_spaced = || {
            text[..at]
                .trim_end_matches(|sign: char| sign.is_ascii_digit())
                .ends_with(' ')
        };
        is_between && (sign != ' ' || goes_on() || is_spaced())
    };
    let all = text.char_indices();
    all.map(|(at, sign)| if stands_for_hyphen(at, sign) { '-' } else { sign })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two files of a day, the first with parts 1, 2 and 12.
    const KNOWN: [&str; 6] = [
        "2026-11-02-1",
        "2026-11-02-1-1",
        "2026-11-02-1-2",
        "2026-11-02-1-12",
        "2026-11-02-15",
        "2026-11-a",
    ];

    #[test]
    fn however_it_is_written() {
        let ids: Ids<&str> = KNOWN.into_iter().map(|id| (id, id)).collect();
        for (text, expected) in [
            ("2026-11-02-1", &["2026-11-02-1"][..]),
            ("KREF+2026-11-02-1-1SVWZ+PAYOUTS", &["2026-11-02-1-1"]),
            ("EREF+NOTPROVIDEDKREF+2026-11-02-1SVWZ+x", &["2026-11-02-1"]),
            ("KREF+2026-11-aSVWZ+x", &["2026-11-a"]),
            ("kref+2026-11-A purp+", &["2026-11-a"]),
            ("SAMMLER2026-11-02-15, 4 POSTEN", &["2026-11-02-15"]),
            ("KREF-2026-11-02-1-2-END", &["2026-11-02-1-2"]),
            ("2026-11-0\n2-1-2 SVWZ", &["2026-11-02-1-2"]),
            ("2 0 2 6 - 1 1 - 0 2 - 1 5", &["2026-11-02-1", "2026-11-02-15"]),
            ("KREF+2026-11-02-\n1-12SVWZ", &["2026-11-02-1-12"]),
            ("KREF+2026-11-02-1-\n12SVWZ", &["2026-11-02-1", "2026-11-02-1-12"]),
            ("2026-11-02-1 4 POSTEN", &["2026-11-02-1"]),
            ("2026-11-02-1 2026-11-02-1-1", &["2026-11-02-1", "2026-11-02-1-1"]),
            // It may be part 1 of which two are meant, or part 12.
            ("2026-11-02-1-1\n2", &["2026-11-02-1-1", "2026-11-02-1-12"]),
            ("2026-11-02-13", &[]),
            ("2026-11-02-1-7", &[]),
            ("2026-11-02-151", &[]),
            ("2026-11-02-1-123", &[]),
            ("12026-11-02-1", &[]),
            ("7-2026-11-02-1", &[]),
            ("2026-11-ab", &[]),
            ("2026-11-02", &[]),
            ("ü2026-11-02-1ü", &["2026-11-02-1"]),
            ("SAMMLER 2026/11/02/1/1, 4 POSTEN", &["2026-11-02-1-1"]),
            ("2026 11 02 1 1", &["2026-11-02-1-1"]),
            ("2026-11-02 1-1", &["2026-11-02-1-1"]),
            ("2026_11_02_15", &["2026-11-02-15"]),
            ("2026.11.02.1.7", &[]),
            ("2026.11.02 1 STK", &[]),
            ("VOM 2026-11-02 15:00", &[]),
            ("2026-11-02\n1-1", &["2026-11-02-1-1"]),
            ("2026 11 02 15", &["2026-11-02-15"]),
            ("2026111511", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = ids.named(&[text.to_owned()]).into_iter().copied().collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
