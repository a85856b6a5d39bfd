//! `GET /api/v1/health`: whether what comes in is kept and judged.

use crate::api::{problem::Problem, state::ApiState};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

/// State of the house.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct HealthAnswer {
    /// The worst of its parts.
    pub status: HealthStatus,
    /// The input log.
    pub record: RecordHealth,
    /// The judge.
    pub worker: WorkerHealth,
    /// Terminals connected.
    pub connections: u32,
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

/// The input log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordHealth {
    /// Last durable input.
    pub durable_seq: u64,
    /// Bytes it takes on disk.
    pub bytes: u64,
    /// Bytes it may take.
    pub max_bytes: u64,
    /// `open`, `full` or `failed`.
    pub state: RecordStateName,
    /// What is wrong, if anything.
    pub alarm: Option<String>,
}

/// Whether the log takes inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordStateName {
    /// It takes inputs.
    Open,
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
    /// Durable inputs not yet judged.
    pub lag_inputs: u64,
    /// Receive time of the last tick judged, ms UTC.
    pub last_tick_ms: Option<i64>,
}

/// State of the house. Always 200: the answer says how it is.
#[utoipa::path(get, path = "/api/v1/health", tag = "system", responses((status = 200, body = HealthAnswer)))]
pub(crate) async fn health(State(api): State<ApiState>) -> Result<Json<HealthAnswer>, Problem> {
    Err(api.not_connected())
}
