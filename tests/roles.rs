//! A role as an operator meets it while its engines are away: it says why it is not ready, and it ends when it is told to.
#![cfg(feature = "shell")]

use engines::{Engines, Postgres, Redis};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Longest wait for something that must come.
const LIMIT: Duration = Duration::from_mins(1);
/// Longest a role may take to end; systemd gives it three times that.
const END_LIMIT: Duration = Duration::from_secs(15);
const NAP: Duration = Duration::from_millis(50);
/// Nobody listens there.
const NOBODY: &str = "127.0.0.1:1";

/// A role of its own process, started as a shell starts a job in the background: SIGINT is ignored until it says otherwise.
struct Role {
    child: Child,
    ops: String,
    log: PathBuf,
}

impl Drop for Role {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.child.kill().and_then(|()| self.child.wait()).expect("our own child ends");
        }
    }
}

fn settings(role: &str, folder: &Path, postgres: &str, redis: &str) -> String {
    let listen = if role == "worker" { String::new() } else { format!("[{role}]\nlisten = \"127.0.0.1:0\"\n") };
    let data = folder.join(role).display().to_string();
    format!(
        "data = {data:?}\n{listen}[cluster]\nops = \"127.0.0.1:0\"\ngateway = 1\n[store]\npostgres = [{postgres:?}]\n\
         [bus]\nredis = [\"redis://{redis}\"]\n"
    )
}

fn command(role: &str, folder: &Path, settings: &str) -> Command {
    let file = folder.join(format!("{role}.toml"));
    std::fs::write(&file, settings).expect("written");
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' INT; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_muckwatch"), role, "--config"])
        .arg(file);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Role {
    fn start(role: &str, folder: &Path, settings: &str) -> Self {
        Self::begin(role, folder, settings, true)
    }

    /// `read`: whether somebody reads what it says after its first line, or the pipe is broken.
    fn begin(role: &str, folder: &Path, settings: &str, read: bool) -> Self {
        let log = folder.join(format!("{role}.log"));
        let errors = std::fs::File::create(&log).expect("a file");
        let mut child = command(role, folder, settings).stderr(errors).spawn().expect("a shell");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("health and metrics: ")).expect("it says where it answers");
        if read {
            std::thread::spawn(move || lines.for_each(drop));
        } else {
            drop(lines);
        }
        let ops = line.rsplit(' ').next().expect("an address").to_owned();
        Self { child, ops, log }
    }

    /// Status and body of `/ready`.
    fn ready(&self) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.ops).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        write!(stream, "GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (status, answer)
    }

    fn until(&self, what: &str, mut holds: impl FnMut(u16, &str) -> bool) {
        let begun = Instant::now();
        loop {
            let (status, body) = self.ready();
            if holds(status, &body) {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "{what}: {status} {body}");
            sleep(NAP);
        }
    }

    /// Tells it to end and waits; whatever it could not do, it ends without a panic.
    fn end(&mut self, signal: &str) -> (ExitStatus, Duration) {
        let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        let end = ended(&mut self.child);
        let log = self.said();
        assert!(!log.contains("panic") && !log.contains("being shutdown"), "{log}");
        end
    }

    /// What it logged.
    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).expect("its log")
    }
}

fn ended(child: &mut Child) -> (ExitStatus, Duration) {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("our own child") {
            return (status, begun.elapsed());
        }
        assert!(begun.elapsed() < LIMIT, "it does not end");
        sleep(NAP);
    }
}

#[test]
fn a_role_that_nobody_listens_to_ends_when_told() {
    // Proves: a signal counts although what the role has to say about it cannot be written, as after `| tee log` and Ctrl-C.
    let folder = tempfile::tempdir().expect("a folder");
    let away = settings("worker", folder.path(), &format!("postgres://u@{NOBODY}/d"), NOBODY);
    let mut role = Role::begin("worker", folder.path(), &away, false);
    let (_, took) = role.end("-TERM");
    assert!(took < END_LIMIT, "it took {took:?}");
}

#[test]
fn a_role_without_its_store_says_so_and_ends_when_told() {
    // Proves: /ready answers 503 from the first moment on and names the machine that is not reached; SIGINT and SIGTERM end every role
    // there, also one that was started with SIGINT ignored.
    let folder = tempfile::tempdir().expect("a folder");
    let postgres = format!("postgres://u@{NOBODY}/db");
    for (role, signal) in [("gateway", "-INT"), ("worker", "-INT"), ("api", "-TERM")] {
        let mut process = Role::start(role, folder.path(), &settings(role, folder.path(), &postgres, NOBODY));
        process.until(role, |status, body| status == 503 && body.contains("PostgreSQL"));
        process.until(role, |status, body| status == 503 && body.contains(NOBODY));
        let (status, took) = process.end(signal);
        assert!(status.success() && took < END_LIMIT, "{role}: {status} after {took:?}");
    }
}

