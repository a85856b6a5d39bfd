//! An embedded installation moves into an empty house of many processes: its record first, as that of gateway 0, then everything
//! relational in one transaction, which founds the house. Until then no role starts there, and a run that was cut off goes on.
//!
//! Not moved are the engine's states: workers rebuild them from the copied record.

use super::{
    super::{AppError, house::House},
    identity,
    moving::{Move, ShardSum},
};
use crate::{
    bus::frames::LocalFrames,
    clock::{ClockWish, wall_now},
    config::Config,
    engine::snapshot::Head,
    gateway::codes::SECRET_BYTES,
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, Revision, Seq},
        shard::{Shard, Shards},
    },
    record::recorded::Recorded as _,
    store::{
        FILLED, FILLING, Founding, SqlStore, TableSum,
        episodes::{EpisodeStore as _, Fence},
        frames::{copy::Writer, link::Servers, read::PgRecord},
        open_postgres,
        settings::SettingsStore as _,
    },
    worker::{Worker, WorkerParts},
};
use std::{fs, io, path::Path, sync::Arc};
use tokio::runtime::Handle;

/// The lineage of heads that were moved: no engine has it, so that every worker rebuilds.
const LINEAGE: &str = "moved from a single machine";

/// How a house that nobody has used is made again; part of every refusal.
const EMPTY: &str =
    "an empty database is made by `dropdb muckwatch`, then `createdb -T template0 -E UTF8 -l C muckwatch`";

/// Where a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// What is recorded and was not judged yet is judged.
    Judge,
    /// Inputs of the record are copied: done so far, and how many there are.
    Record(u64, u64),
    /// The copy is read back: done so far, and how many there are.
    Compare(u64, u64),
    /// So many more rows were carried, and how many there are.
    Rows(u64, u64),
}

/// Who hears where it is.
pub type Told = dyn Fn(Stage) + Send + Sync;

/// What was moved, as counted on both sides afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Of each table its name and what it holds here and there.
    pub tables: Vec<(&'static str, TableSum, TableSum)>,
    /// Findings of the canonical list, here and there.
    pub findings: (usize, usize),
    /// Whether the two lists are equal.
    pub equal_findings: bool,
    /// Of each shard the frames here and there with their digests.
    pub shards: Vec<(Shard, ShardSum, ShardSum)>,
    /// Inputs of the record.
    pub inputs: u64,
}

impl Moved {
    /// Whether both sides have the same.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.equal_findings
            && self.tables.iter().all(|(_, here, there)| here == there)
            && self.shards.iter().all(|(_, here, there)| here == there)
    }

    /// Frames of terminals, here.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.shards.iter().map(|(_, here, _)| here.frames).sum()
    }
}

/// Moves the installation in `folder` into the house of `config`, and compares both.
///
/// # Errors
/// There is no installation in the folder, or it runs; the house is not empty, or another folder's half-moved data are in it; a
/// side does not answer. Whatever was copied by then is gone on from by the next run.
pub async fn migrate(config: &Config, folder: &Path, told: &Told) -> Result<Moved, AppError> {
    let house = source(config, folder).await?;
    let store = open_postgres(&config.store).await?;
    let shards = Shards::new(config.cluster.shards)
        .ok_or_else(|| AppError::House(format!("cluster.shards must lie in 1..={}", Shards::MAX)))?;
    let servers = Servers::new(&config.store, &config.copy)?;
    let record = PgRecord::new(&servers, &config.copy, shards);
    let own = format!("{} {}", identity::own_name(folder)?, shards.count());
    refuse_used(&store, &record, &own).await?;
    told(Stage::Judge);
    let head = judged(config, &house).await?;
    let last = house.journal.durable().borrow().0;
    let moving = Move { journal: house.journal.clone(), copy: config.copy.clone(), shards, last, told };
    let here = moving.copy(&servers, writer(own)).await?;
    let there = moving.sums(&record).await?;
    if here != there {
        return Err(AppError::House(format!(
            "the copied record is not the one in {}: the house was not founded. Empty the target and move again; {EMPTY}",
            folder.display()
        )));
    }
    let founding = founding(&house, folder, head, (shards, last))?;
    let rows = house.store.census().await?.iter().map(|(_, rows)| rows).sum();
    told(Stage::Rows(0, rows));
    store.take_over(&house.store, &founding, &|more| told(Stage::Rows(more, rows))).await?;
    let sums =
        shards.all().zip(here.into_iter().zip(there)).map(|(shard, (here, there))| (shard, here, there)).collect();
    let moved = compared(&house.store, &store, sums, last).await;
    house.close();
    moved
}

/// Compares the installation in `folder` with the house of `config` that was filled from it, and changes neither. Once a role has run
/// on the house its tables go on and are equal no more; the frames stay so.
///
/// # Errors
/// As [`migrate`]; the house was not filled by a migration.
pub async fn check(config: &Config, folder: &Path, told: &Told) -> Result<Moved, AppError> {
    let house = source(config, folder).await?;
    let store = open_postgres(&config.store).await?;
    let shards = store.setting("shards").await?.and_then(|count| Shards::new(count.parse().ok()?));
    let (Some(shards), Some(_)) = (shards, store.setting(FILLED).await?) else {
        return Err(AppError::House(
            "this house was not filled by a migration that ended: run it without --check-only".to_owned(),
        ));
    };
    let servers = Servers::new(&config.store, &config.copy)?;
    let record = PgRecord::new(&servers, &config.copy, shards);
    let last = house.journal.durable().borrow().0;
    let moving = Move { journal: house.journal.clone(), copy: config.copy.clone(), shards, last, told };
    let (here, there) = (moving.sums_here().await?, moving.sums(&record).await?);
    let sums =
        shards.all().zip(here.into_iter().zip(there)).map(|(shard, (here, there))| (shard, here, there)).collect();
    let compared = compared(&house.store, &store, sums, last).await;
    house.close();
    compared
}

