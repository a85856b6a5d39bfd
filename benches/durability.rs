//! What each way to be durable on more than one machine costs: time from an append to its receipt, and appends at most.
//!
//! `cargo bench --bench durability [-- SECONDS]`: the same frames through the record with fsync only; with a copy on PostgreSQL,
//! alone and with a synchronous standby; and with a copy in the journal of another gateway over TCP (a peer in this process that
//! appends to a journal of its own and answers). Each at 20,000 frames a second and at full load. Engines, peer and generator are
//! on this machine and share its disk, so each copy's fdatasync stands in line with the record's own: take the ratios.

use bytes::{Bytes, BytesMut};
use engines::{Engines, Postgres, Redis};
use jt808::{frame::Head, header::Edition, ids::MessageId, phone::Phone, time::BcdTime};
use muckwatch::{
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, GatewayNumber, Seq},
        input::{Event, Input, RawFrame},
        time::Timestamp,
    },
    record::{
        NewInput,
        config::RecordConfig,
        copied::{decode, encode},
        gate::Gate,
        journal::Journal,
    },
    store::{
        config::StoreConfig,
        episodes::Fence,
        frames::{
            config::CopyConfig, copier::Copier, copy::Writer, counters::CopyCounters, link::Servers, schema,
            schema_of_writers,
        },
    },
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

/// Frames of one append: one read of a connection that catches up.
const APPEND: usize = 20;
/// Frames a second of the fixed load.
const RATE: usize = 20_000;
/// Between two bursts of the fixed load.
const BURST: Duration = Duration::from_millis(10);
/// Callers of the full load, each with one append under way.
const CALLERS: usize = 400;
/// Most frames of a batch to the peer, about 1 MB.
const PEER_BATCH: usize = 16_384;

fn main() {
    let seconds = std::env::args().find_map(|word| word.parse::<u64>().ok()).unwrap_or(5);
    let length = Duration::from_secs(seconds);
    let runtime = Runtime::new().expect("a runtime");
    println!("{:>28} {:>8} {:>10} {:>9} {:>9} {:>8}", "durable by", "load", "frames/s", "p50 ms", "p99 ms", "batch");
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let journal = Journal::open(&folder.path().join("alone"), RecordConfig::default()).expect("opens");
    run(&runtime, "fsync", &journal, length);
    let (journal, gate) = Journal::gated(&folder.path().join("sender"), RecordConfig::default()).expect("opens");
    let peer = folder.path().join("peer");
    runtime.block_on(async { start_peer(&journal, gate, &peer).await });
    run(&runtime, "fsync + another gateway", &journal, length);
    for (what, wish) in [("fsync + primary alone", Postgres::Primary), ("fsync + primary + standby", Postgres::Standby)]
    {
        let Some(engines) = Engines::start(Redis::Absent, wish) else { return };
        let (journal, gate) = Journal::gated(&folder.path().join(what), RecordConfig::default()).expect("opens");
        let stop = CancellationToken::new();
        runtime.block_on(start_copier(&journal, gate, engines.database(), stop.clone()));
        run(&runtime, what, &journal, length);
        stop.cancel();
    }
}

/// Both loads, one line each.
fn run(runtime: &Runtime, what: &str, journal: &Journal, length: Duration) {
    for load in ["20 k/s", "full"] {
        let before = journal.stats().batches;
        let begun = Instant::now();
        let mut times = match load {
            "full" => runtime.block_on(full(journal, length)),
            _ => runtime.block_on(fixed(journal, length)),
        };
        let took = begun.elapsed();
        times.sort_unstable();
        let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
        let frames = times.len() * APPEND;
        let rate = frames as u128 * 1_000_000 / took.as_micros().max(1);
        let batch = frames as u64 / (journal.stats().batches - before).max(1);
        println!("{what:>28} {load:>8} {rate:>10} {:>9.2} {:>9.2} {batch:>8}", at(50), at(99));
    }
}

/// As many frames a second as are asked for, in bursts; what each append waited.
async fn fixed(journal: &Journal, length: Duration) -> Vec<Duration> {
    let (mut ticks, mut waiting) = (tokio::time::interval(BURST), JoinSet::new());
    let appends = RATE * BURST.subsec_millis() as usize / 1000 / APPEND;
    for _ in 0..length.as_millis() / BURST.as_millis() {
        ticks.tick().await;
        for caller in 0..appends {
            let begun = Instant::now();
            let pending = journal.submit(frames(caller)).await.expect("queued");
            waiting.spawn(async move { pending.await.map(|_| begun.elapsed()).expect("durable") });
        }
    }
    waiting.join_all().await
}

