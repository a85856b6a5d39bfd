//! Frames, ledgers and clocks for these tests, and waiting for a condition.

use bytes::BytesMut;
use jt808::{frame::Head, header::Edition, ids::MessageId, phone::Phone};
use muckwatch::{
    model::{
        fix::SessionTrust,
        ids::ConnectionId,
        input::{Event, RawFrame},
        time::Timestamp,
    },
    record::NewInput,
};
use std::time::{Duration, Instant};

/// Longest wait for anything.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// 2026-11-24T00:00:00+08:00.
pub(crate) const DAY: i64 = 1_795_449_600_000;

/// A frame of one of many terminals, told apart by `number`.
pub(crate) fn frame(number: u64) -> NewInput {
    let phone = Phone::parse(&(13_900_000_000 + number % 97).to_string()).unwrap();
    let head = Head::new(Edition::V2013.layout(), phone, u16::try_from(number % 60_000).unwrap());
    let mut raw = BytesMut::new();
    head.encode(MessageId(0x0f01), &number.to_be_bytes(), &mut raw).unwrap();
    let frame =
        RawFrame { connection: ConnectionId(number % 50), session: SessionTrust::Authenticated, raw: raw.freeze() };
    NewInput { received: at(number), event: Event::Frame(frame) }
}

pub(crate) fn at(second: u64) -> Timestamp {
    Timestamp::from_millis(DAY + i64::try_from(second).unwrap() * 1_000)
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < LIMIT, "waited too long for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
