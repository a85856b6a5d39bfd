//! `muckwatch migrate-to`: a single machine's installation into an empty house of many processes.

use super::wait;
use crate::{
    app::{
        AppError,
        cluster::migrate::{Moved, Stage, check, migrate},
    },
    config::Config,
    model::hex::hex,
    record::RecordError,
    telemetry,
};
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// 迁移: 把单机安装整体搬入空的 PostgreSQL (a single machine's installation into an empty house of many processes)
///
/// 搬入: 台账各版本与地图图层、违规记录及更正、查询日志、下发文本、终端注册、全部原始报文、时钟与鉴权密钥. 判定状态不搬, 由判定进程
/// 从报文重建. 先停止单机服务; 目标库必须为空. 中断后重新执行同一命令即可继续; 未完成之前任何角色都不会在该库上启动.
///
/// Moved are the ledger with all its revisions and the map's layers, violations with their corrections, the query log, texts to drivers,
/// registrations, every raw frame, the clock and the secret of the terminals' codes. Not moved are the engine's states: the
/// workers rebuild them from the frames at their first start. Stop the single machine first; the database must be empty. The
/// frames go first, the rest in one transaction that founds the house. After an interruption the same command goes on; until it
/// has ended no role starts on that database. The folder is kept as it is.
///
/// 结束时逐表核对行数与内容摘要、违规清单和全部报文的摘要; --check-only 可随时重做核对. At the end both sides are read again and
/// compared: rows of each table and a digest over their contents, the list of violations, a digest over all frames of each shard.
/// `--check-only` does that again, as long as no role has run on the house.
///
/// Exit code: 0 moved and equal, 1 not moved or not equal.
#[derive(Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct MigrateArgs {
    /// 目标 Where to.
    to: Target,
    /// 单机数据目录 Data folder of the single machine.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// 新系统的配置文件, 含 store.postgres 与 cluster.shards Settings of the new house, a TOML file with `store.postgres`; its
    /// `cluster.shards` is fixed from then on.
    #[arg(long, value_name = "FILE", env = "MUCKWATCH_CONFIG")]
    config: Option<PathBuf>,
    /// 只核对已搬完的目标, 不改动 Only compare a house that was filled from this folder, before its roles start; changes nothing.
    #[arg(long)]
    check_only: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    /// PostgreSQL, as settings name it
    Postgres,
}

const EXAMPLES: &str = "\
例 Examples:
  sudo systemctl stop muckwatch                              停止单机服务 (stop the single machine)
  createdb -T template0 -E UTF8 -l C muckwatch               空库 (an empty database)
  muckwatch migrate-to postgres --data /var/lib/muckwatch --config /etc/muckwatch/muckwatch.toml
  然后启动 worker、gateway、api (then start the roles): docs/OPERATING.md, 11";

/// Runs the command.
pub(super) fn run(args: MigrateArgs) -> ExitCode {
    match wait(move_to(args)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("muckwatch migrate-to: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn move_to(args: MigrateArgs) -> Result<bool> {
    let Target::Postgres = args.to;
    let config = Config::load(args.config.as_deref(), std::env::vars())?;
    if config.store.postgres.is_empty() {
        bail!(
            "store.postgres 未设置, 不知搬到哪里: 请用 --config 指定新系统的配置. \
             store.postgres is not set: give the settings of the new house with --config"
        );
    }
    telemetry::start(config.log);
    let bar = bar()?;
    let drawn = bar.clone();
    let told = move |stage| draw(&drawn, stage);
    let moved = if args.check_only {
        check(&config, &args.data, &told).await
    } else {
        migrate(&config, &args.data, &told).await
    };
    bar.finish_and_clear();
    let moved = match moved {
        Err(AppError::Record(RecordError::InUse { folder })) => bail!(
            "{folder} 正在被使用: 请先停止单机服务再迁移. The folder is in use: stop the server and run this again; nothing was changed"
        ),
        moved => moved?,
    };
    print(&moved, &mut io::stdout().lock())?;
    Ok(moved.is_equal())
}

fn bar() -> Result<ProgressBar> {
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{msg} {bar:40} {pos}/{len}  剩余 {eta} (left)")?);
    Ok(bar)
}

fn draw(bar: &ProgressBar, stage: Stage) {
    let place = |message: &'static str, done, all| {
        bar.set_message(message);
        bar.set_length(all);
        bar.set_position(done);
    };
    match stage {
        Stage::Judge => place("判定未判报文 (judging what is left)", 0, 0),
        Stage::Record(done, all) => place("复制报文 (frames)", done, all),
        Stage::Compare(done, all) => place("核对报文 (comparing)", done, all),
        Stage::Rows(0, all) => place("搬运各表 (rows)", 0, all),
        Stage::Rows(done, _) => bar.inc(done),
    }
}

fn print(moved: &Moved, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<28} {:>12} {:>12}", "表 (table)", "原 (here)", "新 (there)")?;
    for (table, here, there) in &moved.tables {
        let digest = short(&there.digest);
        writeln!(out, "{table:<28} {:>12} {:>12} {} {digest}", here.rows, there.rows, mark(here == there))?;
    }
    let (here, there) = moved.findings;
    writeln!(out, "{:<28} {here:>12} {there:>12} {}", "canonical violations", mark(moved.equal_findings))?;
    for (shard, here, there) in &moved.shards {
        let name = format!("frames of shard {shard}");
        let digest = short(&there.digest);
        writeln!(out, "{name:<28} {:>12} {:>12} {} {digest}", here.frames, there.frames, mark(here == there))?;
    }
    writeln!(out, "{} 条记录, 其中 {} 帧报文 (inputs of the record, frames among them)", moved.inputs, moved.frames())?;
    if moved.is_equal() {
        writeln!(out, "一致: 可以启动新系统 (equal: the new house can be started)")
    } else {
        writeln!(out, "不一致: 不要启动新系统, 保留原目录 (NOT equal: do not start the new house, keep the folder)")
    }
}

/// The first bytes of a digest, to be compared by eye.
fn short(digest: &[u8; 32]) -> String {
    hex(digest.get(..8).unwrap_or_default())
}

const fn mark(equal: bool) -> &'static str {
    if equal { "=" } else { "≠" }
}
