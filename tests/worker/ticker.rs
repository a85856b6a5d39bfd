//! What the house's ticker says, and when it is silent.

use async_trait::async_trait;
use muckwatch::{
    bus::{entry::Entry, frames::BusError, publish::Publish},
    clock::{Clock, ClockKind},
    model::{
        ids::{GatewayNumber, Seq, TerminalId},
        input::Input,
        shard::{Shard, Shards},
        time::Timestamp,
    },
    record::{RecordError, recorded::Recorded},
    store::{self, leases::LeaseStore},
    worker::ticker::{self, LEASE, TickerParts},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// Keeps what was put on the streams.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(Shard, Entry)>>>);

#[async_trait]
impl Publish for Heard {
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError> {
        self.0.lock().expect("not poisoned").extend_from_slice(entries);
        Ok(())
    }

    async fn room(&mut self, _: Shard) -> Result<u64, BusError> {
        Ok(100)
    }
}

/// A record of which only the heads matter: two gateways were copied from.
#[derive(Debug)]
struct Heads;

#[async_trait]
impl Recorded for Heads {
    async fn frames_of(&self, _: TerminalId, _: Timestamp, _: Timestamp, _: usize) -> Result<Vec<Input>, RecordError> {
        Ok(Vec::new())
    }

    async fn frame(&self, _: Seq) -> Result<Option<Input>, RecordError> {
        Ok(None)
    }

    async fn inputs_of(&self, _: Shard, _: GatewayNumber, _: u64, _: u64, _: usize) -> Result<Vec<Input>, RecordError> {
        Ok(Vec::new())
    }

    async fn heads(&self) -> Result<Vec<(GatewayNumber, u64)>, RecordError> {
        Ok(vec![(GatewayNumber(1), 40), (GatewayNumber(2), 70)])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ticker_names_the_gateways_that_are_gone() {
    // Proves: of two tickers one speaks, on every shard, under the lease's token; a gateway whose lease is gone is named with its
    // head and a living one is not; at the end the lease is free at once.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Arc::new(store::open(&folder.path().join("muckwatch.sqlite")).await.expect("a new store"));
    let alive = store.acquire("gateway/1", "g1", Duration::from_mins(1)).await.expect("answered");
    assert!(alive.is_some());
    let (heard, stop) = (Heard::default(), CancellationToken::new());
    let parts = |member: &str| TickerParts {
        leases: store.clone(),
        ledgers: store.clone(),
        policies: store.clone(),
        record: Arc::new(Heads),
        publish: Box::new(heard.clone()),
        clock: Clock::of(ClockKind::Wall),
        shards: Shards::new(3).expect("a count"),
        member: member.to_owned(),
        lease: Duration::from_secs(5),
    };
    let tickers = ["one", "two"].map(|member| tokio::spawn(ticker::run(parts(member), stop.clone())));
    super::crew::until("two rounds", async || heard.0.lock().expect("not poisoned").len() >= 6).await;
    stop.cancel();
    for ticker in tickers {
        ticker.await.expect("it ends");
    }
    let said = heard.0.lock().expect("not poisoned").clone();
    let lease = store.last(LEASE).await.expect("answered").expect("it was held");
    assert!(lease.left_ms <= 0, "given back");
    for (place, (shard, entry)) in said.iter().enumerate() {
        let Entry::Control(control) = entry else { panic!("{entry:?}") };
        assert_eq!(usize::from(shard.0), place % 3, "every shard in each round, of one ticker");
        assert_eq!(control.heads, [(GatewayNumber(2), 70)], "only the one whose lease is gone");
    }
}
