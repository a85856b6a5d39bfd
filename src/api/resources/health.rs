//! `GET /api/v1/health`: whether what comes in is kept and judged.

use crate::{
    api::state::ApiState,
    model::time::Timestamp,
    record::{
        journal::Journal,
        stats::{Condition, RecordStats},
    },
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// State of the house.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthAnswer {
    /// The worst of its parts.
    pub status: HealthStatus,
    /// The input log that this process writes; `null` where others write it.
    pub record: Option<RecordHealth>,
    /// The judge.
    pub worker: WorkerHealth,
    /// Terminals connected.
    pub connections: u64,
    /// What the gateway counted since its start.
    pub gateway: BTreeMap<&'static str, u64>,
    /// Fixes since the start, by what the quality gate said of them.
    pub quality: BTreeMap<&'static str, u64>,
    /// Frames since the start that were recorded although their body could not be read.
    pub unreadable_frames: u64,
    /// Terminals on the live board.
    pub terminals_live: u64,
    /// Live sessions open.
    pub live_sessions: u64,
}

/// One word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// All well.
    Ok,
    /// Something lags or is near a limit.
    Degraded,
    /// Frames are not acknowledged.
    Failed,
}

impl From<Condition> for RecordStateName {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Good => Self::Good,
            Condition::NearlyFull => Self::NearlyFull,
            Condition::Full => Self::Full,
            Condition::Failed => Self::Failed,
        }
    }
}

/// The input log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordHealth {
    /// Last durable input.
    pub durable_seq: u64,
    /// Bytes it takes on disk.
    pub bytes: u64,
    /// Bytes it may take.
    pub max_bytes: u64,
    /// Whether it takes inputs.
    pub state: RecordStateName,
    /// What the screens must say, Chinese; `null` when all is well.
    pub alarm: Option<String>,
    /// The same, English.
    pub alarm_en: Option<String>,
}

/// Whether the log takes inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordStateName {
    /// It takes inputs.
    Good,
    /// It takes inputs into its last segment.
    NearlyFull,
    /// No room: nothing is acknowledged.
    Full,
    /// The disk failed: nothing is acknowledged.
    Failed,
}

/// The judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkerHealth {
    /// Last input judged and committed.
    pub cursor: u64,
    /// Durable inputs not yet judged; `null` where this process does not know.
    pub lag_inputs: Option<u64>,
    /// Receive time of the last tick judged, ms UTC; `null` before the first.
    pub last_tick_ms: Option<i64>,
    /// Why it stopped judging; `null` while it judges.
    pub halted: Option<&'static str>,
}

/// State of the house. Always 200: the answer says how it is.
#[utoipa::path(get, path = "/api/v1/health", tag = "system", responses((status = 200, body = HealthAnswer)))]
pub(crate) async fn health(State(api): State<ApiState>) -> Json<HealthAnswer> {
    let (stats, worker) = (api.journal.as_ref().map(Journal::stats), api.live.worker());
    let lag_inputs = stats.as_ref().map(|stats| stats.durable.0.saturating_sub(worker.cursor.0));
    let mut terminals_live = 0;
    api.live.scan(|_, _| terminals_live += 1);
    let worker = WorkerHealth {
        cursor: worker.cursor.0,
        lag_inputs,
        last_tick_ms: worker.last_tick.map(Timestamp::as_millis),
        halted: worker.halted,
    };
    let figures = api.live.figures();
    Json(HealthAnswer {
        status: status(stats.as_ref(), &worker, standstill_s(&api)),
        connections: figures.gateway.get("connections").copied().unwrap_or_default(),
        gateway: figures.gateway,
        quality: figures.quality,
        unreadable_frames: figures.unreadable,
        terminals_live,
        live_sessions: api.sessions_open(),
        record: stats.as_ref().map(record),
        worker,
    })
}

/// Inputs a worker may be behind before it counts as lagging: some ten seconds of a district's bursts.
const LAG_MAX: u64 = 50_000;

/// Seconds of wall time without a tick judged, of a house whose record is not here, before judging counts as standing still: a
/// fail-over passes.
const STANDSTILL_S: f64 = 15.0;

/// Seconds of wall time since the newest tick judged; 0 before the first.
fn standstill_s(api: &ApiState) -> f64 {
    let Some(tick) = api.live.worker().newest_tick else { return 0.0 };
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some hours")]
    let behind_ms = api.clock.now().since(tick).as_millis() as f64;
    behind_ms / api.clock.kind().factor() / 1_000.0
}

fn status(stats: Option<&RecordStats>, worker: &WorkerHealth, standstill_s: f64) -> HealthStatus {
    match stats.map_or(Condition::Good, |stats| stats.condition) {
        Condition::Full | Condition::Failed => HealthStatus::Failed,
        Condition::NearlyFull => HealthStatus::Degraded,
        Condition::Good if worker.halted.is_some() => HealthStatus::Failed,
        Condition::Good if worker.lag_inputs > Some(LAG_MAX) => HealthStatus::Degraded,
        Condition::Good if stats.is_none() && standstill_s > STANDSTILL_S => HealthStatus::Degraded,
        Condition::Good => HealthStatus::Ok,
    }
}

fn record(stats: &RecordStats) -> RecordHealth {
    let alarm = stats.alarm();
    RecordHealth {
        durable_seq: stats.durable.0,
        bytes: stats.bytes,
        max_bytes: stats.bytes_max,
        state: stats.condition.into(),
        alarm: alarm.map(|alarm| alarm.zh.to_owned()),
        alarm_en: alarm.map(|alarm| alarm.en.to_owned()),
    }
}
