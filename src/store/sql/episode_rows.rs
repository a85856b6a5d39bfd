//! Episodes to rows and back. The body is the whole row; the columns beside it are derived from it and never read back.

use super::{
    episode_entity::{correction, episode},
    text::{from_text, kind, to_checked_text, to_i64, to_text, to_u64},
};
use crate::{
    cases::{
        change::EpisodeChange,
        row::{EpisodeRow, EpisodeState},
    },
    model::{ids::Seq, shard::Shard, time::Timestamp},
    rules::observation::Subject,
    store::{
        codes::code,
        episodes::{AppendNumber, StoredCorrection, StoredEpisode},
        error::StoreError,
    },
};

/// Where a row stands among the corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Appends {
    /// Of its first correction.
    pub(super) first: i64,
    /// Of its newest.
    pub(super) last: i64,
}

/// A row to store.
pub(super) fn store_episode(row: &EpisodeRow, shard: Shard, appends: Appends) -> Result<episode::Model, StoreError> {
    let found = &row.found;
    Ok(episode::Model {
        episode: row.id.to_string(),
        append: appends.first,
        last_append: appends.last,
        rule: found.rule.code().to_owned(),
        subject: to_text(&found.subject)?,
        object: to_text(&found.object)?,
        terminal: row.terminal.to_string(),
        vehicle: match &found.subject {
            Subject::Vehicle(vehicle) => Some(vehicle.to_string()),
            Subject::Terminal(_) => None,
        },
        state: state_code(row.state),
        grade: found.stretch.grade.code().to_owned(),
        live: row.is_live(),
        open: row.is_open(),
        start_ms: found.start().as_millis(),
        last_ms: found.end_or_last().as_millis(),
        settled_ms: found.settled.map(Timestamp::as_millis),
        body: to_checked_text("body", row)?,
        shard: shard.0.into(),
    })
}

/// The code of a state, as `list` filters by it.
pub(super) fn state_code(state: EpisodeState) -> String {
    code(&state)
}

/// A stored row.
pub(super) fn read_episode(row: &episode::Model) -> Result<StoredEpisode, StoreError> {
    let body = from_text(&format!("body of episode {}", row.episode), &row.body)?;
    Ok(StoredEpisode {
        append: AppendNumber(to_u64("append", row.append)?),
        last_append: AppendNumber(to_u64("last_append", row.last_append)?),
        row: body,
    })
}

/// A correction to store.
pub(super) fn store_correction(
    change: &EpisodeChange,
    append: i64,
    body: String,
) -> Result<correction::Model, StoreError> {
    Ok(correction::Model {
        append,
        episode: change.row.id.to_string(),
        correction: change.correction.code().to_owned(),
        cause: to_text(&change.cause)?,
        seq: to_i64(change.seq.0)?,
        at_ms: change.at.as_millis(),
        body,
    })
}

/// A stored correction.
pub(super) fn read_correction(row: &correction::Model) -> Result<StoredCorrection, StoreError> {
    Ok(StoredCorrection {
        append: AppendNumber(to_u64("append", row.append)?),
        correction: kind("correction", &row.correction)?,
        cause: from_text("cause", &row.cause)?,
        seq: Seq(to_u64("seq", row.seq)?),
        at: Timestamp::from_millis(row.at_ms),
        row: from_text(&format!("body of correction {}", row.append), &row.body)?,
    })
}
