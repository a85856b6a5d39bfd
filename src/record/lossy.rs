//! A disk that keeps only what its contract promises, and breaks every call, by a seed.
//!
//! A crash drops every write that no successful sync followed; by the seed it keeps a prefix of the last one, torn at
//! any byte, or any sectors of any of them. A call may fail before or after it had its effect, with EIO or ENOSPC. A sync that
//! failed marks what it should have written as clean, as Linux does: a later sync does not write it.

use super::disk::{Disk, DiskFile};
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

/// The disk; clones are the same disk.
#[derive(Clone, Debug)]
pub(super) struct LossyDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    files: BTreeMap<String, Content>,
    /// Removed, but a crash may bring them back.
    removed: BTreeMap<String, Content>,
    dice: Dice,
    faults: Faults,
    /// Bytes all files may take.
    room: usize,
    /// Calls until the power goes; then every call fails without effect until the crash.
    power: u64,
}

#[derive(Clone, Debug, Default)]
struct Content {
    durable: Vec<u8>,
    cached: Vec<u8>,
    dirty: Vec<(usize, Vec<u8>)>,
}

/// How calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Faults {
    /// No call fails.
    None,
    /// One call in this many fails.
    OneIn(u64),
    /// Every sync fails.
    Syncs,
}

/// xorshift64*: chance by a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice(u64);

const SECTOR: usize = 512;

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(u64::try_from(bound).expect("fits"))).expect("fits")
    }
}

impl LossyDisk {
    pub(super) fn new(seed: u64) -> Self {
        let (files, removed, dice) = (BTreeMap::new(), BTreeMap::new(), Dice::new(seed));
        Self(Arc::new(Mutex::new(State {
            files,
            removed,
            dice,
            faults: Faults::None,
            room: usize::MAX,
            power: u64::MAX,
        })))
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    pub(super) fn set_room(&self, bytes: usize) {
        self.lock().room = bytes;
    }

    /// Lets the power go after this many calls, which may be in the middle of a commit.
    pub(super) fn power_off_after(&self, calls: u64) {
        self.lock().power = calls;
    }

    /// The power goes and comes back: handles from before must not be used again.
    pub(super) fn crash(&self) {
        let state = &mut *self.lock();
        state.power = u64::MAX;
        for (name, content) in std::mem::take(&mut state.removed) {
            if state.dice.below(2) == 0 {
                state.files.entry(name).or_insert(content);
            }
        }
        for content in state.files.values_mut() {
            content.crash(&mut state.dice);
        }
    }

    /// Writes a file as it is, durably: damage for tests.
    pub(super) fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.lock();
        let content = state.files.entry(name.to_owned()).or_default();
        change(&mut content.cached);
        content.durable = content.cached.clone();
    }

    /// The bytes of a file.
    pub(super) fn bytes(&self, name: &str) -> Vec<u8> {
        self.lock().files.get(name).map(|content| content.cached.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics with the disk locked")
    }
}

impl State {
    /// Does `effect` and reports it, or fails before or after it by the dice.
    fn call<T>(&mut self, effect: impl FnOnce(&mut Self) -> io::Result<T>) -> io::Result<T> {
        self.draw_power()?;
        let Faults::OneIn(calls) = self.faults else { return effect(self) };
        if self.dice.below(calls) != 0 {
            return effect(self);
        }
        let kind = if self.dice.below(2) == 0 { io::ErrorKind::StorageFull } else { io::ErrorKind::Other };
        if self.dice.below(2) == 0 {
            effect(self)?;
        }
        Err(io::Error::from(kind))
    }

    fn draw_power(&mut self) -> io::Result<()> {
        self.power = self.power.checked_sub(1).ok_or_else(|| io::Error::other("no power"))?;
        Ok(())
    }

    fn used(&self) -> usize {
        self.files.values().map(|content| content.cached.len()).sum()
    }
}

impl Content {
    fn write(&mut self, at: usize, bytes: &[u8]) {
        put(&mut self.cached, at, bytes);
        self.dirty.push((at, bytes.to_vec()));
    }

