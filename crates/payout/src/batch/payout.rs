//! One payout: what leaves, for whom, made of what, and how far it has come.

use super::heard::{Acceptance, Booking, Seen, Told};
use super::ids::{BatchId, EndToEndId, PayoutId};
use super::state::PayoutState;
use crate::fx;
use crate::payee::{Address, AddressPart, Country, Destination, Name, Payee, PayeeId, Place, Rail, masked};
use crate::readiness::ProgramShare;
use jiff::civil::Date;
use money::{Money, MoneyError, Ratio};
use serde::{Deserialize, Serialize};

/// Who bears the fees of a transfer. Within SEPA each side bears its own, whatever is said here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeeBearer {
    /// Each side its own.
    #[default]
    Shared,
    /// The platform all of them.
    Platform,
    /// The creator all of them.
    Creator,
}

/// The exchange rate a payout was converted at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// Units of the payout currency for one of the source currency, exact.
    #[serde(with = "crate::amount::ratio")]
    pub rate: Ratio,
    /// The day it is the rate of.
    pub published_on: Date,
    /// Where it is from.
    pub source: String,
    /// The BLAKE3 hash of the file it was read from; none of conversions from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Who receives a payout, as it was when the batch was prepared.
///
/// Written with a payout, it says no more than who is not known by: the id, the country and the rail. Read so, it is erased until its
/// [`Particulars`] are put in, which are kept apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Outline", into = "Outline")]
pub struct Recipient {
    /// The payee.
    pub payee: PayeeId,
    /// The name in law.
    pub name: Name,
    /// The address.
    pub address: Address,
    /// Where the money arrives.
    pub to: Destination,
}

/// What names the person who receives a payout: name, address and account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Particulars {
    /// The name in law.
    pub name: Name,
    /// The address.
    pub address: Address,
    /// Where the money arrives.
    pub to: Destination,
}

/// What a payout's own document says of who receives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outline {
    payee: PayeeId,
    country: Country,
    rail: Rail,
}

impl From<Recipient> for Outline {
    fn from(of: Recipient) -> Outline {
        Outline {
            payee: of.payee,
            country: of.address.country,
            rail: of.to.rail(),
        }
    }
}

impl From<Outline> for Recipient {
    fn from(of: Outline) -> Recipient {
        Recipient {
            payee: of.payee,
            name: Name::erased(),
            address: Address {
                street: None,
                building_number: None,
                post_code: None,
                town: AddressPart::erased(),
                country: of.country,
            },
            to: Destination::Erased { rail: of.rail },
        }
    }
}

impl Recipient {
    /// What names the person.
    pub fn particulars(&self) -> Particulars {
        Particulars {
            name: self.name.clone(),
            address: self.address.clone(),
            to: self.to.clone(),
        }
    }

    /// Puts in what names the person.
    pub fn name_by(&mut self, particulars: Particulars) {
        let Particulars { name, address, to } = particulars;
        (self.name, self.address, self.to) = (name, address, to);
    }

    /// Whether what names the person is not there.
    pub const fn is_erased(&self) -> bool {
        matches!(self.to, Destination::Erased { .. })
    }
}

/// One payment to one payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Its id.
    pub id: PayoutId,
    /// Its reference at the bank.
    pub end_to_end_id: EndToEndId,
    /// Who receives it.
    pub recipient: Recipient,
    /// What arrives, in the payout currency.
    #[serde(with = "crate::amount")]
    pub amount: Money,
    /// What it was before withholding, in the source currency.
    #[serde(with = "crate::amount")]
    pub gross: Money,
    /// What was withheld, in the source currency.
    #[serde(with = "crate::amount")]
    pub withheld: Money,
    /// Gross less withheld: what was converted.
    #[serde(with = "crate::amount")]
    pub net: Money,
    /// The conversion; none if the currencies are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// Who bears the fees.
    #[serde(default)]
    pub fee_bearer: FeeBearer,
    /// By program; the amounts sum to `gross`, what is withheld to `withheld`.
    pub shares: Vec<ProgramShare>,
    /// How far it has come.
    pub state: PayoutState,
    /// Why it is held, failed or returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where statements showed its money: a second debit is told from the first one read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// That the bank has it, as far as it said so: a refusal or return that is read later may be older.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Acceptance>,
    /// Who brought in what became of it, oldest first. None of what was settled before this was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<Told>,
}

