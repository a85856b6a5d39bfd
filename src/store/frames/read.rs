//! The reader of the copy, for workers and apis: both levels in one statement, so that a run that moves meanwhile is seen once.

use super::{
    config::CopyConfig,
    copy::{bigint, smallint},
    error::{CopyError, from_driver},
    fresh::{Fresh, FreshRow, RowKey},
    link::{Link, Servers, silent},
};
use crate::{
    model::{
        ids::{GatewayNumber, Seq, TerminalId},
        input::Input,
        shard::{Shard, Shards},
        time::Timestamp,
    },
    record::{
        RecordError,
        copied::{Filing, decode, detached},
        recorded::Recorded,
    },
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use std::{collections::BTreeMap, fmt, pin::pin, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::timeout};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// Reads the copy over one connection, which is made when it is needed and again when it broke; calls share it.
pub struct PgRecord {
    servers: Servers,
    answer: Duration,
    shards: Shards,
    link: Mutex<Option<Arc<Link>>>,
    fresh: Fresh,
}

/// L0 rows fetched at once for a range of numbers.
const ROWS_AT_ONCE: i64 = 16;

const OF_TERMINAL: &str = "SELECT gateway, first, last, 0 AS level, CASE
            WHEN (gateway, first, last) IN (SELECT * FROM unnest($4::smallint[], $5::bigint[], $6::bigint[]))
            THEN NULL ELSE body END
        FROM frame_batches
    UNION ALL
    SELECT gateway, first, last, 1 AS level, body FROM frame_blocks
        WHERE terminal = $1 AND greatest >= $2 AND least <= $3
    ORDER BY 1, 4 DESC, 2";
pub(super) const ONE: &str = "SELECT body FROM frame_batches WHERE gateway = $1 AND first <= $2 AND last >= $2
    UNION ALL
    SELECT body FROM frame_blocks WHERE gateway = $1 AND first <= $2 AND last >= $2 AND run =
        (SELECT first FROM frame_runs WHERE gateway = $1 AND first <= $2 ORDER BY first DESC LIMIT 1)";
const PIECES: &str = "(SELECT 0 AS level, first, last, body FROM frame_batches WHERE gateway = $1 AND last >= $2
        ORDER BY first LIMIT $3)
    UNION ALL
    SELECT 1, first, last, NULL FROM
        (SELECT first, last FROM frame_runs WHERE gateway = $1 AND first <= $2 ORDER BY first DESC LIMIT 1) AS run
        WHERE last >= $2
    UNION ALL
    SELECT 2, 0, head, NULL FROM frame_gateways WHERE gateway = $1
    ORDER BY 1, 2";
const OF_SHARD: &str = "SELECT body FROM frame_blocks WHERE gateway = $1 AND run = $2 AND shard = $3";
const HEADS: &str = "SELECT gateway, head FROM frame_gateways ORDER BY gateway";

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

impl PgRecord {
    /// Over `servers`, in a house of `shards`.
    #[must_use]
    pub fn new(servers: &Servers, limits: &CopyConfig, shards: Shards) -> Self {
        let (servers, answer) = (servers.clone(), Duration::from_millis(limits.answer_ms));
        Self { servers, answer, shards, link: Mutex::default(), fresh: Fresh::default() }
    }

    async fn link(&self) -> Result<Arc<Link>, CopyError> {
        let mut kept = self.link.lock().await;
        if let Some(link) = kept.as_ref().filter(|link| link.is_good()) {
            return Ok(Arc::clone(link));
        }
        let link = Arc::new(self.servers.connect().await?);
        *kept = Some(Arc::clone(&link));
        Ok(link)
    }

