//! The roles that actors have.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What somebody does here. An actor may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Says who there is, and in which roles; reads everything; moves no money.
    Admin,
    /// Brings events in, settles, books LIVE.
    Engineer,
    /// Writes programs and tries them on the past.
    Designer,
    /// Closes periods, keeps payees, prepares payouts and brings in what banks answer.
    Finance,
    /// The second person of a payout.
    Approver,
    /// Answers creators' questions.
    Support,
    /// Reads and verifies everything, changes nothing.
    Auditor,
    /// Pays creators for deals.
    Brand,
    /// Sells what creators show.
    Seller,
    /// Pays for advertisements.
    Advertiser,
    /// Collects what creators have earned.
    Payee,
    /// Earns.
    Creator,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 12] = [
        Role::Admin,
        Role::Engineer,
        Role::Designer,
        Role::Finance,
        Role::Approver,
        Role::Support,
        Role::Auditor,
        Role::Brand,
        Role::Seller,
        Role::Advertiser,
        Role::Payee,
        Role::Creator,
    ];

    /// Its name in records and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Engineer => "engineer",
            Role::Designer => "designer",
            Role::Finance => "finance",
            Role::Approver => "approver",
            Role::Support => "support",
            Role::Auditor => "auditor",
            Role::Brand => "brand",
            Role::Seller => "seller",
            Role::Advertiser => "advertiser",
            Role::Payee => "payee",
            Role::Creator => "creator",
        }
    }

    /// Whether it sees what is its own alone, and must say of whom that is.
    pub const fn is_of_its_own(self) -> bool {
        matches!(self, Role::Payee | Role::Creator)
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Whose data a query may show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    All,
    /// What these creators earn, and what these payees collect.
    Own {
        /// The creators.
        creators: BTreeSet<String>,
        /// The payees.
        payees: BTreeSet<String>,
    },
}

impl Scope {
    /// Whether what a creator earns is in it.
    pub fn has(&self, creator: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Own { creators, .. } => creators.contains(creator),
        }
    }

    /// Whether what a payee collects is in it.
    pub fn has_payee(&self, payee: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Own { payees, .. } => payees.contains(payee),
        }
    }
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// What is the actor's own.
    Own,
    /// Everything.
    All,
}
