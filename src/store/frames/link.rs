//! A connection to whichever of the house's PostgreSQL servers takes writes.
//!
//! A commit that waits for its standby and is cancelled, or whose server is told to stop, is answered like any other, with a
//! warning before the answer (class 01, or 57 for shutdowns). The driver hands warnings to the connection and not to the call, so
//! they are counted there: the driver yields a warning before it completes the call that follows it on the wire, and a commit
//! counts only when no warning came while it was under way.

use super::{
    config::CopyConfig,
    error::{CopyError, from_driver},
};
use std::{
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
    time::timeout,
};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, NoTls,
    config::{Host, LoadBalanceHosts, TargetSessionAttrs},
    error::{DbError, Severity},
};

/// Keepalive probes of a dead connection before it counts as dead.
const PROBES: u32 = 3;
/// The system counts them in whole seconds, and refuses none.
const PROBE_LEAST: Duration = Duration::from_secs(1);

/// Whom to ask.
#[derive(Clone, Debug)]
pub(super) struct Servers {
    config: Config,
    connect: Duration,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) client: Client,
    warnings: Arc<AtomicU64>,
    driver: JoinHandle<()>,
}

impl Servers {
    /// From the addresses of all servers; user, password and database of the first hold for all.
    pub(super) fn new(urls: &[String], limits: &CopyConfig) -> Result<Self, CopyError> {
        let parse =
            |url: &String| Config::from_str(url).map_err(|error| CopyError::Address { cause: error.to_string() });
        let Some((first, others)) = urls.split_first() else {
            return Err(CopyError::Address { cause: "there is none".to_owned() });
        };
        let mut config = parse(first)?;
        for url in others {
            let other = parse(url)?;
            for (place, host) in other.get_hosts().iter().enumerate() {
                match host {
                    Host::Tcp(name) => config.host(name),
                    Host::Unix(path) => config.host_path(path),
                };
                config.port(other.get_ports().get(place).or(other.get_ports().first()).copied().unwrap_or(PORT));
            }
        }
        let (connect, dead) = (Duration::from_millis(limits.connect_ms), Duration::from_millis(limits.dead_ms));
        config
            .application_name("muckwatch record")
            .options("-c synchronous_commit=on")
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .load_balance_hosts(LoadBalanceHosts::Disable)
            .connect_timeout(connect)
            .tcp_user_timeout(dead)
            .keepalives_idle((dead / 2).max(PROBE_LEAST))
            .keepalives_interval((dead / (2 * PROBES)).max(PROBE_LEAST))
            .keepalives_retries(PROBES);
        let servers = u32::try_from(config.get_hosts().len()).unwrap_or(u32::MAX);
        Ok(Self { config, connect: connect.saturating_mul(2 * servers) })
    }

    /// Connects to the server that takes writes.
    pub(super) async fn connect(&self) -> Result<Link, CopyError> {
        let attempt = timeout(self.connect, self.config.connect(NoTls)).await;
        let (client, connection) = attempt.map_err(|_| silent("connecting"))?.map_err(|error| from_driver(&error))?;
        let warnings = Arc::new(AtomicU64::new(0));
        let driver = tokio::spawn(drive(connection, Arc::clone(&warnings)));
        Ok(Link { client, warnings, driver })
    }
}

/// The port of an address that names none.
const PORT: u16 = 5432;

pub(super) fn silent(what: &str) -> CopyError {
    CopyError::Unavailable { cause: format!("{what}: no answer in time") }
}

impl Link {
    /// Does `commit`, which must write, and vouches for it: it was answered in time, without an error and without a warning.
    pub(super) async fn commit<T>(
        &self,
        limit: Duration,
        commit: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, CopyError> {
        let before = self.warnings.load(Ordering::SeqCst);
        let answer = timeout(limit, commit).await.map_err(|_| silent("committing"))?;
        let answer = answer.map_err(|error| from_driver(&error))?;
        if self.warnings.load(Ordering::SeqCst) != before {
            return Err(CopyError::Warned);
        }
        Ok(answer)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Moves the connection's bytes and counts its warnings until it ends.
async fn drive<S, T>(mut connection: Connection<S, T>, warnings: Arc<AtomicU64>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notice(notice))) => note(&notice, &warnings),
            Some(Ok(_)) => {}
            Some(Err(error)) => return tracing::debug!(%error, "a connection to the copy broke"),
            None => return,
        }
    }
}

fn note(notice: &DbError, warnings: &AtomicU64) {
    let is_harmless =
        matches!(notice.parsed_severity(), Some(Severity::Notice | Severity::Info | Severity::Debug | Severity::Log));
    if !is_harmless {
        warnings.fetch_add(1, Ordering::SeqCst);
        tracing::warn!(code = notice.code().code(), message = notice.message(), "the copy's server warns");
    }
}
