//! Single faults, each alone.

use super::{
    Receipt, RecordError,
    config::RecordConfig,
    crash_tests::{frame, input, small, terminal},
    disk::Disk,
    draft::Draft,
    log::Log,
    lossy::{Faults, LossyDisk},
    reader::{Frames, Reader},
    segment::{self, DATA_START},
    stats::Condition,
};
use crate::model::{ids::Seq, input::Input, time::Timestamp};
use std::sync::Arc;

/// 2026-11-24T00:00:00+08:00.
const DAY: i64 = 1_795_449_600_000;

fn disk() -> (LossyDisk, Arc<dyn Disk>) {
    let lossy = LossyDisk::new(1);
    (lossy.clone(), Arc::new(lossy))
}

/// A batch of equally long records.
fn batch(from: i64, count: i64) -> Vec<Draft> {
    (from..from + count).map(|number| Draft::of(input(frame(1, number, 0), DAY + number))).collect()
}

fn read(log: &Log) -> Result<Vec<Input>, RecordError> {
    Reader::new(Arc::clone(log.catalogue()), Seq(1)).collect()
}

fn condition(log: &Log) -> Condition {
    log.stats().lock().expect("not poisoned").condition
}

#[test]
fn a_torn_tail_is_cut_at_every_byte() {
    // Proves: wherever the last record is torn, all before it are kept and the next append follows them.
    let (lossy, whole) = disk();
    let mut log = Log::open(&whole, &small()).expect("opens");
    let _: Receipt = log.commit(&batch(0, 3)).expect("durable");
    let before = used(&lossy, 1);
    let _: Receipt = log.commit(&batch(3, 1)).expect("durable");
    let (bytes, end) = (lossy.bytes(&segment::name(1)), used(&lossy, 1));
    assert!(end > before + 40);
    for cut in before..end {
        let (torn, on) = disk();
        torn.tamper(&segment::name(1), |file| {
            file.clone_from(&bytes);
            file[cut..].fill(0);
        });
        let mut log = Log::open(&on, &small()).expect("a torn tail is no damage");
        assert_eq!(read(&log).expect("readable").len(), 3, "cut at {cut}");
        assert_eq!(log.commit(&batch(9, 1)).expect("durable").first(), Seq(4));
        assert_eq!(read(&log).expect("readable").len(), 4);
    }
}

/// One past the last byte that is not zero in the records of a segment.
fn used(lossy: &LossyDisk, id: u64) -> usize {
    lossy.bytes(&segment::name(id)).iter().rposition(|byte| *byte != 0).expect("records") + 1
}

#[test]
fn the_rest_of_a_torn_batch_is_not_taken_for_what_was_written_later() {
    // Proves: of a torn batch whose first record is missing, the others do not come to life behind its replacement.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    let _: Receipt = log.commit(&batch(0, 3)).expect("durable");
    lossy.tamper(&segment::name(1), |file| file[4096..4100].fill(0xAA));
    drop(log);
    let mut log = Log::open(&on, &small()).expect("a batch torn at its start is no damage");
    let _: Receipt = log.commit(&batch(50, 1)).expect("durable");
    drop(log);
    let log = Log::open(&on, &small()).expect("opens");
    let received: Vec<_> = read(&log).expect("readable").into_iter().map(|input| input.received).collect();
    assert_eq!(received, [Timestamp::from_millis(DAY + 50)]);
}

#[test]
fn a_hole_is_refused() {
    // Proves: a damaged record with a later batch behind it, or a missing segment, is Corrupt and names the place.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    for number in 0..80 {
        let _: Receipt = log.commit(&batch(number, 1)).expect("durable");
    }
    drop(log);
    let last = segment::name(2);
    let good = lossy.bytes(&last);
    lossy.tamper(&last, |file| file[5000] ^= 1);
    let error = Log::open(&on, &small()).expect_err("a hole");
    assert!(matches!(&error, RecordError::Corrupt { what } if what.contains(&last)), "{error}");
    lossy.tamper(&last, |file| file.clone_from(&good));
    on.remove(&segment::name(1)).expect("removed");
    let error = Log::open(&on, &small()).expect_err("no beginning");
    assert!(matches!(error, RecordError::Corrupt { .. }), "{error}");
}

