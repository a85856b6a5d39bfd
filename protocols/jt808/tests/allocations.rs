//! Counts heap allocations on the path that every position takes. A test binary of its own: the count is global.

#![expect(clippy::unwrap_used, reason = "a test may unwrap: its panic is its report")]

use bytes::BytesMut;
use jt808::frame::{FrameLimits, Framer};
use jt808::header::Edition;
use jt808::location::{AlarmFlags, Items, LocationReport, StatusFlags};
use jt808::messages::Message;
use jt808::phone::Phone;
use jt808::terminal::Terminal;
use jt808::time::BcdTime;

#[global_allocator]
static COUNTING: dhat::Alloc = dhat::Alloc;

/// A stream of positions; every third one has bytes that must be escaped.
fn stream(reports: u32) -> BytesMut {
    let mut terminal = Terminal::new(Edition::V2013, Phone::parse("13800138000").unwrap());
    let mut wire = BytesMut::new();
    for number in 0..reports {
        let report = LocationReport {
            alarm: AlarmFlags(0),
            status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED),
            latitude: if number % 3 == 0 { 0x0214_7E7D } else { 34_870_000 },
            longitude: 113_570_000 + number,
            altitude: 96,
            speed: 425,
            direction: 90,
            time: BcdTime([0x26, 0x03, 0x01, 0x10, 0x15, 0x00]),
            items: Items::builder().mileage(number).signal_strength(28).satellites(17).finish(),
        };
        wire.extend_from_slice(&terminal.location(&report).unwrap().wire);
    }
    wire
}

/// Feeds the stream in reads of 1,400 bytes and decodes every position and item; gives how many there were.
fn decode(wire: &[u8], framer: &mut Framer, buffer: &mut BytesMut) -> usize {
    let mut seen = 0;
    for read in wire.chunks(1400) {
        buffer.extend_from_slice(read);
        while let Some(found) = framer.next(buffer) {
            let Message::Location(report) = found.unwrap().decode().unwrap().message else { panic!("a position") };
            seen += report.items.iter().filter_map(|item| item.typed()).count();
        }
    }
    seen
}

/// Proves that decoding positions allocates nothing once the buffers are warm.
#[test]
fn warm_decoding_allocates_nothing() {
    let wire = stream(10_000);
    let mut framer = Framer::new(FrameLimits::default());
    let mut buffer = BytesMut::with_capacity(8192);
    let profiler = dhat::Profiler::builder().testing().build();
    assert_eq!(decode(&wire, &mut framer, &mut buffer), 30_000);
    let warm = dhat::HeapStats::get().total_blocks;
    assert_eq!(decode(&wire, &mut framer, &mut buffer), 30_000);
    let blocks = dhat::HeapStats::get().total_blocks - warm;
    drop(profiler);
    println!("{warm} allocations while warming up over 10,000 frames, {blocks} in the next 10,000");
    assert_eq!(blocks, 0);
}
