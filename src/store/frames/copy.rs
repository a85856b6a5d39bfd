//! A gateway's writer: one row, one commit, durable on the standby too when it returns.
//!
//! The row goes in by one statement that also moves the gateway's head from the number before it: a batch that is there
//! already, that would leave a hole or that another writer of the same number made, moves nothing. The statement always
//! writes, so that its commit always waits for the standby. Of an insert that only *may* have been committed the head tells;
//! but asking is not enough, as the old primary shows rows its standby never got: the head is asked by a write, whose own
//! commit waits behind everything before it.
//!
//! The row names its writer: token and holder of the lease of the gateway's number. Opening takes the row over from an older lease,
//! and the head is moved only by whoever the row names: the head counts as ours only as long as nobody else can have moved it.

use super::{
    config::{CopyConfig, Standby},
    error::{CopyError, from_driver},
    link::{Link, Servers, silent},
    read::ONE,
};
use crate::{
    model::{ids::GatewayNumber, input::Input},
    record::copied::decode,
    store::episodes::Fence,
};
use bytes::Bytes;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::{ToSql, Type};

/// Who copies: a gateway's number and the lease under which it has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Under which number.
    pub gateway: GatewayNumber,
    /// Of the lease of that number. Unlike a shard's, the lease stays the writer's until another writer comes.
    pub fence: Fence,
}

/// Writer of one gateway's copy, over one connection.
#[derive(Debug)]
pub struct FrameCopy {
    link: Link,
    writer: Writer,
    answer: Duration,
    head: u64,
    standby: Standby,
    /// Whether the primary waits for no standby, and when it was last asked.
    alone: (bool, Instant),
    /// Of all connections of this process.
    unsettled: Arc<AtomicBool>,
}

/// One batch: inputs `first..=last` of the gateway, none missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyBatch {
    /// Number of its first input.
    pub first: u64,
    /// Number of its last.
    pub last: u64,
    /// `record::copied::encode` of them.
    pub body: Vec<u8>,
}

/// Takes the row over from an older writer, writes in any case, and says whose the row is.
const HEAD: &str =
    "INSERT INTO frame_gateways AS row (gateway, head, writer_token, writer_holder) VALUES ($1, 0, $2, $3)
    ON CONFLICT (gateway) DO UPDATE SET
        writer_token = greatest(row.writer_token, $2),
        writer_holder = CASE WHEN row.writer_token < $2 THEN $3 ELSE row.writer_holder END
    RETURNING head, writer_token, writer_holder";

const INSERT: &str = "WITH moved AS (
        UPDATE frame_gateways SET head = $3
        WHERE gateway = $1 AND head = $2 - 1 AND writer_token = $5 AND writer_holder = $6 RETURNING gateway)
    INSERT INTO frame_batches (gateway, first, last, copied_at, body)
    SELECT gateway, $2, $3, clock_timestamp(), $4 FROM moved";

/// Whether commits wait for nobody. The session itself sees to `synchronous_commit` (`link`).
const IS_ALONE: &str = "SELECT current_setting('synchronous_standby_names') = ''";

/// Between two such questions where a standby is only wanted.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The server's checkpointer, which makes commits wait, learns of a list that was filled a moment after the sessions do: a commit in
/// between waits for nobody. Where a standby is required, what is told rests on a commit that began so long after the list was seen.
const SETTLING: Duration = Duration::from_secs(2);

impl FrameCopy {
    /// Connects to the primary among `servers`, takes the copy over from the writer of an older lease, and asks how far
    /// it is. What it says is durable on its standby: a number the standby may lack is never told.
    ///
    /// # Errors
    /// [`CopyError::Unavailable`] and [`CopyError::Warned`] pass; [`CopyError::Replaced`] does not.
    pub async fn open(servers: &Servers, limits: &CopyConfig, writer: Writer) -> Result<Self, CopyError> {
        let link = servers.connect().await?;
        let answer = Duration::from_millis(limits.answer_ms);
        let (standby, alone, unsettled) = (limits.standby, (true, Instant::now()), Arc::clone(&servers.unsettled));
        let mut copy = Self { link, writer, answer, head: 0, standby, alone, unsettled };
        copy.ask_head().await?;
        if standby == Standby::Required && copy.unsettled.load(Ordering::Relaxed) {
            sleep(SETTLING).await;
            copy.ask_head().await?;
            copy.unsettled.store(false, Ordering::Relaxed);
        }
        Ok(copy)
    }

