//! Fittings that move between shards: two trucks swap their devices, and each shard follows at its own pace.

use super::{Morning, shards::numbered};
use async_trait::async_trait;
use muckwatch::{
    engine::{canonical::Canonical, judge::judge},
    intake,
    model::{
        ids::{GatewayNumber, Seq, TerminalId, VehicleId},
        input::{Event, Input, LedgerRevision},
        ledger::Ledger,
        shard::{Shard, Shards},
        time::{Span, Timestamp},
    },
    record::{RecordError, recorded::Recorded},
    rules::observation::Subject,
    store::ledger::LedgerStore,
    worker::{Worker, WorkerConfig, WorkerParts},
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// No shard may wait for another so long.
const LIMIT: Duration = Duration::from_secs(20);
/// Ticks until a revision is followed.
const TICKS: i64 = 3;

/// The copied record: everything the gateways have.
#[derive(Debug)]
struct Copied(Vec<Input>);

#[async_trait]
impl Recorded for Copied {
    async fn frames_of(
        &self,
        terminal: TerminalId,
        _: Timestamp,
        _: Timestamp,
        _: usize,
    ) -> Result<Vec<Input>, RecordError> {
        Ok(self.0.iter().filter(|input| sender(input) == Some(terminal)).cloned().collect())
    }

    async fn frame(&self, _: Seq) -> Result<Option<Input>, RecordError> {
        Ok(None)
    }

    async fn inputs_of(&self, _: Shard, _: GatewayNumber, _: u64, _: u64, _: usize) -> Result<Vec<Input>, RecordError> {
        Ok(Vec::new())
    }

    async fn heads(&self) -> Result<Vec<(GatewayNumber, u64)>, RecordError> {
        Ok((1..=3).map(|gateway| (GatewayNumber(gateway), Seq::NUMBER_MAX)).collect())
    }
}

fn sender(input: &Input) -> Option<TerminalId> {
    if let Event::Frame(frame) = &input.event { intake::sender(&frame.raw) } else { None }
}

/// Who follows a revision first.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// One shard is through before the other begins.
    After([usize; 2]),
    /// Tick by tick, in turn.
    Alternating,
    /// Both at once.
    Together,
}

/// Two shards, each with its worker.
struct House {
    morning: Morning,
    workers: [Worker; 2],
    shards: Shards,
    ledger: Ledger,
    inputs: Vec<Input>,
}

impl House {
    /// The whole morning judged.
    async fn found() -> Self {
        let (morning, shards) = (Morning::record().await, Shards::new(2).expect("a count"));
        let inputs = numbered(&morning);
        let record: Arc<dyn Recorded> = Arc::new(Copied(inputs.clone()));
        let parts = |shard| WorkerParts {
            shard: Shard(shard),
            fence: None,
            counters: None,
            store: morning.store.clone(),
            record: Arc::clone(&record),
            live: None,
            config: WorkerConfig::default(),
        };
        let restored = async |shard| Worker::restore(parts(shard)).await.expect("restored");
        let workers = [restored(0).await, restored(1).await];
        let ledger = ledger_of(&inputs);
        let mut house = Self { morning, workers, shards, ledger, inputs: Vec::new() };
        house.judge(inputs, Order::After([0, 1])).await;
        house
    }

    /// Each shard judges and commits what is its own.
    async fn judge(&mut self, inputs: Vec<Input>, order: Order) {
        let shards = self.shards;
        let [one, two] = [0, 1].map(|shard| {
            let is_mine = |input: &&Input| sender(input).is_none_or(|terminal| shards.of(terminal) == Shard(shard));
            inputs.iter().filter(is_mine).cloned().collect::<Vec<_>>()
        });
        self.inputs.extend(inputs);
        let parts = [one, two];
        let all = async {
            match order {
                Order::After(order) => {
                    for shard in order {
                        take(&mut self.workers[shard], &parts[shard]).await;
                    }
                }
                Order::Alternating => {
                    for (one, two) in parts[0].iter().zip(&parts[1]) {
                        take(&mut self.workers[0], std::slice::from_ref(one)).await;
                        take(&mut self.workers[1], std::slice::from_ref(two)).await;
                    }
                }
                Order::Together => {
                    let [one, two] = &mut self.workers;
                    tokio::join!(take(one, &parts[0]), take(two, &parts[1]));
                }
            }
        };
        timeout(LIMIT, all).await.unwrap_or_else(|_| panic!("{order:?}: a shard waits for another"));
    }

