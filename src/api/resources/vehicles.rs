//! `GET /api/v1/vehicles?plate=` and `/vehicles/{id}`: this plate, here, now: may it? Both take a reason and are logged.

use super::card::VehicleCard;
use crate::api::{
    names::Reason,
    params::{At, Params},
    problem::Problem,
    state::ApiState,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which plate, and why.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VehiclesQuery {
    /// A plate or at least 3 characters of one. `?` is one unreadable character; O and 0 are taken for each other.
    pub plate: String,
    /// Why; required.
    #[param(required = true)]
    pub reason: Option<Reason>,
}

/// Why.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VehicleQuery {
    /// Why; required.
    #[param(required = true)]
    pub reason: Option<Reason>,
}

/// Vehicles whose plate fits, best fit first.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct VehiclesAnswer {
    /// The cards.
    pub items: Vec<VehicleCard>,
    /// There are more than were sent: ask for more of the plate.
    pub more: bool,
    /// The verdict when nothing fits (`not_in_ledger`); `null` otherwise.
    pub verdict: Option<super::card::VerdictView>,
}

/// Vehicles by plate.
#[utoipa::path(get, path = "/api/v1/vehicles", tag = "vehicles", params(VehiclesQuery),
    responses((status = 200, body = VehiclesAnswer)))]
pub(crate) async fn vehicles(
    State(api): State<ApiState>,
    Params(_query): Params<VehiclesQuery>,
) -> Result<Json<VehiclesAnswer>, Problem> {
    Err(api.not_connected())
}

/// One vehicle.
#[utoipa::path(get, path = "/api/v1/vehicles/{id}", tag = "vehicles",
    params(("id" = String, Path, description = "Ledger code"), VehicleQuery),
    responses((status = 200, body = VehicleCard)))]
pub(crate) async fn vehicle(
    State(api): State<ApiState>,
    At(_id): At<String>,
    Params(_query): Params<VehicleQuery>,
) -> Result<Json<VehicleCard>, Problem> {
    Err(api.not_connected())
}
