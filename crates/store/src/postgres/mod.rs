//! The books in a PostgreSQL database.

mod changes;
mod client;
mod keys;
mod read;
mod records;
mod write;

use self::client::Client;
pub(crate) use self::client::Waits;
use crate::backend::{Backend, Counts, Definitions, Earlier, Head, Mode, Part, not_as_made, still_needed};
use crate::change::{Change, RecordName, WrittenRecord};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::record::{NewRecord, Record};
use crate::stored::{StoredPosting, StoredState, StoredTransaction, StoredVersion};
use crate::turn::Tell;
use jiff::Timestamp;
use ledger::{Account, AccountState, Appended, Transaction};
use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use tokio_postgres::error::SqlState;

type Result<T> = std::result::Result<T, StoreError>;

/// Schema versions, oldest first; a version is never edited once it has shipped.
const MIGRATIONS: [&str; 1] = [include_str!("0001_books.sql")];

/// The triggers of the tables, and the text of what each executes; a mark where one is off.
const TRIGGERS: &str = "SELECT format('trigger %s on %s', tgname, relname), tgenabled::text || btrim(prosrc, E' \\n')
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace AND relname = ANY (string_to_array($1, ', '))";

/// The same as the migrations make them.
fn triggers_made() -> Definitions {
    let all = MIGRATIONS.join("\n");
    let body = all.split("$$").nth(1).unwrap_or_default().trim();
    let made = all
        .lines()
        .filter_map(|line| line.strip_prefix("CREATE TRIGGER "));
    let named = made.filter_map(|line| {
        let (name, rest) = line.split_once(' ')?;
        let table = rest.split_once(" ON ")?.1.split(' ').next()?;
        Some((format!("trigger {name} on {table}"), format!("O{body}")))
    });
    named.collect()
}
/// The advisory lock that makes its holder the only writer of the books.
const WRITER: i64 = 0x7065_726d_696c_6c65;
/// The tables that are read and written. They are locked when a transaction begins, as its statements would one by one, so that it
/// waits for others (`ALTER`, `VACUUM FULL`) there only, where that is told.
const TABLES: &str =
    "ledger_account, ledger_transaction, ledger_posting, ledger_balance, record, change, sealing_key";
/// Ends a transaction that may only read, as on a standby, before anything is decided in it.
const WRITABLE: &str = "DO $$ BEGIN IF current_setting('transaction_read_only') = 'on'
    THEN RAISE read_only_sql_transaction; END IF; END $$";
/// What is attempted when a transaction ends: only then nobody knows whether it was kept where there is no answer.
const COMMIT: &str = "commit";
/// How long any other statement waits for a lock.
const WAIT: &str = "lock_timeout = '30s'";

/// A PostgreSQL database.
pub(crate) struct Postgres {
    client: Client,
    place: String,
}

impl Postgres {
    /// Connects, and brings the schema up to date.
    pub(crate) fn open(url: &str, tell: Option<Tell>, stops: Option<fn() -> bool>) -> Result<Postgres> {
        let place = crate::place::without_password(url);
        let failed = |error: client::Error| match error {
            client::Error::Stopped => StoreError::Stopped,
            error => StoreError::Open {
                store: place.clone(),
                reason: reason(&error),
            },
        };
        let waits = Waits {
            place: place.clone(),
            tell,
            stops,
        };
        let mut client = Client::connect(url, waits).map_err(&failed)?;
        // Whoever opens it tells people what it waits for, and asks again.
        client.batch_execute("SET lock_timeout = '1s'").map_err(&failed)?;
        migrate(&mut client, &place)?;
        client.batch_execute(&format!("SET {WAIT}")).map_err(&failed)?;
        Ok(Postgres { client, place })
    }

