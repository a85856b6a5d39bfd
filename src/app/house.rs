//! The data folder opened: clock, record, store. Everything that runs or judges begins here.

use super::{AppError, ledger};
use crate::{
    clock::{Clock, ClockWish},
    config::Config,
    record::journal::Journal,
    store::{SqlStore, open},
};
use std::{fs, path::Path, sync::Arc};

/// What a data folder holds, opened. One process at a time: the record holds the folder's lock.
#[derive(Clone, Debug)]
pub struct House {
    /// The folder's clock.
    pub clock: Clock,
    /// The input log.
    pub journal: Journal,
    /// Ledger, episodes, query log.
    pub store: Arc<SqlStore>,
}

impl House {
    /// Opens or makes the folder, recovers what a crash left, and sees to it that the record knows every ledger revision.
    ///
    /// # Errors
    /// The folder cannot be made, is in use, was filled under another clock, or its record or store is damaged.
    pub async fn open(config: &Config, wish: ClockWish) -> Result<Self, AppError> {
        make(&config.data)?;
        let journal = Journal::open(&config.data.join("record"), config.record.clone())?;
        let clock = Clock::open(&config.data, wish)?;
        let store = Arc::new(open(&config.data.join("muckwatch.sqlite")).await?);
        let house = Self { clock, journal, store };
        ledger::mend(&house).await?;
        Ok(house)
    }

    /// Lets go of the folder: what was appended is durable or was never acknowledged.
    pub fn close(self) {
        self.journal.close();
    }
}

fn make(folder: &Path) -> Result<(), AppError> {
    fs::create_dir_all(folder).map_err(|source| AppError::Folder { folder: folder.to_path_buf(), source })
}
