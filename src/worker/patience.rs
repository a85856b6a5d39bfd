//! Calls to a store or record that may be away for a while: every call is idempotent, so it is asked again. A worker that is told to
//! end does not wait for the end of its patience.

use super::WorkerError;
use crate::{clock::pause::Pause, record::RecordError, store::error::StoreError, telemetry::Outage};
use std::{fmt::Display, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often and how slowly a call is made again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    attempts_max: u32,
    wait_first: Duration,
    wait_longest: Duration,
}

/// With these waits a store that does not answer stops the worker after a quarter of an hour. Meanwhile frames are recorded and
/// acknowledged, and nothing is lost by waiting.
const STORE: Patience =
    Patience { attempts_max: 180, wait_first: Duration::from_millis(50), wait_longest: Duration::from_secs(5) };

/// The order to end, and how long what is in hand then may still take.
pub(super) struct Told<'a> {
    pub(super) stop: &'a CancellationToken,
    pub(super) limit: Duration,
}

impl Told<'_> {
    /// Does `work` to its end, or until the order to end is overdue: a commit that waits for a standby may wait for ever. What was not
    /// committed is judged again by whoever holds the shard next.
    pub(super) async fn bound<T>(&self, work: impl Future<Output = Result<T, WorkerError>>) -> Result<T, WorkerError> {
        let overdue = async {
            self.stop.cancelled().await;
            tokio::time::sleep(self.limit).await;
        };
        tokio::select! {
            biased;
            done = work => done,
            () = overdue => Err(WorkerError::Overdue { limit_s: self.limit.as_secs() }),
        }
    }
}

/// An error that says whether asking again may help.
pub(super) trait MayPass: Display {
    fn may_pass(&self) -> bool;
}

impl MayPass for StoreError {
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl MayPass for RecordError {
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Failed { .. })
    }
}

/// Calls until the answer is not an error that may pass, or patience ends.
pub(super) async fn persevere<T, E: MayPass, F>(what: &'static str, call: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    STORE.persevere(what, call).await
}

impl Patience {
    async fn persevere<T, E: MayPass, F>(self, what: &'static str, mut call: impl FnMut() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let (mut pause, mut attempt) = (Pause::new(self.wait_first, self.wait_longest), 1);
        let mut outage = Outage::new(what);
        loop {
            match call().await {
                Err(error) if error.may_pass() && attempt < self.attempts_max => {
                    outage.failed(&error);
                    tokio::time::sleep(pause.take()).await;
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok(done) => {
                    outage.over();
                    return Ok(done);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const SHORT: Patience = Patience { attempts_max: 30, wait_first: Duration::ZERO, wait_longest: Duration::ZERO };

    fn away() -> StoreError {
        StoreError::Unavailable { cause: "away".to_owned() }
    }

    #[tokio::test]
    async fn a_store_that_comes_back_is_asked_again() {
        // Proves: a store that is away for twenty calls does not cost the worker; a conflict is not asked again.
        let calls = Cell::new(0);
        let back = SHORT
            .persevere("a test", || {
                calls.set(calls.get() + 1);
                let answer = if calls.get() < 20 { Err(away()) } else { Ok(calls.get()) };
                async move { answer }
            })
            .await;
        assert_eq!(back, Ok(20));
        let conflict = StoreError::Conflict { cause: "stale".to_owned() };
        let refused: Result<(), StoreError> =
            SHORT.persevere("a test", || std::future::ready(Err(conflict.clone()))).await;
        assert_eq!(refused, Err(conflict));
    }

    #[tokio::test]
    async fn who_is_told_to_end_waits_no_longer_than_said() {
        // Proves: without the order work takes as long as it takes; with it, what is done counts and what hangs is given up.
        let (stop, limit) = (CancellationToken::new(), Duration::ZERO);
        let told = Told { stop: &stop, limit };
        let slow = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(())
        };
        assert!(told.bound(slow).await.is_ok(), "nobody told it");
        stop.cancel();
        assert!(told.bound(std::future::ready(Ok(()))).await.is_ok());
        let hangs = told.bound(std::future::pending::<Result<(), WorkerError>>()).await;
        assert!(matches!(hangs, Err(WorkerError::Overdue { limit_s: 0 })));
    }

    #[tokio::test]
    async fn patience_has_an_end() {
        // Proves: a store that never comes back stops the worker with the store's own error.
        let gone: Result<(), StoreError> = SHORT.persevere("a test", || std::future::ready(Err(away()))).await;
        assert_eq!(gone, Err(away()));
    }
}
