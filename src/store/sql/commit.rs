//! One commit of the worker: fence, rows with their corrections, state of the engine, all in one transaction.
//!
//! Sketch for 1,000 terminals a second: two statements of 500 states (about 2 MB), one of the head, a handful of rows; one
//! fsync of the WAL.

use super::{
    SqlStore,
    db::Transaction,
    engine_state,
    episode_entity::{correction, episode, head},
    episode_rows::{Appends, store_correction, store_episode},
    error::from_driver,
    lock::Lock,
    overlap,
    text::{parts, to_i64, to_text, to_u64},
};
use crate::{
    cases::{change::EpisodeChange, id::EpisodeId},
    model::shard::Shard,
    store::{
        episodes::{AppendNumber, Claim, Commit, Committed, Fence},
        error::StoreError,
    },
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use std::collections::BTreeMap;

/// Rows per statement: 17 columns at most, and SQLite takes 32,766 values in one statement.
const ROWS_PER_STATEMENT: usize = 1_024;

/// Raises the fence of a shard.
pub(super) async fn claim(store: &SqlStore, shard: Shard, fence: Option<&Fence>) -> Result<Claim, StoreError> {
    let transaction = store.begin().await?;
    make_head(&transaction, shard).await?;
    let stored = locked_head(&transaction, shard).await?;
    let stored = stored.ok_or_else(|| StoreError::corrupt(format!("the head of shard {shard} is gone")))?;
    let token = fence.map_or(Ok(stored.fence + 1), |fence| to_i64(fence.token))?;
    let holder = fence.map_or("", |fence| &fence.holder);
    if token < stored.fence || (token == stored.fence && holder != stored.holder) {
        let by = whose(&stored);
        return Err(StoreError::conflict(format!(
            "shard {shard} was claimed {by} before, the claim is of token {token}"
        )));
    }
    let raise = head::Entity::update_many()
        .col_expr(head::Column::Fence, Expr::value(token))
        .col_expr(head::Column::Holder, Expr::value(holder))
        .filter(head::Column::Shard.eq(stored.shard));
    raise.exec(&transaction).await.map_err(from_driver)?;
    transaction.commit().await?;
    let fence = Fence { token: to_u64("fence", token)?, holder: holder.to_owned() };
    Ok(Claim { fence, last_commit: to_u64("last_commit", stored.last_commit)? })
}

/// Under which lease a shard was claimed, for people.
fn whose(head: &head::Model) -> String {
    let holder = if head.holder.is_empty() { "a machine that is alone" } else { &head.holder };
    format!("by {holder} under token {}", head.fence)
}

/// The row of a shard that never had a worker.
async fn make_head(db: &impl ConnectionTrait, shard: Shard) -> Result<(), StoreError> {
    let first = head::Model {
        shard: shard.0.into(),
        fence: 0,
        holder: String::new(),
        last_commit: 0,
        head: None,
        appends_before: 0,
    };
    let unless_there = OnConflict::column(head::Column::Shard).do_nothing().to_owned();
    let insert = head::Entity::insert(first.into_active_model()).on_conflict(unless_there);
    insert.exec_without_returning(db).await.map_err(from_driver)?;
    Ok(())
}

/// The row of a shard, locked until the end of the transaction: whoever claims or commits next waits.
async fn locked_head(db: &impl ConnectionTrait, shard: Shard) -> Result<Option<head::Model>, StoreError> {
    head::Entity::find_by_id(i32::from(shard.0)).lock_exclusive().one(db).await.map_err(from_driver)
}

/// Writes a commit, or finds that it is written. What needs the lock of the append numbers comes last, so that other shards
/// wait for little more than the disk.
pub(super) async fn commit(store: &SqlStore, commit: &Commit) -> Result<Committed, StoreError> {
    let transaction = store.begin().await?;
    if let Turn::Written { appends_before } = turn(&transaction, commit).await? {
        transaction.commit().await?;
        return committed(commit, appends_before);
    }
    engine_state::write(&transaction, commit).await?;
    let appends_before = write_episodes(&transaction, commit).await?;
    put_head(&transaction, commit, appends_before).await?;
    transaction.commit().await?;
    committed(commit, appends_before)
}

/// Rows and corrections; the append number before them (0 when there is no correction).
async fn write_episodes(transaction: &Transaction, commit: &Commit) -> Result<i64, StoreError> {
    let appends_before = if commit.episodes.iter().any(|change| change.correction.is_recorded()) {
        Lock::Appends.take(transaction).await?;
        last_append(transaction).await?
    } else {
        0
    };
    let plan = plan(transaction, commit, appends_before).await?;
    let (rows, corrections) = plan.into_rows(commit.shard)?;
    put_episodes(transaction, &rows).await?;
    append_corrections(transaction, &corrections).await?;
    overlap::refuse(transaction, commit, &rows).await?;
    Ok(appends_before)
}

/// Whether a commit is to be written now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Next,
    Written { appends_before: i64 },
}

