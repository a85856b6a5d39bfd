//! A real folder as a [`Disk`], locked against a second process.

use super::{
    RecordError,
    disk::{Disk, DiskFile},
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The lock's file name; its content says nothing, the lock is the system's.
const LOCK_NAME: &str = "lock";

/// A folder held by this process until the value is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Held, never read: the lock goes with the handle.
    _lock: File,
}

impl Folder {
    /// Takes a folder, made if it is missing.
    ///
    /// # Errors
    /// [`RecordError::InUse`] when another process holds it, [`RecordError::Failed`] when the system refuses.
    pub fn take(path: &Path) -> Result<Self, RecordError> {
        let failed =
            |call: &str, error: io::Error| RecordError::Failed { what: format!("{call} {}: {error}", path.display()) };
        std::fs::create_dir_all(path).map_err(|error| failed("creating", error))?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK_NAME));
        let lock = lock.map_err(|error| failed("opening the lock in", error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(RecordError::InUse { folder: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed("locking", error)),
        }
    }
}

impl Disk for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        File::open(&self.path)?.sync_all()?;
        let mut names = Vec::new();
        for found in std::fs::read_dir(&self.path)? {
            if let Ok(name) = found?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().create_new(true).read(true).write(true).open(self.path.join(name))?;
        File::open(&self.path)?.sync_all()?;
        Ok(Arc::new(FolderFile(file)))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.path.join(name))?;
        Ok(Arc::new(FolderFile(file)))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }
}

/// A file of the folder.
#[derive(Debug)]
struct FolderFile(File);

impl DiskFile for FolderFile {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let offset = position.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.0.read_at(rest, offset) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, position)
    }

    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
