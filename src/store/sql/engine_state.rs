//! The engine's side of a commit: states, savepoints, registrations, and reading them back.

use super::{
    SqlStore,
    episode_entity::{head, registration, savepoint, state},
    error::from_driver,
    text::{from_text, parts, to_text},
};
use crate::{
    engine::{
        output::{Registered, SavepointChange},
        snapshot::{Head, Savepoint, Snapshot, TerminalState},
    },
    model::{cursor::Cursor, ids::TerminalId, input::LedgerRevision, shard::Shard, time::Timestamp},
    store::{
        episodes::{Basis, Commit, Savepoints},
        error::StoreError,
        ledger::RecordedLedger,
    },
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel, QueryFilter as _,
    QueryOrder as _, Statement, sea_query::OnConflict,
};
use std::{collections::BTreeMap, sync::Arc};

/// Rows per statement; a state is a few kilobytes, so a statement stays in the megabytes.
const ROWS_PER_STATEMENT: usize = 512;
/// Savepoints of a rebuilt shard dropped by one statement, some 30 MB.
const SAVEPOINTS_DROPPED_AT_ONCE: u64 = 10_000;

/// Writes states, savepoints and registrations of a commit.
pub(super) async fn write(db: &impl ConnectionTrait, commit: &Commit) -> Result<(), StoreError> {
    if commit.basis == Basis::Rebuilt {
        drop_shard(db, commit.shard).await?;
    }
    put_states(db, commit.shard, &commit.states).await?;
    drop_states(db, &commit.gone).await?;
    change_savepoints(db, commit.shard, &commit.savepoints).await?;
    put_registrations(db, &commit.registrations).await
}

async fn drop_shard(db: &impl ConnectionTrait, shard: Shard) -> Result<(), StoreError> {
    let number = i32::from(shard.0);
    let states = state::Entity::delete_many().filter(state::Column::Shard.eq(number));
    states.exec(db).await.map_err(from_driver)?;
    drop_savepoints(db, number).await
}

/// In parts, each within the limit of a statement: a shard may have gigabytes of them.
async fn drop_savepoints(db: &impl ConnectionTrait, shard: i32) -> Result<(), StoreError> {
    let sql = format!(
        "DELETE FROM engine_savepoints WHERE (terminal, at_ms) IN \
         (SELECT terminal, at_ms FROM engine_savepoints WHERE shard = $1 LIMIT {SAVEPOINTS_DROPPED_AT_ONCE})"
    );
    loop {
        let part = Statement::from_sql_and_values(db.get_database_backend(), &sql, [shard.into()]);
        let dropped = db.execute_raw(part).await.map_err(from_driver)?.rows_affected();
        if dropped < SAVEPOINTS_DROPPED_AT_ONCE {
            return Ok(());
        }
    }
}

