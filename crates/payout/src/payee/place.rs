//! Whether two payout methods lead to one place, however they are written.
//!
//! An IBAN holds its account's national number and, in most countries, the bank's national code, so that an account is the
//! same written either way. Where one of two ways does not say the bank (a national number with a BIC alone), it is the
//! bank that nothing contradicts: people are shown one account too many rather than one too few. Nothing is refused here.

use super::bban;
use super::checked::Iban;
use super::method::{BankAccount, ClearingCode, Destination, LocalAccount};
use crate::rail::Rail;
use crate::territory::home;

/// Where money arrives, apart from how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A bank account.
    Account(Box<Account>),
    /// A box for e-mail, in small letters, without what stands behind a `+`.
    Mailbox(String),
}

/// A bank account, taken apart. Numbers and codes are letters and digits in capitals, without zeros in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The country whose banks it is among; none where neither number nor bank says it.
    country: Option<String>,
    /// The bank in the country's clearing: the system, where there are several, and the code.
    code: Option<(String, String)>,
    /// The bank in its BIC: eight characters, or the four that an IBAN has of them.
    bic: Option<String>,
    /// The number of the account at its bank.
    number: String,
    /// Other ways to write the number: with the bank's code, and as the IBAN has it.
    longer: Vec<String>,
    /// The IBAN, where that is how it is written.
    iban: Option<String>,
}

impl Destination {
    /// The place where money arrives.
    pub fn place(&self) -> Place {
        match self {
            Destination::Bank { account, bic, .. } => {
                let mut of = match (account, &self.iban_as_number()) {
                    (BankAccount::Iban(iban), _) | (_, Some(iban)) => Account::of_iban(iban),
                    (BankAccount::Local(local), None) => Account::of_number(local),
                };
                if let Some(bic) = bic {
                    // The last three letters of eleven name a branch.
                    of.bic = Some(bic.as_str().chars().take(8).collect());
                    of.country = of.country.or_else(|| Some(home(bic.country()).to_owned()));
                }
                Place::Account(Box::new(of))
            }
            Destination::Erased { .. } => Place::Mailbox(String::new()),
            Destination::PayPal { email } | Destination::Wise { email } => {
                let text = email.as_str().to_lowercase();
                Place::Mailbox(match text.split_once('@') {
                    Some((name, host)) => format!("{}@{host}", name.split('+').next().unwrap_or(name)),
                    None => text,
                })
            }
        }
    }

    /// Whether a payment to another place over the same rail would arrive at the same account, however holder, bank and number
    /// are written.
    pub fn is_same_account(&self, other: &Destination) -> bool {
        match (self.email(), other.email()) {
            (Some(one), Some(other_email)) => {
                self.rail() == other.rail() && one.as_str().eq_ignore_ascii_case(other_email.as_str())
            }
            _ => self.rail() == Rail::Bank && self.place().is_same(&other.place()),
        }
    }
}

impl From<&BankAccount> for Place {
    fn from(account: &BankAccount) -> Place {
        Place::Account(Box::new(match account {
            BankAccount::Iban(iban) => Account::of_iban(iban),
            BankAccount::Local(local) => Account::of_number(local),
        }))
    }
}

impl Place {
    /// The place of an account as a bank writes it in a statement: an IBAN, or a number without a word of its bank.
    pub fn of_account(written: &str) -> Place {
        let account = match Iban::new(written) {
            Ok(iban) => Account::of_iban(&iban),
            Err(_) => Account {
                country: None,
                code: None,
                bic: None,
                number: plain(written),
                longer: Vec::new(),
                iban: None,
            },
        };
        Place::Account(Box::new(account))
    }

    /// Texts by which places can be put in order: two that are the same have one in common.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let (first, longer) = match self {
            Place::Mailbox(text) => (text, &[][..]),
            Place::Account(account) => (&account.number, &account.longer[..]),
        };
        std::iter::once(first).chain(longer).map(String::as_str)
    }

    /// Whether it is the same place.
    pub fn is_same(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::Mailbox(one), Place::Mailbox(other)) => one == other,
            (Place::Account(one), Place::Account(other)) => one.is_same(other),
            _ => false,
        }
    }
}

