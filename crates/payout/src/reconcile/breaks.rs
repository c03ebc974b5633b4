//! What does not agree, and amounts compared.

use crate::batch::{Payout, PayoutState};
use jiff::civil::Date;
use money::Money;

/// Something that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// The reference it is about: of a payout, an invoice, a file or a part of one, or what the bank wrote.
    pub reference: String,
    /// The references of all payouts that it puts in doubt.
    pub payouts: Vec<String>,
    /// What it is.
    pub kind: BreakKind,
    /// Where the answer says so.
    pub line: u32,
}

/// The ways of not agreeing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BreakKind {
    /// No payout and no invoice has this reference.
    UnknownReference,
    /// The answer is to another file, or to a part that was not in it.
    OtherMessage,
    /// The bank says another amount.
    AmountDiffers {
        /// What was sent.
        expected: Money,
        /// What the bank says.
        found: Money,
    },
    /// The bank says another currency.
    CurrencyDiffers {
        /// What was sent.
        expected: Money,
        /// What the bank says.
        found: Money,
    },
    /// The payout has ended, in another way.
    AlreadyFinal {
        /// How it ended.
        state: PayoutState,
        /// What the bank says.
        found: PayoutState,
    },
    /// The payout has not left, as far as is known here.
    NotSent {
        /// Its state.
        state: PayoutState,
    },
    /// More came in for an invoice than is owed, or another currency.
    NotOwed {
        /// What is owed.
        owed: Money,
        /// What came in.
        found: Money,
    },
    /// Another amount was booked under the bank's reference before.
    OtherReceipt {
        /// What was booked.
        booked: Money,
        /// What the bank says now.
        found: Money,
    },
    /// As much was received for an invoice within a week, under another reference.
    ReceivedAlike {
        /// How much.
        amount: Money,
        /// The reference of what was received before.
        known: String,
    },
    /// Money that went out, or that came back, with the reference of an invoice.
    NoReceipt {
        /// How much.
        amount: Money,
    },
    /// The bank names an invoice and no amount.
    NoAmount,
    /// The same is said twice in one file, or the money moved twice.
    Duplicate,
    /// A status that is not known here.
    UnknownStatus {
        /// The code.
        code: String,
    },
    /// A submission was refused because the same had been sent before.
    DuplicateRefused {
        /// The bank's reason.
        reason: String,
    },
    /// It was refused, and the reason does not say that no earlier submission of it went.
    UncertainRefusal {
        /// The bank's reason.
        reason: String,
    },
    /// It was refused for a reason that holds of every submission, and something speaks against it.
    RefusedAgainst {
        /// What.
        what: String,
    },
    /// The bank repeats what was sent, and it is something else.
    OtherFile {
        /// What it repeats.
        said: String,
        /// What was sent.
        sent: String,
    },
    /// A sum is of so many payments as were not sent.
    CountDiffers {
        /// How many it can be of.
        expected: usize,
        /// How many the bank says.
        found: u64,
    },
    /// Two statements about the same that cannot both hold.
    Contradiction {
        /// Both.
        said: String,
    },
    /// A booking that takes another back, and cannot be the payout's money leaving.
    Reversal {
        /// What was booked.
        amount: Money,
    },
    /// Money that came in and names what was sent, and that the bank does not call a return.
    NotCalledReturn {
        /// What was booked.
        amount: Money,
    },
    /// A debit that by the bank's kind is nothing that was ordered here.
    NoOrder {
        /// What was booked.
        amount: Money,
    },
    /// A return, or a booking taken back, that names nothing that is known here.
    UnknownReturn {
        /// What was booked.
        amount: Money,
    },
    /// A debit that the bank calls a return.
    ReturnedDebit {
        /// What was booked.
        amount: Money,
    },
    /// One movement names several payouts or invoices.
    SeveralNamed {
        /// What else it names.
        others: Vec<String>,
    },
    /// The reference is cut off or damaged.
    Cut {
        /// What was booked.
        amount: Money,
    },
    /// The details of an entry do not sum to it.
    DetailsDiffer {
        /// What was booked.
        entry: Money,
        /// The sum of the details; none if some have no amount.
        details: Option<Money>,
    },
    /// A part of a sum came back.
    PartBack {
        /// What was sent.
        sent: Money,
        /// What came back.
        back: Money,
    },
    /// A sum moved again.
    SumAgain {
        /// How much.
        amount: Money,
    },
    /// The sum of several parts.
    SeveralFit {
        /// How much.
        amount: Money,
    },
    /// Money went out that bears nothing of ours, and the bank's own reference of a payout's money.
    NamedByBank {
        /// How much.
        amount: Money,
    },
    /// Money went out that bears nothing of ours, and as much came back before.
    AsCameBack {
        /// How much.
        amount: Money,
    },
    /// Money went out that bears nothing of ours, and as much left in one file before.
    AsLeft {
        /// How much.
        amount: Money,
    },
    /// Money came in that bears nothing of ours, and as much left in one file before.
    AsWentOut {
        /// How much.
        amount: Money,
    },
    /// Money came in that bears nothing of ours, from the account that a payout of as much went to.
    FromPayee {
        /// How much.
        amount: Money,
    },
    /// Money went out that bears nothing of ours, and as much was refused.
    AsRefused {
        /// How much.
        amount: Money,
    },
    /// Money went out that bears nothing of ours, to the account that a payout of as much was sent to.
    ToPayee {
        /// How much.
        amount: Money,
    },
    /// The payout left more often than it came back.
    OneOfSeveral,
    /// Too little came in to be a return.
    TooLittle {
        /// What was sent.
        sent: Money,
        /// What came in.
        back: Money,
    },
    /// So much was said of it that not all was kept.
    TooMuchSaid,
    /// The bank took it on once more before it came back.
    SentAgain {
        /// With which status.
        status: String,
        /// When.
        at: String,
    },
    /// A statement books it on a day that is to come.
    NotYet {
        /// The day.
        day: Date,
    },
    /// The bank took it on, or its money left, while another answer waits that frees it.
    TakenMeanwhile,
    /// It went to another account than it was sent to.
    PaidElsewhere {
        /// The account.
        account: String,
    },
    /// It stands in a statement of an account that it did not leave from.
    OtherAccount {
        /// The account.
        account: String,
    },
}

