//! From entries as they arrive to inputs without a hole, whatever the engine: redelivered entries are dropped, missing ones found out.
//!
//! A consumer's cursor passes over what is missing, so a hole must be filled before what stands behind it is handed out. What an
//! entry names as its `after` is the proof: everything up to there was on the stream. It is filled from the durable copy of the
//! record, in which everything is that was ever put on the bus.

use super::entry::Batch;
use crate::model::{
    cursor::Cursor,
    ids::{GatewayNumber, Seq},
    input::Input,
};

/// How far one shard's inputs were handed out.
#[derive(Clone, Debug, Default)]
pub struct Chain {
    cursor: Cursor,
}

/// What a batch means to one who is at a cursor.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// All of it was handed out before.
    Duplicate,
    /// These are next; the chain counts them as handed out.
    Apply(Vec<Input>),
    /// Something is missing before it: fill the hole, then offer the batch again.
    Hole(Hole, Batch),
}

/// Numbers of one gateway and shard that did not arrive: those above `after` up to `upto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Whose.
    pub gateway: GatewayNumber,
    /// The last number handed out.
    pub after: u64,
    /// The last number missing.
    pub upto: u64,
}

impl Chain {
    /// Goes on from what was committed.
    #[must_use]
    pub const fn new(cursor: Cursor) -> Self {
        Self { cursor }
    }

    /// What was handed out; holes that turned out to be empty count as handed out.
    #[must_use]
    pub const fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// What a delivered batch means now.
    pub fn offer(&mut self, mut batch: Batch) -> Link {
        let (gateway, seen) = (batch.gateway, self.cursor.number(batch.gateway));
        if batch.after > seen {
            return Link::Hole(Hole { gateway, after: seen, upto: batch.after }, batch);
        }
        batch.inputs.retain(|input| input.seq.number() > seen);
        if batch.inputs.is_empty() {
            return Link::Duplicate;
        }
        self.pass(gateway, batch.upto());
        Link::Apply(batch.inputs)
    }

    /// The hole before a number that a gateway is known to have reached; `None` when there is none.
    #[must_use]
    pub fn hole(&self, gateway: GatewayNumber, upto: u64) -> Option<Hole> {
        let after = self.cursor.number(gateway);
        (upto > after).then_some(Hole { gateway, after, upto })
    }

    /// Takes what the record has of a hole, ascending; what is left of it was never anything of this shard. Returns what to hand out.
    pub fn fill(&mut self, hole: Hole, mut inputs: Vec<Input>) -> Vec<Input> {
        let seen = self.cursor.number(hole.gateway);
        inputs.retain(|input| {
            let (gateway, number) = (input.seq.gateway(), input.seq.number());
            gateway == hole.gateway && number > seen && number <= hole.upto
        });
        self.pass(hole.gateway, hole.upto);
        inputs
    }

    /// The next seq of an input that no gateway brought.
    pub fn next_control(&mut self) -> Seq {
        let seq = Seq::of(GatewayNumber::CONTROL, self.cursor.number(GatewayNumber::CONTROL) + 1);
        self.cursor.advance(seq);
        seq
    }

