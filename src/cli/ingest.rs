//! `muckwatch ingest`: captured frames with their own receive times, at full speed, into a data folder of the given clock.

mod capture;
mod feed;
mod lines;

use self::{
    capture::{CaptureCounts, Captures},
    feed::Feed,
    lines::Lines,
};
use super::settings::Settings;
use crate::{
    app::house::House,
    clock::ClockWish,
    engine::{canonical::Canonical, judge::trace, world::World},
    model::{input::LedgerRevision, shard::Shard, time::Timestamp},
    rules::{SPECS, policy::Policies},
    store::{
        episodes::EpisodeStore,
        ledger::{LedgerStore, WhichRevision},
        policies::{self, StoredPolicy},
    },
    telemetry,
    track::{grade::Grade, quality::Quality},
    worker::{Worker, WorkerParts},
};
use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::runtime::Handle;

/// Which capture, into which folder.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "每行一个 JSON 对象，received 为 RFC 3339 时间或 UTC 毫秒，不得倒退；connection 为数字或名称；hex 为收到的字节，可为整帧或任意片段。
Each line is a JSON object; received (RFC 3339 or milliseconds UTC) may not go back: an error names the line. connection is a
number or a name; hex are the bytes that came, whole frames or any pieces of them. The folder gets the given clock.
  {\"received\": \"2026-11-24T08:00:00+08:00\", \"connection\": 17, \"hex\": \"7e000200000139123456780001337e\"}
  muckwatch ingest --data case-17 --ledger ledger/ captures.jsonl"
)]
pub(super) struct IngestArgs {
    /// 抓包文件, - 为标准输入 The capture; - is stdin.
    captures: PathBuf,
    #[command(flatten)]
    settings: Settings,
    /// 台账目录 Folder with the ledger (CSV and GeoJSON), imported first.
    #[arg(long, value_name = "FOLDER")]
    ledger: Option<PathBuf>,
    /// 同一时段还有后续抓包 More of the same time follows: do not end with half an hour of silence.
    #[arg(long)]
    more: bool,
    /// 列出结果 Print the canonical episodes, one JSON object a line, and the counts on stderr.
    #[arg(long)]
    list: bool,
}

/// What came of it.
struct Ingested {
    lines: u64,
    counts: CaptureCounts,
    unreadable: u64,
    quality: BTreeMap<Quality, u64>,
    episodes: Vec<Canonical>,
}

/// Records and judges a capture, then says what came of it.
///
/// # Errors
/// A line that is not one, receive times that run backwards, a folder with another clock, a record or store that fails.
pub(super) async fn ingest(args: IngestArgs) -> Result<()> {
    let config = args.settings.load()?;
    telemetry::start(config.log);
    let capture = open(&args.captures)?;
    let house = House::open(&config, ClockWish::Given).await?;
    set_clock(&house)?;
    if let Some(folder) = &args.ledger {
        super::serve::import(&house, folder).await?;
    }
    let ledger = house.store.load(WhichRevision::Latest).await?.map(|found| LedgerRevision {
        revision: found.entry.revision,
        author: found.entry.author,
        ledger: found.ledger,
    });
    if ledger.is_none() {
        eprintln!("数据目录中没有台账，所有终端按未登记处理 (there is no ledger: every terminal is unknown)");
    }
    let parts = WorkerParts {
        shard: Shard::ALONE,
        fence: None,
        counters: None,
        store: house.store.clone(),
        record: Arc::new(house.journal.clone()),
        live: None,
        config: config.worker,
    };
    let (worker, runtime, list) = (Worker::restore(parts).await?, Handle::current(), args.list);
    let work = move || {
        let done = take_in(&args, capture, &house, worker, ledger.as_ref(), &runtime);
        house.close();
        done
    };
    let done = tokio::task::spawn_blocking(work).await??;
    if list {
        for episode in &done.episodes {
            println!("{}", serde_json::to_string(episode)?);
        }
        Ok(print(&done, &mut io::stderr().lock())?)
    } else {
        Ok(print(&done, &mut io::stdout().lock())?)
    }
}

