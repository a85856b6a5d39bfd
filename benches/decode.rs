//! Frames per second through framer and decoder, with the memory limits of the machine beside them.
//!
//! ```text
//! cargo bench --bench decode
//! ```
//! The bytes come as from a socket: reads of 16 KiB into a buffer, frames out of it, every position decoded and every
//! item read. `copy` is the same bytes over and over, 64 MiB in all, copied once from memory to memory, `sum` the same
//! read once: no decoder can be faster. MB/s throughout.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use jt808::frame::{FrameLimits, Framer};
use jt808::header::Edition;
use jt808::location::{AlarmFlags, Items, LocationReport, StatusFlags};
use jt808::messages::Message;
use jt808::phone::Phone;
use jt808::terminal::Terminal;
use jt808::time::BcdTime;

/// Frames in one run: about a millisecond, so that some runs are not interrupted on a shared machine.
const FRAMES: usize = 2000;
/// Bytes of one read.
const READ: usize = 16 * 1024;
/// Runs; the best counts.
const RUNS: usize = 2000;
/// Bytes for the limits: more than the caches hold.
const LARGE: usize = 64 << 20;
/// Runs for the limits.
const LARGE_RUNS: usize = 5;

fn main() {
    println!(
        "{:<22} {:>9} {:>7} {:>11} {:>9} {:>8} {:>8} {:>8}",
        "frames", "bytes/fr", "fields", "frames/s", "ns/frame", "MB/s", "copy", "sum"
    );
    report("generated positions", &generated());
    match collected() {
        Some(stream) => report("real devices", &stream),
        None => println!("../shared/frames/dev.jsonl is absent: no figures for real frames"),
    }
}

/// Positions of many terminals as our encoder writes them, alternating editions.
fn generated() -> Vec<u8> {
    let mut terminals: Vec<_> = (0..1000_u32)
        .filter_map(|number| {
            let edition = Edition::ALL.get(number as usize % 3)?;
            Some(Terminal::new(*edition, Phone::parse(&format!("1390000{number:04}"))?))
        })
        .collect();
    let mut stream = Vec::new();
    for number in 0..FRAMES {
        let step = u32::try_from(number % 100_000).expect("small");
        let position = LocationReport {
            alarm: AlarmFlags(0),
            status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED | 1 << 18),
            latitude: 34_800_000 + step * 7,
            longitude: 113_500_000 + step * 11,
            altitude: 96,
            speed: u16::try_from(step % 800).expect("small"),
            direction: u16::try_from(step % 360).expect("small"),
            time: BcdTime([0x26, 0x03, 0x01, 0x10, 0x15, 0x00]),
            items: Items::builder().mileage(step).signal_strength(28).satellites(17).finish(),
        };
        let count = terminals.len();
        let sent = terminals[number % count].location(&position).expect("a position fits a frame");
        stream.extend_from_slice(&sent.wire);
    }
    stream
}

/// The frames of real devices beside the repository, over and over.
fn collected() -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/frames/dev.jsonl");
    let text = std::fs::read_to_string(path).ok()?;
    let rows = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let frames: Vec<_> =
        rows.filter(|row| row["origin"] == "real-device").filter_map(|row| unhex(row["hex"].as_str()?)).collect();
    Some(frames.iter().cycle().take(FRAMES).flatten().copied().collect())
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks_exact(2).map(pair).collect()
}

/// What one pass over a stream saw.
#[derive(Clone, Copy, Default)]
struct Seen {
    frames: usize,
    fields: usize,
}

fn decode(stream: &[u8]) -> Seen {
    let (mut framer, mut buffer) = (Framer::new(FrameLimits::default()), BytesMut::with_capacity(READ * 4));
    let mut seen = Seen::default();
    for read in stream.chunks(READ) {
        buffer.extend_from_slice(read);
        while let Some(found) = framer.next(&mut buffer) {
            seen.frames += 1;
            if let Ok(frame) = found {
                seen.fields += frame.decode().map_or(0, |decoded| fields(&decoded.message));
            }
        }
    }
    seen
}

/// Reads everything that is read on demand.
fn fields(message: &Message) -> usize {
    match message {
        Message::Location(report) => report.items.iter().filter_map(|item| item.typed()).count() + 8,
        Message::Batch(batch) => batch.reports().flatten().map(|report| report.items.iter().count() + 8).sum(),
        _ => 1,
    }
}

/// The best of some runs.
fn best<T>(runs: usize, mut run: impl FnMut() -> T) -> (T, Duration) {
    let mut timed = || {
        let start = Instant::now();
        let result = run();
        (result, start.elapsed())
    };
    let mut best = timed();
    for _ in 1..runs {
        let next = timed();
        if next.1 < best.1 {
            best = next;
        }
    }
    best
}

fn report(name: &str, stream: &[u8]) {
    let (seen, time) = best(RUNS, || black_box(decode(black_box(stream))));
    let large = stream.repeat(LARGE.div_ceil(stream.len()));
    let mut copy = vec![0_u8; large.len()];
    let ((), copied) = best(LARGE_RUNS, || black_box(&mut copy[..]).copy_from_slice(black_box(&large)));
    let (_, summed) = best(LARGE_RUNS, || black_box(black_box(&large).iter().fold(0_u8, |sum, byte| sum ^ byte)));
    let rate = |bytes: &[u8], time: Duration| as_f64(bytes.len()) / time.as_secs_f64() / 1e6;
    println!(
        "{name:<22} {:>9.1} {:>7} {:>11.0} {:>9.1} {:>8.0} {:>8.0} {:>8.0}",
        as_f64(stream.len()) / as_f64(seen.frames),
        seen.fields / seen.frames.max(1),
        as_f64(seen.frames) / time.as_secs_f64(),
        time.as_secs_f64() * 1e9 / as_f64(seen.frames),
        rate(stream, time),
        rate(&large, copied),
        rate(&large, summed),
    );
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