impl BreakKind {
    /// Its name, as it is kept: of one line of a file there may be several kinds.
    pub fn name(&self) -> String {
        let written = format!("{self:?}");
        let end = written.find([' ', '{', '(']).unwrap_or(written.len());
        written[..end].to_owned()
    }
}

impl Break {
    /// A break about one payout.
    pub fn of(payout: &Payout, kind: BreakKind, line: u32) -> Self {
        let reference = payout.end_to_end_id.to_string();
        Break {
            payouts: vec![reference.clone()],
            reference,
            kind,
            line,
        }
    }

    /// The break in words.
    pub fn words(&self) -> String {
        let reference = &self.reference;
        match &self.kind {
            BreakKind::UnknownReference => format!("no payout and no invoice has the reference {reference}"),
            BreakKind::NotOwed { owed, found } => {
                format!("{reference}: {owed} is owed, {found} came in")
            }
            BreakKind::OtherReceipt { booked, found } => {
                format!(
                    "{reference}: {booked} was received under the same reference before, the bank now says {found}"
                )
            }
            BreakKind::ReceivedAlike { amount, known } => format!(
                "{reference}: {amount} was received within a week under the reference {known}: it is the same money in another statement, or another payment, which somebody says by hand"
            ),
            BreakKind::NoReceipt { amount } => format!(
                "{reference}: {amount} is no payment of the invoice: it went out, or is a return of something"
            ),
            BreakKind::NoAmount => format!("{reference}: the bank does not say how much came in"),
            BreakKind::OtherMessage => {
                format!("the answer is to {reference}, which is not this batch or a part of it")
            }
            BreakKind::AmountDiffers { expected, found } | BreakKind::CurrencyDiffers { expected, found } => {
                format!("{reference}: {expected} was sent, the bank says {found}")
            }
            BreakKind::AlreadyFinal { state, found } => {
                format!("{reference} is {state}, the bank says {found}")
            }
            BreakKind::NotSent { state } => {
                format!("{reference} is {state} and was not sent, but the bank has it")
            }
            BreakKind::Duplicate => format!("{reference} is there twice with the same outcome"),
            BreakKind::UnknownStatus { code } => {
                format!("{reference}: the bank's status {code} is not known here")
            }
            other => other.doubt(reference),
        }
    }
}

