//! Other rules or another layout of the states than those that wrote the store: everything is folded again from the record.
//!
//! Two passes. The first folds all recorded frames up to the stored cursor, gateway by gateway, and keeps states and savepoints,
//! but none of its rows; the second judges each terminal's whole past and reconciles it with the rows that are stored, so that
//! ids and histories live on and what differs is appended as a correction. Verdicts are functions of sets: the ledger in force
//! and the last tick are all that is needed besides the frames.

use super::{WorkerError, WorkerParts, past::frames_since, patience::persevere};
use crate::{
    cases::change::Cause,
    engine::{
        Engine,
        output::Outputs,
        snapshot::{Head, Past, Rejudge},
    },
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Seq, TerminalId},
        input::{Event, Input, LedgerRevision},
        time::Timestamp,
    },
};
use std::sync::Arc;

/// Inputs read at once.
const PAGE: usize = 4_096;
/// Inputs between two lines of progress in the log.
const PROGRESS_INPUTS: usize = 1_000_000;

/// Folds the record up to `head` and says what must be written.
pub(super) async fn rebuild(
    parts: &WorkerParts,
    head: &Head,
    ledger: Option<Arc<LedgerRevision>>,
) -> Result<(Engine, Outputs), WorkerError> {
    let (mut engine, mut out) = (Engine::afresh(head, ledger)?, Outputs::default());
    for (gateway, upto) in head.cursor.gateways().filter(|(gateway, _)| *gateway != GatewayNumber::CONTROL) {
        fold(parts, &mut engine, (gateway, upto), &mut out).await?;
    }
    if let Some(at) = head.last_tick {
        let seq = Seq::of(GatewayNumber::CONTROL, Seq::NUMBER_MAX);
        engine.apply(&Input { seq, received: at, event: Event::Tick }, &mut out)?;
        quiet(&mut out);
    }
    engine.reach(head);
    let terminals: Vec<TerminalId> = engine.terminals().collect();
    for terminal in terminals {
        let past = whole_past(parts, terminal, &head.cursor).await?;
        engine.rejudge(&everything(terminal, engine.last_tick()), past, &mut out)?;
    }
    Ok((engine, out))
}

/// Folds one gateway's frames of this shard.
async fn fold(
    parts: &WorkerParts,
    engine: &mut Engine,
    (gateway, upto): (GatewayNumber, u64),
    out: &mut Outputs,
) -> Result<(), WorkerError> {
    let (mut after, mut done) = (0, 0);
    loop {
        let read = || parts.record.inputs_of(parts.shard, gateway, after, upto, PAGE);
        let page = persevere("frames of the past", read).await?;
        for input in page.iter().filter(|input| matches!(input.event, Event::Frame(_))) {
            engine.apply(input, out)?;
            quiet(out);
        }
        done += page.len();
        if page.len() < PAGE {
            return Ok(());
        }
        after = page.last().map_or(upto, |last| last.seq.number());
        if done % PROGRESS_INPUTS < PAGE {
            tracing::info!(shard = %parts.shard, %gateway, at = after, of = upto, "rebuilding from the record");
        }
    }
}

/// Rows of the first pass do not count.
fn quiet(out: &mut Outputs) {
    out.episodes.clear();
    out.live.clear();
}

async fn whole_past(parts: &WorkerParts, terminal: TerminalId, cursor: &Cursor) -> Result<Past, WorkerError> {
    let rows = persevere("rows", || parts.store.past_rows(terminal, None)).await?;
    let frames = frames_since(parts, terminal, Timestamp::BEGINNING, cursor).await?;
    Ok(Past { savepoint: None, later_savepoints: Vec::new(), rows, frames })
}

fn everything(terminal: TerminalId, last_tick: Option<Timestamp>) -> Rejudge {
    let recorded = last_tick.unwrap_or(Timestamp::BEGINNING);
    Rejudge { terminal, from: Timestamp::BEGINNING, until: Timestamp::FOREVER, cause: Cause::Rules, recorded }
}
