//! The relational engine: SQLite today, the same entities on PostgreSQL later. All SQL of the house is below this folder
//! and `migrations`.

mod command_entity;
mod commands;
mod commit;
mod engine_state;
mod entity;
mod episode_entity;
mod episode_rows;
mod episodes;
mod error;
mod leases;
mod ledger;
mod open;
mod overlap;
mod queries;
mod settings;
mod tables;
mod text;

use super::error::StoreError;
use error::from_driver;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};

pub use open::open;
pub(super) use tables::sort_ledger;

/// Both halves of a store: one writer connection, so that writers queue here and not on the file's lock, and a few
/// readers, which WAL lets read beside the writer.
#[derive(Clone, Debug)]
pub struct SqlStore {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
}

impl SqlStore {
    /// Begins the one write transaction. IMMEDIATE: the lock is taken now or not at all, so that no reader's snapshot
    /// has to be upgraded half-way.
    async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() };
        self.writer.begin_with_options(options).await.map_err(from_driver)
    }
}
