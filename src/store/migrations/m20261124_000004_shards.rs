//! The engine by shard: a head per shard, and the shard of states, savepoints and episodes. What was there before belongs
//! to the only shard of a single machine, 0. Leases and settings, which processes of one house share.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, boolean, integer, text},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// Tables whose rows belong to a shard.
const SHARDED: [&str; 3] = ["engine_states", "engine_savepoints", "episodes"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for table in SHARDED {
            let shard = integer("shard").default(0).to_owned();
            schema.alter_table(Table::alter().table(table).add_column(shard).to_owned()).await?;
        }
        for table in ["engine_states", "engine_savepoints"] {
            let index = Index::create().name(format!("{table}_by_shard")).table(table).col("shard").to_owned();
            schema.create_index(index).await?;
        }
        heads(schema).await?;
        schema.create_table(leases()).await?;
        schema.create_table(settings()).await
    }
}

/// The one row of before, number 1, becomes that of shard 0. A head also notes the append number before its last commit.
async fn heads(schema: &SchemaManager<'_>) -> Result<(), DbErr> {
    let before = big_integer("appends_before").default(0).to_owned();
    schema.alter_table(Table::alter().table("engine_head").add_column(before).to_owned()).await?;
    schema.alter_table(Table::alter().table("engine_head").rename_column("id", "shard").to_owned()).await?;
    schema.get_connection().execute_unprepared("UPDATE engine_head SET shard = 0 WHERE shard = 1").await?;
    Ok(())
}

fn leases() -> TableCreateStatement {
    Table::create()
        .table("leases")
        .col(text("name").primary_key())
        .col(text("holder"))
        .col(big_integer("token"))
        .col(big_integer("until_ms"))
        .col(boolean("released"))
        .to_owned()
}

fn settings() -> TableCreateStatement {
    Table::create().table("settings").col(text("name").primary_key()).col(text("value")).to_owned()
}
