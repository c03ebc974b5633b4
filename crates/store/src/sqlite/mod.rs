//! The books in one SQLite file.

mod changes;
mod columns;
mod keys;
mod postings;
mod read;
mod records;
mod rows;
mod write;

use crate::backend::{
    Backend, Counts, Definitions, Earlier, FIRST_SCHEMA, Head, Mode, Part, not_as_made, still_needed,
};
use crate::change::{Change, RecordName, WrittenRecord};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::record::{NewRecord, Record};
use crate::stored::{StoredPosting, StoredState, StoredTransaction, StoredVersion};
use jiff::Timestamp;
use ledger::{Account, AccountState, Appended, Transaction};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Result<T> = std::result::Result<T, StoreError>;

/// Schema versions, oldest first; a version is never edited once it has shipped.
const MIGRATIONS: [&str; 1] = [include_str!("0001_books.sql")];
/// How long opening and reading wait for a writer, which they need only when a log is brought back after a crash.
const WAIT: Duration = Duration::from_secs(10);
/// Statements kept prepared.
const STATEMENTS: usize = 64;

/// A SQLite database.
pub(crate) struct Sqlite {
    connection: Connection,
    place: String,
    /// Which file it was opened on, where the system tells.
    file: Option<FileId>,
}

/// What names a file of this machine whatever it is called: its device and number.
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(place: &str) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(place).ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn file_id(_: &str) -> Option<FileId> {
    None
}

impl Sqlite {
    /// Opens a file, making it with the newest schema if it is not there. A file that may only be read is opened to be read.
    pub(crate) fn open(path: &Path) -> Result<Sqlite> {
        match Self::open_to_write(path) {
            Err(error) if path.exists() => match refusal(&error) {
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::open_to_read(path),
                _ => Err(error),
            },
            opened => opened,
        }
        .map_err(|error| match error {
            Migrate::Store(error) => error,
            Migrate::Sql(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy {
                    store: path.display().to_string(),
                    by: None,
                },
                _ => StoreError::Open {
                    store: path.display().to_string(),
                    reason: error.to_string(),
                },
            },
        })
    }

    fn open_to_write(path: &Path) -> std::result::Result<Sqlite, Migrate> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(WAIT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // A commit is on the disk when it returns (FULL), readers do not wait for the writer (WAL), and the log is
        // copied into the file seldom enough (every 256 MiB) that hot pages are copied once.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -131072;
             PRAGMA wal_autocheckpoint = 65536; PRAGMA temp_store = MEMORY;",
        )?;
        let place = path.display().to_string();
        migrate(&mut connection, &place)?;
        Ok(Sqlite::on(connection, place))
    }

    /// Opens a file for whoever may not write, an auditor for instance. Beside a log that is not empty SQLite must be able
    /// to keep its index; without one nothing can be under way, and the file is taken as it is.
    fn open_to_read(path: &Path) -> std::result::Result<Sqlite, Migrate> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let has_log = std::fs::metadata(&log).is_ok_and(|log| log.len() > 0);
        let encoded = path.display().to_string();
        let encoded = encoded
            .replace('%', "%25")
            .replace('?', "%3f")
            .replace('#', "%23");
        let url = format!("file:{encoded}{}", if has_log { "" } else { "?immutable=1" });
        let flags =
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(url, flags)?;
        connection.busy_timeout(WAIT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let place = path.display().to_string();
        // An older schema stays as it is: what it lacks is not read.
        let needed = needed(&connection, &place)?;
        match needed.first() {
            Some((FIRST_SCHEMA, _)) => Err(Migrate::Store(StoreError::Open {
                store: place,
                reason: "it holds no books, and may not be written".to_owned(),
            })),
            _ => Ok(Sqlite::on(connection, place)),
        }
    }

    fn on(connection: Connection, place: String) -> Sqlite {
        Sqlite {
            file: file_id(&place),
            connection,
            place,
        }
    }

    fn error(&self, what: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        move |error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy {
                store: self.place.clone(),
                by: None,
            },
            Some(ErrorCode::DiskFull) => StoreError::Full { what },
            _ if is_of_content(&error) => unreadable(error),
            _ => StoreError::Database {
                what,
                reason: error.to_string(),
            },
        }
    }
}

