//! `permille actor ...`

use access::{ActorId, Role};
use clap::{Args, Subcommand};

/// The commands about who uses the workspace.
#[derive(Debug, Subcommand)]
pub enum Actor {
    /// Register somebody: from the first one on, an admin, only actors are let in, each as far as its roles go
    Add {
        /// The id: small letters, digits, `.`, `-`, `_`. It never changes, and is never given again
        #[arg(value_parser = ActorId::new)]
        id: ActorId,
        /// A program, which signs nothing
        #[arg(long)]
        machine: bool,
        /// What it is called, and what it may
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Change what an actor is called, its roles or its creators; what is given takes the place of what was
    Change {
        /// The actor
        #[arg(value_parser = ActorId::new)]
        id: ActorId,
        /// What changes
        #[command(flatten)]
        wanted: Wanted,
    },
    /// Let an actor do nothing until it is restored
    Suspend {
        /// The actor
        #[arg(value_parser = ActorId::new)]
        id: ActorId,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Let a suspended actor do again what its roles say
    Restore {
        /// The actor
        #[arg(value_parser = ActorId::new)]
        id: ActorId,
    },
    /// List actors with their roles
    List,
}

/// What is said of an actor.
#[derive(Debug, Args)]
pub struct Wanted {
    /// What it is called, for people [default: the id]
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// A role, once for each: admin, engineer, designer, finance, approver, support, auditor, brand, seller, advertiser, payee, creator
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub role: Vec<Role>,
    /// A creator whose earnings a payee or creator sees, once for each
    #[arg(long, value_name = "ID")]
    pub creator: Vec<String>,
    /// A payee of whom an actor of the role payee sees what it collects, once for each
    #[arg(long, value_name = "ID")]
    pub payee: Vec<String>,
}

fn role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("it is one of {}", all.join(", "))
    })
}
