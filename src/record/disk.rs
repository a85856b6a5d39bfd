//! What the log asks of a disk. Small, so that a test double can break every call.

use std::{fmt, io, sync::Arc};

/// One folder of files, owned by one process.
///
/// Contract: `create` makes the *name* durable before it returns; bytes are durable after a `sync` that succeeded and
/// came after their write. A `sync` that failed may have dropped what it should have written and must not be trusted
/// again for those bytes. A call that failed may or may not have had its effect.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Names of all files, in any order. Once it has returned, these names and no others survive a crash: a removed
    /// segment that came back after recovery would claim inputs that were written elsewhere since.
    ///
    /// # Errors
    /// The system's.
    fn list(&self) -> io::Result<Vec<String>>;

    /// A new, empty file. Refused when the name exists.
    ///
    /// # Errors
    /// The system's.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// An existing file, to read and write.
    ///
    /// # Errors
    /// The system's.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// Removes a file; unless `list` was called since, it may be back after a crash.
    ///
    /// # Errors
    /// The system's.
    fn remove(&self, name: &str) -> io::Result<()>;
}

/// One file. Writing past the end grows it.
pub trait DiskFile: Send + Sync + fmt::Debug {
    /// Bytes in the file.
    ///
    /// # Errors
    /// The system's.
    fn size(&self) -> io::Result<u64>;

    /// Fills `into` from `position`; returns how many bytes there were before the end of the file.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `position`.
    ///
    /// # Errors
    /// The system's; any prefix may have been written.
    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes all bytes written so far durable (fdatasync).
    ///
    /// # Errors
    /// The system's; see the contract of [`Disk`].
    fn sync(&self) -> io::Result<()>;
}
