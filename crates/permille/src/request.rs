//! What was asked, as a hash: the words of the command and its options as they were typed, files by what is in them. Options of
//! every command (who asks, where, how it is printed) are no part of it.

use crate::args::Cli;
use app::base::error::{Error, Result};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory, ValueHint};
use std::ffi::OsStr;
use std::path::Path;

/// The words of the command that was typed: `period close`.
pub fn words(matches: &ArgMatches) -> String {
    let mut names = Vec::new();
    let mut inner = matches.subcommand();
    while let Some((name, matches)) = inner {
        names.push(name);
        inner = matches.subcommand();
    }
    names.join(" ")
}

/// The hash of a request. Errors: a file that it names cannot be read.
pub fn hash(matches: &ArgMatches) -> Result<[u8; 32]> {
    let cli = Cli::command();
    let mut hasher = blake3::Hasher::new();
    let (mut command, mut matches) = (&cli, matches);
    let is_global = |arg: &Arg| cli.get_arguments().any(|global| global.get_id() == arg.get_id());
    while let Some((name, inner)) = matches.subcommand() {
        let Some(known) = command.find_subcommand(name) else {
            break;
        };
        add(&mut hasher, name.as_bytes());
        for arg in known.get_arguments().filter(|arg| !is_global(arg)) {
            values(&mut hasher, arg, inner)?;
        }
        (command, matches) = (known, inner);
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Takes the values of an option into the hash, if it was typed.
fn values(hasher: &mut blake3::Hasher, arg: &Arg, matches: &ArgMatches) -> Result<()> {
    let id = arg.get_id().as_str();
    if !matches!(
        matches.value_source(id),
        Some(ValueSource::CommandLine | ValueSource::EnvVariable)
    ) {
        return Ok(());
    }
    add(hasher, id.as_bytes());
    for value in matches.get_raw(id).into_iter().flatten() {
        match arg.get_value_hint() {
            ValueHint::FilePath => add(hasher, &content(value)?),
            _ => add(hasher, value.as_encoded_bytes()),
        }
    }
    Ok(())
}

fn content(path: &OsStr) -> Result<[u8; 32]> {
    let read = std::fs::read(path);
    let bytes = read.map_err(|error| Error::unreadable(Path::new(path), &error))?;
    Ok(*blake3::hash(&bytes).as_bytes())
}

fn add(hasher: &mut blake3::Hasher, part: &[u8]) {
    hasher.update(&(part.len() as u64).to_le_bytes());
    hasher.update(part);
}
