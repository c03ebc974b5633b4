//! Actors: people and machines that are known by an id.

use crate::permission::Permission;
use crate::role::{Reach, Role, Scope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most characters of an id.
const MOST: usize = 64;

/// An id: small letters, digits, `.`, `-` and `_`, beginning with a letter or digit. It never changes and is never given again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ActorId(String);

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no actor's id: 1 to 64 small letters (a to z), digits, `.`, `-` and `_`, of which the first is a letter or digit"
)]
pub struct IdError(String);

impl ActorId {
    /// Checks an id.
    ///
    /// # Errors
    /// The text is none.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_inner = |byte: u8| is_plain(byte) || b".-_".contains(&byte);
        let is_id =
            text.bytes().next().is_some_and(is_plain) && text.bytes().all(is_inner) && text.len() <= MOST;
        match is_id {
            true => Ok(Self(text.to_owned())),
            false => Err(IdError(text.chars().take(MOST).collect())),
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ActorId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        Self::new(&text)
    }
}

impl From<ActorId> for String {
    fn from(id: ActorId) -> String {
        id.0
    }
}

impl std::fmt::Display for ActorId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// Somebody.
    Person,
    /// A program of the platform's.
    Machine,
}

/// Somebody or something that uses Permille.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The id.
    pub id: ActorId,
    /// A person or a machine.
    pub kind: ActorKind,
    /// What it is called, for people; it may change.
    pub name: String,
    /// Its roles.
    pub roles: BTreeSet<Role>,
    /// The creators whose earnings are its own, for payees and creators.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub creators: BTreeSet<String>,
    /// The payees of whom it sees what they collect, for payees.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub payees: BTreeSet<String>,
    /// Why it may do nothing at present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<String>,
}

/// Why an actor may not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It may do nothing at present.
    #[error("{id} is suspended: {reason}")]
    Suspended {
        /// The actor.
        id: ActorId,
        /// Why.
        reason: String,
    },
    /// None of its roles may.
    #[error("{id} may not {}", permission.words())]
    NotIts {
        /// The actor.
        id: ActorId,
        /// What it asked for.
        permission: Permission,
    },
    /// A person must.
    #[error("{id} is a machine, and may not {}", permission.words())]
    Machine {
        /// The actor.
        id: ActorId,
        /// What it asked for.
        permission: Permission,
    },
}

impl Actor {
    /// Whose data it may see by a permission.
    ///
    /// # Errors
    /// Those of [`Actor::may`].
    pub fn scope(&self, permission: Permission) -> Result<Scope, Denied> {
        Ok(match self.may(permission)? {
            Reach::All => Scope::All,
            Reach::Own => Scope::Own {
                creators: self.creators.clone(),
                payees: self.payees.clone(),
            },
        })
    }

    /// How far it may do something.
    ///
    /// # Errors
    /// Not at all, and why.
    pub fn may(&self, permission: Permission) -> Result<Reach, Denied> {
        let id = || self.id.clone();
        if let Some(reason) = &self.suspended {
            let reason = reason.clone();
            return Err(Denied::Suspended { id: id(), reason });
        }
        let reach = self.roles.iter().filter_map(|role| permission.of(*role)).max();
        let reach = reach.ok_or_else(|| Denied::NotIts { id: id(), permission })?;
        match self.kind == ActorKind::Machine && permission.needs_a_person() {
            true => Err(Denied::Machine { id: id(), permission }),
            false => Ok(reach),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(roles: &[Role]) -> Actor {
        Actor {
            id: ActorId::new("ann").unwrap(),
            kind: ActorKind::Person,
            name: "Ann".into(),
            roles: roles.iter().copied().collect(),
            creators: BTreeSet::new(),
            payees: BTreeSet::new(),
            suspended: None,
        }
    }

    #[test]
    fn ids() {
        for good in ["ann", "a", "7", "ann.smith-2_x", &"a".repeat(64)] {
            assert_eq!(ActorId::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "Ann",
            ".ann",
            "-a",
            "a n",
            "änn",
            "а",
            "ann\u{200b}",
            &"a".repeat(65),
        ] {
            assert!(ActorId::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_widest_of_several_roles_counts() {
        let both = actor(&[Role::Creator, Role::Support]);
        assert_eq!(both.may(Permission::ReadEarnings), Ok(Reach::All));
        let own = actor(&[Role::Creator]);
        assert_eq!(own.may(Permission::ReadEarnings), Ok(Reach::Own));
        let denied = own.may(Permission::Settle).unwrap_err();
        assert_eq!(denied.to_string(), "ann may not settle periods");
        assert!(actor(&[]).may(Permission::ReadPrograms).is_err());
    }

    #[test]
    fn machines_sign_nothing_and_the_suspended_do_nothing() {
        let mut machine = actor(&[Role::Approver, Role::Finance]);
        machine.kind = ActorKind::Machine;
        assert_eq!(machine.may(Permission::PreparePayouts), Ok(Reach::All));
        let denied = machine.may(Permission::ApprovePayouts).unwrap_err();
        assert_eq!(
            denied.to_string(),
            "ann is a machine, and may not approve payouts"
        );
        machine.suspended = Some("left".into());
        let denied = machine.may(Permission::ReadPayouts).unwrap_err();
        assert_eq!(denied.to_string(), "ann is suspended: left");
    }
}
