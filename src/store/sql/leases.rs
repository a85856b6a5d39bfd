//! Leases on the relational engine: each call is one statement, so that the row's own lock decides between two that ask.

use super::{
    SqlStore,
    db::Db,
    error::from_driver,
    text::{to_i64, to_u64},
};
use crate::{
    model::time::Timestamp,
    store::{
        error::StoreError,
        leases::{Lease, LeaseStore, MEMBER},
    },
};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult, Statement, Value};
use std::time::Duration;

#[async_trait]
impl LeaseStore for SqlStore {
    async fn acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        let ttl_ms = i64::try_from(ttl.as_millis()).map_err(|_| StoreError::conflict("a lease without an end"))?;
        let db = &self.writer()?;
        let found = read(db, &acquire_sql(db), [name.into(), holder.into(), ttl_ms.into()]).await?;
        Ok(found.into_iter().next())
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let db = &self.writer()?;
        let now = now_ms(db.get_database_backend());
        let sql = format!(
            "UPDATE leases SET released = TRUE, until_ms = CASE WHEN until_ms < {now} THEN until_ms ELSE {now} END \
             WHERE name = $1 AND holder = $2 AND token = $3"
        );
        let values = [lease.name.as_str().into(), lease.holder.as_str().into(), to_i64(lease.token)?.into()];
        let release = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(release).await.map_err(from_driver)?;
        Ok(())
    }

    async fn live(&self, prefix: &str) -> Result<Vec<Lease>, StoreError> {
        let db = &self.readers()?;
        let sql = select_sql(
            db,
            &format!("until_ms > {} AND substr(name, 1, length($1)) = $1", now_ms(db.get_database_backend())),
        );
        let mut leases = read(db, &sql, [prefix.into()]).await?;
        leases.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(leases)
    }

    async fn forget_members(&self, kept: Duration) -> Result<(), StoreError> {
        let db = &self.writer()?;
        let engine = db.get_database_backend();
        let sql = format!(
            "DELETE FROM leases WHERE substr(name, 1, length($1)) = $1 AND until_ms < {} - {}",
            now_ms(engine),
            kept.as_millis()
        );
        db.execute_raw(Statement::from_sql_and_values(engine, sql, [MEMBER.into()])).await.map_err(from_driver)?;
        Ok(())
    }

    async fn last(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        let db = &self.readers()?;
        let found = read(db, &select_sql(db, "name = $1"), [name.into()]).await?;
        Ok(found.into_iter().next())
    }
}

/// The engine's clock, read when the row is looked at (after a wait for its lock), not when the statement began.
pub(super) fn now_ms(engine: DbBackend) -> &'static str {
    if engine == DbBackend::Postgres {
        "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)"
    } else {
        "CAST(unixepoch('subsec') * 1000 AS integer)"
    }
}

fn acquire_sql(db: &Db) -> String {
    let now = now_ms(db.get_database_backend());
    format!(
        "INSERT INTO leases (name, holder, token, until_ms, released) VALUES ($1, $2, 1, {now} + $3, FALSE) \
         ON CONFLICT (name) DO UPDATE SET \
         token = leases.token + CASE WHEN leases.holder = excluded.holder AND NOT leases.released THEN 0 ELSE 1 END, \
         holder = excluded.holder, until_ms = {now} + $3, released = FALSE \
         WHERE leases.holder = excluded.holder OR leases.until_ms <= {now} \
         RETURNING name, holder, token, until_ms - {now} AS left_ms, {now} AS now_ms"
    )
}

fn select_sql(db: &Db, which: &str) -> String {
    let now = now_ms(db.get_database_backend());
    format!("SELECT name, holder, token, until_ms - {now} AS left_ms, {now} AS now_ms FROM leases WHERE {which}")
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    holder: String,
    token: i64,
    left_ms: i64,
    now_ms: i64,
}

async fn read<const N: usize>(db: &Db, sql: &str, values: [Value; N]) -> Result<Vec<Lease>, StoreError> {
    let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = Row::find_by_statement(ask).all(db).await.map_err(from_driver)?;
    let lease = |row: Row| {
        let token = to_u64("token", row.token)?;
        let now = Timestamp::from_millis(row.now_ms);
        Ok(Lease { name: row.name, holder: row.holder, token, left_ms: row.left_ms, now })
    };
    rows.into_iter().map(lease).collect()
}
