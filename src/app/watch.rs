//! Which figures and checks a process has: the bridge from the rooms' own counters to [`crate::ops`].

use super::house::House;
use crate::{
    api::state::ApiState,
    bus::{live::Live, unpack::UnpackCounters},
    clock::off::{OFF_MAX_MS, OffClock},
    config::Config,
    gateway::counters::Counters,
    model::{
        ids::GatewayNumber,
        shard::{Shard, Shards},
    },
    ops::{
        Ops, checks,
        figures::Figure,
        ready::{Ready, Why},
    },
    record::{
        journal::Journal,
        stats::{Condition, RecordStats},
    },
    store::settings::SettingsStore,
    track::quality::Quality,
    worker::{counters::WorkerCounters, crew::CrewStatus},
};
use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a part may stand still before the process is not ready: a fail-over of Redis or a slow minute of the database passes.
pub(super) const STANDSTILL: Duration = Duration::from_secs(15);

/// Everything of a house in one process; it is ready while its record takes inputs, its store answers and its judge judges.
pub(super) fn embedded(config: &Config, house: &House, live: &Arc<Live>, served: (Arc<Counters>, &ApiState)) -> Ops {
    let (counters, api) = served;
    let ops = Ops::new("serve", config.cluster.member());
    watch_gateway(&ops, GatewayNumber::ALONE, counters);
    watch_journal(&ops, GatewayNumber::ALONE, &house.journal);
    watch_live(&ops, live);
    watch_judge(&ops, house, live);
    watch_api(&ops, api);
    require_store(&ops, house.store.clone());
    ops
}

/// What terminals did at this gateway.
pub fn watch_gateway(ops: &Ops, number: GatewayNumber, counters: Arc<Counters>) {
    ops.figures.register("gateway", gateway_label(number), move || counters.values().named());
}

/// The record this process writes; it is ready while it takes inputs.
pub fn watch_journal(ops: &Ops, number: GatewayNumber, journal: &Journal) {
    let (figures, check) = (journal.clone(), journal.clone());
    ops.figures.register("record", gateway_label(number), move || record(&figures.stats()));
    ops.ready.require_that(checks::JOURNAL, move || {
        let stats = check.stats();
        match stats.condition {
            Condition::Good | Condition::NearlyFull => Ok(()),
            Condition::Full | Condition::Failed => Err(untaken(stats.cause)),
        }
    });
}

fn untaken(cause: Option<String>) -> Why {
    cause.map_or_else(|| Why::new("不能再写入", "it takes no inputs"), Why::quoted)
}

/// The live board of this process, and what its worker met.
pub fn watch_live(ops: &Ops, live: &Arc<Live>) {
    let (board, met) = (Arc::clone(live), Arc::clone(live));
    ops.figures.register("live", Vec::new(), move || {
        let mut terminals = 0;
        board.scan(|_, _| terminals += 1);
        vec![("terminals", terminals)]
    });
    ops.figures.register("worker", Vec::new(), move || {
        let figures = met.figures();
        let quality = Quality::ALL.iter().map(|quality| {
            let count = figures.quality.get(quality.code()).copied().unwrap_or_default();
            Figure::count("quality", count).label("reason", quality.code())
        });
        quality.chain([Figure::count("unreadable", figures.unreadable)]).collect()
    });
}

/// The judge of a single machine: how far it is behind its record. It is ready until it halts.
fn watch_judge(ops: &Ops, house: &House, live: &Arc<Live>) {
    let (board, check, house) = (Arc::clone(live), Arc::clone(live), house.clone());
    ops.figures.register("shard", vec![("shard", "0".to_owned())], move || {
        let worker = board.worker();
        let behind = house.journal.durable().borrow().0.saturating_sub(worker.cursor.0);
        let lag_ms = worker.last_tick.map_or(0.0, |tick| house.clock.wall_ms_since(tick));
        vec![
            Figure::new("lag_seconds", lag_ms / 1_000.0),
            Figure::count("lag_inputs", behind),
            Figure::count("halted", u64::from(worker.halted.is_some())),
        ]
    });
    ops.ready
        .require_that(checks::JUDGE, move || check.worker().halted.map_or(Ok(()), |reason| Err(Why::quoted(reason))));
}

