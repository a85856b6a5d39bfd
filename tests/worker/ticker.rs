//! What the house's ticker says, and when it is silent.

use async_trait::async_trait;
use muckwatch::{
    bus::{entry::Entry, frames::BusError, publish::Publish},
    clock::{Clock, ClockKind, off::OffClock, wall_now},
    model::{
        ids::{GatewayNumber, Seq, TerminalId},
        input::Input,
        shard::{Shard, Shards},
        time::{Span, Timestamp},
    },
    record::{RecordError, recorded::Recorded},
    store::{
        self, SqlStore,
        leases::LeaseStore,
        open_postgres,
        reports::{Report, ReportStore},
    },
    worker::ticker::{self, LEASE, TickerParts},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// Keeps what was put on the streams.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(Shard, Entry)>>>, Arc<AtomicBool>);

impl Heard {
    /// Whether it answers nobody.
    fn set_cut(&self, is_cut: bool) {
        self.1.store(is_cut, Ordering::SeqCst);
    }

    fn answers(&self) -> Result<(), BusError> {
        if self.1.load(Ordering::SeqCst) { Err(BusError::Unavailable("the link is cut".to_owned())) } else { Ok(()) }
    }

    fn count(&self) -> usize {
        self.0.lock().expect("not poisoned").len()
    }
}

#[async_trait]
impl Publish for Heard {
    async fn publish(&mut self, entries: &[(Shard, Entry)]) -> Result<(), BusError> {
        self.answers()?;
        self.0.lock().expect("not poisoned").extend_from_slice(entries);
        Ok(())
    }

    async fn room(&mut self, _: Shard) -> Result<u64, BusError> {
        self.answers().map(|()| 100)
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

/// A ticker of this name, with a wall clock of its own.
fn parts(
    store: &Arc<SqlStore>,
    heard: &Heard,
    (member, wall, off): (&str, fn() -> Timestamp, Arc<OffClock>),
) -> TickerParts {
    TickerParts {
        leases: store.clone(),
        ledgers: store.clone(),
        policies: store.clone(),
        record: Arc::new(Heads),
        reports: store.clone(),
        publish: Box::new(heard.clone()),
        clock: Clock::of(ClockKind::Wall),
        wall,
        off,
        shards: Shards::new(3).expect("a count"),
        member: member.to_owned(),
        lease: Duration::from_secs(5),
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
    let tickers = ["one", "two"].map(|member| {
        let parts = parts(&store, &heard, (member, wall_now, Arc::default()));
        tokio::spawn(ticker::run(parts, stop.clone()))
    });
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

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_bus_does_not_hear_leaves_ticking_to_others() {
    // Proves: a ticker that could renew its lease for ever, but brings nothing to the bus, gives it back; another ticks, and the first
    // may again when its bus answers and the other has gone.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Arc::new(store::open(&folder.path().join("muckwatch.sqlite")).await.expect("a new store"));
    let (here, there) = (Heard::default(), Heard::default());
    let start = |member, heard: &Heard| {
        let stop = CancellationToken::new();
        let parts = parts(&store, heard, (member, wall_now, Arc::default()));
        (tokio::spawn(ticker::run(parts, stop.clone())), stop)
    };
    let (one, one_stop) = start("one", &here);
    super::crew::until("one ticks", async || here.count() >= 3).await;
    let (two, two_stop) = start("two", &there);
    here.set_cut(true);
    super::crew::until("the other ticks", async || there.count() >= 3).await;
    let heard = here.count();
    here.set_cut(false);
    super::crew::until("the other goes on", async || there.count() >= 9).await;
    assert_eq!(here.count(), heard, "one ticker at a time");
    two_stop.cancel();
    two.await.expect("it ends");
    super::crew::until("the first ticks again", async || here.count() > heard).await;
    one_stop.cancel();
    one.await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_gateway_that_does_not_reach_the_bus_is_named() {
    // Proves: a gateway whose lease lives and that says itself that the bus takes nothing of it is named with its head, so that workers
    // read what it copied; as soon as it says no more so, or says nothing, it is not.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Arc::new(store::open(&folder.path().join("muckwatch.sqlite")).await.expect("a new store"));
    for (name, holder) in [("gateway/1", "g1"), ("gateway/2", "g2")] {
        store.acquire(name, holder, Duration::from_mins(5)).await.expect("answered").expect("free");
    }
    let says = async |failing: &[&str]| {
        let failing = failing.iter().map(|check| ((*check).to_owned(), "9 inputs wait".to_owned())).collect();
        let report = Report { role: "gateway".to_owned(), name: "2".to_owned(), failing, ..Report::default() };
        store.report(&report).await.expect("said");
    };
    let (heard, stop) = (Heard::default(), CancellationToken::new());
    let newest = || match heard.0.lock().expect("not poisoned").last() {
        Some((_, Entry::Control(control))) => control.heads.clone(),
        _ => vec![(GatewayNumber(0), 0)],
    };
    says(&["standby"]).await;
    let parts = parts(&store, &heard, ("one", wall_now, Arc::default()));
    let ticker = tokio::spawn(ticker::run(parts, stop.clone()));
    super::crew::until("all reach the bus", async || newest().is_empty()).await;
    says(&["bus"]).await;
    super::crew::until("it is named", async || newest() == [(GatewayNumber(2), 70)]).await;
    says(&[]).await;
    super::crew::until("it is not named", async || newest().is_empty()).await;
    stop.cancel();
    ticker.await.expect("it ends");
}

/// How far the wall clock of the test below is ahead, milliseconds.
static AHEAD_MS: AtomicI64 = AtomicI64::new(0);

fn wrong_wall() -> Timestamp {
    wall_now() + Span::from_millis(AHEAD_MS.load(Ordering::SeqCst))
}

async fn a_wrong_clock_gives_no_ticks(store: &Arc<SqlStore>) {
    let (heard, off, stop) = (Heard::default(), Arc::new(OffClock::default()), CancellationToken::new());
    let said = || heard.0.lock().expect("not poisoned").len();
    let holder = async || {
        let lease = store.last(LEASE).await.expect("answered");
        lease.filter(|lease| lease.left_ms > 0).map(|lease| lease.holder)
    };
    AHEAD_MS.store(3_600_000, Ordering::SeqCst);
    let wrong = parts(store, &heard, ("wrong", wrong_wall, Arc::clone(&off)));
    let wrong = tokio::spawn(ticker::run(wrong, stop.clone()));
    super::crew::until("it knows", async || off.complaint().is_some()).await;
    super::crew::until("the lease is free", async || holder().await.is_none()).await;
    assert!((3_500_000..=3_600_000).contains(&off.ahead_ms()), "{}", off.ahead_ms());

    let (others, their_stop) = (Heard::default(), CancellationToken::new());
    let right = parts(store, &others, ("right", wall_now, Arc::default()));
    let right = tokio::spawn(ticker::run(right, their_stop.clone()));
    super::crew::until("another ticks", async || others.0.lock().expect("not poisoned").len() >= 6).await;
    AHEAD_MS.store(-3_600_000, Ordering::SeqCst);
    super::crew::until("it looks on", async || off.ahead_ms() < -3_500_000).await;
    their_stop.cancel();
    right.await.expect("it ends");
    assert_eq!((said(), off.complaint().is_some()), (0, true), "a clock that is behind is wrong too");

    AHEAD_MS.store(0, Ordering::SeqCst);
    super::crew::until("it ticks when it is right", async || said() >= 3).await;
    assert_eq!((holder().await.as_deref(), off.complaint()), (Some("wrong"), None));
    stop.cancel();
    wrong.await.expect("it ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticker_whose_clock_is_off_leaves_it_to_others() {
    // Proves: on SQLite and on PostgreSQL a ticker whose wall clock is an hour ahead of the store's, or behind, puts nothing on the
    // streams, says how far it is off, and leaves the lease to one whose clock is right; it ticks when its own is right again.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = store::open(&folder.path().join("muckwatch.sqlite")).await.expect("a new store");
    a_wrong_clock_gives_no_ticks(&Arc::new(store)).await;
    let Some(urls) = tokio::task::block_in_place(super::migrate::database) else { return };
    let store = open_postgres(&super::migrate::config(&urls).store).await.expect("opens");
    a_wrong_clock_gives_no_ticks(&Arc::new(store)).await;
}
