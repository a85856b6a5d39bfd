//! `GET /api/v1/clock`: what time it is here. The simulator and every screen go by it.

use crate::{
    api::state::ApiState,
    clock::{Clock, ClockKind, wall_now},
};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

/// The server's clock.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct ClockAnswer {
    /// Its reading, ms UTC.
    pub now_ms: i64,
    /// Which kind of clock.
    pub kind: ClockKindName,
    /// Seconds of it a wall second.
    pub factor: f64,
    /// Wall time of the server, ms UTC.
    pub server_wall_ms: i64,
}

/// Kinds of clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockKindName {
    /// Wall time.
    Wall,
    /// 模拟时钟: runs faster.
    Scaled,
    /// The receive times of a capture.
    Given,
}

impl From<ClockKind> for ClockKindName {
    fn from(kind: ClockKind) -> Self {
        match kind {
            ClockKind::Wall => Self::Wall,
            ClockKind::Scaled(_) => Self::Scaled,
            ClockKind::Given => Self::Given,
        }
    }
}

impl From<&Clock> for ClockAnswer {
    fn from(clock: &Clock) -> Self {
        Self {
            now_ms: clock.now().as_millis(),
            kind: clock.kind().into(),
            factor: clock.kind().factor(),
            server_wall_ms: wall_now().as_millis(),
        }
    }
}

/// The server's clock.
#[utoipa::path(get, path = "/api/v1/clock", tag = "system", responses((status = 200, body = ClockAnswer)))]
pub(crate) async fn clock(State(api): State<ApiState>) -> Json<ClockAnswer> {
    Json(ClockAnswer::from(&api.clock))
}
