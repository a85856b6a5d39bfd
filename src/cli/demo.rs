//! `muckwatch demo`: the main job at work on one machine. An invented district, a scaled clock, a simulated day over TCP.

use super::{
    serve::told_to_stop,
    settings::Settings,
    simulate::{self, SimulateArgs},
};
use crate::{
    app::{App, house::House, ledger},
    clock::{ClockKind, ClockWish},
    config::Config,
    record::folder::Folder,
    sim::{calendar::Day, district::Demo, layers},
    store::import::MapLayers,
    telemetry,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What to invent and how fast to play it.
#[derive(Args, Clone, Debug)]
#[command(after_help = "演示区的道路、企业、车牌均为合成。Everything shown is invented; every screen says so.
  muckwatch demo --factor 600        一天约两分半钟 (the day in two and a half minutes)")]
pub(super) struct DemoArgs {
    #[command(flatten)]
    settings: Settings,
    /// 随机种子 Seed of the district.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// 模拟日期 The day to play, China time.
    #[arg(long, default_value = "2026-11-23", value_name = "DATE")]
    day: String,
    /// 时钟倍率 Seconds of the day a second.
    #[arg(long, default_value_t = 60.0)]
    factor: f64,
    /// 网页地址 Where the pages are; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    api: SocketAddr,
    /// 播完即退 End when the day is over instead of waiting for Ctrl-C.
    #[arg(long)]
    once: bool,
}

/// Where the started house listens.
#[derive(Clone, Copy, Debug)]
struct Places {
    gateway: SocketAddr,
    api: SocketAddr,
}

/// Plays the day; at its end prints what was found against the truth and waits for Ctrl-C.
///
/// # Errors
/// The server cannot start, or the day cannot be played.
pub(super) async fn demo(args: DemoArgs) -> Result<()> {
    let mut config = args.settings.load()?;
    telemetry::start(config.log);
    if args.settings.data.is_none() {
        config.data = PathBuf::from(".demo");
    }
    config.api.listen = args.api;
    config.gateway.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let day = Day::parse(&args.day)?;
    afresh(&config.data)?;
    let mut app = start(&config, &args, day).await?;
    let address = format!("http://{}/", app.api);
    println!(
        "\n  渣土哨兵演示 muckwatch demo: {address}\n  模拟时钟 ×{}，合成数据；Ctrl-C 结束 (ends it)\n",
        args.factor
    );
    open_where_there_is_a_desktop(&address);
    let places = Places { gateway: app.gateway, api: app.api };
    let outcome = tokio::select! {
        played = play(&args, &config, places) => played,
        failure = app.failed() => Err(failure.into()),
        stopped = told_to_stop() => stopped,
    };
    println!("正在停止 stopping");
    app.stop().await?;
    outcome
}

async fn start(config: &Config, args: &DemoArgs, day: Day) -> Result<App> {
    let wish = ClockWish::Scaled { start: day.start(), factor: args.factor };
    let house = House::open(config, wish).await?;
    let district = Demo::invent(args.seed, day);
    let text = |layer| serde_json::to_string(&layer).map(Some);
    let layers = MapLayers { roads: text(layers::roads(&district))?, townships: text(layers::townships(&district))? };
    layers.save(&config.data).context("the map's layers cannot be written")?;
    ledger::revise(&house, &district.ledger(), "demo").await?;
    Ok(App::start(config, house).await?)
}

async fn play(args: &DemoArgs, config: &Config, places: Places) -> Result<()> {
    let played = simulate::simulate(SimulateArgs {
        seed: args.seed,
        day: args.day.clone(),
        server: Some(places.gateway),
        api: Some(format!("http://{}", places.api)),
        out: Some(config.data.join("played")),
        acknowledged: None,
        write_ledger: None,
        from: None,
        to: None,
        score: true,
    })
    .await;
    if args.once {
        return played;
    }
    if let Err(error) = played {
        println!("{error:#}");
    }
    println!("一天播放完毕，网页仍可查看；Ctrl-C 结束 (the day is over, the page stays; Ctrl-C ends it)");
    told_to_stop().await
}

/// A demo begins with an empty folder, but only ever empties a folder that a scaled clock filled and that nobody runs on.
fn afresh(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let text = fs::read_to_string(folder.join("clock.json")).unwrap_or_default();
    let scaled = matches!(serde_json::from_str(&text), Ok(ClockKind::Scaled(_)));
    let empty = fs::read_dir(folder)?.next().is_none();
    if !scaled && !empty {
        bail!("{} is not empty and not a demo's: choose another --data", folder.display());
    }
    let held = Folder::take(&folder.join("record"))?;
    drop(held);
    fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))
}

fn open_where_there_is_a_desktop(address: &str) {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if desktop {
        let opened = Command::new("xdg-open").arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        if let Err(error) = opened {
            tracing::debug!(%error, "no browser was opened");
        }
    }
}
