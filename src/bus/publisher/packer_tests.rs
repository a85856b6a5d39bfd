use super::*;
use crate::model::{fix::SessionTrust, ids::ConnectionId, input::RawFrame, time::Timestamp};
use bytes::Bytes;

const GATE: GatewayNumber = GatewayNumber(9);

/// A 0x0001-sized frame of a terminal, by hand: header of the 2013 edition, no body, checksum; the phones here need no escapes.
fn frame(number: u64, phone: u8) -> Input {
    let message = [0x0f, 0x01, 0, 0, 0x01, 0x39, 0, 0, 0, phone, 0, 1];
    let checksum = message.iter().fold(0, |sum, byte| sum ^ byte);
    let raw = Bytes::from([&[0x7e], message.as_slice(), &[checksum, 0x7e]].concat());
    let frame = RawFrame { connection: ConnectionId(1), session: SessionTrust::Authenticated, raw };
    input(number, Event::Frame(frame))
}

fn input(number: u64, event: Event) -> Input {
    Input { seq: Seq(number), received: Timestamp::from_millis(0), event }
}

fn shards() -> Shards {
    Shards::new(4).expect("a count")
}

fn shard_of(phone: u8) -> Shard {
    let Event::Frame(frame) = frame(1, phone).event else { panic!("a frame") };
    shards().of(intake::sender(&frame.raw).expect("a frame of ours"))
}

/// Two phones of different shards.
fn phones() -> (u8, u8) {
    let other = (2..10).find(|phone| shard_of(*phone) != shard_of(1)).expect("not all in one shard");
    (1, other)
}

fn batches(group: &Group) -> Vec<(Shard, u64, Vec<u64>)> {
    let batch = |(shard, entry): &(Shard, Entry)| {
        let Entry::Batch(batch) = entry else { panic!("a batch") };
        assert!(batch.inputs.iter().all(|input| input.seq.gateway() == GATE));
        (*shard, batch.after, batch.inputs.iter().map(|input| input.seq.number()).collect())
    };
    group.entries.iter().map(batch).collect()
}

#[test]
fn each_shard_has_its_chain() {
    // Proves: entries are full or the last of their group, each names the number before it, seqs are packed, and what no shard
    // judges is passed over but counted as done.
    let config = BusConfig { entry_frames_max: 2, ..BusConfig::default() };
    let mut packer = Packer::new(GATE, shards(), &config, Progress::default());
    let (one, two) = phones();
    let first =
        vec![frame(1, one), input(2, Event::Tick), frame(3, two), frame(4, one), frame(5, one), input(6, Event::Tick)];
    let group = packer.pack(first);
    let mut expected = vec![(shard_of(one), 0, vec![1, 4]), (shard_of(one), 4, vec![5]), (shard_of(two), 0, vec![3])];
    expected[1..].sort();
    assert_eq!((batches(&group), group.upto, group.frames), (expected, 6, 4));
    let group = packer.pack(vec![frame(7, two)]);
    assert_eq!(batches(&group), [(shard_of(two), 3, vec![7])]);
}

#[test]
fn an_entry_has_a_limit_of_bytes() {
    // Proves: frames of many bytes make small entries, and one over the limit goes alone.
    let config = BusConfig { entry_bytes_max: 20, ..BusConfig::default() };
    let mut packer = Packer::new(GATE, shards(), &config, Progress::default());
    let group = packer.pack(vec![frame(1, 1), frame(2, 1)]);
    assert_eq!(batches(&group), [(shard_of(1), 0, vec![1]), (shard_of(1), 1, vec![2])]);
}

#[test]
fn a_step_back_publishes_what_was_not_committed() {
    // Proves: what a shard committed is not put there again, what another did not is; and what the journal let go of is named as
    // published, so that workers look for it in the record.
    let (one, two) = phones();
    let committed: BTreeMap<_, _> = [(shard_of(one), 5), (shard_of(two), 2)].into();
    let progress = Progress::of_committed(committed.clone(), 1);
    assert_eq!(progress.upto, 2);
    let mut packer = Packer::new(GATE, shards(), &BusConfig::default(), progress);
    let group = packer.pack(vec![frame(3, two), frame(4, one), frame(5, one), frame(6, one)]);
    let mut expected = vec![(shard_of(one), 5, vec![6]), (shard_of(two), 2, vec![3])];
    expected.sort();
    assert_eq!(batches(&group), expected);
    let progress = Progress::of_committed(committed, 5);
    assert_eq!(progress.upto, 4);
    assert_eq!(progress.last, [(shard_of(one), 5), (shard_of(two), 4)].into());
}
