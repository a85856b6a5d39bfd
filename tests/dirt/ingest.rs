//! Every file through the real binary, in its own order: the bus file jumps by hours, forwards and backwards.

use crate::{core, outliers, places, stays, traces::Trace, wire};
use muckwatch::{
    app::{house::House, ledger::revise},
    clock::ClockWish,
    config::Config,
    engine::canonical::Canonical,
    model::ledger::Ledger,
    track::quality::Quality,
};
use serde_json::json;
use std::{fmt::Write, fs, path::Path, process::Command};

#[test]
fn the_binary_finds_what_the_definition_says() {
    // Proves: `ingest` of the file's order, with its late lane, savepoints and re-judgements, ends in the canonical list that
    // one fold over the sorted set gives; `replay` agrees; nothing of the capture is lost.
    let Some(trace) = Trace::read("capmetro_austin_bus") else { return };
    assert!(agrees(&trace) > 100, "the buses' stays are found");
}

#[test]
fn the_other_files_go_through_the_binary_too() {
    // Proves: the same of the car with impossible dates, of the canyon, and of the taxis with their bursts and twins.
    for name in ["rsk_ev", "smartloc_berlin_canyon", "cabspotting_sf"] {
        let Some(trace) = Trace::read(name) else { return };
        say!("{name}: {} episodes", agrees(&trace));
    }
}

/// Takes a file in through the binary and compares with the definition; gives the number of episodes.
fn agrees(trace: &Trace) -> usize {
    let (innocent, stood) = (outliers::innocent_places(trace), stays::real_stays(trace));
    let ledger = places::with_places(trace, &innocent, &places::site_middles(&stood));
    let arrivals = wire::arrivals(trace, wire::Delivery::AsFiled);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (data, captures) = (folder.path().join("data"), folder.path().join("captures.jsonl"));
    prepare(&data, &ledger);
    fs::write(&captures, lines(&arrivals)).expect("captures");

    let (listed, told) = muckwatch(&["ingest", "--list", &text(&captures), "--data", &text(&data)]);
    say!("{told}");
    let expected = format!("{} 行 (lines), {} 帧入库", arrivals.len(), arrivals.len());
    assert!(told.contains(&expected), "a capture of {} frames: {told}", arrivals.len());
    let fixes = core::gated(ledger.clone(), &arrivals);
    let good = fixes.iter().filter(|(_, quality)| *quality == Quality::Good).count();
    assert!(
        told.contains(&format!("{good}  good ")),
        "{}: {good} of {} positions are good: {told}",
        trace.name,
        fixes.len()
    );
    let found: Vec<Canonical> = listed.lines().map(|line| serde_json::from_str(line).expect("an episode")).collect();
    let definition = core::verdict(ledger, None, &arrivals);
    for (number, (one, other)) in found.iter().zip(&definition).enumerate() {
        assert_eq!(one, other, "{}: episode {number}", trace.name);
    }
    assert_eq!(found.len(), definition.len(), "{}: episodes", trace.name);
    let (said, _) = muckwatch(&["replay", "--data", &text(&data)]);
    assert!(said.contains(&format!("{} episodes", found.len())), "{}: replay: {said}", trace.name);
    found.len()
}

/// A data folder of the given clock with a ledger in it.
fn prepare(data: &Path, ledger: &Ledger) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let config = Config { data: data.to_path_buf(), ..Config::default() };
        let house = House::open(&config, ClockWish::Given).await.expect("a data folder");
        revise(&house, ledger, "test").await.expect("the first revision");
        tokio::task::spawn_blocking(move || house.close()).await.expect("closed");
    });
}

fn lines(arrivals: &[wire::Arrival]) -> String {
    arrivals.iter().fold(String::new(), |mut text, arrival| {
        let hex = arrival.raw.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("a String takes everything");
            hex
        });
        let line = json!({ "received": arrival.received.as_millis(), "connection": arrival.connection, "hex": hex });
        writeln!(text, "{line}").expect("a String takes everything");
        text
    })
}

/// Runs the binary; gives its stdout and stderr.
fn muckwatch(args: &[&str]) -> (String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_muckwatch")).args(args).output().expect("the binary runs");
    let (out, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{args:?}: {said}");
    (out.into_owned(), said.into_owned())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
