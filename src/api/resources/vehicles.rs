//! `GET /api/v1/vehicles?plate=` and `/vehicles/{id}`: this plate, here, now: may it? Both take a reason and are logged.

use super::card::{VehicleCard, VerdictView};
use crate::{
    api::{
        audit::Look,
        book::Book,
        names::Reason,
        params::{self, At, Params},
        plate_search::{Fit, PlatePattern, READABLE_MIN},
        problem::Problem,
        state::ApiState,
        verdict,
    },
    model::{ids::VehicleId, time::Timestamp, vehicle::Vehicle},
    store::queries::QueryKind,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which plate, and why.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VehiclesQuery {
    /// A plate or at least 3 readable characters of one. `?` is one unreadable character; O and 0 are taken for each other.
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
    pub verdict: Option<VerdictView>,
}

/// Vehicles by plate.
#[utoipa::path(get, path = "/api/v1/vehicles", tag = "vehicles", params(VehiclesQuery),
    responses((status = 200, body = VehiclesAnswer)))]
pub(crate) async fn vehicles(
    State(api): State<ApiState>,
    Params(query): Params<VehiclesQuery>,
) -> Result<Json<VehiclesAnswer>, Problem> {
    let reason = params::reason(query.reason)?;
    let too_short = || Problem::parameter("plate", format_args!("give at least {READABLE_MIN} readable characters"));
    let pattern = PlatePattern::new(&query.plate).ok_or_else(too_short)?;
    let (book, now) = (api.shelf.newest().await?, api.clock.now());
    let hits = hits(&book, &pattern, now);
    let shown = hits.get(..api.config.plate_hits_max).unwrap_or(&hits);
    let mut items = Vec::with_capacity(shown.len());
    for (_, vehicle) in shown {
        items.push(VehicleCard::gather(&api, &book, vehicle, now).await?);
    }
    let more = hits.len() > items.len();
    let verdict = items.is_empty().then(|| verdict::not_in_ledger(book.revision().0).into());
    let answer = VehiclesAnswer { items, more, verdict };
    let detail = shown_words(&answer.items);
    Look { kind: QueryKind::Plate, subject: query.plate, reason: Some(reason), detail }.log(&api).await?;
    Ok(Json(answer))
}

/// One vehicle.
#[utoipa::path(get, path = "/api/v1/vehicles/{id}", tag = "vehicles",
    params(("id" = String, Path, description = "Ledger code"), VehicleQuery),
    responses((status = 200, body = VehicleCard)))]
pub(crate) async fn vehicle(
    State(api): State<ApiState>,
    At(id): At<String>,
    Params(query): Params<VehicleQuery>,
) -> Result<Json<VehicleCard>, Problem> {
    let reason = params::reason(query.reason)?;
    let (book, now) = (api.shelf.newest().await?, api.clock.now());
    let vehicle = book.vehicle(&VehicleId::new(&id), now).ok_or_else(|| Problem::not_found("vehicle", &id))?;
    let card = VehicleCard::gather(&api, &book, vehicle, now).await?;
    let detail = shown_words(std::slice::from_ref(&card));
    Look { kind: QueryKind::Plate, subject: id, reason: Some(reason), detail }.log(&api).await?;
    Ok(Json(card))
}

fn hits<'a>(book: &'a Arc<Book>, pattern: &PlatePattern, now: Timestamp) -> Vec<(Fit, &'a Vehicle)> {
    let fits = |vehicle: &'a Vehicle| pattern.fit(vehicle.plate.number()).map(|fit| (fit, vehicle));
    let mut hits: Vec<_> = book.fleet(now).filter_map(fits).collect();
    hits.sort_by(|(fit, vehicle), (other_fit, other)| (fit, &vehicle.plate).cmp(&(other_fit, &other.plate)));
    hits
}

/// What was shown, for the log: each plate with its verdict.
fn shown_words(cards: &[VehicleCard]) -> String {
    if cards.is_empty() {
        return "shown: nothing".to_owned();
    }
    let each = cards.iter().map(|card| format!("{} {}", card.plate.number, card.verdict.code.as_str()));
    format!("shown: {}", each.collect::<Vec<_>>().join(", "))
}
