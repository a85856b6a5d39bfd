//! Connections and transactions as the rest of the engine sees them: every statement ends within a limit.
//!
//! SQLite limits its own waits. A statement on PostgreSQL ends with its answer, with the limit, or with the primary it was sent
//! to; in the last two cases its outcome is unknown and its connection is not used again.

use super::{
    error::{from_driver, is_doubtful},
    witness::Witness,
};
use crate::store::error::StoreError;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait as _,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A pool of connections.
#[derive(Clone, Debug)]
pub(super) struct Db {
    pub(super) pool: DatabaseConnection,
    pub(super) guard: Guard,
}

/// A transaction; dropped without a commit it is rolled back.
#[derive(Debug)]
pub(super) struct Transaction {
    inner: DatabaseTransaction,
    guard: Guard,
}

/// What ends a statement besides its answer.
#[derive(Clone, Debug)]
pub(super) enum Guard {
    /// Nothing.
    Engine,
    /// A limit, and the end of the primary.
    Limit {
        /// Longest wait for one answer.
        limit: Duration,
        /// Cancelled when the machine is no longer the primary.
        retired: CancellationToken,
        /// Told of errors after which the primary may be another.
        doubt: Arc<Notify>,
        /// Vouches for what was committed.
        witness: Witness,
    },
}

impl Guard {
    fn within(&self, limit: Duration) -> Self {
        match self {
            Self::Engine => Self::Engine,
            Self::Limit { retired, doubt, witness, .. } => {
                Self::Limit { limit, retired: retired.clone(), doubt: Arc::clone(doubt), witness: witness.clone() }
            }
        }
    }

    async fn watch<T>(&self, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Self::Limit { limit, retired, doubt, .. } = self else { return call.await };
        let done = tokio::select! {
            done = tokio::time::timeout(*limit, call) => {
                done.unwrap_or_else(|_| Err(DbErr::Custom(format!("no answer within {limit:?}, the connection was dropped"))))
            }
            () = retired.cancelled() => Err(DbErr::Custom("the primary was lost during the call".to_owned())),
        };
        if done.as_ref().is_err_and(is_doubtful) {
            doubt.notify_one();
        }
        done
    }

    /// Waits, within the limit, until what was committed is known to be on the standby too.
    async fn vouch(&self) -> Result<(), StoreError> {
        let Self::Limit { limit, witness, .. } = self else { return Ok(()) };
        let vouched = tokio::time::timeout(*limit, witness.vouch()).await;
        vouched.unwrap_or_else(|_| Err(StoreError::unavailable(format!("no standby had the commit within {limit:?}"))))
    }
}

impl Db {
    /// Begins a transaction that writes. IMMEDIATE on SQLite: the lock is taken now or not at all, so that no reader's
    /// snapshot has to be upgraded half-way. READ COMMITTED on PostgreSQL: what follows a lock sees what was committed
    /// under it.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        let sqlite_transaction_mode = Some(SqliteTransactionMode::Immediate);
        self.begin_with(TransactionOptions { sqlite_transaction_mode, ..TransactionOptions::default() }).await
    }

    /// Begins a transaction that reads one state of the store.
    pub(super) async fn begin_reading(&self) -> Result<Transaction, StoreError> {
        let isolation_level = self.is_postgres().then_some(IsolationLevel::RepeatableRead);
        self.begin_with(TransactionOptions { isolation_level, ..TransactionOptions::default() }).await
    }

    async fn begin_with(&self, options: TransactionOptions) -> Result<Transaction, StoreError> {
        let inner = self.guard.watch(self.pool.begin_with_options(options)).await.map_err(from_driver)?;
        Ok(Transaction { inner, guard: self.guard.clone() })
    }

    /// The same with another limit.
    pub(super) fn within(&self, limit: Duration) -> Self {
        Self { pool: self.pool.clone(), guard: self.guard.within(limit) }
    }

    /// Makes sure of a statement that was its own transaction. After `Unavailable` it may be durable or not.
    pub(super) async fn vouch(&self) -> Result<(), StoreError> {
        self.guard.vouch().await
    }

    /// Whether it is PostgreSQL.
    pub(super) fn is_postgres(&self) -> bool {
        self.pool.get_database_backend() == DbBackend::Postgres
    }
}

impl Transaction {
    /// Makes it durable, on the standby too, with everything that was committed before; also when this one wrote nothing, because
    /// an earlier call had. After `Unavailable` it may be durable or not.
    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.guard.watch(self.inner.commit()).await.map_err(from_driver)?;
        self.guard.vouch().await
    }

    /// The same without the standby: for what nothing is decided by.
    pub(super) async fn commit_alone(self) -> Result<(), StoreError> {
        self.guard.watch(self.inner.commit()).await.map_err(from_driver)
    }

    /// The driver's transaction, for the migrations; to be used within [`Self::watch`].
    pub(super) const fn driver(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Runs a call on [`Self::driver`] within the limit.
    pub(super) async fn watch<T>(&self, call: impl Future<Output = Result<T, DbErr>>) -> Result<T, StoreError> {
        self.guard.watch(call).await.map_err(from_driver)
    }

    /// Whether it is on PostgreSQL.
    pub(super) fn is_postgres(&self) -> bool {
        self.inner.get_database_backend() == DbBackend::Postgres
    }
}

macro_rules! guarded {
    ($kind:ty, $field:ident) => {
        #[async_trait::async_trait]
        impl ConnectionTrait for $kind {
            fn get_database_backend(&self) -> DbBackend {
                self.$field.get_database_backend()
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.guard.watch(self.$field.execute_raw(statement)).await
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.guard.watch(self.$field.execute_unprepared(sql)).await
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<sea_orm::QueryResult>, DbErr> {
                self.guard.watch(self.$field.query_one_raw(statement)).await
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
                self.guard.watch(self.$field.query_all_raw(statement)).await
            }
        }
    };
}

guarded!(Db, pool);
guarded!(Transaction, inner);