    fn sync(&mut self) {
        for (at, bytes) in std::mem::take(&mut self.dirty) {
            put(&mut self.durable, at, &bytes);
        }
    }

    fn crash(&mut self, dice: &mut Dice) {
        let mut dirty = std::mem::take(&mut self.dirty);
        match dice.below(3) {
            0 => self.keep_torn(dirty.pop(), dice),
            1 => dirty.iter().for_each(|(at, bytes)| self.keep_sectors(*at, bytes, dice)),
            _ => {}
        }
        self.cached = self.durable.clone();
    }

    fn keep_torn(&mut self, last: Option<(usize, Vec<u8>)>, dice: &mut Dice) {
        let Some((at, bytes)) = last else { return };
        let torn = dice.index(bytes.len() + 1);
        put(&mut self.durable, at, &bytes[..torn]);
    }

    fn keep_sectors(&mut self, at: usize, bytes: &[u8], dice: &mut Dice) {
        for (sector, part) in bytes.chunks(SECTOR).enumerate() {
            if dice.below(2) == 0 {
                put(&mut self.durable, at + sector * SECTOR, part);
            }
        }
    }
}

fn put(into: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if into.len() < at + bytes.len() {
        into.resize(at + bytes.len(), 0);
    }
    into[at..at + bytes.len()].copy_from_slice(bytes);
}

impl Disk for LossyDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.lock().call(|state| {
            state.removed.clear();
            Ok(state.files.keys().cloned().collect())
        })
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.lock().call(|state| {
            if state.files.contains_key(name) {
                return Err(io::Error::from(io::ErrorKind::AlreadyExists));
            }
            state.removed.remove(name);
            state.files.insert(name.to_owned(), Content::default());
            Ok(())
        })?;
        Ok(Arc::new(LossyFile { disk: self.clone(), name: name.to_owned() }))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.lock().call(|state| {
            let found = state.files.contains_key(name);
            found.then_some(()).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        })?;
        Ok(Arc::new(LossyFile { disk: self.clone(), name: name.to_owned() }))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.lock().call(|state| {
            let content = state.files.remove(name).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            state.removed.insert(name.to_owned(), content);
            Ok(())
        })
    }
}

#[derive(Debug)]
struct LossyFile {
    disk: LossyDisk,
    name: String,
}

impl LossyFile {
    fn with<T>(&self, effect: impl FnOnce(&mut Content) -> T) -> io::Result<T> {
        self.disk.lock().call(|state| {
            let content = state.files.get_mut(&self.name);
            content.map(effect).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        })
    }
}

fn usize_of(position: u64) -> usize {
    usize::try_from(position).expect("tests are small")
}

impl DiskFile for LossyFile {
    fn size(&self) -> io::Result<u64> {
        self.with(|content| u64::try_from(content.cached.len()).expect("fits"))
    }

    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        self.with(|content| {
            let rest = content.cached.get(usize_of(position)..).unwrap_or_default();
            let read = rest.len().min(into.len());
            into[..read].copy_from_slice(&rest[..read]);
            read
        })
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.draw_power()?;
        let size = state.files.get(&self.name).map_or(0, |content| content.cached.len());
        let grows = (usize_of(position) + bytes.len()).saturating_sub(size);
        if grows > 0 && state.used() + grows > state.room {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        if let Faults::OneIn(calls) = state.faults
            && state.dice.below(2 * calls) == 0
        {
            let torn = state.dice.index(bytes.len() + 1);
            if let Some(content) = state.files.get_mut(&self.name) {
                content.write(usize_of(position), &bytes[..torn]);
            }
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        drop(state);
        self.with(|content| content.write(usize_of(position), bytes))
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.draw_power()?;
        let fails_before = match state.faults {
            Faults::None => false,
            Faults::Syncs => true,
            Faults::OneIn(calls) => state.dice.below(2 * calls) == 0,
        };
        if fails_before {
            if let Some(content) = state.files.get_mut(&self.name) {
                content.dirty.clear();
            }
            return Err(io::Error::other("sync failed"));
        }
        drop(state);
        self.with(Content::sync)
    }
}
