//! The relational engine: one set of entities on SQLite (a file) and on PostgreSQL (a primary among several machines). All SQL
//! of the house is below this folder and `migrations`.

mod command_entity;
mod commands;
mod commit;
mod db;
mod engine_state;
mod entity;
mod episode_entity;
mod episode_rows;
mod episodes;
mod error;
pub(super) mod finder;
mod fingerprint;
mod leases;
mod ledger;
mod lock;
mod machine;
mod map;
mod migrate;
mod open;
mod overlap;
mod policies;
mod postgres;
mod primary;
mod queries;
mod reports;
mod settings;
mod standby;
mod tables;
mod text;
mod transfer;
mod witness;

use super::error::StoreError;
use db::{Db, Guard, Transaction};
use primary::Primary;
use sea_orm::DatabaseConnection;
use std::sync::Arc;

pub use fingerprint::TableSum;
pub use open::{inspect, open};
pub use postgres::{inspect_postgres, open_postgres};
pub(super) use tables::sort_ledger;
pub use transfer::{FILLED, FILLING, Founding};

/// A store with all its contracts. Clones share the connections.
#[derive(Clone, Debug)]
pub struct SqlStore {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    /// One writer connection, so that writers queue here and not on the file's lock, and a few readers, which WAL lets read
    /// beside the writer.
    Sqlite { writer: DatabaseConnection, readers: DatabaseConnection },
    /// The primary writes and is read, so that nobody reads what is not there yet.
    Postgres(Arc<Primary>),
}

impl SqlStore {
    /// Address of the PostgreSQL machine that is the primary now, as configured; `None` on SQLite and while there is none.
    #[must_use]
    pub fn primary(&self) -> Option<String> {
        match &self.engine {
            Engine::Sqlite { .. } => None,
            Engine::Postgres(primary) => primary.address(),
        }
    }

    /// Where to write.
    fn writer(&self) -> Result<Db, StoreError> {
        match &self.engine {
            Engine::Sqlite { writer, .. } => Ok(Db { pool: writer.clone(), guard: Guard::Engine }),
            Engine::Postgres(primary) => primary.db(),
        }
    }

    /// Where to read.
    fn readers(&self) -> Result<Db, StoreError> {
        match &self.engine {
            Engine::Sqlite { readers, .. } => Ok(Db { pool: readers.clone(), guard: Guard::Engine }),
            Engine::Postgres(primary) => primary.db(),
        }
    }

    /// Begins a transaction that writes.
    async fn begin(&self) -> Result<Transaction, StoreError> {
        self.writer()?.begin().await
    }
}
