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
    machine::{Answer, Machine},
};
use crate::store::{
    config::StoreConfig,
    error::{OpenError, StoreError},
};
use futures_util::future::join_all;
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

/// Answers the primary may miss in a row before its connections are dropped.
const MISSED_MAX: u32 = 2;
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
    limit: Duration,
    doubt: Arc<Notify>,
    _watcher: DropGuard,
}

/// Connections to one machine while it is the primary.
#[derive(Clone, Debug)]
struct Pool {
    machine: usize,
    address: String,
    timeline: u32,
    db: DatabaseConnection,
    retired: CancellationToken,
}

impl Primary {
    /// Looks for the primary among the machines and follows it.
    pub(super) async fn find(config: &StoreConfig) -> Result<Self, OpenError> {
        let machines = config.postgres.iter().map(|url| Machine::new(url, config)).collect::<Result<Vec<_>, _>>()?;
        let (doubt, ended) = (Arc::new(Notify::new()), CancellationToken::new());
        let (found, mut now) = watch::channel(None);
        let watcher =
            Watcher { machines, found, doubt: Arc::clone(&doubt), timeline_seen: 0, missed: 0, config: config.clone() };
        tokio::spawn(watcher.run(ended.clone()));
        let guard = ended.drop_guard();
        let is_found = matches!(timeout(config.open_limit(), now.wait_for(Option::is_some)).await, Ok(Ok(_)));
        if !is_found {
            return Err(OpenError::NoPrimary { machines: config.postgres.len(), limit_s: config.open_s });
        }
        Ok(Self { now, limit: config.call_limit(), doubt, _watcher: guard })
    }

    /// The pool of the primary.
    pub(super) fn db(&self) -> Result<Db, StoreError> {
        let Some(pool) = self.now.borrow().clone() else {
            self.doubt.notify_one();
            return Err(StoreError::unavailable("no PostgreSQL machine is the primary"));
        };
        let guard = Guard::Limit { limit: self.limit, retired: pool.retired, doubt: Arc::clone(&self.doubt) };
        Ok(Db { pool: pool.db, guard })
    }

    /// Address of the primary, as configured; `None` while there is none.
    pub(super) fn address(&self) -> Option<String> {
        self.now.borrow().as_ref().map(|pool| pool.address.clone())
    }
}

/// The task that follows the primary.
struct Watcher {
    machines: Vec<Machine>,
    found: watch::Sender<Option<Pool>>,
    doubt: Arc<Notify>,
    timeline_seen: u32,
    missed: u32,
    config: StoreConfig,
}

impl Watcher {
    async fn run(mut self, ended: CancellationToken) {
        while !ended.is_cancelled() {
            let limit = self.config.probe_limit();
            let answers = join_all(self.machines.iter_mut().map(|machine| machine.probe(limit))).await;
            self.follow(&answers);
            tokio::select! {
                () = tokio::time::sleep(self.config.probe_pause()) => {}
                () = self.doubt.notified() => tokio::time::sleep(PAUSE_LEAST).await,
                () = ended.cancelled() => {}
            }
        }
        self.retire();
    }

    fn follow(&mut self, answers: &[Answer]) {
        let now = self.found.borrow().as_ref().map(|pool| Now { machine: pool.machine, timeline: pool.timeline });
        match decide(now, self.timeline_seen, answers) {
            Step::Stay => self.missed = 0,
            Step::Take(next) => self.take(next),
            Step::Miss => {
                self.missed += 1;
                if self.missed >= MISSED_MAX {
                    self.retire();
                }
            }
            Step::Leave => self.retire(),
        }
    }

    fn take(&mut self, next: Now) {
        self.retire();
        let machine = &self.machines[next.machine];
        tracing::info!(primary = machine.name(), timeline = next.timeline, "the PostgreSQL primary");
        self.timeline_seen = next.timeline;
        self.found.send_replace(Some(Pool {
            machine: next.machine,
            address: machine.address().to_owned(),
            timeline: next.timeline,
            db: pool(machine, &self.config).into(),
            retired: CancellationToken::new(),
        }));
    }

