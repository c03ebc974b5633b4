//! By which codes and words banks say that they were sent the same before, in the languages that they write.

/// Codes of duplicates.
const DUPLICATE: [&str; 7] = ["AM05", "DU01", "DU02", "DU03", "DU04", "DU05", "DUPL"];

/// How words begin by which banks say that something is a duplicate, in small letters.
const TWICE: [&str; 28] = [
    "duplic",
    "duplik",
    "dublet",
    "dubblet",
    "doppelt",
    "doppelz",
    "doppele",
    "doppelü",
    "doublon",
    "dubbel",
    "dobbel",
    "double",
    "doppi",
    "zweiteinreich",
    "resubmi",
    "mehrfach",
    "repeat",
    "repet",
    "répét",
    "ripet",
    "zduplik",
    "kaksois",
    "podwoj",
    "podwój",
    "дубл",
    "διπλ",
    "重复",
    "重複",
];

/// Words by which they say that they have it already: alone it may be an account that is already closed.
const ALREADY: [&str; 44] = [
    "already",
    "before",
    "earlier",
    "zuvor",
    "früher",
    "al",
    "tidligere",
    "tidigare",
    "aiemmin",
    "previously",
    "previous",
    "bereits",
    "schon",
    "zweimal",
    "déjà",
    "deja",
    "reeds",
    "già",
    "gia",
    "ya",
    "já",
    "allerede",
    "redan",
    "już",
    "juz",
    "již",
    "twice",
    "2nd",
    "second",
    "erneut",
    "nochmals",
    "again",
    "už",
    "uz",
    "jo",
    "már",
    "zaten",
    "уже",
    "juba",
    "jau",
    "že",
    "već",
    "vec",
    "anteriormente",
];
/// How words begin for what is done with it then.
const DONE: [&str; 94] = [
    "proces",
    "submit",
    "receiv",
    "execut",
    "sent",
    "paid",
    "book",
    "used",
    "verarbeit",
    "eingereicht",
    "erhalten",
    "ausgeführt",
    "ausgefuehrt",
    "exécut",
    "gebucht",
    "vorhanden",
    "verwendet",
    "trait",
    "reçu",
    "recu",
    "exist",
    "upload",
    "load",
    "transmi",
    "übermittel",
    "uebermittel",
    "übertragen",
    "hochgeladen",
    "system",
    "present",
    "known",
    "bekannt",
    "vergeben",
    "liegt",
    "verwerk",
    "mottat",
    "ricevut",
    "elaborat",
    "ontvang",
    "ingedien",
    "aangebo",
    "uitgevoer",
    "geboekt",
    "bestaat",
    "wczytan",
    "przetworz",
    "otrzyman",
    "zrealiz",
    "wykonan",
    "istniej",
    "przyjęt",
    "przyjet",
    "wysłan",
    "wyslan",
    "zaksięg",
    "zaksieg",
    "přijat",
    "prijat",
    "zpracov",
    "spracov",
    "proveden",
    "odeslán",
    "odeslan",
    "behandl",
    "modtag",
    "mottag",
    "udført",
    "utført",
    "utförd",
    "bokför",
    "bokfør",
    "skickad",
    "sendt",
    "käsitel",
    "vastaanot",
    "lähete",
    "procesad",
    "recibid",
    "enviad",
    "ejecutad",
    "recebid",
    "inviat",
    "eseguit",
    "caricat",
    "envoy",
    "présent",
    "comptabilis",
    "feldolgoz",
    "beérkez",
    "işlen",
    "обработ",
    "получен",
    "исполнен",
    "загруж",
];

/// How nouns of what is done end.
const NOUNS: [&str; 4] = ["ion", "ing", "ung", "ment"];

