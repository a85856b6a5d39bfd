//! Who holds a shard's fence, beside the fence.

use sea_orm_migration::{prelude::*, schema::text};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let holder = text("holder").default("").to_owned();
        schema.alter_table(Table::alter().table("engine_head").add_column(holder).to_owned()).await
    }
}
