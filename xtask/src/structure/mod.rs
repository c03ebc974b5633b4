//! The rules of the project's structure that a program can check.

mod circles;
pub mod code;
mod dependencies;
mod files;
mod layers;

pub use circles::check_circles;
pub use dependencies::{check_manifest, forbidden_edge};
pub use files::check_file;
pub use layers::{LAYERS, check_layers};

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that do no IO, read no clock, environment or randomness, and use no floating point.
pub const PURE: [&str; 12] = [
    "money", "ledger", "journal", "access", "document", "formula", "event", "policy", "facts", "earning",
    "live", "payout",
];

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The file, relative to the root.
    pub file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

/// The root of the checkout: the one that cargo runs this in, which need not be the one it was built from where checkouts
/// share a cache of artefacts.
pub fn root() -> PathBuf {
    let run_in = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let manifest = run_in.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    manifest
        .parent()
        .expect("this crate lives in a folder of the workspace")
        .to_owned()
}

/// Checks every manifest and every text file of the project. Sorted by file and line.
pub fn check(root: &Path) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut sources = Vec::new();
    for file in files(root) {
        // A file that is no text has no rules.
        let Ok(text) = fs::read_to_string(root.join(&file)) else {
            continue;
        };
        if let Some(name) = file
            .strip_prefix("crates/")
            .and_then(|rest| rest.strip_suffix("/Cargo.toml"))
        {
            violations.extend(check_manifest(&file, name, &text));
        }
        violations.extend(check_file(&file, &text));
        violations.extend(check_layers(&file, &text));
        if file.ends_with(".rs") {
            sources.push((file, text));
        }
    }
    let sources = sources.iter().map(|(file, text)| (file.as_str(), text.as_str()));
    violations.extend(check_circles(sources));
    violations.sort();
    violations
}

/// Files whose text is checked, and folders that are not the project's own text.
const EXTENSIONS: [&str; 11] = [
    "rs", "toml", "md", "sql", "py", "sh", "ts", "tsx", "json", "yml", "yaml",
];
const NAMES: [&str; 2] = ["justfile", "run"];
const NOT_OURS: [&str; 4] = ["target", ".git", "node_modules", ".permille"];

/// What git knows or would add; in a source archive without git, everything that looks like ours.
fn files(root: &Path) -> Vec<String> {
    let mut files = match known_to_git(root) {
        Some(files) => files,
        None => {
            let mut files = Vec::new();
            collect(root, Path::new(""), &mut files);
            files
        }
    };
    files.retain(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        NAMES.contains(&name) || EXTENSIONS.contains(&extension)
    });
    files
}

fn known_to_git(root: &Path) -> Option<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let listing = String::from_utf8(output.stdout).ok()?;
    let files: Vec<String> = listing.split_terminator('\0').map(str::to_owned).collect();
    (!files.is_empty()).then_some(files)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = folder.join(&name);
        if !entry.path().is_dir() {
            files.push(path.to_string_lossy().into_owned());
        } else if !NOT_OURS.contains(&name.as_str()) {
            collect(root, &path, files);
        }
    }
}
