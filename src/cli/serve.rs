//! `muckwatch serve`: gateway, worker, API and pages in one process.

use super::{
    say,
    settings::{Settings, unusable},
};
use crate::{
    app::{App, house::House, ledger},
    clock::ClockWish,
    config::check::Role,
    model::time::Timestamp,
    store::{
        import::read_folder,
        ledger::{ImportEffect, ImportOutcome},
        map::MapStore as _,
    },
    telemetry,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{net::SocketAddr, path::PathBuf};
use tokio::signal::unix::{SignalKind, signal};

/// Where to listen and by which clock.
#[derive(Args, Clone, Debug)]
#[command(after_help = "例 Examples:
  muckwatch serve --data data --ledger ledger/        台账目录的格式见 docs/LEDGER.md
  muckwatch serve --data demo --clock-start 2026-11-23T00:00:00+08:00 --clock-factor 60")]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: Settings,
    /// 台账目录 Folder with the ledger (CSV and GeoJSON): imported at start if it differs from what is recorded.
    #[arg(long, value_name = "FOLDER")]
    ledger: Option<PathBuf>,
    /// 终端接入地址 Where terminals connect (default 0.0.0.0:6808).
    #[arg(long, value_name = "ADDRESS")]
    gateway: Option<SocketAddr>,
    /// 网页与接口地址 Where the pages and the API are (default 127.0.0.1:8080; port 0 takes a free one).
    #[arg(long, value_name = "ADDRESS")]
    api: Option<SocketAddr>,
    /// 模拟时钟起点 Start of a scaled clock (RFC 3339); the folder keeps it, so that a restart goes on.
    #[arg(long, value_name = "TIME", requires = "clock_factor")]
    clock_start: Option<String>,
    /// 模拟时钟倍率 Seconds of the scaled clock a second.
    #[arg(long, value_name = "FACTOR", requires = "clock_start")]
    clock_factor: Option<f64>,
}

/// Runs until Ctrl-C or SIGTERM, then stops in order.
///
/// # Errors
/// The house cannot start, a part of it ended that must not, or what was judged could not be committed at the end.
pub(super) async fn serve(args: ServeArgs) -> Result<()> {
    let mut config = args.settings.load()?;
    telemetry::start(config.log);
    config.gateway.listen = args.gateway.unwrap_or(config.gateway.listen);
    config.api.listen = args.api.unwrap_or(config.api.listen);
    if let Err(nonsense) = config.check(Role::Serve) {
        bail!(unusable(&nonsense));
    }
    let house = House::open(&config, wish(&args)?).await?;
    if let Some(folder) = &args.ledger {
        import(&house, folder).await?;
    }
    let mut app = App::start(&config, house).await?;
    say(format_args!("终端接入 terminals connect to {}", app.gateway));
    say(format_args!("网页 pages: http://{}/", app.api));
    let failure = tokio::select! {
        failure = app.failed() => Some(failure),
        stopped = told_to_stop() => { stopped?; None }
    };
    say("正在停止 stopping: answering what is durable, judging what is recorded");
    app.stop().await?;
    match failure {
        Some(failure) => bail!(failure),
        None => Ok(()),
    }
}

/// Waits for Ctrl-C or SIGTERM.
///
/// # Errors
/// Signals cannot be had.
pub(super) async fn told_to_stop() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.map_err(Into::into),
        _ = terminate.recv() => Ok(()),
    }
}

fn wish(args: &ServeArgs) -> Result<ClockWish> {
    let (Some(start), Some(factor)) = (&args.clock_start, args.clock_factor) else { return Ok(ClockWish::Wall) };
    Ok(ClockWish::Scaled { start: Timestamp::parse(start)?, factor })
}

pub(super) async fn import(house: &House, folder: &std::path::Path) -> Result<()> {
    let imported = read_folder(folder).with_context(|| format!("the ledger in {} has errors", folder.display()))?;
    house.store.put_layers(&imported.layers).await?;
    let outcome = ledger::revise(house, &imported.ledger, "serve --ledger").await?;
    say(said(&outcome));
    Ok(())
}

/// What an import did, in one line.
pub(super) fn said(outcome: &ImportOutcome) -> String {
    let number = outcome.entry.revision.0;
    match outcome.effect {
        ImportEffect::Revised => format!("台账第 {number} 版已导入 ledger revision {number} imported"),
        ImportEffect::Unchanged => format!("台账与第 {number} 版相同 the ledger equals revision {number}"),
    }
}
