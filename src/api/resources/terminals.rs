//! `GET /api/v1/terminals`: devices on the live board; with `quarantined=true` those in no ledger row.

use crate::{
    api::{book::Book, names::PlateView, params::Params, problem::Problem, state::ApiState},
    bus::live::Slot,
    engine::output::Registered,
    model::time::Timestamp,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which devices.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TerminalsQuery {
    /// `true`: those in no ledger row; `false`: those in one; all unless given.
    pub quarantined: Option<bool>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TerminalView {
    /// The device.
    pub terminal: String,
    /// Whether no ledger row names it now.
    pub quarantined: bool,
    /// Receive time of its first position since this server started, ms UTC.
    pub first_seen_ms: Option<i64>,
    /// Receive time of its newest position, ms UTC.
    pub last_seen_ms: Option<i64>,
    /// Plate it gave when it registered (0x0100); `null` when it gave none or none is known.
    pub claimed_plate: Option<PlateView>,
    /// What that points at, Chinese.
    pub lead_zh: Option<String>,
    /// What that points at, English.
    pub lead_en: Option<String>,
    /// Frames recorded; `null`: not counted yet.
    pub frames: Option<u64>,
}

/// Devices heard of since this server started, newest first, at most 500.
#[utoipa::path(get, path = "/api/v1/terminals", tag = "vehicles", params(TerminalsQuery),
    responses((status = 200, body = Vec<TerminalView>)))]
pub(crate) async fn terminals(
    State(api): State<ApiState>,
    Params(query): Params<TerminalsQuery>,
) -> Result<Json<Vec<TerminalView>>, Problem> {
    let (book, now) = (api.shelf.newest().await?, api.clock.now());
    let quarantined = |slot: &Slot| book.fitting(slot.terminal, now).is_none();
    let mut slots = Vec::new();
    api.live.scan(|_, slot| {
        if query.quarantined.is_none_or(|wanted| wanted == quarantined(slot)) {
            slots.push(slot.clone());
        }
    });
    slots.sort_by_key(|slot| std::cmp::Reverse(slot.received));
    slots.truncate(TERMINALS_MAX);
    let mut views = Vec::with_capacity(slots.len());
    for slot in slots {
        let claim = api.episodes.registration(slot.terminal).await?;
        let quarantined = quarantined(&slot);
        views.push(TerminalView::new(&slot, quarantined, claim.as_ref(), &book, now));
    }
    Ok(Json(views))
}

/// Most devices in an answer, those heard of last.
const TERMINALS_MAX: usize = 500;

impl TerminalView {
    fn new(slot: &Slot, quarantined: bool, claim: Option<&Registered>, book: &Book, now: Timestamp) -> Self {
        let lead = claim.filter(|_| quarantined).map(|claim| lead(claim, book, now));
        let (lead_zh, lead_en) = lead.unzip();
        Self {
            terminal: slot.terminal.to_string(),
            quarantined,
            first_seen_ms: Some(slot.first_received.as_millis()),
            last_seen_ms: Some(slot.received.as_millis()),
            claimed_plate: claim.map(|claim| (&claim.plate).into()),
            lead_zh,
            lead_en,
            frames: None,
        }
    }
}

/// What the plate a quarantined device claims points at.
fn lead(claim: &Registered, book: &Book, now: Timestamp) -> (String, String) {
    let plate = &claim.plate;
    if book.fleet(now).any(|vehicle| vehicle.plate == *plate) {
        return (format!("台账车辆 {plate} 上的未登记设备"), format!("unregistered device on {plate} of the ledger"));
    }
    (format!("自报车牌 {plate}，台账无此车"), format!("claims plate {plate}, which is not in the ledger"))
}
