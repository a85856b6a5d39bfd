//! The ledger's contract on the relational engine: compare with what is live, record what differs.

use super::{
    SqlStore,
    db::Transaction,
    entity::{VersionedEntity, approval, label, revision, terminal, vehicle},
    error::from_driver,
    lock::Lock,
    tables::{
        Approvals, Companies, Districts, Fittings, Labels, Places, RowKey, Sites, TransportApprovals, Vehicles,
        VersionedTable, Zones,
    },
    text::to_i64,
};
use crate::{
    model::{
        ids::{Revision, Seq, VehicleId},
        ledger::Ledger,
        time::Timestamp,
    },
    store::{
        error::StoreError,
        ledger::{
            ImportEffect, ImportOutcome, LedgerStore, Recorded, RecordedLedger, RevisionEntry, TableChange,
            VehicleHistory, WhichRevision,
        },
    },
};
use async_trait::async_trait;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use std::collections::BTreeMap;

/// Rows per statement: 14 columns at most, and SQLite takes 32,766 values in one statement.
const ROWS_PER_STATEMENT: usize = 1_000;

#[async_trait]
impl LedgerStore for SqlStore {
    async fn import(&self, ledger: &Ledger, author: &str, at: Timestamp) -> Result<ImportOutcome, StoreError> {
        let transaction = self.begin().await?;
        Lock::Ledger.take(&transaction).await?;
        let newest = newest(&transaction).await?;
        let number = newest.as_ref().map_or(1, |entry| entry.revision + 1);
        let changes = record_all(&transaction, ledger, number).await?;
        if let (true, Some(row)) = (changes.is_empty(), newest) {
            transaction.commit().await?;
            return Ok(ImportOutcome { entry: entry(&row)?, effect: ImportEffect::Unchanged });
        }
        let row = revision::Model {
            revision: number,
            author: author.to_owned(),
            at_ms: at.as_millis(),
            seq: None,
            changes: serde_json::to_string(&changes).map_err(|error| StoreError::corrupt(error.to_string()))?,
        };
        let insert = revision::Entity::insert(row.clone().into_active_model());
        insert.exec_without_returning(&transaction).await.map_err(from_driver)?;
        transaction.commit().await?;
        Ok(ImportOutcome { entry: entry(&row)?, effect: ImportEffect::Revised })
    }

    async fn load(&self, which: WhichRevision) -> Result<Option<RecordedLedger>, StoreError> {
        let row = match which {
            WhichRevision::Latest => newest(&self.readers()?).await?,
            WhichRevision::Number(number) => by_number(&self.readers()?, number).await?,
        };
        let Some(row) = row else { return Ok(None) };
        let ledger = read_ledger(&self.readers()?, row.revision).await?;
        Ok(Some(RecordedLedger { entry: entry(&row)?, ledger }))
    }

    async fn settled(&self, revision: Revision) -> Result<Option<RecordedLedger>, StoreError> {
        // One primary for all: of what another has a vouch says nothing.
        let db = self.readers()?;
        let Some(row) = by_number(&db, revision).await? else { return Ok(None) };
        let ledger = read_ledger(&db, row.revision).await?;
        db.vouch().await?;
        Ok(Some(RecordedLedger { entry: entry(&row)?, ledger }))
    }

    async fn confirm(&self, revision: Revision, seq: Seq) -> Result<(), StoreError> {
        let update = revision::Entity::update_many()
            .col_expr(revision::Column::Seq, Expr::value(to_i64(seq.0)?))
            .filter(revision::Column::Revision.eq(to_i32(revision.0)?));
        let done = update.exec(&self.writer()?).await.map_err(from_driver)?;
        if done.rows_affected == 1 {
            return Ok(());
        }
        Err(StoreError::conflict(format!("there is no ledger revision {}", revision.0)))
    }

    async fn pending(&self) -> Result<Vec<RevisionEntry>, StoreError> {
        let select =
            revision::Entity::find().filter(revision::Column::Seq.is_null()).order_by_asc(revision::Column::Revision);
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(entry).collect()
    }

    async fn revisions(&self, before: Option<Revision>, limit: u32) -> Result<Vec<RevisionEntry>, StoreError> {
        let mut select = revision::Entity::find().order_by_desc(revision::Column::Revision).limit(u64::from(limit));
        if let Some(before) = before {
            select = select.filter(revision::Column::Revision.lt(to_i32(before.0)?));
        }
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(entry).collect()
    }

