//! Policies onto the board of a process that has no worker: the store is asked whether there is a newer one.

use super::live::Live;
use crate::{
    model::ids::PolicyRevision,
    rules::policy::Policies,
    store::{
        error::StoreError,
        policies::{PolicyStore, all},
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
    let mut policies = Policies::default();
    for stored in all(store).await? {
        let unreadable = |error| StoreError::corrupt(format!("policy {}: {error}", stored.revision.0));
        policies.change(&stored.change()).map_err(unreadable)?;
    }
    live.publish_policies(policies);
    *seen = newest;
    Ok(())
}