    fn error(place: &str, what: &'static str) -> impl Fn(client::Error) -> StoreError + use<> {
        let store = place.to_owned();
        move |error| match error.code() {
            Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy {
                store: store.clone(),
                by: None,
            },
            Some(code) if *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => StoreError::DryRunOver,
            Some(code) if *code == SqlState::DISK_FULL => StoreError::Full { what },
            Some(code) if *code == SqlState::READ_ONLY_SQL_TRANSACTION => {
                StoreError::ReadOnly { store: store.clone() }
            }
            _ if matches!(error, client::Error::Stopped) && what != COMMIT => StoreError::Stopped,
            _ if matches!(error, client::Error::Silent(_)) => StoreError::Database {
                what,
                reason: format!("{store}: {error}"),
            },
            _ => StoreError::Database {
                what,
                reason: reason(&error),
            },
        }
    }
}

/// The database's own words; the driver's say only that it had some.
fn reason(error: &client::Error) -> String {
    let Some(database) = error.as_db_error() else {
        let cause = error.source().map(|cause| format!(": {cause}"));
        return format!("{error}{}", cause.unwrap_or_default());
    };
    match database.detail() {
        Some(detail) => format!("{} ({detail})", database.message()),
        None => database.message().to_owned(),
    }
}

/// Whether a row is in the place of one that comes next: somebody has put it in by hand.
fn is_of_a_number(error: &client::Error) -> bool {
    let constraint = error.as_db_error().and_then(|database| database.constraint());
    constraint.is_some_and(|name| name.ends_with("_pkey"))
}

/// Adds postings, in their order, to the transactions that they belong to.
fn add_postings(page: &mut [StoredTransaction], rows: &[tokio_postgres::Row]) -> Result<()> {
    let numbers = page.iter().map(|transaction| transaction.number);
    let places: HashMap<u64, usize> = numbers.zip(0..).collect();
    for row in rows {
        if let Some(place) = places.get(&read::number(row, 0)?) {
            page[*place].postings.push(read::posting(row)?);
        }
    }
    Ok(())
}

fn migrate(client: &mut Client, place: &str) -> Result<()> {
    let failed = Postgres::error(place, "bring the schema up to date");
    // Who only reads does not wait for a writer: nothing is locked unless there is something to do.
    let found = version(client).map_err(&failed)?;
    if still_needed(place, &MIGRATIONS, found)?.is_empty() {
        return Ok(());
    }
    // Whatever fails, the connection ends with it, and nothing is kept.
    client.batch_execute("BEGIN").map_err(&failed)?;
    // Two processes may open a new database at once.
    client
        .execute("SELECT pg_advisory_xact_lock($1)", &[&WRITER])
        .map_err(&failed)?;
    let found = version(client).map_err(&failed)?;
    for (schema, migration) in still_needed(place, &MIGRATIONS, found)? {
        client.batch_execute(migration).map_err(&failed)?;
        client
            .execute("UPDATE permille_schema SET version = $1", &[&schema])
            .map_err(&failed)?;
    }
    client.commit().map_err(Postgres::error(place, COMMIT))
}

/// The version of the schema that is there; 0: none.
fn version(client: &mut Client) -> std::result::Result<i64, client::Error> {
    let has_schema: bool = client.query_one(include_str!("has_schema.sql"), &[])?.get(0);
    match has_schema {
        true => Ok(client
            .query_one("SELECT version FROM permille_schema", &[])?
            .get(0)),
        false => Ok(0),
    }
}

impl Backend for Postgres {
    fn place(&self) -> &str {
        &self.place
    }

    fn is_usable(&mut self) -> bool {
        // A server that was restarted meanwhile is asked over a new connection.
        self.client.batch_execute("").is_ok()
    }

    fn check_schema(&mut self) -> Result<Vec<String>> {
        let rows = self
            .client
            .query(TRIGGERS, &[&TABLES])
            .map_err(Self::error(&self.place, "read the schema"))?;
        let found = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(not_as_made(&found, &triggers_made()))
    }

