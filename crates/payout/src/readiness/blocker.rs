//! What stands between a creator and the next payout, in plain words.

use crate::payee::reach::Unreachable;
use crate::payee::{FormStanding, Identity};
use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

/// What happens to money below a program's threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BelowThreshold {
    /// It is carried to the next payout.
    Roll,
    /// It may expire.
    Expire,
}

/// One reason why nothing is paid, or why a program's part is not. The variants stand in the order in which
/// they are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Blocker {
    /// Nobody is known under this id. No other blocker of the payee is listed with it.
    NoPayee,
    /// The identity check has not ended well.
    Identity {
        /// Its state.
        state: Identity,
    },
    /// A tax form is demanded, and none holds.
    TaxForm {
        /// What is wrong with it.
        standing: FormStanding,
    },
    /// A sanctions check is not cleared up.
    Sanctions {
        /// Since when.
        since: Date,
    },
    /// Nowhere to pay to.
    NoMethod,
    /// No payment gets to where the next one would go.
    Unreachable {
        /// Where it would go; numbers are masked.
        to: String,
        /// Why none gets there.
        why: Unreachable,
    },
    /// The last payment to where the next one would go failed, for a reason that lies with the payee.
    MethodFailed {
        /// Where it went; numbers are masked.
        to: String,
        /// The day it became known.
        on: Date,
        /// Why.
        reason: String,
    },
    /// A program's document is not at hand, and with it what it says of payment.
    ProgramMissing {
        /// The program.
        program: String,
        /// What it made payable.
        amount: Money,
        /// What is missing or damaged.
        problem: String,
    },
    /// A threshold in another currency cannot be compared.
    ThresholdRate {
        /// The program.
        program: String,
        /// The threshold.
        threshold: Money,
        /// What it made payable.
        amount: Money,
    },
    /// A program's part is below its threshold.
    BelowThreshold {
        /// The program.
        program: String,
        /// What it made payable.
        amount: Money,
        /// The threshold: the program's, or the payee's own if that is higher.
        threshold: Money,
        /// What is missing.
        missing: Money,
        /// What happens to it.
        below: BelowThreshold,
    },
    /// A program's part is estimated: its day has come, and its period is not closed.
    Estimated {
        /// The program.
        program: String,
    },
    /// What is left to pay is less than the rail takes.
    BelowMinimum {
        /// What is left to pay.
        amount: Money,
        /// The least that the rail takes.
        minimum: Money,
    },
    /// Nothing is there to be paid.
    NothingEarned,
    /// The balance is below zero, after clawbacks for instance; what was invoiced is taken off it.
    NegativeBalance {
        /// The balance.
        balance: Money,
    },
    /// A debt takes all that is due.
    Offset {
        /// What is owed, of what was paid before.
        debt: Money,
    },
    /// The day of payment has not come.
    NotDue {
        /// The day.
        next: Date,
    },
    /// The bank's answer about an earlier payment does not agree with the books.
    Disputed {
        /// References of the payments.
        references: Vec<String>,
    },
    /// More is owed in another currency than is there, and the platform pays nobody who owes it something.
    OwesElsewhere {
        /// What is owed, by currency.
        owed: Vec<Money>,
    },
    /// Nothing is paid for a creator of whom the payee collects.
    CreatorStopped {
        /// The creator.
        creator: String,
        /// What the payee has of the creator's earnings.
        amount: Money,
    },
    /// The payee collects of more creators and programs than the books reserve at once.
    TooManyCreators {
        /// Of how many creators it has something.
        creators: usize,
    },
    /// More than books and banks hold.
    TooLarge {
        /// What would be paid.
        amount: Money,
    },
}

/// In which order a debt is recovered: the same words in every blocker about it.
pub const RECOVERY_ORDER: &str = "It is taken first from what is not paid yet, then from future earnings; only \
     what remains after that may be invoiced.";

