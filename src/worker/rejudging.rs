//! Judging again what is due after a tick, and in which order it is written.

use super::{Worker, WorkerError, alarms, past};
use crate::{
    cases::change::{Cause, Correction, EpisodeChange},
    engine::snapshot::{Head, Rejudge},
};

impl Worker {
    pub(super) async fn rejudge_due(&mut self) -> Result<(), WorkerError> {
        let due = self.engine.due();
        if due.is_empty() {
            return Ok(());
        }
        self.commit().await?;
        let before = self.engine.head();
        let by_ledger = due.iter().any(|order| matches!(order.cause, Cause::Ledger(_)));
        for order in due {
            self.rejudge(&order).await?;
        }
        if by_ledger {
            self.make_way(before).await?;
        }
        self.commit().await
    }

    /// A fitting that moved makes of one truck's finding another terminal's, perhaps another shard's, and the two must not stand
    /// side by side: what leaves is written first, under the old head, so that two shards that wait for each other never do so for
    /// ever. After a crash in between the orders are still queued, and done again.
    async fn make_way(&mut self, before: Head) -> Result<(), WorkerError> {
        let leaves = |change: &EpisodeChange| matches!(change.correction, Correction::Withdrawn | Correction::Shrunk);
        let (leaving, staying): (Vec<_>, Vec<_>) = std::mem::take(&mut self.out.episodes).into_iter().partition(leaves);
        self.out.episodes = staying;
        if leaving.is_empty() {
            return Ok(());
        }
        let appends = self.committer.write_rows(&self.parts.store, before, &leaving).await?;
        if let Some(live) = &self.parts.live {
            live.publish_alarms(alarms(leaving, appends).collect());
        }
        Ok(())
    }

    async fn rejudge(&mut self, order: &Rejudge) -> Result<(), WorkerError> {
        let past = past::gather(&self.parts, order, self.engine.cursor()).await?;
        tracing::debug!(terminal = %order.terminal, from = %order.from, frames = past.frames.len(), "judging again");
        self.engine.rejudge(order, past, &mut self.out)?;
        if let Some(counters) = &self.parts.counters {
            counters.rejudged();
        }
        self.uncommitted += 1;
        Ok(())
    }
}
