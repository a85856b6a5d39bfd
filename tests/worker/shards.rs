//! A house divided: the engines of its shards together say what one engine says.

use super::Morning;
use muckwatch::{
    engine::{
        Engine,
        canonical::{Canonical, canonical, sorted},
        output::Outputs,
        snapshot::Past,
    },
    intake,
    model::{
        ids::{GatewayNumber, Seq},
        input::{Event, Input},
        shard::{Shard, Shards},
    },
};
use std::collections::BTreeMap;

/// One shard's engine with the rows it has written and the frames it was given.
#[derive(Default)]
struct Part {
    engine: Engine,
    frames: Vec<Input>,
    rows: BTreeMap<muckwatch::cases::id::EpisodeId, muckwatch::cases::row::EpisodeRow>,
}

impl Part {
    fn take(&mut self, input: &Input) {
        let mut out = Outputs::default();
        self.engine.apply(input, &mut out).expect("usable");
        if matches!(input.event, Event::Frame(_)) {
            self.frames.push(input.clone());
        }
        for order in self.engine.due() {
            let of_terminal = |input: &&Input| match &input.event {
                Event::Frame(frame) => intake::sender(&frame.raw) == Some(order.terminal),
                _ => false,
            };
            let frames = self.frames.iter().filter(of_terminal).cloned().collect();
            for change in std::mem::take(&mut out.episodes) {
                self.rows.insert(change.row.id, change.row);
            }
            let rows = self.rows.values().filter(|row| row.terminal == order.terminal).cloned().collect();
            let past = Past { savepoint: None, later_savepoints: Vec::new(), rows, frames };
            self.engine.rejudge(&order, past, &mut out).expect("readable");
        }
        for change in out.episodes {
            self.rows.insert(change.row.id, change.row);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_and_gateways_change_no_verdict() {
    // Proves: the same frames, divided among four shards and received by three gateways whose numbers say nothing of each other,
    // some of them twice, end in the same canonical list.
    let morning = Morning::record().await;
    let shards = Shards::new(4).expect("a count");
    let mut parts: BTreeMap<Shard, Part> = shards.all().map(|shard| (shard, Part::default())).collect();
    let (mut numbers, mut controls, mut turn) = ([0_u64; 4], 0_u64, 0_u64);
    for input in morning.journal.read_from(Seq(1)) {
        let input = input.expect("readable");
        if let Event::Frame(frame) = &input.event {
            let terminal = intake::sender(&frame.raw).expect("a header");
            turn += 1;
            // A terminal moves to another gateway now and then.
            let gateway = 1 + usize::try_from((turn / 97) % 3).expect("small");
            numbers[gateway] += 1;
            let seq = Seq::of(GatewayNumber(u16::try_from(gateway).expect("small")), numbers[gateway]);
            let sent = Input { seq, ..input };
            let part = parts.get_mut(&shards.of(terminal)).expect("a shard");
            part.take(&sent);
            if turn.is_multiple_of(5) {
                part.take(&sent);
            }
        } else {
            controls += 1;
            let control = Input { seq: Seq::of(GatewayNumber::CONTROL, controls), ..input };
            for part in parts.values_mut() {
                part.take(&control);
            }
        }
    }
    let rows: Vec<_> = parts.into_values().flat_map(|part| part.rows.into_values()).collect();
    let found: Vec<Canonical> = sorted(canonical(&rows));
    assert_eq!(found, morning.expected);
}
