//! `/health`, `/ready` and `/metrics` of a gateway or a worker, at an address of their own.

use super::{
    super::{AppError, bind, watch},
    Ground, Tasks,
};
use crate::{
    config::Config,
    ops::{Ops, routes},
};
use std::{net::SocketAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

/// Serves what a process tells about itself; it is ready only while the store answers.
pub(super) async fn listen(
    config: &Config,
    ground: &Ground,
    told: Arc<Ops>,
    tasks: &mut Tasks,
    stop: &CancellationToken,
) -> Result<SocketAddr, AppError> {
    let (listener, address) = bind(config.cluster.ops, "health and metrics").await?;
    watch::require_store(&told, ground.store.clone());
    let ending = stop.clone();
    tasks.start("health and metrics", async move {
        if let Err(error) = routes::serve(listener, told, ending.cancelled_owned()).await {
            tracing::error!(%error, "health and metrics ended");
        }
    });
    Ok(address)
}
