use super::*;
use crate::{
    bus::live::LiveLimits,
    engine::output::LiveStatus,
    model::{
        plate::{Plate, PlateColour},
        units::{Heading, Speed},
    },
};

const SILENCE: Silence = Silence { stale_ms: 180_000, lost_ms: 600_000, known_until: None };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn position(terminal: &str, seconds: i64, lon_e6: i32) -> LivePosition {
    LivePosition {
        terminal: terminal.parse().expect("digits"),
        vehicle: None,
        plate: None,
        at: at(seconds),
        received: at(seconds),
        place: Wgs84 { lat_e6: 34_800_000, lon_e6 },
        speed: Speed(412),
        heading: Heading(90),
        status: LiveStatus { moving: true, quarantined: true, ..LiveStatus::default() },
    }
}

fn count(news: &News) -> u32 {
    u32::from_le_bytes(news.frame[4..8].try_into().expect("4 bytes"))
}

#[test]
fn the_frame_is_as_the_protocol_says() {
    // Proves: header and record have the documented bytes, offsets from the origin included.
    let live = Live::new(LiveLimits::default());
    live.publish_positions([position("1", 10, 113_600_000), position("2", 10, 113_600_007)]);
    let news = Told::default().news(&live, at(11), SILENCE);
    assert_eq!(news.frame.len(), 24 + 2 * 16);
    assert_eq!(news.frame[..8], [1, 1, 0, 0, 2, 0, 0, 0]);
    assert_eq!(news.frame[8..16], 11_000_i64.to_le_bytes());
    assert_eq!(news.frame[16..20], 113_600_000_i32.to_le_bytes());
    assert_eq!(news.frame[20..24], 34_800_000_i32.to_le_bytes());
    assert_eq!(news.frame[40..56], [1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0x9c, 0x01, 64, 0b010_0001]);
    assert_eq!(news.slots.len(), 2);
}

#[test]
fn only_changes_go_out_and_silence_is_a_change() {
    // Proves: an unchanged slot is not sent again, but it is when it becomes stale and when it becomes lost.
    let live = Live::new(LiveLimits::default());
    live.publish_positions([position("1", 0, 113_600_000)]);
    let mut told = Told::default();
    assert_eq!(count(&told.news(&live, at(1), SILENCE)), 1);
    assert_eq!(count(&told.news(&live, at(2), SILENCE)), 0);
    let stale = told.news(&live, at(181), SILENCE);
    assert_eq!((count(&stale), stale.frame[39]), (1, STALE | QUARANTINED));
    assert_eq!(count(&told.news(&live, at(182), SILENCE)), 0);
    let unknown = Silence { known_until: Some(at(300)), ..SILENCE };
    assert_eq!(count(&told.news(&live, at(601), unknown)), 0, "nobody is lost while nothing is known");
    let lost = told.news(&live, at(601), SILENCE);
    assert_eq!((count(&lost), lost.frame[39]), (1, LOST | QUARANTINED));
}

#[test]
fn a_view_leaves_out_what_is_elsewhere() {
    // Proves: outside the rectangle nothing is sent, and another rectangle sends what is in it again.
    let live = Live::new(LiveLimits::default());
    live.publish_positions([position("1", 0, 113_600_000), position("2", 0, 114_600_000)]);
    let mut told = Told::default();
    told.look_at(View::new([113.5, 34.0, 113.7, 35.0]));
    assert_eq!(count(&told.news(&live, at(1), SILENCE)), 1);
    told.look_at(View::new([114.5, 34.0, 114.7, 35.0]));
    assert_eq!(count(&told.news(&live, at(2), SILENCE)), 1);
    told.look_at(None);
    assert_eq!(count(&told.news(&live, at(3), SILENCE)), 2);
    assert_eq!(View::new([114.0, 35.0, 113.0, 34.0]), None);
}

#[test]
fn a_terminal_that_is_enrolled_is_named_again() {
    // Proves: when the ledger says whose terminal it is, the slot is told anew with its plate.
    let live = Live::new(LiveLimits::default());
    live.publish_positions([position("1", 0, 113_600_000)]);
    let mut told = Told::default();
    assert_eq!(told.news(&live, at(1), SILENCE).slots, [SlotView(0, "1".to_owned(), None, None, None)]);
    let plate = Plate::new("豫AD1234", PlateColour::Yellow);
    let named = LivePosition {
        vehicle: Some(crate::model::ids::VehicleId::new("v1")),
        plate: Some(plate),
        ..position("1", 5, 113_600_000)
    };
    live.publish_positions([named]);
    let slots = told.news(&live, at(6), SILENCE).slots;
    assert_eq!(slots.first().and_then(|slot| slot.3.clone()), Some("豫AD1234".to_owned()));
}
