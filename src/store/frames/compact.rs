//! From rows of one commit to blocks of one terminal.
//!
//! A run takes the oldest L0 rows of a gateway, some megabytes, and replaces them by one block per terminal, in one transaction
//! under an advisory lock of that gateway, so that any number of processes may do this. Its commit need not wait for the standby: what a
//! promoted standby lacks of it, it has as rows still.

use super::{
    config::CopyConfig,
    copy::{bigint, smallint},
    error::{CopyError, from_driver},
    link::{Link, Servers, silent},
};
use crate::{
    model::{
        ids::{GatewayNumber, TerminalId},
        input::Input,
        shard::Shards,
        time::Timestamp,
    },
    record::copied::{Filing, decode, encode},
    telemetry::Outage,
};
use bytes::Bytes;
use std::{collections::BTreeMap, time::Duration};
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::Transaction;
use tokio_util::sync::CancellationToken;

/// Makes blocks of the rows of all gateways.
#[derive(Debug)]
pub struct Compactor {
    servers: Servers,
    config: CopyConfig,
    shards: Shards,
    link: Mutex<Option<Link>>,
}

/// First key of the advisory locks; the second is the gateway.
const LOCK_CLASS: i32 = 0x004D_5543;
/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// The shard of what belongs to none: sessions, frames without a readable header.
const NO_SHARD: i16 = -1;

const DUE: &str = "SELECT gateway FROM frame_batches GROUP BY gateway
    HAVING sum(length(body)) >= $1 OR min(copied_at) < clock_timestamp() - make_interval(secs => $2) ORDER BY gateway";
const ROWS: &str = "SELECT first, last, body FROM (
        SELECT first, last, body, sum(length(body)) OVER (ORDER BY first) - length(body) AS before
        FROM frame_batches WHERE gateway = $1) AS rows WHERE before < $2 ORDER BY first";
