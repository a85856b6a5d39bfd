//! Structures as JSON texts of a column, integers of a column as ours, and rows in parts for one statement each.

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

/// Rows in parts of at most `most`, each of a length that is a power of two, the longest first. A statement is prepared for its
/// number of rows and kept by both sides: any number would be a new one almost every time, and an insert of 512 rows takes
/// 0.3 MB of a PostgreSQL 15 backend (`pg_backend_memory_contexts`, 2026-11-24); so there are ten.
pub(super) fn parts<T>(rows: &[T], most: usize) -> impl Iterator<Item = &[T]> {
    let mut rest = rows;
    std::iter::from_fn(move || {
        let (part, after) = rest.split_at(1 << rest.len().min(most).checked_ilog2()?);
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_few_lengths_and_all_rows() {
        // Proves: every row is in one part, in order, and lengths are powers of two up to the limit.
        for count in 0..3_000 {
            let rows: Vec<usize> = (0..count).collect();
            let found: Vec<&[usize]> = parts(&rows, 512).collect();
            assert!(found.iter().all(|part| part.len().is_power_of_two() && part.len() <= 512), "{count}");
            assert_eq!(found.concat(), rows);
        }
    }
}
