//! What a batch makes a bank or rail do: pinned when it is approved, compared when its files are written.
//!
//! Contents are the account that the money leaves from, the day, and for each payout who gets how much, where, under which
//! name and reference. How far a payout has come, and what it was made of, is not in them: no file says that. The digest is
//! made of named fields and not of a stored form, so that new fields of records leave old digests as they are.

use super::{Batch, FeeBearer, Payout};
use crate::debtor::Debtor;
use crate::payee::{Address, BankAccount, Bic, Destination};

/// Begins every digest: another form of contents gets another one.
const FORM: &str = "permille batch contents 1";

/// One thing that files say.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    name: &'static str,
    /// Exact.
    value: String,
    /// For people: account numbers of payees are masked.
    shown: String,
}

/// What the files of a batch say, field by field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    whole: Vec<Field>,
    /// By payout: what it is called, and its fields.
    payouts: Vec<(String, Vec<Field>)>,
}

impl Contents {
    /// The contents of those payouts of a batch that `which` names, leaving from an account.
    pub fn of(batch: &Batch, debtor: Option<&Debtor>, which: impl Fn(&Payout) -> bool) -> Self {
        let mut whole = vec![
            field("message", batch.id.to_string()),
            field("execution date", batch.execution_date.to_string()),
        ];
        whole.extend(debtor.map(debtor_fields).unwrap_or_default());
        let payouts = batch.payouts.iter().filter(|payout| which(payout));
        let named = |payout: &Payout| format!("{} to `{}`", payout.id, payout.recipient.payee);
        Self {
            whole,
            payouts: payouts
                .map(|payout| (named(payout), payout_fields(payout)))
                .collect(),
        }
    }

    /// A hash of everything, as hexadecimal digits: the same contents, and no others, have it.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            // With its length before it, no text runs into the next.
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(FORM);
        let whole = [(String::new(), self.whole.clone())];
        for (name, fields) in whole.iter().chain(&self.payouts) {
            add(name);
            add(&fields.len().to_string());
            for field in fields {
                add(field.name);
                add(&field.value);
            }
        }
        hasher.finalize().to_string()
    }

    /// What these contents say otherwise than later ones, in words; nothing when they are the same.
    pub fn differences(&self, now: &Contents) -> Vec<String> {
        let mut found = changes(&self.whole, &now.whole);
        for (name, fields) in &self.payouts {
            match now.payouts.iter().find(|(other, _)| other == name) {
                None => found.push(format!("{name} is gone")),
                Some((_, other)) => {
                    let changed = changes(fields, other);
                    found.extend(changed.into_iter().map(|change| format!("{name}: {change}")));
                }
            }
        }
        let is_new = |name: &String| self.payouts.iter().all(|(other, _)| other != name);
        let new = now.payouts.iter().filter(|(name, _)| is_new(name));
        found.extend(new.map(|(name, _)| format!("{name} was not there")));
        found
    }
}

impl Debtor {
    /// What another account of payment says otherwise, in words; nothing when they are the same.
    pub fn differences(&self, now: &Debtor) -> Vec<String> {
        changes(&debtor_fields(self), &debtor_fields(now))
    }

    /// The account's number, whole: it is the platform's own.
    pub fn number(&self) -> &str {
        number(&self.account)
    }
}

fn field(name: &'static str, value: String) -> Field {
    Field {
        name,
        shown: value.clone(),
        value,
    }
}

fn changes(was: &[Field], is: &[Field]) -> Vec<String> {
    let mut found = Vec::new();
    for field in was {
        match is.iter().find(|other| other.name == field.name) {
            Some(other) if other.value == field.value => {}
            Some(other) if other.shown == field.shown => {
                found.push(format!("another {} that ends alike, {}", field.name, field.shown));
            }
            Some(other) => found.push(format!("{} was {}, is {}", field.name, field.shown, other.shown)),
            None => found.push(format!("{} was {}, is none", field.name, field.shown)),
        }
    }
    let is_new = |field: &&Field| was.iter().all(|other| other.name != field.name);
    let new = is.iter().filter(is_new);
    found.extend(new.map(|field| format!("{} was none, is {}", field.name, field.shown)));
    found
}

fn debtor_fields(debtor: &Debtor) -> Vec<Field> {
    let mut fields = vec![
        field("debtor", debtor.name.to_string()),
        address("debtor's address", &debtor.address),
        field("debtor's account", debtor.number().to_owned()),
        field("debtor's currency", debtor.currency.to_string()),
    ];
    fields.extend(bank("debtor's bank", &debtor.account, debtor.bic.as_ref()));
    fields
}

fn payout_fields(payout: &Payout) -> Vec<Field> {
    let recipient = &payout.recipient;
    let programs: Vec<&str> = payout.shares.iter().map(|share| share.program.as_str()).collect();
    let mut fields = vec![
        field("reference", payout.end_to_end_id.to_string()),
        field("amount", payout.amount.to_string()),
        field("fees", bearer(payout.fee_bearer).to_owned()),
        field("programs", programs.join("\n")),
        field("name", recipient.name.to_string()),
        address("address", &recipient.address),
        field("rail", recipient.to.rail().to_string()),
    ];
    let whole = match &recipient.to {
        Destination::Bank { account, bic, holder } => {
            fields.push(field("holder", holder.to_string()));
            fields.extend(bank("bank", account, bic.as_ref()));
            number(account).to_owned()
        }
        Destination::PayPal { email } | Destination::Wise { email } => email.to_string(),
        Destination::Erased { .. } => String::new(),
    };
    fields.push(Field {
        name: "account",
        value: whole,
        shown: recipient.to.masked(),
    });
    fields
}

