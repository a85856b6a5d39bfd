//! The rules' numbers change in the middle of every stretch, by the command an operator uses: announced early, while faults happen, and
//! in force from one moment of the day on, here and on the one machine.

use super::{
    child::muckwatch,
    one_machine::{end, until_clock},
};
use muckwatch::model::time::Span;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// What is changed, of rules that the stretch breaks.
const CHANGES: &str = "[unknown_terminal.params]\nmoving_kmh = 15.0\n[unapproved_loading.params]\nnear_m = 35.0\n\
    [off_route.params]\nout_m = 100.0\n[outside_window.params]\nmoving_kmh = 8.0\n";
/// When it is announced in a house, counted from the begin of the stretch: the first faults happen then.
const ANNOUNCED: Span = Span::from_secs(420);
/// Longest it may take until it is accepted, and longest one attempt may take.
const LIMIT: Duration = Duration::from_mins(1);
/// Between two attempts.
const NAP: Duration = Duration::from_millis(200);

/// Announces it to a running house and repeats that, as an operator does, until the store has it.
pub(crate) async fn announce(pages: SocketAddr, settings: &Path, hours: i64) {
    until_clock(pages, end(0) + ANNOUNCED).await;
    let begun = Instant::now();
    while let Err(why) = set("--config", settings, hours).await {
        assert!(begun.elapsed() < LIMIT, "the policy is not accepted within {LIMIT:?}: {why}");
        println!("  the policy again: {}", why.trim());
        sleep(NAP).await;
    }
}

/// Puts it in force of an installation, named by its settings or its folder, from the middle of the stretch on.
pub(crate) async fn set(named_by: &str, installation: &Path, hours: i64) -> Result<(), String> {
    let file = installation.with_extension("policy");
    fs::write(&file, CHANGES).expect("a file");
    let from = (end(0) + Span::from_secs(1800 * hours)).to_string();
    let mut command = muckwatch("KILL");
    command.args(["policy", "set", "--author", "test", "--from", &from, named_by]).arg(installation).arg(&file);
    let output = timeout(LIMIT, command.output()).await.map_err(|_| "no answer".to_owned())?.expect("it runs");
    output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What a line of a list says of its rule and of the numbers it was judged by.
#[derive(Debug, Deserialize)]
struct Judged {
    rule: String,
    parameter_hash: String,
}

/// Fails when no rule of the list was judged by the numbers before and by those after.
pub(crate) fn assert_both(list: &[String]) {
    let mut numbers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in list {
        let judged: Judged = serde_json::from_str(line).expect("a line of a list");
        numbers.entry(judged.rule).or_default().insert(judged.parameter_hash);
    }
    assert!(numbers.values().any(|hashes| hashes.len() > 1), "one policy judged everything: {list:?}");
}
