//! Actors: who uses the workspace, and the one door that lets them in.
//!
//! As long as nobody is registered, whoever names themselves is let in, and two people are told apart by their names. From the first
//! actor on only actors are, each with the permissions of its roles, and people are told apart by their ids.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::records::{self, Versioned};
use access::{Actor, ActorId, ActorKind, Denied, Needs, Permission, Role, Scope};
use payout::person::is_same_person;
use std::collections::BTreeSet;
use store::Tx;

/// Kind of the records.
const KIND: &str = "actor";

/// What is said of an actor; what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What it is called.
    pub name: Option<String>,
    /// Its roles: all that it has from now on.
    pub roles: Option<BTreeSet<Role>>,
    /// The creators whose earnings it sees: all of them from now on.
    pub creators: Option<BTreeSet<String>>,
    /// The payees of whom it sees what they collect: all of them from now on.
    pub payees: Option<BTreeSet<String>>,
}

/// Lets a user in to do something, and says whose data that shows.
///
/// # Errors
/// Actors are registered, and the user is none of them, or one that may not; the books cannot be read. Whoever looks into the books
/// finds out for themselves what is wrong with them.
pub fn enter(workspace: impl FnOnce() -> Option<Workspace>, user: &str, command: &str) -> Result<Scope> {
    let needs = access::needs(command)
        .ok_or_else(|| Error::bug("actor/command", format!("it is not said who may `{command}`")))?;
    if needs == Needs::Nothing {
        return Ok(Scope::All);
    }
    // There is none, or it cannot be opened: whoever needs it is told.
    let Some(workspace) = workspace() else {
        return Ok(Scope::All);
    };
    let actors = match all(&workspace) {
        Err(_) if needs == Needs::Permission(Permission::ReadBooks) => return Ok(Scope::All),
        actors => actors?,
    };
    if actors.is_empty() {
        return Ok(Scope::All);
    }
    let actor = actors.iter().find(|actor| actor.id.as_str() == user);
    let actor = actor.ok_or_else(|| unknown(user))?;
    match needs {
        Needs::Nothing => Ok(Scope::All),
        Needs::Permission(permission) => actor.scope(permission).map_err(|why| denied(&why)),
    }
}

/// Refuses what is not in a scope.
pub fn must_have(scope: &Scope, creator: &str) -> Result<()> {
    match scope.has(creator) {
        true => Ok(()),
        false => Err(Error::refused(
            "actor/not-own",
            format!("what {creator} earned is not yours to see"),
        )
        .hint("a payee or creator sees the creators that `permille actor list` names")),
    }
}

/// Refuses what a payee collects that is not in a scope.
pub fn must_have_payee(scope: &Scope, payee: &str) -> Result<()> {
    match scope.has_payee(payee) {
        true => Ok(()),
        false => Err(Error::refused(
            "actor/not-own",
            format!("what {payee} collects is not yours to see"),
        )
        .hint("a payee sees what the payees collect that `permille actor list` names")),
    }
}

/// Every actor, by id.
pub fn all(workspace: &Workspace) -> Result<Vec<Actor>> {
    match workspace.books_if_any()? {
        Some(books) => books.read(list),
        None => Ok(Vec::new()),
    }
}

/// The payees that are an actor's own: those that it is registered for, and those of its creators' ids. What it took from itself counts
/// on: nobody becomes a second person for their own money by their own word.
pub(crate) fn payees_of(tx: &mut Tx<'_>, user: &str) -> Result<BTreeSet<String>> {
    let mut own = BTreeSet::new();
    let mut before = BTreeSet::new();
    for version in tx.record_versions(KIND, user)? {
        let actor: Actor = records::parse(&version)?.value;
        let now: BTreeSet<String> = actor.creators.into_iter().chain(actor.payees).collect();
        if !is_same_person(&version.author, user) {
            own.retain(|payee| now.contains(payee) || !before.contains(payee));
        }
        own.extend(now.iter().cloned());
        before = now;
    }
    Ok(own)
}

