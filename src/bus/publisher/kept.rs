//! The publish cursor in its file. It may be older than what is published, which makes duplicates; it is never newer. Any doubt about
//! it counts as not there: the publisher then goes on from what workers committed.

use super::packer::Progress;
use crate::model::{
    ids::GatewayNumber,
    shard::{Shard, Shards},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Name of the file in the record's folder.
const NAME: &str = "published.json";

/// Where the cursor is kept.
#[derive(Debug)]
pub(super) struct Kept {
    path: PathBuf,
    gateway: GatewayNumber,
    shards: Shards,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    gateway: GatewayNumber,
    shards: Shards,
    upto: u64,
    last: Vec<(Shard, u64)>,
}

impl Kept {
    pub(super) fn new(folder: &Path, gateway: GatewayNumber, shards: Shards) -> Self {
        Self { path: folder.join(NAME), gateway, shards }
    }

    /// What was kept; `None` when there is nothing that can be relied on for a journal that holds `first..=durable`.
    pub(super) fn load(&self, first: u64, durable: u64) -> Option<Progress> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(path = %self.path.display(), %error, "the publish cursor cannot be read");
                }
                return None;
            }
        };
        let text: Text = match serde_json::from_slice(&bytes) {
            Ok(text) => text,
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the publish cursor is damaged");
                return None;
            }
        };
        let ours = text.gateway == self.gateway && text.shards == self.shards;
        let within =
            text.upto <= durable && text.upto + 1 >= first && text.last.iter().all(|(_, last)| *last <= text.upto);
        (ours && within).then(|| Progress { upto: text.upto, last: text.last.into_iter().collect() })
    }

    /// Replaces the file in one step. Not synced: after a power loss an older or no cursor does no harm.
    pub(super) fn save(&self, progress: &Progress) -> io::Result<()> {
        let last = progress.last.iter().map(|(shard, number)| (*shard, *number)).collect();
        let text = Text { gateway: self.gateway, shards: self.shards, upto: progress.upto, last };
        let fresh = self.path.with_extension("json.new");
        fs::write(&fresh, serde_json::to_vec(&text)?)?;
        fs::rename(&fresh, &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cursor_that_fits_is_used() {
        // Proves: a cursor comes back; of another gateway, another number of shards, beyond the journal or damaged it does not.
        let folder = tempfile::tempdir().expect("a folder");
        let shards = Shards::new(4).expect("a count");
        let kept = Kept::new(folder.path(), GatewayNumber(3), shards);
        assert_eq!(kept.load(1, 100), None);
        let progress = Progress { upto: 9, last: [(Shard(1), 7), (Shard(3), 9)].into() };
        kept.save(&progress).expect("written");
        assert_eq!(kept.load(1, 9), Some(progress.clone()));
        assert_eq!(kept.load(10, 50), Some(progress));
        assert_eq!((kept.load(1, 8), kept.load(11, 50)), (None, None));
        assert_eq!(Kept::new(folder.path(), GatewayNumber(4), shards).load(1, 9), None);
        assert_eq!(Kept::new(folder.path(), GatewayNumber(3), Shards::ONE).load(1, 9), None);
        fs::write(folder.path().join(NAME), "{").expect("written");
        assert_eq!(kept.load(1, 9), None);
    }
}
