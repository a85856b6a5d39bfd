//! Judging again what is due after a tick: what leaves and what comes is one commit.

use super::{Worker, WorkerError, past};
use crate::engine::snapshot::Rejudge;

impl Worker {
    pub(super) async fn rejudge_due(&mut self) -> Result<(), WorkerError> {
        let due = self.engine.due();
        if due.is_empty() {
            return Ok(());
        }
        self.commit().await?;
        for order in due {
            self.rejudge(&order).await?;
        }
        self.commit().await
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
