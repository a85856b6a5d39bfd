//! Episodes, their corrections, and the state of the engine. The whole row is a JSON text; the columns beside it are what
//! lists are filtered and ordered by.

use super::m20261124_000002_query_log::append_only;
use sea_orm_migration::{
    prelude::*,
    schema::{big_integer, big_integer_null, blob, boolean, integer, text, text_null},
};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, schema: &SchemaManager) -> Result<(), DbErr> {
        for table in [episodes(), corrections(), states(), savepoints(), head(), registrations()] {
            schema.create_table(table).await?;
        }
        for index in indexes() {
            schema.create_index(index).await?;
        }
        append_only(schema, "episode_corrections").await
    }
}

fn episodes() -> TableCreateStatement {
    Table::create()
        .table("episodes")
        .col(text("episode").primary_key())
        .col(big_integer("append").unique_key())
        .col(big_integer("last_append"))
        .col(text("rule"))
        .col(text("subject"))
        .col(text("object"))
        .col(text("terminal"))
        .col(text_null("vehicle"))
        .col(text("state"))
        .col(text("grade"))
        .col(boolean("live"))
        .col(boolean("open"))
        .col(big_integer("start_ms"))
        .col(big_integer("last_ms"))
        .col(big_integer_null("settled_ms"))
        .col(text("body"))
        .to_owned()
}

fn corrections() -> TableCreateStatement {
    Table::create()
        .table("episode_corrections")
        .col(big_integer("append").primary_key())
        .col(text("episode"))
        .col(text("correction"))
        .col(text("cause"))
        .col(big_integer("seq"))
        .col(big_integer("at_ms"))
        .col(text("body"))
        .to_owned()
}

fn states() -> TableCreateStatement {
    Table::create().table("engine_states").col(text("terminal").primary_key()).col(blob("state")).to_owned()
}

fn savepoints() -> TableCreateStatement {
    Table::create()
        .table("engine_savepoints")
        .col(text("terminal"))
        .col(big_integer("at_ms"))
        .col(blob("state"))
        .primary_key(Index::create().col("terminal").col("at_ms"))
        .to_owned()
}

/// One row: cursor, queue and policies, the fence and the number of the last commit.
fn head() -> TableCreateStatement {
    Table::create()
        .table("engine_head")
        .col(integer("id").primary_key())
        .col(big_integer("fence"))
        .col(big_integer("last_commit"))
        .col(text_null("head"))
        .to_owned()
}

fn registrations() -> TableCreateStatement {
    Table::create().table("registrations").col(text("terminal").primary_key()).col(text("body")).to_owned()
}

/// One index per way to look: each list goes on by append number within its filter.
fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &'static str, columns: &[&'static str]| {
        let mut index = Index::create();
        index.name(name).table("episodes");
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        index("episodes_by_rule", &["rule", "append"]),
        index("episodes_by_state", &["state", "append"]),
        index("episodes_by_vehicle", &["vehicle", "append"]),
        index("episodes_by_terminal", &["terminal", "append"]),
        index("episodes_by_open", &["open", "append"]),
        index("episodes_by_last", &["last_ms"]),
        index("episodes_by_settled", &["terminal", "settled_ms"]),
        index("episodes_by_matter", &["rule", "subject", "object", "start_ms"]),
        Index::create()
            .name("corrections_by_episode")
            .table("episode_corrections")
            .col("episode")
            .col("append")
            .to_owned(),
    ]
}
