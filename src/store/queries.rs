//! Who looked at whose tracks, and why: the contract of the append-only query log.

use super::error::StoreError;
use crate::{chance, model::time::Timestamp};
use async_trait::async_trait;
use std::io;

/// Bytes of a key: no two are ever equal by chance.
const KEY_BYTES: usize = 16;

/// Append-only; the engine itself refuses to change or delete a row.
#[async_trait]
pub trait QueryLog: Send + Sync {
    /// Adds one line and returns its number. Durable when it returns: a screen shows nothing before. The key makes a repetition
    /// harmless: the same line again adds nothing and has the number it got.
    ///
    /// # Errors
    /// `Unavailable`: show nothing, or make the same call again. `Conflict` when the key was used for another look.
    async fn append(&self, query: &NewQuery) -> Result<QueryNumber, StoreError>;

    /// The newest lines below `before` (`None` = the newest of all), descending, at most `limit`.
    ///
    /// # Errors
    /// `Unavailable` when the store does not answer.
    async fn list(&self, before: Option<QueryNumber>, limit: u32) -> Result<Vec<LoggedQuery>, StoreError>;
}

/// Append number of a line of the log, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueryNumber(pub u64);

/// A query to be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQuery {
    /// Drawn for this look by whoever logs it; empty for lines of before there were keys, and in none that is new.
    pub key: String,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Who asked; `local` as long as there are no accounts.
    pub actor: String,
    /// What was asked.
    pub kind: QueryKind,
    /// About whom: a plate as typed, a vehicle code or a terminal.
    pub subject: String,
    /// The reason given (案由).
    pub reason: String,
    /// What more was asked, such as the span of a track; empty if nothing.
    pub detail: String,
}

impl NewQuery {
    /// A key that no other look has: 16 bytes of the system's random numbers, as hex.
    ///
    /// # Errors
    /// The system gives none.
    pub fn fresh_key() -> io::Result<String> {
        chance::name::<KEY_BYTES>()
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedQuery {
    /// Its number.
    pub number: QueryNumber,
    /// The query.
    pub query: NewQuery,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryKind {
    /// 车牌查询
    Plate,
    /// 轨迹查看
    Track,
    /// 轨迹导出
    Export,
    /// 原始报文查看
    Frame,
    /// 文本下发
    Command,
}
