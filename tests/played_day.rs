//! The real binary, a simulated day over TCP, a kill in the middle, the record replayed.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

const SEED: &str = "7";
const DATE: &str = "2026-11-23";
const START: &str = "2026-11-23T00:00:00+08:00";
/// The day in 72 s.
const FACTOR: f64 = 1200.0;
const RULES: [&str; 7] = [
    "company_without_approval",
    "no_approval",
    "off_route",
    "outside_window",
    "unapproved_loading",
    "unknown_terminal",
    "yellow_zone",
];
/// Longest wait for a server to listen.
const UP: Duration = Duration::from_mins(1);

fn muckwatch() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muckwatch"));
    command.env_remove("RUST_LOG");
    command
}

/// A server process with the addresses it printed.
struct Server {
    child: Child,
    gateway: SocketAddr,
    api: SocketAddr,
}

impl Server {
    fn start(data: &Path, ledger: &Path, gateway: &str, api: &str) -> Self {
        let mut command = muckwatch();
        command.arg("serve").arg("--data").arg(data).arg("--ledger").arg(ledger);
        command.args([
            "--gateway",
            gateway,
            "--api",
            api,
            "--clock-start",
            START,
            "--clock-factor",
            &FACTOR.to_string(),
        ]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let begun = Instant::now();
        let (mut terminals, mut pages) = (None, None);
        while terminals.is_none() || pages.is_none() {
            assert!(begun.elapsed() < UP, "the server did not say where it listens");
            let line = lines.next().expect("the server ended at its start").expect("text");
            let address = line.rsplit(' ').next().map(|word| word.trim_start_matches("http://").trim_end_matches('/'));
            let address: Option<SocketAddr> = address.and_then(|word| word.parse().ok());
            if line.contains("terminals connect to") {
                terminals = address;
            } else if line.contains("pages:") {
                pages = address;
            }
        }
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, gateway: terminals.expect("said"), api: pages.expect("said") }
    }

    /// Ends it as a power cut ends a process.
    fn kill(mut self) {
        self.child.kill().expect("a running server");
        self.child.wait().expect("a dead server");
    }

    /// Asks it to stop and waits until it has.
    fn stop(mut self) {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "the server did not end cleanly: {status}");
    }
}

fn simulate(server: &Server, out: &Path) -> Command {
    let mut command = muckwatch();
    command.args(["simulate", "--seed", SEED, "--day", DATE, "--score"]).arg("--out").arg(out);
    command.arg("--server").arg(server.gateway.to_string()).arg("--api").arg(format!("http://{}", server.api));
    command
}

fn said(what: &str, output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{what}: {}\n{stdout}\n{stderr}", output.status);
    stdout
}

/// The record folded anew: the command itself fails when the list differs from what was found live.
fn replayed(data: &Path) -> String {
    said("replay", &muckwatch().args(["replay", "--list", "--data"]).arg(data).output().expect("replay runs"))
}

/// Plays the whole day into one server that lives through it.
fn straight(folder: &Path, ledger: &Path) -> String {
    let data = folder.join("straight");
    let server = Server::start(&data, ledger, "127.0.0.1:0", "127.0.0.1:0");
    let output = simulate(&server, &folder.join("played-straight")).output().expect("the simulator runs");
    let table = said("a straight day", &output);
    println!("{table}");
    for rule in RULES {
        let firm = table.lines().any(|line| line.starts_with(rule) && line.contains(" A/B "));
        assert!(firm, "{rule} was never more than a lead");
    }
    server.stop();
    replayed(&data)
}

/// Plays the same day into a server that is killed half-way and started again on its folder and addresses.
fn broken(folder: &Path, ledger: &Path) -> String {
    let data = folder.join("broken");
    let mut server = Server::start(&data, ledger, "127.0.0.1:0", "127.0.0.1:0");
    let mut played = simulate(&server, &folder.join("played-broken")).stdout(Stdio::piped()).spawn().expect("it runs");
    for part in [0.4, 0.25] {
        thread::sleep(Duration::from_secs_f64(86_400.0 / FACTOR * part));
        assert!(played.try_wait().expect("a child").is_none(), "the day was over before the kill");
        let (gateway, api) = (server.gateway.to_string(), server.api.to_string());
        server.kill();
        server = Server::start(&data, ledger, &gateway, &api);
    }
    println!("{}", said("a day with two kills", &played.wait_with_output().expect("it ends")));
    server.stop();
    replayed(&data)
}

#[test]
fn a_played_day_is_judged_as_it_was_and_survives_kills() {
    // Proves: over real TCP the API's findings are the truth's, and a straight run, a run with two kills -9 and the replay of
    // either record end in one canonical list.
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger");
    let written = muckwatch().args(["simulate", "--seed", SEED, "--day", DATE, "--write-ledger"]).arg(&ledger).output();
    said("the ledger", &written.expect("it runs"));
    assert!(fs::metadata(ledger.join("vehicles.csv")).is_ok());
    let (one, two) = thread::scope(|scope| {
        let one = scope.spawn(|| straight(folder.path(), &ledger));
        let two = scope.spawn(|| broken(folder.path(), &ledger));
        (one.join().expect("the straight day"), two.join().expect("the broken day"))
    });
    assert!(one.lines().count() > 40, "{one}");
    assert_eq!(one, two);
}
