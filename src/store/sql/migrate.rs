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
use sea_orm::{ConnectionTrait as _, EntityTrait as _};
use sea_orm_migration::{MigratorTrait as _, SchemaManager, seaql_migrations};
use std::{collections::BTreeSet, time::Duration};

/// How long one statement of a step may take, and how long to wait for another program's steps: an index over a year of
/// episodes takes minutes.
const STEP_LIMIT: Duration = Duration::from_mins(30);

/// Runs the missing steps in one transaction: of programs that start at once all but one wait, by BEGIN IMMEDIATE on SQLite and
/// an advisory lock on PostgreSQL.
pub(super) async fn migrate(db: &Db, failed: impl Fn(StoreError) -> OpenError) -> Result<(), OpenError> {
    let transaction = db.within(STEP_LIMIT).begin().await.map_err(&failed)?;
    wait_for_turn(&transaction).await.map_err(&failed)?;
    if missing_steps(&transaction, &failed).await? == 0 {
        // Nothing is written, so nothing waits for the standby: processes start also while it is away.
        return transaction.commit_alone().await.map_err(&failed);
    }
    transaction.watch(Migrator::up(transaction.driver(), None)).await.map_err(&failed)?;
    transaction.commit().await.map_err(&failed)
}

/// Refuses a schema that is not this program's, and changes nothing: for those who only read.
pub(super) async fn verify(db: &Db, place: &str, failed: impl Fn(StoreError) -> OpenError) -> Result<(), OpenError> {
    let transaction = db.begin_reading().await.map_err(&failed)?;
    let missing = missing_steps(&transaction, &failed).await?;
    transaction.commit_alone().await.map_err(&failed)?;
    if missing == 0 { Ok(()) } else { Err(OpenError::OlderSchema { place: place.to_owned(), missing }) }
}

/// How many steps the store lacks.
async fn missing_steps(
    transaction: &Transaction,
    failed: impl Fn(StoreError) -> OpenError,
) -> Result<usize, OpenError> {
    let applied = applied_steps(transaction).await.map_err(failed)?;
    let known: BTreeSet<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    match applied.difference(&known).next() {
        Some(step) => Err(OpenError::NewerSchema { step: step.clone() }),
        None => Ok(known.difference(&applied).count()),
    }
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
    let applied = transaction.watch(seaql_migrations::Entity::find().all(transaction.driver())).await?;
    Ok(applied.into_iter().map(|step| step.version).collect())
}
