//! Reports of processes on the relational engine.

use super::{
    SqlStore,
    db::{Db, Transaction},
    error::from_driver,
    leases::now_ms,
    text::to_text,
};
use crate::store::{
    error::StoreError,
    reports::{Heard, Report, ReportStore},
};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use std::time::Duration;

/// Milliseconds after which the report of a process that ended badly is dropped: a day.
const KEPT_MS: i64 = 86_400_000;
/// The same of a gateway: 30 days. Its disk may have what no other has, so it is not forgotten before somebody has decided about it.
const GATEWAY_KEPT_MS: i64 = 30 * KEPT_MS;

#[async_trait]
impl ReportStore for SqlStore {
    async fn report(&self, report: &Report) -> Result<(), StoreError> {
        let transaction = begin_alone(self).await?;
        let now = now_ms(transaction.get_database_backend());
        let sql = format!(
            "INSERT INTO reports (name, body, at_ms) VALUES ($1, $2, {now}) \
             ON CONFLICT (name) DO UPDATE SET body = excluded.body, at_ms = {now}"
        );
        let values = [key(&report.role, &report.name).into(), to_text(report)?.into()];
        let write = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
        transaction.execute_raw(write).await.map_err(from_driver)?;
        let old = format!(
            "DELETE FROM reports WHERE at_ms < {now} - CASE WHEN substr(name, 1, 8) = 'gateway/' THEN {GATEWAY_KEPT_MS} \
             ELSE {KEPT_MS} END"
        );
        transaction.execute_unprepared(&old).await.map_err(from_driver)?;
        transaction.commit_alone().await
    }

    async fn withdraw(&self, role: &str, name: &str) -> Result<(), StoreError> {
        let transaction = begin_alone(self).await?;
        let sql = "DELETE FROM reports WHERE name = $1";
        let delete = Statement::from_sql_and_values(transaction.get_database_backend(), sql, [key(role, name).into()]);
        transaction.execute_raw(delete).await.map_err(from_driver)?;
        transaction.commit_alone().await
    }

    async fn reports(&self, within: Duration) -> Result<Vec<Heard>, StoreError> {
        let rows = read(&self.readers()?).await?;
        let mut heard: Vec<Heard> = rows.iter().filter_map(heard).collect();
        heard.retain(|one| one.report.role == "gateway" || one.is_within(within));
        Ok(heard)
    }
}

/// Reports are said also while the standby that commits wait for is away: that is when somebody wants to read them.
async fn begin_alone(store: &SqlStore) -> Result<Transaction, StoreError> {
    let transaction = store.begin().await?;
    if transaction.is_postgres() {
        transaction.execute_unprepared("SET LOCAL synchronous_commit = off").await.map_err(from_driver)?;
    }
    Ok(transaction)
}

fn key(role: &str, name: &str) -> String {
    format!("{role}/{name}")
}

#[derive(FromQueryResult)]
struct Row {
    body: String,
    age_ms: i64,
}

async fn read(db: &Db) -> Result<Vec<Row>, StoreError> {
    let sql =
        format!("SELECT body, {} - at_ms AS age_ms FROM reports ORDER BY name", now_ms(db.get_database_backend()));
    let ask = Statement::from_string(db.get_database_backend(), sql);
    Row::find_by_statement(ask).all(db).await.map_err(from_driver)
}

fn heard(row: &Row) -> Option<Heard> {
    let report: Report = serde_json::from_str(&row.body).ok()?;
    Some(Heard { report, age_ms: row.age_ms })
}
