//! Appends per second of the record, every batch durable before it is acknowledged, beside the disk's own limit.
//!
//! `cargo bench --bench record [-- SECONDS]`: batches of 1, 50 and 1,000 records of 100 bytes through `Journal::append`
//! (queue, writer thread, CRC, index, fdatasync), and the same bytes by `write_at` + `fdatasync` on a preallocated file.

use bytes::{Bytes, BytesMut};
use jt808::{frame::Head, header::Edition, ids::MessageId, phone::Phone, time::BcdTime};
use muckwatch::{
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, Seq},
        input::{Event, RawFrame},
        time::Timestamp,
    },
    record::{NewInput, config::RecordConfig, disk::Disk, folder::Folder, journal::Journal},
};
use std::time::{Duration, Instant};

/// Bytes of one record on disk: a frame of 60 and 40 of header and connection.
const RECORD_BYTES: usize = 100;
const FILE_BYTES: usize = 64 << 20;

/// What one run measured.
struct Outcome {
    records: usize,
    took: Duration,
    /// Time of each batch, sorted.
    batches: Vec<Duration>,
}

fn main() {
    let seconds = std::env::args().find_map(|word| word.parse::<u64>().ok()).unwrap_or(3);
    let frame = frame();
    println!("record: {} B per record on disk, {seconds} s per line", frame.len() + 40);
    println!("{:>6} {:>24} {:>14} {:>10} {:>10}", "batch", "", "records/s", "p50 ms", "p99 ms");
    for batch in [1, 50, 1000] {
        print(batch, "write + fdatasync", &raw(batch, Duration::from_secs(seconds)));
        print(batch, "Journal::append", &journal(batch, &frame, Duration::from_secs(seconds)));
    }
}

/// A position report of 60 bytes or so.
fn frame() -> Bytes {
    let mut body = [0x11_u8; 45];
    body[22..28].copy_from_slice(&BcdTime::from_unix_ms(1_795_449_600_000).expect("a date").0);
    let mut out = BytesMut::new();
    let phone = Phone::parse("13900000001").expect("digits");
    Head::new(Edition::V2013.layout(), phone, 1).encode(MessageId::LOCATION, &body, &mut out).expect("fits");
    out.freeze()
}

fn raw(batch: usize, length: Duration) -> Outcome {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let disk = Folder::take(folder.path()).expect("taken");
    let file = disk.create("raw").expect("created");
    file.write_at(0, &vec![0; FILE_BYTES]).expect("preallocated");
    file.sync().expect("synced");
    let bytes = vec![0x55; batch * RECORD_BYTES];
    let mut position = 0;
    measure(batch, length, || {
        if position + bytes.len() > FILE_BYTES {
            position = 0;
        }
        file.write_at(position as u64, &bytes).expect("written");
        file.sync().expect("synced");
        position += bytes.len();
    })
}

fn journal(batch: usize, frame: &Bytes, length: Duration) -> Outcome {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let journal = Journal::open(folder.path(), RecordConfig::default()).expect("opens");
    let frame = RawFrame { connection: ConnectionId(1), session: SessionTrust::Authenticated, raw: frame.clone() };
    let one = NewInput { received: Timestamp::from_millis(1_795_449_600_000), event: Event::Frame(frame) };
    let outcome = measure(batch, length, || {
        let receipt = journal.append_blocking(vec![one.clone(); batch]).expect("durable");
        assert_eq!(receipt.last().0 - receipt.first().0 + 1, batch as u64);
    });
    let begun = Instant::now();
    let read = journal.read_from(Seq(1)).inspect(|input| assert!(input.is_ok(), "readable")).count();
    assert_eq!(read, outcome.records);
    println!("{batch:>6} {:>24} {:>14}", "read_from", per_second(read, begun.elapsed()));
    outcome
}

fn per_second(records: usize, took: Duration) -> u128 {
    records as u128 * 1_000_000 / took.as_micros().max(1)
}

fn measure(batch: usize, length: Duration, mut once: impl FnMut()) -> Outcome {
    let (begun, mut batches) = (Instant::now(), Vec::new());
    while begun.elapsed() < length {
        let start = Instant::now();
        once();
        batches.push(start.elapsed());
    }
    let took = begun.elapsed();
    batches.sort();
    Outcome { records: batches.len() * batch, took, batches }
}

fn print(batch: usize, what: &str, outcome: &Outcome) {
    let at = |share: usize| outcome.batches[(outcome.batches.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    let rate = per_second(outcome.records, outcome.took);
    println!("{batch:>6} {what:>24} {rate:>14} {:>10.3} {:>10.3}", at(50), at(99));
}
