//! Settings: one TOML file, one table per room, every value with a default; an unknown key is an error. The environment may
//! override single values by path: `MUCKWATCH__GATEWAY__LISTEN=0.0.0.0:6808`.

pub mod cluster;

use crate::{
    api::config::ApiConfig, gateway::config::GatewayConfig, record::config::RecordConfig, telemetry::LogFormat,
    worker::WorkerConfig,
};
use cluster::ClusterConfig;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

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
    /// Who this process is in a house of many.
    pub cluster: ClusterConfig,
    /// The house towards terminals.
    pub gateway: GatewayConfig,
    /// The input log.
    pub record: RecordConfig,
    /// Judging.
    pub worker: WorkerConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            log: LogFormat::default(),
            api: ApiConfig::default(),
            cluster: ClusterConfig::default(),
            gateway: GatewayConfig::default(),
            record: RecordConfig::default(),
            worker: WorkerConfig::default(),
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the settings in {path}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{origin}: {reason}")]
    Value {
        /// The file or the variable.
        origin: String,
        /// What is wrong, with line and column where there are any.
        reason: String,
    },
}

/// Prefix of variables that override a value.
const PREFIX: &str = "MUCKWATCH__";

impl Config {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// The file cannot be read, or a key or value is wrong; the message names it.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut table = match file {
            Some(path) => read(path)?,
            None => toml::Table::new(),
        };
        let origin = file.map_or_else(|| "settings".to_owned(), |path| path.display().to_string());
        check(&table, &origin)?;
        for (name, value) in environment {
            if let Some(path) = name.strip_prefix(PREFIX) {
                put(&mut table, path, &value).map_err(|reason| ConfigError::Value { origin: name.clone(), reason })?;
                check(&table, &name)?;
            }
        }
        check(&table, &origin)
    }
}

fn read(path: &Path) -> Result<toml::Table, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_path_buf(), source })?;
    text.parse().map_err(|error: toml::de::Error| ConfigError::Value {
        origin: path.display().to_string(),
        reason: error.to_string(),
    })
}

fn check(table: &toml::Table, origin: &str) -> Result<Config, ConfigError> {
    table
        .clone()
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Value { origin: origin.to_owned(), reason: error.to_string() })
}

/// Puts `value` at `A__B__C`, read as TOML where it is TOML and as text otherwise.
fn put(table: &mut toml::Table, path: &str, value: &str) -> Result<(), String> {
    let keys: Vec<String> = path.split("__").map(str::to_lowercase).collect();
    let (last, parents) = keys.split_last().ok_or("no key")?;
    let mut at = table;
    for key in parents {
        let next = at.entry(key.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = next.as_table_mut().ok_or_else(|| format!("`{key}` is a value, not a table"))?;
    }
    at.insert(last.clone(), literal(value));
    Ok(())
}

fn literal(value: &str) -> toml::Value {
    let parsed: Option<toml::Table> = format!("value = {value}").parse().ok();
    parsed.and_then(|mut table| table.remove("value")).unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        let owned: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        owned.into_iter()
    }

    #[test]
    fn defaults_then_file_then_environment() {
        // Proves: the order of origins, and that numbers from the environment are numbers.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("muckwatch.toml");
        fs::write(&file, "data = \"elsewhere\"\n[worker]\ncommit_ms_max = 500\n").expect("written");
        let config = Config::load(Some(&file), env(&[("MUCKWATCH__WORKER__COMMIT_MS_MAX", "250"), ("PATH", "/bin")]))
            .expect("loads");
        assert_eq!(config.data, PathBuf::from("elsewhere"));
        assert_eq!(config.worker.commit_ms_max, 250);
        assert_eq!(config.worker.commit_inputs_max, WorkerConfig::default().commit_inputs_max);
    }

    #[test]
    fn a_misspelt_key_is_an_error_that_names_it() {
        // Proves: neither the file nor the environment can carry a key that does nothing.
        let wrong = Config::load(None, env(&[("MUCKWATCH__WORKER__COMIT_MS_MAX", "250")])).expect_err("refused");
        assert!(wrong.to_string().contains("COMIT_MS_MAX") && wrong.to_string().contains("comit_ms_max"), "{wrong}");
    }
}
