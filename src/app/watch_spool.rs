//! Figures and checks of a gateway's spool: copied, published, and under a number of its own.

use super::watch::{STANDSTILL, gateway_label};
use crate::{
    bus::publisher::counters::PublishCounters,
    model::ids::GatewayNumber,
    ops::{
        Ops, checks,
        figures::Figure,
        ready::{Ready, Why},
    },
    record::journal::Journal,
    store::{
        frames::counters::CopyCounters,
        standby::{StandbyLook, StandbyStore},
    },
};
use async_trait::async_trait;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What this gateway puts on the bus; `lag` says how many inputs may be published and are not. It stays ready while its spool has room:
/// terminals are acknowledged all the same, and with all of Redis away there is no better gateway to send them to. That nothing moves
/// is said.
pub(super) fn watch_publisher(
    ops: &Ops,
    number: GatewayNumber,
    counters: Arc<PublishCounters>,
    (lag, lag_inputs_max): (impl Fn() -> u64 + Clone + Send + Sync + 'static, u64),
) {
    let (counted, now) = (Arc::clone(&counters), lag.clone());
    ops.figures.register("bus", gateway_label(number), move || {
        // The publisher counts it at each step, of which there is none while it waits.
        let fresh = |(name, value)| (name, if name == "publish_lag_inputs" { now() } else { value });
        counted.named().into_iter().map(fresh).collect()
    });
    let waiting = lag.clone();
    ops.ready.require_that(checks::SPOOL, move || {
        let lag = waiting();
        if lag <= lag_inputs_max {
            Ok(())
        } else {
            Err(Why::new(
                format!("{lag} 条报文待发布，已占缓冲一半"),
                format!("{lag} inputs wait to be published: half of the spool"),
            ))
        }
    });
    let moved = Mutex::new((0, Instant::now()));
    ops.ready.wish_that(checks::BUS, move || {
        let (lag, done) = (lag(), figure(&counters.named(), "published_entries"));
        let mut moved = moved.lock().unwrap_or_else(PoisonError::into_inner);
        if lag == 0 || moved.0 != done {
            *moved = (done, Instant::now());
        }
        let stands = moved.1.elapsed();
        if stands <= STANDSTILL {
            return Ok(());
        }
        let stands_s = stands.as_secs();
        Err(Why::new(
            format!("{stands_s} 秒没有发布，{lag} 条报文等待：Redis 无应答或已满"),
            format!("nothing was put on the bus for {stands_s} s, {lag} inputs wait: Redis does not answer or is full"),
        ))
    });
}

fn figure(named: &[(&'static str, u64)], name: &str) -> u64 {
    named.iter().find(|(other, _)| *other == name).map_or(0, |(_, value)| *value)
}

/// What this gateway copies; it is ready while the copy goes on, for nothing is acknowledged without it.
pub(super) fn watch_copier(
    ops: &Ops,
    number: GatewayNumber,
    counters: Arc<CopyCounters>,
    (journal, standby): (&Journal, Option<Arc<dyn StandbyStore>>),
) {
    let (figures, writing) = (Arc::clone(&counters), Arc::clone(&counters));
    let (durable, copied) = (journal.durable(), journal.copied());
    ops.figures.register("", gateway_label(number), move || {
        let mut named = figures.values().named();
        named.push(("copy_lag_inputs", lag(durable.borrow().0, copied.borrow().0)));
        named
    });
    if let Some(store) = standby {
        ops.ready.wish(Arc::new(StandbyHolds { store, counters }));
    }
    let (durable, copied) = (journal.durable(), journal.copied());
    let moved = Mutex::new((copied.borrow().0, Instant::now()));
    let stands = Arc::new(move || {
        let (here, there) = (durable.borrow().0, copied.borrow().0);
        let mut moved = moved.lock().unwrap_or_else(PoisonError::into_inner);
        if here <= there || moved.0 != there {
            *moved = (there, Instant::now());
        }
        if here <= there { Duration::ZERO } else { moved.1.elapsed() }
    });
    let stalled = Arc::clone(&stands);
    ops.figures
        .register("copy", gateway_label(number), move || vec![Figure::new("stalled_seconds", stalled().as_secs_f64())]);
    ops.ready.require_that(checks::COPY, move || {
        if writing.values().copy_replaced != 0 {
            return Err(replaced());
        }
        let stands = stands();
        if stands <= STANDSTILL { Ok(()) } else { Err(stands_for("没有复制", "nothing was copied", stands)) }
    });
}

/// What waits to be copied at this moment, also while the copier stands: so many inputs are not acknowledged.
const fn lag(durable: u64, copied: u64) -> u64 {
    durable.saturating_sub(copied)
}

/// Whether commits wait for a standby, and whether it answers: the primary is asked, which writes nothing and is answered while commits wait.
struct StandbyHolds {
    store: Arc<dyn StandbyStore>,
    counters: Arc<CopyCounters>,
}

#[async_trait]
impl Ready for StandbyHolds {
    fn name(&self) -> &'static str {
        checks::STANDBY
    }

    async fn check(&self) -> Result<(), Why> {
        if self.counters.values().copy_alone != 0 {
            return Err(Why::new(
                "PostgreSQL 主库没有等待备库：已应答的报文只在一台机器上",
                "the PostgreSQL primary waits for no standby: what is acknowledged is on one machine",
            ));
        }
        // A primary that does not answer is the copy's to tell.
        match self.store.standby().await.map(StandbyLook::answers) {
            Ok(Some(false)) => Err(Why::new(
                "同步备库无应答：每次提交都在等它，报文暂不应答",
                "the standby does not answer: every commit waits for it, nothing is acknowledged",
            )),
            Ok(Some(true) | None) | Err(_) => Ok(()),
        }
    }
}

fn replaced() -> Why {
    Why::new(
        "此网关编号已由另一进程接管，本进程不再应答并退出",
        "another process took this gateway's number: this one acknowledges nothing and ends",
    )
}

fn stands_for(zh: &str, en: &str, since: Duration) -> Why {
    Why::new(format!("{} 秒{zh}", since.as_secs()), format!("{en} for {} s", since.as_secs()))
}

/// The lease of this gateway's number.
pub(super) fn require_number(ops: &Ops, renewed: Arc<Mutex<Instant>>) {
    ops.ready.require_that(checks::NUMBER, move || {
        let since = renewed.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        if since <= STANDSTILL {
            Ok(())
        } else {
            Err(stands_for("没有续上编号租约", "the lease of its number was not renewed", since))
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{ids::Seq, input::Event, time::Timestamp},
        record::{NewInput, config::RecordConfig},
        store::error::StoreError,
    };

    struct Primary(StandbyLook);

    #[async_trait]
    impl StandbyStore for Primary {
        async fn standby(&self) -> Result<StandbyLook, StoreError> {
            Ok(self.0)
        }
    }

    #[tokio::test]
    async fn a_dead_standby_fails_its_check() {
        // Proves: a gateway's `standby` fails while the standby that commits wait for is gone, and holds when it is there.
        let said = async |connected| {
            let store = Arc::new(Primary(StandbyLook { is_named: true, connected, waits_ms: None }));
            StandbyHolds { store, counters: Arc::default() }.check().await.map_err(|why| why.en)
        };
        assert_eq!(said(1).await, Ok(()));
        assert!(said(0).await.is_err_and(|why| why.starts_with("the standby does not answer")));
    }

    #[tokio::test]
    async fn what_waits_for_the_copy_is_counted_when_asked() {
        // Proves: with no copier at work the figure still says how many inputs wait, and that they wait no more once copied.
        let folder = tempfile::tempdir().expect("a folder");
        let config = RecordConfig { segment_bytes: 1 << 20, max_bytes: 16 << 20, ..RecordConfig::default() };
        let (journal, gate) = Journal::gated(folder.path(), config).expect("opens");
        let ops = Ops::new("gateway", "1".to_owned());
        watch_copier(&ops, GatewayNumber::ALONE, Arc::default(), (&journal, None));
        let tick = |ms| NewInput { received: Timestamp::from_millis(ms), event: Event::Tick };
        let _held = journal.submit(vec![tick(1), tick(2)]).await.expect("queued");
        let mut durable = journal.durable();
        let limit = Duration::from_secs(20);
        tokio::time::timeout(limit, durable.wait_for(|last| last.0 == 2)).await.expect("in time").expect("open");
        let lag = || ops.figures.sums().get("copy_lag_inputs").copied();
        assert_eq!(lag(), Some(2.0));
        gate.release(Seq(2));
        assert_eq!(lag(), Some(0.0));
    }
}