/// What a payout is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutOrder<'a> {
    /// The payee.
    pub payee: &'a Payee,
    /// Where it goes: one of the payee's methods.
    pub to: &'a Destination,
    /// What arrives.
    pub amount: Money,
    /// Before withholding, in the source currency.
    pub gross: Money,
    /// Withheld, in the source currency.
    pub withheld: Money,
    /// The conversion, if any.
    pub conversion: Option<Conversion>,
    /// Who bears the fees.
    pub fee_bearer: FeeBearer,
    /// By program.
    pub shares: Vec<ProgramShare>,
}

impl Payout {
    /// A pending payout of a batch. Errors: parts that do not add up; nothing to pay; two currencies without a
    /// conversion.
    pub fn new(batch: &BatchId, order: PayoutOrder<'_>) -> Result<Self, PayoutError> {
        let id = PayoutId::derive(batch, &order.payee.id);
        let net = order.gross.checked_sub(order.withheld)?;
        let asset = order.gross.asset();
        let amounts = Money::sum(asset, order.shares.iter().map(|share| share.amount))?;
        let withheld = Money::sum(asset, order.shares.iter().map(|share| share.withheld))?;
        if amounts != order.gross || withheld != order.withheld {
            return Err(PayoutError::SharesDiffer {
                id,
                shares: amounts,
                gross: order.gross,
            });
        }
        if order.amount.is_negative() || order.amount.is_zero() || net.is_negative() {
            return Err(PayoutError::NothingToPay {
                id,
                amount: order.amount,
            });
        }
        if !follows(order.amount, net, order.conversion.as_ref())? {
            return Err(PayoutError::NotConverted {
                id,
                net,
                amount: order.amount,
            });
        }
        Ok(Self {
            end_to_end_id: EndToEndId::derive(batch, &order.payee.id),
            id,
            recipient: Recipient {
                payee: order.payee.id.clone(),
                name: order.payee.name.clone(),
                address: order.payee.address.clone(),
                to: order.to.clone(),
            },
            amount: order.amount,
            gross: order.gross,
            withheld: order.withheld,
            net,
            conversion: order.conversion,
            fee_bearer: order.fee_bearer,
            shares: order.shares,
            state: PayoutState::Pending,
            reason: None,
            seen: Vec::new(),
            accepted: Vec::new(),
            told: Vec::new(),
        })
    }

    /// The IBAN that a bank says it was paid to, with all but its ends hidden, if that is not where it was sent.
    pub(crate) fn paid_elsewhere(&self, account: Option<&str>) -> Option<String> {
        let own = self.recipient.to.place();
        let is_bank = matches!(own, Place::Account(_));
        let account = account.filter(|account| is_bank && !own.is_same(&Place::of_account(account)))?;
        Some(masked(account))
    }

    /// Whether so much is further from what was converted than rates move in days; false where it is not known how much it would be.
    pub(crate) fn is_far_from(&self, booked: Money) -> bool {
        self.is_converted_to(booked) && !self.is_near(booked)
    }

    /// Whether so much is what was converted, as far as rates move in days.
    pub(crate) fn is_near(&self, booked: Money) -> bool {
        let change = || fx::change(booked.to_ratio(), self.net.to_ratio());
        self.is_converted_to(booked) && !fx::is_beyond(change(), fx::Limits::default().band)
    }

    fn is_converted_to(&self, booked: Money) -> bool {
        self.conversion.is_some() && booked.asset().code() == self.net.asset().code()
    }

