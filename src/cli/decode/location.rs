//! A position as it is printed.

use jt808::error::WireError;
use jt808::location::{Item, LocationReport};
use serde::Serialize;
use serde_json::Value;

use super::view::Fault;
use crate::{
    intake::layout::values::{degrees, item_value, tenths},
    model::hex::hex,
};

/// The position object: signed degrees, frame's time with +08:00, items in wire order.
#[derive(Debug, Serialize)]
pub(super) struct Location {
    latitude_deg: f64,
    longitude_deg: f64,
    altitude_m: u16,
    speed_kmh: f64,
    direction_deg: u16,
    time: Option<String>,
    /// The digits as sent, where they are no possible time.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_raw: Option<String>,
    alarm_u32: u32,
    status_u32: u32,
    items: Vec<ShownItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trailing: Option<String>,
}

/// One record of a batch.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Record {
    Location(Box<Location>),
    Bad { error: Fault },
}

#[derive(Debug, Serialize)]
struct ShownItem {
    id: String,
    len: usize,
    raw: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl Location {
    pub(super) fn new(report: &LocationReport) -> Self {
        let trailing = report.items.trailing();
        let time = report.time.civil().map(|time| time.to_string());
        Self {
            latitude_deg: degrees(report.latitude, report.status.is_south()),
            longitude_deg: degrees(report.longitude, report.status.is_west()),
            altitude_m: report.altitude,
            speed_kmh: tenths(report.speed),
            direction_deg: report.direction,
            time_raw: time.is_none().then(|| report.time.digits()),
            time,
            alarm_u32: report.alarm.0,
            status_u32: report.status.0,
            items: report.items.iter().map(|item| ShownItem::new(&item)).collect(),
            trailing: (!trailing.is_empty()).then(|| hex(&trailing)),
        }
    }
}

impl Record {
    pub(super) fn new(report: Result<LocationReport, WireError>) -> Self {
        match report {
            Ok(report) => Self::Location(Box::new(Location::new(&report))),
            Err(error) => Self::Bad { error: error.into() },
        }
    }
}

impl ShownItem {
    fn new(item: &Item) -> Self {
        let value = item.typed().map(item_value);
        Self { id: format!("0x{:02X}", item.id), len: item.value.len(), raw: hex(&item.value), value }
    }
}