    /// Waits for an answer within the limit; a connection that gives none is not used again.
    async fn answered<T>(
        &self,
        link: &Link,
        ask: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, CopyError> {
        let error = match timeout(self.answer, link.while_primary(ask)).await {
            Ok(Ok(answer)) => return answer.map_err(|error| from_driver(&error)),
            Ok(Err(replaced)) => replaced,
            Err(_) => silent("reading"),
        };
        *self.link.lock().await = None;
        Err(error)
    }

    async fn rows(&self, statement: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, CopyError> {
        let link = self.link().await?;
        self.rows_on(&link, statement, parameters).await
    }

    async fn rows_on(&self, link: &Link, statement: &str, of: &[Parameter<'_>]) -> Result<Vec<Row>, CopyError> {
        self.answered(link, link.noticed.client.query_typed(statement, of)).await
    }

    async fn terminal_frames(&self, wish: Wish) -> Result<Vec<Input>, CopyError> {
        let link = self.link().await?;
        let (kept, mut seen, mut found) = (self.fresh.kept(), BTreeMap::new(), Found::new(wish));
        let (gateways, firsts, lasts): (Vec<i16>, Vec<i64>, Vec<i64>) = kept.keys().copied().collect();
        let terminal = wish.terminal.as_nibbles().as_slice();
        let (from, until) = (wish.from.as_millis(), wish.until.as_millis());
        let parameters: [Parameter<'_>; 6] = [
            (&terminal, Type::BYTEA),
            (&from, Type::INT8),
            (&until, Type::INT8),
            (&gateways, Type::INT2_ARRAY),
            (&firsts, Type::INT8_ARRAY),
            (&lasts, Type::INT8_ARRAY),
        ];
        let stream = self.answered(&link, link.noticed.client.query_typed_raw(OF_TERMINAL, parameters)).await?;
        let mut stream = pin!(stream);
        while let Some(row) = self.answered(&link, stream.try_next()).await? {
            match level(&row) {
                Level::Row(key, body) => {
                    let fresh = fresh_row(key, body, &kept).await?;
                    fresh.frames(wish.terminal).for_each(|(filing, input)| found.offer(filing, input));
                    seen.insert(key, fresh);
                }
                Level::Block(gateway, body) => found.offer_block(gateway, body)?,
            }
            if found.is_full() {
                return Ok(found.inputs);
            }
        }
        self.fresh.keep(seen);
        Ok(found.inputs)
    }

    /// What covers a number, and what follows it.
    async fn pieces(&self, link: &Link, gateway: GatewayNumber, number: u64) -> Result<Pieces, CopyError> {
        let (key, number, limit) = (smallint(gateway), bigint(number), ROWS_AT_ONCE);
        let parameters: [Parameter<'_>; 3] = [(&key, Type::INT2), (&number, Type::INT8), (&limit, Type::INT8)];
        let mut pieces = Pieces::default();
        for row in self.rows_on(link, PIECES, &parameters).await? {
            let (level, first, last): (i32, i64, i64) = (row.get(0), row.get(1), row.get(2));
            let last = last.unsigned_abs();
            match level {
                0 => pieces.rows.push((first.unsigned_abs(), last, Bytes::copy_from_slice(row.get(3)))),
                1 => pieces.run = Some((first, last)),
                _ => pieces.head = last,
            }
        }
        Ok(pieces)
    }

    /// One shard's inputs of a run, ascending. Over the connection that told of the run: another server may lack it.
    async fn run(
        &self,
        link: &Link,
        shard: Shard,
        (gateway, run): (GatewayNumber, i64),
    ) -> Result<Vec<Input>, CopyError> {
        let (key, shard) = (smallint(gateway), i16::try_from(shard.0).unwrap_or(i16::MAX));
        let parameters: [Parameter<'_>; 3] = [(&key, Type::INT2), (&run, Type::INT8), (&shard, Type::INT2)];
        let mut inputs = Vec::new();
        for row in self.rows_on(link, OF_SHARD, &parameters).await? {
            inputs.extend(decode(gateway, Bytes::copy_from_slice(row.get(0)))?);
        }
        inputs.sort_unstable_by_key(|input| input.seq);
        Ok(inputs)
    }

    /// The shard's inputs of the piece that begins at `number` or before, and the last number it tells of.
    async fn next_piece(
        &self,
        shard: Shard,
        gateway: GatewayNumber,
        number: u64,
    ) -> Result<(Vec<Input>, u64), CopyError> {
        let link = self.link().await?;
        let pieces = self.pieces(&link, gateway, number).await?;
        if let Some((run, last)) = pieces.run {
            return Ok((self.run(&link, shard, (gateway, run)).await?, last));
        }
        let (mut inputs, mut next) = (Vec::new(), number);
        for (first, last, body) in pieces.rows {
            if first > next {
                break;
            }
            let ours = |input: &Input| Filing::of(input).is_some_and(|of| self.shards.of(of.terminal) == shard);
            inputs.extend(decode(gateway, body)?.into_iter().filter(ours));
            next = last + 1;
        }
        if next > number {
            return Ok((inputs, next - 1));
        }
        let what = format!("the copy of gateway {gateway} ends with {} and lacks {number}", pieces.head);
        if pieces.head >= number {
            return Err(RecordError::Corrupt { what }.into());
        }
        Err(RecordError::Unavailable { what }.into())
    }
}

/// What is asked for of a terminal.
#[derive(Clone, Copy, Debug)]
struct Wish {
    terminal: TerminalId,
    from: Timestamp,
    until: Timestamp,
    most: usize,
}

/// What was found so far. Rows come in order of gateway and number, so that the first `most` are those with the least seqs.
#[derive(Debug)]
struct Found {
    wish: Wish,
    inputs: Vec<Input>,
}

impl Found {
    const fn new(wish: Wish) -> Self {
        Self { wish, inputs: Vec::new() }
    }

    fn is_full(&self) -> bool {
        self.inputs.len() >= self.wish.most
    }

    fn offer(&mut self, filing: Filing, input: &Input) {
        if !self.is_full() && filing.greatest >= self.wish.from && filing.least <= self.wish.until {
            self.inputs.push(detached(input));
        }
    }

    fn offer_block(&mut self, gateway: GatewayNumber, body: Bytes) -> Result<(), RecordError> {
        for input in decode(gateway, body)? {
            if let Some(filing) = Filing::of(&input) {
                self.offer(filing, &input);
            }
        }
        Ok(())
    }
}

/// What covers a number.
#[derive(Debug, Default)]
struct Pieces {
    /// First, last and body of L0 rows.
    rows: Vec<(u64, u64, Bytes)>,
    /// First and last of a run.
    run: Option<(i64, u64)>,
    /// The gateway's last number.
    head: u64,
}

/// A row of either level.
enum Level {
    Row(RowKey, Option<Bytes>),
    Block(GatewayNumber, Bytes),
}

fn level(row: &Row) -> Level {
    let (gateway, first, last, level): (i16, i64, i64, i32) = (row.get(0), row.get(1), row.get(2), row.get(3));
    let body: Option<&[u8]> = row.get(4);
    let body = body.map(Bytes::copy_from_slice);
    match level {
        0 => Level::Row((gateway, first, last), body),
        _ => Level::Block(GatewayNumber(gateway.unsigned_abs()), body.unwrap_or_default()),
    }
}

/// A row that is kept, or decoded now on a thread that may take its time.
async fn fresh_row(
    key: RowKey,
    body: Option<Bytes>,
    kept: &BTreeMap<RowKey, Arc<FreshRow>>,
) -> Result<Arc<FreshRow>, CopyError> {
    if let Some(row) = kept.get(&key) {
        return Ok(Arc::clone(row));
    }
    let gateway = GatewayNumber(key.0.unsigned_abs());
    let decoded = tokio::task::spawn_blocking(move || FreshRow::decoded(gateway, body.unwrap_or_default())).await;
    match decoded {
        Ok(row) => Ok(Arc::new(row?)),
        Err(broken) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
        Err(_) => Err(RecordError::Closed.into()),
    }
}

#[async_trait]
impl Recorded for PgRecord {
    async fn frames_of(
        &self,
        terminal: TerminalId,
        from: Timestamp,
        until: Timestamp,
        most: usize,
    ) -> Result<Vec<Input>, RecordError> {
        Ok(self.terminal_frames(Wish { terminal, from, until, most }).await?)
    }

    async fn frame(&self, seq: Seq) -> Result<Option<Input>, RecordError> {
        if seq.gateway() > GatewayNumber::MAX {
            return Ok(None);
        }
        let (key, number) = (smallint(seq.gateway()), bigint(seq.number()));
        for row in self.rows(ONE, &[(&key, Type::INT2), (&number, Type::INT8)]).await? {
            let inputs = decode(seq.gateway(), Bytes::copy_from_slice(row.get(0)))?;
            if let Some(input) = inputs.into_iter().find(|input| input.seq == seq) {
                return Ok(Some(detached(&input)));
            }
        }
        Ok(None)
    }

    async fn inputs_of(
        &self,
        shard: Shard,
        gateway: GatewayNumber,
        after: u64,
        upto: u64,
        most: usize,
    ) -> Result<Vec<Input>, RecordError> {
        let (mut inputs, mut next) = (Vec::new(), after.saturating_add(1));
        while next <= upto && inputs.len() < most {
            let (piece, last) = self.next_piece(shard, gateway, next).await?;
            let is_asked_for = |input: &Input| (next..=upto).contains(&input.seq.number());
            inputs.extend(piece.into_iter().filter(is_asked_for));
            next = last + 1;
        }
        inputs.truncate(most);
        Ok(inputs)
    }

    async fn heads(&self) -> Result<Vec<(GatewayNumber, u64)>, RecordError> {
        let head = |row: Row| {
            let (gateway, head): (i16, i64) = (row.get(0), row.get(1));
            (GatewayNumber(gateway.unsigned_abs()), head.unsigned_abs())
        };
        Ok(self.rows(HEADS, &[]).await?.into_iter().map(head).collect())
    }
}

impl fmt::Debug for PgRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PgRecord")
            .field("servers", &self.servers)
            .field("shards", &self.shards)
            .finish_non_exhaustive()
    }
}
