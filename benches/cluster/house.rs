//! The house under load: its processes and engines, and what they say of themselves.

use crate::{
    LOOK,
    meter::{self, Lag, Spent},
};
use engines::{Engines, Postgres, Redis};
use muckwatch::{model::ledger::Ledger, store::import::folder_texts};
use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// The binary under test.
const BINARY: &str = env!("CARGO_BIN_EXE_muckwatch");
/// Shards of the house, its default.
const SHARDS: u64 = 16;
/// How long it may take to be ready.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What is started.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One process.
    Serve,
    /// Gateway and worker, one Redis node, one PostgreSQL.
    Single,
    /// Gateway and worker, 3+3 Redis nodes, PostgreSQL with a synchronous standby.
    Cluster,
}

impl Shape {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Single => "single",
            Self::Cluster => "cluster",
        }
    }

    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Serve => "serve: one process, record and SQLite",
            Self::Single => "gateway + worker: one Redis node, PostgreSQL primary",
            Self::Cluster => {
                "gateway + worker: 3+3 Redis nodes with WAIT 1, PostgreSQL primary and synchronous standby"
            }
        }
    }
}

/// A running house; ends with the value.
pub(crate) struct House {
    /// Where terminals connect.
    pub(crate) gateway: SocketAddr,
    /// Where its judge says how far it is.
    told: SocketAddr,
    /// Where its gateway says what it counts.
    counted: SocketAddr,
    children: Vec<(&'static str, Child)>,
    engines: Option<Engines>,
    database: Vec<String>,
}

impl Drop for House {
    fn drop(&mut self) {
        for (name, child) in &mut self.children {
            if let Err(error) = child.kill().and_then(|()| child.wait()) {
                eprintln!("{name}: {error}");
            }
        }
    }
}

impl House {
    /// Starts engines and processes and waits until every shard has its worker. `None` when an engine is not installed.
    pub(crate) fn start(shape: Shape, ledger: &Path, folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).expect("a folder");
        match shape {
            Shape::Serve => Some(Self::serve(ledger, folder)),
            Shape::Single => {
                Some(Self::roles(Engines::start(Redis::Single, Postgres::Primary)?, shape, (ledger, folder)))
            }
            Shape::Cluster => {
                Some(Self::roles(Engines::start(Redis::Cluster, Postgres::Standby)?, shape, (ledger, folder)))
            }
        }
    }

    fn serve(ledger: &Path, folder: &Path) -> Self {
        let pages = free();
        let settings = write(
            &folder.join("settings.toml"),
            &format!("data = \"{}\"\n{GATEWAY}[api]\nlisten = \"{pages}\"\n", folder.join("data").display()),
        );
        let (child, gateway) = role(&["serve", "--ledger", text(ledger)], &settings, &folder.join("serve.log"));
        let children = vec![("serve", child)];
        Self {
            gateway: gateway.expect("an address"),
            told: pages,
            counted: pages,
            children,
            engines: None,
            database: Vec::new(),
        }
    }

    fn roles(engines: Engines, shape: Shape, (ledger, folder): (&Path, &Path)) -> Self {
        let (database, redis, cluster) = (engines.database(), engines.redis(), shape == Shape::Cluster);
        let wait = u32::from(cluster);
        let shared = format!(
            "{GATEWAY}[store]\npostgres = {database:?}\n[bus]\nredis = {redis:?}\ncluster = {cluster}\nwait_replicas = {wait}\n\
             [cluster]\nshards = {SHARDS}\n"
        );
        let of = |name: &str, own: &str| {
            let data = folder.join(name);
            write(&folder.join(format!("{name}.toml")), &format!("data = \"{}\"\n{shared}{own}", data.display()))
        };
        let (counted, told) = (free(), free());
        import(ledger, &of("import", ""));
        let settings = of("worker", &format!("ops = \"{told}\"\n"));
        let (worker, _) = role(&["worker"], &settings, &folder.join("worker.log"));
        let settings = of("gateway", &format!("gateway = 1\nops = \"{counted}\"\n"));
        let (child, gateway) = role(&["gateway"], &settings, &folder.join("gateway.log"));
        let children = vec![("gateway", child), ("worker", worker)];
        let gateway = gateway.expect("an address");
        let house = Self { gateway, told, counted, children, engines: Some(engines), database };
        house.wait("a worker for every shard", START_LIMIT, || house.figure("muckwatch_crew_shards") == SHARDS);
        // The first ticks bring the ledger.
        std::thread::sleep(Duration::from_secs(3));
        house
    }

    /// Frames judged and committed since the house started; of `serve` its ticks with them, one a second.
    pub(crate) fn committed(&self) -> usize {
        let count = match self.engines {
            Some(_) => self.figure("muckwatch_worker_inputs_total"),
            None => self.health("/worker/cursor"),
        };
        usize::try_from(count).expect("few")
    }

    /// Waits until so many are.
    pub(crate) fn wait_committed(&self, count: usize, limit: Duration) {
        if self.engines.is_some() {
            return self.wait("all judged", limit, || self.committed() >= count);
        }
        let last = self.health("/record/durable_seq");
        self.wait("all judged", limit, || self.health("/worker/cursor") >= last);
    }