impl Blocker {
    /// Its stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Blocker::NoPayee => "no_payee",
            Blocker::Identity { .. } => "identity",
            Blocker::TaxForm { .. } => "tax_form",
            Blocker::Sanctions { .. } => "sanctions_hold",
            Blocker::NoMethod => "no_method",
            Blocker::Unreachable { .. } => "unreachable",
            Blocker::MethodFailed { .. } => "method_failed",
            Blocker::Disputed { .. } => "disputed",
            Blocker::OwesElsewhere { .. } => "owes_elsewhere",
            Blocker::CreatorStopped { .. } => "creator_stopped",
            Blocker::TooManyCreators { .. } => "too_many_creators",
            Blocker::TooLarge { .. } => "too_large",
            Blocker::ProgramMissing { .. } => "program_missing",
            Blocker::ThresholdRate { .. } => "threshold_rate",
            Blocker::BelowThreshold { .. } => "below_threshold",
            Blocker::Estimated { .. } => "estimated",
            Blocker::BelowMinimum { .. } => "below_minimum",
            Blocker::NothingEarned => "nothing_earned",
            Blocker::NegativeBalance { .. } => "negative_balance",
            Blocker::Offset { .. } => "offset",
            Blocker::NotDue { .. } => "not_due",
        }
    }

    /// What it is, for the creator.
    pub fn words(&self) -> String {
        match self {
            Blocker::NoPayee => "There are no payment details for you yet.".into(),
            Blocker::Identity { state } => of_identity(*state).into(),
            Blocker::TaxForm { standing } => of_tax_form(*standing),
            Blocker::Sanctions { since } => {
                format!("Payments to you have been stopped for a legal check since {since}.")
            }
            Blocker::NoMethod => "You have not said how you want to be paid.".into(),
            Blocker::Unreachable { to, why } => format!("No payment reaches {to}: {why}."),
            Blocker::MethodFailed { to, on, reason } => {
                format!("The last payment to {to} failed on {on}: {reason}.")
            }
            Blocker::Disputed { references } => format!(
                "The bank's answer about an earlier payment ({}) does not agree with ours, and is being looked into.",
                references.join(", ")
            ),
            Blocker::OwesElsewhere { owed } => format!("You owe us {} in another currency.", listed(owed)),
            Blocker::CreatorStopped { creator, amount } => of_stopped(creator, *amount),
            Blocker::TooManyCreators { creators } => of_too_many(*creators),
            Blocker::TooLarge { amount } => format!("{amount} is more than can be paid at once."),
            Blocker::ProgramMissing {
                program,
                amount,
                problem,
            } => format!("{program}: {amount} waits until the program's rules are at hand again: {problem}."),
            Blocker::ThresholdRate {
                program,
                threshold,
                amount,
            } => {
                format!(
                    "{program}: {amount} cannot be compared with the threshold of {threshold} without an exchange rate."
                )
            }
            Blocker::BelowThreshold {
                program,
                amount,
                threshold,
                missing,
                below,
            } => {
                let then = of_what_is_below(*below);
                format!("{program}: {amount} is {missing} short of the threshold of {threshold}. {then}")
            }
            Blocker::Estimated { program } => {
                format!("{program}: the amount is an estimate until the period is closed.")
            }
            Blocker::BelowMinimum { amount, minimum } => {
                format!(
                    "{amount} is less than the {minimum} that your way of payment takes. It stays in your balance."
                )
            }
            Blocker::NothingEarned => "There is nothing to be paid.".into(),
            Blocker::NegativeBalance { balance } => {
                format!(
                    "You owe {}: more was taken back than you have earned since. {RECOVERY_ORDER}",
                    balance.checked_neg().unwrap_or(*balance)
                )
            }
            Blocker::Offset { debt } => {
                format!(
                    "You owe {debt} of earlier payments, which takes all that is due now. {RECOVERY_ORDER}"
                )
            }
            Blocker::NotDue { next } => format!("The next payout is on {next}."),
        }
    }

    /// What the creator can do.
    pub fn to_do(&self) -> &'static str {
        match self {
            Blocker::NoPayee => "Enter your name, address and payout method.",
            Blocker::Identity { state } => match state {
                Identity::Unverified => "Send in an identity document.",
                Identity::Pending => "Nothing: you will hear from us.",
                Identity::Restricted => "Answer the question that was sent to you.",
                Identity::Rejected => "Appeal with new documents.",
                Identity::Verified => "Nothing.",
            },
            Blocker::TaxForm { .. } => "Sign a W-9, or a W-8BEN if you are not a US person.",
            Blocker::Sanctions { .. } => "Contact support; your earnings are kept.",
            Blocker::NoMethod => "Add a bank account, PayPal or Wise.",
            Blocker::Unreachable { why, .. } => match why {
                Unreachable::IbanAsNumber => "Give the IBAN of your account as an IBAN.",
                Unreachable::NoBank { .. } | Unreachable::NoClearing => {
                    "Give the bank of the account (its BIC), or another account."
                }
                Unreachable::OtherCountry { .. } => {
                    "Give the account and its bank (its BIC) again: they are in one country."
                }
                Unreachable::Currency { .. } | Unreachable::Digits { .. } => {
                    "Choose another currency, or another way of payment."
                }
            },
            Blocker::ProgramMissing { .. } => {
                "Nothing: your earnings are kept. (The platform brings the program's document back: from a backup, or with `permille program apply FILE`.)"
            }
            Blocker::MethodFailed { .. } => {
                "Bring in another account, or correct name and address; the platform can also confirm this one (`permille payee confirm`)."
            }
            Blocker::Disputed { .. } => {
                "Nothing: you will hear from us. (The platform closes it: `permille payout breaks`.)"
            }
            Blocker::OwesElsewhere { .. } => {
                "Pay it, or earn in that currency what covers it. (The platform may write an invoice: `permille payout recover`.)"
            }
            Blocker::CreatorStopped { .. } => {
                "Nothing: the money is kept until the creator's matter is cleared up."
            }
            Blocker::TooManyCreators { .. } => {
                "Contact support: your creators are divided among several payees; your earnings are kept."
            }
            Blocker::TooLarge { .. } => "Contact support: an amount like this is most likely a mistake.",
            Blocker::ThresholdRate { .. } => {
                "Nothing: the platform brings in exchange rates (--fx FILE, or `fx` under [payout])."
            }
            Blocker::BelowThreshold {
                below: BelowThreshold::Roll,
                ..
            } => "Nothing: keep earning.",
            Blocker::BelowThreshold {
                below: BelowThreshold::Expire,
                ..
            } => "Nothing can be done for this period; the program's rules say what counts.",
            Blocker::Estimated { .. } => "Nothing: the platform closes the period.",
            Blocker::BelowMinimum { .. } => "Keep earning, or choose another way of payment.",
            Blocker::NothingEarned => "Nothing: earnings appear here when they are final.",
            Blocker::NegativeBalance { .. } | Blocker::Offset { .. } => {
                "Nothing now; dispute the deduction if it is wrong."
            }
            Blocker::NotDue { .. } => "Nothing: it is paid on that day.",
        }
    }
}

