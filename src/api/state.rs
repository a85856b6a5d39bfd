//! What the application hands in, and what the api keeps for itself.

use super::{book::Shelf, config::ApiConfig, guard::Rate, http_counters::HttpCounters};
use crate::{
    bus::{around::Around, live::Live},
    clock::Clock,
    record::{journal::Journal, recorded::Recorded},
    store::{
        commands::CommandStore, episodes::EpisodeStore, import::MapLayers, ledger::LedgerStore, map::MapStore,
        queries::QueryLog,
    },
};
use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Instant,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What `app.rs` hands in.
#[derive(Clone)]
pub struct ApiParts {
    /// The ledger with its history.
    pub ledgers: Arc<dyn LedgerStore>,
    /// Episodes and their corrections.
    pub episodes: Arc<dyn EpisodeStore>,
    /// The append-only query log.
    pub queries: Arc<dyn QueryLog>,
    /// Texts to terminals.
    pub commands: Arc<dyn CommandStore>,
    /// Recorded frames, wherever they are read from.
    pub record: Arc<dyn Recorded>,
    /// The record that this process writes, for health; `None` where others write.
    pub journal: Option<Journal>,
    /// The live board the worker publishes on.
    pub live: Arc<Live>,
    /// The server's clock.
    pub clock: Clock,
    /// Layers of the map.
    pub map: Arc<dyn MapStore>,
    /// The engines and processes around this one; `None` where there are none.
    pub around: Option<Arc<Around>>,
    /// Settings.
    pub config: ApiConfig,
}

/// The parts and what the api itself keeps; cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiState(Arc<Inner>);

/// Behind an [`ApiState`].
pub struct Inner {
    /// What was handed in.
    pub parts: ApiParts,
    /// Ledgers as books.
    pub shelf: Shelf,
    /// One permit an answer under way.
    pub(crate) requests: Semaphore,
    /// One permit a live session.
    pub(crate) sessions: Arc<Semaphore>,
    /// Requests a second.
    pub(crate) rate: Rate,
    /// What was asked since the start.
    pub http: HttpCounters,
    /// Cancelled when the server stops: live sessions end.
    pub(crate) stopping: CancellationToken,
    /// Tells slots of this start of the server from those of another.
    pub(crate) epoch: u64,
    /// Live sessions opened since the start.
    pub(crate) sessions_opened: AtomicU64,
    /// The base map as it was read last.
    layers: Mutex<Option<Arc<MapLayers>>>,
    /// When it was made.
    pub(crate) since: Instant,
}

impl ApiState {
    /// From its parts.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let config = &parts.config;
        Self(Arc::new(Inner {
            shelf: Shelf::new(Arc::clone(&parts.ledgers)),
            requests: Semaphore::new(config.requests_max),
            sessions: Arc::new(Semaphore::new(config.live_sessions_max)),
            rate: Rate::new(config.requests_per_s_max),
            http: HttpCounters::default(),
            stopping: CancellationToken::new(),
            epoch: crate::clock::wall_now().as_millis().unsigned_abs(),
            sessions_opened: AtomicU64::new(0),
            layers: Mutex::default(),
            since: Instant::now(),
            parts,
        }))
    }

    /// Keeps the base map for when the store is away.
    pub(crate) fn keep_layers(&self, layers: Arc<MapLayers>) -> Arc<MapLayers> {
        *self.layers.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&layers));
        layers
    }

    /// The base map as it was read last; `None` when it never was.
    pub(crate) fn last_layers(&self) -> Option<Arc<MapLayers>> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Live sessions open now.
    #[must_use]
    pub fn sessions_open(&self) -> u64 {
        let open = self.config.live_sessions_max.saturating_sub(self.sessions.available_permits());
        u64::try_from(open).unwrap_or(u64::MAX)
    }
}

impl Deref for ApiState {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Deref for Inner {
    type Target = ApiParts;
    fn deref(&self) -> &ApiParts {
        &self.parts
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ApiState").field("config", &self.config).field("epoch", &self.epoch).finish_non_exhaustive()
    }
}
