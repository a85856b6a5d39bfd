//! The data folder opened: clock, record, store. Everything that runs or judges begins here.

use super::{AppError, ledger, map, policy};
use crate::{
    clock::{Clock, ClockError, ClockWish},
    config::Config,
    model::ids::Seq,
    record::{RecordError, journal::Journal},
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
    /// Opens or makes the folder, recovers what a crash left, and sees to it that the record knows every ledger revision and policy.
    ///
    /// # Errors
    /// The folder cannot be made, is in use, was filled under another clock, or its record or store is damaged.
    pub async fn open(config: &Config, wish: ClockWish) -> Result<Self, AppError> {
        make(&config.data)?;
        let journal = Journal::open(&config.data.join("record"), config.record.clone())?;
        refuse_lost_clock(&config.data, &journal)?;
        let clock = Clock::open(&config.data, wish)?;
        let store = Arc::new(open(&config.data.join("muckwatch.sqlite")).await?);
        map::adopt(&config.data, &*store).await?;
        let house = Self { clock, journal, store };
        ledger::mend(&house).await?;
        policy::mend(&house).await?;
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

/// A record without its clock is not given a new one: another kind of clock, or another anchor, would mix two times in it.
fn refuse_lost_clock(folder: &Path, journal: &Journal) -> Result<(), AppError> {
    let lost = journal.durable().borrow().0 > 0 && !folder.join("clock.json").exists();
    if lost { Err(ClockError::Lost(folder.to_path_buf()).into()) } else { Ok(()) }
}

/// Refuses a record that ends before what was judged of it: new inputs would get numbers that count as judged already.
pub(super) fn refuse_lost_inputs(judged: Seq, journal: &Journal) -> Result<(), RecordError> {
    let durable = *journal.durable().borrow();
    if judged <= durable {
        return Ok(());
    }
    let what = format!(
        "inputs up to {} were judged, the record ends with {}: restore the record, or move muckwatch.sqlite away and start \
         with --ledger to judge again what is left",
        judged.0, durable.0
    );
    Err(RecordError::Corrupt { what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{input::Event, time::Timestamp},
        record::{NewInput, config::RecordConfig},
    };

    #[test]
    fn a_record_without_its_clock_or_its_end_is_refused() {
        // Proves: a lost clock.json is not made anew under a filled record, and a record shorter than what was judged
        // does not swallow new inputs.
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(&folder.path().join("record"), RecordConfig::default()).expect("a record");
        refuse_lost_clock(folder.path(), &journal).expect("an empty record needs no clock");
        let tick = NewInput { received: Timestamp::from_millis(0), event: Event::Tick };
        assert_eq!(journal.append_blocking(vec![tick]).expect("durable").last(), Seq(1));
        assert!(matches!(refuse_lost_clock(folder.path(), &journal), Err(AppError::Clock(ClockError::Lost(_)))));
        std::fs::write(folder.path().join("clock.json"), "{}").expect("a file");
        refuse_lost_clock(folder.path(), &journal).expect("it is there");
        refuse_lost_inputs(Seq(1), &journal).expect("all of it is there");
        assert!(matches!(refuse_lost_inputs(Seq(2), &journal), Err(RecordError::Corrupt { .. })));
    }
}
