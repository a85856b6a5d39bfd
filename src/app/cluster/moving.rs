//! The record of a single machine on its way into the house, and a digest of it on either side.
//!
//! ```text
//!  Journal ─▶ reader (blocking): batches of 1 MiB, digest per shard ─▶ FrameCopy (gateway 0) ─▶ Compactor every 16 batches
//!  PgRecord ─▶ inputs_of(shard) ─▶ digest per shard: what workers will read
//! ```

use super::{
    super::AppError,
    migrate::{Stage, Told},
};
use crate::{
    model::{
        ids::{GatewayNumber, Seq},
        input::Input,
        shard::{Shard, Shards},
    },
    record::{
        RecordError,
        copied::{Filing, bytes_of, encode},
        journal::Journal,
        recorded::Recorded,
    },
    store::frames::{
        compact::Compactor,
        config::CopyConfig,
        copy::{CopyBatch, FrameCopy, Writer},
        error::CopyError,
        link::Servers,
    },
};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tokio::{sync::mpsc, time::sleep};

/// Batches that wait to be inserted.
const BATCHES_WAITING: usize = 2;
/// Batches after which they are made into blocks: readers of a terminal's past read all that are not.
const BATCHES_PER_RUN: u32 = 16;
/// Most inputs of a batch.
const BATCH_INPUTS_MAX: usize = 65_536;
/// Inputs read back at once.
const PAGE: usize = 8_192;
/// How often a failure that may pass is tried again, one after another, and the pause before each.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(2);

/// Frames of a shard and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardSum {
    /// How many.
    pub frames: u64,
    /// SHA-256 over their bytes, numbers and receive times, in order.
    pub digest: [u8; 32],
}

/// A record to move.
pub(super) struct Move<'a> {
    /// The record.
    pub(super) journal: Journal,
    /// Limits.
    pub(super) copy: CopyConfig,
    /// The shards of the house.
    pub(super) shards: Shards,
    /// The record's last input.
    pub(super) last: u64,
    /// Who hears where it is.
    pub(super) told: &'a Told,
}

/// What was read: everything up to a number, and what of it is not there yet.
struct Read {
    upto: u64,
    batch: Option<CopyBatch>,
}

