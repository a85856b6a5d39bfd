//! Builds everything, makes the clock, knows which engine is behind an interface; starts in order, stops in order.
//!
//! Start: load, check, bind, serve. Stop: refuse new work, let answers under way finish, judge and commit what is recorded, close.

pub mod cluster;
mod ending;
pub mod house;
pub mod installation;
pub mod ledger;
mod map;
pub mod policy;
pub mod registry;
mod ticker;
pub mod watch;
mod watch_around;
mod watch_spool;

use crate::{
    api::{
        self,
        guard::{ListenRefused, check_listen},
        state::{ApiParts, ApiState},
    },
    bus::{
        frames::{BusError, LocalFrames},
        live::{Live, LiveLimits, WorkerStatus},
    },
    clock::ClockError,
    config::Config,
    gateway::{self, Gateway, codes::Codes, registry::RegistryHandle},
    model::{ids::GatewayNumber, ledger::Ledger, shard::Shard, time::Timestamp},
    ops::routes::routes,
    record::RecordError,
    store::{
        error::{OpenError, StoreError},
        frames::error::CopyError,
        ledger::{LedgerStore, WhichRevision},
    },
    worker::{Worker, WorkerError, WorkerParts},
};
use ending::{ended, wait};
use house::House;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, thread};
use tokio::{net::TcpListener, runtime::Handle, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Why the house does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be made.
    #[error("the data folder {folder} cannot be used: {source}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder's clock.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The store's file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A call to the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The worker.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The secret behind the terminals' codes cannot be kept.
    #[error("the secret behind the terminals' codes cannot be kept in {folder}: {source}")]
    Secret {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An address the house refuses to listen on.
    #[error(transparent)]
    Refused(#[from] ListenRefused),
    /// An address that cannot be had.
    #[error("cannot listen on {address} for {what}; is another muckwatch running? Choose another address")]
    Bind {
        /// Which address.
        address: SocketAddr,
        /// What for.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing to look at.
    #[error("{0} 中没有数据, 请用 --data 指明 (there are no data: name the folder by --data)")]
    NoData(PathBuf),
    /// Nothing to judge by.
    #[error(
        "there is no ledger in {0}: start once with --ledger FOLDER, or run `muckwatch import --data {0} FOLDER` first \
         (`muckwatch help import` shows the format)"
    )]
    NoLedger(String),
    /// The house of many processes cannot be joined as asked.
    #[error("{0}")]
    House(String),
    /// A gateway's number that belongs to another record.
    #[error(
        "gateway number {gateway} belongs to another record than the one in {folder}: give this gateway an unused number \
         (cluster.gateway), or start it on the data folder that has this number"
    )]
    GatewayNumber {
        /// Which number.
        gateway: u16,
        /// The data folder here.
        folder: PathBuf,
    },
    /// A gateway's number that another process took while this one was paused or cut off.
    #[error(
        "{lease}: 此网关编号已由另一进程接管, 本进程退出 (another process took this gateway's number while this one was paused or \
         cut off: this one ends)"
    )]
    NumberTaken {
        /// The lease of the number.
        lease: String,
    },
    /// A policy that would hold for fixes that were judged already.
    #[error(
        "{from} 太早: 新参数最早自 {earliest} 起生效 (too soon: a policy can hold from {earliest} on at the earliest; nothing was changed)"
    )]
    PolicyTooSoon {
        /// What was wished.
        from: Timestamp,
        /// What is possible now.
        earliest: Timestamp,
    },
    /// The bus between processes.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// The copy of the record in PostgreSQL.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// A part of ours ended that must not.
    #[error("a part of the server ended: {0}")]
    Task(String),
}

impl AppError {
    /// Whether starting again may help: what a role stands on does not answer now, as at a fail-over.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Store(error) => matches!(error, StoreError::Unavailable { .. }),
            Self::Record(error) => matches!(error, RecordError::Unavailable { .. }),
            _ => false,
        }
    }
}

/// A running house.
#[derive(Debug)]
pub struct App {
    /// Where terminals connect.
    pub gateway: SocketAddr,
    /// Where the pages are.
    pub api: SocketAddr,
    house: House,
    accept: CancellationToken,
    judge: CancellationToken,
    serve: CancellationToken,
    parts: Parts,
}

/// The tasks of a running house; one that ended and was looked at is gone.
#[derive(Debug)]
struct Parts {
    gateway: Option<JoinHandle<()>>,
    texts: Option<JoinHandle<()>>,
    ticker: Option<JoinHandle<()>>,
    worker: Option<JoinHandle<Result<(), WorkerError>>>,
    api: Option<JoinHandle<std::io::Result<()>>>,
}

