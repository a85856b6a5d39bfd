//! The engines are what the tests take them for.

use engines::{
    Engines, Postgres, Redis,
    proxy::{Link, Proxy},
};
use std::{
    net::SocketAddr,
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Longest wait for a fail-over.
const LIMIT: Duration = Duration::from_secs(30);
/// Between two looks.
const NAP: Duration = Duration::from_millis(20);
/// Silence is believed after this long.
const SILENCE: Duration = Duration::from_millis(100);

fn redis(engines: &Engines, name: &str, command: &[&str]) -> String {
    let port = engines.process(name).port.to_string();
    let output = Command::new("redis-cli").args(["-c", "-p", &port]).args(command).output().expect("redis-cli");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// WAIT counts the writes of its own connection only, so both go over one.
fn set_and_wait(port: u16) -> String {
    let said = format!("printf 'set {{3}} kept\nwait 1 5000\n' | redis-cli -p {port}");
    let output = Command::new("sh").args(["-c", &said]).output().expect("a shell");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn sql(url: &str, statement: &str) -> String {
    let output = Command::new("psql").args(["-XAtq", url, "-c", statement]).output().expect("psql runs");
    format!("{}{}", String::from_utf8_lossy(&output.stdout).trim(), String::from_utf8_lossy(&output.stderr))
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "{what}: not within {LIMIT:?}");
        thread::sleep(NAP);
    }
}

#[test]
fn a_killed_primary_and_a_killed_master_are_replaced() {
    // Proves: a commit is on the standby, which can be promoted, goes on alone, bears the dead node coming back as a second
    // primary, and gets it as its standby; the replica of a killed Redis master takes its slots with their data, the revived node is a
    // replica, and two that are wiped come back empty.
    let Some(engines) = Engines::start(Redis::Cluster, Postgres::Standby) else { return };
    fail_over_redis(&engines);
    fail_over_postgres(&engines);
}

fn fail_over_redis(engines: &Engines) {
    let killed = engines.redis_master("{3}");
    assert_eq!(set_and_wait(engines.process(&killed).port), "OK\n1\n");
    engines.kill_redis_master("{3}");
    let asked = if killed == "redis-1" { "redis-2" } else { "redis-1" };
    wait_until("a new master", || redis(engines, asked, &["get", "{3}"]) == "kept");
    engines.revive();
    assert_ne!(engines.redis_master("{3}"), killed);
    assert!(redis(engines, &killed, &["role"]).starts_with("slave"));
    engines.wipe_redis("{3}");
    engines.revive();
    assert_eq!(redis(engines, asked, &["get", "{3}"]), "", "both nodes came back empty");
}

fn fail_over_postgres(engines: &Engines) {
    let nodes = engines.database();
    assert_eq!(sql(&nodes[0], "create table kept (a int); insert into kept values (1)"), "");
    wait_until("it is on the standby", || sql(&nodes[1], "select a from kept") == "1");
    assert_eq!(engines.primary(), "pg1");
    engines.kill_primary();
    engines.promote();
    engines.repoint();
    assert_eq!(engines.primary(), "pg2");
    assert_eq!(sql(&nodes[1], "insert into kept values (2)"), "");
    engines.return_old_primary();
    assert_eq!(sql(&nodes[0], "insert into kept values (8); select pg_is_in_recovery()"), "f", "it takes writes");
    engines.reseed();
    assert_eq!(sql(&nodes[1], "show synchronous_standby_names"), "pg1");
    assert_eq!(sql(&nodes[1], "insert into kept values (3)"), "");
    wait_until("it is on the new standby", || sql(&nodes[0], "select sum(a) from kept") == "6");
}

#[test]
fn engines_end_with_whoever_started_them() {
    // Proves: when the watched process is killed, its engines end and their folder goes.
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("engines");
    let mut watched = Command::new("sleep").arg("600").spawn().expect("sleep runs");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/engines.sh");
    let started = Command::new("bash")
        .args([script, "start"])
        .arg(&place)
        .args(["--redis", "single", "--postgres", "none", "--watch", &watched.id().to_string(), "--sweep"])
        .status();
    if started.expect("bash runs").success() {
        assert!(place.join("redis-1.pid").exists());
        watched.kill().expect("it ran");
        watched.wait().expect("it is gone");
        wait_until("the folder goes", || !place.exists());
    }
    // Both calls may find nothing left to do.
    let (_killed, _reaped) = (watched.kill(), watched.wait());
}

async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut near, mut far) = stream.split();
                // The other end may reset.
                let _ended = tokio::io::copy(&mut near, &mut far).await;
            });
        }
    });
    address
}

async fn says(stream: &mut TcpStream, word: &[u8; 4]) -> std::io::Result<[u8; 4]> {
    stream.write_all(word).await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_link_is_cut_silenced_slowed_and_healed() {
    // Proves: silence loses nothing, a cut resets old and new connections, a healed link carries new ones.
    let proxy = Proxy::start(echo().await).await.expect("a proxy");
    let mut stream = TcpStream::connect(proxy.address).await.expect("a connection");
    assert_eq!(&says(&mut stream, b"open").await.expect("it passes"), b"open");
    proxy.set(Link::Silent);
    assert!(timeout(SILENCE, says(&mut stream, b"hush")).await.is_err());
    proxy.set(Link::Slow(SILENCE));
    let mut answer = [0; 4];
    let begun = Instant::now();
    stream.read_exact(&mut answer).await.expect("it comes late");
    assert!(&answer == b"hush" && begun.elapsed() >= SILENCE);
    proxy.set(Link::Cut);
    assert!(stream.read_exact(&mut answer).await.is_err());
    let mut fresh = TcpStream::connect(proxy.address).await.expect("taken, then reset");
    assert!(says(&mut fresh, b"fail").await.is_err());
    proxy.heal();
    let mut healed = TcpStream::connect(proxy.address).await.expect("a connection");
    assert_eq!(&says(&mut healed, b"back").await.expect("it passes"), b"back");
}
