//! What each process of a house says of itself, for whoever shows the house: the contract of reports.

use super::error::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// What one process said of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// `gateway`, `worker` or `api`.
    pub role: String,
    /// Which of its role: a gateway's number, of others the configured name or host and process id.
    pub name: String,
    /// Checks that fail, each with its reason; empty = all is well.
    pub failing: BTreeMap<String, String>,
    /// The same reasons in Chinese; those of an older version have none.
    pub failing_zh: BTreeMap<String, String>,
    /// Figures since its start, by the names of the metrics, summed over their labels.
    pub figures: BTreeMap<String, f64>,
}

impl Report {
    /// Whether that process said it.
    #[must_use]
    pub fn is_of(&self, role: &str, name: &str) -> bool {
        self.role == role && self.name == name
    }
}

/// A report as the store had it when it answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// What was said.
    pub report: Report,
    /// Milliseconds since, by the store's clock.
    pub age_ms: i64,
}

impl Heard {
    /// Whether it was said within that time.
    #[must_use]
    pub fn is_within(&self, time: Duration) -> bool {
        i64::try_from(time.as_millis()).ok().is_none_or(|limit| self.age_ms <= limit)
    }
}

/// The newest report of each process. They are shown, and of what they say only this is decided by: whether a gateway's frames
/// are looked for in the copy too. So they need not outlive a crash of the
/// store's machine and wait for no standby.
#[async_trait]
pub trait ReportStore: Send + Sync {
    /// Replaces what the process of this role and name said before. Idempotent.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer: the next report says more.
    async fn report(&self, report: &Report) -> Result<(), StoreError>;

    /// A process that ends in order takes its report with it: it is missed by nobody. Idempotent.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer: the report then grows old.
    async fn withdraw(&self, role: &str, name: &str) -> Result<(), StoreError>;

    /// The reports that are not older than `within`, those of gateways however old the store has them, by role and name; those of
    /// another version that cannot be read are left out.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn reports(&self, within: Duration) -> Result<Vec<Heard>, StoreError>;
}
