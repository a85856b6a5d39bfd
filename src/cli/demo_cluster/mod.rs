//! `muckwatch demo-cluster`: the simulated day through a house of many processes on this machine: a Redis Cluster, a PostgreSQL pair,
//! two gateways, three workers, two apis, a balancer in front. Kill what you like meanwhile; a role that ends is started again, an engine by `engines.sh`.
//!
//! ```text
//!  simulator ─▶ balancer ─▶ gateway-1, gateway-2 ─▶ PostgreSQL pg1, pg2 and Redis 1..6 ─▶ worker-1..3
//!  browser   ─▶ balancer ─▶ api-1, api-2 ◀──────────────────────┘
//! ```

mod engines;
mod process;

use self::{
    engines::Engines,
    process::{Crew, Process},
};
use super::{
    balance::Balancer,
    invented::{Invented, Stage},
    serve::told_to_stop,
};
use crate::{
    app::cluster::{Ground, revise},
    clock::ClockWish,
    config::Config,
    model::time::{Span, Timestamp},
    sim::calendar::Day,
    store::map::MapStore as _,
    telemetry::{self, LogFormat},
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use tokio::net::TcpListener;

/// How many of each role.
const GATEWAYS: u16 = 2;
const WORKERS: u16 = 3;
const APIS: u16 = 2;
/// Wall seconds between the founding and the first minute of the played day: the processes come up meanwhile.
const HEAD_START_S: f64 = 10.0;
/// Says that the folder is a demo's; its lock says that the demo runs.
const MARK: &str = "demo-cluster.lock";

/// What to invent and how fast to play it.
#[derive(Args, Clone, Debug)]
#[command(after_help = "演示区的道路、企业、车牌均为合成。Everything shown is invented; every screen says so.
  muckwatch demo-cluster --factor 600        一天约两分半钟 (the day in two and a half minutes)
  kill -9 PID                                进程号见输出; 角色会自动重启, 引擎用 engines.sh 恢复 (ids are printed; a role is started again, an engine by engines.sh)")]
pub(super) struct DemoClusterArgs {
    /// 数据目录 Folder of engines, processes and logs; a demo's folder is emptied.
    #[arg(long, default_value = ".demo-cluster", value_name = "FOLDER")]
    data: PathBuf,
    #[command(flatten)]
    invented: Invented,
    /// 终端接入地址 Where terminals connect (the balancer).
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    gateway: SocketAddr,
    /// 起始时刻 Play from this instant on (RFC 3339) instead of from midnight; the clock starts there.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// 结束时刻 Play until this instant (RFC 3339).
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// Plays the day; at its end prints what was found against the truth and waits for Ctrl-C. All processes and engines end with it.
///
/// # Errors
/// The engines or a process cannot start, or the day cannot be played.
pub(super) async fn demo_cluster(args: DemoClusterArgs) -> Result<()> {
    telemetry::start(LogFormat::default());
    let day = Day::parse(&args.invented.day)?;
    let doors = Doors::take(&args).await?;
    let (folder, _lock) = afresh(&args.data).await?;
    println!("正在启动 Redis 集群与 PostgreSQL starting a Redis Cluster and PostgreSQL");
    let engines = Engines::start(&folder).await?;
    let mut crew = Crew::default();
    let outcome = tokio::select! {
        played = play(&args, doors, day, &folder, &engines, &mut crew) => played,
        stopped = told_to_stop() => stopped,
    };
    println!("正在停止 stopping");
    crew.stop().await;
    engines.stop().await?;
    outcome
}

/// Where clients come in; taken before anything is started, so that an address that is in use is told at once.
struct Doors {
    terminals: TcpListener,
    pages: TcpListener,
}

impl Doors {
    async fn take(args: &DemoClusterArgs) -> Result<Self> {
        let take = async |address: SocketAddr, option: &str| {
            let taken = TcpListener::bind(address).await;
            taken.with_context(|| {
                format!("{address} 已被占用, 请用 {option} 另选 (it cannot be had; choose another by {option})")
            })
        };
        let terminals = take(args.gateway, "--gateway").await?;
        Ok(Self { terminals, pages: take(args.invented.api, "--api").await? })
    }
}

async fn play(
    args: &DemoClusterArgs,
    doors: Doors,
    day: Day,
    folder: &Path,
    engines: &Engines,
    crew: &mut Crew,
) -> Result<()> {
    found(args, day, folder, engines).await?;
    for (role, count) in [("gateway", GATEWAYS), ("worker", WORKERS), ("api", APIS)] {
        for number in 1..=count {
            crew.add(Process::start(folder, role, number, &settings(folder, engines, role, number)).await?);
        }
    }
    let terminals = Balancer::over(doors.terminals, crew.addresses("gateway")).context("the terminals' balancer")?;
    let pages = Balancer::over(doors.pages, crew.addresses("api")).context("the pages' balancer")?;
    println!("{}{}", engines.listing(), crew.listing());
    println!("  终端接入 terminals connect to {}", terminals.address);
    println!(
        "\n  渣土哨兵集群演示 muckwatch demo-cluster: http://{}/\n  模拟时钟 ×{}，合成数据；Ctrl-C 结束 (ends it)\n",
        pages.address, args.invented.factor
    );
    tokio::select! {
        played = day_played(args, folder, terminals.address, pages.address) => played,
        failed = crew.supervise() => failed,
    }
}

async fn day_played(args: &DemoClusterArgs, folder: &Path, terminals: SocketAddr, pages: SocketAddr) -> Result<()> {
    let out = folder.join("played");
    args.invented.play(Stage { terminals, pages, out, from: args.from.clone(), to: args.to.clone() }).await
}

/// The house's first process: its clock, its ledger and the map's layers.
async fn found(args: &DemoClusterArgs, day: Day, folder: &Path, engines: &Engines) -> Result<()> {
    let path = folder.join("demo.toml");
    fs::write(&path, settings(folder, engines, "demo", 0))?;
    let config = Config::load(Some(&path), std::iter::empty())?;
    #[expect(clippy::cast_possible_truncation, reason = "some hours at most")]
    let early = Span::from_secs((HEAD_START_S * args.invented.factor) as i64);
    let begin = args.from.as_deref().map_or(Ok(day.start()), Timestamp::parse)?;
    let wish = ClockWish::Scaled { start: begin - early, factor: args.invented.factor };
    let ground = Ground::open(&config, wish).await?;
    let (district, layers) = args.invented.district(day)?;
    ground.store.put_layers(&layers).await?;
    revise(&ground, &district.ledger(), "demo").await?;
    Ok(())
}

/// The settings of one process, as a person would write them.
fn settings(folder: &Path, engines: &Engines, role: &str, number: u16) -> String {
    let name = format!("{role}-{number}");
    let gateway = if role == "gateway" { format!("gateway = {number}\n") } else { String::new() };
    let listen =
        if matches!(role, "gateway" | "api") { format!("[{role}]\nlisten = \"127.0.0.1:0\"\n") } else { String::new() };
    let (data, postgres) = (folder.join(&name).display().to_string(), engines.postgres.clone());
    format!(
        "data = {}\n{listen}[store]\npostgres = {}\n[bus]\nredis = {}\n[cluster]\nhouse = \"demo\"\nmember = {name:?}\nops = \"{}:0\"\n{gateway}",
        toml::Value::from(data),
        toml::Value::from(postgres),
        toml::Value::from(engines.redis.clone()),
        Ipv4Addr::LOCALHOST,
    )
}

/// A demo begins with an empty folder, but only ever empties one that a demo filled and that nobody runs on.
async fn afresh(folder: &Path) -> Result<(PathBuf, File)> {
    let mark = folder.join(MARK);
    let strange = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) && !mark.exists();
    if strange {
        bail!("{} is not empty and not a demo's: choose another --data", folder.display());
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    let lock = File::options().create(true).truncate(false).write(true).open(&mark)?;
    lock.try_lock().with_context(|| format!("a demo runs in {}: choose another --data", folder.display()))?;
    Engines::stop_left_over(&folder).await?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.is_dir() {
            fs::remove_dir_all(&path).with_context(|| format!("cannot empty {}", path.display()))?;
        } else if path.file_name() != mark.file_name() {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok((folder, lock))
}
