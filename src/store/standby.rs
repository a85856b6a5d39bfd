//! Whether the standby that commits wait for answers: the contract of whoever can ask the primary.

use super::error::StoreError;
use async_trait::async_trait;

/// Milliseconds of waiting that are no sign of anything: a commit on a good standby takes some.
const SHORT_MS: i64 = 1_000;
/// Milliseconds after which a standby that was waited for does not answer.
const LONG_MS: i64 = 3_000;

/// What the primary says of its standbys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StandbyLook {
    /// Whether commits wait for one: `synchronous_standby_names` is set.
    pub is_named: bool,
    /// Standbys that are connected.
    pub connected: i64,
    /// Milliseconds that the oldest commit of this house has waited for one; `None` = none waits.
    pub waits_ms: Option<i64>,
}

impl StandbyLook {
    /// Whether it answers; `None` when that cannot be told yet.
    #[must_use]
    pub fn answers(self) -> Option<bool> {
        match self.waits_ms {
            _ if !self.is_named => Some(true),
            _ if self.connected == 0 => Some(false),
            Some(waits_ms) if waits_ms >= LONG_MS => Some(false),
            Some(waits_ms) if waits_ms >= SHORT_MS => None,
            Some(_) | None => Some(true),
        }
    }
}

/// Who can be asked for it.
#[async_trait]
pub trait StandbyStore: Send + Sync {
    /// What the primary says now. It writes nothing, so it is answered while commits wait. An engine without standbys says that none
    /// is named.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn standby(&self) -> Result<StandbyLook, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standby_that_is_gone_or_frozen_does_not_answer() {
        // Proves: nobody connected, or a commit that has waited for seconds, is a dead standby; a short wait, or no name, is none.
        let look = |connected, waits_ms| StandbyLook { is_named: true, connected, waits_ms }.answers();
        assert_eq!((look(0, None), look(1, Some(9_000))), (Some(false), Some(false)));
        assert_eq!((look(1, None), look(1, Some(20)), look(1, Some(2_000))), (Some(true), Some(true), None));
        assert_eq!(StandbyLook::default().answers(), Some(true));
    }
}
