//! `muckwatch simulate`: invents a district from a seed and plays its day into a server over TCP, as its terminals would.

mod acknowledged;
mod clock;
mod device;
mod findings;
mod folder;
mod http;
mod link;
mod tally;

use self::{
    acknowledged::Acknowledged,
    clock::ServerClock,
    device::{Device, World},
    http::Api,
};
use crate::{
    model::time::Timestamp,
    sim::{
        calendar,
        district::Demo,
        faults::Act,
        script::{Day, Script, play},
        truth::Deed,
    },
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::task::JoinSet;

/// What to invent and where to play it.
#[derive(Args, Clone, Debug)]
pub struct SimulateArgs {
    /// 随机种子 Seed of the district, its drivers and their devices.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// 模拟日期 The day to simulate, China time.
    #[arg(long, default_value = "2026-11-23", value_name = "DATE")]
    pub day: String,
    /// 808 接入地址 Where terminals connect; without it nothing is played.
    #[arg(long, value_name = "ADDRESS", requires = "api")]
    pub server: Option<SocketAddr>,
    /// 接口地址 The server's API (this machine only), for its clock and its findings.
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// 输出目录 Folder for the truth (truth.ndjson) and the score.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// 确认清单 File for every frame that was acknowledged with success, one JSON object a line: `terminal`, `sent_ms`,
    /// `acknowledged_ms` (wall time, ms UTC) and `hex` (as sent).
    #[arg(long, value_name = "FILE", requires = "server")]
    pub acknowledged: Option<PathBuf>,
    /// 写出台账 Write the invented ledger into a folder that `muckwatch import` takes.
    #[arg(long, value_name = "FOLDER")]
    pub write_ledger: Option<PathBuf>,
    /// 起始时刻 Play from this instant on (RFC 3339) instead of from midnight.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// 结束时刻 Play until this instant (RFC 3339).
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// 对照真值评分 Compare the server's findings with the truth at the end; not perfect = exit code 1.
    #[arg(long)]
    pub score: bool,
}

/// The part of the day that is played.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    from: Timestamp,
    to: Timestamp,
}

/// Runs the command.
///
/// # Errors
/// Bad arguments, a folder that cannot be written, a server that is not there at the beginning or never comes to rest at the
/// end, or a score that is not perfect.
pub async fn simulate(args: SimulateArgs) -> Result<()> {
    let date = calendar::Day::parse(&args.day)?;
    let demo = Demo::invent(args.seed, date);
    if let Some(folder) = &args.write_ledger {
        folder::write_ledger(folder, &demo)?;
        println!("台账已写入 ledger written to {}", folder.display());
    }
    let span = stretch(&args, date)?;
    let day = cut(play(&demo), span);
    if let Some(out) = &args.out {
        folder::write_truth(out, &day.truth)?;
    }
    let (Some(server), Some(url)) = (args.server, &args.api) else { return Ok(()) };
    let api = Api::parse(url)?;
    let acknowledged =
        args.acknowledged.as_deref().map_or_else(|| Ok(Acknowledged::default()), Acknowledged::create)?;
    let clock = ServerClock::follow(api).await.context("the server's clock cannot be read")?;
    let world = World { server, clock, tally: Arc::default(), acknowledged: Arc::new(acknowledged) };
    perform(&day, &world).await?;
    world.acknowledged.finish()?;
    if args.score { judge(&args, &day.truth, api).await } else { Ok(()) }
}

fn stretch(args: &SimulateArgs, date: calendar::Day) -> Result<Stretch> {
    let instant = |text: &Option<String>, otherwise| text.as_deref().map_or(Ok(otherwise), Timestamp::parse);
    let span = Stretch { from: instant(&args.from, date.start())?, to: instant(&args.to, date.end())? };
    if span.from >= span.to {
        bail!("--from {} is not before --to {}", span.from, span.to);
    }
    Ok(span)
}

/// Only what lies in the stretch; deeds that lie in it half are no fair test and are marked ambiguous.
fn cut(day: Day, span: Stretch) -> Day {
    let scripts = day.scripts.iter().map(|script| script.between(span.from, span.to)).collect();
    let touches = |deed: &Deed| deed.to > span.from && deed.from < span.to;
    let whole = |deed: &Deed| deed.from >= span.from && deed.to < span.to;
    let truth = day.truth.into_iter().filter(touches);
    let truth = truth.map(|deed| Deed { ambiguous: deed.ambiguous || !whole(&deed), ..deed }).collect();
    Day { scripts, truth }
}

/// Plays all terminals at once until everything is acknowledged.
async fn perform(day: &Day, world: &World) -> Result<()> {
    let tally = &world.tally;
    let bar = tally::bar(messages(&day.scripts));
    let mut devices = JoinSet::new();
    for script in day.scripts.iter().filter(|script| !script.steps.is_empty()) {
        devices.spawn(Device::new(script.clone(), world.clone()).live());
    }
    while !devices.is_empty() {
        tokio::select! {
            Some(done) = devices.join_next() => done.context("a simulated terminal broke down")??,
            () = tokio::time::sleep(Duration::from_millis(250)) => tally.show(&bar),
        }
    }
    bar.finish_and_clear();
    println!("全部发送并确认 all sent and acknowledged: {}", tally.line());
    Ok(())
}

fn messages(scripts: &[Script]) -> u64 {
    scripts.iter().flat_map(|script| &script.steps).map(|step| u64::from(matches!(step.act, Act::Send(_)))).sum()
}

async fn judge(args: &SimulateArgs, truth: &[Deed], api: Api) -> Result<()> {
    let rows = findings::settled(api).await?;
    let score = findings::compare(truth, &rows);
    if let Some(out) = &args.out {
        folder::write_score(out, &rows, &score)?;
    }
    println!("{}", score.table());
    for deed in &score.misses {
        println!("漏报 missed: {}", serde_json::to_string(deed)?);
    }
    for alarm in &score.alarms {
        println!("误报 false alarm: {alarm:?}");
    }
    if score.is_perfect() { Ok(()) } else { bail!("what was found is not what happened") }
}
