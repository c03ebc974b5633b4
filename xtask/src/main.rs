//! `cargo xtask CHORE`: see `cargo xtask help`.

use std::process::ExitCode;
use xtask::{chores, structure};

const HELP: &str = "\
cargo xtask CHORE

  test        everything that CI runs: format, lints, tests, documentation, dependencies
  structure   only the rules of the project's structure
  help        this text

The test chore needs Rust alone. It installs two tools into a cache of its own
(PERMILLE_TOOLS, or ~/.cache/permille-tools) when they are absent, and says so.
Programs that tests compare with (PostgreSQL, hledger, xmllint, pdftotext) come
from Debian's packages when it runs as root, Beancount from PyPI into target/.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => chores::test(),
        ["structure"] => report_structure(),
        ["help" | "--help" | "-h"] | [] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("unknown chore `{}`\n\n{HELP}", words.join(" "));
            ExitCode::from(2)
        }
    }
}

fn report_structure() -> ExitCode {
    let violations = structure::check(&structure::root());
    for violation in &violations {
        println!("{violation}");
    }
    println!("{} violations", violations.len());
    if violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
