//! The task that copies a gateway's journal and opens its gate.

use super::{
    config::{CopyConfig, Standby},
    copy::{CopyBatch, FrameCopy, Writer},
    counters::{CopyCounters, add},
    error::CopyError,
    link::Servers,
};
use crate::{
    clock::pause::Pause,
    model::{ids::Seq, input::Input},
    record::{
        RecordError,
        copied::{bytes_of, encode},
        gate::Gate,
        journal::Journal,
        pace::{Backlog, Pace},
        reader::Reader,
        recorded::Recorded as _,
    },
    telemetry::Outage,
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::CancellationToken;

/// What a copier is built of.
#[derive(Debug)]
pub struct Copier {
    /// The gated journal.
    pub journal: Journal,
    /// Its gate.
    pub gate: Gate,
    /// The house's PostgreSQL servers.
    pub servers: Servers,
    /// Under which number the journal is copied, and under which lease.
    pub writer: Writer,
    /// Limits.
    pub config: CopyConfig,
    /// Where it counts.
    pub counters: Arc<CopyCounters>,
}

/// The first pause after a failure; each further one is twice as long.
const PAUSE_FIRST: Duration = Duration::from_millis(20);
/// Most inputs of a batch, so that short ones do not make a body of millions.
const BATCH_INPUTS_MAX: usize = 65_536;
/// So many inputs wait for no others.
const MANY_INPUTS: u64 = 512;

impl Copier {
    /// Copies until `stop`, through every failure that may pass; what is durable by then is copied first if the server answers.
    ///
    /// # Errors
    /// [`CopyError::Apart`], [`CopyError::Replaced`], [`CopyError::Differs`], or the journal is damaged: nothing more is acknowledged, keep the data.
    pub async fn run(self, stop: CancellationToken) -> Result<(), CopyError> {
        let servers = self.servers.clone();
        let mut pause = Pause::new(PAUSE_FIRST, Duration::from_millis(self.config.retry_ms_max));
        let mut outage = Outage::new("the copy of the record: nothing is acknowledged");
        let mut sent = self.gate.opened().0;
        loop {
            let before = self.counters.copy_batches.load(Ordering::Relaxed);
            let error = match self.follow(&servers, (&mut sent, &mut outage), &stop).await {
                Err(error) if error.may_pass() => error,
                end => {
                    let is_replaced = matches!(end, Err(CopyError::Replaced { .. }));
                    self.counters.copy_replaced.store(u64::from(is_replaced), Ordering::Relaxed);
                    return end;
                }
            };
            if self.counters.copy_batches.load(Ordering::Relaxed) > before {
                pause.reset();
            }
            self.note(&error, &mut outage);
            tokio::select! {
                () = sleep(pause.take()) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Copies over one connection until it fails or all is copied and `stop` is said.
    ///
    /// `sent` is the last number that this process sent to the copy or found in its journal when it was opened. A copy that reaches
    /// further is another writer's of the same number, a clone of this folder perhaps: its rows say nothing of what is held here.
    /// One that reaches no further was moved under our lease only, which opening it shows: what was sent here and no more.
    async fn follow(
        &self,
        servers: &Servers,
        (sent, outage): (&mut u64, &mut Outage),
        stop: &CancellationToken,
    ) -> Result<(), CopyError> {
        let mut copy = tokio::select! {
            opened = FrameCopy::open(servers, &self.config, self.writer.clone()) => opened?,
            () = stop.cancelled() => return Ok(()),
        };
        add(&self.counters.copy_connects, 1);
        let mut durable = self.journal.durable();
        let here = durable.borrow().0;
        if copy.head() > here.min(*sent) {
            return Err(CopyError::Apart { gateway: self.writer.gateway.0, copied: copy.head(), durable: here });
        }
        if self.journal.copied().borrow().0 == 0 {
            self.refuse_other(&copy).await?;
        }
        self.gate.release(Seq(copy.head()));
        self.note_standby(&copy);
        outage.over();
        let mut reader = self.journal.read_from(Seq(copy.head() + 1));
        let mut pace = Pace::new(self.config.pace_ms);
        while more(&mut durable, reader.position(), stop).await {
            let few = reader.position().0 + MANY_INPUTS > durable.borrow().0;
            let backlog = if few && !stop.is_cancelled() { Backlog::Few } else { Backlog::Enough };
            let rest = pace.rest(backlog, Instant::now());
            if !rest.is_zero() {
                sleep(rest).await;
            }
            let (batch, back) = self.gather(reader).await?;
            reader = back;
            *sent = batch.last;
            copy.insert(&batch).await?;
            pace.written(Instant::now());
            self.gate.release(Seq(batch.last));
            self.note_standby(&copy);
            self.count(&batch);
        }
        Ok(())
    }

    /// Refuses a copy whose last input is not the one of that number here: somebody with another record had the number before us.
    async fn refuse_other(&self, copy: &FrameCopy) -> Result<(), CopyError> {
        let number = copy.head();
        let Some(here) = self.journal.frame(Seq(number)).await? else { return Ok(()) };
        let is_same = |there: &Input| (there.received, &there.event) == (here.received, &here.event);
        if copy.last().await?.is_none_or(|there| is_same(&there)) {
            return Ok(());
        }
        Err(CopyError::Differs { gateway: self.writer.gateway.0, number })
    }

    /// The next batch: what is durable, up to its limits. Reads on a blocking thread.
    async fn gather(&self, mut reader: Reader) -> Result<(CopyBatch, Reader), CopyError> {
        let bytes_max = self.config.batch_bytes_max;
        let read = tokio::task::spawn_blocking(move || next_batch(&mut reader, bytes_max).map(|batch| (batch, reader)));
        match read.await {
            Ok(outcome) => outcome.map_err(CopyError::from),
            Err(broken) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
            Err(_) => Err(CopyError::Record(RecordError::Closed)),
        }
    }

    fn count(&self, batch: &CopyBatch) {
        let counters = &self.counters;
        add(&counters.copy_batches, 1);
        add(&counters.copy_bytes, u64::try_from(batch.body.len()).unwrap_or(u64::MAX));
        add(&counters.copy_inputs, batch.last + 1 - batch.first);
    }

    fn note(&self, error: &CopyError, outage: &mut Outage) {
        let durable = self.journal.durable().borrow().0;
        let copied = self.journal.copied().borrow().0;
        add(&self.counters.copy_retries, 1);
        if *error == CopyError::Warned {
            add(&self.counters.copy_warned, 1);
        }
        self.counters.copy_alone.store(u64::from(*error == CopyError::Alone), Ordering::Relaxed);
        outage.failed(&format!("gateway {}, copied {copied} of {durable}: {error}", self.writer.gateway.0));
    }

    /// Says once when the primary begins to wait for no standby, and once when it waits for one again.
    fn note_standby(&self, copy: &FrameCopy) {
        let is_alone = copy.is_alone();
        let was_alone = self.counters.copy_alone.swap(u64::from(is_alone), Ordering::Relaxed) != 0;
        if self.config.standby == Standby::Alone || is_alone == was_alone {
            return;
        }
        if is_alone {
            tracing::warn!(
                "the PostgreSQL primary waits for no standby (synchronous_standby_names is empty): what is acknowledged is on one \
                 machine; name a standby (docs/OPERATING.md, 6), or set copy.standby = \"alone\" if that is meant"
            );
        } else {
            tracing::info!("the PostgreSQL primary waits for a standby again");
        }
    }
}

/// Waits until the journal has `next`; false when it has not and `stop` was said.
async fn more(durable: &mut watch::Receiver<Seq>, next: Seq, stop: &CancellationToken) -> bool {
    tokio::select! {
        biased;
        found = durable.wait_for(|last| *last >= next) => found.is_ok(),
        () = stop.cancelled() => false,
    }
}

fn next_batch(reader: &mut Reader, bytes_max: usize) -> Result<CopyBatch, RecordError> {
    let first = Reader::position(reader).0;
    let (mut inputs, mut bytes) = (Vec::new(), 0);
    while bytes < bytes_max && inputs.len() < BATCH_INPUTS_MAX {
        let Some(input) = reader.next().transpose()? else { break };
        bytes += bytes_of(&input);
        inputs.push(input);
    }
    assert!(!inputs.is_empty(), "a batch is gathered when there is something");
    Ok(CopyBatch { first, last: Reader::position(reader).0 - 1, body: encode(&inputs) })
}
