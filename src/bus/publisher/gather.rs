//! Reading what is copied and not published yet, and packing it.

use super::{Interrupt, Publisher, packer::Group};
use crate::{
    bus::frames::BusError,
    model::{ids::Seq, input::Input},
    record::RecordError,
};
use std::time::Duration;
use tokio::time::timeout;

impl Publisher {
    /// A moment for others to share the entries.
    pub(super) async fn linger(&mut self) -> Result<(), Interrupt> {
        let patience = Duration::from_millis(self.parts.config.entry_ms);
        let enough = self.progress.upto.saturating_add(self.parts.config.entry_frames_max as u64);
        let full = timeout(patience, self.parts.copied.wait_for(|copied| copied.0 >= enough));
        match self.stop.run_until_cancelled(full).await {
            Some(_) => Ok(()),
            None => Err(Interrupt::Stopped),
        }
    }

    /// Reads and packs what follows, away from the runtime's threads.
    pub(super) async fn gather(&mut self) -> Result<Group, Interrupt> {
        let mut pause = self.parts.config.pause();
        loop {
            match self.read().await {
                Ok(inputs) => return Ok(self.packer.pack(inputs)),
                Err(BusError::Corrupt(what)) => return Err(Interrupt::Broken(BusError::Corrupt(what))),
                Err(BusError::Lost(what)) => {
                    tracing::warn!(what, "the journal let go of what comes next; workers read it from the record");
                    return Err(Interrupt::Lost);
                }
                Err(error) => self.failed("reading the journal", &error, &mut pause).await?,
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Input>, BusError> {
        let next = Seq(self.progress.upto + 1);
        let mut reader = self.reader.take().unwrap_or_else(|| self.parts.journal.read_from(next));
        let waiting = usize::try_from(self.copied() - self.progress.upto).unwrap_or(usize::MAX);
        let most = waiting.min(self.parts.config.group_frames_max);
        let read = tokio::task::spawn_blocking(move || {
            let inputs: Result<Vec<Input>, RecordError> = reader.by_ref().take(most).collect();
            inputs.map(|inputs| (reader, inputs))
        });
        let read = read.await.map_err(|error| BusError::Corrupt(format!("reading the journal ended: {error}")))?;
        let (reader, inputs) = read.map_err(|error| match error {
            RecordError::Forgotten { .. } => BusError::Lost(error.to_string()),
            other => other.into(),
        })?;
        self.reader = Some(reader);
        Ok(inputs)
    }
}
