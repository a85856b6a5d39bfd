//! One process of ours: started, killed, paused, started again on the same settings and addresses.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    process::{Child, Command},
    time::sleep,
};

/// Longest wait for a process to say that it is up.
const UP: Duration = Duration::from_mins(1);
/// Between two looks at its log.
const NAP: Duration = Duration::from_millis(20);

/// A member of the house.
pub(crate) struct Member {
    pub(crate) name: String,
    role: &'static str,
    settings: PathBuf,
    log: PathBuf,
    /// Where it listens; the same after a restart.
    pub(crate) address: Option<SocketAddr>,
    child: Option<Child>,
}

/// What is left on a member's disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disk {
    /// Nothing.
    Full,
    /// Enough.
    Free,
}

/// The binary under test, dying with the test. A write beyond a limit on files is an error to it, as on a full disk, not its end.
pub(crate) fn muckwatch(signal: &str) -> Command {
    let mut command = Command::new("env");
    command.args(["--ignore-signal=XFSZ", "setpriv", "--pdeathsig", signal, env!("CARGO_BIN_EXE_muckwatch")]);
    command.env("RUST_LOG", std::env::var("MUCKWATCH_TEST_LOG").unwrap_or_else(|_| "info".to_owned()));
    command.kill_on_drop(true);
    command
}

impl Member {
    /// Not started yet.
    pub(crate) fn new(folder: &Path, role: &'static str, number: u16, settings: &str) -> Self {
        let name = format!("{role}-{number}");
        let path = folder.join(format!("{name}.toml"));
        fs::write(&path, settings).expect("a settings file");
        Self { log: folder.join(format!("{name}.log")), settings: path, role, name, address: None, child: None }
    }

    /// Starts it and waits until it says that it is up.
    pub(crate) async fn start(&mut self) {
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let begins = log.metadata().expect("a log").len();
        let mut command = muckwatch("KILL");
        command.args([self.role, "--config"]).arg(&self.settings);
        if let Some(address) = self.address {
            command.args(["--listen", &address.to_string()]);
        }
        let same = log.try_clone().expect("a log");
        self.child = Some(command.stdin(Stdio::null()).stdout(log).stderr(same).spawn().expect("it starts"));
        let begun = Instant::now();
        loop {
            let said = self.said(begins);
            if let Some(line) = said.lines().find(|line| is_up(line)) {
                let word = line.rsplit(' ').next().unwrap_or_default();
                let bare = word.trim_start_matches("http://").trim_end_matches('/');
                self.address = self.address.or_else(|| bare.parse().ok());
                return;
            }
            let ended = self.child.as_mut().and_then(|child| child.try_wait().expect("a child"));
            assert!(ended.is_none(), "{} ended with {ended:?}:\n{said}", self.name);
            assert!(begun.elapsed() < UP, "{} is not up within {UP:?}:\n{said}", self.name);
            sleep(NAP).await;
        }
    }

    /// What it logged from that byte on.
    pub(crate) fn said(&self, from: u64) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(bytes.len());
        String::from_utf8_lossy(&bytes[from..]).into_owned()
    }

    /// Kill -9, as power takes a machine.
    pub(crate) async fn kill(&mut self) {
        self.child.take().expect("a running member").kill().await.expect("it can be killed");
    }

    /// Sends a signal by name.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.child.as_ref().and_then(Child::id).expect("a running member");
        let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().await;
        assert!(sent.expect("kill runs").success());
    }

    /// Lets it write no further into any file, its log included, or again.
    pub(crate) async fn fill_disk(&self, disk: Disk) {
        let id = self.child.as_ref().and_then(Child::id).expect("a running member").to_string();
        let limit = if disk == Disk::Full { "--fsize=1:" } else { "--fsize=unlimited:" };
        let set = Command::new("prlimit").args(["--pid", &id, limit]).status().await;
        assert!(set.expect("prlimit runs").success());
    }

    /// Whether it still runs; one that ended without being told to is a failure of the house.
    pub(crate) fn check(&mut self) {
        if let Some(child) = &mut self.child {
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none(), "{} ended with {ended:?}:\n{}", self.name, tail(&self.said(0)));
        }
    }

    /// Asks it to stop and waits until it has.
    pub(crate) async fn stop(&mut self) {
        if self.child.is_none() {
            return;
        }
        self.signal("TERM").await;
        let mut child = self.child.take().expect("a running member");
        let status = tokio::time::timeout(UP, child.wait()).await.expect("it stops in time").expect("a child");
        assert!(status.success(), "{} did not end cleanly: {status}\n{}", self.name, tail(&self.said(0)));
    }
}

fn is_up(line: &str) -> bool {
    ["terminals connect to ", "pages: http", "判定进程 worker "].iter().any(|mark| line.contains(mark))
}

/// The last lines of a log.
pub(crate) fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
