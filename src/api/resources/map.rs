//! `GET /api/v1/map`: everything that stands still on the map.

use crate::{
    api::{
        base_map::BaseMap,
        book::Book,
        hours,
        problem::Problem,
        shapes::{Feature, FeatureCollection, Geometry, Properties},
        state::ApiState,
    },
    model::{
        site::{PlaceKind, SiteKind},
        time::Timestamp,
        zone::ClosedTo,
    },
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
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

/// The layers of the newest ledger and of the base map, while the store is away of those that were read last: trucks are drawn on them.
#[utoipa::path(get, path = "/api/v1/map", tag = "map", responses((status = 200, body = MapAnswer)))]
pub(crate) async fn map(State(api): State<ApiState>) -> Result<Json<MapAnswer>, Problem> {
    let book = match api.shelf.newest().await {
        Ok(book) => book,
        Err(problem) => api.shelf.last_known().ok_or(problem)?,
    };
    let layers = match api.map.layers().await {
        Ok(layers) => api.keep_layers(Arc::new(layers)),
        Err(error) => api.last_layers().ok_or(error)?,
    };
    let base = tokio::task::spawn_blocking(move || BaseMap::read(&layers)).await?;
    let now = api.clock.now();
    Ok(Json(MapAnswer {
        district: district(&book),
        townships: base.townships,
        roads: base.roads,
        sites: sites(&book, now),
        places: places(&book),
        zones: zones(&book, now),
    }))
}

fn district(book: &Book) -> FeatureCollection {
    let district = &book.ledger().district;
    let properties = Properties {
        id: district.id.to_string(),
        name: district.name_zh.clone(),
        name_en: Some(district.name_en.clone()),
        kind: "district".to_owned(),
        ..Properties::default()
    };
    FeatureCollection::new(vec![Feature::new(Geometry::from(&district.outline), properties)])
}

fn sites(book: &Book, now: Timestamp) -> FeatureCollection {
    let registered = book.ledger().sites.iter().filter(|site| site.validity.holds_at(now));
    FeatureCollection::new(
        registered
            .map(|site| {
                let kind = match site.kind {
                    SiteKind::Construction => "construction",
                    SiteKind::Disposal => "disposal",
                };
                let township = Some(site.township.clone()).filter(|township| !township.is_empty());
                Feature::new(
                    Geometry::from(&site.area),
                    Properties { township, ..named(site.id.as_str(), &site.name, kind) },
                )
            })
            .collect(),
    )
}

fn places(book: &Book) -> FeatureCollection {
    let places = book.ledger().places.iter().map(|place| {
        let kind = match place.kind {
            PlaceKind::Depot => "depot",
            PlaceKind::Fuel => "fuel",
            PlaceKind::Repair => "repair",
        };
        Feature::new(Geometry::from(&place.area), named(place.id.as_str(), &place.name, kind))
    });
    FeatureCollection::new(places.collect())
}

fn zones(book: &Book, now: Timestamp) -> FeatureCollection {
    let in_force = book.ledger().zones.iter().filter(|zone| zone.validity.holds_at(now));
    FeatureCollection::new(
        in_force
            .map(|zone| {
                let kind = match zone.closed_to {
                    ClosedTo::YellowLabel => "yellow_label",
                    ClosedTo::MuckTrucks => "muck_trucks",
                };
                let (hours, notice) =
                    (hours::words(&zone.hours), Some(zone.notice.clone()).filter(|text| !text.is_empty()));
                let named = named(zone.id.as_str(), &zone.name, kind);
                let properties = Properties { hours_zh: Some(hours.zh), hours_en: Some(hours.en), notice, ..named };
                Feature::new(Geometry::from(&zone.area), properties)
            })
            .collect(),
    )
}

fn named(id: &str, name: &str, kind: &str) -> Properties {
    Properties { id: id.to_owned(), name: name.to_owned(), kind: kind.to_owned(), ..Properties::default() }
}
