//! Rules about single files.

use super::code::{shipped, std_modules, without_comments_and_strings, words};
use super::{PURE, Violation};

/// A source file has fewer lines than this.
const MAX_LINES: usize = 500;

/// Modules that say nothing of what is in them.
const EMPTY_NAMES: [&str; 8] = [
    "common", "util", "utils", "helper", "helpers", "misc", "shared", "stuff",
];

/// Folders of one person's machine. Written in pieces, since this file is checked too.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/Use", "rs/"),
];

/// Marks of unfinished work.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];

/// Parts of `std` that reach outside the process, or tell the time.
const IMPURE_STD: [&str; 4] = ["fs", "env", "process", "os"];

/// Words by which a pure crate would read a clock or chance, or reach outside. (An IP address is a value:
/// `std::net` itself is free.)
const IMPURE_WORDS: [&str; 19] = [
    "SystemTime",
    "Instant",
    "UNIX_EPOCH",
    "rand",
    "thread_rng",
    "RandomState",
    "File",
    "OpenOptions",
    "stdin",
    "stdout",
    "stderr",
    "println",
    "eprintln",
    "print",
    "eprint",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
];

/// Checks one file by its path relative to the root and its text.
pub fn check_file(file: &str, text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut violation = |line: usize, message: String| {
        found.push(Violation {
            file: file.to_owned(),
            line,
            message,
        })
    };
    for (index, line) in text.lines().enumerate() {
        for path in MACHINE_PATHS.iter().filter(|path| line.contains(*path)) {
            violation(
                index + 1,
                format!("`{path}` is a path of one machine: use one relative to the project"),
            );
        }
    }
    if !file.ends_with(".rs") {
        return found;
    }
    let lines = text.lines().count();
    if lines >= MAX_LINES {
        violation(
            0,
            format!("{lines} lines: split it by responsibility, below {MAX_LINES} lines"),
        );
    }
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".rs");
    let folder = file.rsplit('/').nth(1).unwrap_or_default();
    for name in [stem, folder]
        .into_iter()
        .filter(|name| EMPTY_NAMES.contains(name))
    {
        violation(
            0,
            format!("`{name}` says nothing: name the module by what it decides or does"),
        );
    }
    if file.contains("/src/") && !text.starts_with("//!") {
        violation(
            1,
            "the module does not open with `//!`: say what it does, and what it must never do".to_owned(),
        );
    }
    for (index, line) in text.lines().enumerate() {
        for mark in UNFINISHED.iter().filter(|mark| line.contains(*mark)) {
            violation(index + 1, format!("`{mark}`: finish it, or file it"));
        }
    }
    if is_pure_source(file) {
        found.extend(check_purity(file, text));
    }
    found
}

/// The part of pure crates that ships: their tests may read files.
fn is_pure_source(file: &str) -> bool {
    PURE.iter()
        .any(|name| file.starts_with(&format!("crates/{name}/src/")))
}

fn check_purity(file: &str, text: &str) -> Vec<Violation> {
    let code = without_comments_and_strings(text);
    let code = shipped(&code);
    let mut found = Vec::new();
    let mut violation = |line: usize, message: String| {
        found.push(Violation {
            file: file.to_owned(),
            line,
            message,
        })
    };
    for (line, module) in std_modules(code) {
        if IMPURE_STD.contains(&module.as_str()) {
            violation(
                line,
                format!("a pure crate must not use `std::{module}`: take it as an argument"),
            );
        }
    }
    for (line, word) in words(code) {
        if is_float(&word) {
            violation(
                line,
                format!("`{word}` is floating point: money and weight are whole numbers or decimals"),
            );
        }
        if IMPURE_WORDS.contains(&word.as_str()) {
            violation(
                line,
                format!("a pure crate must not use `{word}`: time, chance and output are arguments"),
            );
        }
    }
    for clock in ["Timestamp::now", "Zoned::now"] {
        if let Some(at) = code.find(clock) {
            let line = code[..at].matches('\n').count() + 1;
            violation(
                line,
                format!("a pure crate must not read the clock with `{clock}`: time is an argument"),
            );
        }
    }
    found
}

/// A floating point type, a conversion to or from one, or a literal of one.
fn is_float(word: &str) -> bool {
    let is_type = |word: &str| word == "f32" || word == "f64";
    let converts = word.split('_').any(is_type);
    let is_literal = word.starts_with(|c: char| c.is_ascii_digit())
        && !word.starts_with("0x")
        && (word.contains('.') || word.ends_with("f32") || word.ends_with("f64") || has_exponent(word));
    is_type(word) || converts || is_literal
}

/// `1e6`, but not the suffix of `1usize`.
fn has_exponent(word: &str) -> bool {
    word.split_once(['e', 'E']).is_some_and(|(digits, exponent)| {
        let all_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
        all_digits(digits) && (exponent.is_empty() || all_digits(exponent))
    })
}
