//! Positions acknowledged per second, durable, end to end over loopback: 1,000 connections, window 1 and 16.
//!
//! `cargo bench --bench gateway [-- SECONDS [CONNECTIONS]]`: this process plays the terminals; the server is a second
//! process (this binary again). Beside it: the same frames into a sink that acknowledges without recording, which is
//! what sockets and framing cost, and the disk's own `write + fdatasync` for batches as large as the gateway's were.

use bytes::{Bytes, BytesMut};
use jt808::{
    frame::{FrameLimits, Framer, Head},
    header::Edition,
    ids::MessageId,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    messages::{Message, PlatformReply, PlatformResult},
    phone::Phone,
    terminal::Terminal,
    time::BcdTime,
};
use muckwatch::{
    clock::{Clock, ClockKind},
    gateway::{
        Gateway, Parts,
        codes::Codes,
        config::GatewayConfig,
        registry::{EmptyRegistry, RegistryHandle},
    },
    model::ids::GatewayNumber,
    record::{config::RecordConfig, disk::Disk, folder::Folder, journal::Journal},
};
use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_util::sync::CancellationToken;

/// Distinct frames of one terminal; they are sent over and over.
const FRAMES: usize = 64;
/// Time before counting begins.
const WARM_UP: Duration = Duration::from_secs(1);

/// What the terminals saw.
struct Outcome {
    acknowledged: usize,
    took: Duration,
    /// Sorted.
    waits: Vec<Duration>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let number = |place: usize| words.get(place).and_then(|word| word.parse::<usize>().ok());
    match words.first().map(String::as_str) {
        Some("serve") => serve(),
        Some("sink") => sink(),
        _ => compare(number(0).unwrap_or(5), number(1).unwrap_or(1000)),
    }
}

fn compare(seconds: usize, connections: usize) {
    let length = Duration::from_secs(u64::try_from(seconds).expect("a few"));
    println!("gateway: {connections} connections over loopback, {seconds} s per line, 2 processes");
    println!("{:>28} {:>7} {:>12} {:>9} {:>9}", "", "window", "frames/s", "p50 ms", "p99 ms");
    for window in [1, 16] {
        for server in ["serve", "sink"] {
            let (mut child, address) = start(server);
            let outcome = runtime().block_on(play(address, connections, window, length));
            let batch = stop(&mut child);
            let what = if server == "serve" { "durable, then acknowledged" } else { "acknowledged, not recorded" };
            print(what, window, &outcome);
            if let Some(batch) = batch {
                println!(
                    "{:>28} {window:>7} {:>12}   {batch} records a sync",
                    "the disk alone",
                    disk_alone(batch, length)
                );
            }
        }
    }
}

fn print(what: &str, window: usize, outcome: &Outcome) {
    let rate = outcome.acknowledged as u128 * 1_000_000 / outcome.took.as_micros().max(1);
    let at = |share: usize| {
        let place = outcome.waits.len().saturating_sub(1) * share / 100;
        outcome.waits.get(place).map_or(0.0, |wait| wait.as_secs_f64() * 1000.0)
    };
    println!("{what:>28} {window:>7} {rate:>12} {:>9.2} {:>9.2}", at(50), at(99));
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn start(server: &str) -> (Child, SocketAddr) {
    let binary = std::env::current_exe().expect("this binary");
    let mut child =
        Command::new(binary).arg(server).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("an address");
    (child, line.trim().parse().expect("an address"))
}

/// Stops a server; a gateway says how many records a sync had.
fn stop(child: &mut Child) -> Option<usize> {
    drop(child.stdin.take());
    let mut said = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut said).expect("text");
    child.wait().expect("ends");
    said.trim().parse().ok()
}

/// A server's life: prints its address, serves until stdin ends.
async fn live<F: Future<Output = ()>>(serving: impl FnOnce(TcpListener, CancellationToken) -> F) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("bound"));
    let stop = CancellationToken::new();
    let told = stop.clone();
    std::thread::spawn(move || {
        std::io::stdin().read_to_end(&mut Vec::new()).expect("the parent hangs up");
        told.cancel();
    });
    serving(listener, stop).await;
}

fn serve() {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let journal = Journal::open(folder.path(), RecordConfig::default()).expect("opens");
    let gateway = Gateway::new(Parts {
        number: GatewayNumber::ALONE,
        config: GatewayConfig::default(),
        journal: journal.clone(),
        clock: Clock::of(ClockKind::Wall),
        registry: RegistryHandle::new(Arc::new(EmptyRegistry)),
        codes: Codes::with_secret([1; 32]),
    });
    runtime().block_on(live(|listener, stop| async move { gateway.serve(listener, stop).await }));
    let stats = journal.stats();
    println!("{}", stats.inputs / stats.batches.max(1));
}