/// Requests and live sessions.
pub fn watch_api(ops: &Ops, api: &ApiState) {
    let (http, sessions) = (api.clone(), api.clone());
    ops.figures.register("http", Vec::new(), move || http.http.figures());
    ops.figures.register("live", Vec::new(), move || vec![("sessions", sessions.sessions_open())]);
}

/// How many shards the house has: what workers hold of them is held against it.
pub fn watch_house(ops: &Ops, shards: Shards) {
    ops.figures.register("house", Vec::new(), move || vec![("shards", u64::from(shards.count()))]);
}

/// The shards this worker holds; it is ready while it holds its membership, whether or not there is a shard for it.
pub fn watch_crew(ops: &Ops, status: Arc<Mutex<CrewStatus>>) {
    let check = Arc::clone(&status);
    ops.figures.register("crew", vec![("member", ops.member.clone())], move || {
        let status = status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let tokens = status.held.iter().map(|(shard, held)| Figure::count("token", held.token).label("shard", shard));
        let count = |name, items: usize| Figure::count(name, u64::try_from(items).unwrap_or(u64::MAX));
        let figures = [
            count("shards", status.held.len()),
            count("members", status.members),
            Figure::count("taken", status.taken),
            Figure::count("lost", status.lost),
        ];
        figures.into_iter().chain(tokens).collect()
    });
    ops.ready.require_that(checks::LEASE, move || {
        let CrewStatus { seen, aside, .. } = check.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(since) = aside {
            let seconds = since.elapsed().as_secs();
            return Err(Why::new(
                format!("总线 {seconds} 秒无应答：分片已让给其他判定进程，恢复后自动接回"),
                format!(
                    "the bus has not answered this worker for {seconds} s: its shards are left to others until it does"
                ),
            ));
        }
        match seen.map(|at| at.elapsed()) {
            Some(since) if since <= STANDSTILL => Ok(()),
            Some(since) => Err(Why::new(
                format!("租约 {} 秒没有续上", since.as_secs()),
                format!("its leases were last looked after {} s ago", since.as_secs()),
            )),
            None => Err(Why::new("还没有登记为判定进程", "it is not yet a member of the house")),
        }
    });
}

/// The wall clock of this machine against the store's: a worker whose clock is off is not the ticker, what a gateway whose clock is off
/// receives is not judged as it should be.
pub fn watch_clock(ops: &Ops, off: Arc<OffClock>) {
    let shown = Arc::clone(&off);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
    ops.figures
        .register("clock", Vec::new(), move || vec![Figure::new("ahead_seconds", shown.ahead_ms() as f64 / 1_000.0)]);
    ops.ready.wish_that(checks::CLOCK, move || off.complaint().map_or(Ok(()), |it| Err(Why::new(it.zh, it.en))));
}

/// How far each shard of this worker is behind, and which ended badly; it is ready while each shard it holds gets its ticks. One that
/// got none yet has as long as any other, from when it was taken.
pub fn watch_shards(ops: &Ops, status: Arc<Mutex<CrewStatus>>, (worker, off): (Arc<WorkerCounters>, Arc<OffClock>)) {
    let (told, counted, clock) = (Arc::clone(&status), Arc::clone(&worker), Arc::clone(&off));
    ops.figures.register("shard", Vec::new(), move || {
        let status = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let behind = behind_s(&counted, &clock).into_iter().filter(|(shard, _)| status.held.contains_key(shard));
        let lags = behind.map(|(shard, seconds)| Figure::new("lag_seconds", seconds).label("shard", shard));
        let halted = status.shunned.iter().map(|shard| Figure::count("halted", 1).label("shard", shard));
        lags.chain(halted).collect()
    });
    ops.ready.require_that(checks::JUDGING, move || {
        let held = status.lock().unwrap_or_else(PoisonError::into_inner).held.clone();
        let behind = behind_s(&worker, &off);
        if let Some((shard, ahead_s)) = held.keys().find_map(|shard| Some((*shard, is_ahead(*behind.get(shard)?)?))) {
            return Err(Why::new(
                format!("分片 {shard} 最近的时刻在未来 {ahead_s:.0} 秒，在此之前不再报时：有时钟不准"),
                format!(
                    "the last tick of shard {shard} lies {ahead_s:.0} s in the future, there is none until then: a clock is wrong"
                ),
            ));
        }
        let lags = held.iter().map(|(shard, held)| {
            let held_s = held.since.elapsed().as_secs_f64();
            // A tick from before it was taken says nothing of how it is judged now.
            let stands_s = behind.get(shard).map_or(held_s, |behind_s| behind_s.min(held_s));
            (stands_s, *shard, behind.get(shard).copied())
        });
        match lags.max_by(|one, other| one.0.total_cmp(&other.0)) {
            Some((stands_s, shard, behind_s)) if stands_s > STANDSTILL.as_secs_f64() => {
                Err(unjudged(shard, stands_s, behind_s))
            }
            _ => Ok(()),
        }
    });
}

