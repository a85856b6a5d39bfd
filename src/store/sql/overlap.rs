//! The invariant of every store: per (rule, subject, object) no two live rows overlap.
//!
//! Within a shard a break of it is ours. Between shards it may pass: a ledger revision moves a vehicle from a terminal of one
//! shard to a terminal of another, and each shard follows it at its own pace (two vehicles that swap terminals would even
//! wait for each other for ever). So an overlap with another shard is let through while one of the two has a ledger to
//! follow or that terminal to judge again; when neither has, the call is refused and may be tried again.

use super::{engine_state, episode_entity::episode, error::from_driver, text::to_shard};
use crate::{
    engine::snapshot::Head,
    store::{episodes::Commit, error::StoreError},
};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _};

/// Refuses a commit one of whose live rows, which are stored already, overlaps another.
pub(super) async fn refuse(
    db: &impl ConnectionTrait,
    commit: &Commit,
    rows: &[episode::Model],
) -> Result<(), StoreError> {
    for row in rows.iter().filter(|row| row.live) {
        for other in overlapping(db, row).await? {
            judge(db, commit, row, &other).await?;
        }
    }
    Ok(())
}

async fn overlapping(db: &impl ConnectionTrait, row: &episode::Model) -> Result<Vec<episode::Model>, StoreError> {
    use episode::Column as C;
    let same =
        Condition::all().add(C::Rule.eq(&row.rule)).add(C::Subject.eq(&row.subject)).add(C::Object.eq(&row.object));
    let others = same.add(C::Live.eq(true)).add(C::Episode.ne(&row.episode));
    let overlapping = others.add(C::StartMs.lt(row.last_ms)).add(C::LastMs.gt(row.start_ms));
    episode::Entity::find().filter(overlapping).all(db).await.map_err(from_driver)
}

async fn judge(
    db: &impl ConnectionTrait,
    commit: &Commit,
    row: &episode::Model,
    other: &episode::Model,
) -> Result<(), StoreError> {
    let both = format!("episodes {} and {} overlap", row.episode, other.episode);
    if row.shard == other.shard {
        return Err(StoreError::corrupt(both));
    }
    let head = engine_state::read_head(db, to_shard(other.shard)?).await?;
    let passing = head.is_none_or(|head| is_passing((&commit.head, row), (&head, other)));
    if passing {
        tracing::info!(row = %row.episode, other = %other.episode, "two shards overlap until both follow the ledger");
        return Ok(());
    }
    Err(StoreError::unavailable(format!("{both}, of shards {} and {}", row.shard, other.shard)))
}

/// Whether one of two heads has yet to follow the other's ledger, or to judge its row's terminal again.
fn is_passing(one: (&Head, &episode::Model), other: (&Head, &episode::Model)) -> bool {
    let waits = |(head, row): (&Head, &episode::Model)| {
        head.queue.iter().any(|queued| queued.order.terminal.to_string() == row.terminal)
    };
    one.0.ledger != other.0.ledger || waits(one) || waits(other)
}
