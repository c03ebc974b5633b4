//! Runs the binary in a folder of its own.

use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The columns of files of views.
pub const VIEWS: &str =
    "event_id,viewer_id,video_id,occurred_at,watched_ms,duration_ms,creator_id,country,surface\n";

/// A folder with a workspace, removed at the end.
pub struct Story {
    folder: tempfile::TempDir,
}

/// What a command answered.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Story {
    /// An empty folder.
    pub fn empty() -> Story {
        Story {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder with a fresh workspace.
    pub fn new() -> Story {
        let story = Story::empty();
        story.ok(&["init"]);
        story
    }

    /// A folder with a fresh workspace for tests: what is booked is recorded at the present that commands are told.
    pub fn for_tests() -> Story {
        let story = Story::empty();
        story.ok(&["init", "--test"]);
        story
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Where a file of a run lies.
    pub fn run_file(&self, (program, period, number): (&str, &str, u32), file: &str) -> PathBuf {
        let runs = self.json(&["runs", "--program", program]);
        let is_it = |run: &&Value| run["period"] == period && run["number"] == number;
        let run = runs.as_array().unwrap().iter().find(is_it).unwrap();
        run["files"][file].as_str().unwrap().into()
    }

    /// Leaves the workspace without books, as if it never had any.
    pub fn begin_anew(&self) {
        for name in ["books.sqlite", "books.json", "books-head.json"] {
            std::fs::remove_file(self.path().join(".permille").join(name)).unwrap();
        }
    }

    /// Changes records of the books behind their back, as a disk or a thief does.
    pub fn tamper(&self, statement: &str) {
        let books = rusqlite::Connection::open(self.path().join(".permille/books.sqlite")).unwrap();
        let mut triggers = books
            .prepare("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'record'")
            .unwrap();
        let named = triggers
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        let triggers: Vec<(String, String)> = named.map(Result::unwrap).collect();
        for (name, _) in &triggers {
            books.execute(&format!("DROP TRIGGER {name}"), []).unwrap();
        }
        assert_eq!(books.execute(statement, []).unwrap(), 1, "{statement}");
        for (_, made_by) in &triggers {
            books.execute(made_by, []).unwrap();
        }
    }

    /// Runs a command with the present taken as 2026-11-22.
    pub fn run(&self, args: &[&str]) -> Answer {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_permille"))
            .args(args)
            .current_dir(self.path())
            .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
            .env("USER", "tess")
            .env_remove("PERMILLE_WORKSPACE")
            .env_remove("PERMILLE_FORMAT")
            .env_remove("PERMILLE_STORE")
            .output()
            .unwrap();
        Answer {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a command while another process writes to the books, and comes back as soon as it says that it waits for them.
    pub fn waits_for_books(&self, args: &[&str]) -> Child {
        let mut process = Command::new(env!("CARGO_BIN_EXE_permille"))
            .args(args)
            .current_dir(self.path())
            .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
            .env("USER", "tess")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = [0; 64];
        let read = process.stderr.as_mut().unwrap().read(&mut told).unwrap();
        let told = String::from_utf8_lossy(&told[..read]);
        assert!(told.contains("another process"), "{args:?}: {told}");
        process
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, args: &[&str]) -> String {
        let answer = self.run(args);
        assert_eq!(
            answer.code,
            0,
            "permille {}\n{}\n{}",
            args.join(" "),
            answer.stdout,
            answer.stderr
        );
        answer.stdout
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let text = self.ok(&[args, &["--format", "json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    /// Imports a file with one view of the fifth of October, another one for each number. `store`: the option that names the books.
    pub fn import_view(&self, number: usize, store: &[&str]) {
        let name = format!("views-{number}.csv");
        let row = format!("e{number},u{number},v,2026-10-05T10:00:00Z,30000,30000,c,US,for_you\n");
        self.file(&name, &format!("{VIEWS}{row}"));
        self.ok(&[&["import", "view", &name], store].concat());
    }

    /// What stands on an owner's accounts of a kind in the first of their assets, of all programs and sources or of one source; null
    /// where there are none.
    pub fn posted(&self, kind: &str, owner: &str, source: Option<&str>) -> Value {
        let command = ["ledger", "balances", "--kind", kind, "--owner", owner];
        let source = source.map_or_else(Vec::new, |source| vec!["--source", source]);
        let rows = self.json(&[&command[..], &source].concat());
        let rows = rows.as_array().unwrap().iter();
        sum(rows.map(|row| (row["asset"].as_str().unwrap(), row["posted"].as_str().unwrap())))
    }

    /// Runs a command that must fail with an exit code; returns what it said.
    pub fn fails(&self, code: i32, args: &[&str]) -> String {
        let answer = self.run(args);
        assert_eq!(
            answer.code,
            code,
            "permille {}\n{}\n{}",
            args.join(" "),
            answer.stdout,
            answer.stderr
        );
        answer.stderr
    }
}

/// A file of the checkout.
pub fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A file of the shared data, or a printed remark that the test was skipped.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = checkout("../shared/data").join(path);
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return None;
    }
    Some(file)
}

/// Sends a process a signal.
pub fn signal(process: &Child, signal: &str) {
    let id = process.id().to_string();
    assert!(
        Command::new("kill")
            .args([signal, &id])
            .status()
            .unwrap()
            .success()
    );
}

/// The sum of decimals of the first asset; null of none.
pub fn sum<'r>(mut rows: impl Iterator<Item = (&'r str, &'r str)>) -> Value {
    let Some((asset, first)) = rows.next() else {
        return Value::Null;
    };
    let asset: money::Asset = asset.parse().unwrap();
    let units = |text: &str| money::Money::parse(asset, text).unwrap().units();
    let others = rows.filter(|(other, _)| *other == asset.to_string());
    let sum = units(first) + others.map(|(_, text)| units(text)).sum::<i128>();
    money::Money::new(asset, sum).to_decimal_string().into()
}