/// Many callers that append again as soon as they are answered.
async fn full(journal: &Journal, length: Duration) -> Vec<Duration> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let journal = journal.clone();
        callers.spawn(async move {
            let (begun, mut times) = (Instant::now(), Vec::new());
            while begun.elapsed() < length {
                let start = Instant::now();
                let receipt = journal.append(frames(caller)).await.expect("durable");
                assert_eq!(receipt.last().0 + 1 - receipt.first().0, APPEND as u64);
                times.push(start.elapsed());
            }
            times
        });
    }
    callers.join_all().await.concat()
}

/// Position reports of 73 bytes on the wire.
fn frames(caller: usize) -> Vec<NewInput> {
    let mut body = [0x11_u8; 57];
    body[22..28].copy_from_slice(&BcdTime::from_unix_ms(1_795_449_600_000).expect("a date").0);
    let mut out = BytesMut::new();
    let phone = Phone::parse(&format!("139{caller:08}")).expect("digits");
    Head::new(Edition::V2013.layout(), phone, 1).encode(MessageId::LOCATION, &body, &mut out).expect("fits");
    let frame =
        RawFrame { connection: ConnectionId(caller as u64), session: SessionTrust::Authenticated, raw: out.freeze() };
    let one = NewInput { received: Timestamp::from_millis(1_795_449_600_000), event: Event::Frame(frame) };
    vec![one; APPEND]
}

async fn start_copier(journal: &Journal, gate: Gate, urls: Vec<String>, stop: CancellationToken) {
    let (client, connection) = tokio_postgres::connect(&urls[0], tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    for step in [schema(), schema_of_writers()] {
        client.batch_execute(step).await.expect("tables");
    }
    let store = StoreConfig { postgres: urls, ..StoreConfig::default() };
    let servers = Servers::new(&store, &CopyConfig::default()).expect("addresses");
    let copier = Copier {
        journal: journal.clone(),
        gate,
        servers,
        writer: Writer { gateway: GatewayNumber(1), fence: Fence { token: 1, holder: "bench".to_owned() } },
        config: CopyConfig::default(),
        counters: Arc::new(CopyCounters::default()),
    };
    tokio::spawn(copier.run(stop));
}

/// Another gateway, and the task that sends it what is durable here.
async fn start_peer(journal: &Journal, gate: Gate, folder: &Path) {
    let theirs = Journal::open(folder, RecordConfig::default()).expect("opens");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a sender");
        receive(socket, theirs).await;
    });
    let socket = TcpStream::connect(address).await.expect("the peer");
    tokio::spawn(send(socket, journal.clone(), gate));
}

/// The peer: a batch in, durable, its last number out.
async fn receive(mut socket: TcpStream, journal: Journal) {
    socket.set_nodelay(true).expect("a socket");
    while let Ok(bytes) = socket.read_u32().await {
        let mut body = vec![0; bytes as usize];
        socket.read_exact(&mut body).await.expect("a whole batch");
        let inputs = decode(GatewayNumber(1), Bytes::from(body)).expect("as sent");
        let last = inputs.last().expect("not empty").seq.number();
        let inputs = inputs.into_iter().map(|input| NewInput { received: input.received, event: input.event });
        let mut receipts = Vec::new();
        for part in inputs.collect::<Vec<_>>().chunks(PEER_BATCH / 4) {
            receipts.push(journal.submit(part.to_vec()).await.expect("queued"));
        }
        for receipt in receipts {
            assert!(receipt.await.is_ok(), "durable");
        }
        socket.write_u64(last).await.expect("answered");
    }
}

/// The sender: whatever is durable here, one batch under way, as the copier does it.
async fn send(mut socket: TcpStream, journal: Journal, gate: Gate) {
    socket.set_nodelay(true).expect("a socket");
    let (mut durable, mut reader) = (journal.durable(), journal.read_from(Seq(1)));
    let mut next = Seq(1);
    while durable.wait_for(|last| *last >= next).await.is_ok() {
        let read = tokio::task::spawn_blocking(move || {
            let inputs: Vec<Input> = reader.by_ref().take(PEER_BATCH).collect::<Result<_, _>>().expect("readable");
            (inputs.last().map(|last| last.seq).expect("something"), encode(&inputs), reader)
        });
        let (last, body, back) = read.await.expect("no panic");
        reader = back;
        socket.write_u32(u32::try_from(body.len()).expect("small")).await.expect("sent");
        socket.write_all(&body).await.expect("sent");
        assert_eq!(socket.read_u64().await.expect("answered"), last.0);
        gate.release(last);
        next = Seq(last.0 + 1);
    }
}
