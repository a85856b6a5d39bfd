//! Crashes and failing calls by the thousand, against one oracle: what was acknowledged is there, and nothing else is
//! there that was not offered.

use super::{
    NewInput, RecordError,
    config::RecordConfig,
    disk::Disk,
    draft::Draft,
    log::Log,
    lossy::{Dice, Faults, LossyDisk},
    reader::{Frames, Reader},
};
use crate::model::{
    fix::SessionTrust,
    ids::{ConnectionId, Seq, TerminalId},
    input::{Event, RawFrame},
    time::Timestamp,
};
use bytes::{Bytes, BytesMut};
use jt808::{frame::Head, header::Edition, ids::MessageId, phone::Phone, time::BcdTime};
use std::sync::Arc;

/// Seeds of the test; each is a few lives of one folder. `MUCKWATCH_DISK_SEEDS` raises it.
const SEEDS: u64 = 10_000;
/// 2026-11-24T00:00:00+08:00.
const DAY: i64 = 1_795_449_600_000;

pub(super) fn small() -> RecordConfig {
    RecordConfig { segment_bytes: 8 << 10, max_bytes: 1 << 20, retry_ms: 0, ..RecordConfig::default() }
}

/// A position report of one of a few terminals; odd ones have an impossible date or many bytes.
pub(super) fn frame(terminal: u64, second: i64, padding: usize) -> Bytes {
    let mut body = vec![0_u8; 28 + padding];
    body[22..28].copy_from_slice(&BcdTime::from_unix_ms(DAY + second * 1000).expect("a date").0);
    let phone = Phone::parse(&format!("1390000{terminal:04}")).expect("digits");
    let mut out = BytesMut::new();
    Head::new(Edition::V2013.layout(), phone, 1).encode(MessageId::LOCATION, &body, &mut out).expect("fits");
    out.freeze()
}

pub(super) fn terminal(number: u64) -> TerminalId {
    format!("1390000{number:04}").parse().expect("digits")
}

pub(super) fn input(raw: Bytes, received: i64) -> NewInput {
    let event = Event::Frame(RawFrame { connection: ConnectionId(9), session: SessionTrust::Authenticated, raw });
    NewInput { received: Timestamp::from_millis(received), event }
}

/// What the folder must and may hold.
#[derive(Default)]
struct Oracle {
    /// Durable for certain, by seq from 1.
    durable: Vec<NewInput>,
    /// Offered at these seqs, not acknowledged.
    offered: Vec<(u64, NewInput)>,
    /// Up to here inputs were told to be forgotten: they may be gone.
    forgotten: u64,
    /// The first input that was found last.
    first: u64,
}

impl Oracle {
    fn commit(&mut self, log: &mut Log, batch: &[NewInput]) {
        let drafts: Vec<Draft> = batch.iter().cloned().map(Draft::of).collect();
        let first = u64::try_from(self.durable.len()).expect("fits") + 1;
        match log.commit(&drafts) {
            Ok(receipt) => {
                assert_eq!(receipt.first(), Seq(first), "a receipt begins behind the last one");
                self.durable.extend_from_slice(batch);
                self.offered.clear();
                assert_eq!(receipt.last().0, u64::try_from(self.durable.len()).expect("fits"));
            }
            Err(_) => self.offered.extend((first..).zip(batch.iter().cloned())),
        }
    }

    /// Lets some of what is durable be forgotten, segments that are durable for certain only.
    fn forget(&mut self, log: &mut Log, dice: &mut Dice) {
        let upto = dice.below(u64::try_from(self.durable.len()).expect("fits") + 1);
        self.forgotten = self.forgotten.max(upto);
        log.forget(upto);
    }

    /// Checks a folder that was opened again; what is in it now must stay.
    fn check(&mut self, log: &Log, seed: u64) {
        let first = log.catalogue().first();
        assert!(first <= self.forgotten + 1, "seed {seed}: begins with {first}, forgotten up to {}", self.forgotten);
        assert!(first >= self.first, "seed {seed}: what was forgotten came back");
        self.first = first;
        let gone = usize::try_from(first - 1).expect("fits");
        let reader = Reader::new(Arc::clone(log.catalogue()), Seq(first));
        let mut found: Vec<NewInput> = self.durable[..gone].to_vec();
        for (input, seq) in reader.zip(first..) {
            let input = input.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(input.seq, Seq(seq), "seed {seed}: no hole");
            found.push(NewInput { received: input.received, event: input.event });
        }
        assert!(found.len() >= self.durable.len(), "seed {seed}: {} of {} left", found.len(), self.durable.len());
        let (kept, beyond) = found.split_at(self.durable.len());
        assert!(kept == self.durable, "seed {seed}: acknowledged inputs changed");
        let first = u64::try_from(kept.len()).expect("fits") + 1;
        for phantom in (first..).zip(beyond.iter().cloned()) {
            assert!(self.offered.contains(&phantom), "seed {seed}: input {} was never offered", phantom.0);
        }
        check_index(log, &found, seed, self.first);
        self.durable = found;
        self.offered.clear();
    }
}

