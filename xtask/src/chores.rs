//! The test chore: every step runs, whatever the ones before it found; the end says how each went.

use crate::counts::Counts;
use crate::outside;
use crate::structure;
use crate::tools::{self, DENY, NEXTEST, cargo};
use scratch_postgres::{Durability, SERVER_VARIABLE, Server};
use std::env;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a step went.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// Passed as far as it could run here; the text says what was left out.
    PassedWithout(String),
}

impl Outcome {
    fn of(passed: bool) -> Self {
        if passed { Outcome::Passed } else { Outcome::Failed }
    }
}

struct Step {
    name: &'static str,
    outcome: Outcome,
    took: Duration,
}

/// Runs everything that CI runs.
pub fn test() -> ExitCode {
    let root = structure::root();
    let mut counts = Counts::default();
    let mut steps = Vec::new();
    let mut step = |name: &'static str, run: &mut dyn FnMut() -> Outcome| {
        println!("\n==> {name}");
        let start = Instant::now();
        let outcome = run();
        steps.push(Step {
            name,
            outcome,
            took: start.elapsed(),
        });
    };
    step("format", &mut || {
        passes(in_workspace(&root).args(["fmt", "--all", "--check"]))
    });
    step("lints", &mut || {
        let mut clippy = in_workspace(&root);
        clippy
            .args(["clippy", "--workspace", "--all-targets"])
            .args(locked());
        passes(clippy.args(["--", "-D", "warnings"]))
    });
    step("tests", &mut || run_tests(&root, &mut counts));
    step("documentation", &mut || {
        let mut doc = in_workspace(&root);
        doc.args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings");
        passes(&mut doc)
    });
    step("dependencies", &mut || check_dependencies(&root));
    report(&steps, counts)
}

fn in_workspace(root: &Path) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(root);
    command
}

/// In CI the lock file must be the one committed; elsewhere cargo may complete it.
fn locked() -> &'static [&'static str] {
    if env::var_os("CI").is_some() {
        &["--locked"]
    } else {
        &[]
    }
}

fn passes(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) => Outcome::of(status.success()),
        Err(error) => {
            println!("{} did not start: {error}", command.get_program().display());
            Outcome::Failed
        }
    }
}

fn run_tests(root: &Path, counts: &mut Counts) -> Outcome {
    let missing = outside::install_missing(root);
    let server = start_server();
    let tests = match tools::find_or_install(NEXTEST) {
        Some(program) => {
            let mut command = Command::new(program);
            command
                .current_dir(root)
                .args(["nextest", "run", "--workspace", "--no-fail-fast"]);
            command
        }
        None => {
            let mut command = in_workspace(root);
            command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
            command
        }
    };
    let mut doc_tests = in_workspace(root);
    doc_tests.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
    let mut outcome = match missing.as_slice() {
        [] => Outcome::Passed,
        missing => Outcome::PassedWithout(missing.join(", ")),
    };
    for mut command in [tests, doc_tests] {
        if let Some(server) = &server {
            command.env(SERVER_VARIABLE, server.url());
        }
        if !counted(command.args(locked()), counts) {
            outcome = Outcome::Failed;
        }
    }
    outcome
}

/// One PostgreSQL server for all tests, unless one is named already. It stops when it is dropped. Without it every test
/// starts its own, or says why it cannot.
fn start_server() -> Option<Server> {
    if env::var_os(SERVER_VARIABLE).is_some() {
        return None;
    }
    match Server::start(Durability::None) {
        Ok(server) => Some(server),
        Err(error) => {
            println!("no PostgreSQL server for the tests: {error}");
            None
        }
    }
}

/// Runs a test runner, shows its output as it comes, and adds what its closing lines count.
fn counted(command: &mut Command, counts: &mut Counts) -> bool {
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(error) => {
            println!("{} did not start: {error}", command.get_program().display());
            return false;
        }
    };
    let out = child.stdout.take().expect("its output is piped");
    let err = child.stderr.take().expect("its errors are piped");
    let errors = thread::spawn(move || forward(err, &mut std::io::stderr()));
    *counts += forward(out, &mut std::io::stdout());
    *counts += errors.join().expect("forwarding does not panic");
    child.wait().is_ok_and(|status| status.success())
}

fn forward(from: impl Read, to: &mut impl Write) -> Counts {
    let mut counts = Counts::default();
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // A closed terminal must not hide the result: the counting goes on.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        counts += Counts::from_closing_line(&String::from_utf8_lossy(&line)).unwrap_or_default();
        line.clear();
    }
    counts
}

fn check_dependencies(root: &Path) -> Outcome {
    let Some(program) = tools::find_or_install(DENY).or_else(|| tools::compile(DENY)) else {
        println!("cargo-deny is needed to check dependencies: install it and run this again");
        return Outcome::Failed;
    };
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.current_dir(root).args(arguments);
        command
    };
    let checked = passes(&mut deny(&["check", "licenses", "bans", "sources"]));
    let fetched = deny(&["fetch", "db"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !fetched {
        println!("advisories skipped: the advisory database cannot be reached from here");
        return if checked == Outcome::Passed {
            Outcome::PassedWithout("advisories".to_owned())
        } else {
            checked
        };
    }
    let advised = passes(&mut deny(&["check", "advisories"]));
    Outcome::of(checked == Outcome::Passed && advised == Outcome::Passed)
}

/// The table of steps, and the plain closing line of a test runner.
fn report(steps: &[Step], counts: Counts) -> ExitCode {
    println!("\n==> summary");
    for Step { name, outcome, took } in steps {
        let outcome = match outcome {
            Outcome::Passed => "passed".to_owned(),
            Outcome::Failed => "FAILED".to_owned(),
            Outcome::PassedWithout(part) => format!("passed, without {part}"),
        };
        println!("{name:<16} {:>7.1} s  {outcome}", took.as_secs_f64());
    }
    let passed = steps.iter().all(|step| step.outcome != Outcome::Failed) && counts.failed == 0;
    let Counts {
        passed: tests_passed,
        failed,
        skipped,
    } = counts;
    println!("\ntests: {tests_passed} passed, {failed} failed, {skipped} skipped");
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
