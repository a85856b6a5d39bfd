//! Locks of PostgreSQL that have a meaning and no row. SQLite has one writer and needs none.

use super::{db::Transaction, error::from_driver};
use crate::store::error::StoreError;
use sea_orm::ConnectionTrait as _;

/// Ours among the advisory locks of the database (the letters `muck`).
const CLASS: i32 = 0x6d75_636b;

/// Held until the end of the transaction; released only after its rows are visible.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lock {
    /// The schema.
    Schema = 1,
    /// The numbering of ledger revisions.
    Ledger = 2,
    /// The numbering of corrections: who reads number n has seen all below it.
    Appends = 3,
    /// The numbering of policies.
    Policies = 4,
}

impl Lock {
    /// Waits for it and takes it.
    pub(super) async fn take(self, transaction: &Transaction) -> Result<(), StoreError> {
        if transaction.is_postgres() {
            let sql = format!("SELECT pg_advisory_xact_lock({CLASS}, {})", self as i32);
            transaction.execute_unprepared(&sql).await.map_err(from_driver)?;
        }
        Ok(())
    }
}
