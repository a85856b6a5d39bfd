//! A gateway with its record in a temporary folder, a disk with a gate, and a terminal that speaks.

use bytes::{Bytes, BytesMut};
use jt808::{
    frame::{Frame, FrameLimits, Framer},
    header::Edition,
    ids::MessageId,
    location::{AlarmFlags, Items, LocationReport, StatusFlags},
    messages::{Message, PlatformReply, PlatformResult, RegisterReply},
    phone::Phone,
    terminal::{Answer, Sent, Terminal},
    time::BcdTime,
};
use muckwatch::{
    clock::{Clock, ClockKind},
    gateway::{
        Gateway, Parts,
        codes::Codes,
        config::GatewayConfig,
        registry::{Enrolled, Registry, RegistryHandle},
    },
    model::{
        ids::{GatewayNumber, Seq, TerminalId},
        input::{Event, Input, RawFrame},
        time::Timestamp,
    },
    record::{
        config::RecordConfig,
        disk::{Disk, DiskFile},
        folder::Folder,
        journal::Journal,
    },
};
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// Longest wait for anything a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a test's gateway is like.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) number: GatewayNumber,
    pub(crate) gateway: GatewayConfig,
    /// Phone and code of the terminals in the ledger; an empty code = the issued one.
    pub(crate) enrolled: Vec<(&'static str, &'static str)>,
}

/// A running gateway.
pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) journal: Journal,
    pub(crate) address: SocketAddr,
    pub(crate) gate: Arc<Gate>,
    pub(crate) stop: CancellationToken,
    serving: JoinHandle<()>,
    _folder: TempDir,
}

/// How the disk behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Works,
    /// Syncs wait until the mode changes.
    Shut,
    /// Writes and syncs fail as on a full disk.
    Full,
}

/// The gate before the disk.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    mode: Mutex<Mode>,
    changed: Condvar,
}

#[derive(Debug)]
struct GatedDisk(Folder, Arc<Gate>);

#[derive(Debug)]
struct GatedFile(Arc<dyn DiskFile>, Arc<Gate>);

#[derive(Debug)]
struct Terminals(BTreeMap<TerminalId, String>);

impl House {
    pub(crate) async fn open(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let gate = Arc::new(Gate::default());
        let disk = Folder::take(&folder.path().join("record")).expect("a fresh folder");
        let disk: Arc<dyn Disk> = Arc::new(GatedDisk(disk, Arc::clone(&gate)));
        let record =
            RecordConfig { segment_bytes: 1 << 20, max_bytes: 64 << 20, retry_ms: 0, ..RecordConfig::default() };
        let journal = Journal::on(&disk, record).expect("opens");
        let enrolled = options.enrolled.iter().map(|(phone, code)| (terminal_id(phone), (*code).to_owned()));
        let gateway = Gateway::new(Parts {
            number: options.number,
            config: options.gateway,
            journal: journal.clone(),
            clock: Clock::of(ClockKind::Wall),
            registry: RegistryHandle::new(Arc::new(Terminals(enrolled.collect()))),
            codes: Codes::with_secret([7; 32]),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (address, stop) = (listener.local_addr().expect("bound"), CancellationToken::new());
        let serving = {
            let (gateway, stop) = (gateway.clone(), stop.clone());
            tokio::spawn(async move { gateway.serve(listener, stop).await })
        };
        Self { gateway, journal, address, gate, stop, serving, _folder: folder }
    }

    pub(crate) async fn connect(&self, edition: Edition, phone: &str) -> Client {
        let stream = TcpStream::connect(self.address).await.expect("the gateway listens");
        stream.set_nodelay(true).expect("a socket");
        Client::new(stream, edition, phone)
    }

    /// Waits until a figure of the gateway is at least `wanted`.
    pub(crate) async fn wait_for(
        &self,
        what: &str,
        wanted: u64,
        figure: impl Fn(&muckwatch::gateway::counters::CounterValues) -> u64,
    ) {
        let reached = async {
            while figure(&self.gateway.counters().values()) < wanted {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        assert!(timeout(PATIENCE, reached).await.is_ok(), "{what} never reached {wanted}");
    }

    /// Stops the gateway and returns what the record holds.
    pub(crate) async fn close(self) -> Vec<Input> {
        self.stop.cancel();
        timeout(PATIENCE, self.serving).await.expect("stops in time").expect("no panic");
        self.journal.close();
        self.journal.read_from(Seq(1)).map(|input| input.expect("readable")).collect()
    }
}

impl Gate {
    pub(crate) fn set(&self, mode: Mode) {
        *self.mode.lock().expect("not poisoned") = mode;
        self.changed.notify_all();
    }

    /// Lets a call through, holds it, or fails it.
    fn pass(&self, call: Call) -> io::Result<()> {
        let held = |mode: &mut Mode| *mode == Mode::Shut && call == Call::Sync;
        let mode = self.changed.wait_while(self.mode.lock().expect("not poisoned"), held).expect("not poisoned");
        if *mode == Mode::Full { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Write,
    Sync,
}

impl Disk for GatedDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.1.pass(Call::Write)?;
        Ok(Arc::new(GatedFile(self.0.create(name)?, Arc::clone(&self.1))))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(GatedFile(self.0.open(name)?, Arc::clone(&self.1))))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.0.remove(name)
    }
}

impl DiskFile for GatedFile {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(position, into)
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.1.pass(Call::Write)?;
        self.0.write_at(position, bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.1.pass(Call::Sync)?;
        self.0.sync()
    }
}

impl Registry for Terminals {
    fn enrolled(&self, terminal: TerminalId, _: Timestamp) -> Option<Enrolled> {
        self.0.get(&terminal).map(|auth_code| Enrolled { auth_code: auth_code.clone() })
    }
}

/// One connection of a terminal.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pub(crate) terminal: Terminal,
    framer: Framer,
    buffer: BytesMut,
}

impl Client {
    fn new(stream: TcpStream, edition: Edition, phone: &str) -> Self {
        let terminal = Terminal::new(edition, Phone::parse(phone).expect("digits"));
        Self { stream, terminal, framer: Framer::new(FrameLimits::default()), buffer: BytesMut::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the gateway reads");
    }

    /// The next frame of the platform; `None` at the end of the connection.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.framer.next(&mut self.buffer) {
                return Some(frame.expect("the gateway sends good frames"));
            }
            let read = timeout(PATIENCE, self.stream.read_buf(&mut self.buffer)).await.expect("an answer in time");
            if read.map_or(0, |read| read) == 0 {
                return None;
            }
        }
    }

