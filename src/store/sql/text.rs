//! Structures as JSON texts of a column, and integers of a column as ours.

use crate::{
    model::shard::Shard,
    store::{codes, error::StoreError},
};
use serde::{Serialize, de::DeserializeOwned};

/// A structure as the JSON text of a column.
pub(super) fn to_text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(format!("a value without a text: {error}")))
}

/// The structure of a column's JSON text.
pub(super) fn from_text<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(format!("column {column}: {error}")))
}

/// As `to_text`, but read back at once: what could not be read again (a number that is none) is never stored.
pub(super) fn to_checked_text<T: Serialize + DeserializeOwned + PartialEq>(
    column: &str,
    value: &T,
) -> Result<String, StoreError> {
    let text = to_text(value)?;
    if from_text::<T>(column, &text)? == *value {
        return Ok(text);
    }
    Err(StoreError::corrupt(format!("column {column}: a value that does not come back as it was: {text}")))
}

/// The kind of a column's code.
pub(super) fn kind<T: DeserializeOwned>(column: &str, code: &str) -> Result<T, StoreError> {
    codes::kind(code).ok_or_else(|| StoreError::corrupt(format!("column {column}: unknown code `{code}`")))
}

/// An ordinal as a column holds it.
pub(super) fn to_i64(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::conflict(format!("{number} is beyond what a column holds")))
}

/// An ordinal of a column.
pub(super) fn to_u64(column: &str, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt(format!("column {column}: {number} is below 0")))
}

/// A shard of a column.
pub(super) fn to_shard(number: i32) -> Result<Shard, StoreError> {
    let number =
        u16::try_from(number).map_err(|_| StoreError::corrupt(format!("column shard: {number} is no shard")))?;
    Ok(Shard(number))
}
