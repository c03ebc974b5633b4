//! Records: documents by kind and id. A change adds a version; nothing is overwritten.

use jiff::Timestamp;

/// One version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is, e.g. `payee`.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// Version from 1, without gaps; the highest counts.
    pub version: u64,
    /// A JSON object.
    pub body: String,
    /// Who changed it.
    pub author: String,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// The change that wrote it.
    pub change: u64,
    /// The name of the key that it is sealed under, if it is.
    pub key: Option<String>,
}

impl Record {
    /// Whether its key was destroyed: what it said is gone, and its body is empty.
    pub fn is_erased(&self) -> bool {
        self.key.is_some() && self.body.is_empty()
    }

    /// The hash of all that it says as it is stored, and which is stored with it: whoever changes it in the database is found out.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let texts = [&*self.kind, &self.id, &self.body, &self.author];
        digest(texts, self.version, self.recorded, self.key.as_deref())
    }

    /// The record, if it has the hash it was stored with: what is read decides money. Errors: what is wrong, in words.
    pub(crate) fn sound(self, stored: &[u8]) -> Result<Record, String> {
        match stored == self.digest() {
            true => Ok(self),
            false => Err(format!(
                "{} `{}` version {} does not have the hash it was stored with",
                self.kind, self.id, self.version
            )),
        }
    }
}

fn digest(texts: [&str; 4], version: u64, recorded: Timestamp, key: Option<&str>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    texts.into_iter().chain(key).for_each(|text| add(text.as_bytes()));
    add(&version.to_le_bytes());
    add(&recorded.as_millisecond().to_le_bytes());
    *hasher.finalize().as_bytes()
}

/// A version to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The version it gets: one more than the one it was made from.
    pub version: u64,
    /// A JSON object.
    pub body: String,
    /// The name of the key that it is sealed under; none: it is not.
    pub key: Option<String>,
}

impl NewRecord {
    /// The hash it is stored with.
    pub(crate) fn digest(&self, author: &str, recorded: Timestamp) -> [u8; 32] {
        let texts = [&*self.kind, &self.id, &self.body, author];
        digest(texts, self.version, recorded, self.key.as_deref())
    }

    /// The version as it is stored. Times are kept to the millisecond.
    pub(crate) fn by(&self, author: &str, recorded: Timestamp, change: u64) -> Record {
        Record {
            kind: self.kind.clone(),
            id: self.id.clone(),
            version: self.version,
            body: self.body.clone(),
            author: author.to_owned(),
            recorded: Timestamp::from_millisecond(recorded.as_millisecond())
                .expect("a time less its fraction of a millisecond is a time"),
            change,
            key: self.key.clone(),
        }
    }
}