impl Account {
    fn of_iban(iban: &Iban) -> Self {
        let parts = bban::parts(iban);
        let number = plain(&parts.number);
        let longer = [
            parts.whole.to_owned(),
            // Poland writes its numbers with the check digits.
            iban.as_str()[2..].to_owned(),
            format!("{}{}", parts.code, parts.number),
            format!("{}{number}", parts.code),
            format!("{number}{}", parts.code),
        ];
        Self {
            country: Some(home(iban.country()).to_owned()),
            code: (!parts.code.is_empty()).then(|| (system_of(iban.country()), plain(&parts.code))),
            bic: (!parts.letters.is_empty()).then_some(parts.letters),
            // What says no bank is the number itself.
            longer: longer
                .iter()
                .map(|text| plain(text))
                .filter(|text| *text != number)
                .collect(),
            number,
            iban: Some(iban.as_str().to_owned()),
        }
    }

    fn of_number(local: &LocalAccount) -> Self {
        let clearing = local.clearing.as_ref();
        let country = clearing.map(ClearingCode::country);
        let code = clearing.map(|clearing| {
            // Spain may write a check digit behind the code.
            let most = country.and_then(bban::code_length).unwrap_or(usize::MAX);
            let code: String = clearing.code().chars().take(most).collect();
            (clearing.system().to_owned(), plain(&code))
        });
        let number = plain(local.number.as_str());
        // Some write the bank's code before or behind the number, and a number before it as long as IBANs have it.
        let width = country.and_then(bban::number_length).unwrap_or_default();
        let longer = code.iter().flat_map(|(_, code)| {
            [
                format!("{code}{number:0>width$}"),
                format!("{code}{number}"),
                format!("{number}{code}"),
            ]
        });
        Self {
            country: country.map(|country| home(country).to_owned()),
            bic: None,
            longer: longer.collect(),
            code,
            number,
            iban: None,
        }
    }

    /// Texts by which a payee's account is found where a bank writes it: two IBANs are one by all that they say, an IBAN and a number
    /// by the number.
    pub fn marks(&self) -> Vec<String> {
        let numbers = || std::iter::once(&self.number).chain(&self.longer);
        let as_number = numbers().map(|number| format!("number {number}"));
        match &self.iban {
            Some(iban) => as_number.chain([format!("iban {iban}")]).collect(),
            None => as_number
                .chain(numbers().map(|number| format!("in iban {number}")))
                .collect(),
        }
    }

    /// The same of an account that a bank writes.
    pub fn marks_as_written(&self) -> Vec<String> {
        let Some(iban) = &self.iban else {
            return vec![format!("number {}", self.number)];
        };
        let numbers = std::iter::once(&self.number).chain(&self.longer);
        let in_iban = numbers.map(|number| format!("in iban {number}"));
        in_iban.chain([format!("iban {iban}")]).collect()
    }

    fn is_same(&self, other: &Account) -> bool {
        if let (Some(one), Some(other)) = (&self.iban, &other.iban) {
            return one == other;
        }
        let differ =
            |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
        if differ(&self.country, &other.country) {
            return false;
        }
        let is_within = |short: &Account, long: &Account| long.longer.contains(&short.number);
        (self.number == other.number && self.may_be_one_bank(other))
            || is_within(self, other)
            || is_within(other, self)
    }

    /// Whether nothing says that it is another bank. The national code decides where both have one of the same system.
    fn may_be_one_bank(&self, other: &Account) -> bool {
        if let (Some((system, code)), Some((other_system, other_code))) = (&self.code, &other.code)
            && system == other_system
        {
            return code == other_code;
        }
        match (&self.bic, &other.bic) {
            (Some(one), Some(other)) => one.starts_with(&**other) || other.starts_with(&**one),
            _ => true,
        }
    }
}

