//! The states of an identity check, and which follows which.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How far the check of a payee's identity has come. Only `Verified` is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// Nothing was sent in.
    #[default]
    Unverified,
    /// Papers were sent in and are being looked at.
    Pending,
    /// The payee is who they say.
    Verified,
    /// Verified once; something must be cleared up first.
    Restricted,
    /// Not who they say, or not allowed to be paid.
    Rejected,
}

/// Every transition there is, with the occasion for it.
pub const TRANSITIONS: [(Identity, Identity, &str); 10] = [
    (Identity::Unverified, Identity::Pending, "papers were sent in"),
    (Identity::Pending, Identity::Verified, "the papers are right"),
    (Identity::Pending, Identity::Rejected, "the papers are not right"),
    (
        Identity::Pending,
        Identity::Unverified,
        "the papers were withdrawn or are incomplete",
    ),
    (
        Identity::Verified,
        Identity::Restricted,
        "something must be cleared up",
    ),
    (Identity::Verified, Identity::Pending, "name or papers changed"),
    (Identity::Restricted, Identity::Verified, "it was cleared up"),
    (Identity::Restricted, Identity::Pending, "new papers were sent in"),
    (
        Identity::Restricted,
        Identity::Rejected,
        "it could not be cleared up",
    ),
    (Identity::Rejected, Identity::Pending, "an appeal with new papers"),
];

impl Identity {
    /// Every state, in the order of the way through them.
    pub const ALL: [Identity; 5] = [
        Identity::Unverified,
        Identity::Pending,
        Identity::Verified,
        Identity::Restricted,
        Identity::Rejected,
    ];

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Identity::Unverified => "unverified",
            Identity::Pending => "pending",
            Identity::Verified => "verified",
            Identity::Restricted => "restricted",
            Identity::Rejected => "rejected",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The next state. Errors: no such transition in [`TRANSITIONS`].
    pub fn change_to(self, next: Identity) -> Result<Identity, IdentityError> {
        let known = TRANSITIONS
            .iter()
            .any(|(from, to, _)| (*from, *to) == (self, next));
        if known {
            return Ok(next);
        }
        let allowed: Vec<_> = TRANSITIONS
            .iter()
            .filter(|(from, _, _)| *from == self)
            .map(|(_, to, _)| to.name())
            .collect();
        Err(IdentityError::Refused {
            from: self,
            to: next,
            allowed: allowed.join(" or "),
        })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why an identity does not change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not a transition of the table.
    #[error("identity cannot go from {from} to {to}: next is {allowed}")]
    Refused {
        /// The state it is in.
        from: Identity,
        /// The state asked for.
        to: Identity,
        /// The states that may follow.
        allowed: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_in_the_table_or_refused() {
        let mut allowed = 0;
        for from in Identity::ALL {
            for to in Identity::ALL {
                match from.change_to(to) {
                    Ok(state) => {
                        assert_eq!(state, to);
                        allowed += 1;
                    }
                    Err(error) => assert!(error.to_string().contains(from.name()), "{error}"),
                }
            }
        }
        assert_eq!(allowed, TRANSITIONS.len());
        assert_eq!(
            Identity::Unverified
                .change_to(Identity::Verified)
                .unwrap_err()
                .to_string(),
            "identity cannot go from unverified to verified: next is pending"
        );
    }
}