/// Whether a user is registered as a machine.
pub(crate) fn is_machine(tx: &mut Tx<'_>, user: &str) -> Result<bool> {
    let actor: Option<Versioned<Actor>> = records::get(tx, KIND, user)?;
    Ok(actor.is_some_and(|actor| actor.value.kind == ActorKind::Machine))
}

/// Refuses a machine what only a person decides. `what`: behind its id, `ends no restriction`.
pub(crate) fn must_be_person(tx: &mut Tx<'_>, user: &str, what: &str) -> Result<()> {
    match is_machine(tx, user)? {
        false => Ok(()),
        true => Err(
            Error::refused("actor/machine", format!("{user} is a machine, and {what}"))
                .hint("a person does this, as themselves: `--user ID`"),
        ),
    }
}

fn list(tx: &mut Tx<'_>) -> Result<Vec<Actor>> {
    let all = records::list::<Actor>(tx, KIND, "")?;
    Ok(all.into_iter().map(|(_, actor)| actor.value).collect())
}

/// Registers an actor. The first one is an admin, and registers the others.
///
/// # Errors
/// The id is another's, or looks like it; the user may not.
pub fn add(
    workspace: &Workspace,
    id: ActorId,
    kind: ActorKind,
    wanted: &Wanted,
    context: &Context<'_>,
) -> Result<Actor> {
    let actor = Actor {
        name: wanted.name.clone().unwrap_or_else(|| id.to_string()),
        roles: wanted.roles.clone().unwrap_or_default(),
        creators: wanted.creators.clone().unwrap_or_default(),
        payees: wanted.payees.clone().unwrap_or_default(),
        suspended: None,
        id,
        kind,
    };
    write(workspace, context, |tx, actors| {
        let alike = actors
            .iter()
            .find(|other| is_same_person(other.id.as_str(), actor.id.as_str()));
        if let Some(other) = alike {
            let words = match other.id == actor.id {
                true => format!("{} is registered already", actor.id),
                false => format!("{} looks like {}, who is registered", actor.id, other.id),
            };
            return Err(Error::refused("actor/taken", words)
                .hint("ids are never given again; `permille actor change` changes roles"));
        }
        put(tx, &actor, 0)?;
        Ok(actor.clone())
    })
}

/// Changes what an actor is called, its roles, its creators.
pub fn change(workspace: &Workspace, id: &ActorId, wanted: &Wanted, context: &Context<'_>) -> Result<Actor> {
    update(workspace, id, context, |actor| {
        if let Some(name) = &wanted.name {
            actor.name.clone_from(name);
        }
        if let Some(roles) = &wanted.roles {
            actor.roles.clone_from(roles);
            // What a role was given for goes with the role.
            if !roles.iter().any(|role| role.is_of_its_own()) {
                actor.creators.clear();
            }
            if !roles.contains(&Role::Payee) {
                actor.payees.clear();
            }
        }
        if let Some(creators) = &wanted.creators {
            actor.creators.clone_from(creators);
        }
        if let Some(payees) = &wanted.payees {
            actor.payees.clone_from(payees);
        }
    })
}

/// Lets an actor do nothing until it is restored.
pub fn suspend(workspace: &Workspace, id: &ActorId, reason: &str, context: &Context<'_>) -> Result<Actor> {
    update(workspace, id, context, |actor| {
        actor.suspended = Some(reason.trim().to_owned());
    })
}

/// Lets a suspended actor do again what its roles say.
pub fn restore(workspace: &Workspace, id: &ActorId, context: &Context<'_>) -> Result<Actor> {
    update(workspace, id, context, |actor| actor.suspended = None)
}

