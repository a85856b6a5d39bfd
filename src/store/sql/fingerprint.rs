//! What the tables of a store hold, in few bytes: rows of each and a digest over them, in the order of their keys, for comparing two
//! stores of whichever engines. Columns whose value is another in another house are left out (the shard of an episode).

use super::{
    SqlStore, command_entity as of_command,
    db::Db,
    entity,
    episode_entity::{correction, episode, map_layer, policy, registration},
    error::from_driver,
    transfer::{STATEMENT_LIMIT, page_after},
};
use crate::store::error::StoreError;
use sea_orm::{EntityTrait, ModelTrait as _, Value};
use sha2::{Digest as _, Sha256};

/// Rows of a table and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSum {
    /// How many.
    pub rows: u64,
    /// SHA-256 over all their columns, in the order of their keys.
    pub digest: [u8; 32],
}

impl SqlStore {
    /// Of each table that a migration carries what it holds.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    pub async fn fingerprints(&self) -> Result<Vec<(&'static str, TableSum)>, StoreError> {
        let db = &self.readers()?.within(STATEMENT_LIMIT);
        Ok(vec![
            ("ledger_revisions", of::<entity::revision::Entity>(db, &[entity::revision::Column::Revision]).await?),
            ("ledger_districts", of::<entity::district::Entity>(db, &[entity::district::Column::RowId]).await?),
            ("ledger_vehicles", of::<entity::vehicle::Entity>(db, &[entity::vehicle::Column::RowId]).await?),
            ("ledger_labels", of::<entity::label::Entity>(db, &[entity::label::Column::RowId]).await?),
            ("ledger_terminals", of::<entity::terminal::Entity>(db, &[entity::terminal::Column::RowId]).await?),
            ("ledger_companies", of::<entity::company::Entity>(db, &[entity::company::Column::RowId]).await?),
            (
                "ledger_transport_approvals",
                of::<entity::transport_approval::Entity>(db, &[entity::transport_approval::Column::RowId]).await?,
            ),
            ("ledger_sites", of::<entity::site::Entity>(db, &[entity::site::Column::RowId]).await?),
            ("ledger_places", of::<entity::place::Entity>(db, &[entity::place::Column::RowId]).await?),
            ("ledger_approvals", of::<entity::approval::Entity>(db, &[entity::approval::Column::RowId]).await?),
            ("ledger_zones", of::<entity::zone::Entity>(db, &[entity::zone::Column::RowId]).await?),
            ("policies", of::<policy::Entity>(db, &[policy::Column::Revision]).await?),
            ("map_layers", of::<map_layer::Entity>(db, &[map_layer::Column::Name]).await?),
            ("episodes", of_each::<episode::Entity>(db, &[episode::Column::Episode], |row| row.shard = 0).await?),
            ("episode_corrections", of::<correction::Entity>(db, &[correction::Column::Append]).await?),
            ("registrations", of::<registration::Entity>(db, &[registration::Column::Terminal]).await?),
            ("query_log", of::<entity::query::Entity>(db, &[entity::query::Column::Number]).await?),
            ("commands", of::<of_command::command::Entity>(db, &[of_command::command::Column::Number]).await?),
            (
                "command_events",
                of::<of_command::event::Entity>(
                    db,
                    &[of_command::event::Column::Command, of_command::event::Column::Version],
                )
                .await?,
            ),
        ])
    }
}

async fn of<E: EntityTrait>(db: &Db, key: &[E::Column]) -> Result<TableSum, StoreError>
where
    E::Model: Send + Sync,
{
    of_each::<E>(db, key, |_| {}).await
}

/// Of all rows of a table, by its key, each after `even`.
async fn of_each<E: EntityTrait>(
    db: &Db,
    key: &[E::Column],
    even: impl Fn(&mut E::Model),
) -> Result<TableSum, StoreError>
where
    E::Model: Send + Sync,
{
    let (mut rows, mut digest, mut last) = (0, Sha256::new(), None::<Vec<Value>>);
    loop {
        let found = page_after::<E>(key, last.as_deref()).all(db).await.map_err(from_driver)?;
        let Some(row) = found.last() else { return Ok(TableSum { rows, digest: digest.finalize().into() }) };
        last = Some(key.iter().map(|column| row.get(*column)).collect());
        for mut row in found {
            even(&mut row);
            digest.update(format!("{row:?}\n"));
            rows += 1;
        }
    }
}
