//! What the number behind an IBAN's check digits is made of: the bank's national code and the account's national number.
//!
//! A table, and nothing else: whether an account or a bank exists is not known here.

use super::checked::Iban;

/// One letter for each character behind the check digits: `B` the first letters of the bank's BIC, `c` the bank's national
/// code with that of its branch, `n` the account's number, `-` what is neither (national check digits, mostly). Source: the
/// IBAN registry of SWIFT (ISO 13616), its positions of bank and branch.
const LAYOUTS: [(&str, &str); 89] = [
    ("AD", "ccccccccnnnnnnnnnnnn"),
    ("AE", "cccnnnnnnnnnnnnnnnn"),
    ("AL", "ccccccc-nnnnnnnnnnnnnnnn"),
    ("AT", "cccccnnnnnnnnnnn"),
    ("AZ", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("BA", "ccccccnnnnnnnn--"),
    ("BE", "cccnnnnnnn--"),
    ("BG", "BBBBccccnnnnnnnnnn"),
    ("BH", "BBBBnnnnnnnnnnnnnn"),
    ("BI", "ccccccccccnnnnnnnnnnn--"),
    ("BR", "cccccccccccccnnnnnnnnnn--"),
    ("BY", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("CH", "cccccnnnnnnnnnnnn"),
    ("CR", "ccccnnnnnnnnnnnnnn"),
    ("CY", "ccccccccnnnnnnnnnnnnnnnn"),
    ("CZ", "ccccnnnnnnnnnnnnnnnn"),
    ("DE", "ccccccccnnnnnnnnnn"),
    ("DJ", "ccccccccccnnnnnnnnnnn--"),
    ("DK", "ccccnnnnnnnnnn"),
    ("DO", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("EE", "ccnnnnnnnnnnnnnn"),
    ("EG", "ccccccccnnnnnnnnnnnnnnnnn"),
    ("ES", "cccccccc--nnnnnnnnnn"),
    ("FI", "cccnnnnnnnnnnn"),
    ("FK", "--nnnnnnnnnnnn"),
    ("FO", "ccccnnnnnnnnnn"),
    ("FR", "ccccccccccnnnnnnnnnnn--"),
    ("GB", "BBBBccccccnnnnnnnn"),
    ("GE", "--nnnnnnnnnnnnnnnn"),
    ("GI", "BBBBnnnnnnnnnnnnnnn"),
    ("GL", "ccccnnnnnnnnnn"),
    ("GR", "cccccccnnnnnnnnnnnnnnnn"),
    ("GT", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("HN", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("HR", "cccccccnnnnnnnnnn"),
    ("HU", "ccccccccnnnnnnnnnnnnnnnn"),
    ("IE", "BBBBccccccnnnnnnnn"),
    ("IL", "ccccccnnnnnnnnnnnnn"),
    ("IQ", "BBBBcccnnnnnnnnnnnn"),
    ("IS", "ccccnnnnnnnn----------"),
    ("IT", "-ccccccccccnnnnnnnnnnnn"),
    ("JO", "BBBBccccnnnnnnnnnnnnnnnnnn"),
    ("KW", "BBBBnnnnnnnnnnnnnnnnnnnnnn"),
    ("KZ", "cccnnnnnnnnnnnnn"),
    ("LB", "ccccnnnnnnnnnnnnnnnnnnnn"),
    ("LC", "BBBBnnnnnnnnnnnnnnnnnnnnnnnn"),
    ("LI", "cccccnnnnnnnnnnnn"),
    ("LT", "cccccnnnnnnnnnnn"),
    ("LU", "cccnnnnnnnnnnnnn"),
    ("LV", "BBBBnnnnnnnnnnnnn"),
    ("LY", "ccccccnnnnnnnnnnnnnnn"),
    ("MC", "ccccccccccnnnnnnnnnnn--"),
    ("MD", "--nnnnnnnnnnnnnnnnnn"),
    ("ME", "cccnnnnnnnnnnnnn--"),
    ("MK", "cccnnnnnnnnnn--"),
    ("MN", "ccccnnnnnnnnnnnn"),
    ("MR", "ccccccccccnnnnnnnnnnn--"),
    ("MT", "BBBBcccccnnnnnnnnnnnnnnnnnn"),
    ("MU", "BBBBccccnnnnnnnnnnnnnnnnnn"),
    ("NI", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("NL", "BBBBnnnnnnnnnn"),
    ("NO", "ccccnnnnnnn"),
    ("OM", "cccnnnnnnnnnnnnnnnn"),
    ("PK", "BBBBnnnnnnnnnnnnnnnn"),
    ("PL", "ccccccccnnnnnnnnnnnnnnnn"),
    ("PS", "BBBBnnnnnnnnnnnnnnnnnnnnn"),
    ("PT", "ccccccccnnnnnnnnnnn--"),
    ("QA", "BBBBnnnnnnnnnnnnnnnnnnnnn"),
    ("RO", "BBBBnnnnnnnnnnnnnnnn"),
    ("RS", "cccnnnnnnnnnnnnn--"),
    ("RU", "ccccccccccccccnnnnnnnnnnnnnnn"),
    ("SA", "ccnnnnnnnnnnnnnnnnnn"),
    ("SC", "BBBBccccnnnnnnnnnnnnnnnnnnn"),
    ("SD", "ccnnnnnnnnnnnn"),
    ("SE", "cccnnnnnnnnnnnnnnnnn"),
    ("SI", "cccccnnnnnnnn--"),
    ("SK", "ccccnnnnnnnnnnnnnnnn"),
    ("SM", "-ccccccccccnnnnnnnnnnnn"),
    ("SO", "cccccccnnnnnnnnnnnn"),
    ("ST", "ccccccccnnnnnnnnnnn--"),
    ("SV", "BBBBnnnnnnnnnnnnnnnnnnnn"),
    ("TL", "cccnnnnnnnnnnnnnn--"),
    ("TN", "cccccnnnnnnnnnnnnn--"),
    ("TR", "ccccc-nnnnnnnnnnnnnnnn"),
    ("UA", "ccccccnnnnnnnnnnnnnnnnnnn"),
    ("VA", "cccnnnnnnnnnnnnnnn"),
    ("VG", "BBBBnnnnnnnnnnnnnnnn"),
    ("XK", "ccccnnnnnnnnnn--"),
    ("YE", "BBBBccccnnnnnnnnnnnnnnnnnn"),
];

/// The parts of an IBAN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// Everything behind the check digits.
    pub whole: &'a str,
    /// The first letters of the bank's BIC; empty where the IBAN has none.
    pub letters: String,
    /// The bank's national code; empty where it has none.
    pub code: String,
    /// The account's national number.
    pub number: String,
}

/// Takes an IBAN apart. Of a country without a layout everything is the number.
pub(super) fn parts(iban: &Iban) -> Parts<'_> {
    let whole = iban.as_str().get(4..).unwrap_or_default();
    let layout = layout(iban.country()).unwrap_or_default();
    let of = |mark: char| -> String {
        let marked = whole.chars().zip(layout.chars());
        let marked = marked.filter(|(_, of)| *of == mark);
        marked.map(|(character, _)| character).collect()
    };
    let number = of('n');
    Parts {
        whole,
        letters: of('B'),
        code: of('c'),
        number: if number.is_empty() {
            whole.to_owned()
        } else {
            number
        },
    }
}

/// How many digits the national code of a bank has within the IBANs of a country; none where they have no such code.
pub(super) fn code_length(country: &str) -> Option<usize> {
    let length = layout(country)?.matches('c').count();
    (length > 0).then_some(length)
}

/// How many characters the number of an account has within the IBANs of a country.
pub(super) fn number_length(country: &str) -> Option<usize> {
    Some(layout(country)?.matches('n').count())
}

fn layout(country: &str) -> Option<&'static str> {
    let found = LAYOUTS.binary_search_by_key(&country, |(known, _)| known).ok()?;
    Some(LAYOUTS[found].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_has_the_length_and_letters_of_its_country() {
        assert!(LAYOUTS.is_sorted());
        for (country, layout) in LAYOUTS {
            let format = sepa::iban::iban_bban_format(country).expect(country);
            assert_eq!(layout.len(), format.len(), "{country}");
            let mut pairs = layout.bytes().zip(format.bytes());
            // Letters of a BIC stand where the registry allows letters, the code where it has digits.
            assert!(
                pairs.all(|(mark, class)| match mark {
                    b'B' => class != b'n',
                    b'c' => class == b'n',
                    _ => true,
                }),
                "{country}"
            );
            assert!(layout.contains('n'), "{country}");
        }
    }

    #[test]
    fn ibans_are_taken_apart_as_the_registry_has_it() {
        for (iban, letters, code, number) in [
            ("DE89370400440532013000", "", "37040044", "0532013000"),
            ("GB29NWBK60161331926819", "NWBK", "601613", "31926819"),
            ("IE29AIBK93115212345678", "AIBK", "931152", "12345678"),
            ("NL91ABNA0417164300", "ABNA", "", "0417164300"),
            ("FR1420041010050500013M02606", "", "2004101005", "0500013M026"),
            ("ES9121000418450200051332", "", "21000418", "0200051332"),
            ("IT60X0542811101000000123456", "", "0542811101", "000000123456"),
            ("PL61109010140000071219812874", "", "10901014", "0000071219812874"),
            ("CH9300762011623852957", "", "00762", "011623852957"),
            ("AT611904300234573201", "", "19043", "00234573201"),
        ] {
            let iban = Iban::new(iban).unwrap();
            let parts = parts(&iban);
            assert_eq!(
                (&*parts.letters, &*parts.code, &*parts.number),
                (letters, code, number),
                "{iban}"
            );
        }
    }
}
