//! One tick a second of wall time, whatever the clock's factor: silence becomes known through it.

use super::house::House;
use crate::{
    bus::live::Live,
    gateway::counters::Counters,
    model::input::Event,
    record::{NewInput, RecordError},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(1);

/// Appends ticks until told to stop. A tick that cannot be recorded is left out: the next one says more.
pub(super) async fn run(house: House, live: Arc<Live>, counters: Arc<Counters>, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        live.publish_gateway(counters.values().named());
        match house.journal.append(vec![NewInput { received: house.clock.now(), event: Event::Tick }]).await {
            Ok(receipt) => tracing::trace!(seq = receipt.last().0, "tick"),
            Err(RecordError::Closed) => return,
            Err(error) => tracing::warn!(%error, "a tick was not recorded"),
        }
    }
}
