//! Whether two names may be one person's: what every check that wants two people compares.
//!
//! Names are what people say of themselves, so the comparison errs on the side of one person. A name is compared by its
//! letters and digits alone: without case, accents, spaces and signs, and look-alikes of other alphabets (Unicode's
//! table of confusables, UTS 39) are the letters they look like. It never finds out who somebody is: `ann` and
//! `ann.smith` are two people here.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// Whether two names may be one person's. Names without a letter or digit are nobody's, and never somebody else's.
pub fn is_same_person(one: &str, other: &str) -> bool {
    let (one, other) = (looks(one), looks(other));
    one.iter()
        .any(|look| look.is_empty() || other.iter().any(|other| other.is_empty() || other == look))
}

/// Whether a name has a letter or digit to tell it by.
pub fn is_name(name: &str) -> bool {
    looks(name).iter().all(|look| !look.is_empty())
}

/// Small capitals, which no table of Unicode folds, with their letters.
const SMALL_CAPITALS: [(char, char); 24] = [
    ('ᴀ', 'a'),
    ('ʙ', 'b'),
    ('ᴄ', 'c'),
    ('ᴅ', 'd'),
    ('ᴇ', 'e'),
    ('ꜰ', 'f'),
    ('ɢ', 'g'),
    ('ʜ', 'h'),
    ('ɪ', 'i'),
    ('ᴊ', 'j'),
    ('ᴋ', 'k'),
    ('ʟ', 'l'),
    ('ᴍ', 'm'),
    ('ɴ', 'n'),
    ('ᴏ', 'o'),
    ('ᴘ', 'p'),
    ('ʀ', 'r'),
    ('ꜱ', 's'),
    ('ᴛ', 't'),
    ('ᴜ', 'u'),
    ('ᴠ', 'v'),
    ('ᴡ', 'w'),
    ('ʏ', 'y'),
    ('ᴢ', 'z'),
];

/// Letters in circles and squares that are filled, which no table of Unicode folds: where each of these alphabets begins.
const FILLED: [u32; 3] = [0x1_F150, 0x1_F170, 0x1_F1E6];

fn plain(letter: char) -> char {
    let place = |first: &u32| u32::from(letter).checked_sub(*first).filter(|place| *place < 26);
    if let Some(place) = FILLED.iter().find_map(place) {
        return ('a'..='z').nth(place as usize).unwrap_or(letter);
    }
    let found = SMALL_CAPITALS.iter().find(|(small, _)| *small == letter);
    found.map_or(letter, |(_, letter)| *letter)
}

/// What a name looks like in small letters, as it is written, and in capitals: a capital `I` looks like a small `l`, a Greek
/// capital `Ν` like an `N`, and the small Cyrillic `в` like a `B` in capitals alone.
fn looks(name: &str) -> [String; 4] {
    let plain: String = name
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .map(plain)
        .collect();
    let look = |text: &str| letters(&skeleton(text).collect::<String>());
    // Of compatible letters some are other ones: a lunate sigma looks like a `c`, and a sigma does not.
    [
        letters(&plain),
        look(&plain),
        look(&plain.to_uppercase()),
        look(name),
    ]
}

/// The letters and digits of a text in small letters, each as what it looks like.
fn letters(text: &str) -> String {
    // Capitals first: they write ß as SS.
    let small = text.to_uppercase().to_lowercase();
    let look = skeleton(&small).flat_map(char::to_lowercase);
    look.filter(|c| c.is_alphanumeric() && !is_combining_mark(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_ways_of_writing_a_name_are_no_second_person() {
        for (name, others) in [
            (
                "ann",
                &[
                    "ann.",
                    "a n n",
                    "Ann",
                    " ann ",
                    "ANN",
                    "a-n-n",
                    "_ann_",
                    "ann\u{200b}",
                    "ann\u{3164}",
                    "\u{1f170}nn",
                    "\u{1f150}\u{1f17d}n",
                    "\u{1f1e6}nn",
                    "a\u{ad}nn",
                    "ａｎｎ",
                    "𝐚𝐧𝐧",
                    "аnn",
                    "AΝΝ",
                    "Αnn",
                    "aոո",
                    "ánn",
                    "a\u{301}nn",
                    "añn",
                    "“ann”",
                    "(ann)",
                    "ann…",
                    "@ann",
                    "ⓐⓝⓝ",
                    "ᴀɴɴ",
                ][..],
            ),
            ("iris", &["Iris", "IRIS", "Ιris", "іris", "lris", "1ris", "|ris"]),
            ("carl", &["\u{3f2}arl", "Carl", "сarl"]),
            ("bob", &["Воb", "b0b", "ВОВ", "вob."]),
            ("Straße", &["STRASSE", "strasse", "Stra ße"]),
            ("José", &["Jose\u{301}", "JOSÉ", "jose"]),
            ("北京", &["北 京", "北京。"]),
            ("mira", &["Mira", "MIRA", "rnira"]),
        ] {
            assert!(is_same_person(name, name), "{name}");
            for other in others {
                assert!(is_same_person(name, other), "{name} and {other}");
                assert!(is_same_person(other, name), "{other} and {name}");
            }
        }
    }

    #[test]
    fn other_names_are_other_people() {
        for (one, other) in [
            ("ann", "bob"),
            ("ann", "anna"),
            ("ann", "nan"),
            ("ann1", "ann2"),
            ("ann", "ann smith"),
            ("北京", "東京"),
            ("Анна", "Иван"),
            ("kim", "tim"),
        ] {
            assert!(!is_same_person(one, other), "{one} and {other}");
        }
    }

    #[test]
    fn a_name_without_letters_is_nobodys() {
        for name in ["", " ", ".", "---", "\u{200b}", "\u{301}", "👍"] {
            assert!(!is_name(name), "{name:?}");
            assert!(is_same_person(name, "ann"), "{name:?}");
        }
        assert!(is_name("7") && is_name("ann") && is_name("Ю"));
    }
}