/// What tables, views, indexes and triggers there are, and how each was defined.
fn definitions(connection: &Connection) -> rusqlite::Result<Definitions> {
    let mut statement = connection.prepare(
        "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Whether what is stored is wrong, and not the connection to it.
fn is_of_content(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
        || matches!(
            error,
            Error::FromSqlConversionFailure(..)
                | Error::IntegralValueOutOfRange(..)
                | Error::InvalidColumnType(..)
                | Error::Utf8Error(..)
        )
}

fn unreadable(error: rusqlite::Error) -> StoreError {
    StoreError::Damaged {
        what: "what is stored".to_owned(),
        reason: match &error {
            // What the driver says around it is of no use to people.
            rusqlite::Error::FromSqlConversionFailure(_, _, reason) => reason.to_string(),
            error => error.to_string(),
        },
    }
}

fn refusal(error: &Migrate) -> Option<ErrorCode> {
    match error {
        Migrate::Sql(error) => error.sqlite_error_code(),
        Migrate::Store(_) => None,
    }
}

enum Migrate {
    Sql(rusqlite::Error),
    Store(StoreError),
}

impl From<rusqlite::Error> for Migrate {
    fn from(error: rusqlite::Error) -> Self {
        Migrate::Sql(error)
    }
}

fn needed(connection: &Connection, place: &str) -> std::result::Result<Vec<(i64, &'static str)>, Migrate> {
    let found = schema(connection)?;
    still_needed(place, &MIGRATIONS, found).map_err(Migrate::Store)
}

fn schema(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, place: &str) -> std::result::Result<(), Migrate> {
    if needed(connection, place)?.is_empty() {
        return Ok(());
    }
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have been quicker.
    for (schema, migration) in needed(&tx, place)? {
        tx.execute_batch(migration)?;
        tx.pragma_update(None, "user_version", schema)?;
    }
    tx.commit()?;
    Ok(())
}

impl Backend for Sqlite {
    fn place(&self) -> &str {
        &self.place
    }

    fn is_usable(&mut self) -> bool {
        self.file == file_id(&self.place)
    }

    fn begin(&mut self, mode: Mode) -> Result<()> {
        if matches!(mode, Mode::Write(_)) && self.connection.is_readonly("main").unwrap_or(false) {
            return Err(StoreError::Open {
                store: self.place.clone(),
                reason: "it may be read here, and not written".to_owned(),
            });
        }
        let sql = match mode {
            Mode::Read(_) => "BEGIN DEFERRED",
            Mode::Write(_) => "BEGIN IMMEDIATE",
        };
        let wait = match mode {
            Mode::Write(wait) => wait,
            Mode::Read(_) => WAIT,
        };
        self.connection.busy_timeout(wait).map_err(self.error("begin"))?;
        self.connection.execute_batch(sql).map_err(self.error("begin"))
    }

    fn nest(&mut self, part: Part) -> Result<()> {
        let done = self.connection.execute_batch(part.sql());
        done.map_err(self.error("a part of a transaction"))
    }

    fn check_file(&mut self, most: usize) -> Result<Vec<String>> {
        let read = || {
            let mut statement = self
                .connection
                .prepare(&format!("PRAGMA integrity_check({most})"))?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.filter(|row| !matches!(row, Ok(row) if row == "ok"))
                .collect::<rusqlite::Result<Vec<String>>>()
        };
        match read().map_err(self.error("check the file")) {
            Err(StoreError::Damaged { reason, .. }) => Ok(vec![reason]),
            found => found,
        }
    }

    fn check_schema(&mut self) -> Result<Vec<String>> {
        let compared = || -> rusqlite::Result<Vec<String>> {
            let made = Connection::open_in_memory()?;
            MIGRATIONS.iter().try_for_each(|one| made.execute_batch(one))?;
            Ok(not_as_made(&definitions(&self.connection)?, &definitions(&made)?))
        };
        compared().map_err(self.error("read the schema"))
    }

    fn back_up(&mut self, to: &Path) -> Result<bool> {
        let Some(to) = to.to_str() else {
            return Err(StoreError::Url {
                url: to.display().to_string(),
            });
        };
        let done = self.connection.execute("VACUUM INTO ?1", [to]);
        done.map(|_| true).map_err(self.error("copy the books"))
    }

    fn commit(&mut self) -> Result<()> {
        let committed = self
            .connection
            .execute_batch("COMMIT")
            .map_err(self.error("commit"));
        if committed.is_err() {
            // A commit that fails leaves the transaction open; the caller learns of the failure, not of this.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        committed
    }

    fn rollback(&mut self) -> Result<()> {
        self.connection
            .execute_batch("ROLLBACK")
            .map_err(self.error("rollback"))
    }

    fn head(&mut self) -> Result<Head> {
        read::head(&self.connection).map_err(self.error("read the last numbers"))
    }

    fn accounts(&mut self, accounts: &[Account]) -> Result<Vec<StoredState>> {
        read::accounts(&self.connection, accounts).map_err(self.error("read accounts"))
    }

    fn list_accounts(&mut self, filter: &AccountFilter) -> Result<Vec<StoredState>> {
        read::list_accounts(&self.connection, filter).map_err(self.error("list accounts"))
    }

    fn earlier(&mut self, keys: &[&str]) -> Result<Vec<Earlier>> {
        read::earlier(&self.connection, keys).map_err(self.error("look up keys"))
    }

    fn counts(&mut self) -> Result<Counts> {
        read::counts(&self.connection).map_err(self.error("count rows"))
    }

    fn postings(&mut self, transaction: u64) -> Result<Vec<StoredPosting>> {
        read::postings(&self.connection, transaction).map_err(self.error("read postings"))
    }

    fn append(&mut self, batch: &[Transaction], appended: &Appended, recorded: Timestamp) -> Result<()> {
        match write::append(&self.connection, batch, appended, recorded) {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::KeyTaken),
            Err(error) => Err(self.error("write the books")(error)),
        }
    }

    fn put_balances(&mut self, states: &[&AccountState]) -> Result<()> {
        write::balances(&self.connection, states).map_err(self.error("write balances"))
    }

    fn journal(&mut self, after: u64, limit: usize) -> Result<Vec<StoredTransaction>> {
        read::journal(&self.connection, after, limit).map_err(self.error("read the journal"))
    }

    fn transaction(&mut self, number: u64) -> Result<Option<StoredTransaction>> {
        read::transaction(&self.connection, number).map_err(self.error("read a transaction"))
    }

    fn transaction_by_key(&mut self, key: &str) -> Result<Option<StoredTransaction>> {
        read::transaction_by_key(&self.connection, key).map_err(self.error("read a transaction"))
    }

    fn transactions_by_prefix(
        &mut self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredTransaction>> {
        read::transactions_by_prefix(&self.connection, prefix, after, limit)
            .map_err(self.error("read transactions"))
    }

    fn overdue(&mut self, now: Timestamp, limit: usize) -> Result<Vec<(u64, Arc<str>)>> {
        read::overdue(&self.connection, now, limit).map_err(self.error("read reservations"))
    }

    fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>> {
        records::newest(&self.connection, kind, id).map_err(self.error("read a record"))
    }

    fn records_of(&mut self, kind: &str, ids: &[&str]) -> Result<Vec<Record>> {
        let newest = |id: &&str| records::newest(&self.connection, kind, id).transpose();
        let found: std::result::Result<_, _> = ids.iter().filter_map(newest).collect();
        found.map_err(self.error("read records"))
    }

    fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>> {
        records::versions(&self.connection, kind, id).map_err(self.error("read a record"))
    }

    fn records(&mut self, kind: &str, prefix: &str, after: &str, limit: usize) -> Result<Vec<Record>> {
        records::page(&self.connection, kind, prefix, after, limit).map_err(self.error("read records"))
    }

    fn all_records(&mut self, after: (&str, &str, u64), limit: usize) -> Result<Vec<StoredVersion>> {
        records::all(&self.connection, after, limit).map_err(self.error("read records"))
    }

    fn put_records(
        &mut self,
        records: &[NewRecord],
        change: u64,
        author: &str,
        recorded: Timestamp,
    ) -> Result<()> {
        for record in records {
            records::put(&self.connection, record, change, author, recorded).map_err(|error| match error
                .sqlite_error_code()
            {
                Some(ErrorCode::ConstraintViolation) => StoreError::Conflict {
                    kind: record.kind.clone(),
                    id: record.id.clone(),
                },
                _ => self.error("write a record")(error),
            })?;
        }
        Ok(())
    }

    fn written_records(&mut self, after: (u64, &str, &str, u64), limit: usize) -> Result<Vec<WrittenRecord>> {
        changes::records(&self.connection, after, limit).map_err(self.error("read records by change"))
    }

    fn gone_record(&mut self, kinds: &[&str]) -> Result<Option<(u64, RecordName)>> {
        changes::gone_record(&self.connection, kinds).map_err(self.error("compare records with changes"))
    }

    fn put_change(&mut self, change: &Change) -> Result<()> {
        changes::put(&self.connection, change).map_err(self.error("write the change"))
    }

    fn change_by_key(&mut self, actor: &str, key: &str) -> Result<Option<Change>> {
        let read =
            changes::by_key(&self.connection, actor, key).map_err(self.error("read a change by its key"))?;
        read.into_iter().next().transpose()
    }

    fn changes(&mut self, after: u64, limit: usize) -> Result<Vec<Change>> {
        let read = changes::page(&self.connection, after, limit).map_err(self.error("read the changes"))?;
        read.into_iter().collect()
    }

    fn changes_before(&mut self, before: u64, limit: usize) -> Result<Vec<Change>> {
        let read =
            changes::before(&self.connection, before, limit).map_err(self.error("read the changes"))?;
        read.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn books_that_may_only_be_read_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a 100% sure? #1.sqlite");
        let mut writer = Sqlite::open(&path).unwrap_or_else(|e| panic!("{e}"));
        let mut while_open = Sqlite::open_to_read(&path).unwrap_or_else(|_| panic!("with a log"));
        while_open.begin(Mode::Read(WAIT)).unwrap();
        assert_eq!(while_open.head().unwrap(), Head::default());
        drop(while_open);
        writer.begin(Mode::Write(WAIT)).unwrap();
        writer.commit().unwrap();
        drop(writer);
        let mut reader = Sqlite::open_to_read(&path).unwrap_or_else(|_| panic!("without a log"));
        reader.begin(Mode::Read(WAIT)).unwrap();
        assert_eq!(reader.head().unwrap(), Head::default());
        reader.rollback().unwrap();
        let refused = reader.begin(Mode::Write(WAIT)).unwrap_err().to_string();
        assert!(refused.contains("not written"), "{refused}");
    }

    #[test]
    fn a_full_disk_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut books = Sqlite::open(&folder.path().join("books.sqlite")).unwrap_or_else(|e| panic!("{e}"));
        books
            .connection
            .execute_batch("PRAGMA max_page_count = 1")
            .unwrap();
        books.begin(Mode::Write(WAIT)).unwrap();
        let large = NewRecord {
            kind: "payee".to_owned(),
            id: "ann".to_owned(),
            version: 1,
            body: "x".repeat(1_000_000),
            key: None,
        };
        let full = books.put_records(&[large], 1, "test", Timestamp::UNIX_EPOCH);
        assert_eq!(
            full.unwrap_err().to_string(),
            "the disk is full: cannot write a record"
        );
    }
}
