//! One run: a house is founded, the stretch is played into it, faults happen, everything comes to rest, and then it is asked.

use super::{
    acknowledged,
    faults::{self, Kind},
    house::{House, OPERATOR},
    one_machine, policy,
    service::{self, Standstill, Window},
};
use engines::Engines;
use muckwatch::{clock::wall_now, model::time::Span, sim::dice::Dice};
use std::{path::Path, time::Duration};
use tokio::{process::Child, sync::OnceCell, time::timeout};

/// Longest time the play may take beyond its stretch.
const PLAY_LIMIT: Duration = Duration::from_mins(10);

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Name of the run and of its house.
    pub(crate) name: String,
    /// Simulated hours from midnight on.
    pub(crate) hours: i64,
    /// Seconds of the day a second.
    pub(crate) factor: f64,
    /// What chance is drawn from.
    pub(crate) seed: u64,
    /// What happens, in this order.
    pub(crate) faults: Vec<Kind>,
}

/// What a fault cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) kind: Kind,
    pub(crate) standstill: Standstill,
}

/// Runs the plan; panics when anything is lost, twice or different.
pub(crate) async fn run(engines: &Engines, plan: &Plan) -> Vec<Outcome> {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = folder.path().join("ledger");
    one_machine::write_ledger(&ledger).await;
    let reference = reference(plan, folder.path(), &ledger).await;
    let mut house = House::start(engines, plan, folder.path(), &ledger).await;
    let watch = service::Watch::start(house.pages(), house.heads());
    let list = folder.path().join("acknowledged.ndjson");
    let played = one_machine::simulate(plan, house.terminals(), house.pages(), &list).spawn().expect("it runs");
    let (pages, settings) = (house.pages(), folder.path().join(OPERATOR));
    let (happened, ()) = tokio::join!(faults(&mut house, plan), policy::announce(pages, &settings, plan.hours));
    finished(played).await;
    house.settle(house.now().max(one_machine::end(plan.hours)) + one_machine::PAST_THE_END).await;
    let seen = watch.stop();
    let frames = acknowledged::read(&list);
    house.agrees_with(reference).await;
    assert!(frames.len() > 1_000, "a stretch in which something was acknowledged: {}", frames.len());
    let lost = acknowledged::lost(&frames, &house.recorded().await);
    assert!(lost.is_empty(), "of {} acknowledged frames these are lost: {lost:?}", frames.len());
    println!(
        "{}: {} frames acknowledged, 0 lost; {} episodes as on one machine",
        plan.name,
        frames.len(),
        reference.len()
    );
    house.stop().await;
    let end = wall_now().as_millis();
    let until = |place: usize| happened.get(place + 1).map_or(end, |next| next.begun_ms);
    let outcome = |(place, fault): (usize, &Happened)| {
        let window = Window { from_ms: fault.counted_ms, until_ms: until(place) };
        Outcome { kind: fault.kind, standstill: service::standstill(&frames, &seen, window) }
    };
    happened.iter().enumerate().map(outcome).collect()
}

/// A fault that was, wall time, ms UTC.
#[derive(Clone, Copy, Debug)]
struct Happened {
    kind: Kind,
    begun_ms: i64,
    /// From when on the standstill is the house's.
    counted_ms: i64,
}

/// What one machine finds in the stretch, played once a test binary.
async fn reference(plan: &Plan, folder: &Path, ledger: &Path) -> &'static [String] {
    static REFERENCE: OnceCell<Vec<String>> = OnceCell::const_new();
    let found = REFERENCE.get_or_init(|| one_machine::canonical(plan, folder, ledger)).await;
    assert!(found.len() > 10, "a stretch with something in it: {found:?}");
    policy::assert_both(found);
    found
}

/// Lets the faults happen at drawn times of the stretch, one after the other.
async fn faults(house: &mut House<'_>, plan: &Plan) -> Vec<Happened> {
    let mut dice = Dice::new(plan.seed, "faults");
    let mut moments: Vec<i64> = plan.faults.iter().map(|_| dice.whole(300, 3300 * plan.hours)).collect();
    moments.sort_unstable();
    let mut happened = Vec::new();
    for (kind, second) in plan.faults.iter().zip(moments) {
        one_machine::until_clock(house.pages(), one_machine::end(0) + Span::from_secs(second)).await;
        house.check();
        println!("  {second} s into the stretch: {}", kind.words());
        let begun_ms = wall_now().as_millis();
        let counted_ms = faults::inject(house, *kind, &mut dice).await;
        happened.push(Happened { kind: *kind, begun_ms, counted_ms });
    }
    happened
}

async fn finished(played: Child) {
    let output = timeout(PLAY_LIMIT, played.wait_with_output()).await.expect("the play ends").expect("a child");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}
