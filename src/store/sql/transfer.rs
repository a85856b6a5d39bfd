//! Everything of one store into another, empty one: a single machine's into a house of many. Rows keep their keys and numbers;
//! what an engine remembers is left behind, and heads are written from which workers rebuild it.
//!
//! Sketch: rows in pages of 256, one statement on each side, all in one transaction of the target: a million rows are 4,000
//! pages, minutes on a primary that waits for a standby once, at the end.

use super::{
    SqlStore, command_entity as of_command,
    db::Transaction,
    entity,
    episode_entity::{correction, episode, head, map_layer, policy, registration, setting},
    error::from_driver,
    lock::Lock,
    text::{parts, to_text, to_u64},
};
use crate::{
    engine::snapshot::Head,
    model::{
        ids::TerminalId,
        shard::{Shard, Shards},
    },
    store::error::StoreError,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, ModelTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select, Statement, Value,
};
use std::time::Duration;

/// Rows read and written at once: 22 columns at most, some kilobytes each.
const PAGE: u64 = 256;
/// How long one statement may take: the commit of the whole waits for the standby.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_mins(10);
/// The setting by which a house that is being filled is known: whose data it gets.
pub const FILLING: &str = "migration";
/// The setting by which a house that was filled is known.
pub const FILLED: &str = "migrated";

/// Tables that are carried over, each with the column of its own numbers if the table gives them.
const CARRIED: [(&str, Option<&str>); 17] = [
    ("ledger_revisions", None),
    ("ledger_districts", Some("row_id")),
    ("ledger_vehicles", Some("row_id")),
    ("ledger_labels", Some("row_id")),
    ("ledger_terminals", Some("row_id")),
    ("ledger_companies", Some("row_id")),
    ("ledger_transport_approvals", Some("row_id")),
    ("ledger_sites", Some("row_id")),
    ("ledger_places", Some("row_id")),
    ("ledger_approvals", Some("row_id")),
    ("ledger_zones", Some("row_id")),
    ("policies", None),
    ("episodes", None),
    ("episode_corrections", None),
    ("query_log", Some("number")),
    ("commands", Some("number")),
    ("command_events", None),
];
/// Carried over without a number of their own that matters.
const NAMED: [&str; 2] = ["registrations", "map_layers"];
/// Tables that are not carried over, and are empty in a house that nobody has used.
const LEFT: [&str; 5] = ["engine_states", "engine_savepoints", "engine_head", "leases", "reports"];

/// What a house is founded with besides the rows.
#[derive(Clone, Debug)]
pub struct Founding {
    /// How many shards it has; each terminal's rows go to its shard.
    pub shards: Shards,
    /// The head of every shard: of a lineage that is none, so that workers rebuild from the record.
    pub head: Head,
    /// Its settings.
    pub settings: Vec<(&'static str, String)>,
}

impl SqlStore {
    /// Rows of each table that [`Self::take_over`] carries.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    pub async fn census(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let db = self.readers()?.within(STATEMENT_LIMIT);
        let mut counts = Vec::new();
        for table in carried() {
            counts.push((table, count(&db, table).await?));
        }
        Ok(counts)
    }

    /// The first table with a row in it; settings that [`FILLING`] does not name count too. `None` = nobody has used the house.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    pub async fn first_filled(&self) -> Result<Option<&'static str>, StoreError> {
        first_filled(&self.readers()?).await
    }

    /// Carries everything of `source` over and founds the house, all or nothing. `told` hears how many rows were carried since
    /// it was last called.
    ///
    /// # Errors
    /// `Conflict` when this store is not empty: nothing is changed. `Unavailable` of a commit leaves open whether it was done;
    /// [`FILLED`] says.
    pub async fn take_over(
        &self,
        source: &Self,
        founding: &Founding,
        told: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), StoreError> {
        let from = source.readers()?.begin_reading().await?;
        let to = self.writer()?.within(STATEMENT_LIMIT).begin().await?;
        Lock::Ledger.take(&to).await?;
        Lock::Appends.take(&to).await?;
        if let Some(table) = first_filled(&to).await? {
            return Err(StoreError::conflict(format!("the target is not empty: there are rows in {table}")));
        }
        let way = Way { from: &from, to: &to, told };
        ledger(&way).await?;
        findings(&way, founding.shards).await?;
        texts(&way).await?;
        set_numbers(&to).await?;
        found(&to, founding).await?;
        to.commit().await
    }
}

/// From where to where.
struct Way<'a> {
    from: &'a Transaction,
    to: &'a Transaction,
    told: &'a (dyn Fn(u64) + Send + Sync),
}

async fn ledger(way: &Way<'_>) -> Result<(), StoreError> {
    carry::<entity::revision::Entity>(way, &[entity::revision::Column::Revision]).await?;
    carry::<entity::district::Entity>(way, &[entity::district::Column::RowId]).await?;
    carry::<entity::vehicle::Entity>(way, &[entity::vehicle::Column::RowId]).await?;
    carry::<entity::label::Entity>(way, &[entity::label::Column::RowId]).await?;
    carry::<entity::terminal::Entity>(way, &[entity::terminal::Column::RowId]).await?;
    carry::<entity::company::Entity>(way, &[entity::company::Column::RowId]).await?;
    carry::<entity::transport_approval::Entity>(way, &[entity::transport_approval::Column::RowId]).await?;
    carry::<entity::site::Entity>(way, &[entity::site::Column::RowId]).await?;
    carry::<entity::place::Entity>(way, &[entity::place::Column::RowId]).await?;
    carry::<entity::approval::Entity>(way, &[entity::approval::Column::RowId]).await?;
    carry::<entity::zone::Entity>(way, &[entity::zone::Column::RowId]).await?;
    carry::<policy::Entity>(way, &[policy::Column::Revision]).await?;
    carry::<map_layer::Entity>(way, &[map_layer::Column::Name]).await
}

