use super::*;
use bytes::BytesMut;
use jt808::{
    frame::Head,
    header::Edition,
    ids::MessageId,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    phone::Phone,
    time::BcdTime,
};

/// A 0x0200 as our own encoder writes it, with a byte that must be escaped in its serial.
fn position() -> Bytes {
    let report = LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(0b11),
        latitude: 34_868_000,
        longitude: 113_617_000,
        altitude: 88,
        speed: 412,
        direction: 90,
        time: BcdTime::from_unix_ms(1_795_500_000_000).expect("within the century"),
        items: Items::builder().mileage(12_345).finish(),
    };
    let body = Message::Location(report).encode_body(Edition::V2013).expect("it fits a body");
    let mut raw = BytesMut::new();
    let head = Head::new(Edition::V2013.layout(), Phone::parse("13900000001").expect("digits"), 0x7e);
    head.encode(MessageId::LOCATION, &body, &mut raw).expect("it fits a frame");
    raw.freeze()
}

#[test]
fn rows_cover_every_byte_once_and_name_both_languages() {
    // Proves: offsets and widths join without hole or overlap to the unescaped message, and each row has both names.
    let seen = annotated(&position()).expect("a frame");
    let mut at = 0;
    for row in &seen.rows {
        assert_eq!(row.offset, at, "{row:?}");
        at += row.width;
        assert!(!row.zh.is_empty() && !row.en.is_empty(), "{row:?}");
    }
    assert_eq!(at, seen.message.len());
}

#[test]
fn values_read_as_they_were_sent() {
    // Proves: a position's fields are found under their names, units included, the item with its number.
    let seen = annotated(&position()).expect("a frame");
    let value = |zh: &str| seen.rows.iter().find(|row| row.zh == zh).map(|row| row.value.clone());
    assert_eq!(value("纬度").as_deref(), Some("34.868000°"));
    assert_eq!(value("速度").as_deref(), Some("41.2 km/h"));
    assert_eq!(value("附加信息 0x01 里程").as_deref(), Some("{\"mileage_km\":1234.5}"));
    assert_eq!(annotated(&Bytes::from_static(b"\x7e\x7e")), None);
}
