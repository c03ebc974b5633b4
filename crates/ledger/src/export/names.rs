//! Names that each tool allows, and that read back: no two accounts share one.

use crate::account::Account;
use crate::chart::Holds;
use money::Asset;
use std::fmt::Write;

/// `liabilities:creator-pending:OWNER:PROGRAM:us`, and `:of-EARNER` where another earned it, and `:scale-2` where the scale is not the usual one. Bytes of the owner
/// and the earner other than letters, digits, `_`, `.`, `-` are `%` and two hexadecimal digits; a program has no others.
pub(super) fn hledger_account(account: &Account) -> String {
    let kind = account.kind;
    let mut name = format!("{}:{}", kind.class().name().to_ascii_lowercase(), kind.name());
    if !account.owner.is_empty() {
        name.push(':');
        push_hledger(&mut name, &account.owner);
    }
    if let Some(stream) = &account.stream {
        let _ = write!(name, ":{}:{}", stream.program, stream.source.name());
        if let Some(earner) = &stream.earner {
            name.push_str(":of-");
            push_hledger(&mut name, earner);
        }
    }
    if let Some(scale) = unusual_scale(account) {
        let _ = write!(name, ":scale-{scale}");
    }
    name
}

/// `Liabilities:CreatorPending:O-OWNER:P-PROGRAM:Us`, and `:E-EARNER` where another earned it, and `:Scale-2` where the scale is not the usual one. Of the owner and the earner, `-`
/// is `--`, and bytes other than letters and digits are `-` and two hexadecimal digits; a program stands as it is.
pub(super) fn beancount_account(account: &Account) -> String {
    let kind = account.kind;
    let mut name = format!("{}:{}", kind.class().name(), camel(kind.name()));
    if !account.owner.is_empty() {
        name.push_str(":O-");
        push_beancount(&mut name, &account.owner);
    }
    if let Some(stream) = &account.stream {
        let _ = write!(name, ":P-{}:{}", stream.program, camel(stream.source.name()));
        if let Some(earner) = &stream.earner {
            name.push_str(":E-");
            push_beancount(&mut name, earner);
        }
    }
    if let Some(scale) = unusual_scale(account) {
        let _ = write!(name, ":Scale-{scale}");
    }
    name
}

fn push_hledger(name: &mut String, id: &str) {
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' => name.push(char::from(byte)),
            _ => push_hex(name, '%', byte),
        }
    }
}

fn push_beancount(name: &mut String, id: &str) {
    for byte in id.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => name.push(char::from(byte)),
            b'-' => name.push_str("--"),
            _ => push_hex(name, '-', byte),
        }
    }
}

/// `creator-pending:OWNER PROGRAM/us`, as the command line writes it. The scale shows in the amount's decimals.
pub(super) fn plain_account(account: &Account) -> String {
    let mut name = match &*account.owner {
        "" => account.kind.name().to_owned(),
        owner => format!("{}:{owner}", account.kind),
    };
    if let Some(stream) = &account.stream {
        let _ = write!(name, " {stream}");
    }
    name
}

/// Anything but letters must be quoted.
pub(super) fn hledger_commodity(code: &str) -> String {
    if code.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        code.to_owned()
    } else {
        format!("\"{code}\"")
    }
}

/// A commodity begins with a letter, ends with a letter or digit, and has two characters at least. Codes that do not
/// are put between `X-` and `-X`, which no code can contain.
pub(super) fn beancount_commodity(code: &str) -> String {
    let bytes = code.as_bytes();
    let starts_well = bytes.first().is_some_and(u8::is_ascii_uppercase);
    let ends_well = bytes.last().is_some_and(u8::is_ascii_alphanumeric);
    if bytes.len() >= 2 && starts_well && ends_well {
        code.to_owned()
    } else {
        format!("X-{code}-X")
    }
}

/// The scale, if it has to be named: money is kept in millionths, tokens are whole.
fn unusual_scale(account: &Account) -> Option<u8> {
    let usual = match account.kind.holds() {
        Holds::Money => Asset::MICRO_SCALE,
        Holds::Coins | Holds::Diamonds => 0,
    };
    (account.asset.scale() != usual).then_some(account.asset.scale())
}

/// `creator-pending` as `CreatorPending`.
fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for word in name.split('-') {
        let (first, rest) = word.split_at(1);
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}