async fn put_states(db: &impl ConnectionTrait, shard: Shard, states: &[TerminalState]) -> Result<(), StoreError> {
    use state::Column as C;
    let replace = || OnConflict::column(C::Terminal).update_columns([C::State, C::Shard]).to_owned();
    let row = |row: &TerminalState| state::ActiveModel {
        terminal: Set(row.terminal.to_string()),
        state: Set(row.state.clone()),
        shard: Set(shard.0.into()),
    };
    for part in parts(states, ROWS_PER_STATEMENT) {
        let insert = state::Entity::insert_many(part.iter().map(row)).on_conflict(replace());
        insert.exec_without_returning(db).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn drop_states(db: &impl ConnectionTrait, gone: &[TerminalId]) -> Result<(), StoreError> {
    for part in parts(gone, ROWS_PER_STATEMENT) {
        let terminals: Vec<String> = part.iter().map(ToString::to_string).collect();
        let states = state::Entity::delete_many().filter(state::Column::Terminal.is_in(terminals.clone()));
        states.exec(db).await.map_err(from_driver)?;
        let kept = savepoint::Entity::delete_many().filter(savepoint::Column::Terminal.is_in(terminals));
        kept.exec(db).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn change_savepoints(
    db: &impl ConnectionTrait,
    shard: Shard,
    changes: &[SavepointChange],
) -> Result<(), StoreError> {
    let number = i32::from(shard.0);
    let mut last = BTreeMap::new();
    for change in changes {
        match change {
            SavepointChange::Put(kept) => last.insert((kept.at, kept.terminal), Some(&kept.state)),
            SavepointChange::Forget { terminal, at } => last.insert((*at, *terminal), None),
        };
    }
    let mut puts = Vec::new();
    let mut forget: BTreeMap<Timestamp, Vec<String>> = BTreeMap::new();
    for ((at, terminal), bytes) in last {
        let (at_ms, name) = (at.as_millis(), terminal.to_string());
        match bytes {
            Some(bytes) => puts.push(savepoint::Model { terminal: name, at_ms, state: bytes.clone(), shard: number }),
            None => forget.entry(at).or_default().push(name),
        }
    }
    forget_savepoints(db, forget).await?;
    put_savepoints(db, puts).await
}

async fn forget_savepoints(
    db: &impl ConnectionTrait,
    forget: BTreeMap<Timestamp, Vec<String>>,
) -> Result<(), StoreError> {
    for (at, terminals) in forget {
        for part in parts(&terminals, ROWS_PER_STATEMENT) {
            let these = savepoint::Entity::delete_many()
                .filter(savepoint::Column::AtMs.eq(at.as_millis()))
                .filter(savepoint::Column::Terminal.is_in(part));
            these.exec(db).await.map_err(from_driver)?;
        }
    }
    Ok(())
}

async fn put_savepoints(db: &impl ConnectionTrait, rows: Vec<savepoint::Model>) -> Result<(), StoreError> {
    let key = [savepoint::Column::Terminal, savepoint::Column::AtMs];
    let replaced = [savepoint::Column::State, savepoint::Column::Shard];
    let replace = || OnConflict::columns(key).update_columns(replaced).to_owned();
    for part in parts(&rows, ROWS_PER_STATEMENT) {
        let models = part.iter().cloned().map(IntoActiveModel::into_active_model);
        let insert = savepoint::Entity::insert_many(models).on_conflict(replace());
        insert.exec_without_returning(db).await.map_err(from_driver)?;
    }
    Ok(())
}

async fn put_registrations(db: &impl ConnectionTrait, seen: &[Registered]) -> Result<(), StoreError> {
    let mut last = BTreeMap::new();
    for registered in seen {
        last.insert(registered.terminal, registered);
    }
    let replace =
        || OnConflict::column(registration::Column::Terminal).update_column(registration::Column::Body).to_owned();
    let row = |registered: &Registered| {
        let (terminal, body) = (registered.terminal.to_string(), to_text(registered)?);
        Ok(registration::ActiveModel { terminal: Set(terminal), body: Set(body) })
    };
    let rows = last.into_values().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    for part in parts(&rows, ROWS_PER_STATEMENT) {
        let insert = registration::Entity::insert_many(part.iter().cloned()).on_conflict(replace());
        insert.exec_without_returning(db).await.map_err(from_driver)?;
    }
    Ok(())
}

/// The stored head of a shard, if there was a commit.
pub(super) async fn read_head(db: &impl ConnectionTrait, shard: Shard) -> Result<Option<Head>, StoreError> {
    let row = head::Entity::find_by_id(i32::from(shard.0)).one(db).await.map_err(from_driver)?;
    row.and_then(|row| row.head).map(|text| from_text("head", &text)).transpose()
}

/// Of each shard that has a head, what was committed.
pub(super) async fn read_cursors(db: &impl ConnectionTrait) -> Result<Vec<(Shard, Cursor)>, StoreError> {
    let rows = head::Entity::find().order_by_asc(head::Column::Shard).all(db).await.map_err(from_driver)?;
    let mut cursors = Vec::with_capacity(rows.len());
    for row in rows {
        let shard = u16::try_from(row.shard).map_err(|_| StoreError::corrupt(format!("shard {}", row.shard)))?;
        if let Some(text) = row.head {
            cursors.push((Shard(shard), from_text::<Head>("head", &text)?.cursor));
        }
    }
    Ok(cursors)
}

/// The snapshot around a head.
pub(super) async fn read_snapshot(
    db: &impl ConnectionTrait,
    shard: Shard,
    head: Head,
    ledger: Option<RecordedLedger>,
) -> Result<Snapshot, StoreError> {
    let select = state::Entity::find().filter(state::Column::Shard.eq(i32::from(shard.0)));
    let rows = select.all(db).await.map_err(from_driver)?;
    let terminals =
        rows.into_iter().map(|row| Ok(TerminalState { terminal: terminal(&row.terminal)?, state: row.state }));
    let mut terminals = terminals.collect::<Result<Vec<_>, StoreError>>()?;
    terminals.sort_by_key(|row| row.terminal);
    let ledger = ledger.map(|recorded| {
        Arc::new(LedgerRevision {
            revision: recorded.entry.revision,
            author: recorded.entry.author,
            ledger: recorded.ledger,
        })
    });
    Ok(Snapshot { head, ledger, terminals })
}

/// The savepoints around an instant.
pub(super) async fn read_savepoints(
    store: &SqlStore,
    of: TerminalId,
    from: Timestamp,
) -> Result<Savepoints, StoreError> {
    let mine = || savepoint::Entity::find().filter(savepoint::Column::Terminal.eq(of.to_string()));
    let (db, from_ms) = (&store.readers()?, from.as_millis());
    let before = mine().filter(savepoint::Column::AtMs.lte(from_ms)).order_by_desc(savepoint::Column::AtMs);
    let later = mine().filter(savepoint::Column::AtMs.gt(from_ms)).order_by_asc(savepoint::Column::AtMs);
    let read =
        |row: savepoint::Model| Savepoint { terminal: of, at: Timestamp::from_millis(row.at_ms), state: row.state };
    Ok(Savepoints {
        at_or_before: before.one(db).await.map_err(from_driver)?.map(read),
        later: later.all(db).await.map_err(from_driver)?.into_iter().map(read).collect(),
    })
}

/// The last registration of a terminal.
pub(super) async fn read_registration(store: &SqlStore, of: TerminalId) -> Result<Option<Registered>, StoreError> {
    let row = registration::Entity::find_by_id(of.to_string()).one(&store.readers()?).await.map_err(from_driver)?;
    row.map(|row| from_text("body", &row.body)).transpose()
}

fn terminal(text: &str) -> Result<TerminalId, StoreError> {
    text.parse().map_err(|error| StoreError::corrupt(format!("column terminal: {error}")))
}
