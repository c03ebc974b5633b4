//! The ids of files and parts in what a bank writes.
//!
//! An id is short, and one may begin as another does (`2026-11-02-1`, `2026-11-02-1-1`, `2026-11-02-12`). It is found in
//! small letters, glued to other words (`KREF+2026-11-02-1-1SVWZ+`), and with spaces and line ends in it. What is written
//! directly around it may make it another id: then it is none. Behind a space nobody can say whether an id goes on or another
//! word begins: where both are ids, both are named, and what is said is of neither alone. Where a text names none so, a
//! part is found with other signs in the places of its hyphens, too (`2026/11/02/1/1`, `2026-11-02 1-1`): banks change what their formats forbid.

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

    /// The parts that texts name with other signs in the places of hyphens. Of a file no more than a date and a number would stand there,
    /// which others write, too.
    fn with_other_signs<'s>(&'s self, texts: &[String], found: &mut Vec<&'s T>) {
        let mut ids = BTreeSet::new();
        for text in texts.iter().filter(|_| !self.known.is_empty()) {
            let text = Signed::new(text);
            let may_begin = |at: &usize| self.firsts.contains(&text.as_hyphens[*at]) && text.begins(*at);
            for at in (0..text.as_hyphens.len()).filter(may_begin) {
                let words = self
                    .lengths
                    .iter()
                    .rev()
                    .filter_map(|length| text.word(at, *length));
                let mut known = words.filter_map(|word| self.known.get_key_value(word));
                if let Some((id, named)) = known.next()
                    && ids.insert(id)
                {
                    found.extend(named);
                }
            }
        }
    }
}

/// A text in small letters with one space for each run of them, and with hyphens in the places of signs.
struct Signed {
    bytes: Vec<u8>,
    as_hyphens: Vec<u8>,
}

/// What may stand in the place of a hyphen.
const SIGNS: &[u8] = b"-/_. ";
/// So many hyphens a part's id has, at least; a file's has one less.
const OF_PART: usize = 4;

impl Signed {
    fn new(text: &str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let bytes = words.join(" ").to_ascii_lowercase().into_bytes();
        let hyphen = |byte: &u8| if SIGNS.contains(byte) { b'-' } else { *byte };
        let as_hyphens = bytes.iter().map(hyphen).collect();
        Self { bytes, as_hyphens }
    }

    /// Whether an id may begin at a place: it goes on with nothing that stands before it.
    fn begins(&self, at: usize) -> bool {
        let is_digit = |at: Option<usize>| at.is_some_and(|at| self.bytes[at].is_ascii_digit());
        match at.checked_sub(1).map(|before| self.bytes[before]) {
            None | Some(b' ') => true,
            Some(before) if SIGNS.contains(&before) => !is_digit(at.checked_sub(2)),
            Some(before) => !is_alike(before, self.bytes[at]),
        }
    }

    /// As many bytes as a part's id has, with hyphens for its signs, if nothing goes on with them. The signs are all one, or hyphens of
    /// which one is a space: formats forbid some where a line begins.
    fn word(&self, at: usize, length: usize) -> Option<&[u8]> {
        let word = self.as_hyphens.get(at..at + length)?;
        let is_digit = |at: usize| self.bytes.get(at).is_some_and(u8::is_ascii_digit);
        let end = at + length;
        let goes_on = match self.bytes.get(end) {
            None | Some(b' ') => false,
            Some(next) if SIGNS.contains(next) => is_digit(end + 1),
            Some(next) => is_alike(self.bytes[end - 1], *next),
        };
        let signs: Vec<u8> = self.bytes[at..end]
            .iter()
            .copied()
            .filter(|byte| SIGNS.contains(byte))
            .collect();
        let hyphens = signs.iter().filter(|sign| **sign == b'-').count();
        let spaces = signs.iter().filter(|sign| **sign == b' ').count();
        let is_one_sign = signs.iter().all(|sign| *sign == signs[0]);
        let is_broken = spaces == 1 && hyphens + 1 == signs.len();
        (!goes_on && signs.len() >= OF_PART && (is_one_sign || is_broken)).then_some(word)
    }
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
            ("2026_11_02_1_12", &["2026-11-02-1-12"]),
            ("2026_11_02_15", &[]),
            ("2026/11/02/1/1 03.11.2026", &["2026-11-02-1-1"]),
            ("KONTO 0202051 2026/11/02/1/1 250.00 EUR", &["2026-11-02-1-1"]),
            ("2026 11 02 1 1 4 POSTEN", &["2026-11-02-1-1"]),
            ("Rechnung 2026-11-02 1/1", &[]),
            ("INV 2026.11.02.1", &[]),
            ("7/2026/11/02/1/1", &[]),
            ("2026.11.02.1.7", &[]),
            ("2026.11.02 1 STK", &[]),
            ("VOM 2026-11-02 15:00", &[]),
            ("2026-11-02\n1-1", &["2026-11-02-1-1"]),
            ("2026111511", &[]),
            ("", &[]),
        ] {
            let found: Vec<&str> = ids.named(&[text.to_owned()]).into_iter().copied().collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