/// The clearing system whose codes the IBANs of a country have; of the others the country itself, which no national number
/// names.
fn system_of(country: &str) -> String {
    let known = [
        "ATBLZ", "CHBCC", "DEBLZ", "ESNCC", "GBDSC", "IENCC", "ITNCC", "PLKNR",
    ];
    let system = known.into_iter().find(|system| system.starts_with(country));
    system.unwrap_or(country).to_owned()
}

/// Letters and digits in capitals, without zeros in front: the rest only groups them.
fn plain(number: &str) -> String {
    let seen = number.chars().filter(char::is_ascii_alphanumeric);
    let text: String = seen.map(|character| character.to_ascii_uppercase()).collect();
    text.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank(account: &str, bic: &str) -> Destination {
        let bic = match bic {
            "" => String::new(),
            bic => format!(r#","bic":"{bic}""#),
        };
        let text = format!(r#"{{"rail":"bank","holder":"A","account":{account}{bic}}}"#);
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    fn iban(text: &str) -> Destination {
        bank(&format!(r#"{{"iban":"{text}"}}"#), "")
    }

    fn local(number: &str, system: &str, code: &str) -> Destination {
        bank(
            &format!(
                r#"{{"local":{{"number":"{number}","clearing":{{"system":"{system}","code":"{code}"}}}}}}"#
            ),
            "",
        )
    }

    fn at(number: &str, bic: &str) -> Destination {
        bank(&format!(r#"{{"local":{{"number":"{number}"}}}}"#), bic)
    }

    fn is_same(one: &Destination, other: &Destination) -> bool {
        let (one, other) = (one.place(), other.place());
        let is_same = one.is_same(&other);
        assert_eq!(is_same, other.is_same(&one));
        let is_found = one.keys().any(|key| other.keys().any(|other| other == key));
        assert!(
            is_found || !is_same,
            "{one:?} and {other:?} have no key in common"
        );
        is_same
    }

    #[test]
    fn a_national_number_and_the_iban_of_one_account_are_one_place() {
        for (number, other) in [
            ("DE89370400440532013000", local("0532013000", "DEBLZ", "37040044")),
            (
                "DE89370400440532013000",
                local("532 013 000", "DEBLZ", "37040044"),
            ),
            ("DE89370400440532013000", at("532013000", "COBADEFF")),
            ("DE89370400440532013000", at("370400440532013000", "COBADEFFXXX")),
            (
                "DE89370400440532013000",
                at("de89 3704 0044 0532 0130 00", "COBADEFFXXX"),
            ),
            ("GB29NWBK60161331926819", local("31926819", "GBDSC", "601613")),
            ("GB29NWBK60161331926819", at("31926819", "NWBKGB2L")),
            ("GB29NWBK60161331926819", at("60-16-13 31926819", "NWBKGB2LXXX")),
            ("IE29AIBK93115212345678", local("12345678", "IENCC", "931152")),
            ("NL91ABNA0417164300", at("0417164300", "ABNANL2A")),
            ("NL91ABNA0417164300", at("417164300", "ABNANL2AXXX")),
            (
                "FR1420041010050500013M02606",
                at("20041 01005 0500013m026 06", "PSSTFRPPXXX"),
            ),
            (
                "ES9121000418450200051332",
                local("0200051332", "ESNCC", "21000418"),
            ),
            (
                "ES9121000418450200051332",
                local("0200051332", "ESNCC", "210004184"),
            ),
            (
                "ES9121000418450200051332",
                at("2100-0418-45-0200051332", "CAIXESBB"),
            ),
            (
                "IT60X0542811101000000123456",
                local("123456", "ITNCC", "0542811101"),
            ),
            (
                "PL61109010140000071219812874",
                at("61 1090 1014 0000 0712 1981 2874", "WBKPPLPP"),
            ),
            (
                "PL61109010140000071219812874",
                local("71219812874", "PLKNR", "10901014"),
            ),
            ("CH9300762011623852957", local("11623852957", "CHBCC", "762")),
            ("AT611904300234573201", local("00234573201", "ATBLZ", "19043")),
            ("CZ6508000000192000145399", at("192000145399/0800", "GIBACZPX")),
            (
                "NO9386011117947",
                at("8601.1117947".replace('.', " ").as_str(), "DNBANOKK"),
            ),
        ] {
            assert!(is_same(&iban(number), &other), "{number} and {other:?}");
            let (Place::Account(paid), Place::Account(written)) = (other.place(), Place::of_account(number))
            else {
                panic!("accounts")
            };
            let written = written.marks_as_written();
            assert!(
                paid.marks().iter().any(|mark| written.contains(mark)),
                "{number} and {other:?}"
            );
        }
    }

    #[test]
    fn other_accounts_are_other_places() {
        for (number, other) in [
            ("DE89370400440532013000", local("0532013001", "DEBLZ", "37040044")),
            ("DE89370400440532013000", local("0532013000", "DEBLZ", "51210800")),
            // The same digits in another country, or at the end of a longer number.
            ("DE89370400440532013000", local("0532013000", "ATBLZ", "37040")),
            ("DE89370400440532013000", at("532013000", "BKAUATWW")),
            ("DE89370400440532013000", local("13000", "DEBLZ", "37040044")),
            ("GB29NWBK60161331926819", local("31926819", "GBDSC", "200000")),
            ("GB29NWBK60161331926819", at("31926819", "BARCGB22")),
            ("NL91ABNA0417164300", at("0417164300", "RABONL2U")),
            ("NL91ABNA0417164300", iban("NL39RABO0300065264")),
            ("GB29NWBK60161331926819", local("31926819", "USABA", "121000248")),
        ] {
            let other = other.clone();
            assert!(!is_same(&iban(number), &other), "{number} and {other:?}");
        }
        assert!(!is_same(
            &iban("DE75512108001245126199"),
            &iban("DE89370400440532013000")
        ));
    }

    #[test]
    fn one_number_in_several_ways_of_writing() {
        assert!(is_same(
            &iban("DE89 3704 0044 0532 0130 00"),
            &iban("DE89370400440532013000")
        ));
        let us = |number: &str, code: &str| local(number, "USABA", code);
        assert!(is_same(
            &us("0055-12345678", "121000248"),
            &us("5512345678", "121000248")
        ));
        assert!(!is_same(
            &us("5512345678", "121000248"),
            &us("5512345678", "021000021")
        ));
        assert!(is_same(
            &us("5512345678", "121000248"),
            &at("5512345678", "WFBIUS6S")
        ));
        // Two clearing systems of one country have codes of their own: they are not compared.
        assert!(is_same(
            &local("11623852957", "CHSIC", "007620"),
            &iban("CH9300762011623852957")
        ));
    }

    #[test]
    fn the_banks_code_before_or_behind_a_national_number() {
        for (system, code, number, others) in [
            (
                "DEBLZ",
                "37040044",
                "532013000",
                ["370400440532013000", "37040044 532013000", "532013000-37040044"],
            ),
            (
                "USABA",
                "121000248",
                "5512345678",
                [
                    "1210002485512345678",
                    "121000248-5512345678",
                    "5512345678 121000248",
                ],
            ),
            (
                "GBDSC",
                "601613",
                "31926819",
                ["60161331926819", "60-16-13 31926819", "31926819601613"],
            ),
        ] {
            for other in others {
                assert!(
                    is_same(&local(number, system, code), &local(other, system, code)),
                    "{number} and {other}"
                );
            }
            assert!(!is_same(
                &local(number, system, code),
                &local("99999999", system, code)
            ));
        }
    }

    #[test]
    fn mailboxes() {
        let mail = |rail: &str, text: &str| -> Destination {
            serde_json::from_str(&format!(r#"{{"rail":"{rail}","email":"{text}"}}"#)).unwrap()
        };
        assert!(is_same(
            &mail("paypal", "Eve+1@Mail.example"),
            &mail("wise", "eve@mail.example")
        ));
        assert!(!is_same(
            &mail("paypal", "eve@mail.example"),
            &mail("paypal", "eve@other.example")
        ));
        assert!(!is_same(
            &mail("paypal", "eve@mail.example"),
            &iban("DE89370400440532013000")
        ));
    }
}
