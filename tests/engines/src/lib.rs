//! Real engines for tests: a Redis Cluster and a PostgreSQL primary with its standby, started by `deploy/engines.sh` in a
//! temporary folder on free loopback ports. They end with the value, and also when the test binary is killed: a watchdog
//! stops them when its process is gone.
//!
//! | what | how |
//! |---|---|
//! | one set for a test binary | [`Engines::shared`] |
//! | one set for a test that kills | [`Engines::start`] |
//! | a database of its own for each test | [`Engines::database`] |
//! | a link that can be cut | [`proxy::Proxy`] |
//!
//! `None` means that the programs are not installed: the test says so and returns; with `CI` set that is a failure.

pub mod proxy;

use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};
use tempfile::TempDir;

/// Exit code of the script when a program is not installed.
const MISSING: i32 = 3;

/// Which Redis to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redis {
    /// None.
    Absent,
    /// One node, no cluster.
    Single,
    /// Three masters, three replicas.
    Cluster,
}

/// Which PostgreSQL to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Postgres {
    /// None.
    Absent,
    /// A primary that waits for nobody.
    Primary,
    /// A primary (`pg1`) whose commits wait for a standby (`pg2`).
    Standby,
}

/// Running engines of one folder.
#[derive(Debug)]
pub struct Engines {
    folder: TempDir,
}

/// What the script wrote about them.
#[derive(Debug, Deserialize)]
struct Written {
    redis: Vec<String>,
    postgres: Vec<String>,
    primary: Option<String>,
    processes: Vec<Process>,
}

/// One process of the engines.
#[derive(Clone, Debug, Deserialize)]
pub struct Process {
    /// `redis-1` to `redis-6`, `pg1`, `pg2`.
    pub name: String,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    /// Its id when it was last started.
    pub pid: u32,
}

