//! `muckwatch replay`: the recorded inputs again through the core, compared with what was found then.

use super::settings::Settings;
use crate::{
    app::{house::House, installation},
    bus::frames::LocalFrames,
    clock::ClockWish,
    engine::canonical::Canonical,
    model::shard::Shard,
    store::{self, episodes::EpisodeStore},
    telemetry,
    worker::{Worker, WorkerParts},
};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::{fs, path::Path, sync::Arc};
use tokio::runtime::Handle;

/// Which folder.
#[derive(Args, Clone, Debug)]
#[command(after_help = "判定由记录的输入唯一决定: 结果不同即为错误, 退出码 1, 并指出第一处。
A verdict is a function of the recorded inputs: a difference is an error (exit code 1) that names the first.
  muckwatch replay --data data")]
pub(super) struct ReplayArgs {
    #[command(flatten)]
    settings: Settings,
    /// 列出结果 Print the canonical episodes, one JSON object a line.
    #[arg(long)]
    list: bool,
}

/// Folds the whole record anew in a scratch store and compares the canonical lists.
///
/// # Errors
/// The folder is in use or damaged, or the two lists differ.
pub(super) async fn replay(args: ReplayArgs) -> Result<()> {
    let config = args.settings.load()?;
    telemetry::start(config.log);
    installation::require_data(&config.data)?;
    let house = House::open(&config, ClockWish::Kept).await?;
    let scratch = config.data.join("replay");
    let again = fold(&house, &scratch, config.worker.clone()).await;
    fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    let (then, again) = (house.store.canonical().await?, again?);
    house.close();
    if args.list {
        for episode in &again {
            println!("{}", serde_json::to_string(episode)?);
        }
    }
    compare(&then, &again)
}

async fn fold(house: &House, scratch: &Path, config: crate::worker::WorkerConfig) -> Result<Vec<Canonical>> {
    if scratch.exists() {
        fs::remove_dir_all(scratch)?;
    }
    fs::create_dir_all(scratch)?;
    let store: Arc<dyn EpisodeStore> = Arc::new(store::open(&scratch.join("muckwatch.sqlite")).await?);
    let parts = WorkerParts {
        shard: Shard::ALONE,
        fence: None,
        counters: None,
        store: Arc::clone(&store),
        record: Arc::new(house.journal.clone()),
        live: None,
        config,
    };
    let mut worker = Worker::restore(parts).await?;
    let journal = house.journal.clone();
    let durable = journal.durable().borrow().0;
    eprintln!("重放 replaying {durable} inputs");
    tokio::task::spawn_blocking(move || {
        let runtime = Handle::current();
        let mut frames = LocalFrames::new(&journal, worker.cursor(), runtime.clone());
        worker.drain(&mut frames, &runtime)
    })
    .await??;
    Ok(store.canonical().await?)
}

fn compare(then: &[Canonical], again: &[Canonical]) -> Result<()> {
    let first = then.iter().zip(again).position(|(one, other)| one != other);
    let first = first.or((then.len() != again.len()).then(|| then.len().min(again.len())));
    match first {
        None => {
            println!("一致 equal: {} episodes", then.len());
            Ok(())
        }
        Some(place) => bail!(
            "不一致 different from episode {place} on\n  then:  {}\n  again: {}",
            line(then.get(place)),
            line(again.get(place))
        ),
    }
}

fn line(episode: Option<&Canonical>) -> String {
    episode.map_or_else(|| "(none)".to_owned(), |episode| serde_json::to_string(episode).unwrap_or_default())
}
