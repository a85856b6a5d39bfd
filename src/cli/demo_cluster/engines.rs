//! The engines of the demo, started and stopped by the script that the tests use. The binary carries it, so that it needs no checkout.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::process::Command;

/// The script.
const SCRIPT: &str = include_str!("../../../deploy/engines.sh");
/// Its place in the demo's folder, and that of the engines.
const NAME: &str = "engines.sh";
const FOLDER: &str = "engines";

/// Running engines.
#[derive(Debug)]
pub(super) struct Engines {
    folder: PathBuf,
    /// Addresses of all Redis nodes.
    pub(super) redis: Vec<String>,
    /// Addresses of both PostgreSQL nodes.
    pub(super) postgres: Vec<String>,
    processes: Vec<Running>,
}

/// What the script writes about them.
#[derive(Deserialize)]
struct Written {
    redis: Vec<String>,
    postgres: Vec<String>,
    processes: Vec<Running>,
}

#[derive(Debug, Deserialize)]
struct Running {
    name: String,
    port: u16,
    pid: u32,
}

impl Engines {
    /// Starts a Redis Cluster and a PostgreSQL pair below `folder`. They end when this process does, however it ends.
    ///
    /// # Errors
    /// A program is missing, or they do not come up.
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        fs::write(folder.join(NAME), SCRIPT).with_context(|| format!("cannot write to {}", folder.display()))?;
        script(folder, "start", &["--watch", &std::process::id().to_string()]).await?;
        let text = fs::read_to_string(folder.join(FOLDER).join("engines.json"))?;
        let Written { redis, postgres, processes } = serde_json::from_str(&text)?;
        Ok(Self { folder: folder.to_path_buf(), redis, postgres, processes })
    }

    /// Ends them.
    ///
    /// # Errors
    /// One of them does not end.
    pub(super) async fn stop(&self) -> Result<()> {
        script(&self.folder, "stop", &[]).await
    }

    /// Ends what a killed demo may have left, if anything.
    ///
    /// # Errors
    /// One of them does not end.
    pub(super) async fn stop_left_over(folder: &Path) -> Result<()> {
        if folder.join(NAME).exists() && folder.join(FOLDER).exists() {
            return script(folder, "stop", &[]).await;
        }
        Ok(())
    }

    /// One line a process.
    pub(super) fn listing(&self) -> String {
        let mut text = String::new();
        for Running { name, port, pid } in &self.processes {
            // Writing to a string cannot fail.
            let _written = writeln!(text, "  {name:10} pid {pid:<8} 127.0.0.1:{port}");
        }
        text
    }
}

async fn script(folder: &Path, command: &str, arguments: &[&str]) -> Result<()> {
    let mut bash = Command::new("bash");
    bash.arg(folder.join(NAME)).arg(command).arg(folder.join(FOLDER)).args(arguments);
    // A group of its own: Ctrl-C is for the demo, which stops the engines last.
    let status = bash.stdin(Stdio::null()).process_group(0).status().await.context("bash cannot be run")?;
    ensure!(status.success(), "engines.sh {command} failed ({status}); `make setup` installs what is missing");
    Ok(())
}