    fn retire(&mut self) {
        self.missed = 0;
        let Some(old) = self.found.send_replace(None) else { return };
        tracing::warn!(primary = self.machines[old.machine].name(), "no longer the PostgreSQL primary, or silent");
        old.retired.cancel();
        tokio::spawn(async move { timeout(GOODBYE_LIMIT, old.db.close()).await });
    }
}

/// A machine as the primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Now {
    machine: usize,
    timeline: u32,
}

/// What to do after a look at all machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The primary is the one it was.
    Stay,
    /// This one is.
    Take(Now),
    /// The primary did not answer, and no other is one.
    Miss,
    /// What was the primary says that it is none.
    Leave,
}

/// Of the machines not in recovery the greatest timeline counts, of equal ones the primary of before, then the order of the
/// addresses. A timeline smaller than one seen is that of a primary which was replaced.
fn decide(now: Option<Now>, timeline_seen: u32, answers: &[Answer]) -> Step {
    let primaries = answers.iter().enumerate().filter_map(|(machine, answer)| match answer {
        Answer::Primary { timeline } if *timeline >= timeline_seen => Some(Now { machine, timeline: *timeline }),
        _ => None,
    });
    let rank = |it: &Now| (it.timeline, Some(*it) == now, std::cmp::Reverse(it.machine));
    match (primaries.max_by_key(rank), now) {
        (Some(best), Some(now)) if best == now => Step::Stay,
        (Some(best), _) => Step::Take(best),
        (None, None) => Step::Stay,
        (None, Some(now)) if answers.get(now.machine) == Some(&Answer::Silence) => Step::Miss,
        (None, Some(_)) => Step::Leave,
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

#[cfg(test)]
mod tests {
    use super::*;

    const RECOVERING: Answer = Answer::Recovering;
    const SILENCE: Answer = Answer::Silence;

    fn primary(timeline: u32) -> Answer {
        Answer::Primary { timeline }
    }

    #[test]
    fn the_greatest_timeline_is_the_primary() {
        // Proves: a promoted standby is taken at once, an old primary that comes back is not, silence is borne once, and a
        // machine that says it is in recovery is left at once.
        let first = Now { machine: 0, timeline: 1 };
        let second = Now { machine: 1, timeline: 2 };
        assert_eq!(decide(None, 0, &[primary(1), RECOVERING]), Step::Take(first));
        assert_eq!(decide(Some(first), 1, &[primary(1), RECOVERING]), Step::Stay);
        assert_eq!(decide(Some(first), 1, &[SILENCE, RECOVERING]), Step::Miss);
        assert_eq!(decide(Some(first), 1, &[SILENCE, primary(2)]), Step::Take(second));
        assert_eq!(decide(Some(first), 1, &[primary(1), primary(2)]), Step::Take(second));
        assert_eq!(decide(Some(second), 2, &[primary(1), primary(2)]), Step::Stay);
        assert_eq!(decide(Some(second), 2, &[primary(1), SILENCE]), Step::Miss);
        assert_eq!(decide(None, 2, &[primary(1), SILENCE]), Step::Stay, "no going back");
        assert_eq!(decide(Some(first), 1, &[RECOVERING, RECOVERING]), Step::Leave);
        assert_eq!(decide(Some(first), 1, &[primary(3), RECOVERING]), Step::Take(Now { machine: 0, timeline: 3 }));
    }

    #[test]
    fn of_two_addresses_of_one_machine_the_used_one_stays() {
        // Proves: equal timelines do not make it jump, and the other address is taken when the used one is silent.
        let second = Now { machine: 1, timeline: 1 };
        assert_eq!(decide(Some(second), 1, &[primary(1), primary(1)]), Step::Stay);
        assert_eq!(decide(Some(second), 1, &[primary(1), SILENCE]), Step::Take(Now { machine: 0, timeline: 1 }));
    }
}
