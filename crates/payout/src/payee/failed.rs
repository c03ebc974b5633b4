//! Payments that failed for a reason that lies with the payee: the same again would fail again.

use super::{Address, Destination, Name, Payee};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Most failures that are kept of one payee; the oldest goes first.
const MAX_FAILED: usize = super::MAX_METHODS;

/// Reasons of ISO 20022 that lie in the code of the bank (RC01, RC04) begin so.
const BANK_CODES: &str = "RC0";

/// Where the reason of a failure lies, if it lies with the payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// In the account: it is closed, blocked, or not there.
    Account,
    /// In who is paid: the name or address is wrong or missing.
    Party,
}

/// A payment that failed or came back for a reason that lies with the payee. It stands in the way of the next one until
/// what was wrong is changed, or a person confirms it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedPayment {
    /// The day it became known.
    pub on: Date,
    /// Why, as the bank or a person said.
    pub reason: String,
    /// Where it went.
    pub to: Destination,
    /// Name and address it went to, where the reason lies in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<Party>,
}

/// Name and address as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The name in law.
    pub name: Name,
    /// The address.
    pub address: Address,
}

impl FailedPayment {
    /// Whether a payment to this place, name and address would be the same again: another way to write the account is no
    /// other account.
    fn is_same(&self, to: &Destination, name: &Name, address: &Address) -> bool {
        let is_wrong_elsewhere = match &self.party {
            Some(party) => {
                self.to.holder() != to.holder() || party.name != *name || party.address != *address
            }
            // Where the bank's code was wrong, a right one is another place.
            None => self.reason.starts_with(BANK_CODES) && self.to.bic() != to.bic(),
        };
        !is_wrong_elsewhere && self.to.is_same_account(to)
    }
}

impl Payee {
    /// The failure that stands in the way of a payment to this place, name and address.
    pub fn failure_of(&self, to: &Destination, name: &Name, address: &Address) -> Option<&FailedPayment> {
        self.failed
            .iter()
            .rev()
            .find(|failed| failed.is_same(to, name, address))
    }

    /// The failure that stands in the way of the next payment.
    pub fn failure(&self) -> Option<&FailedPayment> {
        self.failure_of(&self.method()?.to, &self.name, &self.address)
    }

    /// Notes a failure, in the place of an earlier one of the same account.
    pub fn note_failure(&mut self, failed: FailedPayment) {
        self.failed.retain(|known| known.to != failed.to);
        self.failed.push(failed);
        let surplus = self.failed.len().saturating_sub(MAX_FAILED);
        self.failed.drain(..surplus);
    }

    /// Notes a failure that a file says, where nothing is noted of the account and there is room: what is noted stays.
    pub(super) fn add_failure(&mut self, failed: FailedPayment) {
        let is_known = self.failed.iter().any(|known| known.to == failed.to);
        if !is_known && self.failed.len() < MAX_FAILED {
            self.failed.push(failed);
        }
    }

