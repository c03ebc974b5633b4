//! Who uses Permille, in which roles, and what each role may do: plain tables that one door asks.
//!
//! An actor is a person or a machine with an id that never changes and is never given to somebody else. Roles say what the actor
//! may do ([`Permission`]), and whether with everything or only with what is the actor's own ([`Reach`]). Nothing here knows how
//! an actor proves who it is.

mod actor;
mod command;
mod permission;
mod role;

pub use actor::{Actor, ActorId, ActorKind, Denied, IdError};
pub use command::{Needs, commands, needs};
pub use permission::Permission;
pub use role::{Reach, Role, Scope};
