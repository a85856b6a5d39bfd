use super::{report::Profile, *};
use crate::model::{
    fix::{LoadSignal, SessionTrust},
    ids::{ConnectionId, Seq},
    place::Wgs84,
    terminal::{LoadSensor, ReportedDatum},
};
use bytes::BytesMut;
use jt808::{
    frame::Head,
    header::Edition,
    ids::MessageId,
    location::{AlarmFlags, Items, StatusFlags},
    messages::LocationBatch,
    phone::Phone,
    time::BcdTime,
};

struct Ledger(Option<Profile>);

impl Profiles for Ledger {
    fn profile(&self, _: TerminalId, _: Timestamp) -> Option<Profile> {
        self.0
    }
}

const SENSOR: Ledger = Ledger(Some(Profile { datum: ReportedDatum::Wgs84, load_sensor: LoadSensor::Fitted }));

fn report(time: [u8; 6], status: u32) -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(status),
        latitude: 34_866_935,
        longitude: 113_623_053,
        altitude: 96,
        speed: 425,
        direction: 90,
        time: BcdTime(time),
        items: Items::builder().mileage(10_452).satellites(17).finish(),
    }
}

fn input(id: MessageId, body: &[u8], edition: Edition) -> Input {
    let mut wire = BytesMut::new();
    let head = Head::new(edition.layout(), Phone::parse("13800138000").expect("digits"), 7);
    head.encode(id, body, &mut wire).expect("fits");
    let frame = RawFrame { connection: ConnectionId(3), session: SessionTrust::Authenticated, raw: wire.freeze() };
    Input { seq: Seq(5), received: Timestamp::from_millis(1_772_331_301_000), event: Event::Frame(frame) }
}

const GOOD: [u8; 6] = [0x26, 0x03, 0x01, 0x10, 0x15, 0x00];

#[test]
fn both_headers_give_one_fix() {
    // Proves: edition and padding are not identity; body, time, items and load are read.
    let body = report(GOOD, StatusFlags::ACC_ON | StatusFlags::POSITIONED | StatusFlags::FULL).to_body();
    let read = |edition| fixes(&input(MessageId::LOCATION, &body, edition), &SENSOR).expect("reads");
    let (short, long) = (read(Edition::V2013), read(Edition::V2019));
    assert_eq!(short, long);
    let [fix] = &short[..] else { panic!("one fix") };
    assert_eq!(fix.at.expect("a time").to_string(), "2026-03-01T10:15:00+08:00");
    assert_eq!((fix.load, fix.satellites, fix.speed.0), (LoadSignal::Full, Some(17), 425));
    assert_eq!(fix.terminal.to_string(), "13800138000");
}

#[test]
fn load_and_datum_are_what_the_ledger_says() {
    // Proves: without a sensor the bits mean nothing; status bit 5 or the profile shifts, exactly once.
    let plain = report(GOOD, StatusFlags::POSITIONED | StatusFlags::FULL).to_body();
    let marked = report(GOOD, StatusFlags::POSITIONED | StatusFlags::ENCRYPTED).to_body();
    let read = |body: &[u8], ledger: &Ledger| {
        fixes(&input(MessageId::LOCATION, body, Edition::V2013), ledger).expect("reads").remove(0)
    };
    let gcj = Ledger(Some(Profile { datum: ReportedDatum::Gcj02, load_sensor: LoadSensor::Absent }));
    assert_eq!(read(&plain, &Ledger(None)).load, LoadSignal::Unknown);
    assert_eq!(read(&plain, &gcj).load, LoadSignal::Unknown);
    let sent = Wgs84 { lat_e6: 34_866_935, lon_e6: 113_623_053 };
    let truth = Wgs84 { lat_e6: 34_868_000, lon_e6: 113_617_000 };
    assert_eq!(read(&plain, &SENSOR).place, sent);
    for shifted in [read(&marked, &SENSOR).place, read(&plain, &gcj).place, read(&marked, &gcj).place] {
        assert!(
            (shifted.lat_e6 - truth.lat_e6).abs() <= 1 && (shifted.lon_e6 - truth.lon_e6).abs() <= 1,
            "{shifted:?}"
        );
    }
}

#[test]
fn an_impossible_date_is_kept_without_an_event_time() {
    // Proves: recorded, never judged.
    let body = report([0x26, 0x02, 0x31, 0x25, 0, 0], StatusFlags::POSITIONED).to_body();
    let fix = fixes(&input(MessageId::LOCATION, &body, Edition::V2013), &SENSOR).expect("reads").remove(0);
    assert_eq!((fix.at, fix.key()), (None, None));
}

#[test]
fn a_frame_whose_length_lies_is_read_and_marked() {
    // Proves: a good checksum over a wrong length is kept, and says so to whoever judges.
    let body = report(GOOD, StatusFlags::POSITIONED).to_body();
    let honest = input(MessageId::LOCATION, &body, Edition::V2013);
    let Event::Frame(frame) = &honest.event else { panic!("a frame") };
    let mut plain = BytesMut::new();
    jt808::escape::unescape(&frame.raw[1..frame.raw.len() - 1], &mut plain).expect("escapes");
    plain[3] ^= 0b1000;
    let last = plain.len() - 1;
    plain[last] ^= 0b1000;
    let mut wire = BytesMut::from(&[0x7e][..]);
    jt808::escape::escape(&plain, &mut wire);
    wire.extend_from_slice(&[0x7e]);
    let lying = RawFrame { raw: wire.freeze(), ..frame.clone() };
    let framing = |frame: &RawFrame| match read(&honest, frame).expect("reads").1 {
        Reading::Positions(positions) => positions.reports[0].framing(),
        _ => panic!("positions"),
    };
    assert_eq!((framing(frame), framing(&lying)), (Framing::Sound, Framing::LengthDisagrees));
}

#[test]
fn a_batch_keeps_its_good_records() {
    // Proves: a record that is no position and a count that lies cost only themselves; parts are numbered as sent, and a re-send
    // of one of them alone is the same fix.
    let good = report(GOOD, StatusFlags::POSITIONED);
    let later = report([0x26, 0x03, 0x01, 0x10, 0x15, 0x10], StatusFlags::POSITIONED);
    let batch = LocationBatch::new(BatchKind::Backfill, &[good.clone(), later]).expect("fits");
    let whole = Message::Batch(batch).encode_body(Edition::V2013).expect("fits");
    let mut body = BytesMut::from(&[0, 9, 1, 0, 4, 1, 2, 3, 4][..]);
    body.extend_from_slice(&whole[3..]);
    let broken = input(MessageId::LOCATION_BATCH, &body, Edition::V2013);
    let Event::Frame(frame) = &broken.event else { panic!("a frame") };
    let (_, Reading::Positions(positions)) = read(&broken, frame).expect("reads") else { panic!("positions") };
    assert_eq!((positions.reports.len(), positions.faults.len()), (2, 1));
    let parts: Vec<u16> = positions.reports.iter().map(|report| report.as_sent().part).collect();
    assert_eq!(parts, [1, 2]);
    let alone = fixes(&input(MessageId::LOCATION, &good.to_body(), Edition::V2013), &SENSOR).expect("reads").remove(0);
    assert_eq!(positions.reports[0].as_sent().id, alone.id);
    let wire = Frame::from_wire(frame.raw.clone()).expect("a frame");
    let range = times(&wire).expect("has times");
    assert_eq!(range.to.since(range.from).as_millis(), 10_000);
}