#[test]
fn damage_in_a_sealed_segment_is_found_when_it_is_read() {
    // Proves: a reader never yields a record whose checksum does not hold, also where opening did not scan.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    for number in 0..80 {
        let _: Receipt = log.commit(&batch(number, 1)).expect("durable");
    }
    lossy.tamper(&segment::name(1), |file| file[5000] ^= 1);
    let log = Log::open(&on, &small()).expect("the sidecar vouches for the length");
    assert!(matches!(read(&log), Err(RecordError::Corrupt { .. })));
}

#[test]
fn bytes_of_another_segment_or_place_do_not_parse() {
    // Proves: records are bound to their segment and position: old bytes in a preallocated file are not records.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    let _: Receipt = log.commit(&batch(0, 1)).expect("durable");
    let start = usize::try_from(DATA_START).expect("small");
    let (end, size) = (used(&lossy, 1), used(&lossy, 1) - start);
    let records = lossy.bytes(&segment::name(1))[start..end].to_vec();
    lossy.tamper(&segment::name(1), |file| file[end..end + size].copy_from_slice(&records));
    lossy.tamper(&segment::name(2), |file| {
        file.resize(8 << 10, 0);
        file[..28].copy_from_slice(&segment::header(2, 2));
        file[start..end].copy_from_slice(&records);
    });
    let log = Log::open(&on, &small()).expect("opens");
    assert_eq!(read(&log).expect("readable").len(), 1);
}

#[test]
fn max_bytes_stops_acknowledging_and_says_so() {
    // Proves: at the limit appends are refused as Full with an alarm, before it the alarm is already up, and what was
    // acknowledged stays readable.
    let (_, on) = disk();
    let config = RecordConfig { max_bytes: 24 << 10, ..small() };
    let mut log = Log::open(&on, &config).expect("opens");
    let (mut durable, mut warned) = (0, false);
    let error = loop {
        match log.commit(&batch(durable, 1)) {
            Ok(_) => durable += 1,
            Err(error) => break error,
        }
        log.tend();
        warned |= condition(&log) == Condition::NearlyFull;
    };
    assert!(matches!(&error, RecordError::Full { what } if what.contains("max_bytes")), "{error}");
    assert!(warned && condition(&log) == Condition::Full && durable > 100);
    assert!(log.stats().lock().expect("not poisoned").alarm().is_some());
    let raised = RecordConfig { max_bytes: 1 << 20, ..config };
    drop(log);
    let mut log = Log::open(&on, &raised).expect("opens");
    let _: Receipt = log.commit(&batch(durable, 1)).expect("there is room again");
    assert_eq!(i64::try_from(read(&log).expect("readable").len()).expect("fits"), durable + 1);
    assert_eq!(condition(&log), Condition::Good);
}

#[test]
fn a_full_disk_still_has_the_spare() {
    // Proves: when the disk is full the alarm rises at once, a whole segment more is acknowledged, then Full; with room
    // again it goes on by itself.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    let _: Receipt = log.commit(&batch(0, 1)).expect("durable");
    while log.tend() {}
    lossy.set_room(16 << 10);
    let mut durable = 1;
    while let Ok(receipt) = log.commit(&batch(durable, 1)) {
        durable += 1;
        assert_eq!(receipt.last().0, u64::try_from(durable).expect("fits"));
        log.tend();
    }
    assert!(durable > 70, "two segments' worth: {durable}");
    assert_eq!(condition(&log), Condition::Full);
    lossy.set_room(usize::MAX);
    let _: Receipt = log.commit(&batch(durable, 1)).expect("the disk has room again");
    assert_eq!(condition(&log), Condition::Good);
}

