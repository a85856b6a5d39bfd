//! Which of the PostgreSQL machines is the primary, and the pool of connections to it.
//!
//! ```text
//!  every second, and at once after an error:   each machine: in recovery? which timeline?
//!     the one not in recovery with the greatest timeline ─▶ its pool; the pool before it is retired:
//!     calls that wait on it end as unavailable, its connections are not used again
//! ```
//! A promotion begins a new timeline, so an old primary that was only cut off and comes back is told from the new one, and is
//! never gone back to. A pool also refuses each new connection to a server in recovery.

use super::{
    db::{Db, Guard},
    finder::{Finder, Now},
    machine::Machine,
    witness::Witness,
};
use crate::store::{
    config::StoreConfig,
    error::{OpenError, StoreError},
};
use sea_orm::{
    DatabaseConnection,
    sqlx::{self, PgConnection, PgPool, postgres::PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Shortest pause between two looks, however many errors ask for one.
const PAUSE_LEAST: Duration = Duration::from_millis(50);
/// How long a connection that comes back from a call has to answer, before it is dropped instead of being kept.
const RELEASE_LIMIT: Duration = Duration::from_secs(2);
/// How long the connections of a retired pool have to say goodbye.
const GOODBYE_LIMIT: Duration = Duration::from_secs(10);

/// The primary as it is now. The task that follows it ends with this value.
#[derive(Debug)]
pub(super) struct Primary {
    now: watch::Receiver<Option<Pool>>,
    looks: watch::Receiver<Look>,
    limit: Duration,
    doubt: Arc<Notify>,
    _watcher: DropGuard,
}

/// Connections to one machine while it is the primary.
#[derive(Clone, Debug)]
struct Pool {
    now: Now,
    address: String,
    db: DatabaseConnection,
    witness: Witness,
    retired: CancellationToken,
}

impl Primary {
    /// Looks for the primary among the machines and follows it.
    pub(super) async fn find(config: &StoreConfig) -> Result<Self, OpenError> {
        let finder = Finder::new(&config.postgres, config)?;
        let (doubt, ended) = (Arc::new(Notify::new()), CancellationToken::new());
        let (found, mut now) = watch::channel(None);
        let (seen, mut looks) = watch::channel(Look::default());
        let watcher = Watcher { finder, found, seen, doubt: Arc::clone(&doubt), config: config.clone() };
        tokio::spawn(watcher.run(ended.clone()));
        let guard = ended.drop_guard();
        let is_found = tokio::select! {
            biased;
            found = now.wait_for(Option::is_some) => found.is_ok(),
            refused = looks.wait_for(|look| look.is_refused) => {
                let cause = refused.map_or_else(|_| String::new(), |look| look.causes.clone());
                return Err(OpenError::Refused { cause });
            }
            () = tokio::time::sleep(config.open_limit()) => false,
        };
        if !is_found {
            let causes = looks.borrow().causes.clone();
            return Err(OpenError::NoPrimary { machines: config.postgres.len(), limit_s: config.open_s, causes });
        }
        Ok(Self { now, looks, limit: config.call_limit(), doubt, _watcher: guard })
    }

    /// The pool of the primary.
    pub(super) fn db(&self) -> Result<Db, StoreError> {
        let Some(pool) = self.now.borrow().clone() else {
            self.doubt.notify_one();
            let causes = &self.looks.borrow().causes;
            return Err(StoreError::unavailable(format!("no PostgreSQL machine is the primary ({causes})")));
        };
        let Pool { db, witness, retired, .. } = pool;
        let guard = Guard::Limit { limit: self.limit, retired, doubt: Arc::clone(&self.doubt), witness };
        Ok(Db { pool: db, guard })
    }

    /// Address of the primary, as configured; `None` while there is none.
    pub(super) fn address(&self) -> Option<String> {
        self.now.borrow().as_ref().map(|pool| pool.address.clone())
    }
}

/// What the last look at all machines brought besides the primary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    /// What each machine said.
    causes: String,
    /// Whether every machine answers and none will have us.
    is_refused: bool,
}

/// The task that follows the primary.
struct Watcher {
    finder: Finder,
    found: watch::Sender<Option<Pool>>,
    seen: watch::Sender<Look>,
    doubt: Arc<Notify>,
    config: StoreConfig,
}

impl Watcher {
    async fn run(mut self, ended: CancellationToken) {
        while !ended.is_cancelled() {
            let limit = self.config.probe_limit();
            let Some(now) = ended.run_until_cancelled(self.finder.look(limit)).await else { break };
            self.seen.send_replace(self.look());
            self.follow(now);
            tokio::select! {
                () = tokio::time::sleep(self.config.probe_pause()) => {}
                () = self.doubt.notified() => tokio::time::sleep(PAUSE_LEAST).await,
                () = ended.cancelled() => {}
            }
        }
        self.close();
    }

    fn look(&self) -> Look {
        let troubles = self.finder.troubles();
        let is_all = !troubles.is_empty() && troubles.len() == self.config.postgres.len();
        let is_refused = is_all && troubles.iter().all(|(_, it)| it.is_refusal);
        Look { causes: self.finder.causes(), is_refused }
    }

    fn follow(&self, now: Option<Now>) {
        let before = self.found.borrow().as_ref().map(|pool| pool.now);
        if before != now {
            self.retire();
            if let Some(next) = now {
                self.take(next);
            }
        }
    }

    fn take(&self, next: Now) {
        let machine = self.finder.machine(next);
        tracing::info!(primary = machine.name(), timeline = next.timeline, "the PostgreSQL primary");
        let retired = CancellationToken::new();
        self.found.send_replace(Some(Pool {
            now: next,
            address: machine.address().to_owned(),
            db: pool(machine, &self.config).into(),
            witness: Witness::of(machine.address(), &self.config, retired.clone()),
            retired,
        }));
    }

    fn retire(&self) {
        let Some(old) = self.close() else { return };
        let causes = self.look().causes;
        tracing::warn!(
            primary = self.finder.machine(old).name(),
            causes,
            "no longer the PostgreSQL primary, or silent"
        );
    }

    /// Ends the calls on the pool and its connections.
    fn close(&self) -> Option<Now> {
        let old = self.found.send_replace(None)?;
        old.retired.cancel();
        tokio::spawn(async move { timeout(GOODBYE_LIMIT, old.db.close()).await });
        Some(old.now)
    }
}

fn pool(machine: &Machine, config: &StoreConfig) -> PgPool {
    PgPoolOptions::new()
        .max_connections(config.connections_max.max(1))
        .acquire_timeout(config.call_limit())
        .after_connect(|connection, _| Box::pin(refuse_recovering(connection)))
        .after_release(|connection, _| Box::pin(is_usable(connection)))
        .connect_lazy_with(machine.options().clone())
}

async fn refuse_recovering(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let recovering: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(connection).await?;
    if recovering {
        return Err(sqlx::Error::Protocol("the server is in recovery, it is not the primary".to_owned()));
    }
    Ok(())
}

/// A connection whose call was given up still waits for the answer: it may be kept only if that comes soon.
async fn is_usable(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    use sqlx::Connection as _;
    match timeout(RELEASE_LIMIT, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(sqlx::Error::Protocol("the server did not answer, the connection is dropped".to_owned())),
    }
}