pub(super) fn push_hex(to: &mut String, mark: char, byte: u8) {
    let _ = write!(to, "{mark}{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::AccountKind;
    use crate::stream::{Source, Stream};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn pending(owner: &str, scale: u8) -> Account {
        Account::streamed(
            AccountKind::CreatorPending,
            owner,
            Asset::new("USD", scale).unwrap(),
            Stream::new("creator-fund", Source::Us),
        )
    }

    #[test]
    fn names_are_readable() {
        let cash = Account::platform(AccountKind::CashAtBank, Asset::micro("USD").unwrap());
        assert_eq!(hledger_account(&cash), "assets:cash-at-bank");
        assert_eq!(beancount_account(&cash), "Assets:CashAtBank");
        let odd = pending("crt_1:a-b é", 2);
        assert_eq!(
            hledger_account(&odd),
            "liabilities:creator-pending:crt_1%3Aa-b%20%C3%A9:creator-fund:us:scale-2"
        );
        assert_eq!(
            beancount_account(&odd),
            "Liabilities:CreatorPending:O-crt-5F1-3Aa--b-20-C3-A9:P-creator-fund:Us:Scale-2"
        );
        assert_eq!(hledger_commodity("USD"), "USD");
        assert_eq!(hledger_commodity("USD_2"), "\"USD_2\"");
        assert_eq!(beancount_commodity("COIN_2"), "COIN_2");
        assert_eq!(beancount_commodity("_2"), "X-_2-X");
    }

    #[test]
    fn kinds_and_scales_do_not_meet() {
        let mut names = BTreeSet::new();
        for kind in AccountKind::ALL {
            let asset = Asset::new("COIN", 0).unwrap();
            names.insert(beancount_account(&Account::platform(*kind, asset)));
        }
        assert_eq!(names.len(), AccountKind::ALL.len());
        assert_ne!(
            hledger_account(&pending("a", 6)),
            hledger_account(&pending("a", 2))
        );
        assert_ne!(
            beancount_account(&pending("a:Scale-2", 6)),
            beancount_account(&pending("a", 2))
        );
        assert_ne!(
            hledger_account(&pending("a:scale-2", 6)),
            hledger_account(&pending("a", 2))
        );
    }

    #[test]
    fn programs_and_sources_do_not_meet() {
        let of = |owner: &str, program: &str, source| Account {
            stream: Some(Stream::new(program, source)),
            ..pending(owner, 6)
        };
        let accounts = [
            of("a", "fund", Source::Us),
            of("a", "fund", Source::Other),
            of("a", "fund-us", Source::Other),
            of("a:fund", "us", Source::Other),
            of("a", "p-fund", Source::Us),
            of("a:P-fund", "fund", Source::Us),
            of("a fund/us", "fund", Source::Other),
            of("a", "scale-2", Source::Us),
        ];
        for name in [hledger_account, beancount_account, plain_account] {
            let names: BTreeSet<String> = accounts.iter().map(name).collect();
            assert_eq!(names.len(), accounts.len(), "{names:?}");
        }
    }

    /// Reads an escaped owner back: `mark` and two digits are a byte, a doubled mark is the mark.
    fn unescape(text: &str, mark: u8) -> String {
        let (mut bytes, mut from) = (Vec::new(), text.as_bytes());
        while let [first, rest @ ..] = from {
            from = match (first, rest) {
                (first, [second, rest @ ..]) if *first == mark && *second == mark => {
                    bytes.push(mark);
                    rest
                }
                (first, [high, low, rest @ ..]) if *first == mark => {
                    let digits = [*high, *low];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                    rest
                }
                (first, rest) => {
                    bytes.push(*first);
                    rest
                }
            };
        }
        String::from_utf8(bytes).unwrap()
    }

    proptest! {
        #[test]
        fn owners_read_back(owner in "(\\PC|[-%:_\\r\\n\u{0}]){1,40}") {
            let account = pending(&owner, 6);
            let hledger = hledger_account(&account);
            let stream = ":creator-fund:us";
            prop_assert!(hledger.ends_with(stream));
            let escaped = &hledger["liabilities:creator-pending:".len()..hledger.len() - stream.len()];
            prop_assert_eq!(unescape(escaped, b'%'), owner.clone());
            let beancount = beancount_account(&account);
            let stream = ":P-creator-fund:Us";
            prop_assert!(beancount.ends_with(stream));
            let escaped = &beancount["Liabilities:CreatorPending:O-".len()..beancount.len() - stream.len()];
            prop_assert_eq!(unescape(escaped, b'-'), owner);
        }
    }
}
