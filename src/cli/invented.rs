//! What the demos share: an invented district and its day, played over TCP and looked at.

use super::{
    serve::told_to_stop,
    simulate::{self, SimulateArgs},
};
use crate::{
    sim::{calendar::Day, district::Demo, layers},
    store::import::MapLayers,
};
use anyhow::Result;
use clap::Args;
use std::{net::SocketAddr, path::PathBuf};

/// What to invent, how fast to play it, and where to see it.
#[derive(Args, Clone, Debug)]
pub(super) struct Invented {
    /// 随机种子 Seed of the district.
    #[arg(long, default_value_t = 7)]
    pub(super) seed: u64,
    /// 模拟日期 The day to play, China time.
    #[arg(long, default_value = "2026-11-23", value_name = "DATE")]
    pub(super) day: String,
    /// 时钟倍率 Seconds of the day a second.
    #[arg(long, default_value_t = 60.0)]
    pub(super) factor: f64,
    /// 网页地址 Where the pages are; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(super) api: SocketAddr,
    /// 播完即退 End when the day is over instead of waiting for Ctrl-C.
    #[arg(long)]
    pub(super) once: bool,
}

/// Where a day is played.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// Where terminals connect.
    pub(super) terminals: SocketAddr,
    /// Where the pages are.
    pub(super) pages: SocketAddr,
    /// Folder of what was played.
    pub(super) out: PathBuf,
    /// Play from this instant on (RFC 3339); `None` = from midnight.
    pub(super) from: Option<String>,
    /// Play until this instant (RFC 3339); `None` = to midnight.
    pub(super) to: Option<String>,
}

impl Invented {
    /// The district and the layers of its map.
    pub(super) fn district(&self, day: Day) -> Result<(Demo, MapLayers)> {
        let district = Demo::invent(self.seed, day);
        let text = |layer| serde_json::to_string(&layer).map(Some);
        let (roads, townships) = (text(layers::roads(&district))?, text(layers::townships(&district))?);
        Ok((district, MapLayers { roads, townships }))
    }

    /// Plays the day, says what was found against the truth, and waits for Ctrl-C unless told to end.
    pub(super) async fn play(&self, stage: Stage) -> Result<()> {
        let played = simulate::simulate(SimulateArgs {
            seed: self.seed,
            day: self.day.clone(),
            server: Some(stage.terminals),
            api: Some(format!("http://{}", stage.pages)),
            out: Some(stage.out),
            acknowledged: None,
            write_ledger: None,
            from: stage.from,
            to: stage.to,
            score: true,
        })
        .await;
        if self.once {
            return played;
        }
        if let Err(error) = played {
            println!("{error:#}");
        }
        println!("一天播放完毕，网页仍可查看；Ctrl-C 结束 (the day is over, the page stays; Ctrl-C ends it)");
        told_to_stop().await
    }
}
