//! The worker's loop on its thread.

use super::{Worker, WorkerError, patience::Told, silence::Silence};
use crate::{
    bus::frames::{BusError, Frames},
    telemetry::Outage,
};
use std::{
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// How long the worker goes on with a backlog when it is told to stop.
const FINISH_LIMIT: Duration = Duration::from_secs(10);
/// How long what is in hand, and then the last commit, may take when a shard is let go: another worker waits for it.
pub(super) const LET_GO_LIMIT: Duration = Duration::from_secs(3);
/// How long the loop waits for inputs before it looks whether a commit or the end is due.
const PATIENCE: Duration = Duration::from_millis(200);

impl Worker {
    /// Judges what the bus brings until told to stop, then commits. Blocks its thread.
    ///
    /// # Errors
    /// As [`Worker::take`].
    pub fn run(
        mut self,
        frames: &mut dyn Frames,
        runtime: &Handle,
        stop: &CancellationToken,
    ) -> Result<(), WorkerError> {
        let told = Told { stop, limit: FINISH_LIMIT };
        self.judge_until(frames, runtime, (&told, &Silence::default()))?;
        self.finish(frames, runtime)
    }

    /// Judges what the bus brings until the shard is to be let go, then commits: what is left is another worker's. Blocks its
    /// thread, once told for no longer than two limits of some seconds and a look at the bus. `silence` is since when the bus does not
    /// answer.
    ///
    /// # Errors
    /// As [`Worker::take`]; `Overdue`: the store did not answer in time.
    pub fn hold(
        mut self,
        frames: &mut dyn Frames,
        runtime: &Handle,
        (stop, silence): (&CancellationToken, &Silence),
    ) -> Result<(), WorkerError> {
        let told = Told { stop, limit: LET_GO_LIMIT };
        self.judge_until(frames, runtime, (&told, silence))?;
        runtime.block_on(told.bound(self.commit()))?;
        self.acknowledge(frames);
        Ok(())
    }

    fn judge_until(
        &mut self,
        frames: &mut dyn Frames,
        runtime: &Handle,
        (told, silence): (&Told<'_>, &Silence),
    ) -> Result<(), WorkerError> {
        let mut outage = Outage::new("the bus: judging waits");
        while !told.stop.is_cancelled() {
            let inputs = match frames.next(self.parts.config.batch_inputs_max, PATIENCE) {
                Err(BusError::Unavailable(cause)) => {
                    outage.failed(&cause);
                    silence.goes_on();
                    // What is judged is committed and shown, though nothing more comes.
                    runtime.block_on(told.bound(self.round(&[])))?;
                    thread::sleep(PATIENCE);
                    continue;
                }
                inputs => inputs?,
            };
            outage.over();
            silence.over();
            runtime.block_on(told.bound(self.round(&inputs)))?;
            self.acknowledge(frames);
        }
        Ok(())
    }

    /// Tells the bus what need not come again; that it cannot be told now does no harm.
    fn acknowledge(&mut self, frames: &mut dyn Frames) {
        let Some(cursor) = self.fresh.take() else { return };
        if let Err(error) = frames.committed(&cursor) {
            tracing::warn!(%error, "the bus was not told what is committed");
        }
    }

    /// What is recorded is judged before the end, as far as the time for it reaches; the next start does the rest.
    fn finish(&mut self, frames: &mut dyn Frames, runtime: &Handle) -> Result<(), WorkerError> {
        let begun = Instant::now();
        while begun.elapsed() < FINISH_LIMIT {
            let inputs = frames.next(self.parts.config.batch_inputs_max, Duration::ZERO)?;
            if inputs.is_empty() {
                break;
            }
            runtime.block_on(self.round(&inputs))?;
        }
        runtime.block_on(self.commit())
    }

    /// Judges everything that is durable now, then commits. For tools.
    ///
    /// # Errors
    /// As [`Worker::take`].
    pub fn drain(&mut self, frames: &mut dyn Frames, runtime: &Handle) -> Result<(), WorkerError> {
        loop {
            let inputs = frames.next(self.parts.config.batch_inputs_max, Duration::ZERO)?;
            if inputs.is_empty() {
                return runtime.block_on(self.commit());
            }
            runtime.block_on(self.round(&inputs))?;
        }
    }

    async fn round(&mut self, inputs: &[crate::model::input::Input]) -> Result<(), WorkerError> {
        self.take(inputs).await?;
        if self.commit_is_due() { self.commit().await } else { Ok(()) }
    }
}
