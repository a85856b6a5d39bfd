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
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Limits and parameters of one rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "")]
pub struct Tuned<R: Rule> {
    /// When it becomes an episode.
    #[serde(deserialize_with = "limits_over::<R, _>")]
    pub limits: Limits,
    /// What it compares with.
    pub params: R::Params,
}

impl<R: Rule> Default for Tuned<R> {
    fn default() -> Self {
        Self { limits: R::LIMITS, params: R::Params::default() }
    }
}

/// Limits as somebody gives them: those that are to differ.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenLimits {
    enter_after_s: Option<u32>,
    enter_fixes: Option<u32>,
    enter_distance_m: Option<f64>,
    exit_after_s: Option<u32>,
    exit_fixes: Option<u32>,
    merge_gap_s: Option<u32>,
}

/// What is not given is the rule's own, which no derived default knows.
fn limits_over<'de, R: Rule, D: Deserializer<'de>>(from: D) -> Result<Limits, D::Error> {
    let (given, own) = (GivenLimits::deserialize(from)?, R::LIMITS);
    Ok(Limits {
        enter_after_s: given.enter_after_s.unwrap_or(own.enter_after_s),
        enter_fixes: given.enter_fixes.unwrap_or(own.enter_fixes),
        enter_distance_m: given.enter_distance_m.unwrap_or(own.enter_distance_m),
        exit_after_s: given.exit_after_s.unwrap_or(own.exit_after_s),
        exit_fixes: given.exit_fixes.unwrap_or(own.exit_fixes),
        merge_gap_s: given.merge_gap_s.unwrap_or(own.merge_gap_s),
    })
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
    #[error(
        "the text of a stored policy was altered: its digest is {found}, the change says {said}; restore it from a copy"
    )]
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

    /// Reads a policy that another release may have written: a key this program does not know is passed over, one that is missing
    /// has its default. What a person gives is read by [`Policy::parse`], which finds misspelt keys.
    ///
    /// # Errors
    /// The text is not JSON, or a key of this program's has a value of another kind.
    pub fn stored(json: &str) -> Result<Self, PolicyError> {
        let mut whole = value(&Self::default());
        lay_over(&mut whole, serde_json::from_str(json)?);
        Ok(serde_json::from_value(whole)?)
    }

    /// Canonical JSON: keys sorted, all of them, no blanks.
    #[must_use]
    pub fn canonical(&self) -> String {
        value(self).to_string()
    }

    /// SHA-256 of the canonical JSON, hex.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(&self.canonical())
    }
}

/// SHA-256 of a text, hex.
fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// Puts the values of `found` in place of those of the same name.
fn lay_over(known: &mut Value, found: Value) {
    match (known, found) {
        (Value::Object(known), Value::Object(mut found)) => {
            for (key, value) in known {
                if let Some(found) = found.remove(key) {
                    lay_over(value, found);
                }
            }
        }
        (known, found) => *known = found,
    }
}

/// Sorted keys: `serde_json`'s map is a `BTreeMap` unless somebody turns on `preserve_order`, which a test would notice.
pub(super) fn value<T: Serialize>(of: &T) -> Value {
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
    /// Digest of its text as it was put in force: by which a violation names the numbers it was judged by.
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

    /// What changes, oldest first, make of the defaults.
    ///
    /// # Errors
    /// As [`Policies::change`].
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a PolicyChange>) -> Result<Self, PolicyError> {
        let mut policies = Self::default();
        changes.into_iter().try_for_each(|change| policies.change(change))?;
        Ok(policies)
    }

    /// Takes in a change; it holds for event times from its own `from` on. Its digest is that of the text as stored, not of what
    /// this program would write: changes outlive the program that made them.
    ///
    /// # Errors
    /// The policy cannot be read or is not the one the digest names.
    pub fn change(&mut self, change: &PolicyChange) -> Result<(), PolicyError> {
        let found = digest(&change.policy);
        if found != change.hash {
            return Err(PolicyError::WrongDigest { found, said: change.hash.clone() });
        }
        let policy = Policy::stored(&change.policy)?;
        self.0.retain(|entry| entry.from < change.from || entry.from == Timestamp::BEGINNING);
        self.0.push(InForce { from: change.from, digest: Arc::from(found), policy: Arc::new(policy) });
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
