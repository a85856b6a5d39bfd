//! The server's clock as seen from here. Between readings it is carried on at the server's own factor, and never ahead of it:
//! a reading counts from the moment its answer had come.

use super::http::Api;
use crate::model::time::{Span, Timestamp};
use anyhow::Result;
use serde::Deserialize;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How often the clock is read again, wall time.
const EVERY: Duration = Duration::from_secs(2);
/// Longest sleep before the clock is asked again: it may have been corrected.
const NAP_MAX: Duration = Duration::from_millis(500);

/// The server's clock, followed.
#[derive(Clone, Debug)]
pub(super) struct ServerClock(Arc<Mutex<Reading>>);

#[derive(Clone, Copy, Debug)]
struct Reading {
    taken: Instant,
    shown: Timestamp,
    factor: f64,
}

#[derive(Deserialize)]
struct Answer {
    now_ms: i64,
    factor: f64,
}

impl ServerClock {
    /// Reads the clock once and goes on following it in the background.
    pub(super) async fn follow(api: Api) -> Result<Self> {
        let clock = Self(Arc::new(Mutex::new(read(api).await?)));
        let follower = clock.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(EVERY).await;
                match read(api).await {
                    Ok(reading) => follower.set(reading),
                    // A server that restarts goes on with the same anchor, and so do we meanwhile.
                    Err(error) => tracing::debug!(%error, "the server's clock was not read"),
                }
            }
        });
        Ok(clock)
    }

    /// A clock without a server.
    #[cfg(test)]
    pub(super) fn free(shown: Timestamp, factor: f64) -> Self {
        Self(Arc::new(Mutex::new(Reading { taken: Instant::now(), shown, factor })))
    }

    /// What the server's clock shows at least.
    pub(super) fn now(&self) -> Timestamp {
        let reading = *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a simulated day")]
        let passed = (reading.taken.elapsed().as_secs_f64() * reading.factor * 1000.0) as i64;
        reading.shown + Span::from_millis(passed)
    }

    /// How long to sleep before looking again whether it is `at`; zero when it is.
    pub(super) fn nap(&self, at: Timestamp) -> Duration {
        let reading = *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let left = at.since(self.now()).as_millis().max(0);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a simulated day")]
        let seconds = left as f64 / 1000.0 / reading.factor.max(1e-6);
        if left == 0 { Duration::ZERO } else { Duration::from_secs_f64(seconds + 0.001).min(NAP_MAX) }
    }

    fn set(&self, reading: Reading) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = reading;
    }
}

async fn read(api: Api) -> Result<Reading> {
    let answer: Answer = api.get("/api/v1/clock").await?;
    Ok(Reading { taken: Instant::now(), shown: Timestamp::from_millis(answer.now_ms), factor: answer.factor })
}
