//! A house of many processes: gateways, workers and apis of one binary on PostgreSQL and Redis.
//!
//! | file | subject |
//! |---|---|
//! | `ground` | what every role stands on: store, clock, bus, record; the house's fixed settings |
//! | `gateway` | a gateway with its spool, copier and publisher |
//! | `worker` | a worker with its shards; the ticker |
//! | `api` | an api with its live board |
//! | `spool` | a gateway's record on its way: copier, publisher, and what may be forgotten |
//! | `migrate`, `moving` | a single machine's data into an empty house; its record on the way |
//! | `identity` | one number, one journal: a gateway's number is never used by another record |
//! | `porch` | a role before it has a store: its name, its address, what it says of itself |
//! | `reporter` | how each process is, told to the house and heard by its apis |

mod api;
mod gateway;
mod ground;
mod identity;
pub mod migrate;
mod moving;
mod porch;
mod reporter;
mod spool;
mod worker;

pub use api::ApiRole;
pub use gateway::GatewayRole;
pub(super) use ground::clock_kind;
pub use ground::{Ground, revise};
pub use moving::ShardSum;
pub use porch::Porch;
pub use worker::WorkerRole;

use super::AppError;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Tasks of a role that must not end by themselves: each by its name, or with what a person must know.
#[derive(Debug, Default)]
struct Tasks(JoinSet<Result<&'static str, AppError>>);

impl Tasks {
    fn start(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.try_start(name, async move {
            task.await;
            Ok::<_, AppError>(())
        });
    }

    /// Of a task whose failure is told to whoever started the role.
    fn try_start<E: Into<AppError>>(
        &mut self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.0.spawn(async move { task.await.map(|()| name).map_err(Into::into) });
    }

    /// Waits until one ends, and says which.
    async fn failed(&mut self) -> AppError {
        match self.0.join_next().await {
            Some(Ok(Ok(name))) => AppError::Task(name.to_owned()),
            Some(Ok(Err(error))) => error,
            Some(Err(error)) => AppError::Task(error.to_string()),
            None => std::future::pending().await,
        }
    }

    /// Waits for all of them within the limit.
    async fn finish(&mut self, stop: &CancellationToken) {
        stop.cancel();
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(super::ending::STOP_LIMIT, all).await.is_err() {
            tracing::warn!(limit_s = super::ending::STOP_LIMIT.as_secs(), "not everything stopped in time");
        }
        self.0.abort_all();
    }
}

/// Logs why a task ended.
async fn ending<E: std::fmt::Display>(what: &'static str, task: impl Future<Output = Result<(), E>>) {
    if let Err(error) = task.await {
        tracing::error!(%error, what, "ended");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::frames::error::CopyError;

    #[tokio::test]
    async fn a_task_that_failed_says_why() {
        // Proves: whoever started the role hears what its copier said, in Chinese and English, not only that it ended.
        let mut tasks = Tasks::default();
        let replaced = CopyError::Replaced { gateway: 7, token: 1, by: 2, holder: "b".to_owned() };
        let said = replaced.clone();
        tasks.try_start("the copier", async move { Err::<(), _>(said) });
        let failed = tasks.failed().await;
        assert!(matches!(&failed, AppError::Copy(error) if *error == replaced), "{failed}");
        assert!(failed.to_string().contains("接管") && failed.to_string().contains("took"), "{failed}");
    }
}
