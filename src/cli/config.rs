//! `muckwatch config`: whether the settings can be used, and what is in force with its origin.

use crate::config::{Loaded, check::Role};
use clap::{Args, Subcommand, ValueEnum};
use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// 配置检查与显示 (whether the settings can be used, and what is in force)
#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// 检查配置 Says what is wrong with the settings, with place and key; exit code 0 or 2
    Check {
        #[command(flatten)]
        file: File,
        /// 角色 The role that will use them.
        #[arg(long, value_enum, default_value = "serve")]
        role: RoleName,
    },
    /// 显示配置 Shows every value and where it comes from (default, file and line, variable); passwords are hidden
    Print {
        #[command(flatten)]
        file: File,
        /// One JSON object instead of TOML.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Debug)]
struct File {
    /// 配置文件 Settings, a TOML file; without it the defaults hold. The environment is read too.
    #[arg(long, value_name = "FILE", env = "MUCKWATCH_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    Serve,
    Gateway,
    Worker,
    Api,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Serve => Self::Serve,
            RoleName::Gateway => Self::Gateway,
            RoleName::Worker => Self::Worker,
            RoleName::Api => Self::Api,
        }
    }
}

/// Exit code for settings that cannot be used.
const WRONG: u8 = 2;

/// Runs the command; what is wrong goes to stderr, one line each.
pub(super) fn run(args: &ConfigArgs) -> ExitCode {
    let done = match &args.command {
        ConfigCommand::Check { file, role } => check(file, *role),
        ConfigCommand::Print { file, json } => print(file, *json),
    };
    match done {
        Ok(text) => {
            let taken = writeln!(io::stdout(), "{text}");
            taken.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
        }
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(WRONG)
        }
    }
}

fn read(file: &File) -> Result<Loaded, String> {
    Loaded::read(file.config.as_deref(), std::env::vars()).map_err(|error| error.to_string())
}

fn check(file: &File, role: RoleName) -> Result<String, String> {
    let loaded = read(file)?;
    let Err(nonsense) = loaded.config.check(role.into()) else {
        return Ok("配置可用 the settings can be used".to_owned());
    };
    let line = |key: &str, reason: &str| format!("{}: `{key}` {reason}", loaded.origin(key));
    Err(nonsense.0.iter().map(|one| line(one.key, &one.reason)).collect::<Vec<_>>().join("\n"))
}

fn print(file: &File, json: bool) -> Result<String, String> {
    let loaded = read(file)?;
    Ok(if json { loaded.to_json() } else { loaded.to_toml().trim_end().to_owned() })
}
