//! Reading what was recorded, as a contract that does not say where it lies: this process's journal, or the copy that all
//! gateways of a house share.

use super::{RecordError, journal::Journal};
use crate::model::{
    ids::{GatewayNumber, Seq, TerminalId},
    input::Input,
    shard::{Shard, Shards},
    time::Timestamp,
};
use async_trait::async_trait;
use std::fmt;

/// Recorded inputs.
///
/// What is yielded is durable and never changes. A call sees everything that was durable *there* before it began, and may see
/// more. Errors: `Unavailable` and `Failed` pass, ask again; `Corrupt` does not.
#[async_trait]
pub trait Recorded: Send + Sync + fmt::Debug {
    /// Frames of one terminal whose greatest event time is not before `from` and whose least is not after `until`, ascending by
    /// seq, at most `most`: asked for one more than the caller can bear, it tells that there are more.
    ///
    /// Frames without an event time of their own (registration, authentication, unknown messages) count by receive time; packets
    /// of a split message are found for an hour more and reach back without limit, so that a message is never cut.
    ///
    /// # Errors
    /// See [`Recorded`].
    async fn frames_of(
        &self,
        terminal: TerminalId,
        from: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Input>, RecordError>;

    /// One input; `None` when there is none with this seq.
    ///
    /// # Errors
    /// See [`Recorded`].
    async fn frame(&self, seq: Seq) -> Result<Option<Input>, RecordError>;

    /// What one gateway recorded for one shard, `after < number <= upto`, ascending, at most `most`; fewer than `most` means that
    /// there are no more up to `upto`; a shared copy that does not reach `upto` yet is `Unavailable`. That is the frames of the shard's terminals; on a single machine, whose ledger revisions
    /// and ticks stand in the same journal, all inputs.
    ///
    /// # Errors
    /// See [`Recorded`].
    async fn inputs_of(
        &self,
        shard: Shard,
        gateway: GatewayNumber,
        after: u64,
        upto: u64,
        most: usize,
    ) -> Result<Vec<Input>, RecordError>;

    /// Of each gateway the last number that is there.
    ///
    /// # Errors
    /// See [`Recorded`].
    async fn heads(&self) -> Result<Vec<(GatewayNumber, u64)>, RecordError>;
}

/// The journal of a single machine: gateway 0, one shard. Reads on blocking threads.
#[async_trait]
impl Recorded for Journal {
    async fn frames_of(
        &self,
        terminal: TerminalId,
        from: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Input>, RecordError> {
        let frames = self.frames_upto(terminal, from, Seq(u64::MAX)).until(until);
        blocking(move || frames.take(most).collect()).await
    }

    async fn frame(&self, seq: Seq) -> Result<Option<Input>, RecordError> {
        let journal = self.clone();
        blocking(move || journal.input(seq)).await
    }

    async fn inputs_of(
        &self,
        shard: Shard,
        gateway: GatewayNumber,
        after: u64,
        upto: u64,
        most: usize,
    ) -> Result<Vec<Input>, RecordError> {
        assert!(Shards::ONE.all().any(|ours| ours == shard), "a single machine has one shard");
        if gateway != GatewayNumber::ALONE {
            return Ok(Vec::new());
        }
        let reader = self.read_from(Seq(after + 1));
        let is_within =
            move |read: &Result<Input, RecordError>| read.as_ref().map_or(true, |input| input.seq.0 <= upto);
        blocking(move || reader.take_while(is_within).take(most).collect()).await
    }

    async fn heads(&self) -> Result<Vec<(GatewayNumber, u64)>, RecordError> {
        Ok(vec![(GatewayNumber::ALONE, self.durable().borrow().0)])
    }
}

/// Reads on a thread that may block. A panic there is ours and goes on here.
async fn blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, RecordError> + Send + 'static,
) -> Result<T, RecordError> {
    match tokio::task::spawn_blocking(read).await {
        Ok(outcome) => outcome,
        Err(broken) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
        Err(_) => Err(RecordError::Closed),
    }
}
