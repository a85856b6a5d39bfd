//! What must hold before a process may be given work.

use super::checks;
use async_trait::async_trait;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    async fn check(&self) -> Result<(), Why>;
}

/// Why a check fails: English for the log and for whoever asks the process, Chinese for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Chinese; the words of an engine or a library are quoted as they are.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Why {
    /// In both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// What another says, quoted.
    pub fn quoted(cause: impl fmt::Display) -> Self {
        Self::new(format!("原因：{cause}"), cause.to_string())
    }
}

/// What a check that fails means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The process may not be given work.
    Needed,
    /// It may, but somebody should look: giving the work to another would help nobody.
    Wished,
}

/// A check by a closure that waits for nothing.
struct Plain<F>(&'static str, F);

#[async_trait]
impl<F: Fn() -> Result<(), Why> + Send + Sync> Ready for Plain<F> {
    fn name(&self) -> &'static str {
        self.0
    }

    async fn check(&self) -> Result<(), Why> {
        (self.1)()
    }
}

/// What one check said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub name: &'static str,
    /// What does not hold; `None` if all is well.
    pub reason: Option<Why>,
    /// What it means if it does not.
    pub weight: Weight,
}

impl Finding {
    /// Whether the process may be given work as far as this goes.
    #[must_use]
    pub fn leaves_ready(&self) -> bool {
        self.reason.is_none() || self.weight == Weight::Wished
    }
}

/// All checks of a process; cheap to clone. A process without checks is not ready: it has not been built yet.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Mutex<Checks>>);

#[derive(Default)]
struct Checks {
    checks: Vec<(Weight, Arc<dyn Ready>)>,
    /// What a process that starts waits for.
    starting: Option<Why>,
}

impl Readiness {
    /// Adds a check.
    pub fn require(&self, check: Arc<dyn Ready>) {
        self.checks().checks.push((Weight::Needed, check));
    }

    /// Adds a check that is a closure; it must be quick and wait for nothing.
    pub fn require_that(&self, name: &'static str, check: impl Fn() -> Result<(), Why> + Send + Sync + 'static) {
        self.require(Arc::new(Plain(name, check)));
    }

    /// Adds a check whose failure is said and leaves the process ready.
    pub fn wish(&self, check: Arc<dyn Ready>) {
        self.checks().checks.push((Weight::Wished, check));
    }

    /// Adds a check that is a closure, and whose failure is said and leaves the process ready; as [`Self::require_that`].
    pub fn wish_that(&self, name: &'static str, check: impl Fn() -> Result<(), Why> + Send + Sync + 'static) {
        self.wish(Arc::new(Plain(name, check)));
    }

    /// Says what a process that starts waits for; it is not ready until [`Self::started`].
    pub fn starting(&self, reason: impl Into<String>) {
        self.checks().starting = Some(Why::quoted(reason.into()));
    }

    /// The process is built.
    pub fn started(&self) {
        self.checks().starting = None;
    }

    /// Takes all checks away: what they looked at is built anew.
    pub(super) fn clear(&self) {
        self.checks().checks.clear();
    }

    /// Asks all checks at once.
    pub async fn ask(&self) -> Vec<Finding> {
        let (checks, mut starting) = {
            let all = self.checks();
            (all.checks.clone(), all.starting.clone())
        };
        if checks.is_empty() && starting.is_none() {
            starting = Some(Why::new("进程正在启动", "the process is still starting"));
        }
        let mut findings = futures_util::future::join_all(checks.into_iter().map(ask)).await;
        findings.extend(starting.map(|reason| Finding {
            name: checks::START,
            reason: Some(reason),
            weight: Weight::Needed,
        }));
        findings
    }

    fn checks(&self) -> MutexGuard<'_, Checks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ask((weight, check): (Weight, Arc<dyn Ready>)) -> Finding {
    let limit_s = CHECK_LIMIT.as_secs();
    let late = || Err(Why::new(format!("{limit_s} 秒内没有应答"), format!("no answer within {limit_s} s")));
    let said = timeout(CHECK_LIMIT, check.check()).await.unwrap_or_else(|_| late());
    Finding { name: check.name(), reason: said.err(), weight }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let checks = self.checks();
        out.debug_list().entries(checks.checks.iter().map(|(_, check)| check.name())).finish()
    }
}
