//! How long a stream at its limit is waited for. One whose worker is away must not keep the others from their entries: after a while
//! its entries are left out, which loses nothing, because the next entry it gets names what is missing and the record has it.

use crate::model::shard::Shard;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long one full stream may hold up those that have room.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a stream whose entries were left out is not waited for again.
const IMPATIENCE: Duration = Duration::from_mins(1);

/// Of each shard when its entries were last left out.
#[derive(Clone, Debug, Default)]
pub(super) struct Full(BTreeMap<Shard, Instant>);

impl Full {
    /// How long to wait for room on a shard's stream.
    pub(super) fn patience(&self, shard: Shard, now: Instant) -> Duration {
        let is_recent = self.0.get(&shard).is_some_and(|at| now.duration_since(*at) < IMPATIENCE);
        if is_recent { Duration::ZERO } else { PATIENCE }
    }

    /// Its entries were left out.
    pub(super) fn left_out(&mut self, shard: Shard, now: Instant) {
        self.0.insert(shard, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_was_left_out_is_not_waited_for_again() {
        // Proves: the others wait for a full stream once, and again only after it had room for a while.
        let (start, mut full) = (Instant::now(), Full::default());
        assert_eq!(full.patience(Shard(1), start), PATIENCE);
        full.left_out(Shard(1), start);
        assert_eq!(full.patience(Shard(1), start + Duration::from_secs(59)), Duration::ZERO);
        assert_eq!(full.patience(Shard(2), start), PATIENCE);
        assert_eq!(full.patience(Shard(1), start + IMPATIENCE), PATIENCE);
    }
}
