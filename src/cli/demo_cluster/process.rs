//! Processes of this same binary, one role each: started, started again when they end, stopped in order.

use anyhow::{Context, Result, bail};
use std::{
    env,
    fmt::Write,
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// Longest wait for a process to say that it is up.
const UP: Duration = Duration::from_mins(1);
/// Longest wait for one to stop; then it is killed.
const STOP: Duration = Duration::from_secs(20);
/// Between two looks.
const NAP: Duration = Duration::from_millis(50);
/// Before one that ended is started again.
const PAUSE: Duration = Duration::from_secs(1);

/// One process.
#[derive(Debug)]
pub(super) struct Process {
    name: String,
    role: &'static str,
    settings: PathBuf,
    log: PathBuf,
    child: Child,
    /// Where it listens; `None` for a worker.
    address: Option<SocketAddr>,
    /// Where its `/health`, `/ready` and `/metrics` are.
    ops: Option<SocketAddr>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Crew(Vec<Process>);

impl Process {
    /// Writes its settings, starts it and waits until it is up.
    ///
    /// # Errors
    /// It ends, or does not come up in time; its log is named.
    pub(super) async fn start(folder: &Path, role: &'static str, number: u16, settings: &str) -> Result<Self> {
        let name = format!("{role}-{number}");
        let path = folder.join(format!("{name}.toml"));
        fs::write(&path, settings).with_context(|| format!("cannot write {}", path.display()))?;
        let log = folder.join(format!("{name}.log"));
        let child = spawn(role, &path, &log, None)?;
        let mut process = Self { name, role, settings: path, log, child, address: None, ops: None };
        process.await_up(0).await?;
        Ok(process)
    }

    async fn start_again(&mut self) -> Result<()> {
        let begins = fs::metadata(&self.log).map_or(0, |file| file.len());
        self.child = spawn(self.role, &self.settings, &self.log, self.address)?;
        self.await_up(begins).await
    }

    /// Waits for the line in its log, from that byte on, that says that it is up.
    async fn await_up(&mut self, begins: u64) -> Result<()> {
        let begun = Instant::now();
        loop {
            let log = fs::read(&self.log).unwrap_or_default();
            let said = String::from_utf8_lossy(&log[usize::try_from(begins)?.min(log.len())..]).into_owned();
            if let Some(line) = said.lines().find(|line| is_up(line)) {
                let word = line.rsplit(' ').next().unwrap_or_default();
                let bare = word.trim_start_matches("http://").trim_end_matches('/');
                self.address = self.address.or_else(|| bare.parse().ok());
                let ops = said.lines().find_map(|line| line.split_once("health and metrics: "));
                self.ops = ops.and_then(|(_, address)| address.trim().parse().ok());
                return Ok(());
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || begun.elapsed() > UP {
                bail!("{} did not come up ({ended:?}); see {}", self.name, self.log.display());
            }
            sleep(NAP).await;
        }
    }

    async fn stop(&mut self) {
        let Some(id) = self.child.id() else { return };
        let asked = Command::new("kill").arg(id.to_string()).status().await;
        let ended = timeout(STOP, self.child.wait()).await;
        if asked.is_err() || ended.is_err() {
            tracing::warn!(name = %self.name, "does not stop and is killed");
            if let Err(error) = self.child.kill().await {
                tracing::error!(%error, name = %self.name, "cannot be killed");
            }
        }
    }
}

/// One role of this binary. It ends with us, however we end, and does not hear the terminal's Ctrl-C, which is for us.
fn spawn(role: &str, settings: &Path, log: &Path, listen: Option<SocketAddr>) -> Result<Child> {
    let own = env::current_exe().context("where this program lies")?;
    let log = File::options().create(true).append(true).open(log)?;
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]).arg(own).args([role, "--config"]).arg(settings);
    if let Some(listen) = listen {
        command.args(["--listen", &listen.to_string()]);
    }
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0).kill_on_drop(true);
    command.spawn().context("setpriv (util-linux) cannot be run")
}

fn is_up(line: &str) -> bool {
    ["terminals connect to ", "pages: http", "判定进程 worker "].iter().any(|mark| line.contains(mark))
}

impl Crew {
    pub(super) fn add(&mut self, process: Process) {
        self.0.push(process);
    }

    /// Where all of a role listen.
    pub(super) fn addresses(&self, role: &str) -> Vec<SocketAddr> {
        self.0.iter().filter(|process| process.role == role).filter_map(|process| process.address).collect()
    }

    /// One line a process.
    pub(super) fn listing(&self) -> String {
        let mut text = String::new();
        for process in &self.0 {
            let address = process.address.map(|address| address.to_string()).unwrap_or_default();
            let pid = process.child.id().unwrap_or_default();
            // Writing to a string cannot fail.
            let ops = process.ops.map(|ops| format!("http://{ops}/health /ready /metrics")).unwrap_or_default();
            let _written = writeln!(text, "  {:10} pid {pid:<8} {address:<16} {ops}", process.name);
        }
        text
    }

    /// Starts again what ends, for ever.
    ///
    /// # Errors
    /// One does not come up again.
    pub(super) async fn supervise(&mut self) -> Result<()> {
        loop {
            for process in &mut self.0 {
                let Some(status) = process.child.try_wait()? else { continue };
                println!("  {} 已结束，正在重启 ended ({status}) and is started again", process.name);
                sleep(PAUSE).await;
                process.start_again().await?;
                let (pid, ops) = (process.child.id().unwrap_or_default(), process.ops);
                println!(
                    "  {} pid {pid} {}",
                    process.name,
                    ops.map(|ops| format!("http://{ops}/ready")).unwrap_or_default()
                );
            }
            sleep(NAP).await;
        }
    }

    /// Stops gateways first, then workers, then apis, as they were started.
    pub(super) async fn stop(&mut self) {
        for process in &mut self.0 {
            process.stop().await;
        }
    }
}