impl Engines {
    /// Starts them and waits until all are usable, two to four seconds. `None` when a program is missing.
    ///
    /// # Panics
    /// They do not come up, or a program is missing and `CI` is set.
    #[must_use]
    pub fn start(redis: Redis, postgres: Postgres) -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("muckwatch-engines.").tempdir().expect("a folder");
        let watched = std::process::id().to_string();
        let arguments = ["--redis", redis.wish(), "--postgres", postgres.wish(), "--watch", &watched, "--sweep"];
        let output = script(folder.path(), "start", &arguments);
        if output.status.code() == Some(MISSING) {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            assert!(std::env::var_os("CI").is_none(), "{why}");
            eprintln!("skipped: {why}");
            return None;
        }
        said("start", &output);
        Some(Self { folder })
    }

    /// The one set of a test binary, a cluster and a pair, for tests that kill nothing. Started by whoever asks first.
    #[must_use]
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Engines>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Redis::Cluster, Postgres::Standby)).as_ref()
    }

    /// `redis://127.0.0.1:PORT` of every node.
    #[must_use]
    pub fn redis(&self) -> Vec<String> {
        self.written().redis
    }

    /// `postgres://muckwatch@127.0.0.1:PORT/muckwatch` of every node, primary or not.
    #[must_use]
    pub fn postgres(&self) -> Vec<String> {
        self.written().postgres
    }

    /// Creates an empty database of its own for a test and says its addresses, as [`Self::postgres`].
    #[must_use]
    pub fn database(&self) -> Vec<String> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.order("database", &[&name]);
        let whole = self.postgres();
        whole.iter().filter_map(|url| url.rsplit_once('/')).map(|(server, _)| format!("{server}/{name}")).collect()
    }

    /// Name of the PostgreSQL node that is the primary: `pg1` at first.
    #[must_use]
    pub fn primary(&self) -> String {
        self.written().primary.expect("engines with PostgreSQL")
    }

    /// Name of the other PostgreSQL node of a pair.
    #[must_use]
    pub fn standby(&self) -> String {
        if self.primary() == "pg1" { "pg2" } else { "pg1" }.to_owned()
    }

    /// Every process with its port and last id.
    #[must_use]
    pub fn processes(&self) -> Vec<Process> {
        self.written().processes
    }

    /// The process of that name.
    #[must_use]
    pub fn process(&self, name: &str) -> Process {
        self.processes().into_iter().find(|process| process.name == name).expect("a process of that name")
    }

    /// Name of the Redis node that now serves the slot of `key`.
    #[must_use]
    pub fn redis_master(&self, key: &str) -> String {
        self.order("master-of", &[key]).trim().to_owned()
    }

    /// As [`Self::redis_master`]; `None` while nobody serves the slot.
    #[must_use]
    pub fn find_redis_master(&self, key: &str) -> Option<String> {
        let output = script(self.folder.path(), "master-of", &[key]);
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Kills (-9) the Redis node that serves the slot of `key`. Its replica takes over within some seconds.
    pub fn kill_redis_master(&self, key: &str) {
        self.kill(&self.redis_master(key));
    }

    /// Kills (-9) the PostgreSQL primary. Nothing takes over until [`Self::promote`].
    pub fn kill_primary(&self) {
        self.kill(&self.primary());
    }

    /// Kills (-9) the process of that name and waits until it is gone.
    pub fn kill(&self, name: &str) {
        self.order("kill", &[name]);
    }

    /// Sends a signal (`STOP`, `CONT`) to the process of that name and to those it started, or a stopped standby would go on
    /// receiving. One of them that ends meanwhile is none the less stopped.
    ///
    /// # Panics
    /// The process is gone.
    pub fn signal(&self, name: &str, signal: &str) {
        let send = |pid: &str| Command::new("kill").args([&format!("-{signal}"), pid]).output().expect("kill runs");
        let pid = self.process(name).pid.to_string();
        assert!(send(&pid).status.success(), "{signal} to {name}");
        let children = Command::new("pgrep").args(["-P", &pid]).output().expect("pgrep runs");
        for child in String::from_utf8_lossy(&children.stdout).split_whitespace() {
            send(child);
        }
    }

    /// From now on the Redis nodes of a cluster name no host in what they say of slots: clients use the one they came by.
    pub fn say_ports_only(&self) {
        self.order("ports-only", &[]);
    }

    /// Starts the Redis nodes that are dead, on their data, and waits until each has its place in the cluster.
    pub fn revive(&self) {
        self.order("revive", &[]);
    }

    /// Kills (-9) the Redis node that serves the slot of `key` and its replicas, and takes away what they hold;
    /// [`Self::revive`] starts them empty.
    pub fn wipe_redis(&self, key: &str) {
        self.order("wipe", &[key]);
    }

    /// What an operator must not do: the dead node comes back on its own data as a second primary, which takes writes and waits
    /// for nobody. [`Self::reseed`] ends it.
    pub fn return_old_primary(&self) {
        self.order("return", &[]);
    }

    /// The operator's first step after the primary is gone: the standby becomes the primary. Its commits wait for the dead
    /// node until [`Self::repoint`] or [`Self::reseed`].
    pub fn promote(&self) {
        self.order("promote", &[]);
    }

    /// The second: commits wait only for standbys that are attached.
    pub fn repoint(&self) {
        self.order("repoint", &[]);
    }

    /// The third: the dead node begins anew as the standby of the primary, and commits wait for it.
    pub fn reseed(&self) {
        self.order("reseed", &[]);
    }

    /// Starts the dead standby on its own data and waits until commits wait for it again.
    pub fn attach(&self) {
        self.order("attach", &[]);
    }

    /// One line a process, for people.
    #[must_use]
    pub fn status(&self) -> String {
        self.order("status", &[])
    }

    /// Where data and logs are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn order(&self, command: &str, arguments: &[&str]) -> String {
        said(command, &script(self.folder.path(), command, arguments))
    }

    fn written(&self) -> Written {
        let text = fs::read_to_string(self.folder.path().join("engines.json")).expect("running engines");
        serde_json::from_str(&text).expect("what the script writes")
    }
}

impl Drop for Engines {
    fn drop(&mut self) {
        let output = script(self.folder.path(), "stop", &[]);
        if !output.status.success() {
            eprintln!("engines: stop: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

impl Redis {
    fn wish(self) -> &'static str {
        match self {
            Self::Absent => "none",
            Self::Single => "single",
            Self::Cluster => "cluster",
        }
    }
}

impl Postgres {
    fn wish(self) -> &'static str {
        match self {
            Self::Absent => "none",
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

fn script(folder: &Path, command: &str, arguments: &[&str]) -> Output {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/engines.sh");
    Command::new("bash").arg(script).arg(command).arg(folder).args(arguments).output().expect("bash runs")
}

fn said(command: &str, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "engines.sh {command}: {}", text(&output.stderr));
    text(&output.stdout)
}
