//! Values of fields in words, shared by everything that prints a frame.

use jt808::{ids::MessageId, location::ItemValue, text::Text};
use serde_json::{Value, json};

/// Chinese and English name of a message.
#[must_use]
pub fn name(id: MessageId) -> String {
    let entry = id.entry();
    format!("{} {}", entry.zh, entry.en)
}

/// GBK text; bytes that are not GBK are shown one by one (Latin-1), so that none is lost.
#[must_use]
pub fn text(text: &Text) -> String {
    let bytes = || text.as_bytes().iter().map(|&byte| char::from(byte)).collect();
    text.decode().map_or_else(bytes, std::borrow::Cow::into_owned)
}

/// Degrees with their sign; zero is never negative.
#[must_use]
pub fn degrees(magnitude: u32, negative: bool) -> f64 {
    f64::from(magnitude) / if negative { -1e6 } else { 1e6 } + 0.0
}

/// Tenths of the wire as what they mean.
#[must_use]
pub fn tenths(value: impl Into<f64>) -> f64 {
    value.into() / 10.0
}

/// The value of an item by the standard.
#[must_use]
pub fn item_value(value: ItemValue) -> Value {
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
