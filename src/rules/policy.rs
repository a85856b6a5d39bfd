//! Parameters as data: canonical text, digest, and which of them holds at an event time.

use super::{Policy, Rule};
use crate::{
    model::{
        hex::hex,
        input::PolicyChange,
        time::{Span, Timestamp},
    },
    track::interval::Limits,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Limits and parameters of one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "")]
pub struct Tuned<R: Rule> {
    /// When it becomes an episode.
    pub limits: Limits,
    /// What it compares with.
    pub params: R::Params,
}

impl<R: Rule> Default for Tuned<R> {
    fn default() -> Self {
        Self { limits: R::LIMITS, params: R::Params::default() }
    }
}

/// How long before its first event time a policy must be known: the gate lets fixes run so far ahead of their receipt, and a
/// fix that was judged before is judged again.
pub const LEAD: Span = Span::from_secs(300);

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not the JSON of a policy.
    #[error("not a policy: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The digest is not that of the text.
    #[error("the policy's digest is {found}, the change says {said}")]
    WrongDigest {
        /// Of the text.
        found: String,
        /// In the change.
        said: String,
    },
}

impl Policy {
    /// Reads a policy; unknown keys are errors, missing ones the defaults.
    ///
    /// # Errors
    /// The text is not such a policy.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        Ok(serde_json::from_str(json)?)
    }

    /// Canonical JSON: keys sorted, all of them, no blanks.
    #[must_use]
    pub fn canonical(&self) -> String {
        value(self).to_string()
    }

    /// SHA-256 of the canonical JSON, hex.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(self.canonical().as_bytes()))
    }
}

/// Sorted keys: `serde_json`'s map is a `BTreeMap` unless somebody turns on `preserve_order`, which a test would notice.
pub(super) fn value<T: Serialize>(of: &T) -> serde_json::Value {
    serde_json::to_value(of).expect("policies are plain tables of finite numbers")
}

/// All policies by the event time from which they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Policies(Vec<InForce>);

/// A policy and since when it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct InForce {
    /// First event time.
    pub from: Timestamp,
    /// Digest of its canonical JSON.
    pub digest: Arc<str>,
    /// The parameters.
    pub policy: Arc<Policy>,
}

impl Default for Policies {
    fn default() -> Self {
        let policy = Policy::default();
        let digest = Arc::from(policy.digest());
        Self(vec![InForce { from: Timestamp::BEGINNING, digest, policy: Arc::new(policy) }])
    }
}

impl Policies {
    /// The policy in force at an event time.
    ///
    /// # Panics
    /// Never: the first policy holds from the beginning of time.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> &InForce {
        let after = self.0.partition_point(|entry| entry.from <= at);
        self.0.get(after.saturating_sub(1)).expect("the first policy holds from the beginning of time")
    }

    /// Takes in a change; it holds for event times from its own `from` on.
    ///
    /// # Errors
    /// The policy cannot be read or is not the one the digest names.
    pub fn change(&mut self, change: &PolicyChange) -> Result<(), PolicyError> {
        let policy = Policy::parse(&change.policy)?;
        let digest = policy.digest();
        if digest != change.hash {
            return Err(PolicyError::WrongDigest { found: digest, said: change.hash.clone() });
        }
        self.0.retain(|entry| entry.from < change.from || entry.from == Timestamp::BEGINNING);
        self.0.push(InForce { from: change.from, digest: Arc::from(digest), policy: Arc::new(policy) });
        Ok(())
    }

    /// All of them, oldest first.
    #[must_use]
    pub fn all(&self) -> &[InForce] {
        &self.0
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
