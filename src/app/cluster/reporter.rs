//! A process tells the house how it is, and an api hears what all of them tell: through the store, every other second.

use crate::{
    bus::around::Around,
    clock::{
        off::{OffClock, Sighting},
        wall_now,
    },
    ops::{
        Ops,
        ready::{Finding, Why},
    },
    store::{
        leases::LeaseStore,
        reports::{Report, ReportStore},
        standby::StandbyStore,
    },
    worker::ticker::LEASE,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

/// Between two reports, and between two looks at them.
const EVERY: Duration = Duration::from_secs(2);
/// Longest wait for the store: what is told is old by then.
const LIMIT: Duration = Duration::from_secs(3);
/// How long a process that is not heard of is shown: the office's people come and ask. A gateway is shown for as long as the store has
/// its report: what only its disk has is missing until somebody decides about it.
const SHOWN: Duration = Duration::from_hours(1);

/// Says how this process is until told to stop, and takes its report with it then. On the way it sees how far its clock is off.
pub(super) async fn tell<S: ReportStore + LeaseStore>(
    told: Arc<Ops>,
    name: String,
    (store, off): (Arc<S>, Arc<OffClock>),
    stop: CancellationToken,
) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        let asked = wall_now();
        if let Ok(Ok(Some(lease))) = timeout(LIMIT, store.last(LEASE)).await {
            off.see(Sighting { asked, store: lease.now, answered: wall_now() });
        }
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
    let failing: Vec<(String, Why)> = told.ready.ask().await.into_iter().filter_map(failed).collect();
    Report {
        role: told.role.to_owned(),
        name: name.to_owned(),
        failing_zh: failing.iter().map(|(check, why)| (check.clone(), why.zh.clone())).collect(),
        failing: failing.into_iter().map(|(check, why)| (check, why.en)).collect(),
        figures: told.figures.sums(),
    }
}

/// Keeps what all processes say and how the standby is, until told to stop.
pub(super) async fn hear<S: ReportStore + StandbyStore>(around: Arc<Around>, store: Arc<S>, stop: CancellationToken) {
    let mut beat = interval(EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(beat.tick()).await.is_some() {
        match timeout(LIMIT, store.reports(SHOWN)).await {
            Ok(Ok(processes)) => around.heard(processes),
            Ok(Err(_)) | Err(_) => around.store_is_silent(),
        }
        if let Ok(Ok(standby)) = timeout(LIMIT, store.standby()).await {
            around.standby_is(standby);
        }
    }
}
