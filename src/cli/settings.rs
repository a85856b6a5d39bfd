//! Options that several commands share: where the settings and the data are.

use crate::{
    app::{AppError, installation::Installation},
    config::{Config, check::Nonsense},
    record::RecordError,
};
use anyhow::{Result, bail};
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
    /// The file cannot be read, a key or value in it or in the environment is wrong, or a value is out of its bounds.
    pub(super) fn load(&self) -> Result<Config> {
        let mut config = Config::load(self.config.as_deref(), std::env::vars())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if let Err(nonsense) = config.check_values() {
            bail!(unusable(&nonsense));
        }
        Ok(config)
    }
}

/// What a person is told of settings that cannot be used.
pub(super) fn unusable(nonsense: &Nonsense) -> String {
    format!(
        "配置不可用, 详见 muckwatch config check (these settings cannot be used; `muckwatch config check` says where each stands):\n{nonsense}"
    )
}

/// Says at once whom a command asks: a PostgreSQL that does not answer is waited for.
pub(super) fn say_whom(config: &Config) {
    let machines = config.store.postgres.len();
    if machines > 0 {
        eprintln!("正在连接数据库 asking PostgreSQL ({machines} 台 machines) …");
    }
}

/// Opens what the settings name, to change it.
///
/// # Errors
/// A server runs on the data folder, the house does not answer, or it is damaged.
pub(super) async fn installation(config: &Config) -> Result<Installation> {
    say_whom(config);
    match Installation::open(config).await {
        Err(AppError::Record(RecordError::InUse { folder })) => bail!(
            "{folder} 正在被使用: 请先停止服务再试; 台账也可在启动时导入 (muckwatch serve --ledger). \
             The folder is in use: stop the server and try again, or let it import a ledger at start; nothing was changed"
        ),
        opened => opened.map_err(Into::into),
    }
}
