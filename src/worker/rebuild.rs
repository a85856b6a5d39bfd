//! Other rules or another layout of the states than those that wrote the store: everything is folded again from the record.
//!
//! Two passes. The first folds all inputs up to the stored cursor and keeps states and savepoints, but none of its rows; the
//! second judges each terminal's whole past and reconciles it with the rows that are stored, so that ids and histories live on
//! and what differs is appended as a correction.

use super::{WorkerError, WorkerParts};
use crate::{
    cases::change::Cause,
    engine::{
        Engine,
        output::Outputs,
        snapshot::{Past, Rejudge},
    },
    model::{
        cursor::Cursor,
        ids::{Seq, TerminalId},
        time::Timestamp,
    },
};

/// Inputs between two lines of progress in the log.
const PROGRESS_INPUTS: u64 = 1_000_000;

/// Folds the record up to `cursor` and says what must be written.
pub(super) async fn rebuild(parts: &WorkerParts, cursor: &Cursor) -> Result<(Engine, Outputs), WorkerError> {
    let (mut engine, mut out) = (Engine::new(), Outputs::default());
    for input in parts.journal.read_from(Seq(1)) {
        let input = input?;
        if !cursor.covers(input.seq) {
            break;
        }
        engine.apply(&input, &mut out)?;
        out.episodes.clear();
        out.live.clear();
        if input.seq.0 % PROGRESS_INPUTS == 0 {
            tracing::info!(done = input.seq.0, of = cursor.last().0, "rebuilding from the record");
        }
    }
    let terminals: Vec<TerminalId> = engine.terminals().collect();
    for terminal in terminals {
        let past = whole_past(parts, terminal, cursor).await?;
        engine.rejudge(&everything(terminal, engine.last_tick()), past, &mut out)?;
    }
    Ok((engine, out))
}

async fn whole_past(parts: &WorkerParts, terminal: TerminalId, cursor: &Cursor) -> Result<Past, WorkerError> {
    let rows = parts.store.past_rows(terminal, None).await?;
    let frames = parts.journal.frames_of(terminal, Timestamp::BEGINNING, cursor.last()).collect::<Result<_, _>>()?;
    Ok(Past { savepoint: None, later_savepoints: Vec::new(), rows, frames })
}

fn everything(terminal: TerminalId, last_tick: Option<Timestamp>) -> Rejudge {
    let recorded = last_tick.unwrap_or(Timestamp::BEGINNING);
    Rejudge { terminal, from: Timestamp::BEGINNING, until: Timestamp::FOREVER, cause: Cause::Rules, recorded }
}
