//! The keys of looks, so that one that is logged again is logged once. Lines of before have none.

use sea_orm_migration::{prelude::*, schema::text_null};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let key = Table::alter().table("query_log").add_column(text_null("key")).to_owned();
        schema.alter_table(key).await?;
        let once = Index::create().name("query_log_by_key").table("query_log").col("key").unique().to_owned();
        schema.create_index(once).await
    }
}
