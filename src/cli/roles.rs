//! `muckwatch gateway`, `worker`, `api`: one role each, for a house of many processes on PostgreSQL and Redis.

use super::{
    say,
    settings::{Settings, unusable},
};
use crate::{
    app::{
        AppError,
        cluster::{ApiRole, GatewayRole, Ground, Porch, WorkerRole},
    },
    clock::ClockWish,
    config::{Config, check::Role},
    telemetry::{self, Outage},
};
use anyhow::{Result, bail};
use clap::Args;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What every role takes: settings name the store, the bus and who this process is.
#[derive(Args, Clone, Debug)]
struct RoleArgs {
    #[command(flatten)]
    settings: Settings,
}

/// A gateway's own: where terminals connect.
#[derive(Args, Clone, Debug)]
#[command(after_help = "例 Examples:
  muckwatch config check --role gateway --config /etc/muckwatch/muckwatch.toml      先检查配置 (check the settings first)
  MUCKWATCH__CLUSTER__GATEWAY=1 muckwatch gateway --config /etc/muckwatch/muckwatch.toml --data /var/lib/muckwatch-gateway-1
  curl -s http://127.0.0.1:9808/ready                                     就绪与原因 (is it ready, and why not)
  每台网关有自己的编号和数据目录 (each gateway has a number and a data folder of its own): docs/OPERATING.md, 3")]
pub(super) struct GatewayArgs {
    #[command(flatten)]
    role: RoleArgs,
    /// 终端接入地址 Where terminals connect (default 0.0.0.0:6808).
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// A worker has nothing of its own: shards come and go by leases.
#[derive(Args, Clone, Debug)]
#[command(after_help = "例 Examples:
  muckwatch config check --role worker --config /etc/muckwatch/muckwatch.toml       先检查配置 (check the settings first)
  muckwatch worker --config /etc/muckwatch/muckwatch.toml                           分片自动分配, 可随时增减 (shards are shared out; add and remove workers at will)
  MUCKWATCH__CLUSTER__OPS=127.0.0.1:9809 muckwatch worker --config /etc/muckwatch/muckwatch.toml
                                                                          同机第二个进程 (a second one on this machine)
  curl -s http://127.0.0.1:9808/metrics | grep shard                      各分片的延迟 (how far each shard is behind)")]
pub(super) struct WorkerArgs {
    #[command(flatten)]
    role: RoleArgs,
}

/// An api's own: where the pages are.
#[derive(Args, Clone, Debug)]
#[command(after_help = "例 Examples:
  muckwatch config check --role api --config /etc/muckwatch/muckwatch.toml          先检查配置 (check the settings first)
  muckwatch api --config /etc/muckwatch/muckwatch.toml --listen 127.0.0.1:8081      网页在此地址 (the pages are there)
  curl -s http://127.0.0.1:8081/api/v1/health                             整个系统的状态 (how the whole house is)
  对外开放须设 api.exposure 与 api.hosts (to let others in set both): docs/OPERATING.md, 10")]
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
    let mut config = args.role.settings.load()?;
    config.gateway.listen = args.listen.unwrap_or(config.gateway.listen);
    let told = begin(&config, Role::Gateway)?;
    let porch = Porch::open(&config, "gateway", config.cluster.ops).await?;
    say(format_args!("健康与指标 health and metrics: {}", porch.address));
    let start = start(&config, &porch, async |ground| GatewayRole::start(&config, ground, &porch).await);
    let Some(started) = told.run_until_cancelled(start).await else {
        porch.close().await;
        return Ok(());
    };
    let (mut role, _) = started?;
    say(format_args!("终端接入 terminals connect to {}", role.gateway));
    let failure = told.run_until_cancelled(role.failed()).await;
    role.stop().await;
    porch.close().await;
    ended(failure)
}

/// Judges until told to stop.
///
/// # Errors
/// As [`gateway`].
pub(super) async fn worker(args: WorkerArgs) -> Result<()> {
    let config = args.role.settings.load()?;
    let told = begin(&config, Role::Worker)?;
    let porch = Porch::open(&config, "worker", config.cluster.ops).await?;
    say(format_args!("健康与指标 health and metrics: {}", porch.address));
    let start = start(&config, &porch, async |ground| WorkerRole::start(&config, ground, &porch));
    let Some(started) = told.run_until_cancelled(start).await else {
        porch.close().await;
        return Ok(());
    };
    let (mut role, ground) = started?;
    say(format_args!("判定进程 worker {} of {} shards", ground.member, ground.shards.count()));
    let failure = told.run_until_cancelled(role.failed()).await;
    role.stop().await;
    porch.close().await;
    ended(failure)
}

/// Serves pages and API until told to stop.
///
/// # Errors
/// As [`gateway`].
pub(super) async fn api(args: ApiArgs) -> Result<()> {
    let mut config = args.role.settings.load()?;
    config.api.listen = args.listen.unwrap_or(config.api.listen);
    let told = begin(&config, Role::Api)?;
    let porch = Porch::open(&config, "api", config.api.listen).await?;
    say(format_args!("健康与指标 health and metrics: {}", porch.address));
    let start = start(&config, &porch, async |ground| ApiRole::start(&config, ground, &porch).await);
    let Some(started) = told.run_until_cancelled(start).await else {
        porch.close().await;
        return Ok(());
    };
    let (mut role, _) = started?;
    say(format_args!("网页 pages: http://{}/", role.api));
    let failure = told.run_until_cancelled(role.failed()).await;
    role.stop().await;
    porch.close().await;
    ended(failure)
}

/// How long a role that starts asks a store again that is away.
const PATIENCE: Duration = Duration::from_mins(1);

/// Opens what a role stands on and starts it; while the store is away or slow it is tried again, as at a fail-over.
async fn start<T>(
    config: &Config,
    porch: &Porch,
    mut role: impl AsyncFnMut(&Ground) -> Result<T, AppError>,
) -> Result<(T, Ground), AppError> {
    let ground = Ground::under(porch, config, ClockWish::Kept).await?;
    let (begun, mut outage) = (Instant::now(), Outage::new("the store"));
    loop {
        match role(&ground).await {
            Err(error) if error.may_pass() && begun.elapsed() < PATIENCE => {
                outage.failed(&error);
                porch.told.ready.starting(format!("waiting for the store: {error}"));
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            outcome => return outcome.map(|role| (role, ground)),
        }
    }
}

/// Refuses settings that the role cannot use, begins to log, and hears signals from now on: they end the role at any point, a second
/// one at once.
fn begin(config: &Config, role: Role) -> Result<CancellationToken> {
    if config.store.postgres.is_empty() {
        bail!(
            "store.postgres 未设置: 分角色运行需要 PostgreSQL 与 Redis, 单机请用 muckwatch serve. \
             A role of its own needs store.postgres and bus.redis in the settings; one machine alone runs `muckwatch serve`"
        );
    }
    if let Err(nonsense) = config.check(role) {
        bail!(unusable(&nonsense));
    }
    telemetry::start(config.log);
    let told = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let heard = told.clone();
    tokio::spawn(async move {
        let mut next = async || tokio::select! { _ = interrupt.recv() => (), _ = terminate.recv() => () };
        next().await;
        heard.cancel();
        say("正在停止 stopping; 再按一次立即结束 (again: at once)");
        next().await;
        std::process::exit(AT_ONCE);
    });
    Ok(told)
}

/// Exit code of a role that was told twice.
const AT_ONCE: i32 = 130;

fn ended(failure: Option<AppError>) -> Result<()> {
    match failure {
        Some(failure) => bail!(failure),
        None => Ok(()),
    }
}
