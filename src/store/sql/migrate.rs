//! Bringing a schema up to date: one program at a time, all steps or none, never a newer one.

use super::{
    db::{Db, Transaction},
    error::from_driver,
    lock::Lock,
};
use crate::store::{
    error::{OpenError, StoreError},
    migrations::Migrator,
};
use sea_orm::ConnectionTrait as _;
use sea_orm_migration::{MigratorTrait as _, SchemaManager};
use std::{collections::BTreeSet, time::Duration};

/// How long one statement of a step may take, and how long to wait for another program's steps: an index over a year of
/// episodes takes minutes.
const STEP_LIMIT: Duration = Duration::from_mins(30);

/// Runs the missing steps in one transaction: of programs that start at once all but one wait, by BEGIN IMMEDIATE on SQLite and
/// an advisory lock on PostgreSQL.
pub(super) async fn migrate(db: &Db, failed: impl Fn(StoreError) -> OpenError) -> Result<(), OpenError> {
    let transaction = db.within(STEP_LIMIT).begin().await.map_err(&failed)?;
    wait_for_turn(&transaction).await.map_err(&failed)?;
    let applied = applied_steps(&transaction).await.map_err(&failed)?;
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    if let Some(step) = applied.difference(&known).next() {
        return Err(OpenError::NewerSchema { step: step.clone() });
    }
    if applied == known {
        // Nothing is written, so nothing waits for the standby: processes start also while it is away.
        return transaction.commit_alone().await.map_err(&failed);
    }
    transaction.watch(Migrator::up(transaction.driver(), None)).await.map_err(&failed)?;
    transaction.commit().await.map_err(&failed)
}

async fn wait_for_turn(transaction: &Transaction) -> Result<(), StoreError> {
    if transaction.is_postgres() {
        transaction.execute_unprepared("SET LOCAL lock_timeout = 0").await.map_err(from_driver)?;
    }
    Lock::Schema.take(transaction).await
}

/// The steps that the store has.
async fn applied_steps(transaction: &Transaction) -> Result<BTreeSet<String>, StoreError> {
    let table = Migrator::migration_table_name().to_string();
    if !transaction.watch(SchemaManager::new(transaction.driver()).has_table(table)).await? {
        return Ok(BTreeSet::new());
    }
    let applied = transaction.watch(Migrator::get_migration_models(transaction.driver())).await?;
    Ok(applied.into_iter().map(|step| step.version).collect())
}