    async fn history(&self, vehicle: &VehicleId) -> Result<VehicleHistory, StoreError> {
        let (db, code) = (&self.readers()?, vehicle.as_str());
        Ok(VehicleHistory {
            vehicles: recorded::<Vehicles>(db, vehicle::Column::Vehicle.eq(code).into()).await?,
            labels: recorded::<Labels>(db, label::Column::Vehicle.eq(code).into()).await?,
            fittings: recorded::<Fittings>(db, terminal::Column::Vehicle.eq(code).into()).await?,
            approvals: recorded::<Approvals>(db, approval::Column::Vehicle.eq(code).into()).await?,
        })
    }
}

async fn newest(db: &impl ConnectionTrait) -> Result<Option<revision::Model>, StoreError> {
    let select = revision::Entity::find().order_by_desc(revision::Column::Revision);
    select.one(db).await.map_err(from_driver)
}

async fn by_number(db: &impl ConnectionTrait, number: Revision) -> Result<Option<revision::Model>, StoreError> {
    revision::Entity::find_by_id(to_i32(number.0)?).one(db).await.map_err(from_driver)
}

/// The ledger of a revision; `None` for revision 0.
pub(super) async fn numbered(
    db: &impl ConnectionTrait,
    revision: Revision,
) -> Result<Option<RecordedLedger>, StoreError> {
    if revision == Revision(0) {
        return Ok(None);
    }
    let row = by_number(db, revision).await?;
    let row =
        row.ok_or_else(|| StoreError::corrupt(format!("the ledger revision {} in force is missing", revision.0)))?;
    let ledger = read_ledger(db, row.revision).await?;
    Ok(Some(RecordedLedger { entry: entry(&row)?, ledger }))
}

fn entry(row: &revision::Model) -> Result<RevisionEntry, StoreError> {
    let broken = |what: &str| StoreError::corrupt(format!("ledger revision {}: {what}", row.revision));
    Ok(RevisionEntry {
        revision: Revision(u32::try_from(row.revision).map_err(|_| broken("a negative number"))?),
        author: row.author.clone(),
        at: Timestamp::from_millis(row.at_ms),
        seq: row.seq.map(u64::try_from).transpose().map_err(|_| broken("a negative seq"))?.map(Seq),
        changes: serde_json::from_str(&row.changes).map_err(|error| broken(&error.to_string()))?,
    })
}

async fn record_all(transaction: &Transaction, ledger: &Ledger, number: i32) -> Result<Vec<TableChange>, StoreError> {
    let changes = [
        record::<Districts>(transaction, ledger, number).await?,
        record::<Vehicles>(transaction, ledger, number).await?,
        record::<Labels>(transaction, ledger, number).await?,
        record::<Fittings>(transaction, ledger, number).await?,
        record::<Companies>(transaction, ledger, number).await?,
        record::<TransportApprovals>(transaction, ledger, number).await?,
        record::<Sites>(transaction, ledger, number).await?,
        record::<Places>(transaction, ledger, number).await?,
        record::<Approvals>(transaction, ledger, number).await?,
        record::<Zones>(transaction, ledger, number).await?,
    ];
    Ok(changes.into_iter().filter(|change| change.added + change.changed + change.removed > 0).collect())
}

/// Records one list: rows that are gone or differ are superseded, rows that are new or differ are added.
async fn record<T: VersionedTable>(
    transaction: &Transaction,
    ledger: &Ledger,
    number: i32,
) -> Result<TableChange, StoreError> {
    let live = live_rows::<T>(transaction).await?;
    let wanted = by_key::<T>(ledger)?;
    let difference = difference(&live, &wanted);
    let mut rows = Vec::with_capacity(difference.insert.len());
    for value in difference.insert {
        let mut row = T::store(value, number)?.into_active_model();
        row.not_set(T::Entity::ROW_ID);
        rows.push(row);
    }
    supersede::<T>(transaction, &difference.supersede, number).await?;
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_PER_STATEMENT));
        T::Entity::insert_many(rows).exec_without_returning(transaction).await.map_err(from_driver)?;
        rows = rest;
    }
    Ok(TableChange { table: T::TABLE, ..difference.change })
}

async fn live_rows<T: VersionedTable>(
    db: &impl ConnectionTrait,
) -> Result<BTreeMap<RowKey, LiveRow<T::Value>>, StoreError> {
    let rows = T::Entity::find().filter(T::Entity::SUPERSEDED.is_null()).all(db).await.map_err(from_driver)?;
    let mut live = BTreeMap::new();
    for row in rows {
        let row_id = T::Entity::stamp(&row).row_id;
        let value = T::read(row)?;
        live.insert(T::key(&value), LiveRow { row_id, value });
    }
    Ok(live)
}

/// A stored row that no revision superseded yet.
struct LiveRow<V> {
    row_id: i64,
    value: V,
}

