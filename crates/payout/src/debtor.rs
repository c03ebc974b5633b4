//! The account that payouts leave from.

use crate::payee::{Address, BankAccount, Bic, CurrencyCode, Name, Place};
use serde::{Deserialize, Serialize};

/// Who pays, and from which account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debtor {
    /// The name of the account's holder.
    pub name: Name,
    /// Its address.
    pub address: Address,
    /// The account.
    pub account: BankAccount,
    /// The bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bic: Option<Bic>,
    /// The account's currency.
    pub currency: CurrencyCode,
}

impl Debtor {
    /// Whether its account is one that a bank writes in a statement, as an IBAN or a number.
    pub fn is_written(&self, account: &str) -> bool {
        Place::from(&self.account).is_same(&Place::of_account(account))
    }
}

/// The number of an account without blanks, in capital letters.
pub fn plain_number(number: &str) -> String {
    let visible = number.chars().filter(|character| !character.is_whitespace());
    visible.collect::<String>().to_uppercase()
}