    /// The two devices change trucks, for all times; then some ticks.
    async fn swap(&mut self, devices: [TerminalId; 2], order: Order) {
        let place = |terminal| self.ledger.fittings.iter().position(|fitting| fitting.terminal == terminal);
        let [one, two] = devices.map(|terminal| place(terminal).expect("a fitting"));
        let vehicles = [one, two].map(|place| self.ledger.fittings[place].vehicle.clone());
        [self.ledger.fittings[two].vehicle, self.ledger.fittings[one].vehicle] = vehicles;
        let last = self.inputs.iter().map(|input| input.received).max().expect("a morning");
        let entry = self.morning.store.import(&self.ledger, "test", last).await.expect("imported").entry;
        let (revision, author) = (entry.revision, entry.author);
        let revised = LedgerRevision { revision, author, ledger: self.ledger.clone() };
        let said = self.inputs.iter().filter(|input| input.seq.gateway() == GatewayNumber::CONTROL).count() as u64;
        let events = [Event::LedgerRevised(Arc::new(revised))].into_iter().chain((0..TICKS).map(|_| Event::Tick));
        let control = |(place, event): (u64, Event)| Input {
            seq: Seq::of(GatewayNumber::CONTROL, said + 1 + place),
            received: last + Span::from_secs(60 * (1 + place.cast_signed())),
            event,
        };
        self.judge((0..).zip(events).map(control).collect(), order).await;
    }
}

async fn take(worker: &mut Worker, inputs: &[Input]) {
    worker.take(inputs).await.expect("judged");
    worker.commit().await.expect("committed");
}

fn ledger_of(inputs: &[Input]) -> Ledger {
    let first = inputs.iter().find_map(|input| match &input.event {
        Event::LedgerRevised(revised) => Some(revised.ledger.clone()),
        _ => None,
    });
    first.expect("the morning's ledger")
}

/// The devices of two trucks on different shards that were found in one matter at one time.
fn pair(expected: &[Canonical], ledger: &Ledger, shards: Shards) -> [TerminalId; 2] {
    let device = |subject: &Subject| match subject {
        Subject::Vehicle(vehicle) => main_device(ledger, vehicle),
        Subject::Terminal(_) => None,
    };
    for one in expected {
        for other in expected {
            let together = one.start < other.end.unwrap_or(Timestamp::FOREVER)
                && other.start < one.end.unwrap_or(Timestamp::FOREVER);
            let (Some(mine), Some(theirs)) = (device(&one.subject), device(&other.subject)) else { continue };
            let matter = (one.rule, &one.object) == (other.rule, &other.object);
            if together && matter && shards.of(mine) != shards.of(theirs) {
                return [mine, theirs];
            }
        }
    }
    panic!("no two trucks in one matter at one time: {expected:?}");
}

fn main_device(ledger: &Ledger, vehicle: &VehicleId) -> Option<TerminalId> {
    let mut fittings = ledger.fittings.iter().filter(|fitting| fitting.vehicle == *vehicle);
    fittings.next().map(|fitting| fitting.terminal)
}

#[tokio::test(flavor = "multi_thread")]
async fn trucks_that_swap_devices_of_two_shards_hold_up_nobody() {
    // Proves: whichever shard follows the ledger first, or both at once, none waits for another, though for a moment both have one
    // truck's finding; in the end the rows are what one engine makes of it.
    let mut house = House::found().await;
    let found = house.morning.found().await;
    assert_eq!(found, house.morning.expected);
    let devices = pair(&found, &house.ledger, house.shards);
    for order in [Order::After([0, 1]), Order::After([1, 0]), Order::Alternating, Order::Together] {
        house.swap(devices, order).await;
        assert_eq!(house.morning.found().await, judge(&house.inputs).expect("usable"), "{order:?}");
    }
}
