//! Programs of others that tests run against or compare with: found, or installed and said so. A test that misses its
//! program says that it was skipped.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Debian package with a program for tests.
#[derive(Clone, Copy, Debug)]
struct Package {
    name: &'static str,
    is_there: fn() -> bool,
}

const PACKAGES: [Package; 5] = [
    Package {
        name: "postgresql-15",
        is_there: has_postgres,
    },
    Package {
        name: "hledger",
        is_there: || on_path("hledger"),
    },
    Package {
        name: "libxml2-utils",
        is_there: || on_path("xmllint"),
    },
    Package {
        name: "poppler-utils",
        is_there: || on_path("pdftotext"),
    },
    Package {
        name: "python3-venv",
        is_there: || runs(Command::new("python3").args(["-c", "import ensurepip, venv"])),
    },
];

/// Where Debian keeps each version of PostgreSQL.
const POSTGRES: &str = "/usr/lib/postgresql";

/// What `pip` installs, with its versions.
const REQUIREMENTS: &str = include_str!("../requirements.txt");

/// Installs what is missing. Returns the names of what could not be installed.
pub fn install_missing(root: &Path) -> Vec<&'static str> {
    let mut missing: Vec<Package> = PACKAGES
        .into_iter()
        .filter(|package| !(package.is_there)())
        .collect();
    if !missing.is_empty() {
        let names: Vec<_> = missing.iter().map(|package| package.name).collect();
        if is_root() && on_path("apt-get") {
            println!("absent: {0}; installing with apt-get: {0}", names.join(" "));
            install_packages(&names);
        } else {
            println!(
                "absent: install them with `sudo apt-get install {}`",
                names.join(" ")
            );
        }
        missing.retain(|package| !(package.is_there)());
    }
    let mut names: Vec<_> = missing.iter().map(|package| package.name).collect();
    if !has_beancount(root) {
        names.push("beancount");
    }
    names
}

fn install_packages(names: &[&str]) {
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.args([
            "--quiet",
            "--quiet",
            "-o",
            "Acquire::Retries=1",
            "-o",
            "Acquire::http::Timeout=60",
        ])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
        apt.status().is_ok_and(|status| status.success())
    };
    if !apt(&["update"]) {
        println!("apt-get update failed: trying with the lists that are there");
    }
    // One by one: a package that cannot be had does not keep the others away.
    for name in names {
        if !apt(&["install", "--yes", "--no-install-recommends", name]) {
            println!("{name}: could not be installed; tests that need it say so");
        }
    }
}

/// Beancount in its virtual environment under the target folder, where the tests look for it.
fn has_beancount(root: &Path) -> bool {
    let folder = target(root).join("tools/beancount");
    let installed = folder.join("installed.txt");
    let python = folder.join("bin/python3");
    let is_current = fs::read_to_string(&installed).is_ok_and(|text| text == REQUIREMENTS);
    if is_current && runs(Command::new(&python).args(["-c", "import beancount"])) {
        return true;
    }
    println!(
        "beancount: absent; installing it with pip into {}",
        folder.display()
    );
    let made = runs(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    );
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ]);
    let requirements = root.join("xtask/requirements.txt");
    let has = made
        && pip
            .arg(requirements)
            .status()
            .is_ok_and(|status| status.success())
        && fs::write(&installed, REQUIREMENTS).is_ok();
    if !has {
        println!("beancount: could not be installed; tests that need it say so");
    }
    has
}

/// Where cargo builds, as far as the environment says.
fn target(root: &Path) -> PathBuf {
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn has_postgres() -> bool {
    let versions = fs::read_dir(POSTGRES).into_iter().flatten().flatten();
    versions
        .into_iter()
        .any(|version| version.path().join("bin/initdb").is_file())
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn runs(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
