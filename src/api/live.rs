//! `GET /api/v1/live` (WebSocket): what happens now.
//!
//! Server to client: one text `hello`, then text `slots` for terminals new on the board, text `alarm` for each change of an episode,
//! text `gap` when alarms were missed that no longer can be sent, and once a second one binary frame of positions (latest wins, only
//! what changed; also when nothing did: it is the heartbeat).
//! Client to server: text `view` to see one rectangle only.
//!
//! The binary frame, little-endian. Header, 24 bytes: u8 type = 1, u8 version = 1, u16 reserved, u32 count, i64 server clock in ms
//! UTC, i32 longitude and i32 latitude of the origin in 1e-6 degrees. Then `count` records of 16 bytes: u32 slot, i32 longitude and
//! i32 latitude from the origin in 1e-6 degrees, u16 speed in 0.1 km/h, u8 heading in 256ths of a turn, u8 status: bit 0 moving,
//! 1 stale, 2 lost, 3 alarmed, 4 loaded, 5 quarantined, 6 last fix rejected.

use super::{
    live_session, openapi,
    params::Params,
    problem::{Problem, ProblemCode},
    resources::{clock::ClockAnswer, row::ViolationRow, violation::ChangeName},
    state::ApiState,
};
use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    response::Response,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{
    IntoParams, PartialSchema, ToSchema,
    openapi::{RefOr, Schema, Type, schema::SchemaType},
};

/// Longest message of a client: a `view` takes some 100 bytes.
const MESSAGE_BYTES_MAX: usize = 1_024;

/// Where to go on.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LiveQuery {
    /// Alarms after this append number are sent first; only new ones unless given.
    pub after: Option<u64>,
}

/// Text messages of the server.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// First message.
    Hello {
        /// The server's clock.
        clock: ClockAnswer,
        /// Changes with every start of the server: slots of another epoch mean nothing.
        epoch: u64,
        /// Append number alarms will go on from.
        append: u64,
        /// All slots.
        slots: Vec<SlotView>,
    },
    /// Slots given since.
    Slots {
        /// The new ones, and those whose vehicle changed.
        slots: Vec<SlotView>,
    },
    /// An episode changed.
    Alarm {
        /// Append number of the change: give the greatest seen back as `after`.
        append: u64,
        /// What happened.
        change: ChangeName,
        /// The episode as it stands.
        violation: Box<ViolationRow>,
    },
    /// Alarms up to this append number were missed and are not sent: read `/api/v1/violations`.
    Gap {
        /// Last one missed.
        append: u64,
    },
}

/// Text messages of the client.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Send positions within this rectangle only.
    View {
        /// West, south, east, north in degrees.
        bbox: [f64; 4],
        /// Zoom of the map.
        zoom: f64,
    },
}

/// A slot: number, terminal, vehicle, plate number, plate colour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlotView(
    /// Slot number.
    pub u32,
    /// The device.
    pub String,
    /// Ledger code of the vehicle.
    pub Option<String>,
    /// Its plate number.
    pub Option<String>,
    /// Its plate colour.
    pub Option<super::names::PlateColourName>,
);

impl PartialSchema for SlotView {
    fn schema() -> RefOr<Schema> {
        let known = || openapi::place(SchemaType::from_iter([Type::String, Type::Null]));
        let places = vec![openapi::place(Type::Integer), openapi::place(Type::String), known(), known(), known()];
        openapi::tuple("Slot number, terminal, vehicle, plate number, plate colour (`PlateColourName`)", places)
    }
}

impl ToSchema for SlotView {}

/// What happens now, by WebSocket; the messages are the schemas `ServerMessage` and `ClientMessage`, the binary frame is in the
/// description of the protocol.
#[utoipa::path(get, path = "/api/v1/live", tag = "live", params(LiveQuery),
    responses((status = 101, description = "Switches to WebSocket")))]
pub(crate) async fn live(
    State(api): State<ApiState>,
    Params(query): Params<LiveQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|rejection| Problem::new(ProblemCode::BadParameter, rejection.body_text()))?;
    let permit = Arc::clone(&api.sessions).try_acquire_owned();
    let permit = permit.map_err(|_| Problem::new(ProblemCode::TooMany, "more live sessions than allowed"))?;
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| async move {
        live_session::run(socket, &api, query.after).await;
        drop(permit);
    }))
}