    /// The next general reply.
    pub(crate) async fn reply(&mut self) -> PlatformReply {
        let frame = self.frame().await.expect("still connected");
        match self.terminal.receive(&frame).expect("decodes") {
            Answer::General(reply) => reply,
            other => panic!("{other:?} instead of a general reply"),
        }
    }

    /// Sends and expects a general reply to it.
    pub(crate) async fn exchange(&mut self, sent: Sent, id: MessageId, result: PlatformResult) {
        self.send(&sent.wire).await;
        let reply = self.reply().await;
        assert_eq!(reply, PlatformReply { serial: sent.first_serial, id, result });
    }

    /// Registers; the code is kept by the terminal.
    pub(crate) async fn register(&mut self, body: Bytes) -> RegisterReply {
        let sent = self.terminal.send_raw(MessageId::REGISTER, &body).expect("fits");
        self.send(&sent.wire).await;
        let frame = self.frame().await.expect("still connected");
        self.terminal.receive(&frame).expect("decodes");
        let Message::RegisterReply(reply) = frame.decode().expect("decodes").message else { panic!("another answer") };
        assert_eq!(reply.serial, sent.first_serial);
        reply
    }

    /// Sends a position of a second of the day and returns its serial.
    pub(crate) async fn position(&mut self, second: i64) -> u16 {
        let sent = self.terminal.location(&report(second)).expect("fits");
        self.send(&sent.wire).await;
        sent.first_serial
    }
}

pub(crate) fn report(second: i64) -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(StatusFlags::ACC_ON | StatusFlags::POSITIONED),
        latitude: 34_870_000,
        longitude: 113_570_000,
        altitude: 96,
        speed: 425,
        direction: 90,
        time: BcdTime::from_unix_ms(1_795_449_600_000 + second * 1000).expect("a date"),
        items: Items::builder().mileage(10_452).satellites(17).finish(),
    }
}

pub(crate) fn terminal_id(phone: &str) -> TerminalId {
    phone.parse().expect("digits")
}

/// The frames among inputs.
pub(crate) fn frames(inputs: &[Input]) -> Vec<RawFrame> {
    let frame = |input: &Input| match &input.event {
        Event::Frame(frame) => Some(frame.clone()),
        _ => None,
    };
    inputs.iter().filter_map(frame).collect()
}

/// The lines of a file of shared frames; `None`, said aloud, where they are absent.
pub(crate) fn shared_lines(name: &str) -> Option<Vec<serde_json::Value>> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/frames").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{}: {error}", path.display());
            println!("SKIPPED: {} is not here", path.display());
            None
        }
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len() / 2).map(|byte| digit(byte * 2)).collect()
}
