//! Processes of this same binary, one role each: started, started again when they end, stopped in order.

use crate::clock::pause::Pause;
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
/// Before one that ended is started again; twice as long each time that it ends before it is up, up to the other.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_LONGEST: Duration = Duration::from_secs(30);

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
    life: Life,
    pause: Pause,
}

/// Where a process stands.
#[derive(Clone, Copy, Debug)]
enum Life {
    /// It said that it is up.
    Up,
    /// It was started; its words begin at that byte of its log.
    Coming { begins: u64, since: Instant, told: bool },
    /// It ended, and is started again then.
    Ended { again_at: Instant },
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
        let (life, pause) = (Life::Up, Pause::new(PAUSE_FIRST, PAUSE_LONGEST));
        let mut process = Self { name, role, settings: path, log, child, address: None, ops: None, life, pause };
        process.await_up().await?;
        Ok(process)
    }

    /// Waits for the first start.
    async fn await_up(&mut self) -> Result<()> {
        let begun = Instant::now();
        while !self.is_up_since(0) {
            let ended = self.child.try_wait()?;
            if ended.is_some() || begun.elapsed() > UP {
                bail!("{} did not come up ({ended:?}); see {}", self.name, self.log.display());
            }
            sleep(NAP).await;
        }
        Ok(())
    }

    /// Whether its log says, from that byte on, that it is up; and where.
    fn is_up_since(&mut self, begins: u64) -> bool {
        let log = fs::read(&self.log).unwrap_or_default();
        let begins = usize::try_from(begins).map_or(log.len(), |begins| begins.min(log.len()));
        let said = String::from_utf8_lossy(&log[begins..]);
        let Some(line) = said.lines().find(|line| is_up(line)) else { return false };
        let word = line.rsplit(' ').next().unwrap_or_default();
        let bare = word.trim_start_matches("http://").trim_end_matches('/');
        self.address = self.address.or_else(|| bare.parse().ok());
        let ops = said.lines().find_map(|line| line.split_once("health and metrics: "));
        self.ops = ops.and_then(|(_, address)| address.trim().parse().ok());
        true
    }

    /// Looks after it once: what ended is started again after a pause, for ever; it may wait for an engine that a person is to mend.
    fn look(&mut self, now: Instant) -> Result<()> {
        if let Life::Ended { again_at } = self.life {
            if now < again_at {
                return Ok(());
            }
            let begins = fs::metadata(&self.log).map_or(0, |file| file.len());
            self.child = spawn(self.role, &self.settings, &self.log, self.address)?;
            self.life = Life::Coming { begins, since: now, told: false };
        } else if let Some(status) = self.child.try_wait()? {
            println!("  {} 已结束，正在重启 ended ({status}) and is started again; {}", self.name, self.log.display());
            self.life = Life::Ended { again_at: now + self.pause.take() };
        } else if let Life::Coming { begins, since, told } = self.life {
            if self.is_up_since(begins) {
                let ops = self.ops.map(|ops| format!("http://{ops}/ready")).unwrap_or_default();
                println!("  {} 已就位 is up: pid {} {ops}", self.name, self.child.id().unwrap_or_default());
                self.life = Life::Up;
                self.pause.reset();
            } else if !told && now.duration_since(since) > UP {
                println!("  {} 仍未就位 is not up yet; {}", self.name, self.log.display());
                self.life = Life::Coming { begins, since, told: true };
            }
        }
        Ok(())
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

    /// Starts again what ends, for ever; none waits for another.
    ///
    /// # Errors
    /// A process cannot be run at all.
    pub(super) async fn supervise(&mut self) -> Result<()> {
        loop {
            let now = Instant::now();
            self.0.iter_mut().try_for_each(|process| process.look(now))?;
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