async fn turn(db: &impl ConnectionTrait, commit: &Commit) -> Result<Turn, StoreError> {
    let row = locked_head(db, commit.shard).await?.ok_or_else(|| StoreError::conflict("a commit without a claim"))?;
    if row.fence != to_i64(commit.fence.token)? || row.holder != commit.fence.holder {
        return Err(StoreError::conflict(format!("shard {} was claimed {}", commit.shard, whose(&row))));
    }
    match to_i64(commit.number)? - row.last_commit {
        1 => Ok(Turn::Next),
        0 if row.last_commit > 0 => Ok(Turn::Written { appends_before: row.appends_before }),
        _ => Err(StoreError::conflict(format!("commit {} does not follow {}", commit.number, row.last_commit))),
    }
}

async fn last_append(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let newest = correction::Entity::find().order_by_desc(correction::Column::Append).limit(1);
    let newest = newest.select_only().column(correction::Column::Append).into_tuple::<i64>();
    Ok(newest.one(db).await.map_err(from_driver)?.unwrap_or(0))
}

/// The numbers that a commit's corrections have, counted on from `before`.
fn committed(commit: &Commit, before: i64) -> Result<Committed, StoreError> {
    let mut next = to_u64("append", before)?;
    let number = |change: &EpisodeChange| {
        change.correction.is_recorded().then(|| {
            next += 1;
            AppendNumber(next)
        })
    };
    Ok(Committed { appends: commit.episodes.iter().map(number).collect() })
}

/// The rows of a commit after all its changes, and its corrections.
struct Plan<'a> {
    rows: BTreeMap<EpisodeId, (&'a EpisodeChange, Appends)>,
    corrections: Vec<(&'a EpisodeChange, i64)>,
}

async fn plan<'a>(db: &impl ConnectionTrait, commit: &'a Commit, last_append: i64) -> Result<Plan<'a>, StoreError> {
    let mut known = known_appends(db, commit).await?;
    let mut plan = Plan { rows: BTreeMap::new(), corrections: Vec::new() };
    let mut next = last_append;
    for change in &commit.episodes {
        let id = change.row.id;
        let before = known.get(&id.to_string()).copied();
        let appends = if change.correction.is_recorded() {
            next += 1;
            plan.corrections.push((change, next));
            Appends { first: before.map_or(next, |appends| appends.first), last: next }
        } else {
            before.ok_or_else(|| StoreError::corrupt(format!("episode {id} grew before it was opened")))?
        };
        known.insert(id.to_string(), appends);
        plan.rows.insert(id, (change, appends));
    }
    Ok(plan)
}

async fn known_appends(db: &impl ConnectionTrait, commit: &Commit) -> Result<BTreeMap<String, Appends>, StoreError> {
    let mut known = BTreeMap::new();
    for part in parts(&commit.episodes, ROWS_PER_STATEMENT) {
        let ids = part.iter().map(|change| change.row.id.to_string());
        let select = episode::Entity::find().filter(episode::Column::Episode.is_in(ids)).select_only();
        let select = select.columns([episode::Column::Episode, episode::Column::Append, episode::Column::LastAppend]);
        for (id, first, last) in select.into_tuple::<(String, i64, i64)>().all(db).await.map_err(from_driver)? {
            known.insert(id, Appends { first, last });
        }
    }
    Ok(known)
}

impl Plan<'_> {
    fn into_rows(self, shard: Shard) -> Result<(Vec<episode::Model>, Vec<correction::Model>), StoreError> {
        let rows = self.rows.into_values().map(|(change, appends)| store_episode(&change.row, shard, appends));
        let corrections = self.corrections.into_iter().map(|(change, append)| {
            let body = to_text(&change.row)?;
            store_correction(change, append, body)
        });
        Ok((rows.collect::<Result<_, _>>()?, corrections.collect::<Result<_, _>>()?))
    }
}

async fn put_episodes(db: &impl ConnectionTrait, rows: &[episode::Model]) -> Result<(), StoreError> {
    use episode::Column as C;
    let updated =
        [C::LastAppend, C::Terminal, C::State, C::Grade, C::Live, C::Open, C::StartMs, C::LastMs, C::SettledMs];
    let replace =
        || OnConflict::column(C::Episode).update_columns(updated).update_columns([C::Body, C::Shard]).to_owned();
    for part in parts(rows, ROWS_PER_STATEMENT) {
        let models = part.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model);
        let insert = episode::Entity::insert_many(models).on_conflict(replace());
        insert.exec_without_returning(db).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn append_corrections(db: &impl ConnectionTrait, rows: &[correction::Model]) -> Result<(), StoreError> {
    for part in parts(rows, ROWS_PER_STATEMENT) {
        let models = part.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model);
        correction::Entity::insert_many(models).exec_without_returning(db).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn put_head(db: &impl ConnectionTrait, commit: &Commit, appends_before: i64) -> Result<(), StoreError> {
    let row = head::ActiveModel {
        shard: Set(commit.shard.0.into()),
        last_commit: Set(to_i64(commit.number)?),
        head: Set(Some(to_text(&commit.head)?)),
        appends_before: Set(appends_before),
        ..head::ActiveModel::default()
    };
    head::Entity::update(row).exec(db).await.map_err(from_driver)?;
    Ok(())
}
