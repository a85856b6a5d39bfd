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

/// One shard's engine with the rows it has written. The record has all frames of the morning, those to come as well: frames are
/// copied before they are judged.
#[derive(Default)]
struct Part {
    engine: Engine,
    rows: BTreeMap<muckwatch::cases::id::EpisodeId, muckwatch::cases::row::EpisodeRow>,
}

impl Part {
    fn take(&mut self, input: &Input, record: &[Input]) {
        let mut out = Outputs::default();
        self.engine.apply(input, &mut out).expect("usable");
        for order in self.engine.due() {
            let of_terminal = |input: &&Input| match &input.event {
                Event::Frame(frame) => intake::sender(&frame.raw) == Some(order.terminal),
                _ => false,
            };
            let frames = record.iter().filter(of_terminal).cloned().collect();
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
    let inputs = numbered(&morning);
    for (place, input) in inputs.iter().enumerate() {
        let Event::Frame(frame) = &input.event else {
            for part in parts.values_mut() {
                part.take(input, &inputs);
            }
            continue;
        };
        let terminal = intake::sender(&frame.raw).expect("a header");
        let part = parts.get_mut(&shards.of(terminal)).expect("a shard");
        part.take(input, &inputs);
        if place.is_multiple_of(5) {
            part.take(input, &inputs);
        }
    }
    let rows: Vec<_> = parts.into_values().flat_map(|part| part.rows.into_values()).collect();
    let found: Vec<Canonical> = sorted(canonical(&rows));
    assert_eq!(found, morning.expected);
}

/// The morning's inputs as three gateways and a ticker give them; a terminal moves to another gateway now and then.
pub(crate) fn numbered(morning: &Morning) -> Vec<Input> {
    let mut numbers: BTreeMap<GatewayNumber, u64> = BTreeMap::new();
    let inputs = morning.journal.read_from(Seq(1)).map(|input| input.expect("readable"));
    let number = |(turn, input): (u16, Input)| {
        let gateway = match input.event {
            Event::Frame(_) => GatewayNumber(1 + (turn / 97) % 3),
            _ => GatewayNumber::CONTROL,
        };
        let number = numbers.entry(gateway).or_default();
        *number += 1;
        Input { seq: Seq::of(gateway, *number), ..input }
    };
    (0..=u16::MAX).cycle().zip(inputs).map(number).collect()
}
