//! The command line: one file per command, named after it.

pub mod balance;
mod config;
mod decode;
mod demo;
mod demo_cluster;
mod import;
mod ingest;
mod invented;
mod migrate;
mod policy;
mod replay;
mod roles;
mod serve;
mod settings;
pub mod simulate;

use std::{fmt::Display, io::Write as _, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

/// 渣土哨兵 muckwatch: 渣土车与黄标车执法追踪 (enforcement tracker for muck trucks and yellow-label vehicles)
#[derive(Debug, Parser)]
#[command(name = "muckwatch", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 启动服务: 网关、判定、接口与网页 (gateway, worker, API and pages in one process)
    Serve(serve::ServeArgs),
    /// 只启动网关: 终端接入, 需 PostgreSQL 与 Redis (a gateway of a house of many processes)
    Gateway(roles::GatewayArgs),
    /// 只启动判定 (a worker of a house of many processes)
    Worker(roles::WorkerArgs),
    /// 只启动接口与网页 (an api with its pages, of a house of many processes)
    Api(roles::ApiArgs),
    /// 演示: 启动服务并播放模拟的一天 (serve and simulate in one, on a scaled clock)
    Demo(demo::DemoArgs),
    /// 配置: 检查与显示 (settings: whether they can be used, and where each comes from)
    Config(config::ConfigArgs),
    /// 集群演示: 多进程加 Redis 集群与 PostgreSQL (the same as many processes on a Redis Cluster and PostgreSQL)
    DemoCluster(demo_cluster::DemoClusterArgs),
    Decode(decode::Args),
    Import(import::ImportArgs),
    /// 导入抓包: 按各自的接收时间, 全速入库并判定 (captured frames with their own receive times, at full speed)
    Ingest(ingest::IngestArgs),
    MigrateTo(migrate::MigrateArgs),
    Policy(policy::PolicyArgs),
    /// 重放: 把记录的输入重新过一遍内核, 不一致即报错 (the recorded inputs again; a difference is an error)
    Replay(replay::ReplayArgs),
    /// 模拟一天: 虚构一个区, 按 JT/T 808 上报 (invents a district and plays its day over JT/T 808)
    Simulate(simulate::SimulateArgs),
}

/// Reads the arguments, runs the command, says on stderr what failed.
#[must_use]
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Config(args) => return config::run(&args),
        Command::Decode(args) => return decode::run(&args),
        Command::Serve(args) => wait(serve::serve(args)),
        Command::Gateway(args) => wait(roles::gateway(args)),
        Command::Worker(args) => wait(roles::worker(args)),
        Command::Api(args) => wait(roles::api(args)),
        Command::Demo(args) => wait(demo::demo(args)),
        Command::DemoCluster(args) => wait(demo_cluster::demo_cluster(args)),
        Command::Import(args) => return import::run(&args),
        Command::Ingest(args) => wait(ingest::ingest(args)),
        Command::MigrateTo(args) => return migrate::run(args),
        Command::Policy(args) => return policy::run(args),
        Command::Replay(args) => wait(replay::replay(args)),
        Command::Simulate(args) => wait(simulate::simulate(args)),
    };
    done.map_or_else(
        |error| {
            eprintln!("muckwatch: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// Most threads that may block: one a shard, were one worker to hold all of them, and some for disks.
const BLOCKING_THREADS: usize = crate::model::shard::Shards::MAX as usize + 64;
/// How long threads that still wait for a disk or a database are waited for at the end.
const END_LIMIT: Duration = Duration::from_secs(5);

/// Says a line to whoever reads. A command does not end, and a signal is not lost, because nobody does any more.
fn say(line: impl Display) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        tracing::debug!(%error, "nobody reads what is said");
    }
}

/// Runs a command that talks to the world.
fn wait<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.max_blocking_threads(BLOCKING_THREADS).enable_all().build()?;
    let done = runtime.block_on(command);
    runtime.shutdown_timeout(END_LIMIT);
    done
}