/// How many seconds of wall time each shard is behind, by the store's clock as far as it is known.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
fn behind_s(worker: &WorkerCounters, off: &OffClock) -> BTreeMap<Shard, f64> {
    let ahead_s = off.ahead_ms() as f64 / 1_000.0;
    worker.behind_s().into_iter().map(|(shard, behind_s)| (shard, behind_s - ahead_s)).collect()
}

/// By how many seconds a tick lies in the future, if that is more than clocks may be off.
#[expect(clippy::cast_precision_loss, reason = "a second")]
pub(super) fn is_ahead(behind_s: f64) -> Option<f64> {
    (behind_s * 1_000.0 < -(OFF_MAX_MS as f64)).then_some(-behind_s)
}

fn unjudged(shard: Shard, stands_s: f64, behind_s: Option<f64>) -> Why {
    let (zh, en) = match behind_s {
        Some(behind_s) => (format!("落后 {behind_s:.0} 秒"), format!("is {behind_s:.0} s behind")),
        None => (
            format!("接手 {stands_s:.0} 秒仍未开始判定"),
            format!("was taken {stands_s:.0} s ago and is not judged yet"),
        ),
    };
    Why::new(
        format!("分片 {shard} {zh}：总线或数据库无应答，或处理不过来"),
        format!("shard {shard} {en}: the bus or the store does not answer, or it cannot keep up"),
    )
}

/// What the shards of this worker judged, how long after receipt, and what their streams brought.
pub fn watch_workers(ops: &Ops, worker: Arc<WorkerCounters>, unpack: Arc<UnpackCounters>) {
    ops.figures.register("worker", Vec::new(), move || {
        let named = worker.named().into_iter().map(Figure::from);
        named.chain([worker.lag()]).collect()
    });
    ops.figures.register("", Vec::new(), move || unpack.named());
}

/// The store must answer.
pub fn require_store(ops: &Ops, store: Arc<dyn SettingsStore>) {
    ops.ready.require(Arc::new(StoreAnswers(store)));
}

pub(super) struct StoreAnswers(pub(super) Arc<dyn SettingsStore>);

#[async_trait]
impl Ready for StoreAnswers {
    fn name(&self) -> &'static str {
        checks::STORE
    }

    async fn check(&self) -> Result<(), Why> {
        let Err(error) = self.0.setting("shards").await else { return Ok(()) };
        Err(Why::new(format!("无应答，原因：{error}"), error.to_string()))
    }
}

pub(super) fn gateway_label(number: GatewayNumber) -> Vec<(&'static str, String)> {
    vec![("gateway", number.to_string())]
}