    fn begin(&mut self, mode: Mode) -> Result<()> {
        let begun = match mode {
            Mode::Read(wait) => self.client.batch_execute(&format!(
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL lock_timeout = {};
                 LOCK TABLE {TABLES} IN ACCESS SHARE MODE; SET LOCAL {WAIT}",
                wait.as_millis()
            )),
            Mode::Write(wait) => self.client.batch_execute(&format!(
                "BEGIN; {WRITABLE}; SET LOCAL lock_timeout = {}; SELECT pg_advisory_xact_lock({WRITER});
                 LOCK TABLE {TABLES} IN ROW EXCLUSIVE MODE; SET LOCAL {WAIT}",
                wait.as_millis()
            )),
        };
        begun.map_err(|error| {
            // Without the lock the transaction is of no use; the error says why.
            let _ = self.client.batch_execute("ROLLBACK");
            let failed = Self::error(&self.place, "begin")(error);
            match failed {
                StoreError::Busy { store, .. } => StoreError::Busy {
                    store,
                    by: self.holder(mode),
                },
                other => other,
            }
        })
    }

    fn nest(&mut self, part: Part) -> Result<()> {
        // Whoever does nothing with it any more keeps nobody else from writing.
        let first = match part {
            Part::Begin => "SET LOCAL idle_in_transaction_session_timeout = '20s'; ",
            Part::Keep | Part::Forget => "",
        };
        let done = self.client.batch_execute(&format!("{first}{}", part.sql()));
        done.map_err(Self::error(&self.place, "a part of a transaction"))
    }

    fn clock(&mut self) -> Result<Timestamp> {
        let row = self
            .client
            .query_one("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::int8", &[])
            .map_err(Self::error(&self.place, "read the clock"))?;
        Timestamp::from_millisecond(row.get(0)).map_err(|error| StoreError::Database {
            what: "read the clock",
            reason: error.to_string(),
        })
    }

    fn commit(&mut self) -> Result<()> {
        self.client.commit().map_err(Self::error(&self.place, COMMIT))
    }

    fn rollback(&mut self) -> Result<()> {
        self.client
            .batch_execute("ROLLBACK")
            .map_err(Self::error(&self.place, "rollback"))
    }

    fn head(&mut self) -> Result<Head> {
        let row = read::head(&mut self.client).map_err(Self::error(&self.place, "read the last numbers"))?;
        read::head_row(&row)
    }

    fn accounts(&mut self, accounts: &[Account]) -> Result<Vec<StoredState>> {
        let rows =
            read::accounts(&mut self.client, accounts).map_err(Self::error(&self.place, "read accounts"))?;
        rows.iter().map(read::state).collect()
    }

    fn list_accounts(&mut self, filter: &AccountFilter) -> Result<Vec<StoredState>> {
        let rows = read::list_accounts(&mut self.client, filter)
            .map_err(Self::error(&self.place, "list accounts"))?;
        rows.iter().map(read::state).collect()
    }

    fn earlier(&mut self, keys: &[&str]) -> Result<Vec<Earlier>> {
        let rows = read::earlier(&mut self.client, keys).map_err(Self::error(&self.place, "look up keys"))?;
        rows.iter().map(read::earlier_row).collect()
    }

    fn counts(&mut self) -> Result<Counts> {
        let sql = "SELECT (SELECT count(*) FROM ledger_transaction), (SELECT count(*) FROM ledger_posting),
                          (SELECT count(*) FROM record), (SELECT count(*) FROM change)";
        let row = self.client.query_one(sql, &[]);
        let row = row.map_err(Self::error(&self.place, "count rows"))?;
        Ok(Counts {
            transactions: read::number(&row, 0)?,
            keys: None,
            postings: Some(read::number(&row, 1)?),
            records: read::number(&row, 2)?,
            changes: read::number(&row, 3)?,
        })
    }

