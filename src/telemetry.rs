//! Logging: one line per event on stderr, filtered by `MUCKWATCH_LOG` (default `info`).

use std::io::IsTerminal;
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging; a second call is ignored, so that tests may call it as often as they like.
pub fn start(format: LogFormat) {
    let filter =
        EnvFilter::try_from_env("MUCKWATCH_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    // A line that cannot be written, as on a full disk, is lost: told on stderr it would end the thread that logs.
    let lines = fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    let outcome = match format {
        LogFormat::Text => registry.with(lines.with_ansi(std::io::stderr().is_terminal())).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "logging had been started already");
    }
}
