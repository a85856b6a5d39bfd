//! Checks of an api: what it hears of the house around it.

use super::watch::{STANDSTILL, StoreAnswers, is_ahead};
use crate::{
    bus::{around::Around, live::Live},
    clock::Clock,
    model::time::Timestamp,
    ops::{Ops, checks, ready::Why},
    store::settings::SettingsStore,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Without its store or without ticks an api still serves its page, the live board as it stood, and what is wrong: the page that says so
/// must not be taken away in just that outage, and another api has no more. So both are wished for. What is required is that this api is
/// not the only one which misses the store: then another has more.
pub(super) fn watch_around(
    ops: &Ops,
    live: &Arc<Live>,
    around: &Arc<Around>,
    (store, clock): (Arc<dyn SettingsStore>, Clock),
) {
    let ticks = Arc::new(Ticks { live: Arc::clone(live), moved: Mutex::new((None, Instant::now())) });
    let (heard, around, off) = (Arc::clone(&ticks), Arc::clone(around), Arc::clone(around.clock()));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
    ops.ready.wish_that(checks::LIVE, move || match heard.look() {
        (None, _) => Err(Why::new("还没有收到判定进程的消息", "no worker was heard of yet")),
        (Some(tick), stands) if stands > STANDSTILL => {
            Err(unheard(stands, (clock.wall_ms_since(tick) - off.ahead_ms() as f64) / 1_000.0))
        }
        (Some(_), _) => Ok(()),
    });
    ops.ready.wish(Arc::new(StoreAnswers(store)));
    ops.ready.require_that(checks::REACH, move || {
        let (_, stands) = ticks.look();
        match around.store_away() {
            Some(away) if is_cut_off(away, stands) => Err(Why::new(
                format!("判定仍在提交，而数据库 {} 秒没有应答本接口：本接口的网络断了", away.as_secs()),
                format!(
                    "workers go on committing, and the store has not answered this api for {} s: its link is cut",
                    away.as_secs()
                ),
            )),
            _ => Ok(()),
        }
    });
}

fn unheard(stands: Duration, behind_s: f64) -> Why {
    let (zh, en) = is_ahead(behind_s).map_or_else(Default::default, |ahead_s| {
        (
            format!("：最近的时刻在未来 {ahead_s:.0} 秒，有时钟不准"),
            format!(": the last tick lies {ahead_s:.0} s in the future, a clock is wrong"),
        )
    });
    let seconds = stands.as_secs();
    Why::new(format!("{seconds} 秒没有判定进程的消息{zh}"), format!("no worker was heard of for {seconds} s{en}"))
}

/// Whether workers still commit, which they cannot without the store, long after this process lost it.
fn is_cut_off(away: Duration, stands: Duration) -> bool {
    away > stands + STANDSTILL
}

/// The newest tick that workers tell of, and since when it is that.
struct Ticks {
    live: Arc<Live>,
    moved: Mutex<(Option<Timestamp>, Instant)>,
}

impl Ticks {
    fn look(&self) -> (Option<Timestamp>, Duration) {
        let tick = self.live.worker().newest_tick;
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        if moved.0 != tick {
            *moved = (tick, Instant::now());
        }
        (tick, moved.1.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_api_that_is_alone_without_the_store_is_cut_off() {
        // Proves: when commits stop with the store, or a moment later, no api is cut off; when they go on, this one is.
        let s = Duration::from_secs;
        assert!(!is_cut_off(s(3), s(0)) && !is_cut_off(s(600), s(605)) && !is_cut_off(s(600), s(590)));
        assert!(is_cut_off(s(20), s(1)));
    }

    #[test]
    fn a_tick_of_the_future_is_why_nobody_is_heard() {
        // Proves: ticks that stand because one lies ahead are told from workers that are silent.
        let s = Duration::from_secs(20);
        assert_eq!(unheard(s, 20.0).en, "no worker was heard of for 20 s");
        assert!(unheard(s, -90.0).en.ends_with("lies 90 s in the future, a clock is wrong"));
    }
}