impl App {
    /// Opens the folder, binds both addresses and starts every part.
    ///
    /// # Errors
    /// Anything that must be mended before the house can run; nothing is left running.
    pub async fn start(config: &Config, house: House) -> Result<Self, AppError> {
        let ledger = house.store.load(WhichRevision::Latest).await?;
        let ledger = ledger.ok_or_else(|| AppError::NoLedger(config.data.display().to_string()))?;
        check_listen(config.api.listen, config.api.exposure)?;
        let (terminals, gateway) = bind(config.gateway.listen, "terminals").await?;
        let (pages, api) = bind(config.api.listen, "the pages").await?;
        let live = Arc::new(Live::new(LiveLimits::default()));
        let (accept, judge, serve) = (CancellationToken::new(), CancellationToken::new(), CancellationToken::new());

        let gate = gate(config, &house, &ledger.ledger)?;
        let worker_task = start_worker(config, &house, &live, judge.clone()).await?;
        let counters = gate.counters();
        let ticker = ticker::run(house.clone(), Arc::clone(&live), Arc::clone(&counters), accept.clone());
        let ticker_task = tokio::spawn(ticker);
        let texts_task = tokio::spawn(deliver(gate.clone(), house.clone(), judge.clone()));
        let stop = accept.clone();
        let gateway_task = tokio::spawn(async move { gate.serve(terminals, stop).await });
        let state = ApiState::new(api_parts(config, &house, Arc::clone(&live)));
        let own = routes(Arc::new(watch::embedded(config, &house, &live, (counters, &state))));
        let api_task = tokio::spawn(api::serve::serve_with(pages, state, own, serve.clone().cancelled_owned()));
        let parts = Parts {
            gateway: Some(gateway_task),
            texts: Some(texts_task),
            ticker: Some(ticker_task),
            worker: Some(worker_task),
            api: Some(api_task),
        };
        Ok(Self { gateway, api, house, accept, judge, serve, parts })
    }

    /// Waits until a part ends that must not, and says which. The worker is not among them: without it frames are recorded and
    /// acknowledged all the same, `/health` says that it halted, and the next start judges what it left.
    pub async fn failed(&mut self) -> AppError {
        let parts = &mut self.parts;
        tokio::select! {
            end = ended(&mut parts.api) => AppError::Task(format!("the pages: {end}")),
            end = ended(&mut parts.gateway) => AppError::Task(format!("the gateway: {end}")),
            end = ended(&mut parts.texts) => AppError::Task(format!("the texts to terminals: {end}")),
            end = ended(&mut parts.ticker) => AppError::Task(format!("the ticker: {end}")),
        }
    }

    /// Stops in order: no new connections, answers under way finish, everything recorded is judged and committed.
    ///
    /// # Errors
    /// The worker could not commit; the record has everything all the same.
    pub async fn stop(self) -> Result<(), AppError> {
        self.accept.cancel();
        wait("the gateway", self.parts.gateway).await;
        wait("the ticker", self.parts.ticker).await;
        self.judge.cancel();
        wait("the texts to terminals", self.parts.texts).await;
        let judged = wait("the worker", self.parts.worker).await;
        self.serve.cancel();
        wait("the pages", self.parts.api).await;
        self.house.close();
        judged.transpose()?;
        Ok(())
    }
}

fn gate(config: &Config, house: &House, ledger: &Ledger) -> Result<Gateway, AppError> {
    let codes = Codes::open(&config.data).map_err(|source| AppError::Secret { folder: config.data.clone(), source })?;
    let registry = RegistryHandle::new(Arc::new(registry::Known::new(ledger)));
    let (journal, clock) = (house.journal.clone(), house.clock.clone());
    let (number, config) = (GatewayNumber::ALONE, config.gateway.clone());
    Ok(Gateway::new(gateway::Parts { number, config, journal, clock, registry, codes }))
}

/// Delivers texts until told to stop, which is after the gateway's connections have ended.
async fn deliver(gate: Gateway, house: House, stop: CancellationToken) {
    gate.deliver(&*house.store, stop).await;
}

fn api_parts(config: &Config, house: &House, live: Arc<Live>) -> ApiParts {
    ApiParts {
        ledgers: house.store.clone(),
        episodes: house.store.clone(),
        queries: house.store.clone(),
        commands: house.store.clone(),
        record: Arc::new(house.journal.clone()),
        journal: Some(house.journal.clone()),
        live,
        clock: house.clock.clone(),
        map: house.store.clone(),
        around: None,
        config: config.api.clone(),
    }
}

async fn start_worker(
    config: &Config,
    house: &House,
    live: &Arc<Live>,
    stop: CancellationToken,
) -> Result<JoinHandle<Result<(), WorkerError>>, AppError> {
    let parts = WorkerParts {
        shard: Shard::ALONE,
        fence: None,
        counters: None,
        store: house.store.clone(),
        record: Arc::new(house.journal.clone()),
        live: Some(Arc::<Live>::clone(live)),
        config: config.worker.clone(),
    };
    let worker = Worker::restore(parts).await?;
    house::refuse_lost_inputs(worker.cursor().last(), &house.journal)?;
    let (journal, live) = (house.journal.clone(), Arc::clone(live));
    Ok(tokio::task::spawn_blocking(move || {
        let runtime = Handle::current();
        let mut frames = LocalFrames::new(&journal, worker.cursor(), runtime.clone());
        let end = worker.run(&mut frames, &runtime, &stop);
        if let Err(error) = &end {
            tracing::error!(%error, thread = ?thread::current().id(), "the worker stopped; frames are still recorded and acknowledged, and judged at the next start");
            live.publish_worker(WorkerStatus { halted: Some("the worker stopped; see the log"), ..live.worker() });
        }
        end
    }))
}

async fn bind(address: SocketAddr, what: &'static str) -> Result<(TcpListener, SocketAddr), AppError> {
    let failed = |source| AppError::Bind { address, what, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
