//! The PostgreSQL of this test binary: one server, a database for each test.

use engines::{Engines, Postgres, Redis};
use muckwatch::store::{SqlStore, config::StoreConfig, open_postgres};
use std::sync::OnceLock;

/// Addresses of a new, empty database; `None` where PostgreSQL is not installed.
pub(crate) fn database() -> Option<Vec<String>> {
    static SHARED: OnceLock<Option<Engines>> = OnceLock::new();
    SHARED.get_or_init(|| Engines::start(Redis::Absent, Postgres::Primary)).as_ref().map(Engines::database)
}

/// Small limits, so that a test sees them reached. Generous to a machine that tests share.
pub(crate) fn config(postgres: &[String]) -> StoreConfig {
    StoreConfig { postgres: postgres.to_vec(), connections_max: 8, call_s: 10, probe_ms: 100, ..StoreConfig::default() }
}

pub(crate) async fn open(postgres: &[String]) -> SqlStore {
    open_postgres(&config(postgres)).await.unwrap()
}