    fn pass(&mut self, gateway: GatewayNumber, number: u64) {
        self.cursor.advance(Seq::of(gateway, number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{input::Event, time::Timestamp};
    use proptest::{collection::vec, prelude::*};

    const GATE: GatewayNumber = GatewayNumber(4);

    fn batch(after: u64, numbers: &[u64]) -> Batch {
        Batch { gateway: GATE, after, inputs: inputs(numbers) }
    }

    fn inputs(numbers: &[u64]) -> Vec<Input> {
        let at = Timestamp::from_millis(0);
        numbers.iter().map(|number| Input { seq: Seq::of(GATE, *number), received: at, event: Event::Tick }).collect()
    }

    #[test]
    fn what_follows_is_applied_once() {
        // Proves: an entry in turn is handed out, the same again is not, and of one that overlaps only the rest is.
        let mut chain = Chain::default();
        assert_eq!(chain.offer(batch(0, &[3, 5])), Link::Apply(inputs(&[3, 5])));
        assert_eq!(chain.offer(batch(0, &[3, 5])), Link::Duplicate);
        assert_eq!(chain.offer(batch(3, &[5, 9])), Link::Apply(inputs(&[9])));
        assert_eq!(chain.offer(batch(9, &[])), Link::Duplicate);
    }

    #[test]
    fn a_hole_is_found_filled_and_passed() {
        // Proves: what is missing is named exactly, also by an empty entry; a hole without inputs of this shard is passed once.
        let mut chain = Chain::default();
        assert_eq!(chain.offer(batch(0, &[2])), Link::Apply(inputs(&[2])));
        let late = batch(8, &[11]);
        let hole = Hole { gateway: GATE, after: 2, upto: 8 };
        assert_eq!(chain.offer(late.clone()), Link::Hole(hole, late.clone()));
        assert_eq!(chain.fill(hole, inputs(&[2, 6, 8, 11])), inputs(&[6, 8]));
        assert_eq!(chain.offer(late), Link::Apply(inputs(&[11])));
        let silent = batch(20, &[]);
        let hole = Hole { gateway: GATE, after: 11, upto: 20 };
        assert_eq!(chain.offer(silent.clone()), Link::Hole(hole, silent.clone()));
        assert_eq!(chain.fill(hole, Vec::new()), []);
        assert_eq!(chain.offer(silent), Link::Duplicate);
        assert_eq!((chain.hole(GATE, 20), chain.hole(GatewayNumber(5), 0)), (None, None));
    }

    #[test]
    fn control_inputs_are_numbered_on() {
        // Proves: ticks and revisions go on from what was committed, apart from the gateways.
        let mut cursor = Cursor::default();
        cursor.advance(Seq::of(GatewayNumber::CONTROL, 41));
        let mut chain = Chain::new(cursor);
        assert_eq!(chain.next_control(), Seq::of(GatewayNumber::CONTROL, 42));
        assert_eq!(chain.next_control().number(), 43);
    }

    /// Delivers entries of `sizes` in a wild order with losses and repeats, as `picks` say; the record has everything.
    fn deliver(sizes: &[usize], picks: &[usize]) -> Vec<u64> {
        let numbers: Vec<u64> = (1..=sizes.iter().sum::<usize>() as u64).map(|number| number * 3).collect();
        let (mut entries, mut rest, mut after) = (Vec::new(), numbers.as_slice(), 0);
        for size in sizes {
            let (these, those) = rest.split_at(*size);
            entries.push(batch(after, these));
            after = these.last().copied().unwrap_or(after);
            rest = those;
        }
        entries.push(batch(after, &[]));
        let (mut chain, mut handed) = (Chain::default(), Vec::new());
        let order = picks.iter().map(|pick| pick % entries.len()).chain([entries.len() - 1]);
        for pick in order {
            let mut link = chain.offer(entries[pick].clone());
            if let Link::Hole(hole, again) = link {
                handed.extend(chain.fill(hole, inputs(&numbers)));
                link = chain.offer(again);
            }
            if let Link::Apply(inputs) = link {
                handed.extend(inputs);
            }
        }
        assert_eq!(chain.cursor().number(GATE), after);
        handed.iter().map(|input| input.seq.number()).collect()
    }

    proptest! {
        #[test]
        fn whatever_arrives_all_is_handed_out_once_and_in_order(
            sizes in vec(0..5_usize, 0..12),
            picks in vec(0..64_usize, 0..40),
        ) {
            // Proves: losses, repeats and swaps of entries never make a hole, a repeat or a step back in what is handed out.
            let expected: Vec<u64> = (1..=sizes.iter().sum::<usize>() as u64).map(|number| number * 3).collect();
            prop_assert_eq!(deliver(&sizes, &picks), expected);
        }
    }
}
