//! Calls to a store or record that may be away for a while: every call is idempotent, so it is asked again.

use crate::{clock::pause::Pause, record::RecordError, store::error::StoreError, telemetry::Outage};
use std::{fmt::Display, time::Duration};

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
    async fn patience_has_an_end() {
        // Proves: a store that never comes back stops the worker with the store's own error.
        let gone: Result<(), StoreError> = SHORT.persevere("a test", || std::future::ready(Err(away()))).await;
        assert_eq!(gone, Err(away()));
    }
}