fn by_key<T: VersionedTable>(ledger: &Ledger) -> Result<BTreeMap<RowKey, &T::Value>, StoreError> {
    let mut rows = BTreeMap::new();
    for value in T::rows(ledger) {
        let key = T::key(value);
        if rows.contains_key(&key) {
            return Err(StoreError::conflict(format!("{:?} has two rows of {key}", T::TABLE)));
        }
        rows.insert(key, value);
    }
    Ok(rows)
}

/// What has to be written so that the live rows become the wanted ones.
struct Difference<'a, V> {
    insert: Vec<&'a V>,
    supersede: Vec<i64>,
    change: TableChange,
}

fn difference<'a, V: PartialEq>(
    live: &BTreeMap<RowKey, LiveRow<V>>,
    wanted: &BTreeMap<RowKey, &'a V>,
) -> Difference<'a, V> {
    let change = TableChange { table: crate::store::ledger::LedgerTable::District, added: 0, changed: 0, removed: 0 };
    let mut found = Difference { insert: Vec::new(), supersede: Vec::new(), change };
    for (key, value) in wanted {
        match live.get(key) {
            Some(row) if row.value == **value => continue,
            Some(row) => {
                found.change.changed += 1;
                found.supersede.push(row.row_id);
            }
            None => found.change.added += 1,
        }
        found.insert.push(*value);
    }
    for (key, row) in live {
        if !wanted.contains_key(key) {
            found.change.removed += 1;
            found.supersede.push(row.row_id);
        }
    }
    found
}

async fn supersede<T: VersionedTable>(transaction: &Transaction, rows: &[i64], number: i32) -> Result<(), StoreError> {
    for part in rows.chunks(ROWS_PER_STATEMENT) {
        let update = T::Entity::update_many()
            .col_expr(T::Entity::SUPERSEDED, Expr::value(number))
            .filter(T::Entity::ROW_ID.is_in(part.iter().copied()));
        update.exec(transaction).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn read_ledger(db: &impl ConnectionTrait, number: i32) -> Result<Ledger, StoreError> {
    let mut districts = as_of::<Districts>(db, number).await?;
    let district = match (districts.pop(), districts.len()) {
        (Some(district), 0) => district,
        (_, more) => return Err(StoreError::corrupt(format!("revision {number} has {} districts", more + 1))),
    };
    Ok(Ledger {
        district,
        vehicles: as_of::<Vehicles>(db, number).await?,
        labels: as_of::<Labels>(db, number).await?,
        fittings: as_of::<Fittings>(db, number).await?,
        companies: as_of::<Companies>(db, number).await?,
        transport_approvals: as_of::<TransportApprovals>(db, number).await?,
        sites: as_of::<Sites>(db, number).await?,
        places: as_of::<Places>(db, number).await?,
        approvals: as_of::<Approvals>(db, number).await?,
        zones: as_of::<Zones>(db, number).await?,
    })
}

/// The rows of one list at a revision, in canonical order. Ordered here: the order of texts in SQL is the engine's own.
async fn as_of<T: VersionedTable>(db: &impl ConnectionTrait, number: i32) -> Result<Vec<T::Value>, StoreError> {
    let not_yet_superseded =
        Condition::any().add(T::Entity::SUPERSEDED.is_null()).add(T::Entity::SUPERSEDED.gt(number));
    let select = T::Entity::find().filter(T::Entity::RECORDED.lte(number)).filter(not_yet_superseded);
    let rows = select.all(db).await.map_err(from_driver)?;
    let mut values = rows.into_iter().map(T::read).collect::<Result<Vec<_>, _>>()?;
    values.sort_by_cached_key(T::key);
    Ok(values)
}

async fn recorded<T: VersionedTable>(
    db: &impl ConnectionTrait,
    which: Condition,
) -> Result<Vec<Recorded<T::Value>>, StoreError> {
    let rows = T::Entity::find().filter(which).order_by_asc(T::Entity::ROW_ID).all(db).await.map_err(from_driver)?;
    let number = |value: i32| u32::try_from(value).map(Revision).map_err(|_| StoreError::corrupt("a revision below 0"));
    let mut history = Vec::with_capacity(rows.len());
    for row in rows {
        let stamp = T::Entity::stamp(&row);
        let superseded = stamp.superseded.map(number).transpose()?;
        history.push(Recorded { recorded: number(stamp.recorded)?, superseded, row: T::read(row)? });
    }
    Ok(history)
}

fn to_i32(number: u32) -> Result<i32, StoreError> {
    i32::try_from(number).map_err(|_| StoreError::conflict(format!("{number} is beyond what a column holds")))
}