/// That an id is another's, and that something is sent once more.
const UNIQUE: [&str; 17] = [
    "not unique",
    "non-unique",
    "non unique",
    "be unique",
    "nicht eindeutig",
    "second transm",
    "second subm",
    "second time",
    "re-subm",
    "re-sent",
    "zweite einreich",
    "zweite übermitt",
    "zweites mal",
    "deuxième envoi",
    "segundo env",
    "payment exists",
    "order exists",
];
/// Words for what was sent, by which they say that they have one like it.
const FILES: [&str; 9] = [
    "file",
    "message",
    "payment",
    "order",
    "datei",
    "nachricht",
    "zahlung",
    "fichier",
    "auftrag",
];
/// How words begin for that.
const ALIKE: [&str; 2] = ["identic", "identis"];
/// So many words apart they still belong together.
const APART: usize = 3;

/// Whether a word of one kind stands near a word of another.
fn are_near(words: &[&str], one: impl Fn(&str) -> bool, other: impl Fn(&str) -> bool) -> bool {
    let places = words.iter().enumerate().filter(|(_, word)| one(word));
    places.into_iter().any(|(at, _)| {
        let near = at.saturating_sub(APART)..=(at + APART).min(words.len() - 1);
        words[near].iter().any(|word| other(word))
    })
}

/// Whether a code, with words beside it, says so. `is_known`: the code is one that says something else.
pub(super) fn is_said(code: &str, text: Option<&str>, is_known: bool) -> bool {
    let code = code.to_ascii_uppercase();
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let text = format!("{code} {}", text.unwrap_or_default()).to_lowercase();
    let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
    let begins = |word: &str, all: &[&str]| all.iter().any(|start| word.starts_with(start));
    // What is still to be done is a noun: an account was closed before the execution.
    let is_noun = |word: &str| NOUNS.iter().any(|end| word.ends_with(end));
    let is_done = |word: &str| begins(word, &DONE) && !is_noun(word);
    // A code of the bank's own may have one of these in it. Words must say that it is a duplicate, or what was done with it already.
    let is_code = DUPLICATE.iter().any(|known| match is_known {
        true => code == *known,
        false => plain.contains(known),
    });
    let is_code_in_words = words
        .iter()
        .any(|word| DUPLICATE.iter().any(|known| known.eq_ignore_ascii_case(word)));
    is_code
        || is_code_in_words
        || words.iter().any(|word| begins(word, &TWICE))
        || UNIQUE.iter().any(|words| text.contains(words))
        || are_near(&words, |word| ALREADY.contains(&word), is_done)
        || are_near(&words, |word| begins(word, &ALIKE), |word| FILES.contains(&word))
}

#[cfg(test)]
mod tests {
    use crate::iso20022::Reason;

    #[test]
    fn codes_and_words() {
        let duplicate = |code: &str, text: &str| {
            let text = (!text.is_empty()).then(|| text.to_owned());
            let code = code.to_owned();
            Reason { code, text }.is_duplicate()
        };
        for (code, text) in [
            ("DU01", ""),
            ("du05", ""),
            ("AM05", "x"),
            ("DUPL", ""),
            ("NARR", "Duplicate file"),
            ("DUPLICATE_FILE", ""),
            ("X1", "Datei doppelt"),
            ("AC04", "second transmission"),
            ("AC04", "re-submission of file"),
            ("AC04", "zweite Einreichung"),
            ("AC04", "kaksoiskappale"),
            ("AC04", "podwójna płatność"),
            ("AC04", "Order bereits ausgefuehrt"),
            ("AC04", "erneut eingereicht"),
            ("AC04", "ordre déjà exécuté"),
            ("AC04", "PAYMENT EXISTS"),
            ("AC04", "дубликат"),
            ("AC04", "Plik juz wczytany"),
            ("AC04", "Bestand reeds ontvangen"),
            ("AC04", "Soubor již byl zpracován"),
            ("AC04", "Filen er allerede mottatt"),
            ("AC04", "fichero ya procesado"),
            ("AC04", "file già caricato"),
        ] {
            assert!(duplicate(code, text), "{code} {text}");
        }
        for (code, text) in [
            ("AC04", "already closed"),
            ("AC04", "Account closed before execution"),
            ("AC01", "Konto vor Ausführung gelöscht, zuvor Bearbeitung"),
            ("AM04", ""),
            ("NARR", "closed"),
            ("", ""),
        ] {
            assert!(!duplicate(code, text), "{code} {text}");
        }
    }
}