    /// A person says that the account in use is right: what failed to it is forgotten. False: nothing had failed.
    pub fn confirm_account(&mut self) -> bool {
        let Some(to) = self.failure().map(|failed| failed.to.clone()) else {
            return false;
        };
        self.failed.retain(|failed| !failed.to.is_same_account(&to));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::payee;
    use jiff::civil::date;

    fn failed(payee: &Payee, fault: Fault) -> FailedPayment {
        FailedPayment {
            on: date(2026, 11, 16),
            reason: "AC04: the account is closed".into(),
            to: payee.method().unwrap().to.clone(),
            party: (fault == Fault::Party).then(|| Party {
                name: payee.name.clone(),
                address: payee.address.clone(),
            }),
        }
    }

    #[test]
    fn it_stands_until_what_was_wrong_is_changed() {
        let anna = payee(&[]);
        let other_account = [("DE89370400440532013000", "FR1420041010050500013M02606")];
        let other_town = [("München", "Berlin")];
        for (fault, changes, stands) in [
            (Fault::Account, &[][..], true),
            (Fault::Account, &other_account, false),
            (Fault::Account, &other_town, true),
            (Fault::Party, &[], true),
            (Fault::Party, &other_account, false),
            (Fault::Party, &other_town, false),
        ] {
            let mut now = payee(changes);
            now.note_failure(failed(&anna, fault));
            assert_eq!(now.failure().is_some(), stands, "{fault:?} {changes:?}");
            assert_eq!(now.confirm_account(), stands);
            assert_eq!(now.failure(), None);
        }
    }

    #[test]
    fn another_spelling_of_the_account_is_no_other_account() {
        let iban = r#"{"iban":"DE89370400440532013000"}"#;
        let local_in = |system: &str, number: &str, code: &str| {
            format!(
                r#"{{"local":{{"number":"{number}","clearing":{{"system":"{system}","code":"{code}"}}}}}}"#
            )
        };
        let local = |number: &str, code: &str| local_in("GBDSC", number, code);
        let first = payee(&[(iban, &local("1234-5678", "200000"))]);
        for (account, stands) in [
            (local("12345678", "200000"), true),
            (local("12345678", "200001"), false),
            (local("12345679", "200000"), false),
        ] {
            let mut now = payee(&[(iban, &account)]);
            now.note_failure(failed(&first, Fault::Account));
            assert_eq!(now.failure().is_some(), stands, "{account}");
        }
        let anna = payee(&[]);
        for (changes, is_another_bank) in [
            (("\"holder\":\"Anna Müller\"", "\"holder\":\"A. Müller\""), false),
            (("\"holder\":", "\"bic\":\"COBADEFFXXX\",\"holder\":"), true),
        ] {
            let mut now = payee(&[changes]);
            now.note_failure(failed(&anna, Fault::Account));
            assert!(now.failure().is_some() && now.confirm_account() && now.failure().is_none());
            // A bank's code that was wrong is mended by another one, and by nothing else.
            now.note_failure(FailedPayment {
                reason: "RC01: the bank's code is wrong".into(),
                ..failed(&anna, Fault::Account)
            });
            assert_eq!(now.failure().is_none(), is_another_bank, "{changes:?}");
        }
        let national = local_in("DEBLZ", "0532013000", "37040044");
        for (account, stands) in [
            (national.clone(), true),
            (local_in("DEBLZ", "0532013001", "37040044"), false),
        ] {
            for fault in [Fault::Account, Fault::Party] {
                let mut now = payee(&[(iban, &account)]);
                now.note_failure(failed(&anna, fault));
                assert_eq!(now.failure().is_some(), stands, "{fault:?} {account}");
                let mut back = payee(&[]);
                back.note_failure(failed(&payee(&[(iban, &account)]), fault));
                assert_eq!(back.failure().is_some(), stands, "{fault:?} {account}");
            }
        }
        let email = |email: &str| {
            serde_json::from_str::<Destination>(&format!(r#"{{"rail":"paypal","email":"{email}"}}"#)).unwrap()
        };
        assert!(email("Ann@Mail.example").is_same_account(&email("ann@mail.example")));
        assert!(!email("ann@mail.example").is_same_account(&email("bob@mail.example")));
    }

    #[test]
    fn one_failure_for_each_account_and_not_too_many() {
        let mut anna = payee(&[]);
        for number in 0..40 {
            let mut failed = failed(&anna, Fault::Account);
            let email = format!("{{\"rail\":\"paypal\",\"email\":\"a{}@b.example\"}}", number / 2);
            failed.to = serde_json::from_str(&email).unwrap();
            anna.note_failure(failed);
        }
        assert_eq!(anna.failed.len(), MAX_FAILED);
        let text = serde_json::to_string(&anna).unwrap();
        assert_eq!(serde_json::from_str::<Payee>(&text).unwrap(), anna);
    }
}
