//! How the parts of a house in one process end.

use std::{fmt::Debug, time::Duration};
use tokio::{task::JoinHandle, time::timeout};

/// Longest time one part may take to stop before it is left behind.
pub(super) const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Waits for one part within the limit; `None` when it was gone, ended badly or did not end.
pub(super) async fn wait<T>(what: &str, task: Option<JoinHandle<T>>) -> Option<T> {
    match timeout(STOP_LIMIT, task?).await {
        Ok(Ok(end)) => Some(end),
        Ok(Err(error)) => {
            tracing::error!(%error, what, "ended badly");
            None
        }
        Err(_) => {
            tracing::warn!(what, limit_s = STOP_LIMIT.as_secs(), "did not stop in time and is left behind");
            None
        }
    }
}

/// Waits for a part to end by itself and says how; the part is gone then.
pub(super) async fn ended<T: Debug>(part: &mut Option<JoinHandle<T>>) -> String {
    let Some(task) = part else { return std::future::pending().await };
    let end = task.await;
    *part = None;
    end.map_or_else(|error| error.to_string(), |end| format!("{end:?}"))
}
