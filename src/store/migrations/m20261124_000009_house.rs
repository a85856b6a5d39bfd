//! What a house shows whoever asks any of its apis: layers of the map, and what each process says of itself.

use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, text},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        let layers =
            Table::create().table("map_layers").col(text("name").primary_key()).col(text("geojson")).to_owned();
        schema.create_table(layers).await?;
        let reports = Table::create()
            .table("reports")
            .col(text("name").primary_key())
            .col(text("body"))
            .col(big_integer("at_ms"))
            .to_owned();
        schema.create_table(reports).await
    }
}
