//! Sites, other known places, restricted zones. Areas are WGS-84 on the wire's grid, as JSON.

use super::{LedgerTable, RowKey, VersionedTable, from_text, kind, to_ms, to_text, validity};
use crate::{
    model::{
        ids::{PlaceId, SiteId, ZoneId},
        ledger::Ledger,
        site::{Place, Site},
        zone::Zone,
    },
    store::{
        codes::code,
        error::StoreError,
        sql::entity::{place, site, zone},
    },
};

/// `ledger_sites`
pub(in crate::store::sql) struct Sites;
/// `ledger_places`
pub(in crate::store::sql) struct Places;
/// `ledger_zones`
pub(in crate::store::sql) struct Zones;

impl VersionedTable for Sites {
    type Value = Site;
    type Row = site::Model;
    type Entity = site::Entity;
    const TABLE: LedgerTable = LedgerTable::Sites;

    fn rows(ledger: &Ledger) -> &[Site] {
        &ledger.sites
    }

    fn key(value: &Site) -> RowKey {
        RowKey::of_span(value.id.as_str(), value.validity.from)
    }

    fn store(value: &Site, recorded: i32) -> Result<site::Model, StoreError> {
        Ok(site::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            site: value.id.to_string(),
            name: value.name.clone(),
            kind: code(&value.kind),
            township: value.township.clone(),
            area: to_text(&value.area)?,
            valid_from_ms: value.validity.from.as_millis(),
            valid_to_ms: to_ms(&value.validity),
        })
    }

    fn read(row: site::Model) -> Result<Site, StoreError> {
        Ok(Site {
            id: SiteId::new(&row.site),
            name: row.name,
            kind: kind("kind", &row.kind)?,
            township: row.township,
            area: from_text("area", &row.area)?,
            validity: validity(row.valid_from_ms, row.valid_to_ms),
        })
    }
}

impl VersionedTable for Places {
    type Value = Place;
    type Row = place::Model;
    type Entity = place::Entity;
    const TABLE: LedgerTable = LedgerTable::Places;

    fn rows(ledger: &Ledger) -> &[Place] {
        &ledger.places
    }

    fn key(value: &Place) -> RowKey {
        RowKey::of_id(value.id.as_str())
    }

    fn store(value: &Place, recorded: i32) -> Result<place::Model, StoreError> {
        Ok(place::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            place: value.id.to_string(),
            name: value.name.clone(),
            kind: code(&value.kind),
            area: to_text(&value.area)?,
        })
    }

    fn read(row: place::Model) -> Result<Place, StoreError> {
        Ok(Place {
            id: PlaceId::new(&row.place),
            name: row.name,
            kind: kind("kind", &row.kind)?,
            area: from_text("area", &row.area)?,
        })
    }
}

impl VersionedTable for Zones {
    type Value = Zone;
    type Row = zone::Model;
    type Entity = zone::Entity;
    const TABLE: LedgerTable = LedgerTable::Zones;

    fn rows(ledger: &Ledger) -> &[Zone] {
        &ledger.zones
    }

    fn key(value: &Zone) -> RowKey {
        RowKey::of_span(value.id.as_str(), value.validity.from)
    }

    fn store(value: &Zone, recorded: i32) -> Result<zone::Model, StoreError> {
        Ok(zone::Model {
            row_id: 0,
            recorded_revision: recorded,
            superseded_revision: None,
            zone: value.id.to_string(),
            name: value.name.clone(),
            area: to_text(&value.area)?,
            hours: to_text(&value.hours)?,
            closed_to: code(&value.closed_to),
            notice: value.notice.clone(),
            valid_from_ms: value.validity.from.as_millis(),
            valid_to_ms: to_ms(&value.validity),
        })
    }

    fn read(row: zone::Model) -> Result<Zone, StoreError> {
        Ok(Zone {
            id: ZoneId::new(&row.zone),
            name: row.name,
            area: from_text("area", &row.area)?,
            hours: from_text("hours", &row.hours)?,
            closed_to: kind("closed_to", &row.closed_to)?,
            notice: row.notice,
            validity: validity(row.valid_from_ms, row.valid_to_ms),
        })
    }
}
