//! The characters that every bank takes, and how others become them.
//!
//! Allowed are `a-z A-Z 0-9 / - ? : ( ) . , ' +` and space. German umlauts become two letters (`ä` is `ae`,
//! `ß` is `ss`, as the German banks allow), other letters follow the conversion table of the European
//! Payments Council (EPC217-08): `é` is `e`, `ø` is `o`, `Щ` is `SHT`. What that table does not know (Chinese,
//! Arabic, Hangul and others) is romanised; what has no sound is left out.

use sepa::charset::{Transliteration, is_sepa_char, transliterate};

/// What banks write for something that is not there.
pub(crate) const NOT_PROVIDED: &str = "NOTPROVIDED";

/// A text in allowed characters, at most `most` of them, without space at its ends or twice in a row. Never
/// empty: `NOTPROVIDED` if nothing is left.
pub fn latin(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push(&mut out, c);
    }
    let words: Vec<&str> = out.split(' ').filter(|word| !word.is_empty()).collect();
    let joined = words.join(" ");
    // Some banks read a slash at the start, or two of them, as their own codes.
    let mut kept = joined.trim_start_matches('/').to_owned();
    while kept.contains("//") {
        kept = kept.replace("//", "/");
    }
    kept.truncate(most);
    let kept = kept.trim();
    if kept.is_empty() || !kept.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
        NOT_PROVIDED.chars().take(most).collect()
    } else {
        kept.to_owned()
    }
}

fn push(out: &mut String, c: char) {
    if is_sepa_char(c) {
        out.push(c);
        return;
    }
    if c.is_whitespace() || c.is_control() {
        out.push(' ');
        return;
    }
    let mut buffer = [0; 4];
    let table = transliterate(c.encode_utf8(&mut buffer), Transliteration::German);
    // The table answers a full stop for what it does not know.
    if table != "." {
        out.extend(table.chars().filter(|c| is_sepa_char(*c)));
        return;
    }
    match deunicode::deunicode_char(c) {
        Some(sound) => out.extend(sound.chars().filter(|c| is_sepa_char(*c))),
        None => out.push(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names() {
        for (text, expected) in [
            ("Jörg Müßig", "Joerg Muessig"),
            ("André Gonçalves Ñandú", "Andre Goncalves Nandu"),
            ("Bjørn Ångström", "Bjorn Angstroem"),
            ("Łukasz Żółć", "Lukasz Zolc"),
            ("Γιώργος", "Giorgos"),
            ("Щукин Юрий", "SHTukin YUriy"),
            ("北京", "Bei Jing"),
            ("O'Neil & Sons <Ltd>", "O'Neil + Sons (Ltd)"),
            ("//a///b", "a/b"),
            ("  two   spaces\n", "two spaces"),
            ("🦀🦀", "crab crab"),
            ("\u{200b}", "NOTPROVIDED"),
            ("...", "NOTPROVIDED"),
        ] {
            assert_eq!(latin(text, 140), expected, "{text}");
        }
        assert_eq!(latin("ßßß", 5), "sssss");
        assert_eq!(latin("abcd efgh", 5), "abcd");
    }

    proptest! {
        #[test]
        fn always_allowed(text in any::<String>(), most in 1_usize..150) {
            let out = latin(&text, most);
            prop_assert!(!out.is_empty() && out.len() <= most);
            prop_assert!(out.chars().all(is_sepa_char));
            prop_assert_eq!(out.trim(), &out);
        }
    }
}