fn record(stats: &RecordStats) -> Vec<Figure> {
    let state = match stats.condition {
        Condition::Good => 0.0,
        Condition::NearlyFull => 1.0,
        Condition::Full => 2.0,
        Condition::Failed => 3.0,
    };
    vec![
        Figure::count("batches", stats.batches),
        Figure::count("bytes", stats.bytes),
        Figure::count("disk_errors", stats.disk_errors),
        Figure::count("durable_number", stats.durable.number()),
        Figure::count("inputs", stats.inputs),
        Figure::count("max_bytes", stats.bytes_max),
        Figure::count("queue_bytes", u64::try_from(stats.queue_bytes).unwrap_or(u64::MAX)),
        Figure::count("segments", stats.segments),
        Figure::new("state", state),
        Figure::new("sync_seconds", stats.sync_ms_last / 1_000.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::{super::watch_spool::watch_publisher, *};
    use crate::{
        bus::live::LiveLimits,
        clock::{Clock, ClockKind, off::Sighting},
        model::time::Span,
        ops::catalogue::CATALOGUE,
        record::config::RecordConfig,
        worker::crew::Holding,
    };
    use std::time::Instant;

    #[tokio::test]
    async fn a_shard_that_is_held_and_not_judged_is_said() {
        // Proves: a worker that judged nothing of a shard since it took it is ready for as long as a fail-over takes, then it is not.
        let said = async |since| {
            let ops = Ops::new("worker", "here".to_owned());
            let held = [(Shard(3), Holding { token: 9, since })].into();
            let status = Arc::new(Mutex::new(CrewStatus { held, ..CrewStatus::default() }));
            watch_shards(&ops, status, (Arc::new(WorkerCounters::new(Clock::of(ClockKind::Wall))), Arc::default()));
            ops.ready.ask().await.remove(0).reason
        };
        assert_eq!(said(Instant::now()).await, None);
        let long_ago = Instant::now().checked_sub(STANDSTILL * 2).expect("the machine runs longer");
        assert!(said(long_ago).await.is_some_and(
            |reason| reason.en.contains("shard 3 was taken 30 s") && reason.zh.contains("分片 3 接手 30 秒")
        ));
    }

    #[tokio::test]
    async fn a_worker_whose_clock_is_wrong_judges_in_time() {
        // Proves: how far a shard is behind is told by the store's clock: one that gets its ticks is ready on a machine whose clock is an
        // hour ahead or behind, and one that does not is not.
        let ready = async |ahead_ms: i64, late_ms: i64| {
            let ops = Ops::new("worker", "here".to_owned());
            let (clock, off) = (Clock::of(ClockKind::Wall), Arc::new(OffClock::default()));
            let (now, worker) = (clock.now(), Arc::new(WorkerCounters::new(clock)));
            let store = now - Span::from_millis(ahead_ms);
            off.see(Sighting { asked: now, store, answered: now });
            worker.ticked(Shard(3), store - Span::from_millis(late_ms));
            let since = Instant::now().checked_sub(STANDSTILL * 2).expect("the machine runs longer");
            let held = [(Shard(3), Holding { token: 9, since })].into();
            watch_shards(&ops, Arc::new(Mutex::new(CrewStatus { held, ..CrewStatus::default() })), (worker, off));
            ops.ready.ask().await.remove(0).reason.is_none()
        };
        for ahead_ms in [0, 3_600_000, -3_600_000] {
            assert!(ready(ahead_ms, 1_000).await, "{ahead_ms}");
            assert!(!ready(ahead_ms, 20_000).await, "{ahead_ms}");
        }
    }

    #[tokio::test]
    async fn every_figure_has_a_name_in_the_catalogue() {
        // Proves: no counter of the gateway, the record or the live board is left out of what is exposed, and a record that takes
        // inputs is ready.
        let folder = tempfile::tempdir().expect("a folder");
        let journal = Journal::open(folder.path(), RecordConfig::default()).expect("a record");
        let ops = Ops::new("serve", "here".to_owned());
        watch_gateway(&ops, GatewayNumber(7), Arc::default());
        watch_journal(&ops, GatewayNumber(7), &journal);
        watch_live(&ops, &Arc::new(Live::new(LiveLimits::default())));
        watch_publisher(&ops, GatewayNumber(7), Arc::default(), (|| 0, 0));
        let seen = Some(Instant::now());
        let held = [(Shard(3), Holding { token: 9, since: Instant::now() })].into();
        let held = CrewStatus { held, members: 1, seen, ..CrewStatus::default() };
        watch_crew(&ops, Arc::new(Mutex::new(held)));
        watch_clock(&ops, Arc::default());
        watch_house(&ops, Shards::ONE);
        watch_workers(&ops, Arc::new(WorkerCounters::new(Clock::of(ClockKind::Wall))), Arc::default());
        assert_eq!(ops.figures.unknown(), Vec::<String>::new());
        let text = ops.figures.text();
        let of_a_part = |name: &str| {
            ["bus_", "crew_", "gateway_", "house_", "record_", "stream_", "worker_"]
                .iter()
                .any(|part| name.starts_with(part))
        };
        for meaning in CATALOGUE.iter().filter(|one| of_a_part(one.name)) {
            assert!(text.contains(&format!("# HELP muckwatch_{} {}", meaning.name, meaning.help)), "{}", meaning.name);
        }
        assert!(ops.ready.ask().await.iter().all(|finding| finding.reason.is_none()));
        journal.close();
    }
}
