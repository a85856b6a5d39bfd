//! `GET /api/v1/district`: whose installation this is, and whether its ledger is invented.

use crate::{
    api::{problem::Problem, shapes, state::ApiState},
    model::district::Origin,
};
use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

/// The district.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DistrictAnswer {
    /// GB/T 2260 code.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// The ledger is invented; every screen says so.
    pub synthetic: bool,
    /// Revision of the ledger these answers come from.
    pub ledger_revision: u32,
    /// West, south, east, north in degrees.
    pub bbox: Option<[f64; 4]>,
}

/// The district of the newest ledger, while the store is away of the newest that is known: that a ledger is invented must not be
/// forgotten just then. 503 `unavailable` before the first import.
#[utoipa::path(get, path = "/api/v1/district", tag = "map", responses((status = 200, body = DistrictAnswer)))]
pub(crate) async fn district(State(api): State<ApiState>) -> Result<Json<DistrictAnswer>, Problem> {
    let book = match api.shelf.newest().await {
        Ok(book) => book,
        Err(problem) => api.shelf.last_known().ok_or(problem)?,
    };
    let district = &book.ledger().district;
    Ok(Json(DistrictAnswer {
        id: district.id.to_string(),
        name_zh: district.name_zh.clone(),
        name_en: district.name_en.clone(),
        synthetic: district.origin == Origin::Synthetic,
        ledger_revision: book.revision().0,
        bbox: shapes::bbox(&district.outline),
    }))
}