fn update(
    workspace: &Workspace,
    id: &ActorId,
    context: &Context<'_>,
    change: impl Fn(&mut Actor),
) -> Result<Actor> {
    write(workspace, context, |tx, _| {
        let known: Option<Versioned<Actor>> = records::get(tx, KIND, id.as_str())?;
        let Some(Versioned {
            value: mut actor,
            version,
        }) = known
        else {
            return Err(Error::usage("actor/unknown", format!("{id} is not registered"))
                .hint("`permille actor list` lists who is"));
        };
        let before = actor.clone();
        change(&mut actor);
        if actor != before {
            put(tx, &actor, version)?;
        }
        Ok(actor)
    })
}

/// Writes in one transaction with the check that the user still may, and that somebody is left who may.
fn write(
    workspace: &Workspace,
    context: &Context<'_>,
    mut write: impl FnMut(&mut Tx<'_>, &[Actor]) -> Result<Actor>,
) -> Result<Actor> {
    context.person()?;
    let books = workspace.books_to_write(context)?;
    books.write(context.once(), context.recorded, |tx| {
        let actors = list(tx)?;
        if !actors.is_empty() {
            let asker = actors.iter().find(|actor| actor.id.as_str() == context.user);
            let asker = asker.ok_or_else(|| unknown(context.user))?;
            asker
                .may(Permission::KeepActors)
                .map_err(|why| denied(&why))?;
        }
        let written = write(tx, &actors)?;
        must_fit(&written)?;
        let is_admin = |actor: &Actor| actor.may(Permission::KeepActors).is_ok();
        let is_other = |actor: &&Actor| actor.id != written.id;
        if !is_admin(&written) && !actors.iter().filter(is_other).any(is_admin) {
            return Err(
                Error::refused("actor/no-admin", "nobody would be left who may say who there is").hint(
                    "the first actor is a person with `--role admin`; before the last one goes, give the role to another",
                ),
            );
        }
        Ok(written)
    })
}

/// Refuses roles, creators and payees that say nothing together.
fn must_fit(actor: &Actor) -> Result<()> {
    let has = |role: Role| actor.roles.contains(&role);
    let is_of_its_own = actor.roles.iter().any(|role| role.is_of_its_own());
    let refused = |words: String, hint: &str| Err(Error::usage("actor/roles", words).hint(hint));
    if actor.roles.is_empty() {
        return refused(format!("{} has no role", actor.id), "for example --role finance");
    }
    if has(Role::Creator) && actor.creators.is_empty() {
        let words = format!("it is not said which creators {} sees", actor.id);
        return refused(words, "for example --creator mira, once for each");
    }
    if has(Role::Payee) && actor.creators.is_empty() && actor.payees.is_empty() {
        let words = format!(
            "it is not said for which payees {} sees what they collect",
            actor.id
        );
        return refused(
            words,
            "for example --payee agency, once for each; or --creator mira, for all that mira earns",
        );
    }
    if !is_of_its_own && !actor.creators.is_empty() {
        return refused(
            format!("no role of {} is one of single creators", actor.id),
            "creators are named for the roles `payee` and `creator`",
        );
    }
    if !has(Role::Payee) && !actor.payees.is_empty() {
        return refused(
            format!("no role of {} is one of single payees", actor.id),
            "payees are named for the role `payee`",
        );
    }
    Ok(())
}

fn put(tx: &mut Tx<'_>, actor: &Actor, version: u64) -> Result<()> {
    records::put(tx, KIND, actor.id.as_str(), version, actor)
}

fn unknown(user: &str) -> Error {
    Error::refused("actor/unknown", format!("{user} is not registered here"))
        .hint("say who you are with --user ID; an admin registers others: `permille actor add`")
}

fn denied(why: &Denied) -> Error {
    let error = Error::refused("actor/denied", why.to_string());
    match why {
        Denied::NotIts { permission, .. } => {
            let roles: Vec<&str> = permission.roles().iter().map(|role| role.name()).collect();
            error.hint(format!("it takes one of these roles: {}", roles.join(", ")))
        }
        Denied::Suspended { .. } => error.hint("an admin restores: `permille actor restore`"),
        Denied::Machine { .. } => error.hint("a person does this, as themselves: `--user ID`"),
    }
}
