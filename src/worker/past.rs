//! What a re-judgement needs of the past: savepoints and rows from the store, frames from the record.

use super::{WorkerError, WorkerParts, patience::persevere};
use crate::{
    engine::snapshot::{Past, Rejudge},
    model::{cursor::Cursor, ids::TerminalId, input::Input, time::Timestamp},
};

/// Gathers it. The caller has committed: store and engine agree.
pub(super) async fn gather(parts: &WorkerParts, order: &Rejudge, cursor: &Cursor) -> Result<Past, WorkerError> {
    let store = &parts.store;
    let savepoints = persevere("savepoints", || store.savepoints(order.terminal, order.from)).await?;
    let hour = savepoints.at_or_before.as_ref().map(|savepoint| savepoint.at);
    let rows = persevere("rows", || store.past_rows(order.terminal, hour)).await?;
    let from = hour.unwrap_or(Timestamp::BEGINNING);
    let frames = frames_since(parts, order.terminal, from, cursor).await?;
    Ok(Past { savepoint: savepoints.at_or_before, later_savepoints: savepoints.later, rows, frames })
}

/// The terminal's frames from an event time on that the engine has seen.
pub(super) async fn frames_since(
    parts: &WorkerParts,
    terminal: TerminalId,
    from: Timestamp,
    cursor: &Cursor,
) -> Result<Vec<Input>, WorkerError> {
    let record = &parts.record;
    let read = || record.frames_of(terminal, from, Timestamp::FOREVER, usize::MAX);
    let mut frames = persevere("frames of the past", read).await?;
    frames.retain(|input| cursor.covers(input.seq));
    Ok(frames)
}
