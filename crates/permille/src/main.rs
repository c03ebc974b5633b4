//! The `permille` command line: arguments, configuration and wiring.
//!
//! This is the only crate that reads arguments, environment, clock and terminal. What it decides is how
//! results look; what they are is decided in `app`.

mod args;
mod commands;
mod demo;
mod output;
mod payout_files;
mod progress;
mod request;
mod session;

use app::base::error::{Error, ErrorKind};
use args::Cli;
use clap::{CommandFactory, FromArgMatches};
use output::say;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let json = cli.global.format == args::Asked::Json;
    let run = || {
        session::Session::new(&cli.global, &matches).and_then(|session| commands::run(cli.command, &session))
    };
    // What panics has been told by then; nothing of its database transaction was kept.
    let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    let ran = ran.unwrap_or_else(|_| Err(Error::bug("panic", "a check within permille failed")));
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error, json);
            ExitCode::from(exit_code(error.kind))
        }
    }
}

/// Exit codes by kind of error; documented in `docs/reference/exit-codes.md`.
const fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Usage => 2,
        ErrorKind::Refused => 3,
        ErrorKind::BadInput => 4,
        ErrorKind::Unavailable => 5,
        ErrorKind::Bug => 70,
        ErrorKind::Cancelled => 130,
    }
}

fn report(error: &Error, json: bool) {
    if json {
        let value = serde_json::json!({
            "error": { "kind": error.kind.name(), "code": error.code, "message": error.message, "hint": error.hint }
        });
        say(&format!("{value:#}"));
        return;
    }
    if error.message.starts_with("error[") {
        // A document's diagnostics carry their own codes and places.
        say(&error.message);
    } else {
        say(&format!("error[{}]: {}", error.code, error.message));
    }
    if let Some(hint) = &error.hint {
        say(&format!("hint: {hint}"));
    }
    if error.kind == ErrorKind::Bug {
        say(&format!(
            "this is a defect of permille: please report it with the command and the version ({})",
            env!("CARGO_PKG_VERSION")
        ));
    }
}