const fn bearer(fees: FeeBearer) -> &'static str {
    match fees {
        FeeBearer::Shared => "shared",
        FeeBearer::Platform => "platform",
        FeeBearer::Creator => "creator",
    }
}

fn number(account: &BankAccount) -> &str {
    match account {
        BankAccount::Iban(iban) => iban.as_str(),
        BankAccount::Local(local) => local.number.as_str(),
    }
}

fn bank(name: &'static str, account: &BankAccount, bic: Option<&Bic>) -> Option<Field> {
    let clearing = match account {
        BankAccount::Iban(_) => None,
        BankAccount::Local(local) => local.clearing.as_ref(),
    };
    let clearing = clearing.map(|clearing| format!("{} {}", clearing.system(), clearing.code()));
    let parts: Vec<String> = bic.map(ToString::to_string).into_iter().chain(clearing).collect();
    (!parts.is_empty()).then(|| field(name, parts.join(", ")))
}

fn address(name: &'static str, address: &Address) -> Field {
    let parts = [
        &address.street,
        &address.building_number,
        &address.post_code,
        &Some(address.town.clone()),
    ];
    let exact = parts.map(|part| part.as_ref().map(ToString::to_string).unwrap_or_default());
    let shown: Vec<&str> = exact
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    Field {
        name,
        // A part of an address is one line.
        value: format!("{}\n{}", exact.join("\n"), address.country),
        shown: format!("{}, {}", shown.join(", "), address.country),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{batch, money};
    use jiff::civil::date;

    fn debtor(iban: &str) -> Debtor {
        serde_json::from_str(&format!(
            r#"{{"name":"Platform","address":{{"town":"Berlin","country":"DE"}},"account":{{"iban":"{iban}"}},"currency":"EUR"}}"#
        ))
        .unwrap()
    }

    fn all(batch: &Batch) -> Contents {
        Contents::of(batch, Some(&debtor("DE89370400440532013000")), |_| true)
    }

    #[test]
    fn every_change_of_what_files_say_is_found_and_named() {
        let was = batch(&["anna", "ben"]);
        type Change = fn(&mut Batch);
        let changes: [(Change, &str); 7] = [
            (
                |b| b.execution_date = date(2026, 11, 17),
                "execution date was 2026-11-16, is 2026-11-17",
            ),
            (
                |b| b.payouts[0].amount = money("100.01 EUR"),
                "to `anna`: amount was 100.00 EUR, is 100.01 EUR",
            ),
            (
                |b| {
                    let text = r#"{"rail":"bank","account":{"iban":"DE75512108001245126199"},"holder":"Anna Müller"}"#;
                    b.payouts[0].recipient.to = serde_json::from_str(text).unwrap();
                },
                "to `anna`: account was bank account DE89…3000, is bank account DE75…6199",
            ),
            (
                |b| b.payouts[1].recipient.name = serde_json::from_str("\"Eve\"").unwrap(),
                "to `ben`: name was Anna Müller, is Eve",
            ),
            (
                |b| b.payouts[1].recipient.address.town = serde_json::from_str("\"Rom\"").unwrap(),
                "to `ben`: address was",
            ),
            (|b| drop(b.payouts.remove(0)), "to `anna` is gone"),
            (
                |b| b.payouts[0].end_to_end_id = b.payouts[1].end_to_end_id.clone(),
                "to `anna`: reference was",
            ),
        ];
        let approved = all(&was);
        assert_eq!(approved.differences(&approved), Vec::<String>::new());
        for (change, words) in changes {
            let mut changed = was.clone();
            change(&mut changed);
            let now = all(&changed);
            assert_ne!(now.digest(), approved.digest(), "{words}");
            let found = approved.differences(&now).join("; ");
            assert!(found.contains(words), "{found}");
        }
        let from = |iban: &str| Contents::of(&was, Some(&debtor(iban)), |_| true);
        let other = from("DE75512108001245126199");
        assert_ne!(other.digest(), approved.digest());
        assert_eq!(
            approved.differences(&other),
            ["debtor's account was DE89370400440532013000, is DE75512108001245126199"]
        );
        let none = Contents::of(&was, None, |_| true);
        assert!(none.digest() != approved.digest() && !none.differences(&approved).is_empty());
    }

    #[test]
    fn how_far_payouts_have_come_changes_nothing() {
        let mut batch = batch(&["anna", "ben"]);
        let approved = all(&batch);
        let ben = batch.payouts[1].id.clone();
        batch.hold(&ben, "asked").unwrap();
        batch.approve("olga", jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(all(&batch).digest(), approved.digest());
        let without_ben = Contents::of(&batch, None, |payout| payout.id != ben);
        assert_eq!(without_ben.payouts.len(), 1);
    }

    #[test]
    fn accounts_that_end_alike_are_told_apart() {
        let fields = |value: &str| {
            [Field {
                name: "account",
                value: value.to_owned(),
                shown: "…3000".to_owned(),
            }]
        };
        assert_eq!(
            changes(&fields("1113000"), &fields("2223000")),
            ["another account that ends alike, …3000"]
        );
    }
}
