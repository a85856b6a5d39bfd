//! `GET /api/v1/map`: everything that stands still on the map.

use crate::api::{problem::Problem, shapes::FeatureCollection, state::ApiState};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

/// The layers, WGS-84.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct MapAnswer {
    /// Outline.
    pub district: FeatureCollection,
    /// Townships and street offices; empty when no base map was given.
    pub townships: FeatureCollection,
    /// Roads; empty when no base map was given.
    pub roads: FeatureCollection,
    /// Building and disposal sites registered now.
    pub sites: FeatureCollection,
    /// Depots, fuel stations, repair shops.
    pub places: FeatureCollection,
    /// Restricted zones in force now.
    pub zones: FeatureCollection,
}

/// The layers of the newest ledger and of the base map.
#[utoipa::path(get, path = "/api/v1/map", tag = "map", responses((status = 200, body = MapAnswer)))]
pub(crate) async fn map(State(api): State<ApiState>) -> Result<Json<MapAnswer>, Problem> {
    Err(api.not_connected())
}