/// Acknowledges everything, records nothing.
fn sink() {
    runtime().block_on(live(|listener, stop| async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => {
                    let (stream, _) = accepted.expect("accepts");
                    tokio::spawn(swallow(stream));
                }
            }
        }
    }));
}

async fn swallow(mut stream: TcpStream) {
    stream.set_nodelay(true).expect("a socket");
    let (mut framer, mut buffer, mut out, mut serial) =
        (Framer::new(FrameLimits::default()), BytesMut::new(), BytesMut::new(), 0_u16);
    loop {
        buffer.reserve(8192);
        if stream.read_buf(&mut buffer).await.map_or(0, |read| read) == 0 {
            return;
        }
        while let Some(Ok(frame)) = framer.next(&mut buffer) {
            let (id, result) = (frame.header.id, PlatformResult::Success);
            let reply = Message::PlatformReply(PlatformReply { serial: frame.header.serial, id, result });
            let body = reply.encode_body(frame.header.edition()).expect("fits");
            Head::reply_to(&frame.header, serial).encode(MessageId::PLATFORM_REPLY, &body, &mut out).expect("fits");
            serial = serial.wrapping_add(1);
        }
        if stream.write_all(&out.split()).await.is_err() {
            return;
        }
    }
}

/// Plays all terminals for a while.
async fn play(address: SocketAddr, connections: usize, window: usize, length: Duration) -> Outcome {
    let begin = Instant::now() + WARM_UP;
    let end = begin + length;
    let terminals: Vec<_> =
        (0..connections).map(|number| tokio::spawn(terminal(address, number, window, (begin, end)))).collect();
    let mut waits = Vec::new();
    for terminal in terminals {
        waits.extend(terminal.await.expect("no panic"));
    }
    waits.sort_unstable();
    Outcome { acknowledged: waits.len(), took: length, waits }
}

#[expect(clippy::naive_bytecount, reason = "a few hundred bytes a read: a crate would not show")]
/// Keeps a window of frames in flight; returns the waits of those acknowledged between `begin` and `end`.
async fn terminal(
    address: SocketAddr,
    number: usize,
    window: usize,
    (begin, end): (Instant, Instant),
) -> Vec<Duration> {
    let frames = frames(number);
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.set_nodelay(true).expect("a socket");
    let (mut in_flight, mut waits, mut buffer) = (VecDeque::new(), Vec::new(), [0; 4096]);
    let (mut next, mut out) = (frames.iter().cycle(), Vec::new());
    let (mut free, mut delimiters) = (window, 0);
    while Instant::now() < end {
        out.clear();
        for frame in next.by_ref().take(free) {
            out.extend_from_slice(frame);
        }
        stream.write_all(&out).await.expect("the server reads");
        in_flight.extend(std::iter::repeat_n(Instant::now(), free));
        let read = stream.read(&mut buffer).await.expect("the server answers");
        assert!(read > 0, "the server hung up");
        // Two delimiters an answer; within an answer they are escaped.
        delimiters += buffer[..read].iter().filter(|byte| **byte == 0x7E).count();
        free = delimiters / 2;
        delimiters %= 2;
        let now = Instant::now();
        let answered = in_flight.drain(..free).map(|sent: Instant| now - sent);
        waits.extend(answered.filter(|_| begin <= now && now < end));
    }
    waits
}

/// Positions of one terminal, some 65 bytes each.
fn frames(number: usize) -> Vec<Bytes> {
    let phone = Phone::parse(&format!("139{number:08}")).expect("digits");
    let mut terminal = Terminal::new(Edition::V2013, phone);
    let position = |second: usize| LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED),
        latitude: 34_870_000,
        longitude: 113_570_000,
        altitude: 96,
        speed: 425,
        direction: 90,
        time: BcdTime::from_unix_ms(1_795_449_600_000 + i64::try_from(second).expect("small") * 10_000)
            .expect("a date"),
        items: Items::builder().mileage(10_452).satellites(17).finish(),
    };
    (0..FRAMES).map(|second| terminal.location(&position(second)).expect("fits").wire).collect()
}

/// Records a second of `write + fdatasync` alone, `batch` records of 105 bytes at once.
fn disk_alone(batch: usize, length: Duration) -> u128 {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let file = Folder::take(folder.path()).expect("taken").create("raw").expect("created");
    let (size, bytes) = (64 << 20, vec![0x55; batch.max(1) * 105]);
    file.write_at(0, &vec![0; size]).expect("preallocated");
    file.sync().expect("synced");
    let (begun, mut position, mut records) = (Instant::now(), 0, 0);
    while begun.elapsed() < length {
        position = if position + bytes.len() > size { 0 } else { position };
        file.write_at(position as u64, &bytes).expect("written");
        file.sync().expect("synced");
        position += bytes.len();
        records += batch;
    }
    records as u128 * 1_000_000 / begun.elapsed().as_micros()
}