impl BreakKind {
    /// What keeps an answer from being certain, in words.
    fn doubt(&self, reference: &str) -> String {
        match self {
            BreakKind::DuplicateRefused { reason } => format!(
                "{reference}: the bank refused it as sent before ({reason}), which says nothing of what was sent first"
            ),
            BreakKind::UncertainRefusal { reason } => format!(
                "{reference}: the bank refused it ({reason}), which may be of a second submission: ask the bank, then settle by hand (`payout settle`)"
            ),
            BreakKind::RefusedAgainst { what } => format!(
                "{reference}: the bank refused it, and {what}: it may be of a second submission: ask the bank, then settle by hand (`payout settle`)"
            ),
            BreakKind::OtherFile { said, sent } => {
                format!(
                    "{reference}: the bank answers to {said}, but {sent}: nothing that it says of it was taken"
                )
            }
            BreakKind::CountDiffers { expected, found } => {
                format!(
                    "{reference}: the bank says that {found} payments are in the sum, and it is that of {expected}"
                )
            }
            BreakKind::Contradiction { said } => format!("{reference}: the bank says {said} at once"),
            BreakKind::Reversal { amount } => format!(
                "{reference}: {amount} is a reversal (RvslInd), which takes an earlier booking back: ask the bank which"
            ),
            BreakKind::NotCalledReturn { amount } => format!(
                "{reference}: {amount} came in and names it, and the bank does not say that it came back: it may be a payment of somebody"
            ),
            BreakKind::UnknownReturn { amount } => format!(
                "{reference}: {amount} came back, and the bank names nothing that is known here: ask whose it is, and settle by hand"
            ),
            BreakKind::ReturnedDebit { amount } => {
                format!("{reference}: {amount} went out, and the bank calls it a return")
            }
            BreakKind::SeveralNamed { others } => {
                format!("{reference}: the same movement names {}, too", others.join(", "))
            }
            BreakKind::Cut { amount } => {
                format!("{reference}: a movement of {amount} has a part of this reference and not all of it")
            }
            BreakKind::DetailsDiffer {
                entry,
                details: Some(details),
            } => format!("{reference}: the entry is of {entry}, its details sum to {details}"),
            BreakKind::DetailsDiffer { entry, details: None } => {
                format!("{reference}: the entry is of {entry}, its details do not say how much each is of")
            }
            other => other.of_movement(reference),
        }
    }

