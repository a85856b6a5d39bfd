//! A gated journal, its copier, and frames to record.

use bytes::{Bytes, BytesMut};
use engines::{Engines, Postgres, Redis};
use jt808::{frame::Head, header::Edition, ids::MessageId, phone::Phone, time::BcdTime};
use muckwatch::{
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, GatewayNumber, Seq, TerminalId},
        input::{Event, RawFrame, SessionOpened},
        shard::Shards,
        time::Timestamp,
    },
    record::{NewInput, config::RecordConfig, journal::Journal},
    store::{
        config::StoreConfig,
        episodes::Fence,
        frames::{
            config::CopyConfig,
            copier::Copier,
            copy::{FrameCopy, Writer},
            counters::{CopyCounters, CopyValues},
            error::CopyError,
            link::Servers,
            read::PgRecord,
            schema, schema_of_writers,
        },
    },
};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{Client, NoTls};
use tokio_util::sync::CancellationToken;

/// 2026-11-24T00:00:00+08:00.
pub(crate) const DAY: i64 = 1_795_449_600_000;
/// Longest wait for something that must come.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// The pair of this test binary, for tests that break nothing.
pub(crate) fn shared() -> Option<&'static Engines> {
    static SHARED: OnceLock<Option<Engines>> = OnceLock::new();
    SHARED.get_or_init(|| Engines::start(Redis::Absent, Postgres::Standby)).as_ref()
}

/// An empty copy of its own.
pub(crate) async fn copy_of(engines: &Engines) -> Vec<String> {
    let urls = tokio::task::block_in_place(|| engines.database());
    let client = client(&urls[0]).await;
    for step in [schema(), schema_of_writers()] {
        client.batch_execute(step).await.expect("tables");
    }
    urls
}

/// The machines of a copy.
pub(crate) fn servers(urls: &[String], config: &CopyConfig) -> Servers {
    let store = StoreConfig { postgres: urls.to_vec(), ..StoreConfig::default() };
    Servers::new(&store, config).expect("addresses")
}

/// What reads it.
pub(crate) fn record(urls: &[String], shards: Shards) -> PgRecord {
    let config = CopyConfig::default();
    PgRecord::new(&servers(urls, &config), &config, shards)
}

/// Who copies to it, by himself.
pub(crate) async fn copier(urls: &[String], writer: Writer) -> Result<FrameCopy, CopyError> {
    let config = CopyConfig::default();
    FrameCopy::open(&servers(urls, &config), &config, writer).await
}

/// A gateway's number under its `token`th lease.
pub(crate) fn writer(gateway: GatewayNumber, token: u64) -> Writer {
    Writer { gateway, fence: Fence { token, holder: format!("holder {token}") } }
}

/// A standby has a new database as soon as it has replayed it, which no commit waits for.
pub(crate) async fn client(url: &str) -> Client {
    let connect = async {
        loop {
            match tokio_postgres::connect(url, NoTls).await {
                Ok(connected) => return connected,
                Err(_) => sleep(Duration::from_millis(5)).await,
            }
        }
    };
    let (client, connection) = timeout(LIMIT, connect).await.expect("a connection in time");
    tokio::spawn(connection);
    client
}

/// A gateway's record and the task that copies it.
pub(crate) struct Gateway {
    pub(crate) journal: Journal,
    pub(crate) counters: Arc<CopyCounters>,
    copier: JoinHandle<Result<(), CopyError>>,
    stop: CancellationToken,
    folder: TempDir,
}

impl Gateway {
    pub(crate) fn start(urls: &[String], gateway: GatewayNumber) -> Self {
        Self::start_with(urls, gateway, CopyConfig { retry_ms_max: 100, ..CopyConfig::default() })
    }

    pub(crate) fn start_with(urls: &[String], gateway: GatewayNumber, config: CopyConfig) -> Self {
        Self::start_in(tempfile::tempdir().expect("a folder"), urls, (writer(gateway, 1), config))
    }

    pub(crate) fn start_in(folder: TempDir, urls: &[String], (writer, config): (Writer, CopyConfig)) -> Self {
        let small = RecordConfig { segment_bytes: 64 << 10, max_bytes: 64 << 20, ..RecordConfig::default() };
        let (journal, gate) = Journal::gated(folder.path(), small).expect("opens");
        let counters = Arc::new(CopyCounters::default());
        let stop = CancellationToken::new();
        let copier = Copier {
            journal: journal.clone(),
            gate,
            servers: servers(urls, &config),
            writer,
            config,
            counters: Arc::clone(&counters),
        };
        let copier = tokio::spawn(copier.run(stop.clone()));
        Self { journal, counters, copier, stop, folder }
    }

    pub(crate) fn counted(&self) -> CopyValues {
        self.counters.values()
    }

    /// Records and waits for the receipt.
    pub(crate) async fn record(&self, inputs: Vec<NewInput>) -> Seq {
        timeout(LIMIT, self.journal.append(inputs)).await.expect("in time").expect("copied").last()
    }

    /// The record's files as they are now, in a folder of their own.
    pub(crate) fn cloned(&self) -> TempDir {
        let clone = tempfile::tempdir().expect("a folder");
        for file in std::fs::read_dir(self.folder.path()).expect("a record") {
            let path = file.expect("a file").path();
            std::fs::copy(&path, clone.path().join(path.file_name().expect("a name"))).expect("copied");
        }
        clone
    }

    /// How the copier ended by itself.
    pub(crate) async fn end(self) -> Result<(), CopyError> {
        timeout(LIMIT, self.copier).await.expect("in time").expect("no panic")
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.end().await.expect("stopped");
    }
}

/// Waits until `found` is true.
pub(crate) async fn until(what: &str, mut found: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !found().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("{what}: not in time"));
}

/// A position of a terminal, as it comes off the wire.
pub(crate) fn frame(terminal: u64, second: i64) -> Bytes {
    let mut body = vec![0_u8; 28];
    body[22..28].copy_from_slice(&BcdTime::from_unix_ms(DAY + second * 1000).expect("a date").0);
    let phone = Phone::parse(&format!("1390000{terminal:04}")).expect("digits");
    let mut out = BytesMut::new();
    Head::new(Edition::V2013.layout(), phone, 1).encode(MessageId::LOCATION, &body, &mut out).expect("fits");
    out.freeze()
}

pub(crate) fn terminal(number: u64) -> TerminalId {
    format!("1390000{number:04}").parse().expect("digits")
}

/// `count` inputs from second `from` on: positions of seven terminals, some of them late, and a session now and then.
pub(crate) fn inputs(from: i64, count: i64) -> Vec<NewInput> {
    let one = |second: i64| {
        let connection = ConnectionId(second.unsigned_abs() % 5);
        let late = if second % 11 == 0 { 300 } else { 0 };
        let raw = frame(second.unsigned_abs() % 7, second - late);
        let event = if second % 13 == 0 {
            Event::SessionOpened(SessionOpened { connection, peer: "10.0.0.1:4000".to_owned() })
        } else {
            Event::Frame(RawFrame { connection, session: SessionTrust::Authenticated, raw })
        };
        NewInput { received: Timestamp::from_millis(DAY + second * 1000), event }
    };
    (from..from + count).map(one).collect()
}
