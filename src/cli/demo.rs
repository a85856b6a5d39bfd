//! `muckwatch demo`: the main job at work on one machine. An invented district, a scaled clock, a simulated day over TCP.

use super::{
    invented::{Invented, Stage},
    serve::told_to_stop,
    settings::Settings,
};
use crate::{
    app::{App, house::House, ledger},
    clock::{ClockKind, ClockWish},
    config::Config,
    record::folder::Folder,
    sim::calendar::Day,
    store::map::MapStore as _,
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
    #[command(flatten)]
    invented: Invented,
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
    config.api.listen = args.invented.api;
    config.gateway.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let day = Day::parse(&args.invented.day)?;
    afresh(&config.data)?;
    let mut app = start(&config, &args, day).await?;
    let address = format!("http://{}/", app.api);
    println!(
        "\n  渣土哨兵演示 muckwatch demo: {address}\n  模拟时钟 ×{}，合成数据；Ctrl-C 结束 (ends it)\n",
        args.invented.factor
    );
    open_where_there_is_a_desktop(&address);
    let out = config.data.join("played");
    let stage = Stage { terminals: app.gateway, pages: app.api, out, from: None, to: None };
    let outcome = tokio::select! {
        played = args.invented.play(stage) => played,
        failure = app.failed() => Err(failure.into()),
        stopped = told_to_stop() => stopped,
    };
    println!("正在停止 stopping");
    app.stop().await?;
    outcome
}

async fn start(config: &Config, args: &DemoArgs, day: Day) -> Result<App> {
    let wish = ClockWish::Scaled { start: day.start(), factor: args.invented.factor };
    let house = House::open(config, wish).await?;
    let (district, layers) = args.invented.district(day)?;
    house.store.put_layers(&layers).await?;
    ledger::revise(&house, &district.ledger(), "demo").await?;
    Ok(App::start(config, house).await?)
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
