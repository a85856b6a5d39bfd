//! Judging, fixes a second of one core (processor time): 10,000 terminals, frames in the order they would come.
//!
//! `cargo bench --no-default-features --bench judging`
//!
//! Beside it the limit (reading the frames and nothing else), and a rival: what a position alone would cost if every shape of
//! the district were asked about it.

#[path = "fleet/mod.rs"]
mod fleet;

use fleet::{EVERY_S, Fleet, ROUTE_POINTS};
use muckwatch::{
    engine::{Engine, output::Outputs},
    geo::fence::Fence,
    intake,
    model::{
        fix::SessionTrust,
        ids::{ConnectionId, Revision, Seq},
        input::{Event, Input, LedgerRevision, RawFrame},
        ledger::Ledger,
        place::Wgs84,
        time::Timestamp,
    },
};
use std::{hint::black_box, sync::Arc};

const TERMINALS: usize = 10_000;
const FIXES: usize = 60;
const START_MS: i64 = 1_795_500_000_000;

fn frame(number: usize, step: usize, place: Wgs84) -> RawFrame {
    let at_ms = START_MS + i64::try_from(step).expect("small") * EVERY_S * 1000;
    let raw = fleet::position(number, place, at_ms);
    RawFrame { connection: ConnectionId(number as u64), session: SessionTrust::Authenticated, raw }
}

fn inputs(roads: &[Vec<Wgs84>]) -> Vec<Input> {
    let mut list = Vec::with_capacity(TERMINALS * FIXES + FIXES);
    for step in 0..FIXES {
        list.extend(
            roads.iter().enumerate().map(|(number, road)| Event::Frame(frame(number, step, road[step % ROUTE_POINTS]))),
        );
        list.push(Event::Tick);
    }
    let per_step = TERMINALS as u64 + 1;
    let received = |place: u64| {
        Timestamp::from_millis(START_MS + i64::try_from(place / per_step).expect("small") * EVERY_S * 1000 + 500)
    };
    (0..).zip(list).map(|(place, event)| Input { seq: Seq(place + 2), received: received(place), event }).collect()
}

/// Processor seconds of this thread so far: on a shared machine the wall says little. Linux only.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux with scheduler statistics");
    let nanos: f64 = text.split(' ').next().and_then(|first| first.parse().ok()).expect("nanoseconds on the processor");
    nanos / 1e9
}

fn rate(what: &str, count: usize, seconds: f64) {
    #[expect(clippy::cast_precision_loss, reason = "a count of fixes")]
    let count = count as f64;
    println!("{what:<44} {:>10.0} fixes/s   {:>7.2} µs each", count / seconds, seconds / count * 1e6);
}

/// Reading and digesting, nothing else.
fn limit(inputs: &[Input]) {
    let begun = cpu_s();
    for input in inputs {
        if let Event::Frame(raw) = &input.event {
            black_box(intake::read(input, raw).expect("a frame"));
        }
    }
    rate("limit: read the frame, digest its body", TERMINALS * FIXES, cpu_s() - begun);
}

/// Every shape asked about every position.
fn rival(ledger: &Ledger, roads: &[Vec<Wgs84>]) {
    let areas = ledger.sites.iter().map(|site| &site.area).chain(ledger.zones.iter().map(|zone| &zone.area));
    let shapes: Vec<Fence> = areas.map(|area| Fence::new(area).expect("a square")).collect();
    let (begun, sample) = (cpu_s(), 1000);
    for place in roads.iter().take(sample).flatten() {
        black_box(shapes.iter().map(|shape| shape.signed_distance(*place).0).fold(f64::MIN, f64::max));
    }
    rate("rival: every site and zone asked, no rules", sample * ROUTE_POINTS, cpu_s() - begun);
}

fn compiled(ledger: Ledger) -> Engine {
    let begun = cpu_s();
    let mut engine = Engine::new();
    let revision = LedgerRevision { revision: Revision(1), author: String::new(), ledger };
    let received = Timestamp::from_millis(START_MS);
    let first = Input { seq: Seq(1), received, event: Event::LedgerRevised(Arc::new(revision)) };
    engine.apply(&first, &mut Outputs::default()).expect("a ledger");
    println!("{:<44} {:>10.1} ms", format!("compile a ledger of {TERMINALS} trucks"), (cpu_s() - begun) * 1e3);
    engine
}

fn judged(engine: &mut Engine, inputs: &[Input]) {
    let (mut out, mut changes, mut saving) = (Outputs::default(), 0, 0.0);
    let begun = cpu_s();
    for input in inputs {
        engine.apply(input, &mut out).expect("applies");
        if input.event == Event::Tick {
            changes += out.episodes.len();
            let before = cpu_s();
            let states = out.dirty.iter().filter_map(|terminal| engine.state(*terminal));
            black_box(states.map(|state| state.len()).sum::<usize>());
            saving += cpu_s() - before;
            out = Outputs::default();
        }
    }
    rate("judging: read, order, fold, rules, rows", TERMINALS * FIXES, cpu_s() - begun - saving);
    #[expect(clippy::cast_precision_loss, reason = "a small count")]
    let once = saving * 1e3 / FIXES as f64;
    println!("{:<44} {once:>10.1} ms   ({changes} row changes in all)", "writing all states, once");
    let bytes: usize = engine.terminals().filter_map(|terminal| engine.state(terminal)).map(|state| state.len()).sum();
    println!("{:<44} {:>10} bytes", "state of a terminal, mean", bytes / TERMINALS);
}

fn main() {
    let Fleet { ledger, roads } = Fleet::draw(TERMINALS);
    let inputs = inputs(&roads);
    limit(&inputs);
    rival(&ledger, &roads);
    let mut engine = compiled(ledger);
    judged(&mut engine, &inputs);
}
