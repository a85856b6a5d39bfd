//! A connection to PostgreSQL that sees what its server warns of.
//!
//! A commit that waits for its standby and is cancelled, or whose server is told to stop, is answered like any other, with a
//! warning before the answer (class 01, or 57 for shutdowns). The driver hands warnings to the connection and not to the call, so
//! they are counted there: the driver yields a warning before it completes the call that follows it on the wire, and a commit
//! counts only when no warning came while it was under way.

use std::{
    fmt,
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
    error::{DbError, Severity},
};

/// What is asked of the server: commits that its standby has, and to notice by itself that this machine is gone without a word, so that
/// what it left open ends within some 20 s and not after two hours. And to give up a lock before `limit`, the caller's for one answer:
/// a commit that waits for a standby that is away keeps its locks, and each try behind it would leave one more backend that waits.
pub(super) fn options(limit: Duration) -> String {
    let lock_ms = limit.as_millis() * 3 / 4;
    format!(
        "-c synchronous_commit=on -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 \
         -c lock_timeout={}",
        lock_ms.max(1)
    )
}

/// One connection.
pub(super) struct Noticed {
    pub(super) client: Client,
    warnings: Arc<AtomicU64>,
    driver: JoinHandle<()>,
}

/// Why a commit is not vouched for. All of it passes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Doubt {
    /// No answer in time.
    #[error("{0}: no answer in time")]
    Silent(&'static str),
    /// The server or the connection said no.
    #[error("{0}")]
    Failed(String),
    /// It was committed, and warned of: nobody knows whether the standby has it.
    #[error("a commit was answered with a warning: nobody knows whether the standby has it")]
    Warned,
}

impl Noticed {
    /// Connects within `limit`.
    pub(super) async fn connect(config: &Config, limit: Duration) -> Result<Self, Doubt> {
        let attempt = timeout(limit, config.connect(NoTls)).await;
        let (client, connection) = attempt.map_err(|_| Doubt::Silent("connecting"))?.map_err(|error| said(&error))?;
        let warnings = Arc::new(AtomicU64::new(0));
        let driver = tokio::spawn(drive(connection, Arc::clone(&warnings)));
        Ok(Self { client, warnings, driver })
    }

    /// Does `commit`, which must write, and vouches for it: it was answered in time, without an error and without a warning.
    pub(super) async fn commit<T>(
        &self,
        limit: Duration,
        commit: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Doubt> {
        let before = self.warnings.load(Ordering::SeqCst);
        let answer = timeout(limit, commit).await.map_err(|_| Doubt::Silent("committing"))?;
        let answer = answer.map_err(|error| said(&error))?;
        if self.warnings.load(Ordering::SeqCst) == before { Ok(answer) } else { Err(Doubt::Warned) }
    }
}

impl fmt::Debug for Noticed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Noticed").finish_non_exhaustive()
    }
}

impl Drop for Noticed {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Of a driver's error the whole chain, as the server's own words are in its sources.
fn said(error: &tokio_postgres::Error) -> Doubt {
    Doubt::Failed(chain(error))
}

/// An error with everything it rests on.
pub(super) fn chain(error: &tokio_postgres::Error) -> String {
    let mut cause = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        cause = format!("{cause}: {inner}");
        source = inner.source();
    }
    cause
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
            Some(Err(error)) => return tracing::debug!(%error, "a connection to PostgreSQL broke"),
            None => return,
        }
    }
}

fn note(notice: &DbError, warnings: &AtomicU64) {
    let is_harmless =
        matches!(notice.parsed_severity(), Some(Severity::Notice | Severity::Info | Severity::Debug | Severity::Log));
    if !is_harmless {
        warnings.fetch_add(1, Ordering::SeqCst);
        tracing::warn!(code = notice.code().code(), message = notice.message(), "PostgreSQL warns");
    }
}
