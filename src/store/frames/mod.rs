//! The copy of the record on PostgreSQL: what all gateways recorded, durable on more than one machine, in one place to read.
//!
//! ```text
//!  Journal (gated) ─▶ copier ─▶ FrameCopy ─ one row a commit ─▶ frame_batches (L0) ─ compactor ─▶ frame_blocks (L1)
//!      ▲ Gate::release ◀────────── committed, and its standby has it      └──────── PgRecord reads both ────────┘
//! ```
//! L0 is written once per commit, by number. L1 is a block per terminal and *run* (the L0 rows taken at once), so that a
//! terminal's past is a few rows. A run moves in one transaction: whoever reads both levels in one statement sees every input
//! once. All SQL of the copy is in this folder; migration steps 5 and 10 run it.
//!
//! Bytes and calls per position of 57 B at full load: 63 B in L0, about as many in L1, a share of one commit; a read of a
//! terminal's past is one statement and the rows of its blocks.
//!
//! | file | subject |
//! |---|---|
//! | `link` | a connection to whichever server takes writes; warnings told from silence |
//! | `copy`, `copier` | a gateway's writer; the task that follows its journal |
//! | `compact` | L0 to L1 |
//! | `read`, `fresh` | the reader; decoded L0 rows it keeps |
//! | `config`, `counters`, `error` | settings, figures, failures |

pub mod compact;
pub mod config;
pub mod copier;
pub mod copy;
pub mod counters;
pub mod error;
mod fresh;
pub mod link;
pub mod read;

/// The tables, for PostgreSQL only; harmless where they are already.
///
/// Bodies of L0 are stored as they are: compressing them twice, here and in L1, would cost the commit.
#[must_use]
pub const fn schema() -> &'static str {
    "CREATE TABLE IF NOT EXISTS frame_gateways (
        gateway smallint PRIMARY KEY,
        head bigint NOT NULL
    ) WITH (fillfactor = 10);
    CREATE TABLE IF NOT EXISTS frame_batches (
        gateway smallint NOT NULL,
        first bigint NOT NULL,
        last bigint NOT NULL,
        copied_at timestamptz NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (gateway, first)
    );
    ALTER TABLE frame_batches ALTER COLUMN body SET STORAGE EXTERNAL;
    CREATE TABLE IF NOT EXISTS frame_runs (
        gateway smallint NOT NULL,
        first bigint NOT NULL,
        last bigint NOT NULL,
        PRIMARY KEY (gateway, first)
    );
    CREATE TABLE IF NOT EXISTS frame_blocks (
        gateway smallint NOT NULL,
        run bigint NOT NULL,
        terminal bytea NOT NULL,
        shard smallint NOT NULL,
        first bigint NOT NULL,
        last bigint NOT NULL,
        least bigint NOT NULL,
        greatest bigint NOT NULL,
        body bytea NOT NULL,
        PRIMARY KEY (gateway, run, terminal)
    );
    CREATE INDEX IF NOT EXISTS frame_blocks_by_time ON frame_blocks (terminal, greatest);
    CREATE INDEX IF NOT EXISTS frame_blocks_by_shard ON frame_blocks (gateway, run, shard);"
}

/// Step two: under which lease each gateway's head was last moved. A head of before has the least: any lease takes it over.
#[must_use]
pub const fn schema_of_writers() -> &'static str {
    "ALTER TABLE frame_gateways
        ADD COLUMN IF NOT EXISTS writer_token bigint NOT NULL DEFAULT 0,
        ADD COLUMN IF NOT EXISTS writer_holder text NOT NULL DEFAULT ''"
}
