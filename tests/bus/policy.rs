//! A policy that changes in the middle of a day.

use crate::{
    Which,
    engines::{Bus, Commits, Worker, blocking, new_house},
    sample::until,
    scene::{Journal, Scene, frame, revision, worker::Bench},
};
use muckwatch::{
    bus::{
        entry::{Control, Entry},
        publish::Publish,
        redis::publish::RedisPublish,
        unpack::Standing,
    },
    engine::{canonical::Canonical, judge::judge},
    model::{
        cursor::Cursor,
        ids::{GatewayNumber, PolicyRevision, Revision, Seq},
        input::{Event, Input},
        shard::Shard,
        time::{Span, Timestamp},
    },
    record::NewInput,
    rules::{Policy, RuleId},
    store::{
        ledger::LedgerStore,
        policies::{Enacted, NewPolicy, PolicyStore, StoredPolicy},
    },
};
use std::sync::Arc;

/// When the change is heard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Before the first fix for which it holds.
    InTime,
    /// After the last: its entries were lost.
    Late,
}

/// A truck that leaves its route once an hour, for four hours.
fn scene() -> Scene {
    let mut legs = Vec::new();
    for trip in 0..4_i64 {
        let mut leg = |from: i64, to: i64, a: [i64; 2], b: [i64; 2], load: &str| {
            let seconds = [trip * 3600 + from, trip * 3600 + to];
            legs.push(serde_json::json!({ "s": seconds, "every_s": 10, "from": a, "to": b, "load": load }));
        };
        leg(0, 200, [0, 0], [0, 0], "empty");
        leg(210, 400, [0, 0], [0, 0], "full");
        leg(410, 610, [0, 0], [5000, 900], "full");
        leg(620, 1000, [5000, 900], [8000, 900], "full");
        leg(1010, 1200, [8000, 900], [9900, 0], "full");
        leg(1210, 1500, [10_000, 0], [10_000, 0], "empty");
        leg(1510, 2500, [10_000, 0], [100, 0], "empty");
    }
    serde_json::from_value(serde_json::json!({
        "what": "four trips", "zero": "2026-11-24T06:00:00+08:00", "legs": legs, "expect": [],
        "ledger": {
            "sites": [{ "id": "S1", "sw": [-100, -100], "ne": [100, 100] }],
            "disposal_sites": [{ "id": "D1", "sw": [9900, -100], "ne": [10100, 100] }],
            "approvals": [{ "id": "A1", "load_site": "S1", "disposal_site": "D1", "route": [[0, 0], [10000, 0]] }],
        },
    }))
    .unwrap()
}

/// One day, its change at half past eight, and what one machine that heard it in time says.
struct Day {
    scene: Scene,
    frames: Vec<NewInput>,
    order: NewPolicy,
    end: Timestamp,
}

