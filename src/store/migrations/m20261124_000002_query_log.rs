//! The query log, which the engine itself keeps append-only.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_pk_auto, text},
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let log = Table::create()
            .table("query_log")
            .col(big_pk_auto("number"))
            .col(big_integer("at_ms"))
            .col(text("actor"))
            .col(text("kind"))
            .col(text("subject"))
            .col(text("reason"))
            .col(text("detail"))
            .to_owned();
        schema.create_table(log).await?;
        append_only(schema, "query_log").await
    }
}

/// A trigger that refuses to change or delete a row. The one place where the two dialects differ.
pub(super) async fn append_only(schema: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    for verb in ["UPDATE", "DELETE"] {
        let refuse = match schema.get_database_backend() {
            DbBackend::Sqlite => format!(
                "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            ),
            other => return Err(DbErr::Migration(format!("no append-only trigger is written for {other:?} yet"))),
        };
        schema.get_connection().execute_unprepared(&refuse).await?;
    }
    Ok(())
}
