//! A gateway's writer: one row, one commit, durable on the standby too when it returns.
//!
//! The row goes in by one statement that also moves the gateway's head from the number before it: a batch that is there
//! already, that would leave a hole or that another writer of the same number made, moves nothing. The statement always
//! writes, so that its commit always waits for the standby. Of an insert that only *may* have been committed the head tells;
//! but asking is not enough, as the old primary shows rows its standby never got: the head is asked by a write, whose own
//! commit waits behind everything before it.

use super::{
    config::CopyConfig,
    error::CopyError,
    link::{Link, Servers},
};
use crate::model::ids::GatewayNumber;
use std::time::Duration;
use tokio_postgres::types::{ToSql, Type};

/// Writer of one gateway's copy, over one connection.
#[derive(Debug)]
pub struct FrameCopy {
    link: Link,
    gateway: GatewayNumber,
    answer: Duration,
    head: u64,
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

const HEAD: &str = "INSERT INTO frame_gateways (gateway, head) VALUES ($1, 0)
    ON CONFLICT (gateway) DO UPDATE SET head = frame_gateways.head RETURNING head";

const INSERT: &str = "WITH moved AS (
        UPDATE frame_gateways SET head = $3 WHERE gateway = $1 AND head = $2 - 1 RETURNING gateway)
    INSERT INTO frame_batches (gateway, first, last, copied_at, body)
    SELECT gateway, $2, $3, clock_timestamp(), $4 FROM moved";

impl FrameCopy {
    /// Connects to the primary among the servers of `urls`, and asks it how far the copy is. What it says is durable on its
    /// standby: a number the standby may lack is never told.
    ///
    /// # Errors
    /// [`CopyError::Unavailable`] and [`CopyError::Warned`] pass.
    pub async fn open(urls: &[String], limits: &CopyConfig, gateway: GatewayNumber) -> Result<Self, CopyError> {
        Self::over(&Servers::new(urls, limits)?, limits, gateway).await
    }

    /// As [`FrameCopy::open`]; what was seen of the servers before is remembered.
    pub(super) async fn over(
        servers: &Servers,
        limits: &CopyConfig,
        gateway: GatewayNumber,
    ) -> Result<Self, CopyError> {
        let link = servers.connect().await?;
        let answer = Duration::from_millis(limits.answer_ms);
        let key = smallint(gateway);
        let ask = async { link.noticed.client.query_typed(HEAD, &[(&key, Type::INT2)]).await };
        let rows = link.commit(answer, ask).await?;
        let head: i64 = rows.first().map_or(0, |row| row.get(0));
        let head = head.unsigned_abs();
        Ok(Self { link, gateway, answer, head })
    }

    /// The last number copied.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Copies the batch that follows. When it returns `Ok` the batch is committed, and its standby has it if the server has one.
    ///
    /// # Errors
    /// After any error open a new writer and go on from its head. [`CopyError::Apart`] does not pass.
    pub async fn insert(&mut self, batch: &CopyBatch) -> Result<(), CopyError> {
        assert_eq!(batch.first, self.head + 1, "batches follow each other");
        let (key, first, last) = (smallint(self.gateway), bigint(batch.first), bigint(batch.last));
        let body = batch.body.as_slice();
        let parameters: [(&(dyn ToSql + Sync), Type); 4] =
            [(&key, Type::INT2), (&first, Type::INT8), (&last, Type::INT8), (&body, Type::BYTEA)];
        let insert = self.link.noticed.client.execute_typed(INSERT, &parameters);
        if self.link.commit(self.answer, insert).await? != 1 {
            let (gateway, durable) = (self.gateway.0, batch.first - 1);
            return Err(CopyError::Apart { gateway, copied: self.head, durable });
        }
        self.head = batch.last;
        Ok(())
    }
}

/// A gateway's number as the tables have it.
pub(super) fn smallint(gateway: GatewayNumber) -> i16 {
    i16::try_from(gateway.0).expect("gateways are numbered to 511")
}

/// A number of an input as the tables have it.
pub(super) fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
