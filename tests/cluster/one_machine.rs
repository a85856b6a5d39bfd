//! What one machine makes of the same hours: the reference.

use super::{child::muckwatch, policy, run::Plan, verdict};
use muckwatch::{
    clock::{Clock, ClockWish},
    model::time::{Span, Timestamp},
};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::Command,
    time::{sleep, timeout},
};

/// Seed of the district and its day.
pub(crate) const SEED: &str = "7";
/// The day.
pub(crate) const DATE: &str = "2026-11-23";
/// Its begin.
pub(crate) const MIDNIGHT: &str = "2026-11-23T00:00:00+08:00";
/// After the last frame came the clock must have gone on so far: rows of trucks that fell silent have ended then.
pub(crate) const PAST_THE_END: Span = Span::from_secs(1800);
/// The reference plays fast.
const FACTOR: f64 = 1200.0;
/// Its clock begins so long before the day: the change of policy must be told before it holds, and a start takes seconds.
const HEAD_START: Span = Span::from_secs(3 * 3600);
/// Five ticks of the reference, one a second of wall time: one of them falls past the end however busy the machine is.
const TICKS: Span = Span::from_secs(5 * 1200);
/// Longest wait for any one thing.
const LIMIT: Duration = Duration::from_mins(3);
/// Longest a request may take.
const REQUEST: Duration = Duration::from_secs(2);

/// When the played stretch ends.
pub(crate) fn end(hours: i64) -> Timestamp {
    Timestamp::parse(MIDNIGHT).expect("a time") + Span::from_secs(3600 * hours)
}

/// `muckwatch simulate` for the stretch of a plan.
pub(crate) fn simulate(plan: &Plan, terminals: SocketAddr, pages: SocketAddr, acknowledged: &Path) -> Command {
    let mut command = muckwatch("KILL");
    command.args(["simulate", "--seed", SEED, "--day", DATE, "--from", MIDNIGHT, "--to", &end(plan.hours).to_string()]);
    command.args(["--server", &terminals.to_string(), "--api", &format!("http://{pages}"), "--acknowledged"]);
    command.arg(acknowledged);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Writes the district's ledger.
pub(crate) async fn write_ledger(folder: &Path) {
    let mut command = muckwatch("KILL");
    command.args(["simulate", "--seed", SEED, "--day", DATE, "--write-ledger"]).arg(folder);
    assert!(command.stdout(Stdio::null()).status().await.expect("it runs").success());
}

/// Plays the stretch on one machine, with the same change of policy; its canonical list, one JSON object an episode.
pub(crate) async fn canonical(plan: &Plan, folder: &Path, ledger: &Path) -> Vec<String> {
    let data = folder.join("one-machine");
    fs::create_dir(&data).expect("a folder");
    let start = end(0) - HEAD_START;
    Clock::open(&data, ClockWish::Scaled { start, factor: FACTOR }).expect("a clock");
    policy::set("--data", &data, plan.hours).await.expect("a change of policy");
    let mut command = muckwatch("KILL");
    command.args(["serve", "--gateway", "127.0.0.1:0", "--api", "127.0.0.1:0", "--clock-start", &start.to_string()]);
    command.args(["--clock-factor", &FACTOR.to_string(), "--data"]).arg(&data).arg("--ledger").arg(ledger);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let mut address = async |mark: &str| loop {
        let line = timeout(LIMIT, lines.next_line()).await.expect("in time").expect("readable").expect("it runs");
        if line.contains(mark) {
            let word = line.rsplit(' ').next().unwrap_or_default();
            return word.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
        }
    };
    let terminals = address("terminals connect to").await;
    let pages = address("pages:").await;
    let played = simulate(plan, terminals, pages, &folder.join("one-machine.ndjson")).output().await.expect("it runs");
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    // On a busy machine the last frames come long after their time.
    let over = until_clock(pages, end(plan.hours)).await;
    until_clock(pages, over + PAST_THE_END + TICKS).await;
    let id = server.id().expect("it runs").to_string();
    assert!(Command::new("kill").arg(id).status().await.expect("kill runs").success());
    assert!(timeout(LIMIT, server.wait()).await.expect("in time").expect("a child").success());
    let mut replay = muckwatch("KILL");
    let output = replay.args(["replay", "--list", "--data"]).arg(&data).output().await.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    verdict::lines(&String::from_utf8_lossy(&output.stdout))
}

/// Waits until the clock of the pages' process shows that time or more; what it shows then.
pub(crate) async fn until_clock(pages: SocketAddr, at: Timestamp) -> Timestamp {
    let begun = Instant::now();
    loop {
        match clock(pages).await {
            Some(now) if now >= at => return now,
            _ => assert!(begun.elapsed() < LIMIT, "the clock does not reach {at}"),
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// The clock of the pages' process.
pub(crate) async fn clock(pages: SocketAddr) -> Option<Timestamp> {
    let answer: serde_json::Value = serde_json::from_str(&get(pages, "/api/v1/clock").await?).ok()?;
    answer["now_ms"].as_i64().map(Timestamp::from_millis)
}

/// The body of a page; `None` when it does not come in time or is an error.
pub(crate) async fn get(pages: SocketAddr, path: &str) -> Option<String> {
    timeout(REQUEST, fetch(pages, path)).await.ok()?.ok()?
}

async fn fetch(pages: SocketAddr, path: &str) -> std::io::Result<Option<String>> {
    let mut stream = TcpStream::connect(pages).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {pages}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    let good = text.starts_with("HTTP/1.1 200");
    Ok(text.split_once("\r\n\r\n").filter(|_| good).map(|(_, body)| body.to_owned()))
}