const BLOCKS: &str = "INSERT INTO frame_blocks (gateway, run, terminal, shard, first, last, least, greatest, body)
    SELECT $1, $2, * FROM unnest($3::bytea[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bytea[])";

/// One terminal's part of a run.
#[derive(Debug)]
struct Block {
    inputs: Vec<Input>,
    least: Timestamp,
    greatest: Timestamp,
}

/// The blocks of a run, column by column.
#[derive(Debug, Default)]
struct Columns {
    terminal: Vec<Vec<u8>>,
    shard: Vec<i16>,
    first: Vec<i64>,
    last: Vec<i64>,
    least: Vec<i64>,
    greatest: Vec<i64>,
    body: Vec<Vec<u8>>,
}

impl Compactor {
    /// Over `servers`, in a house of `shards`.
    #[must_use]
    pub fn new(servers: &Servers, config: CopyConfig, shards: Shards) -> Self {
        Self { servers: servers.clone(), config, shards, link: Mutex::default() }
    }

    /// Makes blocks whenever rows are due, until `stop`; failures are logged and tried again: nobody waits for it.
    pub async fn run(self, stop: CancellationToken) {
        let mut outage = Outage::new("the copy: rows are not made into blocks");
        while !stop.is_cancelled() {
            match self.pass().await {
                Ok(_) => outage.over(),
                Err(error) => outage.failed(&error),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Makes blocks of what is due now, of every gateway that it can, and says how many runs there were.
    ///
    /// # Errors
    /// The first failure of a gateway: the server, or a row is damaged and stays where it is.
    pub async fn pass(&self) -> Result<usize, CopyError> {
        let mut kept = self.link.lock().await;
        let due = self.linked(&mut kept, async |link| self.due(link).await).await?;
        let (mut runs, mut failed) = (0, None);
        for gateway in due {
            match self.linked(&mut kept, async |link| self.compact(link, gateway).await).await {
                Ok(ours) => runs += usize::from(ours),
                Err(error) => {
                    tracing::warn!(gateway, %error, "a gateway's rows were not made into blocks");
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(runs), Err)
    }

    /// Does `work` over the connection that is kept, within the limit of an answer. After a failure it is not kept.
    async fn linked<T>(
        &self,
        kept: &mut Option<Link>,
        work: impl AsyncFnOnce(&mut Link) -> Result<T, CopyError>,
    ) -> Result<T, CopyError> {
        let mut link = match kept.take().filter(Link::is_good) {
            Some(link) => link,
            None => self.servers.connect().await?,
        };
        let limit = Duration::from_millis(self.config.answer_ms);
        let done = timeout(limit, work(&mut link)).await.map_err(|_| silent("making blocks"))??;
        *kept = Some(link);
        Ok(done)
    }

    /// The gateways with rows that are due.
    async fn due(&self, link: &Link) -> Result<Vec<i16>, CopyError> {
        let (bytes, age_s) = (bigint(self.config.compact_bytes), f64::from(self.age_s()));
        let due = link.noticed.client.query(DUE, &[&bytes, &age_s]).await.map_err(|error| from_driver(&error))?;
        Ok(due.iter().map(|row| row.get(0)).collect())
    }

    fn age_s(&self) -> u32 {
        u32::try_from(self.config.compact_s).unwrap_or(u32::MAX)
    }

    /// One run of one gateway; false when another process is at it.
    async fn compact(&self, link: &mut Link, gateway: i16) -> Result<bool, CopyError> {
        let failed = |error| from_driver(&error);
        let transaction = link.noticed.client.transaction().await.map_err(failed)?;
        transaction.batch_execute("SET LOCAL synchronous_commit = local").await.map_err(failed)?;
        let lock = "SELECT pg_try_advisory_xact_lock($1, $2)";
        let ours: bool = transaction.query_one(lock, &[&LOCK_CLASS, &i32::from(gateway)]).await.map_err(failed)?.get(0);
        if !ours {
            return Ok(false);
        }
        let bytes_max = bigint(self.config.compact_bytes_max);
        let rows = transaction.query(ROWS, &[&gateway, &bytes_max]).await.map_err(failed)?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(false) };
        let (first, last): (i64, i64) = (first.get(0), last.get(1));
        let bodies = rows.iter().map(|row| Bytes::copy_from_slice(row.get(2))).collect();
        let (number, shards) = (GatewayNumber(gateway.unsigned_abs()), self.shards);
        let columns = tokio::task::spawn_blocking(move || columns(number, bodies, shards)).await;
        let columns = columns.map_err(|error| CopyError::Unavailable { cause: error.to_string() })??;
        replace(&transaction, smallint(number), (first, last), &columns).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(true)
    }
}

/// Writes the run and its blocks, removes its rows.
async fn replace(
    transaction: &Transaction<'_>,
    gateway: i16,
    (first, last): (i64, i64),
    columns: &Columns,
) -> Result<(), tokio_postgres::Error> {
    let run = "INSERT INTO frame_runs (gateway, first, last) VALUES ($1, $2, $3)";
    transaction.execute(run, &[&gateway, &first, &last]).await?;
    let Columns { terminal, shard, first: firsts, last: lasts, least, greatest, body } = columns;
    transaction.execute(BLOCKS, &[&gateway, &first, terminal, shard, firsts, lasts, least, greatest, body]).await?;
    let remove = "DELETE FROM frame_batches WHERE gateway = $1 AND first BETWEEN $2 AND $3";
    transaction.execute(remove, &[&gateway, &first, &last]).await?;
    Ok(())
}

/// Sorts the inputs of rows by terminal.
fn columns(gateway: GatewayNumber, bodies: Vec<Bytes>, shards: Shards) -> Result<Columns, CopyError> {
    let mut blocks: BTreeMap<Option<TerminalId>, Block> = BTreeMap::new();
    for body in bodies {
        for input in decode(gateway, body)? {
            let filing = Filing::of(&input);
            let (least, greatest) = filing.map_or((input.received, input.received), |of| (of.least, of.greatest));
            let block = blocks.entry(filing.map(|of| of.terminal)).or_insert_with(|| Block::empty(least, greatest));
            block.least = block.least.min(least);
            block.greatest = block.greatest.max(greatest);
            block.inputs.push(input);
        }
    }
    let mut columns = Columns::default();
    for (terminal, block) in &blocks {
        columns.put(*terminal, block, shards);
    }
    Ok(columns)
}

impl Block {
    const fn empty(least: Timestamp, greatest: Timestamp) -> Self {
        Self { inputs: Vec::new(), least, greatest }
    }
}

impl Columns {
    fn put(&mut self, terminal: Option<TerminalId>, block: &Block, shards: Shards) {
        let number = |input: Option<&Input>| input.map_or(0, |input| bigint(input.seq.number()));
        self.terminal.push(terminal.map(|terminal| terminal.as_nibbles().to_vec()).unwrap_or_default());
        let shard = terminal.map_or(NO_SHARD, |terminal| i16::try_from(shards.of(terminal).0).unwrap_or(i16::MAX));
        self.shard.push(shard);
        self.first.push(number(block.inputs.first()));
        self.last.push(number(block.inputs.last()));
        self.least.push(block.least.as_millis());
        self.greatest.push(block.greatest.as_millis());
        self.body.push(encode(&block.inputs));
    }
}
