use super::head::{FrameHead, read};
use crate::model::time::{Span, Timestamp};
use bytes::Bytes;
use jt808::{
    header::Edition,
    ids::MessageId,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    messages::{BatchKind, LocationBatch},
    phone::Phone,
    terminal::Terminal,
    time::BcdTime,
};

/// 2026-11-24T00:00:00+08:00.
const DAY: i64 = 1_795_449_600_000;
/// Long after all event times.
const RECEIVED: Timestamp = Timestamp::from_millis(DAY + 86_400_000);

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(DAY + second * 1000)
}

fn report(time: BcdTime) -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(0),
        latitude: 34_870_000,
        longitude: 113_570_000,
        altitude: 0,
        speed: 0,
        direction: 0,
        time,
        items: Items::builder().finish(),
    }
}

fn second(second: i64) -> BcdTime {
    BcdTime::from_unix_ms(DAY + second * 1000).expect("a date")
}

fn terminal(edition: Edition) -> Terminal {
    Terminal::new(edition, Phone::parse("13800138000").expect("digits"))
}

fn head(wire: &Bytes) -> Option<FrameHead> {
    read(wire, RECEIVED)
}

#[test]
fn positions_are_filed_under_their_event_time() {
    // Proves: in every edition a 0x0200 is found by its terminal and its own time.
    for edition in Edition::ALL {
        let sent = terminal(edition).location(&report(second(7))).expect("fits");
        let found = head(&sent.wire).expect("a frame");
        assert_eq!(
            found,
            FrameHead { terminal: "13800138000".parse().expect("digits"), least: at(7), greatest: at(7) }
        );
    }
}

#[test]
fn a_batch_is_filed_under_all_its_times() {
    // Proves: a 0x0704 spans its records, whatever their order; impossible dates among them do not count.
    let impossible = BcdTime([0x26, 0x02, 0x31, 0x25, 0, 0]);
    let reports = [second(50), impossible, second(20), second(30)].map(report);
    let batch = LocationBatch::new(BatchKind::Backfill, &reports).expect("fits");
    let found = head(&terminal(Edition::V2013).batch(&batch).expect("fits").wire).expect("a frame");
    assert_eq!((found.least, found.greatest), (at(20), at(50)));
}

#[test]
fn frames_without_an_event_time_are_filed_under_receive_time() {
    // Proves: an impossible date, an authentication and a cut-off position are found by when they came.
    let mut terminal = terminal(Edition::V2013);
    let frames = [
        terminal.location(&report(BcdTime([0xFF; 6]))).expect("fits"),
        terminal.authenticate().expect("fits"),
        terminal.send_raw(MessageId::LOCATION, &[0; 10]).expect("fits"),
    ];
    for sent in frames {
        let found = head(&sent.wire).expect("a frame");
        assert_eq!((found.least, found.greatest), (RECEIVED, RECEIVED));
    }
}

#[test]
fn packets_of_a_split_message_outlast_their_receipt() {
    // Proves: a packet, whose times are not known before the message is joined, is found for an hour more.
    let sent = terminal(Edition::V2019).send_raw(MessageId::LOCATION_BATCH, &[0; 1500]).expect("fits");
    assert_eq!(sent.frames, 2);
    let middle = sent.wire.windows(2).position(|pair| pair == [0x7E, 0x7E]).expect("two frames") + 1;
    for packet in [sent.wire.slice(..middle), sent.wire.slice(middle..)] {
        let found = head(&packet).expect("a frame");
        assert_eq!((found.least, found.greatest), (Timestamp::BEGINNING, RECEIVED + Span::from_secs(3600)));
    }
}

#[test]
fn what_is_no_frame_has_no_head() {
    // Proves: bytes that do not parse are recorded without an index entry, never a panic.
    assert_eq!(head(&Bytes::from_static(b"\x7e\x01\x7e")), None);
    assert_eq!(head(&Bytes::new()), None);
}
