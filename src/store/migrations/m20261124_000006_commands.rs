//! Texts to terminals and what happened to them. The history is append-only by the engine itself.

use super::m20261124_000002_query_log::append_only;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, big_pk_auto, boolean, integer, integer_null, text},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        schema.create_table(commands()).await?;
        schema.create_table(events()).await?;
        schema.create_index(index("commands_by_open", ["open", "number"])).await?;
        schema.create_index(index("commands_by_terminal", ["terminal", "number"])).await?;
        append_only(schema, "command_events").await
    }
}

fn commands() -> TableCreateStatement {
    Table::create()
        .table("commands")
        .col(big_pk_auto("number"))
        .col(text("client_key").unique_key())
        .col(text("terminal"))
        .col(text("words"))
        .col(text("urgency"))
        .col(boolean("shown"))
        .col(boolean("spoken"))
        .col(text("reason"))
        .col(text("actor"))
        .col(big_integer("created_ms"))
        .col(big_integer("expires_ms"))
        .col(integer("attempts_max"))
        .col(text("state"))
        .col(boolean("open"))
        .col(integer("version"))
        .col(integer("attempts"))
        .col(integer_null("gateway"))
        .col(big_integer_null("answer_by_ms"))
        .col(integer_null("serial"))
        .col(big_integer_null("sent_ms"))
        .col(integer_null("result"))
        .col(big_integer_null("settled_ms"))
        .to_owned()
}

/// One row per change; the versions of a command have no hole.
fn events() -> TableCreateStatement {
    Table::create()
        .table("command_events")
        .col(big_integer("command"))
        .col(integer("version"))
        .col(big_integer("at_ms"))
        .col(text("kind"))
        .col(integer_null("gateway"))
        .col(integer("attempt"))
        .col(integer_null("serial"))
        .col(integer_null("result"))
        .primary_key(Index::create().col("command").col("version"))
        .to_owned()
}

fn index(name: &'static str, columns: [&'static str; 2]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("commands");
    for column in columns {
        index.col(column);
    }
    index
}