    fn postings(&mut self, transaction: u64) -> Result<Vec<StoredPosting>> {
        let rows = read::postings(&mut self.client, transaction, transaction)
            .map_err(Self::error(&self.place, "read postings"))?;
        rows.iter().map(read::posting).collect()
    }

    fn append(&mut self, batch: &[Transaction], appended: &Appended, recorded: Timestamp) -> Result<()> {
        let failed = Self::error(&self.place, "write the books");
        self.client.batch_execute("SAVEPOINT append").map_err(&failed)?;
        let written = write::append(&mut self.client, batch, appended, recorded);
        let end = if written.is_ok() {
            "RELEASE append"
        } else {
            "ROLLBACK TO append; RELEASE append"
        };
        self.client.batch_execute(end).map_err(&failed)?;
        written.map_err(|error| match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION && is_of_a_number(&error) => {
                StoreError::Damaged {
                    what: "the end of the books".to_owned(),
                    reason: reason(&error),
                }
            }
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => StoreError::KeyTaken,
            _ => failed(error),
        })
    }

    fn put_balances(&mut self, states: &[&AccountState]) -> Result<()> {
        write::balances(&mut self.client, states).map_err(Self::error(&self.place, "write balances"))
    }

    fn journal(&mut self, after: u64, limit: usize) -> Result<Vec<StoredTransaction>> {
        let failed = Self::error(&self.place, "read the journal");
        let rows = read::journal(&mut self.client, after, limit).map_err(&failed)?;
        let mut page = rows.iter().map(read::transaction).collect::<Result<Vec<_>>>()?;
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            return Ok(page);
        };
        let rows = read::postings(&mut self.client, first.number, last.number).map_err(&failed)?;
        add_postings(&mut page, &rows)?;
        Ok(page)
    }

    fn transaction(&mut self, number: u64) -> Result<Option<StoredTransaction>> {
        let row = read::by_number(&mut self.client, number)
            .map_err(Self::error(&self.place, "read a transaction"))?;
        row.map(|row| self.with_postings(read::transaction(&row)?))
            .transpose()
    }

    fn transaction_by_key(&mut self, key: &str) -> Result<Option<StoredTransaction>> {
        let row =
            read::by_key(&mut self.client, key).map_err(Self::error(&self.place, "read a transaction"))?;
        row.map(|row| self.with_postings(read::transaction(&row)?))
            .transpose()
    }

    fn transactions_by_prefix(
        &mut self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredTransaction>> {
        let failed = Self::error(&self.place, "read transactions");
        let rows = read::by_prefix(&mut self.client, prefix, after, limit).map_err(&failed)?;
        let mut page = rows.iter().map(read::transaction).collect::<Result<Vec<_>>>()?;
        let numbers: Vec<u64> = page.iter().map(|transaction| transaction.number).collect();
        let rows = read::postings_of(&mut self.client, &numbers).map_err(&failed)?;
        add_postings(&mut page, &rows)?;
        Ok(page)
    }

    fn overdue(&mut self, now: Timestamp, limit: usize) -> Result<Vec<(u64, Arc<str>)>> {
        let rows = read::overdue(&mut self.client, now, limit)
            .map_err(Self::error(&self.place, "read reservations"))?;
        rows.iter()
            .map(|row| Ok((read::number(row, 0)?, row.get::<_, String>(1).into())))
            .collect()
    }

    fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>> {
        let row =
            records::newest(&mut self.client, kind, id).map_err(Self::error(&self.place, "read a record"))?;
        row.as_ref().map(records::record).transpose()
    }

    fn records_of(&mut self, kind: &str, ids: &[&str]) -> Result<Vec<Record>> {
        let rows = records::newest_of(&mut self.client, kind, ids)
            .map_err(Self::error(&self.place, "read records"))?;
        rows.iter().map(records::record).collect()
    }

    fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>> {
        let rows = records::versions(&mut self.client, kind, id)
            .map_err(Self::error(&self.place, "read a record"))?;
        rows.iter().map(records::record).collect()
    }

    fn records(&mut self, kind: &str, prefix: &str, after: &str, limit: usize) -> Result<Vec<Record>> {
        let rows = records::page(&mut self.client, kind, prefix, after, limit)
            .map_err(Self::error(&self.place, "read records"))?;
        rows.iter().map(records::record).collect()
    }

    fn all_records(&mut self, after: (&str, &str, u64), limit: usize) -> Result<Vec<StoredVersion>> {
        let rows =
            records::all(&mut self.client, after, limit).map_err(Self::error(&self.place, "read records"))?;
        rows.iter().map(records::stored).collect()
    }

    fn put_records(
        &mut self,
        new: &[NewRecord],
        change: u64,
        author: &str,
        recorded: Timestamp,
    ) -> Result<()> {
        for group in new.chunks(write::ROWS) {
            records::put(&mut self.client, group, change, author, recorded).map_err(|error| {
                match error.code() {
                    Some(code) if *code == SqlState::UNIQUE_VIOLATION => StoreError::Conflict {
                        kind: group[0].kind.clone(),
                        id: group
                            .iter()
                            .map(|record| &*record.id)
                            .take(3)
                            .collect::<Vec<_>>()
                            .join(", "),
                    },
                    _ => Self::error(&self.place, "write records")(error),
                }
            })?;
        }
        Ok(())
    }

    fn written_records(&mut self, after: (u64, &str, &str, u64), limit: usize) -> Result<Vec<WrittenRecord>> {
        let rows = changes::records(&mut self.client, after, limit)
            .map_err(Self::error(&self.place, "read records by change"))?;
        rows.iter().map(changes::record_row).collect()
    }

    fn gone_record(&mut self, kinds: &[&str]) -> Result<Option<(u64, RecordName)>> {
        let found = changes::gone_record(&mut self.client, kinds)
            .map_err(Self::error(&self.place, "compare records with changes"))?;
        found.as_ref().map(changes::name_row).transpose()
    }

    fn put_change(&mut self, change: &Change) -> Result<()> {
        changes::put(&mut self.client, change).map_err(Self::error(&self.place, "write the change"))
    }

    fn change_by_key(&mut self, actor: &str, key: &str) -> Result<Option<Change>> {
        let rows = changes::by_key(&mut self.client, actor, key)
            .map_err(Self::error(&self.place, "read a change by its key"))?;
        rows.first().map(changes::row).transpose()
    }

    fn changes(&mut self, after: u64, limit: usize) -> Result<Vec<Change>> {
        let rows = changes::page(&mut self.client, after, limit)
            .map_err(Self::error(&self.place, "read the changes"))?;
        rows.iter().map(changes::row).collect()
    }

    fn changes_before(&mut self, before: u64, limit: usize) -> Result<Vec<Change>> {
        let rows = changes::before(&mut self.client, before, limit)
            .map_err(Self::error(&self.place, "read the changes"))?;
        rows.iter().map(changes::row).collect()
    }
}

impl Postgres {
    /// Who holds what a transaction waits for; none where the database does not say.
    fn holder(&mut self, mode: Mode) -> Option<String> {
        let waits_for_writer = matches!(mode, Mode::Write(_));
        let row = self
            .client
            .query_opt(include_str!("holder.sql"), &[&WRITER, &waits_for_writer, &TABLES])
            .ok()??;
        let (process, address, seconds): (i32, String, i64) = (row.get(0), row.get(1), row.get(2));
        let what = match row.get(3) {
            true => "",
            false => ", which has locked its tables",
        };
        Some(format!(
            ": process {process} of its server, connected from {address}, since {seconds} s{what}"
        ))
    }

    fn with_postings(&mut self, mut transaction: StoredTransaction) -> Result<StoredTransaction> {
        transaction.postings = self.postings(transaction.number)?;
        Ok(transaction)
    }
}
