//! The contract of episodes on the relational engine: reading, and the ways to look.

use super::{
    SqlStore, commit, engine_state,
    episode_entity::{correction, episode},
    episode_rows::{read_correction, read_episode, state_code},
    error::from_driver,
    ledger,
    text::to_i64,
};
use crate::{
    cases::{id::EpisodeId, row::EpisodeRow},
    engine::{
        canonical::{Canonical, canonical},
        output::Registered,
        snapshot::Snapshot,
    },
    model::{cursor::Cursor, ids::TerminalId, shard::Shard, time::Timestamp},
    store::{
        episodes::{
            AppendNumber, Claim, Commit, Committed, EpisodeFilter, EpisodeStore, Fence, Progress, Savepoints,
            StoredCorrection, StoredEpisode,
        },
        error::StoreError,
    },
};
use async_trait::async_trait;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

#[async_trait]
impl EpisodeStore for SqlStore {
    async fn claim(&self, shard: Shard, fence: Option<&Fence>) -> Result<Claim, StoreError> {
        commit::claim(self, shard, fence).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError> {
        commit::commit(self, commit).await
    }

    async fn load_snapshot(&self, shard: Shard) -> Result<Option<Snapshot>, StoreError> {
        // One read transaction: head and states of one commit.
        let reading = self.readers()?.begin_reading().await?;
        let Some(head) = engine_state::read_head(&reading, shard).await? else { return Ok(None) };
        let ledger = ledger::numbered(&reading, head.ledger).await?;
        Ok(Some(engine_state::read_snapshot(&reading, shard, head, ledger).await?))
    }

    async fn cursors(&self) -> Result<Vec<(Shard, Cursor)>, StoreError> {
        engine_state::read_cursors(&self.readers()?).await
    }

    async fn past_rows(&self, terminal: TerminalId, from: Option<Timestamp>) -> Result<Vec<EpisodeRow>, StoreError> {
        let rows = past_query(terminal, from).all(&self.readers()?).await.map_err(from_driver)?;
        rows.iter().map(|row| Ok(read_episode(row)?.row)).collect()
    }

    async fn savepoints(&self, terminal: TerminalId, from: Timestamp) -> Result<Savepoints, StoreError> {
        engine_state::read_savepoints(self, terminal, from).await
    }

    async fn list(
        &self,
        filter: &EpisodeFilter,
        before: Option<AppendNumber>,
        limit: u32,
    ) -> Result<Vec<StoredEpisode>, StoreError> {
        let select = list_query(filter, before)?.limit(u64::from(limit));
        let rows = select.all(&self.readers()?).await.map_err(from_driver)?;
        rows.iter().map(read_episode).collect()
    }

    async fn get(&self, id: EpisodeId) -> Result<Option<StoredEpisode>, StoreError> {
        let row = episode::Entity::find_by_id(id.to_string()).one(&self.readers()?).await.map_err(from_driver)?;
        row.as_ref().map(read_episode).transpose()
    }

    async fn corrections(&self, id: EpisodeId) -> Result<Vec<StoredCorrection>, StoreError> {
        let select = correction::Entity::find()
            .filter(correction::Column::Episode.eq(id.to_string()))
            .order_by_asc(correction::Column::Append);
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(read_correction).collect()
    }

    async fn changed_after(&self, after: AppendNumber, limit: u32) -> Result<Vec<StoredCorrection>, StoreError> {
        let select = correction::Entity::find()
            .filter(correction::Column::Append.gt(to_i64(after.0)?))
            .order_by_asc(correction::Column::Append)
            .limit(u64::from(limit));
        select.all(&self.readers()?).await.map_err(from_driver)?.iter().map(read_correction).collect()
    }

    async fn canonical(&self) -> Result<Vec<Canonical>, StoreError> {
        let select = episode::Entity::find().filter(episode::Column::Live.eq(true));
        let rows = select.all(&self.readers()?).await.map_err(from_driver)?;
        let rows = rows.iter().map(|row| Ok(read_episode(row)?.row)).collect::<Result<Vec<_>, StoreError>>()?;
        Ok(canonical(&rows))
    }

    async fn registration(&self, terminal: TerminalId) -> Result<Option<Registered>, StoreError> {
        engine_state::read_registration(self, terminal).await
    }
}

fn past_query(terminal: TerminalId, from: Option<Timestamp>) -> Select<episode::Entity> {
    let select = episode::Entity::find()
        .filter(episode::Column::Terminal.eq(terminal.to_string()))
        .order_by_asc(episode::Column::Append);
    let Some(from) = from else { return select };
    let unsettled = Condition::any()
        .add(episode::Column::SettledMs.is_null())
        .add(episode::Column::SettledMs.gte(from.as_millis()));
    select.filter(unsettled)
}

fn list_query(filter: &EpisodeFilter, before: Option<AppendNumber>) -> Result<Select<episode::Entity>, StoreError> {
    let select = episode::Entity::find().filter(condition(filter)).order_by_desc(episode::Column::Append);
    let Some(before) = before else { return Ok(select) };
    Ok(select.filter(episode::Column::Append.lt(to_i64(before.0)?)))
}

fn condition(filter: &EpisodeFilter) -> Condition {
    use episode::Column as C;
    let open = filter.progress.map(|progress| C::Open.eq(progress == Progress::Open));
    Condition::all()
        .add_option(filter.rule.map(|rule| C::Rule.eq(rule.code())))
        .add_option(filter.state.map(|state| C::State.eq(state_code(state))))
        .add_option(filter.grade.map(|grade| C::Grade.eq(grade.code())))
        .add_option(filter.vehicle.as_ref().map(|vehicle| C::Vehicle.eq(vehicle.as_str())))
        .add_option(filter.terminal.map(|terminal| C::Terminal.eq(terminal.to_string())))
        .add_option(filter.from.map(|from| C::LastMs.gte(from.as_millis())))
        .add_option(filter.to.map(|to| C::StartMs.lt(to.as_millis())))
        .add_option(open)
}

#[cfg(test)]
#[path = "episodes_tests.rs"]
mod tests;
