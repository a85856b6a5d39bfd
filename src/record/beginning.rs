//! Where a spool begins: the first input that must be there, in a small file. A record that has forgotten nothing has none.
//!
//! ```text
//!  0    slot: u64 first input, u32 CRC-32 of it       512  another slot
//! ```
//! Slots are written in turn, each in a sector of its own, so that a torn write leaves the other; the greater holds. A segment
//! is removed only after its successor's first input is durable in here: then it does not matter which of the removed files a
//! crash brings back, and a segment that is missing without having been forgotten is still found.

use super::disk::{Disk, DiskFile};
use std::{io, sync::Arc};

const NAME: &str = "beginning";
const SLOT_BYTES: usize = 12;
/// Distance of the slots: a sector.
const SLOT_STEP: u64 = 512;
const SLOTS: u64 = 2;

/// The first input that must be there.
#[derive(Debug)]
pub(super) struct Beginning {
    first: u64,
    file: Option<Arc<dyn DiskFile>>,
    /// The slot to write next.
    slot: u64,
}

impl Beginning {
    /// Reads it; 1 when nothing was forgotten.
    pub(super) fn read(disk: &dyn Disk, names: &[String]) -> io::Result<Self> {
        let mut beginning = Self { first: 1, file: None, slot: 0 };
        if !names.iter().any(|name| name == NAME) {
            return Ok(beginning);
        }
        let file = disk.open(NAME)?;
        for slot in 0..SLOTS {
            if let Some(first) = slot_at(file.as_ref(), slot)?.filter(|first| *first > beginning.first) {
                (beginning.first, beginning.slot) = (first, (slot + 1) % SLOTS);
            }
        }
        beginning.file = Some(file);
        Ok(beginning)
    }

    /// The first input that must be there.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// Writes what was read again, into its own slot, and syncs: it may have been in the page cache only.
    pub(super) fn settle(&self) -> io::Result<()> {
        let current = (self.slot + SLOTS - 1) % SLOTS;
        match &self.file {
            Some(file) if self.first > 1 => put(file.as_ref(), current, self.first),
            _ => Ok(()),
        }
    }

    /// Makes `first` the durable beginning.
    pub(super) fn advance(&mut self, disk: &dyn Disk, first: u64) -> io::Result<()> {
        assert!(first > self.first, "what is forgotten does not come back");
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => self.create(disk)?,
        };
        put(file.as_ref(), self.slot, first)?;
        (self.first, self.slot) = (first, (self.slot + 1) % SLOTS);
        Ok(())
    }

    fn create(&mut self, disk: &dyn Disk) -> io::Result<Arc<dyn DiskFile>> {
        let file = match disk.create(NAME) {
            // A creation that failed may have had its effect.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // The list makes the name durable.
                disk.list()?;
                disk.open(NAME)?
            }
            created => created?,
        };
        self.file = Some(Arc::clone(&file));
        Ok(file)
    }
}

/// Makes a slot durable.
fn put(file: &dyn DiskFile, slot: u64, first: u64) -> io::Result<()> {
    let first = first.to_le_bytes();
    let mut bytes = [0; SLOT_BYTES];
    bytes[..first.len()].copy_from_slice(&first);
    bytes[first.len()..].copy_from_slice(&crc32fast::hash(&first).to_le_bytes());
    file.write_at(slot * SLOT_STEP, &bytes)?;
    file.sync()
}

/// What a slot says, if it holds.
fn slot_at(file: &dyn DiskFile, slot: u64) -> io::Result<Option<u64>> {
    let mut bytes = [0; SLOT_BYTES];
    if file.read_at(slot * SLOT_STEP, &mut bytes)? < SLOT_BYTES {
        return Ok(None);
    }
    let [first @ .., c0, c1, c2, c3] = bytes;
    let holds = crc32fast::hash(&first) == u32::from_le_bytes([c0, c1, c2, c3]);
    Ok(holds.then(|| u64::from_le_bytes(first)))
}
