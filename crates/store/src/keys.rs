//! Sealed records: what they say lies encrypted under a key with a name, and is gone for good when the key is destroyed.
//!
//! A record that is about a person is sealed under a key of that person's. Destroying the key erases every version of it, in books of which
//! nothing can be taken out: the record, its hash and the change that wrote it stay, and stay valid. Keys lie beside the books, so they keep
//! nothing from who can read the database.
//!
//! XChaCha20-Poly1305, with a nonce of chance for each version. Kind, id, version and the key's name are authenticated with it, so that no
//! record can be put in the place of another.

use crate::error::StoreError;
use crate::record::{NewRecord, Record};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

type Result<T> = std::result::Result<T, StoreError>;

/// Bytes of a nonce, before what is encrypted.
const NONCE: usize = 24;

/// A key that seals records.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey {
    /// Its name: whose it is, and for what.
    pub name: String,
    key: [u8; 32],
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealingKey").field("name", &self.name).finish()
    }
}

impl SealingKey {
    /// A new one.
    pub(crate) fn new(name: &str) -> SealingKey {
        SealingKey {
            name: name.to_owned(),
            key: Key::generate().into(),
        }
    }

    /// One as it is stored. Errors: it has not the length of a key.
    pub fn stored(name: String, key: &[u8]) -> Result<SealingKey> {
        let key = key.try_into().map_err(|_| StoreError::Damaged {
            what: format!("sealing key `{name}`"),
            reason: format!("it has {} bytes, and a key has 32", key.len()),
        })?;
        Ok(SealingKey { name, key })
    }

    /// Its bytes, to be stored.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.key
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.key.into())
    }

    /// A version whose body is encrypted.
    pub(crate) fn seal(&self, new: &NewRecord) -> Result<NewRecord> {
        let nonce = XNonce::generate();
        let place = place(&new.kind, &new.id, new.version, &self.name);
        let payload = Payload {
            msg: new.body.as_bytes(),
            aad: &place,
        };
        let sealed = self
            .cipher()
            .encrypt(&nonce, payload)
            .map_err(|_| StoreError::Damaged {
                what: format!("{} `{}`", new.kind, new.id),
                reason: "it cannot be encrypted".to_owned(),
            })?;
        let mut bytes = nonce.to_vec();
        bytes.extend(sealed);
        Ok(NewRecord {
            kind: new.kind.clone(),
            id: new.id.clone(),
            version: new.version,
            body: STANDARD.encode(bytes),
            key: new.key.clone(),
        })
    }

    /// What a sealed record says. None: it was not sealed under this key, or was changed since.
    pub(crate) fn open(&self, record: &Record) -> Option<String> {
        let bytes = STANDARD.decode(&record.body).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE)?;
        let place = place(&record.kind, &record.id, record.version, &self.name);
        let payload = Payload {
            msg: sealed,
            aad: &place,
        };
        let text = self.cipher().decrypt(nonce.try_into().ok()?, payload).ok()?;
        String::from_utf8(text).ok()
    }
}

/// What stands where: authenticated with what is encrypted.
fn place(kind: &str, id: &str, version: u64, key: &str) -> Vec<u8> {
    let mut place = Vec::new();
    for part in [kind, id, key] {
        place.extend((part.len() as u64).to_le_bytes());
        place.extend(part.as_bytes());
    }
    place.extend(version.to_le_bytes());
    place
}

/// The error of a database that has a key of this name, or one of these names, already.
pub(crate) fn conflict(name: &str) -> StoreError {
    StoreError::Conflict {
        kind: "sealing key".to_owned(),
        id: name.to_owned(),
    }
}

/// What a database does with keys that seal records.
pub trait Keys {
    /// Those of the keys that there are, in any order.
    fn sealing_keys(&mut self, names: &[&str]) -> Result<Vec<SealingKey>>;
    /// Adds keys. One that is there already is a [`StoreError::Conflict`].
    fn put_sealing_keys(&mut self, keys: &[SealingKey]) -> Result<()>;
    /// Takes a key out, if it is there.
    fn destroy_sealing_key(&mut self, name: &str) -> Result<()>;
    /// Removes what the disk still holds of keys that were taken out, as far as the database can. False: others were reading, and it is left
    /// to a later time.
    fn scrub(&mut self) -> Result<bool>;
}
