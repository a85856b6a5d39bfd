//! Figures and checks of a gateway's spool: copied, published, and under a number of its own.

use super::watch::{STANDSTILL, gateway_label};
use crate::{
    bus::publisher::counters::PublishCounters,
    model::ids::GatewayNumber,
    ops::{Ops, checks, ready::Why},
    record::journal::Journal,
    store::frames::{config::Standby, counters::CopyCounters},
};
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
pub(super) fn watch_copier(ops: &Ops, number: GatewayNumber, counters: Arc<CopyCounters>, of: (&Journal, Standby)) {
    let ((journal, standby), figures) = (of, Arc::clone(&counters));
    let writing = Arc::clone(&counters);
    ops.figures.register("", gateway_label(number), move || figures.values().named());
    if standby != Standby::Alone {
        ops.ready.wish_that(checks::STANDBY, move || match counters.values().copy_alone {
            0 => Ok(()),
            _ => Err(Why::new(
                "PostgreSQL 主库没有等待备库：已应答的报文只在一台机器上",
                "the PostgreSQL primary waits for no standby: what is acknowledged is on one machine",
            )),
        });
    }
    let (durable, copied) = (journal.durable(), journal.copied());
    let moved = Mutex::new((copied.borrow().0, Instant::now()));
    ops.ready.require_that(checks::COPY, move || {
        if writing.values().copy_replaced != 0 {
            return Err(replaced());
        }
        let (here, there) = (durable.borrow().0, copied.borrow().0);
        let mut moved = moved.lock().unwrap_or_else(PoisonError::into_inner);
        if here <= there || moved.0 != there {
            *moved = (there, Instant::now());
        }
        let stands = moved.1.elapsed();
        if stands <= STANDSTILL { Ok(()) } else { Err(stands_for("没有复制", "nothing was copied", stands)) }
    });
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