    /// Fails if the house did other work than it should: strangers, or judging again.
    pub(crate) fn check(&self) {
        let gateway = meter::get(self.counted, "/metrics").expect("a gateway");
        assert_eq!(meter::figure(&gateway, "muckwatch_gateway_quarantined_total"), 0, "every truck is known");
        let worker = meter::get(self.told, "/metrics").expect("a worker");
        let odd = ["worker_rejudged", "bus_holes", "bus_publish_rewinds", "bus_publish_stalls"].map(|name| {
            let name = format!("muckwatch_{name}_total");
            let count = meter::figure(&worker, &name) + meter::figure(&gateway, &name);
            (name, count)
        });
        for (name, count) in odd.iter().filter(|(_, count)| *count > 0) {
            println!("  {name} {count}");
        }
    }

    /// Receipt to commit, so far.
    pub(crate) fn lag(&self) -> Lag {
        Lag::of(&meter::get(self.told, "/metrics").expect("a worker"))
    }

    /// Processor time of each part so far.
    pub(crate) fn spent(&self) -> Spent {
        let mut parts = vec![("generator", std::process::id())];
        parts.extend(self.children.iter().map(|(name, child)| (*name, child.id())));
        let engines = self.engines.as_ref().map(Engines::processes).unwrap_or_default();
        parts.extend(engines.iter().map(|process| {
            let name = match process.name.as_str() {
                "pg1" => "postgres",
                "pg2" => "standby",
                _ => "redis",
            };
            (name, process.pid)
        }));
        Spent::of(&parts)
    }

    /// Bytes PostgreSQL wrote to its log so far; 0 without it.
    pub(crate) fn wal_bytes(&self, runtime: &Runtime) -> u64 {
        self.ask(runtime, WAL).map_or(0, |row| row.get::<_, i64>(0).unsigned_abs())
    }

    /// Bytes of a truck's state in the store, on average; `None` without PostgreSQL.
    pub(crate) fn state_bytes(&self, runtime: &Runtime) -> Option<i64> {
        self.ask(runtime, STATE).map(|row| row.get(0))
    }

    /// Commits of all shards and the microseconds they took, so far; zeros for `serve`.
    pub(crate) fn commits(&self) -> (u64, u64) {
        let text = meter::get(self.told, "/metrics").expect("a worker");
        let figure = |name| meter::figure(&text, name);
        (figure("muckwatch_worker_commits_total"), figure("muckwatch_worker_commit_us_total"))
    }

    fn ask(&self, runtime: &Runtime, question: &str) -> Option<tokio_postgres::Row> {
        let url = self.database.first()?;
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("a connection");
            let connection = tokio::spawn(connection);
            let row = client.query_one(question, &[]).await;
            drop(client);
            connection.abort();
            Some(row.expect("a primary"))
        })
    }

    fn figure(&self, name: &str) -> u64 {
        meter::get(self.told, "/metrics").map_or(0, |text| meter::figure(&text, name))
    }

    fn health(&self, pointer: &str) -> u64 {
        let text = meter::get(self.told, "/api/v1/health").expect("a house");
        let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        answer.pointer(pointer).and_then(serde_json::Value::as_u64).expect("a number")
    }

    fn wait(&self, what: &str, limit: Duration, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < limit, "{what}: not within {limit:?} ({} committed)", self.committed());
            std::thread::sleep(LOOK);
        }
    }
}

/// Bytes of log since the server was founded.
const WAL: &str = "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint";
/// Average state of a truck.
const STATE: &str = "SELECT coalesce(avg(octet_length(state)), 0)::bigint FROM engine_states";
/// All terminals come from one address.
const GATEWAY: &str =
    "[gateway]\nlisten = \"127.0.0.1:0\"\nconnections_max = 20000\nconnections_per_address_max = 20000\n";

/// The ledger as the folder that is imported.
pub(crate) fn write_ledger(ledger: &Ledger, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    for file in folder_texts(ledger) {
        write(&folder.join(file.name), &file.text);
    }
}

fn import(ledger: &Path, settings: &Path) {
    let done = Command::new(BINARY).args(["import", text(ledger), "--config", text(settings)]).output().expect("runs");
    assert!(
        done.status.success(),
        "import: {}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Starts a role, logs into a file, waits for its first line about itself; a gateway's says where terminals connect.
fn role(words: &[&str], settings: &Path, log: &Path) -> (Child, Option<SocketAddr>) {
    let log_file = File::create(log).expect("a log");
    let mut child = Command::new(BINARY)
        .args(words)
        .args(["--config", text(settings)])
        .stdout(Stdio::piped())
        .stderr(log_file)
        .spawn()
        .expect("starts");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut lines = lines.skip_while(|line| !line.contains("terminals") && !line.contains("worker"));
    let line =
        lines.next().unwrap_or_else(|| panic!("{words:?} ended: {}", fs::read_to_string(log).unwrap_or_default()));
    // What it says later must not block it.
    std::thread::spawn(move || lines.count());
    (child, line.rsplit(' ').next().and_then(|word| word.parse().ok()))
}

/// A port that was free a moment ago.
fn free() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("bound")
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::write(path, text).expect("written");
    path.to_path_buf()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("an address in letters")
}
