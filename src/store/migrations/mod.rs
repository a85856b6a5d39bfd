//! The schema, step by step. Steps are never edited once landed; a change is a new step. Only column types that SQLite
//! and PostgreSQL both have; ledger and episode tables are the same on both.

use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait::async_trait};

mod m20261124_000001_ledger;
mod m20261124_000002_query_log;
mod m20261124_000003_episodes;
mod m20261124_000004_shards;
mod m20261124_000005_frames;
mod m20261124_000006_commands;
mod m20261124_000007_holders;
mod m20261124_000008_policies;
mod m20261124_000009_house;
mod m20261124_000010_writers;
mod m20261124_000011_query_keys;

/// Runs the steps in order. The migration crate has no lock of its own: it is run inside the caller's transaction
/// (BEGIN IMMEDIATE; later `pg_advisory_lock`).
pub(super) struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_ledger::Migration),
            Box::new(m20261124_000002_query_log::Migration),
            Box::new(m20261124_000003_episodes::Migration),
            Box::new(m20261124_000004_shards::Migration),
            Box::new(m20261124_000005_frames::Migration),
            Box::new(m20261124_000006_commands::Migration),
            Box::new(m20261124_000007_holders::Migration),
            Box::new(m20261124_000008_policies::Migration),
            Box::new(m20261124_000009_house::Migration),
            Box::new(m20261124_000010_writers::Migration),
            Box::new(m20261124_000011_query_keys::Migration),
        ]
    }
}
