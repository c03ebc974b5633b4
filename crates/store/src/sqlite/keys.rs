//! Keys that seal records.

use super::Sqlite;
use crate::error::StoreError;
use crate::keys::{Keys, SealingKey, conflict};
use rusqlite::{ErrorCode, OptionalExtension, params};

type Result<T> = std::result::Result<T, StoreError>;

impl Keys for Sqlite {
    fn sealing_keys(&mut self, names: &[&str]) -> Result<Vec<SealingKey>> {
        let read = |name: &&str| {
            let mut statement = self
                .connection
                .prepare_cached("SELECT key FROM sealing_key WHERE name = ?1")?;
            let key: Option<Vec<u8>> = statement.query_row([name], |row| row.get(0)).optional()?;
            Ok(key.map(|key| ((*name).to_owned(), key)))
        };
        let found: std::result::Result<Vec<_>, _> = names
            .iter()
            .map(read)
            .filter_map(std::result::Result::transpose)
            .collect();
        let found = found.map_err(self.error("read sealing keys"))?;
        found
            .into_iter()
            .map(|(name, key)| SealingKey::stored(name, &key))
            .collect()
    }

    fn put_sealing_keys(&mut self, keys: &[SealingKey]) -> Result<()> {
        for key in keys {
            let put = self
                .connection
                .prepare_cached("INSERT INTO sealing_key (name, key) VALUES (?1, ?2)")
                .and_then(|mut statement| statement.execute(params![key.name, key.bytes()]));
            put.map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => conflict(&key.name),
                _ => self.error("write a sealing key")(error),
            })?;
        }
        Ok(())
    }

    fn destroy_sealing_key(&mut self, name: &str) -> Result<()> {
        // What is taken out is written over; otherwise its bytes would stay in the file.
        let destroy = || {
            self.connection.execute_batch("PRAGMA secure_delete = ON")?;
            let done = self
                .connection
                .execute("DELETE FROM sealing_key WHERE name = ?1", [name]);
            self.connection.execute_batch("PRAGMA secure_delete = OFF")?;
            done
        };
        destroy().map(drop).map_err(self.error("destroy a sealing key"))
    }

    fn scrub(&mut self) -> Result<bool> {
        // Until it is copied into the file, the log has the page as it was.
        let busy = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        Ok(busy.map_err(self.error("copy the log into the books"))? == 0)
    }
}