    /// The outcome that a bank or rail reports: succeeded, failed or returned. Errors: not in the table.
    pub(crate) fn settle(&mut self, outcome: PayoutState, reason: Option<&str>) -> Result<(), PayoutError> {
        if matches!(
            outcome,
            PayoutState::Succeeded | PayoutState::Failed | PayoutState::Returned
        ) {
            let was_returned = self.state == PayoutState::Returned;
            self.change_to(outcome, reason)?;
            if was_returned {
                self.leave_again();
            }
            return Ok(());
        }
        Err(PayoutError::Refused {
            id: self.id.clone(),
            from: self.state,
            to: outcome,
        })
    }

    /// Keeps that its money left once more than it came back, so that a statement with the return that is read again takes nothing.
    fn leave_again(&mut self) {
        let times = |outcome| self.seen.iter().filter(|seen| seen.outcome == outcome).count();
        let (left, back) = (times(PayoutState::Succeeded), times(PayoutState::Returned));
        let missing = (back.max(1) + 1).saturating_sub(left);
        self.seen.extend((0..missing).map(|_| Seen {
            reference: Some("by hand".to_owned()),
            outcome: PayoutState::Succeeded,
            day: None,
            time: None,
            entry: None,
            transactions: Vec::new(),
            statement: None,
            shown_in: None,
            amounts: Vec::new(),
            repeated: false,
            pair: None,
            booking: Booking::Single,
            doubted: false,
        }));
    }

    /// Changes the state; `reason` says why it is held, failed or returned. Errors: not in the table.
    pub fn change_to(&mut self, next: PayoutState, reason: Option<&str>) -> Result<(), PayoutError> {
        if !self.state.may_become(next) {
            return Err(PayoutError::Refused {
                id: self.id.clone(),
                from: self.state,
                to: next,
            });
        }
        self.state = next;
        self.reason = reason.map(str::to_owned);
        Ok(())
    }
}

/// Whether an amount is the net at the rate, but for less than one unit that rounding may move. Without a
/// conversion the currencies are the same, and nothing is added.
fn follows(amount: Money, net: Money, conversion: Option<&Conversion>) -> Result<bool, MoneyError> {
    let same = amount.asset().code() == net.asset().code();
    if same != conversion.is_none() {
        return Ok(false);
    }
    let rate = conversion.map_or(Ratio::ONE, |conversion| conversion.rate);
    let exact = net.to_ratio().checked_mul(rate)?;
    let off = exact.checked_sub(amount.to_ratio())?;
    let unit = Ratio::new(1, amount.asset().units_per_whole())?;
    let below = Ratio::ZERO.checked_sub(unit)?;
    Ok(off < unit && if same { !off.is_negative() } else { off > below })
}

/// Why a payout cannot be, or not become that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayoutError {
    /// Not a transition of the table.
    #[error("payout {id} is {from}: it cannot become {to}")]
    Refused {
        /// The payout.
        id: PayoutId,
        /// Its state.
        from: PayoutState,
        /// The state asked for.
        to: PayoutState,
    },
    /// The programs' shares do not sum to the whole.
    #[error(
        "payout {id}: the programs' shares sum to {shares}, or what they withhold does not fit, of {gross}"
    )]
    SharesDiffer {
        /// The payout.
        id: PayoutId,
        /// Sum of the shares.
        shares: Money,
        /// The whole.
        gross: Money,
    },
    /// Zero or less.
    #[error("payout {id} of {amount} pays nothing: leave it out")]
    NothingToPay {
        /// The payout.
        id: PayoutId,
        /// The amount.
        amount: Money,
    },
    /// The amount does not follow from the net.
    #[error("payout {id}: {amount} does not follow from {net}: convert it, and say at which rate")]
    NotConverted {
        /// The payout.
        id: PayoutId,
        /// Before conversion.
        net: Money,
        /// After it.
        amount: Money,
    },
    /// Assets that differ, or beyond 128 bits.
    #[error(transparent)]
    Money(#[from] MoneyError),
}
