//! Kill -9 of the real binary under load: whatever it acknowledged is in the record afterwards.
//!
//! `MUCKWATCH_KILL_RUNS` sets how often (default 5). This says nothing about power loss, which the page cache of the
//! machine hides from a killed process; `record::crash_tests` does.
#![cfg(feature = "shell")]

use bytes::BytesMut;
use jt808::{
    frame::{FrameLimits, Framer},
    header::Edition,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    phone::Phone,
    terminal::{Answer, Terminal},
    time::BcdTime,
};
use muckwatch::{
    model::{ids::Seq, input::Event},
    record::{config::RecordConfig, journal::Journal},
};
use std::{
    collections::{BTreeSet, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Connections at once.
const CLIENTS: u64 = 6;
/// Frames a connection has in flight.
const WINDOW: usize = 16;
/// Longest time the binary may take to come up: a debug build on a busy machine.
const START_LIMIT: Duration = Duration::from_mins(2);

/// The running binary; killed when dropped.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().expect("still there to be killed");
        self.child.wait().expect("ended");
    }
}

impl Server {
    /// Starts the binary on a data folder and waits until terminals can connect.
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_muckwatch"))
            .args(["serve", "--gateway", "127.0.0.1:0", "--api", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(["--ledger", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/ledger/good")])
            .env("MUCKWATCH__RECORD__SEGMENT_BYTES", "1048576")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (found, wait) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("terminals connect to ") {
                    found.send(address.trim().parse().expect("an address")).expect("the test waits");
                }
            }
        });
        let address = wait.recv_timeout(START_LIMIT).expect("the server comes up");
        Self { child, address }
    }
}

fn report(second: i64) -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED),
        latitude: 34_870_000,
        longitude: 113_570_000,
        altitude: 96,
        speed: 425,
        direction: 90,
        time: BcdTime::from_unix_ms(1_795_449_600_000 + second * 1000).expect("a date"),
        items: Items::builder().mileage(10_452).finish(),
    }
}

/// Sends positions with a full window until the connection breaks; returns the frames that were acknowledged.
fn drive(address: SocketAddr, phone: u64) -> Vec<Vec<u8>> {
    let phone = Phone::parse(&phone.to_string()).expect("digits");
    let (mut terminal, mut framer) = (Terminal::new(Edition::V2013, phone), Framer::new(FrameLimits::default()));
    let (mut waiting, mut acknowledged) = (VecDeque::new(), Vec::new());
    let (mut buffer, mut chunk) = (BytesMut::new(), [0; 4096]);
    let Ok(mut stream) = TcpStream::connect(address) else { return acknowledged };
    for second in 0.. {
        let sent = terminal.location(&report(second % 40_000)).expect("fits");
        if stream.write_all(&sent.wire).is_err() {
            break;
        }
        waiting.push_back((sent.first_serial, sent.wire.to_vec()));
        while waiting.len() >= WINDOW {
            let Some(read) = stream.read(&mut chunk).ok().filter(|read| *read > 0) else { return acknowledged };
            buffer.extend_from_slice(&chunk[..read]);
            while let Some(frame) = framer.next(&mut buffer) {
                let answer = terminal.receive(&frame.expect("a good frame")).expect("decodes");
                let Answer::General(reply) = answer else { panic!("{answer:?}") };
                let place = waiting.iter().position(|(serial, _)| *serial == reply.serial);
                let (_, wire) = waiting.remove(place.expect("an answer to what was sent")).expect("found");
                acknowledged.push(wire);
            }
        }
    }
    acknowledged
}

/// Drives the server with all clients, kills it in the middle, returns what it had acknowledged.
fn run(data: &Path, run: u64) -> Vec<Vec<u8>> {
    let server = Server::start(data);
    let address = server.address;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let phone = 13_900_000_000 + run * 100 + client;
            thread::spawn(move || drive(address, phone))
        })
        .collect();
    thread::sleep(Duration::from_millis(300 + run * 137 % 700));
    drop(server);
    clients.into_iter().flat_map(|client| client.join().expect("no panic")).collect()
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    // Proves: after each kill of the real server under load and its restart, every frame it acknowledged is in the
    // record, once per acknowledgement at least, and the record's seqs have no holes.
    let runs = std::env::var("MUCKWATCH_KILL_RUNS").map_or(5, |runs| runs.parse().expect("a number"));
    let data = tempfile::tempdir().expect("a folder");
    let mut acknowledged = Vec::new();
    for number in 0..runs {
        let fresh = run(data.path(), number);
        println!("run {number}: {} frames acknowledged before the kill", fresh.len());
        assert!(!fresh.is_empty(), "the kill comes under load");
        acknowledged.extend(fresh);
    }
    drop(Server::start(data.path()));
    let journal = Journal::open(&data.path().join("record"), RecordConfig::default()).expect("opens after a kill");
    let mut recorded = BTreeSet::new();
    for (input, seq) in journal.read_from(Seq(1)).zip(1..) {
        let input = input.expect("readable");
        assert_eq!(input.seq, Seq(seq), "no hole");
        if let Event::Frame(frame) = input.event {
            recorded.insert(frame.raw.to_vec());
        }
    }
    let lost = acknowledged.iter().filter(|frame| !recorded.contains(*frame)).count();
    assert_eq!(lost, 0, "of {} acknowledged frames", acknowledged.len());
    println!("{} acknowledged frames over {runs} kills, 0 lost", acknowledged.len());
}
