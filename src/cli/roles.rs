//! `muckwatch gateway`, `worker`, `api`: one role each, for a house of many processes on PostgreSQL and Redis.

use super::{serve::told_to_stop, settings::Settings};
use crate::{
    app::{
        AppError,
        cluster::{ApiRole, GatewayRole, Ground, WorkerRole},
    },
    clock::ClockWish,
    config::Config,
    store::error::StoreError,
    telemetry,
};
use anyhow::{Result, bail};
use clap::Args;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// What every role takes: settings name the store, the bus and who this process is.
#[derive(Args, Clone, Debug)]
#[command(after_help = "例 Examples:
  muckwatch config check --config /etc/muckwatch.toml      先检查配置 (check the settings first)
  muckwatch gateway --config /etc/muckwatch.toml           部署见 docs/OPERATING.md (see there for the whole house)")]
pub(super) struct RoleArgs {
    #[command(flatten)]
    settings: Settings,
}

/// A gateway's own: where terminals connect.
#[derive(Args, Clone, Debug)]
pub(super) struct GatewayArgs {
    #[command(flatten)]
    role: RoleArgs,
    /// 终端接入地址 Where terminals connect (default 0.0.0.0:6808).
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// An api's own: where the pages are.
#[derive(Args, Clone, Debug)]
pub(super) struct ApiArgs {
    #[command(flatten)]
    role: RoleArgs,
    /// 网页与接口地址 Where the pages and the API are (default 127.0.0.1:8080).
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Accepts terminals until told to stop.
///
/// # Errors
/// The role cannot start, or a part of it ended that must not.
pub(super) async fn gateway(args: GatewayArgs) -> Result<()> {
    let mut config = settled(&args.role)?;
    config.gateway.listen = args.listen.unwrap_or(config.gateway.listen);
    let ground = Ground::open(&config, ClockWish::Kept).await?;
    let mut role = patiently(async || GatewayRole::start(&config, &ground).await).await?;
    println!("终端接入 terminals connect to {}", role.gateway);
    let failure = until_told(role.failed()).await?;
    role.stop().await;
    ended(failure)
}

/// Judges until told to stop.
///
/// # Errors
/// As [`gateway`].
pub(super) async fn worker(args: RoleArgs) -> Result<()> {
    let config = settled(&args)?;
    let ground = Ground::open(&config, ClockWish::Kept).await?;
    let mut role = patiently(async || WorkerRole::start(&config, &ground).await).await?;
    println!("判定进程 worker {} of {} shards", ground.member, ground.shards.count());
    let failure = until_told(role.failed()).await?;
    role.stop().await;
    ended(failure)
}

/// Serves pages and API until told to stop.
///
/// # Errors
/// As [`gateway`].
pub(super) async fn api(args: ApiArgs) -> Result<()> {
    let mut config = settled(&args.role)?;
    config.api.listen = args.listen.unwrap_or(config.api.listen);
    let ground = Ground::open(&config, ClockWish::Kept).await?;
    let mut role = patiently(async || ApiRole::start(&config, &ground).await).await?;
    println!("网页 pages: http://{}/", role.api);
    let failure = until_told(role.failed()).await?;
    role.stop().await;
    ended(failure)
}

/// How long a role that starts asks a store again that is away.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts a role; while the store is away or slow it is tried again, as at a fail-over.
async fn patiently<T>(mut start: impl AsyncFnMut() -> Result<T, AppError>) -> Result<T, AppError> {
    let begun = Instant::now();
    loop {
        match start().await {
            Err(AppError::Store(StoreError::Unavailable { cause })) if begun.elapsed() < PATIENCE => {
                tracing::warn!(cause, "the store does not answer; starting again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            outcome => return outcome,
        }
    }
}

fn settled(args: &RoleArgs) -> Result<Config> {
    let config = args.settings.load()?;
    if config.store.postgres.is_empty() {
        bail!(
            "store.postgres 未设置: 分角色运行需要 PostgreSQL 与 Redis, 单机请用 muckwatch serve. \
             A role of its own needs store.postgres and bus.redis in the settings; one machine alone runs `muckwatch serve`"
        );
    }
    telemetry::start(config.log);
    Ok(config)
}

async fn until_told(failed: impl Future<Output = AppError>) -> Result<Option<AppError>> {
    tokio::select! {
        failure = failed => Ok(Some(failure)),
        stopped = told_to_stop() => { stopped?; println!("正在停止 stopping"); Ok(None) }
    }
}

fn ended(failure: Option<AppError>) -> Result<()> {
    match failure {
        Some(failure) => bail!(failure),
        None => Ok(()),
    }
}