#[test]
fn a_role_whose_redis_never_answers_ends_when_told() {
    // Proves: with a store and a Redis that takes connections and says nothing, or where nobody listens, each role starts, says what
    // it lacks, and ends on SIGINT.
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Primary) else { return };
    let database = engines.database().remove(0);
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = silent.local_addr().map(|at| at.to_string()).expect("its address");
    let folder = tempfile::tempdir().expect("a folder");
    for (role, redis) in [("worker", NOBODY), ("worker", silent.as_str()), ("gateway", &silent), ("api", &silent)] {
        let mut process = Role::start(role, folder.path(), &settings(role, folder.path(), &database, redis));
        // A gateway acknowledges without Redis, so it is ready; the others say that nothing is judged or heard.
        process.until(role, |status, body| {
            body.contains("\"store\":\"ok\"") && !body.contains("\"start\"") && (status == 200 || role == "api")
        });
        let (status, took) = process.end("-INT");
        assert!(status.success() && took < END_LIMIT, "{role}, Redis at {redis}: {status} after {took:?}");
    }
}

#[test]
fn a_worker_that_loses_its_engines_ends_when_told() {
    // Proves: a worker that holds shards and whose store is gone ends on SIGTERM, although it cannot commit.
    let Some(engines) = Engines::start(Redis::Single, Postgres::Primary) else { return };
    let (database, redis) = (engines.database().remove(0), engines.redis().remove(0));
    let folder = tempfile::tempdir().expect("a folder");
    let single = settings("worker", folder.path(), &database, redis.trim_start_matches("redis://"))
        + "cluster = false\nwait_replicas = 0\n";
    let mut process = Role::start("worker", folder.path(), &single);
    process.until("a ready worker", |status, _| status == 200);
    engines.kill("pg1");
    process.until("a silent store", |status, body| status == 503 && !body.contains("\"store\":\"ok\""));
    let (status, took) = process.end("-TERM");
    assert!(status.success() && took < END_LIMIT, "{status} after {took:?}");
}

/// Until the calls for the leases of the worker and of the ticker wait for the standby, and with them all that is committed.
fn until_commits_hang(database: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(database, tokio_postgres::NoTls).await.expect("connected");
        let _link = tokio::spawn(connection);
        let ask = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        let begun = Instant::now();
        while client.query_one(ask, &[]).await.expect("an answer").get::<_, i64>(0) < 2 {
            assert!(begun.elapsed() < LIMIT, "nothing waits for the standby");
            tokio::time::sleep(NAP).await;
        }
    });
}

#[test]
fn a_worker_whose_commits_wait_for_a_standby_ends_when_told() {
    // Proves: while every commit waits for a standby that is frozen, a worker that holds shards ends within its bound on SIGTERM, well
    // and without a panic.
    let Some(engines) = Engines::start(Redis::Single, Postgres::Standby) else { return };
    let (database, redis) = (engines.database().remove(0), engines.redis().remove(0));
    let folder = tempfile::tempdir().expect("a folder");
    let single = settings("worker", folder.path(), &database, redis.trim_start_matches("redis://"))
        + "cluster = false\nwait_replicas = 0\n";
    let mut process = Role::start("worker", folder.path(), &single);
    process.until("a worker that judges", |status, _| status == 200 && process.said().contains("shard=15"));
    engines.signal("pg2", "STOP");
    until_commits_hang(&database);
    let (status, took) = process.end("-TERM");
    engines.signal("pg2", "CONT");
    assert!(status.success() && took < END_LIMIT, "{status} after {took:?}: {}", process.said());
}

#[test]
fn a_role_that_postgres_refuses_ends_with_what_to_do() {
    // Proves: a database that is not there, and settings that cannot be used, end the start at once, with the cause and the remedy.
    let Some(engines) = Engines::start(Redis::Absent, Postgres::Primary) else { return };
    let database = engines.database().remove(0);
    let folder = tempfile::tempdir().expect("a folder");
    let (place, _) = database.rsplit_once('/').expect("an address");
    let nothing_there = settings("worker", folder.path(), &format!("{place}/not_there"), NOBODY);
    let unusable = settings("worker", folder.path(), "http://u@a/db", "a:0");
    for (settings, wanted) in
        [(&nothing_there, ["does not exist", "createdb"]), (&unusable, ["store.postgres", "bus.redis"])]
    {
        let mut child = command("worker", folder.path(), settings).spawn().expect("a shell");
        let (status, _) = ended(&mut child);
        let mut said = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut said).expect("text");
        assert!(!status.success() && wanted.iter().all(|word| said.contains(word)), "{said}");
    }
}