const fn of_what_is_below(below: BelowThreshold) -> &'static str {
    match below {
        BelowThreshold::Roll => "It is carried to the next payout.",
        BelowThreshold::Expire => "By the program's rules it may expire.",
    }
}

fn of_stopped(creator: &str, amount: Money) -> String {
    format!("{amount} that {creator} earned are not paid: payments for {creator} have been stopped.")
}

fn of_too_many(creators: usize) -> String {
    format!("You collect of {creators} creators, which is more than one payment can be made of.")
}

fn listed(amounts: &[Money]) -> String {
    let all: Vec<String> = amounts.iter().map(Money::to_string).collect();
    all.join(" and ")
}

fn of_identity(state: Identity) -> &'static str {
    match state {
        Identity::Unverified => "Your identity has not been checked.",
        Identity::Pending => "Your identity is being checked.",
        Identity::Restricted => "Your account is restricted until a question is cleared up.",
        Identity::Rejected => "Your identity could not be confirmed.",
        Identity::Verified => "Your identity is confirmed.",
    }
}

fn of_tax_form(standing: FormStanding) -> String {
    match standing {
        FormStanding::Expired(until) => format!("Your tax form expired on {until}."),
        FormStanding::NotYetSigned => "Your tax form is signed for a later day.".into(),
        FormStanding::Missing | FormStanding::Valid => "A tax form is missing.".into(),
    }
}