async fn findings(way: &Way<'_>, shards: Shards) -> Result<(), StoreError> {
    let to_its_shard = |row: &mut episode::Model| {
        let corrupt = |error| StoreError::corrupt(format!("episode {}: terminal: {error}", row.episode));
        let terminal: TerminalId = row.terminal.parse().map_err(corrupt)?;
        row.shard = i32::from(shards.of(terminal).0);
        Ok(())
    };
    carry_as::<episode::Entity>(way, &[episode::Column::Episode], to_its_shard).await?;
    carry::<correction::Entity>(way, &[correction::Column::Append]).await?;
    carry::<registration::Entity>(way, &[registration::Column::Terminal]).await
}

async fn texts(way: &Way<'_>) -> Result<(), StoreError> {
    use of_command::{command, event};
    carry::<entity::query::Entity>(way, &[entity::query::Column::Number]).await?;
    carry::<command::Entity>(way, &[command::Column::Number]).await?;
    carry::<event::Entity>(way, &[event::Column::Command, event::Column::Version]).await
}

/// All rows of a table as they are, by its key.
async fn carry<E>(way: &Way<'_>, key: &[E::Column]) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone + Send + Sync,
{
    carry_as::<E>(way, key, |_| Ok(())).await
}

/// All rows of a table, by its key, each after `mend`.
async fn carry_as<E>(
    way: &Way<'_>,
    key: &[E::Column],
    mend: impl Fn(&mut E::Model) -> Result<(), StoreError>,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Clone + Send + Sync,
{
    let mut last: Option<Vec<Value>> = None;
    loop {
        let mut rows = page_after::<E>(key, last.as_deref()).all(way.from).await.map_err(from_driver)?;
        let Some(row) = rows.last() else { return Ok(()) };
        last = Some(key.iter().map(|column| row.get(*column)).collect());
        rows.iter_mut().try_for_each(&mend)?;
        for part in parts(&rows, rows.len()) {
            let models = part.iter().cloned().map(IntoActiveModel::into_active_model);
            E::insert_many(models).exec_without_returning(way.to).await.map_err(from_driver)?;
        }
        (way.told)(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    }
}

/// The next rows of a table by its key.
pub(super) fn page_after<E: EntityTrait>(key: &[E::Column], last: Option<&[Value]>) -> Select<E> {
    let page = key.iter().fold(E::find().limit(PAGE), |page, column| page.order_by_asc(*column));
    match last {
        Some(last) => page.filter(beyond(key, last)),
        None => page,
    }
}

/// Rows whose key is greater, column by column.
fn beyond<C: ColumnTrait>(key: &[C], last: &[Value]) -> Condition {
    let mut any = Condition::any();
    let mut equal = Condition::all();
    for (column, value) in key.iter().zip(last) {
        any = any.add(equal.clone().add(column.gt(value.clone())));
        equal = equal.add(column.eq(value.clone()));
    }
    any
}

/// The next number that a table gives is one more than the greatest carried over.
async fn set_numbers(to: &Transaction) -> Result<(), StoreError> {
    if !to.is_postgres() {
        return Ok(());
    }
    for (table, column) in CARRIED.iter().filter_map(|(table, column)| Some((table, column.as_ref()?))) {
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column})) FROM {table} HAVING max({column}) IS NOT NULL"
        );
        to.execute_unprepared(&sql).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn found(to: &Transaction, founding: &Founding) -> Result<(), StoreError> {
    let text = to_text(&founding.head)?;
    let head = |shard: Shard| head::Model {
        shard: shard.0.into(),
        fence: 0,
        holder: String::new(),
        last_commit: 0,
        head: Some(text.clone()),
        appends_before: 0,
    };
    let heads = founding.shards.all().map(|shard| head(shard).into_active_model());
    head::Entity::insert_many(heads).exec_without_returning(to).await.map_err(from_driver)?;
    let setting = |(name, value): &(&str, String)| setting::Model { name: (*name).to_owned(), value: value.clone() };
    let settings = founding.settings.iter().map(|pair| setting(pair).into_active_model());
    setting::Entity::insert_many(settings).exec_without_returning(to).await.map_err(from_driver)?;
    Ok(())
}

fn carried() -> impl Iterator<Item = &'static str> {
    CARRIED.iter().map(|(table, _)| *table).chain(NAMED)
}

async fn first_filled(db: &impl ConnectionTrait) -> Result<Option<&'static str>, StoreError> {
    let settings = format!("(SELECT name FROM settings WHERE name <> '{FILLING}') AS named");
    if count(db, &settings).await? > 0 {
        return Ok(Some("settings"));
    }
    for table in carried().chain(LEFT) {
        if count(db, &format!("(SELECT 1 FROM {table} LIMIT 1) AS any_row")).await? > 0 {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

async fn count(db: &impl ConnectionTrait, table: &str) -> Result<u64, StoreError> {
    let ask = Statement::from_string(db.get_database_backend(), format!("SELECT count(*) AS found FROM {table}"));
    let row = db.query_one_raw(ask).await.map_err(from_driver)?;
    let row = row.ok_or_else(|| StoreError::corrupt(format!("{table} cannot be counted")))?;
    to_u64("found", row.try_get("", "found").map_err(from_driver)?)
}
