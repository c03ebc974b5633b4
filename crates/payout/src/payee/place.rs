//! Whether two payout methods lead to one place, however they are written.
//!
//! It is asked to show people which payees share an account. Nothing is refused by it, and an account whose number a bank
//! writes in two systems (an IBAN and a national number) is two places here.

use super::method::{BankAccount, Destination};

impl Destination {
    /// The place where money arrives, the same for every way of writing it: of an account the letters and digits without
    /// leading zeros, and its bank where the number alone says little; of an e-mail address the box, without case and
    /// without what stands behind a `+`.
    pub fn place(&self) -> String {
        match self {
            Destination::Bank {
                account: BankAccount::Iban(iban),
                ..
            } => plain(iban.as_str()),
            Destination::Bank {
                account: BankAccount::Local(local),
                bic,
                ..
            } => {
                let bank = match (&local.clearing, bic) {
                    (Some(clearing), _) => clearing.code().to_owned(),
                    // The last three letters of eleven name a branch.
                    (None, Some(bic)) => bic.as_str().chars().take(8).collect(),
                    (None, None) => String::new(),
                };
                let number = plain(local.number.as_str());
                format!("{bank} {}", number.trim_start_matches('0'))
            }
            Destination::PayPal { email } | Destination::Wise { email } => {
                let text = email.as_str().to_lowercase();
                match text.split_once('@') {
                    Some((name, host)) => format!("{}@{host}", name.split('+').next().unwrap_or(name)),
                    None => text,
                }
            }
        }
    }
}

fn plain(number: &str) -> String {
    let seen = number.chars().filter(|character| character.is_alphanumeric());
    seen.flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> String {
        serde_json::from_str::<Destination>(text)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
            .place()
    }

    fn local(number: &str, code: &str) -> String {
        place(&format!(
            r#"{{"rail":"bank","holder":"A","account":{{"local":{{"number":"{number}","clearing":{{"system":"USABA","code":"{code}"}}}}}}}}"#
        ))
    }

    #[test]
    fn one_place_however_it_is_written() {
        let iban = |text: &str| {
            place(&format!(
                r#"{{"rail":"bank","holder":"A","account":{{"iban":"{text}"}}}}"#
            ))
        };
        assert_eq!(
            iban("DE89 3704 0044 0532 0130 00"),
            iban("DE89370400440532013000")
        );
        assert_ne!(iban("DE75512108001245126199"), iban("DE89370400440532013000"));
        assert_eq!(
            local("0055-12345678", "121000248"),
            local("5512345678", "121000248")
        );
        assert_ne!(local("5512345678", "121000248"), local("5512345678", "021000021"));
        let mail = |rail: &str, text: &str| place(&format!(r#"{{"rail":"{rail}","email":"{text}"}}"#));
        assert_eq!(
            mail("paypal", "Eve+1@Mail.example"),
            mail("wise", "eve@mail.example")
        );
        assert_ne!(
            mail("paypal", "eve@mail.example"),
            mail("paypal", "eve@other.example")
        );
    }
}
