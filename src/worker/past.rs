//! What a re-judgement needs of the past: savepoints and rows from the store, frames from the record.

use super::{WorkerError, WorkerParts, patience::persevere};
use crate::{
    engine::snapshot::{Past, Rejudge},
    model::{cursor::Cursor, time::Timestamp},
};

/// Gathers it. The caller has committed: store and engine agree.
pub(super) async fn gather(parts: &WorkerParts, order: &Rejudge, cursor: &Cursor) -> Result<Past, WorkerError> {
    let store = &parts.store;
    let savepoints = persevere("savepoints", || store.savepoints(order.terminal, order.from)).await?;
    let hour = savepoints.at_or_before.as_ref().map(|savepoint| savepoint.at);
    let rows = persevere("rows", || store.past_rows(order.terminal, hour)).await?;
    let from = hour.unwrap_or(Timestamp::BEGINNING);
    let frames = parts.journal.frames_of(order.terminal, from, cursor.last()).collect::<Result<_, _>>()?;
    Ok(Past { savepoint: savepoints.at_or_before, later_savepoints: savepoints.later, rows, frames })
}
