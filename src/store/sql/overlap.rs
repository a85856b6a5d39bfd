//! The invariant of every store: per (rule, subject, object) no two live rows overlap.
//!
//! Within a shard a break of it is ours. Between shards it may pass: a ledger revision moves a vehicle from a terminal of one
//! shard to a terminal of another, and each shard follows it at its own pace (two vehicles that swap terminals would even
//! wait for each other for ever). So an overlap with another shard is let through while one of the two has a ledger to
//! follow or that terminal to judge again; when neither has, the call is refused and may be tried again.
//!
//! A commit with corrections takes the lock of the append numbers and so sees every row that another such commit wrote. One in which
//! rows only grow takes none: the lock is held until the standby has the commit, and would let the shards write one after the
//! other. So a growing row and another shard's commit at the same time may miss each other. What they missed is found at the
//! next commit of either, at the latest when the row ends, which is a correction: a row is always looked at after its last
//! change beside everything committed before. Meanwhile nothing is lost: within a shard the locked head lets one commit
//! follow the other, and between shards that follow one ledger a vehicle has one main terminal at a time, so an overlap there
//! is a defect that this check finds, half a second later than it might.

use super::{
    engine_state,
    episode_entity::episode,
    error::from_driver,
    text::{parts, to_shard},
};
use crate::{
    engine::snapshot::Head,
    store::{episodes::Commit, error::StoreError},
};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};

/// Rows looked at by one statement.
const ROWS_PER_STATEMENT: usize = 1_024;

/// Two live rows of one matter that overlap; `one` is of the commit.
#[derive(Debug, FromQueryResult)]
struct Pair {
    one: String,
    one_shard: i32,
    one_terminal: String,
    other: String,
    other_shard: i32,
    other_terminal: String,
}

/// Refuses a commit one of whose live rows, which are stored already, overlaps another.
pub(super) async fn refuse(
    db: &impl ConnectionTrait,
    commit: &Commit,
    rows: &[episode::Model],
) -> Result<(), StoreError> {
    let live: Vec<&str> = rows.iter().filter(|row| row.live).map(|row| row.episode.as_str()).collect();
    for part in parts(&live, ROWS_PER_STATEMENT) {
        for pair in overlapping(db, part).await? {
            judge(db, commit, &pair).await?;
        }
    }
    Ok(())
}

async fn overlapping(db: &impl ConnectionTrait, episodes: &[&str]) -> Result<Vec<Pair>, StoreError> {
    let values = episodes.iter().map(|id| Value::from(*id));
    let ask = Statement::from_sql_and_values(db.get_database_backend(), pairs_sql(episodes.len()), values);
    Pair::find_by_statement(ask).all(db).await.map_err(from_driver)
}

fn pairs_sql(episodes: usize) -> String {
    let places: Vec<String> = (1..=episodes).map(|place| format!("${place}")).collect();
    format!(
        "SELECT one.episode AS one, one.shard AS one_shard, one.terminal AS one_terminal, \
         other.episode AS other, other.shard AS other_shard, other.terminal AS other_terminal \
         FROM episodes one JOIN episodes other \
         ON other.rule = one.rule AND other.subject = one.subject AND other.object = one.object \
         WHERE one.episode IN ({}) AND one.live AND other.live AND other.episode <> one.episode \
         AND other.start_ms < one.last_ms AND other.last_ms > one.start_ms",
        places.join(", ")
    )
}

async fn judge(db: &impl ConnectionTrait, commit: &Commit, pair: &Pair) -> Result<(), StoreError> {
    let both = format!("episodes {} and {} overlap", pair.one, pair.other);
    if pair.one_shard == pair.other_shard {
        return Err(StoreError::corrupt(both));
    }
    let head = engine_state::read_head(db, to_shard(pair.other_shard)?).await?;
    if head.is_none_or(|head| is_passing(&commit.head, &head, pair)) {
        tracing::info!(row = pair.one, other = pair.other, "two shards overlap until both follow the ledger");
        return Ok(());
    }
    Err(StoreError::unavailable(format!("{both}, of shards {} and {}", pair.one_shard, pair.other_shard)))
}

/// Whether one of two heads has yet to follow the other's ledger, or to judge its row's terminal again.
fn is_passing(one: &Head, other: &Head, pair: &Pair) -> bool {
    let waits =
        |head: &Head, terminal: &str| head.queue.iter().any(|queued| queued.order.terminal.to_string() == terminal);
    one.ledger != other.ledger || waits(one, &pair.one_terminal) || waits(other, &pair.other_terminal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::open;

    #[tokio::test]
    async fn overlaps_are_found_through_indexes() {
        // Proves: a commit looks at its own rows and at those of their matters, never at the whole table.
        let folder = tempfile::tempdir().expect("a folder");
        let db = open(&folder.path().join("store.db")).await.expect("a store").readers().expect("readers");
        let values = [Value::from("a"), Value::from("b")];
        let sql = format!("EXPLAIN QUERY PLAN {}", pairs_sql(values.len()));
        let ask = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let steps = db.query_all_raw(ask).await.expect("a plan");
        let steps: Vec<String> = steps.iter().map(|step| step.try_get("", "detail").expect("a step")).collect();
        assert!(steps[0].contains("SEARCH one USING INDEX sqlite_autoindex_episodes_1"), "{steps:?}");
        assert!(steps[1].contains("SEARCH other USING INDEX episodes_by_matter"), "{steps:?}");
    }
}
