//! `permille actor`.

use crate::args;
use crate::output::{Align, Listing};
use crate::session::Session;
use access::{Actor, ActorKind};
use app::base::error::Result;
use app::workspace::actors::{self, Wanted};
use std::collections::BTreeSet;

/// Runs a command about who uses the workspace.
pub fn run(command: &args::Actor, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let work = |work: &dyn Fn(&app::base::progress::Context<'_>) -> Result<Actor>| {
        let actor = session.work(Some(&workspace), work)?;
        list(&[actor], session)
    };
    match command {
        args::Actor::Add { id, machine, wanted } => {
            let kind = match machine {
                true => ActorKind::Machine,
                false => ActorKind::Person,
            };
            work(&|context| actors::add(&workspace, id.clone(), kind, &of(wanted), context))
        }
        args::Actor::Change { id, wanted } => {
            work(&|context| actors::change(&workspace, id, &of(wanted), context))
        }
        args::Actor::Suspend { id, reason } => {
            work(&|context| actors::suspend(&workspace, id, reason, context))
        }
        args::Actor::Restore { id } => work(&|context| actors::restore(&workspace, id, context)),
        args::Actor::List => list(&actors::all(&workspace)?, session),
    }
}

/// What is not given is not wanted otherwise than it is.
fn of(args: &args::Wanted) -> Wanted {
    let roles: BTreeSet<_> = args.role.iter().copied().collect();
    let creators: BTreeSet<String> = args.creator.iter().cloned().collect();
    let payees: BTreeSet<String> = args.payee.iter().cloned().collect();
    Wanted {
        payees: (!payees.is_empty()).then_some(payees),
        name: args.name.clone(),
        roles: (!roles.is_empty()).then_some(roles),
        creators: (!creators.is_empty()).then_some(creators),
    }
}

fn list(all: &[Actor], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("id", Align::Left),
        ("name", Align::Left),
        ("kind", Align::Left),
        ("roles", Align::Left),
        ("creators", Align::Left),
        ("payees", Align::Left),
        ("suspended", Align::Left),
    ]);
    for actor in all {
        let roles: Vec<&str> = actor.roles.iter().map(|role| role.name()).collect();
        let creators: Vec<&str> = actor.creators.iter().map(String::as_str).collect();
        let payees: Vec<&str> = actor.payees.iter().map(String::as_str).collect();
        let kind = match actor.kind {
            ActorKind::Person => "person",
            ActorKind::Machine => "machine",
        };
        listing.row(vec![
            actor.id.to_string(),
            actor.name.clone(),
            kind.to_owned(),
            roles.join(" "),
            creators.join(" "),
            payees.join(" "),
            actor.suspended.clone().unwrap_or_default(),
        ]);
    }
    let nobody = "nobody is registered: whoever names themselves is let in";
    session.output.listing(&listing, nobody, &all)
}
