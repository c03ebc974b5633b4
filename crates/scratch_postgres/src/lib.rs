//! A real PostgreSQL server for tests and benchmarks.
//!
//! It is made from the installed binaries (Debian: package `postgresql-15`), listens on a free port of the loopback
//! address, keeps its files in a temporary folder, and stops when it is dropped. No test may depend on a server that
//! somebody set up before.

use std::ffi::OsStr;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Names a running server to use instead of starting one, e.g. `postgres://postgres@127.0.0.1:54321`. Databases are
/// made and left on it.
pub const SERVER_VARIABLE: &str = "PERMILLE_TEST_POSTGRES";
/// Where Debian keeps the binaries of each version.
const BINARIES: &str = "/usr/lib/postgresql";
/// The account that owns the server when the tests run as root, which the server refuses.
const ACCOUNT: &str = "postgres";

/// Settings of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As a production server: every commit is on the disk when it returns.
    Full,
    /// Commits need not survive a power cut: quicker, for tests of behaviour.
    None,
}

/// A running server, or one that somebody else runs.
#[derive(Debug)]
pub struct Server {
    /// The folder; its removal is the last thing that happens.
    folder: Option<tempfile::TempDir>,
    binaries: PathBuf,
    url: String,
}

/// Databases made by this process, on whichever server: their numbers keep their names apart.
static DATABASES: AtomicU32 = AtomicU32::new(0);

impl Server {
    /// Starts a server. The error says what is missing and how to get it.
    pub fn start(durability: Durability) -> Result<Server, String> {
        let binaries = binaries()?;
        if let Ok(url) = std::env::var(SERVER_VARIABLE)
            && durability == Durability::None
        {
            return Ok(Server {
                folder: None,
                binaries,
                url,
            });
        }
        let folder = tempfile::tempdir().map_err(|e| format!("no temporary folder: {e}"))?;
        if is_root() {
            run(Command::new("chown").arg(ACCOUNT).arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        let mut initdb = as_account(&binaries.join("initdb"));
        initdb.arg("--no-sync").args([
            "--auth",
            "trust",
            "--username",
            ACCOUNT,
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "-D",
        ]);
        run(initdb.arg(&data))?;
        let port = free_port()?;
        let durable = if durability == Durability::Full {
            "on"
        } else {
            "off"
        };
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={} -c max_connections=60 \
             -c shared_buffers=512MB -c max_wal_size=4GB -c fsync={durable} -c synchronous_commit={durable} -c full_page_writes={durable}",
            folder.path().display()
        );
        let mut start = as_account(&binaries.join("pg_ctl"));
        start
            .args(["start", "--wait", "--silent", "-D"])
            .arg(&data)
            .arg("-l");
        run(start.arg(folder.path().join("log")).arg("-o").arg(&options))?;
        Ok(Server {
            folder: Some(folder),
            binaries,
            url: format!("postgres://{ACCOUNT}@127.0.0.1:{port}"),
        })
    }

    /// Makes an empty database and returns its URL.
    pub fn database(&self) -> Result<String, String> {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        // Numbers of processes come again: tests start more of them than there are numbers, on one server.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_err(|e| format!("the clock is wrong: {e}"))?.as_nanos();
        let name = format!("permille_{now:x}_{}_{number}", std::process::id());
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(format!("{}/{name}", self.url))
    }

    /// Runs SQL in a database and returns what `psql` prints, one row a line, cells separated by `|`.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--no-align",
            "--tuples-only",
            "--set",
            "ON_ERROR_STOP=1",
        ]);
        let mut child = psql
            .arg(format!("{}/{database}", self.url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| format!("psql: {e}"))?;
        if let Some(mut input) = child.stdin.take() {
            input
                .write_all(sql.as_bytes())
                .map_err(|e| format!("psql: {e}"))?;
        }
        let output = child.wait_with_output().map_err(|e| format!("psql: {e}"))?;
        finished("psql", output)
    }

    /// Where it listens, without a database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A program of the installation, such as `pgbench`.
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(folder) = &self.folder else { return };
        let mut stop = as_account(&self.binaries.join("pg_ctl"));
        stop.args(["stop", "--silent", "--mode", "immediate", "-D"])
            .arg(folder.path().join("data"));
        if let Err(error) = run(&mut stop) {
            eprintln!("the test's PostgreSQL server did not stop: {error}");
        }
    }
}

fn binaries() -> Result<PathBuf, String> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(BINARIES)
        .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.retain(|bin| bin.join("initdb").is_file());
    versions.sort();
    versions.pop().ok_or_else(|| {
        format!("no PostgreSQL server in {BINARIES}: `apt-get install postgresql-15` brings one, and `cargo xtask test` does so")
    })
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A command that runs as the server's account when we are root.
fn as_account(program: &Path) -> Command {
    if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", ACCOUNT, "--"]).arg(program).current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("no free port: {e}"))?;
    let address = listener.local_addr().map_err(|e| format!("no free port: {e}"))?;
    Ok(address.port())
}

fn run(command: &mut Command) -> Result<String, String> {
    let name = command
        .get_args()
        .next()
        .map_or(command.get_program(), |arg| arg)
        .to_owned();
    // The server inherits what pg_ctl has: a pipe would be held open for as long as it runs.
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|e| format!("{}: {e}", name.display()))?;
    finished(OsStr::new(&name).to_string_lossy().as_ref(), output)
}

fn finished(name: &str, output: Output) -> Result<String, String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(format!(
        "{name} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}
