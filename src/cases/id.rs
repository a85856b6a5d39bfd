//! The identity of an episode: fixed when it first opens, whatever later corrections do to its start.

use crate::{
    model::{hex::hex, ids::Seq, time::Timestamp},
    rules::{
        RuleId,
        observation::{Object, Subject},
    },
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// First 16 bytes of the SHA-256 of (rule, subject, object, start, seq of the input at which it first opened).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpisodeId([u8; 16]);

impl EpisodeId {
    /// The id of an episode that opens now.
    #[must_use]
    pub fn derive(rule: RuleId, subject: &Subject, object: &Object, start: Timestamp, opened: Seq) -> Self {
        let text = format!("{}\n{subject:?}\n{object:?}\n{}\n{}", rule.code(), start.as_millis(), opened.0);
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(Sha256::digest(text.as_bytes())) {
            *to = from;
        }
        Self(id)
    }
}

impl fmt::Display for EpisodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for EpisodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "EpisodeId({self})")
    }
}

/// A text that is not an episode's id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an episode: 32 hex digits")]
pub struct EpisodeIdError {
    /// What was given.
    pub text: String,
}

impl FromStr for EpisodeId {
    type Err = EpisodeIdError;
    fn from_str(text: &str) -> Result<Self, EpisodeIdError> {
        let bad = || EpisodeIdError { text: text.to_owned() };
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(bad());
        }
        u128::from_str_radix(text, 16).map(|value| Self(value.to_be_bytes())).map_err(|_| bad())
    }
}

impl Serialize for EpisodeId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if out.is_human_readable() { out.collect_str(self) } else { self.0.serialize(out) }
    }
}

impl<'de> Deserialize<'de> for EpisodeId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return Ok(Self(<[u8; 16]>::deserialize(from)?));
        }
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
