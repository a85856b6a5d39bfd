//! How the standby is, asked of the primary. A role without rights sees of `pg_stat_replication` only that there is a row, and of
//! `pg_stat_activity` the sessions of its own role, which are all of this house's: that is enough.

use super::{SqlStore, error::from_driver};
use crate::store::{
    error::StoreError,
    standby::{StandbyLook, StandbyStore},
};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement};

const ASK: &str = "SELECT current_setting('synchronous_standby_names') <> '' AS is_named, \
                   (SELECT count(*) FROM pg_stat_replication) AS connected, \
                   (SELECT max(CAST(extract(epoch FROM clock_timestamp() - state_change) * 1000 AS bigint)) \
                    FROM pg_stat_activity WHERE wait_event = 'SyncRep') AS waits_ms";

#[derive(FromQueryResult)]
struct Row {
    is_named: bool,
    connected: i64,
    waits_ms: Option<i64>,
}

#[async_trait]
impl StandbyStore for SqlStore {
    async fn standby(&self) -> Result<StandbyLook, StoreError> {
        let db = &self.readers()?;
        if db.get_database_backend() != DbBackend::Postgres {
            return Ok(StandbyLook::default());
        }
        let ask = Statement::from_string(DbBackend::Postgres, ASK);
        let row = Row::find_by_statement(ask).one(db).await.map_err(from_driver)?;
        let Row { is_named, connected, waits_ms } = row.ok_or_else(|| StoreError::corrupt("no row"))?;
        Ok(StandbyLook { is_named, connected, waits_ms })
    }
}
