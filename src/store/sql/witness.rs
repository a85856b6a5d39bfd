//! Whether what was committed is on the standby too.
//!
//! The store's driver keeps warnings to itself, and a commit whose wait for the standby was cancelled is answered as done with a
//! warning only. So after each commit somebody is told of, a witness is asked: it commits a mark of its own (a message in the
//! WAL, no row) over a connection that sees warnings. The WAL is one line: a standby that has the mark has everything
//! committed before it. One mark vouches for all who asked before it was made, so that the price is one more round trip of
//! group commit and not one more for each.

use crate::store::{
    config::StoreConfig,
    error::StoreError,
    noticed::{Doubt, Noticed, options},
};
use std::{str::FromStr as _, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;

/// Written by an empty transaction that must have a number: its commit waits for the standby like any other.
const MARK: &str = "SELECT pg_logical_emit_message(true, 'muckwatch', '')";
/// Between two signs of life of a connection that waits for the next mark: a machine that vanished is found out before a call needs it.
const KEEPALIVE: Duration = Duration::from_secs(5);
/// Most callers that one mark vouches for.
const ASKS_MAX: usize = 256;

/// Most sessions of a witness on its server. While the standby is away each mark keeps its session there; what is beyond waits for one
/// of them, and then counts as not vouched for.
const SESSIONS_MAX: usize = 2;

type Verdict = oneshot::Sender<Result<(), Doubt>>;

/// Vouches for commits on one primary, as long as it is that. Clones share the connection.
#[derive(Clone, Debug)]
pub(super) struct Witness(mpsc::Sender<Verdict>);

impl Witness {
    /// Of the primary at `address`; ends with its last clone, or when the machine is no longer the primary.
    pub(super) fn of(address: &str, config: &StoreConfig, retired: CancellationToken) -> Self {
        let (asks, asked) = mpsc::channel(ASKS_MAX);
        let limit = config.call_limit();
        let teller = Teller { config: plain(address, limit), limit, link: None, under_way: JoinSet::new() };
        tokio::spawn(async move { retired.run_until_cancelled(teller.run(asked)).await });
        Self(asks)
    }

    /// Waits until the standby has what was committed before the call.
    ///
    /// # Errors
    /// `Unavailable`: it may have it or not; make the same call again.
    pub(super) async fn vouch(&self) -> Result<(), StoreError> {
        let (verdict, told) = oneshot::channel();
        let gone = || StoreError::unavailable("the primary was lost before its standby was known to have the commit");
        self.0.send(verdict).await.map_err(|_| gone())?;
        let told = told.await.map_err(|_| gone())?;
        told.map_err(|doubt| StoreError::unavailable(format!("the standby is not known to have the commit: {doubt}")))
    }
}

/// How to connect; an address that the other driver took and this one does not is told with the first verdict.
fn plain(address: &str, limit: Duration) -> Result<Config, Doubt> {
    let config = Config::from_str(address).map_err(|error| Doubt::Failed(error.to_string()));
    config.map(|mut config| {
        config
            .application_name("muckwatch witness")
            .options(options(limit))
            .connect_timeout(limit)
            .tcp_user_timeout(limit)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE);
        config
    })
}

/// The task behind a witness.
struct Teller {
    config: Result<Config, Doubt>,
    limit: Duration,
    link: Option<Noticed>,
    /// Marks without an answer, each with its session.
    under_way: JoinSet<()>,
}

impl Teller {
    async fn run(mut self, mut asked: mpsc::Receiver<Verdict>) {
        let mut waiting = Vec::new();
        while asked.recv_many(&mut waiting, ASKS_MAX).await > 0 {
            let verdict = self.mark().await;
            for ask in waiting.drain(..) {
                if ask.send(verdict.clone()).is_err() {
                    tracing::trace!("nobody waits for the verdict any more");
                }
            }
        }
    }

    /// A connection whose mark is in doubt is not used again. One whose mark has no answer is kept until it has: the server keeps its
    /// session as long, whether we listen or not.
    async fn mark(&mut self) -> Result<(), Doubt> {
        self.room().await?;
        let link = match self.link.take().filter(|link| !link.client.is_closed()) {
            Some(link) => link,
            None => Noticed::connect(self.config.as_ref().map_err(Clone::clone)?, self.limit).await?,
        };
        let (tell, told) = oneshot::channel();
        self.under_way.spawn(async move {
            let done = link.commit(Duration::MAX, link.client.query_typed(MARK, &[])).await;
            if tell.send((link, done)).is_err() {
                tracing::debug!("a mark was answered too late to vouch for anybody");
            }
        });
        let silent = || Doubt::Silent("committing");
        let (link, done) = timeout(self.limit, told).await.map_err(|_| silent())?.map_err(|_| silent())?;
        done?;
        self.link = Some(link);
        Ok(())
    }

    /// Waits until fewer than [`SESSIONS_MAX`] marks are without an answer.
    async fn room(&mut self) -> Result<(), Doubt> {
        while self.under_way.try_join_next().is_some() {}
        if self.under_way.len() < SESSIONS_MAX {
            return Ok(());
        }
        let one = timeout(self.limit, self.under_way.join_next()).await;
        one.map(drop).map_err(|_| Doubt::Silent("earlier marks still wait for the standby"))
    }
}
