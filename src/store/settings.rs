//! What all processes of a house must agree on and nobody may change later: the contract of settings.

use super::error::StoreError;
use async_trait::async_trait;

/// Texts under names, each written once when a house is founded (number of shards, anchor of the clock).
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// Stores `value` unless there is one, and returns what is stored: of many that found a house at once, all get the
    /// first one's value. What this call stored is durable when it returns; what it
    /// found is read only, so that it answers while the standby is away, which may lack it yet. Idempotent.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn found(&self, key: &str, value: &str) -> Result<String, StoreError>;

    /// What is stored; `None` before it was founded.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn setting(&self, key: &str) -> Result<Option<String>, StoreError>;
}
