//! A connection to the primary among the house's PostgreSQL servers.
//!
//! It is found as the store finds it: of the servers not in recovery the one with the greatest timeline, asked every `store.probe_ms` over
//! connections of their own. An old primary that can still be reached is left as soon as another is seen, whatever waits on it.

use super::{config::CopyConfig, error::CopyError};
use crate::store::{
    config::StoreConfig,
    noticed::{Noticed, options},
    sql::finder::{Finder, Now},
};
use std::{
    fmt,
    str::FromStr as _,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_postgres::{
    Config,
    config::{LoadBalanceHosts, TargetSessionAttrs},
};
use tokio_util::sync::CancellationToken;

/// Keepalive probes of a dead connection before it counts as dead.
const PROBES: u32 = 3;
/// The system counts them in whole seconds, and refuses none.
const PROBE_LEAST: Duration = Duration::from_secs(1);

/// Whom to ask. Made once in a process: clones share the task that follows the primary, which begins with the first connection.
#[derive(Clone)]
pub struct Servers {
    configs: Vec<Config>,
    connect: Duration,
    primary: Arc<Primary>,
    /// Whether commits may wait for nobody though a standby is named: at first, and after the list was seen empty.
    pub(super) unsettled: Arc<AtomicBool>,
}

/// The primary as it is now.
struct Primary {
    finder: Mutex<Option<Finder>>,
    pace: StoreConfig,
    found: watch::Sender<Option<Now>>,
    /// What each machine said at the last look.
    causes: Arc<Mutex<String>>,
    ended: CancellationToken,
}

/// One connection.
pub(super) struct Link {
    pub(super) noticed: Noticed,
    to: Now,
    primary: Arc<Primary>,
}

impl Servers {
    /// From the addresses of all servers, asked for the primary as `store` says.
    ///
    /// # Errors
    /// [`CopyError::Address`]: there is none, or one cannot be read.
    pub fn new(store: &StoreConfig, limits: &CopyConfig) -> Result<Self, CopyError> {
        let urls = &store.postgres;
        if urls.is_empty() {
            return Err(CopyError::Address { cause: "there is none".to_owned() });
        }
        let configs = urls.iter().map(|url| config(url, limits)).collect::<Result<Vec<_>, _>>()?;
        let finder = Finder::new(urls, store);
        let finder = finder.map_err(|error| CopyError::Address { cause: error.to_string() })?;
        let (found, ended) = (watch::Sender::new(None), CancellationToken::new());
        let (finder, pace, causes) = (Mutex::new(Some(finder)), store.clone(), Arc::default());
        let primary = Arc::new(Primary { finder, pace, found, causes, ended });
        Ok(Self {
            configs,
            connect: Duration::from_millis(limits.connect_ms),
            primary,
            unsettled: Arc::new(AtomicBool::new(true)),
        })
    }

    /// Connects to the primary.
    pub(super) async fn connect(&self) -> Result<Link, CopyError> {
        self.primary.follow();
        let to = self.found().await?;
        let noticed = Noticed::connect(&self.configs[to.machine], self.connect).await?;
        Ok(Link { noticed, to, primary: Arc::clone(&self.primary) })
    }

    async fn found(&self) -> Result<Now, CopyError> {
        let mut found = self.primary.found.subscribe();
        let found = timeout(self.connect, found.wait_for(Option::is_some)).await;
        let now = found.ok().and_then(|found| found.ok().and_then(|now| *now));
        now.ok_or_else(|| {
            let causes = self.primary.causes.lock().unwrap_or_else(PoisonError::into_inner);
            CopyError::Unavailable { cause: format!("no PostgreSQL machine is the primary ({causes})") }
        })
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Servers").field("configs", &self.configs).finish_non_exhaustive()
    }
}

fn config(url: &str, limits: &CopyConfig) -> Result<Config, CopyError> {
    let mut config = Config::from_str(url).map_err(|error| CopyError::Address { cause: error.to_string() })?;
    let (connect, dead) = (Duration::from_millis(limits.connect_ms), Duration::from_millis(limits.dead_ms));
    config
        .application_name("muckwatch record")
        .options(options(Duration::from_millis(limits.answer_ms)))
        .target_session_attrs(TargetSessionAttrs::ReadWrite)
        .load_balance_hosts(LoadBalanceHosts::Disable)
        .connect_timeout(connect)
        .tcp_user_timeout(dead)
        .keepalives_idle((dead / 2).max(PROBE_LEAST))
        .keepalives_interval((dead / (2 * PROBES)).max(PROBE_LEAST))
        .keepalives_retries(PROBES);
    Ok(config)
}

impl Primary {
    /// Begins to follow it, once.
    fn follow(&self) {
        let finder = self.finder.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(finder) = finder else { return };
        let task = follow(finder, self.pace.clone(), (self.found.clone(), Arc::clone(&self.causes)));
        tokio::spawn(self.ended.clone().run_until_cancelled_owned(task));
    }
}

impl Drop for Primary {
    fn drop(&mut self) {
        self.ended.cancel();
    }
}

/// Looks for the primary for ever.
async fn follow(
    mut finder: Finder,
    pace: StoreConfig,
    (found, causes): (watch::Sender<Option<Now>>, Arc<Mutex<String>>),
) {
    loop {
        let now = finder.look(pace.probe_limit()).await;
        *causes.lock().unwrap_or_else(PoisonError::into_inner) = finder.causes();
        found.send_if_modified(|before| std::mem::replace(before, now) != now);
        sleep(pace.probe_pause()).await;
    }
}

pub(super) fn silent(what: &str) -> CopyError {
    CopyError::Unavailable { cause: format!("{what}: no answer in time") }
}

impl Link {
    /// Whether it stands, and to the primary as far as known.
    pub(super) fn is_good(&self) -> bool {
        !self.noticed.client.is_closed() && !self.is_replaced(*self.primary.found.borrow())
    }

    /// While no primary is seen, the one of before may only be slow.
    fn is_replaced(&self, now: Option<Now>) -> bool {
        now.is_some_and(|now| now != self.to)
    }

    /// Waits for `call`, until another server is the primary.
    pub(super) async fn while_primary<T>(&self, call: impl Future<Output = T>) -> Result<T, CopyError> {
        let mut found = self.primary.found.subscribe();
        tokio::select! {
            biased;
            _ = found.wait_for(|now| self.is_replaced(*now)) => {
                Err(CopyError::Unavailable { cause: "its server is no longer the primary".to_owned() })
            }
            answer = call => Ok(answer),
        }
    }

    /// Does `commit`, which must write, and vouches for it: it was answered in time, without an error and without a warning.
    pub(super) async fn commit<T>(
        &self,
        limit: Duration,
        commit: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, CopyError> {
        Ok(self.while_primary(self.noticed.commit(limit, commit)).await??)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Link").field("to", &self.to).finish_non_exhaustive()
    }
}