#[test]
fn a_failed_sync_moves_the_batch_to_a_new_segment() {
    // Proves: when syncs fail there is no acknowledgement; when they work again no seq is missing, and the file whose
    // sync failed is not written again.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    let _: Receipt = log.commit(&batch(0, 2)).expect("durable");
    while log.tend() {}
    let before = lossy.bytes(&segment::name(1));
    lossy.set_faults(Faults::Syncs);
    let error = log.commit(&batch(2, 1)).expect_err("no sync, no receipt");
    assert!(matches!(error, RecordError::Failed { .. }), "{error}");
    assert_eq!(condition(&log), Condition::Failed);
    let after = lossy.bytes(&segment::name(1));
    lossy.set_faults(Faults::None);
    assert_eq!(log.commit(&batch(3, 1)).expect("durable").first(), Seq(3));
    assert_eq!(lossy.bytes(&segment::name(1)), after, "not written again");
    assert_ne!(before, after, "the failed batch had been written there");
    lossy.crash();
    let log = Log::open(&on, &small()).expect("opens");
    let received: Vec<_> =
        read(&log).expect("readable").into_iter().map(|input| input.received.as_millis() - DAY).collect();
    assert_eq!(received, [0, 1, 3]);
}

#[test]
fn a_missing_or_broken_sidecar_is_made_again() {
    // Proves: the index of a sealed segment comes from its file, and from the records when that is broken.
    let (lossy, on) = disk();
    let mut log = Log::open(&on, &small()).expect("opens");
    for number in 0..120 {
        let _: Receipt = log.commit(&batch(number, 1)).expect("durable");
    }
    let all = || {
        let log = Log::open(&on, &small()).expect("opens");
        let frames = Frames::new(Arc::clone(log.catalogue()), terminal(1), Timestamp::BEGINNING, Seq(100));
        frames.collect::<Result<Vec<_>, _>>().expect("readable").len()
    };
    assert_eq!(all(), 100);
    let sidecar = "0000000001.idx";
    let size = lossy.bytes(sidecar).len();
    assert!(size > 0, "a sealed segment has a sidecar");
    for at in 0..size {
        lossy.tamper(sidecar, |file| file[at] ^= 0x10);
        assert_eq!(all(), 100, "sidecar byte {at}");
    }
    on.remove(sidecar).expect("removed");
    assert_eq!(all(), 100);
}

#[test]
fn what_is_forgotten_gives_its_room_back() {
    // Proves: a full record goes on after old segments were forgotten, says where it begins after a restart too, never lets its
    // last segment go, and a segment that is missing without having been forgotten is still damage.
    let (_, on) = disk();
    let config = RecordConfig { max_bytes: 40 << 10, retry_ms: 60_000, ..small() };
    let mut log = Log::open(&on, &config).expect("opens");
    let mut durable = 0;
    while log.commit(&batch(i64::try_from(durable).expect("fits"), 1)).is_ok() {
        durable += 1;
    }
    assert_eq!(condition(&log), Condition::Full);
    log.forget(durable);
    let first = log.catalogue().first();
    assert!(first > 1 && first <= durable && log.catalogue().segments() == 1, "begins with {first} of {durable}");
    let bytes = log.stats().lock().expect("not poisoned").bytes;
    assert!(bytes <= 8 << 10, "{bytes} bytes are left");
    assert_eq!(log.commit(&batch(0, 1)).expect("there is room again").first(), Seq(durable + 1));
    assert!(matches!(read(&log), Err(RecordError::Forgotten { asked: Seq(1), first: begins }) if begins == Seq(first)));
    drop(log);
    let log = Log::open(&on, &config).expect("opens");
    assert_eq!(log.catalogue().first(), first);
    let kept = Reader::new(Arc::clone(log.catalogue()), Seq(first)).collect::<Result<Vec<_>, _>>().expect("readable");
    assert_eq!(kept.last().map(|input| input.seq), Some(Seq(durable + 1)));
    drop(log);
    let oldest = on.list().expect("a list").iter().filter_map(|name| segment::id_of(name)).min().expect("a segment");
    on.remove(&segment::name(oldest)).expect("removed");
    let error = Log::open(&on, &config).expect_err("no beginning");
    assert!(matches!(error, RecordError::Corrupt { .. }), "{error}");
}
