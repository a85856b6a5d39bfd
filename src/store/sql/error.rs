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
        sqlx::Error::Database(refusal) => match refusal.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
            Some(refusal) => from_state(refusal.code(), cause),
            None => from_code(refusal.code().as_deref(), cause),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::ColumnNotFound(_) | sqlx::Error::Decode(_) => {
            StoreError::corrupt(cause)
        }
        _ => StoreError::unavailable(cause),
    }
}

/// SQLite's.
fn from_code(code: Option<&str>, cause: String) -> StoreError {
    match code.and_then(|code| code.parse::<i32>().ok()).map(|code| code & 0xff) {
        Some(code::CONSTRAINT) => StoreError::conflict(cause),
        Some(code::CORRUPT | code::NOT_A_DATABASE | code::SCHEMA_ERROR) => StoreError::corrupt(cause),
        _ => StoreError::unavailable(cause),
    }
}

/// PostgreSQL's SQLSTATE (documentation, appendix A). What is not named here passes or ends with the caller's patience: lost
/// connections (08), transaction rollback (40: serialization, deadlock), full disk, memory or connections (53), a lock not got
/// (55), an operator's shutdown or cancel (57), a server in recovery (25006), missing rights (42501), a stale plan (0A000).
fn from_state(state: &str, cause: String) -> StoreError {
    match (state.get(..2).unwrap_or_default(), state) {
        (_, "42501") => StoreError::unavailable(cause),
        // A value out of range or of a form the column cannot hold; a constraint, also our append-only triggers.
        ("22" | "23", _) => StoreError::conflict(cause),
        // Damaged data or index; a statement that does not fit the schema.
        (_, "XX001" | "XX002") | ("42", _) => StoreError::corrupt(cause),
        _ => StoreError::unavailable(cause),
    }
}

/// Whether after this error another machine may be the primary.
pub(super) fn is_doubtful(error: &DbErr) -> bool {
    let inner = match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) | DbErr::Custom(_) => return true,
        DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => inner,
        _ => return false,
    };
    match inner.as_ref() {
        sqlx::Error::Database(refusal) => {
            refusal.code().is_some_and(|code| code.starts_with("08") || code.starts_with("57") || code == "25006")
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(state: &str) -> &'static str {
        match from_state(state, String::new()) {
            StoreError::Unavailable { .. } => "passes",
            StoreError::Conflict { .. } => "contradicts",
            StoreError::Corrupt { .. } => "stops",
        }
    }

    #[test]
    fn states_of_postgresql_are_sorted() {
        // Proves: what passes is tried again, what contradicts stops a writer, what is damaged stops a shard.
        for state in
            ["08006", "25006", "25P03", "40001", "40P01", "53100", "53300", "55P03", "57P01", "57014", "42501", "XX000"]
        {
            assert_eq!(kind(state), "passes", "{state}");
        }
        for state in ["23505", "23001", "22021"] {
            assert_eq!(kind(state), "contradicts", "{state}");
        }
        for state in ["XX001", "XX002", "42P01", "42703"] {
            assert_eq!(kind(state), "stops", "{state}");
        }
    }
}