/// Number 0 has no lease: a house is filled from one folder ([`FILLING`]), and whoever fills it has the folder's lock.
const fn writer(own: String) -> Writer {
    Writer { gateway: GatewayNumber::ALONE, fence: Fence { token: 1, holder: own } }
}

/// Opens the folder, which takes its lock; a folder without an installation is not made one.
async fn source(config: &Config, folder: &Path) -> Result<House, AppError> {
    if !folder.join("muckwatch.sqlite").is_file() || !folder.join("record").is_dir() {
        return Err(AppError::House(format!(
            "{} holds no single-machine installation (muckwatch.sqlite and record are not both in it): check --data",
            folder.display()
        )));
    }
    let own = Config { data: folder.to_path_buf(), ..config.clone() };
    House::open(&own, ClockWish::Kept).await
}

/// Refuses a house that somebody has used, and notes in an empty one whose data it gets.
async fn refuse_used(store: &SqlStore, record: &PgRecord, own: &str) -> Result<(), AppError> {
    if let Some(when) = store.setting(FILLED).await? {
        return Err(AppError::House(format!(
            "this house was filled by a migration already ({when}); nothing was changed. To move again, empty it first; {EMPTY}"
        )));
    }
    if let Some(table) = store.first_filled().await? {
        return Err(AppError::House(format!(
            "the target is not empty: there are rows in {table}; nothing was changed. Only a house that nobody has used can be \
             filled; {EMPTY}"
        )));
    }
    let begun = store.setting(FILLING).await?;
    let frames = record
        .heads()
        .await?
        .iter()
        .any(|(gateway, head)| *head > 0 && (begun.is_none() || *gateway != GatewayNumber::ALONE));
    if frames {
        return Err(AppError::House(format!(
            "the target is not empty: there are recorded frames in it; nothing was changed; {EMPTY}"
        )));
    }
    if store.found(FILLING, own).await? == own {
        return Ok(());
    }
    Err(AppError::House(format!(
        "another folder, or this one with another cluster.shards, was half moved into this house; nothing was changed. Go on \
         with that one, or empty the target; {EMPTY}"
    )))
}

/// Judges what is recorded and was not judged yet, as the next start would, and says where the engine stands then.
async fn judged(config: &Config, house: &House) -> Result<Head, AppError> {
    let parts = WorkerParts {
        shard: Shard::ALONE,
        fence: None,
        store: house.store.clone(),
        record: Arc::new(house.journal.clone()),
        live: None,
        counters: None,
        config: config.worker.clone(),
    };
    let (mut worker, journal) = (Worker::restore(parts).await?, house.journal.clone());
    super::super::house::refuse_lost_inputs(worker.cursor().last(), &journal)?;
    let work = move || {
        let runtime = Handle::current();
        let mut frames = LocalFrames::new(&journal, worker.cursor(), runtime.clone());
        worker.drain(&mut frames, &runtime).map(|()| worker.head())
    };
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| AppError::Task(error.to_string()))?;
    let head = done?;
    if head.ledger == Revision(0) {
        return Err(AppError::NoLedger("the source".to_owned()));
    }
    Ok(head)
}

/// What the house is founded with.
fn founding(house: &House, folder: &Path, head: Head, (shards, last): (Shards, u64)) -> Result<Founding, AppError> {
    let text = |error: serde_json::Error| AppError::House(error.to_string());
    let cursor = Cursor::alone(Seq::of(GatewayNumber::ALONE, last));
    let head = Head { lineage: LINEAGE.to_owned(), cursor, queue: Vec::new(), ..head };
    let filled = format!("{} from {}", wall_now(), folder.display());
    let clock = serde_json::to_string(&house.clock.kind()).map_err(text)?;
    let mut settings = vec![("shards", shards.count().to_string()), ("clock", clock), (FILLED, filled)];
    if let Some(secret) = secret(folder)? {
        settings.push(("codes", serde_json::to_string(&secret).map_err(text)?));
    }
    Ok(Founding { shards, head, settings })
}

/// The secret behind the terminals' codes, so that no terminal must register again; a folder that never had a gateway has none.
fn secret(folder: &Path) -> Result<Option<[u8; SECRET_BYTES]>, AppError> {
    let failed = |source| AppError::Secret { folder: folder.to_path_buf(), source };
    match fs::read(folder.join("gateway.secret")) {
        Ok(bytes) => {
            let wrong = |_| failed(io::Error::new(io::ErrorKind::InvalidData, "gateway.secret is damaged"));
            bytes.try_into().map(Some).map_err(wrong)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

async fn compared(
    here: &SqlStore,
    there: &SqlStore,
    shards: Vec<(Shard, ShardSum, ShardSum)>,
    inputs: u64,
) -> Result<Moved, AppError> {
    let sums = here.fingerprints().await?.into_iter().zip(there.fingerprints().await?);
    let tables = sums.map(|((table, here), (_, there))| (table, here, there)).collect();
    let (ours, theirs) = (here.canonical().await?, there.canonical().await?);
    let (findings, equal_findings) = ((ours.len(), theirs.len()), ours == theirs);
    Ok(Moved { tables, findings, equal_findings, shards, inputs })
}