impl Move<'_> {
    /// Copies what the house lacks and makes blocks of it; the sums are those of the whole record, shard by shard.
    pub(super) async fn copy(&self, servers: &Servers, writer: Writer) -> Result<Vec<ShardSum>, AppError> {
        let mut copy = FrameCopy::open(servers, &self.copy, writer).await?;
        if copy.head() > self.last {
            let (copied, durable) = (copy.head(), self.last);
            return Err(CopyError::Apart { gateway: GatewayNumber::ALONE.0, copied, durable }.into());
        }
        let compactor = Compactor::new(servers, self.at_once(), self.shards);
        let (send, mut read) = mpsc::channel(BATCHES_WAITING);
        let (journal, shards, head, bytes) =
            (self.journal.clone(), self.shards, copy.head(), self.copy.batch_bytes_max);
        let reader = tokio::task::spawn_blocking(move || read_all(&journal, shards, (head, bytes), &send));
        let mut waiting = 0;
        while let Some(Read { upto, batch }) = read.recv().await {
            if let Some(batch) = batch {
                self.insert(servers, &mut copy, &batch).await?;
                waiting += 1;
            }
            if waiting == BATCHES_PER_RUN {
                compactor.pass().await?;
                waiting = 0;
            }
            (self.told)(Stage::Record(upto, self.last));
        }
        let sums = reader.await.map_err(|error| AppError::Task(error.to_string()))??;
        while compactor.pass().await? > 0 {}
        Ok(sums)
    }

    /// The sums of the whole record here, shard by shard.
    pub(super) async fn sums_here(&self) -> Result<Vec<ShardSum>, AppError> {
        let (send, mut read) = mpsc::channel(BATCHES_WAITING);
        let (journal, shards, last, bytes) = (self.journal.clone(), self.shards, self.last, self.copy.batch_bytes_max);
        let reader = tokio::task::spawn_blocking(move || read_all(&journal, shards, (last, bytes), &send));
        while let Some(Read { upto, .. }) = read.recv().await {
            (self.told)(Stage::Compare(upto, self.last));
        }
        Ok(reader.await.map_err(|error| AppError::Task(error.to_string()))??)
    }

    /// Blocks are made of whatever there is.
    fn at_once(&self) -> CopyConfig {
        CopyConfig { compact_bytes: 1, compact_s: 0, ..self.copy.clone() }
    }

    /// Inserts a batch, through failures that pass: after each the house is asked whether it has it.
    async fn insert(&self, servers: &Servers, copy: &mut FrameCopy, batch: &CopyBatch) -> Result<(), AppError> {
        let mut tries = 0;
        while copy.head() < batch.last {
            let failure = match copy.insert(batch).await {
                Ok(()) => return Ok(()),
                Err(error) if error.may_pass() => error,
                Err(error) => return Err(error.into()),
            };
            tracing::warn!(%failure, first = batch.first, "not copied; trying again");
            *copy = loop {
                tries += 1;
                sleep(PAUSE).await;
                match FrameCopy::open(servers, &self.copy, copy.writer().clone()).await {
                    Err(error) if error.may_pass() && tries < TRIES => {}
                    opened => break opened?,
                }
            };
        }
        Ok(())
    }

    /// The sums of what the house has, read as its workers read.
    pub(super) async fn sums(&self, record: &dyn Recorded) -> Result<Vec<ShardSum>, AppError> {
        let (mut sums, mut done) = (Vec::new(), 0);
        for shard in self.shards.all() {
            let (mut sum, mut after) = (Summing::default(), 0);
            loop {
                let page = record.inputs_of(shard, GatewayNumber::ALONE, after, self.last, PAGE).await?;
                for input in &page {
                    sum.add(input);
                }
                if page.len() < PAGE {
                    break;
                }
                after = page.last().map_or(self.last, |input| input.seq.number());
                (self.told)(Stage::Compare(done + after / u64::from(self.shards.count()), self.last));
            }
            done += self.last / u64::from(self.shards.count());
            sums.push(sum.done());
        }
        Ok(sums)
    }
}

/// A digest that is being made.
#[derive(Clone, Default)]
struct Summing {
    frames: u64,
    digest: Sha256,
}

impl Summing {
    fn add(&mut self, input: &Input) {
        self.frames += 1;
        self.digest.update(encode([input]));
    }

    fn done(self) -> ShardSum {
        ShardSum { frames: self.frames, digest: self.digest.finalize().into() }
    }
}

/// Reads the whole record in batches; of what lies after `head` it makes what is to be copied.
fn read_all(
    journal: &Journal,
    shards: Shards,
    (head, bytes_max): (u64, usize),
    send: &mpsc::Sender<Read>,
) -> Result<Vec<ShardSum>, RecordError> {
    let mut sums = vec![Summing::default(); usize::from(shards.count())];
    let mut reader = journal.read_from(Seq(1));
    loop {
        let (mut inputs, mut bytes) = (Vec::new(), 0);
        while bytes < bytes_max && inputs.len() < BATCH_INPUTS_MAX {
            let Some(input) = reader.next().transpose()? else { break };
            if let Some(filing) = Filing::of(&input) {
                let Shard(shard) = shards.of(filing.terminal);
                sums[usize::from(shard)].add(&input);
            }
            bytes += bytes_of(&input);
            inputs.push(input);
        }
        let Some(upto) = inputs.last().map(|input| input.seq.number()) else { break };
        inputs.retain(|input| input.seq.number() > head);
        let batch =
            inputs.first().map(|first| CopyBatch { first: first.seq.number(), last: upto, body: encode(&inputs) });
        if send.blocking_send(Read { upto, batch }).is_err() {
            return Err(RecordError::Closed);
        }
    }
    Ok(sums.into_iter().map(Summing::done).collect())
}
