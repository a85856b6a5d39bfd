//! Alarms onto the board of a process that has no worker: the store is asked what changed.

use super::live::{Alarm, Live};
use crate::{
    cases::change::EpisodeChange,
    store::{
        episodes::{AppendNumber, EpisodeFilter, EpisodeStore, StoredCorrection},
        error::StoreError,
    },
    telemetry::Outage,
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Between two questions: what an alarm is later on the screen than with a worker in the same process.
const EVERY: Duration = Duration::from_millis(300);
/// Pause after a question that was not answered.
const AWAY: Duration = Duration::from_secs(1);
/// Most changes taken at once.
const PAGE: u32 = 500;

/// Shows changes as they are appended, from the newest on, until told to stop.
pub async fn run(store: Arc<dyn EpisodeStore>, live: Arc<Live>, stop: CancellationToken) {
    let (mut seen, mut outage) = (None, Outage::new("the store: alarms are not shown"));
    while !stop.is_cancelled() {
        let wait = match step(store.as_ref(), &live, &mut seen).await {
            Ok(is_full) => {
                outage.over();
                if is_full { Duration::ZERO } else { EVERY }
            }
            Err(error) => {
                outage.failed(&error);
                AWAY
            }
        };
        stop.run_until_cancelled(sleep(wait)).await;
    }
}

/// Takes one page; says whether there may be more.
async fn step(store: &dyn EpisodeStore, live: &Live, seen: &mut Option<AppendNumber>) -> Result<bool, StoreError> {
    let after = match *seen {
        Some(after) => after,
        None => *seen.insert(begin(store, live).await?),
    };
    let changes = store.changed_after(after, PAGE).await?;
    let is_full = changes.len() >= PAGE as usize;
    if let Some(last) = changes.last() {
        *seen = Some(last.append);
    }
    live.publish_alarms(changes.into_iter().map(alarm));
    Ok(is_full)
}

/// From before the newest episode on: what changed earlier is in the store, and the board says so.
async fn begin(store: &dyn EpisodeStore, live: &Live) -> Result<AppendNumber, StoreError> {
    let newest = store.list(&EpisodeFilter::default(), None, 1).await?;
    let after = newest.first().map_or(0, |episode| episode.append.0.saturating_sub(1));
    live.begin_alarms_after(after);
    Ok(AppendNumber(after))
}

fn alarm(stored: StoredCorrection) -> Alarm {
    let StoredCorrection { append, correction, cause, seq, at, row } = stored;
    Alarm { append: append.0, change: EpisodeChange { row, correction, cause, seq, at } }
}