/// Checks that the per-terminal index says what a scan says.
fn check_index(log: &Log, found: &[NewInput], seed: u64, first: u64) {
    let number = seed % 5;
    let from = Timestamp::from_millis(DAY + i64::try_from(seed % 300).expect("small") * 1000);
    let indexed = Frames::new(Arc::clone(log.catalogue()), terminal(number), from, Seq(u64::MAX));
    if first > 1 {
        return check_refusals(log, indexed, first);
    }
    let indexed: Vec<u64> = indexed.map(|input| input.expect("readable").seq.0).collect();
    let scanned: Vec<u64> =
        (1..).zip(found).filter(|(_, input)| belongs(input, number, from)).map(|(seq, _)| seq).collect();
    assert_eq!(indexed, scanned, "seed {seed}: index and scan differ");
}

/// Checks that a record that has forgotten its beginning says so.
fn check_refusals(log: &Log, mut indexed: Frames, first: u64) {
    let refused = |outcome| matches!(outcome, Some(Err(RecordError::Forgotten { .. })));
    let (by_index, by_seq) = (indexed.next(), Reader::new(Arc::clone(log.catalogue()), Seq(first - 1)).next());
    assert!(refused(by_index.clone()) && refused(by_seq.clone()), "begins with {first}: {by_index:?}, {by_seq:?}");
}

fn belongs(input: &NewInput, number: u64, from: Timestamp) -> bool {
    let Event::Frame(frame) = &input.event else { return false };
    let frame = jt808::frame::Frame::from_wire(frame.raw.clone()).expect("we made it");
    let time = BcdTime(*frame.body[22..].first_chunk().expect("six bytes")).unix_ms().expect("a date");
    TerminalId::from_nibbles(frame.header.phone.packed()) == terminal(number) && Timestamp::from_millis(time) >= from
}

fn random_batch(dice: &mut Dice, pool: &[Bytes]) -> Vec<NewInput> {
    let size = 1 + dice.below(4) * dice.below(4);
    let one = |dice: &mut Dice| {
        let received = DAY + i64::try_from(dice.below(1 << 30)).expect("fits");
        let raw = pool[usize::try_from(dice.below(64)).expect("fits")].clone();
        input(raw, received)
    };
    (0..size).map(|_| one(dice)).collect()
}

/// One folder: a few lives, each ended by a crash, with failing calls in most of them.
fn live(seed: u64, pool: &[Bytes]) {
    let (lossy, mut dice, mut oracle) = (LossyDisk::new(seed), Dice::new(!seed), Oracle::default());
    let disk: Arc<dyn Disk> = Arc::new(lossy.clone());
    for _ in 0..=dice.below(3) {
        if dice.below(4) > 0 {
            lossy.set_faults(Faults::OneIn(3 + dice.below(60)));
        }
        let cut = dice.below(3) == 0;
        if cut {
            lossy.power_off_after(dice.below(120));
        }
        if let Ok(mut log) = Log::open(&disk, &small()) {
            for _ in 0..dice.below(20) {
                oracle.commit(&mut log, &random_batch(&mut dice, pool));
                if dice.below(3) > 0 {
                    log.tend();
                }
                if dice.below(4) == 0 {
                    oracle.forget(&mut log, &mut dice);
                }
            }
        }
        // Else only the process dies: the page cache survives, also where a sync has failed.
        if cut || dice.below(3) > 0 {
            lossy.crash();
        }
        lossy.set_faults(Faults::None);
        let log = Log::open(&disk, &small()).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        oracle.check(&log, seed);
        lossy.crash();
    }
}

#[test]
fn no_crash_and_no_failing_call_loses_what_was_acknowledged() {
    // Proves: over 10,000 seeds every receipt given is readable after crash and restart, with equal bytes in order, unless it
    // was told to be forgotten; nothing is there that was not offered at that seq, and the index agrees with a scan.
    let pool: Vec<Bytes> = (0..64_u64)
        .map(|number| {
            let second = i64::try_from(number * 5).expect("small");
            frame(number % 5, second, usize::try_from(number % 7 * 40).expect("small"))
        })
        .collect();
    let wish = std::env::var("MUCKWATCH_DISK_SEEDS").ok();
    let seeds = wish.map_or(SEEDS, |wish| wish.parse().expect("MUCKWATCH_DISK_SEEDS is a number"));
    std::thread::scope(|scope| {
        for half in 0..2 {
            let pool = &pool;
            scope.spawn(move || (0..seeds / 2).for_each(|seed| live(seed * 2 + half, pool)));
        }
    });
}
