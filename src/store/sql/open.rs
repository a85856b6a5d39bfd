//! Opening a SQLite store: refuse a SQLite that loses data, refuse a newer schema, bring an older one up to date.

use super::{
    Engine, SqlStore,
    error::from_driver,
    migrate::{migrate, verify},
};
use crate::store::error::{OpenError, StoreError};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement,
    sqlx::{Connection as _, SqliteConnection},
};
use std::{future::ready, path::Path, time::Duration};

/// How long a call waits for the file's lock before it is `Unavailable`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call waits for a free connection before it is `Unavailable`.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// Readers beside the writer: requests are short, and two cores cannot use more.
const READERS: u32 = 4;

/// Opens the store at `path`, creating it if it is not there.
///
/// # Errors
/// The linked SQLite has the WAL-reset bug, the schema is newer than this program, or the file cannot be opened.
pub async fn open(path: &Path) -> Result<SqlStore, OpenError> {
    let failed = |source| OpenError::Store { path: path.display().to_string(), source };
    let writer = connect(path, Role::Writer).await.map_err(failed)?;
    refuse_wal_reset_bug(&sqlite_version(&writer).await.map_err(failed)?)?;
    let readers = connect(path, Role::Reader).await.map_err(failed)?;
    let store = SqlStore { engine: Engine::Sqlite { writer, readers } };
    migrate(&store.writer().map_err(failed)?, failed).await?;
    Ok(store)
}

/// Opens the store at `path` to read it, as it is: it is neither made nor brought up to date, and every write is refused.
///
/// # Errors
/// There is none, its schema is not this program's, or the file cannot be opened.
pub async fn inspect(path: &Path) -> Result<SqlStore, OpenError> {
    let failed = |source| OpenError::Store { path: path.display().to_string(), source };
    let readers = connect(path, Role::Reader).await.map_err(failed)?;
    let store = SqlStore { engine: Engine::Sqlite { writer: readers.clone(), readers } };
    verify(&store.readers().map_err(failed)?, &path.display().to_string(), failed).await?;
    Ok(store)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Writer,
    Reader,
}

async fn connect(path: &Path, role: Role) -> Result<DatabaseConnection, StoreError> {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(if role == Role::Writer { 1 } else { READERS })
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.before_acquire(|connection, _| Box::pin(ready(Ok(is_clean(connection)))))
        })
        .map_sqlx_sqlite_opts(move |sqlite| {
            let query_only = if role == Role::Reader { "ON" } else { "OFF" };
            sqlite
                .in_memory(false)
                .shared_cache(false)
                .filename(&path)
                .create_if_missing(role == Role::Writer)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("query_only", query_only)
        });
    Database::connect(options).await.map_err(from_driver)
}

/// Whether a connection may be used again. When a COMMIT fails on a full disk, SQLite rolls back by itself; the ROLLBACK
/// that follows is refused, and the driver would take every later transaction for a savepoint of a lost one: committed
/// to nobody. Such a connection is closed.
fn is_clean(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

async fn sqlite_version(db: &DatabaseConnection) -> Result<String, StoreError> {
    let ask = Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version() AS version");
    let row = db.query_one_raw(ask).await.map_err(from_driver)?;
    let row = row.ok_or_else(|| StoreError::corrupt("SQLite does not tell its version"))?;
    row.try_get("", "version").map_err(from_driver)
}

/// The bug: from 3.7.0 a checkpoint that resets the WAL while another connection writes can lose committed pages.
fn refuse_wal_reset_bug(version: &str) -> Result<(), OpenError> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let numbers = [parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0)];
    let mended = match numbers {
        [3, 44, patch] => patch >= 6,
        [3, 50, patch] => patch >= 7,
        _ => numbers >= [3, 51, 3],
    };
    if mended { Ok(()) } else { Err(OpenError::WalResetBug { version: version.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrations::Migrator;
    use sea_orm_migration::MigratorTrait as _;

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_itself_swallows_no_later_one() {
        // Proves: after SQLite rolled back by itself (a COMMIT on a full disk), a later commit is there for other readers.
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder.path().join("store.db")).await.expect("a store");
        let lost = store.begin().await.expect("a transaction");
        lost.execute_unprepared("ROLLBACK").await.expect("as SQLite does it");
        drop(lost);
        drop(store.begin().await.expect("an attempt that failed too"));
        let kept = store.begin().await.expect("a transaction");
        kept.execute_unprepared("CREATE TABLE kept (one INTEGER)").await.expect("a table");
        kept.commit().await.expect("a commit");
        let found = store.readers().expect("readers").execute_unprepared("SELECT one FROM kept").await;
        assert!(found.is_ok(), "{found:?}");
    }

    #[tokio::test]
    async fn what_a_single_machine_had_is_shard_0() {
        // Proves: a store of before there were shards goes on: its head, its fence and its states are those of shard 0.
        use crate::{model::shard::Shard, store::episodes::EpisodeStore as _};
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let old = connect(&path, Role::Writer).await.expect("a new file");
        Migrator::up(&old, Some(3)).await.expect("the steps of then");
        let head = r#"{"lineage":"layout:1","cursor":7,"last_tick":null,"policies":[],"queue":[]}"#;
        let rows = format!(
            "INSERT INTO engine_head (id, fence, last_commit, head) VALUES (1, 4, 9, '{head}'); \
             INSERT INTO engine_states (terminal, state) VALUES ('13900000001', x'01')"
        );
        old.execute_unprepared(&rows).await.expect("a head");
        old.close().await.expect("closed");
        let store = open(&path).await.expect("brought up to date");
        let claim = store.claim(Shard::ALONE, None).await.expect("claimed");
        assert_eq!((claim.fence.token, claim.last_commit), (5, 9));
        let snapshot = store.load_snapshot(Shard::ALONE).await.expect("readable").expect("a snapshot");
        assert_eq!((snapshot.head.cursor.last().0, snapshot.terminals.len()), (7, 1));
    }

    #[test]
    fn a_sqlite_that_loses_data_is_refused() {
        // Proves: the versions with the WAL-reset bug are refused, the mended ones of each branch are taken.
        for bad in ["3.40.1", "3.44.5", "3.50.6", "3.51.2", "3.45.3", "nonsense"] {
            assert!(refuse_wal_reset_bug(bad).is_err(), "{bad}");
        }
        for good in ["3.44.6", "3.50.7", "3.51.3", "3.54.1", "4.0.0"] {
            assert!(refuse_wal_reset_bug(good).is_ok(), "{good}");
        }
    }
}
