//! The house's policy with its history.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, text},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let policies = Table::create()
            .table("policies")
            .col(big_integer("revision").primary_key())
            .col(big_integer("from_ms"))
            .col(text("author"))
            .col(big_integer("at_ms"))
            .col(text("hash"))
            .col(text("policy"))
            .col(big_integer_null("seq"))
            .to_owned();
        schema.create_table(policies).await
    }
}
