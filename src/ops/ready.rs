//! What must hold before a process may be given work.

use async_trait::async_trait;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::timeout;

/// Longest a check may take: a load balancer asks each few seconds, and no answer is an answer.
const CHECK_LIMIT: Duration = Duration::from_secs(2);

/// One thing a process needs to do its job, such as a reachable database.
#[async_trait]
pub trait Ready: Send + Sync {
    /// Its name in the answer: `journal`, `store`, `bus`, `lease`, `live`.
    fn name(&self) -> &'static str;

    /// Whether it holds now. Called at each question; cut off after two seconds.
    ///
    /// # Errors
    /// What does not hold, for the operator.
    async fn check(&self) -> Result<(), String>;
}

/// A check by a closure that waits for nothing.
struct Plain<F>(&'static str, F);

#[async_trait]
impl<F: Fn() -> Result<(), String> + Send + Sync> Ready for Plain<F> {
    fn name(&self) -> &'static str {
        self.0
    }

    async fn check(&self) -> Result<(), String> {
        (self.1)()
    }
}

/// What one check said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub name: &'static str,
    /// What does not hold; `None` if all is well.
    pub reason: Option<String>,
}

/// All checks of a process; cheap to clone. A process without checks is not ready: it has not been built yet.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Vec<Arc<dyn Ready>>>>);

impl Readiness {
    /// Adds a check.
    pub fn require(&self, check: Arc<dyn Ready>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(check);
    }

    /// Adds a check that is a closure; it must be quick and wait for nothing.
    pub fn require_that(&self, name: &'static str, check: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.require(Arc::new(Plain(name, check)));
    }

    /// Asks all checks at once.
    pub async fn ask(&self) -> Vec<Finding> {
        let checks = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if checks.is_empty() {
            return vec![Finding { name: "start", reason: Some("the process is still starting".to_owned()) }];
        }
        futures_util::future::join_all(checks.into_iter().map(ask)).await
    }
}

async fn ask(check: Arc<dyn Ready>) -> Finding {
    let late = || Err(format!("no answer within {} s", CHECK_LIMIT.as_secs()));
    let said = timeout(CHECK_LIMIT, check.check()).await.unwrap_or_else(|_| late());
    Finding { name: check.name(), reason: said.err() }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out.debug_list().entries(checks.iter().map(|check| check.name())).finish()
    }
}
