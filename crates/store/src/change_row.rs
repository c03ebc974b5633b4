//! A change as it stands in a row.

use crate::change::{Change, Keyed, RecordName};
use crate::error::StoreError;

/// Reads [`names_to_text`].
pub(crate) fn names_of_text(text: &str) -> Result<Vec<RecordName>, serde_json::Error> {
    let names: Vec<(String, String, u64)> = serde_json::from_str(text)?;
    let name = |(kind, id, version)| RecordName { kind, id, version };
    Ok(names.into_iter().map(name).collect())
}

/// What of a row is read after the rest.
pub(crate) struct Row<'r> {
    pub key: Option<String>,
    pub request: Option<&'r [u8]>,
    pub records: &'r str,
    pub digest: &'r [u8],
    pub link: &'r [u8],
}

/// What is stored of a change, read as it stands in a row.
pub(crate) fn stored(mut change: Change, row: Row<'_>) -> Result<Change, StoreError> {
    let damaged = |reason: String| StoreError::Damaged {
        what: format!("change {}", change.number),
        reason,
    };
    let hash = |bytes: &[u8]| {
        <[u8; 32]>::try_from(bytes).map_err(|_| damaged(format!("a hash has {} bytes", bytes.len())))
    };
    (change.digest, change.link) = (hash(row.digest)?, hash(row.link)?);
    change.keyed = match (row.key, row.request) {
        (Some(key), Some(request)) => Some(Keyed {
            key,
            request: hash(request)?,
        }),
        (None, None) => None,
        _ => {
            return Err(damaged(
                "a key without a request, or a request without a key".to_owned(),
            ));
        }
    };
    change.records = names_of_text(row.records).map_err(|error| damaged(error.to_string()))?;
    Ok(change)
}
