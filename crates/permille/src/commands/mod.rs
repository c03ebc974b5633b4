//! One file for each group of commands: arguments in, a use case called, the result printed.

mod actor;
mod archive;
mod audit;
mod count;
mod demo;
mod earnings;
mod explain;
mod import;
mod invalidate;
mod ledger;
mod live;
mod payee;
mod payout;
mod period;
mod program;
mod repeated;
mod settle;
mod simulate;
mod statement;

use crate::args::{Asked, Cli, Command, Format, Init, Ledger, Payout};
use crate::output;
use crate::session::Session;
use app::base::error::{Error, Result};
use app::workspace::{Purpose, Workspace};
use clap::CommandFactory;
use serde_json::json;

/// Runs a command.
pub fn run(command: Command, session: &Session) -> Result<()> {
    let is_export = matches!(command, Command::Ledger(Ledger::Export(_)));
    if matches!(session.asked, Asked::Hledger | Asked::Beancount) && !is_export {
        return Err(Error::usage(
            "format",
            "only `permille ledger export` writes hledger journals and Beancount files",
        )
        .hint("other commands take --format table, csv or json"));
    }
    session.enter(option_of(&command))?;
    if let Some(done) = session.done_before()? {
        return repeated::show(&done, session);
    }
    let done = match session.is_dry_run {
        true => dry(command, session),
        false => call(command, session),
    };
    match done {
        // Somebody else has done it under the same key meanwhile.
        Err(error) if error.is_repeated() => match session.done_before()? {
            Some(done) => repeated::show(&done, session),
            None => Err(error),
        },
        done => done,
    }
}

/// Runs a command dry. What it answers is printed when all of it is forgotten, and others may write again.
fn dry(command: Command, session: &Session) -> Result<()> {
    output::hold_back();
    let done = call(command, session);
    output::let_go()?;
    done.inspect(|()| session.note("dry run: nothing of this was done"))
}

fn call(command: Command, session: &Session) -> Result<()> {
    match command {
        Command::Demo(args) => demo::run(&args, session),
        Command::Init(args) => init(&args, session),
        Command::Import(args) => import::run(&args, session),
        Command::Quarantine(args) => archive::quarantine(&args, session),
        Command::Archive => archive::list(session),
        Command::Generate(args) => import::generate(&args, session),
        Command::Facts(args) => count::facts(&args, session),
        Command::Verdicts(args) => count::verdicts(&args, session),
        Command::Funnel(args) => count::funnel(&args, session),
        Command::Program(args) => program::run(args, session),
        Command::Settle(args) => settle::settle(&args, session),
        Command::Period(args) => period::period(&args, session),
        Command::Invalidate(args) => invalidate::run(&args, session),
        Command::Live(args) => live::run(&args, session),
        Command::Restate(args) => period::restate(&args, session),
        Command::Payee(args) => payee::run(args, session),
        Command::Payout(args) => payout::run(args, session),
        Command::Ledger(args) => ledger::run(&args, session),
        Command::Actor(args) => actor::run(&args, session),
        Command::Audit(args) => audit::run(&args, session),
        Command::Runs(args) => settle::runs(&args, session),
        Command::Verify(args) => settle::verify(&args, session),
        Command::Backup(args) => archive::back_up(&args, session),
        Command::Lines(args) => earnings::lines(&args, session),
        Command::Statement(args) => statement::run(&args, session),
        Command::Explain(args) => explain::run(&args, session),
        Command::Simulate(args) => simulate::run(&args, session),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "permille", &mut script);
            session.output.text(&String::from_utf8_lossy(&script))
        }
    }
}

/// The option that makes another command of a command: one that writes.
fn option_of(command: &Command) -> Option<&'static str> {
    match command {
        Command::Payout(Payout::Breaks(args)) if args.close.is_some() || args.reopen.is_some() => {
            Some("--close")
        }
        Command::Payout(Payout::Expire { yes: true, .. }) => Some("--yes"),
        _ => None,
    }
}

fn init(args: &Init, session: &Session) -> Result<()> {
    if args.print {
        return session.output.text(app::base::config::DEFAULT);
    }
    let existed = args.dir.join(app::workspace::CONFIG_FILE).exists();
    let purpose = if args.test { Purpose::Tests } else { Purpose::Money };
    let workspace = Workspace::init(&args.dir, purpose)?;
    let folder = workspace.folder().display().to_string();
    if session.output.format == Format::Json {
        return session
            .output
            .json(&json!({ "workspace": folder, "existed": existed }));
    }
    let what = if existed {
        "was a workspace already"
    } else {
        "is a workspace now"
    };
    session.output.text(&format!(
        "{folder} {what}\nnext: `permille import view FILE...`, `permille program apply creator-fund`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(command: &clap::Command, words: &str, found: &mut Vec<String>) {
        let inner: Vec<_> = command.get_subcommands().collect();
        if inner.is_empty() {
            found.push(words.trim().to_owned());
        }
        for command in inner {
            leaves(command, &format!("{words} {}", command.get_name()), found);
        }
    }

    #[test]
    fn it_is_said_of_every_command_who_may() {
        let mut all = Vec::new();
        leaves(&Cli::command(), "", &mut all);
        for words in &all {
            assert!(access::needs(words).is_some(), "{words}");
        }
        for words in access::commands() {
            let bare = words.split(" --").next().unwrap_or_default();
            assert!(all.iter().any(|known| known == bare), "{words}");
        }
    }
}
