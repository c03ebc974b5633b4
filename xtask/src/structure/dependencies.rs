//! Who may depend on whom.

use super::{PURE, Violation};

/// Every crate of the product and the crates it may depend on: the arrows of `ARCHITECTURE.md`.
const ALLOWED: [(&str, &[&str]); 20] = [
    ("money", &[]),
    ("ledger", &["money"]),
    ("journal", &["ledger"]),
    ("access", &[]),
    ("document", &[]),
    ("formula", &[]),
    ("event", &["document", "formula"]),
    ("policy", &["money", "event", "document", "formula"]),
    ("facts", &["event", "policy"]),
    ("earning", &["money", "event", "policy", "facts", "formula"]),
    ("live", &["money", "event"]),
    ("payout", &["money"]),
    ("lake", &["money", "event", "policy", "facts", "formula"]),
    ("run_files", &["money", "earning"]),
    ("store", &["money", "ledger", "scratch_postgres"]),
    ("scratch_postgres", &[]),
    ("paper", &[]),
    ("sim", &["event"]),
    (
        "app",
        &[
            "access",
            "money",
            "ledger",
            "journal",
            "document",
            "event",
            "policy",
            "facts",
            "earning",
            "live",
            "payout",
            "lake",
            "run_files",
            "store",
            "formula",
        ],
    ),
    (
        "permille",
        &[
            "app",
            "access",
            "money",
            "ledger",
            "event",
            "policy",
            "earning",
            "live",
            "payout",
            "lake",
            "store",
            "sim",
            "formula",
            "scratch_postgres",
            "paper",
        ],
    ),
];

/// Borrowed crates that would bring IO, clocks or chance into a pure crate.
const IMPURE: [&str; 14] = [
    "arrow",
    "parquet",
    "object_store",
    "tokio",
    "reqwest",
    "axum",
    "sqlx",
    "rusqlite",
    "postgres",
    "rand",
    "fastrand",
    "getrandom",
    "indicatif",
    "ctrlc",
];

/// Why `from` may not depend on `to`, if both are ours and it may not.
pub fn forbidden_edge(from: &str, to: &str) -> Option<String> {
    let ours = |name: &str| ALLOWED.iter().find(|(known, _)| *known == name);
    match ours(from) {
        Some((_, allowed)) if ours(to).is_some() && !allowed.contains(&to) => Some(format!(
            "`{from}` must not depend on `{to}`: see the arrows in ARCHITECTURE.md"
        )),
        Some(_) if to == "xtask" => Some("nothing depends on `xtask`".to_owned()),
        _ => None,
    }
}

/// Checks one crate's manifest: its name, its lints, what it depends on.
pub fn check_manifest(file: &str, folder: &str, text: &str) -> Vec<Violation> {
    let violation = |message: String| Violation {
        file: file.to_owned(),
        line: 0,
        message,
    };
    let manifest: toml::Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![violation(format!("not a manifest: {error}"))],
    };
    let mut found = Vec::new();
    if !ALLOWED.iter().any(|(known, _)| *known == folder) {
        found.push(violation(format!(
            "crate `{folder}` has no place in the order of crates: add it to ARCHITECTURE.md and to xtask"
        )));
    }
    if manifest
        .get("package")
        .and_then(|package| package.get("name")?.as_str())
        != Some(folder)
    {
        found.push(violation(format!(
            "the crate in folder `{folder}` must be named `{folder}`"
        )));
    }
    if manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace")?.as_bool())
        != Some(true)
    {
        found.push(violation(
            "the workspace's lints are not switched on: [lints] workspace = true".to_owned(),
        ));
    }
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else {
            continue;
        };
        for (name, how) in dependencies {
            found.extend(forbidden_edge(folder, name).map(violation));
            let workspace = how.get("workspace").and_then(toml::Value::as_bool) == Some(true);
            if !workspace {
                found.push(violation(format!(
                    "`{name}` must take its version from the workspace"
                )));
            }
            if section != "dev-dependencies" && PURE.contains(&folder) && IMPURE.contains(&name.as_str()) {
                found.push(violation(format!(
                    "pure crate `{folder}` must not depend on `{name}`"
                )));
            }
        }
    }
    found
}