fn take_in(
    args: &IngestArgs,
    (from, bar): (Box<dyn BufRead + Send>, ProgressBar),
    house: &House,
    worker: Worker,
    ledger: Option<&LedgerRevision>,
    runtime: &Handle,
) -> Result<Ingested> {
    let mut captures = ledger.map_or_else(Captures::default, |ledger| Captures::new(&ledger.ledger));
    let mut feed = Feed::new(house, worker, runtime.clone());
    let mut lines = 0;
    for line in Lines::new(from, house.clock.now()) {
        if line.is_err() {
            feed.flush()?;
        }
        let line = line.with_context(|| format!("{}: what stands before it was taken in", args.captures.display()))?;
        feed.take(&line, &mut captures)?;
        bar.inc(line.line_bytes);
        lines += 1;
    }
    if !args.more {
        feed.fall_silent();
    }
    feed.flush()?;
    bar.finish_and_clear();
    let unreadable = feed.unreadable();
    let changes = runtime.block_on(policies::all(&*house.store))?;
    let policies = Policies::of(&changes.iter().map(StoredPolicy::change).collect::<Vec<_>>())?;
    let quality = quality(house, captures.counts(), (ledger, &policies))?;
    let episodes = runtime.block_on(house.store.canonical())?;
    Ok(Ingested { lines, counts: captures.counts().clone(), unreadable, quality, episodes })
}

/// What the gate says of every position that these terminals have in the record, late ones included, one terminal at a time.
fn quality(
    house: &House,
    counts: &CaptureCounts,
    (ledger, policies): (Option<&LedgerRevision>, &Policies),
) -> Result<BTreeMap<Quality, u64>> {
    let world = ledger.map_or_else(|| Ok(World::nowhere()), |ledger| World::new(Arc::new(ledger.clone())))?;
    let durable = *house.journal.durable().borrow();
    let mut quality = BTreeMap::new();
    for terminal in &counts.terminals {
        let frames =
            house.journal.frames_upto(*terminal, Timestamp::BEGINNING, durable).collect::<Result<Vec<_>, _>>()?;
        for (_, said) in trace(&frames, &world, policies) {
            *quality.entry(said).or_default() += 1;
        }
    }
    Ok(quality)
}

/// The given clock goes on from the folder's last input.
fn set_clock(house: &House) -> Result<()> {
    let last = *house.journal.durable().borrow();
    if let Some(input) = house.journal.input(last)? {
        house.clock.advance_to(input.received);
    }
    Ok(())
}

/// The capture, and a bar over its bytes (a spinner for stdin).
fn open(path: &Path) -> Result<(Box<dyn BufRead + Send>, ProgressBar)> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::new(io::stdin())), ProgressBar::new_spinner()));
    }
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let bar = ProgressBar::new(file.metadata()?.len());
    bar.set_style(ProgressStyle::with_template("{bar:40} {percent:>3} %  {bytes_per_sec}  剩余 {eta} (left)")?);
    Ok((Box::new(BufReader::new(file)), bar))
}

fn print(done: &Ingested, out: &mut impl Write) -> io::Result<()> {
    let refused: u64 = done.counts.refused.values().sum();
    writeln!(
        out,
        "{} 行 (lines), {} 帧入库 (frames recorded), {} 帧心跳与应答 (heartbeats and replies), {refused} 段非帧 (not frames)",
        done.lines, done.counts.recorded, done.counts.passing
    )?;
    for (reason, count) in &done.counts.refused {
        writeln!(out, "  {count:>9}  {reason}")?;
    }
    writeln!(out, "{} 帧消息体无法解析 (bodies that could not be read)", done.unreadable)?;
    writeln!(out, "定位质量 (positions by quality):")?;
    for (quality, count) in &done.quality {
        writeln!(out, "  {count:>9}  {:<18} {}", quality.code(), quality.zh())?;
    }
    writeln!(out, "疑似违规 (suspected violations): {}", done.episodes.len())?;
    for (rule, spec) in SPECS {
        let of = |grade| done.episodes.iter().filter(|episode| episode.rule == *rule && episode.grade == grade).count();
        let (a, b, c) = (of(Grade::A), of(Grade::B), of(Grade::C));
        if a + b + c > 0 {
            writeln!(out, "  {:>9}  A {a}  B {b}  C {c}  {} ({})", a + b + c, spec.title_zh, rule.code())?;
        }
    }
    out.flush()
}
