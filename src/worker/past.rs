//! What a re-judgement needs of the past: savepoints and rows from the store, frames from the record.

use super::{WorkerError, WorkerParts, patience::persevere};
use crate::{
    engine::snapshot::{Past, Rejudge},
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, TerminalId},
        input::Input,
        time::Timestamp,
    },
    record::{RecordError, recorded::Recorded},
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
    let read = async || {
        reaches(record.as_ref(), cursor).await?;
        record.frames_of(terminal, from, Timestamp::FOREVER, usize::MAX).await
    };
    let mut frames = persevere("frames of the past", read).await?;
    frames.retain(|input| cursor.covers(input.seq));
    Ok(frames)
}

/// Refuses a record that ends before what the engine has seen: it would judge again with frames missing, and say nothing.
async fn reaches(record: &dyn Recorded, cursor: &Cursor) -> Result<(), RecordError> {
    let heads = record.heads().await?;
    let head = |gateway| heads.iter().find(|(number, _)| *number == gateway).map_or(0, |(_, head)| *head);
    for (gateway, upto) in cursor.gateways().filter(|(gateway, _)| *gateway != GatewayNumber::CONTROL) {
        if head(gateway) < upto {
            let what = format!("the record of gateway {gateway} ends with {}, {upto} was judged", head(gateway));
            return Err(RecordError::Unavailable { what });
        }
    }
    Ok(())
}