    /// What is not certain of money that moved, in words.
    fn of_movement(&self, reference: &str) -> String {
        match self {
            BreakKind::NoOrder { amount } => format!(
                "{reference}: {amount} went out, and by the bank's kind of it it is a charge or somebody else's order"
            ),
            BreakKind::PartBack { sent, back } => {
                format!(
                    "{reference}: {sent} was sent, {back} came back in one sum, and the bank does not say whose"
                )
            }
            BreakKind::SumAgain { amount } => {
                format!(
                    "{reference}: the sum of {amount} is there a second time, or for payouts that moved before"
                )
            }
            BreakKind::SeveralFit { amount } => {
                format!("{reference}: {amount} is the sum of several of its parts")
            }
            BreakKind::OneOfSeveral => {
                format!("{reference} left more than once, and has not come back as often")
            }
            BreakKind::TooLittle { sent, back } => {
                format!("{reference}: {sent} was sent, {back} came in: that is no return less a fee")
            }
            BreakKind::NamedByBank { amount } => format!(
                "{reference}: {amount} went out under the bank's own reference of a payment, and nothing of ours: ask the bank what it is"
            ),
            BreakKind::AsCameBack { amount } => format!(
                "{reference}: {amount} went out and names nothing of ours, and as much came back shortly before: it may take that back: ask the bank what it is"
            ),
            BreakKind::AsLeft { amount } => format!(
                "{reference}: {amount} went out and names nothing of ours, and as much left in one file shortly before: it may have left again: ask the bank what it is"
            ),
            BreakKind::AsWentOut { amount } => format!(
                "{reference}: {amount} came in and names nothing of ours, and as much left in one file before: it may be that coming back: ask the bank what it is"
            ),
            BreakKind::AsRefused { amount } => format!(
                "{reference}: {amount} went out and names nothing of ours, and as much was refused or came back: it may have left all the same: ask the bank what it is"
            ),
            BreakKind::ToPayee { amount } => format!(
                "{reference}: {amount} went out to the account that a payout of as much was sent to, and names nothing of ours: it may be that payout, once more or after all: ask the bank what it is"
            ),
            BreakKind::FromPayee { amount } => format!(
                "{reference}: {amount} came in from the account that a payout of as much went to, and names nothing of ours: it may be that payout coming back: ask the bank what it is"
            ),
            BreakKind::TooMuchSaid => {
                format!(
                    "{reference}: so much is said of it that not all of it is kept: ask the bank what became of it"
                )
            }
            BreakKind::SentAgain { status, at } => format!(
                "{reference} came back, and the bank took it on once more ({status}, {at}): ask the bank whether it has it twice"
            ),
            BreakKind::NotYet { day } => format!(
                "{reference} is booked on {day}, which is to come: nothing of it was taken; bring the statement in again when that day is over"
            ),
            BreakKind::TakenMeanwhile => format!(
                "{reference}: the bank has it, and another answer waits by which its money is free: look at both before you take that up"
            ),
            BreakKind::PaidElsewhere { account } => format!(
                "{reference}: the bank paid it to {account}, which is not where it was sent: look at the file that the bank has"
            ),
            BreakKind::OtherAccount { account } => {
                format!("{reference} stands in a statement of account {account}, from which it did not leave")
            }
            _ => format!("{reference} does not agree"),
        }
    }
}

/// How much less came back than was sent; none if not less, or in another currency.
pub(super) fn kept_of(sent: Money, back: Money) -> Option<Money> {
    let is_one_currency = sent.asset().code() == back.asset().code();
    let scale = sent.asset().scale().max(back.asset().scale());
    let fine = |amount: Money| {
        let exact = amount.rescale(scale, money::Rounding::HalfEven).ok()?;
        Some(exact.value)
    };
    let kept = fine(sent)?
        .checked_sub(fine(back)?)
        .ok()
        .filter(|_| is_one_currency)?;
    (!kept.is_zero() && !kept.is_negative()).then_some(kept)
}

/// Whether what was booked is half of what was sent, at least: less under a payment's reference is a fee. In another currency it may be.
pub(super) fn is_most_of(sent: Money, booked: Money) -> bool {
    sent.asset().code() != booked.asset().code()
        || kept_of(sent, booked).is_none_or(|less| less.to_ratio() <= booked.to_ratio())
}

pub(super) fn difference(expected: Money, found: Option<Money>) -> Option<BreakKind> {
    let found = found?;
    if found.asset().code() != expected.asset().code() {
        Some(BreakKind::CurrencyDiffers { expected, found })
    } else if found.to_ratio() != expected.to_ratio() {
        Some(BreakKind::AmountDiffers { expected, found })
    } else {
        None
    }
}
