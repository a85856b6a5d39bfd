//! Other rules or another layout of the states than those that wrote the store: everything is folded again from the record.
//!
//! Two passes. The first folds all inputs up to the stored cursor and keeps states and savepoints, but none of its rows; the
//! second judges each terminal's whole past and reconciles it with the rows that are stored, so that ids and histories live on
//! and what differs is appended as a correction.

use super::{WorkerError, WorkerParts, past, patience::persevere};
use crate::{
    cases::change::Cause,
    engine::{
        Engine,
        output::Outputs,
        snapshot::{Past, Rejudge},
    },
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, TerminalId},
        shard::Shard,
        time::Timestamp,
    },
};

/// Inputs between two lines of progress in the log.
const PROGRESS_INPUTS: u64 = 1_000_000;
/// Inputs read at once: some 5 MB.
const PAGE_INPUTS: usize = 16_384;

/// Folds the record up to `cursor` and says what must be written.
pub(super) async fn rebuild(parts: &WorkerParts, cursor: &Cursor) -> Result<(Engine, Outputs), WorkerError> {
    let (mut engine, mut out) = (Engine::new(), Outputs::default());
    for (gateway, upto) in cursor.gateways() {
        fold(parts, &mut engine, &mut out, Stretch { gateway, upto }).await?;
    }
    let terminals: Vec<TerminalId> = engine.terminals().collect();
    for terminal in terminals {
        let past = whole_past(parts, terminal, cursor).await?;
        engine.rejudge(&everything(terminal, engine.last_tick()), past, &mut out)?;
    }
    Ok((engine, out))
}

/// One gateway's inputs up to a number.
#[derive(Clone, Copy)]
struct Stretch {
    gateway: GatewayNumber,
    upto: u64,
}

/// Folds them, page by page.
async fn fold(parts: &WorkerParts, engine: &mut Engine, out: &mut Outputs, of: Stretch) -> Result<(), WorkerError> {
    let (record, mut after) = (&parts.record, 0);
    loop {
        let read = || record.inputs_of(Shard::ALONE, of.gateway, after, of.upto, PAGE_INPUTS);
        let page = persevere("the record", read).await?;
        for input in &page {
            engine.apply(input, out)?;
            out.episodes.clear();
            out.live.clear();
            if input.seq.number() % PROGRESS_INPUTS == 0 {
                tracing::info!(done = input.seq.number(), of = of.upto, "rebuilding from the record");
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE_INPUTS => after = last.seq.number(),
            _ => return Ok(()),
        }
    }
}

async fn whole_past(parts: &WorkerParts, terminal: TerminalId, cursor: &Cursor) -> Result<Past, WorkerError> {
    let rows = parts.store.past_rows(terminal, None).await?;
    let frames = past::frames_since(parts, terminal, Timestamp::BEGINNING, cursor).await?;
    Ok(Past { savepoint: None, later_savepoints: Vec::new(), rows, frames })
}

fn everything(terminal: TerminalId, last_tick: Option<Timestamp>) -> Rejudge {
    let recorded = last_tick.unwrap_or(Timestamp::BEGINNING);
    Rejudge { terminal, from: Timestamp::BEGINNING, until: Timestamp::FOREVER, cause: Cause::Rules, recorded }
}
