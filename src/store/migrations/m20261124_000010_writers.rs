//! Under which lease a gateway's copy is written, beside its head.

use crate::store::frames;
use sea_orm_migration::{MigrationTrait, prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(frames::schema_of_writers()).await?;
        }
        Ok(())
    }
}