impl Day {
    fn new() -> Self {
        let scene = scene();
        let (zero, positions) = (scene.zero(), scene.positions());
        let received = |second: i64| zero + Span::from_secs(second + 1);
        let frames: Vec<NewInput> = positions
            .iter()
            .map(|sent| NewInput { received: received(sent.second), event: frame(&sent.report, sent.trust) })
            .collect();
        let policy = Policy::parse(r#"{"off_route":{"params":{"out_m":5000.0}}}"#).unwrap();
        let (from, at) = (zero + Span::from_secs(9_000), zero + Span::from_secs(8_000));
        let order = NewPolicy { policy: policy.canonical(), hash: policy.digest(), from, author: "office".into(), at };
        let end = zero + Span::from_secs(4 * 3600);
        Self { scene, frames, order, end }
    }

    /// Frames before and after the change is known.
    fn halves(&self) -> (Vec<NewInput>, Vec<NewInput>) {
        self.frames.iter().cloned().partition(|frame| frame.received < self.order.at)
    }

    /// Times of ticks that let everything through and end what is open.
    fn ticks(&self) -> Vec<Timestamp> {
        [31, 32, 33, 1_733, 1_734, 1_735].map(|second| self.end + Span::from_secs(second)).to_vec()
    }

    fn truth(&self) -> Vec<Canonical> {
        let mut journal = Journal::new(self.scene.zero() - Span::from_secs(3600));
        journal.push(journal.now, Event::LedgerRevised(revision(1, self.scene.ledger.ledger())));
        let stored = StoredPolicy { revision: PolicyRevision(1), order: self.order.clone(), seq: None };
        let change = Event::PolicyChanged(Arc::new(stored.change()));
        let (before, after) = self.halves();
        for input in before {
            journal.push(input.received, input.event);
        }
        journal.push(self.order.at, change);
        for input in after {
            journal.push(input.received, input.event);
        }
        for tick in self.ticks() {
            journal.push(tick, Event::Tick);
        }
        let truth = judge(&journal.list).unwrap();
        let off = |hash: &str| {
            let of_hash = |found: &&Canonical| found.rule == RuleId::OffRoute && *found.parameter_hash == *hash;
            truth.iter().filter(of_hash).count()
        };
        assert_eq!((off(&Policy::default().digest()), off(&self.order.hash)), (3, 0), "{truth:?}");
        truth
    }
}

async fn recorded(bus: &Bus, inputs: Vec<NewInput>) {
    let receipt = bus.journal.append(inputs).await.unwrap();
    assert!(receipt.last() <= *bus.journal.durable().borrow());
}

async fn said(bus: &Bus, at: Timestamp, policy: u32, heads: Vec<(GatewayNumber, u64)>) {
    let (revision, policy) = (Revision(1), PolicyRevision(policy));
    let entry = Entry::Control(Control { token: 1, at, revision, policy, heads });
    let mut publish = RedisPublish::new(&bus.house, bus.config.clone()).unwrap();
    while publish.publish(&[(Shard::ALONE, entry.clone())]).await.is_err() {}
}

/// The day through the journal of one machine.
async fn alone(bus: &Bus, day: &Day, heard: Heard) {
    let ledger = Event::LedgerRevised(revision(1, day.scene.ledger.ledger()));
    let Enacted::Changed(stored) = bus.store.enact(&day.order).await.unwrap() else { panic!("a change") };
    let change = |at| NewInput { received: at, event: Event::PolicyChanged(Arc::new(stored.change())) };
    let (before, after) = day.halves();
    recorded(bus, vec![NewInput { received: day.scene.zero(), event: ledger }]).await;
    recorded(bus, before).await;
    if heard == Heard::InTime {
        recorded(bus, vec![change(day.order.at)]).await;
    }
    recorded(bus, after).await;
    if heard == Heard::Late {
        recorded(bus, vec![change(day.end)]).await;
    }
    recorded(bus, day.ticks().into_iter().map(|received| NewInput { received, event: Event::Tick }).collect()).await;
}

/// The day through a gateway's journal, a publisher and a ticker.
async fn split(bus: &mut Bus, day: &Day, heard: Heard) {
    let all = day.frames.len() as u64;
    bus.store.import(&day.scene.ledger.ledger(), "office", day.scene.zero()).await.unwrap();
    said(bus, day.scene.zero(), 0, Vec::new()).await;
    bus.publish(Vec::new());
    let (before, after) = day.halves();
    recorded(bus, before).await;
    bus.store.enact(&day.order).await.unwrap();
    if heard == Heard::InTime {
        said(bus, day.order.at, 1, Vec::new()).await;
    }
    recorded(bus, after).await;
    until("all to be published", || bus.figure("published_frames") == all).await;
    for tick in day.ticks() {
        said(bus, tick, 1, Vec::new()).await;
    }
}

/// Everything a new consumer gets.
async fn heard_by(bus: &Bus, member: &str, ticks: usize) -> Vec<Input> {
    let frames = match bus.which {
        Which::Local => bus.consumer(member, Cursor::default(), Vec::new()),
        Which::Single | Which::Cluster => Box::new(bus.redis_consumer(member, Standing::default())),
    };
    let mut worker = Worker::new(frames, Cursor::default());
    let is_tick = |input: &&Input| input.event == Event::Tick;
    blocking(move || {
        worker.read_until(Commits::Yes, |worker| worker.applied.iter().filter(is_tick).count() >= ticks);
        worker.applied
    })
    .await
}

fn judged(inputs: &[Input], truth: &[Canonical]) -> usize {
    let mut bench = Bench::new();
    bench.run(inputs);
    assert!(bench.engine.is_settled());
    assert_eq!(bench.canonical(), truth);
    assert_eq!(judge(inputs).unwrap(), truth, "the definition");
    bench.assert_no_overlap();
    bench.rejudged
}

async fn play(mut bus: Bus, heard: Heard) {
    let day = Day::new();
    let (truth, ticks) = (day.truth(), day.ticks().len());
    match bus.which {
        Which::Local => alone(&bus, &day, heard).await,
        Which::Single | Which::Cluster => split(&mut bus, &day, heard).await,
    }
    let first_ticks = usize::from(bus.which != Which::Local) * (1 + usize::from(heard == Heard::InTime));
    let rejudged = judged(&heard_by(&bus, "one", first_ticks + ticks).await, &truth);
    assert!(rejudged >= usize::from(heard == Heard::Late), "what was judged before it was heard is judged again");
    if bus.which == Which::Local {
        assert_eq!(rejudged, usize::from(heard == Heard::Late));
        return;
    }
    // The bus is lost, and the record is judged anew by whoever comes.
    bus.house = new_house();
    let last = bus.journal.read_from(Seq(1)).last().unwrap().unwrap().seq.number();
    for tick in day.ticks() {
        said(&bus, tick, 1, vec![(GatewayNumber::ALONE, last)]).await;
    }
    judged(&heard_by(&bus, "two", ticks).await, &truth);
}

pub(crate) async fn a_policy_holds_from_its_time(bus: Bus) {
    // Proves: a day whose policy changes in its middle is judged alike on one machine and over a bus, each fix by the policy of its
    // own time; and again so from the record alone when the bus is lost.
    play(bus, Heard::InTime).await;
}

pub(crate) async fn a_policy_heard_late_changes_no_verdict(bus: Bus) {
    // Proves: when the entries that name the change are lost, what was judged meanwhile is judged again, to the same verdict.
    play(bus, Heard::Late).await;
}
