//! Options that several commands share: where the settings and the data are.

use crate::config::Config;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// Settings and data folder.
#[derive(Args, Clone, Debug)]
pub(super) struct Settings {
    /// 配置文件 Settings, a TOML file; without it the defaults hold. Single values: `MUCKWATCH__GATEWAY__LISTEN=0.0.0.0:6808`.
    #[arg(long, value_name = "FILE", env = "MUCKWATCH_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// 数据目录 Folder of everything that is kept; overrides the settings. Default `data`.
    #[arg(long, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
}

impl Settings {
    /// The settings, loaded.
    ///
    /// # Errors
    /// The file cannot be read, or a key or value in it or in the environment is wrong.
    pub(super) fn load(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref(), std::env::vars())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}
