//! Settings: one TOML file, one table per room, every value with a default; an unknown key is an error. The environment may
//! override single values by path: `MUCKWATCH__GATEWAY__LISTEN=0.0.0.0:6808`. Each room owns its struct; here they are put together
//! (`tree`, `read`), checked against each other (`check`) and shown (`print`).

pub mod check;
pub mod cluster;
mod nearest;
pub mod print;
mod read;
mod told;
mod tree;

use crate::{
    api::config::ApiConfig,
    bus::config::BusConfig,
    gateway::config::GatewayConfig,
    record::config::RecordConfig,
    store::{config::StoreConfig, frames::config::CopyConfig},
    telemetry::LogFormat,
    worker::WorkerConfig,
};
use cluster::ClusterConfig;
use serde::{Deserialize, Serialize};
use std::{
    cell::RefCell,
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use tree::Node;
pub use tree::Origin;

/// All settings of one process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of everything that is kept: record, store, map layers, clock, secret. Default `data`.
    pub data: PathBuf,
    /// How log lines look. Default `text`.
    pub log: LogFormat,
    /// The house towards browsers.
    pub api: ApiConfig,
    /// The bus between processes.
    pub bus: BusConfig,
    /// Who this process is in a house of many.
    pub cluster: ClusterConfig,
    /// The copy of the record in PostgreSQL.
    pub copy: CopyConfig,
    /// The house towards terminals.
    pub gateway: GatewayConfig,
    /// The input log.
    pub record: RecordConfig,
    /// Which engine the store stands on.
    pub store: StoreConfig,
    /// Judging.
    pub worker: WorkerConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            log: LogFormat::default(),
            api: ApiConfig::default(),
            bus: BusConfig::default(),
            cluster: ClusterConfig::default(),
            copy: CopyConfig::default(),
            gateway: GatewayConfig::default(),
            record: RecordConfig::default(),
            store: StoreConfig::default(),
            worker: WorkerConfig::default(),
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings in {path}: {source}; check --config and MUCKWATCH_CONFIG")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML.
    #[error("{origin}: this is not TOML: {reason}")]
    Syntax {
        /// The place.
        origin: Origin,
        /// What is wrong.
        reason: String,
    },
    /// An unknown key.
    #[error("{origin}: there is no key `{key}`; {advice}")]
    Unknown {
        /// The place.
        origin: Origin,
        /// The key with its path.
        key: String,
        /// What to write instead.
        advice: String,
    },
    /// A value of the wrong kind.
    #[error("{origin}: `{key}` cannot be read: {reason}; {advice}")]
    Value {
        /// The place.
        origin: Origin,
        /// The key with its path.
        key: String,
        /// What is wrong.
        reason: String,
        /// What to write instead.
        advice: String,
    },
    /// More than one of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
}

/// Settings with the origin of each.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    tree: Node,
    /// Dotted paths of all keys there are, also of those without a value.
    known: BTreeSet<String>,
}

impl Config {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// The file cannot be read, or a key or value is wrong; the message names it.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        Loaded::read(file, environment).map(|loaded| loaded.config)
    }
}

impl Loaded {
    /// Defaults, then the file, then the environment, with the origin of each value.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn read(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let defaults = toml::Value::try_from(Config::default()).expect("defaults are what TOML can say (tested)");
        let mut tree = Node::of(defaults, &Origin::Default);
        let bottom = tree.clone();
        if let Some(path) = file {
            tree.lay(tree::file(path)?);
        }
        tree::environment(&mut tree, environment);
        let known = RefCell::new(BTreeSet::new());
        let config = told::deserialize(&tree, &bottom, &known)?;
        Ok(Self { config, tree, known: known.into_inner() })
    }

    /// Where the value of a key such as `gateway.listen` comes from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &Origin {
        self.tree.at(key).map_or(&Origin::Default, Node::origin)
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
