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

/// Triggers that refuse to change or delete a row; the two dialects write them differently.
pub(super) async fn append_only(schema: &SchemaManager<'_>, table: &str) -> Result<(), DbErr> {
    let statements = match schema.get_database_backend() {
        DbBackend::Sqlite => ["UPDATE", "DELETE"].map(|verb| sqlite_trigger(table, verb)).to_vec(),
        DbBackend::Postgres => postgres_triggers(table),
        other => return Err(DbErr::Migration(format!("no append-only trigger is written for {other:?}"))),
    };
    for statement in statements {
        schema.get_connection().execute_unprepared(&statement).await?;
    }
    Ok(())
}

fn sqlite_trigger(table: &str, verb: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} \
         BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
}

/// One function for all tables; SQLSTATE 23001 (`restrict_violation`) is sorted with the constraints, as SQLite's is.
fn postgres_triggers(table: &str) -> Vec<String> {
    let function = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$";
    let trigger = |verb: &str| {
        format!(
            "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    };
    let mut statements = vec![function.to_owned()];
    statements.extend(["UPDATE", "DELETE", "TRUNCATE"].map(trigger));
    statements
}
