//! Keys that seal records.

use super::Postgres;
use crate::error::StoreError;
use crate::keys::{Keys, SealingKey, conflict};
use tokio_postgres::error::SqlState;

type Result<T> = std::result::Result<T, StoreError>;

impl Keys for Postgres {
    fn sealing_keys(&mut self, names: &[&str]) -> Result<Vec<SealingKey>> {
        let sql = "SELECT name, key FROM sealing_key WHERE name = ANY ($1)";
        let rows = self
            .client
            .query(sql, &[&names])
            .map_err(Self::error(&self.place, "read sealing keys"))?;
        rows.iter()
            .map(|row| SealingKey::stored(row.get(0), row.get::<_, &[u8]>(1)))
            .collect()
    }

    fn put_sealing_keys(&mut self, keys: &[SealingKey]) -> Result<()> {
        let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let bytes: Vec<&[u8]> = keys.iter().map(|key| key.bytes().as_slice()).collect();
        let sql = "INSERT INTO sealing_key (name, key) SELECT * FROM unnest($1::text[], $2::bytea[])";
        let put = self.client.execute(sql, &[&names, &bytes]);
        put.map(drop).map_err(|error| match error.code() {
            Some(code) if *code == SqlState::UNIQUE_VIOLATION => conflict(&names.join(", ")),
            _ => Self::error(&self.place, "write sealing keys")(error),
        })
    }

    fn destroy_sealing_key(&mut self, name: &str) -> Result<()> {
        let done = self
            .client
            .execute("DELETE FROM sealing_key WHERE name = $1", &[&name]);
        done.map(drop)
            .map_err(Self::error(&self.place, "destroy a sealing key"))
    }

    fn scrub(&mut self) -> Result<bool> {
        // A row that was taken out stays in its page until this, if nobody reads what was before.
        let done = self.client.batch_execute("VACUUM sealing_key");
        done.map(|()| true)
            .map_err(Self::error(&self.place, "take destroyed keys off the disk"))
    }
}
