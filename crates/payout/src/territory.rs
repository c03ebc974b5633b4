//! Which countries' banks are one country's: territories with a code of their own in a BIC and none in an IBAN.
//!
//! The country of an account's bank is in its IBAN, its BIC and its clearing system. They must be the same, but for these
//! territories, whose banks have IBANs of the country that they belong to. Sources: the IBAN registry of SWIFT (entries FR,
//! GB, FI: *countries and territories included*) and EPC409-09 (codes of BIC and IBAN of each country of SEPA). Monaco has
//! IBANs of its own; its banks are in the French clearing, and branches of French banks there have French BICs. San
//! Marino, the Vatican, Liechtenstein, Gibraltar, the Faroes and Greenland have their own codes in both.

/// Territories, and the country whose IBANs their accounts have.
const TERRITORIES: [(&str, &str); 17] = [
    ("AX", "FI"),
    ("BL", "FR"),
    ("GF", "FR"),
    ("GG", "GB"),
    ("GP", "FR"),
    ("IM", "GB"),
    ("JE", "GB"),
    ("MC", "FR"),
    ("MF", "FR"),
    ("MQ", "FR"),
    ("NC", "FR"),
    ("PF", "FR"),
    ("PM", "FR"),
    ("RE", "FR"),
    ("TF", "FR"),
    ("WF", "FR"),
    ("YT", "FR"),
];

/// The country whose banking a country's is part of: mostly itself.
pub(crate) fn home(country: &str) -> &str {
    let found = TERRITORIES.iter().find(|(territory, _)| *territory == country);
    found.map_or(country, |(_, home)| home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn territories_belong_to_a_country() {
        for (territory, country) in TERRITORIES {
            assert_eq!(home(territory), country);
            assert_eq!(home(country), country, "{country} is no territory itself");
        }
        for own in ["SM", "VA", "LI", "GI", "FO", "GL", "DE", "XK"] {
            assert_eq!(home(own), own);
        }
    }
}
