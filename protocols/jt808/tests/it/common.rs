//! Shared by the tests: the frame collection beside the repository, hex, and a view of messages in its words.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;
use jt808::location::{Item, ItemValue, LocationReport};
use jt808::messages::{Decoded, Message};
use jt808::text::Text;
use serde_json::{Map, Value, json};

/// The lines of a file of the frame collection, or `None` (said on stderr) where it is absent; an error in CI.
pub(crate) fn collection(name: &str) -> Option<Vec<Value>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/frames").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        assert!(std::env::var_os("CI").is_none(), "{} is absent, and in CI nothing is skipped", path.display());
        eprintln!("SKIPPED: {} is absent", path.display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect())
}

/// Bytes from hexadecimal digits; an odd last digit is dropped.
pub(crate) fn unhex(text: &str) -> Bytes {
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal digits"))
        .collect()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

/// Text as the collection writes it: GBK, or Latin-1 where the bytes are not GBK.
pub(crate) fn text(text: &Text) -> String {
    text.decode()
        .map_or_else(|| text.as_bytes().iter().map(|&byte| char::from(byte)).collect(), std::borrow::Cow::into_owned)
}

/// A decoded message in the words of the collection's `own`.
pub(crate) fn view(decoded: &Decoded) -> Value {
    let mut view = match &decoded.message {
        Message::TerminalReply(reply) => {
            json!({"ack_serial": reply.serial, "ack_id": reply.id.to_string(), "result": reply.result})
        }
        Message::PlatformReply(reply) => {
            json!({"ack_serial": reply.serial, "ack_id": reply.id.to_string(), "result": reply.result.code()})
        }
        Message::RegisterReply(reply) if reply.result.code() == 0 => {
            json!({"ack_serial": reply.serial, "result": 0, "auth_code": text(&reply.code)})
        }
        Message::RegisterReply(reply) => json!({"ack_serial": reply.serial, "result": reply.result.code()}),
        Message::Register(register) => json!({
            "province": register.province, "city": register.city, "layout": register.layout.year(),
            "maker": text(&register.maker), "model": text(&register.model),
            "device_id": text(&register.terminal_id), "plate_color": register.colour.0, "plate": text(&register.plate),
        }),
        Message::Authenticate(auth) => match &auth.device {
            None => json!({"auth_code": text(&auth.code)}),
            Some(device) => json!({
                "auth_code": text(&auth.code), "imei": text(&device.imei), "software": text(&device.software),
            }),
        },
        Message::Location(report) => location(report),
        Message::Batch(batch) => {
            let locations: Vec<_> = batch.reports().map(|report| location(&report.expect("a position"))).collect();
            let mut view = json!({"count": batch.declared, "batch_type": batch.kind.code(), "locations": locations});
            if !batch.trailing().is_empty() {
                view["trailing"] = hex(&batch.trailing()).into();
            }
            view
        }
        Message::Text(message) => match message.kind {
            None => json!({"flag": message.flags.0, "text": text(&message.text)}),
            Some(kind) => json!({"flag": message.flags.0, "text_type": kind, "text": text(&message.text)}),
        },
        _ => json!({}),
    };
    if !decoded.rest.is_empty() {
        view["extra"] = hex(&decoded.rest).into();
    }
    view
}

/// A position in the words of the collection.
pub(crate) fn location(report: &LocationReport) -> Value {
    let degrees = |magnitude, negative: bool| f64::from(magnitude) / if negative { -1e6 } else { 1e6 };
    let mut view = json!({
        "alarm_u32": report.alarm.0, "status_u32": report.status.0,
        "lat_raw": report.latitude, "lon_raw": report.longitude,
        "latitude_deg": degrees(report.latitude, report.status.is_south()), "longitude_deg": degrees(report.longitude, report.status.is_west()),
        "altitude_m": report.altitude, "speed_kmh": f64::from(report.speed) / 10.0,
        "direction_deg": report.direction, "time": report.time.civil().map(|time| time.to_string()),
        "items": report.items.iter().map(|entry| item(&entry)).collect::<Vec<_>>(),
    });
    if !report.items.trailing().is_empty() {
        view["trailing"] = hex(&report.items.trailing()).into();
    }
    view
}

fn item(item: &Item) -> Value {
    let mut view = Map::new();
    view.insert("id".into(), format!("0x{:02X}", item.id).into());
    view.insert("len".into(), item.value.len().into());
    view.insert("raw".into(), hex(&item.value).into());
    if let Some(value) = item.typed() {
        view.insert("value".into(), item_value(value));
    }
    Value::Object(view)
}

fn item_value(value: ItemValue) -> Value {
    match value {
        ItemValue::Mileage(tenths) => json!({"mileage_km": f64::from(tenths) / 10.0}),
        ItemValue::Fuel(tenths) => json!({"fuel_l": f64::from(tenths) / 10.0}),
        ItemValue::RecorderSpeed(tenths) => json!({"recorder_speed_kmh": f64::from(tenths) / 10.0}),
        ItemValue::ManualAlarm(event) => json!({"manual_alarm_event": event}),
        ItemValue::Temperature(temperature) => {
            json!({"cabin_temp_c": temperature.celsius(), "cabin_temp_c_twos": temperature.celsius_twos_complement()})
        }
        ItemValue::Overspeed(place) => match place.place_id {
            None => json!({"type": place.place_kind}),
            Some(id) => json!({"type": place.place_kind, "area_id": id}),
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
        other => panic!("an item without a view: {other:?}"),
    }
}
