//! One PostgreSQL machine: how to connect to it, and asking it what it is.

use crate::store::{config::StoreConfig, error::OpenError};
use sea_orm::sqlx::{self, Connection as _, PgConnection, postgres::PgConnectOptions};
use std::time::Duration;
use tokio::time::timeout;

/// Not in recovery: the timeline of what it writes (eight hexadecimal digits), from the name of its current WAL file.
const ASK: &str = "SELECT CASE WHEN pg_is_in_recovery() THEN NULL \
                   ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// A machine, with a connection of its own for the question what it is.
#[derive(Debug)]
pub(super) struct Machine {
    address: String,
    name: String,
    options: PgConnectOptions,
    connection: Option<PgConnection>,
    trouble: Option<Trouble>,
}

/// Why a machine did not say what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    /// For people, with what to do where that is known.
    pub(super) cause: String,
    /// Whether the machine answered and will not have us: asking again is of no use until somebody mends it.
    pub(super) is_refusal: bool,
}

/// What a machine says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It takes writes, on this timeline.
    Primary { timeline: u32 },
    /// It follows another, or has not recovered yet.
    Recovering,
    /// Nothing in time.
    Silence,
}

impl Machine {
    /// Reads its address.
    pub(super) fn new(address: &str, config: &StoreConfig) -> Result<Self, OpenError> {
        let options: PgConnectOptions =
            address.parse().map_err(|error: sqlx::Error| OpenError::Address { cause: error.to_string() })?;
        let name = format!("{}:{}", options.get_host(), options.get_port());
        let options = sqlx::ConnectOptions::disable_statement_logging(with_limits(options, config));
        Ok(Self { address: address.to_owned(), name, options, connection: None, trouble: None })
    }

    /// The address as configured, password and all.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Host and port, for people.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How to connect.
    pub(super) const fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Why it did not say what it is when it was last asked; `None` if it did.
    pub(super) const fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Asks it.
    pub(super) async fn probe(&mut self, limit: Duration) -> Answer {
        let trouble = match timeout(limit, self.ask()).await {
            Ok(Ok(answer)) => {
                self.trouble = None;
                return answer;
            }
            Ok(Err(error)) => trouble(&error),
            Err(_) => Trouble { cause: format!("no answer within {limit:?}"), is_refusal: false },
        };
        tracing::debug!(machine = self.name, cause = trouble.cause, "does not say what it is");
        self.trouble = Some(trouble);
        self.connection = None;
        Answer::Silence
    }

    async fn ask(&mut self) -> Result<Answer, sqlx::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(PgConnection::connect_with(&self.options).await?),
        };
        let timeline: Option<String> = sqlx::query_scalar(ASK).fetch_one(connection).await?;
        let Some(timeline) = timeline else { return Ok(Answer::Recovering) };
        let timeline = u32::from_str_radix(&timeline, 16).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok(Answer::Primary { timeline })
    }
}

/// The server's own words, and what to do about them (PostgreSQL, appendix A: classes 28 and 3D, 42501).
fn trouble(error: &sqlx::Error) -> Trouble {
    let Some(said) = error.as_database_error() else {
        return Trouble { cause: error.to_string(), is_refusal: false };
    };
    let advice = match said.code().as_deref() {
        Some("28P01") => "the password in store.postgres is wrong",
        Some("28000") => "no such role, or pg_hba.conf does not let it in: create the role, or add a line and reload",
        Some("3D000") => {
            "create the database (`createdb -T template0 -E UTF8 -l C NAME`), or correct its name in store.postgres"
        }
        Some("42501") => "the role may not connect to this database: GRANT CONNECT",
        _ => return Trouble { cause: said.message().to_owned(), is_refusal: false },
    };
    Trouble { cause: format!("{}; {advice}", said.message()), is_refusal: true }
}

/// Waits that the server itself ends: for a lock, for the rest of a transaction whose client is paused or cut off (it holds its
/// locks meanwhile), and for a client that no longer takes what is sent. No limit on statements: a commit cut short would be
/// reported as done though no standby has it. And that a commit waits for the standby, whatever the database or the role says of it.
fn with_limits(options: PgConnectOptions, config: &StoreConfig) -> PgConnectOptions {
    let limit_ms = config.call_limit().as_millis();
    let lock_ms = limit_ms * 3 / 4;
    options.application_name("muckwatch").options([
        ("synchronous_commit", "on".to_owned()),
        ("lock_timeout", lock_ms.to_string()),
        ("idle_in_transaction_session_timeout", (limit_ms / 2).to_string()),
        ("tcp_user_timeout", limit_ms.to_string()),
        ("tcp_keepalives_idle", "5".to_owned()),
        ("tcp_keepalives_interval", "5".to_owned()),
    ])
}
