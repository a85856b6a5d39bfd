//! The next segment, made ready before it is needed: rolling costs no stall, a failed disk call finds a fresh file, and
//! a full disk still has one segment of room.

use super::{config::RecordConfig, disk::Disk, disk::DiskFile, segment};
use std::{io, sync::Arc};

/// Makes, keeps and hands out spare segments; counts what all segments take.
#[derive(Debug)]
pub(super) struct Spares {
    disk: Arc<dyn Disk>,
    segment_bytes: u64,
    max_bytes: u64,
    next_id: u64,
    /// Bytes of all segment files, this spare included.
    allocated: u64,
    growing: Option<Growing>,
}

/// A segment file without a header.
#[derive(Debug)]
pub(super) struct Growing {
    pub(super) segment: u64,
    pub(super) file: Arc<dyn DiskFile>,
    /// Bytes already filled with zeros.
    pub(super) filled: u64,
}

/// Why there is no spare.
#[derive(Debug)]
pub(super) enum NoSpare {
    /// One more would be over the limit.
    Limit { allocated: u64, max_bytes: u64 },
    /// A call failed.
    Disk { what: String, error: io::Error },
}

/// How far the spare is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Ready,
    Growing,
}

/// Zeros written and synced at once. 1 MiB takes a quarter to half a millisecond on a quiet disk, so that no batch waits
/// long for it, and a large batch does not pay a second sync each time.
const SLICE: usize = 1 << 20;
static ZEROS: [u8; SLICE] = [0; SLICE];

impl Spares {
    /// `next_id` is unused, `allocated` counts all segment files, `left` is a spare found on disk.
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        config: &RecordConfig,
        next_id: u64,
        allocated: u64,
        left: Option<Growing>,
    ) -> Self {
        let (segment_bytes, max_bytes) = (config.segment_bytes, config.max_bytes);
        Self { disk, segment_bytes, max_bytes, next_id, allocated, growing: left }
    }

    /// Bytes of all segment files.
    pub(super) const fn allocated(&self) -> u64 {
        self.allocated
    }

    /// Bytes of the spare that are ready.
    pub(super) fn filled(&self) -> u64 {
        self.growing.as_ref().map_or(0, |spare| spare.filled)
    }

    /// Bytes of a whole spare.
    pub(super) const fn wanted(&self) -> u64 {
        self.segment_bytes
    }

    /// Does one slice of work on the spare.
    pub(super) fn tend(&mut self) -> Result<Progress, NoSpare> {
        let (segment, file, filled) = match &self.growing {
            Some(spare) => (spare.segment, Arc::clone(&spare.file), spare.filled),
            None => self.create()?,
        };
        let missing = self.segment_bytes.saturating_sub(filled);
        if missing == 0 {
            return Ok(Progress::Ready);
        }
        let slice = usize::try_from(missing).map_or(SLICE, |missing| missing.min(SLICE));
        let failed = |call: &str, error| NoSpare::Disk { what: format!("{call} {}", segment::name(segment)), error };
        file.write_at(filled, &ZEROS[..slice]).map_err(|error| failed("filling", error))?;
        if let Err(error) = file.sync() {
            self.discard();
            return Err(failed("syncing", error));
        }
        let grown = u64::try_from(slice).expect("a usize fits");
        self.allocated += grown;
        if let Some(spare) = &mut self.growing {
            spare.filled += grown;
        }
        Ok(if grown == missing { Progress::Ready } else { Progress::Growing })
    }

    /// Hands out the spare, finished now if it must be.
    pub(super) fn take(&mut self) -> Result<Growing, NoSpare> {
        while self.tend()? == Progress::Growing {}
        Ok(self.growing.take().expect("a tended spare is there"))
    }

    fn create(&mut self) -> Result<(u64, Arc<dyn DiskFile>, u64), NoSpare> {
        if self.allocated.saturating_add(self.segment_bytes) > self.max_bytes {
            return Err(NoSpare::Limit { allocated: self.allocated, max_bytes: self.max_bytes });
        }
        let segment = self.next_id;
        self.next_id += 1;
        let name = segment::name(segment);
        let file = self.disk.create(&name);
        let file = file.map_err(|error| NoSpare::Disk { what: format!("creating {name}"), error })?;
        self.growing = Some(Growing { segment, file: Arc::clone(&file), filled: 0 });
        Ok((segment, file, 0))
    }

    /// Gives the spare up: its file is not trusted after a failed sync.
    fn discard(&mut self) {
        if let Some(spare) = self.growing.take() {
            self.forget(spare.segment, spare.filled);
        }
    }

    /// Removes a segment file that holds nothing; if it cannot be removed it goes on counting.
    pub(super) fn forget(&mut self, segment: u64, bytes: u64) {
        match self.disk.remove(&segment::name(segment)) {
            Ok(()) => self.allocated = self.allocated.saturating_sub(bytes),
            Err(error) => tracing::warn!(segment, %error, "an unused segment file could not be removed"),
        }
    }
}
