//! A process tells the house how it is, and an api hears what all of them tell: through the store, every other second.

use crate::{
    bus::around::Around,
    ops::{Ops, ready::Finding},
    store::reports::{Report, ReportStore},
};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// Between two reports, and between two looks at them.
const EVERY: Duration = Duration::from_secs(2);
/// Longest wait for the store: what is told is old by then.
const LIMIT: Duration = Duration::from_secs(3);
/// How long a process that is not heard of is shown: the office's people come and ask.
const SHOWN: Duration = Duration::from_hours(1);

/// Says how this process is until told to stop, and takes its report with it then.
pub(super) async fn tell(told: Arc<Ops>, name: String, store: Arc<dyn ReportStore>, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        let report = report(&told, &name).await;
        if !matches!(timeout(LIMIT, store.report(&report)).await, Ok(Ok(()))) {
            tracing::debug!("the house was not told how this process is");
        }
    }
    if !matches!(timeout(LIMIT, store.withdraw(told.role, &name)).await, Ok(Ok(()))) {
        tracing::debug!("this process is shown as silent for a while");
    }
}

async fn report(told: &Ops, name: &str) -> Report {
    let failed = |finding: Finding| Some((finding.name.to_owned(), finding.reason?));
    Report {
        role: told.role.to_owned(),
        name: name.to_owned(),
        failing: told.ready.ask().await.into_iter().filter_map(failed).collect(),
        figures: told.figures.sums(),
    }
}

/// Keeps what all processes say, until told to stop.
pub(super) async fn hear(around: Arc<Around>, store: Arc<dyn ReportStore>, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match timeout(LIMIT, store.reports(SHOWN)).await {
            Ok(Ok(processes)) => around.heard(processes),
            Ok(Err(_)) | Err(_) => around.store_is_silent(),
        }
    }
}