    /// One round: a write whose own commit waits for the standby tells the head, and behind it whether there is one is asked.
    async fn ask_head(&mut self) -> Result<(), CopyError> {
        let (key, token) = (smallint(self.writer.gateway), bigint(self.writer.fence.token));
        let parameters: [Parameter<'_>; 3] =
            [(&key, Type::INT2), (&token, Type::INT8), (&self.writer.fence.holder, Type::TEXT)];
        let ask = self.link.noticed.client.query_typed(HEAD, &parameters);
        let (rows, is_alone) = tokio::join!(self.link.commit(self.answer, ask), is_alone(&self.link, self.answer));
        let rows = rows?;
        let row = rows.first().ok_or_else(|| CopyError::Unavailable { cause: "the head was not told".to_owned() })?;
        let has = Fence { token: row.get::<_, i64>(1).unsigned_abs(), holder: row.get(2) };
        if has != self.writer.fence {
            let Writer { gateway, fence } = &self.writer;
            return Err(CopyError::Replaced {
                gateway: gateway.0,
                token: fence.token,
                by: has.token,
                holder: has.holder,
            });
        }
        (self.head, self.alone) = (row.get::<_, i64>(0).unsigned_abs(), (is_alone?, Instant::now()));
        self.refuse_alone()
    }

    /// Whether the primary waited for no standby when it was last asked.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.alone.0
    }

    /// Where a standby is demanded nothing counts as copied that was committed without one.
    fn refuse_alone(&self) -> Result<(), CopyError> {
        if self.standby != Standby::Required || !self.is_alone() {
            return Ok(());
        }
        self.unsettled.store(true, Ordering::Relaxed);
        Err(CopyError::Alone)
    }

    /// Who copies.
    #[must_use]
    pub const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The last number copied.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// The last input copied; `None` when there is none.
    ///
    /// # Errors
    /// The server, which passes; [`CopyError::Record`] when it cannot be read.
    pub(super) async fn last(&self) -> Result<Option<Input>, CopyError> {
        let (gateway, number) = (self.writer.gateway, bigint(self.head));
        let key = smallint(gateway);
        let parameters: [Parameter<'_>; 2] = [(&key, Type::INT2), (&number, Type::INT8)];
        let ask = self.link.while_primary(self.link.noticed.client.query_typed(ONE, &parameters));
        let rows = timeout(self.answer, ask).await.map_err(|_| silent("reading the last input"))??;
        for row in rows.map_err(|error| from_driver(&error))? {
            let inputs = decode(gateway, Bytes::copy_from_slice(row.get(0)))?;
            if let Some(last) = inputs.into_iter().find(|input| input.seq.number() == self.head) {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }

    /// Copies the batch that follows. When it returns `Ok` the batch is committed, and its standby has it if the server has one,
    /// which it must where [`Standby::Required`].
    ///
    /// # Errors
    /// After any error open a new writer and go on from its head. [`CopyError::Apart`] and [`CopyError::Replaced`] do not pass.
    pub async fn insert(&mut self, batch: &CopyBatch) -> Result<(), CopyError> {
        assert_eq!(batch.first, self.head + 1, "batches follow each other");
        let (key, first, last) = (smallint(self.writer.gateway), bigint(batch.first), bigint(batch.last));
        let (body, token) = (batch.body.as_slice(), bigint(self.writer.fence.token));
        let parameters: [Parameter<'_>; 6] = [
            (&key, Type::INT2),
            (&first, Type::INT8),
            (&last, Type::INT8),
            (&body, Type::BYTEA),
            (&token, Type::INT8),
            (&self.writer.fence.holder, Type::TEXT),
        ];
        let insert = self.link.noticed.client.execute_typed(INSERT, &parameters);
        let commit = self.link.commit(self.answer, insert);
        // Asked behind the commit on the same connection: a list that was emptied while the commit waited is seen.
        let moved = if self.standby == Standby::Required || self.alone.1.elapsed() > LOOK_EVERY {
            let (moved, is_alone) = tokio::join!(commit, is_alone(&self.link, self.answer));
            self.alone = (is_alone?, Instant::now());
            moved?
        } else {
            commit.await?
        };
        self.refuse_alone()?;
        if moved != 1 {
            self.ask_head().await?;
            let (gateway, durable) = (self.writer.gateway.0, batch.first - 1);
            return Err(CopyError::Apart { gateway, copied: self.head, durable });
        }
        self.head = batch.last;
        Ok(())
    }
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

async fn is_alone(link: &Link, limit: Duration) -> Result<bool, CopyError> {
    let asked = timeout(limit, link.while_primary(link.noticed.client.query_typed(IS_ALONE, &[]))).await;
    let rows = asked.map_err(|_| silent("asking for standbys"))??.map_err(|error| from_driver(&error))?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// A gateway's number as the tables have it.
pub(super) fn smallint(gateway: GatewayNumber) -> i16 {
    i16::try_from(gateway.0).expect("gateways are numbered to 511")
}

/// A number of an input as the tables have it.
pub(super) fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
