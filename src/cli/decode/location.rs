//! A position as it is printed.

use jt808::error::WireError;
use jt808::location::{Item, ItemValue, LocationReport};
use serde::Serialize;
use serde_json::{Value, json};

use super::view::{Fault, hex};

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

/// Degrees with their sign; zero is never negative.
pub(super) fn degrees(magnitude: u32, negative: bool) -> f64 {
    f64::from(magnitude) / if negative { -1e6 } else { 1e6 } + 0.0
}

fn tenths(value: impl Into<f64>) -> f64 {
    value.into() / 10.0
}

/// The value of an item by the standard.
pub(super) fn item_value(value: ItemValue) -> Value {
    match value {
        ItemValue::Mileage(value) => json!({"mileage_km": tenths(value)}),
        ItemValue::Fuel(value) => json!({"fuel_l": tenths(value)}),
        ItemValue::RecorderSpeed(value) => json!({"recorder_speed_kmh": tenths(value)}),
        ItemValue::ManualAlarm(event) => json!({"manual_alarm_event": event}),
        ItemValue::Temperature(t) => {
            json!({"cabin_temp_c": t.celsius(), "cabin_temp_c_twos": t.celsius_twos_complement()})
        }
        ItemValue::Overspeed(over) => match over.place_id {
            None => json!({"type": over.place_kind}),
            Some(id) => json!({"type": over.place_kind, "area_id": id}),
        },
        ItemValue::Passage(passage) => {
            json!({"type": passage.place_kind, "area_id": passage.place_id, "direction": passage.direction})
        }
        ItemValue::Segment(segment) => {
            json!({"route_id": segment.segment_id, "seconds": segment.seconds, "result": segment.result})
        }
        ItemValue::VideoAlarms(bits) | ItemValue::VideoLost(bits) | ItemValue::VideoBlocked(bits) => {
            json!({"u32": bits})
        }
        ItemValue::StorageFaults(bits) => json!({"u16": bits}),
        ItemValue::AbnormalDriving(driving) => match driving.fatigue {
            None => json!({"u16": driving.bits}),
            Some(fatigue) => json!({"u16": driving.bits, "fatigue": fatigue}),
        },
        ItemValue::Signals(bits) => json!({"ext_signal_u32": bits}),
        ItemValue::Io(bits) => json!({"io_u16": bits}),
        ItemValue::Analog(analog) => json!({"ad0": analog.ad0, "ad1": analog.ad1}),
        ItemValue::SignalStrength(strength) => json!({"csq": strength}),
        ItemValue::Satellites(count) => json!({"satellites": count}),
        ItemValue::Assistance(alarm) => json!({"alarm_id": alarm.alarm_id, "flag": alarm.flag, "type": alarm.kind}),
        // An item typed later is raw until it gets its arm.
        _ => Value::Null,
    }
}
