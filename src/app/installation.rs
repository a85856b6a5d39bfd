//! What a command works on: a single machine's data folder whose server is stopped, or a house of many processes, while it runs.

use super::{
    AppError,
    cluster::{self, Ground, clock_kind},
    house::House,
    ledger,
    policy::{self, Wish},
};
use crate::{
    clock::{Clock, ClockError, ClockWish},
    config::Config,
    model::{ledger::Ledger, time::Timestamp},
    store::{
        SqlStore, import::MapLayers, inspect, inspect_postgres, ledger::ImportOutcome, map::MapStore as _,
        policies::Enacted, settings::SettingsStore as _,
    },
};
use std::path::Path;

/// An installation that a command may change.
pub enum Installation {
    /// A single machine's, which the command has for itself.
    One(House),
    /// A house of many processes.
    Many(Box<Ground>),
}

impl Installation {
    /// Opens what the settings name: `store.postgres`, or else the data folder, by the clock it has; a new one by the wall's.
    ///
    /// # Errors
    /// A server runs on the folder, the store does not answer, or what is there is damaged.
    pub async fn open(config: &Config) -> Result<Self, AppError> {
        if !config.store.postgres.is_empty() {
            return Ok(Self::Many(Box::new(Ground::open(config, ClockWish::Kept).await?)));
        }
        let wish = match Clock::open(&config.data, ClockWish::Kept) {
            Err(ClockError::Empty(_)) => ClockWish::Wall,
            _ => ClockWish::Kept,
        };
        Ok(Self::One(House::open(config, wish).await?))
    }

    /// Puts layers of the map in the place of those there are.
    ///
    /// # Errors
    /// The store refuses.
    pub async fn put_layers(&self, layers: &MapLayers) -> Result<(), AppError> {
        Ok(self.store().put_layers(layers).await?)
    }

    /// Makes a ledger the newest revision.
    ///
    /// # Errors
    /// Two rows have one identity, or store or record refuse.
    pub async fn revise(&self, ledger: &Ledger, author: &str) -> Result<ImportOutcome, AppError> {
        match self {
            Self::One(house) => ledger::revise(house, ledger, author).await,
            Self::Many(ground) => cluster::revise(ground, ledger, author).await,
        }
    }

    /// Makes a policy the newest.
    ///
    /// # Errors
    /// It would hold too soon, or store or record refuse.
    pub async fn enact(&self, wish: Wish) -> Result<Enacted, AppError> {
        match self {
            Self::One(house) => policy::enact(house, wish).await,
            Self::Many(ground) => policy::announce(ground, wish).await,
        }
    }

    /// Its store.
    #[must_use]
    pub fn store(&self) -> &SqlStore {
        match self {
            Self::One(house) => &house.store,
            Self::Many(ground) => &ground.store,
        }
    }

    /// Its time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::One(house) => house.clock.now(),
            Self::Many(ground) => ground.clock.now(),
        }
    }

    /// Lets go of it: what was done is durable.
    pub fn close(self) {
        if let Self::One(house) = self {
            house.close();
        }
    }
}

/// Refuses a folder that was never filled, before a command that only reads it would make it.
///
/// # Errors
/// Neither clock nor record is there.
pub fn require_data(folder: &Path) -> Result<(), AppError> {
    let is_there = ["clock.json", "record"].iter().any(|name| folder.join(name).exists());
    if is_there { Ok(()) } else { Err(AppError::NoData(folder.to_path_buf())) }
}

/// Store and time of an installation, to be read: nothing is founded, made or brought up to date, and a server may run on it.
///
/// # Errors
/// There is none, the store does not answer, or it was made by another version.
pub async fn look(config: &Config) -> Result<(SqlStore, Timestamp), AppError> {
    if config.store.postgres.is_empty() {
        let file = config.data.join("muckwatch.sqlite");
        if !file.exists() {
            return Err(AppError::NoData(config.data.clone()));
        }
        return Ok((inspect(&file).await?, Clock::open(&config.data, ClockWish::Kept)?.now()));
    }
    let store = inspect_postgres(&config.store).await?;
    let kept = store.setting("clock").await?;
    let kept =
        kept.ok_or_else(|| AppError::House("no house was founded on this database: start a role once".to_owned()))?;
    Ok((store, Clock::of(clock_kind(&kept)?).now()))
}
