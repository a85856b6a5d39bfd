//! Policies onto the board of a process that has no worker: the store is asked whether there is a newer one.

use super::live::Live;
use crate::{
    model::{ids::PolicyRevision, input::PolicyChange},
    rules::policy::Policies,
    store::{
        error::StoreError,
        policies::{PolicyStore, StoredPolicy, all},
    },
    telemetry::Outage,
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Between two questions; a policy holds five minutes after it was made at the earliest.
const EVERY: Duration = Duration::from_secs(2);

/// Shows which parameters hold from when on, until told to stop.
pub async fn run(store: Arc<dyn PolicyStore>, live: Arc<Live>, stop: CancellationToken) {
    let (mut seen, mut outage) = (None, Outage::new("the store: changes of the policy are not shown"));
    while !stop.is_cancelled() {
        match step(store.as_ref(), &live, &mut seen).await {
            Ok(()) => outage.over(),
            Err(error) => outage.failed(&error),
        }
        stop.run_until_cancelled(sleep(EVERY)).await;
    }
}

async fn step(store: &dyn PolicyStore, live: &Live, seen: &mut Option<PolicyRevision>) -> Result<(), StoreError> {
    let newest = store.policies(None, 1).await?.first().map(|stored| stored.revision);
    if newest == *seen {
        return Ok(());
    }
    let changes: Vec<PolicyChange> = all(store).await?.iter().map(StoredPolicy::change).collect();
    let policies = Policies::of(&changes).map_err(|error| StoreError::corrupt(format!("a policy: {error}")))?;
    live.publish_policies(policies);
    *seen = newest;
    Ok(())
}
