//! Drivers' errors sorted into the three kinds of `StoreError`; no driver type goes further than this file.

use crate::store::error::StoreError;
use sea_orm::{DbErr, RuntimeErr, sqlx};

/// SQLite result codes (sqlite.org/rescode.html), without their extension in the upper bits.
mod code {
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const CONSTRAINT: i32 = 19;
    pub(super) const SCHEMA_ERROR: i32 = 1;
    pub(super) const NOT_A_DATABASE: i32 = 26;
}

/// Sorts a driver's error.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn from_driver(error: DbErr) -> StoreError {
    let cause = error.to_string();
    match &error {
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => {
            from_engine(inner, cause)
        }
        DbErr::TryIntoErr { .. } | DbErr::Type(_) | DbErr::Json(_) | DbErr::Migration(_) => StoreError::corrupt(cause),
        _ => StoreError::unavailable(cause),
    }
}

fn from_engine(error: &sqlx::Error, cause: String) -> StoreError {
    match error {
        sqlx::Error::Database(refusal) => match primary_code(refusal.code().as_deref()) {
            Some(code::CONSTRAINT) => StoreError::conflict(cause),
            Some(code::CORRUPT | code::NOT_A_DATABASE | code::SCHEMA_ERROR) => StoreError::corrupt(cause),
            _ => StoreError::unavailable(cause),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
            StoreError::corrupt(cause)
        }
        _ => StoreError::unavailable(cause),
    }
}

fn primary_code(code: Option<&str>) -> Option<i32> {
    Some(code?.parse::<i32>().ok()? & 0xff)
}
