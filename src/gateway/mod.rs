//! The gateway: accepts terminals, has their frames made durable, answers what is durable. It does not decode positions.
//!
//! ```text
//!  listener ─▶ connection (one task each) ── read ─▶ hearing: frames, session, marks ─▶ Journal.submit ─┐
//!     limits       ▲ one write per turn                                                                 │ Receipt
//!                  └────────────────────────── replies: what is owed, with its receipt ◀────────────────┘
//! ```
//! One turn = all frames of one read: one append, one receipt, one write. Turns are pipelined: while the disk works on
//! one, the next is read, up to `unacknowledged_bytes_max`. Sketch per position: no copy of the frame (its bytes are a
//! slice of the read buffer until the journal copies them into its batch), 1/n of a read, an append and a write for
//! the n frames of a turn, one hash map look-up per turn, none per frame.
//!
//! | file | subject |
//! |---|---|
//! | `config` | every limit, with unit and reason |
//! | `listener` | accepting, the limits of many, stopping |
//! | `connection` | the loop of one connection |
//! | `hearing` | bytes of a read → what to record and what is owed |
//! | `replies` | what is owed → bytes; success needs a receipt |
//! | `registry`, `codes` | what the ledger knows of a terminal; the codes we issue |
//! | `roll` | who is connected: counts per address, clashes of identity |
//! | `downlink` | texts from the store's queue to terminals, and their fate back |
//! | `lines`, `errands` | which connection reaches a terminal; the texts of one connection |
//! | `counters` | figures for health and metrics |

pub mod codes;
pub mod config;
pub mod counters;
pub mod registry;

mod connection;
mod downlink;
mod errands;
mod hearing;
mod lines;
mod listener;
mod replies;
mod roll;

use crate::{
    clock::Clock,
    model::ids::{ConnectionId, GatewayNumber, Seq},
    record::journal::Journal,
    store::commands::CommandStore,
};
use codes::Codes;
use config::GatewayConfig;
use counters::Counters;
use errands::{Report, Reports};
use lines::Lines;
use registry::RegistryHandle;
use roll::Roll;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};
use tokio_util::sync::CancellationToken;

/// What a gateway works with; all of it is handed in.
#[derive(Debug)]
pub struct Parts {
    /// Which gateway of the house it is; [`GatewayNumber::ALONE`] on a single machine.
    pub number: GatewayNumber,
    /// Its limits.
    pub config: GatewayConfig,
    /// Where frames are made durable.
    pub journal: Journal,
    /// Stamps receive times.
    pub clock: Clock,
    /// What the ledger knows of terminals.
    pub registry: RegistryHandle,
    /// The codes issued to terminals.
    pub codes: Codes,
}

/// The gateway; clones share it.
#[derive(Clone, Debug)]
pub struct Gateway(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    number: GatewayNumber,
    config: GatewayConfig,
    journal: Journal,
    clock: Clock,
    registry: RegistryHandle,
    codes: Codes,
    counters: Arc<Counters>,
    roll: Roll,
    last_connection: AtomicU64,
    lines: Arc<Lines>,
    reports: Reports,
    /// For the one who delivers; gone once somebody does.
    reported: Mutex<Option<mpsc::Receiver<Report>>>,
}

impl Gateway {
    /// A gateway that listens nowhere yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { number, config, journal, clock, registry, codes } = parts;
        // Each connection that is recorded takes one seq at least, so numbers from the last seq on are never used again.
        let last_connection = AtomicU64::new(journal.durable().borrow().number());
        let counters = Arc::<Counters>::default();
        let (queue, reported) = mpsc::channel(downlink::REPORTS_MAX);
        Self(Arc::new(Shared {
            number,
            config,
            journal,
            clock,
            registry,
            codes,
            counters: Arc::clone(&counters),
            roll: Roll::default(),
            last_connection,
            lines: Arc::default(),
            reports: Reports { queue, counters },
            reported: Mutex::new(Some(reported)),
        }))
    }

    /// Accepts terminals until `stop`, then lets connections answer what is durable, and returns after `drain_s` at the
    /// latest.
    pub async fn serve(&self, listener: tokio::net::TcpListener, stop: CancellationToken) {
        listener::serve(&self.0, listener, stop).await;
    }

    /// Attends one terminal on any stream, until it ends or `stop`; `peer` is recorded as its address.
    pub async fn attend<S>(&self, stream: S, peer: String, stop: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        connection::attend(&self.0, stream, peer, stop).await;
    }

    /// Delivers the texts of the store's queue to the terminals that are connected here, until `stop`, which should come
    /// after the connections have ended: what they report then is still noted. Once per gateway; a second call returns
    /// at once.
    pub async fn deliver(&self, store: &dyn CommandStore, stop: CancellationToken) {
        let reported = self.0.reported.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reported) = reported {
            downlink::run(&self.0, store, reported, &stop).await;
        }
    }

    /// Its figures.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.0.counters)
    }
}

impl Shared {
    /// Packed like a seq, so that gateways of one house cannot give one id to two connections.
    fn next_connection(&self) -> ConnectionId {
        let number = self.last_connection.fetch_add(1, Ordering::Relaxed) + 1;
        ConnectionId(Seq::of(self.number, number).0)
    }
}
