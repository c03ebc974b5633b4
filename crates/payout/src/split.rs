//! Splits: by which dated, exact shares a creator's earnings are divided among payees.
//!
//! Without a split, all that a creator earns is collected by the payee of the creator's own id. A split is entered by one person and holds
//! from its day on when another has consented to it; it never changes what was divided already. Nothing here knows what was divided: the
//! caller says until which day.

mod shares;

pub use shares::{MAX_PAYEES, Shares, SharesError};

use crate::person::is_same_person;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The shares of a creator's payees from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Its number among the creator's, from 1; never given again.
    pub number: u32,
    /// The first day whose earnings it divides.
    pub from: Date,
    /// What each payee collects.
    pub shares: Shares,
    /// Why.
    pub reason: String,
    /// Who entered it.
    pub entered: Signed,
    /// Who consented to it; none: it is not in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Who took it back before anybody had consented to it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A consent to a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Where it is seen that the creator consents; none where the creator does so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// That a split was taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// How far a split has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitState {
    /// Nobody has consented to it.
    Open,
    /// It holds from its day on.
    Agreed,
    /// It was taken back.
    Withdrawn,
}

impl SplitState {
    /// The word in tables.
    pub const fn name(self) -> &'static str {
        match self {
            SplitState::Open => "open",
            SplitState::Agreed => "agreed",
            SplitState::Withdrawn => "withdrawn",
        }
    }
}

impl Split {
    /// How far it has come.
    pub const fn state(&self) -> SplitState {
        match (&self.consent, &self.withdrawn) {
            (Some(_), _) => SplitState::Agreed,
            (None, Some(_)) => SplitState::Withdrawn,
            (None, None) => SplitState::Open,
        }
    }
}

/// All splits of a creator, in the order in which they were entered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Splits(Vec<Split>);

/// Why a split cannot be entered, or consented to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// What was earned on its first day, or later, is divided.
    #[error(
        "what was earned up to {divided} is divided already, and a split from {from} would divide it anew"
    )]
    Divided {
        /// The last day whose earnings are divided.
        divided: Date,
        /// The first day of the split.
        from: Date,
    },
    /// There is none of this number.
    #[error("there is no split {number}")]
    Unknown {
        /// The number.
        number: u32,
    },
    /// It is not open any more.
    #[error("split {number} is {} already", state.name())]
    NotOpen {
        /// The number.
        number: u32,
        /// What it is.
        state: SplitState,
    },
    /// One person entered it and would consent to it.
    #[error("{by} entered split {number}, and another person consents to it")]
    SamePerson {
        /// The number.
        number: u32,
        /// Who.
        by: String,
    },
    /// By the split the same is divided as by the one in force.
    #[error("from {from} on the shares are these already: {shares}")]
    Same {
        /// The first day.
        from: Date,
        /// The shares.
        shares: String,
    },
}

impl Splits {
    /// In the order in which they were entered.
    pub fn all(&self) -> &[Split] {
        &self.0
    }

    /// The split that divides what was earned on a day: of those agreed on the one that begins last, and of several of one day the newest.
    /// None: all is the creator's own.
    pub fn in_force(&self, day: Date) -> Option<&Split> {
        let agreed = self
            .0
            .iter()
            .filter(|split| split.state() == SplitState::Agreed && split.from <= day);
        agreed.max_by_key(|split| (split.from, split.number))
    }

    /// The split of a number.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self, number: u32) -> Result<&Split, SplitError> {
        let found = self.0.iter().find(|split| split.number == number);
        found.ok_or(SplitError::Unknown { number })
    }

    /// Enters a split. `divided`: the last day whose earnings are divided. Returns its number.
    ///
    /// # Errors
    /// It begins before what is divided ends, or changes nothing.
    pub fn enter(
        &mut self,
        (from, shares): (Date, Shares),
        reason: String,
        entered: Signed,
        divided: Option<Date>,
    ) -> Result<u32, SplitError> {
        not_divided(from, divided)?;
        if self.in_force(from).is_some_and(|split| split.shares == shares) {
            let shares = shares.to_string();
            return Err(SplitError::Same { from, shares });
        }
        let number = self.0.last().map_or(1, |last| last.number + 1);
        self.0.push(Split {
            number,
            from,
            shares,
            reason,
            entered,
            consent: None,
            withdrawn: None,
        });
        Ok(number)
    }

    /// Puts a split into force.
    ///
    /// # Errors
    /// It is not open; who consents entered it; meanwhile something is divided that it would divide anew.
    pub fn agree(&mut self, number: u32, consent: Consent, divided: Option<Date>) -> Result<(), SplitError> {
        let split = self.open(number)?;
        if is_same_person(&split.entered.by, &consent.by) {
            return Err(SplitError::SamePerson {
                number,
                by: split.entered.by.clone(),
            });
        }
        not_divided(split.from, divided)?;
        split.consent = Some(consent);
        Ok(())
    }

    /// Takes a split back that nobody has consented to.
    ///
    /// # Errors
    /// It is not open.
    pub fn withdraw(&mut self, number: u32, withdrawn: Withdrawn) -> Result<(), SplitError> {
        self.open(number)?.withdrawn = Some(withdrawn);
        Ok(())
    }

    fn open(&mut self, number: u32) -> Result<&mut Split, SplitError> {
        let found = self.0.iter_mut().find(|split| split.number == number);
        let split = found.ok_or(SplitError::Unknown { number })?;
        match split.state() {
            SplitState::Open => Ok(split),
            state => Err(SplitError::NotOpen { number, state }),
        }
    }
}

fn not_divided(from: Date, divided: Option<Date>) -> Result<(), SplitError> {
    match divided.filter(|divided| from <= *divided) {
        Some(divided) => Err(SplitError::Divided { divided, from }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
